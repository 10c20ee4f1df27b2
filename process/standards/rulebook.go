package standards

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Ruling is one act of a rule keeper on an item's decision table.
type Ruling struct {
	Submit once.Submit
	By     org.Staff
	Item   ref.ItemID
	Rev    int64 // of the table as the page showed it, 0 when nobody had kept one yet
}

// Book is the decision table of an item as it is being worked on.
type Book struct {
	Item    *catalog.Item // in force; of an item that was never published, its draft. Do not change it
	Version ref.VersionID // in force, empty when there is none
	Table   rule.Table
	Draft   rule.Draft // Rev 0: nobody kept one yet, and Table is the item's own
}

// Book reads the table of an item. Errors: NotFound.
func (l *Library) Book(ctx context.Context, r db.Reader, id ref.ItemID) (b Book, err error) {
	v, err := catalog.Current(ctx, r, id)
	if err == nil {
		b.Item, b.Version = v.Doc(), v.ID
	} else if b.Item, err = onlyDraft(ctx, r, id, err); err != nil {
		return b, err
	}
	b.Draft, err = rule.GetDraft(ctx, r, ref.RuleID(id))
	if fault.Is(err, fault.NotFound) {
		b.Table = TableOf(b.Item)
		return b, nil
	}
	if err == nil {
		b.Table, err = b.Draft.Table()
	}
	return b, err
}

// onlyDraft is the document of an item that was never published.
func onlyDraft(ctx context.Context, r db.Reader, id ref.ItemID, none error) (*catalog.Item, error) {
	if !fault.Is(none, fault.NotFound) {
		return nil, none
	}
	d, err := catalog.GetDraft(ctx, r, id)
	if err != nil {
		return nil, err
	}
	return d.Doc()
}

// MayRule refuses with Denied who keeps no rules.
func MayRule(s org.Staff) error {
	if s.Has("rules") {
		return nil
	}
	return fault.New(fault.Denied, "rules.keepers_only")
}

// KeepRule saves an item's table as it stands, flaws and all, and gives the revision after it; a table that says what it
// said keeps its revision and signature. Errors: Denied; Conflict when somebody kept it meanwhile; Invalid without a name;
// TooLarge.
func (l *Library) KeepRule(ctx context.Context, a Ruling, t rule.Table) (rev int64, err error) {
	if err := MayRule(a.By); err != nil {
		return 0, err
	}
	b, err := l.Book(ctx, l.DB, a.Item)
	if err != nil {
		return 0, err
	}
	err = l.DB.Write(ctx, "standards.KeepRule", func(ctx context.Context, tx *db.Tx) error {
		answer, err := once.Do(ctx, tx, a.Submit, func() (string, error) {
			d, err := rule.KeepDraft(ctx, tx, b.owned(t), a.By.ID, a.Rev, l.Now())
			if err != nil {
				return "", err
			}
			return strconv.FormatInt(d.Rev, 10), l.note(ctx, tx, staff(a.By), "standards.KeepRule", a.Item, d.Digest)
		})
		if err == nil {
			rev, err = strconv.ParseInt(answer, 10, 64)
		}
		return err
	})
	return rev, err
}

// ImportRule keeps a table for the system's own import, over what is kept now; it never signs. It is repeatable by nature: the
// table that is there changes nothing. by is who imports, e.g. system:import.
func (l *Library) ImportRule(ctx context.Context, by string, id ref.ItemID, t rule.Table) (changed bool, err error) {
	b, err := l.Book(ctx, l.DB, id)
	if err != nil {
		return false, err
	}
	err = l.DB.Write(ctx, "standards.ImportRule", func(ctx context.Context, tx *db.Tx) error {
		d, err := rule.KeepDraft(ctx, tx, b.owned(t), ref.StaffID(by), b.Draft.Rev, l.Now())
		if changed = d.Rev != b.Draft.Rev; err != nil || !changed {
			return err
		}
		return l.note(ctx, tx, by, "standards.KeepRule", id, d.Digest)
	})
	return changed, err
}

// owned is a table with the marks of the item it is of.
func (b Book) owned(t rule.Table) rule.Table {
	t.ID, t.Item, t.Organ = ref.RuleID(b.Item.ID), b.Item.ID, b.Item.Organ
	return t
}

// outcomes is the one column of conclusions a table of an item has.
func outcomes() []rule.Output {
	return []rule.Output{{Name: "outcome", Label: "outcome", Type: rule.TypeString, Allowed: `"grant","refuse"`}}
}

// Hits are the hit policies a table of an item may have: those that give one conclusion.
var Hits = []rule.Policy{rule.First, rule.Unique, rule.Any, rule.Priority}

// InputTypes are the types of facts an item's rule can ask for.
var InputTypes = []rule.Type{rule.TypeString, rule.TypeNumber, rule.TypeBoolean, rule.TypeDate}

