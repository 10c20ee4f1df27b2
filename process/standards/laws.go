package standards

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/statute"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// LawFile is one text to load.
type LawFile struct {
	Name string // its folder may tell the rank, its end the version's date: 行政法/行政许可法(2019-04-23).md
	Body string
}

// Report is what an import of laws did, file by file.
type Report struct {
	New     []string    // laws that were not there
	Changed []LawChange // new versions of laws that were
	Same    int         // texts that were there already
	Refused []Refusal
}

// LawChange is a new version, what differs from the one before it, and what in the town cites an article that differs.
type LawChange struct {
	Law      string
	From, To statute.Version
	Articles []statute.ArticleChange
	CitedBy  []statute.Cited
}

// Refusal is a text that was not loaded, and why.
type Refusal struct {
	File string
	statute.Flaw
}

// largestLaw is more than the longest real text by a factor of six; a file beyond it is no law text.
const largestLaw = 1 << 20

// ImportLaws loads all law texts of a folder (see statute.Parse), each in its own transaction with its audit row. Texts that
// are there stay as they are, so that it may be run again, also after it was cut off. by is who loads them.
func (l *Library) ImportLaws(ctx context.Context, by string, folder fs.FS) (Report, error) {
	var files []LawFile
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !statute.IsText(name) {
			return err
		}
		raw, err := fs.ReadFile(folder, name)
		files = append(files, LawFile{name, string(raw)})
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("read law texts: %w", err)
	}
	return l.ImportTexts(ctx, by, files)
}

// ImportTexts is ImportLaws for texts at hand.
func (l *Library) ImportTexts(ctx context.Context, by string, files []LawFile) (rep Report, err error) {
	defer fault.Doing(&err, "import laws")
	if err := l.citeItems(ctx); err != nil {
		return rep, err
	}
	for _, x := range parseLaws(files, &rep) {
		if err := l.importLaw(ctx, by, x, &rep); err != nil {
			return rep, fmt.Errorf("%s: %w", x.file, err)
		}
	}
	return rep, l.IndexLaws(ctx)
}

type parsedLaw struct {
	file string
	statute.Law
}

// parseLaws reads the texts, joins those that come in parts and puts the highest rank first, older versions before newer ones.
func parseLaws(files []LawFile, rep *Report) (out []parsedLaw) {
	parts := map[string][]parsedLaw{}
	for _, f := range files {
		law, err := parseLaw(f)
		switch {
		case err != nil:
			rep.refuse(f.Name, err)
		case law.Part != "":
			key := fmt.Sprint(law.Name, law.Published)
			parts[key] = append(parts[key], parsedLaw{f.Name, law})
		default:
			out = append(out, parsedLaw{f.Name, law})
		}
	}
	for _, all := range parts {
		var laws []statute.Law
		for _, p := range all {
			laws = append(laws, p.Law)
		}
		whole, err := statute.Merge(laws)
		if err != nil {
			rep.refuse(all[0].file, err)
			continue
		}
		out = append(out, parsedLaw{all[0].file, whole})
	}
	slices.SortFunc(out, func(a, b parsedLaw) int {
		return cmp.Or(slices.Index(statute.Kinds, a.Kind)-slices.Index(statute.Kinds, b.Kind), strings.Compare(a.Name, b.Name), int(a.Published-b.Published), strings.Compare(a.file, b.file))
	})
	return out
}

func parseLaw(f LawFile) (statute.Law, error) {
	switch {
	case len(f.Body) > largestLaw:
		return statute.Law{}, &statute.Flaw{Key: "statute.flaw.large"}
	case !utf8.ValidString(f.Body) || strings.ContainsRune(f.Body, 0):
		return statute.Law{}, &statute.Flaw{Key: "statute.flaw.encoding"}
	}
	return statute.Parse(f.Name, f.Body)
}

func (rep *Report) refuse(file string, err error) {
	var flaw *statute.Flaw
	if errors.As(err, &flaw) {
		rep.Refused = append(rep.Refused, Refusal{file, *flaw})
	}
}

// articlesAtOnce keeps a transaction short: a long law comes in several, and counts with the last.
const articlesAtOnce = 150

