package party

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Act is what an agent may do for another.
type Act string

const (
	ActApply   Act = "apply"   // hand in an application
	ActCorrect Act = "correct" // answer a notice of correction
	ActMessage Act = "message" // write to the organ
	ActPay     Act = "pay"
	ActCollect Act = "collect" // take the result
)

// ActBegin is noted when an agent begins an application, into which what is held of the principal goes. It comes with ActApply.
const ActBegin Act = "begin"

// Acts are all of them, in the order of a matter.
func Acts() []Act { return []Act{ActApply, ActCorrect, ActMessage, ActPay, ActCollect} }

// Arose is how a mandate came about.
type Arose string

const (
	AroseOnline Arose = "online" // granted by the principal's own real-name session, accepted by the agent
	AroseStaff  Arose = "staff"  // as online, by the representative of a company for its employee
	AroseWindow Arose = "window" // said before a clerk
	AroseLetter Arose = "letter" // a letter of authority on paper (授权委托书), compared by a clerk
	AroseMinor  Arose = "minor"  // guardian of a minor (民法典 27); ends by itself at eighteen
	AroseAdult  Arose = "adult"  // guardian of an adult without full capacity (民法典 28)
)

// Guardian says that the law and not the principal's will makes the agent: it takes no acceptance,
// and not the ward but a window ends it.
func (a Arose) Guardian() bool { return a == AroseMinor || a == AroseAdult }

// Adult is the age of full capacity (民法典 17).
const Adult = 18

// Mandate is one person's right to act for another party (代办).
type Mandate struct {
	ID        string         `db:"id"`
	Principal ref.PartyID    `db:"principal"`
	Agent     ref.PartyID    `db:"agent"` // empty until somebody with the number and name accepted
	Blind     string         `db:"agent_blind"`
	Name      string         `db:"agent_name"`
	Arose     Arose          `db:"arose"`
	Items     string         `db:"items"`   // JSON of item ids; "null": all
	Case      ref.CaseID     `db:"case_id"` // this case only
	Acts      string         `db:"acts"`    // JSON of Act
	Shows     bool           `db:"shows"`   // the agent may read what is held of the principal and goes into a form
	From      time.Time      `db:"from_at"`
	Until     time.Time      `db:"until_at"` // the first moment that is too late
	Made      time.Time      `db:"made_at"`
	By        string         `db:"made_by"` // the actor
	Accepted  time.Time      `db:"accepted_at"`
	Ended     time.Time      `db:"ended_at"`
	EndedBy   string         `db:"ended_by"`
	EndedHow  string         `db:"ended_how"` // revoked · resigned · declined · lifted
	Evidence  ref.MaterialID `db:"evidence"`  // the paper that was compared
	Witness   ref.StaffID    `db:"witness"`   // the clerk before whom it arose
	Uses      int64          `db:"uses"`
}

// Scoped writes what a mandate covers; no items: all.
func (m Mandate) Scoped(items []ref.ItemID, acts []Act) Mandate {
	a, _ := json.Marshal(items) // strings always marshal
	b, _ := json.Marshal(acts)
	m.Items, m.Acts = string(a), string(b)
	return m
}

// ItemIDs are the items of a mandate's scope, nil for all.
func (m Mandate) ItemIDs() (out []ref.ItemID) {
	_ = json.Unmarshal([]byte(m.Items), &out)
	return out
}

// ActList are the acts of a mandate's scope.
func (m Mandate) ActList() (out []Act) {
	_ = json.Unmarshal([]byte(m.Acts), &out)
	return out
}

// State is how a mandate stands.
type State string

const (
	Offered State = "offered" // not accepted yet
	Lapsed  State = "lapsed"  // not accepted in time
	Later   State = "later"   // begins later
	Live    State = "live"
	Over    State = "over"  // its time has passed
	Ended   State = "ended" // see EndedHow
)

// OfferLife is how long an offered mandate waits for its agent.
const OfferLife = 14 * 24 * time.Hour

// StateAt says how the mandate stands.
func (m Mandate) StateAt(now time.Time) State {
	switch {
	case !m.Ended.IsZero():
		return Ended
	case !now.Before(m.Until):
		return Over
	case m.Accepted.IsZero() && !now.Before(m.Made.Add(OfferLife)):
		return Lapsed
	case m.Accepted.IsZero():
		return Offered
	case now.Before(m.From):
		return Later
	}
	return Live
}

// Deed is one thing somebody is about to do for another.
type Deed struct {
	Agent ref.PartyID
	For   ref.PartyID
	Act   Act
	Item  ref.ItemID
	Case  ref.CaseID // empty before there is one
}

// May is the one rule of acting for another: relation, period and scope. A mandate for one case
// covers nothing else, and begins no other.
func May(m Mandate, d Deed, now time.Time) bool {
	if m.Agent == "" || m.Agent != d.Agent || m.Principal != d.For || m.StateAt(now) != Live || !slices.Contains(m.ActList(), d.Act) {
		return false
	}
	if m.Case != "" {
		return m.Case == d.Case
	}
	items := m.ItemIDs()
	return items == nil || slices.Contains(items, d.Item)
}

