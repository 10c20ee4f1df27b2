package app_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/notice"
	"yimen/domain/seal"
	"yimen/foundation/fault"
	"yimen/process/inform"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
)

// forwarded takes a case of subsistence to the higher organ, which has to decide.
func forwarded(a *apptest.App) ref.CaseID {
	id := a.Accept("clerk01", "cc-subsistence", "person-002")
	a.Decide(a.Decision("zumiao-accept", a.Task(id, approval.Accept, ""), approval.Take))
	d := a.Decision("zumiao-review-a", a.Task(id, approval.Forward, ""), approval.Agree)
	d.Second = a.Staff("zumiao-review-b").ID
	a.Decide(d)
	return id
}

// What a lower organ sends up reaches the higher one whole; that one is not asked before acceptance and asks for nothing.
func TestTheHigherOrganGetsTheBranchAndAsksForNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := forwarded(a)
		civil := a.Staff("civil-decide")
		all, err := approval.ByCase(ctx, a.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			if x.Organ == civil.Organ && x.Kind != approval.Decide {
				t.Error("the higher organ was asked for", x.Kind)
			}
		}
		p, err := a.Cases.Of(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		whole := len(p.Tasks)
		p.Through(civil.Organ)
		if len(p.Tasks) != whole || len(p.Materials) == 0 || len(p.Answers) == 0 || p.Tasks[1].Note == "" {
			t.Errorf("%d of %d tasks, %d materials, %d answers", len(p.Tasks), whole, len(p.Materials), len(p.Answers))
		}
		say := func(account string) error {
			s := a.Staff(account)
			_, err := a.Post.Say(ctx, inform.Saying{Submit: a.Submit(s, "test.say"), Case: id, Body: "请再交一份收入证明。", By: s})
			return err
		}
		if err := say("civil-decide"); !fault.Is(err, fault.Denied) || fault.As(err).Key != "forward.asks_again" {
			t.Error("the higher organ asked the applicant:", err)
		}
		if err := say("zumiao-review-a"); err != nil {
			t.Error("the lower organ may write:", err)
		}
		d := a.Decision("civil-decide", a.Task(id, approval.Decide, ""), approval.Grant)
		d.Outcome = approval.Points
		if err := a.Board.Decide(ctx, d); !fault.Is(err, fault.Invalid) {
			t.Error("the higher organ raised points:", err)
		}
		asks := review.Motion{Submit: a.Submit(civil, "test.move"), By: civil, Case: id, Kind: approval.Ask, Reason: "收入情况还要核实。", Points: "收入证明"}
		if _, err := a.Board.Move(ctx, asks); !fault.Is(err, fault.Denied) || fault.As(err).Key != "forward.asks_again" {
			t.Error("the higher organ asked for more during review:", err)
		}
		a.Decide(a.Decision("civil-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		stage(t, a, id, casefile.Closed)
	})
}

// Of the branches beside its own a higher organ sees no task, no fact, no stop and no message.
func TestTheHigherOrganSeesNothingOfParallelBranches(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		for _, account := range []string{"police-review-a", "land-review-a"} {
			a.Decide(a.Decision(account, taskOf(t, a, id, approval.Opinion, account), approval.Agree))
		}
		p, err := a.Cases.Of(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		// the same plan, in which the police has the matter from the works bureau and not from the applicant
		doc, err := p.Doc.Copy()
		if err != nil {
			t.Fatal(err)
		}
		doc.Plan.Steps[0].Kind, doc.Plan.Steps[1].After = approval.Forward, []string{doc.Plan.Steps[0].ID}
		p.Doc, p.Picture.Item = doc, doc
		police, land := a.Staff("police-review-a").Organ, a.Staff("land-review-a").Organ
		planning := taskOfStep(p, "planning")
		other := append([]casepage.Message{}, casepage.Message{}, casepage.Message{})
		other[0].Note.Organ, other[1].Note.Organ = land, police
		p.Through(police)
		for _, x := range p.Tasks {
			if x.Organ == land {
				t.Error("it sees", x.Kind, "of a parallel branch")
			}
		}
		for _, e := range p.History {
			if e.Task == planning {
				t.Error("it sees a fact of a parallel branch:", e.Kind)
			}
		}
		if p.Picture.At["planning"] != "" || p.Picture.At["traffic"] == "" || len(p.Picture.Item.Plan.Steps) != 2 {
			t.Error("its picture:", p.Picture.At)
		}
		if heard := p.Heard(other); len(heard) != 1 || heard[0].Note.Organ != police {
			t.Error("it reads", len(heard), "messages")
		}
	})
}

