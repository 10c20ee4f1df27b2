package statute

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/search"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Currency says how it is known that a version is the text in force.
type Currency string

const (
	Stated    Currency = "stated"    // the text's own history reaches the version's date
	Confirmed Currency = "confirmed" // a person looked it up, and said where
	Unknown   Currency = "unknown"
)

// Version is a version of a law as it stands in the tables.
type Version struct {
	ID              string        `db:"id"`
	Law             string        `db:"law"`
	Name            string        `db:"name"` // of the law
	Seq             int64         `db:"seq"`
	Published       calendar.Date `db:"published"`
	Effective       calendar.Date `db:"effective"`
	EffectiveStated bool          `db:"effective_stated"` // else it is taken to be the day of publication
	Until           calendar.Date `db:"until_day"`        // the first day it is no longer in force; 0: none known
	SupersededBy    string        `db:"superseded_by"`    // the version that ended it, of this law or of another; "" = none
	Currency        Currency      `db:"currency"`
	CheckedAt       time.Time     `db:"checked_at"` // Confirmed: when, by whom, where they looked
	CheckedBy       string        `db:"checked_by"`
	Source          string        `db:"source"`
	Revised         calendar.Date `db:"revised"`
	History         string        `db:"history"` // lines
	File            string        `db:"file"`
	Articles        int           `db:"articles"`
	ImportedAt      time.Time     `db:"imported_at"`
}

const versionCols = `v.id, v.law, l.name, v.seq, v.published, v.effective, v.effective_stated, v.until_day, v.superseded_by, v.currency, v.checked_at,
	v.checked_by, v.source, v.revised, v.history, v.file, v.articles, v.imported_at`

// InForce says whether the version is the one in force on a day.
func (v Version) InForce(day calendar.Date) bool {
	return v.Effective <= day && (v.Until == 0 || day < v.Until)
}

// Ended says that the version was in force and is no longer.
func (v Version) Ended(day calendar.Date) bool { return v.Until > 0 && v.Until <= day }

// compare orders versions by when they count from, the one loaded later last.
func (v Version) compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Effective, w.Effective), cmp.Compare(v.Published, w.Published), cmp.Compare(v.Seq, w.Seq))
}

// Repeal is another law's word that a law ends.
type Repeal struct {
	Version string        `db:"version"` // which says so
	From    calendar.Date `db:"from_day"`
}

// Chain sorts a law's versions, the oldest first, and works out until when each counts: until the next takes effect, or
// another law ends it.
func Chain(versions []Version, repeals []Repeal) {
	slices.SortFunc(versions, Version.compare)
	for i := range versions {
		v := &versions[i]
		v.Until, v.SupersededBy = 0, ""
		if i+1 < len(versions) {
			v.Until, v.SupersededBy = versions[i+1].Effective, versions[i+1].ID
		}
		for _, x := range repeals {
			if x.From > v.Effective && (v.Until == 0 || x.From < v.Until) {
				v.Until, v.SupersededBy = x.From, x.Version
			}
		}
	}
}

// Begun is a version on its way in.
type Begun struct {
	Version Version
	Known   bool // this very text is loaded already
	Fresh   bool // no version of the law was there before
}

// maxArticles is how many articles a version may have, so that an article's number in the house is seq<<16 | place.
const maxArticles = 1 << 16

// Begin enters a version that nobody sees until Open. One that was begun and not opened is taken up again.
func Begin(ctx context.Context, tx *db.Tx, l *Law, file string, now time.Time) (Begun, error) {
	if len(l.Articles) > maxArticles {
		return Begun{}, &Flaw{0, "statute.flaw.long", []any{"n", maxArticles}}
	}
	id, fresh, err := lawID(ctx, tx, l)
	if err != nil {
		return Begun{}, err
	}
	digest := l.Digest()
	var there, ready string
	err = tx.QueryRow(ctx, "select id, cast(ready as text) from statute_version where law = $1 and published = $2 and digest = $3", id, l.Published, digest).Scan(&there, &ready)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Begun{}, err
	}
	if there != "" {
		v, err := get(ctx, tx, there)
		return Begun{v, ready == "1", fresh}, err
	}
	v := Version{ID: db.NewID(), Law: id, Name: l.Name, Published: l.Published, Effective: l.Effective, EffectiveStated: l.EffectiveStated, Currency: Unknown,
		Revised: l.Revised, History: strings.Join(l.History, "\n"), File: file, Articles: len(l.Articles), ImportedAt: now}
	if l.Stated() {
		v.Currency = Stated
	}
	if err := tx.QueryRow(ctx, "select coalesce(max(seq), 0) + 1 from statute_version").Scan(&v.Seq); err != nil {
		return Begun{}, err
	}
	_, err = tx.Exec(ctx, `insert into statute_version (id, law, seq, published, effective, effective_stated, until_day, superseded_by, currency, checked_at, checked_by, source,
		revised, history, digest, file, articles, imported_at, ready, segment) values ($1, $2, $3, $4, $5, $6, 0, '', $7, 0, '', '', $8, $9, $10, $11, $12, $13, 0, '')`,
		v.ID, v.Law, v.Seq, v.Published, v.Effective, v.EffectiveStated, v.Currency, v.Revised, v.History, digest, v.File, v.Articles, v.ImportedAt)
	return Begun{v, false, fresh}, err
}

