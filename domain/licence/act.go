package licence

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Kinds of act on a licence: six different things in law, and the undoing of the first four.
const (
	Rescind  = "rescind"  // 撤销, 行政许可法 69: it ought not to have been granted
	Withdraw = "withdraw" // 撤回, 8: law or circumstances have changed
	Cancel   = "cancel"   // 注销, 70: the register is cleared of what has ended
	Revoke   = "revoke"   // 吊销: a penalty from outside is carried out
	Alter    = "alter"    // 变更, 49: at the holder's request, a new version
	Correct  = "correct"  // 更正: a slip of the pen, number and content stay
	Reverse  = "reverse"  // a former act is undone
)

// States of an act.
const (
	Proposed = "proposed" // waits for the holder's word where due, and for a second officer
	Carried  = "carried"  // decided: it has its effect
	Dropped  = "dropped"  // not decided
)

// Ground is what an act may rest on.
type Ground struct {
	ID        string `json:"id"`
	Law       string `json:"law"` // empty: the organ's own duty
	Article   int    `json:"article"`
	Paragraph int    `json:"paragraph"`
	Point     int    `json:"point"`
	Words     string `json:"words"`
	Pays      string `json:"pays"`    // damages (69(4)) · compensation (8(2)) · none (69(4), got by fraud) · empty
	Expired   bool   `json:"expired"` // only once the licence's time is over
	Ended     bool   `json:"ended"`   // only after it was rescinded, withdrawn, revoked or cancelled
}

// Rule is how one kind of act is done.
type Rule struct {
	Kind    string             `json:"kind"`
	Hear    int                `json:"hear_workdays"` // working days in which the holder may state before the decision, 0: not heard
	Outside bool               `json:"outside"`       // decided by somebody else: who, and their decision's number
	From    []ref.LicenceState `json:"from"`
	To      ref.LicenceState   `json:"to"` // empty: the state stays
	Grounds []Ground           `json:"grounds"`
}

//go:embed grounds.json
var grounds []byte

var rules = sync.OnceValue(func() (out []Rule) {
	var file struct {
		Acts []Rule `json:"acts"`
	}
	if err := json.Unmarshal(grounds, &file); err != nil {
		panic(err) // embedded, and read by a test
	}
	return file.Acts
})

// Rules lists how each kind of act is done, as the data says.
func Rules() []Rule { return rules() }

// RuleOf finds the rule of a kind.
func RuleOf(kind string) (Rule, bool) {
	i := slices.IndexFunc(rules(), func(r Rule) bool { return r.Kind == kind })
	if i < 0 {
		return Rule{}, false
	}
	return rules()[i], true
}

// Ground finds one of a rule's grounds.
func (r Rule) Ground(id string) (Ground, bool) {
	i := slices.IndexFunc(r.Grounds, func(g Ground) bool { return g.ID == id })
	if i < 0 {
		return Ground{}, false
	}
	return r.Grounds[i], true
}

// Fits says whether an act of the rule can be done to a licence as it stands at a moment.
func (r Rule) Fits(l Licence, now time.Time) bool {
	return slices.Contains(r.From, l.State) && (r.Kind != Alter || l.StateAt(now) == ref.LicenceValid)
}

// Applies says whether a ground fits a licence as it stands.
func (g Ground) Applies(l Licence, now time.Time) bool {
	ended := slices.Contains([]ref.LicenceState{ref.LicenceRescinded, ref.LicenceRevoked, ref.LicenceOther, ref.LicenceCancelled}, l.State)
	return (!g.Expired || l.StateAt(now) == ref.LicenceExpired) && g.Ended == ended
}

