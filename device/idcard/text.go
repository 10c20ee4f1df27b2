package idcard

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"yimen/device"
	"yimen/foundation/calendar"
	"yimen/ref"
)

// textBytes is the length of a card's text: UTF-16LE, fields of fixed length padded with spaces.
const textBytes = 256

// longTerm stands in place of the last day of validity.
const longTerm = "长期"

// Decode reads the text of a card of any of the three kinds. Errors wrap device.ErrUnknownCard
// or device.ErrUnreadable; they name the field and never carry its value.
func Decode(text []byte) (device.Card, error) {
	if len(text) != textBytes {
		return device.Card{}, fmt.Errorf("idcard: text of %d bytes: %w", len(text), device.ErrUnreadable)
	}
	d := decoder{text: text}
	var c device.Card
	switch marker := d.string("kind", 248, 2); marker {
	case "":
		c = d.citizen()
	case string(device.CardForeign):
		c = d.foreign()
	case string(device.CardResidence):
		c = d.residence()
	default:
		return device.Card{}, fmt.Errorf("idcard: kind %q: %w", marker, device.ErrUnknownCard)
	}
	c.PrivateUse = d.private
	if d.err != nil {
		return device.Card{}, d.err
	}
	return c, nil
}

// decoder keeps the first error.
type decoder struct {
	text    []byte
	private bool
	err     error
}

func (d *decoder) citizen() device.Card {
	c := device.Card{Kind: device.CardCitizen, Ethnic: ref.Ethnic(d.string("ethnic", 32, 4))}
	if d.err == nil && !c.Ethnic.Known() {
		d.fail("ethnic")
	}
	d.common(&c)
	return c
}

func (d *decoder) residence() device.Card {
	c := device.Card{Kind: device.CardResidence, Permit: d.string("permit", 220, 18), Issues: d.string("issues", 238, 4)}
	d.common(&c)
	return c
}

// common reads the fields that citizens' cards and residence permits have in the same places.
func (d *decoder) common(c *device.Card) {
	c.Name = d.required("name", 0, 30)
	c.Sex = d.sex(30)
	c.Born = d.date("born", 36)
	c.Address = d.string("address", 52, 70)
	c.Number = d.number(c.Document(), 122, 36)
	c.Issuer = d.string("issuer", 158, 30)
	d.validity(c)
}

func (d *decoder) foreign() device.Card {
	c := device.Card{Kind: device.CardForeign}
	c.NameEn = d.required("name_en", 0, 120)
	c.Sex = d.sex(120)
	c.Number = d.number(ref.DocumentForeignResident, 122, 30)
	c.Nationality = d.string("nationality", 152, 6)
	c.Name = d.string("name", 158, 30)
	d.validity(&c)
	c.Born = d.date("born", 220)
	c.Issues = d.string("version", 236, 4)
	c.Issuer = d.string("issuer", 240, 8)
	return c
}

// validity is in the same place on all three kinds.
func (d *decoder) validity(c *device.Card) {
	c.From = d.date("from", 188)
	if d.string("to", 204, 16) == longTerm {
		c.LongTerm = true
		return
	}
	c.To = d.date("to", 204)
}

// string is a field without its padding. A lone surrogate or a control character is an error;
// private-use characters (rare names not yet in Unicode) stay and are noted.
func (d *decoder) string(field string, at, n int) string {
	units := make([]uint16, n/2)
	for i := range units {
		units[i] = uint16(d.text[at+2*i]) | uint16(d.text[at+2*i+1])<<8
	}
	runes := make([]rune, 0, len(units))
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			if i+1 == len(units) {
				d.fail(field)
				return ""
			}
			if r = utf16.DecodeRune(r, rune(units[i+1])); r == unicode.ReplacementChar {
				d.fail(field)
				return ""
			}
			i++
		}
		runes = append(runes, r)
	}
	s := strings.TrimRight(string(runes), " \x00\u3000")
	for _, r := range s {
		if unicode.IsControl(r) || r&0xFFFE == 0xFFFE || r == unicode.ReplacementChar {
			d.fail(field)
			return ""
		}
		d.private = d.private || unicode.Is(unicode.Co, r)
	}
	return s
}

func (d *decoder) required(field string, at, n int) string {
	s := d.string(field, at, n)
	if s == "" {
		d.fail(field)
	}
	return s
}

func (d *decoder) sex(at int) ref.Sex {
	if s := ref.Sex(d.string("sex", at, 2)); s == ref.SexMale || s == ref.SexFemale {
		return s
	}
	return ref.SexUnknown
}

func (d *decoder) date(field string, at int) calendar.Date {
	t, err := time.Parse("20060102", d.string(field, at, 16))
	if err != nil {
		d.fail(field)
		return 0
	}
	return calendar.On(t.Date())
}

func (d *decoder) number(kind ref.DocumentKind, at, n int) string {
	s, err := ref.ParseDocument(kind, d.string("number", at, n))
	if err != nil {
		d.fail("number")
	}
	return s
}

func (d *decoder) fail(field string) {
	if d.err == nil {
		d.err = fmt.Errorf("idcard: field %s: %w", field, device.ErrUnreadable)
	}
}
