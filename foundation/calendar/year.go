package calendar

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"time"

	"yimen/foundation/fault"
)

//go:embed year/*.json
var embedded embed.FS

// Year is what the State Council's notice says about one year: which days are off and which
// weekend days are worked. A notice may name days in the last December before its year and
// the first January after it; those count over the neighbour's own data.
type Year struct {
	Year      int    `json:"year"`
	Version   int    `json:"version"`   // counts up when a notice is changed; the highest wins
	Source    string `json:"source"`    // address or number of the notice
	Published Date   `json:"published"` // the notice's date
	Off       []Off  `json:"off"`
	Work      []Date `json:"work"` // weekend days worked (调休上班)
}

// Off is a run of days off, both ends included.
type Off struct {
	Name string `json:"name"`
	From Date   `json:"from"`
	To   Date   `json:"to"`
}

// yearFile is a Year as written, dates not yet read, so that every wrong one can be named.
type yearFile struct {
	Year      int    `json:"year"`
	Version   int    `json:"version"`
	Source    string `json:"source"`
	Published string `json:"published"`
	Off       []struct {
		Name string `json:"name"`
		From string `json:"from"`
		To   string `json:"to"`
	} `json:"off"`
	Work []string `json:"work"`
}

// Embedded are the years the program brings with it.
func Embedded() ([]Year, error) {
	dir, err := fs.Sub(embedded, "year")
	if err != nil {
		return nil, err
	}
	return LoadYears(dir)
}

// LoadYears reads every *.json file of a folder.
func LoadYears(dir fs.FS) ([]Year, error) {
	names, err := fs.Glob(dir, "*.json")
	if err != nil {
		return nil, err
	}
	var years []Year
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		y, err := ParseYear(name, data)
		if err != nil {
			return nil, err
		}
		years = append(years, y)
	}
	return years, nil
}

// LoadYear reads one file.
func LoadYear(file string) (Year, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Year{}, err
	}
	return ParseYear(path.Base(file), data)
}

// ParseYear reads the JSON of one year; name is for the error. Data that is not JSON of this
// shape is fault.Invalid "calendar.not_json" with line and reason; wrong content is
// fault.Invalid with one field per mistake, such as "off[2].to".
func ParseYear(name string, data []byte) (Year, error) {
	var f yearFile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(&f)
	if err == nil {
		if _, tail := dec.Token(); !errors.Is(tail, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		line := 1 + bytes.Count(data[:min(int(dec.InputOffset()), len(data))], []byte("\n"))
		return Year{}, fmt.Errorf("calendar %s:%d: %w", name, line,
			fault.New(fault.Invalid, "calendar.not_json", "file", name, "line", line).Wrap(err))
	}
	y, bad := f.read()
	if len(bad) == 0 {
		bad = y.check()
	}
	if len(bad) > 0 {
		return Year{}, fmt.Errorf("calendar %s: %w", name, fault.Bad(bad...))
	}
	return y, nil
}

// read turns the written dates into Dates and names those that are none.
func (f yearFile) read() (Year, []fault.Field) {
	var bad []fault.Field
	date := func(field, s string) Date {
		d, err := ParseDate(s)
		if err != nil {
			bad = append(bad, fault.Field{Name: field, Key: "calendar.bad_date", Args: []any{"value", s}})
		}
		return d
	}
	y := Year{Year: f.Year, Version: f.Version, Source: f.Source, Published: date("published", f.Published)}
	for i, o := range f.Off {
		at := "off[" + strconv.Itoa(i) + "]"
		y.Off = append(y.Off, Off{Name: o.Name, From: date(at+".from", o.From), To: date(at+".to", o.To)})
	}
	for i, s := range f.Work {
		y.Work = append(y.Work, date("work["+strconv.Itoa(i)+"]", s))
	}
	if len(bad) > 0 {
		return Year{}, bad
	}
	return y, nil
}

// check names everything a notice cannot say.
func (y Year) check() []fault.Field {
	var bad []fault.Field
	say := func(name, key string, args ...any) {
		bad = append(bad, fault.Field{Name: name, Key: "calendar." + key, Args: args})
	}
	if y.Year < firstYear || y.Year > lastYear {
		say("year", "bad_year", "year", y.Year)
	}
	if y.Version < 1 {
		say("version", "bad_version", "version", y.Version)
	}
	if y.Source == "" {
		say("source", "no_source")
	}
	off := y.checkOff(say)
	seen := map[Date]bool{}
	for i, d := range y.Work {
		at := "work[" + strconv.Itoa(i) + "]"
		switch {
		case !y.near(d):
			say(at, "outside_year", "date", d.String(), "year", y.Year)
		case off[d]:
			say(at, "off_and_work", "date", d.String())
		case !weekend(d):
			say(at, "work_on_weekday", "date", d.String())
		case seen[d]:
			say(at, "twice", "date", d.String())
		}
		seen[d] = true
	}
	return bad
}

// checkOff looks at the runs of days off and returns every day in them.
func (y Year) checkOff(say func(name, key string, args ...any)) map[Date]bool {
	off := map[Date]bool{}
	for i, o := range y.Off {
		at := "off[" + strconv.Itoa(i) + "]"
		switch {
		case !y.near(o.From):
			say(at+".from", "outside_year", "date", o.From.String(), "year", y.Year)
			continue
		case !y.near(o.To):
			say(at+".to", "outside_year", "date", o.To.String(), "year", y.Year)
			continue
		case o.To < o.From:
			say(at+".to", "ends_before_start", "from", o.From.String(), "to", o.To.String())
			continue
		}
		for d := o.From; d <= o.To; d++ {
			if off[d] {
				say(at, "twice", "date", d.String())
				break
			}
			off[d] = true
		}
	}
	return off
}

// near: in the year, the December before or the January after.
func (y Year) near(d Date) bool {
	return d >= On(y.Year-1, time.December, 1) && d <= On(y.Year+1, time.January, 31)
}

func weekend(d Date) bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
