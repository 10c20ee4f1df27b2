package issuance

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/licence"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// ActOrder proposes an act on a licence.
type ActOrder struct {
	Submit  once.Submit
	By      org.Staff
	Licence ref.LicenceID
	Kind    string
	Ground  string
	Words   licence.ActWords
}

// Digest is what once compares of an order.
func (o ActOrder) Digest() string {
	w := o.Words
	parts := []string{string(o.Licence), o.Kind, o.Ground, w.Reason, w.Interests, w.Pays, w.Body, w.Decision}
	for _, element := range sortedKeys(w.Changes) {
		parts = append(parts, element, w.Changes[element])
	}
	return once.Hash(parts...)
}

func sortedKeys(m map[string]string) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Propose puts an act before a second officer. Where the holder must be heard first they are told, and nothing is decided
// before they stated or their days have passed. Errors: NotFound for a licence of another organ, Denied without a grant on its
// item, Conflict while another act waits or when the act does not fit the licence's state, Invalid by fields.
func (p *Press) Propose(ctx context.Context, o ActOrder) (id ref.ActID, err error) {
	found, err := licence.Get(ctx, p.DB, o.Licence)
	if err != nil {
		return "", err
	}
	it, err := p.itemOf(ctx, found)
	if err != nil {
		return "", err
	}
	fresh := ref.ActID(db.NewID())
	err = p.DB.Write(ctx, "issuance.Propose", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, found.Case); err != nil {
			return err
		}
		answer, err := once.Do(ctx, tx, o.Submit, func() (string, error) { return string(fresh), p.propose(ctx, tx, o, fresh, it) })
		id = ref.ActID(answer)
		return err
	})
	return id, err
}

// itemOf is the version of the item a licence was granted under.
func (p *Press) itemOf(ctx context.Context, l licence.Licence) (*catalog.Item, error) {
	ci, err := casefile.GetItem(ctx, p.DB, l.CaseItem)
	if err != nil {
		return nil, err
	}
	v, err := catalog.Get(ctx, p.DB, ci.Version)
	return v.Doc(), err
}

func (p *Press) propose(ctx context.Context, tx *db.Tx, o ActOrder, id ref.ActID, it *catalog.Item) error {
	l, err := licence.Get(ctx, tx, o.Licence)
	if err != nil {
		return err
	}
	now := p.Now()
	if err := mayAct(ctx, tx, now, o.By, l, proposers...); err != nil {
		return err
	}
	rule, known := licence.RuleOf(o.Kind)
	if !known || !rule.Fits(l, now) {
		return fault.New(fault.Conflict, "after.act.does_not_fit")
	}
	ground, wrong := o.wrong(rule, l, it, now)
	if len(wrong) > 0 {
		return fault.Bad(wrong...)
	}
	a := licence.Act{ID: id, Licence: l.ID, Case: l.Case, Party: l.Party, Organ: l.Organ, Kind: o.Kind, Ground: ground.ID, State: licence.Proposed, Before: l.State, Hear: int64(rule.Hear), At: now, By: o.By.ID}
	if o.Kind == licence.Reverse {
		if a.Reverses, err = undoes(ctx, tx, l); err != nil {
			return err
		}
	}
	if err := licence.Propose(ctx, tx, p.Vault, a, o.Words); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(o.By.ID), Verb: "issuance.Propose." + o.Kind, Object: "licence:" + string(l.ID), After: audit.Digest(string(id), ground.ID), At: now}); err != nil {
		return err
	}
	if rule.Hear == 0 {
		return nil
	}
	return p.Bus.Publish(ctx, tx, licence.ActTold{Case: l.Case, Act: id})
}

// undoes is the act from which a licence has its state, to be reversed.
func undoes(ctx context.Context, r db.Reader, l licence.Licence) (ref.ActID, error) {
	all, err := licence.Acts(ctx, r, l.ID)
	if err != nil {
		return "", err
	}
	last, ok := licence.Last(all)
	if !ok {
		return "", fault.New(fault.Conflict, "after.act.does_not_fit")
	}
	return last.ID, nil
}

// Grants that let an officer propose an act, and decide it.
var (
	proposers = []delegation.Kind{delegation.Review, delegation.Decide, delegation.DecideOnSpot}
	deciders  = []delegation.Kind{delegation.Decide, delegation.DecideOnSpot}
)

