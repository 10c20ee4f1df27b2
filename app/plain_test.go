package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"yimen/domain/catalog"
)

// outward are the catalogues whose sentences people outside read on pages, in letters and messages, and those of the three
// notices.
var outward = []string{"after", "apply", "card", "case", "citizen", "clock", "copy", "door", "fault", "field", "fix", "form", "formkit", "intake", "letter", "me", "nav", "notice", "page", "progress", "purpose", "ref", "source",
	"verify", "visit"}

// TestSentencesForPeopleArePlain holds each sentence to the limits that items are held to: its length, and no word of offices
// outside what is quoted from a law (domain/catalog/plain.json).
func TestSentencesForPeopleArePlain(t *testing.T) {
	for _, name := range outward {
		file := filepath.Join(root, "web/text/zh-CN", name+".json")
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sentences := map[string]string{}
		if err := json.Unmarshal(raw, &sentences); err != nil {
			t.Fatal(file, err)
		}
		for key, words := range sentences {
			for _, f := range catalog.Plain(key, words) {
				t.Errorf("%s: %s: %s %v", file, f.Path, f.Key, f.Args)
			}
		}
	}
}
