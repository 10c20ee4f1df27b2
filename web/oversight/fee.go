package oversight

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/fee"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/fulfilment"
	"yimen/ref"
	"yimen/web/page"
)

// feePage is the rows of one page of a list.
const feePage = 30

func feeRoutes(s *Surface) []page.Route {
	desk := []page.Role{page.Supervisor}
	route := func(method, pattern, title string, h page.Handler) page.Route {
		return page.Route{Method: method, Pattern: pattern, Roles: desk, Handler: h, Title: title}
	}
	return []page.Route{
		route("GET", "/oversight/fees", "fee.days.title", s.feeDays),
		route("GET", "/oversight/fees/parked", "fee.parked.title", s.parked),
		route("GET", "/oversight/fees/day/{day}", "fee.day.title", s.feeDay),
		route("POST", "/oversight/fees/day/{day}", "fee.day.again", s.again),
		route("GET", "/oversight/fees/difference/{id}", "fee.difference.title", s.difference),
		route("POST", "/oversight/fees/difference/{id}", "fee.difference.title", s.workDifference),
		route("GET", "/oversight/fees/payment/{serial}", "fee.payment.title", s.payment),
		route("POST", "/oversight/fees/payment/{serial}", "fee.payment.title", s.workPayment),
	}
}

// feeDays lists the days with how they came out, the latest first.
func (s *Surface) feeDays(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	days, err := fee.Days(r.Context(), s.DB, q.Text("after"), feePage+1)
	if err != nil {
		return err
	}
	t := page.Table{ID: "days", Caption: p.T("fee.days.caption"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("fee.days.none"), Text: p.T("fee.days.none.text")},
		Columns: []page.Column{{Text: p.T("fee.day"), Main: true}, {Text: p.T("fee.day.state")}, {Text: p.T("fee.day.ours"), Number: true}, {Text: p.T("fee.day.theirs"), Number: true}, {Text: p.T("fee.day.open"), Number: true}}}
	if len(days) > feePage {
		days = days[:feePage]
		t.Next = page.NextPage(p, days[feePage-1].Day)
	}
	names := make([]string, len(days))
	for i, d := range days {
		names[i] = d.Day
	}
	open, err := fee.OpenDifferences(r.Context(), s.DB, names)
	if err != nil {
		return err
	}
	for _, d := range days {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: d.Day, Href: "/oversight/fees/day/" + d.Day}), dayState(p, d, open[d.Day]),
			page.Words(p.Money(d.OursSum)), page.Words(p.Money(d.TheirsSum)), page.Words(strconv.FormatInt(open[d.Day], 10))}})
	}
	return page.Show(w, r, http.StatusOK, daysSheet(p, t))
}

func dayState(p *page.Page, d fee.Day, open int64) templ.Component {
	switch {
	case d.State == fee.Waiting:
		return page.Tag(page.Info, p.T("fee.day.waiting"))
	case open > 0:
		return page.Tag(page.Warn, p.T("fee.day.differs"))
	}
	return page.Tag(page.Good, p.T("fee.day.agrees"))
}

// parked lists payments that fit no bill and that nobody has worked off, the oldest first.
func (s *Surface) parked(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	from, serial, err := after(page.Query(r))
	if err != nil {
		return err
	}
	rows, err := fee.ParkedPayments(r.Context(), s.DB, from, serial, feePage+1)
	if err != nil {
		return err
	}
	t := page.Table{ID: "parked", Caption: p.T("fee.parked.caption"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("fee.parked.none"), Text: p.T("fee.parked.none.text")},
		Columns: []page.Column{{Text: p.T("fee.serial"), Main: true}, {Text: p.T("fee.why")}, {Text: p.T("fee.amount"), Number: true}, {Text: p.T("fee.heard")}}}
	if len(rows) > feePage {
		rows = rows[:feePage]
		last := rows[feePage-1]
		t.Next = page.NextPage(p, page.Cursor(strconv.FormatInt(db.Micros(last.Heard), 10), last.Serial))
	}
	for _, x := range rows {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Serial, Href: "/oversight/fees/payment/" + x.Serial}),
			page.Words(p.T("fee.why." + x.Why)), page.Words(p.Money(x.Amount)), page.Words(p.When(x.Heard))}})
	}
	return page.Show(w, r, http.StatusOK, parkedSheet(p, t))
}

