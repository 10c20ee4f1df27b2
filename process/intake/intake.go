// Package intake takes matters in: a person arrives, a form is filled, papers are attached,
// and the window accepts in the organ's name or takes in for the organ to accept.
//
// Invariants: 收件 is not 受理 — which of the two happens follows the item's authorisation and
// the clerk's grant, never the clerk's choice; a submit leaves one case however often it is
// sent; nothing is half-saved; only materials of the applicant may be attached.
package intake

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/delegation"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/foundation/blob"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Desk is what taking in needs.
type Desk struct {
	DB       *db.DB
	Bus      *event.Bus
	Vault    *crypto.Vault
	Blobs    *blob.Store
	Calendar func() *calendar.Calendar
	Now      func() time.Time
}

// Acceptance is one application handed in at a window.
type Acceptance struct {
	Submit    once.Submit
	Clerk     org.Staff
	Window    ref.WindowID
	Draft     string        // the draft it was filled in on; dropped with the submit
	Rev       int64         // of the draft, as its answers were read
	Account   ref.AccountID // the phone that the draft was begun on, else empty
	Version   ref.VersionID
	Party     ref.PartyID
	Place     ref.DivisionCode // where the matter is; the hall's own when empty
	Channel   ref.Channel
	Answers   map[string]form.Answer
	Materials map[string][]ref.MaterialID
	Checked   map[string]bool        // specs whose original the clerk compared
	Disputed  map[string]form.Answer // held values that the applicant called wrong

	given []form.Answer  // of Answers, what is stored
	least map[string]int // how many must sign beside the party, by role
}

// Accept makes the case: accepted in the organ's name where the item and the clerk's grant say
// so, else taken in for the organ. Errors: Invalid with every wrong field and missing material,
// Denied, Conflict for a reused key.
func (d *Desk) Accept(ctx context.Context, a Acceptance) (ref.CaseID, error) {
	v, err := catalog.Get(ctx, d.DB, a.Version)
	if err != nil {
		return "", err
	}
	now := d.Now()
	held, err := d.check(ctx, v, &a, now)
	if err != nil {
		return "", err
	}
	hall, err := d.hall(ctx, a)
	if err != nil {
		return "", err
	}
	made := opening{Acceptance: a, item: v.Doc(), hall: hall, now: now, cal: d.Calendar(), held: held}
	var id string
	err = d.DB.Write(ctx, "intake.Accept", func(ctx context.Context, tx *db.Tx) error {
		id, err = once.Do(ctx, tx, a.Submit, func() (string, error) { return d.open(ctx, tx, made) })
		return err
	})
	return ref.CaseID(id), err
}

// opening is a checked acceptance on its way into the tables.
type opening struct {
	Acceptance
	item *catalog.Item
	hall org.Hall
	now  time.Time
	cal  *calendar.Calendar
	held map[ref.MaterialID]bool // papers that were there before
	// outside is set for what did not come over a counter.
	outside *Application
}

// by is who hands in.
func (o opening) by() string {
	if o.outside != nil {
		return o.outside.By
	}
	return actor(o.Clerk)
}

func (d *Desk) open(ctx context.Context, tx *db.Tx, o opening) (string, error) {
	if err := Offered(ctx, tx, o.item.ID, o.counter(), o.Party, o.now); err != nil {
		return "", err
	}
	accept, err := mayAccept(ctx, tx, o)
	if err != nil {
		return "", err
	}
	c, facts := o.begin(accept)
	ci, err := o.part(c, accept)
	if err != nil {
		return "", err
	}
	if err := d.others(ctx, tx, o, &c, facts); err != nil {
		return "", err
	}
	if err := d.keepPapers(ctx, tx, o, ci.ID); err != nil {
		return "", err
	}
	if err := d.correctHeld(ctx, tx, o, c.ID); err != nil {
		return "", err
	}
	if o.Draft != "" {
		if err := form.Drop(ctx, tx, o.Draft, o.Rev); err != nil {
			return "", err
		}
	}
	verb := "intake.TakeIn"
	if o.outside != nil {
		verb = "intake.Apply"
	}
	var e event.Event = casefile.Taken{Case: c.ID, Item: ci.ID}
	if accept {
		verb, e = "intake.Accept", casefile.WasAccepted{Case: c.ID, Item: ci.ID}
	}
	if err := audit.Begin(ctx, tx, audit.Entry{Actor: o.by(), Verb: verb, Object: "case:" + string(c.ID), After: audit.Digest(string(o.Version), string(o.Party)), At: o.now}); err != nil {
		return "", err
	}
	if err := d.Bus.Publish(ctx, tx, e); err != nil {
		return "", err
	}
	if err := casefile.Open(ctx, tx, &c, []casefile.Item{ci}, []ref.TaskCode{ref.TaskCode(o.item.TaskCode)}, facts...); err != nil {
		return "", err
	}
	return string(c.ID), nil
}