// Matter is what a case tells of who applied and who acted.
type Matter struct {
	ID    ref.CaseID
	Item  ref.ItemID
	Party ref.PartyID
	Agent ref.PartyID // who handed it in for the party, empty: the party itself
}

// Follows says whether the mandate opens a case to its agent now: one they handed in themselves, the
// case the mandate is for, and to guardians every case of the ward. What a principal did alone stays theirs.
func Follows(m Mandate, agent ref.PartyID, c Matter, now time.Time) bool {
	if m.Case == "" && c.Agent != agent && !m.Arose.Guardian() {
		return false
	}
	return slices.ContainsFunc(m.ActList(), func(a Act) bool { return May(m, Deed{agent, c.Party, a, c.Item, c.ID}, now) })
}

const mandateCols = `id, principal, agent, agent_blind, agent_name, arose, items, case_id, acts, shows, from_at, until_at, made_at, made_by,
	accepted_at, ended_at, ended_by, ended_how, evidence, witness, uses`

// offersADay is how many people one party may name in a day: naming tells nobody who exists, and
// disturbs few.
const offersADay = 10

// AddMandate writes a mandate; TooMany when the principal named too many people today.
func AddMandate(ctx context.Context, tx *db.Tx, m Mandate) error {
	if m.Arose == AroseOnline || m.Arose == AroseStaff {
		var n int
		err := tx.QueryRow(ctx, "select count(*) from party_mandate where principal = $1 and made_at > $2", m.Principal, m.Made.Add(-24*time.Hour)).Scan(&n)
		if err == nil && n >= offersADay {
			err = fault.New(fault.TooMany, "proxy.too_many", "n", offersADay)
		}
		if err != nil {
			return err
		}
	}
	return db.Insert(ctx, tx, "party_mandate", m)
}

// GetMandate reads one.
func GetMandate(ctx context.Context, r db.Reader, id string) (Mandate, error) {
	return db.One[Mandate](ctx, r, "select "+mandateCols+" from party_mandate where id = $1", id)
}

// mostMandates bounds one party's list.
const mostMandates = 100

// Granted lists the mandates of a principal, the latest first.
func Granted(ctx context.Context, r db.Reader, principal ref.PartyID) ([]Mandate, error) {
	return db.Find[Mandate](ctx, r, "select "+mandateCols+" from party_mandate where principal = $1 order by made_at desc, id desc limit $2", principal, mostMandates)
}

// Held lists the mandates an agent accepted, the latest first.
func Held(ctx context.Context, r db.Reader, agent ref.PartyID) ([]Mandate, error) {
	return db.Find[Mandate](ctx, r, "select "+mandateCols+" from party_mandate where agent = $1 and agent <> '' order by made_at desc, id desc limit $2", agent, mostMandates)
}

// OfferedTo lists what waits for a person's acceptance: offers made to their number under their name.
func OfferedTo(ctx context.Context, r db.Reader, who Party, now time.Time) ([]Mandate, error) {
	return db.Find[Mandate](ctx, r, "select "+mandateCols+` from party_mandate where agent_blind = $1 and agent_name = $2 and agent = '' and accepted_at = 0 and ended_at = 0
		and made_at > $3 and until_at > $4 order by made_at desc limit $5`, who.Blind, who.Name, now.Add(-OfferLife), now, mostMandates)
}

// Accept makes the person the agent; NotFound unless the offer is theirs, Conflict when it waits no more.
func Accept(ctx context.Context, tx *db.Tx, id string, who Party, now time.Time) (Mandate, error) {
	m, err := offer(ctx, tx, id, who)
	if err != nil {
		return m, err
	}
	if m.StateAt(now) != Offered {
		return m, fault.New(fault.Conflict, "proxy.offer_over")
	}
	m.Agent, m.Accepted = who.ID, now
	_, err = tx.Exec(ctx, "update party_mandate set agent = $1, accepted_at = $2 where id = $3", m.Agent, m.Accepted, id)
	return m, err
}

// offer locks an offer made to the person; anybody else's is not there.
func offer(ctx context.Context, tx *db.Tx, id string, who Party) (Mandate, error) {
	m, err := lockMandate(ctx, tx, id)
	if err == nil && (who.Kind != ref.PartyNatural || m.Blind != who.Blind || m.Name != who.Name) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return m, err
}

// Decline refuses an offer.
func Decline(ctx context.Context, tx *db.Tx, id string, who Party, by string, now time.Time) (Mandate, error) {
	m, err := offer(ctx, tx, id, who)
	if err != nil {
		return m, err
	}
	return end(ctx, tx, m, by, "declined", now)
}

// EndMandate ends a mandate at once, how is "revoked" by the principal, "resigned" by the agent or "lifted" at a window. The
// caller has checked who it is.
func EndMandate(ctx context.Context, tx *db.Tx, id, by, how string, now time.Time) (Mandate, error) {
	m, err := lockMandate(ctx, tx, id)
	if err != nil {
		return m, err
	}
	return end(ctx, tx, m, by, how, now)
}

