// Package credit holds what is recorded of a person's or company's broken words (诚信), and the published
// catalogue (失信行为目录) without a row of which nothing is ever recorded.
//
// Invariants:
//   - Acts are appended, never changed; the state is a pure function of them (StateOf), its column a copy for lists.
//   - A breach becomes an event only by a row of the catalogue in force, and has an effect only once an officer
//     decided it, after notice and a chance to object.
//   - An event that is over, repaired or revoked has no effect (Barred); it stays to be read, and no score is made of it.
//   - Words people say are sealed under the party's key.
package credit

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
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

// Effects an event can have. There are no others: what a catalogue names beyond them is refused.
const (
	NoTolerance = "tolerance" // no 容缺受理
	NoPromise   = "promise"   // no 告知承诺
)

// Effects lists them.
func Effects() []string { return []string{NoTolerance, NoPromise} }

// Causes are the breaches that can lead to an event, as undertakings end.
const (
	CauseEnded  = "ended"  // 容缺 papers did not come in time
	CauseUntrue = "untrue" // a promise was found untrue
)

// Causes lists them.
func Causes() []string { return []string{CauseEnded, CauseUntrue} }

// Basis is the citation a row rests on; never free text.
type Basis struct {
	Law       string `json:"law"`
	Article   int    `json:"article"`
	Sub       int    `json:"sub"`
	Paragraph int    `json:"paragraph"`
	Point     int    `json:"point"`
	Text      string `json:"text"`
}

// Row is one kind of event of the catalogue, in one version. Its JSON is that of town/data/credit.json.
type Row struct {
	Kind         string   `json:"kind"`          // stable over versions, e.g. "tolerance-broken"
	Name         string   `json:"name"`          // 失信行为名称
	Cause        string   `json:"cause"`         // ended · untrue
	Basis        Basis    `json:"basis"`         //
	Effects      []string `json:"effects"`       // tolerance · promise
	Months       int      `json:"months"`        // how long it has effect
	AnswerDays   int      `json:"answer_days"`   // working days to object after the notice
	RepairMonths int      `json:"repair_months"` // from when repair may be asked for
	Repair       string   `json:"repair"`        // how it is repaired, in plain words

	Version   int       `json:"-"`
	Withdrawn bool      `json:"-"`
	By        string    `json:"-"`
	At        time.Time `json:"-"`
}

type rowRow struct {
	Kind         string    `db:"kind"`
	Version      int       `db:"version"`
	Name         string    `db:"name"`
	Cause        string    `db:"cause"`
	Basis        string    `db:"basis"`
	Effects      string    `db:"effects"`
	Months       int       `db:"months"`
	AnswerDays   int       `db:"answer_days"`
	RepairMonths int       `db:"repair_months"`
	Repair       string    `db:"repair"`
	Withdrawn    bool      `db:"withdrawn"`
	By           string    `db:"by_actor"`
	At           time.Time `db:"at"`
}

const rowCols = "kind, version, name, cause, basis, effects, months, answer_days, repair_months, repair, withdrawn, by_actor, at"

// Wrong says every field of a row that is wrong, as fields named prefix + the field.
func (r Row) Wrong(prefix string) (bad []fault.Field) {
	want := func(ok bool, field string) {
		if !ok {
			bad = append(bad, fault.Field{Name: prefix + field, Key: "credit.wrong." + field})
		}
	}
	want(kindWord.MatchString(r.Kind), "kind")
	want(r.Name != "", "name")
	want(slices.Contains(Causes(), r.Cause), "cause")
	want(r.Basis.Law != "" && r.Basis.Article > 0 && r.Basis.Text != "", "basis")
	want(len(r.Effects) > 0 && !slices.ContainsFunc(r.Effects, func(e string) bool { return !slices.Contains(Effects(), e) }), "effects")
	want(r.Months > 0 && r.Months <= 60, "months") // 五年: 社会信用 laws know no longer one for what is not serious
	want(r.AnswerDays >= 5 && r.AnswerDays <= 60, "answer_days")
	want(r.RepairMonths >= 0 && r.RepairMonths <= r.Months, "repair_months")
	want(r.Repair != "", "repair")
	return bad
}

