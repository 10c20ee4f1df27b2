package citizen

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yimen/domain/identity"
	"yimen/foundation/fault"
	"yimen/foundation/session"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/web/page"
)

// VisitKind marks the sessions of people from outside; their data is under the keys below.
const (
	VisitKind = "visit"
	DeviceKey = "device"
	LevelKey  = "level"
	ForKey    = "for"

	providerKey = "provider"
	keptKey     = "kept"
	nextKey     = "next"
)

// me is who is signed in from outside.
func me(r *http.Request) identity.Me {
	who, _ := page.Of(r).Actor.Data.(identity.Me)
	return who
}

// codeKeeper remembers at this browser to which phone a code is on its way.
func (s *Surface) codeKeeper() session.Keeper {
	k := s.Visits
	k.Cookie.Name += "-code"
	k.Limits = session.Limits{Idle: 10 * time.Minute, Absolute: 10 * time.Minute}
	return k
}

// deviceCookie tells this browser from others for a year; its token alone opens nothing.
func (s *Surface) deviceCookie() session.Cookie {
	c := s.Visits.Cookie
	c.Name, c.Keep = c.Name+"-device", 365*24*time.Hour
	return c
}

func phoneFields(p *page.Page) []page.Field {
	return []page.Field{{Name: "phone", Label: p.T("visit.phone"), Hint: p.T("visit.phone.hint"), Kind: page.Phone, Auto: "tel-national"}}
}

func codeFields(p *page.Page) []page.Field {
	return []page.Field{{Name: "code", Label: p.T("visit.code.label"), Hint: p.T("visit.code.hint"), Kind: page.Number, Auto: "one-time-code", Short: true}}
}

// doorView is one of the two sign-in pages.
type doorView struct {
	Fields   []page.Field
	Problems []page.Problem
	Next     string
	Phone    string // where the code went, masked
	Texts    bool   // demo: the simulated phone shows the code
}

func (s *Surface) door(p *page.Page, in *page.Input, fields []page.Field, err error) doorView {
	fields = page.Refill(p, fields, in, err)
	v := doorView{Fields: fields, Problems: page.Problems(p, fields, err), Texts: p.Demo}
	if in != nil {
		v.Next = page.Local(in.Text("next"))
	}
	return v
}

func (s *Surface) askPhone(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	return page.Show(w, r, http.StatusOK, phonePage(p, s.door(p, page.Query(r), phoneFields(p), nil)))
}

// sendCode sends the code and asks for it.
func (s *Surface) sendCode(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id, err := s.Outside.SendCode(r.Context(), in.Text("phone"), s.deviceCookie().Token(r))
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal && kind != fault.Conflict {
		if kind != fault.Invalid { // said beside the field: nothing typed is lost
			e := fault.As(err)
			err = fault.Bad(fault.Field{Name: "phone", Key: e.Key, Args: e.Args})
		}
		return page.Show(w, r, page.Status(err), phonePage(p, s.door(p, in, phoneFields(p), err)))
	}
	if err != nil {
		return err
	}
	if err := s.codeKeeper().SignIn(w, r, session.Opening{Kind: "code", Subject: id, Now: p.Now}); err != nil {
		return err
	}
	return page.Redirect(w, r, "/signin/code?next="+url.QueryEscape(page.Local(in.Text("next"))))
}

func (s *Surface) askCode(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	sent, err := s.codeKeeper().Of(r, p.Now)
	if fault.Is(err, fault.Unauthenticated) {
		return page.Redirect(w, r, "/signin")
	}
	if err != nil {
		return err
	}
	v := s.door(p, page.Query(r), codeFields(p), nil)
	if v.Phone, err = s.sentTo(r, sent.Subject); err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, codePage(p, v))
}

// sentTo is the number a code went to, its middle hidden.
func (s *Surface) sentTo(r *http.Request, id string) (string, error) {
	c, err := identity.GetCode(r.Context(), s.DB, id)
	if err != nil {
		return "", err
	}
	phone, err := c.Open(r.Context(), s.DB, s.Vault)
	return ref.MaskPhone(phone), err
}

// enterCode opens the session.
func (s *Surface) enterCode(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	sent, err := s.codeKeeper().Of(r, p.Now)
	if fault.Is(err, fault.Unauthenticated) {
		return page.Redirect(w, r, "/signin")
	}
	if err != nil {
		return err
	}
	v, err := s.Outside.EnterCode(r.Context(), sent.Subject, in.Text("code"), s.deviceCookie().Token(r), browserName(r))
	if fault.Is(err, fault.Invalid) {
		v := s.door(p, in, codeFields(p), err)
		if v.Phone, err = s.sentTo(r, sent.Subject); err != nil {
			return err
		}
		return page.Show(w, r, http.StatusUnprocessableEntity, codePage(p, v))
	}
	if err != nil {
		return err
	}
	return s.entered(w, r, v, in.Text("next"))
}

func (s *Surface) entered(w http.ResponseWriter, r *http.Request, v signin.Visit, next string) error {
	if v.Token != "" {
		s.deviceCookie().Set(w, r, v.Token)
	}
	if err := s.codeKeeper().SignOut(w, r); err != nil {
		return err
	}
	if err := s.visit(w, r, v.Me); err != nil {
		return err
	}
	if next = page.Local(next); next == "/" {
		next = "/me"
	}
	return page.Redirect(w, r, next)
}

