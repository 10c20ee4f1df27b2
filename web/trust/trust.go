// Package trust is the desk of promises: papers that are owed, promises to be checked, events of the credit record and the
// catalogue they rest on.
//
// It holds that an officer sees the promises and events of organs they work for and a supervisor all of them; that one is
// shown after the look was noted; that the catalogue is everybody's to read and the standards office's to change.
package trust

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/undertaking"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/trust"
	"yimen/ref"
	"yimen/web/page"
)

// Surface is the desk of promises.
type Surface struct {
	DB    db.Reader
	Vault *crypto.Vault
	Gate  *disclose.Gate
	Trust *trust.Keeper
}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	officers, sees := []page.Role{page.Approver, page.Representative}, []page.Role{page.Approver, page.Representative, page.Supervisor}
	reads := []page.Role{page.Approver, page.Representative, page.Supervisor, page.Keeper, page.Standards, page.Admin}
	return []page.Route{
		{Method: "GET", Pattern: "/trust", Roles: sees, Handler: s.list, Title: "trust.title"},
		{Method: "GET", Pattern: "/trust/vow/{id}", Roles: sees, Handler: s.show, Title: "trust.one"},
		{Method: "POST", Pattern: "/trust/vow/{id}/check", Roles: officers, Handler: s.check, Title: "trust.one"},
		{Method: "POST", Pattern: "/trust/vow/{id}/verify", Roles: officers, Handler: s.verify, Title: "trust.one"},
		{Method: "POST", Pattern: "/trust/vow/{id}/end", Roles: officers, Handler: s.end, Title: "trust.one"},
		{Method: "POST", Pattern: "/trust/vow/{id}/prolong", Roles: []page.Role{page.Supervisor}, Handler: s.prolong, Title: "trust.one"},
		{Method: "GET", Pattern: "/trust/credit", Roles: sees, Handler: s.events, Title: "trust.credit"},
		{Method: "GET", Pattern: "/trust/credit/{id}", Roles: sees, Handler: s.event, Title: "trust.event"},
		{Method: "POST", Pattern: "/trust/credit/{id}", Roles: officers, Handler: s.rule, Title: "trust.event"},
		{Method: "GET", Pattern: "/trust/catalogue", Roles: reads, Handler: s.catalogue, Title: "trust.catalogue"},
		{Method: "GET", Pattern: "/trust/catalogue/{kind}", Roles: reads, Handler: s.row, Title: "trust.row"},
		{Method: "POST", Pattern: "/trust/catalogue/{kind}", Roles: []page.Role{page.Standards}, Handler: s.edit, Title: "trust.row"},
	}
}

// size is the rows of one page of a list.
const size = 50

