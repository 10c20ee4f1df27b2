package citizen

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strconv"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/licence"
	"yimen/domain/seal"
	"yimen/foundation/crypto"
	"yimen/foundation/fault"
	"yimen/foundation/session"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

// queryKind marks the sessions of people who gave a case's number and code.
const queryKind = "query"

// keeper is the query sessions' own: another cookie than the staff's, and ended after an hour on a borrowed computer.
func (s *Surface) keeper() session.Keeper {
	k := s.Sessions
	k.Cookie.Name += "-query"
	k.Limits = session.Limits{Idle: 30 * time.Minute, Absolute: time.Hour}
	return k
}

func progressFields(p *page.Page) []page.Field {
	plain := map[string]any{"autocapitalize": "characters", "spellcheck": "false"}
	return []page.Field{
		{Name: "number", Label: p.T("citizen.progress.number"), Hint: p.T("citizen.progress.number.hint"), Auto: "off", Extra: plain},
		{Name: "code", Label: p.T("citizen.progress.code"), Hint: p.T("citizen.progress.code.hint"), Auto: "off", Short: true, Extra: plain},
	}
}

// askProgress asks for number and code; a receipt's QR code brings the number along.
func (s *Surface) askProgress(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	fields := progressFields(p)
	if n, err := ref.ParseShortNumber(page.Query(r).Text("n")); err == nil {
		fields[0].Value = n.Format()
	}
	return page.Show(w, r, http.StatusOK, progressPage(p, fields, nil))
}

// findProgress checks number and code and remembers the case at this browser.
func (s *Surface) findProgress(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id, err := s.lookUp(r, in)
	if fault.Is(err, fault.Invalid) {
		fields := page.Refill(p, progressFields(p), in, err)
		return page.Show(w, r, http.StatusUnprocessableEntity, progressPage(p, fields, page.Problems(p, fields, err)))
	}
	if err != nil {
		return err
	}
	if err := s.keeper().SignIn(w, r, session.Opening{Kind: queryKind, Subject: string(id), Now: p.Now}); err != nil {
		return err
	}
	return page.Redirect(w, r, "/progress/case")
}

// lookUp finds the case of a number if the code is its own. Whatever is wrong about a pair, the answer and the work
// behind it are the same.
func (s *Surface) lookUp(r *http.Request, in *page.Input) (ref.CaseID, error) {
	var empty []fault.Field
	for _, name := range []string{"number", "code"} {
		if in.Text(name) == "" {
			empty = append(empty, fault.Field{Name: name, Key: "citizen.progress." + name + ".empty"})
		}
	}
	if len(empty) > 0 {
		return "", fault.Bad(empty...)
	}
	id := ref.CaseID("")
	if n, err := ref.ParseShortNumber(in.Text("number")); err == nil {
		c, err := casefile.ByNumber(r.Context(), s.DB, n)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return "", err
		}
		id = c.ID
	}
	right := subtle.ConstantTimeCompare([]byte(s.Code(id)), []byte(crypto.ReadCode(in.Text("code")))) == 1
	if id == "" || !right {
		return "", fault.Bad(fault.Field{Name: "number", Key: "citizen.progress.wrong"})
	}
	return id, nil
}

