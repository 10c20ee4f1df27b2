package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"yimen/app/apptest"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/process/intake"
	"yimen/ref"
)

// agent acts for the resident, and is asked to sign with them.
const agent = "the agent"

// acts are what agent and resident have between them.
type acts struct {
	Live, Offered, Sign, Draft, Signers, Presence, Counter string
	Case                                                   ref.CaseID
}

// act lets the agent act for the resident.
func (h *house) act() (a acts, err error) {
	ctx, owner := context.Background(), h.visitors[resident]
	who := h.Visitor("person-120")
	name := func(key string) (string, error) {
		p := h.Somebody(key)
		return h.Desk.NameAgent(ctx, intake.Naming{Submit: h.key(owner.Actor()), Me: owner, Name: p.Name, Number: string(p.Number),
			Scope: intake.Scope{Items: []ref.ItemID{"cc-individual-business", "cc-hygiene"}, Acts: party.Acts(), Until: calendar.DateOf(h.Now()) + 200}})
	}
	if a.Live, err = name("person-120"); err != nil {
		return a, err
	}
	if err = h.Desk.AnswerOffer(ctx, who, a.Live, true); err != nil {
		return a, err
	}
	if a.Offered, err = name("person-120"); err != nil {
		return a, err
	}
	if who, err = intake.Acting(ctx, h.DB, who, a.Live, h.Now()); err != nil {
		return a, err
	}
	h.visitors[agent] = who
	doc := apptest.Item(h.App, "cc-individual-business")
	for _, id := range []*string{&a.Draft, nil} {
		c := form.Content{Answers: h.Filled(doc), Materials: h.Papers(who.Principal, doc), Place: "440604012", Masked: map[string]bool{"person.phone": true}}
		draft, err := h.Desk.BeginOnline(ctx, h.key(who.Actor()), who, doc.ID, who.Principal, c)
		if err != nil {
			return a, err
		}
		if id != nil {
			*id = draft
			continue
		}
		if a.Case, err = h.Desk.Apply(ctx, h.Application(&apptest.Phone{Me: who}, draft)); err != nil {
			return a, err
		}
	}
	if err = h.cosign(ctx, &a, owner); err != nil {
		return a, err
	}
	return a, h.stand(ctx, &a)
}

// cosign has the resident ask the agent and another to sign the record of a lease.
func (h *house) cosign(ctx context.Context, a *acts, owner identity.Me) (err error) {
	doc := apptest.Item(h.App, "cc-lease-record")
	c := form.Content{Answers: h.Filled(doc), Materials: h.Papers(owner.Person, doc), Place: "440604012"}
	for element, value := range map[string]string{"lease.shared": "yes", "lease.from": "2026-04-01", "lease.to": "2027-03-31"} {
		c.Answers[element] = form.Answer{Element: element, Value: value, Source: "source.phone", At: h.Now()}
	}
	if a.Signers, err = h.Desk.BeginOnline(ctx, h.key(owner.Actor()), owner, doc.ID, owner.Person, c); err != nil {
		return err
	}
	for _, key := range []string{"person-120", "person-121"} {
		p := h.Somebody(key)
		if err = h.Desk.NameSigner(ctx, owner, a.Signers, intake.Signer{Role: "co-owner", Name: p.Name, Number: string(p.Number)}); err != nil {
			return err
		}
	}
	if err = h.Desk.AskToSign(ctx, owner, a.Signers); err != nil {
		return err
	}
	asked, err := party.ToSign(ctx, h.DB, h.Person("person-120"), h.Now())
	if err == nil && len(asked) > 0 {
		a.Sign = asked[0].ID
	}
	return err
}

