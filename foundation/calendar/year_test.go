package calendar

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yimen/foundation/fault"
)

const plainYear = `{"year":2027,"version":1,"source":"x","published":"2026-11-05",
"off":[{"name":"a","from":"2027-01-01","to":"2027-01-03"}],"work":["2027-01-09"]}`

func TestParseYear(t *testing.T) {
	y, err := ParseYear("2027.json", []byte(plainYear))
	if err != nil || y.Year != 2027 || len(y.Off) != 1 || y.Work[0].String() != "2027-01-09" {
		t.Fatalf("%+v, %v", y, err)
	}
	for _, r := range []struct{ old, new, field, key string }{
		{"2027-01-03", "2027-02-30", "off[0].to", "calendar.bad_date"},
		{"2026-11-05", "", "published", "calendar.bad_date"},
		{"2027-01-09", "soon", "work[0]", "calendar.bad_date"},
		{"2027-01-09", "2027-01-08", "work[0]", "calendar.work_on_weekday"},
		{"2027-01-09", "2027-01-02", "work[0]", "calendar.off_and_work"},
		{"2027-01-09", "2029-01-06", "work[0]", "calendar.outside_year"},
		{`"2027-01-09"`, `"2027-01-09","2027-01-09"`, "work[1]", "calendar.twice"},
		{"2027-01-03", "2026-12-31", "off[0].to", "calendar.ends_before_start"},
		{"2027-01-01", "2025-01-01", "off[0].from", "calendar.outside_year"},
		{"2027-01-03", "2028-02-01", "off[0].to", "calendar.outside_year"},
		{`"source":"x"`, `"source":""`, "source", "calendar.no_source"},
		{`"version":1`, `"version":0`, "version", "calendar.bad_version"},
		{`"year":2027`, `"year":27`, "year", "calendar.bad_year"},
		{`"to":"2027-01-03"}`, `"to":"2027-01-03"},{"name":"b","from":"2027-01-03","to":"2027-01-04"}`, "off[1]", "calendar.twice"},
	} {
		_, err := ParseYear("2027.json", []byte(strings.Replace(plainYear, r.old, r.new, 1)))
		found := slices.ContainsFunc(fault.Fields(err), func(f fault.Field) bool { return f.Name == r.field && f.Key == r.key })
		if !found || !strings.Contains(err.Error(), "2027.json") {
			t.Errorf("%s for %s: %v, want %s %s", r.new, r.old, err, r.field, r.key)
		}
	}
	for _, s := range []string{"", "{", plainYear + "{}", strings.Replace(plainYear, "off", "of", 1), "[]"} {
		if _, err := ParseYear("x.json", []byte(s)); fault.As(err).Key != "calendar.not_json" {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestLoadYear(t *testing.T) {
	file := filepath.Join(t.TempDir(), "2027.json")
	if err := os.WriteFile(file, []byte(plainYear), 0o600); err != nil {
		t.Fatal(err)
	}
	if y, err := LoadYear(file); err != nil || y.Year != 2027 {
		t.Errorf("%+v, %v", y, err)
	}
	if _, err := LoadYear(file + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
	if years, err := LoadYears(os.DirFS(filepath.Dir(file))); err != nil || len(years) != 1 {
		t.Errorf("%v, %v", years, err)
	}
}

func TestVersions(t *testing.T) {
	old, err := ParseYear("a", []byte(plainYear))
	if err != nil {
		t.Fatal(err)
	}
	changed := old
	changed.Version, changed.Work = 2, nil
	for _, order := range [][]Year{{old, changed}, {changed, old}, {old, old, changed}} {
		c, err := New(order, nil)
		if err != nil || c.Years()[0].Version != 2 {
			t.Errorf("%v", err)
			continue
		}
		if worked, _ := c.IsWorkday(On(2027, 1, 9)); worked {
			t.Error("the older version counted")
		}
	}
	changed.Version = 1
	if _, err := New([]Year{old, changed}, nil); fault.KindOf(err) != fault.Conflict {
		t.Errorf("one version, two contents: %v", err)
	}
	if _, err := New([]Year{{Year: 2027}}, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a year without version and source: %v", err)
	}
}

func FuzzParseYear(f *testing.F) {
	f.Add([]byte(plainYear))
	f.Add([]byte(`{"year":2027,"off":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		y, err := ParseYear("fuzz.json", data)
		if err != nil {
			return
		}
		c, err := New([]Year{y}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if end, _ := c.AddWorkdays(On(y.Year, 1, 1), 10); end <= On(y.Year, 1, 1) {
			t.Errorf("went back to %s", end)
		}
	})
}
