package citizen

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/foundation/fault"
	"yimen/web/page"
)

// groupSteps are the pages of a repeating group: one for each entry, then the one that lists them.
func (v *draftView) groupSteps(id string, wrong map[string]bool) (out []onePage) {
	g, _ := v.Doc.Group(id)
	n := v.State.Entries[id]
	for entry := 1; entry <= n; entry++ {
		out = append(out, onePage{Slug: entrySlug(id, entry), Kind: entryStep, Group: g, Entry: entry, Done: v.entryDone(id, entry, wrong)})
	}
	return append(out, onePage{Slug: groupStep + "-" + id, Kind: groupStep, Group: g, Done: v.Content.Groups[id]})
}

// emptyGroups adds the page of each group that has no entry yet and need not have one.
func (v *draftView) emptyGroups(steps []onePage, seen map[string]bool) []onePage {
	for _, g := range v.Doc.Groups {
		if !seen[g.ID] && v.Model.Room(g.ID, 0) {
			steps = append(steps, onePage{Slug: groupStep + "-" + g.ID, Kind: groupStep, Group: g, Done: v.Content.Groups[g.ID]})
		}
	}
	return steps
}

func (v *draftView) entryDone(group string, entry int, wrong map[string]bool) bool {
	return !slices.ContainsFunc(v.State.Places, func(at form.Place) bool {
		_, answered := v.State.Answers[at.Key]
		optional := v.Doc.Form[at.Index].Optional
		return at.Group == group && at.Entry == entry && !at.Computed && (wrong[at.Key] || !answered && !optional)
	})
}

func entrySlug(group string, entry int) string {
	return entryStep + "-" + group + "-" + strconv.Itoa(entry)
}

// nextEntry is the page of the entry after the last one of a group.
func (v *draftView) nextEntry(slug string) (onePage, bool) {
	for i, x := range v.Steps {
		n := v.State.Entries[x.Group.ID]
		if x.Kind == groupStep && slug == entrySlug(x.Group.ID, n+1) && v.Model.Room(x.Group.ID, n) {
			v.At = i + 1
			return onePage{Slug: slug, Kind: entryStep, Group: x.Group, Entry: n + 1}, true
		}
	}
	return onePage{}, false
}

// working is the form with this page's entry on it, be it filled in already or not.
func (v *draftView) working(x onePage, answers map[string]form.Answer, now time.Time) *form.State {
	return v.Model.WorkFor(answers, now, map[string]int{x.Group.ID: x.Entry})
}

// entryAsks are the questions of an entry under the answers.
func (v *draftView) entryAsks(x onePage, answers map[string]form.Answer, now time.Time) []catalog.Field {
	places := slices.DeleteFunc(v.working(x, answers, now).Places, func(at form.Place) bool { return at.Group != x.Group.ID || at.Entry != x.Entry })
	return page.Questions(v.Doc, places)
}

func (v *draftView) entryFields(p *page.Page, x onePage) (out []page.Field) {
	s := v.working(x, v.Answers, p.Now)
	for _, f := range v.entryAsks(x, v.Answers, p.Now) {
		a := v.Answers[f.Element]
		if f.Compute != "" {
			a = s.Answers[f.Element]
		}
		out = append(out, page.Asked(p, f, a, typedHere))
	}
	return out
}

// keepAnswers writes a page's answers into the draft, with their spelling repaired. One left empty
// on purpose counts as answered.
func (v *draftView) keepAnswers(p *page.Page, c *form.Content, x onePage, in *page.Input) {
	answers := maps.Clone(c.Answers)
	if answers == nil {
		answers = map[string]form.Answer{}
	}
	asked := v.asks(p, x, answers)
	page.FillAnswers(asked, in, answers, typedHere, p.Now)
	for _, f := range asked {
		a := answers[f.Element]
		a.Element = f.Element
		answers[f.Element] = a
	}
	s := v.working(x, answers, p.Now)
	for _, f := range asked {
		if a, ok := s.Answers[f.Element]; ok && f.Compute == "" {
			answers[f.Element] = a
		}
	}
	c.Answers = v.Model.Compact(answers)
	for _, f := range asked {
		delete(c.Masked, f.Element) // an agent sees what they typed themselves
	}
}

// asksMore says that an entry's answers brought up a question that its page did not have.
func (v *draftView) asksMore(x onePage, after map[string]form.Answer, now time.Time) bool {
	had := v.entryAsks(x, v.Answers, now)
	return slices.ContainsFunc(v.entryAsks(x, after, now), func(f catalog.Field) bool {
		return f.Compute == "" && !slices.ContainsFunc(had, func(g catalog.Field) bool { return f.Element == g.Element })
	})
}

// keepGroup takes an entry out, or notes that all are there.
func (v *draftView) keepGroup(c *form.Content, x onePage, in *page.Input) {
	if c.Groups == nil {
		c.Groups = map[string]bool{}
	}
	if n, err := strconv.Atoi(in.Text("remove")); err == nil {
		c.Answers = v.Model.Without(c.Answers, x.Group.ID, n)
		return
	}
	c.Groups[x.Group.ID] = !in.Has("add")
}

// complete says whether a group can be left: what else is missing has its own page.
func (v *draftView) complete(x onePage, in *page.Input) error {
	if in.Has("remove") || in.Has("add") || v.filled(x.Group.ID) >= x.Group.Min {
		return nil
	}
	return fault.Bad(fault.Field{Name: x.Group.ID, Key: "apply.group.few", Args: []any{"min", x.Group.Min}})
}

// filled is how many entries of a group have something in them.
func (v *draftView) filled(group string) (n int) {
	for _, at := range v.Model.Lay(v.Model.Compact(v.Answers)) {
		if at.Group == group {
			n = max(n, at.Entry)
		}
	}
	return n
}

// fromEnd keeps in an address that one came from the check page.
func (v *draftView) fromEnd(in *page.Input) string {
	if in.Text("from") == checkStep {
		return "?from=" + checkStep
	}
	return ""
}

// entryView is an entry in the list of its group.
type entryView struct {
	N      int
	Title  string
	Rows   []page.Row
	Change string
}

func (v *draftView) entries(p *page.Page, group string) (out []entryView) {
	g, _ := v.Doc.Group(group)
	for entry := 1; entry <= v.filled(group); entry++ {
		e := entryView{N: entry, Title: p.T("apply.group.entry", "label", p.GroupName(g), "n", entry), Change: v.address(entrySlug(group, entry))}
		if v.FromEnd {
			e.Change += "?from=" + checkStep
		}
		for _, at := range v.State.Places {
			if at.Group == group && at.Entry == entry {
				e.Rows = append(e.Rows, v.answerRow(p, at, ""))
			}
		}
		out = append(out, e)
	}
	return out
}

func addWords(p *page.Page, n int) string {
	if n == 0 {
		return p.T("apply.group.first")
	}
	return p.T("apply.group.add")
}
