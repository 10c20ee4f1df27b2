package intake

import (
	"context"
	"slices"
	"time"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/credit"
	"yimen/domain/form"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/undertaking"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Vow is what an applicant promises in place of papers, of their own will: which follow after acceptance (容缺), and
// for which proofs the promise stands (告知承诺).
type Vow struct {
	Later    []string
	Promised []string
	Signed   bool   // from outside: agreed to in this very submit; at a window the counter's screen says it
	How      string // undertaking.BySession …
}

// Empty says that nothing is promised.
func (v Vow) Empty() bool { return len(v.Later) == 0 && len(v.Promised) == 0 }

// VowOf is what a draft promises as it stands: of the papers chosen for it those that are asked for, may be promised
// and are not there.
func VowOf(it *catalog.Item, s *form.State, c form.Content) (v Vow) {
	for _, m := range it.Materials {
		if !s.Wants(m.ID) || len(c.Materials[m.ID]) > 0 {
			continue
		}
		switch {
		case c.Promised[m.ID] && it.Replaces(m):
			v.Promised = append(v.Promised, m.ID)
		case c.Later[m.ID] && it.Tolerates(m):
			v.Later = append(v.Later, m.ID)
		}
	}
	return v
}

// Choose notes in a draft how a paper is given: "later", "promise", or "" for by itself.
func Choose(c *form.Content, spec, way string) {
	if c.Later == nil {
		c.Later = map[string]bool{}
	}
	if c.Promised == nil {
		c.Promised = map[string]bool{}
	}
	c.Later[spec], c.Promised[spec] = way == "later", way == "promise"
}

// Needed says whether a paper must be there or be promised before an application is taken in.
func Needed(it *catalog.Item, m catalog.MaterialSpec) bool {
	return m.HandedIn() && (m.Need == ref.NeedRequired || it.Tolerates(m))
}

// Covered says whether a vow speaks for a paper.
func (v Vow) Covered(spec string) bool {
	return slices.Contains(v.Later, spec) || slices.Contains(v.Promised, spec)
}

// Bars says what bars a person or company from an effect (credit.NoTolerance …) now: none, nothing does. Whoever bears
// the number of somebody who is barred is barred too, by whatever way the number came.
func (d *Desk) Bars(ctx context.Context, r db.Reader, who ref.PartyID, effect string, now time.Time) ([]credit.Reason, error) {
	selves, err := party.Selves(ctx, r, who)
	if err != nil {
		return nil, err
	}
	held, err := party.Facts(ctx, r, d.Vault, who, party.Number)
	if err != nil {
		return nil, err
	}
	if number := held[party.Number].Value; number != "" {
		known, err := party.ByNumber(ctx, r, d.Vault, number)
		if err == nil && !slices.Contains(selves, known.ID) {
			selves = append(selves, known.ID)
		} else if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	entries, err := credit.OfParties(ctx, r, selves)
	return credit.Barred(entries, effect, now), err
}

// vows checks what is promised: each paper may be, nobody is barred, and it is signed. Papers that are there are not
// promised.
func (d *Desk) vows(ctx context.Context, it *catalog.Item, s *form.State, a *Acceptance, now time.Time) (bad []fault.Field, err error) {
	there := func(spec string) bool { return len(a.Materials[spec]) > 0 }
	a.Vow.Later = slices.DeleteFunc(slices.Clone(a.Vow.Later), there)
	a.Vow.Promised = slices.DeleteFunc(slices.Clone(a.Vow.Promised), there)
	for _, part := range []struct {
		specs  []string
		may    func(catalog.MaterialSpec) bool
		key    string
		effect string
	}{{a.Vow.Later, it.Tolerates, "trust.main", credit.NoTolerance}, {a.Vow.Promised, it.Replaces, "trust.not_replaced", credit.NoPromise}} {
		if len(part.specs) == 0 {
			continue
		}
		bars, err := d.Bars(ctx, d.DB, a.Party, part.effect, now)
		if err != nil {
			return nil, err
		}
		for i, spec := range part.specs {
			m, asked := it.Material(spec)
			switch {
			case !asked || !s.Wants(spec) || !part.may(m) || slices.Contains(part.specs[:i], spec):
				bad = append(bad, fault.Field{Name: "material." + spec, Key: part.key})
			case len(bars) > 0:
				bad = append(bad, fault.Field{Name: "material." + spec, Key: "trust.barred", Args: []any{"name", bars[0].Name, "until", calendar.DateOf(bars[0].Until).String()}})
			}
		}
	}
	if len(bad) > 0 || a.Vow.Empty() {
		return bad, nil
	}
	return d.unsigned(ctx, a)
}

// unsigned says that the promise is not signed yet: on the counter's screen, for exactly these papers, or in the submit
// of somebody whose name is known.
func (d *Desk) unsigned(ctx context.Context, a *Acceptance) (bad []fault.Field, err error) {
	key := ""
	if a.Vow.How == "" {
		a.Vow.How = undertaking.AtCounter
		s, err := undertaking.SigningOf(ctx, d.DB, a.Draft)
		if err != nil {
			return nil, err
		}
		if !s.Covers(a.Party, a.Vow.Later, a.Vow.Promised) {
			key = "trust.sign.counter"
		}
	} else if !a.Vow.Signed {
		key = "trust.sign.needed"
	}
	if key != "" {
		bad = append(bad, fault.Field{Name: "vow", Key: key})
	}
	return bad, nil
}

// vowFacts are the facts of what was promised, and undertake writes it; they are made before the case has its number.
func (o opening) vowFacts(made []undertaking.Undertaking) (out []casefile.Fact) {
	for _, u := range made {
		out = append(out, casefile.Fact{Kind: casefile.FactPromised, At: o.now, Actor: o.by(), Organ: o.item.Organ}.With(casefile.Detail{Kind: u.Kind, Promise: u.ID, Materials: o.promises(u.Kind)}))
	}
	return out
}

func (o opening) promises(kind string) []string {
	if kind == undertaking.Tolerance {
		return o.Vow.Later
	}
	return o.Vow.Promised
}

func (o opening) undertakings(c ref.CaseID, ci ref.CaseItemID) (out []undertaking.Undertaking) {
	for _, kind := range []string{undertaking.Tolerance, undertaking.Promise} {
		if len(o.promises(kind)) == 0 {
			continue
		}
		who := o.by()
		if o.Vow.How == undertaking.AtCounter {
			who = "party:" + string(o.Party)
		}
		out = append(out, undertaking.Undertaking{ID: db.NewID(), Case: c, Item: ci, Party: o.Party, Organ: o.item.Organ, Matter: o.item.ID, Kind: kind, State: undertaking.Given, How: o.Vow.How, Actor: who, Signed: o.now})
	}
	return out
}

// undertake writes what was promised, now that the case has its number.
func (d *Desk) undertake(ctx context.Context, tx *db.Tx, o opening, c casefile.Case, made []undertaking.Undertaking) error {
	for _, u := range made {
		u.Number = c.Number
		if err := undertaking.Sign(ctx, tx, u, o.promises(u.Kind)); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: u.Actor, Verb: "intake.Undertake." + u.Kind, Object: "case:" + string(c.ID), After: audit.Digest(append(slices.Clone(o.promises(u.Kind)), u.ID)...), At: o.now}); err != nil {
			return err
		}
		if err := d.Bus.Publish(ctx, tx, undertaking.WasSigned{Case: c.ID, Undertaking: u.ID}); err != nil {
			return err
		}
	}
	return nil
}

