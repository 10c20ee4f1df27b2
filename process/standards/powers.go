package standards

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/domain/powerlist"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Given is a power with what bounds its decisions.
type Given struct {
	Power  powerlist.Power
	Bounds []powerlist.Supervision
}

// powersAtOnce keeps a write of an import short.
const powersAtOnce = 20

// ImportPowers writes powers and the supervision list of their decisions. Items are published only
// after their powers.
func (l *Library) ImportPowers(ctx context.Context, by string, all ...Given) error {
	for some := range slices.Chunk(all, powersAtOnce) {
		err := l.DB.Write(ctx, "standards.ImportPowers", func(ctx context.Context, tx *db.Tx) error { return l.givePowers(ctx, tx, by, some) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *Library) givePowers(ctx context.Context, tx *db.Tx, by string, all []Given) error {
	var powers []powerlist.Power
	var bounds []powerlist.Supervision
	for _, g := range all {
		powers = append(powers, g.Power)
		for _, s := range g.Bounds {
			s.Power, s.Organ, s.Name = g.Power.Word, g.Power.Organ, g.Power.Name
			bounds = append(bounds, s)
		}
	}
	if err := powerlist.AddPowers(ctx, tx, powers...); err != nil {
		return err
	}
	if err := powerlist.AddSupervision(ctx, tx, bounds...); err != nil {
		return err
	}
	for _, p := range powers {
		if err := l.record(ctx, tx, by, "standards.AddPower", "power:"+p.Word, p.ID, p.Code, string(p.Organ), p.Delegable); err != nil {
			return err
		}
	}
	return nil
}

// record writes the audit row of an act on a list.
func (l *Library) record(ctx context.Context, tx *db.Tx, by, verb, object string, after ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: verb, Object: object, After: audit.Digest(after...), At: l.Now()})
}

// ImportNegative writes entries of the negative list.
func (l *Library) ImportNegative(ctx context.Context, by string, all ...powerlist.Negative) error {
	return l.DB.Write(ctx, "standards.ImportNegative", func(ctx context.Context, tx *db.Tx) error { return l.forbid(ctx, tx, by, slices.Clone(all)) })
}

func (l *Library) forbid(ctx context.Context, tx *db.Tx, by string, all []powerlist.Negative) error {
	if err := powerlist.AddNegative(ctx, tx, all...); err != nil {
		return err
	}
	for _, n := range all {
		if err := l.record(ctx, tx, by, "standards.AddNegative", "negative:"+n.ID, n.Name, n.Keywords, n.Code, n.Basis); err != nil {
			return err
		}
	}
	return nil
}

// Doing is who does something to a list or a grant, with the key of the submit.
type Doing struct {
	Submit once.Submit
	By     org.Staff
}

// do runs one act once, for those who may, and gives its answer.
func (l *Library) do(ctx context.Context, op string, a Doing, act func(ctx context.Context, tx *db.Tx) (string, error)) (answer string, err error) {
	err = l.DB.Write(ctx, op, func(ctx context.Context, tx *db.Tx) error {
		answer, err = once.Do(ctx, tx, a.Submit, func() (string, error) { return act(ctx, tx) })
		return err
	})
	return answer, err
}

// office refuses whoever is not of the standards office: the lists are the town's, not an organ's.
func office(s org.Staff) error {
	if s.Has("standards") {
		return nil
	}
	return fault.New(fault.Denied, "powers.office_only")
}

// AddPower enters a power, or the next version of one; its bounds come along or are added later.
// The id of the version is given. Errors: Invalid with fields, Denied, Conflict when a version
// from the same day on is there.
func (l *Library) AddPower(ctx context.Context, a Doing, g Given) (string, error) {
	return l.do(ctx, "standards.AddPower", a, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := office(a.By); err != nil {
			return "", err
		}
		if err := l.soundPower(ctx, tx, &g.Power); err != nil {
			return "", err
		}
		all := []Given{g}
		if err := l.givePowers(ctx, tx, staff(a.By), all); err != nil {
			return "", err
		}
		now, err := powerlist.Versions(ctx, tx, g.Power.Word)
		if err != nil {
			return "", err
		}
		return now[0].ID, nil
	})
}

