package simulator

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"yimen/web/page"
)

// PayPath is where the simulated gateway takes the money of an order, whose code follows.
const PayPath = "/simulator/pay/order/"

// Bill is an order at the simulated gateway.
type Bill struct {
	Code    string
	No      string
	Subject string
	Amount  int64 // 分
	Paid    bool
	Made    time.Time
	Back    string
}

func (s *Surface) purse(w http.ResponseWriter, r *http.Request) error { return s.showPurse(w, r, "") }

func (s *Surface) showPurse(w http.ResponseWriter, r *http.Request, done string) error {
	p := page.Of(r)
	t := page.Table{ID: "bills", Caption: p.T("simulator.pay.bills"), Empty: page.Nothing{Title: p.T("simulator.pay.none"), Text: p.T("simulator.pay.none.text")},
		Columns: []page.Column{{Text: p.T("simulator.pay.no"), Main: true}, {Text: p.T("simulator.pay.amount"), Number: true}, {Text: p.T("simulator.pay.made")}, {Text: p.T("simulator.pay.state")}}}
	for _, b := range s.Bills() {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: b.No, Href: PayPath + b.Code}), page.Words(p.Money(b.Amount)), page.Words(p.When(b.Made)), paidTag(p, b)}})
	}
	return page.Show(w, r, http.StatusOK, pursePage(p, t, s.Pay.field(p, "simulator.pay.manner"), done))
}

func paidTag(p *page.Page, b Bill) templ.Component {
	if b.Paid {
		return page.Tag(page.Good, p.T("simulator.pay.paid"))
	}
	return page.Tag(page.Info, p.T("simulator.pay.open"))
}

func (s *Surface) behavePay(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Pay.told(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	return s.showPurse(w, r, p.T("simulator.changed", "manner", p.T("simulator.pay.manner."+m)))
}

func (s *Surface) tell(w http.ResponseWriter, r *http.Request) error {
	return s.showPurse(w, r, page.Of(r).T("simulator.pay.told", "n", s.Tell()))
}

func (s *Surface) replay(w http.ResponseWriter, r *http.Request) error {
	key := "simulator.pay.replay.none"
	if s.Replay() {
		key = "simulator.pay.replayed"
	}
	return s.showPurse(w, r, page.Of(r).T(key))
}

func (s *Surface) order(w http.ResponseWriter, r *http.Request) error {
	b, err := s.Bill(r.PathValue("code"))
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, orderPage(page.Of(r), b))
}

// pay takes the money and sends the person back; what that tells the house proves nothing.
func (s *Surface) pay(w http.ResponseWriter, r *http.Request) error {
	b, err := s.Bill(r.PathValue("code"))
	if err == nil {
		err = s.PayNow(b.Code)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, b.Back, http.StatusSeeOther)
	return nil
}
