package town

import (
	"bytes"
	"testing"
	"time"

	"yimen/domain/catalog"
)

// TestTheTownsItemsComeBackFromAWorkbook: what a department is given to fill in says all that its items say.
func TestTheTownsItemsComeBackFromAWorkbook(t *testing.T) {
	data, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var items []*catalog.Item
	for n := range data.Items {
		items = append(items, &data.Items[n])
	}
	var organs []catalog.Code
	for _, o := range data.Org.Organs {
		organs = append(organs, catalog.Code{Code: string(o.ID), Name: o.Name})
	}
	begun := time.Now()
	var book bytes.Buffer
	if err := catalog.WriteBook(&book, items, organs); err != nil {
		t.Fatal(err)
	}
	wrote := time.Since(begun)
	doc, err := catalog.WriteJSON(items)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"workbook": book.Bytes(), "document": doc} {
		begun = time.Now()
		im, err := catalog.ReadItems(raw, organs)
		if err != nil || im.Bad() || len(im.Items) != len(items) {
			t.Fatalf("%s: %v %+v", name, err, im)
		}
		t.Logf("%s: %d items, %d bytes, written in %s, read in %s", name, len(items), len(raw), wrote, time.Since(begun))
		for n, it := range im.Items {
			if same, err := catalog.Equal(it, items[n]); err != nil || !same {
				t.Errorf("%s: %s came back as\n%+v\nwas\n%+v", name, it.ID, it, items[n])
			}
		}
	}
}
