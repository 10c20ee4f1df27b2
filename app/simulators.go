package app

import (
	"context"
	"net/http"
	"net/url"

	"yimen/connector"
	"yimen/connector/kannel"
	"yimen/connector/nontax"
	"yimen/connector/oidc"
	"yimen/connector/simulator/pay"
	"yimen/connector/simulator/realname"
	"yimen/connector/simulator/texts"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/web/simulator"
)

// simulators are a demo's outside: the real connectors speak with them inside this program.
type simulators struct {
	Texts    *texts.Gateway
	RealName *realname.Provider
	Pay      *pay.Gateway
}

// Names of the demo to its simulators; they guard nothing.
const (
	simulatedUser   = "demo"
	simulatedIssuer = "https://realname.invalid"
)

func (h *House) simulate() outsiders {
	s := &simulators{Texts: &texts.Gateway{Username: simulatedUser, Password: simulatedUser, Now: h.Now, Call: h.reported},
		RealName: realname.New(realname.Settings{Issuer: simulatedIssuer, ClientID: simulatedUser, Secret: simulatedUser, People: h.vouchedFor, Now: h.Now,
			Page: func() string { return h.Press.Host + simulator.AuthorizePath }, Back: func() string { return h.Press.Host + "/signin/back" }})}
	g := &kannel.Gateway{URL: "http://texts.invalid/cgi-bin/sendsms", Username: simulatedUser, Password: simulatedUser, From: "10690000", Report: "http://demo.invalid" + receiptPath,
		Sign: h.signReceipt, Line: connector.InProcess(s.Texts)}
	s.Pay = &pay.Gateway{Merchant: simulatedUser, Key: simulatedUser, Now: h.Now, Page: func(code string) string { return h.Press.Host + simulator.PayPath + code }, Send: h.told}
	till := &nontax.Gateway{URL: "http://pay.invalid", Merchant: simulatedUser, Key: simulatedUser, Notify: "http://demo.invalid" + heardPath, Line: connector.InProcess(s.Pay), Now: h.Now}
	way := &oidc.Provider{Issuer: simulatedIssuer, ClientID: simulatedUser, Secret: simulatedUser, Now: h.Now, Line: connector.InProcess(s.RealName)}
	return outsiders{texter: g, receipts: g, payer: till, payments: till, simulated: s, providers: []signin.Provider{{ID: "simulator", Name: letterText("simulator.realname.title"), Way: way,
		Levels: map[string]ref.Assurance{realname.High: ref.AssuranceReal, realname.Low: ref.AssuranceCode}}}}
}

// Simulators are a demo's; nil elsewhere.
func (h *House) Simulators() (*texts.Gateway, *realname.Provider) {
	if s := h.outside.simulated; s != nil {
		return s.Texts, s.RealName
	}
	return nil, nil
}

// reported takes the simulated gateway's call as the real one's would come in over the network.
func (h *House) reported(address string) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		h.Log.Error("the simulator's report has no address", "err", err.Error())
		return
	}
	res, err := connector.InProcess(http.HandlerFunc(h.receipt)).RoundTrip(r)
	if err != nil || res.StatusCode >= 300 {
		h.Log.Error("the simulator's report was not taken")
	}
}

// Purse is a demo's simulated payment gateway; nil elsewhere.
func (h *House) Purse() *pay.Gateway {
	if s := h.outside.simulated; s != nil {
		return s.Pay
	}
	return nil
}

// told takes the simulated payment gateway's call as the real one's would come in over the network.
func (h *House) told(r *http.Request) {
	if _, err := connector.InProcess(http.HandlerFunc(h.heard)).RoundTrip(r); err != nil {
		h.Log.Error("the simulated gateway's call was not taken", "err", err.Error())
	}
}

// vouchedFor are the demo's people as the simulated provider knows them.
func (h *House) vouchedFor() (out []realname.Person) {
	people, err := h.Cards()
	if err != nil {
		h.Log.Error("the simulated provider knows nobody", "err", err.Error())
	}
	for _, p := range people {
		out = append(out, realname.Person{Subject: p.Key, Name: p.Name, Number: string(p.Number), Level: realname.High})
	}
	return out
}

// simulatorPages are the demo's pages about its simulators.
func (s *simulators) pages() *simulator.Surface {
	out := &simulator.Surface{Report: s.Texts.Report, Check: func(q url.Values) error { _, err := s.RealName.Ask(q); return err },
		Texts:    simulator.Control{Is: func() string { return string(s.Texts.Manner()) }, Behave: func(m string) { s.Texts.Behave(texts.Manner(m)) }},
		RealName: simulator.Control{Is: func() string { return string(s.RealName.Manner()) }, Behave: func(m string) { s.RealName.Behave(realname.Manner(m)) }},
		Received: func(phone string) (list []simulator.Text) {
			got := s.Texts.All()
			if phone != "" {
				got = s.Texts.Received(phone)
			}
			for _, m := range got {
				list = append(list, simulator.Text{To: m.To, Body: m.Body, At: m.At})
			}
			return list
		},
		Find: func(name string) (list []simulator.Person) {
			for _, p := range s.RealName.Find(name) {
				list = append(list, simulator.Person{Subject: p.Subject, Name: p.Name})
			}
			return list
		},
		Answer: func(q url.Values, subject string) (string, error) {
			r, err := s.RealName.Ask(q)
			if err != nil {
				return "", err
			}
			if subject == "" {
				return s.RealName.Refuse(r), nil
			}
			return s.RealName.Agree(r, subject)
		}}
	s.purse(out)
	for _, m := range texts.Manners() {
		out.Texts.Manners = append(out.Texts.Manners, string(m))
	}
	for _, m := range realname.Manners() {
		out.RealName.Manners = append(out.RealName.Manners, string(m))
	}
	return out
}

// purse adds the payment gateway's pages.
func (s *simulators) purse(out *simulator.Surface) {
	out.Pay = simulator.Control{Is: func() string { return string(s.Pay.Manner()) }, Behave: func(m string) { s.Pay.Behave(pay.Manner(m)) }}
	for _, m := range pay.Manners() {
		out.Pay.Manners = append(out.Pay.Manners, string(m))
	}
	out.Tell, out.Replay, out.PayNow = s.Pay.Tell, s.Pay.Again, s.Pay.Pay
	out.Bills = func() (list []simulator.Bill) {
		for _, b := range s.Pay.Bills() {
			list = append(list, simulator.Bill{Code: b.Code, No: b.No, Subject: b.Subject, Amount: b.Amount, Paid: len(b.Paid) > 0, Made: b.Made})
		}
		return list
	}
	out.Bill = func(code string) (simulator.Bill, error) {
		b, err := s.Pay.Find(code)
		return simulator.Bill{Code: b.Code, No: b.No, Subject: b.Subject, Amount: b.Amount, Paid: len(b.Paid) > 0, Made: b.Made, Back: b.Back}, err
	}
}
