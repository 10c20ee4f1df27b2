package standards_test

import (
	"slices"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/delegation"
	"yimen/domain/powerlist"
	"yimen/domain/seal"
	"yimen/foundation/fault"
	"yimen/process/standards"
	"yimen/ref"
)

// grant is one for the clerk of the first window, unless changed.
func grant(a *apptest.App, change func(*delegation.Grant)) delegation.Grant {
	g := delegation.Grant{Staff: a.Staff("clerk01").ID, Organ: string(a.Staff("build-decide").Organ), Item: "cc-road-dig", Kind: delegation.Accept, From: a.Clock.Now(), Basis: "授权〔2026〕1号"}
	change(&g)
	return g
}

func TestAGrantStaysWithinThePowerList(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		health := string(a.Staff("health-decide").Organ)
		rep, decide := a.Staff("market-rep-zumiao"), a.Staff("build-decide")
		civil := a.Staff("civil-decide")
		for _, c := range []struct {
			name   string
			change func(*delegation.Grant)
			want   []string
		}{
			{"acceptance that may be delegated", func(*delegation.Grant) {}, nil},
			{"acceptance that may not", func(g *delegation.Grant) { g.Organ, g.Item = health, "cc-hygiene" }, []string{"kind delegate.beyond.accept"}},
			{"for all items of an organ that keeps acceptance", func(g *delegation.Grant) { g.Organ, g.Item = health, "*" }, []string{"kind delegate.beyond.accept"}},
			{"taking in for all of them", func(g *delegation.Grant) { g.Organ, g.Item, g.Kind = health, "*", delegation.Receive }, nil},
			{"a clerk decides on the spot", func(g *delegation.Grant) { g.Kind = delegation.DecideOnSpot }, []string{"staff delegate.representative_only"}},
			{"another organ's representative", func(g *delegation.Grant) { g.Staff, g.Kind = rep.ID, delegation.DecideOnSpot }, []string{"staff delegate.representative_only"}},
			{"the organ's own representative", func(g *delegation.Grant) {
				g.Staff, g.Organ, g.Item, g.Kind = rep.ID, string(rep.Organ), "cc-individual-business", delegation.DecideOnSpot
			}, nil},
			{"a seal that the list keeps", func(g *delegation.Grant) {
				g.Staff, g.Organ, g.Item, g.Kind = civil.ID, string(civil.Organ), "cc-subsistence", delegation.UseSeal
			}, []string{"kind delegate.beyond.seal"}},
			{"its own officer accepts", func(g *delegation.Grant) {
				g.Staff, g.Organ, g.Item = a.Staff("health-decide").ID, health, "cc-hygiene"
			}, nil},
			{"a clerk seals", func(g *delegation.Grant) { g.Kind = delegation.UseSeal }, []string{"staff delegate.own_people_only"}},
			{"a clerk decides", func(g *delegation.Grant) { g.Kind = delegation.Decide }, []string{"staff delegate.own_people_only"}},
			{"its own officer decides", func(g *delegation.Grant) { g.Staff, g.Kind = decide.ID, delegation.Decide }, nil},
			{"another organ's item", func(g *delegation.Grant) { g.Item = "cc-hygiene" }, []string{"item delegate.not_their_item"}},
			{"no such item", func(g *delegation.Grant) { g.Item = "none" }, []string{"item form.choose"}},
			{"nobody", func(g *delegation.Grant) { g.Staff = "none" }, []string{"staff delegate.nobody"}},
			{"no basis, in the past", func(g *delegation.Grant) { g.Basis, g.From = "", a.Clock.Now().AddDate(0, 0, -1) }, []string{"basis form.empty", "from powers.past"}},
		} {
			_, err := a.Library.Grant(ctx, act(a, "standards01"), grant(a, c.change))
			if got := fields(err); !slices.Equal(got, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%s: %v %v", c.name, got, err)
			}
		}
	})
}

func TestWhoGrantsAndRevokes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for _, account := range []string{"keeper-health", "supervisor01", "admin", "clerk01", "build-decide"} {
			if _, err := a.Library.Grant(ctx, act(a, account), grant(a, func(*delegation.Grant) {})); !fault.Is(err, fault.Denied) {
				t.Errorf("%s grants: %v", account, err)
			}
		}
		clerk, now := a.Staff("clerk02"), a.Clock.Now()
		organ := a.Staff("build-decide").Organ
		id, err := a.Library.Grant(ctx, act(a, "keeper-build"), grant(a, func(g *delegation.Grant) { g.Staff, g.Kind = clerk.ID, delegation.Receive }))
		if err != nil {
			t.Fatal(err)
		}
		out := standards.Revocation{ID: id, On: "2026-03-05", Why: "调岗"}
		if err := a.Library.Revoke(ctx, act(a, "keeper-health"), out); !fault.Is(err, fault.Denied) {
			t.Errorf("another keeper revokes: %v", err)
		}
		twice := act(a, "keeper-build")
		for range 2 { // a second tap gets the first answer
			if err := a.Library.Revoke(ctx, twice, out); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Library.Revoke(ctx, act(a, "keeper-build"), out); !fault.Is(err, fault.Conflict) {
			t.Errorf("revoked again: %v", err)
		}
		g, err := delegation.GetGrant(ctx, a.DB, id)
		if err != nil || g.By != a.Staff("keeper-build").ID || !g.Holds(now) || g.Holds(now.AddDate(0, 0, 4)) {
			t.Errorf("%+v %v", g, err)
		}
		if err := delegation.Permit(ctx, a.DB, now, clerk.ID, delegation.Decide, organ, "cc-road-dig"); !fault.Is(err, fault.Denied) {
			t.Errorf("taking in allows to decide: %v", err)
		}
	})
}

