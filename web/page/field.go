package page

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"yimen/foundation/fault"
)

// Kind is how a field is asked.
type Kind string

const (
	Text     Kind = "text"
	LongText Kind = "longtext"
	Number   Kind = "number"
	Money    Kind = "money" // in 元
	Date     Kind = "date"  // three boxes NAME.year, NAME.month, NAME.day
	Radio    Kind = "radio"
	Checks   Kind = "checks" // several of the options
	Select   Kind = "select"
	Confirm  Kind = "confirm" // one box to tick; Label is what is confirmed, the value sent is "yes"
	IDNumber Kind = "idnumber"
	Phone    Kind = "phone"
	Password Kind = "password"
	Uploads  Kind = "file"
	Hidden   Kind = "hidden"
)

// View is for whom a field is drawn.
type View string

const (
	One   View = "one"   // citizens: label, hint and control below each other, wide and calm
	Dense View = "dense" // desks: in a grid of small fields, label above, hint as a tooltip text
)

// Option is one answer to choose.
type Option struct{ Value, Text, Hint string }

// Field is one question. Words come translated: they are a page's own (p.T) or data (an item's form).
type Field struct {
	Name, Label, Hint string
	Kind              Kind
	Value             string   // Date: yyyy-mm-dd; Radio, Select: the option's value
	Values            []string // Checks
	Options           []Option
	Optional          bool
	Error             string // set by Refill
	Source            string // where a prefilled value is from and of which day: 来自公安人口库\u30002026年11月1日
	Unit              string // after the box: 平方米
	Auto              string // autocomplete token (HTML §4.10.18.7.1), e.g. name, tel
	Accept            string // Uploads: .pdf,.jpg
	Kept              []Link // Uploads: files given before, which need not be given again
	Many              bool   // Uploads: several
	Rows              int    // LongText
	Short             bool   // a narrow box for a few characters
	Full              bool   // Dense: across the whole grid
	Heading           bool   // One: the label is the page's h1 (one question a page)
	Key               string // desk shortcut that focuses it
	Extra             templ.Attributes
}

// ID is the element id of the field's first control; #ID in an address jumps into it.
// An answer's key in a repeating group, member.name#2, holds the sign that begins a fragment; a rule's input may hold a space, which
// ends an id.
func (f Field) ID() string { return "f-" + idSafe.Replace(f.Name) }

var idSafe = strings.NewReplacer("#", "-", " ", "-")

func (f Field) kind() Kind {
	if f.Kind == "" {
		return Text
	}
	return f.Kind
}

// firstID is where an error link lands.
func (f Field) firstID() string {
	switch f.kind() {
	case Date:
		return f.ID() + ".year"
	case Radio, Checks:
		return f.optionID(0)
	}
	return f.ID()
}

func (f Field) optionID(i int) string {
	if i == 0 {
		return f.ID()
	}
	return f.ID() + "-" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
}

// grouped says that several controls make the field, so that its name is a legend.
func (f Field) grouped() bool {
	k := f.kind()
	return k == Date || k == Radio || k == Checks
}

// describedBy lists the ids of what is said about the field, in reading order.
func (f Field) describedBy() string {
	var ids []string
	for _, x := range []struct{ text, suffix string }{{f.Hint, "-hint"}, {f.Source, "-source"}, {f.Error, "-error"}} {
		if x.text != "" {
			ids = append(ids, f.ID()+x.suffix)
		}
	}
	return strings.Join(ids, " ")
}

// attributes are those every single control of the field has.
func (f Field) attributes() templ.Attributes {
	out := templ.Attributes{"id": f.ID(), "name": f.Name}
	f.state(out)
	if f.Auto != "" {
		out["autocomplete"] = f.Auto
	}
	if f.Key != "" {
		out["data-key"] = f.Key
		out["aria-keyshortcuts"] = ariaKeys(f.Key)
	}
	for k, v := range f.Extra {
		out[k] = v
	}
	return out
}

func (f Field) state(out templ.Attributes) {
	if d := f.describedBy(); d != "" && !f.grouped() {
		out["aria-describedby"] = d
	}
	if f.Error != "" {
		out["aria-invalid"] = "true"
	}
}

