package workbench

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Question is an applicant's message that nobody answered. What it says is read on the case.
type Question struct {
	ID     string          `db:"id"`
	Case   ref.CaseID      `db:"case_id"`
	Number ref.ShortNumber `db:"number"`
	Item   string          `db:"item_name"`
	Party  string          `db:"party_name"`
	Organ  string          `db:"organ_name"`
	Made   time.Time       `db:"made_at"`
}

// Questions lists unanswered messages to the organs, the longest wait first.
func (v *View) Questions(ctx context.Context, organs []ref.OrganID, after Key) ([]Question, Key, error) {
	at, id, err := after.parts()
	if err != nil || len(organs) == 0 {
		return nil, "", err
	}
	n := len(organs)
	rows, err := db.Find[Question](ctx, v.DB, fmt.Sprintf(`select m.id, m.case_id, c.number, i.name as item_name, p.name as party_name, o.name as organ_name, m.made_at
		from notice_message m join casefile_case c on c.id = m.case_id join catalog_item i on i.id = c.item
		join party_party p on p.id = c.party join org_organ o on o.id = m.organ
		where m.side = 'party' and m.answered_at = 0 and m.organ in %s and (m.made_at, m.id) > ($%d, $%d) order by m.made_at, m.id limit $%d`,
		db.In(1, n), n+1, n+2, n+3), append(db.Any(organs), at, id, Size+1)...)
	if err != nil {
		return nil, "", err
	}
	return cut(rows, func(q Question) Key { return key(q.Made, q.ID) })
}
