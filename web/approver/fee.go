package approver

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/fee"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/fulfilment"
	"yimen/view/casepage"
	"yimen/web/page"
)

// feeView is one bill with what may be done about it.
type feeView struct {
	casepage.Fee
	Case    *caseView
	May     bool // the officer may decide for the organ
	Find    []page.Field
	Relief  []page.Field
	Refund  []page.Field
	Waiting *casepage.FeeChange // a proposal that waits for a second officer
	Mine    bool                // and was made by who looks
	Wrong   []page.Problem
}

func (s *Surface) feeLaw(p *page.Page) func(fee.Basis) string {
	return func(b fee.Basis) string {
		return s.law(p, catalog.Citation{Law: b.Law, Article: b.Article, Sub: b.Sub, Paragraph: b.Paragraph, Point: b.Point})
	}
}

// feeOf reads a bill of a case that the officer may open.
func (s *Surface) feeOf(r *http.Request) (*feeView, error) {
	b, err := fee.Get(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if _, err := s.caseOf(r, b.Case); err != nil {
		return nil, err
	}
	c, err := s.caseView(r, b.Case, disclose.ForProgress)
	if err != nil {
		return nil, err
	}
	v := &feeView{Case: c}
	for _, f := range c.Fees {
		if f.ID == b.ID {
			v.Fee = f
		}
	}
	for i, x := range v.Changes {
		if x.State == fee.Proposed {
			v.Waiting, v.Mine = &v.Changes[i], x.Change.By == officer(r).ID
		}
	}
	err = delegation.Permit(r.Context(), s.DB, page.Of(r).Now, officer(r).ID, delegation.Decide, b.Organ, b.Item)
	if v.May = err == nil; fault.Is(err, fault.Denied) {
		err = nil
	}
	v.ask(page.Of(r))
	return v, err
}

// ask lays out the forms that fit where the bill stands.
func (v *feeView) ask(p *page.Page) {
	if !v.May {
		return
	}
	if v.State == fee.Open {
		for i, l := range v.Lines() {
			if l.Count == "" {
				v.Find = append(v.Find, page.Field{Name: "count." + strconv.Itoa(i), Label: l.Name, Hint: p.T("fee.find.hint", "standard", l.Standard, "price", p.Money(l.Price), "most", l.Bound()), Unit: l.Unit, Auto: "off"})
			}
		}
	}
	if v.Waiting != nil {
		return
	}
	reason := page.Field{Name: "reason", Label: p.T("fee.reason"), Kind: page.LongText, Rows: 3}
	if v.State.Waits() {
		v.Relief = []page.Field{{Name: "amount", Label: p.T("fee.relief.amount"), Hint: p.T("fee.most", "most", p.Money(v.Amount())), Unit: p.T("fee.yuan"), Auto: "off"},
			{Name: "basis", Label: p.T("fee.relief.basis"), Hint: p.T("fee.relief.basis.hint"), Auto: "off"}, reason}
	}
	if back := v.back(p); len(back) > 0 {
		v.Refund = []page.Field{{Name: "payment", Label: p.T("fee.refund.payment"), Kind: page.Radio, Options: back, Value: back[0].Value},
			{Name: "amount", Label: p.T("fee.refund.amount"), Unit: p.T("fee.yuan"), Auto: "off"}, reason}
	}
}

// back are the payments of which something can be given back.
func (v *feeView) back(p *page.Page) (out []page.Option) {
	all := make([]fee.Change, len(v.Changes))
	for i, x := range v.Changes {
		all[i] = x.Change
	}
	for _, x := range v.Payments {
		if left := fulfilment.Refundable(x, all); left > 0 {
			out = append(out, page.Option{Value: x.Serial, Text: p.T("fee.refund.option", "at", p.When(x.At), "left", p.Money(left), "serial", x.Serial)})
		}
	}
	return out
}

func (s *Surface) showFee(w http.ResponseWriter, r *http.Request) error {
	v, err := s.feeOf(r)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, feePage(page.Of(r), v))
}

// payments are those that did not fit: what came, and why it counts for nothing.
func (v *feeView) parked(p *page.Page) (out []page.Row) {
	for _, x := range v.Payments {
		if x.State == fee.Parked {
			out = append(out, page.Row{Label: p.T("fee.why." + x.Why), Value: p.Money(x.Amount), Note: p.T("fee.row.serial", "at", p.When(x.At), "serial", x.Serial)})
		}
	}
	return out
}

// changes are what was proposed and what became of it.
func (v *feeView) changes(p *page.Page) (out []page.Moment) {
	for _, x := range v.Changes {
		m := page.Moment{Title: p.T("fee.change."+x.Kind, "amount", p.Money(x.Amount)), At: p.When(x.Made), Who: x.By, State: page.Done, Detail: x.Reason}
		if x.Basis != "" {
			m.Detail = p.T("fee.change.basis", "basis", x.Basis, "reason", x.Reason)
		}
		if x.Second != "" {
			m.Who = p.T("approver.both", "first", x.By, "second", x.Second)
		}
		m.Part = page.Words(p.T("fee.change.state." + x.State))
		switch x.State {
		case fee.Proposed, fee.Confirmed:
			m.State = page.Now
		case fee.Rejected, fee.Refused:
			m.State = page.Failed
		}
		out = append(out, m)
	}
	return out
}

