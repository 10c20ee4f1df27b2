package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/inspection"
	"yimen/domain/notice"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/process/review"
	"yimen/process/supervise"
	"yimen/ref"
	"yimen/view/board"
	"yimen/web/page"
)

const wholeDay = 24 * time.Hour

func inspect(t *testing.T, a *apptest.App) {
	t.Helper()
	if err := a.Watch.Inspect(ctx); err != nil {
		t.Fatal(err)
	}
}

// cardsOf lists the cards of a case as "rule level state organ".
func cardsOf(t *testing.T, a *apptest.App, id ref.CaseID) (said []string, cards []inspection.Card) {
	t.Helper()
	cards, err := inspection.OfCase(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cards {
		said = append(said, fmt.Sprintf("%s %s %s %s", c.Rule, c.Level, c.State, called(a, c.Organ)))
	}
	slices.Sort(said)
	return said, cards
}

// called is an organ as the town's files call it.
func called(a *apptest.App, organ ref.OrganID) string {
	for account, name := range map[string]string{"build-decide": "cc-build", "land-review-a": "cc-land", "police-review-a": "cc-police", "health-decide": "cc-health"} {
		if a.Staff(account).Organ == organ {
			return name
		}
	}
	return string(organ)
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func explained(a *apptest.App, account, id, words string) supervise.Word {
	by := a.Staff(account)
	return supervise.Word{Submit: a.Submit(by, "test.word"), By: by, ID: id, Words: words}
}

// factKinds are the kinds of a case's facts that watching wrote.
func factKinds(t *testing.T, a *apptest.App, id ref.CaseID) (out []string) {
	t.Helper()
	facts, err := casefile.Facts(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if slices.Contains([]casefile.Kind{casefile.FactCarded, casefile.FactLifted, casefile.FactExplained, casefile.FactEscalated, casefile.FactReplied}, f.Kind) {
			out = append(out, string(f.Kind))
		}
	}
	return out
}

func findCard(t *testing.T, a *apptest.App, id ref.CaseID, rule string, level inspection.Level, organ string) inspection.Card {
	t.Helper()
	_, cards := cardsOf(t, a, id)
	for _, c := range cards {
		if c.Rule == rule && c.Level == level && called(a, c.Organ) == organ {
			return c
		}
	}
	t.Fatalf("no card %s %s %s among %+v", rule, level, organ, cards)
	return inspection.Card{}
}

// The links of 2026-03-02's case: opinions of two organs due on the 5th, the review on the 6th, the whole on the 12th.
func TestCardsComeByThemselvesOnceEach(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		inspect(t, a)
		got, _ := cardsOf(t, a, id)
		same(t, "on the first day", got)
		a.Clock.Add(2 * wholeDay) // the 4th: one working day left for the opinions
		inspect(t, a)
		got, _ = cardsOf(t, a, id)
		same(t, "the day before", got, "link warning told cc-police", "link warning told cc-land")
		a.Clock.Add(2 * wholeDay) // the 6th
		for range 3 {
			inspect(t, a)
		}
		got, cards := cardsOf(t, a, id)
		same(t, "a day over", got, "link warning told cc-police", "link warning told cc-land", "link warning told cc-build", "link yellow owed cc-police", "link yellow owed cc-land")
		for _, c := range cards {
			if c.Level == inspection.Yellow && (c.Head == "" || c.Answer.Before(a.Clock.Now()) || c.Number == "" || c.Town != "440604012") {
				t.Errorf("card %+v", c)
			}
			rows, err := audit.History(ctx, a.DB, c.Object())
			if err != nil || len(rows) != 1 || rows[0].Verb != "supervise.Card.issue" {
				t.Errorf("audit of %s: %+v %v", c.ID, rows, err)
			}
		}
		if kinds := factKinds(t, a, id); len(kinds) != 5 {
			t.Errorf("facts %v", kinds)
		}
		a.Decide(a.Decision("police-review-a", a.Task(id, approval.Opinion, "traffic"), approval.Agree))
		a.Clock.Add(7 * wholeDay) // the 13th: the whole is over by one day, the links by more than three
		inspect(t, a)
		got, _ = cardsOf(t, a, id)
		for _, want := range []string{"promise yellow owed cc-build", "link red owed cc-land", "link red owed cc-build"} {
			if !slices.Contains(got, want) {
				t.Errorf("no %q in %q", want, got)
			}
		}
		if slices.ContainsFunc(got, func(s string) bool { return s == "link red owed cc-police" && !strings.Contains(s, "silent") }) {
			c := findCard(t, a, id, "link", inspection.Red, "cc-police")
			if c.Cause != inspection.BySilent {
				t.Errorf("a link that was done got a card by time: %+v", c)
			}
		}
	})
}

