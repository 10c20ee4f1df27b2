package town

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"yimen/domain/catalog"
	"yimen/ref"
)

// family is a file of items/: a main item (主项) as its keepers wrote it, and under handles what the
// others of its 业务办理项 have otherwise. An object of a handle is laid over the main item's, key by
// key; a list or a word replaces it.
type family struct {
	catalog.Item
	CatalogCode string   `json:"catalog_code"` // 基本编码, 12 characters, where task_code is left to be composed
	Streets     bool     `json:"streets"`      // every street and town carries it out itself: one item each
	Handles     []handle `json:"handles"`
}

// handle is one more 业务办理项 of a family.
type handle struct {
	catalog.Item
	CatalogCode string `json:"catalog_code"`
	Streets     bool   `json:"streets"`
}

// member is where an item stands: the n-th of a file, 0 the main document.
type member struct {
	file string
	n    int
}

// line is where a path of an item or file was written, 0 when nowhere: a handle's own lines count for what it has itself,
// else the main document's.
func (t *Town) line(name, path string) (file string, line int) {
	m, item := t.files[ref.ItemID(name)]
	if !item {
		return name, t.places[name][path]
	}
	top, _, _ := strings.Cut(strings.ReplaceAll(path, "[", "."), ".")
	if own := fmt.Sprintf("handles[%d].", m.n-1); m.n > 0 && t.places[m.file][own+top] > 0 {
		path = own + path
	}
	return m.file, t.places[m.file][path]
}

// libraries are what items share: papers by kind, data elements by id.
type libraries struct {
	materials map[string]json.RawMessage
	elements  map[string]json.RawMessage
}

// libraries reads materials/*.json and elements/*.json: what an item's own list leaves out is taken
// from there, so that one paper and one question are the same in every item.
func (t *Town) libraries(fsys fs.FS) (libraries, error) {
	lib := libraries{map[string]json.RawMessage{}, map[string]json.RawMessage{}}
	err := t.library(fsys, "materials/*.json", "kind", lib.materials, func(name string) error {
		var doc struct {
			Materials []catalog.MaterialSpec `json:"materials"`
		}
		return t.file(fsys, name, &doc)
	})
	if err != nil {
		return lib, err
	}
	return lib, t.library(fsys, "elements/*.json", "element", lib.elements, func(name string) error {
		var doc struct {
			Elements []catalog.Field `json:"elements"`
		}
		err := t.file(fsys, name, &doc)
		t.Elements = append(t.Elements, doc.Elements...)
		return err
	})
}

// library gathers the entries of the files of one folder by key, after read has looked each over strictly.
func (t *Town) library(fsys fs.FS, files, key string, into map[string]json.RawMessage, read func(string) error) error {
	names, err := fs.Glob(fsys, files)
	if err != nil {
		return err
	}
	sort.Strings(names)
	for _, name := range names {
		if err := read(name); err != nil {
			return err
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		var doc map[string][]json.RawMessage
		if err := json.Unmarshal(raw, &doc); err != nil {
			return Flaw{File: name, Reason: err.Error()}
		}
		for n, one := range doc[path.Dir(name)] {
			id := word(one, key)
			if into[id] != nil {
				at := fmt.Sprintf("%s[%d]", path.Dir(name), n)
				return Flaw{name, t.places[name][at], at, id + " is there twice"}
			}
			into[id] = one
		}
	}
	return nil
}

// word is the text under a key of an object.
func word(raw json.RawMessage, key string) string {
	var doc map[string]json.RawMessage
	var s string
	if json.Unmarshal(raw, &doc) == nil {
		_ = json.Unmarshal(doc[key], &s)
	}
	return s
}

// family reads one file of items/ and adds the items it holds.
func (t *Town) family(fsys fs.FS, name string, lib libraries) error {
	var f family
	if err := t.file(fsys, name, &f); err != nil {
		return err
	}
	if want := strings.TrimSuffix(path.Base(name), ".json"); string(f.ID) != want {
		return Flaw{name, t.places[name]["id"], "id", "the file is called " + want}
	}
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Flaw{File: name, Reason: err.Error()}
	}
	var handles []json.RawMessage
	if doc["handles"] != nil {
		if err := json.Unmarshal(doc["handles"], &handles); err != nil {
			return Flaw{File: name, Reason: err.Error()}
		}
	}
	delete(doc, "handles")
	base, _ := json.Marshal(doc)
	docs := append([]json.RawMessage{base}, handles...)
	for n, d := range docs {
		if n > 0 {
			d = lay(without(base, "walk_through", "handle_code", "assumed", "main"), d)
		}
		if err := t.member(name, n, len(docs), d, lib); err != nil {
			return err
		}
	}
	return nil
}

func without(raw json.RawMessage, keys ...string) json.RawMessage {
	var doc map[string]json.RawMessage
	_ = json.Unmarshal(raw, &doc)
	for _, k := range keys {
		delete(doc, k)
	}
	out, _ := json.Marshal(doc)
	return out
}

