package trust

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/credit"
	"yimen/domain/delegation"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/undertaking"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Broken proposes a credit event for a breach, by each row of the published catalogue that knows its cause; without a
// row nothing is proposed. The person is told and may object before anything is decided.
func (k *Keeper) Broken(ctx context.Context, d event.Delivery, e undertaking.WasBroken) error {
	return k.DB.Write(ctx, "trust.Broken", func(ctx context.Context, tx *db.Tx) error {
		u, err := undertaking.Get(ctx, tx, e.Undertaking)
		if err != nil {
			return err
		}
		all, err := credit.Catalogue(ctx, tx)
		if err != nil {
			return err
		}
		for _, row := range credit.For(all, e.State) {
			if err := k.propose(ctx, tx, u, row); err != nil {
				return err
			}
		}
		return d.Done(ctx, tx)
	})
}

func (k *Keeper) propose(ctx context.Context, tx *db.Tx, u undertaking.Undertaking, row credit.Row) error {
	now := k.Now()
	who, err := k.known(ctx, tx, u.Party)
	if err != nil {
		return err
	}
	e := credit.Event{ID: db.NewID(), Party: who, Kind: row.Kind, Version: row.Version, Organ: u.Organ, Item: u.Matter, Case: u.Case, Source: "undertaking:" + u.ID + ":" + row.Kind, Made: now}
	if e.AnswerBy, err = k.within(now, catalog.Span{N: row.AnswerDays, Unit: "workday"}); err != nil {
		return err
	}
	fresh, err := credit.Propose(ctx, tx, e, system)
	if err != nil || !fresh {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: system, Verb: "trust.Propose", Object: "credit:" + e.ID, After: audit.Digest(e.Kind, fmt.Sprint(e.Version), e.Source), At: now}); err != nil {
		return err
	}
	return k.Bus.Publish(ctx, tx, credit.WasMoved{Event: e.ID, Party: e.Party, Case: e.Case, What: string(credit.Proposed)})
}

// known is the person or company that the house knows by a party's number; the party itself where it knows nobody.
func (k *Keeper) known(ctx context.Context, tx *db.Tx, who ref.PartyID) (ref.PartyID, error) {
	held, err := party.Facts(ctx, tx, k.Vault, who, party.Number)
	if err != nil || held[party.Number].Value == "" {
		return who, err
	}
	p, err := party.ByNumber(ctx, tx, k.Vault, held[party.Number].Value)
	if fault.Is(err, fault.NotFound) {
		return who, nil
	}
	return p.ID, err
}

// Plea is what a person says of an event of theirs: an objection before it is decided, afterwards a request for repair
// or for a second look.
type Plea struct {
	Submit once.Submit
	Me     identity.Me
	Event  string
	Act    string // objected · repair · appeal
	Words  string
}

// Plead notes a plea for the organ's officers. Errors: Invalid with words, NotFound for an event that is not the
// person's or below the real-name level, Conflict when the event does not wait for it or repair is asked for too early.
func (k *Keeper) Plead(ctx context.Context, x Plea) error {
	x.Words = strings.TrimSpace(x.Words)
	if err := said("words", x.Words, true); err != nil {
		return err
	}
	if !slices.Contains(pleas, x.Act) {
		return fault.Bad(fault.Field{Name: "act", Key: "form.choose"})
	}
	return k.DB.Write(ctx, "trust.Plead", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, x.Submit, func() (string, error) { return x.Event, k.plead(ctx, tx, x) })
		return err
	})
}

func (k *Keeper) plead(ctx context.Context, tx *db.Tx, x Plea) error {
	e, err := k.own(ctx, tx, x.Me, x.Event)
	if err != nil {
		return err
	}
	if x.Act == string(credit.Repair) {
		row, err := credit.RowOf(ctx, tx, e.Kind, e.Version)
		if err != nil {
			return err
		}
		if from := e.From.AddDate(0, row.RepairMonths, 0); k.Now().Before(from) {
			return fault.New(fault.Conflict, "credit.repair_early", "n", row.RepairMonths)
		}
	}
	if x.Act != string(credit.Objected) && !e.InForce(k.Now()) {
		return fault.New(fault.Conflict, "credit.not_now")
	}
	a := credit.Act{Kind: x.Act, At: k.Now(), Actor: x.Me.Actor()}
	if err := credit.Append(ctx, tx, k.Vault, &e, a, x.Words); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: a.Actor, Verb: "trust.Plead." + x.Act, Object: "credit:" + e.ID, At: a.At})
}

// own locks an event of the person who is signed in at the real-name level.
func (k *Keeper) own(ctx context.Context, tx *db.Tx, me identity.Me, id string) (credit.Event, error) {
	if !me.Real() {
		return credit.Event{}, fault.New(fault.NotFound, "fault.not_found")
	}
	e, err := credit.Lock(ctx, tx, id)
	if err != nil {
		return e, err
	}
	selves, err := party.Selves(ctx, tx, me.For)
	if err == nil && !slices.Contains(selves, e.Party) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return e, err
}

// Ruling is an officer's decision on an event, or on what its person asked for.
type Ruling struct {
	Submit once.Submit
	By     org.Staff
	Event  string
	Act    string // recorded · dropped · repaired · revoked · upheld
	Words  string // the reasons, which the person reads
}

// Rule decides. Recording waits until the person objected, or the time for it is over; a second look is another
// officer's than who recorded. Errors: Invalid with act and words, Denied, Conflict.
func (k *Keeper) Rule(ctx context.Context, x Ruling) error {
	x.Words = strings.TrimSpace(x.Words)
	if err := said("words", x.Words, true); err != nil {
		return err
	}
	return k.DB.Write(ctx, "trust.Rule", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, x.Submit, func() (string, error) { return x.Event, k.rule(ctx, tx, x) })
		return err
	})
}

