package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// The numbers are made: division 449901 was never assigned, and 1990000 is no number range in use.
func TestRedactShapes(t *testing.T) {
	cases := map[string]string{
		"id 449901199003071230 refused":                "id [hidden] refused",
		"id 44990119900307123X":                        "id [hidden]",
		"449901 19900307 1230":                         "[hidden]",
		"４４９９０１１９９００３０７１２３Ｘ":                           "[hidden]",
		"old 449901900307123.":                         "old [hidden].",
		"call 19900000001":                             "call [hidden]",
		"call +86 199-0000-0001 now":                   "call [hidden] now",
		"19900000001,19900000002":                      "[hidden],[hidden]",
		"desk 0757-0000 0000":                          "desk [hidden]",
		"身份证449901199003071230号":                       "身份证[hidden]号",
		"key=19900000001&x":                            "key=[hidden]&x",
		"took 1750000000000000 µs":                     "took 1750000000000000 µs",
		"case 11440604MB2D000014442012345600120260302": "case 11440604MB2D000014442012345600120260302",
		"digest a19900000001b":                         "digest a19900000001b",
		"018f3c2e-7b1a-7c3d-9e2f-001122334455":         "018f3c2e-7b1a-7c3d-9e2f-001122334455",
		"":                                             "",
	}
	for in, want := range cases {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
}

type party struct {
	ID    string
	Phone string
}

func (p party) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", p.ID), slog.String("phone", p.Phone))
}

type plainParty struct{ Note string }

func TestLoggerHidesPersonalValues(t *testing.T) {
	const id, phone = "449901199003071230", "19900000001"
	var out bytes.Buffer
	log := NewLogger(&out, slog.LevelDebug)
	log.Info("took in " + id)
	log.Info("m", "note", phone, "ID_Number", "x-secret", "number", 19900000001)
	log.Info("m", "err", fmt.Errorf("bind: %w", errors.New("value "+id)))
	log.Info("m", "any", plainParty{Note: phone}, "list", []string{id}, "bytes", map[string]any{"a": phone})
	log.Info("m", "party", party{ID: "p1", Phone: "x-secret"})
	log.With("token", "x-secret", "seen", phone).WithGroup("address").Info("m", "street", "x-secret")
	log.Info("m", slog.Group("case", slog.String("text", phone)), phone, "as a key")
	for _, leak := range []string{id, phone, "x-secret"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q reached the log:\n%s", leak, out.String())
		}
	}
	if got := strings.Count(out.String(), "\n"); got != 7 {
		t.Errorf("%d lines, want 7", got)
	}
}

func TestLoggerKeepsTheRest(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, slog.LevelInfo)
	log.Debug("below the level")
	log.Info("accepted", "case", "018f3c2e-7b1a-7c3d-9e2f-001122334455", "rows", 3, "took", 1500*time.Millisecond,
		"at", time.Unix(1772412300, 0).UTC(), "ok", true)
	for _, want := range []string{`"msg":"accepted"`, `"rows":3`, `"took":1.5`, `"ok":true`, `"at":"2026-03-02T`, `"case":"018f3c2e-`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing in %s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "below") {
		t.Error("the level does not hold")
	}
}

func FuzzRedactLeavesNoMobile(f *testing.F) {
	f.Add("call ", " now")
	f.Add("1", "19900000002")
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + " 19900000001 " + after
		if strings.Contains(Redact(text), " 19900000001 ") {
			t.Errorf("left in %q", Redact(text))
		}
	})
}
