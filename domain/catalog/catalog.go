// Package catalog holds the items (事项) the town offers, each written down to one standard.
//
// Invariants: a published version is never changed; a case keeps the version it was begun on;
// versions are immutable, so they are kept in memory without bound by id; what is suspended or cancelled is
// not found by those who want to apply.
package catalog

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/search"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Version is one published version of an item.
type Version struct {
	ID        ref.VersionID `db:"id"`
	Item      ref.ItemID    `db:"item"`
	Number    int           `db:"number"`
	Body      string        `db:"body"`
	Digest    string        `db:"digest"`
	Published time.Time     `db:"published_at"`
	doc       *Item
}

// Doc is the item as its keeper wrote it; do not change it.
func (v Version) Doc() *Item { return v.doc }

// Row is an item in a list.
type Row struct {
	ID          ref.ItemID      `db:"id"`
	Version     ref.VersionID   `db:"version"`
	Name        string          `db:"name"`
	Organ       ref.OrganID     `db:"organ"`
	TaskCode    string          `db:"task_code"`
	ProjectType ref.ProjectType `db:"project_type"`
	Audience    string          `db:"audience"`
	WalkThrough bool            `db:"walk_through"`
	State       State           `db:"state"`
	Reason      string          `db:"reason"` // why it is suspended or cancelled
	Since       string          `db:"since"`  // day of the last change of State, yyyy-mm-dd; empty: never changed
	Level       ref.Level       `db:"level"`
	TaskType    ref.TaskType    `db:"task_type"`
	CatalogCode string          `db:"catalog_code"`
}

const rowCols = "id, version, name, organ, task_code, project_type, audience, walk_through, state, reason, since, level, task_type, catalog_code"