func end(ctx context.Context, tx *db.Tx, m Mandate, by, how string, now time.Time) (Mandate, error) {
	if s := m.StateAt(now); s != Offered && s != Later && s != Live {
		return m, fault.New(fault.Conflict, "proxy.over")
	}
	m.Ended, m.EndedBy, m.EndedHow = now, by, how
	_, err := tx.Exec(ctx, "update party_mandate set ended_at = $1, ended_by = $2, ended_how = $3 where id = $4", now, by, how, m.ID)
	return m, err
}

// lockMandate takes the row, so that a use and an end come one after the other.
func lockMandate(ctx context.Context, tx *db.Tx, id string) (Mandate, error) {
	return db.One[Mandate](ctx, tx, "update party_mandate set uses = uses where id = $1 returning "+mandateCols, id)
}

// MandateUse is one thing done for the principal.
type MandateUse struct {
	Mandate string     `db:"mandate"`
	Seq     int64      `db:"seq"`
	At      time.Time  `db:"at"`
	Act     Act        `db:"act"`
	Actor   string     `db:"actor"`
	Item    ref.ItemID `db:"item"`
	Case    ref.CaseID `db:"case_id"`
}

// Use notes a deed under a mandate, in the transaction that does it. Denied when the mandate does not
// cover it now: ended meanwhile, beyond its time or its scope, or somebody else's.
func Use(ctx context.Context, tx *db.Tx, id string, d Deed, actor string, now time.Time) (Mandate, error) {
	return note(ctx, tx, id, d, d.Act, actor, now)
}

// Begin is as Use, for an application that is only begun.
func Begin(ctx context.Context, tx *db.Tx, id string, d Deed, actor string, now time.Time) (Mandate, error) {
	d.Act = ActApply
	return note(ctx, tx, id, d, ActBegin, actor, now)
}

func note(ctx context.Context, tx *db.Tx, id string, d Deed, as Act, actor string, now time.Time) (Mandate, error) {
	m, err := lockMandate(ctx, tx, id)
	if fault.Is(err, fault.NotFound) || err == nil && !May(m, d, now) {
		return m, fault.New(fault.Denied, "proxy.not_covered")
	}
	if err != nil {
		return m, err
	}
	m.Uses++
	if _, err := tx.Exec(ctx, "update party_mandate set uses = $1 where id = $2", m.Uses, id); err != nil {
		return m, err
	}
	return m, db.Insert(ctx, tx, "party_mandate_use", MandateUse{id, m.Uses, now, as, actor, d.Item, d.Case})
}

// Covering finds the agent's mandate that covers a deed now; false when there is none.
func Covering(ctx context.Context, r db.Reader, d Deed, now time.Time) (Mandate, bool, error) {
	return first(ctx, r, d.Agent, d.For, func(m Mandate) bool { return May(m, d, now) })
}

// Following finds the mandate under which a person follows a case now; false when there is none.
func Following(ctx context.Context, r db.Reader, agent ref.PartyID, c Matter, now time.Time) (Mandate, bool, error) {
	return first(ctx, r, agent, c.Party, func(m Mandate) bool { return Follows(m, agent, c, now) })
}

func first(ctx context.Context, r db.Reader, agent, principal ref.PartyID, good func(Mandate) bool) (Mandate, bool, error) {
	if agent == "" {
		return Mandate{}, false, nil
	}
	all, err := db.Find[Mandate](ctx, r, "select "+mandateCols+" from party_mandate where agent = $1 and principal = $2 and accepted_at > 0 and ended_at = 0 order by made_at desc", agent, principal)
	if i := slices.IndexFunc(all, good); err == nil && i >= 0 {
		return all[i], true, nil
	}
	return Mandate{}, false, err
}

// MayCollect finds the mandate under which a person may take the result of a party's case at a counter or
// online now. Denied when there is none.
func MayCollect(ctx context.Context, r db.Reader, agent ref.PartyID, c Matter, now time.Time) (Mandate, error) {
	m, ok, err := Covering(ctx, r, Deed{agent, c.Party, ActCollect, c.Item, c.ID}, now)
	if err == nil && !ok {
		err = fault.New(fault.Denied, "proxy.not_covered")
	}
	if err != nil {
		return m, fmt.Errorf("collect for another: %w", err)
	}
	return m, nil
}

type (
	// MandateChanged: a mandate was offered, began, or ended (How: offered · granted · declined · revoked · resigned · lifted).
	MandateChanged struct {
		Mandate string
		How     string
	}
	// MandateUsed: an application was handed in for the principal.
	MandateUsed struct {
		Mandate string
		Case    ref.CaseID
	}
)

func (MandateChanged) EventName() string  { return "party.mandate/1" }
func (e MandateChanged) EventKey() string { return "mandate:" + e.Mandate }
func (MandateUsed) EventName() string     { return "party.mandate_used/1" }
func (e MandateUsed) EventKey() string    { return "mandate:" + e.Mandate }
