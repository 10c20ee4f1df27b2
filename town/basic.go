package town

import (
	"io/fs"
	"slices"
	"strings"

	"yimen/domain/catalog"
	"yimen/ref"
)

// Basic is basic.json: entries of the basic catalogue that nobody in the town carries out yet, and what
// entries were called in the edition before, so that a demo has changes to work off.
type Basic struct {
	Source  string       `json:"source"`
	Earlier []Earlier    `json:"earlier"`
	Entries []BasicEntry `json:"basic"`
}

// Earlier is a name an entry had in the first edition.
type Earlier struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// BasicEntry is an entry with the edition that brought it.
type BasicEntry struct {
	catalog.Basic
	Edition int `json:"edition"`
}

func (t *Town) readBasic(fsys fs.FS) error {
	there, err := fs.Glob(fsys, "basic.json")
	if err != nil || len(there) == 0 {
		return err
	}
	return t.file(fsys, "basic.json", &t.Basic)
}

// from is the day the entries of the town's own items hold from.
const from = "2025-01-01"

// BasicEdition is the basic catalogue as of edition 1 or 2: an entry for each 基本编码 of the town's items,
// with name, type and basis of its main item, and those nobody carries out.
func (t *Town) BasicEdition(n int) (out []catalog.Basic) {
	at := map[string]int{}
	for _, it := range t.Items {
		code := it.CatalogCode()
		if i, there := at[code]; there {
			out[i] = widened(out[i], it)
			continue
		}
		if code == "" {
			continue
		}
		at[code] = len(out)
		name := it.Name
		if it.Main.Kind != "" {
			name = it.Main.Name
		}
		out = append(out, catalog.Basic{Code: code, Name: name, TaskType: it.TaskType, Basis: slices.Clone(it.Basis), Levels: []ref.Level{it.Level}, State: catalog.InUse, From: from})
	}
	for _, e := range t.Basic.Entries {
		if _, taken := at[e.Code]; !taken && e.Edition <= n {
			out = append(out, e.Basic)
		}
	}
	for i := range out {
		out[i].Source = t.Basic.Source
		j := slices.IndexFunc(t.Basic.Earlier, func(x Earlier) bool { return x.Code == out[i].Code })
		if n == 1 && j >= 0 {
			out[i].Name = t.Basic.Earlier[j].Name
		}
	}
	slices.SortFunc(out, func(a, b catalog.Basic) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// widened is an entry that one more item carries out: its level counts, and of the basis what both cite.
func widened(b catalog.Basic, it catalog.Item) catalog.Basic {
	if !slices.Contains(b.Levels, it.Level) {
		b.Levels = append(b.Levels, it.Level)
		slices.Sort(b.Levels)
	}
	shared := slices.DeleteFunc(slices.Clone(b.Basis), func(c catalog.Citation) bool {
		return !slices.ContainsFunc(it.Basis, func(x catalog.Citation) bool {
			return c.Law == x.Law && c.Article == x.Article && c.Sub == x.Sub && c.Paragraph == x.Paragraph && c.Point == x.Point
		})
	})
	if len(shared) > 0 {
		b.Basis = shared
	}
	return b
}
