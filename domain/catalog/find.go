package catalog

import (
	"context"
	"fmt"
	"strings"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/search"
	"yimen/ref"
)

// Side is for whom something is: people or companies and other bodies.
type Side string

// The sides of the front door.
const (
	Person  Side = "person"
	Company Side = "company"
)

// The kinds of facet an item is found by besides its words.
const (
	FacetNeed  = "need"
	FacetSide  = "side"
	FacetTheme = "theme"
)

type facet struct {
	Item    ref.ItemID `db:"item"`
	Kind    string     `db:"kind"`
	Value   string     `db:"value"`
	ValueEn string     `db:"value_en"`
}

// facets are what an item is sorted under.
func facets(it *Item) (out []facet) {
	seen := map[facet]bool{}
	add := func(kind, value, english string) {
		key := facet{it.ID, kind, value, ""}
		if value != "" && !seen[key] {
			seen[key] = true
			out = append(out, facet{it.ID, kind, value, english})
		}
	}
	for _, n := range it.Needs {
		add(FacetNeed, n.Name, n.NameEn)
	}
	for _, a := range it.Audience {
		if a == ref.AudienceNatural {
			add(FacetSide, string(Person), "")
		} else {
			add(FacetSide, string(Company), "")
		}
	}
	for _, t := range it.Channels.Themes {
		add(FacetTheme, t, "")
	}
	return out
}

func sortIn(ctx context.Context, tx *db.Tx, it *Item) error {
	if _, err := tx.Exec(ctx, "delete from catalog_facet where item = $1", it.ID); err != nil {
		return err
	}
	if all := facets(it); len(all) > 0 {
		return db.Insert(ctx, tx, "catalog_facet", all...)
	}
	return nil
}

// Looking is what somebody at the front door looks for; empty fields take all.
type Looking struct {
	Words string // name, everyday word, pinyin, initials or code; a wrong character still finds
	Need  string
	Side  Side
	From  int // how many are left out, of at most Deepest
	Limit int
}

// Deepest is how far a list of finds goes; who has not found by then should say more.
const Deepest = 2000

// Find lists items in use, best finds first, else those written out whole and then by name.
func Find(ctx context.Context, r db.Reader, q Looking) ([]Row, error) {
	w := &words{}
	from, order, where := "catalog_item i", "i.walk_through desc, i.name, i.id", []string{"i.state = 'in_use'"}
	if hits := w.hits(q.Words); hits != "" {
		from, order = "("+hits+") t join catalog_item i on i.id = t.item", "t.hits desc, "+order
	}
	if q.Need != "" { // few have it: begin with them
		where = append(where, fmt.Sprintf("i.id in (select item from catalog_facet where kind = '%s' and value = %s)", FacetNeed, w.arg(q.Need)))
	}
	if q.Side != "" { // most have it: look at those found
		where = append(where, fmt.Sprintf("exists (select 1 from catalog_facet f where f.item = i.id and f.kind = '%s' and f.value = %s)", FacetSide, w.arg(q.Side)))
	}
	sql := fmt.Sprintf("select %s from %s where %s order by %s limit %s offset %s", "i."+strings.ReplaceAll(rowCols, ", ", ", i."), from, strings.Join(where, " and "), order,
		w.arg(q.Limit), w.arg(min(max(q.From, 0), Deepest)))
	return db.Find[Row](ctx, r, sql, w.args...)
}

// hits selects the items that answer what was typed, with how well; "" when nothing was. At least half of the pairs of
// characters must be there, so that one wrong character still finds.
func (w *words) hits(typed string) string {
	folded := search.Fold(typed)
	if folded == "" {
		return ""
	}
	if search.Latin(folded) {
		return "select distinct item, 1 as hits from catalog_term where " + strings.Join([]string{w.begins("p:" + folded), w.begins("c:" + folded), w.begins("e:" + easyPinyin(folded))}, " or ")
	}
	terms := search.QueryTerms(typed)
	if len(terms) == 0 {
		return "select item, 0 as hits from catalog_term where 1 = 0"
	}
	var in []string
	for _, t := range terms {
		in = append(in, w.arg("t:"+t))
	}
	return fmt.Sprintf("select item, count(*) as hits from catalog_term where term in (%s) group by item having count(*) >= %s", strings.Join(in, ", "), w.arg((len(terms)+1)/2))
}

