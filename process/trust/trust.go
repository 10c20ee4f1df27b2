// Package trust follows what people promised: papers that may come later, promises that stand for proofs, and what
// a broken word leads to.
//
// Invariants:
//   - Only a paper that was promised is taken, only in time, and only the organ says that it is good.
//   - A timer reminds and says that the time is over; only a person ends a case.
//   - The last paper's check, the end of a case and the decision are each made under the case's lock, so that the
//     result is issued once or not at all.
//   - A breach is a fact on the case; it becomes a credit event only by a row of the published catalogue, after notice
//     and a chance to object, by an officer's decision. Nothing here does that by itself.
package trust

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/delegation"
	"yimen/domain/identity"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/undertaking"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Keeper is what following promises needs.
type Keeper struct {
	DB       *db.DB
	Bus      *event.Bus
	Vault    *crypto.Vault
	Calendar func() *calendar.Calendar
	Now      func() time.Time
}

const system = "system:trust"

func actor(s org.Staff) string { return "staff:" + string(s.ID) }

// matter is a locked case with the item that a promise is about.
type matter struct {
	casefile.Case
	ci casefile.Item
}

// hold locks an undertaking's case and reads the undertaking now that the case is ours.
func hold(ctx context.Context, tx *db.Tx, id string) (m matter, u undertaking.Undertaking, err error) {
	if u, err = undertaking.Get(ctx, tx, id); err != nil {
		return m, u, err
	}
	if m.Case, err = casefile.Lock(ctx, tx, u.Case); err != nil {
		return m, u, err
	}
	if m.ci, err = casefile.GetItem(ctx, tx, u.Item); err != nil {
		return m, u, err
	}
	u, err = undertaking.Get(ctx, tx, id)
	return m, u, err
}

// note writes a fact about the item.
func (m *matter) note(ctx context.Context, tx *db.Tx, facts ...casefile.Fact) error {
	return casefile.Apply(ctx, tx, &m.Case, &m.ci, facts...)
}

// doc is the item's document that a case item was begun on.
func doc(ctx context.Context, r db.Reader, ci casefile.Item) (*catalog.Item, error) {
	v, err := catalog.Get(ctx, r, ci.Version)
	return v.Doc(), err
}

// within is the last moment of a span from a time.
func (k *Keeper) within(from time.Time, s catalog.Span) (time.Time, error) {
	d, err := clock.Compute(clock.Input{Calendar: k.Calendar(), Facts: clock.Facts{Received: from}, Span: clock.Span{N: s.N, Unit: clock.Unit(s.Unit)}, Rules: clock.UsualRules, Now: from})
	return d.Due, err
}

// Accepted lets the time of a tolerance run from acceptance, and tells what is owed until when.
func (k *Keeper) Accepted(ctx context.Context, d event.Delivery, e casefile.WasAccepted) error {
	return k.DB.Write(ctx, "trust.Accepted", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, e.Case); err != nil {
			return err
		}
		all, err := undertaking.ByCase(ctx, tx, e.Case)
		if err != nil {
			return err
		}
		for _, u := range all {
			if u.Kind != undertaking.Tolerance || u.State != undertaking.Given || e.Item != "" && u.Item != e.Item {
				continue
			}
			if err := k.start(ctx, tx, u); err != nil {
				return err
			}
		}
		return d.Done(ctx, tx)
	})
}

func (k *Keeper) start(ctx context.Context, tx *db.Tx, u undertaking.Undertaking) error {
	ci, err := casefile.GetItem(ctx, tx, u.Item)
	if err != nil {
		return err
	}
	it, err := doc(ctx, tx, ci)
	if err != nil {
		return err
	}
	if u.Due, err = k.within(ci.AcceptedAt, it.ToleranceTime()); err != nil {
		return err
	}
	u.State = undertaking.Owed
	if !k.nextAt(u).After(k.Now()) { // no room for a reminder before the last day's notice
		u.Told = 1
	}
	if err := undertaking.Move(ctx, tx, u, undertaking.Given); err != nil {
		return err
	}
	if err := k.Bus.PublishAt(ctx, tx, k.nextAt(u), undertaking.Due{Undertaking: u.ID}); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: system, Verb: "trust.Start", Object: "case:" + string(u.Case), After: audit.Digest(u.ID), At: k.Now()}); err != nil {
		return err
	}
	return k.Bus.Publish(ctx, tx, undertaking.WasStarted{Case: u.Case, Undertaking: u.ID})
}

// remindDays is how many working days before the end the first reminder goes out.
const remindDays = 2

