package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yimen/app/journey"
)

func TestJourneys(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "docs/journeys/*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no journey is written down: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range journey.Check(root, string(text)) {
			t.Errorf("%s: %v", filepath.Base(file), f)
		}
	}
}

func TestJourneyCheckerTellsRightFromWrong(t *testing.T) {
	cases := map[string]string{"good.txt": "", "bad.txt": "bad.want.txt"}
	for in, want := range cases {
		var got []string
		for _, f := range journey.Check("testdata/journeys/tree", read(t, in)) {
			got = append(got, f.String())
		}
		expected := ""
		if want != "" {
			expected = strings.TrimSpace(read(t, want))
		}
		if strings.Join(got, "\n") != expected {
			t.Errorf("%s: found\n%s\nwant\n%s", in, strings.Join(got, "\n"), expected)
		}
	}
	if len(journey.Check("testdata/journeys/tree", "== nothing\n")) == 0 {
		t.Error("an empty journey passes")
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/journeys", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
