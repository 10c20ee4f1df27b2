package standards

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	keeping "yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

// itemView is everything about an item on one page.
type itemView struct {
	written
	Organ    string
	Top      []page.Row
	Parts    []part
	Stages   []page.Stage
	Draft    draftView
	Flaws    page.Table
	Versions page.Table
	Turns    []string
	Turn     []page.Field // the standards office's form about its state, nil for others
	Problems []page.Problem
	Done     string
	Edits    bool   // this person may write now
	Notice   string // address of its organ's notice, where this person reads it
}

// part is a section as it reads.
type part struct {
	Name  string
	Facts []page.Row
	Lists []partList
}

type partList struct {
	Label string
	Rows  []string
}

// draftView is the way of the draft and what this person may do with it.
type draftView struct {
	There    bool
	Words    []string // who had it in hand
	Tag      templ.Component
	Note     string
	Hand     bool
	Review   bool
	Check    bool
	Back     bool
	Note2    []page.Field // why it goes back
	On       []page.Field // the day of publication
	Drop     bool
	Compares bool
	Rev      int64
}

func (s *Surface) item(w http.ResponseWriter, r *http.Request) error {
	return s.showItem(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) showItem(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	x, err := s.read(r, itemID(r))
	if err != nil {
		return err
	}
	v := itemView{written: x, Edits: mayEdit(r, x) == nil, Done: done(p, page.Query(r))}
	name, err := s.organNames(r)
	if err != nil {
		return err
	}
	v.Organ = name(x.Doc().Organ)
	if only := mine(r); only == "" || only == x.Doc().Organ {
		v.Notice = noticePath(x.Doc().Organ)
	}
	if len(x.Doc().Plan.Steps) > 0 {
		v.Stages = page.PlanStages(p, x.Doc(), name, nil)
	}
	v.Top = v.top(p)
	v.parts(p)
	for _, step := range []func(*http.Request, *itemView, *page.Input, error) error{s.draftPart, s.flawPart, s.versionPart, s.turnPart} {
		if err := step(r, &v, in, wrong); err != nil {
			return err
		}
	}
	v.Problems = page.Problems(p, append(append(slices.Clone(v.Draft.On), v.Draft.Note2...), v.Turn...), wrong)
	return page.Show(w, r, status, itemPage(p, v))
}

func (s *Surface) organNames(r *http.Request) (func(ref.OrganID) string, error) {
	organs, err := org.Organs(r.Context(), s.DB)
	return func(id ref.OrganID) string { return organs[id].Name }, err
}

// bpmn gives the plan to other modellers.
func (s *Surface) bpmn(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	x, err := s.read(r, itemID(r))
	if err != nil {
		return err
	}
	name, err := s.organNames(r)
	if err != nil {
		return err
	}
	raw := x.Doc().BPMN(func(id ref.OrganID) string {
		if id == catalog.Street {
			return p.T("flow.street")
		}
		return name(id)
	}, p.T)
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+string(x.Doc().ID)+`.bpmn"`)
	_, err = w.Write(raw)
	return err
}

// done is what was just done, as the address says.
func done(p *page.Page, q *page.Input) string {
	if what := q.Text("done"); slices.Contains([]string{"hand", "review", "check", "back", "drop", "turn", "claim", "open", "close", "move"}, what) {
		return p.T("standards.done." + what)
	}
	return ""
}

func (v itemView) top(p *page.Page) []page.Row {
	it := v.Doc()
	rows := []page.Row{{Label: p.T("standards.state.title"), Part: stateTag(p, v.State()), Note: v.Row.Reason}, {Label: p.T("standards.column.organ"), Value: v.Organ},
		{Label: p.T("standards.column.type"), Value: typeName(p, it.TaskType)}, {Label: p.T("standards.column.level"), Value: levelName(p, it.Level)},
		{Label: p.T("item.field.item.task_code"), Value: it.TaskCode}, {Label: p.T("item.field.item.id"), Value: string(it.ID)}}
	for _, c := range it.Basis {
		rows = append(rows, page.Row{Label: p.T("item.field.item.basis"), Value: citation(p, c)})
	}
	return rows
}