// toDecision brings a case as far as its decision.
func toDecision(a *apptest.App) ref.CaseID {
	id := a.Accept("clerk01", "cc-hygiene", "company-02")
	a.Decide(a.Decision("health-accept", a.Task(id, approval.Accept, ""), approval.Take))
	own := a.Decision("health-review-a", a.Task(id, approval.Review, ""), approval.Agree)
	own.Second = a.Staff("health-review-b").ID
	a.Decide(own)
	return id
}

// TestWithoutStandingNothingIsDecided: the power ends between review and decision; the decision is
// refused, and goes through once the organ is entrusted by who has the power now, in whose name.
func TestWithoutStandingNothingIsDecided(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := toDecision(a)
		if err := a.Library.EndEntry(ctx, act(a, "standards01"), standards.End{List: powerlist.Powers, ID: "cc-hygiene@1", On: theDay, Why: "划转"}); err != nil {
			t.Fatal(err)
		}
		decide := func() error {
			return a.Board.Decide(ctx, a.Decision("health-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		}
		if err := decide(); !fault.Is(err, fault.Denied) || fault.As(err).Key != "review.no_standing" {
			t.Fatalf("decided without standing: %v", err)
		}
		a.Clock.Add(time.Minute)
		old, err := powerlist.GetPower(ctx, a.DB, "cc-hygiene@1")
		if err != nil {
			t.Fatal(err)
		}
		owner := a.Staff("market-decide").Organ
		p := powerlist.Power{Word: "market-hygiene", Name: old.Name, Code: old.Code, Organ: owner, Level: old.Level, Basis: old.Basis, Delegable: "receive", Period: powerlist.Period{From: a.Clock.Now()}}
		if _, err := a.Library.AddPower(ctx, act(a, "standards01"), standards.Given{Power: p}); err != nil {
			t.Fatal(err)
		}
		if err := decide(); !fault.Is(err, fault.Denied) {
			t.Fatalf("decided with another's power: %v", err)
		}
		e := entrustment(a, owner, a.Staff("health-decide").Organ, p.Word)
		if _, err := a.Library.Entrust(ctx, act(a, "standards01"), e); err != nil {
			t.Fatal(err)
		}
		if err := decide(); err != nil {
			t.Fatalf("entrusted: %v", err)
		}
		a.Settle()
		docs, err := seal.ByCase(ctx, a.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		last := docs[len(docs)-1]
		if last.Organ != owner || last.State != "sealed" {
			t.Errorf("the result goes out in the name of %s, not %s: %+v", last.Organ, owner, last)
		}
	})
}

func entrustment(a *apptest.App, from, to ref.OrganID, power string) delegation.Entrustment {
	basis := powerlist.Cite(powerlist.Citation{Law: "中华人民共和国行政许可法", Article: 24, Paragraph: 1, Text: "可以委托其他行政机关实施行政许可"})
	return delegation.Entrustment{From: from, To: to, Power: power, Basis: basis[1 : len(basis)-1], NoticeOn: "2026-02-20", NoticeAt: "区政府网站", Begins: a.Clock.Now(), Until: a.Clock.Now().AddDate(1, 0, 0)}
}

func TestOnlyWhoHasThePowerEntrustsIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		health, market, build := a.Staff("health-decide").Organ, a.Staff("market-decide").Organ, a.Staff("build-decide").Organ
		try := func(account string, e delegation.Entrustment) error {
			_, err := a.Library.Entrust(ctx, act(a, account), e)
			return err
		}
		if err := try("keeper-market", entrustment(a, health, market, "cc-hygiene")); !fault.Is(err, fault.Denied) {
			t.Errorf("another organ's keeper: %v", err)
		}
		if got := fields(try("standards01", entrustment(a, market, build, "cc-hygiene"))); !slices.Equal(got, []string{"power delegate.not_owned"}) {
			t.Errorf("not its power: %v", got)
		}
		if err := try("keeper-health", entrustment(a, health, market, "cc-hygiene")); err != nil {
			t.Fatal(err)
		}
		if got := fields(try("standards01", entrustment(a, market, build, "cc-hygiene"))); !slices.Equal(got, []string{"power delegate.passed_on"}) {
			t.Errorf("passed on: %v", got)
		}
		late := entrustment(a, health, health, "cc-hygiene")
		late.NoticeOn, late.NoticeAt, late.Basis = "2026-04-01", "", "{}"
		want := []string{"article form.empty", "law form.empty", "notice_at form.empty", "notice_on delegate.told_late", "text form.empty", "to form.choose"}
		if got := fields(try("standards01", late)); !slices.Equal(got, want) {
			t.Errorf("%v", got)
		}
		all, err := delegation.Entrustments(ctx, a.DB, a.Clock.Now(), market, false, "", 10)
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		if err := a.Library.RevokeEntrustment(ctx, act(a, "keeper-health"), standards.Revocation{ID: all[0].ID, On: theDay, Why: "收回"}); err != nil {
			t.Fatal(err)
		}
		left, err := delegation.Entrusted(ctx, a.DB, a.Clock.Now().Add(time.Second), market, "cc-hygiene")
		if err != nil || len(left) != 0 {
			t.Errorf("%+v %v", left, err)
		}
		ended, err := delegation.Entrustments(ctx, a.DB, a.Clock.Now().Add(time.Second), health, true, "", 10)
		if err != nil || len(ended) != 1 || ended[0].Why != "收回" {
			t.Errorf("%+v %v", ended, err)
		}
	})
}