// dayView is one day with its differences.
type dayView struct {
	fee.Day
	Rows  []page.Row
	Table page.Table
}

func (s *Surface) feeDay(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	d, err := fee.GetDay(r.Context(), s.DB, r.PathValue("day"))
	if err != nil {
		return err
	}
	found, err := fee.Differences(r.Context(), s.DB, d.Day, page.Query(r).Text("after"), feePage+1)
	if err != nil {
		return err
	}
	open, err := fee.OpenDifferences(r.Context(), s.DB, []string{d.Day})
	if err != nil {
		return err
	}
	v := dayView{Day: d, Rows: []page.Row{{Label: p.T("fee.day.state"), Part: dayState(p, d, open[d.Day])}, {Label: p.T("fee.day.ours"), Value: p.T("fee.day.sum", "n", d.Ours, "sum", p.Money(d.OursSum))},
		{Label: p.T("fee.day.theirs"), Value: p.T("fee.day.sum", "n", d.Theirs, "sum", p.Money(d.TheirsSum))}}}
	if !d.Run.IsZero() {
		v.Rows = append(v.Rows, page.Row{Label: p.T("fee.day.run"), Value: p.Stamp(d.Run)})
	}
	v.Table = page.Table{ID: "differences", Caption: p.T("fee.day.caption"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("fee.day.none")},
		Columns: []page.Column{{Text: p.T("fee.serial"), Main: true}, {Text: p.T("fee.difference.kind")}, {Text: p.T("fee.difference.ours"), Number: true}, {Text: p.T("fee.difference.theirs"), Number: true}, {Text: p.T("fee.difference.state")}}}
	if d.State == fee.Waiting {
		v.Table.Empty.Title = p.T("fee.day.not_yet")
	}
	if len(found) > feePage {
		found = found[:feePage]
		v.Table.Next = page.NextPage(p, found[feePage-1].ID)
	}
	for _, x := range found {
		v.Table.Lines = append(v.Table.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Serial, Href: "/oversight/fees/difference/" + x.ID}), page.Words(p.T("fee.difference." + x.Kind)),
			page.Words(p.Money(x.Ours)), page.Words(p.Money(x.Theirs)), worked(p, x.Worked)}})
	}
	return page.Show(w, r, http.StatusOK, daySheet(p, v))
}

func worked(p *page.Page, at time.Time) templ.Component {
	if at.IsZero() {
		return page.Tag(page.Warn, p.T("fee.open"))
	}
	return page.Tag(page.Good, p.T("fee.worked", "at", p.When(at)))
}

// again has a day compared once more.
func (s *Surface) again(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	day := r.PathValue("day")
	sub, err := s.submit(r, in, "POST /oversight/fees/day/{day}", day)
	if err == nil {
		err = s.Till.Again(r.Context(), sub, supervisor(r), day)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/oversight/fees/day/"+day)
}

func (s *Surface) submit(r *http.Request, in *page.Input, route string, parts ...string) (once.Submit, error) {
	key, err := in.Key()
	return once.Submit{Actor: "staff:" + string(supervisor(r).ID), Route: route, Key: key, Hash: once.Hash(parts...), At: page.Of(r).Now}, err
}

// workView is one thing that does not agree, with who worked it off and how.
type workView struct {
	Title, Action string
	Back          page.Link
	Rows          []page.Row
	Open          bool
	Fields        []page.Field
	Wrong         []page.Problem
}

func (s *Surface) difference(w http.ResponseWriter, r *http.Request) error {
	v, err := s.differenceView(r)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, workSheet(page.Of(r), v))
}