// lawID finds the law of a name or makes it; fresh: no version of it can be read yet.
func lawID(ctx context.Context, tx *db.Tx, l *Law) (id string, fresh bool, err error) {
	var versions int
	err = tx.QueryRow(ctx, "select id, versions from statute_law where name = $1", l.Name).Scan(&id, &versions)
	if !fault.Is(err, fault.NotFound) {
		return id, versions == 0, err
	}
	id = db.NewID()
	_, err = tx.Exec(ctx, `insert into statute_law (id, name, kind, issuer, newest, published, effective, until_day, currency, versions)
		values ($1, $2, $3, $4, '', 0, 0, 0, $5, 0)`, id, l.Name, l.Kind, l.Issuer, Unknown)
	if err != nil {
		return "", false, err
	}
	type name struct {
		Term string `db:"term"`
		Law  string `db:"law"`
	}
	var rows []name
	for _, term := range search.Terms(l.Name) {
		rows = append(rows, name{term, id})
	}
	for some := range slices.Chunk(rows, perInsert) {
		if err := db.Insert(ctx, tx, "statute_name", some...); err != nil {
			return "", false, err
		}
	}
	return id, true, nil
}

// perInsert is how many rows one statement inserts: finding a numbered parameter takes SQLite's driver longer the more there are.
const perInsert = 20

type articleRow struct {
	Ord     int64  `db:"ord"`
	Version string `db:"version"`
	Number  int    `db:"article"`
	Sub     int    `db:"sub"`
	Label   string `db:"label"`
	Chapter string `db:"chapter"`
	Body    string `db:"body"`
}

// Add enters articles of a begun version, from place on in its order. It may be repeated.
func Add(ctx context.Context, tx *db.Tx, v Version, place int, articles []Article) error {
	first := v.Seq<<16 + int64(place)
	if _, err := tx.Exec(ctx, "delete from statute_article where ord >= $1 and ord < $2", first, first+int64(len(articles))); err != nil {
		return err
	}
	rows := make([]articleRow, len(articles))
	for i, a := range articles {
		body, err := json.Marshal(a.Paragraphs)
		if err != nil {
			return err
		}
		rows[i] = articleRow{first + int64(i), v.ID, a.Number, a.Sub, a.Label, strings.Join(a.Chapter, "\n"), string(body)}
	}
	for some := range slices.Chunk(rows, perInsert) {
		if err := db.Insert(ctx, tx, "statute_article", some...); err != nil {
			return err
		}
	}
	return nil
}

// Open lets a begun version count, ends the one before it and the laws it repeals, and gives the version it follows (ID "" = none).
func Open(ctx context.Context, tx *db.Tx, v Version, repeals []Ending) (before Version, err error) {
	if _, err := tx.Exec(ctx, "update statute_version set ready = 1 where id = $1", v.ID); err != nil {
		return before, err
	}
	for _, x := range repeals {
		if _, err := tx.Exec(ctx, "insert into statute_repeal (law_name, version, from_day) values ($1, $2, $3) on conflict do nothing", x.Law, v.ID, x.From); err != nil {
			return before, err
		}
		var other string
		err := tx.QueryRow(ctx, "select id from statute_law where name = $1", x.Law).Scan(&other)
		if err == nil {
			_, err = settle(ctx, tx, other)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return before, err
		}
	}
	chain, err := settle(ctx, tx, v.Law)
	if err != nil {
		return before, err
	}
	if i := slices.IndexFunc(chain, func(x Version) bool { return x.ID == v.ID }); i > 0 {
		before = chain[i-1]
	}
	return before, nil
}

// settle works out a law's chain anew and keeps it beside the versions and on the law.
func settle(ctx context.Context, tx *db.Tx, law string) ([]Version, error) {
	chain, err := Versions(ctx, tx, law)
	if err != nil || len(chain) == 0 {
		return nil, err
	}
	repeals, err := db.Find[Repeal](ctx, tx, "select version, from_day from statute_repeal where law_name = $1", chain[0].Name)
	if err != nil {
		return nil, err
	}
	Chain(chain, repeals)
	for _, v := range chain {
		if _, err := tx.Exec(ctx, "update statute_version set until_day = $1, superseded_by = $2 where id = $3", v.Until, v.SupersededBy, v.ID); err != nil {
			return nil, err
		}
	}
	last := chain[len(chain)-1]
	_, err = tx.Exec(ctx, "update statute_law set newest = $1, published = $2, effective = $3, until_day = $4, currency = $5, versions = $6 where id = $7",
		last.ID, last.Published, last.Effective, last.Until, last.Currency, len(chain), law)
	return chain, err
}

