package review

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/rule"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Fact is one input of an item's rule with what is known of it.
type Fact struct {
	catalog.RuleInput
	Value rule.Value // null: not known
}

// Found says that an officer finds it; what the form says is read from there and nowhere else.
func Found(in catalog.RuleInput) bool { return in.From != "form" }

// Proposal is what an item's rule says to the facts of a case.
type Proposal struct {
	Facts  []Fact          // in the rule's order
	Gap    bool            // no row, or more than one, covers them: only a departure can decide
	Row    catalog.RuleRow // the row that proposes, with its outcome, sentence and law; zero in a gap
	Remedy catalog.Remedy  // what may be done against it, when it is a refusal
}

// departs says whether a decision leaves the proposal.
func (p *Proposal) departs(d Decision) bool {
	return p.Gap || d.Outcome != p.Row.Outcome || d.RuleRow != p.Row.ID
}

// plain is what is stored of the facts: a JSON object of S-FEEL literals by the inputs' names.
func (p *Proposal) plain() ([]byte, error) {
	out := make(map[string]rule.Value, len(p.Facts))
	for _, f := range p.Facts {
		out[f.Name] = f.Value
	}
	return json.Marshal(out)
}

// Proposes says whether a task is decided by a table, and not by rows that an officer judges in words.
func Proposes(it *catalog.Item, t approval.Task) bool {
	return t.Kind == approval.Decide && len(it.Rule.Inputs) > 0
}

// Propose says what the rule of a task's item proposes, for the officer's findings by the inputs' names (true and false, a number,
// yyyy-mm-dd, one of the input's values) and for what the case's form says; nothing is written. The caller has checked who may see the
// case. Errors: Invalid with a field "finding.NAME" for each that is missing or cannot be, the facts then still come; Conflict for a
// task without a table.
func (b *Board) Propose(ctx context.Context, id ref.TaskID, findings map[string]string) (Proposal, error) {
	t, err := approval.Get(ctx, b.DB, id)
	if err != nil {
		return Proposal{}, err
	}
	ci, err := casefile.GetItem(ctx, b.DB, t.CaseItem)
	if err != nil {
		return Proposal{}, err
	}
	v, err := catalog.Get(ctx, b.DB, ci.Version)
	if err != nil {
		return Proposal{}, err
	}
	if !Proposes(v.Doc(), t) {
		return Proposal{}, fault.New(fault.Conflict, "review.no_table")
	}
	return b.propose(ctx, b.DB, v, t.CaseItem, findings)
}

func (b *Board) propose(ctx context.Context, r db.Reader, v catalog.Version, ci ref.CaseItemID, findings map[string]string) (Proposal, error) {
	table, err := rule.Of(v.Digest, v.Body)
	if err != nil {
		return Proposal{}, err
	}
	given, err := form.Answers(ctx, r, b.Vault, ci)
	if err != nil {
		return Proposal{}, err
	}
	facts, bad := factsOf(v.Doc().Rule.Inputs, given, findings)
	p := Proposal{Facts: facts}
	if len(bad) > 0 {
		return p, fault.Bad(bad...)
	}
	values := make(map[string]rule.Value, len(facts))
	for _, f := range facts {
		values[f.Name] = f.Value
	}
	got, err := table.Decide(values)
	if err != nil && !fault.Is(err, fault.Conflict) {
		return p, err
	}
	row, ok := v.Doc().Rule.Row(got.Row)
	if p.Gap = err != nil || !ok; p.Gap {
		return p, nil
	}
	if p.Row = row; row.Outcome == approval.Refuse {
		p.Remedy = v.Doc().Remedy
	}
	return p, nil
}

// factsOf puts the facts together: findings from the officer, the others from the form.
func factsOf(inputs []catalog.RuleInput, given map[string]form.Answer, findings map[string]string) (facts []Fact, bad []fault.Field) {
	asked := map[string]bool{}
	for _, in := range inputs {
		if !Found(in) {
			v, _ := Read(in, given[in.Name].Value)
			facts = append(facts, Fact{in, v})
			continue
		}
		asked[in.Name] = true
		v, key := Read(in, findings[in.Name])
		if key != "" {
			bad = append(bad, fault.Field{Name: finding(in.Name), Key: key, Args: []any{"max", findingMax}})
		}
		facts = append(facts, Fact{in, v})
	}
	for _, name := range slices.Sorted(maps.Keys(findings)) {
		if !asked[name] {
			bad = append(bad, fault.Field{Name: finding(name), Key: "review.finding_unknown"})
		}
	}
	return facts, bad
}

func finding(name string) string { return "finding." + name }

const findingMax = 200

// Read reads a fact as an officer or the form gives it; what cannot be read is null, and key says why.
func Read(in catalog.RuleInput, text string) (v rule.Value, key string) {
	switch text = strings.TrimSpace(text); {
	case text == "" && in.Type == string(rule.TypeBoolean), text == "" && len(in.Values) > 0:
		return rule.Null, "form.choose"
	case text == "":
		return rule.Null, "form.empty"
	case len(in.Values) > 0 && !slices.Contains(in.Values, text):
		return rule.Null, "form.choose"
	case utf8.RuneCountInString(text) > findingMax:
		return rule.Null, "form.too_long"
	}
	v, err := rule.ReadValue(rule.Type(in.Type).Kind(), text)
	if err != nil {
		return rule.Null, "review.finding_wrong"
	}
	return v, ""
}