// visit begins a session as its person is known now; the one before ends.
func (s *Surface) visit(w http.ResponseWriter, r *http.Request, me identity.Me) error {
	data := map[string]string{DeviceKey: me.Device, LevelKey: string(me.Level)}
	if me.For != me.Person {
		data[ForKey] = string(me.For)
	}
	if me.Mandate != "" {
		data[ActKey] = me.Mandate
	}
	return s.Visits.SignIn(w, r, session.Opening{Kind: VisitKind, Subject: string(me.Account), Data: data, Now: page.Of(r).Now})
}

func (s *Surface) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.Visits.SignOut(w, r); err != nil {
		return err
	}
	return page.Redirect(w, r, "/")
}

// stay goes on with a session that was about to end; asking who is there has done it.
func (s *Surface) stay(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// browserName is the kind of browser in a word or two; no more of what it says is kept.
func browserName(r *http.Request) string {
	agent := r.UserAgent()
	name := func(words ...string) string {
		for _, w := range words {
			if strings.Contains(agent, w) {
				return w
			}
		}
		return ""
	}
	system := name("iPhone", "iPad", "Android", "HarmonyOS", "Windows", "Macintosh", "Linux")
	return strings.TrimSpace(system + " " + name("MicroMessenger", "Edg", "Firefox", "Chrome", "Safari"))
}

// realView is the page on which one proves who one is.
type realView struct {
	Next      string
	Providers []signin.Provider
	Link      string // the characters to show at a window, once they were asked for
	Problem   *page.Notify
}

func (s *Surface) askReal(w http.ResponseWriter, r *http.Request) error {
	if me(r).Real() {
		return page.Redirect(w, r, nextOf(page.Query(r)))
	}
	return page.Show(w, r, http.StatusOK, realPage(page.Of(r), realView{Next: nextOf(page.Query(r)), Providers: s.Outside.Providers}))
}

// nextOf is where to go on, one's own space if nothing was said.
func nextOf(in *page.Input) string {
	if next := page.Local(in.Text("next")); next != "/" {
		return next
	}
	return "/me"
}

// link draws the characters that a window asks for.
func (s *Surface) link(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	code, err := s.Outside.ShowLink(r.Context(), me(r))
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, realPage(page.Of(r), realView{Next: nextOf(in), Providers: s.Outside.Providers, Link: code}))
}

// linked looks whether the window has confirmed meanwhile.
func (s *Surface) linked(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	who := me(r)
	again, _, err := s.Outside.Return(r.Context(), who.Account, who.Device, ref.AssuranceReal, "")
	if err != nil {
		return err
	}
	if !again.Real() {
		p := page.Of(r)
		v := realView{Next: nextOf(in), Providers: s.Outside.Providers, Link: in.Compact("link"), Problem: &page.Notify{Tone: page.Info, Text: p.T("visit.window.not_yet")}}
		return page.Show(w, r, http.StatusOK, realPage(p, v))
	}
	if err := s.visit(w, r, again); err != nil {
		return err
	}
	return page.Redirect(w, r, nextOf(in))
}

// leaveForProvider sends the person to a real-name provider; what must be kept stays on the server.
func (s *Surface) leaveForProvider(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id := r.PathValue("provider")
	address, kept, err := s.Outside.Leave(r.Context(), id, s.Press.Host+"/signin/back")
	if err != nil {
		return s.notProven(w, r, nextOf(in), err)
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := s.keepVisit(r, map[string]string{providerKey: id, keptKey: string(raw), nextKey: nextOf(in)}); err != nil {
		return err
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// back takes what the person brought from the provider.
func (s *Surface) back(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Visits.Of(r, page.Of(r).Now)
	if err != nil {
		return err
	}
	var kept map[string]string
	if v.Data[keptKey] == "" || json.Unmarshal([]byte(v.Data[keptKey]), &kept) != nil {
		return page.Redirect(w, r, "/signin/real")
	}
	who := me(r)
	_, came := s.Outside.Come(r.Context(), who, v.Data[providerKey], kept, r.URL.Query())
	if fault.As(came).Key != "connector.stranger" { // good for one return; a link from elsewhere ends nothing
		if err := s.keepVisit(r, map[string]string{providerKey: "", keptKey: "", nextKey: ""}); err != nil {
			return err
		}
	}
	if came != nil {
		return s.notProven(w, r, v.Data[nextKey], came)
	}
	again, _, err := s.Outside.Return(r.Context(), who.Account, who.Device, ref.AssuranceReal, "")
	if err != nil {
		return err
	}
	if err := s.visit(w, r, again); err != nil {
		return err
	}
	return page.Redirect(w, r, page.Local(v.Data[nextKey]))
}

// notProven says why a provider did not help, beside the other ways.
func (s *Surface) notProven(w http.ResponseWriter, r *http.Request, next string, err error) error {
	kind := fault.KindOf(err)
	if kind != fault.Denied && kind != fault.Unavailable && kind != fault.Conflict {
		return err
	}
	p, e := page.Of(r), fault.As(err)
	v := realView{Next: next, Providers: s.Outside.Providers, Problem: &page.Notify{Tone: page.Warn, Title: p.T("visit.not_proven"), Text: p.T(e.Key, e.Args...), Alert: true}}
	return page.Show(w, r, page.Status(err), realPage(p, v))
}

// keepVisit writes into the running session's data; an empty value removes.
func (s *Surface) keepVisit(r *http.Request, more map[string]string) error {
	v, err := s.Visits.Of(r, page.Of(r).Now)
	if err != nil {
		return err
	}
	for k, x := range more {
		if x == "" {
			delete(v.Data, k)
		} else {
			v.Data[k] = x
		}
	}
	return s.Visits.Keep(r.Context(), v)
}