// Same says that two rows say the same, whatever their versions.
func (r Row) Same(o Row) bool {
	a, _ := json.Marshal(r) // strings and numbers always marshal
	b, _ := json.Marshal(o)
	return string(a) == string(b) && r.Withdrawn == o.Withdrawn
}

// kindWord is what a row is called.
var kindWord = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Publish writes the next version of a row.
func Publish(ctx context.Context, tx *db.Tx, r Row) error {
	basis, _ := json.Marshal(r.Basis)
	effects, _ := json.Marshal(r.Effects)
	return db.Insert(ctx, tx, "credit_row", rowRow{Kind: r.Kind, Version: r.Version, Name: r.Name, Cause: r.Cause, Basis: string(basis), Effects: string(effects), Months: r.Months,
		AnswerDays: r.AnswerDays, RepairMonths: r.RepairMonths, Repair: r.Repair, Withdrawn: r.Withdrawn, By: r.By, At: r.At})
}

func rows(found []rowRow, err error) ([]Row, error) {
	var out []Row
	for _, x := range found {
		r := Row{Kind: x.Kind, Version: x.Version, Name: x.Name, Cause: x.Cause, Months: x.Months, AnswerDays: x.AnswerDays, RepairMonths: x.RepairMonths, Repair: x.Repair, Withdrawn: x.Withdrawn, By: x.By, At: x.At}
		if err := json.Unmarshal([]byte(x.Basis), &r.Basis); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(x.Effects), &r.Effects); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, err
}

// Catalogue is the latest version of every row, withdrawn ones among them, by kind.
func Catalogue(ctx context.Context, r db.Reader) ([]Row, error) {
	return rows(db.Find[rowRow](ctx, r, "select "+rowCols+" from credit_row a where version = (select max(version) from credit_row b where b.kind = a.kind) order by kind"))
}

// Versions lists a row's, the latest first.
func Versions(ctx context.Context, r db.Reader, kind string) ([]Row, error) {
	return rows(db.Find[rowRow](ctx, r, "select "+rowCols+" from credit_row where kind = $1 order by version desc", kind))
}

// RowOf reads the version of a row that an event rests on.
func RowOf(ctx context.Context, r db.Reader, kind string, version int) (Row, error) {
	all, err := rows(db.Find[rowRow](ctx, r, "select "+rowCols+" from credit_row where kind = $1 and version = $2", kind, version))
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return Row{}, err
	}
	return all[0], nil
}

// For are the rows in force for a cause.
func For(rows []Row, cause string) (out []Row) {
	for _, r := range rows {
		if r.Cause == cause && !r.Withdrawn {
			out = append(out, r)
		}
	}
	return out
}

// Event is one breach on its way into the record, or in it.
type Event struct {
	ID       string      `db:"id"`
	Party    ref.PartyID `db:"party"`
	Kind     string      `db:"kind"`
	Version  int         `db:"version"` // of the catalogue's row
	Organ    ref.OrganID `db:"organ"`
	Item     ref.ItemID  `db:"item"`
	Case     ref.CaseID  `db:"case_id"`
	Source   string      `db:"source"` // what it follows from: one event per source and kind
	State    State       `db:"state"`
	Made     time.Time   `db:"made_at"`
	AnswerBy time.Time   `db:"answer_by"` // until when the person may object before it is decided
	From     time.Time   `db:"from_at"`   // of the effect; zero while not recorded
	Until    time.Time   `db:"until_at"`
}

const eventCols = "id, party, kind, version, organ, item, case_id, source, state, made_at, answer_by, from_at, until_at"

// State is where an event stands.
type State string

