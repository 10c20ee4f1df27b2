package town

import "testing"

// TestTheTownSpeaksPlainly: what organs, clerks and people are told of an item has short sentences and no word of offices.
func TestTheTownSpeaksPlainly(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, it := range all.Items {
		for _, f := range it.Plain() {
			file, line := all.line(string(it.ID), f.Path)
			if at := f.Path + f.Key; !seen[file+at] { // the items of a family share what they say
				seen[file+at] = true
				t.Errorf("%s:%d: %s: %s %v", file, line, f.Path, f.Key, f.Args)
			}
		}
	}
}