func TestTheNextCardComesWhenNobodyExplains(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		a.Clock.Add(4 * wholeDay)
		inspect(t, a)
		police := findCard(t, a, id, "link", inspection.Yellow, "cc-police")
		if err := a.Watch.Explain(ctx, explained(a, "build-review-a", police.ID, "不是我们的件。")); !fault.Is(err, fault.NotFound) {
			t.Errorf("another organ explained: %v", err)
		}
		if err := a.Watch.Explain(ctx, explained(a, "police-review-a", police.ID, "短")); !fault.Is(err, fault.Invalid) {
			t.Errorf("too few words: %v", err)
		}
		if err := a.Watch.Explain(ctx, explained(a, "police-review-a", police.ID, "交警支队需要现场勘查，三天内答复。")); err != nil {
			t.Fatal(err)
		}
		if err := a.Watch.Explain(ctx, explained(a, "police-review-b", police.ID, "再说明一次原因。")); !fault.Is(err, fault.Conflict) {
			t.Errorf("explained twice: %v", err)
		}
		a.Decide(a.Decision("police-review-a", a.Task(id, approval.Opinion, "traffic"), approval.Agree))
		a.Decide(a.Decision("land-review-a", a.Task(id, approval.Opinion, "planning"), approval.Agree))
		a.Clock.Add(5 * wholeDay) // past the two working days for explaining
		for range 2 {
			inspect(t, a)
		}
		land := findCard(t, a, id, "link", inspection.Red, "cc-land")
		if land.Cause != inspection.BySilent || land.State != inspection.Owed {
			t.Errorf("the next card: %+v", land)
		}
		got, _ := cardsOf(t, a, id)
		if slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "link red") && strings.HasSuffix(s, "cc-police") }) {
			t.Errorf("who explained got another card: %q", got)
		}
		late, err := a.Cases.LateOf(ctx, id)
		if err != nil || len(late.Said) != 1 || late.Said[0].Words != "交警支队需要现场勘查，三天内答复。" || late.Said[0].Organ == "" {
			t.Errorf("the applicant is told %+v %v", late, err)
		}
	})
}

func TestAPausedCaseGetsNoCardAndABadRecordStopsNobody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		bad := a.Accept("clerk01", "cc-road-dig", "company-01")
		paused := a.Accept("clerk01", "cc-road-dig", "company-02")
		good := a.Accept("clerk01", "cc-road-dig", "company-03")
		err := a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "update casefile_item set organ = 'nobody' where case_id = $1", bad); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "update approval_task set organ = 'nobody', due_at = due_at - 1 where case_id = $1", bad); err != nil { // the first in every page
				return err
			}
			c, err := casefile.Lock(ctx, tx, paused)
			if err != nil {
				return err
			}
			items, err := casefile.Items(ctx, tx, paused)
			if err != nil {
				return err
			}
			return casefile.Apply(ctx, tx, &c, &items[0], casefile.Fact{Kind: casefile.FactPaused, At: a.Clock.Now(), Actor: "staff:x"})
		})
		if err != nil {
			t.Fatal(err)
		}
		a.Clock.Add(14 * wholeDay)
		inspect(t, a)
		if got, _ := cardsOf(t, a, bad); len(got) != 0 {
			t.Errorf("cards of an organ that is not there: %q", got)
		}
		if got, _ := cardsOf(t, a, paused); len(got) != 0 {
			t.Errorf("cards while the clock stands: %q", got)
		}
		got, _ := cardsOf(t, a, good)
		if !slices.Contains(got, "promise yellow owed cc-build") {
			t.Errorf("the others: %q", got)
		}
		wall, err := a.Walls.Count(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_, sum := wall.Groups(board.Filter{}, board.ByItem)
		if sum.Paused != 1 || sum.Overdue != 2 || sum.All() != 3 {
			t.Errorf("the wall %+v", sum)
		}
	})
}

func TestContestsAreJudgedBySupervisorsAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		a.Clock.Add(4 * wholeDay)
		inspect(t, a)
		c := findCard(t, a, id, "link", inspection.Yellow, "cc-land")
		if err := a.Watch.Judge(ctx, explained(a, "supervisor01", c.ID, "没有申诉，先维持。"), false); !fault.Is(err, fault.Conflict) {
			t.Errorf("upheld what nobody contested: %v", err)
		}
		if err := a.Watch.Contest(ctx, explained(a, "land-review-a", c.ID, "系统故障一整天，不能归责于我们。")); err != nil {
			t.Fatal(err)
		}
		for _, account := range []string{"land-review-a", "clerk01", "admin", "standards01"} {
			if err := a.Watch.Judge(ctx, explained(a, account, c.ID, "撤销这张牌。"), true); !fault.Is(err, fault.Denied) {
				t.Errorf("%s judged: %v", account, err)
			}
		}
		lift := explained(a, "supervisor01", c.ID, "故障属实，予以撤销。")
		for range 2 { // the same submit twice is one act
			if err := a.Watch.Judge(ctx, lift, true); err != nil {
				t.Fatal(err)
			}
		}
		if got := findCard(t, a, id, "link", inspection.Yellow, "cc-land"); got.State != inspection.Lifted {
			t.Errorf("%+v", got)
		}
		rows, err := audit.History(ctx, a.DB, c.Object())
		if err != nil || len(rows) != 3 {
			t.Errorf("audit %+v %v", rows, err)
		}
		other := findCard(t, a, id, "link", inspection.Yellow, "cc-police")
		if err := a.Watch.Contest(ctx, explained(a, "police-review-a", other.ID, "材料不全，等补充。")); err != nil {
			t.Fatal(err)
		}
		a.Clock.Add(wholeDay)
		if err := a.Watch.Judge(ctx, explained(a, "supervisor01", other.ID, "理由不成立，维持。"), false); err != nil {
			t.Fatal(err)
		}
		if got := findCard(t, a, id, "link", inspection.Yellow, "cc-police"); got.State != inspection.Owed || !got.Answer.After(other.Answer.Add(-wholeDay)) {
			t.Errorf("upheld and not explained: %+v", got)
		}
		a.Clock.Add(10 * wholeDay)
		inspect(t, a)
		if got := findCard(t, a, id, "link", inspection.Yellow, "cc-land"); !got.Silent.IsZero() {
			t.Errorf("a lifted card is asked for: %+v", got)
		}
	})
}

func TestSupervisorsPutCardsByHandAndTwoYellowMakeRed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-hygiene", "company-02")
		c, err := casefile.Get(ctx, a.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		put := func(account, rule string, level inspection.Level, number ref.ShortNumber) error {
			_, err := a.Watch.Put(ctx, supervise.ByHand{Word: explained(a, account, "", "窗口要求另交复印费。"), Number: number, Rule: rule, Level: level})
			return err
		}
		if err := put("health-decide", "fee", inspection.Red, c.Number); !fault.Is(err, fault.Denied) {
			t.Errorf("an approver put a card: %v", err)
		}
		if err := put("supervisor01", "fee", inspection.Yellow, "440604260302XXXXX"); !fault.Is(err, fault.Invalid) {
			t.Errorf("no case: %v", err)
		}
		if err := put("supervisor01", "none", "", c.Number); len(fault.Fields(err)) != 2 {
			t.Errorf("no rule and no level: %v", err)
		}
		for _, rule := range []string{"fee", "other"} {
			if err := put("supervisor01", rule, inspection.Yellow, c.Number); err != nil {
				t.Fatal(err)
			}
		}
		if err := put("supervisor01", "fee", inspection.Yellow, c.Number); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice the same: %v", err)
		}
		got, _ := cardsOf(t, a, id)
		same(t, "cards", got, "fee yellow owed cc-health", "other yellow owed cc-health", "other red owed cc-health")
		if c := findCard(t, a, id, "other", inspection.Red, "cc-health"); c.Cause != inspection.ByTwice {
			t.Errorf("%+v", c)
		}
		if late, err := a.Cases.LateOf(ctx, id); err != nil || late.Any() {
			t.Errorf("the applicant is told of cards that are not about time: %+v %v", late, err)
		}
	})
}

func TestARefusalThatSaysTooLittleGetsACard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		short, long := a.Accept("clerk01", "cc-hygiene", "company-02"), a.Accept("clerk01", "cc-hygiene", "company-03")
		for id, why := range map[ref.CaseID]string{short: "不符合。", long: "经营场所不具备独立的消毒间，不符合卫生标准。"} {
			d := a.Decision("health-accept", a.Task(id, approval.Accept, ""), approval.Decline)
			d.Note, d.Ground = why, review.Deficient
			a.Decide(d)
		}
		for range 2 {
			inspect(t, a)
		}
		got, _ := cardsOf(t, a, short)
		same(t, "four characters", got, "no-reason yellow owed cc-health")
		if c := findCard(t, a, short, "no-reason", inspection.Yellow, "cc-health"); c.Handler != a.Staff("health-accept").ID {
			t.Errorf("the card is for %s", c.Handler)
		}
		got, _ = cardsOf(t, a, long)
		same(t, "a reason", got)
	})
}

