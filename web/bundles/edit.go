package bundles

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
)

// draft is a bundle as it is typed: a part's item by name or number, what it comes after by its place.
type draft struct {
	Name, NameEn, Summary, Aliases, Side, Place string
	ID                                          string // of a new one
	Withdrawn                                   bool
	Parts                                       []typedPart
}

type typedPart struct {
	Item, When, After string
	Optional          bool
}

func draftOf(k catalog.KeptBundle, items map[ref.ItemID]*catalog.Item) draft {
	d := draft{Name: k.Name, NameEn: k.NameEn, Summary: k.Summary, Aliases: strings.Join(k.Aliases, "、"), Side: string(k.Side), Place: strconv.Itoa(k.Place + 1), ID: k.ID, Withdrawn: k.Withdrawn}
	place := map[ref.ItemID]string{}
	for n, part := range k.Parts {
		t := typedPart{Item: string(part.Item), When: part.When, Optional: part.Optional}
		if it := items[part.Item]; it != nil {
			t.Item = it.Name
		}
		var after []string
		for _, a := range part.After {
			after = append(after, place[a])
		}
		t.After = strings.Join(after, "、")
		place[part.Item] = strconv.Itoa(n + 1)
		d.Parts = append(d.Parts, t)
	}
	return d
}

// mostParts is how many items one bundle may join.
const mostParts = 20

func typed(in *page.Input) draft {
	d := draft{Name: in.Text("name"), NameEn: in.Text("name_en"), Summary: in.Text("summary"), Aliases: in.Text("aliases"), Side: in.Text("side"), Place: in.Text("place"), ID: in.Text("id"),
		Withdrawn: in.Text("withdrawn") == "yes"}
	for n := 0; n < mostParts && in.Has(at(n, "item")); n++ {
		d.Parts = append(d.Parts, typedPart{in.Text(at(n, "item")), in.Text(at(n, "when")), in.Text(at(n, "after")), in.Text(at(n, "optional")) == "yes"})
	}
	return d
}

func at(n int, name string) string { return fmt.Sprintf("parts[%d].%s", n, name) }

// save takes the form: it adds, moves or drops a part and shows the form again, or keeps the bundle.
func (s *Surface) save(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	v, err := s.view(r)
	if err != nil {
		return err
	}
	v.Draft = typed(in)
	if v.Draft.rearrange(in.Text("do")) {
		v.ask(page.Of(r), nil)
		return page.Show(w, r, http.StatusOK, onePage(page.Of(r), v))
	}
	id, err := s.keep(r, in, v)
	if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.Conflict) {
		v.ask(page.Of(r), err)
		return page.Show(w, r, page.Status(err), onePage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, path(id)+"?saved=1")
}

// rearrange changes the parts as a button says, and says whether one did.
func (d *draft) rearrange(do string) bool {
	verb, n := do, 0
	if i := strings.IndexByte(do, '.'); i > 0 {
		verb = do[:i]
		n, _ = strconv.Atoi(do[i+1:])
	}
	if verb != "add" && (n < 0 || n >= len(d.Parts)) {
		return false
	}
	switch {
	case verb == "add" && len(d.Parts) < mostParts:
		d.Parts = append(d.Parts, typedPart{})
	case verb == "drop":
		d.renumber(n, -1)
		d.Parts = slices.Delete(d.Parts, n, n+1)
	case verb == "up" && n > 0:
		d.renumber(n, n-1)
		d.Parts[n-1], d.Parts[n] = d.Parts[n], d.Parts[n-1]
	case verb == "up", verb == "add":
	default:
		return false
	}
	return true
}

// renumber lets what comes after part n go on doing so when it moves one up, or is dropped (to -1).
func (d *draft) renumber(n, to int) {
	for i := range d.Parts {
		var after []string
		for _, x := range split(d.Parts[i].After) {
			k, err := strconv.Atoi(x)
			switch {
			case err != nil:
			case k == n+1 && to < 0:
				continue
			case k == n+1:
				x = strconv.Itoa(to + 1)
			case k == n && to >= 0:
				x = strconv.Itoa(n + 1)
			case k > n+1 && to < 0:
				x = strconv.Itoa(k - 1)
			}
			after = append(after, x)
		}
		d.Parts[i].After = strings.Join(after, "、")
	}
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、,，;；/ \t", r) })
}

func (s *Surface) keep(r *http.Request, in *page.Input, v *view) (string, error) {
	sub, err := submitOf(r, in)
	if err != nil {
		return "", err
	}
	k, bad, err := s.read(r.Context(), v)
	if err != nil {
		return "", err
	}
	if len(bad) > 0 {
		return "", fault.Bad(bad...)
	}
	version, _ := in.Int("version") // no number is a new one, which then is there already
	k.Version = int(version)
	return k.ID, s.Library.EditBundle(r.Context(), sub, staff(r), k)
}

