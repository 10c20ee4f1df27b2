package app_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/seal"
	"yimen/process/review"
)

// The letter of a refusal that left the rule says so and why, and cites the row relied on, or without one the item's own basis.
func TestRefusalTellsThatTheRuleWasLeft(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		it := apptest.Item(a, "cc-individual-business")
		row, _ := it.Rule.Row("R2")
		granting, _ := it.Rule.Row("R1")
		for _, c := range []struct {
			row   string
			wants []string
			not   string
		}{
			{"R2", []string{row.Says, row.Basis.Law}, "依据：《" + it.Basis[0].Law + "》"},
			{"", []string{it.Basis[0].Law}, row.Says},
		} {
			id := a.Accept("clerk01", "cc-individual-business", "person-001")
			task := a.Task(id, approval.Decide, "")
			d := a.Decision("market-rep-zumiao", task, approval.Refuse)
			d.Findings, d.RuleRow, d.Reason = a.Findings(task, "R1"), c.row, "经营场所与邻居正在诉讼，不宜登记。"
			a.Decide(d)
			waiting, err := approval.Get(ctx, a.DB, task.ID)
			if err != nil {
				t.Fatal(err)
			}
			by := a.Staff("market-decide")
			if err := a.Board.Answer(ctx, review.Answer{Submit: a.Submit(by, "test.answer"), By: by, Task: task.ID, Departure: waiting.Departure, Do: review.Confirm}); err != nil {
				t.Fatal(err)
			}
			a.Settle()
			all, err := seal.ByCase(ctx, a.DB, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, doc := range all {
				if doc.Kind != seal.Refusal {
					continue
				}
				_, file, err := a.Press.Fetch(ctx, doc.ID)
				if err != nil {
					t.Fatal(err)
				}
				text := letterText(t, file)
				for _, want := range append(c.wants, "本决定没有采用这一建议，并经另一名工作人员确认", granting.Says, d.Reason, d.Note, "行政复议") {
					if !strings.Contains(text, want) {
						t.Errorf("%q: no %q in %s", c.row, want, text)
					}
				}
				if it.Basis[0].Law != row.Basis.Law && strings.Contains(text, c.not) {
					t.Errorf("%q: %q in %s", c.row, c.not, text)
				}
			}
			if len(all) != 2 {
				t.Errorf("%d papers", len(all))
			}
		}
	})
}

// letterText is all that is written on a letter, without spaces.
func letterText(t *testing.T, file []byte) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-", "-")
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), "")
}
