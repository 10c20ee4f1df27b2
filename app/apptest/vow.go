package apptest

import (
	"yimen/domain/form"
	"yimen/domain/undertaking"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/town"
)

// Vowed is an application at clerk01's window for a company that has confirmed on the counter's screen, with every paper
// but those that are given another way: spec → "later", "promise" or "none". Nothing is signed yet.
func (a *App) Vowed(item, who string, way map[string]string) intake.Acceptance {
	a.t.Helper()
	in := a.Acceptance("clerk01", item, who)
	there, err := a.Desk.TypeNumber(ctx, intake.Typed{By: in.Clerk, Kind: ref.PartyLegal, Number: a.companyNumber(who), Reason: "营业执照没有带"})
	Must(a, there, err)
	Must(a, 0, a.Desk.Confirm(ctx, in.Clerk, there.ID))
	in.Draft, err = a.Desk.Begin(ctx, a.Submit(in.Clerk, "test.begin"), in.Clerk, ref.ItemID(item), there.ID)
	Must(a, 0, err)
	Must(a, 0, a.Desk.Keep(ctx, in.Clerk, in.Draft, func(c *form.Content) {
		for spec := range way {
			delete(in.Materials, spec)
		}
		c.Answers, c.Materials = in.Answers, in.Materials
		for spec, w := range way {
			intake.Choose(c, spec, w)
		}
	}))
	d, err := form.GetDraft(ctx, a.DB, in.Draft)
	in.Rev, in.Vow = Must(a, d, err).Rev, vowOf(way)
	return in
}

func vowOf(way map[string]string) (v intake.Vow) {
	for spec, w := range way {
		switch w {
		case "later":
			v.Later = append(v.Later, spec)
		case "promise":
			v.Promised = append(v.Promised, spec)
		}
	}
	return v
}

func (a *App) companyNumber(who string) string {
	a.t.Helper()
	t, err := town.Load()
	_, companies := town.People(Must(a, t, err), town.Seed)
	for _, c := range companies {
		if c.Key == who {
			return string(c.Number)
		}
	}
	a.t.Fatal("no company is called " + who)
	return ""
}

// Sign puts what a draft promises on the counter's screen and confirms it there.
func (a *App) Sign(in intake.Acceptance) {
	a.t.Helper()
	Must(a, 0, a.Desk.AskSigning(ctx, in.Clerk, in.Draft))
	s, err := undertaking.ToSign(ctx, a.DB, in.Clerk.ID, a.Now())
	Must(a, 0, a.Desk.SignAtCounter(ctx, Must(a, s, err)))
}

// Tolerated takes a case in at a window with one paper to follow, and lets everything that follows happen.
func (a *App) Tolerated(item, who, spec string) (ref.CaseID, undertaking.Undertaking) {
	a.t.Helper()
	in := a.Vowed(item, who, map[string]string{spec: "later"})
	a.Sign(in)
	id, err := a.Desk.Accept(ctx, in)
	Must(a, id, err)
	a.Settle()
	return id, a.Vow(id, undertaking.Tolerance)
}

// Phoned is an application from a phone with some papers given another way, agreed to.
func (a *App) Phoned(p *Phone, item string, way map[string]string) intake.Application {
	a.t.Helper()
	in := a.Application(p, a.DraftOn(p, item, p.Me.For))
	for spec := range way {
		delete(in.Materials, spec)
	}
	in.Vow = vowOf(way)
	in.Vow.Signed = true
	return in
}

// Vow is what was promised on a case, of a kind.
func (a *App) Vow(id ref.CaseID, kind string) undertaking.Undertaking {
	a.t.Helper()
	all, err := undertaking.ByCase(ctx, a.DB, id)
	for _, u := range Must(a, all, err) {
		if u.Kind == kind {
			return u
		}
	}
	a.t.Fatalf("no %s on case %s: %+v", kind, id, all)
	return undertaking.Undertaking{}
}
