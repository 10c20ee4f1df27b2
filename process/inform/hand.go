package inform

import (
	"context"
	"sync"
	"time"

	"yimen/connector"
	"yimen/domain/audit"
	"yimen/domain/notice"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/failpoint"
	"yimen/foundation/fault"
)

// Handing over.
const (
	patience = 10 * time.Second // for one call, well below the bus's lease
	tries    = 12               // over about a day: 1, 2, 4 … minutes, at most 4 hours apart
	farthest = 4 * time.Hour
)

// line is where texts wait that found all hands full: each comes back at a time of its own, so
// that many that wait ask no oftener than one hand becomes free.
type line struct {
	mu   sync.Mutex
	next time.Time
	took time.Duration // the last call
}

// Bounds of the wait between two that come back.
const (
	closest = 25 * time.Millisecond
	widest  = patience / atOnce
)

func (l *line) turn(now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = later(l.next, now).Add(min(max(l.took/atOnce, closest), widest))
	return l.next
}

func (l *line) note(took time.Duration) { l.mu.Lock(); defer l.mu.Unlock(); l.took = took }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// pause is how long after its n-th try a text waits.
func pause(n int) time.Duration {
	return min(time.Minute<<min(n-1, 10), farthest)
}

// Hand gives a text to the gateway when its time has come.
func (p *Post) Hand(ctx context.Context, d event.Delivery, e notice.Due) error {
	select {
	case p.hands <- struct{}{}:
		defer func() { <-p.hands }()
	default:
		at := p.line.turn(p.Now())
		return p.DB.Write(ctx, "inform.Wait", func(ctx context.Context, tx *db.Tx) error { return d.Postpone(ctx, tx, at) })
	}
	t, err := notice.GetText(ctx, p.DB, e.Text)
	if err != nil {
		return err
	}
	text, err := p.ready(ctx, t)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	goes, err := p.take(ctx, d, t, err == nil)
	if err != nil || !goes {
		return err
	}
	failpoint.Hit("inform.Hand.call")
	within, cancel := context.WithTimeout(ctx, patience)
	began := p.Now()
	err = p.Texter.Send(within, text)
	cancel()
	p.line.note(p.Now().Sub(began))
	failpoint.Hit("inform.Hand.answered")
	return p.settle(ctx, d, t, err)
}

// ready makes what is handed over; NotFound where the person was erased meanwhile.
func (p *Post) ready(ctx context.Context, t notice.Text) (connector.Text, error) {
	if t.State != notice.Queued {
		return connector.Text{}, nil
	}
	phone, err := t.Number(ctx, p.DB, p.Vault)
	if err != nil {
		return connector.Text{}, err
	}
	body, err := p.words(ctx, p.DB, t)
	return connector.Text{ID: t.ID, To: phone, Body: body}, err
}

// take marks the text as being handed over. It goes unless that was done before: then its answer
// was lost with whoever did it, and it is unknown; or it is quiet now, or erased, or nobody texts.
func (p *Post) take(ctx context.Context, d event.Delivery, t notice.Text, whole bool) (goes bool, err error) {
	now := p.Now()
	err = p.DB.Write(ctx, "inform.Hand", func(ctx context.Context, tx *db.Tx) error {
		goes = false
		cur, err := notice.GetText(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		run, err := when(ctx, tx, t.Kind, now)
		switch {
		case err != nil:
			return err
		case cur.State == notice.Handing:
			err = notice.Lost(ctx, tx, t.ID)
		case cur.State != notice.Queued:
		case !whole:
			err = notice.GiveUp(ctx, tx, t.ID, "notice.erased", now)
		case p.Texter == nil:
			err = notice.GiveUp(ctx, tx, t.ID, "notice.no_gateway", now)
		case run.After(now):
			return d.Postpone(ctx, tx, run)
		default:
			goes = true
			return notice.Hand(ctx, tx, t.ID, now)
		}
		if err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
	return goes && err == nil, err
}

// settle writes down what the gateway answered.
func (p *Post) settle(ctx context.Context, d event.Delivery, t notice.Text, answer error) error {
	now := p.Now()
	return p.DB.Write(ctx, "inform.Settle", func(ctx context.Context, tx *db.Tx) error {
		var err error
		switch {
		case answer == nil:
			err = notice.Took(ctx, tx, t.ID, now)
		case connector.IsUnsure(answer):
			err = notice.Lost(ctx, tx, t.ID)
		case fault.Is(answer, fault.Unavailable) && t.Attempts+1 < tries:
			again := now.Add(pause(t.Attempts + 1))
			if err = notice.Later(ctx, tx, t.ID, again, fault.As(answer).Key); err == nil {
				return d.Postpone(ctx, tx, again)
			}
		default:
			err = notice.GiveUp(ctx, tx, t.ID, fault.As(answer).Key, now)
		}
		if err == nil {
			err = audit.Record(ctx, tx, audit.Entry{Actor: "system:inform", Verb: "inform.Hand", Object: "text:" + t.ID, At: now})
		}
		if err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// states a receipt may tell.
var states = map[connector.Delivery]notice.State{connector.Sent: notice.Sent, connector.Delivered: notice.Delivered, connector.Failed: notice.Failed}

// Receipt notes what became of a text; read twice it changes nothing.
func (p *Post) Receipt(ctx context.Context, r connector.Receipt) error {
	s, ok := states[r.State]
	if !ok {
		return fault.New(fault.Denied, "connector.forged")
	}
	return p.DB.Write(ctx, "inform.Receipt", func(ctx context.Context, tx *db.Tx) error {
		changed, err := notice.Heard(ctx, tx, r.ID, s, p.Now())
		if err != nil || !changed {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "system:gateway", Verb: "inform.Receipt." + string(s), Object: "text:" + r.ID, At: p.Now()})
	})
}

// Again sends a text that failed, or of which nobody knows, on a person's word: it may come twice.
func (p *Post) Again(ctx context.Context, by, id string) error {
	now := p.Now()
	return p.DB.Write(ctx, "inform.Again", func(ctx context.Context, tx *db.Tx) error {
		t, err := notice.GetText(ctx, tx, id)
		if err != nil {
			return err
		}
		run, err := when(ctx, tx, t.Kind, now)
		if err != nil {
			return err
		}
		if err := notice.Again(ctx, tx, id, run); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "inform.Again", Object: "text:" + id, At: now}); err != nil {
			return err
		}
		return p.Bus.PublishAt(ctx, tx, run, notice.Due{Text: id})
	})
}

// SetQuiet changes the quiet hours; texts that wait keep their time.
func (p *Post) SetQuiet(ctx context.Context, by, hours string) error {
	q, err := notice.ParseQuiet(hours)
	if err != nil {
		return err
	}
	return p.DB.Write(ctx, "inform.SetQuiet", func(ctx context.Context, tx *db.Tx) error {
		if err := notice.SetQuiet(ctx, tx, q); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "inform.SetQuiet", Object: "setting:quiet", After: audit.Digest(q.String()), At: p.Now()})
	})
}