// nextAt is when something is to be said or done of a tolerance that nobody makes good: a reminder two working days
// before the end, a last notice on the morning of the last day, and the end.
func (k *Keeper) nextAt(u undertaking.Undertaking) time.Time {
	last := calendar.DateOf(u.Due)
	switch u.Told {
	case 0:
		back, _ := k.Calendar().AddWorkdays(last, -remindDays)
		return back.At(morning)
	case 1:
		return last.At(morning)
	}
	return u.Due.Add(time.Microsecond)
}

// morning is when people are reminded, since midnight in China.
const morning = 9 * time.Hour

// Due reminds, gives the last notice, and says when the time is over without everything being there; what becomes of it
// is an officer's to say (End). What was handed in and waits for the organ is not the applicant's delay: it is waited for.
func (k *Keeper) Due(ctx context.Context, d event.Delivery, e undertaking.Due) error {
	now := k.Now()
	return k.DB.Write(ctx, "trust.Due", func(ctx context.Context, tx *db.Tx) error {
		m, u, err := hold(ctx, tx, e.Undertaking)
		if err != nil {
			return err
		}
		if u.State != undertaking.Owed {
			return d.Done(ctx, tx)
		}
		if !running(m.ci.Stage) {
			if err := k.lapse(ctx, tx, u); err != nil {
				return err
			}
			return d.Done(ctx, tx)
		}
		if at := k.nextAt(u); now.Before(at) {
			return d.Postpone(ctx, tx, at)
		}
		papers, err := undertaking.Papers(ctx, tx, u.ID)
		if err != nil {
			return err
		}
		if u.Told < 2 {
			return k.remind(ctx, tx, d, u, papers)
		}
		if !undertaking.Missing(papers) {
			return d.Postpone(ctx, tx, now.Add(24*time.Hour))
		}
		u.State = undertaking.Late
		if err := undertaking.Move(ctx, tx, u, undertaking.Owed); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: system, Verb: "trust.Late", Object: "case:" + string(u.Case), After: audit.Digest(u.ID), At: now}); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// running says that a case may still lead to a result.
func running(s casefile.Stage) bool {
	return slices.Contains([]casefile.Stage{casefile.Received, casefile.Returned, casefile.Supplied, casefile.Accepted, casefile.Granted}, s)
}

func (k *Keeper) remind(ctx context.Context, tx *db.Tx, d event.Delivery, u undertaking.Undertaking, papers []undertaking.Paper) error {
	what := [...]string{"remind", "last"}[u.Told]
	u.Told++
	if err := undertaking.Move(ctx, tx, u, undertaking.Owed); err != nil {
		return err
	}
	if undertaking.Missing(papers) {
		if err := k.Bus.Publish(ctx, tx, undertaking.Told{Case: u.Case, Undertaking: u.ID, What: what}); err != nil {
			return err
		}
	}
	return d.Postpone(ctx, tx, k.nextAt(u))
}

// Ending ends a case whose papers did not come in time, by an officer.
type Ending struct {
	Submit      once.Submit
	By          org.Staff
	Undertaking string
	Words       string // the reasons, for the letter
}

// End terminates the case: what was promised did not come in time, or was not good. The breach is a fact on it; the letter
// gives reasons and remedy. Errors: Invalid with words, Denied, Conflict while the time runs.
func (k *Keeper) End(ctx context.Context, x Ending) error {
	x.Words = strings.TrimSpace(x.Words)
	if err := said("words", x.Words, true); err != nil {
		return err
	}
	return k.DB.Write(ctx, "trust.End", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, x.Submit, func() (string, error) { return x.Undertaking, k.end(ctx, tx, x) })
		return err
	})
}

func (k *Keeper) end(ctx context.Context, tx *db.Tx, x Ending) error {
	m, u, err := hold(ctx, tx, x.Undertaking)
	if err != nil {
		return err
	}
	if err := k.may(ctx, tx, x.By, m.ci.Organ, m.ci.Item, delegation.Accept, delegation.Decide); err != nil {
		return err
	}
	if u.State != undertaking.Late || !running(m.ci.Stage) {
		return fault.New(fault.Conflict, "trust.not_late")
	}
	papers, err := undertaking.Papers(ctx, tx, u.ID)
	if err != nil {
		return err
	}
	u.State, u.Settled, u.By = undertaking.Ended, k.Now(), x.By.ID
	if err := undertaking.Move(ctx, tx, u, undertaking.Late); err != nil {
		return err
	}
	if err := approval.Drop(ctx, tx, u.Item, u.Settled); err != nil {
		return err
	}
	if err := k.terminated(ctx, tx, &m, u, missing(papers), x); err != nil {
		return err
	}
	if err := k.Bus.Publish(ctx, tx, casefile.WasTerminated{Case: u.Case, Item: u.Item}); err != nil {
		return err
	}
	return k.Bus.Publish(ctx, tx, undertaking.WasBroken{Case: u.Case, Undertaking: u.ID, State: u.State})
}

