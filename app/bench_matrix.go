package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yimen/view/standing"
)

const windowRuns = 15

// benchWindows: every window of the town against every item, as the page of “any window, any
// matter” computes it; beside it, reading the grants alone.
func benchWindows(ctx context.Context) ([]figure, error) {
	t, err := openBenchTown(ctx, "", nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	v := &standing.View{DB: t.DB} // it has read no document yet
	var took, plain []time.Duration
	var cells string
	for range windowRuns {
		at := time.Now()
		m, err := v.Windows(ctx, t.Now())
		if err != nil {
			return nil, err
		}
		m.Tally(standing.Part{})
		holes := m.Holes(standing.Part{})
		took = append(took, time.Since(at))
		cells = fmt.Sprintf("%d windows × %d items, %d holes", len(m.Windows), len(m.Items), len(holes))
		d, err := t.plainGrants(ctx)
		if err != nil {
			return nil, err
		}
		plain = append(plain, d)
	}
	cold := took[0]
	slices.Sort(took)
	slices.Sort(plain)
	f := figure{name: "windows", value: ms(percentile(took, 0.5)), unit: "ms median"}
	f.limit = fmt.Sprintf("%.1f ms reading the grants alone", ms(percentile(plain, 0.5)))
	f.ratio = f.value / ms(percentile(plain, 0.5))
	f.notes = append(f.notes, cells, fmt.Sprintf("first time %.0f ms", ms(cold)))
	f.want(cold < 200*time.Millisecond && f.value < 200, "< 200 ms, the first time too")
	return []figure{f}, nil
}

// plainGrants reads the same rows and makes nothing of them.
func (t *benchTown) plainGrants(ctx context.Context) (time.Duration, error) {
	at := time.Now()
	rows, err := t.DB.Query(ctx, "select staff, organ, item, kind from delegation_grant where kind in ('receive', 'accept')")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var staff, organ, item, kind string
	for rows.Next() {
		if err := rows.Scan(&staff, &organ, &item, &kind); err != nil {
			return 0, err
		}
	}
	return time.Since(at), rows.Err()
}