// pleas are acts of the person; an officer does none of them.
var pleas = []string{string(credit.Objected), string(credit.Repair), string(credit.Appeal)}

func (k *Keeper) rule(ctx context.Context, tx *db.Tx, x Ruling) error {
	e, err := credit.Lock(ctx, tx, x.Event)
	if err != nil {
		return err
	}
	if err := k.may(ctx, tx, x.By, e.Organ, e.Item, delegation.Decide); err != nil {
		return err
	}
	if slices.Contains(pleas, x.Act) || !slices.Contains(e.State.Next(), x.Act) {
		return fault.Bad(fault.Field{Name: "act", Key: "form.choose"})
	}
	if err := k.inOrder(ctx, tx, e, x); err != nil {
		return err
	}
	a := credit.Act{Kind: x.Act, At: k.Now(), Actor: actor(x.By)}
	if x.Act == string(credit.Recorded) {
		row, err := credit.RowOf(ctx, tx, e.Kind, e.Version)
		if err != nil {
			return err
		}
		a.From, a.Until = a.At, a.At.AddDate(0, row.Months, 0)
	}
	if err := credit.Append(ctx, tx, k.Vault, &e, a, x.Words); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: a.Actor, Verb: "trust.Rule." + x.Act, Object: "credit:" + e.ID, At: a.At}); err != nil {
		return err
	}
	return k.Bus.Publish(ctx, tx, credit.WasMoved{Event: e.ID, Party: e.Party, Case: e.Case, What: x.Act})
}

// inOrder holds a ruling against the chance to object, and a second look against who recorded.
func (k *Keeper) inOrder(ctx context.Context, tx *db.Tx, e credit.Event, x Ruling) error {
	if e.State == credit.Proposed && x.Act == string(credit.Recorded) && !k.Now().After(e.AnswerBy) {
		return fault.New(fault.Conflict, "credit.too_soon")
	}
	if e.State != credit.Appeal {
		return nil
	}
	acts, err := credit.Acts(ctx, tx, e.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(acts, func(a credit.Act) bool { return a.Kind == string(credit.Recorded) && a.Actor == actor(x.By) }) {
		return fault.New(fault.Denied, "credit.same_person")
	}
	return nil
}

// Publish writes rows of the catalogue, all or none; a row that says what it said before gets no new version. It says
// how many did. Errors: Invalid with credit[n].FIELD.
func (k *Keeper) Publish(ctx context.Context, by string, rows []credit.Row) (n int, err error) {
	var bad []fault.Field
	seen := map[string]bool{}
	for i, r := range rows {
		bad = append(bad, r.Wrong(fmt.Sprintf("credit[%d].", i))...)
		if seen[r.Kind] {
			bad = append(bad, fault.Field{Name: fmt.Sprintf("credit[%d].kind", i), Key: "credit.wrong.twice"})
		}
		seen[r.Kind] = true
	}
	if len(bad) > 0 {
		return 0, fault.Bad(bad...)
	}
	err = k.DB.Write(ctx, "trust.Publish", func(ctx context.Context, tx *db.Tx) error {
		n = 0
		for _, r := range rows {
			fresh, err := k.publish(ctx, tx, by, r)
			if err != nil {
				return err
			}
			if fresh {
				n++
			}
		}
		return nil
	})
	return n, err
}

func (k *Keeper) publish(ctx context.Context, tx *db.Tx, by string, r credit.Row) (bool, error) {
	old, err := credit.Versions(ctx, tx, r.Kind)
	if err != nil || len(old) > 0 && old[0].Same(r) {
		return false, err
	}
	r.Version, r.By, r.At = 1, by, k.Now()
	if len(old) > 0 {
		r.Version = old[0].Version + 1
	}
	if err := credit.Publish(ctx, tx, r); db.IsUnique(err) {
		return false, fmt.Errorf("credit row: %w", db.ErrRetry) // somebody published the same number meanwhile
	} else if err != nil {
		return false, err
	}
	return true, audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "trust.Publish", Object: "credit_row:" + r.Kind, After: audit.Digest(fmt.Sprint(r.Version, r.Withdrawn)), At: r.At})
}

// Editing is one version of a row by the standards office, or its withdrawal.
type Editing struct {
	Submit  once.Submit
	By      org.Staff
	Version int // which the page showed, 0 for a new row
	Row     credit.Row
}

// Edit publishes the next version of a row; withdrawn, nothing new follows from it, and what was recorded stays as
// decided. Errors: Invalid with a field each, Denied for anybody but the standards office, Conflict when another
// version came in between or the word is taken.
func (k *Keeper) Edit(ctx context.Context, x Editing) error {
	if !x.By.Active || !x.By.Has("standards") {
		return fault.New(fault.Denied, "fault.denied")
	}
	if bad := x.Row.Wrong(""); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return k.DB.Write(ctx, "trust.Edit", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, x.Submit, func() (string, error) {
			old, err := credit.Versions(ctx, tx, x.Row.Kind)
			if err != nil {
				return "", err
			}
			if len(old) > 0 && old[0].Version != x.Version || len(old) == 0 && x.Version != 0 {
				return "", fault.New(fault.Conflict, "credit.changed")
			}
			_, err = k.publish(ctx, tx, actor(x.By), x.Row)
			return x.Row.Kind, err
		})
		return err
	})
}
