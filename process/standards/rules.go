package standards

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/org"
	"yimen/domain/powerlist"
	"yimen/domain/rule"
	"yimen/foundation/db"
	"yimen/ref"
)

// Linted is the gate of consistency: the rules between an item's elements, its plan and its words.
func Linted(ctx context.Context, r db.Reader, it *catalog.Item, at time.Time) ([]catalog.Flaw, error) {
	organs, err := org.Organs(ctx, r)
	if err != nil {
		return nil, err
	}
	return linted(ctx, r, it, organs, at)
}

// linted is Linted for organs at hand.
func linted(ctx context.Context, r db.Reader, it *catalog.Item, organs map[ref.OrganID]org.Organ, at time.Time) (_ []catalog.Flaw, err error) {
	bodies := map[ref.OrganID]catalog.Body{}
	for id, o := range organs {
		bodies[id] = catalog.Body{Code: ref.USCC(id), Level: o.Level, Power: id == it.Organ}
	}
	for _, s := range it.Plan.Steps { // where each organ issues its own result, each must have the power
		if b, known := bodies[s.Organ]; known && s.Kind == catalog.StepDecide && !b.Power {
			if b.Power, err = powerlist.Owned(ctx, r, at, s.Organ, it.CatalogCode()); err != nil {
				return nil, err
			}
			bodies[s.Organ] = b
		}
	}
	return catalog.Lint(it, bodies), nil
}

// SpecOf is an item's form as checking and merging see it.
func SpecOf(it *catalog.Item) (form.Spec, error) {
	raw, err := json.Marshal(it)
	if err != nil {
		return form.Spec{}, err
	}
	return form.ReadSpec(raw)
}

// Formed is the gate of the form: its conditions, computed values, groups and checks can be worked out, and so can the
// conditions of the questions asked before it.
func Formed(_ context.Context, _ db.Reader, it *catalog.Item, _ time.Time) ([]catalog.Flaw, error) {
	spec, err := SpecOf(it)
	if err != nil {
		return nil, err
	}
	var out []catalog.Flaw
	for _, f := range form.MakeModel(spec, rule.Plain).Flaws() {
		out = append(out, catalog.Flaw{Path: f.Path, Key: f.Key, Args: f.Args})
	}
	return append(append(out, asked(it)...), counted(it)...), nil
}

// counted finds fees whose number of units cannot be worked out from the form's answers.
func counted(it *catalog.Item) (out []catalog.Flaw) {
	for n, line := range it.Fee.Lines {
		if line.Count == "" {
			continue
		}
		if _, f := rule.CompileExpression(line.Count, it.Elements()); f != nil {
			out = append(out, catalog.Flaw{Path: fmt.Sprintf("fee.lines[%d].count", n), Key: f.Key, Args: f.Args})
		}
	}
	return out
}

// asked finds conditions of questions that cannot be worked out from the answers before them.
func asked(it *catalog.Item) (out []catalog.Flaw) {
	var before []string
	for n, q := range it.Questions {
		if q.When != "" {
			if _, f := rule.CompileExpression(q.When, before); f != nil {
				out = append(out, catalog.Flaw{Path: fmt.Sprintf("questions[%d].when", n), Key: f.Key, Args: f.Args})
			}
		}
		before = append(before, q.ID)
		if q.Element != "" {
			before = append(before, q.Element)
		}
	}
	return out
}

// Ruled is the gate of the decision table: it compiles, no two rows contradict each other, and what it
// leaves undecided is shown with an example.
func Ruled(_ context.Context, _ db.Reader, it *catalog.Item, _ time.Time) ([]catalog.Flaw, error) {
	if len(it.Rule.Inputs) == 0 {
		return nil, nil // judged row by row, in words
	}
	_, report, flaws := rule.Sound(TableOf(it))
	var out []catalog.Flaw
	for _, f := range flaws {
		out = append(out, catalog.Flaw{Path: rulePath(f.Row), Key: f.Key, Args: f.Args})
	}
	for _, f := range report.Findings {
		if f.Flaw || f.Kind != rule.KindOverlap { // where the first row counts, two that hold are no mistake
			out = append(out, catalog.Flaw{Path: "rule.rows", Key: "standards.rule_" + f.Kind, Args: []any{"rows", strings.Join(f.Rows, "、"), "example", example(f)}, Warn: !f.Flaw})
		}
	}
	return out, nil
}

// example is a case a finding is about, in the words of the table.
func example(f rule.Finding) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(f.Example)) {
		out = append(out, name+" = "+f.Example[name].String())
	}
	return strings.Join(out, "，")
}

func rulePath(row int) string {
	if row < 0 {
		return "rule"
	}
	return fmt.Sprintf("rule.rows[%d]", row)
}

// TableOf is an item's rule as a decision table: its outcome is grant or refuse.
func TableOf(it *catalog.Item) rule.Table {
	raw, _ := json.Marshal(it) // texts and numbers only: neither can fail
	t, _ := rule.ReadItem(raw)
	return t
}
