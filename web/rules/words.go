package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/rule"
	"yimen/foundation/calendar"
	"yimen/process/standards"
	"yimen/web/page"
)

// none is a column that no flaw is about.
const none = -9

// at is the name of a control: of a column in the head, or of a row's value.
func at(list string, n int, what string) string { return fmt.Sprintf("%s.%d.%s", list, n, what) }

// control are the attributes of a control of the grid: its name, what it is, and where what is wrong with it is said.
func control(p *page.Page, v tableView, name, label string, row, col int) templ.Attributes {
	out := templ.Attributes{"name": name, "id": page.Field{Name: name}.ID(), "aria-label": label, "autocomplete": "off"}
	if len(v.Flaws[[2]int{row, col}]) > 0 {
		out["aria-invalid"], out["aria-describedby"] = "true", name+"-error"
	}
	if _, wrong := v.Raw[name]; wrong {
		out["aria-invalid"] = "true"
	}
	return out
}

func cell(r rule.Row, j int) string {
	if j < len(r.Cells) {
		return r.Cells[j]
	}
	return ""
}

// keptName is the name a column had when it was last kept; what was typed and not kept has none there.
func keptName(v tableView, j int) string {
	if j < len(v.Names) {
		return v.Names[j]
	}
	return ""
}

// typesOf are the types to choose from, with the column's own where it is none of them.
func typesOf(in rule.Input) []rule.Type {
	if slices.Contains(standards.InputTypes, in.Type) {
		return standards.InputTypes
	}
	return append(slices.Clone(standards.InputTypes), in.Type)
}

func typeWords(p *page.Page, t rule.Type) string {
	if slices.Contains(standards.InputTypes, t) {
		return p.T("rules.type." + string(t))
	}
	return string(t)
}

func fromWords(p *page.Page, v tableView, name string) string {
	if v.fromForm(name) {
		return p.T("rules.from.form")
	}
	return p.T("rules.from.officer")
}

// outcomesOf are the outcomes to choose from; none yet, and what cannot be, stay what they are.
func outcomesOf(p *page.Page, r rule.Row) []page.Option {
	out := []page.Option{{Value: "grant", Text: p.T("rules.outcome.grant")}, {Value: "refuse", Text: p.T("rules.outcome.refuse")}}
	switch x := outcomeOf(r); x {
	case "grant", "refuse":
	case "":
		out = append([]page.Option{{Text: p.T("field.choose")}}, out...)
	default:
		out = append(out, page.Option{Value: x, Text: x})
	}
	return out
}

// numbered is a part of a citation's place.
type numbered struct {
	Name string
	N    int
}

func placesOf(c rule.Citation) []numbered {
	return []numbered{{"article", c.Article}, {"sub", c.Sub}, {"paragraph", c.Paragraph}, {"point", c.Point}}
}

// numeral is a number as it was typed, 0 left empty.
func numeral(v tableView, name string, n int) string {
	if raw, wrong := v.Raw[name]; wrong {
		return raw
	}
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// headFields are the name and the hit policy.
func headFields(p *page.Page, v tableView) []page.Field {
	policy := page.Field{Name: "policy", Label: p.T("rules.policy"), Hint: p.T("rules.policy.hint"), Kind: page.Select, Value: string(v.Table.Policy)}
	for _, x := range standards.Hits {
		policy.Options = append(policy.Options, page.Option{Value: string(x), Text: policyWords(p, x)})
	}
	return []page.Field{{Name: "name", Label: p.T("rules.name"), Value: v.Table.Name, Auto: "off"}, policy}
}

// standingRows say whose table it is and what decides now.
func standingRows(p *page.Page, v tableView) []page.Row {
	now := p.T("rules.now.own")
	if v.Standing.Table != nil {
		now = p.T("rules.release.n_on", "n", v.Standing.InForce.Number, "day", since(p, v.Standing.InForce.Effective))
	}
	out := []page.Row{{Label: p.T("rules.column.organ"), Value: v.Organ}, {Label: p.T("rules.now"), Value: now}, {Label: p.T("rules.column.state"), Part: stateTag(p, v.Draft, v.Last)}}
	if v.Last.Effective.After(p.Now) {
		out = append(out, page.Row{Label: p.T("rules.next"), Value: releaseWords(p, v.Last)})
	}
	return out
}

// findingCount is how many gaps, overlaps and rows without effect there are to look at.
func findingCount(v tableView) (n int) {
	for _, f := range v.Found.Report.Findings {
		if f.Flaw || f.Kind != rule.KindOverlap || v.Table.Policy != rule.First {
			n++
		}
	}
	return n
}

// gridKeys are what the keys do in the grid.
func gridKeys(p *page.Page) (out []page.KeyHint) {
	for _, k := range [][2]string{{"↑ ↓ ← →", "rules.key.arrows"}, {"Enter", "rules.key.enter"}, {"Tab", "rules.key.tab"}, {"Alt+↑ Alt+↓", "rules.key.move"}, {"Insert", "rules.key.insert"}} {
		out = append(out, page.KeyHint{Combo: k[0], Text: p.T(k[1])})
	}
	return out
}

func policyWords(p *page.Page, x rule.Policy) string {
	if slices.Contains(standards.Hits, x) {
		return p.T("rules.policy." + strings.ToLower(string(x)))
	}
	return string(x)
}

// since is when a release takes effect: a day, or the moment of its signature.
func since(p *page.Page, t time.Time) string {
	if day := calendar.DateOf(t); t.Equal(day.At(0)) {
		return p.Date(day)
	}
	return p.When(t)
}
