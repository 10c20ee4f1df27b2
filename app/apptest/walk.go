package apptest

import (
	"bytes"
	"context"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/rule"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/foundation/pdf"
	"yimen/process/intake"
	"yimen/process/review"
	"yimen/ref"
	"yimen/town"
)

var ctx = context.Background()

// Must fails the test on an error.
func Must[T any](a *App, v T, err error) T {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	return v
}

// Staff finds an account.
func (a *App) Staff(account string) org.Staff {
	a.t.Helper()
	s, err := org.StaffByAccount(ctx, a.DB, account)
	return Must(a, s, err)
}

// Person finds a made-up person's party by key, "person-001", or a company's, "company-01".
func (a *App) Person(key string) party.Party {
	a.t.Helper()
	t, err := town.Load()
	persons, companies := town.People(Must(a, t, err), town.Seed)
	for _, p := range persons {
		if p.Key == key {
			found, err := party.ByNumber(ctx, a.DB, a.Vault, string(p.Number))
			return Must(a, found, err)
		}
	}
	for _, c := range companies {
		if c.Key == key {
			found, err := party.ByNumber(ctx, a.DB, a.Vault, string(c.Number))
			return Must(a, found, err)
		}
	}
	a.t.Fatal("nobody is called " + key)
	return party.Party{}
}

// Filled answers every question of an item with something that fits.
func (a *App) Filled(it *catalog.Item) map[string]form.Answer {
	out := map[string]form.Answer{}
	for _, f := range it.Form {
		if f.Optional || f.Compute != "" {
			continue
		}
		if f.Group != "" {
			f.Element = form.Key(f.Element, 1)
		}
		out[f.Element] = form.Answer{Element: f.Element, Value: fitting(f, a), Source: "source.window", At: a.Clock.Now()}
	}
	return out
}

func fitting(f catalog.Field, a *App) string {
	switch f.Kind {
	case "number", "money":
		if f.Min != "" {
			return f.Min
		}
		return "12"
	case "date":
		if f.Min != "" && f.Min != "today" {
			return f.Min
		}
		return a.Clock.Now().Format("2006-01-02")
	case "choice":
		return f.Options[0].Value
	case "idnumber":
		t, _ := town.Load()
		persons, _ := town.People(t, town.Seed)
		return string(persons[9].Number)
	case "uscc":
		t, _ := town.Load()
		_, companies := town.People(t, town.Seed)
		return string(companies[9].Number)
	case "phone":
		return "19900001234"
	}
	return "演示内容"
}

// Papers uploads one page for every material an item asks for.
func (a *App) Papers(who ref.PartyID, it *catalog.Item) map[string][]ref.MaterialID {
	a.t.Helper()
	out := map[string][]ref.MaterialID{}
	page, err := pdf.Render(pdf.Document{Title: "材料", Organ: "演示", Made: Day})
	Must(a, page, err)
	for _, m := range it.Materials {
		if m.HandedIn() {
			got, err := a.Desk.Upload(ctx, "staff:test", intake.Paper{Party: who, Kind: m.Kind, Name: m.Name, Origin: "source.window", Trust: material.Uploaded, Body: bytes.NewReader(page)})
			out[m.ID] = []ref.MaterialID{Must(a, got, err).ID}
		}
	}
	return out
}

// Acceptance makes a complete application for an item by a clerk.
func (a *App) Acceptance(clerk, item, who string) intake.Acceptance {
	a.t.Helper()
	v, err := catalog.Current(ctx, a.DB, ref.ItemID(item))
	Must(a, v, err)
	p := a.Person(who)
	s := a.Staff(clerk)
	hall, err := org.GetHall(ctx, a.DB, s.Hall)
	Must(a, hall, err)
	return intake.Acceptance{Submit: a.Submit(s, "test.accept"), Clerk: s, Version: v.ID, Party: p.ID, Place: hall.Division, Channel: ref.ChannelWindow,
		Answers: a.Filled(v.Doc()), Materials: a.Papers(p.ID, v.Doc())}
}

// Submit makes a fresh idempotency key for a member of staff.
func (a *App) Submit(s org.Staff, route string) once.Submit {
	return once.Submit{Actor: "staff:" + string(s.ID), Route: route, Key: db.NewID(), At: a.Clock.Now()}
}

