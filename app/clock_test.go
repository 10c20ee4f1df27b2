package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/connector/simulator/pay"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/clock"
	"yimen/domain/identity"
	"yimen/domain/notice"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/process/review"
	"yimen/process/standards"
	"yimen/ref"
)

// moved asks an organ's head for something.
func moved(a *apptest.App, account string, id ref.CaseID, change func(*review.Motion)) (string, error) {
	by := a.Staff(account)
	q := review.Motion{Submit: a.Submit(by, "test.move"), By: by, Case: id, Reason: "沿线居民提出异议，情况复杂。"}
	change(&q)
	return a.Board.Move(ctx, q)
}

func ruled(a *apptest.App, account, motion, do string) error {
	by := a.Staff(account)
	return a.Board.Rule(ctx, review.Ruling{Submit: a.Submit(by, "test.rule"), By: by, Motion: motion, Do: do, Note: "理由不足，请补充说明。"})
}

// part is the one item of a case.
func part(t *testing.T, a *apptest.App, id ref.CaseID) casefile.Item {
	t.Helper()
	items, err := casefile.Items(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	return items[0]
}

// letter is what a sealed paper of a case says; "" when there is none.
func letter(t *testing.T, a *apptest.App, id ref.CaseID, kind string) (out string) {
	t.Helper()
	docs, err := seal.ByCase(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		if d.Kind == kind {
			_, file, err := a.Press.Fetch(ctx, d.ID)
			if err != nil {
				t.Fatal(err)
			}
			out += letterText(t, file)
		}
	}
	return out
}

func day(t time.Time) string { return calendar.DateOf(t).String() }

func says(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, w := range wants {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in %q", w, text)
		}
	}
}

// A hearing stops the clock by a written notice; when it is over, the case and its open tasks are due so much later.
func TestASpecialProcedureStopsTheClock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		before, task := part(t, a, id), a.Task(id, approval.Review, "")
		pause := func(q *review.Motion) { q.Kind, q.Special, q.N = approval.Pause, "hearing", 10 }
		_, err := moved(a, "build-review-a", id, func(q *review.Motion) { pause(q); q.Special = "experts" })
		refuses(t, err, fault.Invalid)
		_, err = moved(a, "build-review-a", id, func(q *review.Motion) { pause(q); q.N = 21 })
		refuses(t, err, fault.Invalid)
		_, err = moved(a, "market-review-a", id, pause)
		refuses(t, err, fault.Denied)
		motion, err := moved(a, "build-review-a", id, pause)
		if err != nil {
			t.Fatal(err)
		}
		_, err = moved(a, "build-review-b", id, pause)
		refuses(t, err, fault.Conflict)
		refuses(t, ruled(a, "build-decide-b", motion, review.Confirm), fault.Denied) // decides, but is not the head
		refuses(t, ruled(a, "market-decide", motion, review.Confirm), fault.Denied)
		if !part(t, a, id).PausedAt.IsZero() {
			t.Fatal("asking stopped the clock")
		}
		if err := ruled(a, "build-decide", motion, review.Confirm); err != nil {
			t.Fatal(err)
		}
		refuses(t, ruled(a, "build-decide", motion, review.Confirm), fault.Conflict)
		a.Settle()
		says(t, letter(t, a, id, seal.Special), "听证", "10个工作日", "不计入办理期限", "第四十七条")
		a.Clock.Add(7 * 24 * time.Hour) // five working days
		by := a.Staff("build-review-b")
		if err := a.Board.EndPause(ctx, review.Resumption{Submit: a.Submit(by, "test.resume"), By: by, Case: id}); err != nil {
			t.Fatal(err)
		}
		refuses(t, a.Board.EndPause(ctx, review.Resumption{Submit: a.Submit(by, "test.resume"), By: by, Case: id}), fault.Conflict)
		after := part(t, a, id)
		want, _ := calendar.Default().AddWorkdays(calendar.DateOf(before.Due), 5)
		if day(after.Due) != want.String() || !after.PausedAt.IsZero() || !after.LegalDue.After(before.LegalDue) {
			t.Errorf("due %s became %s, want %s", day(before.Due), day(after.Due), want)
		}
		if now, err := approval.Get(ctx, a.DB, task.ID); err != nil || !now.Due.After(task.Due) {
			t.Errorf("the task is due %s and was %s, %v", day(now.Due), day(task.Due), err)
		}
		_, proofs, err := a.Cases.Proofs(ctx, id)
		if err != nil || len(proofs) != 2 || proofs[0].Clock.Day != want || !hasStep(proofs[0].Steps, clock.StepPaused) {
			t.Errorf("%+v, %v", proofs, err)
		}
	})
}

