package inform

import (
	"context"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/credit"
	"yimen/domain/notice"
	"yimen/domain/undertaking"
	"yimen/foundation/db"
	"yimen/foundation/event"
)

// owedKinds are the notices by what an undertaking tells.
var owedKinds = map[string]string{"remind": notice.OwedSoon, "last": notice.OwedLast, "sent_back": notice.OwedBack, "prolonged": notice.OwedLong}

// Owed tells what is owed until when, Reminded what happened to it since, and MadeGood that nothing is owed any more.
func (p *Post) Owed(ctx context.Context, d event.Delivery, e undertaking.WasStarted) error {
	return p.tellOwed(ctx, d, e.Undertaking, notice.Owed)
}

// Reminded: see Owed.
func (p *Post) Reminded(ctx context.Context, d event.Delivery, e undertaking.Told) error {
	return p.tellOwed(ctx, d, e.Undertaking, owedKinds[e.What])
}

// MadeGood: see Owed.
func (p *Post) MadeGood(ctx context.Context, d event.Delivery, e undertaking.WasKept) error {
	return p.tellOwed(ctx, d, e.Undertaking, notice.OwedGood)
}

func (p *Post) tellOwed(ctx context.Context, d event.Delivery, id, kind string) error {
	return p.DB.Write(ctx, "inform.TellOwed", func(ctx context.Context, tx *db.Tx) error {
		u, err := undertaking.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		c, err := casefile.Lock(ctx, tx, u.Case)
		if err != nil {
			return err
		}
		args := notice.Args{Number: c.Number, Organ: u.Organ, Until: db.Micros(u.Due)}
		if err := p.post(ctx, tx, c, kind, args); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// CreditMoved tells a person what happened to a credit event of theirs; what it is and what they may do stands in
// their space.
func (p *Post) CreditMoved(ctx context.Context, d event.Delivery, e credit.WasMoved) error {
	return p.DB.Write(ctx, "inform.CreditMoved", func(ctx context.Context, tx *db.Tx) error {
		event, err := credit.Get(ctx, tx, e.Event)
		if err != nil {
			return err
		}
		c, err := casefile.Lock(ctx, tx, e.Case)
		if err != nil {
			return err
		}
		args := notice.Args{Number: c.Number, Organ: event.Organ}
		if e.What == string(credit.Proposed) {
			args.Until = db.Micros(event.AnswerBy)
		}
		if err := p.post(ctx, tx, c, notice.Credit, args); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// post writes a notice about a case and queues its text.
func (p *Post) post(ctx context.Context, tx *db.Tx, c casefile.Case, kind string, args notice.Args) error {
	n := notice.Notice{ID: db.NewID(), Party: c.Party, Account: c.Account, Case: c.ID, Kind: kind, Data: args.JSON(), Made: p.Now()}
	if err := notice.Add(ctx, tx, n); err != nil {
		return err
	}
	phone, err := p.phone(ctx, tx, c)
	if err == nil {
		err = p.queue(ctx, tx, n, phone)
	}
	if err == nil {
		err = p.tellAgent(ctx, tx, c, n)
	}
	if err == nil {
		err = audit.Record(ctx, tx, audit.Entry{Actor: "system:inform", Verb: "inform.Tell." + kind, Object: "case:" + string(c.ID), At: n.Made})
	}
	return err
}
