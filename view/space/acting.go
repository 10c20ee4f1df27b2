package space

import (
	"context"
	"fmt"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Mandated is a mandate in a list: of the other side nothing but the name.
type Mandated struct {
	party.Mandate
	State  party.State
	Whom   string          // the principal's name
	Items  []string        // names of its scope, nil for all
	Number ref.ShortNumber // of its one case
}

// Deed is one thing an agent did.
type Deed struct {
	party.MandateUse
	Agent    string          `db:"agent"` // name
	Number   ref.ShortNumber `db:"number"`
	ItemName string          `db:"item_name"`
}

// Signing is an application that waits for the person's signature.
type Signing struct {
	party.Signature
	Applicant, ItemName string
}

// Acting is everything about acting for others: whom the space's party lets act, for whom the person may, what waits.
type Acting struct {
	Whose
	Given  []Mandated
	Held   []Mandated
	Offers []Mandated
	Deeds  []Deed
	ToSign []Signing
}

const mostDeeds = 50

// Acting reads the mandates of a space; Denied below the real-name level.
func (v *View) Acting(ctx context.Context, me identity.Me) (*Acting, error) {
	out := &Acting{}
	var err error
	if !me.Real() {
		return nil, fault.New(fault.Denied, "fault.denied")
	}
	if out.Whose, err = v.Whose(ctx, me); err != nil {
		return nil, err
	}
	person, err := party.Get(ctx, v.DB, me.Person)
	if err != nil {
		return nil, err
	}
	for _, x := range []struct {
		to   *[]Mandated
		read func() ([]party.Mandate, error)
	}{
		{&out.Given, func() ([]party.Mandate, error) { return party.Granted(ctx, v.DB, me.For) }},
		{&out.Held, func() ([]party.Mandate, error) { return party.Held(ctx, v.DB, me.Person) }},
		{&out.Offers, func() ([]party.Mandate, error) { return party.OfferedTo(ctx, v.DB, person, v.Now()) }},
	} {
		found, err := x.read()
		if err != nil {
			return nil, err
		}
		if *x.to, err = v.mandated(ctx, found); err != nil {
			return nil, err
		}
	}
	if out.Deeds, err = v.deeds(ctx, me.For); err != nil {
		return nil, err
	}
	out.ToSign, err = v.toSign(ctx, person)
	return out, err
}

// Mandate reads one mandate that the session is a side of; NotFound for anybody else's.
func (v *View) Mandate(ctx context.Context, me identity.Me, id string) (Mandated, error) {
	m, err := party.GetMandate(ctx, v.DB, id)
	if err != nil {
		return Mandated{}, err
	}
	mine := me.Real() && (m.Principal == me.For || m.Agent == me.Person)
	if me.Real() && !mine && m.Agent == "" {
		person, err := party.Get(ctx, v.DB, me.Person)
		if err != nil {
			return Mandated{}, err
		}
		mine = person.Blind == m.Blind && person.Name == m.Name
	}
	if !mine {
		return Mandated{}, notThere()
	}
	all, err := v.mandated(ctx, []party.Mandate{m})
	if err != nil {
		return Mandated{}, err
	}
	return all[0], nil
}

func (v *View) mandated(ctx context.Context, all []party.Mandate) ([]Mandated, error) {
	out := make([]Mandated, len(all))
	for i, m := range all {
		out[i] = Mandated{Mandate: m, State: m.StateAt(v.Now())}
		who, err := party.Get(ctx, v.DB, m.Principal)
		if err != nil {
			return nil, err
		}
		out[i].Whom = who.Name
		for _, id := range m.ItemIDs() {
			row, err := catalog.GetRow(ctx, v.DB, id)
			if err != nil {
				return nil, err
			}
			out[i].Items = append(out[i].Items, row.Name)
		}
		if m.Case != "" {
			c, err := casefile.Get(ctx, v.DB, m.Case)
			if err != nil {
				return nil, err
			}
			out[i].Number = c.Number
		}
	}
	return out, nil
}

func (v *View) deeds(ctx context.Context, principal ref.PartyID) ([]Deed, error) {
	return db.Find[Deed](ctx, v.DB, `select u.mandate, u.seq, u.at, u.act, u.actor, u.item, u.case_id, m.agent_name as agent, coalesce(c.number, '') as number, i.name as item_name
		from party_mandate m join party_mandate_use u on u.mandate = m.id left join casefile_case c on c.id = u.case_id join catalog_item i on i.id = u.item
		where m.principal = $1 order by u.at desc, u.mandate, u.seq desc limit $2`, principal, mostDeeds)
}

func (v *View) toSign(ctx context.Context, person party.Party) ([]Signing, error) {
	found, err := party.ToSign(ctx, v.DB, person, v.Now())
	var out []Signing
	for _, s := range found {
		x := Signing{Signature: s}
		who, err := party.Get(ctx, v.DB, s.Applicant)
		if err != nil {
			return nil, err
		}
		row, err := catalog.GetRow(ctx, v.DB, s.Item)
		if err != nil {
			return nil, err
		}
		x.Applicant, x.ItemName = who.Name, row.Name
		out = append(out, x)
	}
	return out, err
}

// Acted is a case a person handed in for somebody else, or is to follow. Its stage is told only while a mandate lets them
// follow it.
type Acted struct {
	ID       ref.CaseID      `db:"id"`
	Number   ref.ShortNumber `db:"number"`
	Party    ref.PartyID     `db:"party"`
	Agent    ref.PartyID     `db:"agent"`
	ItemID   ref.ItemID      `db:"item"`
	Stage    casefile.Stage  `db:"stage"`
	Received time.Time       `db:"received_at"`
	Name     string          `db:"name"`
	Version  ref.VersionID   `db:"version"`
	Item     *catalog.Item
	Follows  bool
}

// ActedCases lists what the person handed in for others, latest first, after a key of Acted.
func (v *View) ActedCases(ctx context.Context, me identity.Me, after Key) ([]Acted, Key, error) {
	if !me.Real() {
		return nil, Key{}, fault.New(fault.Denied, "fault.denied")
	}
	where, args := "c.agent = $1 and c.agent <> ''", []any{me.Person}
	if after.ID != "" {
		where += " and (c.received_at, c.id) < ($2, $3)"
		args = append(args, after.At, after.ID)
	}
	rows, err := v.acted(ctx, where, args, CasesPage+1)
	return cutPage(rows, CasesPage, err, func(c Acted) Key { return Key{c.Received, string(c.ID)} })
}

// Followed lists the cases that mandates for one case let the person follow, and those of wards.
func (v *View) Followed(ctx context.Context, me identity.Me) ([]Acted, error) {
	if !me.Real() {
		return nil, fault.New(fault.Denied, "fault.denied")
	}
	rows, err := v.acted(ctx, `c.agent <> $1 and (c.id in (select case_id from party_mandate where agent = $1 and case_id <> '' and ended_at = 0)
		or c.party in (select principal from party_mandate where agent = $1 and arose in ('minor', 'adult') and ended_at = 0))`, []any{me.Person}, CasesPage)
	out := rows[:0]
	for _, c := range rows {
		if c.Follows {
			out = append(out, c)
		}
	}
	return out, err
}

func (v *View) acted(ctx context.Context, where string, args []any, limit int) ([]Acted, error) {
	rows, err := db.Find[Acted](ctx, v.DB, fmt.Sprintf(`select c.id, c.number, c.party, c.agent, c.item, c.stage, c.received_at, p.name,
		(select i.version from casefile_item i where i.case_id = c.id order by i.id limit 1) as version
		from casefile_case c join party_party p on p.id = c.party where %s order by c.received_at desc, c.id desc limit $%d`, where, len(args)+1), append(args, limit)...)
	if err != nil {
		return nil, err
	}
	agent, _ := args[0].(ref.PartyID)
	for i, c := range rows {
		if rows[i].Item, err = v.item(ctx, c.Version); err != nil {
			return nil, err
		}
		_, follows, err := party.Following(ctx, v.DB, agent, party.Matter{ID: c.ID, Item: c.ItemID, Party: c.Party, Agent: c.Agent}, v.Now())
		if err != nil {
			return nil, err
		}
		if rows[i].Follows = follows; !follows {
			rows[i].Stage = ""
		}
	}
	return rows, nil
}

// ActedDrafts lists what the person is filling in under their session's mandate.
func (v *View) ActedDrafts(ctx context.Context, me identity.Me) (out []Draft, err error) {
	all, err := form.DraftsOn(ctx, v.DB, me.Account, mostDrafts)
	for _, d := range all {
		if d.Mandate == "" || d.Mandate != me.Mandate {
			continue
		}
		row := Draft{Draft: d, Open: true}
		if row.Item, err = v.item(ctx, d.Version); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, err
}
