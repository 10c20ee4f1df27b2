package casefile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"yimen/foundation/calendar"
)

// said writes a sentence's key and values, so that a test sees what is told and not how.
func said(key string, args ...any) string { return fmt.Sprintf("%s%v", key, args) }

func TestStandingTells(t *testing.T) {
	day := func(d calendar.Date) string { return d.String() }
	morning := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	monday := calendar.DateOf(morning)
	holder := Holder{Organ: "O", Phone: "1", Kind: "accept", Since: morning}
	for name, c := range map[string]struct {
		s    Standing
		want string
	}{
		"waits for acceptance": {Standing{Stage: Received, Holders: []Holder{holder}, Due: monday + 7, Left: 5},
			"progress.holder.phone[organ O post progress.post.accept[] since 2026-03-02 phone 1]|progress.accept[day 2026-03-09 n 5]"},
		"last day":      {Standing{Stage: Accepted, Due: monday, Left: 0}, "progress.decide.today[day 2026-03-02]"},
		"late":          {Standing{Stage: Accepted, Due: monday, Left: -2, Late: true}, "progress.late[day 2026-03-02 n 2]"},
		"stands still":  {Standing{Stage: Returned, Due: monday, Left: 3}, "progress.paused.returned[]"},
		"unknown year":  {Standing{Stage: Accepted, Due: monday, Left: 3, Unsure: 2027}, "progress.decide[day 2026-03-02 n 3]|progress.unsure[year 2027]"},
		"no clock runs": {Standing{Stage: Closed, Due: monday, Left: 3}, ""},
		"nobody's phone": {Standing{Stage: Closed, Holders: []Holder{{Organ: "O", Kind: "decide", Since: morning}}},
			"progress.holder[organ O post progress.post.decide[] since 2026-03-02]"},
	} {
		if got := strings.Join(c.s.Tell(said, day), "|"); got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}