func hasStep(steps []clock.Step, kind clock.StepKind) bool {
	for _, s := range steps {
		if s.Kind == kind {
			return true
		}
	}
	return false
}

func refuses(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%v, want %v", err, kind)
	}
}

// Time is added once, by the head alone, and the applicant is told why.
func TestTimeIsExtendedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		before := part(t, a, id)
		more := func(q *review.Motion) { q.Kind, q.N = approval.Extend, 15 }
		_, err := moved(a, "build-review-a", id, func(q *review.Motion) { more(q); q.N = 16 })
		refuses(t, err, fault.Invalid)
		own, err := moved(a, "build-decide", id, more)
		if err != nil {
			t.Fatal(err)
		}
		refuses(t, ruled(a, "build-decide", own, review.Confirm), fault.Denied) // nobody answers their own
		if err := ruled(a, "build-decide", own, review.Withdraw); err != nil {
			t.Fatal(err)
		}
		motion, err := moved(a, "build-review-a", id, more)
		if err != nil {
			t.Fatal(err)
		}
		if err := ruled(a, "build-decide", motion, review.Confirm); err != nil {
			t.Fatal(err)
		}
		_, err = moved(a, "build-review-a", id, more)
		refuses(t, err, fault.Conflict)
		a.Settle()
		after := part(t, a, id)
		want, _ := calendar.Default().AddWorkdays(calendar.DateOf(before.LegalDue), 15)
		if day(after.LegalDue) != want.String() || !after.Due.After(before.Due) {
			t.Errorf("legal %s became %s, want %s", day(before.LegalDue), day(after.LegalDue), want)
		}
		says(t, letter(t, a, id, seal.Extension), "延长15个工作日", "沿线居民提出异议", "负责人批准")
		if id := a.Accept("clerk01", "cc-individual-business", "person-001"); id != "" {
			_, err = moved(a, "market-decide-b", id, more)
			refuses(t, err, fault.Conflict) // done at once: nothing to extend
		}
	})
}

// Past five working days a permit counts as accepted on the day of receipt; what is no permit does not.
func TestSilenceAcceptsAPermit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := a.Visitor("person-001")
		id := a.Apply(&apptest.Phone{Me: me}, "cc-teacher", me.Person)
		other := a.Apply(&apptest.Phone{Me: me}, "cc-subsistence", me.Person)
		a.Clock.Add(5 * 24 * time.Hour)
		a.Settle()
		c, err := casefile.Get(ctx, a.DB, id)
		if err != nil || c.Stage != casefile.Received {
			t.Fatalf("%s, %v", c.Stage, err)
		}
		a.Clock.Add(4 * 24 * time.Hour)
		a.Settle()
		ci := part(t, a, id)
		if ci.Stage != casefile.Accepted || !ci.AcceptedAt.Equal(c.ReceivedAt) || ci.Clock != casefile.DecideClock {
			t.Fatalf("%+v", ci)
		}
		says(t, letter(t, a, id, seal.Acceptance), "自收到材料的", "第三十二条")
		a.Task(id, approval.Review, "")
		if ci := part(t, a, other); ci.Stage != casefile.Received {
			t.Errorf("no permit, and yet %s", ci.Stage)
		}
	})
}

// What is not brought in time is ended by a person, with reasons and remedy, or waited for.
func TestWhatIsNotBroughtEndsTheMatter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := a.Visitor("person-001")
		id := a.Apply(&apptest.Phone{Me: me}, "cc-teacher", me.Person)
		a.Settle()
		all, err := approval.ByCase(ctx, a.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			a.Decide(a.Decision("edu-accept", x, approval.Points))
		}
		a.Settle()
		says(t, letter(t, a, id, seal.Correction), "以前补正")
		a.Clock.Add(33 * 24 * time.Hour)
		a.Settle()
		task := a.Task(id, approval.End, "")
		d := a.Decision("edu-accept", task, approval.Terminate)
		d.Note = ""
		refuses(t, a.Board.Decide(ctx, d), fault.Invalid)
		a.Decide(a.Decision("edu-accept", task, approval.Wait))
		a.Clock.Add(33 * 24 * time.Hour)
		a.Settle()
		a.Decide(a.Decision("edu-accept", a.Task(id, approval.End, ""), approval.Terminate))
		a.Settle()
		if ci := part(t, a, id); ci.Stage != casefile.Terminated || ci.Clock != casefile.NoClock || ci.EndedAt.IsZero() {
			t.Errorf("%+v", ci)
		}
		says(t, letter(t, a, id, seal.Termination), "终止办理", "没有交来", "行政复议")
	})
}