func (l *Library) importLaw(ctx context.Context, by string, law parsedLaw, rep *Report) error {
	now := l.Now()
	var begun statute.Begun
	err := l.DB.Write(ctx, "standards.BeginLaw", func(ctx context.Context, tx *db.Tx) (err error) {
		begun, err = statute.Begin(ctx, tx, &law.Law, law.file, now)
		return err
	})
	if flaw := (*statute.Flaw)(nil); errors.As(err, &flaw) {
		rep.refuse(law.file, flaw)
		return nil
	}
	if err != nil || begun.Known {
		rep.Same++
		return err
	}
	v := begun.Version
	rest, place := law.Articles, 0
	for len(rest) > articlesAtOnce {
		if err := l.DB.Write(ctx, "standards.AddArticles", func(ctx context.Context, tx *db.Tx) error {
			return statute.Add(ctx, tx, v, place, rest[:articlesAtOnce])
		}); err != nil {
			return err
		}
		rest, place = rest[articlesAtOnce:], place+articlesAtOnce
	}
	var before statute.Version
	err = l.DB.Write(ctx, "standards.ImportLaw", func(ctx context.Context, tx *db.Tx) (err error) {
		if err := statute.Add(ctx, tx, v, place, rest); err != nil {
			return err
		}
		if before, err = statute.Open(ctx, tx, v, law.Repeals); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "standards.ImportLaw", Object: "law:" + v.Law, After: audit.Digest(law.Digest()), At: now})
	})
	if err != nil {
		return err
	}
	if begun.Fresh {
		rep.New = append(rep.New, law.Name)
		return nil
	}
	change, err := l.lawChange(ctx, before, v)
	rep.Changed = append(rep.Changed, change)
	return err
}

func (l *Library) lawChange(ctx context.Context, from, to statute.Version) (c LawChange, err error) {
	c = LawChange{Law: to.Name, From: from, To: to}
	if from.ID == "" { // an older version came in later
		return c, nil
	}
	before, err := statute.Articles(ctx, l.DB, from)
	if err != nil {
		return c, err
	}
	after, err := statute.Articles(ctx, l.DB, to)
	if err != nil {
		return c, err
	}
	c.Articles = statute.Changed(before, after)
	numbers := make([][2]int, 0, len(c.Articles))
	for _, a := range c.Articles {
		numbers = append(numbers, [2]int{a.Number, a.Sub})
	}
	c.CitedBy, err = statute.CitedBy(ctx, l.DB, to.Name, numbers)
	return c, err
}

// CitationTrouble is a citation that does not resolve.
type CitationTrouble struct {
	statute.Cited
	Trouble statute.Trouble
}

// CitationReport is the check of everything the town cites.
type CitationReport struct {
	Total    int
	Doubtful int // resolve, but nobody knows whether the text is the one in force: counted, not listed
	Troubles []CitationTrouble
}

// CheckCitations resolves every registered citation on a day.
func (l *Library) CheckCitations(ctx context.Context, day calendar.Date) (rep CitationReport, err error) {
	all, err := statute.Citations(ctx, l.DB)
	if err != nil {
		return rep, err
	}
	asked := make([]statute.Citation, len(all))
	for i, c := range all {
		asked[i] = c.Citation
	}
	answers, err := statute.ResolveAll(ctx, l.DB, asked, day)
	if err != nil {
		return rep, err
	}
	rep.Total = len(all)
	for i, a := range answers {
		switch {
		case a.Trouble.Kind == statute.UnknownCurrency:
			rep.Doubtful++
		case !a.Trouble.Warning():
			rep.Troubles = append(rep.Troubles, CitationTrouble{all[i], a.Trouble})
		}
	}
	return rep, nil
}

// ConfirmLaw notes that a version was looked up and is the text of its date; source says where, in words. Errors:
// fault.Invalid on field "source"; fault.NotFound.
func (l *Library) ConfirmLaw(ctx context.Context, by, version, source string) error {
	source = strings.TrimSpace(source)
	if n := utf8.RuneCountInString(source); n < 4 || n > 200 {
		return fault.Bad(fault.Field{Name: "source", Key: "statute.source_wrong"})
	}
	now := l.Now()
	return l.DB.Write(ctx, "standards.ConfirmLaw", func(ctx context.Context, tx *db.Tx) error {
		v, err := statute.GetVersion(ctx, tx, version)
		if err != nil {
			return err
		}
		if err := statute.Confirm(ctx, tx, version, by, source, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "standards.ConfirmLaw", Object: "law:" + v.Law, Before: audit.Digest(v.Source), After: audit.Digest(source), At: now})
	})
}

const (
	termsAtOnce = 400
	segmentsMax = 8 // more are packed into one
)

