package api_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/process/review"
	"yimen/ref"
)

// A portal hands in, follows in the page's own words, departments decide through the interface, and the sealed result comes back.
func TestFromApplicationToResult(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		s := newSite(t, a)
		c := s.portal(identity.Portal{Verbs: "submit"})
		app := s.application("cc-road-dig")
		first := say{method: "POST", path: "/api/v1/cases", token: c.token, key: "portal-key-000000001", body: app}
		made := s.ask(201, first)
		if again := s.ask(201, first); again.Body.String() != made.Body.String() {
			t.Fatalf("a replay got %s, not %s", again.Body, made.Body)
		}
		other := s.application("cc-road-dig")
		other["applicant"].(map[string]string)["name"] = "别人"
		if p := read[problem](t, s.ask(409, say{method: "POST", path: "/api/v1/cases", token: c.token, key: first.key, body: other})); p.Code != "fault.key_reused" {
			t.Fatalf("%+v", p)
		}
		s.Settle()
		number := read[struct{ Number string }](t, made).Number
		s.followed(c, number)
		id := s.caseOf(number)
		s.ask(404, say{method: "GET", path: "/api/v1/cases/" + number + "/result", token: c.token})
		for range 12 {
			tasks := s.open(id)
			if len(tasks) == 0 {
				break
			}
			s.decide(tasks[0])
		}
		k, err := casefile.Get(ctx, a.DB, id)
		if err != nil || k.Stage != casefile.Closed {
			t.Fatalf("%v %v", k.Stage, err)
		}
		w := s.ask(200, say{method: "GET", path: "/api/v1/cases/" + number + "/result", token: c.token})
		if !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") ||
			!strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Fatalf("%v", w.Header())
		}
		s.checks(w.Body.Bytes(), number, c)
		events := read[struct {
			Events []struct{ Kind, Sentence string }
		}](t, s.ask(200, say{method: "GET", path: "/api/v1/cases/" + number + "/events", token: c.token}))
		if n := len(events.Events); n < 4 || events.Events[0].Kind != "received" || events.Events[n-1].Kind != "closed" {
			t.Fatalf("%+v", events)
		}
	})
}

// followed holds the interface's words against the citizens' page of the same case.
func (s *site) followed(c client, number string) {
	s.t.Helper()
	got := read[struct {
		Stage     string
		Own       bool
		Holders   []struct{ Organ string }
		Sentences []string
	}](s.t, s.ask(200, say{method: "GET", path: "/api/v1/cases/" + number, token: c.token}))
	if got.Stage != "received" || !got.Own || len(got.Holders) == 0 || len(got.Sentences) < 3 {
		s.t.Fatalf("%+v", got)
	}
	id := s.caseOf(number)
	r := httptest.NewRequest("POST", "/progress", strings.NewReader(url.Values{"number": {number}, "code": {s.QueryCode(id)}}.Encode()))
	r.Header.Set("Content-Type", form)
	w := s.raw(r)
	look := httptest.NewRequest("GET", "/progress/case", nil)
	for _, k := range w.Result().Cookies() {
		look.AddCookie(k)
	}
	shown := s.raw(look).Body.String()
	for _, sentence := range got.Sentences {
		for _, part := range strings.Split(sentence, " · ") {
			if !strings.Contains(shown, part) {
				s.t.Errorf("the page does not say %q", part)
			}
		}
	}
}

func (s *site) caseOf(number string) ref.CaseID {
	s.t.Helper()
	k, err := casefile.ByNumber(ctx, s.DB, ref.ShortNumber(number))
	if err != nil {
		s.t.Fatal(err)
	}
	return k.ID
}

func (s *site) open(id ref.CaseID) (out []approval.Task) {
	all, err := approval.ByCase(ctx, s.DB, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(t approval.Task) bool { return t.State != approval.Open })
}

