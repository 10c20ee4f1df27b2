package statute

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"yimen/foundation/db"
)

// The word index: for each pair of neighbouring characters the articles that have it, as one row of packed numbers a
// pair and segment. Loading texts writes one more segment; segments too many are packed into one. The index is derived:
// a version whose segment is "" is not in it yet.

// Pairs collects the index of versions in memory; the zero value is ready.
type Pairs struct {
	postings map[string][]byte
	newest   map[string]int64
	Versions []string
}

// Take adds a version's articles. Versions come in the order of their Seq.
func (p *Pairs) Take(v Version, articles []Article) {
	if p.postings == nil {
		p.postings, p.newest = map[string][]byte{}, map[string]int64{}
	}
	for i, a := range articles {
		ord := v.Seq<<16 + int64(i)
		text := fold(a.String())
		for k := 1; k < len(text.runes); k++ {
			if text.runes[k-1] != gap && text.runes[k] != gap {
				p.add(string(text.runes[k-1:k+1]), ord)
			}
		}
	}
	p.Versions = append(p.Versions, v.ID)
}

func (p *Pairs) add(pair string, ord int64) {
	if last, ok := p.newest[pair]; !ok || last != ord {
		p.postings[pair] = binary.AppendUvarint(p.postings[pair], uint64(ord-last))
		p.newest[pair] = ord
	}
}

// Term is one row of the index.
type Term struct {
	Segment  string `db:"segment"`
	Term     string `db:"term"`
	Postings []byte `db:"postings"`
}

// Terms are the rows of a segment, in the index's order.
func (p *Pairs) Terms(segment string) []Term {
	out := make([]Term, 0, len(p.postings))
	for pair, postings := range p.postings {
		out = append(out, Term{segment, pair, postings})
	}
	slices.SortFunc(out, func(a, b Term) int {
		switch {
		case a.Term < b.Term:
			return -1
		case a.Term > b.Term:
			return 1
		}
		return 0
	})
	return out
}

// PutTerms enters rows of a segment that nobody reads yet.
func PutTerms(ctx context.Context, tx *db.Tx, rows []Term) error {
	for some := range slices.Chunk(rows, perInsert) {
		if err := db.Insert(ctx, tx, "statute_term", some...); err != nil {
			return err
		}
	}
	return nil
}

// Segment is a part of the index.
type Segment struct {
	ID       string    `db:"id"`
	Terms    int       `db:"terms"`
	Versions int       `db:"versions"`
	Ready    bool      `db:"ready"`
	Made     time.Time `db:"made_at"`
}

// Segments are all parts of the index, the oldest first.
func Segments(ctx context.Context, r db.Reader) ([]Segment, error) {
	return db.Find[Segment](ctx, r, "select id, terms, versions, ready, made_at from statute_segment order by id")
}

// BeginSegment notes a segment before its first row, so that one cut off is found and dropped.
func BeginSegment(ctx context.Context, tx *db.Tx, id string, now time.Time) error {
	return db.Insert(ctx, tx, "statute_segment", Segment{ID: id, Made: now})
}

// OpenSegment lets a whole segment be read, in place of those it was packed from.
func OpenSegment(ctx context.Context, tx *db.Tx, id string, p *Pairs, replaces []string) error {
	if _, err := tx.Exec(ctx, "update statute_segment set ready = 1, terms = $1, versions = $2 where id = $3", len(p.postings), len(p.Versions), id); err != nil {
		return err
	}
	for _, v := range p.Versions {
		if _, err := tx.Exec(ctx, "update statute_version set segment = $1 where id = $2", id, v); err != nil {
			return err
		}
	}
	for _, old := range replaces {
		if _, err := tx.Exec(ctx, "update statute_segment set ready = 0 where id = $1", old); err != nil {
			return err
		}
	}
	return nil
}

// DropTerms removes up to limit rows of a segment that is not read, and says whether all are gone, itself too.
func DropTerms(ctx context.Context, tx *db.Tx, id string, limit int) (bool, error) {
	n, err := tx.Exec(ctx, `delete from statute_term where segment = $1 and term in (select term from statute_term where segment = $1 order by term limit $2)`, id, limit)
	if err != nil || n == int64(limit) {
		return false, err
	}
	_, err = tx.Exec(ctx, "delete from statute_segment where id = $1 and ready = 0", id)
	return true, err
}

// Unindexed are versions that count and are not in the index, in the order of their Seq, and those of the named segments.
func Unindexed(ctx context.Context, r db.Reader, segments ...string) ([]Version, error) {
	in := append([]string{""}, segments...)
	return db.Find[Version](ctx, r, "select "+versionCols+" from statute_version v join statute_law l on l.id = v.law where v.ready = 1 and v.segment in "+db.In(1, len(in))+" order by v.seq", db.Any(in)...)
}
