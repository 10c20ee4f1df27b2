// Package publication holds the decisions that everybody may read (行政许可法 40, 双公示), and what the supervising
// departments were handed (审管联动).
//
// Invariants: of a natural person a row holds a name whose first characters are hidden and no number at all; a row is shown
// from the moment it was written until its time is over; a hand-over is acknowledged once, by the organ it was made to.
package publication

import (
	"context"
	"embed"
	"encoding/json"
	"strings"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Within is the working days in which a decision is public (国办 双公示).
const Within = 7

// Decision is one decision in public.
type Decision struct {
	ID         string         `db:"id"` // of the document
	CaseItem   ref.CaseItemID `db:"case_item"`
	Organ      ref.OrganID    `db:"organ"`
	OrganName  string         `db:"organ_name"`
	Item       ref.ItemID     `db:"item"`
	ItemName   string         `db:"item_name"`
	Outcome    string         `db:"outcome"` // grant · refuse
	Title      string         `db:"title"`
	Number     string         `db:"number"`
	Permit     string         `db:"permit"` // 许可证书名称, empty without one
	Mark       string         `db:"mark"`
	Holder     string         `db:"holder"`      // masked when a natural person
	HolderKind string         `db:"holder_kind"` // person · legal
	HolderCode string         `db:"holder_code"` // 统一社会信用代码 of a legal person, else empty
	Basis      string         `db:"basis"`
	Decided    time.Time      `db:"decided_at"`
	From       time.Time      `db:"valid_from"`
	Until      time.Time      `db:"valid_until"` // zero: no end
	State      string         `db:"state"`       // valid · ended
	Published  time.Time      `db:"published_at"`
	Down       time.Time      `db:"down_at"` // when it is no longer shown
}

// Hide hides all of a natural person's name but the last character.
func Hide(name string) string {
	r := []rune(name)
	if len(r) < 2 {
		return "*"
	}
	return strings.Repeat("*", len(r)-1) + string(r[len(r)-1])
}

const cols = "id, case_item, organ, organ_name, item, item_name, outcome, title, number, permit, mark, holder, holder_kind, holder_code, basis, decided_at, valid_from, valid_until, state, published_at, down_at"

// Publish writes a decision; one that is public already stays as it is.
func Publish(ctx context.Context, tx *db.Tx, d Decision) error {
	n, err := db.Find[string](ctx, tx, "select id from publication_decision where id = $1", d.ID)
	if err != nil || len(n) > 0 {
		return err
	}
	return db.Insert(ctx, tx, "publication_decision", d)
}

// Whether what a decision granted holds.
const (
	Valid = "valid"
	Ended = "ended"
)

// Restate says of what was granted on a case item whether it holds.
func Restate(ctx context.Context, tx *db.Tx, item ref.CaseItemID, state string) error {
	_, err := tx.Exec(ctx, "update publication_decision set state = $1 where case_item = $2 and outcome = 'grant'", state, item)
	return err
}

// Filter narrows the public list; empty fields do not.
type Filter struct {
	Organ  ref.OrganID
	Number string // 文号 as printed, or a 统一社会信用代码
	Item   ref.ItemID
}

// List gives what is public at a moment, latest first, after a row.
func List(ctx context.Context, r db.Reader, now time.Time, f Filter, before time.Time, id string, limit int) ([]Decision, error) {
	if before.IsZero() {
		before = now.Add(time.Microsecond)
	}
	return db.Find[Decision](ctx, r, "select "+cols+` from publication_decision where down_at > $1 and (published_at, id) < ($2, $3)
		and ($4 = '' or organ = $4) and ($5 = '' or number = $5 or holder_code = $5) and ($6 = '' or item = $6)
		order by published_at desc, id desc limit $7`, now, before, id, f.Organ, f.Number, f.Item, limit)
}

// Column is one column of the 双公示 export.
type Column struct {
	Title string `json:"title"`
	Field string `json:"field"`
}

// Standard is the export as data.
type Standard struct {
	Columns  []Column          `json:"columns"`
	NoEnd    string            `json:"no_end"` // date that stands for no end
	Category map[string]string `json:"category"`
	Kinds    map[string]string `json:"holder_kind"`
	States   map[string]string `json:"state"`
}

//go:embed columns.json
var columns []byte

// Columns reads the export's columns.
func Columns() (s Standard, err error) { return s, json.Unmarshal(columns, &s) }

// Row writes a decision in the columns' order.
func (s Standard) Row(d Decision) (out []string) {
	until := s.NoEnd
	if !d.Until.IsZero() {
		until = calendar.DateOf(d.Until).String()
	}
	values := map[string]string{"holder": d.Holder, "holder_kind": s.Kinds[d.HolderKind], "holder_code": d.HolderCode, "title": d.Title, "number": d.Number,
		"category": s.Category[d.Outcome], "permit": d.Permit, "mark": d.Mark, "content": d.ItemName, "decided": calendar.DateOf(d.Decided).String(),
		"from": calendar.DateOf(d.From).String(), "until": until, "organ": d.OrganName, "organ_code": string(d.Organ), "state": s.States[d.State], "note": d.Basis}
	if d.Outcome == "refuse" {
		values["from"], values["until"] = "", ""
	}
	for _, c := range s.Columns {
		out = append(out, values[c.Field])
	}
	return out
}

// Handover is a decision that its supervising department was told of.
type Handover struct {
	ID         string         `db:"id"`
	Case       ref.CaseID     `db:"case_id"`
	Document   ref.DocumentID `db:"document"`
	Organ      ref.OrganID    `db:"organ"`      // who decided
	Supervisor ref.OrganID    `db:"supervisor"` // who supervises from now on
	Item       ref.ItemID     `db:"item"`
	ItemName   string         `db:"item_name"`
	Number     string         `db:"number"`
	Title      string         `db:"title"`
	At         time.Time      `db:"at"`
	Seen       time.Time      `db:"seen_at"`
	By         ref.StaffID    `db:"seen_by"`
}

const handCols = "id, case_id, document, organ, supervisor, item, item_name, number, title, at, seen_at, seen_by"

// HandOver writes a hand-over once; fresh says that it was not there.
func HandOver(ctx context.Context, tx *db.Tx, h Handover) (fresh bool, err error) {
	n, err := db.Find[string](ctx, tx, "select id from publication_handover where document = $1", h.Document)
	if err != nil || len(n) > 0 {
		return false, err
	}
	return true, db.Insert(ctx, tx, "publication_handover", h)
}

// GetHandover reads one.
func GetHandover(ctx context.Context, r db.Reader, id string) (Handover, error) {
	return db.One[Handover](ctx, r, "select "+handCols+" from publication_handover where id = $1", id)
}

// Handovers lists what an organ was handed, latest first; open: only what it has not acknowledged.
func Handovers(ctx context.Context, r db.Reader, to ref.OrganID, open bool, before time.Time, id string, limit int) ([]Handover, error) {
	seen := ""
	if open {
		seen = " and seen_at = 0"
	}
	return db.Find[Handover](ctx, r, "select "+handCols+" from publication_handover where supervisor = $1"+seen+" and (at, id) < ($2, $3) order by at desc, id desc limit $4", to, before, id, limit)
}

// Acknowledge notes that the supervising organ has it; a second time is a Conflict.
func Acknowledge(ctx context.Context, tx *db.Tx, id string, by ref.StaffID, at time.Time) error {
	n, err := tx.Exec(ctx, "update publication_handover set seen_at = $1, seen_by = $2 where id = $3 and seen_at = 0", at, by, id)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "after.handover.seen")
	}
	return err
}

// HandedOver: a decision was handed to its supervising department.
type HandedOver struct {
	Case     ref.CaseID
	Document ref.DocumentID
	To       ref.OrganID
}

func (HandedOver) EventName() string  { return "publication.handed_over/1" }
func (e HandedOver) EventKey() string { return string(e.Case) }
