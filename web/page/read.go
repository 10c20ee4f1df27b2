package page

import (
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"yimen/foundation/fault"
)

// Bounds of any form; a route's Body bounds the bytes.
const (
	mostValues = 2000
	mostLength = 20_000 // characters of one value
)

// Input is what was typed, cleaned: valid UTF-8, no control or direction-override characters, full-width digits as
// digits, line ends as \n. Rare and private-use characters stay as they are.
type Input struct{ values url.Values }

// Query reads the address's parameters.
func Query(r *http.Request) *Input { return cleaned(r.URL.Query()) }

// Read reads a posted form. Files are refused; see ReadUpload. Errors: fault.TooLarge, fault.Invalid.
func Read(r *http.Request) (*Input, error) { return ReadUpload(r, Upload{}) }

func readPlain(r *http.Request) (*Input, error) {
	if err := r.ParseForm(); err != nil {
		if kindOf(err) == fault.TooLarge {
			return nil, fault.New(fault.TooLarge, "fault.too_large").Wrap(err)
		}
		return nil, fault.New(fault.Invalid, "fault.form_broken").Wrap(err)
	}
	return bounded(cleaned(r.PostForm))
}

func bounded(in *Input) (*Input, error) {
	n := 0
	for _, values := range in.values {
		n += len(values)
		for _, v := range values {
			if utf8.RuneCountInString(v) > mostLength {
				return nil, fault.New(fault.TooLarge, "fault.too_large")
			}
		}
	}
	if n > mostValues {
		return nil, fault.New(fault.TooLarge, "fault.too_large")
	}
	return in, nil
}

func cleaned(raw url.Values) *Input {
	in := &Input{values: make(url.Values, len(raw))}
	for name, values := range raw {
		for _, v := range values {
			in.values.Add(Clean(name), Clean(v))
		}
	}
	return in
}

// Clean makes typed text safe to keep and leaves what it says alone.
func Clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(cleanRune, s))
}

func cleanRune(r rune) rune {
	switch {
	case r == '\r':
		return '\n'
	case r == '\n' || r == '\t':
		return r
	case r >= '０' && r <= '９':
		return r - '０' + '0'
	case r == '\u3000': // ideographic space
		return ' '
	case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\uFEFF':
		return -1 // a right-to-left override makes a name read as another
	}
	return r
}

// Has says that a field came, even empty.
func (in *Input) Has(name string) bool { return in.values.Has(name) }