// Act is one act on a licence.
type Act struct {
	ID       ref.ActID        `db:"id"`
	Licence  ref.LicenceID    `db:"licence"`
	Case     ref.CaseID       `db:"case_id"`
	Party    ref.PartyID      `db:"party"`
	Organ    ref.OrganID      `db:"organ"` // the licence's: in whose name
	Kind     string           `db:"kind"`
	Ground   string           `db:"ground"`
	State    string           `db:"state"`
	Reverses ref.ActID        `db:"reverses"`
	Before   ref.LicenceState `db:"before"` // the licence's state when it was decided
	Body     []byte           `db:"body"`   // ActWords, sealed under the holder's key
	Said     []byte           `db:"statement"`
	Note     []byte           `db:"note"` // of the second officer
	At       time.Time        `db:"proposed_at"`
	By       ref.StaffID      `db:"proposed_by"`
	Hear     int64            `db:"hear_days"` // working days in which the holder may state, from when the letter was delivered; 0: not heard
	Until    time.Time        `db:"until_at"`  // the end of them; zero while the letter is not delivered
	Stated   time.Time        `db:"stated_at"`
	Settled  time.Time        `db:"settled_at"`
	Second   ref.StaffID      `db:"settled_by"`
	Told     ref.DocumentID   `db:"told"`   // the letter that tells of the right to state
	Letter   ref.DocumentID   `db:"letter"` // of the decision
}

// ActWords are an act's words in the open.
type ActWords struct {
	Reason    string            `json:"reason"`              // the facts it rests on
	Interests string            `json:"interests,omitempty"` // what was weighed: trust, third parties, the public (69(3), 8)
	Pays      string            `json:"pays,omitempty"`      // damages or compensation, what was or will be done
	Body      string            `json:"body,omitempty"`      // who decided outside
	Decision  string            `json:"decision,omitempty"`  // the number of that decision
	Changes   map[string]string `json:"changes,omitempty"`   // data element → new value, of alter and correct
}

// Ripe says that an act may be decided: the holder was heard, or let the time pass.
func (a Act) Ripe(now time.Time) bool {
	return a.Hear == 0 || !a.Stated.IsZero() || !a.Until.IsZero() && !now.Before(a.Until)
}

const actCols = `id, licence, case_id, party, organ, kind, ground, state, reverses, before, body, statement, note, proposed_at, proposed_by, hear_days, until_at, stated_at,
	settled_at, settled_by, told, letter`

func actPlace(id ref.ActID, field string) string { return "licence_act." + field + "." + string(id) }

// Propose writes a new act; while one waits there is no other (fault.Conflict).
func Propose(ctx context.Context, tx *db.Tx, v *crypto.Vault, a Act, w ActWords) error {
	open, err := db.Find[string](ctx, tx, "select id from licence_act where licence = $1 and state = 'proposed'", a.Licence)
	if err == nil && len(open) > 0 {
		return fault.New(fault.Conflict, "after.act.one_waits")
	}
	if err != nil {
		return err
	}
	plain, err := json.Marshal(w)
	if err != nil {
		return err
	}
	if a.Body, err = v.Seal(ctx, tx, string(a.Party), actPlace(a.ID, "body"), plain); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "licence_act", a)
}

// State keeps the holder's word on an act that waits, sealed; the last one stands.
func State(ctx context.Context, tx *db.Tx, v *crypto.Vault, a Act, words string, at time.Time) error {
	box, err := v.Seal(ctx, tx, string(a.Party), actPlace(a.ID, "statement"), []byte(words))
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "update licence_act set statement = $1, stated_at = $2 where id = $3 and state = 'proposed'", box, at, a.ID)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "after.act.settled")
	}
	return err
}

// Settle decides an act that waits; a second time is a Conflict.
func Settle(ctx context.Context, tx *db.Tx, v *crypto.Vault, a Act, note string) error {
	box, err := v.Seal(ctx, tx, string(a.Party), actPlace(a.ID, "note"), []byte(note))
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "update licence_act set state = $1, before = $2, note = $3, settled_at = $4, settled_by = $5 where id = $6 and state = 'proposed'",
		a.State, a.Before, box, a.Settled, a.Second, a.ID)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "after.act.settled")
	}
	return err
}