// mayAct: an officer of the licence's own organ with one of the grants on its item. Whoever belongs to another organ is not
// told that the licence exists.
func mayAct(ctx context.Context, r db.Reader, now time.Time, by org.Staff, l licence.Licence, kinds ...delegation.Kind) (err error) {
	if by.Organ != l.Organ {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	for _, k := range kinds {
		if err = delegation.Permit(ctx, r, now, by.ID, k, l.Organ, l.Item); err == nil || !fault.Is(err, fault.Denied) {
			return err
		}
	}
	return err
}

// Lengths of an act's words in characters.
const (
	actShortest = 5
	actLongest  = 2000
	actLine     = 100
)

// wrong lists what is wrong with an order, and finds its ground.
func (o *ActOrder) wrong(rule licence.Rule, l licence.Licence, it *catalog.Item, now time.Time) (g licence.Ground, out []fault.Field) {
	bad := func(name, key string) {
		out = append(out, fault.Field{Name: name, Key: key, Args: []any{"n", actShortest, "most", actLongest}})
	}
	w := &o.Words
	g, ok := rule.Ground(o.Ground)
	if !ok || !g.Applies(l, now) {
		bad("ground", "after.act.ground.choose")
	}
	for _, x := range []struct {
		name  string
		value *string
		need  bool
		most  int
	}{{"reason", &w.Reason, true, actLongest}, {"interests", &w.Interests, rule.Kind == licence.Rescind || rule.Kind == licence.Withdraw, actLongest}, {"pays", &w.Pays, g.Pays == "compensation" || g.Pays == "damages", actLongest},
		{"body", &w.Body, rule.Outside, actLine}, {"decision", &w.Decision, rule.Outside, actLine}} {
		*x.value = flat(*x.value)
		switch n := utf8.RuneCountInString(*x.value); {
		case n > x.most:
			bad(x.name, "after.act.long")
		case x.need && n < 2, x.name == "reason" && n < actShortest:
			bad(x.name, "after.act."+x.name+".say")
		}
	}
	if rule.Kind == licence.Alter || rule.Kind == licence.Correct {
		out = append(out, wrongChanges(w.Changes, it)...)
	}
	return g, out
}

// wrongChanges: something must change, and only what is printed on the licence.
func wrongChanges(changes map[string]string, it *catalog.Item) (out []fault.Field) {
	if len(changes) == 0 {
		return []fault.Field{{Name: "ground", Key: "after.act.change.nothing"}}
	}
	for element, value := range changes {
		if !slices.Contains(it.Result.Fields, element) || value == "" || utf8.RuneCountInString(value) > actLine {
			out = append(out, fault.Field{Name: "change." + element, Key: "after.act.change.wrong", Args: []any{"most", actLine}})
		}
	}
	return out
}

// Statement is the holder's word on an act that waits.
type Statement struct {
	Submit once.Submit
	Act    ref.ActID
	Party  ref.PartyID // must hold the licence
	Words  string
	By     string // "account:…", or "staff:…" who wrote it down
}

// State keeps what the holder says. Errors: NotFound for somebody else's licence, Conflict when it was decided or the holder is
// not heard on it, Invalid.
func (p *Press) State(ctx context.Context, s Statement) error {
	a, err := licence.GetAct(ctx, p.DB, s.Act)
	if err != nil {
		return err
	}
	if a.Party != s.Party {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if s.Words = flat(s.Words); s.Words == "" || utf8.RuneCountInString(s.Words) > actLongest {
		return fault.Bad(fault.Field{Name: "words", Key: "after.act.words.say", Args: []any{"most", actLongest}})
	}
	return p.DB.Write(ctx, "issuance.State", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, a.Case); err != nil {
			return err
		}
		_, err := once.Do(ctx, tx, s.Submit, func() (string, error) {
			if a.Hear == 0 {
				return "", fault.New(fault.Conflict, "after.act.not_heard")
			}
			if err := licence.State(ctx, tx, p.Vault, a, s.Words, p.Now()); err != nil {
				return "", err
			}
			return string(a.ID), audit.Record(ctx, tx, audit.Entry{Actor: s.By, Verb: "issuance.State", Object: "licence:" + string(a.Licence), After: audit.Digest(string(a.ID)), At: p.Now()})
		})
		return err
	})
}