func TestAnOrderIsLookedAtAgainOnItsDay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		now := a.Clock.Now()
		ordering := func(account string) supervise.Ordering {
			return supervise.Ordering{Word: explained(a, account, "", "清理积压的开挖许可。"), Title: "清理积压办件", Organ: a.Staff("build-decide").Organ, Who: "build-decide", Due: now.Add(3 * wholeDay)}
		}
		if _, err := a.Watch.Order(ctx, ordering("build-decide")); !fault.Is(err, fault.Denied) {
			t.Errorf("an approver ordered: %v", err)
		}
		wrong := ordering("supervisor01")
		wrong.Organ, wrong.Title, wrong.Due, wrong.Number = "none", "短", now, "X"
		if _, err := a.Watch.Order(ctx, wrong); len(fault.Fields(err)) != 5 { // and who is not of that organ
			t.Errorf("fields %+v", fault.Fields(err))
		}
		id, err := a.Watch.Order(ctx, ordering("supervisor01"))
		if err != nil {
			t.Fatal(err)
		}
		late, err := inspection.Orders(ctx, a.DB, inspection.OrderFilter{Late: now.Add(4 * wholeDay)}, 10)
		if err != nil || len(late) != 1 {
			t.Errorf("late %v %v", late, err)
		}
		if err := a.Watch.AnswerOrder(ctx, explained(a, "build-review-a", id, "我来答复。")); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else answered: %v", err)
		}
		if err := a.Watch.AnswerOrder(ctx, explained(a, "build-decide", id, "已经全部办完。")); err != nil {
			t.Fatal(err)
		}
		if err := a.Watch.ReturnOrder(ctx, explained(a, "supervisor01", id, "还有两件没有办。"), now.Add(5*wholeDay)); err != nil {
			t.Fatal(err)
		}
		if err := a.Watch.AnswerOrder(ctx, explained(a, "build-decide", id, "剩下两件办完了。")); err != nil {
			t.Fatal(err)
		}
		if err := a.Watch.CloseOrder(ctx, explained(a, "supervisor01", id, "核实办完，一个月后回头看。"), now.Add(30*wholeDay)); err != nil {
			t.Fatal(err)
		}
		look := func(want int) {
			t.Helper()
			rows, err := inspection.Orders(ctx, a.DB, inspection.OrderFilter{Look: a.Clock.Now()}, 10)
			if err != nil || len(rows) != want {
				t.Errorf("%d orders to look at, want %d, %v", len(rows), want, err)
			}
		}
		look(0)
		if err := a.Watch.LookBack(ctx, explained(a, "supervisor01", id, "提前看一看。"), true, time.Time{}); !fault.Is(err, fault.Conflict) {
			t.Errorf("looked before the day: %v", err)
		}
		a.Clock.Add(30 * wholeDay)
		look(1)
		if err := a.Watch.LookBack(ctx, explained(a, "supervisor01", id, "又积压了五件。"), false, a.Clock.Now().Add(3*wholeDay)); err != nil {
			t.Fatal(err)
		}
		look(0)
		o, err := inspection.GetOrder(ctx, a.DB, id)
		if err != nil || o.State != inspection.OrderOpen || o.Round != 2 {
			t.Errorf("opened again: %+v %v", o, err)
		}
		acts, err := inspection.Acts(ctx, a.DB, a.Vault, o.Subject(), o.Object())
		if err != nil || len(acts) != 6 || acts[5].Words != "又积压了五件。" {
			t.Errorf("acts %+v %v", acts, err)
		}
		if rows, err := audit.History(ctx, a.DB, o.Object()); err != nil || len(rows) != 6 {
			t.Errorf("audit %d rows %v", len(rows), err)
		}
	})
}

