package citizen

import (
	"net/http"
	"strings"
	"time"

	"yimen/domain/identity"
	"yimen/domain/notice"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/process/inform"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

// talk is the conversation on a case.
type talk struct {
	Open     bool // this session may read and write it
	Messages []casepage.Message
	Field    page.Field
	Waits    string // since when an answer is waited for, "" when none is
}

// talkOf reads the conversation of a case whose applicant is signed in, and notes that it was read.
func (s *Surface) talkOf(r *http.Request, c ownCase, in *page.Input, wrong error) (talk, error) {
	p := page.Of(r)
	t := talk{Field: page.Refill(p, []page.Field{sayField(p)}, in, wrong)[0]}
	if c.Sight != identity.All || s.Post == nil {
		return t, nil
	}
	t.Open = true
	var err error
	if t.Messages, err = s.Cases.MessagesFor(r.Context(), c.ID); err != nil {
		return t, err
	}
	if since := casepage.Waits(t.Messages); !since.IsZero() {
		t.Waits = p.T("case.talk.waits", "at", p.When(since))
	}
	return t, s.Post.Seen(r.Context(), c.ID, notice.FromParty)
}

func sayField(p *page.Page) page.Field {
	return page.Field{Name: "body", Label: p.T("case.talk.body"), Hint: p.T("case.talk.hint"), Kind: page.LongText, Rows: 3}
}

// who wrote a message, in words.
func (t talk) who(p *page.Page, m casepage.Message) string {
	if m.Side == notice.FromParty {
		return p.T("case.talk.you")
	}
	return m.Organ
}

// seen says whether the department has read a message of the person's.
func (t talk) seen(p *page.Page, m casepage.Message) string {
	switch {
	case m.Side != notice.FromParty:
		return ""
	case m.Read.IsZero():
		return p.T("case.talk.sent")
	}
	return p.T("case.talk.read", "at", p.When(m.Read))
}

// say sends a message to the department.
func (s *Surface) say(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	v, c, err := s.myCaseView(r)
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /me/case/{id}/message", string(c.ID), in.Long("body"))
	if err != nil {
		return err
	}
	_, err = s.Post.Say(r.Context(), inform.Saying{Submit: sub, Case: c.ID, Body: in.Long("body"), Me: me(r)})
	kind := fault.KindOf(err)
	if err != nil && kind != fault.Invalid && kind != fault.TooMany {
		return err
	}
	if err == nil {
		return page.Redirect(w, r, c.address("#talk"))
	}
	if kind == fault.TooMany { // said beside the field: nothing typed is lost
		e := fault.As(err)
		err = fault.Bad(fault.Field{Name: "body", Key: e.Key, Args: e.Args})
	}
	p := page.Of(r)
	var failed error
	if v.Talk, failed = s.talkOf(r, c, in, err); failed != nil {
		return failed
	}
	v.Wrong = page.Problems(p, []page.Field{v.Talk.Field}, err)
	return page.Show(w, r, http.StatusUnprocessableEntity, casePage(p, v))
}

// told is a notice in words.
type told struct {
	notice.Notice
	Text, At string
	Link     page.Link
}

type noticesView struct {
	Lines []told
	Turn  spaceTurn
}

// notices lists what the person was told, the latest first. Showing it is having read it.
func (s *Surface) notices(w http.ResponseWriter, r *http.Request) error {
	p, who, ctx := page.Of(r), me(r), r.Context()
	after, err := notice.ParseAfter(page.Query(r).Text("after"))
	if err != nil {
		return err
	}
	parties, err := s.noticed(r)
	if err != nil {
		return err
	}
	rows, next, err := notice.Of(ctx, s.DB, parties, toldAt(who), after)
	if err != nil {
		return err
	}
	v := noticesView{Turn: spaceTurn{First: page.FirstPage(p), Next: page.NextPage(p, next.String())}}
	for _, n := range rows {
		v.Lines = append(v.Lines, toldOf(p, n))
	}
	if err := page.Show(w, r, http.StatusOK, noticesPage(p, v)); err != nil || len(rows) == 0 {
		return err
	}
	return s.Post.Read(ctx, parties, toldAt(who), rows[0].Made)
}

func toldOf(p *page.Page, n notice.Notice) told {
	t := told{Notice: n, At: p.When(n.Made), Text: p.T("notice."+n.Kind, n.Args().Words(func(at time.Time) string { return day(p, at) })...)}
	switch {
	case n.Kind == notice.Device:
		t.Link = page.Link{Text: p.T("me.notices.devices"), Href: "/me/devices"}
	case strings.HasPrefix(n.Kind, "mandate_") && n.Kind != notice.MandateUsed && n.Kind != notice.MandateDone, n.Kind == notice.SignAsked, n.Kind == notice.SignAgain:
		t.Link = page.Link{Text: p.T("proxy.title"), Href: "/me/mandates"}
	case strings.HasPrefix(n.Kind, "sign_"):
		t.Link = page.Link{Text: p.T("me.drafts"), Href: "/me/drafts"}
	case n.Kind == notice.Objected:
		t.Link = page.Link{Text: p.T("me.looks"), Href: "/me/looks"}
	case n.Case != "":
		t.Link = page.Link{Text: p.T("me.notices.open"), Href: "/me/case/" + string(n.Case)}
	}
	return t
}

// noticed are the parties whose notices this session may read: none below the real-name level,
// where only what was told to the phone itself is shown.
func (s *Surface) noticed(r *http.Request) ([]ref.PartyID, error) {
	who := me(r)
	if !who.Real() {
		return nil, nil
	}
	return party.Selves(r.Context(), s.DB, who.For)
}

// toldAt is the phone whose own notices belong into the space: none in a company's.
func toldAt(who identity.Me) ref.AccountID {
	if who.For != who.Person {
		return ""
	}
	return who.Account
}

// unread counts the notices nobody has looked at yet.
func (s *Surface) unread(r *http.Request) (int, error) {
	parties, err := s.noticed(r)
	if err != nil {
		return 0, err
	}
	return notice.Unread(r.Context(), s.DB, parties, toldAt(me(r)))
}