// Verdict is a second officer's decision on an act.
type Verdict struct {
	Submit once.Submit
	By     org.Staff
	Act    ref.ActID
	Carry  bool
	Note   string // what was made of the holder's statement, or why it is dropped
}

// Settle decides an act. Errors: NotFound for another organ's, Denied to its proposer and without a grant to decide, Conflict
// before the holder was heard, when it was decided, or when the licence has changed meanwhile; Invalid without a note where one is due.
func (p *Press) Settle(ctx context.Context, v Verdict) error {
	found, err := licence.GetAct(ctx, p.DB, v.Act)
	if err != nil {
		return err
	}
	v.Note = flat(v.Note)
	return p.DB.Write(ctx, "issuance.Settle", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, found.Case); err != nil {
			return err
		}
		_, err := once.Do(ctx, tx, v.Submit, func() (string, error) { return string(v.Act), p.settle(ctx, tx, v) })
		return err
	})
}

func (p *Press) settle(ctx context.Context, tx *db.Tx, v Verdict) error {
	a, err := licence.GetAct(ctx, tx, v.Act)
	if err != nil {
		return err
	}
	l, err := licence.Get(ctx, tx, a.Licence)
	if err != nil {
		return err
	}
	now := p.Now()
	if err := v.may(ctx, tx, a, l, now); err != nil {
		return err
	}
	if v.Carry && a.Before != l.State {
		return fault.New(fault.Conflict, "after.act.does_not_fit")
	}
	a.Before, a.Settled, a.Second, a.State = l.State, now, v.By.ID, licence.Dropped
	if v.Carry {
		a.State = licence.Carried
	}
	if err := licence.Settle(ctx, tx, p.Vault, a, v.Note); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(v.By.ID), Verb: "issuance.Settle." + a.State, Object: "licence:" + string(l.ID), After: audit.Digest(string(a.ID)), At: now}); err != nil {
		return err
	}
	if !v.Carry {
		return nil
	}
	return p.carry(ctx, tx, a, l)
}

// may: two people, of whom the second may decide, and nobody unheard.
func (v Verdict) may(ctx context.Context, r db.Reader, a licence.Act, l licence.Licence, now time.Time) error {
	if err := mayAct(ctx, r, now, v.By, l, deciders...); err != nil {
		return err
	}
	if a.By == v.By.ID {
		return fault.New(fault.Denied, "after.act.own")
	}
	if a.State != licence.Proposed {
		return fault.New(fault.Conflict, "after.act.settled")
	}
	if v.Carry && !a.Ripe(now) {
		return fault.New(fault.Conflict, "after.act.unheard")
	}
	if n := utf8.RuneCountInString(v.Note); n > actLongest || n == 0 && (!v.Carry || !a.Stated.IsZero()) {
		return fault.Bad(fault.Field{Name: "note", Key: "after.act.note.say", Args: []any{"most", actLongest}})
	}
	return nil
}

// carry gives an act its effect: the licence's state, or the order for its new version.
func (p *Press) carry(ctx context.Context, tx *db.Tx, a licence.Act, l licence.Licence) error {
	rule, _ := licence.RuleOf(a.Kind)
	if !rule.Fits(l, a.Settled) {
		return fault.New(fault.Conflict, "after.act.does_not_fit")
	}
	if err := p.Bus.Publish(ctx, tx, licence.ActCarried{Case: a.Case, Act: a.ID}); err != nil {
		return err
	}
	if rule.To == "" && a.Kind != licence.Reverse {
		return p.Bus.Publish(ctx, tx, licence.VersionDue{Case: a.Case, Act: a.ID})
	}
	change := licence.Change{Licence: l.ID, Before: l.State, After: rule.To, Actor: "staff:" + string(a.Second), At: a.Settled}
	if a.Kind == licence.Reverse {
		undone, err := licence.GetAct(ctx, tx, a.Reverses)
		if err != nil {
			return err
		}
		change.After = undone.Before
		if err := licence.Restore(ctx, tx, undone, a.Settled); err != nil {
			return err
		}
	} else if err := licence.SetState(ctx, tx, l.ID, rule.To, a.Settled); err != nil {
		return err
	}
	words, err := a.Open(ctx, tx, p.Vault)
	if err != nil {
		return err
	}
	return p.restated(ctx, tx, l, change, words.Reason)
}