// RuleOf is a table as the rule of an item: the inverse of TableOf. A fact is taken from the form where the form asks for it,
// else an officer finds it. What an item's rule cannot say is a flaw, told by row and column as rule.Compile tells them.
func RuleOf(t rule.Table, it *catalog.Item) (catalog.Rule, []rule.Flaw) {
	t = t.Tidy()
	out := catalog.Rule{Name: t.Name, Hit: string(t.Policy)}
	flaws := serves(t)
	for _, in := range t.Inputs {
		x := catalog.RuleInput{Name: in.Name, Label: in.Label, Type: string(in.Type), From: "officer"}
		if in.Type == rule.TypeString {
			x.Values, _ = rule.Listed(in.Allowed)
		}
		if slices.ContainsFunc(it.Form, func(f catalog.Field) bool { return f.Element == in.Name }) {
			x.From = "form"
		}
		out.Inputs = append(out.Inputs, x)
	}
	for _, r := range t.Rows {
		out.Rows = append(out.Rows, catalog.RuleRow{ID: r.ID, When: r.When, Outcome: outcomeOf(r), Says: r.Says, Cells: r.Cells, Basis: catalog.Citation(r.Basis)})
	}
	return out, flaws
}

// outcomeOf is what a row concludes, without its quotes; as it stands when it is no text.
func outcomeOf(r rule.Row) string {
	if len(r.Outputs) == 0 {
		return ""
	}
	if all, ok := rule.Listed(r.Outputs[0]); ok && len(all) == 1 {
		return all[0]
	}
	return r.Outputs[0]
}

// serves finds what an item's rule cannot say.
func serves(t rule.Table) (out []rule.Flaw) {
	flaw := func(row, col int, key string, args ...any) {
		out = append(out, rule.Flaw{Row: row, Column: col, Key: key, Args: args})
	}
	if !slices.Contains(Hits, t.Policy) {
		flaw(-1, -1, "rules.flaw.policy", "policy", string(t.Policy))
	}
	if len(t.Outputs) != 1 {
		flaw(-1, -1, "rules.flaw.outputs", "n", len(t.Outputs))
	} else if t.Outputs[0].Default != "" {
		flaw(-1, len(t.Inputs), "rules.flaw.default")
	}
	for i, in := range t.Inputs {
		_, listed := rule.Listed(in.Allowed)
		switch {
		case in.Expression != "":
			flaw(-1, i, "rules.flaw.expression")
		case !slices.Contains(InputTypes, in.Type):
			flaw(-1, i, "rules.flaw.type", "type", string(in.Type))
		case in.Allowed != "" && in.Type != rule.TypeString:
			flaw(-1, i, "rules.flaw.values_text")
		case !listed:
			flaw(-1, i, "rules.flaw.values")
		}
		if in.Label == "" {
			flaw(-1, i, "rules.flaw.label")
		}
	}
	for n, r := range t.Rows {
		if x := outcomeOf(r); x != "grant" && x != "refuse" {
			flaw(n, len(t.Inputs), "rules.flaw.outcome")
		}
		if r.When == "" {
			flaw(n, len(t.Inputs)+3, "rules.flaw.when")
		}
	}
	return out
}

// FileFlaw is a wrong place of a file.
type FileFlaw struct {
	Sheet  string // empty for a .dmn
	Row    int    // from 1: the sheet's line, or the rule of the .dmn; 0: none in particular
	Column string // of the sheet, e.g. "C", or the heading in the .dmn; empty: none
	Key    string
	Args   []any
}

// ReadRule reads a table for an item from a .dmn or .xlsx file, all of it or nothing: with any flaw, also one that compiling
// finds, there is no table. Errors: TooLarge, Invalid for what is neither.
func ReadRule(raw []byte, item ref.ItemID) (rule.Table, []FileFlaw, error) {
	if bytes.HasPrefix(raw, []byte("PK")) {
		return readSheet(raw)
	}
	m, err := rule.ReadDMN(bytes.NewReader(raw))
	if err != nil {
		return rule.Table{}, nil, err
	}
	t, flaws := rule.TableOf(m, "")
	if t.Item != "" && t.Item != item {
		flaws = append(flaws, rule.Flaw{Row: -1, Column: -1, Key: "rules.flaw.other_item", Args: []any{"item", string(t.Item)}})
	}
	if len(flaws) == 0 {
		own := serves(t)
		t.Outputs = outcomes()
		_, found := rule.Compile(t)
		flaws = together(found, own)
	}
	if len(flaws) > 0 {
		return rule.Table{}, inFile(t, flaws), nil
	}
	return t, nil, nil
}

func readSheet(raw []byte) (rule.Table, []FileFlaw, error) {
	t, flaws, err := rule.ReadSheet(bytes.NewReader(raw), serves)
	if err != nil {
		return t, nil, err
	}
	var out []FileFlaw
	for _, f := range flaws {
		out = append(out, FileFlaw{Sheet: f.Sheet, Row: f.Row, Column: strings.TrimRight(f.Cell, "0123456789"), Key: f.Key, Args: f.Args})
	}
	if len(out) == 0 {
		t.Outputs = outcomes()
	}
	return t, out, nil
}

