// Package space is what the government holds on a person or company, as they see it themselves (我的空间).
//
// Invariants: read-only. What is held, licences, papers and looks open at the real-name level
// only, and only for whom the session speaks for now (identity.Me.For): a company's space shows
// nothing of its representative, and an ended tie shows nothing of the company. Cases and drafts
// begun on a phone are listed for that phone. No officer's name is shown.
package space

import (
	"context"
	"fmt"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/identity"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// View reads a person's space.
type View struct {
	DB       db.Reader
	Vault    *crypto.Vault
	Calendar func() *calendar.Calendar
	Now      func() time.Time
}

// Pages are so long.
const (
	CasesPage     = 20
	MaterialsPage = 50
	LicencesPage  = 6 // each with its QR code
	LooksPage     = 20
)

func notThere() error { return fault.New(fault.NotFound, "fault.not_found") }

// selves are all rows of whom the session speaks for; Denied below the real-name level.
func (v *View) selves(ctx context.Context, me identity.Me) ([]ref.PartyID, error) {
	if !me.Real() {
		return nil, fault.New(fault.Denied, "fault.denied")
	}
	return party.Selves(ctx, v.DB, me.For)
}

// owns answers NotFound unless a thing's party is whom the session speaks for.
func (v *View) owns(ctx context.Context, me identity.Me, id ref.PartyID) error {
	if !me.Real() {
		return notThere()
	}
	who, err := party.Get(ctx, v.DB, id)
	if err == nil && who.ID != me.For && who.Same != me.For {
		err = notThere()
	}
	return err
}

// Whose is whom a space is about, and whom else the person may speak for.
type Whose struct {
	Party     party.Party // zero at the code level
	Company   bool
	Companies []party.Party
}

// Whose reads whom the space is about.
func (v *View) Whose(ctx context.Context, me identity.Me) (w Whose, err error) {
	if !me.Real() {
		return w, nil
	}
	if w.Party, err = party.Get(ctx, v.DB, me.For); err != nil {
		return w, err
	}
	w.Company = me.For != me.Person
	w.Companies, err = party.Companies(ctx, v.DB, me.Person)
	return w, err
}

// Fact is one thing held on a party.
type Fact struct {
	party.Fact
	Objection audit.Objection // the latest against it, zero when there is none
}

// order is in which known facts are shown; others follow by name.
var order = map[string]int{party.Number: 1, party.Phone: 2, party.Address: 3}

// Facts opens what is held on whom the session speaks for.
func (v *View) Facts(ctx context.Context, me identity.Me) ([]Fact, error) {
	if !me.Real() {
		return nil, fault.New(fault.Denied, "fault.denied")
	}
	held, err := party.Facts(ctx, v.DB, v.Vault, me.For)
	if err != nil {
		return nil, err
	}
	said, err := audit.ObjectionsOf(ctx, v.DB, []ref.PartyID{me.For}, mostObjections)
	if err != nil {
		return nil, err
	}
	latest := map[string]audit.Objection{}
	for i := len(said) - 1; i >= 0; i-- { // they come latest first
		latest[said[i].Fact] = said[i]
	}
	out := make([]Fact, 0, len(held))
	for name, f := range held {
		out = append(out, Fact{f, latest[name]})
	}
	sortFacts(out)
	return out, nil
}

// mostObjections bounds what one person's pages read of them.
const mostObjections = 100

// Licences lists licences, latest first, after a key of Licence.
func (v *View) Licences(ctx context.Context, me identity.Me, after Key) ([]licence.Licence, Key, error) {
	selves, err := v.selves(ctx, me)
	if err != nil {
		return nil, Key{}, err
	}
	rows, err := keyed[licence.Licence](ctx, v.DB, list{cols: "id, mark, case_id, case_item, item, party, organ, number, name, state, valid_from, valid_until, issued_at, document",
		from: "licence_licence", at: "issued_at", parties: selves, after: after, size: LicencesPage})
	return cutPage(rows, LicencesPage, err, func(l licence.Licence) Key { return Key{l.Issued, string(l.ID)} })
}

// Licence reads one licence of whom the session speaks for; NotFound for anybody else's.
func (v *View) Licence(ctx context.Context, me identity.Me, id ref.LicenceID) (licence.Licence, error) {
	l, err := licence.Get(ctx, v.DB, id)
	if err == nil {
		err = v.owns(ctx, me, l.Party)
	}
	if err != nil {
		return licence.Licence{}, err
	}
	return l, nil
}

// Material is a paper with where it was used.
type Material struct {
	material.Material
	Uses []Use // the latest mostUses
	Used int   // how often in all
}

// Use is one case a paper was used in.
type Use struct {
	Material ref.MaterialID  `db:"material"`
	At       time.Time       `db:"at"`
	Reused   bool            `db:"reused"`
	Case     ref.CaseID      `db:"case_id"`
	Number   ref.ShortNumber `db:"number"`
	Version  ref.VersionID   `db:"version"`
	All      int64           `db:"many"`
	Item     *catalog.Item
}

const mostUses = 5

// Materials lists papers with their uses, latest first, after a key of Material.
func (v *View) Materials(ctx context.Context, me identity.Me, after Key) ([]Material, Key, error) {
	selves, err := v.selves(ctx, me)
	if err != nil {
		return nil, Key{}, err
	}
	rows, err := keyed[material.Material](ctx, v.DB, list{cols: "id, party, kind, name, blob, blob_key, digest, content_type, size, trust, origin, licence, made_at, valid_until",
		from: "material_material", at: "made_at", parties: selves, after: after, size: MaterialsPage})
	rows, next, err := cutPage(rows, MaterialsPage, err, func(m material.Material) Key { return Key{m.Made, string(m.ID)} })
	if err != nil || len(rows) == 0 {
		return nil, next, err
	}
	ids := make([]ref.MaterialID, len(rows))
	for i, m := range rows {
		ids[i] = m.ID
	}
	uses, err := v.uses(ctx, ids)
	out := make([]Material, len(rows))
	for i, m := range rows {
		out[i] = Material{Material: m, Uses: uses[m.ID]}
		if len(uses[m.ID]) > 0 {
			out[i].Used = int(uses[m.ID][0].All)
		}
	}
	return out, next, err
}

// uses reads the latest uses of papers. Two rows of one case are one use.
func (v *View) uses(ctx context.Context, ids []ref.MaterialID) (map[ref.MaterialID][]Use, error) {
	n := len(ids)
	rows, err := db.Find[Use](ctx, v.DB, fmt.Sprintf(`select material, at, reused, case_id, number, version, many from (
		select u.material, u.at, u.reused, i.case_id, c.number, i.version, count(*) over (partition by u.material) as many,
			row_number() over (partition by u.material order by u.at desc, u.case_item, u.spec) as place
		from material_use u join casefile_item i on i.id = u.case_item join casefile_case c on c.id = i.case_id
		where u.material in %s) latest where place <= $%d order by material, place`, db.In(1, n), n+1), append(db.Any(ids), mostUses)...)
	out := map[ref.MaterialID][]Use{}
	for _, u := range rows {
		if err != nil {
			break
		}
		if u.Item, err = v.item(ctx, u.Version); err == nil {
			out[u.Material] = append(out[u.Material], u)
		}
	}
	return out, err
}

func (v *View) item(ctx context.Context, id ref.VersionID) (*catalog.Item, error) {
	version, err := catalog.Get(ctx, v.DB, id)
	return version.Doc(), err
}

// Material reads one paper of whom the session speaks for; NotFound for anybody else's.
func (v *View) Material(ctx context.Context, me identity.Me, id ref.MaterialID) (material.Material, error) {
	m, err := material.Get(ctx, v.DB, id)
	if err == nil {
		err = v.owns(ctx, me, m.Party)
	}
	if err != nil {
		return material.Material{}, err
	}
	return m, nil
}