// decide does a task through the interface, with the token of somebody who may.
func (s *site) decide(t approval.Task) {
	s.t.Helper()
	staff, err := org.AllStaff(ctx, s.DB, "", 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	yes := map[string]string{approval.Precheck: approval.Clear, approval.Accept: approval.Take, approval.Review: approval.Agree, approval.Opinion: approval.Agree, approval.Decide: approval.Grant}
	for _, who := range staff {
		may, err := s.Work.Mine(ctx, who, review.Grants, t.ID)
		if err != nil || !may || !who.Has("approver") {
			continue
		}
		token := s.staff(who.Account)
		seen := read[struct {
			Outcomes []string
			RuleRows []struct{ ID, Outcome string }
			Inputs   []struct{ Name, From string } `json:"ruleInputs"`
			Seconds  []struct{ ID string }
			Officers int
		}](s.t, s.ask(200, say{method: "GET", path: "/api/v1/tasks/" + string(t.ID), token: token}))
		body := map[string]any{"outcome": yes[t.Kind], "note": "经审查，情况属实。"}
		for _, row := range seen.RuleRows {
			if t.Kind == approval.Decide && row.Outcome == approval.Grant && body["findings"] == nil {
				found := s.Findings(t, row.ID)
				body["findings"] = found
				s.proposes(token, t, found, row.ID)
				if len(seen.Inputs) != len(found) {
					s.t.Errorf("%+v asked, %v found", seen.Inputs, found)
				}
			}
		}
		if seen.Officers > 1 {
			body["second"] = seen.Seconds[len(seen.Seconds)-1].ID
		}
		w := s.raw(s.request(say{method: "POST", path: "/api/v1/tasks/" + string(t.ID) + "/decision", token: token, key: db.NewID(), body: body}))
		if w.Code == 403 { // accepted or reviewed it before: somebody else decides
			continue
		}
		if w.Code != 200 {
			s.t.Fatalf("%s %s: %d %s", t.Kind, who.Account, w.Code, w.Body)
		}
		s.Settle()
		return
	}
	s.t.Fatalf("nobody may do %+v", t)
}

// proposes asks the rule and wants a row.
func (s *site) proposes(token string, t approval.Task, found map[string]string, row string) {
	s.t.Helper()
	got := read[struct {
		Gap   bool
		Row   struct{ ID, Outcome, Says string }
		Facts []struct {
			Name  string
			Known bool
		}
	}](s.t, s.ask(200, say{method: "POST", path: "/api/v1/tasks/" + string(t.ID) + "/proposal", token: token, body: map[string]any{"findings": found}}))
	if got.Gap || got.Row.ID != row || got.Row.Says == "" || len(got.Facts) == 0 || !got.Facts[0].Known {
		s.t.Errorf("%+v, want %s", got, row)
	}
}

// checks verifies the result by file and by mark, as anybody may.
func (s *site) checks(file []byte, number string, c client) {
	s.t.Helper()
	got := read[struct {
		Signed, Intact, Recorded, Demo bool
		Licence                        string
	}](s.t, s.ask(200, say{method: "POST", path: "/api/v1/verify", kind: "application/pdf", body: file}))
	if !got.Signed || !got.Intact || !got.Recorded || !got.Demo || got.Licence != "valid" {
		s.t.Errorf("%+v", got)
	}
	bad := bytes.Clone(file)
	bad[len(bad)/2] ^= 1
	if got := read[struct{ Intact, Recorded bool }](s.t, s.ask(200, say{method: "POST", path: "/api/v1/verify", kind: "application/pdf", body: bad})); got.Intact || got.Recorded {
		s.t.Errorf("altered, and yet %+v", got)
	}
	held := read[struct {
		Licences []struct{ Mark, State string }
	}](s.t, s.ask(200, say{method: "GET", path: "/api/v1/cases/" + number, token: c.token}))
	if len(held.Licences) != 1 {
		s.t.Fatalf("%+v", held)
	}
	w := s.ask(200, say{method: "GET", path: "/api/v1/verify?mark=" + url.QueryEscape(held.Licences[0].Mark)})
	if got := read[struct{ State string }](s.t, w); got.State != "valid" {
		s.t.Errorf("%+v", got)
	}
}

// The same submit by ten callers at once is one case.
func TestOneCaseUnderContention(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		s := newSite(t, a)
		c := s.portal(identity.Portal{Verbs: "submit"})
		body, err := json.Marshal(s.application("cc-road-dig"))
		if err != nil {
			t.Fatal(err)
		}
		answers := make([]string, 10)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				w := s.raw(s.request(say{method: "POST", path: "/api/v1/cases", token: c.token, key: "contended-key-0001", body: body}))
				answers[i] = w.Body.String()
			})
		}
		wg.Wait()
		if len(slices.Compact(slices.Clone(answers))) != 1 {
			t.Errorf("different answers: %q", answers)
		}
		list := read[struct{ Cases []any }](t, s.ask(200, say{method: "GET", path: "/api/v1/cases", token: c.token}))
		if len(list.Cases) != 1 {
			t.Errorf("%d cases", len(list.Cases))
		}
	})
}

