package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Basic is an entry of the basic catalogue (基本目录), which comes from above and is only read here:
// name, type and basis of a matter are the same in the whole province.
type Basic struct {
	Code     string       `json:"code"` // 基本编码, 12 characters
	Name     string       `json:"name"`
	TaskType ref.TaskType `json:"task_type"`
	Basis    []Citation   `json:"basis"`
	Levels   []ref.Level  `json:"levels"` // who may exercise it
	Source   string       `json:"source"` // who published it
	State    State        `json:"state"`  // in_use · cancelled
	From     string       `json:"from"`   // yyyy-mm-dd
	Edition  int          `json:"-"`      // in which it last changed
}

type basicRow struct {
	Code     string       `db:"code"`
	Name     string       `db:"name"`
	TaskType ref.TaskType `db:"task_type"`
	Basis    string       `db:"basis"`
	Levels   string       `db:"levels"`
	Source   string       `db:"source"`
	State    State        `db:"state"`
	From     string       `db:"from_day"`
	Edition  int          `db:"edition"`
}

const basicCols = "code, name, task_type, basis, levels, source, state, from_day, edition"

func (b Basic) row() (basicRow, error) {
	basis, err := json.Marshal(b.Basis)
	if err != nil {
		return basicRow{}, err
	}
	levels, err := json.Marshal(b.Levels)
	return basicRow{b.Code, b.Name, b.TaskType, string(basis), string(levels), b.Source, b.State, b.From, b.Edition}, err
}

func (r basicRow) open() (Basic, error) {
	b := Basic{Code: r.Code, Name: r.Name, TaskType: r.TaskType, Source: r.Source, State: r.State, From: r.From, Edition: r.Edition}
	if err := json.Unmarshal([]byte(r.Basis), &b.Basis); err != nil {
		return b, fmt.Errorf("basic entry %s: %w", r.Code, err)
	}
	if err := json.Unmarshal([]byte(r.Levels), &b.Levels); err != nil {
		return b, fmt.Errorf("basic entry %s: %w", r.Code, err)
	}
	return b, nil
}

// GetBasic reads an entry; fault.NotFound where the catalogue has none of the code.
func GetBasic(ctx context.Context, r db.Reader, code string) (Basic, error) {
	row, err := db.One[basicRow](ctx, r, "select "+basicCols+" from catalog_basic where code = $1", code)
	if err != nil {
		return Basic{}, err
	}
	return row.open()
}

// Basics lists the entries by name and code behind a row, those in use that no item carries out when
// unclaimed is asked.
func Basics(ctx context.Context, r db.Reader, unclaimed bool, name, code string, limit int) ([]Basic, error) {
	where := "(name, code) > ($1, $2)"
	if unclaimed {
		where += " and state = 'in_use' and not exists (select 1 from catalog_item i where i.catalog_code = catalog_basic.code)"
	}
	return basics(ctx, r, "select "+basicCols+" from catalog_basic where "+where+" order by name, code limit $3", name, code, limit)
}