// Publish writes the next version of an item and makes it the current one.
func Publish(ctx context.Context, tx *db.Tx, it *Item, now time.Time) (ref.VersionID, error) {
	body, err := json.Marshal(it)
	if err != nil {
		return "", err
	}
	var last int
	if err := tx.QueryRow(ctx, "select coalesce(max(number), 0) from catalog_version where item = $1", it.ID).Scan(&last); err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	v := Version{ID: ref.VersionID(fmt.Sprintf("%s@%d", it.ID, last+1)), Item: it.ID, Number: last + 1, Body: string(body), Digest: hex.EncodeToString(sum[:]), Published: now}
	if err := db.Insert(ctx, tx, "catalog_version", v); err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `insert into catalog_item (`+rowCols+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', $10, $11, $12)
		on conflict (id) do update set version = excluded.version, name = excluded.name, organ = excluded.organ, task_code = excluded.task_code,
		project_type = excluded.project_type, audience = excluded.audience, walk_through = excluded.walk_through, level = excluded.level,
		task_type = excluded.task_type, catalog_code = excluded.catalog_code`,
		it.ID, v.ID, it.Name, it.Organ, it.TaskCode, it.ProjectType, audience(it), it.WalkThrough, InUse, it.Level, it.TaskType, it.CatalogCode())
	if err != nil {
		return "", err
	}
	if err := sortIn(ctx, tx, it); err != nil {
		return "", err
	}
	return v.ID, index(ctx, tx, it)
}

func audience(it *Item) string {
	var s []string
	for _, a := range it.Audience {
		s = append(s, string(a))
	}
	return strings.Join(s, ",")
}

// index makes an item findable by pairs of characters, pinyin, initials, aliases and code.
func index(ctx context.Context, tx *db.Tx, it *Item) error {
	if _, err := tx.Exec(ctx, "delete from catalog_term where item = $1", it.ID); err != nil {
		return err
	}
	terms := []string{"c:" + strings.ToLower(it.TaskCode), "c:" + string(it.ID)}
	for _, name := range append([]string{it.Name, it.NameEn}, it.Aliases...) {
		for _, t := range search.Terms(name) {
			terms = append(terms, "t:"+t)
		}
		full, initials := search.Pinyin(name)
		terms = append(terms, "p:"+full, "e:"+easyPinyin(full))
		for i := range initials { // from each character on, so that a middle part is found too
			terms = append(terms, "p:"+initials[i:])
		}
	}
	slices.Sort(terms)
	type term struct {
		Term string     `db:"term"`
		Item ref.ItemID `db:"item"`
	}
	var rows []term
	for _, t := range slices.Compact(terms) {
		if t = cut(t, 200); len(t) > 2 {
			rows = append(rows, term{t, it.ID})
		}
	}
	for chunk := range slices.Chunk(slices.Compact(rows), 200) {
		if err := db.Insert(ctx, tx, "catalog_term", chunk...); err != nil {
			return err
		}
	}
	return nil
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// GetRow reads an item's list row.
func GetRow(ctx context.Context, r db.Reader, id ref.ItemID) (Row, error) {
	return db.One[Row](ctx, r, "select "+rowCols+" from catalog_item where id = $1", id)
}

// readBefore is a version's key in the database's memo: versions never change, so what was read once need not be read again.
type readBefore ref.VersionID

// Get reads a version with its document.
func Get(ctx context.Context, r db.Reader, id ref.VersionID) (Version, error) {
	if v, ok := r.Memo().Load(readBefore(id)); ok {
		return v.(Version), nil
	}
	v, err := db.One[Version](ctx, r, "select id, item, number, body, digest, published_at from catalog_version where id = $1", id)
	if err != nil {
		return v, err
	}
	v.doc = &Item{}
	if err := json.Unmarshal([]byte(v.Body), v.doc); err != nil {
		return v, fmt.Errorf("item version %s: %w", id, err)
	}
	if _, inTx := r.(*db.Tx); !inTx { // a version seen inside a transaction may yet be rolled back
		r.Memo().Store(readBefore(id), v)
	}
	return v, nil
}

// Current reads the version in force of an item.
func Current(ctx context.Context, r db.Reader, id ref.ItemID) (Version, error) {
	row, err := GetRow(ctx, r, id)
	if err != nil {
		return Version{}, err
	}
	return Get(ctx, r, row.Version)
}

// Step finds a step of the plan.
func (it *Item) Step(id string) (Step, bool) {
	i := slices.IndexFunc(it.Plan.Steps, func(s Step) bool { return s.ID == id })
	if i < 0 {
		return Step{}, false
	}
	return it.Plan.Steps[i], true
}

// Street stands in a plan for the street or town office of the case's place.
const Street ref.OrganID = "@street"

// Acceptor is who accepts: the deciding organ, or Street where the plan begins with it alone
// (转报, 行政许可法 35; 社会救助暂行办法 11).
func (it *Item) Acceptor() ref.OrganID {
	first := it.Organ
	for _, s := range it.FirstSteps() {
		if s.Organ == it.Organ {
			return it.Organ
		}
		if s.Organ == Street {
			first = Street
		}
	}
	return first
}

// FirstSteps are the steps of the plan that open with acceptance.
func (it *Item) FirstSteps() (out []Step) {
	for _, s := range it.Plan.Steps {
		if len(s.After) == 0 {
			out = append(out, s)
		}
	}
	return out
}

// Deciding is the plan's last step that decides; zero in a plan without one, which is never published.
func (it *Item) Deciding() (out Step) {
	for _, s := range it.Plan.Steps {
		if s.Kind == StepDecide {
			out = s
		}
	}
	return out
}

// NeedsPlace says that a street or town has a part in the matter.
func (it *Item) NeedsPlace() bool {
	return slices.ContainsFunc(it.Plan.Steps, func(s Step) bool { return s.Organ == Street })
}

// Row finds a row of the rule.
func (r Rule) Row(id string) (RuleRow, bool) {
	i := slices.IndexFunc(r.Rows, func(x RuleRow) bool { return x.ID == id })
	if i < 0 {
		return RuleRow{}, false
	}
	return r.Rows[i], true
}

// Material finds what the item says of a material.
func (it *Item) Material(id string) (MaterialSpec, bool) {
	i := slices.IndexFunc(it.Materials, func(m MaterialSpec) bool { return m.ID == id })
	if i < 0 {
		return MaterialSpec{}, false
	}
	return it.Materials[i], true
}

// CoSigner finds a role of those who must sign beside the applicant.
func (it *Item) CoSigner(role string) (CoSigner, bool) {
	i := slices.IndexFunc(it.CoSign, func(x CoSigner) bool { return x.Role == role })
	if i < 0 {
		return CoSigner{}, false
	}
	return it.CoSign[i], true
}

// Group finds a repeating part of the form.
func (it *Item) Group(id string) (Group, bool) {
	i := slices.IndexFunc(it.Groups, func(g Group) bool { return g.ID == id })
	if i < 0 {
		return Group{}, false
	}
	return it.Groups[i], true
}

// Against computes what may be done against a decision: reconsideration within 60 days and
// suit within six months (行政复议法 20, 行政诉讼法 46) unless the item's own law says otherwise.
// District departments, streets and towns are reviewed by the district's government (行政复议法 24).
func (r Remedy) Against(government string) Remedy {
	if r.Review == "" {
		r.Review = government
	}
	if r.ReviewDays == 0 {
		r.ReviewDays = 60
	}
	if r.CourtMonths == 0 {
		r.CourtMonths = 6
	}
	return r
}