// An application is taken back by its applicant alone, and only before it is decided.
func TestAnApplicantWithdraws(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me, stranger := a.Visitor("person-001"), a.Visitor("person-002")
		id := a.Apply(&apptest.Phone{Me: me}, "cc-teacher", me.Person)
		a.Settle()
		withdraw := func(me identity.Me) error {
			w := intake.Withdrawal{Case: id, Me: me}
			w.Submit = a.Submit(a.Staff("clerk01"), "test.withdraw")
			return a.Desk.Withdraw(ctx, w)
		}
		refuses(t, withdraw(stranger), fault.NotFound)
		if err := withdraw(me); err != nil {
			t.Fatal(err)
		}
		refuses(t, withdraw(me), fault.Conflict)
		a.Settle()
		says(t, letter(t, a, id, seal.Withdrawal), "撤回", "可以重新申请")
		all, err := approval.ByCase(ctx, a.DB, id)
		for _, x := range all {
			if x.State == approval.Open {
				t.Errorf("%s is still open, %v", x.Step, err)
			}
		}
	})
}

// More is asked for during review only through the head; the clock runs on, and the answer ends the asking.
func TestAskingDuringReview(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		before := part(t, a, id)
		clerk := a.Staff("clerk01")
		supply := func() error {
			return a.Desk.Supply(ctx, intake.Supply{Submit: a.Submit(clerk, "test.supply"), Clerk: clerk, Case: id, Note: "已经补充管线图。"})
		}
		refuses(t, supply(), fault.Conflict)
		motion, err := moved(a, "build-review-a", id, func(q *review.Motion) {
			q.Kind, q.Points = approval.Ask, "补充地下管线图\n说明夜间施工时间"
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := ruled(a, "build-decide", motion, review.Confirm); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		says(t, letter(t, a, id, seal.ReviewCorrection), "补充地下管线图", "说明夜间施工时间", "期限照常计算")
		pr, err := a.Cases.ProgressOf(ctx, id)
		if err != nil || !pr.Asked || len(pr.Points) != 2 {
			t.Fatalf("%+v, %v", pr, err)
		}
		if err := supply(); err != nil {
			t.Fatal(err)
		}
		refuses(t, supply(), fault.Conflict)
		if ci := part(t, a, id); !ci.Due.Equal(before.Due) || ci.Stage != casefile.Accepted {
			t.Errorf("%+v", ci)
		}
	})
}

// Who is not competent says who is.
func TestDecliningNamesTheCompetentOrgan(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := a.Visitor("person-001")
		id := a.Apply(&apptest.Phone{Me: me}, "cc-teacher", me.Person)
		a.Settle()
		d := a.Decision("edu-accept", a.Task(id, approval.Accept, ""), approval.Decline)
		refuses(t, a.Board.Decide(ctx, d), fault.Invalid)
		d.Ground = review.NotCompetent
		refuses(t, a.Board.Decide(ctx, d), fault.Invalid)
		d.Right = "nobody"
		refuses(t, a.Board.Decide(ctx, d), fault.Invalid)
		d.Right = a.Staff("build-accept").Organ
		a.Decide(d)
		a.Settle()
		says(t, letter(t, a, id, seal.Declining), "不属于本机关职权范围", "第三十二条第一款第二项")
	})
}