func missing(papers []undertaking.Paper) (owed []string) {
	for _, p := range papers {
		if p.State == undertaking.PaperOwed {
			owed = append(owed, p.Spec)
		}
	}
	return owed
}

// terminated writes the breach and the end as facts.
func (k *Keeper) terminated(ctx context.Context, tx *db.Tx, m *matter, u undertaking.Undertaking, owed []string, x Ending) (err error) {
	detail := casefile.Detail{Kind: undertaking.Tolerance, Promise: u.ID, Materials: owed, Outcome: undertaking.Ended, Ground: undertaking.Tolerance}
	breach := casefile.Fact{Kind: casefile.FactBreached, At: u.Settled, Actor: actor(x.By), Organ: u.Organ}.With(detail)
	end := breach
	end.Kind = casefile.FactTerminated
	if end.Note, err = k.Vault.Seal(ctx, tx, string(m.Party), "casefile_fact.note."+string(m.ID), []byte(x.Words)); err != nil {
		return err
	}
	if err := m.note(ctx, tx, breach, end); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: actor(x.By), Verb: "trust.End", Object: "case:" + string(u.Case), After: audit.Digest(u.ID), At: u.Settled})
}

func (k *Keeper) lapse(ctx context.Context, tx *db.Tx, u undertaking.Undertaking) error {
	from := u.State
	u.State, u.Settled = undertaking.Lapsed, k.Now()
	return undertaking.Move(ctx, tx, u, from)
}

// HandedIn are owed papers that come: over a counter, or from the phone.
type HandedIn struct {
	Submit      once.Submit
	Me          identity.Me // a party; zero at a counter
	By          org.Staff   // at a counter
	Undertaking string
	Materials   map[string][]ref.MaterialID // by spec
}

// HandIn takes owed papers; the time of their arrival counts. Errors: Invalid with material.SPEC, Conflict when
// nothing is owed or the time is over, NotFound where it is not the party's case, Denied without the grant.
func (k *Keeper) HandIn(ctx context.Context, h HandedIn) error {
	return k.DB.Write(ctx, "trust.HandIn", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, h.Submit, func() (string, error) { return h.Undertaking, k.handIn(ctx, tx, h) })
		return err
	})
}

func (k *Keeper) handIn(ctx context.Context, tx *db.Tx, h HandedIn) error {
	m, u, err := hold(ctx, tx, h.Undertaking)
	if err != nil {
		return err
	}
	by, err := k.mayHandIn(ctx, tx, m, h)
	if err != nil {
		return err
	}
	now := k.Now()
	switch {
	case u.Kind != undertaking.Tolerance || !u.Open() || !running(m.ci.Stage):
		return fault.New(fault.Conflict, "trust.not_owed")
	case !u.Due.IsZero() && now.After(u.Due):
		return fault.New(fault.Conflict, "trust.too_late")
	}
	specs, err := k.keepHanded(ctx, tx, m.Party, u, h, now)
	if err != nil {
		return err
	}
	fact := casefile.Fact{Kind: casefile.FactBrought, At: now, Actor: by, Organ: u.Organ}.With(casefile.Detail{Promise: u.ID, Materials: specs})
	if err := m.note(ctx, tx, fact); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "trust.HandIn", Object: "case:" + string(m.ID), After: audit.Digest(append(specs, u.ID)...), At: now})
}

