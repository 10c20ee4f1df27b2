package catalog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"yimen/foundation/fault"
	"yimen/foundation/strictjson"
	"yimen/ref"
)

// Spot is where something stands in what a department handed in.
type Spot struct {
	Sheet  string // empty: a JSON document
	Row    int    // from 1; of a JSON document the line; 0: the whole sheet or document
	Column string // letters, as the spreadsheet counts; empty: the whole row
	Title  string // of the column; of a JSON document the path
}

// Wrong is one thing wrong with it.
type Wrong struct {
	Spot
	Item ref.ItemID // empty when it belongs to none
	Key  string     // what is wrong, a message of the catalogues
	Args []any      // pairs for the message
	Warn bool       // worth a look, and does not hold the import up
}

// Import is what was read of a department's items, and everything that is wrong with it.
type Import struct {
	Items []*Item
	Wrong []Wrong
	More  bool // there is more wrong than Wrong names
	place func(n int, path string) Spot
}

// Bad says that nothing of it may be taken.
func (im *Import) Bad() bool {
	return len(im.Items) == 0 || slices.ContainsFunc(im.Wrong, func(w Wrong) bool { return !w.Warn })
}

// Check adds what is found wrong with each item, by the linter and by whoever else looks, at the cell or line
// it came from, and puts all in the order of the document.
func (im *Import) Check(find func(*Item) ([]Flaw, error)) error {
	known := map[Spot]bool{}
	for _, w := range im.Wrong {
		known[w.Spot] = true
	}
	for n, it := range im.Items {
		flaws, err := find(it)
		if err != nil {
			return err
		}
		for _, f := range flaws {
			at := im.place(n, f.Path)
			if known[at] && at.Column != "" { // that the cell could not be read says it all
				continue
			}
			if len(im.Wrong) >= maxWrong {
				im.More = true
				continue
			}
			im.Wrong = append(im.Wrong, Wrong{Spot: at, Item: it.ID, Key: f.Key, Args: f.Args, Warn: f.Warn})
		}
	}
	slices.SortStableFunc(im.Wrong, func(a, b Wrong) int {
		return cmp.Or(sheetOrder(a.Sheet)-sheetOrder(b.Sheet), a.Row-b.Row, len(a.Column)-len(b.Column), strings.Compare(a.Column, b.Column))
	})
	return nil
}

func sheetOrder(name string) int {
	return slices.IndexFunc(book.Sheets, func(f sheetForm) bool { return f.Name == name })
}

// ReadItems reads a file of items, a workbook or a JSON document by its content. Errors as ReadBook's.
func ReadItems(raw []byte, organs []Code) (*Import, error) {
	if bytes.HasPrefix(raw, []byte("PK")) {
		return ReadBook(raw, organs)
	}
	return ReadJSON(raw)
}

// document is a file of items.
type document struct {
	Items []*Item `json:"items"`
}

// WriteJSON writes items as one document, {"items": [...]}, as ReadJSON reads it.
func WriteJSON(items []*Item) ([]byte, error) {
	var doc document
	for _, it := range items {
		tidied, err := Tidy(it)
		if err != nil {
			return nil, err
		}
		doc.Items = append(doc.Items, tidied)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(doc)
	return out.Bytes(), err
}

// ReadJSON reads items from a document {"items": [...]} or from one item's document, strictly: unknown and
// doubled keys are named with their line. Errors: fault.TooLarge; fault.Invalid for what is no text.
func ReadJSON(raw []byte) (*Import, error) {
	if len(raw) > MaxBook {
		return nil, bookLarge()
	}
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return nil, fault.New(fault.Invalid, "exchange.no_items_file")
	}
	im := &Import{}
	var doc document
	prefix := func(n int) string { return fmt.Sprintf("items[%d].", n) }
	into := any(&doc)
	one := &Item{}
	if !hasItems(raw) {
		into, prefix = one, func(int) string { return "" }
	}
	lines, err := strictjson.Decode(raw, into)
	var flaw strictjson.Flaw
	if errors.As(err, &flaw) {
		im.Wrong = []Wrong{{Spot: Spot{Row: flaw.Line, Title: flaw.Path}, Key: "exchange.json." + string(flaw.Kind)}}
		return im, nil
	}
	if err != nil {
		return nil, err
	}
	if into == any(one) {
		doc.Items = []*Item{one}
	}
	im.place = func(n int, path string) Spot { return lineOf(lines, prefix(n), path) }
	return im, im.take(doc.Items)
}

// hasItems says that the document is a list of items: only its first key is looked at.
func hasItems(raw []byte) bool {
	d := json.NewDecoder(bytes.NewReader(raw))
	for range 2 {
		tok, err := d.Token()
		if err != nil {
			return false
		}
		if tok == "items" {
			return true
		}
	}
	return false
}

// take takes the items over, each once.
func (im *Import) take(items []*Item) error {
	seen := map[ref.ItemID]bool{}
	for _, it := range items {
		if it == nil {
			it = &Item{}
		}
		tidied, err := Tidy(it)
		if err != nil {
			return err
		}
		n := len(im.Items)
		im.Items = append(im.Items, tidied)
		switch {
		case it.ID == "":
			im.Wrong = append(im.Wrong, Wrong{Spot: im.place(n, "id"), Key: "exchange.required", Args: []any{"title", "id"}})
		case seen[it.ID]:
			im.Wrong = append(im.Wrong, Wrong{Spot: im.place(n, "id"), Item: it.ID, Key: "exchange.item_twice", Args: []any{"id", string(it.ID)}})
		}
		seen[it.ID] = true
	}
	return nil
}

// lineOf is the line of a path, or of the nearest thing around it.
func lineOf(lines map[string]int, prefix, path string) Spot {
	for at := prefix + path; ; {
		at = strings.TrimSuffix(at, ".")
		if line, there := lines[at]; there {
			return Spot{Row: line, Title: prefix + path}
		}
		cut := strings.LastIndexAny(at, ".[")
		if cut < 0 {
			return Spot{Row: lines[""], Title: prefix + path}
		}
		at = at[:cut]
	}
}