// IndexLaws brings into the word index what is not in it, drops what was cut off before, and packs segments that are too many.
func (l *Library) IndexLaws(ctx context.Context) error {
	segments, err := statute.Segments(ctx, l.DB)
	if err != nil {
		return err
	}
	var pack []string
	for _, s := range segments {
		if !s.Ready {
			if err := l.dropSegment(ctx, s.ID); err != nil {
				return err
			}
			continue
		}
		pack = append(pack, s.ID)
	}
	if len(pack) < segmentsMax {
		pack = nil
	}
	waiting, err := statute.Unindexed(ctx, l.DB, pack...)
	if err != nil || len(waiting) == 0 {
		return err
	}
	if err := l.writeSegment(ctx, waiting, pack); err != nil {
		return err
	}
	for _, old := range pack {
		if err := l.dropSegment(ctx, old); err != nil {
			return err
		}
	}
	return nil
}

func (l *Library) writeSegment(ctx context.Context, versions []statute.Version, replaces []string) error {
	var pairs statute.Pairs
	for _, v := range versions {
		articles, err := statute.Articles(ctx, l.DB, v)
		if err != nil {
			return err
		}
		pairs.Take(v, articles)
	}
	id, now := db.NewID(), l.Now()
	if err := l.DB.Write(ctx, "standards.BeginSegment", func(ctx context.Context, tx *db.Tx) error {
		return statute.BeginSegment(ctx, tx, id, now)
	}); err != nil {
		return err
	}
	for rows := range slices.Chunk(pairs.Terms(id), termsAtOnce) {
		if err := l.DB.Write(ctx, "standards.PutTerms", func(ctx context.Context, tx *db.Tx) error {
			return statute.PutTerms(ctx, tx, rows)
		}); err != nil {
			return err
		}
	}
	return l.DB.Write(ctx, "standards.OpenSegment", func(ctx context.Context, tx *db.Tx) error {
		return statute.OpenSegment(ctx, tx, id, &pairs, replaces)
	})
}

func (l *Library) dropSegment(ctx context.Context, id string) error {
	for done := false; !done; {
		err := l.DB.Write(ctx, "standards.DropTerms", func(ctx context.Context, tx *db.Tx) (err error) {
			done, err = statute.DropTerms(ctx, tx, id, termsAtOnce)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// citations are an item's as the register of laws keeps them.
func citations(it *catalog.Item) (out []statute.Located) {
	for _, c := range it.Citations() {
		out = append(out, statute.Located{Path: c.Path, Citation: statute.Citation(c.Citation)})
	}
	return out
}

// Cited is the gate of citations: each resolves against the version of its law in force on the day. Laws whose text is
// not held, and versions nobody knows to be current, are counted and only warn: the citation may be right.
func Cited(ctx context.Context, r db.Reader, it *catalog.Item, at time.Time) ([]catalog.Flaw, error) {
	all := it.Citations()
	asked := make([]statute.Citation, len(all))
	for i, c := range all {
		asked[i] = statute.Citation(c.Citation)
	}
	answers, err := statute.ResolveAll(ctx, r, asked, calendar.DateOf(at))
	if err != nil {
		return nil, err
	}
	var out []catalog.Flaw
	counted := map[statute.TroubleKind][]string{}
	for i, a := range answers {
		switch k := a.Trouble.Kind; k {
		case statute.None:
		case statute.UnknownLaw, statute.UnknownCurrency:
			counted[k] = append(counted[k], all[i].Law)
		default:
			out = append(out, catalog.Flaw{Path: all[i].Path, Key: "standards.cited_" + string(k), Args: []any{"law", all[i].Law}})
		}
	}
	for _, k := range []statute.TroubleKind{statute.UnknownLaw, statute.UnknownCurrency} {
		if n := len(counted[k]); n > 0 {
			slices.Sort(counted[k])
			laws := slices.Compact(counted[k])
			out = append(out, catalog.Flaw{Path: "basis", Key: "standards.cited_" + string(k), Args: []any{"n", n, "laws", strings.Join(laws, "、")}, Warn: true})
		}
	}
	return out, nil
}

// citeItems registers what items cite that were published before there was a register.
func (l *Library) citeItems(ctx context.Context) error {
	known, err := statute.Citing(ctx, l.DB, "item")
	if err != nil {
		return err
	}
	items, err := catalog.Browse(ctx, l.DB, catalog.Wanted{}, allItems)
	if err != nil {
		return err
	}
	for _, row := range items {
		if slices.Contains(known, string(row.ID)) {
			continue
		}
		v, err := catalog.Get(ctx, l.DB, row.Version)
		if err != nil {
			return err
		}
		if err := l.DB.Write(ctx, "standards.CiteItem", func(ctx context.Context, tx *db.Tx) error {
			return statute.Cite(ctx, tx, statute.Object{Kind: "item", ID: string(row.ID)}, citations(v.Doc()))
		}); err != nil {
			return err
		}
	}
	return nil
}

// allItems is more items than a town has.
const allItems = 100_000
