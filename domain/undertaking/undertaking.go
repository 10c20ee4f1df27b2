// Package undertaking holds what applicants promised in writing: to hand in a secondary paper later
// (容缺受理承诺), or that a proof they leave out would say the same (告知承诺).
//
// Invariants:
//   - A case item has at most one undertaking of a kind; it names its papers, and none is added later.
//   - A tolerated paper follows before the result is issued (Withheld); a proof that a promise replaces is
//     never asked for, and is checked afterwards. The two are never one thing.
//   - A state is left once only (Move fails otherwise), so a last check and an end at the same time leave one.
//   - What was found, and why a paper was sent back, is sealed under the party's key.
package undertaking

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Kinds of undertaking.
const (
	Tolerance = "tolerance" // 容缺: a secondary paper follows before the result
	Promise   = "promise"   // 告知承诺: the promise stands for the proof, checked afterwards
)

// States. A tolerance goes given → owed → kept, or late → ended; a promise given → checking → kept or untrue. Both
// lapse when the case ends otherwise.
const (
	Given    = "given"    // signed; its time does not run yet
	Owed     = "owed"     // papers are owed until Due
	Late     = "late"     // they did not come until Due; a person says what becomes of it
	Checking = "checking" // the organ checks until Due whether the promise was true
	Kept     = "kept"     // every paper is there and good, or the promise was true
	Ended    = "ended"    // the papers did not come, or were not good, in time
	Untrue   = "untrue"   // the check found otherwise than promised
	Lapsed   = "lapsed"   // the case ended without a result to issue
)

// States lists them in the order of a menu.
func States() []string { return []string{Owed, Late, Checking, Untrue, Ended, Kept, Given, Lapsed} }

// Ways of signing.
const (
	AtCounter = "counter" // confirmed on the counter's screen
	BySession = "session" // in a session at the real-name level
	ByPortal  = "portal"  // another system vouches for the person, at the real-name level
)

// Undertaking is one promise of one applicant on one case item.
type Undertaking struct {
	ID      string          `db:"id"`
	Case    ref.CaseID      `db:"case_id"`
	Item    ref.CaseItemID  `db:"case_item"`
	Party   ref.PartyID     `db:"party"`
	Organ   ref.OrganID     `db:"organ"`
	Matter  ref.ItemID      `db:"item"`
	Number  ref.ShortNumber `db:"number"`
	Kind    string          `db:"kind"`
	State   string          `db:"state"`
	How     string          `db:"how"`
	Actor   string          `db:"actor"` // who signed
	Signed  time.Time       `db:"signed_at"`
	Due     time.Time       `db:"due_at"` // zero: runs not yet
	Told    int             `db:"told"`   // reminders so far: 1 the first, 2 the last
	Settled time.Time       `db:"settled_at"`
	By      ref.StaffID     `db:"settled_by"`
	Note    []byte          `db:"note"`    // what the check found, sealed
	Waiting int             `db:"waiting"` // papers handed in and not looked at yet
}

// Open says that something is still to be done about it.
func (u Undertaking) Open() bool {
	return u.State == Given || u.State == Owed || u.State == Late || u.State == Checking
}

// States of a paper.
const (
	PaperOwed     = "owed"
	PaperHanded   = "handed"   // waits for the organ's look
	PaperGood     = "good"     // looked at, and good
	PaperReplaced = "replaced" // the promise stands for it
)

// Paper is one material an undertaking is about.
type Paper struct {
	Undertaking string      `db:"undertaking"`
	Spec        string      `db:"spec"`
	State       string      `db:"state"`
	Handed      time.Time   `db:"handed_at"`
	Checked     time.Time   `db:"checked_at"`
	By          ref.StaffID `db:"checked_by"`
	Reason      []byte      `db:"reason"` // why it was sent back, sealed
}

const (
	cols      = "id, case_id, case_item, party, organ, item, number, kind, state, how, actor, signed_at, due_at, told, settled_at, settled_by, note, waiting"
	paperCols = "undertaking, spec, state, handed_at, checked_at, checked_by, reason"
)

// Place is where a sealed field of an undertaking is sealed: "note", or "reason." and a spec.
func Place(id, field string) string { return "undertaking." + field + "." + id }

// Sign writes an undertaking with its papers.
func Sign(ctx context.Context, tx *db.Tx, u Undertaking, specs []string) error {
	state := PaperOwed
	if u.Kind == Promise {
		state = PaperReplaced
	}
	var papers []Paper
	for _, s := range specs {
		papers = append(papers, Paper{Undertaking: u.ID, Spec: s, State: state})
	}
	if err := db.Insert(ctx, tx, "undertaking_undertaking", u); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "undertaking_paper", papers...)
}

// Get reads one.
func Get(ctx context.Context, r db.Reader, id string) (Undertaking, error) {
	return db.One[Undertaking](ctx, r, "select "+cols+" from undertaking_undertaking where id = $1", id)
}

// ByCase lists a case's.
func ByCase(ctx context.Context, r db.Reader, id ref.CaseID) ([]Undertaking, error) {
	return db.Find[Undertaking](ctx, r, "select "+cols+" from undertaking_undertaking where case_id = $1 order by kind desc, id", id)
}

// Of finds the undertaking of a kind on a case item; found is false where there is none.
func Of(ctx context.Context, r db.Reader, ci ref.CaseItemID, kind string) (u Undertaking, found bool, err error) {
	all, err := db.Find[Undertaking](ctx, r, "select "+cols+" from undertaking_undertaking where case_item = $1 and kind = $2", ci, kind)
	if err != nil || len(all) == 0 {
		return u, false, err
	}
	return all[0], true, nil
}