func basics(ctx context.Context, r db.Reader, query string, args ...any) ([]Basic, error) {
	rows, err := db.Find[basicRow](ctx, r, query, args...)
	if err != nil {
		return nil, err
	}
	out := make([]Basic, len(rows))
	for i, row := range rows {
		if out[i], err = row.open(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AllBasic reads the whole basic catalogue by code: some thousands of short entries.
func AllBasic(ctx context.Context, r db.Reader) (map[string]Basic, error) {
	all, err := basics(ctx, r, "select "+basicCols+" from catalog_basic")
	out := make(map[string]Basic, len(all))
	for _, b := range all {
		out[b.Code] = b
	}
	return out, err
}

// KeepBasic writes entries as they stand in an edition.
func KeepBasic(ctx context.Context, tx *db.Tx, entries ...Basic) error {
	for _, b := range entries {
		row, err := b.row()
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from catalog_basic where code = $1", b.Code); err != nil {
			return err
		}
		if err := db.Insert(ctx, tx, "catalog_basic", row); err != nil {
			return err
		}
	}
	return nil
}

// Edition is the number of the last edition imported, 0 before the first.
func Edition(ctx context.Context, r db.Reader) (n int, err error) {
	err = r.QueryRow(ctx, "select coalesce(max(edition), 0) from catalog_basic").Scan(&n)
	return n, err
}

// ChangeKind is how an entry of the basic catalogue changed.
type ChangeKind string

// What can happen to an entry from one edition to the next.
const (
	Added     ChangeKind = "added"      // 新增
	Gone      ChangeKind = "gone"       // 取消
	Renamed   ChangeKind = "renamed"    // 名称、类型调整
	Rebased   ChangeKind = "rebased"    // 依据调整
	GivenDown ChangeKind = "given_down" // 下放
	TakenUp   ChangeKind = "taken_up"   // 上收
)

// Change is one change from above, to be worked off by one organ.
type Change struct {
	ID      string      `db:"id"`
	Edition int         `db:"edition"`
	Code    string      `db:"code"`
	Kind    ChangeKind  `db:"kind"`
	Organ   ref.OrganID `db:"organ"` // empty: nobody carries it out yet, the standards office looks
	Name    string      `db:"name"`
	Before  string      `db:"before"` // in short: the name, the citations, the levels
	After   string      `db:"after"`
	Made    time.Time   `db:"made_at"`
	DoneAt  time.Time   `db:"done_at"`
	DoneBy  ref.StaffID `db:"done_by"`
	Done    string      `db:"done"` // what was done
}

const changeCols = "id, edition, code, kind, organ, name, before, after, made_at, done_at, done_by, done"

// Compare works out what a new edition changes. An edition is whole: what it leaves out is gone.
func Compare(old map[string]Basic, edition []Basic) (out []Change) {
	left := maps.Clone(old)
	for _, b := range edition {
		before, there := old[b.Code]
		delete(left, b.Code)
		out = append(out, compare(before, there && before.State == InUse, b)...)
	}
	for _, code := range slices.Sorted(maps.Keys(left)) {
		if b := left[code]; b.State == InUse {
			out = append(out, Change{Code: code, Kind: Gone, Name: b.Name, Before: b.Name})
		}
	}
	return out
}

func compare(old Basic, was bool, b Basic) (out []Change) {
	switch {
	case !was && b.State == InUse:
		return []Change{{Code: b.Code, Kind: Added, Name: b.Name, After: b.Name}}
	case was && b.State != InUse:
		return []Change{{Code: b.Code, Kind: Gone, Name: b.Name, Before: old.Name}}
	case !was:
		return nil
	}
	if old.Name != b.Name || old.TaskType != b.TaskType {
		out = append(out, Change{Code: b.Code, Kind: Renamed, Name: b.Name, Before: old.Name, After: b.Name})
	}
	if x, y := inShort(old.Basis), inShort(b.Basis); x != y {
		out = append(out, Change{Code: b.Code, Kind: Rebased, Name: b.Name, Before: x, After: y})
	}
	if kind := moved(old.Levels, b.Levels); kind != "" {
		out = append(out, Change{Code: b.Code, Kind: kind, Name: b.Name, Before: levels(old.Levels), After: levels(b.Levels)})
	}
	return out
}

// moved says whether power went down to a level that had none, or up; higher numbers are nearer to people.
func moved(old, now []ref.Level) ChangeKind {
	if levels(old) == levels(now) {
		return ""
	}
	for _, l := range now {
		if !slices.Contains(old, l) && len(old) > 0 && l > slices.Min(old) {
			return GivenDown
		}
	}
	return TakenUp
}

// inShort is each citation on a line: 城市道路管理条例 33(1).
func inShort(basis []Citation) string {
	var lines []string
	for _, c := range basis {
		s := fmt.Sprint(c.Law, " ", c.Article)
		if c.Sub > 0 {
			s += fmt.Sprint("-", c.Sub)
		}
		if c.Paragraph > 0 {
			s += fmt.Sprint("(", c.Paragraph, ")")
		}
		if c.Point > 0 {
			s += fmt.Sprint("(", c.Point, ")")
		}
		lines = append(lines, s)
	}
	return strings.Join(lines, "\n")
}

func levels(l []ref.Level) string {
	var out []string
	for _, x := range slices.Sorted(slices.Values(l)) {
		out = append(out, fmt.Sprint(int(x)))
	}
	return strings.Join(out, ",")
}

// AddChanges writes to-dos.
func AddChanges(ctx context.Context, tx *db.Tx, all ...Change) error {
	for chunk := range slices.Chunk(all, 200) {
		if err := db.Insert(ctx, tx, "catalog_change", chunk...); err != nil {
			return err
		}
	}
	return nil
}

// GetChange reads one.
func GetChange(ctx context.Context, r db.Reader, id string) (Change, error) {
	return db.One[Change](ctx, r, "select "+changeCols+" from catalog_change where id = $1", id)
}

// OpenChanges lists what is still to be done, of one organ or (empty) of all, oldest first behind an id.
func OpenChanges(ctx context.Context, r db.Reader, organ ref.OrganID, after string, limit int) ([]Change, error) {
	if organ == "" {
		return db.Find[Change](ctx, r, "select "+changeCols+" from catalog_change where done_at = 0 and id > $1 order by id limit $2", after, limit)
	}
	return db.Find[Change](ctx, r, "select "+changeCols+" from catalog_change where done_at = 0 and organ = $1 and id > $2 order by id limit $3", organ, after, limit)
}

// CloseChange notes what was done; Conflict when it was closed before.
func CloseChange(ctx context.Context, tx *db.Tx, id string, by ref.StaffID, done string, now time.Time) error {
	n, err := tx.Exec(ctx, "update catalog_change set done_at = $1, done_by = $2, done = $3 where id = $4 and done_at = 0", now, by, done, id)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "standards.change_closed")
	}
	return err
}

// WithCode lists the items that carry out an entry of the basic catalogue, whatever their state.
func WithCode(ctx context.Context, r db.Reader, code string) ([]Row, error) {
	return db.Find[Row](ctx, r, "select "+rowCols+" from catalog_item where catalog_code = $1 order by id", code)
}
