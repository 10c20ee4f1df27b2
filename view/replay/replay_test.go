package replay_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/rule"
	"yimen/foundation/db"
	"yimen/ref"
	"yimen/view/replay"
)

const dig = ref.ItemID("cc-road-dig")

// table refuses while the road is fresh, and grants the rest.
func table() rule.Table {
	row := func(id, outcome string, cells ...string) rule.Row {
		return rule.Row{ID: id, Cells: cells, Outputs: []string{outcome}, Says: "决定。", Basis: rule.Citation{Law: "城市道路管理条例", Article: 33}}
	}
	return rule.Table{ID: ref.RuleID(dig), Name: "挖路", Organ: "build", Policy: rule.First, Outputs: []rule.Output{{Name: "outcome", Type: rule.TypeString}},
		Inputs: []rule.Input{{Name: "fresh", Type: rule.TypeBoolean}, {Name: "plan_ok", Type: rule.TypeBoolean}}, Rows: []rule.Row{row("R3", `"refuse"`, "true", "-"), row("R1", `"grant"`, "-", "-")}}
}

// TestThePastIsDecidedAgain: only decisions that stand count, the newest first, and what nobody recorded is counted.
func TestThePastIsDecidedAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		id := a.Accept("clerk01", string(dig), "company-01")
		c, err := casefile.Get(ctx, a.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		add := func(party ref.PartyID, change func(*approval.Task), facts map[string]rule.Value) {
			t.Helper()
			n++
			x := approval.Task{ID: ref.TaskID(db.NewID()), Case: id, CaseItem: ref.CaseItemID(db.NewID()), Step: "decide", Round: n, Kind: approval.Decide, Item: dig, Number: c.Number,
				State: approval.Done, Outcome: "grant", RuleRow: "R1", DoneAt: a.Clock.Now().Add(time.Duration(n) * time.Minute)}
			change(&x)
			err := a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
				if facts != nil {
					plain, err := json.Marshal(facts)
					if err != nil {
						return err
					}
					if x.Facts, err = a.Vault.Seal(ctx, tx, string(party), "approval_task.facts."+string(x.ID), plain); err != nil {
						return err
					}
				}
				return db.Insert(ctx, tx, "approval_task", x)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		same := func(*approval.Task) {}
		facts := func(fresh, plan bool) map[string]rule.Value {
			return map[string]rule.Value{"fresh": rule.Bool(fresh), "gov_ok": rule.Bool(false), "plan_ok": rule.Bool(plan), "traffic_ok": rule.Bool(true), "honest": rule.Bool(true)}
		}
		add(c.Party, same, facts(false, true))
		add(c.Party, same, facts(true, true)) // the table refuses it
		add(c.Party, same, nil)
		add(c.Party, func(x *approval.Task) { x.State = approval.Open }, facts(true, true))
		add(c.Party, func(x *approval.Task) { x.Kind = approval.Opinion }, facts(true, true))
		add(c.Party, func(x *approval.Task) { x.Item = "cc-hygiene" }, facts(true, true))
		add(c.Party, func(x *approval.Task) { x.Outcome, x.RuleRow = "refuse", "R4" }, map[string]rule.Value{"plan_ok": rule.Bool(false)})
		found, err := replay.Past(ctx, a.DB, a.Vault, dig, 10)
		if err != nil || len(found.Decisions) != 3 || found.Unrecorded != 1 || found.More || found.Decisions[0].Row != "R4" || found.Decisions[2].Number != c.Number || found.Decisions[2].Party != c.Party {
			t.Fatalf("%+v %v", found, err)
		}
		if some, err := replay.Past(ctx, a.DB, a.Vault, dig, 2); err != nil || len(some.Decisions) != 1 || some.Unrecorded != 1 || !some.More {
			t.Errorf("%+v %v", some, err)
		}
		compiled, _, flaws := rule.Sound(table())
		if len(flaws) > 0 {
			t.Fatal(flaws)
		}
		r := replay.Replay(compiled, found)
		if len(r.Otherwise) != 1 || r.Otherwise[0].Proposal.Outcome != "refuse" || r.Otherwise[0].Proposal.Row != "R3" || r.Otherwise[0].Outcome != "grant" {
			t.Errorf("%+v", r.Otherwise)
		}
		if len(r.Undecided) != 1 || r.Undecided[0].Fault == nil || r.Undecided[0].Row != "R4" {
			t.Errorf("%+v", r.Undecided)
		}
		if d := r.Digest("a"); d != r.Digest("a") || d == r.Digest("b") || d == replay.Replay(compiled, replay.Found{}).Digest("a") {
			t.Error("the digest is not of what was seen")
		}
		if err := a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error { return a.Vault.Forget(ctx, tx, string(c.Party)) }); err != nil {
			t.Fatal(err)
		}
		if gone, err := replay.Past(ctx, a.DB, a.Vault, dig, 10); err != nil || len(gone.Decisions) != 0 || gone.Unrecorded != 4 {
			t.Errorf("who was forgotten is replayed: %+v %v", gone, err)
		}
	})
}