// soundPower says every field of a power that is wrong. A new power's word is made here.
func (l *Library) soundPower(ctx context.Context, tx *db.Tx, p *powerlist.Power) error {
	bad := l.soundPeriod(p.Period)
	bad = append(bad, blank("name", p.Name)...)
	if _, err := ref.ParseCatalogCode(p.Code); err != nil {
		bad = append(bad, fault.Field{Name: "code", Key: "powers.bad_code"})
	}
	organ, err := org.GetOrgan(ctx, tx, p.Organ)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	switch {
	case err != nil:
		bad = append(bad, fault.Field{Name: "organ", Key: "form.choose"})
	case p.Level != organ.Level:
		bad = append(bad, fault.Field{Name: "level", Key: "powers.other_level"})
	}
	had, err := powerlist.Own(ctx, tx, p.From, p.Organ, p.Code)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil && had.Code == p.Code && had.Word != p.Word { // a sub-item may have a power of its own beside its main item's
		bad = append(bad, fault.Field{Name: "code", Key: "powers.there_already", Args: []any{"power", had.Name}})
	}
	bad = append(bad, soundBasis(p.Basis)...)
	for act := range strings.SplitSeq(p.Delegable, ",") {
		if act != "" && !slices.Contains(powerlist.Acts, act) {
			bad = append(bad, fault.Field{Name: "delegable", Key: "form.choose"})
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	p.Type = ref.CatalogCode(p.Code).Type()
	if p.Word == "" {
		p.Word = db.NewID()
	}
	return nil
}

const wordsMax = 2000

func blank(name, value string) []fault.Field {
	switch n := len([]rune(strings.TrimSpace(value))); {
	case n == 0:
		return []fault.Field{{Name: name, Key: "form.empty"}}
	case n > wordsMax:
		return []fault.Field{{Name: name, Key: "form.too_long", Args: []any{"max", wordsMax}}}
	}
	return nil
}

// soundPeriod wants a beginning of today or later, since nothing is entered into the past, and an
// end behind it.
func (l *Library) soundPeriod(p powerlist.Period) (bad []fault.Field) {
	today := calendar.DateOf(l.Now()).At(0)
	if p.From.Before(today) {
		bad = append(bad, fault.Field{Name: "from", Key: "powers.past"})
	}
	if !p.Until.IsZero() && !p.Until.After(p.From) {
		bad = append(bad, fault.Field{Name: "until", Key: "powers.ends_first"})
	}
	return bad
}

func soundBasis(raw string) (bad []fault.Field) {
	all, err := powerlist.Power{Basis: raw}.Bases()
	if err != nil || len(all) == 0 {
		return []fault.Field{{Name: "law", Key: "form.empty"}}
	}
	for _, c := range all {
		bad = append(bad, blank("law", c.Law)...)
		bad = append(bad, blank("text", c.Text)...)
		if c.Article <= 0 {
			bad = append(bad, fault.Field{Name: "article", Key: "form.empty"})
		}
	}
	return bad
}

// AddSupervision enters what bounds a deciding step of a power; an entry for the same step ends
// where this one begins.
func (l *Library) AddSupervision(ctx context.Context, a Doing, s powerlist.Supervision) (string, error) {
	return l.do(ctx, "standards.AddSupervision", a, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := office(a.By); err != nil {
			return "", err
		}
		bad := slices.Concat(l.soundPeriod(s.Period), blank("step", s.Step), blank("judged", s.Judged), blank("bounds", s.Bounds), blank("after", s.After), soundBasis(s.Basis))
		if len(bad) > 0 {
			return "", fault.Bad(bad...)
		}
		of, err := powerlist.Versions(ctx, tx, s.Power)
		if err != nil {
			return "", err
		}
		if len(of) == 0 {
			return "", fault.New(fault.NotFound, "fault.not_found")
		}
		s.Organ, s.Name = of[0].Organ, of[0].Name
		rows := []powerlist.Supervision{s}
		if err := powerlist.AddSupervision(ctx, tx, rows...); err != nil {
			return "", err
		}
		return rows[0].ID, l.record(ctx, tx, staff(a.By), "standards.AddSupervision", "power:"+s.Power, rows[0].ID, s.Step, s.Bounds)
	})
}

// AddNegative enters what may not be regulated, or not asked for.
func (l *Library) AddNegative(ctx context.Context, a Doing, n powerlist.Negative) (string, error) {
	return l.do(ctx, "standards.AddNegative", a, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := office(a.By); err != nil {
			return "", err
		}
		if bad := l.soundNegative(n); len(bad) > 0 {
			return "", fault.Bad(bad...)
		}
		n.ID = db.NewID()
		return n.ID, l.forbid(ctx, tx, staff(a.By), []powerlist.Negative{n})
	})
}

