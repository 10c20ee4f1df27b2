package window

import (
	"net/http"

	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
)

// counterView is the second screen, which the person at the counter reads. It knows one name and one masked number.
type counterView struct {
	Presence party.Presence // zero: nothing to confirm
	Name     string
	Masked   string
	Thanks   bool
}

// How often the screen looks by itself, in seconds. It never moves under a person who is reading; the page works without
// script, so the header does it.
const (
	idleRefresh   = "3"
	thanksRefresh = "6; url=/window/counter"
)

func (s *Surface) counter(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	v := counterView{Thanks: page.Query(r).Has("thanks")}
	waiting, err := party.Waiting(r.Context(), s.DB, clerk(r).ID, p.Now)
	switch {
	case fault.Is(err, fault.NotFound):
		vow, err := s.toSign(r)
		if err != nil {
			return err
		}
		if vow.Draft != "" {
			return page.Show(w, r, http.StatusOK, vowSheet(large(p), vow))
		}
		w.Header().Set("Refresh", idleRefresh)
		if v.Thanks {
			w.Header().Set("Refresh", thanksRefresh)
		}
	case err != nil:
		return err
	default:
		if v, err = s.asked(r, waiting); err != nil {
			return err
		}
	}
	return page.Show(w, r, http.StatusOK, counterPage(large(p), v))
}

func (s *Surface) asked(r *http.Request, waiting party.Presence) (counterView, error) {
	if err := s.look(r, waiting); err != nil {
		return counterView{}, err
	}
	who, err := party.Get(r.Context(), s.DB, waiting.Party)
	if err != nil {
		return counterView{}, err
	}
	held, err := party.Facts(r.Context(), s.DB, s.Vault, waiting.Party, party.Number)
	return counterView{Presence: waiting, Name: who.Name, Masked: ref.MaskNumber(held[party.Number].Value)}, err
}

// large is the page as it is shown across the counter: large type, and nothing of the clerk's around it.
func large(p *page.Page) *page.Page {
	seen := *p
	seen.Size, seen.Actor = max(p.Size, page.Sizes[1]), page.Actor{}
	return &seen
}

func (s *Surface) confirm(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	err = s.Desk.Confirm(r.Context(), clerk(r), in.Text("presence"))
	if err != nil && !fault.Is(err, fault.Conflict) { // pressed twice: it is confirmed
		return err
	}
	return page.Redirect(w, r, "/window/counter?thanks=1")
}
