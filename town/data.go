// Package town is the demo district as data: its organs, halls, staff and items in JSON
// files, and its made-up persons and companies from a seeded generator.
//
// Invariants: a file that names an unknown or doubled key is refused with file and line; no
// number in it can belong to a real person or organisation (division 449901); the same seed
// always gives the same people; nothing here opens a database.
package town

import (
	"embed"
	"slices"

	"yimen/domain/catalog"
	"yimen/domain/inspection"
	"yimen/ref"
)

//go:embed data
var data embed.FS

// Division was never assigned to any place: every identity number and every
// 统一社会信用代码 of the town is registered there.
const Division ref.DivisionCode = "449901"

// Street stands in a step's organ for the street or town office of the case's place.
const Street ref.OrganID = "@street"

// Town is everything in the data files.
type Town struct {
	Org   Org
	Staff []Staff
	Items []catalog.Item
	Basic Basic

	Powers   []Power // powers/*.json: the power list with the supervision list
	Negative []Negative

	Bundles  []catalog.Bundle // bundles.json: matters of life made of several items
	Elements []catalog.Field  // elements/*.json: what is asked, once for all items

	Inspection inspection.Book // inspection.json: when a card is put (电子监察)

	places map[string]places     // file → JSON path → line
	files  map[ref.ItemID]member // item → where it stands
}

// Org is org.json.
type Org struct {
	District District        `json:"district"`
	Halls    []Hall          `json:"halls"`
	Windows  []Window        `json:"windows"`
	Points   []Point         `json:"points"`
	Organs   []Organ         `json:"organs"`
	Service  catalog.Service `json:"service"` // of items that say nothing of their own
	Remedy   catalog.Remedy  `json:"remedy"`
	Assumed  []string        `json:"assumed"` // paths; [*] stands for every element
}

// District is the county-level division with its streets and towns.
type District struct {
	Code  ref.DivisionCode `json:"code"`
	Name  string           `json:"name"`
	Full  string           `json:"full"`
	Towns []Place          `json:"towns"`
}

// Place is a street or town and the office that governs it.
type Place struct {
	Code  ref.DivisionCode `json:"code"`
	Name  string           `json:"name"`
	Organ ref.OrganID      `json:"organ"`
}

// Hall is a street or town service centre (大厅).
type Hall struct {
	ID      ref.HallID       `json:"id"` // hall code, 14 digits
	Name    string           `json:"name"`
	Town    ref.DivisionCode `json:"town"`
	Address string           `json:"address"`
	Phone   string           `json:"phone"`
	Hours   string           `json:"hours"`
}

// Window is a comprehensive window (综合窗口).
type Window struct {
	ID     ref.WindowID `json:"id"`
	Hall   ref.HallID   `json:"hall"`
	Number int          `json:"number"` // unique in its hall
	Name   string       `json:"name"`
}

// Point is a village or community service point.
type Point struct {
	Code  ref.DivisionCode `json:"code"` // 12 digits
	Name  string           `json:"name"`
	Town  ref.DivisionCode `json:"town"`
	Hall  ref.HallID       `json:"hall"`
	Place string           `json:"place"` // the village or community itself
}

// Organ is a department or a street or town office.
type Organ struct {
	ID       ref.OrganID      `json:"id"`
	Name     string           `json:"name"`
	Short    string           `json:"short"` // how people call it
	USCC     ref.USCC         `json:"uscc"`
	Division ref.DivisionCode `json:"division"`
	Level    ref.Level        `json:"level"`
	Kind     string           `json:"kind"` // department · street
	Phone    string           `json:"phone"`
	Doc      string           `json:"doc"`   // its word in document numbers, e.g. 禅民
	Head     ref.StaffID      `json:"head"`  // who answers for it, empty: not said
	Seals    []string         `json:"seals"` // organ 机关印章 · acceptance 受理专用章; empty: none
}

// Staff is one account; the password is made by the program.
type Staff struct {
	ID      ref.StaffID  `json:"id"`
	Account string       `json:"account"`
	Name    string       `json:"name"`
	Organ   ref.OrganID  `json:"organ"`
	Hall    ref.HallID   `json:"hall"`
	Window  ref.WindowID `json:"window"`
	Post    string       `json:"post"`
	Roles   []string     `json:"roles"` // clerk · approver · representative · supervisor · keeper · admin
	Grants  []Grant      `json:"grants"`
}

// Grant allows one kind of act for one organ's items; "*" stands for all.
type Grant struct {
	Kind  string       `json:"kind"` // receive · accept · decide_on_spot · review · opinion · decide · seal
	Organ ref.OrganID  `json:"organ"`
	Items []ref.ItemID `json:"items"`
}

// chosen are the words that stand for some of an organ's items in a grant, and which they are.
var chosen = map[ref.ItemID]func(catalog.Item) bool{
	"@window":  func(i catalog.Item) bool { return i.Accept == catalog.AcceptAtWindow },
	"@organ":   func(i catalog.Item) bool { return i.Acceptor() != Street },
	"@street":  func(i catalog.Item) bool { return i.Accept == catalog.AcceptByOrgan && i.Acceptor() == Street },
	"@instant": func(i catalog.Item) bool { return i.ProjectType == ref.ProjectInstant },
}

