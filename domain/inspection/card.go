package inspection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// State is where a card stands.
type State string

const (
	Told      State = "told" // no explanation is owed
	Owed      State = "owed" // an explanation is
	Explained State = "explained"
	Contested State = "contested" // 申诉: the supervisor judges
	Upheld    State = "upheld"
	Lifted    State = "lifted"
)

// States in the order of a menu.
func States() []State { return []State{Owed, Contested, Explained, Told, Upheld, Lifted} }

// What may be done to a card.
const (
	ActIssue   = "issue"
	ActExplain = "explain"
	ActSilent  = "silent" // the time to explain has passed
	ActContest = "contest"
	ActUphold  = "uphold"
	ActLift    = "lift"
)

// moves is what may follow what. An upheld card that was never explained is owed again (see Card.After).
var moves = map[string]map[State]State{
	ActExplain: {Told: Explained, Owed: Explained, Upheld: Explained},
	ActContest: {Told: Contested, Owed: Contested, Explained: Contested},
	ActUphold:  {Contested: Upheld},
	ActLift:    {Told: Lifted, Owed: Lifted, Explained: Lifted, Contested: Lifted, Upheld: Lifted},
}

// Causes of a card.
const (
	ByTime   = "time"   // a clock
	BySilent = "silent" // a card before it was not explained
	ByTwice  = "twice"  // so many yellow ones
	ByRecord = "record" // what the case's records show
	ByHand   = "hand"
)

// Card is a card put on a case item or a task of it.
type Card struct {
	ID       string           `db:"id"`
	Subject  string           `db:"subject"` // "item:…" or "task:…"
	Rule     string           `db:"rule"`
	Level    Level            `db:"level"`
	Trigger  Trigger          `db:"trigger_kind"`
	Name     string           `db:"name"`    // of the rule, as it was
	Edition  int64            `db:"edition"` // of the book
	Cause    string           `db:"cause"`
	Case     ref.CaseID       `db:"case_id"`
	CaseItem ref.CaseItemID   `db:"case_item"`
	Task     ref.TaskID       `db:"task"` // empty: the whole item
	Party    ref.PartyID      `db:"party"`
	Organ    ref.OrganID      `db:"organ"`
	Item     ref.ItemID       `db:"item"`
	Town     ref.DivisionCode `db:"town"`
	Number   ref.ShortNumber  `db:"number"`
	Handler  ref.StaffID      `db:"handler"` // who had it, empty: the organ
	Head     ref.StaffID      `db:"head"`    // the organ's, empty: none is named
	State    State            `db:"state"`
	Due      time.Time        `db:"due_at"` // of the clock, zero where none is concerned
	Issued   time.Time        `db:"issued_at"`
	Answer   time.Time        `db:"explain_by"` // until when an explanation is owed, zero: none is
	Answered time.Time        `db:"explained_at"`
	Silent   time.Time        `db:"silent_at"` // when it was noted that none came in time
	Moved    time.Time        `db:"moved_at"`
}

const cardCols = "id, subject, rule, level, trigger_kind, name, edition, cause, case_id, case_item, task, party, organ, item, town, number, handler, head, state, due_at, issued_at, explain_by, explained_at, silent_at, moved_at"

// Object is the card's name in acts and in the audit.
func (c Card) Object() string { return "card:" + c.ID }

// After is the state an act leads to, and whether it may be done at all.
func (c Card) After(act string) (State, bool) {
	to, ok := moves[act][c.State]
	if to == Upheld && c.Answered.IsZero() && !c.Answer.IsZero() {
		to = Owed
	}
	return to, ok
}

// Mine says whether the card concerns a member of staff: as handler or head, or as one of an organ whose handler nobody knows.
func (c Card) Mine(o Of) bool {
	return c.Handler == o.Staff || c.Head == o.Staff || c.Handler == "" && c.Organ == o.Organ
}

// Late says that an explanation is owed and its time has passed.
func (c Card) Late(now time.Time) bool {
	return c.State == Owed && !c.Answer.IsZero() && now.After(c.Answer)
}

// Put writes a card unless its subject has one of the rule and level; fresh says which.
func Put(ctx context.Context, tx *db.Tx, c Card) (fresh bool, err error) {
	n, err := tx.Exec(ctx, `insert into inspection_card (`+cardCols+`) values
		($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, 0, 0, $21) on conflict (subject, rule, level) do nothing`,
		c.ID, c.Subject, c.Rule, c.Level, c.Trigger, c.Name, c.Edition, c.Cause, c.Case, c.CaseItem, c.Task, c.Party, c.Organ, c.Item, c.Town, c.Number, c.Handler, c.Head,
		c.State, c.Due, c.Issued, c.Answer)
	return n == 1, err
}

