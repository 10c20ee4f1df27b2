package town

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode"

	"yimen/domain/catalog"
	"yimen/process/standards"
	"yimen/ref"
)

// checker gathers flaws of one file.
type checker struct {
	town  *Town
	laws  *Laws
	day   string
	file  string
	flaws Flaws
	able  able
}

// Check looks for everything a keeper could have written wrongly. With laws it also resolves
// every citation against the versions in force on the day (yyyy-mm-dd); laws may be nil.
func (t *Town) Check(laws *Laws, day string) Flaws {
	c := &checker{town: t, laws: laws, day: day, able: t.able()}
	c.file = "org.json"
	c.org()
	c.texts(t.Org)
	c.assumed(t.Org.Assumed)
	c.file = "staff.json"
	c.staff()
	c.texts(t.Staff)
	c.file = "bundles.json"
	c.bundles()
	labels := map[string]catalog.Field{}
	for _, item := range t.Items {
		c.file = string(item.ID)
		c.item(item)
		c.fields(item.Form, labels)
		c.gates(item)
		c.staffed(item)
		c.texts(item)
		c.assumed(item.Assumed)
	}
	c.powers()
	c.inspection()
	return c.flaws
}

// bundles are composed as they are when they are imported.
func (c *checker) bundles() {
	items := map[ref.ItemID]*catalog.Item{}
	for n := range c.town.Items {
		items[c.town.Items[n].ID] = &c.town.Items[n]
	}
	c.texts(c.town.Bundles)
	for n, b := range c.town.Bundles {
		flaws, err := standards.Together(b, items)
		if err != nil {
			c.bad(fmt.Sprintf("bundles[%d]", n), "%v", err)
		}
		for _, f := range flaws {
			c.bad(fmt.Sprintf("bundles[%d].%s", n, f.Path), "%s %v", f.Key, f.Args)
		}
	}
}

// bad notes a flaw at the line of the path, or of the nearest path around it.
func (c *checker) bad(at, format string, args ...any) {
	file, line := c.town.line(c.file, at)
	for near := at; line == 0; {
		cut := strings.LastIndexAny(near, ".[")
		if cut < 0 {
			break
		}
		near = near[:cut]
		_, line = c.town.line(c.file, near)
	}
	c.flaws = append(c.flaws, Flaw{file, line, at, fmt.Sprintf(format, args...)})
}

func (c *checker) want(ok bool, at, format string, args ...any) {
	if !ok {
		c.bad(at, format, args...)
	}
}

var (
	itemWord = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$`)
	landline = regexp.MustCompile(`^0757-0000 \d{4}$`)
)

// item is linted as it is when a keeper publishes it; the rest is what the demo town owes besides.
func (c *checker) item(i catalog.Item) {
	c.want(itemWord.MatchString(string(i.ID)), "id", "not an item word")
	c.want(!i.WalkThrough || i.NameEn != "" && len(i.Conditions) > 2 && len(i.Materials) > 2, "walk_through", "not whole: English name, three conditions and materials")
	for _, f := range catalog.Lint(&i, c.bodies(i)) {
		if !f.Warn {
			c.bad(f.Path, "%s %v", f.Key, f.Args)
		}
	}
	organ, _ := c.town.Organ(i.Organ)
	c.want(i.Result.Kind == "none" || strings.HasPrefix(i.Result.Prefix, firstRune(organ.Doc)), "result.prefix", "does not begin as the organ's documents do")
	c.want(landline.MatchString(i.Service.Ask) && landline.MatchString(i.Service.Complain), "service", "telephone numbers are 0757-0000 and four digits")
	c.citations(i)
}

func (c *checker) bodies(i catalog.Item) map[ref.OrganID]catalog.Body {
	out := map[ref.OrganID]catalog.Body{}
	for _, o := range c.town.Org.Organs {
		out[o.ID] = catalog.Body{Code: o.USCC, Level: o.Level, Power: o.ID == i.Organ || i.Plan.Mode == "own"}
	}
	return out
}

// citations finds every Citation in the item and resolves it.
func (c *checker) citations(i catalog.Item) {
	c.resolve(reflect.ValueOf(i), i.Assumed)
}

// fields: an element means the same thing in every item, or prefilling would lie.
func (c *checker) fields(form []catalog.Field, known map[string]catalog.Field) {
	for n, f := range form {
		at := fmt.Sprintf("form[%d]", n)
		c.want(f.LabelEn != "", at, "no English label")
		if before, ok := known[f.Element]; ok {
			c.want(before.Kind == f.Kind && before.Label == f.Label, at, "%s is %s %q in another item", f.Element, before.Kind, before.Label)
		}
		known[f.Element] = f
	}
}

// gates: what an item asks can be worked out, and its rule decides every case. Both gates look at the item alone; here
// even what only warns is a flaw.
func (c *checker) gates(i catalog.Item) {
	for _, gate := range []standards.Gate{standards.Formed, standards.Ruled} {
		flaws, err := gate(context.Background(), nil, &i, time.Time{})
		if err != nil {
			c.bad("form", "%v", err)
		}
		for _, f := range flaws {
			c.bad(f.Path, "%s %v", f.Key, f.Args)
		}
	}
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return "?"
}

// assumed: a marked path that is not in the file marks nothing.
func (c *checker) assumed(marks []string) {
	for n, at := range marks {
		_, line := c.town.line(c.file, strings.ReplaceAll(at, "[*]", "[0]"))
		c.want(line > 0, fmt.Sprintf("assumed[%d]", n), "no such path %s", at)
	}
}

// texts refuses half-width punctuation beside a Han character in everything people read; a cell of a rule is an
// expression, whose words stand between quotes of its own.
func (c *checker) texts(doc any) {
	catalog.Walk(doc, func(at string, v reflect.Value) {
		if v.Kind() == reflect.String && halfWidth(v.String()) && !strings.Contains(at, ".cells[") {
			c.bad(at, "half-width punctuation beside a Han character: %s", v.String())
		}
	})
}

func halfWidth(s string) bool {
	before := rune(0)
	for _, r := range s {
		if mark(r) && unicode.Is(unicode.Han, before) || mark(before) && unicode.Is(unicode.Han, r) {
			return true
		}
		before = r
	}
	return false
}

func mark(r rune) bool { return r != 0 && strings.ContainsRune(",.:;?!()\"'<>", r) }