// SetLetter notes the sealed letter of an act: that tells of it, or that decides it.
func SetLetter(ctx context.Context, tx *db.Tx, id ref.ActID, told bool, doc ref.DocumentID) error {
	col := "letter"
	if told {
		col = "told"
	}
	_, err := tx.Exec(ctx, fmt.Sprintf("update licence_act set %s = $1 where id = $2", col), doc, id)
	return err
}

// SetUntil says until when the holder may state, once the letter that tells of it was delivered.
func SetUntil(ctx context.Context, tx *db.Tx, id ref.ActID, until time.Time) error {
	_, err := tx.Exec(ctx, "update licence_act set until_at = $1 where id = $2", until, id)
	return err
}

// ByTold finds the act that a letter tells of.
func ByTold(ctx context.Context, r db.Reader, doc ref.DocumentID) (Act, error) {
	return db.One[Act](ctx, r, "select "+actCols+" from licence_act where told = $1", doc)
}

// GetAct reads one act.
func GetAct(ctx context.Context, r db.Reader, id ref.ActID) (Act, error) {
	return db.One[Act](ctx, r, "select "+actCols+" from licence_act where id = $1", id)
}

// Acts lists what was done to a licence, oldest first.
func Acts(ctx context.Context, r db.Reader, id ref.LicenceID) ([]Act, error) {
	return db.Find[Act](ctx, r, "select "+actCols+" from licence_act where licence = $1 order by proposed_at, id", id)
}

// ActsOf lists what was or is to be done to a party's licences, latest first.
func ActsOf(ctx context.Context, r db.Reader, party ref.PartyID, limit int) ([]Act, error) {
	return db.Find[Act](ctx, r, "select "+actCols+" from licence_act where party = $1 order by proposed_at desc, id desc limit $2", party, limit)
}

// WaitingActs lists the acts of an organ that wait, the oldest first.
func WaitingActs(ctx context.Context, r db.Reader, organ ref.OrganID, limit int) ([]Act, error) {
	return db.Find[Act](ctx, r, "select "+actCols+" from licence_act where organ = $1 and state = 'proposed' order by proposed_at, id limit $2", organ, limit)
}

// Open gives an act's words; fault.NotFound when the holder was erased.
func (a Act) Open(ctx context.Context, r db.Reader, v *crypto.Vault) (w ActWords, err error) {
	b, err := v.Open(ctx, r, string(a.Party), actPlace(a.ID, "body"), a.Body)
	if err != nil {
		return w, err
	}
	return w, json.Unmarshal(b, &w)
}

// OpenSaid gives the holder's statement and the second officer's note; either may be empty.
func (a Act) OpenSaid(ctx context.Context, r db.Reader, v *crypto.Vault) (said, note string, err error) {
	open := func(field string, box []byte) (string, error) {
		if len(box) == 0 {
			return "", nil
		}
		b, err := v.Open(ctx, r, string(a.Party), actPlace(a.ID, field), box)
		return string(b), err
	}
	if said, err = open("statement", a.Said); err != nil {
		return "", "", err
	}
	note, err = open("note", a.Note)
	return said, note, err
}

// Last is the act from which a licence has its state now, and whether there is one: the latest that was carried out, unless
// that undid another.
func Last(all []Act) (Act, bool) {
	for _, a := range slices.Backward(all) {
		if a.State != Carried || a.Kind == Alter || a.Kind == Correct {
			continue
		}
		return a, a.Kind != Reverse
	}
	return Act{}, false
}

// Restore gives a licence back the state it had before an act that is undone.
func Restore(ctx context.Context, tx *db.Tx, undone Act, at time.Time) error {
	_, err := tx.Exec(ctx, "update licence_licence set state = $1, changed_at = $2 where id = $3", undone.Before, at, undone.Licence)
	return err
}