// known is the case this browser may see, or fault.Unauthenticated.
func (s *Surface) known(r *http.Request) (ref.CaseID, error) {
	found, err := s.keeper().Of(r, page.Of(r).Now)
	if err == nil && found.Kind != queryKind {
		err = fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	return ref.CaseID(found.Subject), err
}

// showCase shows how far the case has come.
func (s *Surface) showCase(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	id, err := s.known(r)
	if fault.Is(err, fault.Unauthenticated) {
		return page.Redirect(w, r, "/progress")
	}
	if err != nil {
		return err
	}
	pr, err := s.Cases.ProgressOf(r.Context(), id)
	if err != nil {
		return err
	}
	c, err := casefile.Get(r.Context(), s.DB, id)
	if err != nil {
		return err
	}
	if unseen(c) {
		pr.Licences = nil
		pr.Documents = withoutLicences(pr.Documents)
	}
	v := makeCase(p, pr)
	v.Base = "/progress"
	v.Hidden = unseen(c) && pr.Standing.Granted
	s.links(&v)
	return page.Show(w, r, http.StatusOK, casePage(p, v))
}

// unseen says that nobody has made sure who applies: with number and code such a case shows its
// progress, and its result waits for the person.
func unseen(c casefile.Case) bool { return c.Assured == ref.AssuranceCode }

func withoutLicences(all []seal.Document) []seal.Document {
	return slices.DeleteFunc(all, func(d seal.Document) bool { return d.Kind == seal.Licence })
}

// links are the addresses that stand in a case's QR codes.
func (s *Surface) links(v *caseView) {
	if s.Press != nil && s.Press.Host != "" {
		v.Link = s.Press.Host + "/progress?n=" + string(v.Number)
		v.Verify = s.Press.Host + "/verify?m="
	}
}

// document gives one sealed paper of the case that this browser looked up.
func (s *Surface) document(w http.ResponseWriter, r *http.Request) error {
	id, err := s.known(r)
	if fault.Is(err, fault.Unauthenticated) {
		return page.Redirect(w, r, "/progress")
	}
	if err != nil {
		return err
	}
	c, err := casefile.Get(r.Context(), s.DB, id)
	if err != nil {
		return err
	}
	return s.giveDocument(w, r, id, ref.DocumentID(r.PathValue("id")), !unseen(c))
}

// giveDocument gives one sealed paper of a case, and of no other; its licence only with results.
func (s *Surface) giveDocument(w http.ResponseWriter, r *http.Request, id ref.CaseID, document ref.DocumentID, results bool) error {
	doc, err := seal.Get(r.Context(), s.DB, document)
	if err == nil && (doc.Case != id || doc.Kind == seal.Licence && !results) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	_, content, err := s.Press.Fetch(r.Context(), doc.ID)
	if err != nil {
		return err
	}
	return givePDF(w, doc.Title, content)
}

// givePDF sends a sealed paper as a file that a browser saves.
func givePDF(w http.ResponseWriter, title string, content []byte) error {
	page.AsDownload(w.Header(), title+".pdf")
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // the browser left; nobody to tell
	return nil
}

// leave forgets the case at this browser.
func (s *Surface) leave(w http.ResponseWriter, r *http.Request) error {
	if err := s.keeper().SignOut(w, r); err != nil {
		return err
	}
	return page.Redirect(w, r, "/progress")
}

// caseView is a case in words.
type caseView struct {
	*casepage.Progress
	Name    string
	Chinese string
	Stage   string // in a word
	Tone    page.Tone
	Say     page.Notify // where it stands and what to do
	Tells   []string    // who has it, since when, until when
	Path    []page.Moment
	Held    []held
	Link    string
	Verify  string
	Base    string // below which the case's papers are
	Whole   bool   // the whole case is theirs to see and to act in
	Mine    bool   // its person is signed in, and may do more than look
	Hidden  bool   // papers and results open only at the real-name level
	Talk    talk
	Given   []page.Row // what was handed in, for its applicant
	Wrong   []page.Problem
}

// held is a licence in words.
type held struct {
	licence.Licence
	Rows []page.Row
}

var tones = map[casefile.Stage]page.Tone{casefile.Returned: page.Warn, casefile.Declined: page.Warn, casefile.Terminated: page.Warn, casefile.Closed: page.Good}

func makeCase(p *page.Page, pr *casepage.Progress) caseView {
	v := caseView{Progress: pr, Name: pr.Item, Stage: p.T("citizen.stage." + string(pr.Stage)), Tone: tones[pr.Stage]}
	if name := english(p, pr.ItemEn); name != "" {
		v.Name, v.Chinese = name, pr.Item
	}
	if v.Tone == page.Plain {
		v.Tone = page.Info
	}
	key := string(pr.Stage)
	if pr.Asked {
		key, v.Tone = "asked", page.Warn
	}
	if pr.Stage == casefile.Closed && !pr.Standing.Granted {
		key, v.Tone = "closed_refused", page.Warn
	}
	v.Say = page.Notify{Tone: v.Tone, Title: p.T("citizen.now." + key), Text: p.T("citizen.now." + key + ".how")}
	v.Tells = pr.Standing.Tell(p.T, p.FullDate)
	v.Path = path(p, pr)
	for _, l := range pr.Licences {
		v.Held = append(v.Held, heldOf(p, l))
	}
	return v
}

// path is what happened, who has the case now, and what is still to come.
func path(p *page.Page, pr *casepage.Progress) (out []page.Moment) {
	for _, m := range pr.Done {
		x := page.Moment{Title: p.T("citizen.fact." + factKey(m)), At: p.When(m.At), Who: m.Organ, State: page.Done}
		if m.Kind == casefile.FactDeclined || m.Outcome == approval.Refuse {
			x.State = page.Failed
		}
		out = append(out, x)
	}
	for _, h := range pr.Standing.Holders {
		out = append(out, holding(p, h))
	}
	for _, key := range toCome(pr) {
		out = append(out, page.Moment{Title: p.T("citizen.next." + key), State: page.Later})
	}
	return out
}

func factKey(m casepage.Milestone) string {
	if m.Kind == casefile.FactDecided && m.Outcome != "" {
		return "decided." + m.Outcome
	}
	return string(m.Kind)
}

// holding is one organ that has the case.
func holding(p *page.Page, h casefile.Holder) page.Moment {
	title := h.Step
	if title == "" || p.Lang != "zh-CN" {
		title = p.T("citizen.task." + h.Kind)
	}
	m := page.Moment{Title: title, Who: h.Organ, State: page.Now, At: p.T("citizen.holder.since", "at", p.When(h.Since)),
		Detail: p.T("citizen.holder.until", "day", day(p, h.Until))}
	if h.Phone != "" {
		m.Part = phone(p, h.Phone)
	}
	return m
}

// toCome are the stations after those open now.
func toCome(pr *casepage.Progress) []string {
	switch pr.Stage {
	case casefile.Returned:
		return []string{"supply", "accept", "decide", "seal"}
	case casefile.Received, casefile.Supplied:
		return []string{"decide", "seal"}
	case casefile.Accepted:
		for _, h := range pr.Standing.Holders {
			if h.Kind == approval.Decide {
				return []string{"seal"}
			}
		}
		return []string{"decide", "seal"}
	case casefile.Granted, casefile.Refused:
		return []string{"seal"}
	}
	return nil
}

func heldOf(p *page.Page, l licence.Licence) held {
	valid := p.T("citizen.valid.none")
	if !l.ValidUntil.IsZero() {
		valid = p.T("citizen.licence.until", "from", day(p, l.ValidFrom), "to", day(p, l.ValidUntil))
	}
	return held{l, []page.Row{
		{Label: p.T("citizen.licence.state"), Part: page.Tag(stateTone(l.StateAt(p.Now)), p.T(l.StateAt(p.Now).Key()))},
		{Label: p.T("citizen.licence.number"), Part: zh(p, l.Number)},
		{Label: p.T("citizen.licence.valid"), Value: valid},
		{Label: p.T("citizen.licence.mark"), Value: string(l.Mark)},
	}}
}

func stateTone(s ref.LicenceState) page.Tone {
	if s == ref.LicenceValid {
		return page.Good
	}
	return page.Warn
}
