// Package powerlist holds the three lists (三单): what may not be regulated (负面清单), which organ
// has which power at which level (权力清单), and what bounds each decision (监管清单).
//
// Invariants: an entry is never deleted and never changed, it ends with a reason; of one power one
// version is in force at a time; an entry is in force from its first moment up to, and not at, its
// last one; every basis is a citation.
package powerlist

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Citation names a legal basis by law, article, paragraph and point, with the words relied on.
type Citation struct {
	Law       string `json:"law"` // full name without 《》
	Article   int    `json:"article"`
	Sub       int    `json:"sub"`       // 条之N, 0 when none
	Paragraph int    `json:"paragraph"` // 款, 0 when the whole article
	Point     int    `json:"point"`     // 项, 0 when none
	Text      string `json:"text"`
}

// Period is when an entry holds; a zero Until is open.
type Period struct {
	From  time.Time `db:"from_at"`
	Until time.Time `db:"until_at"`
	Why   string    `db:"ended_why"` // why it ended, empty while it holds
}

// Holds says whether the entry is in force at a time.
func (p Period) Holds(at time.Time) bool {
	return !at.Before(p.From) && (p.Until.IsZero() || at.Before(p.Until))
}

// Acts that an organ may let others do for it, where the list of its power says so.
const (
	Receive      = "receive"        // 收件
	Accept       = "accept"         // 受理 in the organ's name
	DecideOnSpot = "decide_on_spot" // 当场决定 by its own representative
	Seal         = "seal"           // 用章
)

// Acts lists them in the order of a menu.
var Acts = []string{Receive, Accept, DecideOnSpot, Seal}

// Power is one version of an entry of the power list: an organ's power, given to one level.
type Power struct {
	ID        string       `db:"id"`   // of this version
	Word      string       `db:"word"` // the same over its versions, e.g. "cc-road-dig"
	Number    int          `db:"number"`
	Name      string       `db:"name"`
	Code      string       `db:"catalog_code"` // 基本编码, 12 characters
	Type      ref.TaskType `db:"type"`
	Organ     ref.OrganID  `db:"organ"`
	Level     ref.Level    `db:"level"`
	Basis     string       `db:"basis"`     // JSON of []Citation
	Delegable string       `db:"delegable"` // of Acts, comma separated
	Period
}

// Bases opens the power's citations.
func (p Power) Bases() ([]Citation, error) { return cited(p.Basis) }

// May says whether an act may be delegated.
func (p Power) May(act string) bool {
	return strings.Contains(","+p.Delegable+",", ","+act+",")
}

// Supervision is one entry of the supervision list: what bounds one deciding step of a power.
type Supervision struct {
	ID     string      `db:"id"`
	Power  string      `db:"power"` // the power's word
	Organ  ref.OrganID `db:"organ"` // the power's, and its name, for lists
	Name   string      `db:"name"`
	Step   string      `db:"step"`        // id of the deciding step in the items' plans
	Judged string      `db:"judged"`      // what is judged
	Bounds string      `db:"bounds"`      // within which bounds
	After  string      `db:"after_check"` // how it is checked while and after it is done (事中事后监管)
	Rule   string      `db:"rule"`        // name of the table that bounds it, or empty: the item's own
	Basis  string      `db:"basis"`       // JSON of []Citation
	Period
}

// Bases opens the entry's citations.
func (s Supervision) Bases() ([]Citation, error) { return cited(s.Basis) }

// Kinds of entry of the negative list.
const (
	NoItem  = "item"  // a matter the government does not deal with
	NoProof = "proof" // a paper nobody may be asked for
)

// Negative is one entry of the negative list. It is met by code or by a word in a name.
type Negative struct {
	ID       string `db:"id"`
	Kind     string `db:"kind"` // item · proof
	Name     string `db:"name"`
	Keywords string `db:"keywords"`     // one a line
	Code     string `db:"catalog_code"` // 基本编码, or empty
	Reason   string `db:"reason"`
	Basis    string `db:"basis"` // JSON of []Citation
	Period
}

// Bases opens the entry's citations.
func (n Negative) Bases() ([]Citation, error) { return cited(n.Basis) }

// Words are the entry's keywords.
func (n Negative) Words() []string { return strings.Fields(n.Keywords) }

