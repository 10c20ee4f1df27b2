// Package telemetry says how the program is doing: logs, metrics, health.
//
// Invariants: no log line carries a personal value, neither under a known key nor in the shape of an identity or phone
// number; no metric label comes from what a caller typed; nothing here changes what a request does.
package telemetry

import (
	"encoding/json"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"time"
)

// Hidden stands where a value was taken out of a log line.
const Hidden = "[hidden]"

// sensitive keys hide their whole value; compared without case, dashes and underscores.
var sensitive = map[string]bool{}

func init() {
	for _, key := range []string{
		"address", "answer", "answers", "authorization", "birthday", "card", "cookie", "email", "form", "fullname",
		"idcard", "idnumber", "identity", "mobile", "otp", "partyname", "passphrase", "password", "personname", "phone",
		"secret", "session", "setcookie", "tel", "telephone", "token", "totp",
	} {
		sensitive[key] = true
	}
}

var (
	plainKey = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")
	// A run of digits next to other digits or letters is no number of a person (case numbers, digests, codes).
	idNumber  = regexp.MustCompile(`[0-9]{6}[ -]?(?:18|19|20)[0-9]{2}[ -]?(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[ -]?[0-9]{3}[0-9Xx]`)
	oldNumber = regexp.MustCompile(`[0-9]{8}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}`)
	mobile    = regexp.MustCompile(`(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}`)
	landline  = regexp.MustCompile(`0[0-9]{2,3}[ -][0-9]{3,4}[ -]?[0-9]{4}`)
)

// NewLogger writes JSON lines from level on, with personal values hidden.
func NewLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}))
}

// Redact hides every part of a text that has the shape of an identity or phone number.
func Redact(text string) string {
	text = widths.Replace(text)
	for _, shape := range []*regexp.Regexp{idNumber, oldNumber, mobile, landline} {
		text = hide(text, shape)
	}
	return text
}

// hide replaces the matches that stand alone. Go's regular expressions cannot look around, so the neighbours are
// compared here; after a refused match the search goes on one byte later, for a number may begin inside it.
func hide(text string, shape *regexp.Regexp) string {
	var out strings.Builder
	for from := 0; ; {
		at := shape.FindStringIndex(text[from:])
		if at == nil {
			out.WriteString(text[from:])
			return out.String()
		}
		begin, end := from+at[0], from+at[1]
		if begin > 0 && wordByte(text[begin-1]) || end < len(text) && wordByte(text[end]) {
			out.WriteString(text[from : begin+1])
			from = begin + 1
			continue
		}
		out.WriteString(text[from:begin])
		out.WriteString(Hidden)
		from = end
	}
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// widths turns the full-width digits that some keyboards type into plain ones, so that they are seen.
var widths = strings.NewReplacer(
	"０", "0", "１", "1", "２", "2", "３", "3", "４", "4",
	"５", "5", "６", "6", "７", "7", "８", "8", "９", "9", "Ｘ", "X",
)

// redactAttr is called by slog for the message too, and for every attribute inside groups.
func redactAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return a
	}
	for _, g := range append(groups, a.Key) {
		if sensitive[strings.ToLower(plainKey.Replace(g))] {
			return slog.String(a.Key, Hidden)
		}
	}
	return slog.Attr{Key: Redact(a.Key), Value: redactValue(a.Value)}
}

func redactValue(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(Redact(v.String()))
	case slog.KindInt64, slog.KindUint64:
		if text := v.String(); Redact(text) != text {
			return slog.StringValue(Hidden)
		}
	case slog.KindDuration:
		return slog.Float64Value(float64(v.Duration()) / float64(time.Second))
	case slog.KindAny:
		return redactAny(v)
	}
	return v
}

func redactAny(v slog.Value) slog.Value {
	if err, ok := v.Any().(error); ok {
		return slog.StringValue(Redact(err.Error()))
	}
	text, err := json.Marshal(v.Any())
	if err != nil {
		return slog.StringValue(Hidden)
	}
	if clean := Redact(string(text)); clean != string(text) {
		return slog.StringValue(clean)
	}
	return v
}
