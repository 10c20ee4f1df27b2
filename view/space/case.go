package space

import (
	"context"
	"fmt"
	"strings"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/ref"
)

// Case is a case in a list.
type Case struct {
	ID          ref.CaseID      `db:"id"`
	Number      ref.ShortNumber `db:"number"`
	Stage       casefile.Stage  `db:"stage"`
	Received    time.Time       `db:"received_at"`
	Due         time.Time       `db:"due_at"`
	Provisional bool            `db:"provisional"`
	Closed      time.Time       `db:"closed_at"`
	Organ       string          `db:"organ"`
	Version     ref.VersionID   `db:"version"`
	Item        *catalog.Item
	Left        int  // working days until Due, negative when it has passed
	Clock       bool // the clock runs: the organ has the case
}

// Late says that an answer is overdue.
func (c Case) Late(now time.Time) bool { return c.Clock && now.After(c.Due) }

// Phase filters cases.
type Phase string

const (
	Every   Phase = ""
	Going   Phase = "open"
	Over    Phase = "closed"
	waiting Phase = "returned" // for the person
	inHand  Phase = "in_hand"  // of the organs
)

var phases = map[Phase]string{
	Going:   " and stage not in ('closed', 'declined')",
	Over:    " and stage in ('closed', 'declined')",
	waiting: " and stage = 'returned'",
	inHand:  " and stage not in ('closed', 'declined', 'returned')",
}

// branch is one index by which cases are the session's: of a party, or begun on the phone.
type branch struct {
	column string
	value  any
}

// mine is which cases are the session's: those of whom it speaks for, and in the person's own
// space those begun on the phone. Each is read by its own index, in order, as far as a page needs.
func (v *View) mine(ctx context.Context, me identity.Me) (out []branch, err error) {
	if me.Real() {
		selves, err := party.Selves(ctx, v.DB, me.For)
		if err != nil {
			return nil, err
		}
		for _, id := range selves {
			out = append(out, branch{"party", id})
		}
	}
	if me.For == me.Person && me.Account != "" {
		out = append(out, branch{"account", me.Account})
	}
	if len(out) == 0 {
		return nil, notThere()
	}
	return out, nil
}

// union asks every branch for its first rows after a key; a case of two branches comes once.
func union(of []branch, p Phase, after Key, limit int) (query string, args []any) {
	place := func(x any) string { args = append(args, x); return fmt.Sprintf("$%d", len(args)) }
	var parts []string
	for _, b := range of {
		where := b.column + " = " + place(b.value) + phases[p]
		if after.ID != "" {
			where += " and (received_at, id) < (" + place(after.At) + ", " + place(after.ID) + ")"
		}
		parts = append(parts, "select * from (select id, received_at from casefile_case where "+where+" order by received_at desc, id desc limit "+place(limit)+") b")
	}
	return strings.Join(parts, " union "), args
}

// Cases lists cases, latest first, after a key of Case.
func (v *View) Cases(ctx context.Context, me identity.Me, p Phase, after Key) ([]Case, Key, error) {
	rows, err := v.cases(ctx, me, p, after, CasesPage+1)
	return cutPage(rows, CasesPage, err, func(c Case) Key { return Key{c.Received, string(c.ID)} })
}

func (v *View) cases(ctx context.Context, me identity.Me, p Phase, after Key, limit int) ([]Case, error) {
	of, err := v.mine(ctx, me)
	if err != nil {
		return nil, err
	}
	found, args := union(of, p, after, limit)
	rows, err := db.Find[Case](ctx, v.DB, fmt.Sprintf(`select c.id, c.number, c.stage, c.received_at, c.due_at, c.provisional, c.closed_at, o.name as organ,
		(select i.version from casefile_item i where i.case_id = c.id order by i.id limit 1) as version
		from (select id from (%s) u order by received_at desc, id desc limit $%d) page
		join casefile_case c on c.id = page.id join org_organ o on o.id = c.organ order by c.received_at desc, c.id desc`, found, len(args)+1), append(args, limit)...)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].Item, err = v.item(ctx, rows[i].Version); err != nil {
			return nil, err
		}
		v.time(&rows[i])
	}
	return rows, nil
}

