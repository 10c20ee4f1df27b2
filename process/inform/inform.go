// Package inform tells people what happened to their matter: a notice in their own space, a text
// to their phone, and the messages that party and organ write to each other on a case.
//
// Invariants:
//   - A notice and its text are written in the transaction that acknowledges what they tell.
//   - A text is marked as being handed over before the gateway is asked; where the answer was lost
//     it is not sent again without a person's word (docs/adr/0013).
//   - A gateway that is slow or down holds up nothing else: each text is a delivery of its own, at
//     most a few are under way at once, and a failure is planned anew instead of being an error.
//   - No text but the warning of a new device comes in the quiet hours.
package inform

import (
	"context"
	"strings"
	"time"

	"yimen/connector"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/licence"
	"yimen/domain/notice"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Post is what informing needs. Make it with New.
type Post struct {
	DB     *db.DB
	Bus    *event.Bus
	Vault  *crypto.Vault
	Texter connector.Texter                     // nil: no texts are sent, notices only
	Text   func(key string, args ...any) string // sentences of texts, Chinese
	Told   func(ref.OrganID)                    // an organ has a message: a hint for open pages, after commit
	Now    func() time.Time

	hands chan struct{} // texts under way
	line  *line
}

// atOnce is how many texts are handed over at one time, well below the workers of the bus.
const atOnce = 4

// New makes a post office.
func New(p Post) *Post {
	p.hands, p.line = make(chan struct{}, atOnce), &line{}
	return &p
}

// Taken, Accepted, Returned, Supplied, Declined and Closed tell the party what happened.
func (p *Post) Taken(ctx context.Context, d event.Delivery, e casefile.Taken) error {
	return p.tell(ctx, d, e.Case, notice.Taken)
}

// Accepted: see Taken.
func (p *Post) Accepted(ctx context.Context, d event.Delivery, e casefile.WasAccepted) error {
	return p.tell(ctx, d, e.Case, notice.Accepted)
}

// Returned: see Taken.
func (p *Post) Returned(ctx context.Context, d event.Delivery, e casefile.WasReturned) error {
	return p.tell(ctx, d, e.Case, notice.Returned)
}

// Supplied: see Taken.
func (p *Post) Supplied(ctx context.Context, d event.Delivery, e casefile.WasSupplied) error {
	return p.tell(ctx, d, e.Case, notice.Supplied)
}

// Declined: see Taken.
func (p *Post) Declined(ctx context.Context, d event.Delivery, e casefile.WasDeclined) error {
	return p.tell(ctx, d, e.Case, notice.Declined)
}

// Closed: see Taken.
func (p *Post) Closed(ctx context.Context, d event.Delivery, e casefile.WasClosed) error {
	return p.tell(ctx, d, e.Case, notice.Closed)
}

// ActTold tells a licence's holder that something is going to be done to it.
func (p *Post) ActTold(ctx context.Context, d event.Delivery, e licence.ActTold) error {
	return p.tell(ctx, d, e.Case, notice.ActTold)
}

// ActDone tells a licence's holder what was done.
func (p *Post) ActDone(ctx context.Context, d event.Delivery, e licence.ActCarried) error {
	return p.tell(ctx, d, e.Case, notice.ActDone)
}

// Answered tells the party that an organ wrote to it.
func (p *Post) Answered(ctx context.Context, d event.Delivery, e notice.Said) error {
	if e.Side == notice.FromOrgan {
		return p.tell(ctx, d, e.Case, notice.Message)
	}
	return p.DB.Write(ctx, "inform.Answered", d.Done) // the organ was told when it was written
}

// tell writes a case's notice and queues its text.
func (p *Post) tell(ctx context.Context, d event.Delivery, id ref.CaseID, kind string) error {
	return p.tellUntil(ctx, d, id, kind, time.Time{})
}

// tellUntil does so for a kind that speaks of a time of its own.
func (p *Post) tellUntil(ctx context.Context, d event.Delivery, id ref.CaseID, kind string, until time.Time) error {
	now := p.Now()
	return p.DB.Write(ctx, "inform.Tell", func(ctx context.Context, tx *db.Tx) error {
		c, err := casefile.Lock(ctx, tx, id)
		if err != nil {
			return err
		}
		args := notice.Args{Number: c.Number, Organ: c.Organ}
		if until.IsZero() {
			until = due(c, kind, now)
		}
		if !until.IsZero() {
			args.Until = db.Micros(until)
		}
		if kind == notice.Returned {
			if args.Points, err = p.points(ctx, tx, c); err != nil {
				return err
			}
		}
		if kind == notice.Billed || kind == notice.FeeLate {
			if args.Until, err = payUntil(ctx, tx, c); err != nil {
				return err
			}
		}
		if err := p.post(ctx, tx, c, kind, args); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// due is until when something happens, in the kinds that speak of it.
func due(c casefile.Case, kind string, now time.Time) time.Time {
	switch kind {
	case notice.Taken, notice.Accepted, notice.Supplied, notice.Extended, notice.Retimed:
		if c.Due.After(now) {
			return c.Due
		}
	}
	return time.Time{}
}

// points counts what the one notice of correction asks for: the lines of every organ's answer.
func (p *Post) points(ctx context.Context, r db.Reader, c casefile.Case) (n int, err error) {
	tasks, err := approval.ByCase(ctx, r, c.ID)
	for _, t := range tasks {
		if err != nil || t.Outcome != approval.Points {
			continue
		}
		var note []byte
		note, err = p.Vault.Open(ctx, r, string(c.Party), "approval_task.note."+string(t.ID), t.Note)
		for line := range strings.Lines(string(note)) {
			if strings.TrimSpace(line) != "" {
				n++
			}
		}
	}
	return n, err
}

// phone is where a case's texts go: the phone it was begun on, else the one held on the party;
// empty where there is none that takes texts.
func (p *Post) phone(ctx context.Context, r db.Reader, c casefile.Case) (string, error) {
	if p.Texter == nil {
		return "", nil
	}
	if c.Account != "" {
		return p.phoneOf(ctx, r, c.Account)
	}
	facts, err := party.Facts(ctx, r, p.Vault, c.Party, party.Phone)
	if fault.Is(err, fault.NotFound) { // erased
		err = nil
	}
	return mobile(facts[party.Phone].Value), err
}

func (p *Post) phoneOf(ctx context.Context, r db.Reader, id ref.AccountID) (string, error) {
	a, err := identity.GetAccount(ctx, r, id)
	if fault.Is(err, fault.NotFound) || err == nil && a.Left(p.Now()) { // the number may be somebody else's by now
		return "", nil
	}
	if err != nil {
		return "", err
	}
	phone, err := identity.Phone(ctx, r, p.Vault, id)
	return mobile(phone), err
}

// mobile gives a number that takes texts, else nothing.
func mobile(s string) string {
	n, err := ref.ParsePhone(s)
	if err != nil || len(n) != 11 || !strings.HasPrefix(n, "1") {
		return ""
	}
	return n
}

// queue writes the text of a notice and its timer.
func (p *Post) queue(ctx context.Context, tx *db.Tx, n notice.Notice, phone string) error {
	if phone == "" {
		return nil
	}
	run, err := when(ctx, tx, n.Kind, n.Made)
	if err != nil {
		return err
	}
	t := notice.Text{ID: db.NewID(), Notice: n.ID, Party: n.Party, Account: n.Account, Case: n.Case, Kind: n.Kind, Data: n.Data, Made: n.Made, Run: run}
	if err := notice.Queue(ctx, tx, p.Vault, t, phone); err != nil {
		return err
	}
	return p.Bus.PublishAt(ctx, tx, run, notice.Due{Text: t.ID})
}

// when is the first moment from a time on at which a text of a kind may go out.
func when(ctx context.Context, r db.Reader, kind string, now time.Time) (time.Time, error) {
	if kind == notice.Device {
		return now, nil
	}
	q, err := notice.QuietHours(ctx, r)
	return q.Next(now), err
}

// Device warns of a sign-in on a browser that the account did not know, at any hour.
func (p *Post) Device(ctx context.Context, d event.Delivery, e identity.DeviceAdded) error {
	now := p.Now()
	return p.DB.Write(ctx, "inform.Device", func(ctx context.Context, tx *db.Tx) error {
		n := notice.Notice{ID: db.NewID(), Account: e.Account, Kind: notice.Device, Data: notice.Args{Device: e.Device}.JSON(), Made: now}
		if err := notice.Add(ctx, tx, n); err != nil {
			return err
		}
		if p.Texter != nil {
			phone, err := p.phoneOf(ctx, tx, e.Account)
			if err == nil {
				err = p.queue(ctx, tx, n, phone)
			}
			if err != nil {
				return err
			}
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: "system:inform", Verb: "inform.Device", Object: identity.Subject(e.Account), At: now}); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// Objection tells a person that their objection was answered; what was answered stands in their space.
func (p *Post) Objection(ctx context.Context, d event.Delivery, e audit.WasAnswered) error {
	now := p.Now()
	return p.DB.Write(ctx, "inform.Objection", func(ctx context.Context, tx *db.Tx) error {
		n := notice.Notice{ID: db.NewID(), Party: e.Party, Kind: notice.Objected, Data: notice.Args{}.JSON(), Made: now}
		if err := notice.Add(ctx, tx, n); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: "system:inform", Verb: "inform.Objection", Object: "objection:" + e.Objection, At: now}); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// Settled tells a person that what they called wrong of what is held was corrected, or why not.
func (p *Post) Settled(ctx context.Context, d event.Delivery, e form.WasSettled) error {
	now := p.Now()
	return p.DB.Write(ctx, "inform.Settled", func(ctx context.Context, tx *db.Tx) error {
		n := notice.Notice{ID: db.NewID(), Party: e.Party, Case: e.Case, Kind: notice.Settled, Data: notice.Args{}.JSON(), Made: now}
		if err := notice.Add(ctx, tx, n); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: "system:inform", Verb: "inform.Settled", Object: "correction:" + e.Correction, At: now}); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// words makes the body of a text: who, which case, what happened, what to do, until when, whom
// to call.
func (p *Post) words(ctx context.Context, r db.Reader, t notice.Text) (string, error) {
	args := append(t.Args().Words(p.day), "phone", hotline)
	if t.Case != "" {
		phone, err := ask(ctx, r, t.Case)
		if err != nil {
			return "", err
		}
		args[len(args)-1] = phone
	}
	return p.Text("notice.text."+t.Kind, args...), nil
}

// hotline answers everywhere in China (12345 政务服务便民热线).
const hotline = "12345"

// ask is the number that answers questions about a case: its item's, else its organ's.
func ask(ctx context.Context, r db.Reader, id ref.CaseID) (string, error) {
	items, err := casefile.Items(ctx, r, id)
	if err != nil {
		return "", err
	}
	v, err := catalog.Get(ctx, r, items[0].Version)
	if err != nil || v.Doc().Service.Ask != "" {
		return v.Doc().Service.Ask, err
	}
	o, err := org.GetOrgan(ctx, r, items[0].Organ)
	if err != nil || o.Phone == "" {
		return hotline, err
	}
	return o.Phone, nil
}

func (p *Post) day(t time.Time) string {
	l := t.In(calendar.Zone)
	return p.Text("notice.text.day", "m", int(l.Month()), "d", l.Day())
}