func (w *words) begins(with string) string {
	return fmt.Sprintf("(term >= %s and term < %s)", w.arg(with), w.arg(with+"\U0010FFFF"))
}

// Near lists items in use that are like what was typed, for who found nothing: those that sound the same (the usual
// slip of who types by sound), then those with most of its characters; of letters, those beginning with most of them.
// It lists none when nothing is alike.
func Near(ctx context.Context, r db.Reader, q Looking) ([]Row, error) {
	for _, words := range likely(search.Fold(q.Words)) {
		if rows, err := Find(ctx, r, Looking{Words: words, Limit: q.Limit}); err != nil || len(rows) > 0 {
			return rows, err
		}
	}
	return alike(ctx, r, q)
}

// longestSlip is how many last letters may be wrong.
const longestSlip = 4

// likely are other ways to write what was typed, the nearest first.
func likely(folded string) (out []string) {
	if !search.Latin(folded) {
		sound, _ := search.Pinyin(folded)
		return []string{sound}
	}
	for n := len(folded) - 1; n >= max(len(folded)-longestSlip, len(folded)/2+1); n-- { // Latin: a letter is a byte
		out = append(out, folded[:n])
	}
	return out
}

// alike lists items by how many of the characters and their pairs they have. One character of many means nothing: of
// three and more, two neighbours must be there, which count as three.
func alike(ctx context.Context, r db.Reader, q Looking) ([]Row, error) {
	terms := search.Terms(q.Words)
	if len(terms) == 0 || search.Latin(search.Fold(q.Words)) {
		return nil, nil
	}
	least := 1
	if len(terms) > 3 {
		least = 3
	}
	w := &words{}
	var in []string
	for _, t := range terms {
		in = append(in, w.arg("t:"+t))
	}
	sql := fmt.Sprintf(`select %s from (select item, count(*) as hits from catalog_term where term in (%s) group by item having count(*) >= %s) t join catalog_item i on i.id = t.item
		where i.state = 'in_use' order by t.hits desc, i.walk_through desc, i.name, i.id limit %s`, "i."+strings.ReplaceAll(rowCols, ", ", ", i."), strings.Join(in, ", "), w.arg(least), w.arg(q.Limit))
	return db.Find[Row](ctx, r, sql, w.args...)
}

// among is hits as a condition on an item's id.
func (w *words) among(typed string) string {
	if hits := w.hits(typed); hits != "" {
		return "id in (select item from (" + hits + ") t)"
	}
	return "1 = 1"
}

// words numbers a query's arguments.
type words struct{ args []any }

func (w *words) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprint("$", len(w.args))
}

// easyPinyin folds the sounds that many mix up when they type: zh/z, ch/c, sh/s, -ng/-n, ü typed as v.
func easyPinyin(s string) string {
	return strings.NewReplacer("zh", "z", "ch", "c", "sh", "s", "ng", "n", "v", "u").Replace(s)
}

// Facet is a value items are sorted under, with how many there are.
type Facet struct {
	Value   string `db:"value"`
	ValueEn string `db:"value_en"`
	Items   int    `db:"items"`
}

// Needs lists what people of a side come for, the needs with most items first.
func Needs(ctx context.Context, r db.Reader, side Side) ([]Facet, error) {
	return db.Find[Facet](ctx, r, `select n.value, max(n.value_en) as value_en, count(*) as items from catalog_facet n
		join catalog_facet s on s.item = n.item and s.kind = 'side' and s.value = $1
		join catalog_item i on i.id = n.item and i.state = 'in_use' where n.kind = 'need' group by n.value order by items desc, n.value`, side)
}

// NeedEn is a need's name in English, "" when it has none.
func NeedEn(ctx context.Context, r db.Reader, need string) (string, error) {
	f, err := db.One[Facet](ctx, r, "select value, value_en, 1 as items from catalog_facet where kind = 'need' and value = $1 order by value_en desc limit 1", need)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return f.ValueEn, err
}
