package ref

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

const (
	policeTask = "11440100007483172Q3440106043001"
	waterTask  = "12441500196720244T3442199806003"
)

func TestTaskCode(t *testing.T) {
	check(t, ParseTaskCode, []row{
		{in: policeTask, want: policeTask},
		{in: strings.ToLower(waterTask), want: waterTask},
		{in: waterTask[:30], err: ErrLength},
		{in: "", err: ErrEmpty},
		{in: "12441500196720244A3442199806003", err: ErrCheck},
		{in: "12441500196720244T7442199806003", err: ErrLevel},
		{in: "12441500196720244T344219980600A", err: ErrCharacter},
	})
	c := TaskCode(waterTask)
	if c.Organ() != "12441500196720244T" || c.Level() != LevelCity || c.Type() != "21" || string(c[21:23]) != "21" {
		t.Errorf("parts: %s %d %s", c.Organ(), c.Level(), c.Type())
	}
	cat := c.Catalog()
	if cat.Region() != "44" || cat.Main() != "99806" || cat.Sub() != "003" {
		t.Errorf("catalogue parts of %s", cat)
	}
	if got, err := ComposeTaskCode(c.Organ(), c.Level(), cat); got != c || err != nil {
		t.Errorf("composed %q, %v", got, err)
	}
	if _, err := ComposeTaskCode(c.Organ(), 7, cat); !errors.Is(err, ErrLevel) {
		t.Errorf("level 7: %v", err)
	}
	if got, err := ComposeCatalogCode("44", "01", 6043, 1); got != "440106043001" || err != nil {
		t.Errorf("catalogue code %q, %v", got, err)
	}
}

func TestHandleCode(t *testing.T) {
	got, err := ComposeHandleCode(policeTask, 1)
	if got != policeTask+"01" || err != nil || got.Task() != policeTask {
		t.Errorf("got %q, %v", got, err)
	}
	check(t, ParseHandleCode, []row{
		{in: policeTask + "0A", err: ErrCharacter},
		{in: policeTask, err: ErrLength},
		{in: "", err: ErrEmpty},
	})
}

func TestCaseNumber(t *testing.T) {
	const number = waterTask + "202206230068"
	check(t, ParseCaseNumber, []row{
		{in: number, want: number},
		{in: waterTask + "20220623 0068", want: number},
		{in: waterTask + "202213230068", err: ErrDate},
		{in: waterTask + "202206230000", err: ErrSequence},
		{in: waterTask + "20220623A068", err: ErrCharacter},
		{in: number[:42], err: ErrLength},
	})
	at := time.Date(2022, 6, 22, 16, 0, 0, 0, time.UTC) // already the 23rd in China
	c, err := ComposeCaseNumber(waterTask, at, 68)
	if c != number || err != nil || c.Task() != waterTask || c.Day() != "20220623" || c.Sequence() != 68 {
		t.Errorf("composed %q, %v", c, err)
	}
	for _, seq := range []int{0, 10000} {
		if _, err := ComposeCaseNumber(waterTask, at, seq); !errors.Is(err, ErrSequence) {
			t.Errorf("sequence %d: %v", seq, err)
		}
	}
}

func TestShortNumber(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	n, err := NewShortNumber("440604010", at, bytes.NewReader([]byte{0, 1, 10, 31, 33}))
	if err != nil || len(n) != 18 || n[:17] != "44060426030201AZ1" || n.Division() != "440604" {
		t.Fatalf("got %q, %v", n, err)
	}
	check := string(n[17:])
	for _, typed := range []string{n.Format(), strings.ToLower(n.Format()), "440604 260302 oiazl" + check, "440604260302-OLAZI-" + check} {
		if got, err := ParseShortNumber(typed); got != n || err != nil {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	if n.Format() != "4406 0426 0302 01AZ 1"+check {
		t.Errorf("format %q", n.Format())
	}
	for typed, want := range map[string]error{
		"44O604 260302 01AZ1" + check: ErrCharacter,
		"440604 260302 01AU1" + check: ErrCharacter,
		"440604 261302 01AZ1" + check: ErrDate,
		"440604 260302 01AZ2" + check: ErrCheck,
		"440604 260302 10AZ1" + check: ErrCheck,
		"440604 260302 01AZ1":         ErrLength,
		"":                            ErrEmpty,
	} {
		if _, err := ParseShortNumber(typed); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", typed, err, want)
		}
	}
	if _, err := NewShortNumber("440604", at, strings.NewReader("")); err == nil {
		t.Error("no randomness must be an error")
	}
	if _, err := NewShortNumber("4406", at, strings.NewReader("12345")); !errors.Is(err, ErrDivision) {
		t.Errorf("short division: %v", err)
	}
}

func TestLicenceMark(t *testing.T) {
	for _, s := range []string{
		"11100000000013338W011.11430000006122244L.20230000403.001.U",
		"11100000MB03271699022.340100.000000016.001.9",
		"11100000000013338W009.11330105002500287C.2025052201.002.0",
	} {
		m, err := ParseLicenceMark(s)
		if err != nil || string(m) != licenceRoot+"."+s {
			t.Errorf("%s: %q, %v", s, m, err)
		}
		if again, err := ComposeLicenceMark(m.Parts()); again != m || err != nil {
			t.Errorf("%+v composes %q, %v", m.Parts(), again, err)
		}
		wrong := s[:len(s)-1] + "B"
		if _, err := ParseLicenceMark(wrong); !errors.Is(err, ErrCheck) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	check(t, ParseLicenceMark, []row{
		{in: "", err: ErrEmpty},
		{in: "a.b", err: ErrFormat},
		{in: "11100000000013338W011.11430000006122244L.20230000403.000.U", err: ErrFormat},
		{in: "11100000000013338W011.11430000006122244L.2023*000403.001.U", err: ErrCharacter},
	})
	if _, err := ComposeLicenceMark(LicenceParts{Version: 1000}); !errors.Is(err, ErrFormat) {
		t.Errorf("version 1000: %v", err)
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{policeTask, waterTask + "202206230068", policeTask + "01", "440604 260302 01az1 x",
		"1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9", "....", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseTaskCode(s); err == nil {
			same(t, c, c.Format(), ParseTaskCode)
			back, err := ComposeTaskCode(c.Organ(), c.Level(), c.Catalog())
			if back != c || err != nil {
				t.Errorf("%q composes %q, %v", c, back, err)
			}
		}
		if c, err := ParseCaseNumber(s); err == nil {
			same(t, c, c.Format(), ParseCaseNumber)
		}
		if c, err := ParseHandleCode(s); err == nil {
			same(t, c, string(c), ParseHandleCode)
		}
		if c, err := ParseCatalogCode(s); err == nil {
			same(t, c, string(c), ParseCatalogCode)
		}
		if n, err := ParseShortNumber(s); err == nil {
			same(t, n, n.Format(), ParseShortNumber)
		}
		if m, err := ParseLicenceMark(s); err == nil {
			if again, err := ComposeLicenceMark(m.Parts()); again != m || err != nil {
				t.Errorf("%q composes %q, %v", m, again, err)
			}
		}
		LicenceMark(s).Parts()
	})
}
