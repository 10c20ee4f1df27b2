package app

import (
	"context"
	"net/http"
	"time"

	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/foundation/session"
	"yimen/ref"
	"yimen/view/impact"
	"yimen/view/portal"
	"yimen/web/admin"
	"yimen/web/after"
	"yimen/web/api"
	"yimen/web/approver"
	"yimen/web/bundles"
	"yimen/web/citizen"
	"yimen/web/exchange"
	"yimen/web/forms"
	"yimen/web/oversight"
	"yimen/web/page"
	"yimen/web/powers"
	"yimen/web/rules"
	"yimen/web/staff"
	"yimen/web/standards"
	"yimen/web/trust"
	"yimen/web/verify"
	"yimen/web/window"
)

// Routes is the table of every page of every surface.
func (h *House) Routes() ([]page.Route, error) {
	roots, err := h.Ring.Roots()
	if err != nil {
		return nil, err
	}
	desk, err := h.window()
	if err != nil {
		return nil, err
	}
	in := &staff.Surface{DB: h.DB, Door: h.Door, Sessions: h.Sessions}
	if h.Demo {
		in.Demo = h.DemoSignIn
	}
	var out []page.Route
	for _, s := range []interface{ Routes() []page.Route }{
		&citizen.Surface{DB: h.DB, Trust: h.Trust, Cases: h.Cases, Press: h.Press, Code: h.QueryCode, Sessions: h.Sessions,
			Desk: h.Desk, Outside: h.Outside, Vault: h.Vault, Visits: h.Visits, Prefill: h.Prefill, Answered: h.answered, Gate: h.Gate, Space: h.Space, Post: h.Post, Watch: h.Watch},
		&verify.Surface{DB: h.DB, Vault: h.Vault, Roots: roots, Host: h.Host, Recorded: h.recorded},
		in, desk,
		&approver.Surface{DB: h.DB, Board: h.Board, Desk: h.Desk, Till: h.Till, Gate: h.Gate, Press: h.Press, Post: h.Post, Cases: h.Cases, Work: h.Work, Hub: h.Hub, Watch: h.Watch},
		&after.Surface{DB: h.DB, Vault: h.Vault, Gate: h.Gate, Press: h.Press, Hand: h.Hand, Roots: roots},
		&oversight.Surface{DB: h.DB, Till: h.Till, Gate: h.Gate, Cases: h.Cases, Work: h.Work, Walls: h.Walls, Watch: h.Watch},
		&api.Surface{DB: h.DB, Door: h.Door, Desk: h.Desk, Board: h.Board, Press: h.Press, Gate: h.Gate, Hooks: h.Hooks, Cases: h.Cases, Work: h.Work,
			Portals: &portal.View{DB: h.DB}, Roots: roots, Words: api.Words{Progress: citizen.Sentences, Event: citizen.Happened}, Host: h.Host, Recorded: h.recorded, Answered: h.answered},
		&standards.Surface{DB: h.DB, Library: h.Library, Impact: &impact.View{DB: h.DB}, Standing: h.Standing, Calendar: h.calendar.Load},
		&rules.Surface{DB: h.DB, Library: h.Library, Gate: h.Gate, Vault: h.Vault},
		&powers.Surface{DB: h.DB, Library: h.Library, Standing: h.Standing},
		&trust.Surface{DB: h.DB, Vault: h.Vault, Gate: h.Gate, Trust: h.Trust},
		&bundles.Surface{DB: h.DB, Library: h.Library},
		&forms.Surface{DB: h.DB, Library: h.Library, Desk: h.Desk, Gate: h.Gate, Vault: h.Vault},
		&admin.Surface{DB: h.DB, Bus: h.Bus, Watch: h.Watch, Library: h.Library, Door: h.Door, Post: h.Post},
		&exchange.Surface{DB: h.DB, Library: h.Library},
	} {
		out = append(out, s.Routes()...)
	}
	if s := h.outside.simulated; s != nil {
		out = append(out, s.pages().Routes()...)
	}
	return out, nil
}

// window is the window's desk; in a demo with a fake reader and people to lay on it.
func (h *House) window() (*window.Surface, error) {
	s := &window.Surface{DB: h.DB, Trust: h.Trust, Vault: h.Vault, Desk: h.Desk, Outside: h.Outside, Gate: h.Gate, Press: h.Press, Cases: h.Cases, Work: h.Work, Prefill: h.Prefill, Sessions: h.Sessions,
		Sit: h.sit, Answered: h.answered, Card: noReader}
	if !h.Demo {
		return s, nil
	}
	people, err := h.Cards()
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		s.Cards = append(s.Cards, page.Option{Value: p.Key, Text: p.Name})
	}
	connect := CardReader(people)
	s.Card = func(ctx context.Context, by org.Staff, choice string) (party.Presence, error) {
		reader, end, err := connect(choice)
		if err != nil {
			return party.Presence{}, err
		}
		defer end()
		ctx, cancel := context.WithTimeout(ctx, cardWait)
		defer cancel()
		return h.Desk.ReadCard(ctx, by, reader)
	}
	return s, nil
}

// cardWait is how long a window waits for a card to be laid on the reader.
const cardWait = 3 * time.Second

// noReader answers where no reader is connected to this program.
func noReader(context.Context, org.Staff, string) (party.Presence, error) {
	return party.Presence{}, fault.New(fault.Unavailable, "device.reader_fails")
}

// sit keeps in the session at which window the clerk sits.
func (h *House) sit(r *http.Request, id ref.WindowID) error {
	s, err := h.Sessions.Of(r, h.Now())
	if err != nil {
		return err
	}
	return h.DB.Write(r.Context(), "session.Keep", func(ctx context.Context, tx *db.Tx) error {
		return session.Keep(ctx, tx, s, map[string]string{window.SeatKey: string(id)})
	})
}

// answered is the answer of a submit done before, "" for a new one.
func (h *House) answered(ctx context.Context, s once.Submit) (string, error) {
	answer, err := once.Answer(ctx, h.DB, s)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return answer, err
}

// recorded finds a document by the digest of its sealed bytes.
func (h *House) recorded(ctx context.Context, digest string) (seal.Document, error) {
	return seal.ByDigest(ctx, h.DB, digest)
}