// feeAct reads a form about a bill, does it, and shows the bill again; a mistake keeps what was typed.
func (s *Surface) feeAct(w http.ResponseWriter, r *http.Request, route string, fields func(*feeView) *[]page.Field, do func(in *page.Input, sub once.Submit, v *feeView) error) error {
	v, err := s.feeOf(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	key, err := in.Key()
	if err != nil {
		return err
	}
	p := page.Of(r)
	var parts []string
	for _, name := range in.Names() {
		if name != "key" {
			parts = append(parts, name, in.Long(name))
		}
	}
	err = do(in, once.Submit{Actor: "staff:" + string(officer(r).ID), Route: route, Key: key, Hash: once.Hash(append(parts, v.ID)...), At: p.Now}, v)
	if fault.Is(err, fault.Invalid) {
		if list := fields(v); list != nil {
			*list = page.Refill(p, *list, in, err)
			v.Wrong = page.Problems(p, *list, err)
		}
		return page.Show(w, r, http.StatusUnprocessableEntity, feePage(p, v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/fee/"+v.ID)
}

func (s *Surface) findFee(w http.ResponseWriter, r *http.Request) error {
	return s.feeAct(w, r, "POST /approver/fee/{id}/find", func(v *feeView) *[]page.Field { return &v.Find }, func(in *page.Input, sub once.Submit, v *feeView) error {
		var counts []string
		for i := range v.Lines() {
			counts = append(counts, in.Text("count."+strconv.Itoa(i)))
		}
		return s.Till.Find(r.Context(), fulfilment.Finding{Submit: sub, By: officer(r), Bill: v.ID, Counts: counts})
	})
}

func (s *Surface) proposeFee(w http.ResponseWriter, r *http.Request) error {
	kind := fee.Relief
	fields := func(v *feeView) *[]page.Field {
		if kind == fee.Refund {
			return &v.Refund
		}
		return &v.Relief
	}
	return s.feeAct(w, r, "POST /approver/fee/{id}/propose", fields, func(in *page.Input, sub once.Submit, v *feeView) error {
		if in.Text("kind") == fee.Refund {
			kind = fee.Refund
		}
		amount, _ := in.Fen("amount") // what cannot be read is nought, and refused
		return s.Till.Propose(r.Context(), fulfilment.Proposal{Submit: sub, By: officer(r), Bill: v.ID, Kind: kind, Amount: amount, Payment: in.Text("payment"), Basis: in.Text("basis"), Reason: in.Long("reason")})
	})
}

func (s *Surface) answerFee(w http.ResponseWriter, r *http.Request) error {
	return s.feeAct(w, r, "POST /approver/fee/{id}/answer", func(*feeView) *[]page.Field { return nil }, func(in *page.Input, sub once.Submit, v *feeView) error {
		for _, x := range v.Changes {
			if x.ID == in.Text("change") { // one of this bill, whose case was opened
				return s.Till.Answer(r.Context(), fulfilment.Verdict{Submit: sub, By: officer(r), Change: x.ID, Confirm: in.Text("answer") == "confirm"})
			}
		}
		return notThere()
	})
}

// endFee ends the case of a fee that nobody paid, or waits on.
func (s *Surface) endFee(w http.ResponseWriter, r *http.Request) error {
	return s.feeAct(w, r, "POST /approver/fee/{id}/end", func(*feeView) *[]page.Field { return nil }, func(in *page.Input, sub once.Submit, v *feeView) error {
		return s.Till.End(r.Context(), fulfilment.Ending{Submit: sub, By: officer(r), Bill: v.ID, Wait: in.Text("answer") != "end"})
	})
}

// feesPage is the rows of one page of the list.
const feesPage = 30

// fees lists what waits for an officer who may decide: numbers to find, fees nobody paid, changes to confirm.
func (s *Surface) fees(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	organs, err := delegation.Organs(r.Context(), s.DB, p.Now, officer(r).ID, delegation.Decide)
	if err != nil {
		return err
	}
	all, err := fee.Asking(r.Context(), s.DB, organs, page.Query(r).Text("after"), feesPage+1)
	if err != nil {
		return err
	}
	t := page.Table{ID: "fees", Caption: p.T("fee.list.caption"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("fee.list.none"), Text: p.T("fee.list.none.text")},
		Columns: []page.Column{{Text: p.T("notice.list.number"), Main: true}, {Text: p.T("fee.row.state")}, {Text: p.T("fee.row.total"), Number: true}, {Text: p.T("fee.list.made")}}}
	if len(all) > feesPage {
		all = all[:feesPage]
		t.Next = page.NextPage(p, all[feesPage-1].ID)
	}
	for _, b := range all {
		c, err := casefile.Get(r.Context(), s.DB, b.Case)
		if err != nil {
			return err
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: c.Number.Format(), Href: "/approver/fee/" + b.ID}), page.FeeTag(p, b.State), page.Words(p.Money(b.Amount())), page.Words(p.When(b.Made))}})
	}
	return page.Show(w, r, http.StatusOK, feesSheet(p, t))
}