func (k *Keeper) mayHandIn(ctx context.Context, tx *db.Tx, c matter, h HandedIn) (string, error) {
	if h.By.ID != "" {
		return actor(h.By), delegation.Permit(ctx, tx, k.Now(), h.By.ID, delegation.Receive, c.ci.Organ, c.ci.Item)
	}
	who, err := party.Get(ctx, tx, c.Party)
	if err == nil && h.Me.Sees(identity.Thing{Account: c.Account, Party: who.ID, Same: who.Same, DeclaredBy: who.DeclaredBy}) != identity.All {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return h.Me.Actor(), err
}

// keepHanded attaches the papers that were promised and are the party's, and says for which specs.
func (k *Keeper) keepHanded(ctx context.Context, tx *db.Tx, who ref.PartyID, u undertaking.Undertaking, h HandedIn, now time.Time) (specs []string, err error) {
	papers, err := undertaking.Papers(ctx, tx, u.ID)
	if err != nil {
		return nil, err
	}
	var uses []material.Use
	for spec, list := range h.Materials {
		i := slices.IndexFunc(papers, func(p undertaking.Paper) bool { return p.Spec == spec && p.State == undertaking.PaperOwed })
		if i < 0 {
			return nil, fault.Bad(fault.Field{Name: "material." + spec, Key: "trust.not_owed"})
		}
		for _, id := range list {
			m, err := material.Get(ctx, tx, id)
			if err != nil || m.Party != who {
				return nil, fault.Bad(fault.Field{Name: "material." + spec, Key: "intake.material_strange"})
			}
			uses = append(uses, material.Use{CaseItem: u.Item, Spec: spec, Material: id, At: now})
		}
		if len(list) == 0 {
			continue
		}
		p := papers[i]
		p.State, p.Handed, p.Reason = undertaking.PaperHanded, now, nil
		if err := undertaking.KeepPaper(ctx, tx, p); err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	if len(specs) == 0 {
		return nil, fault.Bad(fault.Field{Name: "material." + undertaking.Specs(papers)[0], Key: "trust.nothing_handed"})
	}
	slices.Sort(specs)
	return specs, material.Attach(ctx, tx, uses...)
}

// Checking is the organ's look at one paper that was handed in later.
type Checking struct {
	Submit      once.Submit
	By          org.Staff
	Undertaking string
	Spec        string
	Good        bool
	Reason      string // why it is sent back
}

// Bounds of what officers write, in characters.
const (
	wordsMin = 4
	wordsMax = 1000
)

// said holds words to their bounds; where they are not needed, none may be there.
func said(name, words string, needed bool) error {
	switch n := utf8.RuneCountInString(words); {
	case needed && n < wordsMin:
		return fault.Bad(fault.Field{Name: name, Key: "trust.words_needed", Args: []any{"n", wordsMin}})
	case n > wordsMax:
		return fault.Bad(fault.Field{Name: name, Key: "form.too_long", Args: []any{"max", wordsMax}})
	}
	return nil
}

// may refuses with Denied unless the person does one of the kinds of work for the case's organ.
func (k *Keeper) may(ctx context.Context, tx *db.Tx, by org.Staff, organ ref.OrganID, item ref.ItemID, kinds ...delegation.Kind) (err error) {
	for _, kind := range kinds {
		if err = delegation.Permit(ctx, tx, k.Now(), by.ID, kind, organ, item); err == nil || !fault.Is(err, fault.Denied) {
			return err
		}
	}
	return err
}

// Check says of a paper that it is good, or sends it back with the reason: it is then still owed. The last good one
// makes the tolerance good, and what was withheld may be issued. Errors: Invalid with reason.SPEC, Denied, Conflict when the paper
// does not wait or the time has ended it.
func (k *Keeper) Check(ctx context.Context, x Checking) error {
	x.Reason = strings.TrimSpace(x.Reason)
	if err := said("reason."+x.Spec, x.Reason, !x.Good); err != nil {
		return err
	}
	return k.DB.Write(ctx, "trust.Check", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, x.Submit, func() (string, error) { return x.Undertaking, k.check(ctx, tx, x) })
		return err
	})
}

func (k *Keeper) check(ctx context.Context, tx *db.Tx, x Checking) error {
	m, u, err := hold(ctx, tx, x.Undertaking)
	if err != nil {
		return err
	}
	if err := k.may(ctx, tx, x.By, m.ci.Organ, m.ci.Item, delegation.Accept, delegation.Review, delegation.Decide); err != nil {
		return err
	}
	papers, err := undertaking.Papers(ctx, tx, u.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(papers, func(p undertaking.Paper) bool { return p.Spec == x.Spec })
	if i < 0 || papers[i].State != undertaking.PaperHanded || !u.Open() || !running(m.ci.Stage) {
		return fault.New(fault.Conflict, "trust.not_waiting")
	}
	if err := k.judge(ctx, tx, u, &papers[i], x); err != nil {
		return err
	}
	outcome := "good"
	if !x.Good {
		outcome = "sent_back"
	}
	fact := casefile.Fact{Kind: casefile.FactChecked, At: k.Now(), Actor: actor(x.By), Organ: u.Organ}.With(casefile.Detail{Promise: u.ID, Materials: []string{x.Spec}, Outcome: outcome})
	if err := m.note(ctx, tx, fact); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: actor(x.By), Verb: "trust.Check." + outcome, Object: "case:" + string(m.ID), After: audit.Digest(u.ID, x.Spec), At: k.Now()}); err != nil {
		return err
	}
	if !x.Good {
		return k.Bus.Publish(ctx, tx, undertaking.Told{Case: m.ID, Undertaking: u.ID, What: "sent_back"})
	}
	return k.madeGood(ctx, tx, u, papers)
}