func (l *Library) soundNegative(n powerlist.Negative) []fault.Field {
	bad := slices.Concat(l.soundPeriod(n.Period), blank("name", n.Name), blank("reason", n.Reason), soundBasis(n.Basis))
	if n.Kind != powerlist.NoItem && n.Kind != powerlist.NoProof {
		bad = append(bad, fault.Field{Name: "kind", Key: "form.choose"})
	}
	if n.Code == "" && len(n.Words()) == 0 {
		bad = append(bad, fault.Field{Name: "keywords", Key: "powers.no_mark"})
	}
	for _, w := range n.Words() { // one character would bar half the catalogue
		if len([]rune(w)) < 2 {
			bad = append(bad, fault.Field{Name: "keywords", Key: "powers.short_word"})
		}
	}
	if _, err := ref.ParseCatalogCode(n.Code); n.Code != "" && err != nil {
		bad = append(bad, fault.Field{Name: "code", Key: "powers.bad_code"})
	}
	return bad
}

// End is what ends an entry of a list.
type End struct {
	List powerlist.List
	ID   string
	On   string // yyyy-mm-dd, the first day on which it no longer holds; today: from now on
	Why  string
}

// EndEntry ends an entry of one of the lists; it stays, with the reason. Decisions that rest on a
// power that ended are refused from then on.
func (l *Library) EndEntry(ctx context.Context, a Doing, e End) error {
	_, err := l.do(ctx, "standards.EndEntry", a, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := office(a.By); err != nil {
			return "", err
		}
		at, bad := l.last(e.On)
		if bad = append(bad, blank("why", e.Why)...); len(bad) > 0 {
			return "", fault.Bad(bad...)
		}
		object, err := entryOf(ctx, tx, e)
		if err != nil {
			return "", err
		}
		if err := powerlist.End(ctx, tx, e.List, e.ID, at, e.Why); err != nil {
			return "", err
		}
		return e.ID, l.record(ctx, tx, staff(a.By), "standards.EndEntry", object, e.ID, e.On, e.Why)
	})
	return err
}

// last reads the day an end is set to.
func (l *Library) last(on string) (time.Time, []fault.Field) {
	now := l.Now()
	day, err := calendar.ParseDate(on)
	today := calendar.DateOf(now)
	switch {
	case err != nil:
		return now, []fault.Field{{Name: "on", Key: "form.wrong_date"}}
	case day < today:
		return now, []fault.Field{{Name: "on", Key: "powers.past"}}
	case day == today:
		return now, nil
	}
	return day.At(0), nil
}

// entryOf reads an entry and names its chain of audit rows.
func entryOf(ctx context.Context, r db.Reader, e End) (string, error) {
	switch e.List {
	case powerlist.Powers:
		p, err := powerlist.GetPower(ctx, r, e.ID)
		return "power:" + p.Word, err
	case powerlist.Supervisions:
		s, err := powerlist.GetSupervision(ctx, r, e.ID)
		return "power:" + s.Power, err
	case powerlist.Negatives:
		n, err := powerlist.GetNegative(ctx, r, e.ID)
		return "negative:" + n.ID, err
	}
	return "", fault.New(fault.NotFound, "fault.not_found")
}

// InsideLists is the gate of the three lists: no item without its organ's power in force, at the
// level the power was given to; no deciding step without bounds; nothing on the negative list.
func InsideLists(ctx context.Context, r db.Reader, it *catalog.Item, at time.Time) ([]catalog.Flaw, error) {
	f := powerlist.Facts{Name: it.Name, Code: it.CatalogCode(), Organ: it.Organ, Level: it.Level, AtWindow: it.Accept == catalog.AcceptAtWindow}
	for n, s := range it.Plan.Steps {
		if s.Kind == "decide" {
			f.Steps = append(f.Steps, powerlist.Step{ID: s.ID, Path: fmt.Sprintf("plan.steps[%d]", n)})
		}
	}
	for n, m := range it.Materials {
		if m.HandedIn() {
			f.Papers = append(f.Papers, powerlist.Paper{Name: m.Name, Path: fmt.Sprintf("materials[%d].name", n)})
		}
	}
	found, err := powerlist.Gate(ctx, r, f, at)
	var out []catalog.Flaw
	for _, b := range found {
		out = append(out, catalog.Flaw{Path: b.Path, Key: b.Key, Args: b.Args, Warn: b.Warn})
	}
	return out, err
}

// refused makes one fault of the flaws that hold an item up, nil when there are none.
func refused(flaws []catalog.Flaw) error {
	var bad []fault.Field
	for _, f := range catalog.Blocking(flaws) {
		bad = append(bad, fault.Field{Name: f.Path, Key: f.Key, Args: f.Args})
	}
	if len(bad) == 0 {
		return nil
	}
	return fault.Bad(bad...)
}
