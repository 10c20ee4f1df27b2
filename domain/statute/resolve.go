package statute

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yimen/foundation/calendar"
	"yimen/foundation/db"
)

// Citation names a legal basis; its JSON is that of domain/catalog's. Article 0 cites a law as a whole.
type Citation struct {
	Law       string `json:"law"`       // full name without 《》
	Article   int    `json:"article"`   // 条
	Sub       int    `json:"sub"`       // 条之N, 0 when none
	Paragraph int    `json:"paragraph"` // 款, 0 when the whole article
	Point     int    `json:"point"`     // 项, 0 when none
	Text      string `json:"text"`      // the words relied on, "" when none are
}

// TroubleKind says which part of a citation does not resolve.
type TroubleKind string

const (
	None            TroubleKind = ""
	UnknownLaw      TroubleKind = "unknown_law"      // no text of this name is loaded; it may still be right
	NoVersion       TroubleKind = "no_version"       // no version had taken effect on the day
	NoArticle       TroubleKind = "no_article"       // the version in force has no such article
	NoPlace         TroubleKind = "no_place"         // … no such paragraph or point
	NoWords         TroubleKind = "no_words"         // … other words there
	Superseded      TroubleKind = "superseded"       // the words stand in a version only that is no longer in force
	UnknownCurrency TroubleKind = "unknown_currency" // a warning: it resolves, but nobody knows whether this is the text in force
)

// Trouble is why a citation does not resolve, or what is doubtful; Kind None: nothing is.
type Trouble struct {
	Kind    TroubleKind
	Version Version // Superseded: in which the words stand; UnknownCurrency: which is doubted
}

// Key is the trouble's sentence, with the value "law".
func (t Trouble) Key() string { return "statute.trouble." + string(t.Kind) }

// Warning says that the citation resolves nevertheless.
func (t Trouble) Warning() bool { return t.Kind == None || t.Kind == UnknownCurrency }

// Found is where a citation leads.
type Found struct {
	Version Version
	Article Article
}

// Edition is a version with the one article that is asked for; nil when it has none of that number.
type Edition struct {
	Version Version
	Article *Article
}

// Judge resolves a citation against the versions of its law. Found is set whenever the version in force has the article.
func Judge(c Citation, editions []Edition, day calendar.Date) (Found, Trouble) {
	if len(editions) == 0 {
		return Found{}, Trouble{Kind: UnknownLaw}
	}
	slices.SortFunc(editions, func(a, b Edition) int { return -a.Version.compare(b.Version) })
	i := slices.IndexFunc(editions, func(e Edition) bool { return e.Version.InForce(day) })
	var found Found
	trouble := Trouble{Kind: NoVersion}
	if i >= 0 {
		found.Version, trouble.Kind = editions[i].Version, editions[i].has(c)
		if editions[i].Article != nil {
			found.Article = *editions[i].Article
		}
	}
	switch {
	case trouble.Kind == None && found.Version.Currency == Unknown:
		return found, Trouble{UnknownCurrency, found.Version}
	case trouble.Kind == None:
		return found, trouble
	}
	for _, e := range editions {
		if e.Version.Ended(day) && e.has(c) == None {
			return found, Trouble{Superseded, e.Version}
		}
	}
	return found, trouble
}

// has looks for the cited words in the paragraph and point named, or anywhere in the article.
func (e Edition) has(c Citation) TroubleKind {
	switch {
	case e.Article == nil && c.Article == 0 && c.Text == "":
		return None
	case e.Article == nil:
		return NoArticle
	}
	places := e.Article.at(c.Paragraph, c.Point)
	if len(places) == 0 {
		return NoPlace
	}
	if !slices.ContainsFunc(places, func(text string) bool { return strings.Contains(text, c.Text) }) {
		return NoWords
	}
	return None
}

// at gives the texts at a place of the article; nil when there is none.
func (a *Article) at(paragraph, point int) (out []string) {
	all := a.Paragraphs
	if paragraph > len(all) {
		return nil
	}
	if paragraph > 0 {
		all = all[paragraph-1 : paragraph]
	}
	for _, p := range all {
		if point == 0 {
			out = append(out, p.Text)
		}
		for _, x := range p.Points {
			if point == 0 || point == x.N {
				out = append(out, x.Text)
			}
		}
	}
	return out
}

// Answer is a citation's outcome.
type Answer struct {
	Found   Found
	Trouble Trouble
}

// most is how many laws or articles one statement asks for; a list of its own length each would never be prepared twice.
const most = 64