func TestAnApplicantPressesOnceAndIsAnswered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		press := func(n int) (string, error) {
			s := a.Submit(a.Staff("clerk01"), fmt.Sprint("test.press", n))
			return a.Watch.Escalate(ctx, supervise.Pressing{Submit: s, Actor: "account:x", Case: id, Words: "店面等着装修。"})
		}
		if _, err := press(0); !fault.Is(err, fault.Conflict) {
			t.Errorf("pressed what is not late: %v", err)
		}
		a.Clock.Add(14 * wholeDay)
		var wg sync.WaitGroup
		ids := make([]string, 20)
		for n := range ids {
			wg.Go(func() {
				var err error
				if ids[n], err = press(n + 1); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if slices.Sort(ids); ids[0] == "" || ids[0] != ids[19] {
			t.Fatalf("several escalations: %v", ids)
		}
		if err := a.Watch.Reply(ctx, explained(a, "police-review-a", ids[0], "我们来答复。")); !fault.Is(err, fault.NotFound) {
			t.Errorf("another organ answered: %v", err)
		}
		if err := a.Watch.Reply(ctx, explained(a, "supervisor01", ids[0], "监督人员答复。")); !fault.Is(err, fault.NotFound) {
			t.Errorf("a supervisor answered: %v", err)
		}
		if err := a.Watch.Reply(ctx, explained(a, "build-decide", ids[0], "周五以前作出决定。")); err != nil {
			t.Fatal(err)
		}
		if err := a.Watch.Reply(ctx, explained(a, "build-decide", ids[0], "再答复一次。")); !fault.Is(err, fault.Conflict) {
			t.Errorf("answered twice: %v", err)
		}
		a.Settle()
		late, err := a.Cases.LateOf(ctx, id)
		if err != nil || !late.Now || late.Open() || len(late.Pressed) != 1 || late.Pressed[0].Reply.Words != "周五以前作出决定。" {
			t.Errorf("the applicant is told %+v %v", late, err)
		}
		c, err := casefile.Get(ctx, a.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		told, _, err := notice.Of(ctx, a.DB, []ref.PartyID{c.Party}, "", notice.After{})
		if err != nil || !slices.ContainsFunc(told, func(n notice.Notice) bool { return n.Kind == notice.Replied }) {
			t.Errorf("notices %+v %v", told, err)
		}
		same(t, "facts", factKinds(t, a, id), "escalated", "replied")
		if again, err := press(40); err != nil || again == ids[0] {
			t.Errorf("pressing after the answer: %s %v", again, err)
		}
	})
}

// TestTheApplicantSeesThatItIsLateAndPresses goes through the pages: the person's own, and that of who gave number and code.
func TestTheApplicantSeesThatItIsLateAndPresses(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	id := a.Accept("clerk01", "cc-individual-business", "person-001")
	own, stranger := a.Visitor("person-001"), a.Visitor("person-002")
	ask := func(r *http.Request, cookies ...*http.Cookie) *httptest.ResponseRecorder {
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	form := func(path string, pairs ...string) *http.Request {
		v := url.Values{"key": {page.NewKey()}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	}
	at := "/me/case/" + string(id)
	if w := ask(httptest.NewRequest("GET", at, nil), a.VisitCookie(own)); w.Code != 200 || strings.Contains(w.Body.String(), "超过了办理时间") {
		t.Errorf("in time: %d", w.Code)
	}
	a.Clock.Add(14 * wholeDay)
	inspect(t, a)
	sees := func(what string, w *httptest.ResponseRecorder, status int, parts ...string) {
		t.Helper()
		if w.Code != status {
			t.Errorf("%s: %d", what, w.Code)
		}
		for _, p := range parts {
			if !strings.Contains(w.Body.String(), p) {
				t.Errorf("%s: no %q", what, p)
			}
		}
		if strings.Contains(w.Body.String(), "[watch.") {
			t.Errorf("%s: a sentence is missing", what)
		}
	}
	sees("late", ask(httptest.NewRequest("GET", at, nil), a.VisitCookie(own)), 200, "超过了办理时间", "部门应当在", at+"/escalate")
	if w := ask(form(at+"/escalate", "words", "着急"), a.VisitCookie(stranger)); w.Code != 404 {
		t.Errorf("a stranger pressed: %d", w.Code)
	}
	sees("too long", ask(form(at+"/escalate", "words", strings.Repeat("急", 1001)), a.VisitCookie(own)), 422, "急急急")
	sees("pressed", ask(form(at+"/escalate", "words", "店里等着开张。"), a.VisitCookie(own)), 303)
	e, err := inspection.OpenEscalation(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	seen := ask(httptest.NewRequest("GET", at, nil), a.VisitCookie(own))
	sees("waiting", seen, 200, "你在", "以前答复你", "你催办了这件事")
	if strings.Contains(seen.Body.String(), at+"/escalate") {
		t.Error("it can be pressed again while one waits")
	}
	if err := a.Watch.Reply(ctx, explained(a, "market-decide", e.ID, "明天上午发照，已经安排专人办理。")); err != nil {
		t.Fatal(err)
	}
	c, err := casefile.Get(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	asked := ask(form("/progress", "number", string(c.Number), "code", a.QueryCode(id)))
	sees("by number and code", asked, 303)
	known := asked.Result().Cookies()
	sees("answered", ask(httptest.NewRequest("GET", "/progress/case", nil), known...), 200, "明天上午发照，已经安排专人办理。", "/progress/escalate")
	sees("pressed again", ask(form("/progress/escalate"), known...), 303)
	sees("without a case", ask(form("/progress/escalate")), 303)
	if again, err := inspection.OpenEscalation(ctx, a.DB, id); err != nil || again.ID == e.ID {
		t.Errorf("%+v %v", again, err)
	}
}

func TestRulesAreKeptInEditions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		e, err := inspection.Current(ctx, a.DB)
		if err != nil || e.Version != 1 {
			t.Fatal(e.Version, err)
		}
		book, err := e.Book()
		if err != nil || len(book.Rules) < 8 {
			t.Fatal(len(book.Rules), err)
		}
		keep := func(account string, read int64, b inspection.Book) error {
			by := a.Staff(account)
			return a.Watch.KeepRules(ctx, supervise.Keeping{Submit: a.Submit(by, "test.keep"), By: by, Read: read, Book: b})
		}
		for i := range book.Rules {
			if book.Rules[i].ID == "link" {
				book.Rules[i].Yellow, book.Rules[i].Days = 0, 0
			}
		}
		if err := keep("build-decide", 1, book); !fault.Is(err, fault.Denied) {
			t.Errorf("an approver kept rules: %v", err)
		}
		if err := keep("supervisor01", 1, book); err != nil {
			t.Fatal(err)
		}
		if err := keep("supervisor02", 1, book); !fault.Is(err, fault.Conflict) {
			t.Errorf("a change of an older edition: %v", err)
		}
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		a.Clock.Add(4 * wholeDay)
		inspect(t, a)
		got, _ := cardsOf(t, a, id)
		same(t, "without warnings, red at once", got, "link red owed cc-land", "link red owed cc-police")
		if c := findCard(t, a, id, "link", inspection.Red, "cc-land"); c.Edition != 2 {
			t.Errorf("edition %d", c.Edition)
		}
	})
}

func TestAFigureOfTheWallIsItsList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for n := range 4 {
			a.Accept("clerk01", []string{"cc-road-dig", "cc-hygiene"}[n%2], fmt.Sprintf("company-0%d", n+1))
			a.Clock.Add(4 * wholeDay)
		}
		wall, err := a.Walls.Wall(ctx)
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, state := range board.States() {
			for _, by := range board.Sides() {
				groups, _ := wall.Groups(board.Filter{}, by)
				for _, g := range groups {
					f := board.Filter{State: state}
					switch by {
					case board.ByOrgan:
						f.Organ = ref.OrganID(g.ID)
					case board.ByItem:
						f.Item, f.Organ = ref.ItemID(g.ID), g.Organ
					case board.ByTown:
						f.Town = ref.DivisionCode(g.ID)
					}
					n := 0
					err := a.Walls.Each(ctx, f, wall.At, func(r board.Row) error {
						if n++; r.State != state {
							t.Errorf("%s among %s", r.State, state)
						}
						return nil
					})
					if err != nil || int64(n) != g.Of(state) {
						t.Errorf("%s of %s: %d listed, %d counted, %v", state, g.ID, n, g.Of(state), err)
					}
					total += n
				}
			}
		}
		if total != 3*4 {
			t.Errorf("%d over three sides", total)
		}
	})
}

func TestSilenceThatAcceptsGetsACard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-hygiene", "company-02")
		a.Clock.Add(8 * wholeDay) // the five working days are over
		a.Settle()
		inspect(t, a)
		got, cards := cardsOf(t, a, id)
		if !slices.Contains(got, "deemed yellow owed cc-health") {
			t.Errorf("%q", got)
		}
		for _, c := range cards {
			if c.Rule == "deemed" && (c.Trigger != inspection.NotAccepted || c.Cause != inspection.ByRecord) {
				t.Errorf("%+v", c)
			}
		}
	})
}