// Accept hands an application in and lets everything that follows happen.
func (a *App) Accept(clerk, item, who string) ref.CaseID {
	a.t.Helper()
	id, err := a.Desk.Accept(ctx, a.Acceptance(clerk, item, who))
	Must(a, id, err)
	a.Settle()
	return id
}

// Task finds a case's open task of a kind (and step, unless empty).
func (a *App) Task(id ref.CaseID, kind, step string) approval.Task {
	a.t.Helper()
	all, err := approval.ByCase(ctx, a.DB, id)
	for _, t := range Must(a, all, err) {
		if t.State == approval.Open && t.Kind == kind && (step == "" || t.Step == step) {
			return t
		}
	}
	a.t.Fatalf("case %s has no open task %s %s among %+v", id, kind, step, all)
	return approval.Task{}
}

// Decision fills in a decision on a task by an account; where a table decides, with findings that lead to a row of the outcome.
func (a *App) Decision(account string, t approval.Task, outcome string) review.Decision {
	a.t.Helper()
	s := a.Staff(account)
	d := review.Decision{Submit: a.Submit(s, "test.decide"), By: s, Task: t.ID, Outcome: outcome, Note: "经审查，情况属实，意见如上。"}
	if t.Kind != approval.Decide {
		return d
	}
	v := a.version(t)
	for _, row := range v.Doc().Rule.Rows {
		if row.Outcome != outcome {
			continue
		}
		found, ok := a.reach(v, t, row.ID)
		if ok {
			d.RuleRow, d.Findings = row.ID, found
			return d
		}
	}
	a.t.Fatalf("no findings lead to %s of %s", outcome, t.Item)
	return d
}

// Findings are what an officer has to find for the item's table to propose a row, with what the case's form says.
func (a *App) Findings(t approval.Task, row string) map[string]string {
	a.t.Helper()
	found, ok := a.reach(a.version(t), t, row)
	if !ok {
		a.t.Fatalf("no findings lead to row %s of %s", row, t.Item)
	}
	return found
}

// version is the item version a task's case was begun on.
func (a *App) version(t approval.Task) catalog.Version {
	a.t.Helper()
	ci, err := casefile.GetItem(ctx, a.DB, t.CaseItem)
	Must(a, ci, err)
	v, err := catalog.Get(ctx, a.DB, ci.Version)
	return Must(a, v, err)
}

func (a *App) reach(v catalog.Version, t approval.Task, row string) (map[string]string, bool) {
	a.t.Helper()
	inputs := v.Doc().Rule.Inputs
	if len(inputs) == 0 {
		return nil, true // judged in words
	}
	given, err := form.Answers(ctx, a.DB, a.Vault, t.CaseItem)
	known := map[string]rule.Value{}
	for _, in := range inputs {
		if !review.Found(in) {
			known[in.Name], _ = review.Read(in, Must(a, given, err)[in.Name].Value)
		}
	}
	table, err := rule.Of(v.Digest, v.Body)
	facts, ok := Must(a, table, err).Reach(row, known)
	return plain(inputs, facts), ok
}

// plain are an officer's findings as they are typed.
func plain(inputs []catalog.RuleInput, facts map[string]rule.Value) map[string]string {
	out := map[string]string{}
	for _, in := range inputs {
		if review.Found(in) {
			out[in.Name] = facts[in.Name].Plain()
		}
	}
	return out
}

// Decide takes a decision and lets everything that follows happen.
func (a *App) Decide(d review.Decision) {
	a.t.Helper()
	if err := a.Board.Decide(ctx, d); err != nil {
		a.t.Fatalf("%s by %s: %v", d.Outcome, d.By.Account, err)
	}
	a.Settle()
}

// Item reads the document in force of an item.
func Item(a *App, id string) *catalog.Item {
	a.t.Helper()
	v, err := catalog.Current(ctx, a.DB, ref.ItemID(id))
	return Must(a, v, err).Doc()
}

// Field finds a question of an item.
func (a *App) Field(item, element string) catalog.Field {
	for _, f := range Item(a, item).Form {
		if f.Element == element {
			return f
		}
	}
	a.t.Fatalf("%s does not ask for %s", item, element)
	return catalog.Field{}
}

// Supply hands corrections in.
func Supply(a *App, id ref.CaseID, clerk string, papers map[string][]ref.MaterialID) intake.Supply {
	s := a.Staff(clerk)
	return intake.Supply{Submit: a.Submit(s, "test.supply"), Clerk: s, Case: id, Materials: papers, Note: "已补齐。"}
}
