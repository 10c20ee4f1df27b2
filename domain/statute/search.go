package statute

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"unicode"

	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/search"
)

// gap stands between words in a folded text: no pair goes across punctuation.
const gap = ' '

// folded is a text as it is compared, with the place of each character in the original.
type folded struct {
	runes []rune
	from  []int // index in runes of the original
}

func fold(s string) folded {
	f := folded{}
	for i, r := range []rune(s) {
		if r >= 0x4E00 && r <= 0x9FFF {
			f.runes, f.from = append(f.runes, r), append(f.from, i)
			continue
		}
		out := ""
		if !unicode.IsPunct(r) && !unicode.IsSpace(r) {
			out = search.Fold(string(r))
		}
		if out == "" {
			if len(f.runes) > 0 && f.runes[len(f.runes)-1] != gap {
				f.runes, f.from = append(f.runes, gap), append(f.from, i)
			}
			continue
		}
		for _, x := range out {
			f.runes, f.from = append(f.runes, x), append(f.from, i)
		}
	}
	return f
}

// index finds a word, -1 where it is not.
func (f folded) index(word []rune) int {
	for i := 0; i+len(word) <= len(f.runes); i++ {
		if f.runes[i] == word[0] && slices.Equal(f.runes[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// Query asks for articles by words.
type Query struct {
	Words string // one or more words of two characters and more; an article has all of them
	Name  string // a part of the law's name, "" = any
	State State
	Day   calendar.Date
	After string // the last hit of the page before
	Limit int
}

// Hit is an article that has the words.
type Hit struct {
	Version Version
	Number  int
	Sub     int
	Label   string
	Before  string // the words around the first of them
	Match   string
	Behind  string
	ord     int64
}

// errShort is the answer to a query without a word of two characters: field "words".
func errShort() error { return fault.Bad(fault.Field{Name: "words", Key: "statute.words_short"}) }

// words of a query, folded; Errors: fault.Invalid on field "words" when none has two characters.
func (q Query) words() (out [][]rune, err error) {
	f := fold(q.Words)
	for len(f.runes) > 0 {
		n := slices.Index(f.runes, gap)
		word := f.runes
		if n >= 0 {
			word, f.runes = f.runes[:n], f.runes[n+1:]
		} else {
			f.runes = nil
		}
		if len(word) > 1 {
			out = append(out, word[:min(len(word), maxWord)])
		}
	}
	if len(out) == 0 {
		return nil, errShort()
	}
	return out[:min(len(out), maxWords)], nil
}

const (
	maxWord  = 30 // characters of one word; what is longer is cut
	maxWords = 6
	batch    = 64 // articles looked at in one query
	patience = 8  // batches before a page is given as it is, with the way on
)

// Search finds articles that have all the words, in the order in which they were loaded, higher rank first. next is ""
// at the end. Errors: fault.Invalid on field "words" when no word has two characters; fault.NotFound for a broken After.
func Search(ctx context.Context, r db.Reader, q Query) (hits []Hit, next string, err error) {
	words, err := q.words()
	if err != nil {
		return nil, "", err
	}
	after := int64(-1)
	if q.After != "" {
		if after, err = strconv.ParseInt(q.After, 10, 64); err != nil {
			return nil, "", fault.New(fault.NotFound, "fault.not_found")
		}
	}
	ords, err := candidates(ctx, r, words)
	if err != nil {
		return nil, "", err
	}
	if ords, err = q.keep(ctx, r, ords, after); err != nil {
		return nil, "", err
	}
	for n := 0; len(ords) > 0 && len(hits) <= q.Limit && n < patience; n++ {
		some := ords[:min(batch, len(ords))]
		ords, after = ords[len(some):], some[len(some)-1]
		found, err := look(ctx, r, some, words)
		if err != nil {
			return nil, "", err
		}
		hits = append(hits, found...)
	}
	if len(hits) > q.Limit {
		hits = hits[:q.Limit]
		return hits, strconv.FormatInt(hits[q.Limit-1].ord, 10), nil
	}
	if len(ords) > 0 {
		next = strconv.FormatInt(after, 10)
	}
	return hits, next, nil
}

// candidates are the articles that have every pair of every word, ascending.
func candidates(ctx context.Context, r db.Reader, words [][]rune) ([]int64, error) {
	var pairs []string
	for _, w := range words {
		for i := 1; i < len(w); i++ {
			pairs = append(pairs, string(w[i-1:i+1]))
		}
	}
	slices.Sort(pairs)
	pairs = slices.Compact(pairs)
	rows, err := db.Find[Term](ctx, r, "select segment, term, postings from statute_term where segment in (select id from statute_segment where ready = 1) and term in "+
		db.In(1, len(pairs)), db.Any(pairs)...)
	if err != nil {
		return nil, fmt.Errorf("search the law texts: %w", err)
	}
	bySegment := map[string][][]byte{}
	for _, x := range rows {
		bySegment[x.Segment] = append(bySegment[x.Segment], x.Postings)
	}
	var out []int64
	for _, lists := range bySegment {
		if len(lists) == len(pairs) {
			out = append(out, intersect(lists)...)
		}
	}
	slices.Sort(out)
	return out, nil
}

func intersect(lists [][]byte) []int64 {
	slices.SortFunc(lists, func(a, b []byte) int { return cmp.Compare(len(a), len(b)) })
	out := unpack(lists[0])
	for _, packed := range lists[1:] {
		other, k := unpack(packed), 0
		out = slices.DeleteFunc(out, func(ord int64) bool {
			for k < len(other) && other[k] < ord {
				k++
			}
			return k == len(other) || other[k] != ord
		})
	}
	return out
}

func unpack(packed []byte) []int64 {
	out := make([]int64, 0, len(packed)/2)
	last := int64(0)
	for len(packed) > 0 {
		d, n := binary.Uvarint(packed)
		if n <= 0 {
			return out
		}
		last += int64(d)
		out, packed = append(out, last), packed[n:]
	}
	return out
}

// keep leaves out what the page before had and what the filter does not want.
func (q Query) keep(ctx context.Context, r db.Reader, ords []int64, after int64) ([]int64, error) {
	i, _ := slices.BinarySearch(ords, after+1)
	ords = ords[i:]
	if len(ords) == 0 || q.State == Any && search.Fold(q.Name) == "" {
		return ords, nil
	}
	where, args := q.State.where("v.", 1), []any{q.Day}
	if terms := search.QueryTerms(q.Name); len(terms) > 0 {
		where += fmt.Sprintf(" and v.law in (select law from statute_name where term in %s group by law having count(*) = %d)", db.In(2, len(terms)), len(terms))
		args = append(args, db.Any(terms)...)
	}
	seqs, err := db.Find[int64](ctx, r, "select v.seq from statute_version v where v.ready = 1 and "+where, args...)
	if err != nil {
		return nil, err
	}
	wanted := make(map[int64]bool, len(seqs))
	for _, s := range seqs {
		wanted[s] = true
	}
	return slices.DeleteFunc(ords, func(ord int64) bool { return !wanted[ord>>16] }), nil
}

type hitRow struct {
	Version
	Ord    int64  `db:"ord"`
	Number int    `db:"article"`
	Sub    int    `db:"sub"`
	Label  string `db:"label"`
	Body   string `db:"body"`
}

// look reads articles and keeps those that have each word in one piece.
func look(ctx context.Context, r db.Reader, ords []int64, words [][]rune) (hits []Hit, err error) {
	args := make([]any, batch) // always as many, so that the statement is prepared once
	for i := range args {
		args[i] = ords[min(i, len(ords)-1)]
	}
	rows, err := db.Find[hitRow](ctx, r, "select "+versionCols+`, a.ord, a.article, a.sub, a.label, a.body from statute_article a
		join statute_version v on v.id = a.version join statute_law l on l.id = v.law where a.ord in `+db.In(1, batch)+" order by a.ord", args...)
	if err != nil {
		return nil, fmt.Errorf("read articles: %w", err)
	}
	for _, x := range rows {
		a, err := article(x.Number, x.Sub, x.Label, "", x.Body)
		if err != nil {
			return nil, err
		}
		if h, ok := found(a.String(), words); ok {
			h.Version, h.Number, h.Sub, h.Label, h.ord = x.Version, x.Number, x.Sub, x.Label, x.Ord
			hits = append(hits, h)
		}
	}
	return hits, nil
}

// around is how many characters a snippet shows on each side.
const around = 36

// found cuts the snippet round the first word.
func found(text string, words [][]rune) (Hit, bool) {
	f := fold(text)
	first := -1
	for i, w := range words {
		at := f.index(w)
		if at < 0 {
			return Hit{}, false
		}
		if i == 0 {
			first = at
		}
	}
	runes := []rune(text)
	for i, r := range runes {
		if unicode.IsSpace(r) {
			runes[i] = ' '
		}
	}
	from, to := f.from[first], f.from[first+len(words[0])-1]+1
	h := Hit{Before: string(runes[max(0, from-around):from]), Match: string(runes[from:to]), Behind: string(runes[to:min(len(runes), to+around)])}
	if from > around {
		h.Before = "…" + h.Before
	}
	if to+around < len(runes) {
		h.Behind += "…"
	}
	return h, true
}