// Confirm notes that a version was looked up and is the text of its date, and where.
func Confirm(ctx context.Context, tx *db.Tx, id, by, source string, now time.Time) error {
	v, err := get(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "update statute_version set currency = $1, checked_at = $2, checked_by = $3, source = $4 where id = $5", Confirmed, now, by, source, id); err != nil {
		return err
	}
	_, err = settle(ctx, tx, v.Law)
	return err
}

// GetVersion reads a version. Errors: fault.NotFound.
func GetVersion(ctx context.Context, r db.Reader, id string) (Version, error) {
	return db.One[Version](ctx, r, "select "+versionCols+" from statute_version v join statute_law l on l.id = v.law where v.id = $1 and v.ready = 1", id)
}

func get(ctx context.Context, r db.Reader, id string) (Version, error) {
	return db.One[Version](ctx, r, "select "+versionCols+" from statute_version v join statute_law l on l.id = v.law where v.id = $1", id)
}

// Versions are a law's, the oldest first.
func Versions(ctx context.Context, r db.Reader, law string) ([]Version, error) {
	all, err := db.Find[Version](ctx, r, "select "+versionCols+" from statute_version v join statute_law l on l.id = v.law where v.law = $1 and v.ready = 1", law)
	slices.SortFunc(all, Version.compare)
	return all, err
}

// Articles are a version's, in the order of the text.
func Articles(ctx context.Context, r db.Reader, v Version) ([]Article, error) {
	rows, err := db.Find[articleRow](ctx, r, "select ord, version, article, sub, label, chapter, body from statute_article where ord >= $1 and ord < $2 order by ord",
		v.Seq<<16, (v.Seq+1)<<16)
	if err != nil {
		return nil, fmt.Errorf("articles of %s: %w", v.Name, err)
	}
	out := make([]Article, len(rows))
	for i, x := range rows {
		if out[i], err = article(x.Number, x.Sub, x.Label, x.Chapter, x.Body); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Entry is a law in a list, as its newest version has it.
type Entry struct {
	ID        string        `db:"id"`
	Name      string        `db:"name"`
	Kind      Kind          `db:"kind"`
	Issuer    string        `db:"issuer"`
	Newest    string        `db:"newest"`
	Published calendar.Date `db:"published"`
	Effective calendar.Date `db:"effective"`
	Until     calendar.Date `db:"until_day"`
	Currency  Currency      `db:"currency"`
	Versions  int           `db:"versions"`
}

const entryCols = "id, name, kind, issuer, newest, published, effective, until_day, currency, versions"

// GetLaw reads a law. Errors: fault.NotFound.
func GetLaw(ctx context.Context, r db.Reader, id string) (Entry, error) {
	return db.One[Entry](ctx, r, "select "+entryCols+" from statute_law where id = $1 and versions > 0", id)
}

// State filters laws by what is known of their newest version.
type State string

const (
	Any      State = ""
	Current  State = "current"  // not ended, and known to be the text in force
	Doubtful State = "doubtful" // not ended, currency unknown
	Gone     State = "gone"     // ended
)

// where is the state's condition on columns until_day and currency; the day is argument n.
func (s State) where(prefix string, n int) string {
	over := fmt.Sprintf("(%suntil_day > 0 and %suntil_day <= $%d)", prefix, prefix, n)
	switch s {
	case Current:
		return "not " + over + " and " + prefix + "currency <> 'unknown'"
	case Doubtful:
		return "not " + over + " and " + prefix + "currency = 'unknown'"
	case Gone:
		return over
	}
	return fmt.Sprintf("$%d >= 0", n)
}

// List finds laws by a part of the name, in the order of names; after is the last name of the page before.
func List(ctx context.Context, r db.Reader, name string, state State, day calendar.Date, after string, limit int) ([]Entry, error) {
	where, args := state.where("", 3), []any{after, limit, day}
	if terms := search.QueryTerms(name); len(terms) > 0 {
		where += fmt.Sprintf(" and id in (select law from statute_name where term in %s group by law having count(*) = %d)", db.In(4, len(terms)), len(terms))
		args = append(args, db.Any(terms)...)
	}
	return db.Find[Entry](ctx, r, "select "+entryCols+" from statute_law where versions > 0 and name > $1 and "+where+" order by name limit $2", args...)
}

// Count says how many laws are loaded, and how many of those not ended have a currency that nobody knows.
func Count(ctx context.Context, r db.Reader, day calendar.Date) (laws, doubtful int, err error) {
	err = r.QueryRow(ctx, "select count(*), coalesce(sum(case when "+Doubtful.where("", 1)+" then 1 else 0 end), 0) from statute_law where versions > 0", day).Scan(&laws, &doubtful)
	return laws, doubtful, err
}