func taskOfStep(p *casepage.Page, step string) ref.TaskID {
	for _, x := range p.Tasks {
		if x.Task.Step == step {
			return x.ID
		}
	}
	return ""
}

// gasUntilExperts takes a gas case to its expert panel.
func gasUntilExperts(a *apptest.App) approval.Task {
	id := a.Accept("clerk01", "cc-gas", "company-02")
	_ = a.Board.Appoint(ctx, appointing(a, id, "urban-review-a", time.Hour)) // that it may is tested below
	a.Clock.Add(time.Hour)
	for _, organ := range []string{"urban", "market"} {
		a.Decide(findings(a, id, organ))
	}
	return a.Task(id, approval.Experts, "")
}

func appointing(a *apptest.App, id ref.CaseID, by string, in time.Duration) review.Appointing {
	s := a.Staff(by)
	return review.Appointing{Submit: a.Submit(s, "test.appoint"), By: s, Task: a.Task(id, approval.Visit, "visit").ID, Meets: a.Clock.Now().Add(in), Place: "场站大门"}
}

// findings are what two officers of an organ write after a visit.
func findings(a *apptest.App, id ref.CaseID, organ string) review.Decision {
	step := map[string]string{"urban": "visit", "market": "market"}[organ]
	d := a.Decision(organ+"-review-a", a.Task(id, approval.Visit, step), approval.Agree)
	d.Second = a.Staff(organ + "-review-b").ID
	return d
}

// Officers of several organs go to the site at one appointment, of which the applicant is told; each organ writes what two of them found.
func TestOrgansGoToTheSiteTogether(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-gas", "company-02")
		if err := a.Board.Decide(ctx, findings(a, id, "market")); !fault.Is(err, fault.Conflict) || fault.As(err).Key != "site.no_appointment" {
			t.Error("findings without an appointment:", err)
		}
		market := appointing(a, id, "market-review-a", time.Hour)
		market.Task = a.Task(id, approval.Visit, "market").ID
		if err := a.Board.Appoint(ctx, market); !fault.Is(err, fault.Denied) {
			t.Error("the other organ made the appointment:", err)
		}
		for _, by := range []string{"clerk01", "supervisor01", "market-review-a", "urban-decide"} {
			if err := a.Board.Appoint(ctx, appointing(a, id, by, time.Hour)); !fault.Is(err, fault.Denied) {
				t.Errorf("%s made the appointment: %v", by, err)
			}
		}
		if err := a.Board.Appoint(ctx, appointing(a, id, "urban-review-a", -time.Hour)); !fault.Is(err, fault.Invalid) {
			t.Error("an appointment in the past:", err)
		}
		for _, in := range []time.Duration{time.Hour, 2 * time.Hour} { // and moved
			if err := a.Board.Appoint(ctx, appointing(a, id, "urban-review-a", in)); err != nil {
				t.Fatal(err)
			}
		}
		a.Settle()
		pr, err := a.Cases.ProgressOf(ctx, id)
		if err != nil || len(pr.Meetings) != 1 || !pr.Meetings[0].Meets.Equal(a.Clock.Now().Add(2*time.Hour)) {
			t.Fatalf("the applicant sees %+v, %v", pr.Meetings, err)
		}
		c, err := casefile.Get(ctx, a.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		told, _, err := notice.Of(ctx, a.DB, []ref.PartyID{c.Party}, "", notice.After{})
		if err != nil || len(told) < 2 || told[0].Kind != notice.Visit {
			t.Errorf("told: %+v, %v", told, err)
		}
		a.Clock.Add(time.Hour)
		if err := a.Board.Decide(ctx, findings(a, id, "market")); !fault.Is(err, fault.Conflict) || fault.As(err).Key != "site.not_yet" {
			t.Error("findings before the visit:", err)
		}
		a.Clock.Add(time.Hour)
		alone := findings(a, id, "market")
		alone.Second, alone.Note = "", ""
		err = a.Board.Decide(ctx, alone)
		if !fault.Is(err, fault.Invalid) || len(fault.Fields(err)) != 2 {
			t.Error("one officer alone, without a record:", err)
		}
		pictures(t, a, id)
		a.Decide(findings(a, id, "market"))
		if err := a.Board.Appoint(ctx, appointing(a, id, "urban-review-a", time.Hour)); !fault.Is(err, fault.Conflict) {
			t.Error("moved after findings were written:", err)
		}
		a.Decide(findings(a, id, "urban"))
		a.Task(id, approval.Experts, "")
	})
}

