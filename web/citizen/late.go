package citizen

import (
	"net/http"

	"yimen/domain/casefile"
	"yimen/domain/identity"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/supervise"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

func pressFields(p *page.Page) []page.Field {
	return []page.Field{{Name: "words", Label: p.T("watch.late.words"), Hint: p.T("watch.late.words.hint"), Kind: page.LongText, Rows: 2, Optional: true}}
}

// lateOwed says that an explanation is owed, and until when where that is known.
func lateOwed(p *page.Page, l casepage.Lateness) string {
	if l.Owed.IsZero() || p.Now.After(l.Owed) {
		return p.T("watch.late.owed")
	}
	return p.T("watch.late.owed_by", "day", day(p, l.Owed))
}

// late adds to a case's page what is told of its lateness, with the way to press its organ.
func (s *Surface) late(r *http.Request, v *caseView, id ref.CaseID, in *page.Input, wrong error) (err error) {
	p := page.Of(r)
	v.Press, v.PressFields = v.Base+"/escalate", page.Refill(p, pressFields(p), in, wrong)
	v.Wrong = append(v.Wrong, page.Problems(p, v.PressFields, wrong)...)
	v.Late, err = s.Cases.LateOf(r.Context(), id)
	return err
}

// press presses the organ of the person's own case.
func (s *Surface) press(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	v, c, err := s.myCaseView(r)
	if err == nil && c.Sight != identity.All {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /me/case/{id}/escalate", string(c.ID), in.Long("words"))
	if err != nil {
		return err
	}
	_, err = s.Watch.Escalate(r.Context(), supervise.Pressing{Submit: sub, Actor: me(r).Actor(), Case: c.ID, Words: in.Long("words")})
	if fault.Is(err, fault.Invalid) {
		wrong := err
		if v.Talk, err = s.talkOf(r, c, nil, nil); err != nil {
			return err
		}
		if err := s.late(r, &v, c.ID, in, wrong); err != nil {
			return err
		}
		return page.Show(w, r, http.StatusUnprocessableEntity, casePage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, c.address("#late-part"))
}

// pressKnown presses the organ of the case whose number and code were given at this browser.
func (s *Surface) pressKnown(w http.ResponseWriter, r *http.Request) error {
	id, err := s.known(r)
	if fault.Is(err, fault.Unauthenticated) {
		return page.Redirect(w, r, "/progress")
	}
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
	c, err := casefile.Get(r.Context(), s.DB, id)
	if err != nil {
		return err
	}
	sub := once.Submit{Actor: "case:" + string(id), Route: "POST /progress/escalate", Key: key, Hash: once.Hash(string(id), in.Long("words")), At: page.Of(r).Now}
	_, err = s.Watch.Escalate(r.Context(), supervise.Pressing{Submit: sub, Actor: "party:" + string(c.Party), Case: id, Words: in.Long("words")})
	if fault.Is(err, fault.Invalid) {
		return s.knownCase(w, r, id, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/progress/case#late-part")
}