func (s *Surface) differenceView(r *http.Request) (*workView, error) {
	p := page.Of(r)
	x, err := fee.GetDifference(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	v := &workView{Title: p.T("fee.difference.title"), Action: "/oversight/fees/difference/" + x.ID, Back: page.Link{Text: x.Day, Href: "/oversight/fees/day/" + x.Day},
		Rows: []page.Row{{Label: p.T("fee.difference.kind"), Value: p.T("fee.difference." + x.Kind)}, {Label: p.T("fee.serial"), Value: x.Serial}, {Label: p.T("fee.pay.no"), Value: x.Order},
			{Label: p.T("fee.difference.ours"), Value: p.Money(x.Ours)}, {Label: p.T("fee.difference.theirs"), Value: p.Money(x.Theirs)}}}
	return v, s.work(r, v, x.Case, x.Worked, x.By, fee.DifferencePlace(x.ID), x.Note)
}

func (s *Surface) payment(w http.ResponseWriter, r *http.Request) error {
	v, err := s.paymentView(r)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, workSheet(page.Of(r), v))
}

func (s *Surface) paymentView(r *http.Request) (*workView, error) {
	p := page.Of(r)
	x, err := fee.GetPayment(r.Context(), s.DB, r.PathValue("serial"))
	if err == nil && x.State != fee.Parked {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return nil, err
	}
	v := &workView{Title: p.T("fee.payment.title"), Action: "/oversight/fees/payment/" + x.Serial, Back: page.Link{Text: p.T("fee.parked.title"), Href: "/oversight/fees/parked"},
		Rows: []page.Row{{Label: p.T("fee.why"), Value: p.T("fee.why." + x.Why)}, {Label: p.T("fee.serial"), Value: x.Serial}, {Label: p.T("fee.pay.no"), Value: x.Order}, {Label: p.T("fee.amount"), Value: p.Money(x.Amount)},
			{Label: p.T("fee.paid_at"), Value: p.Stamp(x.At)}, {Label: p.T("fee.heard"), Value: p.T("fee.via."+x.Via, "at", p.Stamp(x.Heard))}}}
	return v, s.work(r, v, x.Case, x.Worked, x.By, fee.PaymentPlace(x.Serial), x.Note)
}

// work adds whose case it is and what was done, or asks for it.
func (s *Surface) work(r *http.Request, v *workView, c ref.CaseID, at time.Time, by ref.StaffID, place string, note []byte) error {
	p := page.Of(r)
	if c != "" {
		v.Rows = append(v.Rows, page.Row{Label: p.T("fee.case"), Part: page.Linked(page.Link{Text: p.T("oversight.case.title"), Href: "/oversight/case/" + string(c)})})
	}
	if v.Open = at.IsZero(); v.Open {
		v.Fields = []page.Field{{Name: "note", Label: p.T("fee.note"), Hint: p.T("fee.note.hint"), Kind: page.LongText, Rows: 4}}
		return nil
	}
	who, err := org.GetStaff(r.Context(), s.DB, by)
	if err != nil {
		return err
	}
	words := p.T("fee.given_back")
	if len(note) > 0 {
		raw, err := s.Till.Vault.Open(r.Context(), s.DB, fee.Ledger, place, note)
		if err != nil {
			return err
		}
		words = string(raw)
	}
	v.Rows = append(v.Rows, page.Row{Label: p.T("fee.worked_by"), Value: who.Name, Note: p.Stamp(at)}, page.Row{Label: p.T("fee.note"), Value: words})
	return nil
}

func (s *Surface) workDifference(w http.ResponseWriter, r *http.Request) error {
	return s.workOff(w, r, s.differenceView, fulfilment.Off{Difference: r.PathValue("id")})
}

func (s *Surface) workPayment(w http.ResponseWriter, r *http.Request) error {
	return s.workOff(w, r, s.paymentView, fulfilment.Off{Payment: r.PathValue("serial")})
}

func (s *Surface) workOff(w http.ResponseWriter, r *http.Request, view func(*http.Request) (*workView, error), o fulfilment.Off) error {
	v, err := view(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	o.By, o.Note = supervisor(r), in.Long("note")
	if o.Submit, err = s.submit(r, in, "POST /oversight/fees", o.Difference, o.Payment, o.Note); err == nil {
		err = s.Till.WorkOff(r.Context(), o)
	}
	if fault.Is(err, fault.Invalid) {
		p := page.Of(r)
		v.Fields = page.Refill(p, v.Fields, in, err)
		v.Wrong = page.Problems(p, v.Fields, err)
		return page.Show(w, r, http.StatusUnprocessableEntity, workSheet(p, v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, v.Action)
}
