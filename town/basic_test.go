package town

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"yimen/domain/catalog"
)

// TestBasicEditions: every item of the town stands in the basic catalogue, and a dozen entries and more wait to be claimed.
func TestBasicEditions(t *testing.T) {
	town := load(t)
	now := map[string]catalog.Basic{}
	for _, b := range town.BasicEdition(2) {
		if _, twice := now[b.Code]; twice || len(b.Code) != 12 || b.Name == "" || len(b.Basis) == 0 || len(b.Levels) == 0 || b.Source == "" {
			t.Errorf("entry %+v", b)
		}
		now[b.Code] = b
	}
	for _, it := range town.Items {
		b := now[it.CatalogCode()]
		if b.TaskType != it.TaskType {
			t.Errorf("%s is of type %s in the basic catalogue and %s itself", it.ID, b.TaskType, it.TaskType)
		}
	}
	if n := len(town.Basic.Entries); n < 15 {
		t.Errorf("%d entries to claim", n)
	}
	old := map[string]catalog.Basic{}
	for _, b := range town.BasicEdition(1) {
		old[b.Code] = b
	}
	kinds := map[catalog.ChangeKind]int{}
	for _, c := range catalog.Compare(old, town.BasicEdition(2)) {
		kinds[c.Kind]++
	}
	if kinds[catalog.Added] == 0 || kinds[catalog.Renamed] == 0 || len(kinds) != 2 {
		t.Errorf("%v", kinds)
	}
}

// TestBasicCitations holds the entries' citations against the collection of laws.
func TestBasicCitations(t *testing.T) {
	folder := os.Getenv("YIMEN_SHARED")
	if folder == "" {
		t.Skip("YIMEN_SHARED names no folder with laws")
	}
	laws, err := OpenLaws(filepath.Join(folder, "laws"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range load(t).Basic.Entries {
		for _, c := range e.Basis {
			if err := laws.Resolve(c, day); err != nil || errors.Is(err, ErrNoLaw) {
				t.Errorf("%s: %v", e.Name, err)
			}
		}
	}
}