// pictures adds one from the site, and no paper of somebody else.
func pictures(t *testing.T, a *apptest.App, id ref.CaseID) {
	t.Helper()
	c, err := casefile.Get(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	add := func(party ref.PartyID, by string) error {
		for _, ids := range a.Papers(party, apptest.Item(a, "cc-gas")) {
			s := a.Staff(by)
			return a.Board.Photograph(ctx, review.Photos{Submit: a.Submit(s, "test.photo"), By: s, Task: a.Task(id, approval.Visit, "visit").ID, Materials: ids[:1]})
		}
		return nil
	}
	if err := add(c.Party, "urban-review-a"); err != nil {
		t.Fatal(err)
	}
	if err := add(a.Person("person-001").ID, "urban-review-a"); !fault.Is(err, fault.NotFound) {
		t.Error("somebody else's paper:", err)
	}
	if err := add(c.Party, "market-review-a"); !fault.Is(err, fault.Denied) {
		t.Error("another organ's picture:", err)
	}
	p, err := a.Cases.Of(ctx, id)
	n := 0
	for _, m := range p.Materials {
		if step, of := casepage.StepPaper(m.Spec.ID); of && step == "visit" {
			n++
		}
	}
	if err != nil || n != 1 {
		t.Errorf("%d pictures in the record, %v", n, err)
	}
}

func convening(a *apptest.App, x approval.Task, by string, members ...string) review.Convening {
	s := a.Staff(by)
	c := review.Convening{Submit: a.Submit(s, "test.convene"), By: s, Task: x.ID, Meets: a.Clock.Now().Add(time.Hour), Place: "三楼会议室"}
	for _, m := range members {
		c.Members = append(c.Members, a.Staff(m).ID)
	}
	c.Chair = c.Members[0]
	return c
}

func ballot(a *apptest.App, x approval.Task, by, choice string) review.Ballot {
	s := a.Staff(by)
	return review.Ballot{Submit: a.Submit(s, "test.vote"), By: s, Task: x.ID, Choice: choice, Reason: "资料齐全，条件具备。"}
}

func closing(a *apptest.App, x approval.Task, by string) review.Closing {
	s := a.Staff(by)
	return review.Closing{Submit: a.Submit(s, "test.close"), By: s, Task: x.ID, Minutes: "四人到会三人，讨论后同意。"}
}

func TestAPanelOfOneOrganVotesAndItsChairEndsIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		x := gasUntilExperts(a)
		body := []string{"urban-decide", "urban-review-a", "urban-review-b", "urban-decide-b"}
		if err := a.Board.Decide(ctx, a.Decision("urban-review-a", x, approval.Agree)); !fault.Is(err, fault.Conflict) {
			t.Error("one person ended a panel:", err)
		}
		for why, c := range map[string]review.Convening{
			"another organ's member": convening(a, x, "urban-review-a", "urban-decide", "urban-review-a", "market-review-a"),
			"too few":                convening(a, x, "urban-review-a", "urban-decide", "urban-review-a"),
			"one twice":              convening(a, x, "urban-review-a", "urban-decide", "urban-review-a", "urban-review-a"),
		} {
			if err := a.Board.Convene(ctx, c); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", why, err)
			}
		}
		for _, by := range []string{"market-review-a", "urban-decide", "clerk01", "supervisor01"} {
			if err := a.Board.Convene(ctx, convening(a, x, by, body...)); !fault.Is(err, fault.Denied) {
				t.Errorf("%s convened it: %v", by, err)
			}
		}
		if err := a.Board.Convene(ctx, convening(a, x, "urban-review-a", body...)); err != nil {
			t.Fatal(err)
		}
		if err := a.Board.Convene(ctx, convening(a, x, "urban-review-b", body...)); !fault.Is(err, fault.Conflict) {
			t.Error("convened twice:", err)
		}
		stands := func() bool {
			ci, err := casefile.GetItem(ctx, a.DB, x.CaseItem)
			if err != nil {
				t.Fatal(err)
			}
			return !ci.PausedAt.IsZero()
		}
		a.Settle()
		if !stands() || documents(t, a, x.Case)[seal.Special].ID == "" {
			t.Error("the time of an expert review is not counted, and the applicant is told")
		}
		for _, by := range []string{"market-review-a", "clerk01", "supervisor01"} {
			if err := a.Board.Vote(ctx, ballot(a, x, by, approval.Agree)); !fault.Is(err, fault.Denied) {
				t.Errorf("%s voted: %v", by, err)
			}
		}
		silent := ballot(a, x, "urban-review-a", approval.Agree)
		silent.Reason = ""
		if err := a.Board.Vote(ctx, silent); !fault.Is(err, fault.Invalid) {
			t.Error("a vote without a reason:", err)
		}
		for by, choice := range map[string]string{"urban-review-a": approval.Agree, "urban-review-b": approval.Disagree} {
			if err := a.Board.Vote(ctx, ballot(a, x, by, choice)); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Board.Vote(ctx, ballot(a, x, "urban-review-a", approval.Disagree)); !fault.Is(err, fault.Conflict) {
			t.Error("voted twice:", err)
		}
		if err := a.Board.Close(ctx, closing(a, x, "urban-decide")); !fault.Is(err, fault.Conflict) {
			t.Error("two of three were enough:", err)
		}
		if err := a.Board.Vote(ctx, ballot(a, x, "urban-decide", approval.Agree)); err != nil {
			t.Fatal(err)
		}
		if err := a.Board.Close(ctx, closing(a, x, "urban-review-a")); !fault.Is(err, fault.Denied) {
			t.Error("not the chair, and ended it:", err)
		}
		if err := a.Board.Close(ctx, closing(a, x, "urban-decide")); err != nil {
			t.Fatal(err)
		}
		if err := a.Board.Vote(ctx, ballot(a, x, "urban-decide-b", approval.Agree)); !fault.Is(err, fault.Conflict) {
			t.Error("voted after the end:", err)
		}
		if stands() {
			t.Error("the clock stands after the panel has ended")
		}
		p, err := a.Cases.Of(ctx, x.Case)
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range p.Tasks {
			if y.ID == x.ID && (y.Outcome != approval.Agree || y.Panel.Voted() != 3 || !strings.Contains(y.Note, "三人")) {
				t.Errorf("%s, %d voted, %q", y.Outcome, y.Panel.Voted(), y.Note)
			}
		}
		a.Decide(a.Decision("urban-decide-b", a.Task(x.Case, approval.Decide, ""), approval.Grant))
		stage(t, a, x.Case, casefile.Closed)
	})
}

