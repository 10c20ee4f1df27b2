package form

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/search"
)

// Kinds are the kinds of data elements and questions, in the order of a menu.
var Kinds = []string{"text", "longtext", "number", "money", "date", "choice", "idnumber", "uscc", "phone", "address"}

// Sensitivity says how carefully a value is shown (个人信息保护法 28 for the last).
type Sensitivity int64

const (
	Public    Sensitivity = 1
	Personal  Sensitivity = 2
	Sensitive Sensitivity = 3 // masked in lists
)

// Option is a code of an element's code table.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Element is a data element (数据元, GB/T 18391): what a question means wherever it is asked.
type Element struct {
	ID          string      `db:"id"`      // e.g. road.length
	Version     int64       `db:"version"` // from 1
	Name        string      `db:"name"`
	NameEn      string      `db:"name_en"`
	Kind        string      `db:"kind"`
	Codes       string      `db:"options"` // JSON of Options
	Format      string      `db:"format"`  // GB/T 18391.3's notation: C..100, N..20,2, YYYYMMDD
	Source      string      `db:"source"`  // 来源系统
	Sensitivity Sensitivity `db:"sensitivity"`
	By          string      `db:"by_actor"`
	At          time.Time   `db:"at"`
	Newest      bool        `db:"newest"`
}

const elementCols = "id, version, name, name_en, kind, options, format, source, sensitivity, by_actor, at, newest"

// Options opens the code table; empty for what is no choice.
func (e Element) Options() (out []Option) {
	_ = json.Unmarshal([]byte(e.Codes), &out) // written by WithOptions only
	return out
}

// WithOptions sets the code table.
func (e Element) WithOptions(o []Option) Element {
	raw, _ := json.Marshal(slices.Clip(o)) // two strings cannot fail
	e.Codes = string(raw)
	return e
}

var elementID = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$`)

// Check says what is wrong with an element, by the field it is typed into.
func (e Element) Check() error {
	var bad []fault.Field
	want := func(ok bool, name, key string, args ...any) {
		if !ok {
			bad = append(bad, fault.Field{Name: name, Key: key, Args: args})
		}
	}
	want(elementID.MatchString(e.ID), "id", "form.element.id")
	want(strings.TrimSpace(e.Name) != "", "name", "form.empty")
	want(slices.Contains(Kinds, e.Kind), "kind", "form.choose")
	want(e.Sensitivity >= Public && e.Sensitivity <= Sensitive, "sensitivity", "form.choose")
	for name, s := range map[string]string{"name": e.Name, "name_en": e.NameEn, "format": e.Format, "source": e.Source} {
		want(utf8.RuneCountInString(s) <= 100, name, "form.too_long", "max", 100)
	}
	options := e.Options()
	want((e.Kind == "choice") == (len(options) > 1), "options", "form.element.options")
	seen := map[string]bool{}
	for _, o := range options {
		want(o.Value != "" && o.Label != "" && !seen[o.Value], "options", "form.element.option", "value", o.Value)
		seen[o.Value] = true
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// Says tells that two versions say the same.
func (e Element) Says(f Element) bool {
	return e.Name == f.Name && e.NameEn == f.NameEn && e.Kind == f.Kind && e.Codes == f.Codes && e.Format == f.Format && e.Source == f.Source && e.Sensitivity == f.Sensitivity
}

// PutElement writes the next version of an element after the one that was read (0: a new one);
// Conflict when somebody wrote one meanwhile.
func PutElement(ctx context.Context, tx *db.Tx, e Element) error {
	n, err := tx.Exec(ctx, "update form_element set newest = 0 where id = $1 and newest = 1 and version = $2", e.ID, e.Version)
	if err != nil {
		return err
	}
	if (n == 0) != (e.Version == 0) {
		return fault.New(fault.Conflict, "fault.draft_changed")
	}
	e.Version++
	e.Newest = true
	added, err := tx.Exec(ctx, "insert into form_element ("+elementCols+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (id, version) do nothing",
		e.ID, e.Version, e.Name, e.NameEn, e.Kind, e.Codes, e.Format, e.Source, e.Sensitivity, e.By, e.At, e.Newest)
	if err != nil {
		return err
	}
	if added == 0 {
		return fault.New(fault.Conflict, "fault.draft_changed")
	}
	return indexElement(ctx, tx, e)
}

// indexElement makes an element findable by its id, pairs of characters and pinyin.
func indexElement(ctx context.Context, tx *db.Tx, e Element) error {
	if _, err := tx.Exec(ctx, "delete from form_term where element = $1", e.ID); err != nil {
		return err
	}
	full, initials := search.Pinyin(e.Name)
	terms := []string{"p:" + search.Fold(e.ID), "p:" + full, "p:" + initials}
	for _, part := range strings.Split(e.ID, ".") {
		terms = append(terms, "p:"+search.Fold(part))
	}
	for _, name := range []string{e.Name, e.NameEn} {
		for _, t := range search.Terms(name) {
			terms = append(terms, "t:"+t)
		}
	}
	slices.Sort(terms)
	type row struct {
		Term    string `db:"term"`
		Element string `db:"element"`
	}
	var rows []row
	for _, t := range slices.Compact(terms) {
		if len(t) > 2 && len(t) <= 200 {
			rows = append(rows, row{t, e.ID})
		}
	}
	for chunk := range slices.Chunk(rows, 200) {
		if err := db.Insert(ctx, tx, "form_term", chunk...); err != nil {
			return err
		}
	}
	return nil
}

// GetElement reads the newest version of an element.
func GetElement(ctx context.Context, r db.Reader, id string) (Element, error) {
	return db.One[Element](ctx, r, "select "+elementCols+" from form_element where id = $1 and newest = 1", id)
}

// ElementHistory reads all versions of an element, the newest first.
func ElementHistory(ctx context.Context, r db.Reader, id string) ([]Element, error) {
	return db.Find[Element](ctx, r, "select "+elementCols+" from form_element where id = $1 order by version desc", id)
}

// Elements lists newest versions behind an id, by id; a query finds by name, pinyin or id.
func Elements(ctx context.Context, r db.Reader, query, after string, limit int) ([]Element, error) {
	where, args := elementsFound(query)
	n := len(args)
	return db.Find[Element](ctx, r, fmt.Sprintf("select "+elementCols+" from form_element where newest = 1 and %s and id > $%d order by id limit $%d", where, n+1, n+2), append(args, after, limit)...)
}

func elementsFound(query string) (string, []any) {
	folded := search.Fold(query)
	if folded == "" {
		return "1 = 1", nil
	}
	if search.Latin(folded) {
		return "id in (select element from form_term where term >= $1 and term < $2)", []any{"p:" + folded, "p:" + folded + "\U0010FFFF"}
	}
	terms := search.QueryTerms(query)
	for i := range terms {
		terms[i] = "t:" + terms[i]
	}
	if len(terms) == 0 {
		return "1 = 0", nil
	}
	return fmt.Sprintf("id in (select element from form_term where term in %s group by element having count(*) >= $%d)", db.In(1, len(terms)), len(terms)+1), append(db.Any(terms), (len(terms)+1)/2)
}