func actor(s org.Staff) string { return "staff:" + string(s.ID) }

// mayAccept: the item authorises windows and this clerk holds the grant; otherwise the clerk
// must at least be allowed to take in.
func mayAccept(ctx context.Context, tx *db.Tx, o opening) (bool, error) {
	if o.outside != nil {
		return false, nil
	}
	if o.item.Accept == catalog.AcceptAtWindow {
		err := delegation.Permit(ctx, tx, o.now, o.Clerk.ID, delegation.Accept, o.item.Organ, o.item.ID)
		if err == nil || !fault.Is(err, fault.Denied) {
			return err == nil, err
		}
	}
	return false, delegation.Permit(ctx, tx, o.now, o.Clerk.ID, delegation.Receive, o.item.Organ, o.item.ID)
}

// begin makes the case row and its first facts.
func (o opening) begin(accept bool) (casefile.Case, []casefile.Fact) {
	if o.outside != nil {
		return o.beginOutside()
	}
	c := casefile.Case{ID: ref.CaseID(db.NewID()), Party: o.Party, Organ: o.item.Organ, Item: o.item.ID, Place: o.Place, Channel: o.Channel,
		Hall: o.hall.ID, Window: o.Window, Clerk: o.Clerk.ID, Account: o.Account, ReceivedAt: o.now}
	who := actor(o.Clerk)
	facts := []casefile.Fact{{Kind: casefile.FactReceived, At: o.now, Actor: who, Organ: o.Clerk.Organ}}
	if accept {
		facts = append(facts, casefile.Fact{Kind: casefile.FactAccepted, At: o.now, Actor: who, Organ: o.item.Organ}.With(casefile.Detail{ByWindow: true}))
	}
	return c, facts
}

// part makes the item's row with its clock: the promised time from acceptance, or the five working days of 行政许可法 32(4)
// from receipt.
func (o opening) part(c casefile.Case, accept bool) (casefile.Item, error) {
	ci := casefile.Item{ID: ref.CaseItemID(db.NewID()), Case: c.ID, Item: o.item.ID, Version: o.Version, Organ: o.item.Organ}
	spans, at := clock.Spans{Promised: clock.Acceptance}, clock.Facts{Received: o.now}
	if accept {
		spans, at.Accepted = clock.Spans{Promised: Span(o.item.Times.Promised), Legal: Span(o.item.Times.Legal)}, o.now
	}
	return ci, wind(&ci, clock.Input{Calendar: o.cal, Facts: at, Rules: clock.UsualRules, Now: o.now}, spans)
}

// wind sets the clock of an item's row.
func wind(ci *casefile.Item, in clock.Input, spans clock.Spans) error {
	s, err := clock.Show(in, spans)
	ci.Due, ci.LegalDue, ci.SoonAt, ci.Provisional = s.Due, s.LegalDue, s.SoonAt, s.Provisional
	return err
}

// Span hands an item's span to the clock.
func Span(s catalog.Span) clock.Span { return clock.Span{N: s.N, Unit: clock.Unit(s.Unit)} }

func (d *Desk) keepPapers(ctx context.Context, tx *db.Tx, o opening, ci ref.CaseItemID) error {
	if err := form.Save(ctx, tx, d.Vault, ci, o.Party, o.given); err != nil {
		return err
	}
	var uses []material.Use
	for _, spec := range o.item.Materials {
		for _, m := range o.Materials[spec.ID] {
			u := material.Use{CaseItem: ci, Spec: spec.ID, Material: m, At: o.now, Reused: o.held[m]}
			if o.Checked[spec.ID] {
				u.Checked = o.Clerk.ID
				if err := material.Raise(ctx, tx, m); err != nil {
					return err
				}
			}
			uses = append(uses, u)
		}
	}
	return material.Attach(ctx, tx, uses...)
}