func inFile(t rule.Table, flaws []rule.Flaw) (out []FileFlaw) {
	for _, f := range flaws {
		x := FileFlaw{Row: f.Row + 1, Key: f.Key, Args: f.Args}
		if f.Column >= 0 && f.Column < len(t.Inputs) {
			x.Column = t.Inputs[f.Column].Name
		}
		out = append(out, x)
	}
	return out
}

// WriteRule writes a table as "dmn" or "xlsx"; say gives the words of a sheet's head by message key.
func WriteRule(w io.Writer, t rule.Table, as string, say func(key string) string) error {
	switch as {
	case "dmn":
		return rule.WriteDMN(w, t.Model())
	case "xlsx":
		return rule.WriteSheet(w, t, say)
	}
	return fault.New(fault.NotFound, "fault.not_found")
}

// Judgement is what was found in an item's table.
type Judgement struct {
	Rule   catalog.Rule
	Flaws  []rule.Flaw    // of the table, by row and column
	Report rule.Report    // gaps and overlaps; empty while there are flaws
	Gates  []catalog.Flaw // what the item's publication would stumble over with this rule; empty while there are flaws
	sound  *rule.Compiled
}

// Ready says that it may be signed.
func (j Judgement) Ready() bool {
	return j.sound != nil && len(j.Flaws) == 0 && !j.Report.Flawed() && len(catalog.Blocking(j.Gates)) == 0
}

// Compiled is the table ready to decide, nil while it has flaws.
func (j Judgement) Compiled() *rule.Compiled { return j.sound }

// refused is why it may not be signed.
func (j Judgement) refused() error {
	if len(j.Flaws) > 0 || j.Report.Flawed() {
		return fault.New(fault.Invalid, "rule.flawed")
	}
	return refused(j.Gates)
}

// Examine looks the table itself over: what compiling finds, what an item's rule cannot say, gaps and overlaps.
func (b Book) Examine() (j Judgement) {
	t := b.owned(b.Table)
	if j.Rule, j.Flaws = RuleOf(t, b.Item); len(t.Outputs) == 1 {
		compiled, report, flaws := rule.Sound(t)
		j.sound, j.Report, j.Flaws = compiled, report, together(flaws, j.Flaws)
	}
	return j
}

// together leaves out of what compiling found about a cell what serves says more plainly.
func together(compiled, own []rule.Flaw) []rule.Flaw {
	return append(slices.DeleteFunc(compiled, func(f rule.Flaw) bool {
		return f.Row >= 0 && slices.ContainsFunc(own, func(x rule.Flaw) bool { return x.Row == f.Row && x.Column == f.Column })
	}), own...)
}

// Judge looks a table over for its item as of a time: Examine, and then everything the item's publication would demand. Of an
// item that was never published only the rule is judged: the rest of its draft is still being written.
func (l *Library) Judge(ctx context.Context, r db.Reader, b Book, at time.Time) (j Judgement, err error) {
	if j = b.Examine(); len(j.Flaws) > 0 {
		return j, nil
	}
	it, err := b.Item.Copy()
	if err != nil {
		return j, err
	}
	it.Rule = j.Rule
	found, err := l.Flaws(ctx, r, it, at)
	for _, f := range found {
		own := strings.HasPrefix(f.Key, "standards.rule_") || f.Key == changedByHand // told by the report; the release itself
		if !own && (b.Version != "" || strings.HasPrefix(f.Path, "rule")) {
			j.Gates = append(j.Gates, f)
		}
	}
	return j, err
}

// sameRule says that two tables decide and say the same.
func sameRule(a, b rule.Table) bool { return len(rule.Diff(a.Tidy(), b.Tidy())) == 0 }

const changedByHand = "rules.flaw.by_hand"

// Released is the gate of released tables: once an item's table has a release, the item's rule changes by a release alone. It
// may say what the release in force says, or what the item's version in force says (its release may be held up).
func Released(ctx context.Context, r db.Reader, it *catalog.Item, at time.Time) ([]catalog.Flaw, error) {
	// A day's publications count from its beginning, a release signed for the same day from its signature: it counts too.
	v, c, err := rule.InForce(ctx, r, ref.RuleID(it.ID), (calendar.DateOf(at) + 1).At(0).Add(-time.Microsecond))
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := TableOf(it)
	if sameRule(*c.Table(), t) {
		return nil, nil
	}
	now, err := catalog.Current(ctx, r, it.ID)
	if err == nil && sameRule(TableOf(now.Doc()), t) || err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	return []catalog.Flaw{{Path: "rule", Key: changedByHand, Args: []any{"n", fmt.Sprint(v.Number)}}}, nil
}
