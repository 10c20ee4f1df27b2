package town

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/powerlist"
	"yimen/foundation/calendar"
	"yimen/process/standards"
	"yimen/ref"
)

// Power is a file of powers/: an entry of the power list with the supervision list of its decisions.
type Power struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Code        string             `json:"catalog_code"`
	Type        ref.TaskType       `json:"type"`
	Organ       ref.OrganID        `json:"organ"`
	Level       ref.Level          `json:"level"`
	Basis       []catalog.Citation `json:"basis"`
	Delegable   []string           `json:"delegable"`
	Supervision []Supervision      `json:"supervision"`
	Assumed     []string           `json:"assumed"`
}

// Supervision bounds one deciding step.
type Supervision struct {
	Step   string           `json:"step"`
	Judged string           `json:"judged"`
	Bounds string           `json:"bounds"`
	After  string           `json:"after"`
	Basis  catalog.Citation `json:"basis"`
}

// Negative is an entry of negative.json.
type Negative struct {
	Kind     string             `json:"kind"` // item · proof
	Name     string             `json:"name"`
	Keywords []string           `json:"keywords"`
	Code     string             `json:"catalog_code"`
	Reason   string             `json:"reason"`
	Basis    []catalog.Citation `json:"basis"`
	From     string             `json:"from"`  // yyyy-mm-dd
	Until    string             `json:"until"` // yyyy-mm-dd, the first day without it; empty: open
}

// lists reads powers/*.json and negative.json.
func (t *Town) lists(fsys fs.FS) error {
	names, err := fs.Glob(fsys, "powers/*.json")
	if err != nil {
		return err
	}
	sort.Strings(names)
	for _, name := range names {
		var p Power
		if err := t.file(fsys, name, &p); err != nil {
			return err
		}
		if p.ID+".json" != path.Base(name) {
			return Flaw{File: name, Path: "id", Reason: "the file is not named by it"}
		}
		t.Powers = append(t.Powers, p)
	}
	var out struct {
		Negative []Negative `json:"negative"`
	}
	if err := t.file(fsys, negativeFile, &out); err != nil {
		return err
	}
	t.Negative = out.Negative
	return nil
}

const negativeFile = "negative.json"

// powers checks the three lists: every entry by itself, and that every item has its power.
func (c *checker) powers() {
	seen := map[string]bool{}
	for _, p := range c.town.Powers {
		c.file = "powers/" + p.ID + ".json"
		c.power(p)
		key := p.Code + string(p.Organ)
		c.want(!seen[key], "catalog_code", "%s has this power already", p.Organ)
		seen[key] = true
	}
	c.file = negativeFile
	for n, x := range c.town.Negative {
		at := fmt.Sprintf("negative[%d]", n)
		c.want(x.Kind == powerlist.NoItem || x.Kind == powerlist.NoProof, at+".kind", "neither item nor proof")
		c.want(x.Name != "" && x.Reason != "", at, "name and reason must be written")
		c.want(x.Code != "" || len(x.Keywords) > 0, at+".keywords", "neither a word nor a code")
		c.want(!slices.ContainsFunc(x.Keywords, func(w string) bool { return len([]rune(w)) < 2 || strings.ContainsAny(w, " \n") }), at+".keywords", "a word has two characters or more and no gap")
		c.want(len(x.Basis) > 0, at+".basis", "no legal basis")
		_, err := calendar.ParseDate(x.From)
		c.want(err == nil, at+".from", "not a date")
	}
	c.resolve(reflect.ValueOf(struct {
		Negative []Negative `json:"negative"`
	}{c.town.Negative}), nil)
	c.texts(c.town.Negative)
	for _, i := range c.town.Items {
		c.file = string(i.ID)
		c.listed(i)
	}
}

func (c *checker) power(p Power) {
	organ, known := c.town.Organ(p.Organ)
	code, err := ref.ParseCatalogCode(p.Code)
	c.want(err == nil, "catalog_code", "not 12 digits")
	c.want(err != nil || code.Type() == p.Type, "type", "digits 3 and 4 of the code are another type")
	c.want(p.Name != "", "name", "must be written")
	c.want(known, "organ", "unknown organ %s", p.Organ)
	c.want(!known || organ.Level == p.Level, "level", "the organ's level is %d", organ.Level)
	c.want(len(p.Basis) > 0, "basis", "no legal basis")
	for n, act := range p.Delegable {
		c.want(slices.Contains(powerlist.Acts, act), fmt.Sprintf("delegable[%d]", n), "unknown act %q", act)
	}
	steps := map[string]bool{}
	for n, s := range p.Supervision {
		at := fmt.Sprintf("supervision[%d]", n)
		c.want(s.Step != "" && !steps[s.Step], at+".step", "empty or there twice")
		c.want(s.Judged != "" && s.Bounds != "" && s.After != "", at, "what is judged, its bounds and what comes after must be written")
		steps[s.Step] = true
	}
	c.resolve(reflect.ValueOf(p), p.Assumed)
	c.texts(p)
	c.assumed(p.Assumed)
}

