package standing

import (
	"context"

	"yimen/domain/delegation"
	"yimen/foundation/db"
	"yimen/ref"
)

// Named is a grant with the names of whom and what it is about.
type Named struct {
	delegation.Grant
	Person, Account, Post string
	OrganName, ItemName   string // empty for every organ or item
}

// Named looks up the names of grants, one query a table.
func (v *View) Named(ctx context.Context, grants []delegation.Grant) ([]Named, error) {
	var staff, organs, items []any
	for _, g := range grants {
		staff, organs, items = append(staff, g.Staff), append(organs, g.Organ), append(items, g.Item)
	}
	if len(grants) == 0 {
		return nil, nil
	}
	type person struct {
		ID      string `db:"id"`
		Name    string `db:"name"`
		Account string `db:"account"`
		Post    string `db:"post"`
	}
	people := map[ref.StaffID]person{}
	all, err := db.Find[person](ctx, v.DB, "select id, name, account, post from org_staff where id in "+db.In(1, len(staff)), staff...)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		people[ref.StaffID(p.ID)] = p
	}
	organ, err := v.names(ctx, "select id, name from org_organ where id in ", organs)
	if err != nil {
		return nil, err
	}
	item, err := v.names(ctx, "select id, name from catalog_item where id in ", items)
	if err != nil {
		return nil, err
	}
	out := make([]Named, len(grants))
	for n, g := range grants {
		p := people[g.Staff]
		out[n] = Named{g, p.Name, p.Account, p.Post, organ[g.Organ], item[g.Item]}
	}
	return out, nil
}

func (v *View) names(ctx context.Context, query string, ids []any) (map[string]string, error) {
	type named struct {
		ID   string `db:"id"`
		Name string `db:"name"`
	}
	all, err := db.Find[named](ctx, v.DB, query+db.In(1, len(ids)), ids...)
	out := map[string]string{}
	for _, x := range all {
		out[x.ID] = x.Name
	}
	return out, err
}

// People finds who a list of grants is narrowed to: an account, or everybody of that name; with a
// window, only who may sit there. The bool says whether anything was asked for.
func (v *View) People(ctx context.Context, name string, window ref.WindowID) (found []ref.StaffID, asked bool, err error) {
	switch {
	case name == "" && window == "":
		return nil, false, nil
	case window == "":
		found, err = db.Find[ref.StaffID](ctx, v.DB, "select id from org_staff where account = $1 or name = $1 order by id limit 200", name)
	default:
		found, err = db.Find[ref.StaffID](ctx, v.DB, `select s.id from org_staff s join org_window w on w.id = $1 where s.active = 1
			and (s.seat = w.id or (s.seat = '' and s.hall = w.hall)) and ($2 = '' or s.account = $2 or s.name = $2) order by s.id limit 200`, window, name)
	}
	return found, true, err
}