// Withheld says that the result of a case item may not be issued: a tolerance of it was not made good.
func Withheld(ctx context.Context, r db.Reader, ci ref.CaseItemID) (bool, error) {
	u, found, err := Of(ctx, r, ci, Tolerance)
	return found && u.State != Kept, err
}

// Papers lists an undertaking's.
func Papers(ctx context.Context, r db.Reader, id string) ([]Paper, error) {
	return db.Find[Paper](ctx, r, "select "+paperCols+" from undertaking_paper where undertaking = $1 order by spec", id)
}

// Specs names the materials of papers.
func Specs(papers []Paper) (out []string) {
	for _, p := range papers {
		out = append(out, p.Spec)
	}
	return out
}

// Good says that every paper is there and good. No papers are not good: nothing was promised.
func Good(papers []Paper) bool {
	return len(papers) > 0 && !slices.ContainsFunc(papers, func(p Paper) bool { return p.State != PaperGood })
}

// Missing says that a paper was not handed in, or was sent back.
func Missing(papers []Paper) bool {
	return slices.ContainsFunc(papers, func(p Paper) bool { return p.State == PaperOwed })
}

// Move takes an undertaking from one state to the next; Conflict when it has left it already.
func Move(ctx context.Context, tx *db.Tx, u Undertaking, from string) error {
	n, err := tx.Exec(ctx, "update undertaking_undertaking set state = $1, due_at = $2, told = $3, settled_at = $4, settled_by = $5, note = $6 where id = $7 and state = $8",
		u.State, u.Due, u.Told, u.Settled, u.By, u.Note, u.ID, from)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "trust.settled_already")
	}
	return err
}

// KeepPaper writes a paper's new state, and counts what waits for a look.
func KeepPaper(ctx context.Context, tx *db.Tx, p Paper) error {
	if _, err := tx.Exec(ctx, "update undertaking_paper set state = $1, handed_at = $2, checked_at = $3, checked_by = $4, reason = $5 where undertaking = $6 and spec = $7",
		p.State, p.Handed, p.Checked, p.By, p.Reason, p.Undertaking, p.Spec); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update undertaking_undertaking set waiting = (select count(*) from undertaking_paper where undertaking = $1 and state = $2) where id = $1", p.Undertaking, PaperHanded)
	return err
}

// Reason is why a paper was sent back, "" when it was not.
func (u Undertaking) Reason(ctx context.Context, r db.Reader, v *crypto.Vault, p Paper) (string, error) {
	if len(p.Reason) == 0 {
		return "", nil
	}
	b, err := v.Open(ctx, r, string(u.Party), Place(u.ID, "reason."+p.Spec), p.Reason)
	return string(b), err
}

// Found is what the check found, "" when nothing was written down.
func (u Undertaking) Found(ctx context.Context, r db.Reader, v *crypto.Vault) (string, error) {
	if len(u.Note) == 0 {
		return "", nil
	}
	b, err := v.Open(ctx, r, string(u.Party), Place(u.ID, "note"), u.Note)
	return string(b), err
}

// Filter narrows a list to some organs and one state; After is the last row of the page before.
type Filter struct {
	Organs []ref.OrganID // none: every organ's
	State  string
	Due    time.Time
	After  string
}

// List gives undertakings of a state by when they are due.
func List(ctx context.Context, r db.Reader, f Filter, limit int) ([]Undertaking, error) {
	where, args := "state = $1 and (due_at, id) > ($2, $3)", []any{f.State, f.Due, f.After}
	if len(f.Organs) > 0 {
		where += " and organ in " + db.In(len(args)+1, len(f.Organs))
		args = append(args, db.Any(f.Organs)...)
	}
	return db.Find[Undertaking](ctx, r, fmt.Sprintf("select "+cols+" from undertaking_undertaking where %s order by due_at, id limit $%d", where, len(args)+1), append(args, limit)...)
}

type (
	// WasSigned: a letter of promise is to be sealed.
	WasSigned struct {
		Case        ref.CaseID
		Undertaking string
	}
	// WasStarted: a tolerance's time runs; the notice of what is owed goes out.
	WasStarted struct {
		Case        ref.CaseID
		Undertaking string
	}
	// WasKept: every owed paper is there and good; what was withheld may be issued.
	WasKept struct {
		Case        ref.CaseID
		Item        ref.CaseItemID
		Undertaking string
	}
	// WasBroken: the papers did not come in time (Ended), or the promise was untrue (Untrue). After an untrue
	// promise the organ that decided considers taking its licence back (行政许可法 69).
	WasBroken struct {
		Case        ref.CaseID
		Undertaking string
		State       string
	}
	// Told: the applicant is told of an undertaking: "remind" · "last" · "sent_back" · "prolonged".
	Told struct {
		Case        ref.CaseID
		Undertaking string
		What        string
	}
	// Due is the timer of an undertaking.
	Due struct{ Undertaking string }
)

func (WasSigned) EventName() string  { return "undertaking.signed/1" }
func (WasStarted) EventName() string { return "undertaking.started/1" }
func (WasKept) EventName() string    { return "undertaking.kept/1" }
func (WasBroken) EventName() string  { return "undertaking.broken/1" }
func (Told) EventName() string       { return "undertaking.told/1" }
func (Due) EventName() string        { return "undertaking.due/1" }

func (e WasSigned) EventKey() string  { return string(e.Case) }
func (e WasStarted) EventKey() string { return string(e.Case) }
func (e WasKept) EventKey() string    { return string(e.Case) }
func (e WasBroken) EventKey() string  { return string(e.Case) }
func (e Told) EventKey() string       { return string(e.Case) }
func (e Due) EventKey() string        { return "undertaking:" + e.Undertaking }
