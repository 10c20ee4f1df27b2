package casefile

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Facts of watching the clock.
const (
	FactCarded    Kind = "carded"      // a card was put; Detail.Kind is its level, Step its rule
	FactLifted    Kind = "card_lifted" // and lifted
	FactExplained Kind = "explained"   // the organ said why it is late (优化营商环境条例 36)
	FactEscalated Kind = "escalated"   // 催办 by the applicant
	FactReplied   Kind = "replied"     // and the organ's answer
)

// Late says that the clock of a case item runs and its time is over.
func (it Item) Late(now time.Time) bool {
	return it.Clock != NoClock && it.PausedAt.IsZero() && !it.Due.IsZero() && now.After(it.Due)
}

// DueBy lists the case items of which a clock runs, and does not stand, and that are due before a time: the most urgent
// first, after a row's time and id.
func DueBy(ctx context.Context, r db.Reader, clock Clock, before, at time.Time, id ref.CaseItemID, limit int) ([]Item, error) {
	return db.Find[Item](ctx, r, "select "+itemCols+` from casefile_item where clock = $1 and clock <> '' and paused_at = 0 and due_at < $2 and due_at > 0 and (due_at, id) > ($3, $4)
		order by due_at, id limit $5`, clock, before, at, id, limit)
}

// ItemsBy reads case items by id.
func ItemsBy(ctx context.Context, r db.Reader, ids []ref.CaseItemID) (map[ref.CaseItemID]Item, error) {
	out := map[ref.CaseItemID]Item{}
	if len(ids) == 0 {
		return out, nil
	}
	all, err := db.Find[Item](ctx, r, fmt.Sprintf("select "+itemCols+" from casefile_item where id in %s", db.In(1, len(ids))), db.Any(ids)...)
	for _, it := range all {
		out[it.ID] = it
	}
	return out, err
}