// member adds the n-th item of a family of so many: its libraries filled in, its codes composed.
func (t *Town) member(file string, n, of int, raw json.RawMessage, lib libraries) error {
	raw, err := lib.fill(raw)
	if err != nil {
		return Flaw{File: file, Reason: err.Error()}
	}
	var h handle
	if err := json.Unmarshal(raw, &h); err != nil {
		return Flaw{File: file, Reason: err.Error()}
	}
	if !h.Streets {
		return t.add(file, n, of, h, h.Item)
	}
	for _, p := range t.Org.District.Towns {
		it := h.Item
		word := strings.TrimPrefix(string(p.Organ), "st-")
		it.ID, it.Name = ref.ItemID(fmt.Sprintf("%s-%s", it.ID, word)), it.Name+"（"+p.Name+"）"
		if it.NameEn != "" {
			it.NameEn += " (" + strings.ToUpper(word[:1]) + word[1:] + ")"
		}
		it.Organ, it.Level = p.Organ, ref.LevelTown
		it.Plan.Steps = turned(it.Plan.Steps, func(s *catalog.Step) {
			if s.Organ == Street {
				s.Organ, s.Level = p.Organ, ref.LevelTown
			}
		})
		if err := t.add(file, n, of, h, it); err != nil {
			return err
		}
	}
	return nil
}

// add composes what follows from the rest (codes, level, telephone, remedy) and appends the item.
func (t *Town) add(file string, n, of int, h handle, it catalog.Item) error {
	organ, known := t.Organ(it.Organ)
	if !known {
		return Flaw{file, t.places[file]["organ"], "organ", "unknown organ " + string(it.Organ)}
	}
	first := t.Items
	if n > 0 { // the family's own first item names it
		i := slices.IndexFunc(first, func(x catalog.Item) bool { return t.files[x.ID].file == file })
		it.Main = catalog.Main{ID: first[i].Main.ID, Name: first[i].Main.Name, Kind: it.Main.Kind}
	}
	if it.Main.ID == "" {
		it.Main.ID = string(it.ID)
	}
	if it.Main.Name == "" {
		it.Main.Name = it.Name
	}
	if of > 1 && it.Main.Kind == "" {
		it.Main.Kind = catalog.HandleNew
	}
	compose(&it, organ, h.CatalogCode, n, of)
	t.service(&it, organ)
	t.Items = append(t.Items, it)
	t.files[it.ID] = member{file, n}
	return nil
}

func compose(it *catalog.Item, organ Organ, code string, n, of int) {
	if it.Level == 0 {
		it.Level = organ.Level
	}
	if it.TaskCode == "" && code != "" {
		it.TaskCode = fmt.Sprintf("%s%d%s", organ.USCC, it.Level, code)
	}
	if it.HandleCode == "" && of > 1 {
		it.HandleCode = fmt.Sprintf("%s%02d", it.TaskCode, n+1)
	}
	if len(it.Result.CertType) == 3 {
		it.Result.CertType = string(organ.USCC) + it.Result.CertType
	}
	if it.PowerSource == "" {
		it.PowerSource = "1"
	}
	if it.Owner.Nature == "" {
		it.Owner.Nature = "1"
	}
}

// service fills in where to ask and what may be done against a decision, where the item says nothing of its own.
func (t *Town) service(it *catalog.Item, organ Organ) {
	def := t.Org.Service
	fill := func(s *string, otherwise string) {
		if *s == "" {
			*s = otherwise
		}
	}
	fill(&it.Service.Where, def.Where)
	fill(&it.Service.Hours, def.Hours)
	fill(&it.Service.Ask, organ.Phone)
	fill(&it.Service.Complain, def.Complain)
	fill(&it.Service.Area, def.Area)
	fill(&it.Service.Way, def.Way)
	fill(&it.Remedy.Review, t.Org.Remedy.Review)
	fill(&it.Remedy.Court, t.Org.Remedy.Court)
	if it.Remedy.ReviewDays == 0 {
		it.Remedy.ReviewDays = t.Org.Remedy.ReviewDays
	}
	if it.Remedy.CourtMonths == 0 {
		it.Remedy.CourtMonths = t.Org.Remedy.CourtMonths
	}
}

// fill lays an item's materials and fields over what the libraries say of them.
func (lib libraries) fill(raw json.RawMessage) (json.RawMessage, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	for key, from := range map[string]struct {
		name string
		lib  map[string]json.RawMessage
	}{"materials": {"kind", lib.materials}, "form": {"element", lib.elements}} {
		var list []json.RawMessage
		if doc[key] == nil {
			continue
		}
		if err := json.Unmarshal(doc[key], &list); err != nil {
			return nil, err
		}
		for i, one := range list {
			if base := from.lib[word(one, from.name)]; base != nil {
				list[i] = lay(base, one)
			}
			if key == "materials" && word(list[i], "id") == "" {
				list[i] = lay(list[i], json.RawMessage(fmt.Sprintf(`{"id":%q}`, word(one, "kind"))))
			}
		}
		doc[key], _ = json.Marshal(list)
	}
	return json.Marshal(doc)
}

// lay puts one JSON value over another: objects key by key, anything else whole, and so is a citation: half
// of one law's place says nothing of another's.
func lay(base, over json.RawMessage) json.RawMessage {
	var a, b map[string]json.RawMessage
	if !object(base) || !object(over) || word(over, "law") != "" || json.Unmarshal(base, &a) != nil || json.Unmarshal(over, &b) != nil {
		return over
	}
	for k, v := range b {
		if old, there := a[k]; there {
			v = lay(old, v)
		}
		a[k] = v
	}
	out, _ := json.Marshal(a)
	return out
}

func object(raw json.RawMessage) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) }
