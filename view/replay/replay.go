// Package replay gives a decision table the decisions that were made, so that it can be seen what it would have
// proposed (重演).
//
// Invariants: read-only. Only decisions that stand count, and of them those whose facts were recorded: how many were
// not is told. Facts are a person's data: who shows them notes the look first (process/disclose).
package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"yimen/domain/rule"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Most is how many past decisions a table is held against.
const Most = 1000

// Decision is one that was made.
type Decision struct {
	rule.Past
	Number ref.ShortNumber
	Party  ref.PartyID
}

// Found is what is known of the past, newest first.
type Found struct {
	Decisions  []Decision
	Unrecorded int  // decisions read whose facts nobody recorded, or whose person was forgotten
	More       bool // there are older ones
}

type row struct {
	Task    ref.TaskID      `db:"id"`
	Case    ref.CaseID      `db:"case_id"`
	Number  ref.ShortNumber `db:"number"`
	Party   ref.PartyID     `db:"party"`
	Outcome string          `db:"outcome"`
	Row     string          `db:"rule_row"`
	Facts   []byte          `db:"facts"`
}

// Past reads the newest decisions on an item, at most limit, with the facts the rule was asked with.
func Past(ctx context.Context, r db.Reader, v *crypto.Vault, item ref.ItemID, limit int) (out Found, err error) {
	rows, err := db.Find[row](ctx, r, `select t.id, t.case_id, t.number, c.party, t.outcome, t.rule_row, t.facts
		from approval_task t join casefile_case c on c.id = t.case_id
		where t.item = $1 and t.kind = 'decide' and t.state = 'done' order by t.done_at desc, t.id desc limit $2`, item, limit+1)
	if err != nil {
		return out, err
	}
	if out.More = len(rows) > limit; out.More {
		rows = rows[:limit]
	}
	for _, x := range rows {
		inputs, err := x.open(ctx, r, v)
		if err != nil {
			return out, err
		}
		if inputs == nil {
			out.Unrecorded++
			continue
		}
		out.Decisions = append(out.Decisions, Decision{rule.Past{Case: x.Case, Inputs: inputs, Outcome: x.Outcome, Row: x.Row}, x.Number, x.Party})
	}
	return out, nil
}

// open reads the facts of a decision; nil when none were recorded or nothing opens them any more.
func (x row) open(ctx context.Context, r db.Reader, v *crypto.Vault) (map[string]rule.Value, error) {
	if len(x.Facts) == 0 {
		return nil, nil
	}
	plain, err := v.Open(ctx, r, string(x.Party), "approval_task.facts."+string(x.Task), x.Facts)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	inputs := map[string]rule.Value{}
	if err := json.Unmarshal(plain, &inputs); err != nil {
		return nil, fmt.Errorf("facts of task %s: %w", x.Task, err)
	}
	return inputs, nil
}

// Otherwise is a past decision that the table would not have proposed.
type Otherwise struct {
	Decision
	Proposal rule.Proposal
	Fault    *fault.Error // the table cannot take these facts
}

// Result is a table held against the past.
type Result struct {
	Found
	Otherwise []Otherwise // decided, and differently; the newest first
	Undecided []Otherwise // the table has no row for them, or cannot take their facts
}

// Replay decides the past again.
func Replay(c *rule.Compiled, f Found) Result {
	out := Result{Found: f}
	for _, d := range f.Decisions {
		for _, x := range rule.Replay(c, []rule.Past{d.Past}) {
			if o := (Otherwise{d, x.Proposal, x.Fault}); x.Fault != nil || x.Proposal.Gap {
				out.Undecided = append(out.Undecided, o)
			} else {
				out.Otherwise = append(out.Otherwise, o)
			}
		}
	}
	return out
}

// Digest is of what the signers saw: the table, how many decisions it was held against, and each that differs.
func (r Result) Digest(table string) string {
	type line struct {
		Case          ref.CaseID
		Was, Row      string
		Is, By, Fault string
	}
	summary := struct {
		Table                  string
		Decisions, Unrecorded  int
		More                   bool
		Otherwise, Undecidable []line
	}{Table: table, Decisions: len(r.Decisions), Unrecorded: r.Unrecorded, More: r.More}
	lines := func(all []Otherwise) (out []line) {
		for _, x := range all {
			l := line{Case: x.Case, Was: x.Outcome, Row: x.Row, Is: x.Proposal.Outcome, By: x.Proposal.Row}
			if x.Fault != nil {
				l.Fault = x.Fault.Key
			}
			out = append(out, l)
		}
		return out
	}
	summary.Otherwise, summary.Undecidable = lines(r.Otherwise), lines(r.Undecided)
	raw, _ := json.Marshal(summary) // texts and numbers only: it cannot fail
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