// What a portal may not see it does not find: not in a list however filtered, not by its number, not as a file.
func TestNothingLeaks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		s := newSite(t, a)
		dig := apptest.Item(a, "cc-road-dig")
		own := s.portal(identity.Portal{Verbs: "submit"})
		number := s.submit(own, "cc-road-dig")
		more := s.submit(own, "cc-road-dig")
		readers := map[string]client{
			"submitter of its own": s.portal(identity.Portal{Verbs: "submit"}),
			"other organ":          s.portal(identity.Portal{Verbs: "submit read", Organs: string(apptest.Item(a, "cc-food-business").Organ)}),
			"other item":           s.portal(identity.Portal{Verbs: "read", Items: "cc-food-business", Organs: string(dig.Organ)}),
			"no verb":              s.portal(identity.Portal{Verbs: "hooks"}),
		}
		for name, c := range readers {
			for _, query := range []string{"", "?limit=200", "?stage=received", "?after=9999999999999999.zzzz"} {
				if got := read[struct{ Cases []any }](t, s.ask(200, say{method: "GET", path: "/api/v1/cases" + query, token: c.token})); len(got.Cases) != 0 {
					t.Errorf("%s lists %d with %q", name, len(got.Cases), query)
				}
			}
			for _, tail := range []string{"", "/events", "/result"} {
				hidden := s.ask(404, say{method: "GET", path: "/api/v1/cases/" + number + tail, token: c.token})
				absent := s.ask(404, say{method: "GET", path: "/api/v1/cases/449901260302AAAAAA" + tail, token: c.token})
				if x, y := read[problem](t, hidden), read[problem](t, absent); x.Detail != y.Detail || x.Code != y.Code {
					t.Errorf("%s can tell %+v from %+v", name, x, y)
				}
			}
		}
		for name, c := range map[string]client{"organ": s.portal(identity.Portal{Verbs: "read", Organs: string(dig.Organ)}), "item": s.portal(identity.Portal{Verbs: "read", Items: "cc-road-dig"}),
			"both": s.portal(identity.Portal{Verbs: "read", Items: "cc-road-dig", Organs: string(dig.Organ)})} {
			if got := s.paged(c, 1); len(got) != 2 || !slices.Contains(got, number) || !slices.Contains(got, more) {
				t.Errorf("by %s: %v", name, got)
			}
			w := s.ask(200, say{method: "GET", path: "/api/v1/cases/" + number, token: c.token})
			if strings.Contains(w.Body.String(), "points\":[\"") {
				t.Errorf("%s reads points: %s", name, w.Body)
			}
			s.ask(403, say{method: "GET", path: "/api/v1/cases/" + number + "/result", token: c.token})
		}
		s.ask(403, say{method: "POST", path: "/api/v1/cases", token: readers["no verb"].token, key: db.NewID(), body: s.application("cc-road-dig")})
		s.ask(403, say{method: "POST", path: "/api/v1/cases", token: readers["other organ"].token, key: db.NewID(), body: s.application("cc-road-dig")})
		s.ask(403, say{method: "GET", path: "/api/v1/hooks", token: own.token})
		s.tasksLeakNothing(number)
	})
}

