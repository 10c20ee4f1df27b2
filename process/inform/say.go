package inform

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/identity"
	"yimen/domain/notice"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Saying is one message on a case, of the party or of a member of staff.
type Saying struct {
	Submit once.Submit
	Case   ref.CaseID
	Body   string
	Me     identity.Me // a party; zero for staff
	By     org.Staff   // staff; zero for a party
}

// Limits of a message.
const (
	SayMax  = 1000 // characters
	sayADay = 20   // messages of a party on one case
)

// Say writes a message. The other side is told: the party by notice and text, the organ by a hint
// and its list. Errors: Invalid with the field body, NotFound where it is not the party's case,
// Denied where the organ has no part in it, TooMany, Conflict for a reused key.
func (p *Post) Say(ctx context.Context, s Saying) (id string, err error) {
	s.Body = strings.TrimSpace(s.Body)
	switch n := utf8.RuneCountInString(s.Body); {
	case n == 0:
		return "", fault.Bad(fault.Field{Name: "body", Key: "notice.say_empty"})
	case n > SayMax:
		return "", fault.Bad(fault.Field{Name: "body", Key: "form.too_long", Args: []any{"max", SayMax}})
	}
	err = p.DB.Write(ctx, "inform.Say", func(ctx context.Context, tx *db.Tx) error {
		id, err = once.Do(ctx, tx, s.Submit, func() (string, error) { return p.say(ctx, tx, s) })
		return err
	})
	return id, err
}

func (p *Post) say(ctx context.Context, tx *db.Tx, s Saying) (string, error) {
	c, err := casefile.Lock(ctx, tx, s.Case)
	if err != nil {
		return "", err
	}
	now := p.Now()
	n := notice.Note{ID: db.NewID(), Case: c.ID, Made: now}
	if s.Me.Account != "" {
		err = p.asParty(ctx, tx, c, s, &n)
	} else {
		err = p.asOrgan(ctx, tx, c, s, &n)
	}
	if err != nil {
		return "", err
	}
	if err := notice.Write(ctx, tx, p.Vault, n, c.Party, s.Body); err != nil {
		return "", err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: n.Actor, Verb: "inform.Say", Object: "case:" + string(c.ID), After: audit.Digest(n.ID), At: now}); err != nil {
		return "", err
	}
	return n.ID, p.Bus.Publish(ctx, tx, notice.Said{Case: c.ID, Message: n.ID, Side: n.Side})
}

func (p *Post) asParty(ctx context.Context, tx *db.Tx, c casefile.Case, s Saying, n *notice.Note) error {
	who, err := party.Get(ctx, tx, c.Party)
	if err != nil {
		return err
	}
	if s.Me.Sees(identity.Thing{Account: c.Account, Party: who.ID, Same: who.Same, DeclaredBy: who.DeclaredBy}) != identity.All {
		if err := asAgent(ctx, tx, s.Me, c, n.Made); err != nil {
			return err
		}
	}
	written, err := notice.Written(ctx, tx, c.ID, notice.FromParty, n.Made.Add(-24*time.Hour))
	if err == nil && written >= sayADay {
		err = fault.New(fault.TooMany, "notice.say_often", "n", sayADay)
	}
	if err != nil {
		return err
	}
	n.Side, n.Actor = notice.FromParty, s.Me.Actor()
	if n.Organ, err = holder(ctx, tx, c); err != nil {
		return err
	}
	organ := n.Organ
	tx.AfterCommit(func() { p.Told(organ) })
	return nil
}

// holder is whom a party's message goes to: before acceptance the organ that accepts, then the
// one that decides.
func holder(ctx context.Context, r db.Reader, c casefile.Case) (ref.OrganID, error) {
	tasks, err := approval.ByCase(ctx, r, c.ID)
	for _, t := range tasks {
		if t.State == approval.Open && t.Kind == approval.Accept {
			return t.Organ, err
		}
	}
	return c.Organ, err
}

func (p *Post) asOrgan(ctx context.Context, tx *db.Tx, c casefile.Case, s Saying, n *notice.Note) error {
	mine, err := Organs(ctx, tx, n.Made, s.By)
	if err != nil {
		return err
	}
	part, err := organsOf(ctx, tx, c)
	if err != nil {
		return err
	}
	part = slices.DeleteFunc(part, func(o ref.OrganID) bool { return !slices.Contains(mine, o) })
	if len(part) == 0 {
		return fault.New(fault.Denied, "notice.not_yours")
	}
	n.Side, n.Actor, n.Organ = notice.FromOrgan, "staff:"+string(s.By.ID), part[0]
	if slices.Contains(part, s.By.Organ) {
		n.Organ = s.By.Organ
	}
	return notice.Answer(ctx, tx, c.ID, part, n.Made)
}

// organsOf are the organs that have or had a part in a case.
func organsOf(ctx context.Context, r db.Reader, c casefile.Case) ([]ref.OrganID, error) {
	out := []ref.OrganID{c.Organ}
	tasks, err := approval.ByCase(ctx, r, c.ID)
	for _, t := range tasks {
		if !slices.Contains(out, t.Organ) {
			out = append(out, t.Organ)
		}
	}
	return out, err
}

// Organs are those in whose name a member of staff writes: their own, and those they hold a grant
// of for work on cases.
func Organs(ctx context.Context, r db.Reader, now time.Time, s org.Staff) ([]ref.OrganID, error) {
	out, err := delegation.Organs(ctx, r, now, s.ID, delegation.Accept, delegation.Review, delegation.Opinion, delegation.Decide, delegation.DecideOnSpot)
	if s.Organ != "" && !slices.Contains(out, s.Organ) && (s.Has("approver") || s.Has("representative")) {
		out = append(out, s.Organ)
	}
	return out, err
}

// Seen notes that a side has read what the other wrote on a case; the caller has checked that it
// may. It writes only where there is something new.
func (p *Post) Seen(ctx context.Context, id ref.CaseID, reader notice.Side) error {
	unseen, err := notice.Unseen(ctx, p.DB, id, reader)
	if err != nil || !unseen {
		return err
	}
	return p.DB.Write(ctx, "inform.Seen", func(ctx context.Context, tx *db.Tx) error { return notice.See(ctx, tx, id, reader, p.Now()) })
}

// Read notes that notices up to a time were seen by whose they are.
func (p *Post) Read(ctx context.Context, parties []ref.PartyID, account ref.AccountID, until time.Time) error {
	n, err := notice.Unread(ctx, p.DB, parties, account)
	if err != nil || n == 0 {
		return err
	}
	return p.DB.Write(ctx, "inform.Read", func(ctx context.Context, tx *db.Tx) error {
		return notice.MarkRead(ctx, tx, parties, account, until, p.Now())
	})
}