// time says how many working days a case's organ has left.
func (v *View) time(c *Case) {
	switch c.Stage {
	case casefile.Received, casefile.Supplied, casefile.Accepted:
		c.Clock = !c.Due.IsZero()
	}
	if c.Clock {
		c.Left, _ = v.Calendar().WorkdaysBetween(calendar.DateOf(v.Now()), calendar.DateOf(c.Due))
	}
}

// Draft is an application somebody is filling in.
type Draft struct {
	form.Draft
	Item *catalog.Item
	Open bool // this session opens it
}

// mostDrafts is how many drafts are shown.
const mostDrafts = 20

// Drafts lists what was begun on the phone and can be gone on with: in a company's space the
// company's. At the code level a draft that holds what the government knew before is named only.
func (v *View) Drafts(ctx context.Context, me identity.Me) ([]Draft, error) {
	all, err := form.DraftsOn(ctx, v.DB, me.Account, mostDrafts)
	if err != nil {
		return nil, err
	}
	var out []Draft
	for _, d := range all {
		who, err := party.Get(ctx, v.DB, d.Party)
		if err != nil {
			return nil, err
		}
		if d.Mandate != "" { // for somebody else: listed with the mandate (ActedDrafts)
			continue
		}
		sight := me.Sees(identity.Thing{Account: d.Account, Party: who.ID, Same: who.Same, DeclaredBy: who.DeclaredBy})
		if sight == identity.Nothing || me.Real() && !here(me, who, sight) {
			continue
		}
		row := Draft{Draft: d, Open: sight == identity.All}
		if row.Item, err = v.item(ctx, d.Version); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// here says that a draft belongs into the space the person is in.
func here(me identity.Me, who party.Party, sight identity.Sight) bool {
	if me.For != me.Person {
		return who.ID == me.For || who.Same == me.For
	}
	return sight == identity.All
}

// Overview is the front page of a space.
type Overview struct {
	Whose
	Returned  []Case // wait for the person
	Drafts    []Draft
	Going     []Case // the organs have them
	Open      int64  // cases under way, counted up to mostCounted
	Licences  int64
	Materials int64
	Unsure    bool // below the real-name level: the counts are not told
}

const (
	mostShown   = 5
	mostCounted = 1000
)

// Overview reads what waits for the person, and how much there is.
func (v *View) Overview(ctx context.Context, me identity.Me) (*Overview, error) {
	o := &Overview{Unsure: !me.Real()}
	var err error
	if o.Whose, err = v.Whose(ctx, me); err != nil {
		return nil, err
	}
	if o.Returned, err = v.cases(ctx, me, waiting, Key{}, mostShown); err != nil {
		return nil, err
	}
	if o.Going, err = v.cases(ctx, me, inHand, Key{}, mostShown); err != nil {
		return nil, err
	}
	if o.Drafts, err = v.Drafts(ctx, me); err != nil {
		return nil, err
	}
	if o.Open, err = v.count(ctx, me); err != nil || o.Unsure {
		return o, err
	}
	return o, v.holdings(ctx, me, o)
}

func (v *View) count(ctx context.Context, me identity.Me) (n int64, err error) {
	of, err := v.mine(ctx, me)
	if err != nil {
		return 0, err
	}
	found, args := union(of, Going, Key{}, mostCounted)
	err = v.DB.QueryRow(ctx, "select count(*) from ("+found+") counted", args...).Scan(&n)
	return n, err
}

func (v *View) holdings(ctx context.Context, me identity.Me, o *Overview) error {
	selves, err := v.selves(ctx, me)
	if err != nil {
		return err
	}
	n := len(selves)
	for table, to := range map[string]*int64{"licence_licence": &o.Licences, "material_material": &o.Materials} {
		err := v.DB.QueryRow(ctx, fmt.Sprintf("select count(*) from (select 1 as one from %s where party in %s limit $%d) counted", table, db.In(1, n), n+1), append(db.Any(selves), mostCounted)...).Scan(to)
		if err != nil {
			return err
		}
	}
	return nil
}