// inputAttributes say what keyboard and check a one-line box gets. No maxlength: it counts UTF-16 units, and people should
// see what they typed and why it is too long.
func (f Field) inputAttributes() templ.Attributes {
	out := f.attributes()
	out["type"], out["value"] = "text", f.Value
	switch f.kind() {
	case Number:
		out["inputmode"] = "numeric"
	case Money:
		out["inputmode"] = "decimal"
	case IDNumber:
		out["autocapitalize"], out["spellcheck"], out["inputmode"] = "characters", "false", "text"
		out["autocomplete"] = "off"
	case Phone:
		out["type"] = "tel"
	case Password:
		out["type"], out["value"] = "password", ""
	}
	return out
}

func (f Field) boxClass() string {
	switch k := f.kind(); {
	case f.Short || k == Number || k == Money:
		return "box short"
	case k == IDNumber || k == Phone:
		return "box middle"
	}
	return "box"
}

// dateParts cuts a value for the three boxes.
func (f Field) dateParts() [3]string {
	var out [3]string
	copy(out[:], strings.SplitN(f.Value, "-", 3))
	return out
}

func (f Field) chosen(value string) bool {
	return f.kind() == Checks && slices.Contains(f.Values, value) || f.kind() != Checks && f.Value == value
}

func (f Field) rows() int {
	if f.Rows > 0 {
		return f.Rows
	}
	return 4
}

func (f Field) unit(p *Page) string {
	if f.Unit == "" && f.kind() == Money {
		return p.T("field.yuan")
	}
	return f.Unit
}

func ariaKeys(combo string) string { return strings.ReplaceAll(combo, "Ctrl", "Control") }

// Refill puts what was typed and what is wrong with it back into the fields of a form. in may be nil (nothing typed yet),
// err nil or anything; only its fault.Fields count.
func Refill(p *Page, fields []Field, in *Input, err error) []Field {
	wrong := map[string]string{}
	if err != nil {
		for _, f := range fault.Fields(err) {
			if wrong[f.Name] == "" {
				wrong[f.Name] = p.Said(f)
			}
		}
	}
	out := slices.Clone(fields)
	for i := range out {
		out[i].Error = wrong[out[i].Name]
		if in != nil {
			out[i].typed(in)
		}
	}
	return out
}

func (f *Field) typed(in *Input) {
	switch f.kind() {
	case Password, Uploads:
		return
	case Date:
		f.Value = in.Date(f.Name)
	case Checks:
		f.Values = in.All(f.Name)
	case LongText:
		f.Value = in.Long(f.Name)
	case Confirm, Radio:
		f.Value = in.Text(f.Name) // unticked boxes are not sent
	default:
		if in.Has(f.Name) {
			f.Value = in.Text(f.Name)
		}
	}
}

// Problem is one line of the error summary.
type Problem struct{ Text, Href string }

// Problems are a form's mistakes in the order of its fields; a mistake of no field here comes last, without link.
func Problems(p *Page, fields []Field, err error) (out []Problem) {
	if err == nil {
		return nil
	}
	left := slices.Clone(fault.Fields(err))
	for _, f := range fields {
		i := slices.IndexFunc(left, func(x fault.Field) bool { return x.Name == f.Name })
		if i >= 0 {
			said := p.T("page.problem", "label", f.Label, "text", p.Said(left[i]))
			out = append(out, Problem{Text: said, Href: "#" + f.firstID()})
			left = slices.DeleteFunc(left, func(x fault.Field) bool { return x.Name == f.Name })
		}
	}
	for _, x := range left {
		out = append(out, Problem{Text: p.Said(x)})
	}
	if e := fault.As(err); len(out) == 0 && e.Kind != fault.Internal {
		out = append(out, Problem{Text: p.T(e.Key, e.Args...)})
	}
	return out
}

func (f Field) class(v View) string {
	c := "field " + string(v)
	if f.Error != "" {
		c += " bad"
	}
	if f.Full || f.kind() == LongText || f.kind() == Uploads {
		c += " full"
	}
	return c
}

func (f Field) choiceType() string {
	if f.kind() == Checks {
		return "checkbox"
	}
	return "radio"
}

func (f FormSpec) method() string {
	if f.Get {
		return "get"
	}
	return "post"
}
