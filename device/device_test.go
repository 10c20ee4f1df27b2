package device

import (
	"testing"

	"yimen/foundation/calendar"
	"yimen/ref"
)

func TestCardValidity(t *testing.T) {
	c := Card{From: calendar.On(2020, 5, 6), To: calendar.On(2030, 5, 6)}
	long := Card{From: c.From, LongTerm: true}
	for _, r := range []struct {
		on         calendar.Date
		card, long bool
	}{
		{c.From - 1, false, false}, {c.From, true, true}, {c.To, true, true}, {c.To + 1, false, true},
	} {
		if c.Valid(r.on) != r.card || long.Valid(r.on) != r.long {
			t.Errorf("on %s: %v and %v", r.on, c.Valid(r.on), long.Valid(r.on))
		}
	}
}

func TestCardDocument(t *testing.T) {
	for kind, want := range map[CardKind]ref.DocumentKind{CardCitizen: ref.DocumentIDCard,
		CardForeign: ref.DocumentForeignResident, CardResidence: ref.DocumentResidence} {
		if got := (Card{Kind: kind}).Document(); got != want {
			t.Errorf("%s is %s", kind, got)
		}
	}
}