// resolve finds every citation below v in the law texts.
func (c *checker) resolve(v reflect.Value, assumed []string) {
	catalog.Walk(v.Interface(), func(at string, v reflect.Value) {
		cited, ok := v.Interface().(catalog.Citation)
		if !ok {
			return
		}
		c.want(cited.Law != "" && cited.Article > 0 && cited.Text != "", at, "a citation needs law, article and words")
		if c.laws == nil {
			return
		}
		if err := c.laws.Resolve(cited, c.day); errors.Is(err, ErrNoLaw) {
			c.want(slices.Contains(assumed, at), at, "%v, and it is not marked assumed", err)
		} else if err != nil {
			c.bad(at, "%v", err)
		}
	})
}

// listed: an item is its organ's power, and each of its decisions has bounds.
func (c *checker) listed(i catalog.Item) {
	n := slices.IndexFunc(c.town.Powers, func(p Power) bool { return powerlist.Covers(p.Code, i.CatalogCode()) && p.Organ == i.Organ })
	if n < 0 {
		c.bad("task_code", "%s has no power %s in powers", i.Organ, i.CatalogCode())
		return
	}
	p := c.town.Powers[n]
	c.want(i.Accept != catalog.AcceptAtWindow || slices.Contains(p.Delegable, powerlist.Accept), "accept", "the power %s does not let acceptance be delegated", p.ID)
	for k, s := range i.Plan.Steps {
		bound := slices.ContainsFunc(p.Supervision, func(b Supervision) bool { return b.Step == s.ID })
		c.want(s.Kind != "decide" || bound, fmt.Sprintf("plan.steps[%d]", k), "the power %s bounds no step %s", p.ID, s.ID)
	}
}

// needed are the powers that some of the items exercise.
func needed(powers []Power, items []catalog.Item) []Power {
	return slices.DeleteFunc(slices.Clone(powers), func(p Power) bool {
		return !slices.ContainsFunc(items, func(i catalog.Item) bool { return powerlist.Covers(p.Code, i.CatalogCode()) && i.Organ == p.Organ })
	})
}

// lists carries the three lists into the house, before any item is published.
func (l *Loader) lists(t *Town) ([]standards.Given, []powerlist.Negative, error) {
	since := powerlist.Period{From: l.Now.AddDate(-1, 0, 0)}
	var given []standards.Given
	for _, p := range t.Powers {
		g := standards.Given{Power: powerlist.Power{Word: p.ID, Name: p.Name, Code: p.Code, Type: p.Type, Organ: p.Organ, Level: p.Level,
			Basis: powerlist.Cite(cites(p.Basis)...), Delegable: strings.Join(p.Delegable, ","), Period: since}}
		for _, s := range p.Supervision {
			g.Bounds = append(g.Bounds, powerlist.Supervision{Step: s.Step, Judged: s.Judged, Bounds: s.Bounds, After: s.After,
				Basis: powerlist.Cite(powerlist.Citation(s.Basis)), Period: since})
		}
		given = append(given, g)
	}
	var barred []powerlist.Negative
	for n, x := range t.Negative {
		from, until, err := between(x.From, x.Until)
		if err != nil {
			return nil, nil, fmt.Errorf("negative[%d]: %w", n, err)
		}
		barred = append(barred, powerlist.Negative{ID: fmt.Sprintf("negative-%02d", n+1), Kind: x.Kind, Name: x.Name, Keywords: strings.Join(x.Keywords, "\n"), Code: x.Code, Reason: x.Reason,
			Basis: powerlist.Cite(cites(x.Basis)...), Period: powerlist.Period{From: from, Until: until}})
	}
	return given, barred, nil
}

func between(from, until string) (a, b time.Time, err error) {
	first, err := calendar.ParseDate(from)
	if err != nil || until == "" {
		return first.At(0), b, err
	}
	last, err := calendar.ParseDate(until)
	return first.At(0), last.At(0), err
}

func cites(in []catalog.Citation) (out []powerlist.Citation) {
	for _, c := range in {
		out = append(out, powerlist.Citation(c))
	}
	return out
}
