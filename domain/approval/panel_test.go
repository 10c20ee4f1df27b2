package approval_test

import (
	"testing"

	"pgregory.net/rapid"

	"yimen/domain/approval"
)

func TestJoin(t *testing.T) {
	const y, n, a = approval.Agree, approval.Disagree, approval.Abstain
	for _, c := range []struct {
		kind    string
		present int
		votes   []string
		want    string
	}{
		{approval.AnyOf, 1, nil, ""},
		{approval.AnyOf, 1, []string{n, y, n}, y},
		{approval.AnyOf, 1, []string{n, a}, n},
		{approval.AnyOf, 3, []string{y, y}, ""},
		{approval.QuorumOf, 3, []string{y, y}, ""},
		{approval.QuorumOf, 3, []string{y, y, n}, y},
		{approval.QuorumOf, 2, []string{y, n}, n}, // half is not more than half
		{approval.QuorumOf, 3, []string{y, a, a}, n},
		{approval.VetoOf, 2, []string{y, y, a}, y},
		{approval.VetoOf, 2, []string{y, y, n}, n},
		{approval.VetoOf, 2, []string{a, a}, n},
		{"other", 1, []string{y}, n},
	} {
		if got := approval.Join(approval.Policy{Kind: c.kind, Present: c.present}, c.votes); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// TestPropertyJoin: the order of votes says nothing, too few decide nothing, and a yes more never turns a yes into a no.
func TestPropertyJoin(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := approval.Policy{Kind: rapid.SampledFrom([]string{approval.AnyOf, approval.QuorumOf, approval.VetoOf}).Draw(r, "kind"), Present: rapid.IntRange(0, 6).Draw(r, "present")}
		votes := rapid.SliceOfN(rapid.SampledFrom([]string{approval.Agree, approval.Disagree, approval.Abstain}), 0, 9).Draw(r, "votes")
		got := approval.Join(p, votes)
		if again := approval.Join(p, rapid.Permutation(votes).Draw(r, "other order")); again != got {
			r.Fatalf("%q, in another order %q", got, again)
		}
		if enough := len(votes) >= p.Present && len(votes) > 0; enough != (got != "") {
			r.Fatalf("%d of %d voted: %q", len(votes), p.Present, got)
		}
		if more := approval.Join(p, append(votes, approval.Agree)); got == approval.Agree && more != approval.Agree {
			r.Fatalf("a yes more makes it %q", more)
		}
		if less := approval.Join(p, append(votes, approval.Disagree)); got == approval.Disagree && less != approval.Disagree {
			r.Fatalf("a no more makes it %q", less)
		}
	})
}