// States of an event.
const (
	Proposed State = "proposed" // the person was told and may object
	Objected State = "objected" // the person objected; an officer weighs it
	Dropped  State = "dropped"  // not recorded
	Recorded State = "recorded" // it has its effect from From until Until
	Repair   State = "repair"   // recorded; repair is asked for
	Appeal   State = "appeal"   // recorded; a second look is asked for
	Repaired State = "repaired"
	Revoked  State = "revoked"
)

// StatesOf lists the states in the order of a menu.
func StatesOf() []State {
	return []State{Objected, Proposed, Repair, Appeal, Recorded, Repaired, Revoked, Dropped}
}

// Act is one thing that happened to an event. Kinds are the states they lead to, and "upheld", which puts a plea aside.
type Act struct {
	Event string    `db:"event"`
	Seq   int       `db:"seq"`
	Kind  string    `db:"kind"`
	At    time.Time `db:"at"`
	Actor string    `db:"actor"`
	Note  []byte    `db:"note"` // what was said, sealed
	From  time.Time `db:"from_at"`
	Until time.Time `db:"until_at"`
}

// Upheld puts a plea for repair or a second look aside.
const Upheld = "upheld"

// follows are the acts that each state allows.
var follows = map[State][]string{
	"":       {string(Proposed)},
	Proposed: {string(Objected), string(Recorded), string(Dropped)},
	Objected: {string(Recorded), string(Dropped)},
	Recorded: {string(Repair), string(Appeal)},
	Repair:   {string(Repaired), Upheld},
	Appeal:   {string(Revoked), Upheld},
}

// Next says which acts a state allows.
func (s State) Next() []string { return follows[s] }

// StateOf derives the state, and from when until when it has effect, from the acts in their order.
func StateOf(acts []Act) (s State, from, until time.Time) {
	for _, a := range acts {
		switch a.Kind {
		case Upheld:
			s = Recorded
		case string(Recorded):
			s, from, until = Recorded, a.From, a.Until
		default:
			s = State(a.Kind)
		}
	}
	return s, from, until
}

// InForce says that an event has its effect at a time.
func (e Event) InForce(now time.Time) bool {
	return slices.Contains([]State{Recorded, Repair, Appeal}, e.State) && !e.From.IsZero() && !now.Before(e.From) && now.Before(e.Until)
}

// Entry is an event with the row it rests on.
type Entry struct {
	Event
	Row Row
}

// Reason is why somebody is barred, and until when.
type Reason struct {
	Event string
	Name  string
	Basis Basis
	Until time.Time
}

// Barred says what bars an effect at a time: the events in force that have it. None: not barred.
func Barred(entries []Entry, effect string, now time.Time) (out []Reason) {
	for _, e := range entries {
		if e.InForce(now) && slices.Contains(e.Row.Effects, effect) {
			out = append(out, Reason{e.ID, e.Row.Name, e.Row.Basis, e.Until})
		}
	}
	return out
}

func (e Event) place(seq int) string { return fmt.Sprintf("credit_act.note.%s.%d", e.ID, seq) }

// Propose writes an event with its first act; false when there is one of the source and kind already.
func Propose(ctx context.Context, tx *db.Tx, e Event, actor string) (bool, error) {
	e.State = Proposed
	n, err := tx.Exec(ctx, `insert into credit_event (id, party, kind, version, organ, item, case_id, source, state, made_at, answer_by, from_at, until_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0) on conflict (source) do nothing`,
		e.ID, e.Party, e.Kind, e.Version, e.Organ, e.Item, e.Case, e.Source, e.State, e.Made, e.AnswerBy)
	if err != nil || n == 0 {
		return false, err
	}
	return true, db.Insert(ctx, tx, "credit_act", Act{Event: e.ID, Seq: 1, Kind: string(Proposed), At: e.Made, Actor: actor})
}