// paged reads a whole list in pages of n.
func (s *site) paged(c client, n int) (out []string) {
	s.t.Helper()
	after := ""
	for range 50 {
		got := read[struct {
			Next  string
			Cases []struct{ Number string }
		}](s.t, s.ask(200, say{method: "GET", path: "/api/v1/cases?limit=1&after=" + url.QueryEscape(after), token: c.token}))
		for _, x := range got.Cases {
			out = append(out, x.Number)
		}
		if after = got.Next; after == "" {
			return out
		}
	}
	s.t.Fatal("the list has no end")
	return nil
}

// tasksLeakNothing holds tasks against officers of other organs and posts.
func (s *site) tasksLeakNothing(number string) {
	s.t.Helper()
	task := s.open(s.caseOf(number))[0]
	for _, account := range []string{"civil-decide", "market-rep-zumiao"} {
		token := s.staff(account)
		if may, _ := s.Work.Mine(ctx, s.Staff(account), review.Grants, task.ID); may {
			s.t.Fatalf("%s may see the task, choose another", account)
		}
		w := s.ask(200, say{method: "GET", path: "/api/v1/tasks", token: token})
		if strings.Contains(w.Body.String(), string(task.ID)) || strings.Contains(w.Body.String(), number) {
			s.t.Errorf("%s lists it", account)
		}
		s.ask(404, say{method: "GET", path: "/api/v1/tasks/" + string(task.ID), token: token})
		s.ask(404, say{method: "POST", path: "/api/v1/tasks/" + string(task.ID) + "/decision", token: token, key: db.NewID(), body: map[string]string{"outcome": "take"}})
	}
	for _, account := range []string{"clerk01", "admin", "supervisor01"} {
		s.ask(403, say{method: "GET", path: "/api/v1/tasks", token: s.staff(account)})
		s.ask(403, say{method: "GET", path: "/api/v1/cases", token: s.staff(account)})
	}
}

// TestTasksSayWhoHoldsThem: a claim is seen in the list and on the task, keeps colleagues' decisions off, and hides nothing.
func TestTasksSayWhoHoldsThem(t *testing.T) {
	s := open(t)
	id := s.Accept("clerk01", "cc-road-dig", "company-01")
	var task approval.Task
	me := s.Staff("police-review-a")
	for _, x := range s.open(id) {
		if x.Organ == me.Organ {
			task = x
		}
	}
	at, token := "/api/v1/tasks/"+string(task.ID), s.staff("police-review-b")
	if w := s.ask(200, say{method: "GET", path: at, token: token}); strings.Contains(w.Body.String(), "heldBy") {
		t.Error("held by nobody:", w.Body)
	}
	h := review.Holding{Submit: s.Submit(me, "test.claim"), By: me, Task: task.ID, Do: review.Claim}
	if err := s.Board.Keep(ctx, h); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{at, "/api/v1/tasks"} {
		if w := s.ask(200, say{method: "GET", path: path, token: token}); !strings.Contains(w.Body.String(), `"heldBy":"`+me.Name+`"`) || !strings.Contains(w.Body.String(), `"heldUntil":"2026-03-03T`) {
			t.Error(w.Body)
		}
	}
	body := map[string]string{"outcome": "agree"}
	s.ask(409, say{method: "POST", path: at + "/decision", token: token, key: db.NewID(), body: body})
	s.ask(200, say{method: "POST", path: at + "/decision", token: s.staff("police-review-a"), key: db.NewID(), body: body})
}
