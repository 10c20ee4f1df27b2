package app_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/rule"
	"yimen/foundation/db/dbtest"
)

// TestRuleCommands takes a table out, changes it, looks it over and takes it in, as a draft only.
func TestRuleCommands(t *testing.T) {
	data, address, dir := t.TempDir(), dbtest.SQLite(t), t.TempDir()
	a := apptest.NewIn(t, data, address, slog.New(slog.DiscardHandler))
	run := func(code int, args ...string) string {
		t.Helper()
		said, got := command(t, append(args, "--data", data, "--db", address)...)
		if got != code {
			t.Fatalf("%v: %d, %s", args, got, said)
		}
		return said
	}
	dmn, sheet := filepath.Join(dir, "dig.dmn"), filepath.Join(dir, "dig")
	edit := func(old, fresh string) {
		t.Helper()
		raw, err := os.ReadFile(dmn)
		if err == nil && !strings.Contains(string(raw), old) {
			t.Fatalf("no %q", old)
		}
		if err == nil {
			err = os.WriteFile(dmn, []byte(strings.Replace(string(raw), old, fresh, 1)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run(0, "export", "rule", "cc-road-dig", dmn)
	run(0, "export", "rule", "cc-road-dig", "--as", "xlsx", sheet)
	if said := run(0, "import", "rule", "cc-road-dig", sheet, "--check"); !strings.Contains(said, "0 changes would be kept") {
		t.Error(said)
	}
	edit("申请符合法定条件", "申请合乎法定条件")
	if said := run(0, "import", "rule", "--check", "cc-road-dig", dmn); !strings.Contains(said, "1 changes would be kept") {
		t.Error(said)
	}
	if _, err := rule.GetDraft(ctx, a.DB, "cc-road-dig"); err == nil {
		t.Error("a check kept something")
	}
	for range 2 {
		run(0, "import", "rule", "cc-road-dig", dmn)
		d, err := rule.GetDraft(ctx, a.DB, "cc-road-dig")
		if err != nil || d.Rev != 1 || d.Author != "system:import" || !strings.Contains(d.Body, "申请合乎法定条件") {
			t.Errorf("%+v %v", d, err)
		}
	}
	if says := apptest.Item(a, "cc-road-dig").Rule.Rows[0].Says; strings.Contains(says, "合乎") {
		t.Error("an import released the rule")
	}
	edit("<text>false</text>", "<text>perhaps</text>")
	if said := run(1, "import", "rule", "cc-road-dig", dmn); !strings.Contains(said, "wrong rule 1 fresh: ") {
		t.Error(said)
	}
	run(1, "export", "rule", "none", dmn)
	run(2, "export", "rule", "cc-road-dig", filepath.Join(dir, "x.txt"))
	run(2, "import", "rule", dmn)
}