// Lock takes an event for this transaction.
func Lock(ctx context.Context, tx *db.Tx, id string) (Event, error) {
	return db.One[Event](ctx, tx, "update credit_event set state = state where id = $1 returning "+eventCols, id)
}

// Append adds an act to a locked event and brings its row up to date. Conflict when its state does not allow it.
func Append(ctx context.Context, tx *db.Tx, v *crypto.Vault, e *Event, a Act, words string) error {
	if !slices.Contains(e.State.Next(), a.Kind) {
		return fault.New(fault.Conflict, "credit.not_now")
	}
	acts, err := Acts(ctx, tx, e.ID)
	if err != nil {
		return err
	}
	a.Event, a.Seq = e.ID, len(acts)+1
	if words != "" {
		if a.Note, err = v.Seal(ctx, tx, string(e.Party), e.place(a.Seq), []byte(words)); err != nil {
			return err
		}
	}
	if err := db.Insert(ctx, tx, "credit_act", a); err != nil {
		return err
	}
	e.State, e.From, e.Until = StateOf(append(acts, a))
	_, err = tx.Exec(ctx, "update credit_event set state = $1, from_at = $2, until_at = $3 where id = $4", e.State, e.From, e.Until, e.ID)
	return err
}

// Acts lists an event's in their order.
func Acts(ctx context.Context, r db.Reader, id string) ([]Act, error) {
	return db.Find[Act](ctx, r, "select event, seq, kind, at, actor, note, from_at, until_at from credit_act where event = $1 order by seq", id)
}

// Words is what was said with an act, "" when nothing was.
func (e Event) Words(ctx context.Context, r db.Reader, v *crypto.Vault, a Act) (string, error) {
	if len(a.Note) == 0 {
		return "", nil
	}
	b, err := v.Open(ctx, r, string(e.Party), e.place(a.Seq), a.Note)
	return string(b), err
}

// Get reads one event.
func Get(ctx context.Context, r db.Reader, id string) (Event, error) {
	return db.One[Event](ctx, r, "select "+eventCols+" from credit_event where id = $1", id)
}

// mostOfOne bounds what one party's record shows.
const mostOfOne = 200

// OfParties lists the entries of the parties that are one person or company, latest first.
func OfParties(ctx context.Context, r db.Reader, parties []ref.PartyID) ([]Entry, error) {
	n := len(parties)
	if n == 0 {
		return nil, nil
	}
	events, err := db.Find[Event](ctx, r, fmt.Sprintf("select "+eventCols+" from credit_event where party in %s order by made_at desc, id desc limit $%d", db.In(1, n), n+1), append(db.Any(parties), mostOfOne)...)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, e := range events {
		row, err := RowOf(ctx, r, e.Kind, e.Version)
		if err != nil {
			return nil, err
		}
		out = append(out, Entry{e, row})
	}
	return out, nil
}

// Filter narrows a list; AnswerBy and After are the last row of the page before.
type Filter struct {
	Organs   []ref.OrganID // none: every organ's
	State    State
	AnswerBy time.Time
	After    string
}

// List gives the events of a state by until when they are answered.
func List(ctx context.Context, r db.Reader, f Filter, limit int) ([]Event, error) {
	where, args := "state = $1 and (answer_by, id) > ($2, $3)", []any{f.State, f.AnswerBy, f.After}
	if len(f.Organs) > 0 {
		where += " and organ in " + db.In(len(args)+1, len(f.Organs))
		args = append(args, db.Any(f.Organs)...)
	}
	return db.Find[Event](ctx, r, fmt.Sprintf("select "+eventCols+" from credit_event where %s order by answer_by, id limit $%d", where, len(args)+1), append(args, limit)...)
}

// WasMoved: something happened to an event that its person is told: an act's kind.
type WasMoved struct {
	Event string
	Party ref.PartyID
	Case  ref.CaseID
	What  string
}

func (WasMoved) EventName() string  { return "credit.moved/1" }
func (e WasMoved) EventKey() string { return "credit:" + e.Event }