func staff(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

// organs are those whose promises the person sees: none named means all of them, a supervisor's.
func (s *Surface) organs(r *http.Request) ([]ref.OrganID, error) {
	who := staff(r)
	if who.Has("supervisor") {
		return nil, nil
	}
	mine, err := delegation.Organs(r.Context(), s.DB, page.Of(r).Now, who.ID, delegation.Accept, delegation.Review, delegation.Decide)
	return append(mine, who.Organ), err
}

// sees refuses with NotFound what belongs to an organ the person does not work for.
func (s *Surface) sees(r *http.Request, organ ref.OrganID) error {
	mine, err := s.organs(r)
	if err == nil && len(mine) > 0 && !slices.Contains(mine, organ) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return err
}

// look notes that the person reads about a party.
func (s *Surface) look(r *http.Request, who ref.PartyID, id ref.CaseID) error {
	purpose := disclose.ForDecision
	if staff(r).Has("supervisor") {
		purpose = disclose.ForOversight
	}
	return s.Gate.Look(r.Context(), disclose.Look{By: staff(r), Party: who, Case: id, Purpose: purpose})
}

func submit(r *http.Request, in *page.Input, route string, body ...string) (once.Submit, error) {
	key, err := in.Key()
	return once.Submit{Actor: "staff:" + string(staff(r).ID), Route: route, Key: key, Hash: once.Hash(body...), At: page.Of(r).Now}, err
}

// after reads a list's cursor: a time and an id.
func after(q *page.Input) (int64, string, error) {
	parts, err := page.After(q.Text("after"), 2)
	if err != nil || parts == nil {
		return 0, "", err
	}
	n, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || n < 0 {
		return 0, "", fault.New(fault.NotFound, "fault.not_found")
	}
	return n, parts[1], nil
}

// chosen is the state that a list shows, the first of all unless asked otherwise.
func chosen[T ~string](q *page.Input, all []T) T {
	for _, x := range all {
		if q.Text("state") == string(x) {
			return x
		}
	}
	return all[0]
}

func stateField[T ~string](p *page.Page, all []T, at T, prefix string) page.Field {
	f := page.Field{Name: "state", Label: p.T("trust.state"), Kind: page.Select, Value: string(at)}
	for _, x := range all {
		f.Options = append(f.Options, page.Option{Value: string(x), Text: p.T(prefix + string(x))})
	}
	return f
}

// list shows the promises of a state, the most urgent first.
func (s *Surface) list(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	state := chosen(q, undertaking.States())
	due, id, err := after(q)
	if err != nil {
		return err
	}
	mine, err := s.organs(r)
	if err != nil {
		return err
	}
	rows, err := undertaking.List(r.Context(), s.DB, undertaking.Filter{Organs: mine, State: state, Due: db.Time(due), After: id}, size+1)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "vows", Caption: p.T("trust.title"), Live: true, Filtered: q.Has("state"), Filter: []page.Field{stateField(p, undertaking.States(), state, "trust.state.")},
		Empty: page.Nothing{Title: p.T("trust.none"), Text: p.T("trust.none.text")}, First: page.FirstPage(p),
		Columns: []page.Column{{Text: p.T("trust.number"), Main: true}, {Text: p.T("trust.kind")}, {Text: p.T("trust.item")}, {Text: p.T("trust.due")}, {Text: p.T("trust.waiting"), Number: true}, {Text: p.T("trust.organ")}}}
	if len(rows) > size {
		rows = rows[:size]
		last := rows[size-1]
		t.Next = page.NextPage(p, page.Cursor(strconv.FormatInt(db.Micros(last.Due), 10), last.ID))
	}
	names := map[ref.ItemID]string{}
	for _, u := range rows {
		if names[u.Matter] == "" {
			row, err := catalog.GetRow(r.Context(), s.DB, u.Matter)
			if err != nil {
				return err
			}
			names[u.Matter] = row.Name
		}
		t.Lines = append(t.Lines, page.Line{Tone: urgent(p, u), Cells: []templ.Component{page.Linked(page.Link{Text: u.Number.Format(), Href: "/trust/vow/" + u.ID}), page.Words(p.T("trust.kind." + u.Kind)),
			page.Words(names[u.Matter]), page.Words(until(p, u)), page.Words(strconv.Itoa(u.Waiting)), page.Words(organs[u.Organ].Name)}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, "/trust", t))
}

func until(p *page.Page, u undertaking.Undertaking) string {
	if u.Due.IsZero() {
		return ""
	}
	return p.Date(calendar.DateOf(u.Due))
}

// urgent marks what is over, or to be looked at.
func urgent(p *page.Page, u undertaking.Undertaking) page.Tone {
	switch {
	case u.Open() && !u.Due.IsZero() && p.Now.After(u.Due):
		return page.Danger
	case u.Waiting > 0:
		return page.Warn
	}
	return page.Plain
}

// view is one promise.
type view struct {
	undertaking.Undertaking
	Rows     []page.Row
	Papers   []paperLine
	Officer  bool // checks papers and promises
	Prolongs bool // gives more time
	Fields   []page.Field
	Problems []page.Problem
}

type paperLine struct {
	undertaking.Paper
	Name, Reason string
}

func (s *Surface) show(w http.ResponseWriter, r *http.Request) error {
	return s.page(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) page(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	v, err := s.view(r)
	if err != nil {
		return err
	}
	v.Fields = page.Refill(page.Of(r), v.ask(page.Of(r)), in, wrong)
	v.Problems = page.Problems(page.Of(r), v.Fields, wrong)
	return page.Show(w, r, status, vowPage(page.Of(r), v))
}

// ask is what the desk fills in: of a check what was found, of more time until when and why.
func (v *view) ask(p *page.Page) (out []page.Field) {
	for _, x := range v.Papers {
		if v.Officer && x.State == undertaking.PaperHanded {
			out = append(out, page.Field{Name: "reason." + x.Spec, Label: p.T("trust.reason"), Kind: page.LongText, Rows: 2, Optional: true})
		}
	}
	if v.Officer && v.State == undertaking.Checking {
		out = append(out, page.Field{Name: "found", Label: p.T("trust.found"), Hint: p.T("trust.found.hint"), Kind: page.LongText, Rows: 3})
	}
	if v.Officer && v.State == undertaking.Late {
		out = append(out, page.Field{Name: "words", Label: p.T("trust.end.words"), Kind: page.LongText, Rows: 3})
	}
	if v.prolongable() {
		out = append(out, page.Field{Name: "until", Label: p.T("trust.prolong.until"), Kind: page.Date}, page.Field{Name: "reason", Label: p.T("trust.prolong.reason"), Kind: page.LongText, Rows: 2})
	}
	return out
}

// prolongable says that more time can be given here.
func (v *view) prolongable() bool {
	return v.Prolongs && (v.State == undertaking.Owed || v.State == undertaking.Late)
}

// field picks one of the fields by name.
func (v *view) field(names ...string) (out []page.Field) {
	for _, f := range v.Fields {
		if slices.Contains(names, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

func (s *Surface) view(r *http.Request) (*view, error) {
	ctx := r.Context()
	u, err := undertaking.Get(ctx, s.DB, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := s.sees(r, u.Organ); err != nil {
		return nil, err
	}
	if err := s.look(r, u.Party, u.Case); err != nil {
		return nil, err
	}
	v := &view{Undertaking: u, Officer: page.Of(r).Actor.Is(page.Approver, page.Representative), Prolongs: staff(r).Has("supervisor")}
	it, err := s.item(ctx, u)
	if err != nil {
		return nil, err
	}
	papers, err := undertaking.Papers(ctx, s.DB, u.ID)
	if err != nil {
		return nil, err
	}
	for _, x := range papers {
		m, _ := it.Material(x.Spec)
		line := paperLine{Paper: x, Name: m.Name}
		if line.Reason, err = u.Reason(ctx, s.DB, s.Vault, x); err != nil {
			return nil, err
		}
		v.Papers = append(v.Papers, line)
	}
	v.Rows, err = s.rows(r, u, it)
	return v, err
}

func (s *Surface) item(ctx context.Context, u undertaking.Undertaking) (*catalog.Item, error) {
	ci, err := casefile.GetItem(ctx, s.DB, u.Item)
	if err != nil {
		return nil, err
	}
	version, err := catalog.Get(ctx, s.DB, ci.Version)
	return version.Doc(), err
}

func (s *Surface) rows(r *http.Request, u undertaking.Undertaking, it *catalog.Item) ([]page.Row, error) {
	p, ctx := page.Of(r), r.Context()
	who, err := party.Get(ctx, s.DB, u.Party)
	if err != nil {
		return nil, err
	}
	found, err := u.Found(ctx, s.DB, s.Vault)
	if err != nil {
		return nil, err
	}
	rows := []page.Row{{Label: p.T("trust.number"), Part: page.Linked(caseLink(r, u.Case, u.Number.Format()))}, {Label: p.T("trust.item"), Value: it.Name}, {Label: p.T("trust.party"), Value: who.Name},
		{Label: p.T("trust.state"), Part: page.Tag(tones[u.State], p.T("trust.state."+u.State))}, {Label: p.T("trust.signed"), Value: p.Stamp(u.Signed), Note: p.T("trust.how." + u.How)}}
	if u.Kind == undertaking.Promise {
		rows = append(rows, page.Row{Label: p.T("trust.text"), Value: it.Promise.Text})
	}
	if !u.Due.IsZero() {
		rows = append(rows, page.Row{Label: p.T("trust.due"), Value: p.FullDate(calendar.DateOf(u.Due))})
	}
	if found != "" {
		rows = append(rows, page.Row{Label: p.T("trust.found"), Value: found})
	}
	return rows, nil
}

var tones = map[string]page.Tone{undertaking.Owed: page.Warn, undertaking.Late: page.Danger, undertaking.Checking: page.Info, undertaking.Kept: page.Good, undertaking.Ended: page.Danger, undertaking.Untrue: page.Danger}

var paperTones = map[string]page.Tone{undertaking.PaperOwed: page.Warn, undertaking.PaperHanded: page.Info, undertaking.PaperGood: page.Good}

// caseLink leads to the case as the person's own desk shows it.
func caseLink(r *http.Request, id ref.CaseID, words string) page.Link {
	if staff(r).Has("supervisor") {
		return page.Link{Text: words, Href: "/oversight/case/" + string(id)}
	}
	return page.Link{Text: words, Href: "/approver/case/" + string(id)}
}

// answer leads back, or shows what was wrong.
func (s *Surface) answer(w http.ResponseWriter, r *http.Request, in *page.Input, err error) error {
	if err == nil {
		return page.Redirect(w, r, "/trust/vow/"+r.PathValue("id"))
	}
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	return s.page(w, r, http.StatusUnprocessableEntity, in, err)
}

// check says of a paper that it is good, or sends it back.
func (s *Surface) check(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id, spec := r.PathValue("id"), in.Text("spec")
	x := trust.Checking{By: staff(r), Undertaking: id, Spec: spec, Good: in.Text("good") == "yes", Reason: in.Long("reason." + spec)}
	if x.Submit, err = submit(r, in, "POST /trust/vow/{id}/check", id, spec, in.Text("good"), x.Reason); err != nil {
		return err
	}
	return s.answer(w, r, in, s.Trust.Check(r.Context(), x))
}

// verify closes the check of a promise.
func (s *Surface) verify(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	x := trust.Verification{By: staff(r), Undertaking: id, True: in.Text("true") == "yes", Found: in.Long("found")}
	if x.Submit, err = submit(r, in, "POST /trust/vow/{id}/verify", id, in.Text("true"), x.Found); err != nil {
		return err
	}
	return s.answer(w, r, in, s.Trust.Verify(r.Context(), x))
}

// end ends a case whose papers did not come in time.
func (s *Surface) end(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	x := trust.Ending{By: staff(r), Undertaking: id, Words: in.Long("words")}
	if x.Submit, err = submit(r, in, "POST /trust/vow/{id}/end", id, x.Words); err != nil {
		return err
	}
	return s.answer(w, r, in, s.Trust.End(r.Context(), x))
}

// prolong gives more time for force majeure.
func (s *Surface) prolong(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	x := trust.Prolonging{By: staff(r), Undertaking: id, Reason: in.Long("reason")}
	if x.Submit, err = submit(r, in, "POST /trust/vow/{id}/prolong", id, in.Date("until"), x.Reason); err != nil {
		return err
	}
	if x.Until, err = calendar.ParseDate(in.Date("until")); err != nil {
		return s.answer(w, r, in, fault.Bad(fault.Field{Name: "until", Key: "form.wrong_date"}))
	}
	return s.answer(w, r, in, s.Trust.Prolong(r.Context(), x))
}

// lead is which of the desk's lists stands at an address.
func lead(here string) string {
	if here == "/trust/credit" {
		return "credit"
	}
	return "vows"
}
