package window

import (
	"slices"
	"strconv"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/process/intake"
	"yimen/web/page"
)

// section is the fields under one heading of the form, or an entry of a repeating group.
type section struct {
	ID     string
	Title  string
	Fields []page.Field
	Wrong  []page.Act // one for each value that is held and may be called wrong
	Take   page.Act   // takes the entry out; no text: it is no entry
	Add    page.Act   // one more entry, on the group's last
}

// laid is the form with an empty entry in the group that asked for one.
func (v *draftView) laid() *form.State {
	if v.More == "" {
		return v.State
	}
	return v.Model.WorkFor(v.Answers, v.Now, map[string]int{v.More: v.State.Entries[v.More] + 1})
}

func (v *draftView) sections(p *page.Page) (out []section) {
	s := v.laid()
	asked := page.Questions(v.Doc, s.Places)
	for i, at := range s.Places {
		f := asked[i]
		here := v.section(p, at, s)
		if len(out) == 0 || out[len(out)-1].Title != here.Title {
			out = append(out, here)
		}
		a := v.Answers[at.Key]
		if at.Computed {
			a = s.Answers[at.Key]
		}
		last := &out[len(out)-1]
		if intake.Disputable(f, a) {
			last.Wrong = append(last.Wrong, page.Act{Text: p.T("window.wrong", "label", f.Label), Look: page.Quiet, Name: "wrong", Value: at.Key})
		}
		last.Fields = append(last.Fields, page.Refill(p, []page.Field{page.Asked(p, f, a, typedHere)}, nil, v.Err)...)
	}
	for _, g := range v.Doc.Groups {
		if s.Entries[g.ID] == 0 && v.Model.Room(g.ID, 0) {
			out = append(out, section{ID: "g-" + g.ID, Title: g.Label, Add: v.addOne(p, g)})
		}
	}
	return out
}

func (v *draftView) section(p *page.Page, at form.Place, s *form.State) section {
	if at.Entry == 0 {
		return section{Title: v.Doc.Form[at.Index].Section}
	}
	g, _ := v.Doc.Group(at.Group)
	n := strconv.Itoa(at.Entry)
	out := section{ID: "g-" + g.ID + "-" + n, Title: p.T("apply.group.entry", "label", g.Label, "n", n)}
	if at.Entry > g.Min {
		out.Take = page.Act{Text: p.T("window.group.remove", "label", g.Label, "n", n), Look: page.Quiet, Name: "take", Value: g.ID + ":" + n}
	}
	if at.Entry == s.Entries[g.ID] && v.Model.Room(g.ID, at.Entry) {
		out.Add = v.addOne(p, g)
	}
	return out
}

func (v *draftView) addOne(p *page.Page, g catalog.Group) page.Act {
	return page.Act{Text: p.T("window.group.add", "label", g.Label), Look: page.Second, Name: "more", Value: g.ID}
}

// wanted are the materials that the item has under these answers.
func (v *draftView) wanted() []catalog.MaterialSpec {
	return slices.DeleteFunc(slices.Clone(v.Doc.Materials), func(m catalog.MaterialSpec) bool { return !v.State.Wants(m.ID) })
}

// asks says in one string what is asked and computed, to see whether a post changed it.
func (v *draftView) asks() string {
	var b strings.Builder
	for _, at := range v.State.Places {
		b.WriteString(at.Key)
		if at.Computed {
			b.WriteString("=" + v.State.Answers[at.Key].Value)
		}
		b.WriteByte('\n')
	}
	for _, m := range v.wanted() {
		b.WriteString(m.ID + "\n")
	}
	return b.String()
}

// fill writes the post's answers into a draft, with an entry taken out where that was asked.
func (v *draftView) fill(c *form.Content, in *page.Input) {
	s := v.Model.Work(c.Answers, v.Now)
	more := map[string]int{}
	for id, n := range s.Entries {
		more[id] = n + 1 // the empty entry that the page may have shown
	}
	page.FillAnswers(page.Questions(v.Doc, v.Model.WorkFor(c.Answers, v.Now, more).Places), in, c.Answers, typedHere, v.Now)
	c.Answers = v.Model.Compact(c.Answers)
	for _, f := range v.Doc.Form {
		if in.Text("wrong") == f.Element {
			intake.Dispute(c, f)
		}
	}
	if id, n, ok := strings.Cut(in.Text("take"), ":"); ok {
		entry, _ := strconv.Atoi(n) // no number is no entry
		c.Answers = v.Model.Without(c.Answers, id, entry)
	}
}

// whereTo is the place of the page that a button belonged to, to come back to it.
func (v *draftView) whereTo(in *page.Input, spec string) string {
	switch more := in.Text("more"); {
	case in.Has("wrong"):
		return "?saved=1#" + page.Field{Name: in.Text("wrong")}.ID()
	case more != "" && v.Model.Room(more, v.State.Entries[more]):
		return "?saved=1&more=" + more + "#g-" + more + "-" + strconv.Itoa(v.State.Entries[more]+1)
	case spec != "":
		return "?saved=1#m-" + spec
	}
	return "?saved=1"
}