// A day on which the town is closed moves every date that it lies before, of cases and of their open tasks, and their applicants are told.
func TestAChangedCalendarMovesOpenDates(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, at := a.Accept("clerk01", "cc-road-dig", "company-01"), a.Clock.Now()
		before, task := part(t, a, id), a.Task(id, approval.Review, "")
		admin := a.Staff("admin")
		do := func() standards.Doing { return standards.Doing{By: admin, Submit: a.Submit(admin, "test.calendar")} }
		closed := calendar.DateOf(at) + 2
		wrong := do()
		wrong.By = a.Staff("supervisor01")
		refuses(t, a.Library.EnterDay(ctx, wrong, closed.String(), false, "台风停办一天"), fault.Denied)
		refuses(t, a.Library.EnterDay(ctx, do(), closed.String(), false, "风"), fault.Invalid)
		if err := a.Library.EnterDay(ctx, do(), closed.String(), false, "台风停办一天"); err != nil {
			t.Fatal(err)
		}
		refuses(t, a.Library.EnterDay(ctx, do(), closed.String(), false, "台风停办一天"), fault.Conflict)
		a.Settle()
		want, _ := calendar.Default().AddWorkdays(calendar.DateOf(before.Due), 1)
		after := part(t, a, id)
		if day(after.Due) != want.String() || !after.LegalDue.After(before.LegalDue) {
			t.Errorf("due %s became %s, want %s", day(before.Due), day(after.Due), want)
		}
		if c, err := casefile.Get(ctx, a.DB, id); err != nil || !c.Due.Equal(after.Due) {
			t.Errorf("the case is due %s, %v", day(c.Due), err)
		}
		if now, err := approval.Get(ctx, a.DB, task.ID); err != nil || !now.Due.After(task.Due) {
			t.Errorf("the task is due %s and was %s, %v", day(now.Due), day(task.Due), err)
		}
		_, proofs, err := a.Cases.Proofs(ctx, id)
		if err != nil || proofs[0].Clock.Day != want || !hasStep(proofs[0].Steps, clock.StepClosed) {
			t.Errorf("%+v, %v", proofs, err)
		}
		c, _ := casefile.Get(ctx, a.DB, id)
		told, _, err := notice.Of(ctx, a.DB, []ref.PartyID{c.Party}, c.Account, notice.After{})
		if n := len(told); err != nil || n == 0 || !slices.ContainsFunc(told, func(n notice.Notice) bool { return n.Kind == notice.Retimed }) {
			t.Errorf("%+v, %v", told, err)
		}
		days, err := clock.Locals(ctx, a.DB)
		if err != nil || len(days) != 1 {
			t.Fatal(days, err)
		}
		if err := a.Library.LiftDay(ctx, do(), days[0].ID); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if back := part(t, a, id); !back.Due.Equal(before.Due) {
			t.Errorf("taken back, and yet due %s", day(back.Due))
		}
		refuses(t, a.Library.EnterYear(ctx, do(), []byte(`{"year": 2027}`)), fault.Invalid)
		if err := a.Library.EnterYear(ctx, do(), []byte(`{"year":2027,"version":1,"source":"演示通知","published":"2026-11-20","off":[{"name":"元旦","from":"2027-01-01","to":"2027-01-03"}],"work":[]}`)); err != nil {
			t.Fatal(err)
		}
		if cal, err := clock.Load(ctx, a.DB, calendar.Default()); err != nil || cal.Missing(calendar.On(2027, 1, 1), calendar.On(2027, 1, 5)) != 0 {
			t.Error("2027 is not known", err)
		}
	})
}

// A change of the calendar moves what is due after the decision too, and keeps what a clock had stood for: the time that was waited for
// a fee, and the day that a court set.
func TestAChangedCalendarKeepsWhatAClockStoodFor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Honest)
		moves(a, 7*24*time.Hour)
		pays(t, a, b)
		before := part(t, a, b.Case)
		admin := a.Staff("admin")
		do := standards.Doing{By: admin, Submit: a.Submit(admin, "test.calendar")}
		if err := a.Library.EnterDay(ctx, do, (calendar.DateOf(a.Clock.Now()) + 1).String(), false, "台风停办一天"); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		want, _ := calendar.Default().AddWorkdays(calendar.DateOf(before.Due), 1)
		if after := part(t, a, b.Case); day(after.Due) != want.String() {
			t.Errorf("due %s became %s, want %s", day(before.Due), day(after.Due), want)
		}
		_, proofs, err := a.Cases.Proofs(ctx, b.Case)
		if n := len(proofs); err != nil || proofs[n-1].Name != "deliver" || proofs[n-1].Clock.Day != want || !hasStep(proofs[n-1].Steps, clock.StepPaused) {
			t.Errorf("%+v, %v", proofs, err)
		}
	})
}
