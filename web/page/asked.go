package page

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/text"
)

// askedKinds are how an item's questions are asked; what is not here is a line of text.
var askedKinds = map[string]Kind{"longtext": LongText, "number": Number, "money": Money, "date": Date, "idnumber": IDNumber, "phone": Phone}

// fewOptions is how many are seen at once; more are folded into a list.
const fewOptions = 5

// Asked is a question of an item's form with what is answered so far. typed is the source of
// what was typed here: an answer of any other source shows where it is from, and an identity
// number from elsewhere stays masked.
func Asked(p *Page, f catalog.Field, a form.Answer, typed string) Field {
	out := Field{Name: f.Element, Label: f.Label, Hint: f.Hint, Kind: askedKinds[f.Kind], Optional: f.Optional, Value: AnswerShown(f, a, typed), Auto: "off", Full: f.Kind == "address"}
	if p.Lang == text.English && f.LabelEn != "" {
		out.Label = f.LabelEn
	}
	if f.Compute != "" {
		out.Kind, out.Value, out.Source, out.Optional, out.Extra = Text, f.Shown(a.Value), p.T(form.Computed), false, templ.Attributes{"readonly": true}
		return out
	}
	if f.Kind == "choice" {
		if out.Kind = Radio; len(f.Options) > fewOptions {
			out.Kind = Select
		}
		for _, o := range f.Options {
			out.Options = append(out.Options, Option{Value: o.Value, Text: o.Label})
		}
	}
	if a.Value != "" && a.Source != typed {
		out.Source = p.Source(a.Source, a.At)
	}
	return out
}

// Questions are the fields of an item's form at the places where they are asked now, each with the
// key of its answer for its element.
func Questions(it *catalog.Item, places []form.Place) []catalog.Field {
	out := make([]catalog.Field, len(places))
	for i, at := range places {
		out[i] = it.Form[at.Index]
		out[i].Element = at.Key
	}
	return out
}

// Said is what is wrong with a field. What an item says of its own answers it says in its own words.
func (p *Page) Said(f fault.Field) string {
	if f.Key == form.Says && len(f.Args) == 4 && p.Lang == text.English {
		return p.T(f.Key, "says", f.Args[3])
	}
	return p.T(f.Key, f.Args...)
}

// GroupName is a repeating part of a form in the page's language.
func (p *Page) GroupName(g catalog.Group) string {
	if p.Lang == text.English && g.LabelEn != "" {
		return g.LabelEn
	}
	return g.Label
}

// Source is where a value is from and of which day: 来自身份证 2026-03-02.
func (p *Page) Source(from string, at time.Time) string {
	if text.Has(from) {
		from = p.T(from)
	}
	stamp, _, _ := strings.Cut(p.Stamp(at), " ")
	return from + " " + stamp
}

// AnswerShown is an answer as it stands in its box.
func AnswerShown(f catalog.Field, a form.Answer, typed string) string {
	if f.Kind == "idnumber" && a.Source != typed {
		return ref.MaskNumber(a.Value)
	}
	return a.Value
}

// ReadAnswer takes a question's answer from a post; false when the question was not in it.
func ReadAnswer(in *Input, f catalog.Field) (string, bool) {
	switch f.Kind {
	case "date":
		return in.Date(f.Element), in.Has(f.Element) || in.Has(f.Element+".year")
	case "longtext":
		return in.Long(f.Element), in.Has(f.Element)
	}
	return in.Text(f.Element), in.Has(f.Element)
}

// FillAnswers writes what was typed over what was there; a value nobody changed keeps its source
// and day.
func FillAnswers(asked []catalog.Field, in *Input, answers map[string]form.Answer, typed string, now time.Time) {
	for _, f := range asked {
		value, came := ReadAnswer(in, f)
		if f.Compute != "" {
			continue
		}
		old, had := answers[f.Element]
		if !came || had && value == AnswerShown(f, old, typed) || !had && value == "" {
			continue
		}
		answers[f.Element] = form.Answer{Element: f.Element, Value: value, Source: typed, At: now}
	}
}