// Hits says whether the entry means a thing of this name or code.
func (n Negative) Hits(name, code string) bool {
	if n.Code != "" && n.Code == code {
		return true
	}
	for _, w := range n.Words() {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// Cite writes citations as a row keeps them.
func Cite(c ...Citation) string {
	raw, _ := json.Marshal(c) // strings and numbers cannot fail
	return string(raw)
}

func cited(raw string) (out []Citation, err error) {
	if err := json.Unmarshal([]byte(raw), &out); err != nil {
		return nil, fmt.Errorf("basis: %w", err)
	}
	return out, nil
}

const (
	powerCols       = "id, word, number, name, catalog_code, type, organ, level, basis, delegable, from_at, until_at, ended_why"
	supervisionCols = "id, power, organ, name, step, judged, bounds, after_check, rule, basis, from_at, until_at, ended_why"
	negativeCols    = "id, kind, name, keywords, catalog_code, reason, basis, from_at, until_at, ended_why"

	// inForce is true of an entry that holds at $1.
	inForce = "from_at <= $1 and (until_at = 0 or until_at > $1)"
)

// AddPowers writes powers. The word's earlier version, if one holds, ends where the new one begins.
func AddPowers(ctx context.Context, tx *db.Tx, powers ...Power) error {
	for i, p := range powers {
		last, err := db.Find[Power](ctx, tx, "select "+powerCols+" from powerlist_power where word = $1 order by number desc limit 1", p.Word)
		if err != nil {
			return err
		}
		powers[i].Number = 1
		if len(last) > 0 {
			if !p.From.After(last[0].From) {
				return fault.New(fault.Conflict, "powerlist.earlier")
			}
			powers[i].Number = last[0].Number + 1
			if _, err := tx.Exec(ctx, "update powerlist_power set until_at = $1 where id = $2 and (until_at = 0 or until_at > $1)", p.From, last[0].ID); err != nil {
				return err
			}
		}
		powers[i].ID = fmt.Sprintf("%s@%d", p.Word, powers[i].Number)
		if err := index(ctx, tx, powers[i].ID, p.Name, p.Code, p.Word); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(powers, atOnce) {
		err := db.Insert(ctx, tx, "powerlist_power", some...)
		if db.IsUnique(err) { // somebody gave the same version meanwhile
			return fault.New(fault.Conflict, "powerlist.earlier").Wrap(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// AddSupervision writes entries of the supervision list; one of the same power and step that
// holds ends where the new one begins.
func AddSupervision(ctx context.Context, tx *db.Tx, entries ...Supervision) error {
	for i, s := range entries {
		entries[i].ID = db.NewID()
		if _, err := tx.Exec(ctx, "update powerlist_supervision set until_at = $1 where power = $2 and step = $3 and from_at < $1 and (until_at = 0 or until_at > $1)",
			s.From, s.Power, s.Step); err != nil {
			return err
		}
		if err := index(ctx, tx, entries[i].ID, s.Name+" "+s.Judged, "", s.Power); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(entries, atOnce) {
		if err := db.Insert(ctx, tx, "powerlist_supervision", some...); err != nil {
			return err
		}
	}
	return nil
}

// AddNegative writes entries of the negative list.
func AddNegative(ctx context.Context, tx *db.Tx, entries ...Negative) error {
	for i, n := range entries {
		if n.ID == "" {
			entries[i].ID = db.NewID()
		}
		if err := index(ctx, tx, entries[i].ID, n.Name, n.Code, ""); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(entries, atOnce) {
		if err := db.Insert(ctx, tx, "powerlist_negative", some...); err != nil {
			return err
		}
	}
	return nil
}

// atOnce keeps each statement below the engines' limit of arguments.
const atOnce = 200

// List is one of the three lists.
type List string

// The three lists.
const (
	Powers       List = "power"
	Supervisions List = "supervision"
	Negatives    List = "negative"
)

// ended are the statements that end an entry of each list.
var ended = map[List]string{
	Powers:       "update powerlist_power set until_at = $1, ended_why = $2 where id = $3 and until_at = 0",
	Supervisions: "update powerlist_supervision set until_at = $1, ended_why = $2 where id = $3 and until_at = 0",
	Negatives:    "update powerlist_negative set until_at = $1, ended_why = $2 where id = $3 and until_at = 0",
}

// End ends an open entry of a list at a time; Conflict when its end is known already.
func End(ctx context.Context, tx *db.Tx, l List, id string, at time.Time, why string) error {
	n, err := tx.Exec(ctx, ended[l], at, why, id)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "powerlist.ended_already")
	}
	return err
}