// grant names the items a grant's words stand for; a grant for none is left out.
func (t *Town) grant() {
	for n := range t.Staff {
		var out []Grant
		for _, g := range t.Staff[n].Grants {
			if len(g.Items) == 1 && chosen[g.Items[0]] != nil {
				g.Items = t.which(g.Organ, chosen[g.Items[0]])
			}
			if len(g.Items) > 0 {
				out = append(out, g)
			}
		}
		t.Staff[n].Grants = out
	}
}

func (t *Town) which(organ ref.OrganID, fits func(catalog.Item) bool) (out []ref.ItemID) {
	for _, i := range t.Items {
		if i.Organ == organ && fits(i) {
			out = append(out, i.ID)
		}
	}
	return out
}

// Only is a copy of the town with these items, and without the departments' staff who have nothing to do with them.
func (t *Town) Only(ids ...ref.ItemID) *Town {
	out := *t
	out.Items, out.Staff = nil, nil
	busy := map[ref.OrganID]bool{}
	for _, i := range t.Items {
		if !slices.Contains(ids, i.ID) {
			continue
		}
		out.Items = append(out.Items, i)
		busy[i.Organ] = true
		for _, s := range i.Plan.Steps {
			busy[s.Organ] = true
		}
	}
	out.Powers = needed(t.Powers, out.Items)
	asked := map[string]bool{}
	for _, i := range out.Items {
		for _, f := range i.Form {
			asked[f.Element] = true
		}
	}
	out.Elements = slices.DeleteFunc(slices.Clone(t.Elements), func(f catalog.Field) bool { return !asked[f.Element] })
	out.Bundles = slices.DeleteFunc(slices.Clone(t.Bundles), func(b catalog.Bundle) bool {
		return slices.ContainsFunc(b.Parts, func(p catalog.Part) bool { return !slices.Contains(ids, p.Item) })
	})
	for _, s := range t.Staff {
		if o, _ := t.Organ(s.Organ); len(s.Grants) > 0 && o.Kind == "department" && !busy[s.Organ] {
			continue
		}
		s.Grants = turned(s.Grants, func(g *Grant) {
			if g.Items[0] != "*" {
				g.Items = slices.DeleteFunc(slices.Clone(g.Items), func(i ref.ItemID) bool { return !slices.Contains(ids, i) })
			}
		})
		s.Grants = slices.DeleteFunc(s.Grants, func(g Grant) bool { return len(g.Items) == 0 })
		out.Staff = append(out.Staff, s)
	}
	return &out
}

// Can says whether the person holds a grant of the kind for the organ and item.
func (s Staff) Can(kind string, organ ref.OrganID, item ref.ItemID) bool {
	for _, g := range s.Grants {
		if g.Kind != kind || g.Organ != organ && g.Organ != "*" {
			continue
		}
		for _, i := range g.Items {
			if i == item || i == "*" {
				return true
			}
		}
	}
	return false
}

// Is says whether the person has the role.
func (s Staff) Is(role string) bool {
	for _, r := range s.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// Organ finds an organ by its word in the data files.
func (t *Town) Organ(id ref.OrganID) (Organ, bool) {
	for _, o := range t.Org.Organs {
		if o.ID == id {
			return o, true
		}
	}
	return Organ{}, false
}

// Item finds an item.
func (t *Town) Item(id ref.ItemID) (catalog.Item, bool) {
	for _, i := range t.Items {
		if i.ID == id {
			return i, true
		}
	}
	return catalog.Item{}, false
}

// Assumed counts what is assumed rather than known, over all files.
func (t *Town) Assumed() int {
	n := len(t.Org.Assumed)
	for _, i := range t.Items {
		n += len(i.Assumed)
	}
	return n
}

// ByCode is a copy of the town in which every organ is named by its 统一社会信用代码
// instead of its word; "@street" and "*" stay.
func (t *Town) ByCode() *Town {
	code := map[ref.OrganID]ref.OrganID{}
	for _, o := range t.Org.Organs {
		code[o.ID] = ref.OrganID(o.USCC)
	}
	turn := func(id ref.OrganID) ref.OrganID {
		if c, ok := code[id]; ok {
			return c
		}
		return id
	}
	out := &Town{Org: t.Org, Negative: t.Negative, Elements: t.Elements, Basic: t.Basic, Bundles: t.Bundles, Inspection: t.Inspection, places: t.places, files: t.files}
	out.Org.District.Towns = turned(t.Org.District.Towns, func(p *Place) { p.Organ = turn(p.Organ) })
	out.Org.Organs = turned(t.Org.Organs, func(o *Organ) { o.ID = turn(o.ID) })
	out.Staff = turned(t.Staff, func(s *Staff) {
		s.Organ = turn(s.Organ)
		s.Grants = turned(s.Grants, func(g *Grant) { g.Organ = turn(g.Organ) })
	})
	out.Items = turned(t.Items, func(i *catalog.Item) {
		i.Organ = turn(i.Organ)
		i.Plan.Steps = turned(i.Plan.Steps, func(s *catalog.Step) { s.Organ = turn(s.Organ) })
	})
	out.Powers = turned(t.Powers, func(p *Power) { p.Organ = turn(p.Organ) })
	return out
}

// turned copies a list and changes each element of the copy.
func turned[T any](in []T, change func(*T)) []T {
	out := append([]T(nil), in...)
	for i := range out {
		change(&out[i])
	}
	return out
}