// check says everything that is wrong at once: fields, missing materials, strangers' papers. It
// tells which of the papers were held before. Answers and papers that are not asked for are dropped.
func (d *Desk) check(ctx context.Context, v catalog.Version, a *Acceptance, now time.Time) (held map[ref.MaterialID]bool, err error) {
	m, err := Form(v)
	if err != nil {
		return nil, err
	}
	it, s := v.Doc(), m.Work(a.Answers, now)
	a.Answers, a.given, a.least = s.Answers, s.Given(), Signers(it, s)
	bad := s.Wrong()
	a.Materials = maps.Clone(a.Materials) // a submit may be on its way twice
	var required []string
	for _, m := range it.Materials {
		if !s.Wants(m.ID) {
			delete(a.Materials, m.ID)
		} else if m.HandedIn() && m.Need == ref.NeedRequired {
			required = append(required, m.ID)
		}
	}
	for _, id := range material.Missing(required, a.Materials) {
		bad = append(bad, fault.Field{Name: "material." + id, Key: "intake.material_missing"})
	}
	known, err := d.papers(ctx, a)
	if err != nil {
		return nil, err
	}
	if bad = append(bad, strangers(it, a, known)...); len(bad) > 0 {
		return nil, fault.Bad(bad...)
	}
	held = map[ref.MaterialID]bool{}
	for id, m := range known {
		held[id] = m.Trust == material.Issued || m.Trust == material.Compared
	}
	return held, nil
}

func (d *Desk) papers(ctx context.Context, a *Acceptance) (map[ref.MaterialID]material.Material, error) {
	var ids []ref.MaterialID
	for _, list := range a.Materials {
		ids = append(ids, list...)
	}
	return material.GetMany(ctx, d.DB, ids)
}

// correct writes the answers that were changed, checked like the first ones, and names them. What
// was asked only because of an answer that is another now goes with it; computed values follow.
func (d *Desk) correct(ctx context.Context, tx *db.Tx, c casefile.Case, ci casefile.Item, s Supply) ([]string, error) {
	if len(s.Answers) == 0 {
		return nil, nil
	}
	v, err := catalog.Get(ctx, tx, ci.Version)
	if err != nil {
		return nil, err
	}
	old, err := form.Answers(ctx, tx, d.Vault, ci.ID)
	if err != nil {
		return nil, err
	}
	changed, err := Corrected(v, old, s.Answers, d.Now())
	if err != nil {
		return nil, err
	}
	var names []string
	for _, a := range changed {
		names = append(names, a.Element)
	}
	return names, form.Replace(ctx, tx, d.Vault, ci.ID, c.Party, changed)
}

// Corrected are the answers that become others when some of the old ones are changed, the empty
// ones to be taken out. Invalid names what is wrong now and was not before: an old answer that no
// longer fits, such as a day that has passed, is not asked again.
func Corrected(v catalog.Version, old, changed map[string]form.Answer, now time.Time) (out []form.Answer, err error) {
	m, err := Form(v)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(old)
	if all == nil {
		all = map[string]form.Answer{}
	}
	maps.Copy(all, changed)
	before, after := m.Work(old, now), m.Work(all, now)
	bad := slices.DeleteFunc(after.Wrong(), func(f fault.Field) bool {
		_, touched := changed[f.Name]
		return !touched && slices.ContainsFunc(before.Wrong(), func(g fault.Field) bool { return f.Name == g.Name && f.Key == g.Key })
	})
	if len(bad) > 0 {
		return nil, fault.Bad(bad...)
	}
	for _, a := range after.Given() {
		if old[a.Element].Value != a.Value {
			out = append(out, a)
		}
	}
	for _, p := range m.Lay(old) {
		if after.Answers[p.Key].Value == "" && old[p.Key].Value != "" {
			out = append(out, form.Answer{Element: p.Key, At: now})
		}
	}
	return out, nil
}

// strangers finds attached papers that are not the applicant's or not asked for.
func strangers(it *catalog.Item, a *Acceptance, known map[ref.MaterialID]material.Material) (bad []fault.Field) {
	for spec, list := range a.Materials {
		_, asked := it.Material(spec)
		if slices.ContainsFunc(list, func(id ref.MaterialID) bool { return known[id].Party != a.Party }) || !asked && len(list) > 0 {
			bad = append(bad, fault.Field{Name: "material." + spec, Key: "intake.material_strange"})
		}
	}
	return bad
}

// hall is where the window stands; the place of the matter is the hall's unless given.
func (d *Desk) hall(ctx context.Context, a Acceptance) (org.Hall, error) {
	h, err := org.GetHall(ctx, d.DB, a.Clerk.Hall)
	if fault.Is(err, fault.NotFound) {
		return h, fault.New(fault.Denied, "intake.no_hall")
	}
	return h, err
}

