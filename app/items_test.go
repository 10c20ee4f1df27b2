package app_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/foundation/db/dbtest"
)

// TestItemsCommands takes items out, changes one, looks it over and takes it in.
func TestItemsCommands(t *testing.T) {
	data, address, dir := t.TempDir(), dbtest.SQLite(t), t.TempDir()
	a := apptest.NewIn(t, data, address, slog.New(slog.DiscardHandler))
	at := []string{"--data", data, "--db", address}
	run := func(code int, args ...string) string {
		t.Helper()
		said, got := command(t, append(args, at...)...)
		if got != code {
			t.Fatalf("%v: %d, %s", args, got, said)
		}
		return said
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	edit := func(name, old, fresh string) {
		t.Helper()
		raw, err := os.ReadFile(file(name))
		if err == nil && !strings.Contains(string(raw), old) {
			t.Fatalf("no %q in %.300s", old, raw)
		}
		if err == nil {
			err = os.WriteFile(file(name), []byte(strings.Replace(string(raw), old, fresh, 1)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run(0, "export", "items", file("all.xlsx"))
	if said := run(0, "import", "items", file("all.xlsx"), "--check"); !strings.Contains(said, "0 items would be new, 0 changed") {
		t.Error(said)
	}
	run(0, "export", "items", "--items", "cc-hygiene", file("one.json"))
	was := apptest.Item(a, "cc-hygiene").Summary
	edit("one.json", `"summary": "`+was+`"`, `"summary": "领取新的许可证。"`)
	if said := run(0, "import", "--check", file("one.json")); !strings.Contains(said, "changed cc-hygiene") || apptest.Item(a, "cc-hygiene").Summary != was {
		t.Error(said)
	}
	for _, want := range []string{"0 items are new, 1 changed, 0 the same", "0 items are new, 0 changed, 1 the same"} {
		if said := run(0, "import", "items", file("one.json")); !strings.Contains(said, want) {
			t.Errorf("no %q in %s", want, said)
		}
	}
	if now := apptest.Item(a, "cc-hygiene").Summary; now != "领取新的许可证。" {
		t.Error(now)
	}
	edit("one.json", `"project_type": "2"`, `"project_type": "7"`)
	if said := run(1, "import", "items", file("one.json"), "--check"); !strings.Contains(said, "items[0].project_type cc-hygiene: ") || !strings.Contains(said, "wrong line ") {
		t.Error(said)
	}
	run(1, "import", "items", file("one.json"))
	run(0, "export", "items", "--national", file("all.csv"))
	run(0, "export", "items", "--national", file("all.jsonl"))
	for name, want := range map[string]string{"all.csv": "基本编码,实施编码", "all.jsonl": `"基本编码":"44`} {
		if raw, err := os.ReadFile(file(name)); err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("%s: %v %.200s", name, err, raw)
		}
	}
	run(2, "export", "items", file("all.txt"))
	run(2, "export", "items", "--items", "none", file("x.json"))
	run(2, "export")
	run(2, "import", "items")
	run(1, "import", "items", file("none.json"))
}
