package citizen

import (
	"net/http"
	"net/url"
	"slices"
	"unicode"

	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/ref"
	"yimen/view/space"
	"yimen/web/page"
	"yimen/web/text"
)

// spaceDataView is what is held, with what was said against it.
type spaceDataView struct {
	Whose    space.Whose
	For      string
	Facts    []spaceFact
	Shown    bool // the numbers stand in full on this answer
	Sent     bool
	Wrong    *spaceFact // the fact somebody says is wrong: its form is open
	Fields   []page.Field
	Problems []page.Problem
	Said     []spaceSaid
}

// spaceFact is one held fact in words.
type spaceFact struct {
	Name, Label, Value, Source string
	State                      string // what became of the latest correction, "" when none was asked for
}

func (s *Surface) spaceData(w http.ResponseWriter, r *http.Request) error {
	return s.showData(w, r, http.StatusOK, false, page.Query(r), nil)
}

// spaceShow shows the numbers in full, on this answer only.
func (s *Surface) spaceShow(w http.ResponseWriter, r *http.Request) error {
	if _, err := page.Read(r); err != nil {
		return err
	}
	return s.showData(w, r, http.StatusOK, true, page.Query(r), nil)
}

// spaceWrong asks for a correction.
func (s *Surface) spaceWrong(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err == nil {
		err = sameSpace(in, me(r))
	}
	if err != nil {
		return err
	}
	fact, words := in.Text("wrong"), in.Long("words")
	sub, err := submitOf(r, in, "POST /me/data/wrong", fact, words, string(me(r).For))
	if err != nil {
		return err
	}
	_, err = s.Gate.Object(r.Context(), disclose.Objection{Submit: sub, Me: me(r), Fact: fact, Words: words})
	if fault.Is(err, fault.Invalid) {
		return s.showData(w, r, http.StatusUnprocessableEntity, false, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/me/data?sent=1")
}

func (s *Surface) showData(w http.ResponseWriter, r *http.Request, status int, shown bool, in *page.Input, wrong error) error {
	p, who := page.Of(r), me(r)
	v := spaceDataView{For: string(who.For), Shown: shown, Sent: in.Text("sent") != ""}
	var err error
	if v.Whose, err = s.Space.Whose(r.Context(), who); err != nil {
		return err
	}
	if err := s.readFacts(r, &v); err != nil {
		return err
	}
	if i := slices.IndexFunc(v.Facts, func(f spaceFact) bool { return f.Name == in.Text("wrong") }); i >= 0 {
		v.Wrong = &v.Facts[i]
		fields := []page.Field{{Name: "words", Label: p.T("me.wrong.words"), Hint: p.T("me.wrong.words.hint"), Kind: page.LongText}}
		v.Fields = page.Refill(p, fields, in, wrong)
		v.Problems = page.Problems(p, v.Fields, wrong)
	}
	return page.Show(w, r, status, spaceDataPage(p, v))
}

func (s *Surface) readFacts(r *http.Request, v *spaceDataView) error {
	p, who := page.Of(r), me(r)
	facts, err := s.Space.Facts(r.Context(), who)
	if err != nil {
		return err
	}
	said, err := s.Space.Corrections(r.Context(), who)
	if err != nil {
		return err
	}
	states := map[string]string{}
	for _, x := range slices.Backward(said) { // the latest one's state stays
		line := spaceSaidOf(p, x)
		line.About = factLabel(p, v.Whose.Party.Kind, x.Fact)
		v.Said = append(v.Said, line)
		states[x.Fact] = line.State
	}
	slices.Reverse(v.Said)
	name := v.Whose.Party
	v.Facts = append(v.Facts, spaceFact{disclose.NameFact, factLabel(p, name.Kind, disclose.NameFact), name.Name, p.T("me.fact.since", "day", day(p, name.Made)), states[disclose.NameFact]})
	for _, f := range facts {
		value := f.Value
		if !v.Shown {
			value = maskFact(name.Kind, f.Name, value)
		}
		source := p.T("me.fact.source", "source", sourceWords(p, f.Source), "day", day(p, f.At))
		v.Facts = append(v.Facts, spaceFact{f.Name, factLabel(p, name.Kind, f.Name), value, source, states[f.Name]})
	}
	return nil
}

// factLabel is what a fact is called; one without a name of its own is called by its element.
func factLabel(p *page.Page, kind ref.PartyKind, name string) string {
	if (name == party.Number || name == disclose.NameFact) && kind == ref.PartyLegal {
		return p.T("me.fact.company." + name)
	}
	if key := "me.fact." + name; text.Has(key) {
		return p.T(key)
	}
	return p.T("me.fact.other", "name", name)
}

// addressShown is how many characters of a masked address are shown: city and district.
const addressShown = 6

// maskFact hides what somebody looking over a shoulder should not read. A company's code and
// address are public.
func maskFact(kind ref.PartyKind, name, value string) string {
	switch {
	case name == party.Phone:
		return ref.MaskPhone(value)
	case kind == ref.PartyLegal:
		return value
	case name == party.Number:
		return ref.MaskNumber(value)
	case name == party.Address:
		return cut(value, addressShown) + "****"
	case spaceDigits(value) >= 6: // an account or another number
		return ref.MaskNumber(value)
	}
	return value
}

func spaceDigits(s string) (n int) {
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// spaceSaid is an objection in words.
type spaceSaid struct {
	About, Words, Reply string
	State               string
	Tone                page.Tone
	At                  string
}

func spaceSaidOf(p *page.Page, x space.Said) spaceSaid {
	l := spaceSaid{Words: x.Words, Reply: x.Reply, At: p.When(x.At), Tone: page.Info}
	switch {
	case !x.Answered.IsZero():
		l.State, l.Tone = p.T("me.said.answered", "at", p.When(x.Answered)), page.Good
	case x.Overdue(p.Now):
		l.State, l.Tone = p.T("me.said.overdue", "day", day(p, x.Due)), page.Danger
	default:
		l.State = p.T("me.said.waiting", "day", day(p, x.Due))
	}
	return l
}

// wrongAt opens the form of what is wrong about a fact.
func wrongAt(name string) string { return "/me/data?wrong=" + url.QueryEscape(name) + "#wrong" }

// whoIs is the name of whose space a page shows.
func whoIs(p *page.Page, w space.Whose) string {
	if w.Company {
		return p.T("me.of_company", "name", w.Party.Name)
	}
	return p.T("me.of_person", "name", w.Party.Name)
}

// spaceLooksView is who looked.
type spaceLooksView struct {
	Lines    []spaceLook
	Turn     spaceTurn
	Path     string
	Problems []page.Problem
}

// spaceLook is one look in words. Words and Error are what was typed when it came back.
type spaceLook struct {
	space.Look
	Why, What, Where string
	Said             *spaceSaid
	Words, Error     string
}

func (s *Surface) spaceLooks(w http.ResponseWriter, r *http.Request) error {
	return s.showLooks(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) showLooks(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	after, err := spaceKey(r)
	if err != nil {
		return err
	}
	rows, next, err := s.Space.Looks(r.Context(), me(r), after)
	if err != nil {
		return err
	}
	v := spaceLooksView{Turn: spaceTurnOf(p, next), Path: p.Path}
	for _, l := range rows {
		line := spaceLook{Look: l, Why: sourceWords(p, l.Purpose), Where: l.Organ}
		if l.Item != nil {
			line.What = spaceItem(p, l.Item)
		}
		if l.Said != nil {
			said := spaceSaidOf(p, *l.Said)
			line.Said = &said
		}
		if wrong != nil && l.ID == r.PathValue("id") {
			line.Words = in.Long(spaceWordsOf(l.ID))
			line.Error = p.T(fault.Fields(wrong)[0].Key, fault.Fields(wrong)[0].Args...)
			v.Problems = []page.Problem{{Text: line.Error, Href: "#" + spaceWords(p, line).ID()}}
		}
		v.Lines = append(v.Lines, line)
	}
	return page.Show(w, r, status, spaceLooksPage(p, v))
}

// spaceObject objects to a look, in one step.
func (s *Surface) spaceObject(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	words := in.Long(spaceWordsOf(id))
	sub, err := submitOf(r, in, "POST /me/looks/{id}/object", id, words)
	if err != nil {
		return err
	}
	_, err = s.Gate.Object(r.Context(), disclose.Objection{Submit: sub, Me: me(r), Access: id, Words: words})
	if fault.Is(err, fault.Invalid) && len(fault.Fields(err)) > 0 {
		return s.showLooks(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	back := page.Local(in.Text("back"))
	if back == "/" {
		back = "/me/looks"
	}
	return page.Redirect(w, r, back+"#look-"+id)
}

// spaceDevice is a browser in words.
type spaceDevice struct {
	identity.Device
	Name string
	Here bool
}

func (s *Surface) spaceDevices(w http.ResponseWriter, r *http.Request) error {
	p, who := page.Of(r), me(r)
	all, err := identity.Devices(r.Context(), s.DB, who.Account)
	if err != nil {
		return err
	}
	var lines []spaceDevice
	for _, d := range all {
		l := spaceDevice{Device: d, Name: d.Label, Here: d.ID == who.Device}
		if l.Name == "" {
			l.Name = p.T("me.device.unknown")
		}
		lines = append(lines, l)
	}
	return page.Show(w, r, http.StatusOK, spaceDevicesPage(p, lines))
}

// spaceRemove ends a browser's access; removing this one signs out.
func (s *Surface) spaceRemove(w http.ResponseWriter, r *http.Request) error {
	if _, err := page.Read(r); err != nil {
		return err
	}
	who, id := me(r), r.PathValue("id")
	if err := s.Outside.RemoveDevice(r.Context(), who, id); err != nil {
		return err
	}
	if id != who.Device {
		return page.Redirect(w, r, "/me/devices")
	}
	return s.signOut(w, r)
}
