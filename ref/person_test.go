package ref

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// row is one input of a parser with what must come out.
type row struct {
	in, want string
	err      error
}

func check[T ~string](t *testing.T, parse func(string) (T, error), rows []row) {
	t.Helper()
	for _, r := range rows {
		got, err := parse(r.in)
		if string(got) != r.want || !errors.Is(err, r.err) {
			t.Errorf("%q: got %q, %v; want %q, %v", r.in, got, err, r.want, r.err)
		}
	}
}

func TestCitizenNumber(t *testing.T) {
	check(t, ParseCitizenNumber, []row{
		{in: "11010519491231002X", want: "11010519491231002X"},
		{in: "110105 19491231-002x", want: "11010519491231002X"},
		{in: "１１０１０５１９４９１２３１００２Ｘ", want: "11010519491231002X"},
		{in: "440604199001010018", want: "440604199001010018"},
		{in: "110105491231002", want: "11010519491231002X"},
		{in: "440604900101001", want: "440604199001010018"},
		{in: "", err: ErrEmpty},
		{in: " - ", err: ErrEmpty},
		{in: "44060419900101001", err: ErrLength},
		{in: "440604199001010019", err: ErrCheck},
		{in: "440604199002300010", err: ErrDate},
		{in: "44060419900101X018", err: ErrCharacter},
		{in: "44060419900101001A", err: ErrCharacter},
		{in: "040604199001010018", err: ErrDivision},
		{in: "940604199001010018", err: ErrDivision},
	})
}

func TestCitizenNumberParts(t *testing.T) {
	c := CitizenNumber("11010519491231002X")
	if c.Sex() != SexFemale || c.Division() != "110105" || c.Born().Format(time.DateOnly) != "1949-12-31" {
		t.Errorf("parts: %v %v %v", c.Sex(), c.Division(), c.Born())
	}
	if c.Masked() != "**************002X" || c.Format() != "110105 19491231 002X" {
		t.Errorf("written: %q %q", c.Masked(), c.Format())
	}
	for at, want := range map[string]int{"2025-12-30T15:59:00Z": 75, "2025-12-30T16:00:00Z": 76} {
		now, _ := time.Parse(time.RFC3339, at)
		if got := c.Age(now); got != want {
			t.Errorf("age at %s: %d, want %d", at, got, want)
		}
	}
	if CitizenNumber("").Sex() != SexUnknown || !CitizenNumber("x").Born().IsZero() {
		t.Error("a number that is none has no parts")
	}
}

func TestComposeCitizenNumber(t *testing.T) {
	born := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	c, err := ComposeCitizenNumber("440604", born, 1)
	if c != "440604199001010018" || err != nil {
		t.Errorf("got %q, %v", c, err)
	}
	if _, err := ComposeCitizenNumber("449901", born, 1000); !errors.Is(err, ErrSequence) {
		t.Errorf("sequence 1000: %v", err)
	}
	if _, err := ComposeCitizenNumber("44", born, 1); !errors.Is(err, ErrDivision) {
		t.Errorf("short division: %v", err)
	}
}

func TestDocuments(t *testing.T) {
	// Built rather than copied: no real person's number is written here.
	hongKong := withCheck("81000019900101001")
	star := withCheck("94403919900101001")
	for _, r := range []struct {
		kind DocumentKind
		row
	}{
		{DocumentIDCard, row{in: "11010519491231002x", want: "11010519491231002X"}},
		{DocumentIDCard, row{in: hongKong, err: ErrKind}},
		{DocumentResidence, row{in: hongKong, want: hongKong}},
		{DocumentResidence, row{in: "11010519491231002X", err: ErrKind}},
		{DocumentForeignResident, row{in: "abc 1234 5678 9012", want: "ABC123456789012"}},
		{DocumentForeignResident, row{in: star, want: star}},
		{DocumentForeignResident, row{in: "11010519491231002X", err: ErrKind}},
		{DocumentForeignResident, row{in: "AB1234567890123", err: ErrCharacter}},
		{DocumentHKMacauPermit, row{in: "h12345678", want: "H12345678"}},
		{DocumentHKMacauPermit, row{in: "M1234567890", want: "M1234567890"}},
		{DocumentHKMacauPermit, row{in: "H123456789", err: ErrLength}},
		{DocumentHKMacauPermit, row{in: "T12345678", err: ErrCharacter}},
		{DocumentTaiwanPermit, row{in: "12345678", want: "12345678"}},
		{DocumentTaiwanPermit, row{in: "1234567890", want: "1234567890"}},
		{DocumentTaiwanPermit, row{in: "123456789", err: ErrLength}},
		{DocumentPassport, row{in: "E1234 5678", want: "E12345678"}},
		{DocumentPassport, row{in: "E1", err: ErrLength}},
		{DocumentOfficer, row{in: "军字第2001988号", want: "军字第2001988号"}},
		{DocumentOfficer, row{in: "军字第<001988号", err: ErrCharacter}},
		{"999", row{in: "1", err: ErrKind}},
	} {
		check(t, func(s string) (string, error) { return ParseDocument(r.kind, s) }, []row{r.row})
	}
}

func withCheck(s string) string { return s + string(citizenCheck(s)) }

func TestPhone(t *testing.T) {
	check(t, ParsePhone, []row{
		{in: "199 0000 0001", want: "19900000001"},
		{in: "+86 199-0000-0001", want: "19900000001"},
		{in: "0757-0000 0000", want: "075700000000"},
		{in: "（0757）00000000", want: "075700000000"},
		{in: "1990000000", err: ErrLength},
		{in: "90000000", err: ErrFormat},
		{in: "12a", err: ErrCharacter},
		{in: "", err: ErrEmpty},
	})
	if got := MaskPhone("19900000001"); got != "199****0001" {
		t.Errorf("masked %q", got)
	}
	if got := MaskNumber("1234"); got != "****" {
		t.Errorf("a short number is hidden whole: %q", got)
	}
}

func FuzzPerson(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "110105491231002", "ABC123456789012", "H12345678", "12345678",
		"军字第2001988号", "+86 199-0000-0001", "１１ x\xff", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseCitizenNumber(s); err == nil {
			same(t, c, c.Format(), ParseCitizenNumber)
			if c.Born().IsZero() || !strings.HasSuffix(c.Masked(), string(c[14:])) {
				t.Errorf("%q has no birth date or mask", c)
			}
		}
		for _, k := range DocumentKinds() {
			if n, err := ParseDocument(k, s); err == nil {
				same(t, n, n, func(s string) (string, error) { return ParseDocument(k, s) })
			}
		}
		if p, err := ParsePhone(s); err == nil {
			same(t, p, p, ParsePhone)
		}
		MaskNumber(s)
	})
}

// same says that a number, written out, reads as itself.
func same[T comparable](t *testing.T, want T, written string, parse func(string) (T, error)) {
	t.Helper()
	if got, err := parse(written); err != nil || got != want {
		t.Errorf("%q reads as %v, %v; want %v", written, got, err, want)
	}
}
