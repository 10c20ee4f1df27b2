package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// DraftState is how far a new version of an item has come on its way to being published.
type DraftState string

// The way of a draft: its organ's keeper writes it, another keeper of the organ reviews it, the
// standards office checks it, and on its day it is published.
const (
	DraftWriting  DraftState = "writing"  // with its organ's keeper
	DraftReview   DraftState = "review"   // 待审核: handed to the organ's reviewer
	DraftChecking DraftState = "checking" // 待核定: handed to the standards office
	DraftPassed   DraftState = "passed"   // checked; is published on its day
)

// Draft is the next version of an item while it is being written. There is one an item.
type Draft struct {
	Item     ref.ItemID    `db:"item"`
	Organ    ref.OrganID   `db:"organ"`
	Name     string        `db:"name"`
	Base     ref.VersionID `db:"base"` // the version it was begun from, empty for a new item
	Body     string        `db:"body"`
	Rev      int64         `db:"rev"` // goes up with each keeping
	State    DraftState    `db:"state"`
	By       ref.StaffID   `db:"by_staff"`    // who kept it last
	Note     string        `db:"note"`        // why it came back, else empty
	Reviewed ref.StaffID   `db:"reviewed_by"` // of the organ
	Checked  ref.StaffID   `db:"checked_by"`  // of the standards office
	On       string        `db:"publish_on"`  // yyyy-mm-dd, once passed
	Writers  string        `db:"writers"`     // everybody who ever kept it, with commas between
	At       time.Time     `db:"at"`
}

const draftCols = "item, organ, name, base, body, rev, state, by_staff, note, reviewed_by, checked_by, publish_on, writers, at"

// Doc opens what was written.
func (d Draft) Doc() (*Item, error) {
	it := &Item{}
	if err := json.Unmarshal([]byte(d.Body), it); err != nil {
		return nil, fmt.Errorf("draft of %s: %w", d.Item, err)
	}
	return it, nil
}

// Wrote says whether somebody had a hand in it.
func (d Draft) Wrote(who ref.StaffID) bool {
	return slices.Contains(strings.Split(d.Writers, ","), string(who))
}

// Touched is the draft with one more hand in it.
func (d Draft) Touched(by ref.StaffID) Draft {
	if !d.Wrote(by) {
		d.Writers = strings.TrimPrefix(d.Writers+","+string(by), ",")
	}
	d.By = by
	return d
}

// Drafts lists drafts in a state (empty: any), of an organ (empty: of all), by item id, behind after.
func Drafts(ctx context.Context, r db.Reader, state DraftState, organ ref.OrganID, after ref.ItemID, limit int) ([]Draft, error) {
	args, where := []any{after}, "item > $1"
	if state != "" {
		args, where = append(args, state), where+" and state = $2"
	}
	if organ != "" {
		args = append(args, organ)
		where += fmt.Sprint(" and organ = $", len(args))
	}
	args = append(args, limit)
	return db.Find[Draft](ctx, r, fmt.Sprintf("select "+draftCols+" from catalog_draft where %s order by item limit $%d", where, len(args)), args...)
}

// PublishDue is the timer of a draft that was checked for a day to come; Rev is the draft's as it was
// checked, so that the timer of a draft changed since does nothing.
type PublishDue struct {
	Item ref.ItemID
	Rev  int64
}

func (PublishDue) EventName() string  { return "catalog.publish_due/1" }
func (e PublishDue) EventKey() string { return "item:" + string(e.Item) }

// GetDraft reads the draft of an item; fault.NotFound when nobody is writing one.
func GetDraft(ctx context.Context, r db.Reader, id ref.ItemID) (Draft, error) {
	return db.One[Draft](ctx, r, "select "+draftCols+" from catalog_draft where item = $1", id)
}

// KeepDraft writes a draft over the revision it was read at (0: a new one) and gives the new
// revision; Conflict when somebody kept it meanwhile.
func KeepDraft(ctx context.Context, tx *db.Tx, d Draft, it *Item) (int64, error) {
	body, err := json.Marshal(it)
	if err != nil {
		return 0, err
	}
	d.Organ, d.Name, d.Body = it.Organ, it.Name, string(body)
	read := d.Rev
	d.Rev++
	if read == 0 {
		n, err := tx.Exec(ctx, "insert into catalog_draft ("+draftCols+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (item) do nothing",
			d.Item, d.Organ, d.Name, d.Base, d.Body, d.Rev, d.State, d.By, d.Note, d.Reviewed, d.Checked, d.On, d.Writers, d.At)
		return d.Rev, kept(n, err)
	}
	n, err := tx.Exec(ctx, `update catalog_draft set organ = $2, name = $3, base = $4, body = $5, rev = $6, state = $7, by_staff = $8, note = $9,
		reviewed_by = $10, checked_by = $11, publish_on = $12, writers = $13, at = $14 where item = $1 and rev = $15`,
		d.Item, d.Organ, d.Name, d.Base, d.Body, d.Rev, d.State, d.By, d.Note, d.Reviewed, d.Checked, d.On, d.Writers, d.At, read)
	return d.Rev, kept(n, err)
}

func kept(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.draft_changed")
	}
	return err
}

// DropDraft takes a draft away: it was published or given up.
func DropDraft(ctx context.Context, tx *db.Tx, id ref.ItemID) error {
	_, err := tx.Exec(ctx, "delete from catalog_draft where item = $1", id)
	return err
}