// AskSigning puts what a clerk's draft promises on the counter's screen, to be signed by the person who is there.
// Conflict when nobody is, or nothing is promised.
func (d *Desk) AskSigning(ctx context.Context, by org.Staff, draft string) error {
	now := d.Now()
	return d.DB.Write(ctx, "intake.AskSigning", func(ctx context.Context, tx *db.Tx) error {
		f, err := of(by, draft)(ctx, tx)
		if err != nil {
			return err
		}
		p, err := party.GetPresence(ctx, tx, f.Presence)
		if err != nil {
			return err
		}
		if !p.Open(now, by.ID) {
			return fault.New(fault.Conflict, "trust.sign.absent")
		}
		v, err := d.vowOfDraft(ctx, tx, f, now)
		if err != nil {
			return err
		}
		if v.Empty() {
			return fault.New(fault.Conflict, "trust.sign.nothing")
		}
		return undertaking.AskSigning(ctx, tx, undertaking.Signing{Draft: f.ID, Staff: by.ID, Party: f.Party, Later: undertaking.Joined(v.Later), Promised: undertaking.Joined(v.Promised), Made: now, Until: p.Until})
	})
}

func (d *Desk) vowOfDraft(ctx context.Context, tx *db.Tx, f form.Draft, now time.Time) (Vow, error) {
	c, err := f.Open(ctx, tx, d.Vault)
	if err != nil {
		return Vow{}, err
	}
	v, err := catalog.Get(ctx, tx, f.Version)
	if err != nil {
		return Vow{}, err
	}
	m, err := Form(v)
	if err != nil {
		return Vow{}, err
	}
	return VowOf(v.Doc(), m.Work(c.Answers, now), c), nil
}

// SignAtCounter notes that the person signed on the counter's screen exactly what it showed.
func (d *Desk) SignAtCounter(ctx context.Context, s undertaking.Signing) error {
	now := d.Now()
	return d.DB.Write(ctx, "intake.SignAtCounter", func(ctx context.Context, tx *db.Tx) error {
		if err := undertaking.SignAtCounter(ctx, tx, s, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "party:" + string(s.Party), Verb: "intake.Sign", Object: "party:" + string(s.Party), After: audit.Digest(s.Draft, s.Later, s.Promised), At: now})
	})
}
