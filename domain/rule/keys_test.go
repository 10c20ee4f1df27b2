package rule

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Flaws carry their keys as plain text, which the house's test of message keys does not see.
func TestEveryKeyHasASentence(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, lang := range []string{"zh-CN", "en"} {
		raw, err := os.ReadFile("../../web/text/" + lang + "/rule.json")
		if err != nil {
			t.Fatal(err)
		}
		says := map[string]string{}
		if err := json.Unmarshal(raw, &says); err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`"(rule\.[a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
				if says[m[1]] == "" {
					t.Errorf("%s: %s has no sentence in %s", file, m[1], lang)
				}
			}
		}
	}
}