// Form is the form of an item's version, compiled once.
func Form(v catalog.Version) (*form.Model, error) { return form.ModelOf(v.Digest, v.Body, rule.Plain) }

// Supply is what an applicant brings after the one notice of correction.
type Supply struct {
	Submit    once.Submit
	Clerk     org.Staff
	Case      ref.CaseID
	Materials map[string][]ref.MaterialID
	Note      string                 // what was changed, in the applicant's words
	Answers   map[string]form.Answer // corrected ones, by data element

	by  string // the actor
	may func(context.Context, *db.Tx, casefile.Case) error
}

// Supply notes the correction and hands the case back to the organ.
func (d *Desk) Supply(ctx context.Context, s Supply) error {
	s.Note, s.by = strings.TrimSpace(s.Note), actor(s.Clerk)
	s.may = func(ctx context.Context, tx *db.Tx, c casefile.Case) error {
		return delegation.Permit(ctx, tx, d.Now(), s.Clerk.ID, delegation.Receive, c.Organ, c.Item)
	}
	return d.hand(ctx, s)
}

func (d *Desk) hand(ctx context.Context, s Supply) error {
	n := 0
	for _, list := range s.Materials {
		n += len(list)
	}
	if n == 0 && s.Note == "" && len(s.Answers) == 0 {
		return fault.Bad(fault.Field{Name: "note", Key: "intake.nothing_supplied"})
	}
	now := d.Now()
	return d.DB.Write(ctx, "intake.Supply", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s.Submit, func() (string, error) { return string(s.Case), d.supply(ctx, tx, s, now) })
		return err
	})
}

func (d *Desk) supply(ctx context.Context, tx *db.Tx, s Supply, now time.Time) error {
	c, err := casefile.Lock(ctx, tx, s.Case)
	if err != nil {
		return err
	}
	if err := s.may(ctx, tx, c); err != nil {
		return err
	}
	items, err := casefile.Items(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	kind, err := supplies(ctx, tx, items[0])
	if err != nil {
		return err
	}
	fact := casefile.Fact{Kind: kind, At: now, Actor: s.by, Organ: s.Clerk.Organ}
	var uses []material.Use
	var detail casefile.Detail
	for spec, list := range s.Materials {
		for _, m := range list {
			held, err := material.Get(ctx, tx, m)
			if err != nil || held.Party != c.Party {
				return fault.Bad(fault.Field{Name: "material." + spec, Key: "intake.material_strange"})
			}
			uses = append(uses, material.Use{CaseItem: items[0].ID, Spec: spec, Material: m, At: now})
			detail.Materials = append(detail.Materials, spec)
		}
	}
	if err := material.Attach(ctx, tx, uses...); err != nil {
		return err
	}
	if detail.Elements, err = d.correct(ctx, tx, c, items[0], s); err != nil {
		return err
	}
	if s.Note != "" {
		if fact.Note, err = d.Vault.Seal(ctx, tx, string(c.Party), "casefile_fact.note."+string(c.ID), []byte(s.Note)); err != nil {
			return err
		}
	}
	if kind == casefile.FactSupplied { // the five days run anew
		again := clock.Input{Calendar: d.Calendar(), Facts: clock.Facts{Received: now}, Rules: clock.UsualRules, Now: now}
		if err := wind(&items[0], again, clock.Spans{Promised: clock.Acceptance}); err != nil {
			return err
		}
	}
	if err := casefile.Apply(ctx, tx, &c, &items[0], fact.With(detail)); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: fact.Actor, Verb: "intake.Supply", Object: "case:" + string(c.ID), At: now}); err != nil {
		return err
	}
	if kind == casefile.FactAnswered { // the review has gone on meanwhile
		return nil
	}
	return d.Bus.Publish(ctx, tx, casefile.WasSupplied{Case: c.ID, Item: items[0].ID})
}

// supplies says what bringing something means now: the answer to the notice of correction, or to what was asked for during review;
// Conflict where nothing was asked for.
func supplies(ctx context.Context, tx *db.Tx, ci casefile.Item) (casefile.Kind, error) {
	if ci.Stage == casefile.Returned {
		return casefile.FactSupplied, nil
	}
	facts, err := casefile.Facts(ctx, tx, ci.Case)
	if err != nil {
		return "", err
	}
	if casefile.LifeOf(casefile.Holding(facts, ci.ID)).Asked.Kind == "" {
		return "", fault.New(fault.Conflict, "intake.not_returned")
	}
	return casefile.FactAnswered, nil
}