// Fifty try to end a panel at once while its last member votes: it ends once, and one decision opens.
func TestConcurrentClosingJoinsAPanelOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		x := gasUntilExperts(a)
		if err := a.Board.Convene(ctx, convening(a, x, "urban-review-a", "urban-decide", "urban-review-a", "urban-review-b")); err != nil {
			t.Fatal(err)
		}
		for _, by := range []string{"urban-review-a", "urban-review-b"} {
			if err := a.Board.Vote(ctx, ballot(a, x, by, approval.Agree)); err != nil {
				t.Fatal(err)
			}
		}
		last := ballot(a, x, "urban-decide", approval.Agree)
		tries := make([]review.Closing, 50)
		for i := range tries {
			tries[i] = closing(a, x, "urban-decide")
		}
		var wait sync.WaitGroup
		results := make([]error, len(tries))
		wait.Go(func() {
			if err := a.Board.Vote(ctx, last); err != nil {
				t.Error(err)
			}
		})
		for i := range tries {
			wait.Go(func() { results[i] = a.Board.Close(ctx, tries[i]) })
		}
		wait.Wait()
		ended := 0
		for _, err := range results {
			if err == nil {
				ended++
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		}
		if ended == 0 { // all came before the last vote
			if err := a.Board.Close(ctx, closing(a, x, "urban-decide")); err != nil {
				t.Fatal(err)
			}
			ended++
		}
		a.Settle()
		all, err := approval.ByCase(ctx, a.DB, x.Case)
		decisions := 0
		for _, y := range all {
			if y.Kind == approval.Decide {
				decisions++
			}
		}
		if err != nil || ended != 1 || decisions != 1 {
			t.Errorf("ended %d times, %d decisions, %v", ended, decisions, err)
		}
	})
}
