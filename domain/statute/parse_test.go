package statute

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// texts reads all real law texts. They are outside data: their absence is a skip by hand and a failure in CI.
func texts(t testing.TB) map[string]string {
	t.Helper()
	dir := os.Getenv("YIMEN_SHARED")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("YIMEN_SHARED is not set: the real law texts cannot be read")
		}
		t.Skip("skipped: no law texts (set YIMEN_SHARED to the folder that holds laws/)")
	}
	out := map[string]string{}
	root := os.DirFS(filepath.Join(dir, "laws"))
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !IsText(file) {
			return err
		}
		raw, err := fs.ReadFile(root, file)
		out[file] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEveryRealTextParses(t *testing.T) {
	var articles, paragraphs, points, stated, effective, without, annexes, repealed int
	kinds, names, issuers := map[Kind]int{}, map[string]int{}, 0
	for file, raw := range texts(t) {
		l, err := Parse(file, raw)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		names[l.Name]++
		kinds[l.Kind]++
		repealed += len(l.Repeals)
		if l.Issuer != "" {
			issuers++
		}
		if l.Stated() {
			stated++
		}
		if l.EffectiveStated {
			effective++
		}
		if !strings.HasPrefix(l.Articles[len(l.Articles)-1].Label, "第") && l.Articles[0].Number < 2 && !slices.ContainsFunc(l.Articles, func(a Article) bool { return strings.HasPrefix(a.Label, "第") }) {
			without++
		}
		next := 0
		for _, a := range l.Articles {
			articles++
			paragraphs += len(a.Paragraphs)
			for _, p := range a.Paragraphs {
				points += len(p.Points)
			}
			if a.Number == 0 && a.Sub > 0 {
				annexes++
			}
			if a.Number > 0 && strings.HasPrefix(a.Label, "第") {
				if next > 0 && a.Number != next && l.Part == "" {
					t.Errorf("%s: %s follows article %d", file, a.Label, next-1)
				}
				next = a.Number + 1
			}
			if a.Number > 0 && len(a.Paragraphs) == 0 {
				t.Errorf("%s: %s is empty", file, a.Label)
			}
		}
	}
	t.Logf("%d laws; %d articles, %d paragraphs, %d points; rank %v; issuer known of %d; history reaches the version's date in %d; day of effect stated in %d; %d without articles; %d annexes; %d repeals",
		len(names), articles, paragraphs, points, kinds, issuers, stated, effective, without, annexes, repealed)
	if len(names) < 1000 || articles < 54_000 || kinds[Local] < 45 || stated < 700 {
		t.Error("fewer than were there when this was written")
	}
}