// Names are the fields that came, sorted.
func (in *Input) Names() []string {
	out := make([]string, 0, len(in.values))
	for name := range in.values {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Long is a field's text with its lines.
func (in *Input) Long(name string) string { return in.values.Get(name) }

// Text is a field's text on one line.
func (in *Input) Text(name string) string {
	return strings.Join(strings.FieldsFunc(in.values.Get(name), func(r rune) bool { return r == '\n' || r == '\t' }), " ")
}

// All are the chosen values of a field with several.
func (in *Input) All(name string) []string {
	return slices.DeleteFunc(slices.Clone(in.values[name]), func(v string) bool { return v == "" })
}

var compact = strings.NewReplacer(" ", "", "-", "", "\u2013", "", "\u2014", "", "\u00A0", "", "\u2009", "")

// Compact is a number or code without the spaces and hyphens people type into it, in upper case.
func (in *Input) Compact(name string) string { return strings.ToUpper(compact.Replace(in.Text(name))) }

// Int is a whole number; "1,024" counts as one.
func (in *Input) Int(name string) (int64, bool) {
	n, err := strconv.ParseInt(strings.NewReplacer(",", "", "，", "", " ", "").Replace(in.Text(name)), 10, 64)
	return n, err == nil
}

var yuan = regexp.MustCompile(`^([0-9]{1,13})(?:\.([0-9]{1,2}))?$`)

// Fen is an amount of money typed in 元, in 分.
func (in *Input) Fen(name string) (int64, bool) {
	m := yuan.FindStringSubmatch(strings.TrimSuffix(strings.NewReplacer(",", "", "，", "", " ", "").Replace(in.Text(name)), "元"))
	if m == nil {
		return 0, false
	}
	fen, err := strconv.ParseInt(m[1]+(m[2] + "00")[:2], 10, 64)
	return fen, err == nil
}

// Date joins the three boxes of a date field as yyyy-mm-dd; an unfinished one as it was typed, parts joined by "-"; "" when
// all are empty. One box that holds a whole date counts too.
func (in *Input) Date(name string) string {
	if whole := in.Text(name); whole != "" {
		return dateText(strings.FieldsFunc(whole, func(r rune) bool { return !unicode.IsDigit(r) }))
	}
	parts := []string{in.Text(name + ".year"), in.Text(name + ".month"), in.Text(name + ".day")}
	if strings.Join(parts, "") == "" {
		return ""
	}
	return dateText(parts)
}

func dateText(parts []string) string {
	for i := 1; i < len(parts) && i < 3; i++ {
		if len(parts[i]) == 1 {
			parts[i] = "0" + parts[i]
		}
	}
	return strings.Join(parts, "-")
}

// Under are the fields whose name begins with prefix, by the rest of the name; a date's boxes come as one.
func (in *Input) Under(prefix string) map[string]string {
	out := map[string]string{}
	for _, name := range in.Names() {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || rest == "" {
			continue
		}
		stem, part := rest, ""
		if i := strings.LastIndexByte(rest, '.'); i > 0 {
			stem, part = rest[:i], rest[i+1:]
		}
		if part == "year" || part == "month" || part == "day" {
			out[stem] = in.Date(prefix + stem)
			continue
		}
		out[rest] = strings.Join(in.All(name), "\n")
	}
	return out
}

// Part is the fields whose name begins with prefix as a form of their own, named by the rest.
func (in *Input) Part(prefix string) *Input {
	out := &Input{values: url.Values{}}
	for name, values := range in.values {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			out.values[rest] = values
		}
	}
	return out
}

var keyForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Key is the form's idempotency key. Errors: fault.Invalid when the form had none.
func (in *Input) Key() (string, error) {
	if key := in.Text("key"); keyForm.MatchString(key) {
		return key, nil
	}
	return "", fault.New(fault.Invalid, "fault.form_broken")
}

// Bind reads a posted form into a struct by its `form:"name"` or `form:"name,how"` tags; how is date, long, compact or fen.
// Fields are string, []string, bool, int or int64. The Input comes back even when numbers did not parse, for Refill.
func Bind(r *http.Request, to any) (*Input, error) {
	in, err := Read(r)
	if err != nil {
		return nil, err
	}
	return in, in.Into(to)
}

// Into is Bind's second half.
func (in *Input) Into(to any) error {
	v := reflect.ValueOf(to).Elem()
	var bad []fault.Field
	for i := range v.NumField() {
		name, how, _ := strings.Cut(v.Type().Field(i).Tag.Get("form"), ",")
		if name == "" {
			continue
		}
		if key := in.set(v.Field(i), name, how); key != "" {
			bad = append(bad, fault.Field{Name: name, Key: key})
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// set fills one struct field; its answer is the message key of what is wrong.
func (in *Input) set(f reflect.Value, name, how string) (wrong string) {
	switch f.Kind() {
	case reflect.String:
		f.SetString(in.as(name, how))
	case reflect.Bool:
		v := in.Text(name)
		f.SetBool(v != "" && v != "0" && v != "no" && v != "false")
	case reflect.Int, reflect.Int64:
		read := in.Int
		if how == "fen" {
			read = in.Fen
		}
		n, ok := read(name)
		if !ok && in.Text(name) != "" {
			return "field.number"
		}
		f.SetInt(n)
	case reflect.Slice:
		f.Set(reflect.ValueOf(in.All(name)))
	default:
		panic("page.Bind: field " + name + " has a kind that forms do not have") // found by the first test
	}
	return ""
}

func (in *Input) as(name, how string) string {
	switch how {
	case "date":
		return in.Date(name)
	case "long":
		return in.Long(name)
	case "compact":
		return in.Compact(name)
	}
	return in.Text(name)
}
