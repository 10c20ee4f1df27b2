package statute

import (
	"context"
	"fmt"
	"slices"

	"yimen/foundation/db"
)

// Object is what cites: an item, a power, a rule.
type Object struct {
	Kind string `db:"kind"` // item · power · rule · …
	ID   string `db:"object"`
}

// Located is a citation and where it stands in its object.
type Located struct {
	Path string
	Citation
}

type citationRow struct {
	Kind      string `db:"kind"`
	ID        string `db:"object"`
	Path      string `db:"path"`
	Law       string `db:"law"`
	Article   int    `db:"article"`
	Sub       int    `db:"sub"`
	Paragraph int    `db:"paragraph"`
	Point     int    `db:"point"`
	Words     string `db:"words"`
}

// Cite replaces what an object cites.
func Cite(ctx context.Context, tx *db.Tx, by Object, all []Located) error {
	if _, err := tx.Exec(ctx, "delete from statute_citation where kind = $1 and object = $2", by.Kind, by.ID); err != nil {
		return err
	}
	rows := make([]citationRow, len(all))
	for i, c := range all {
		rows[i] = citationRow{by.Kind, by.ID, c.Path, c.Law, c.Article, c.Sub, c.Paragraph, c.Point, c.Text}
	}
	for some := range slices.Chunk(rows, perInsert) {
		if err := db.Insert(ctx, tx, "statute_citation", some...); err != nil {
			return fmt.Errorf("citations of %s %s: %w", by.Kind, by.ID, err)
		}
	}
	return nil
}

// Cited is a place that cites.
type Cited struct {
	By Object
	Located
}

// CitedBy lists what cites a law, in any of the articles, or anywhere when none is named; a citation of the whole law counts always.
func CitedBy(ctx context.Context, r db.Reader, law string, articles [][2]int) ([]Cited, error) {
	rows, err := db.Find[citationRow](ctx, r, `select kind, object, path, law, article, sub, paragraph, point, words from statute_citation
		where law = $1 order by article, sub, kind, object, path`, law)
	if err != nil {
		return nil, fmt.Errorf("who cites %s: %w", law, err)
	}
	return some(rows, articles), nil
}

// Citations lists all that is registered, by object: for a check of everything on one day.
func Citations(ctx context.Context, r db.Reader) ([]Cited, error) {
	rows, err := db.Find[citationRow](ctx, r, "select kind, object, path, law, article, sub, paragraph, point, words from statute_citation order by kind, object, path")
	return some(rows, nil), err
}

func some(rows []citationRow, articles [][2]int) (out []Cited) {
	for _, x := range rows {
		if articles == nil || x.Article == 0 || slices.Contains(articles, [2]int{x.Article, x.Sub}) {
			c := Citation{x.Law, x.Article, x.Sub, x.Paragraph, x.Point, x.Words}
			out = append(out, Cited{Object{x.Kind, x.ID}, Located{x.Path, c}})
		}
	}
	return out
}

// Citing lists the objects of a kind that are in the register.
func Citing(ctx context.Context, r db.Reader, kind string) ([]string, error) {
	return db.Find[string](ctx, r, "select distinct object from statute_citation where kind = $1", kind)
}