// parts are the sections in words; what is not filled in is left out.
func (v *itemView) parts(p *page.Page) {
	doc := reflect.ValueOf(*v.Doc())
	for _, sec := range sections {
		out := part{Name: sec.Name}
		for _, a := range sec.Asks {
			value, label := at(doc, a.Path)
			if value.IsZero() || !said(a.Path) {
				continue
			}
			if above, name, _ := cutLast(a.Path); name == "law" || name == "n" || name == "unit" {
				value, label = at(doc, above)
				if value.Kind() == reflect.Pointer {
					value = value.Elem()
				}
				if name == "unit" && value.FieldByName("N").Int() > 0 {
					continue // said with its number
				}
			}
			out.Facts = append(out.Facts, page.Row{Label: p.T(label), Value: shown(p, leaf(a.Path), value.Interface())})
		}
		for _, l := range sec.Lists {
			out.Lists = append(out.Lists, listsOf(p, doc, l.Path)...)
		}
		v.Parts = append(v.Parts, out)
	}
	v.Parts = append(v.Parts, part{Name: process, Lists: listsOf(p, doc, "form", "groups", "checks", "plan.steps", "rule.rows")})
}

// process is the part that is only read here: form, plan and rule are written elsewhere.
const process = "process"

// listsOf are lists in words; empty ones are left out.
func listsOf(p *page.Page, doc reflect.Value, paths ...string) (out []partList) {
	for _, path := range paths {
		all, label := at(doc, path)
		x := partList{Label: p.T(label)}
		for i := range all.Len() {
			x.Rows = append(x.Rows, rowWords(p, all.Index(i)))
		}
		if len(x.Rows) > 0 {
			out = append(out, x)
		}
	}
	return out
}

// said leaves out what a citation's words say already.
func said(path string) bool {
	above, name, _ := cutLast(path)
	return !strings.HasSuffix(above, "basis") || name == "law"
}

// rowWords is a row of a list in words: what it is called, and what it rests on.
func rowWords(p *page.Page, row reflect.Value) string {
	words := title(row)
	switch x := row.Interface().(type) {
	case catalog.FAQ:
		words += "\n" + x.A
	case catalog.MaterialSpec:
		words += "\n" + shown(p, "", []string{shown(p, "need", x.Need), shown(p, "form", x.Form), shown(p, "original", x.Original), shown(p, "source", x.Source)})
	case catalog.RuleRow:
		words += "\n" + shown(p, "outcome", x.Outcome) + "\n" + x.Says
	case catalog.Step:
		words += "\n" + span(p, x.Limit)
	case catalog.Special:
		words += "\n" + shown(p, "", []string{shown(p, "kind", x.Kind), span(p, x.Time)})
	}
	switch basis := row.FieldByName("Basis"); {
	case !basis.IsValid():
	case basis.Kind() == reflect.Struct:
		words += "\n" + citation(p, basis.Interface().(catalog.Citation))
	case !basis.IsNil():
		words += "\n" + citation(p, *basis.Interface().(*catalog.Citation))
	}
	return words
}

func (s *Surface) draftPart(r *http.Request, v *itemView, in *page.Input, wrong error) error {
	if v.Next == nil {
		return nil
	}
	p, d, who := page.Of(r), v.written.Draft, me(r)
	note := page.Field{Name: "note", Label: p.T("standards.back.note"), Kind: page.LongText, Rows: 2}
	on := page.Field{Name: "on", Label: p.T("standards.check.on"), Kind: page.Date, Value: calendar.DateOf(p.Now).String()}
	write := keeping.MayWrite(who, d.Organ) == nil && d.State == catalog.DraftWriting
	v.Draft = draftView{There: true, Tag: page.Tag(draftTones[d.State], p.T("standards.draft."+string(d.State))), Note: d.Note, Rev: d.Rev, Hand: write, Drop: write, Compares: v.Now != nil,
		Review: d.State == catalog.DraftReview && keeping.MayReview(who, d) == nil, Check: d.State == catalog.DraftChecking && keeping.MayCheck(who, d) == nil,
		Back:  who.Has("standards") && (d.State == catalog.DraftChecking || d.State == catalog.DraftPassed),
		Note2: page.Refill(p, []page.Field{note}, in, wrong), On: page.Refill(p, []page.Field{on}, in, wrong)}
	if d.Note == "standards.held_up" {
		v.Draft.Note = p.T(d.Note)
	}
	return s.hands(r, v)
}