func (k *Keeper) judge(ctx context.Context, tx *db.Tx, u undertaking.Undertaking, p *undertaking.Paper, x Checking) (err error) {
	p.State, p.Checked, p.By = undertaking.PaperGood, k.Now(), x.By.ID
	if !x.Good {
		p.State = undertaking.PaperOwed
		if p.Reason, err = k.Vault.Seal(ctx, tx, string(u.Party), undertaking.Place(u.ID, "reason."+p.Spec), []byte(x.Reason)); err != nil {
			return err
		}
	}
	return undertaking.KeepPaper(ctx, tx, *p)
}

func (k *Keeper) madeGood(ctx context.Context, tx *db.Tx, u undertaking.Undertaking, papers []undertaking.Paper) error {
	if !undertaking.Good(papers) {
		return nil
	}
	from := u.State
	u.State, u.Settled = undertaking.Kept, k.Now()
	if err := undertaking.Move(ctx, tx, u, from); err != nil {
		return err
	}
	return k.Bus.Publish(ctx, tx, undertaking.WasKept{Case: u.Case, Item: u.Item, Undertaking: u.ID})
}

// Prolonging gives more time for force majeure (不可抗力), by a supervisor.
type Prolonging struct {
	Submit      once.Submit
	By          org.Staff
	Undertaking string
	Until       calendar.Date
	Reason      string
}

// mostProlonged is how far an end may be put off at one time, in days.
const mostProlonged = 90

// Prolong puts the end off. Errors: Invalid with until and reason, Denied for anybody but a supervisor, Conflict when
// no time runs.
func (k *Keeper) Prolong(ctx context.Context, x Prolonging) error {
	x.Reason = strings.TrimSpace(x.Reason)
	if !x.By.Active || !x.By.Has("supervisor") {
		return fault.New(fault.Denied, "fault.denied")
	}
	if err := said("reason", x.Reason, true); err != nil {
		return err
	}
	return k.DB.Write(ctx, "trust.Prolong", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, x.Submit, func() (string, error) { return x.Undertaking, k.prolong(ctx, tx, x) })
		return err
	})
}

func (k *Keeper) prolong(ctx context.Context, tx *db.Tx, x Prolonging) error {
	m, u, err := hold(ctx, tx, x.Undertaking)
	if err != nil {
		return err
	}
	if u.State != undertaking.Owed && u.State != undertaking.Late || !running(m.ci.Stage) {
		return fault.New(fault.Conflict, "trust.not_owed")
	}
	last := calendar.DateOf(u.Due)
	if x.Until <= last || x.Until > last+mostProlonged || x.Until.End().Before(k.Now()) {
		return fault.Bad(fault.Field{Name: "until", Key: "trust.until", Args: []any{"n", mostProlonged}})
	}
	now := k.Now()
	from := u.State
	u.State, u.Due, u.Told = undertaking.Owed, x.Until.End().Add(-time.Microsecond), 0
	if err := undertaking.Move(ctx, tx, u, from); err != nil {
		return err
	}
	if from == undertaking.Late { // its timer has run out
		if err := k.Bus.PublishAt(ctx, tx, k.nextAt(u), undertaking.Due{Undertaking: u.ID}); err != nil {
			return err
		}
	}
	fact := casefile.Fact{Kind: casefile.FactProlonged, At: now, Actor: actor(x.By), Organ: u.Organ}.With(casefile.Detail{Promise: u.ID})
	if fact.Note, err = k.Vault.Seal(ctx, tx, string(m.Party), "casefile_fact.note."+string(m.ID), []byte(x.Reason)); err != nil {
		return err
	}
	if err := m.note(ctx, tx, fact); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: actor(x.By), Verb: "trust.Prolong", Object: "case:" + string(m.ID), After: audit.Digest(u.ID, x.Until.String()), At: now}); err != nil {
		return err
	}
	return k.Bus.Publish(ctx, tx, undertaking.Told{Case: m.ID, Undertaking: u.ID, What: "prolonged"})
}