// ResolveAll resolves citations in their order, with one query for each 64 laws.
func ResolveAll(ctx context.Context, r db.Reader, all []Citation, day calendar.Date) ([]Answer, error) {
	editions := map[Citation][]Edition{}
	for some := range slices.Chunk(distinct(all), most) {
		if err := readEditions(ctx, r, some, editions); err != nil {
			return nil, fmt.Errorf("resolve citations: %w", err)
		}
	}
	out := make([]Answer, len(all))
	for i, c := range all {
		out[i].Found, out[i].Trouble = Judge(c, slices.Clone(editions[c.place()]), day)
	}
	return out, nil
}

// place is what a citation asks the tables for.
func (c Citation) place() Citation { return Citation{Law: c.Law, Article: c.Article, Sub: c.Sub} }

func distinct(all []Citation) (out []Citation) {
	for _, c := range all {
		out = append(out, c.place())
	}
	slices.SortFunc(out, func(a, b Citation) int {
		return cmp.Or(cmp.Compare(a.Law, b.Law), a.Article-b.Article, a.Sub-b.Sub)
	})
	return slices.Compact(out)
}

type editionRow struct {
	Version
	Number int    `db:"article"`
	Sub    int    `db:"sub"`
	Label  string `db:"label"`
	Path   string `db:"chapter"`
	Body   string `db:"body"`
}

// readEditions reads every version of the cited laws beside the cited articles they have.
func readEditions(ctx context.Context, r db.Reader, places []Citation, into map[Citation][]Edition) error {
	names, numbers := make([]any, most), make([]any, most)
	for i := range most {
		names[i], numbers[i] = places[min(i, len(places)-1)].Law, places[min(i, len(places)-1)].Article
	}
	rows, err := db.Find[editionRow](ctx, r, "select "+versionCols+`, coalesce(a.article, -1) as article, coalesce(a.sub, 0) as sub,
		coalesce(a.label, '') as label, coalesce(a.chapter, '') as chapter, coalesce(a.body, '') as body
		from statute_law l join statute_version v on v.law = l.id and v.ready = 1
		left join statute_article a on a.version = v.id and a.article in `+db.In(most+1, most)+" where l.name in "+db.In(1, most), append(names, numbers...)...)
	if err != nil {
		return err
	}
	versions, articles := map[string][]Version{}, map[string]*Article{}
	for _, x := range rows {
		if all := versions[x.Name]; !slices.ContainsFunc(all, func(v Version) bool { return v.ID == x.ID }) {
			versions[x.Name] = append(all, x.Version)
		}
		if x.Body == "" {
			continue
		}
		a, err := article(x.Number, x.Sub, x.Label, x.Path, x.Body)
		if err != nil {
			return err
		}
		articles[fmt.Sprint(x.ID, "/", x.Number, "/", x.Sub)] = &a
	}
	for _, c := range places {
		for _, v := range versions[c.Law] {
			into[c] = append(into[c], Edition{v, articles[fmt.Sprint(v.ID, "/", c.Article, "/", c.Sub)]})
		}
	}
	return nil
}

func article(number, sub int, label, path, body string) (Article, error) {
	a := Article{Number: number, Sub: sub, Label: label}
	if path != "" {
		a.Chapter = strings.Split(path, "\n")
	}
	if err := json.Unmarshal([]byte(body), &a.Paragraphs); err != nil {
		return a, fmt.Errorf("article %s: %w", label, err)
	}
	return a, nil
}

// ArticleChange is an article that differs between two versions.
type ArticleChange struct {
	Number, Sub int
	Label       string
	Before      string // "" for a new one
	After       string // "" for one that is gone
}

// Changed compares two versions by article number: what a citation of the older one would no longer find alike.
func Changed(before, after []Article) (out []ArticleChange) {
	is := func(a Article) func(Article) bool {
		return func(b Article) bool { return a.Number == b.Number && a.Sub == b.Sub }
	}
	for _, a := range before {
		change := ArticleChange{Number: a.Number, Sub: a.Sub, Label: a.Label, Before: a.String()}
		if i := slices.IndexFunc(after, is(a)); i >= 0 {
			change.After = after[i].String()
		}
		if change.Before != change.After {
			out = append(out, change)
		}
	}
	for _, a := range after {
		if !slices.ContainsFunc(before, is(a)) {
			out = append(out, ArticleChange{Number: a.Number, Sub: a.Sub, Label: a.Label, After: a.String()})
		}
	}
	slices.SortStableFunc(out, func(a, b ArticleChange) int { return cmp.Or(a.Number-b.Number, a.Sub-b.Sub) })
	return out
}