// hands says who had the draft in hand.
func (s *Surface) hands(r *http.Request, v *itemView) error {
	p, d := page.Of(r), v.written.Draft
	var writers []string
	for id := range strings.SplitSeq(d.Writers, ",") {
		name, err := s.staffName(r, ref.StaffID(id))
		if err != nil {
			return err
		}
		writers = append(writers, name)
	}
	reviewed, err := s.staffName(r, d.Reviewed)
	if err != nil {
		return err
	}
	checked, err := s.staffName(r, d.Checked)
	for _, x := range []struct{ key, who string }{{"writers", shown(p, "", writers)}, {"reviewed", reviewed}, {"checked", checked}} {
		if x.who != "" {
			v.Draft.Words = append(v.Draft.Words, p.T("standards.draft."+x.key, "who", x.who))
		}
	}
	if d.On != "" {
		v.Draft.Words = append(v.Draft.Words, p.T("standards.draft.on", "day", d.On))
	}
	return err
}

func (s *Surface) flawPart(r *http.Request, v *itemView, _ *page.Input, _ error) error {
	p := page.Of(r)
	flaws, err := s.Library.Flaws(r.Context(), s.DB, v.Doc(), p.Now)
	v.Flaws = page.Table{ID: "flaws", Caption: p.T("standards.flaws"), Empty: page.Nothing{Title: p.T("standards.flaws.none")},
		Columns: []page.Column{{Text: p.T("standards.flaws"), Main: true}, {Text: p.T("standards.diff.where")}, {Text: p.T("standards.column.state")}}}
	for _, f := range flaws {
		tone, key := page.Danger, "standards.flaws.stop"
		if f.Warn {
			tone, key = page.Warn, "standards.flaws.warn"
		}
		v.Flaws.Lines = append(v.Flaws.Lines, page.Line{Tone: tone, Cells: []templ.Component{page.Words(p.T(f.Key, f.Args...)), page.Words(page.ItemPlace(p, f.Path)), page.Tag(tone, p.T(key))}})
	}
	return err
}

func (s *Surface) versionPart(r *http.Request, v *itemView, _ *page.Input, _ error) error {
	p := page.Of(r)
	v.Versions = page.Table{ID: "versions", Caption: p.T("standards.versions"), Empty: page.Nothing{Title: p.T("standards.versions.none")},
		Columns: []page.Column{{Text: p.T("standards.column.version"), Main: true}, {Text: p.T("standards.column.published")}, {Text: p.T("standards.column.act")}}}
	all, err := catalog.Versions(r.Context(), s.DB, v.ID)
	for i, x := range all {
		act := page.Words("")
		if i+1 < len(all) {
			act = page.Linked(page.Link{Text: p.T("standards.diff.lead", "a", p.T("standards.versions.n", "n", x.Number-1), "b", p.T("standards.versions.n", "n", x.Number)),
				Href: itemPath(v.ID, "diff") + "?from=" + number(x.Number-1) + "&to=" + number(x.Number)})
		}
		v.Versions.Lines = append(v.Versions.Lines, page.Line{Cells: []templ.Component{page.Words(p.T("standards.versions.n", "n", x.Number)), page.Words(p.Stamp(x.Published)), act}})
	}
	return err
}