// Step does an act to a card that stands as it was read; Conflict when it moved on. The card is brought up to date.
func (c *Card) Step(ctx context.Context, tx *db.Tx, act string, answer, now time.Time) error {
	to, ok := c.After(act)
	if !ok {
		return stale()
	}
	explained := c.Answered
	if act == ActExplain {
		explained = now
	}
	n, err := tx.Exec(ctx, "update inspection_card set state = $1, explained_at = $2, explain_by = $3, moved_at = $4 where id = $5 and state = $6",
		to, explained, answer, now, c.ID, c.State)
	if err := once(n, err); err != nil {
		return err
	}
	c.State, c.Answered, c.Answer, c.Moved = to, explained, answer, now
	return nil
}

// Hush notes once that no explanation came in time; false when that is noted, or one came.
func (c Card) Hush(ctx context.Context, tx *db.Tx, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, "update inspection_card set silent_at = $1 where id = $2 and state = 'owed' and silent_at = 0", now, c.ID)
	return n == 1, err
}

// GetCard reads one card.
func GetCard(ctx context.Context, r db.Reader, id string) (Card, error) {
	return db.One[Card](ctx, r, "select "+cardCols+" from inspection_card where id = $1", id)
}

// Has lists which of the subjects' cards are there, as "subject rule level".
func Has(ctx context.Context, r db.Reader, subjects []string) (map[string]bool, error) {
	type key struct {
		Subject string `db:"subject"`
		Rule    string `db:"rule"`
		Level   Level  `db:"level"`
	}
	out := map[string]bool{}
	if len(subjects) == 0 {
		return out, nil
	}
	all, err := db.Find[key](ctx, r, "select subject, rule, level from inspection_card where subject in "+db.In(1, len(subjects)), db.Any(subjects)...)
	for _, k := range all {
		out[Key(k.Subject, k.Rule, k.Level)] = true
	}
	return out, err
}

// Key names a card by what it is put once for.
func Key(subject, rule string, l Level) string { return subject + " " + rule + " " + string(l) }

// Yellows counts the yellow cards of an organ on a case item that were not lifted.
func Yellows(ctx context.Context, r db.Reader, item ref.CaseItemID, organ ref.OrganID) (n int, err error) {
	err = r.QueryRow(ctx, "select count(*) from inspection_card where case_item = $1 and organ = $2 and level = 'yellow' and state <> 'lifted'", item, organ).Scan(&n)
	return n, err
}

// Unexplained lists the cards whose time to explain has passed and of which that is not noted yet, by that time.
func Unexplained(ctx context.Context, r db.Reader, now time.Time, after After, limit int) ([]Card, error) {
	return db.Find[Card](ctx, r, "select "+cardCols+` from inspection_card where state = 'owed' and silent_at = 0 and explain_by < $1 and explain_by > 0 and (explain_by, id) > ($2, $3)
		order by explain_by, id limit $4`, now, after.At, after.ID, limit)
}

// OfCase lists a case's cards, oldest first.
func OfCase(ctx context.Context, r db.Reader, id ref.CaseID) ([]Card, error) {
	return db.Find[Card](ctx, r, "select "+cardCols+" from inspection_card where case_id = $1 order by issued_at, id", id)
}

// CardFilter narrows a list of cards; empty fields do not.
type CardFilter struct {
	Of    Of
	State State
	Level Level
	Organ ref.OrganID
	Rule  string
	After After // the last row shown
}

func (f CardFilter) where() where {
	w := where{cond: "1 = 1"}
	if f.Of.Staff != "" {
		w.and("(handler = $%d or head = $%d or (handler = '' and organ = $%d))", f.Of.Staff, f.Of.Staff, f.Of.Organ)
	}
	for _, p := range []struct{ col, value string }{{"state", string(f.State)}, {"level", string(f.Level)}, {"organ", string(f.Organ)}, {"rule", f.Rule}} {
		if p.value != "" {
			w.and(p.col+" = $%d", p.value)
		}
	}
	if f.After.ID != "" {
		w.and("(issued_at, id) < ($%d, $%d)", f.After.At, f.After.ID)
	}
	return w
}

// Cards lists cards, latest first.
func Cards(ctx context.Context, r db.Reader, f CardFilter, limit int) ([]Card, error) {
	w := f.where()
	return db.Find[Card](ctx, r, fmt.Sprintf("select "+cardCols+" from inspection_card where %s order by issued_at desc, id desc limit %d", w.cond, limit), w.args...)
}

// CountMax is where counting stops.
const CountMax = 1000

// CountCards counts the cards of a filter, at most CountMax.
func CountCards(ctx context.Context, r db.Reader, f CardFilter) (n int, err error) {
	w := f.where()
	err = r.QueryRow(ctx, fmt.Sprintf("select count(*) from (select 1 from inspection_card where %s limit %d) x", w.cond, CountMax), w.args...).Scan(&n)
	return n, err
}

// Public are the cards that an applicant is told of: that their case is over its time, by item and link.
func Public(cards []Card) []Card {
	return slices.DeleteFunc(slices.Clone(cards), func(c Card) bool {
		return c.Cause == ByHand || c.Level == Warning || c.Due.IsZero() || c.State == Lifted
	})
}
