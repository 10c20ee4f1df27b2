package fake

import (
	"strings"
	"unicode/utf16"

	"yimen/device"
	"yimen/foundation/calendar"
)

// Text is the 256 bytes of text such a card has. Fields too long are cut, as on a real card.
func Text(c device.Card) []byte {
	switch c.Kind {
	case device.CardForeign:
		return block(c.NameEn, 60, string(c.Sex), 1, c.Number, 15, c.Nationality, 3, c.Name, 15, ymd(c.From), 8, until(c), 8,
			ymd(c.Born), 8, c.Issues, 2, c.Issuer, 4, "I", 1, "", 3)
	case device.CardResidence:
		return block(c.Name, 15, string(c.Sex), 1, "", 2, ymd(c.Born), 8, c.Address, 35, c.Number, 18, c.Issuer, 15,
			ymd(c.From), 8, until(c), 8, c.Permit, 9, c.Issues, 2, "", 3, "J", 1, "", 3)
	}
	return block(c.Name, 15, string(c.Sex), 1, string(c.Ethnic), 2, ymd(c.Born), 8, c.Address, 35, c.Number, 18, c.Issuer, 15,
		ymd(c.From), 8, until(c), 8, "", 18)
}

// block writes pairs of text and length (in UTF-16 units), each padded with spaces.
func block(pairs ...any) []byte {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		units, n := utf16.Encode([]rune(pairs[i].(string))), pairs[i+1].(int)
		for j := range n {
			u := uint16(' ')
			if j < len(units) {
				u = units[j]
			}
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func ymd(d calendar.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

func until(c device.Card) string {
	if c.LongTerm {
		return "长期"
	}
	return ymd(c.To)
}