func (s *Surface) turnPart(r *http.Request, v *itemView, in *page.Input, wrong error) error {
	if v.Now == nil {
		return nil
	}
	p := page.Of(r)
	turns, err := catalog.Turns(r.Context(), s.DB, v.ID)
	for _, t := range turns {
		line := p.T("standards.state.line", "day", t.From, "state", p.T("standards.state."+string(t.State)), "reason", t.Reason)
		if t.Done.IsZero() {
			line += p.T("standards.state.later")
		}
		v.Turns = append(v.Turns, line)
	}
	if me(r).Has("standards") && v.Row.State != catalog.Cancelled {
		to := page.Field{Name: "to", Label: p.T("standards.state.to"), Kind: page.Radio}
		for _, x := range catalog.States {
			if v.Row.State.Follows(x) {
				to.Options = append(to.Options, page.Option{Value: string(x), Text: p.T("standards.state." + string(x))})
			}
		}
		v.Turn = page.Refill(p, []page.Field{to, {Name: "reason", Label: p.T("standards.state.reason"), Kind: page.LongText, Rows: 2}}, in, wrong)
		day := page.Field{Name: "turn_on", Label: p.T("standards.state.on"), Kind: page.Date, Value: calendar.DateOf(p.Now).String()}
		v.Turn = append(v.Turn, page.Refill(p, []page.Field{day}, in, wrong)...)
	}
	return err
}

// act reads a post about the draft and does it; what is wrong with it is shown on the item's page.
func (s *Surface) act(w http.ResponseWriter, r *http.Request, what string, do func(in *page.Input, a keeping.Act) error) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	rev, _ := in.Int("rev")
	sub, err := submit(r, in, in.Text("rev"), in.Text("do"), in.Long("note"), in.Date("on"))
	if err != nil {
		return err
	}
	err = do(in, keeping.Act{Submit: sub, By: me(r), Item: itemID(r), Rev: rev, Note: in.Long("note")})
	if fault.Is(err, fault.Invalid) {
		return s.showItem(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, itemPath(itemID(r))+"?done="+what)
}

func (s *Surface) hand(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "hand", func(_ *page.Input, a keeping.Act) error { return s.Library.Hand(r.Context(), a) })
}

func (s *Surface) review(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "review", func(in *page.Input, a keeping.Act) error {
		return s.Library.Review(r.Context(), a, in.Text("do") == "pass")
	})
}

func (s *Surface) check(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "check", func(in *page.Input, a keeping.Act) error {
		if in.Text("do") == "back" {
			return s.Library.SendBack(r.Context(), a)
		}
		return s.Library.Check(r.Context(), a, in.Date("on"))
	})
}

// drop leads to the list, since an item never published is gone with its draft.
func (s *Surface) drop(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	rev, _ := in.Int("rev")
	sub, err := submit(r, in, in.Text("rev"))
	if err != nil {
		return err
	}
	if err := s.Library.GiveUp(r.Context(), keeping.Act{Submit: sub, By: me(r), Item: itemID(r), Rev: rev}); err != nil {
		return err
	}
	return page.Redirect(w, r, "/standards?done=drop")
}

func (s *Surface) turn(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	sub, err := submit(r, in, in.Text("to"), in.Long("reason"), in.Date("turn_on"))
	if err != nil {
		return err
	}
	to := catalog.State(in.Text("to"))
	if !slices.Contains(catalog.States, to) {
		err = fault.Bad(fault.Field{Name: "to", Key: "form.choose"})
	} else {
		err = s.Library.Turn(r.Context(), keeping.Turning{Submit: sub, By: me(r), Item: itemID(r), To: to, Reason: in.Long("reason"), On: in.Date("turn_on")})
	}
	if fault.Is(err, fault.Invalid) {
		return s.showItem(w, r, http.StatusUnprocessableEntity, in, renamed(err, "on", "turn_on"))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, itemPath(itemID(r))+"?done=turn")
}

// renamed gives a wrong field the name it has on the page.
func renamed(err error, from, to string) error {
	fields := slices.Clone(fault.Fields(err))
	for i := range fields {
		if fields[i].Name == from {
			fields[i].Name = to
		}
	}
	return fault.Bad(fields...)
}
