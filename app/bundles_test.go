package app_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/foundation/db/dbtest"
)

// TestBundleCommands takes bundles in, all or none, and out again as they came.
func TestBundleCommands(t *testing.T) {
	data, address, file := t.TempDir(), dbtest.SQLite(t), filepath.Join(t.TempDir(), "bundles.json")
	a := apptest.NewIn(t, data, address, slog.New(slog.DiscardHandler))
	run := func(code int, args ...string) string {
		t.Helper()
		said, got := command(t, append(args, "--data", data, "--db", address)...)
		if got != code {
			t.Fatalf("%v: %d, %s", args, got, said)
		}
		return said
	}
	write := func(body string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := `{"id": "shop", "name": "我要开理发店", "name_en": "", "summary": "一次说清。", "side": "company", "aliases": [],
		"parts": [{"item": "cc-individual-business"}, {"item": "cc-hygiene", "after": ["cc-individual-business"]}]}`
	write("[" + good + `, {"id": "none", "name": "没有的事", "summary": "没有。", "side": "person", "parts": [{"item": "cc-none"}, {"item": "cc-show"}]}]`)
	if said := run(1, "import", "bundles", file); !strings.Contains(said, "wrong none.parts[0].item: There is no item cc-none.") {
		t.Error(said)
	}
	write(`{"no": "list"}`)
	run(1, "import", "bundles", file)
	run(2, "import", "bundles")
	if all, err := catalog.Bundles(ctx, a.DB, ""); err != nil || len(all) != 0 {
		t.Error("half of a file was kept:", all, err)
	}
	write("[" + good + "]")
	for range 2 { // the second time nothing changes
		if said := run(0, "import", "bundles", file); !strings.Contains(said, "1 bundles are kept") {
			t.Error(said)
		}
	}
	k, err := catalog.GetKeptBundle(ctx, a.DB, "shop")
	if err != nil || k.Version != 1 || k.Parts[1].After[0] != "cc-individual-business" {
		t.Errorf("%+v %v", k, err)
	}
	run(0, "export", "bundles", file)
	if said := run(0, "import", "bundles", file); !strings.Contains(said, "1 bundles are kept") {
		t.Error(said)
	}
	if again, err := catalog.GetKeptBundle(ctx, a.DB, "shop"); err != nil || again.Version != 1 {
		t.Error("what was taken out is not what is taken in:", again, err)
	}
}
