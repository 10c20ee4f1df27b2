package workbench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Motion is a motion that waits for an organ's head. What it says is read on its own page.
type Motion struct {
	ID     string          `db:"id"`
	Kind   string          `db:"kind"`
	Number ref.ShortNumber `db:"number"`
	Item   string          `db:"item_name"`
	By     string          `db:"by_name"`
	Made   time.Time       `db:"made_at"`
}

// Motions lists the open motions of the organs whose head the person is, and the person's own, the oldest first.
func (v *View) Motions(ctx context.Context, who ref.StaffID, organs []ref.OrganID, after Key) ([]Motion, Key, error) {
	at, id, err := after.parts()
	if err != nil {
		return nil, "", err
	}
	cond, args := []string{"m.by_staff = $1"}, []any{who}
	if len(organs) > 0 {
		cond = append(cond, "m.organ in "+db.In(2, len(organs)))
		args = append(args, db.Any(organs)...)
	}
	n := len(args)
	rows, err := db.Find[Motion](ctx, v.DB, fmt.Sprintf(`select m.id, m.kind, m.number, i.name as item_name, s.name as by_name, m.made_at
		from approval_motion m join catalog_item i on i.id = m.item join org_staff s on s.id = m.by_staff
		where m.state = 'open' and (%s) and (m.made_at, m.id) > ($%d, $%d) order by m.made_at, m.id limit $%d`, strings.Join(cond, " or "), n+1, n+2, n+3),
		append(args, at, id, Size+1)...)
	if err != nil {
		return nil, "", err
	}
	return cut(rows, func(m Motion) Key { return key(m.Made, m.ID) })
}
