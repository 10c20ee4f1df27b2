package rules

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/view/replay"
	"yimen/web/page"
)

// mostShown is how many past cases of a kind are shown with their facts; each is a look that is noted.
const mostShown = 25

// releaseView is everything who signs should see.
type releaseView struct {
	tableView
	Changes   page.Table
	Findings  page.Table
	Gates     page.Table
	Held      *replay.Result // nil while the table has flaws
	Digest    string
	Otherwise page.Table
	Undecided page.Table
	Signer    string // who signed first
	Own       bool   // that was the person who looks
	Fields    []page.Field
}

func (s *Surface) review(w http.ResponseWriter, r *http.Request) error {
	return s.showReview(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) showReview(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	base, err := s.read(r)
	if err != nil {
		return err
	}
	v := releaseView{tableView: base}
	if v.Found, err = s.Library.Judge(r.Context(), s.DB, v.Book, p.Now); err != nil {
		return err
	}
	v.Changes = differences(p, "changes", p.T("rules.changes"), standards.TableOf(v.Item), v.Table)
	v.Findings, v.Gates = findings(p, v.Table, v.Found), gateTable(p, "gates", v.Found.Gates)
	if err := s.held(r, &v); err != nil {
		return err
	}
	if d := v.Draft; d.FirstSigner != "" {
		who, err := org.GetStaff(r.Context(), s.DB, d.FirstSigner)
		if err != nil {
			return err
		}
		v.Signer, v.Own = who.Name, who.ID == me(r).ID
	}
	v.Fields = page.Refill(p, []page.Field{{Name: "on", Label: p.T("rules.on"), Hint: p.T("rules.on.hint"), Kind: page.Date, Value: calendar.DateOf(p.Now).String()}}, in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return page.Show(w, r, status, releasePage(p, v))
}

// held holds the table against past cases, and shows those that would have been decided otherwise.
func (s *Surface) held(r *http.Request, v *releaseView) error {
	c := v.Found.Compiled()
	if c == nil || len(v.Found.Flaws) > 0 {
		return nil
	}
	past, err := replay.Past(r.Context(), s.DB, s.Vault, v.Item.ID, replay.Most)
	if err != nil {
		return err
	}
	result := replay.Replay(c, past)
	v.Held, v.Digest = &result, result.Digest(c.Digest())
	if v.Otherwise, err = s.pastTable(r, v.Table, "otherwise", result.Otherwise); err != nil {
		return err
	}
	v.Undecided, err = s.pastTable(r, v.Table, "undecided", result.Undecided)
	return err
}

// pastTable shows past cases, and notes that their facts are looked at.
func (s *Surface) pastTable(r *http.Request, t rule.Table, id string, all []replay.Otherwise) (page.Table, error) {
	p := page.Of(r)
	out := page.Table{ID: id, Caption: p.T("rules.replay." + id), Total: page.Total{N: len(all)}, Empty: page.Nothing{Title: p.T("rules.replay." + id + ".none")},
		Columns: []page.Column{{Text: p.T("rules.column.case"), Main: true}, {Text: p.T("rules.column.was")}, {Text: p.T("rules.column.would")}, {Text: p.T("rules.column.facts")}}}
	for _, x := range all[:min(len(all), mostShown)] {
		if err := s.Gate.Look(r.Context(), disclose.Look{By: me(r), Party: x.Party, Case: x.Case, Purpose: disclose.ForRules}); err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, page.Line{Cells: []templ.Component{page.Words(string(x.Number)), page.Words(decidedWords(p, x.Outcome, x.Row)), page.Words(wouldWords(p, x)), lined(factWords(p, t, x))}})
	}
	return out, nil
}

func decidedWords(p *page.Page, outcome, row string) string {
	return strings.TrimSpace(outcomeWords(p, outcome) + " " + row)
}

func wouldWords(p *page.Page, x replay.Otherwise) string {
	switch {
	case x.Fault != nil && len(x.Fault.Fields) > 0:
		return p.Said(x.Fault.Fields[0])
	case x.Fault != nil:
		return p.T(x.Fault.Key, x.Fault.Args...)
	case x.Proposal.Gap:
		return p.T("rules.replay.gap")
	}
	return decidedWords(p, x.Proposal.Outcome, x.Proposal.Row)
}

// factWords are the facts that the rows which differ look at, and no others; where no row looks at any, those the table asks for.
func factWords(p *page.Page, t rule.Table, x replay.Otherwise) string {
	var some, all []string
	for j, in := range t.Inputs {
		v, recorded := x.Inputs[in.Name]
		said := labelOf(in) + "：" + valued(p, v)
		if !recorded {
			said = labelOf(in) + "：" + p.T("rules.replay.not_recorded")
		}
		all = append(all, said)
		if looks(t, x.Row, j) || looks(t, x.Proposal.Row, j) {
			some = append(some, said)
		}
	}
	if len(some) == 0 {
		some = all
	}
	return strings.Join(some, "\n")
}

// looks says that a row's cell tests its fact.
func looks(t rule.Table, row string, j int) bool {
	r, ok := t.Row(row)
	return ok && j < len(r.Cells) && r.Cells[j] != "" && r.Cells[j] != "-"
}

// findings are gaps and overlaps in words, each with an example.
func findings(p *page.Page, t rule.Table, j standards.Judgement) page.Table {
	out := page.Table{ID: "findings", Caption: p.T("rules.findings"), Empty: page.Nothing{Title: p.T("rules.findings.none")},
		Columns: []page.Column{{Text: p.T("rules.column.finding"), Main: true}, {Text: p.T("rules.column.example")}, {Text: p.T("rules.column.weight")}}}
	for _, f := range j.Flaws {
		out.Lines = append(out.Lines, weighed(p, true, p.T(f.Key, f.Args...), rowWords(p, t, f)))
	}
	for _, f := range j.Report.Findings {
		if t.Policy == rule.First && f.Kind == rule.KindOverlap {
			continue // the first row that holds counts: that others hold too is how such a table is written
		}
		out.Lines = append(out.Lines, weighed(p, f.Flaw, p.T("rules.finding."+f.Kind, "rows", strings.Join(f.Rows, "、")), exampleWords(p, t, f)))
	}
	if !j.Report.Full && len(j.Flaws) == 0 {
		out.Lines = append(out.Lines, weighed(p, false, p.T("rules.finding.not_all"), strings.Join(j.Report.Unchecked, "、")))
	}
	return out
}

func weighed(p *page.Page, stops bool, words, example string) page.Line {
	tone, key := page.Warn, "rules.weight.look"
	if stops {
		tone, key = page.Danger, "rules.weight.stop"
	}
	return page.Line{Tone: tone, Cells: []templ.Component{page.Words(words), lined(example), page.Tag(tone, p.T(key))}}
}

// rowWords says where in the table a flaw stands.
func rowWords(p *page.Page, t rule.Table, f rule.Flaw) string {
	var out []string
	if f.Row >= 0 && f.Row < len(t.Rows) {
		out = append(out, p.T("rules.row", "id", t.Rows[f.Row].ID, "n", f.Row+1))
	}
	if f.Column >= 0 && f.Column < len(t.Inputs) {
		out = append(out, labelOf(t.Inputs[f.Column]))
	}
	return strings.Join(out, "，")
}

func exampleWords(p *page.Page, t rule.Table, f rule.Finding) string {
	var out []string
	for _, in := range t.Inputs {
		if v, ok := f.Example[in.Name]; ok {
			out = append(out, labelOf(in)+"："+valued(p, v))
		}
	}
	return strings.Join(out, "\n")
}

func gateTable(p *page.Page, id string, flaws []catalog.Flaw) page.Table {
	out := page.Table{ID: id, Caption: p.T("rules.gates"), Empty: page.Nothing{Title: p.T("rules.gates.none")},
		Columns: []page.Column{{Text: p.T("rules.column.finding"), Main: true}, {Text: p.T("rules.column.place")}, {Text: p.T("rules.column.weight")}}}
	for _, f := range flaws {
		out.Lines = append(out.Lines, weighed(p, !f.Warn, p.T(f.Key, f.Args...), page.ItemPlace(p, f.Path)))
	}
	return out
}

// differences lists what changed from one table to another.
func differences(p *page.Page, id, caption string, old, next rule.Table) page.Table {
	out := page.Table{ID: id, Caption: caption, Empty: page.Nothing{Title: p.T("rules.changes.none")},
		Columns: []page.Column{{Text: p.T("rules.column.change"), Main: true}, {Text: p.T("rules.column.before")}, {Text: p.T("rules.column.after")}}}
	for _, c := range rule.Diff(old.Tidy(), next.Tidy()) {
		out.Lines = append(out.Lines, page.Line{Cells: []templ.Component{page.Words(changeWords(p, c, old, next)), lined(changed(p, c, old, c.Old)), lined(changed(p, c, next, c.New))}})
	}
	return out
}

func changeWords(p *page.Page, c rule.Change, old, next rule.Table) string {
	column := c.Column
	for _, in := range slices.Concat(old.Inputs, next.Inputs) {
		if in.Name == c.Column || "input "+in.Name == c.Column {
			column = labelOf(in)
		}
	}
	switch key := "rules.column." + c.Column; c.Column {
	case "when", "says", "basis", "outcome", "name", "policy":
		column = p.T(key)
	}
	return p.T("rules.change."+c.Kind, "row", c.Row, "column", column)
}

// changed is one side of a change as its table says it, in words.
func changed(p *page.Page, c rule.Change, t rule.Table, side string) string {
	if side == "" {
		return ""
	}
	row, _ := t.Row(c.Row)
	switch c.Column {
	case "policy":
		return policyWords(p, rule.Policy(side))
	case "outcome":
		return outcomeWords(p, outcomeOf(row))
	case "basis":
		return cited(p, row.Basis)
	}
	for j, in := range t.Inputs {
		switch c.Column {
		case in.Name:
			return cellWords(p, in, row, j)
		case "input " + in.Name:
			return strings.TrimSpace(labelOf(in) + "\n" + typeWords(p, in.Type) + "\n" + values(in))
		}
	}
	return side
}

func (s *Surface) sign(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	a, err := ruling(r, in)
	if err != nil {
		return err
	}
	return s.after(w, r, in, s.Library.SignRule(r.Context(), a), path(itemID(r), "release")+"?done=signed")
}

// after goes on, or shows the page again with what was wrong.
func (s *Surface) after(w http.ResponseWriter, r *http.Request, in *page.Input, err error, to string) error {
	switch {
	case err == nil:
		return page.Redirect(w, r, to)
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		return s.showReview(w, r, page.Status(err), in, err)
	}
	return err
}

// release is the second signature. What replaying shows is read again: who signs must have seen it as it is.
func (s *Surface) release(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	a, err := ruling(r, in, in.Date("on"), in.Text("replay"))
	if err != nil {
		return err
	}
	b, err := s.Library.Book(r.Context(), s.DB, itemID(r))
	if err != nil {
		return err
	}
	if c := b.Examine().Compiled(); c != nil && b.Draft.Rev == a.Rev {
		past, err := replay.Past(r.Context(), s.DB, s.Vault, b.Item.ID, replay.Most)
		if err != nil {
			return err
		}
		if replay.Replay(c, past).Digest(c.Digest()) != in.Text("replay") {
			return s.after(w, r, in, fault.New(fault.Conflict, "rules.replay.changed"), "")
		}
	}
	n, err := s.Library.ReleaseRule(r.Context(), standards.Releasing{Ruling: a, On: in.Date("on"), Replay: in.Text("replay")})
	return s.after(w, r, in, err, path(itemID(r), "releases", number(n))+"?done=released")
}

// again tries to make a release that was held up the item's rule.
func (s *Surface) again(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	a, err := ruling(r, in)
	if err != nil {
		return err
	}
	err = s.Library.TakeUpRule(r.Context(), a)
	if fault.Is(err, fault.Invalid) { // the page says why
		return page.Redirect(w, r, path(itemID(r)))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, path(itemID(r))+"?done=taken_up")
}

func (s *Surface) releases(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	v, err := s.read(r)
	if err != nil {
		return err
	}
	before, _ := page.Query(r).Int("after")
	all, err := rule.Versions(r.Context(), s.DB, ref.RuleID(v.Item.ID), int(before), size+1)
	if err != nil {
		return err
	}
	t := page.Table{ID: "releases", Caption: p.T("rules.releases"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("rules.releases.none"), Text: p.T("rules.releases.none.text")},
		Columns: []page.Column{{Text: p.T("rules.column.release"), Main: true}, {Text: p.T("rules.column.effective")}, {Text: p.T("rules.column.signers")}, {Text: p.T("rules.column.state")}}}
	if len(all) > size {
		all = all[:size]
		t.Next = page.NextPage(p, number(all[size-1].Number))
	}
	for _, x := range all {
		who, err := s.signers(r, x)
		if err != nil {
			return err
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: p.T("rules.release.n", "n", x.Number), Href: path(v.Item.ID, "releases", number(x.Number))}),
			page.Words(since(p, x.Effective)), page.Words(who), forceTag(p, v, x)}})
	}
	return page.Show(w, r, http.StatusOK, releasesPage(p, v, t))
}