// Version is a former version of a licence: what its mark, number and document were.
type Version struct {
	ID       string          `db:"id"`
	Licence  ref.LicenceID   `db:"licence"`
	Mark     ref.LicenceMark `db:"mark"`
	Number   string          `db:"number"`
	Document ref.DocumentID  `db:"document"`
	Act      ref.ActID       `db:"act"` // by which it was superseded
	Ended    time.Time       `db:"ended_at"`
}

const versionCols = "id, licence, mark, number, document, act, ended_at"

// Supersede makes a new document the licence's and keeps what it was.
func Supersede(ctx context.Context, tx *db.Tx, l Licence, by ref.ActID, next Licence, at time.Time) error {
	was := Version{ID: db.NewID(), Licence: l.ID, Mark: l.Mark, Number: l.Number, Document: l.Document, Act: by, Ended: at}
	if err := db.Insert(ctx, tx, "licence_version", was); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update licence_licence set mark = $1, number = $2, document = $3, changed_at = $4 where id = $5", next.Mark, next.Number, next.Document, at, l.ID)
	return err
}

// Replace makes a licence that was granted anew valid in place of the one that did not stand, which is kept as a former version.
func Replace(ctx context.Context, tx *db.Tx, l, next Licence, at time.Time) error {
	if err := Supersede(ctx, tx, l, "", next, at); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update licence_licence set state = $1, valid_from = $2, valid_until = $3, issued_at = $4, name = $5 where id = $6", next.State, next.ValidFrom, next.ValidUntil, next.Issued, next.Name, l.ID)
	return err
}

// ByItem finds what a case item resulted in.
func ByItem(ctx context.Context, r db.Reader, id ref.CaseItemID) (Licence, error) {
	return db.One[Licence](ctx, r, "select "+cols+" from licence_licence where case_item = $1", id)
}

// NextVersion is the mark of a licence's next version.
func NextVersion(mark ref.LicenceMark) (ref.LicenceMark, error) {
	parts := mark.Parts()
	parts.Version++
	return ref.ComposeLicenceMark(parts)
}

// Versions lists a licence's former versions, oldest first.
func Versions(ctx context.Context, r db.Reader, id ref.LicenceID) ([]Version, error) {
	return db.Find[Version](ctx, r, "select "+versionCols+" from licence_version where licence = $1 order by ended_at, id", id)
}

// FormerByMark finds the former version that bore a mark.
func FormerByMark(ctx context.Context, r db.Reader, mark ref.LicenceMark) (Version, error) {
	return db.One[Version](ctx, r, "select "+versionCols+" from licence_version where mark = $1", mark)
}

// OfOrgan lists an organ's licences, latest first after a row; number narrows to one document number.
func OfOrgan(ctx context.Context, r db.Reader, organ ref.OrganID, number string, before time.Time, id string, limit int) ([]Licence, error) {
	return db.Find[Licence](ctx, r, "select "+cols+" from licence_licence where organ = $1 and ($2 = '' or number = $2) and (issued_at, id) < ($3, $4) order by issued_at desc, id desc limit $5",
		organ, number, before, id, limit)
}

type (
	// ActTold: the holder is to be told that they may state.
	ActTold struct {
		Case ref.CaseID
		Act  ref.ActID
	}
	// ActCarried: an act was decided and has its effect; its letter is to be made.
	ActCarried struct {
		Case ref.CaseID
		Act  ref.ActID
	}
	// VersionDue: a licence gets a new version.
	VersionDue struct {
		Case ref.CaseID
		Act  ref.ActID
	}
)

func (ActTold) EventName() string     { return "licence.act_told/1" }
func (e ActTold) EventKey() string    { return string(e.Case) }
func (ActCarried) EventName() string  { return "licence.act_carried/1" }
func (e ActCarried) EventKey() string { return string(e.Case) }
func (VersionDue) EventName() string  { return "licence.version_due/1" }
func (e VersionDue) EventKey() string { return string(e.Case) }