// stand has the agent stand at clerk01's window, with a draft there.
func (h *house) stand(ctx context.Context, a *acts) error {
	by := h.Staff("clerk01")
	p := party.Presence{ID: db.NewID(), Party: h.Person("person-120").ID, Staff: by.ID, How: party.ByCard, At: h.Now(), Until: h.Now().Add(party.Stay)}
	err := h.DB.Write(ctx, "e2e", func(ctx context.Context, tx *db.Tx) error { return party.Arrive(ctx, tx, p) })
	if err != nil {
		return err
	}
	a.Presence = p.ID
	a.Counter, err = h.Desk.Begin(ctx, h.key("staff:"+string(by.ID)), by, "cc-hygiene", p.ID)
	return err
}

// proxyVisits are the pages of acting for another and of signing together.
func (h *house) proxyVisits() map[string][]visit {
	a := h.acts
	at := func(path string, who ...string) (out []visit) {
		for _, x := range who {
			out = append(out, visit{path: path, account: x})
		}
		return out
	}
	desk := "/window/proxy/" + a.Presence
	return map[string][]visit{
		"/me/mandates":                       at("/me/mandates", resident, newcomer, agent, bareCode),
		"/me/mandates/new":                   at("/me/mandates/new?item=cc-hygiene&q=食品", resident, spokesman),
		"/me/mandates/{id}":                  append(at("/me/mandates/"+a.Live, resident, agent), at("/me/mandates/"+a.Offered+"?sent=1", resident, agent)...),
		"/me/mandates/{id}/pdf":              {{path: "/me/mandates/" + a.Live + "/pdf", account: resident, kind: "application/pdf"}},
		"/me/acting":                         at("/me/acting", agent, newcomer),
		"/me/sign/{id}":                      {{path: "/me/sign/" + a.Sign, account: agent}, {path: "/me/sign/" + a.Sign, account: resident, status: 404}},
		"/draft/{id}/signers":                at("/draft/"+a.Signers+"/signers", resident),
		"/window/proxy":                      at("/window/proxy", "clerk01"),
		"/window/proxy/{presence}":           {{path: desk, account: "clerk01"}, {path: desk, account: "clerk02", status: 404}},
		"/window/proxy/{presence}/sign/{id}": at(desk+"/sign/"+a.Sign, "clerk01"),
	}
}

// TestActingPages looks at what an agent sees on a phone, with pictures.
func TestActingPages(t *testing.T) {
	s := sit(t)
	a := s.acts
	for _, x := range []struct{ who, path, name string }{
		{resident, "/me/mandates", "mandates"}, {resident, "/me/mandates/new?item=cc-hygiene", "mandate new"}, {resident, "/me/mandates/" + a.Live, "mandate"},
		{agent, "/me/mandates/" + a.Offered, "mandate offered"}, {agent, "/me/acting", "acting"}, {agent, "/apply/cc-individual-business", "acting apply"},
		{agent, "/draft/" + a.Draft + "/check", "acting check"}, {agent, "/me/case/" + string(a.Case), "acting case"}, {agent, "/me/sign/" + a.Sign, "sign"},
		{resident, "/draft/" + a.Signers + "/signers", "signers"}, {resident, "/draft/" + a.Signers + "/check", "signers check"},
		{"clerk01", "/window/proxy", "window proxy"}, {"clerk01", "/window/proxy/" + a.Presence, "window proxy person"},
		{"clerk01", "/window/proxy/" + a.Presence + "/sign/" + a.Sign, "window sign"}, {"clerk01", "/window/draft/" + a.Counter, "window draft acting"},
	} {
		s.become(x.who, looks()[0])
		s.goTo(x.path)
		s.clean(x.name)
		s.shot(x.name)
		s.do(chromedp.EmulateViewport(400, 844))
		if wide := s.says(`document.documentElement.scrollWidth > innerWidth ? "wider" : ""`); wide != "" && !strings.HasPrefix(x.path, "/window") {
			t.Errorf("%s is wider than a phone", x.name)
		}
		s.shot(x.name + " phone")
		s.do(chromedp.EmulateViewport(1366, 900))
	}
}