// read makes the bundle of what was typed, and says which fields it cannot read.
func (s *Surface) read(ctx context.Context, v *view) (catalog.KeptBundle, []fault.Field, error) {
	d := v.Draft
	k := catalog.KeptBundle{Bundle: catalog.Bundle{ID: v.Kept.ID, Name: d.Name, NameEn: d.NameEn, Summary: d.Summary, Side: catalog.Side(d.Side), Aliases: split(d.Aliases)}, Withdrawn: d.Withdrawn}
	if v.Kept.Version == 0 {
		k.ID = d.ID
	}
	var bad []fault.Field
	place, err := strconv.Atoi(d.Place)
	if k.Place = place - 1; err != nil || place < 1 || place > catalog.MostBundles {
		bad = append(bad, fault.Field{Name: "place", Key: "bundles.place.bad", Args: []any{"max", catalog.MostBundles}})
	}
	for name, value := range map[string]string{"name": d.Name, "summary": d.Summary} {
		if value == "" {
			bad = append(bad, fault.Field{Name: name, Key: "form.empty"})
		}
	}
	for n, t := range d.Parts {
		id, f, err := s.item(ctx, t.Item)
		if err != nil {
			return k, nil, err
		}
		if f.Key != "" {
			f.Name = at(n, "item")
			bad = append(bad, f)
		}
		k.Parts = append(k.Parts, catalog.Part{Item: id, When: t.When, Optional: t.Optional})
	}
	for n, t := range d.Parts {
		for _, x := range split(t.After) {
			i, err := strconv.Atoi(x)
			if err != nil || i < 1 || i > n {
				bad = append(bad, fault.Field{Name: at(n, "after"), Key: "bundles.after.bad"})
				break
			}
			k.Parts[n].After = append(k.Parts[n].After, k.Parts[i-1].Item)
		}
	}
	return k, bad, nil
}

// item finds the item somebody means by a name or number; where several may be meant, the field says which.
func (s *Surface) item(ctx context.Context, words string) (ref.ItemID, fault.Field, error) {
	if words == "" {
		return "", fault.Field{Key: "form.empty"}, nil
	}
	row, err := catalog.GetRow(ctx, s.DB, ref.ItemID(words))
	if err == nil || !fault.Is(err, fault.NotFound) {
		return row.ID, fault.Field{}, err
	}
	found, err := catalog.Find(ctx, s.DB, catalog.Looking{Words: words, Limit: 6})
	if err != nil {
		return "", fault.Field{}, err
	}
	same := slices.DeleteFunc(slices.Clone(found), func(x catalog.Row) bool { return x.Name != words })
	switch {
	case len(same) == 1:
		return same[0].ID, fault.Field{}, nil
	case len(found) == 1:
		return found[0].ID, fault.Field{}, nil
	case len(found) == 0:
		return "", fault.Field{Key: "bundles.item.none"}, nil
	}
	var names []string
	for _, x := range found {
		names = append(names, fmt.Sprintf("%s（%s）", x.Name, x.ID))
	}
	return "", fault.Field{Key: "bundles.item.which", Args: []any{"names", strings.Join(names, "、")}}, nil
}

// ask makes the form's fields of the draft, each mistake at its own.
func (v *view) ask(p *page.Page, wrong error) {
	d := v.Draft
	text := func(name, value string) page.Field {
		return page.Field{Name: name, Label: p.T("bundles." + name), Value: value, Auto: "off"}
	}
	optional := func(f page.Field) page.Field { f.Optional = true; return f }
	full := func(f page.Field) page.Field { f.Full = true; return f }
	var head []page.Field
	if v.Kept.Version == 0 {
		id := text("id", d.ID)
		id.Hint = p.T("bundles.id.hint")
		head = append(head, id)
	}
	side := page.Field{Name: "side", Label: p.T("bundles.side"), Kind: page.Select, Value: d.Side}
	for _, x := range []catalog.Side{catalog.Person, catalog.Company} {
		side.Options = append(side.Options, page.Option{Value: string(x), Text: p.T("bundles.side." + string(x))})
	}
	place := text("place", d.Place)
	place.Kind, place.Hint = page.Number, p.T("bundles.place.hint")
	aliases := full(optional(text("aliases", d.Aliases)))
	aliases.Hint = p.T("bundles.aliases.hint")
	withdrawn := page.Field{Name: "withdrawn", Label: p.T("bundles.withdrawn"), Kind: page.Confirm, Optional: true}
	if d.Withdrawn {
		withdrawn.Value = "yes"
	}
	head = append(head, text("name", d.Name), optional(text("name_en", d.NameEn)), side, place, full(text("summary", d.Summary)), aliases, withdrawn)
	v.Fields = page.Refill(p, head, nil, wrong)
	every := slices.Clone(v.Fields)
	for n, t := range d.Parts {
		fields := page.Refill(p, v.partFields(p, n, t), nil, wrong)
		v.Parts = append(v.Parts, fields)
		every = append(every, fields...)
	}
	v.Problems = page.Problems(p, every, wrong)
}

func (v *view) partFields(p *page.Page, n int, t typedPart) []page.Field {
	after := page.Field{Name: at(n, "after"), Label: p.T("bundles.part.after"), Value: t.After, Optional: true, Auto: "off"}
	if n > 0 {
		after.Hint = p.T("bundles.part.after.hint")
	}
	optional := page.Field{Name: at(n, "optional"), Label: p.T("bundles.part.optional"), Kind: page.Confirm, Optional: true}
	if t.Optional {
		optional.Value = "yes"
	}
	return []page.Field{{Name: at(n, "item"), Label: p.T("bundles.part.item"), Value: t.Item, Auto: "off"}, after,
		{Name: at(n, "when"), Label: p.T("bundles.part.when"), Value: t.When, Optional: true, Auto: "off", Full: true}, optional}
}
