package api_test

import (
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/foundation/db"
)

type stands struct {
	State, Outcome, Departure string
	Waits                     bool
}

// A decision that leaves the rule waits, is seen, and another officer confirms it through the interface; its proposer and strangers
// cannot.
func TestDepartureThroughTheInterface(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		s := newSite(t, a)
		id := a.Accept("clerk01", "cc-individual-business", "person-001")
		task := a.Task(id, approval.Decide, "")
		at := "/api/v1/tasks/" + string(task.ID)
		first, second, stranger := s.staff("market-rep-zumiao"), s.staff("market-decide"), s.staff("health-decide")
		found := a.Findings(task, "R5")
		body := map[string]any{"outcome": "grant", "findings": found, "note": "材料事后补齐"}
		post := func(status int, path, token string, body map[string]any) []byte {
			t.Helper()
			return s.ask(status, say{method: "POST", path: at + path, token: token, key: db.NewID(), body: body}).Body.Bytes()
		}
		wrong := read[problem](t, s.ask(422, say{method: "POST", path: at + "/decision", token: first, key: db.NewID(), body: body}))
		if len(wrong.Fields) != 1 || wrong.names()[0] != "reason" {
			t.Fatalf("%+v", wrong)
		}
		missing := read[problem](t, s.ask(422, say{method: "POST", path: at + "/proposal", token: first, body: map[string]any{"findings": map[string]string{"lawful": "x", "none": "1"}}}))
		for _, name := range []string{"findings.lawful", "findings.papers_true", "findings.none"} {
			if !strings.Contains(strings.Join(missing.names(), " "), name) {
				t.Errorf("nothing is said of %s: %+v", name, missing)
			}
		}
		body["reason"] = "租赁合同由街道书面证明。"
		w := s.ask(200, say{method: "POST", path: at + "/decision", token: first, key: db.NewID(), body: body})
		got := read[stands](t, w)
		if !got.Waits || got.State != approval.Open || got.Outcome != "" || got.Departure == "" {
			t.Fatalf("%+v", got)
		}
		seen := read[struct {
			Waits     bool
			Outcomes  []string
			Departure struct {
				ID, By, Outcome, Proposed, Reason string
				Facts                             []struct{ Name, Value string }
			}
		}](t, s.ask(200, say{method: "GET", path: at, token: second}))
		if !seen.Waits || len(seen.Outcomes) != 0 || seen.Departure.ID != got.Departure || seen.Departure.Proposed != "R5" || seen.Departure.By == "" || len(seen.Departure.Facts) != len(found) {
			t.Fatalf("%+v", seen)
		}
		yes := map[string]any{"departure": got.Departure, "answer": "confirm"}
		post(403, "/departure", first, yes)
		post(404, "/departure", stranger, yes)
		s.ask(404, say{method: "POST", path: at + "/proposal", token: stranger, body: map[string]any{"findings": found}})
		post(403, "/departure", s.staff("clerk01"), yes)
		post(409, "/departure", second, map[string]any{"departure": "another", "answer": "confirm"})
		post(422, "/departure", second, map[string]any{"departure": got.Departure, "answer": "perhaps"})
		post(422, "/departure", second, map[string]any{"departure": got.Departure, "answer": "reject"})
		once := say{method: "POST", path: at + "/departure", token: second, key: "departure-key-000001", body: yes}
		for range 2 {
			if got := read[stands](t, s.ask(200, once)); got.State != approval.Done || got.Outcome != approval.Grant || got.Waits {
				t.Fatalf("%+v", got)
			}
		}
	})
}
