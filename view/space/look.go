package space

import (
	"context"
	"fmt"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/identity"
	"yimen/foundation/db"
	"yimen/ref"
)

// Look is one look of staff at the party: which organ, in which post, for what. Who it was is
// known to the supervisors and not shown.
type Look struct {
	ID      string          `db:"id"`
	At      time.Time       `db:"at"`
	Organ   string          `db:"organ"`
	Post    string          `db:"post"`
	Purpose string          `db:"purpose"` // a message key
	Case    ref.CaseID      `db:"case_id"` // empty when no case was open
	Number  ref.ShortNumber `db:"number"`
	Version ref.VersionID   `db:"version"`
	Item    *catalog.Item   // nil when no case was open
	Said    *Said           // what the person objected, nil when nothing
}

// Said is an objection with its answer, opened.
type Said struct {
	audit.Objection
	Words, Reply string
}

// Looks lists who looked, latest first, after a key of Look.
func (v *View) Looks(ctx context.Context, me identity.Me, after Key) ([]Look, Key, error) {
	return v.looks(ctx, me, after, LooksPage)
}

func (v *View) looks(ctx context.Context, me identity.Me, after Key, size int) ([]Look, Key, error) {
	selves, err := v.selves(ctx, me)
	if err != nil {
		return nil, Key{}, err
	}
	n := len(selves)
	where, args := "a.party in "+db.In(1, n), db.Any(selves)
	if after.ID != "" {
		where += fmt.Sprintf(" and (a.at, a.id) < ($%d, $%d)", n+1, n+2)
		args = append(args, after.At, after.ID)
	}
	rows, err := db.Find[Look](ctx, v.DB, fmt.Sprintf(`select a.id, a.at, coalesce(o.name, '') as organ, coalesce(s.post, '') as post, a.purpose, a.case_id, coalesce(c.number, '') as number,
		coalesce((select i.version from casefile_item i where i.case_id = a.case_id order by i.id limit 1), '') as version
		from audit_access a left join org_organ o on o.id = a.organ left join org_staff s on s.id = a.actor left join casefile_case c on c.id = a.case_id
		where %s order by a.at desc, a.id desc limit $%d`, where, len(args)+1), append(args, size+1)...)
	rows, next, err := cutPage(rows, size, err, func(l Look) Key { return Key{l.At, l.ID} })
	if err != nil {
		return nil, next, err
	}
	return rows, next, v.said(ctx, rows)
}

// said joins to looks their items and objections.
func (v *View) said(ctx context.Context, rows []Look) error {
	if len(rows) == 0 {
		return nil
	}
	ids, at := make([]string, len(rows)), map[string]int{}
	for i, l := range rows {
		ids[i], at[l.ID] = l.ID, i
		if l.Version != "" {
			item, err := v.item(ctx, l.Version)
			if err != nil {
				return err
			}
			rows[i].Item = item
		}
	}
	found, err := db.Find[audit.Objection](ctx, v.DB, `select id, access, fact, party, case_id, organ, actor, words, at, due_at, answer, answered_at, answered_by
		from audit_objection where access in `+db.In(1, len(ids)), db.Any(ids)...)
	if err != nil {
		return err
	}
	opened, err := v.open(ctx, found)
	for i := range opened {
		rows[at[opened[i].Access]].Said = &opened[i]
	}
	return err
}

func (v *View) open(ctx context.Context, found []audit.Objection) ([]Said, error) {
	out := make([]Said, len(found))
	var err error
	for i, o := range found {
		out[i].Objection = o
		if out[i].Words, out[i].Reply, err = o.Open(ctx, v.DB, v.Vault); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Corrections lists what the person said is wrong about facts, latest first, with the answers.
func (v *View) Corrections(ctx context.Context, me identity.Me) ([]Said, error) {
	selves, err := v.selves(ctx, me)
	if err != nil {
		return nil, err
	}
	found, err := audit.ObjectionsOf(ctx, v.DB, selves, mostObjections)
	if err != nil {
		return nil, err
	}
	facts := found[:0]
	for _, o := range found {
		if o.Fact != "" {
			facts = append(facts, o)
		}
	}
	return v.open(ctx, facts)
}