func forceTag(p *page.Page, v tableView, x rule.Release) templ.Component {
	switch {
	case x.Effective.After(p.Now):
		return page.Tag(page.Info, p.T("rules.force.later"))
	case x.Number != v.Standing.InForce.Number:
		return page.Tag(page.Plain, p.T("rules.force.over"))
	case !v.Standing.TakenUp:
		return page.Tag(page.Warn, p.T("rules.force.held_up"))
	}
	return page.Tag(page.Good, p.T("rules.force.now"))
}

func (s *Surface) signers(r *http.Request, x rule.Release) (string, error) {
	var names []string
	for _, id := range []ref.StaffID{x.FirstSigner, x.SecondSigner} {
		who, err := org.GetStaff(r.Context(), s.DB, id)
		if err != nil {
			return "", err
		}
		names = append(names, who.Name)
	}
	return strings.Join(names, "、"), nil
}

// oldView is one release.
type oldView struct {
	tableView
	Release rule.Release
	Signers string
	Rows    page.Table
	Changes page.Table // from the release before it
}

func (s *Surface) oldRelease(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	base, err := s.read(r)
	if err != nil {
		return err
	}
	v := oldView{tableView: base}
	if v.Release, v.Table, err = s.releaseOf(r, r.PathValue("n")); err != nil {
		return err
	}
	from, _ := page.Query(r).Int("from")
	v.Span = spanOf(v.Table, int(from))
	v.Rows = rowTable(p, v.Table, v.Span)
	if v.Signers, err = s.signers(r, v.Release); err != nil {
		return err
	}
	if v.Release.Number > 1 {
		_, before, err := s.releaseOf(r, number(v.Release.Number-1))
		if err != nil {
			return err
		}
		v.Changes = differences(p, "changes", p.T("rules.changes.from", "n", v.Release.Number-1), before, v.Table)
	}
	if page.Query(r).Text("done") == "released" {
		v.Said = p.T("rules.done.released", "n", v.Release.Number, "day", since(p, v.Release.Effective))
	}
	return page.Show(w, r, http.StatusOK, oldPage(p, v))
}

func (s *Surface) releaseOf(r *http.Request, which string) (rule.Release, rule.Table, error) {
	n, err := strconv.Atoi(which)
	if err != nil {
		return rule.Release{}, rule.Table{}, fault.New(fault.NotFound, "fault.not_found")
	}
	v, err := rule.GetRelease(r.Context(), s.DB, ref.RuleID(itemID(r)), n)
	if err != nil {
		return v, rule.Table{}, err
	}
	t, err := v.Table()
	return v, t, err
}
