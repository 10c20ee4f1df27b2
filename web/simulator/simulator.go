// Package simulator is the demo's pages about the outside: the phones of its people, the real-name
// provider at which they sign in, and the gateway at which they pay.
//
// It holds that it is mounted in a demo only, that every page says it is a simulator, and that no
// phone and no name stands in an address.
package simulator

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"yimen/foundation/fault"
	"yimen/web/page"
)

// AuthorizePath is where the simulated provider asks people who they are.
const AuthorizePath = "/simulator/realname/authorize"

// Text is a text message as a phone shows it.
type Text struct {
	To   string
	Body string
	At   time.Time
}

// Person is somebody who can sign in at the provider.
type Person struct{ Subject, Name string }

// Control is how a simulator is told to misbehave; "" is as it should.
type Control struct {
	Manners []string
	Is      func() string
	Behave  func(manner string)
}

// Surface is the pages. Its functions reach the simulators.
type Surface struct {
	Texts    Control
	Received func(phone string) []Text // newest first; of all phones for ""
	Report   func() int                // lets late receipts arrive

	Pay    Control
	Bills  func() []Bill // orders, newest first
	Bill   func(code string) (Bill, error)
	PayNow func(code string) error
	Tell   func() int  // lets late calls arrive
	Replay func() bool // sends the last call again

	RealName Control
	Check    func(q url.Values) error // refuses a request of a stranger
	Find     func(name string) []Person
	Answer   func(q url.Values, subject string) (address string, err error) // "" refuses
}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	route := func(method, pattern, title string, h page.Handler) page.Route {
		return page.Route{Method: method, Pattern: pattern, Roles: []page.Role{page.Anyone}, Handler: h, Title: title}
	}
	return []page.Route{
		route("GET", "/simulator/pay", "simulator.pay.title", s.purse),
		route("POST", "/simulator/pay/behave", "simulator.pay.manner", s.behavePay),
		route("POST", "/simulator/pay/tell", "simulator.pay.tell", s.tell),
		route("POST", "/simulator/pay/replay", "simulator.pay.replay", s.replay),
		route("GET", PayPath+"{code}", "simulator.pay.one", s.order),
		route("POST", PayPath+"{code}", "simulator.pay.one", s.pay),
		route("GET", "/simulator/texts", "simulator.texts.title", s.texts),
		route("POST", "/simulator/texts", "simulator.texts.title", s.ofPhone),
		route("POST", "/simulator/texts/behave", "simulator.texts.manner", s.behaveTexts),
		route("POST", "/simulator/texts/report", "simulator.texts.report", s.report),
		route("GET", "/simulator/realname", "simulator.realname.control", s.control),
		route("POST", "/simulator/realname", "simulator.realname.control", s.behaveRealName),
		route("GET", AuthorizePath, "simulator.realname.title", s.ask),
		route("POST", AuthorizePath, "simulator.realname.title", s.answer),
	}
}

// textsView is the phones' texts, and what was just done.
type textsView struct {
	Phone  string
	List   []Text
	Manner page.Field
	Done   string
}

func (s *Surface) texts(w http.ResponseWriter, r *http.Request) error {
	return s.showTexts(w, r, "", "")
}

func (s *Surface) showTexts(w http.ResponseWriter, r *http.Request, phone, done string) error {
	p := page.Of(r)
	return page.Show(w, r, http.StatusOK, textsPage(p, textsView{Phone: phone, List: s.Received(phone), Manner: s.Texts.field(p, "simulator.texts.manner"), Done: done}))
}

// ofPhone shows one phone. It is asked by post, so that the number stands in no address.
func (s *Surface) ofPhone(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	return s.showTexts(w, r, in.Compact("phone"), "")
}

const honest = "honest"

// field asks how a simulator is to behave.
func (c Control) field(p *page.Page, key string) page.Field {
	f := page.Field{Name: "manner", Label: p.T("simulator.manner"), Kind: page.Select, Value: cmp.Or(c.Is(), honest)}
	for _, m := range c.Manners {
		m = cmp.Or(m, honest)
		f.Options = append(f.Options, page.Option{Value: m, Text: p.T(key + "." + m)})
	}
	return f
}

// told reads a command and obeys; Invalid for one the simulator does not know.
func (c Control) told(r *http.Request) (string, error) {
	in, err := page.Read(r)
	if err != nil {
		return "", err
	}
	m := in.Text("manner")
	if m == honest {
		m = ""
	}
	if !slices.Contains(c.Manners, m) {
		return "", fault.New(fault.Invalid, "form.choose")
	}
	c.Behave(m)
	return cmp.Or(m, honest), nil
}

func (s *Surface) behaveTexts(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Texts.told(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	return s.showTexts(w, r, "", p.T("simulator.changed", "manner", p.T("simulator.texts.manner."+m)))
}

func (s *Surface) report(w http.ResponseWriter, r *http.Request) error {
	return s.showTexts(w, r, "", page.Of(r).T("simulator.reported", "n", s.Report()))
}

func (s *Surface) control(w http.ResponseWriter, r *http.Request) error {
	return s.showControl(w, r, "")
}

func (s *Surface) showControl(w http.ResponseWriter, r *http.Request, done string) error {
	p := page.Of(r)
	return page.Show(w, r, http.StatusOK, controlPage(p, s.RealName.field(p, "simulator.realname.manner"), done))
}

func (s *Surface) behaveRealName(w http.ResponseWriter, r *http.Request) error {
	m, err := s.RealName.told(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	return s.showControl(w, r, p.T("simulator.changed", "manner", p.T("simulator.realname.manner."+m)))
}

// askView is the provider's question.
type askView struct {
	Query  string // the request, as it came
	Name   string // what was looked for
	People []Person
}

func (s *Surface) ask(w http.ResponseWriter, r *http.Request) error {
	if err := s.Check(r.URL.Query()); err != nil {
		return stranger(err)
	}
	return page.Show(w, r, http.StatusOK, askPage(page.Of(r), askView{Query: r.URL.RawQuery, People: s.Find("")}))
}

// stranger tells a person who came here by a made-up address what to do; nobody is sent on.
func stranger(err error) error { return fault.New(fault.Invalid, "connector.stranger").Wrap(err) }

// answer looks for people, or sends the person back with a yes or a no.
func (s *Surface) answer(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	q, err := url.ParseQuery(in.Text("q"))
	if err == nil {
		err = s.Check(q)
	}
	if err != nil {
		return stranger(err)
	}
	if in.Has("find") {
		return page.Show(w, r, http.StatusOK, askPage(page.Of(r), askView{Query: in.Text("q"), Name: in.Text("name"), People: s.Find(in.Text("name"))}))
	}
	to, err := s.Answer(q, in.Text("subject"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
