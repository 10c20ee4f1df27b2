package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yimen/foundation/db/dbtest"
)

// TestImportLawsCommand loads a folder twice and a folder with a mistake.
func TestImportLawsCommand(t *testing.T) {
	data, address, texts := t.TempDir(), dbtest.SQLite(t), t.TempDir()
	write := func(name, body string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(texts, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(code int, args ...string) string {
		t.Helper()
		said, got := command(t, append([]string{"import"}, args...)...)
		if got != code {
			t.Fatalf("%v: %d, %s", args, got, said)
		}
		return said
	}
	write("甲条例(2020-01-01).md", "# 甲条例\n\n2020年1月1日 国务院发布\n\n<!-- INFO END -->\n\n第一条 甲。\n")
	write("README.md", "about\n")
	write("坏(2020-01-01).md", "# 坏\n\n<!-- INFO END -->\n\n第一条 甲。\n\n第一条 乙。\n")
	at := []string{"--data", data, "--db", address}
	said := run(0, append([]string{"laws", texts}, at...)...)
	for _, want := range []string{"1 new laws, 0 new versions of laws that were there, 0 texts the same, 1 refused", "refused 坏(2020-01-01).md:7: 第一条 stands there twice", "0 citations"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %s", want, said)
		}
	}
	write("甲条例(2021-01-01).md", "# 甲条例\n\n2021年1月1日 国务院发布\n\n<!-- INFO END -->\n\n第一条 乙。\n")
	if said = run(0, append([]string{"laws", texts}, at...)...); !strings.Contains(said, "0 new laws, 1 new versions") || !strings.Contains(said, "甲条例: 2021-01-01 instead of 2020-01-01, 1 articles differ, 0 citations of them") {
		t.Error(said)
	}
	run(2)
	run(2, "laws")
	run(2, "maps", texts)
	run(2, append([]string{"laws", filepath.Join(texts, "none")}, at...)...)
}
