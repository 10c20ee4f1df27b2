package intake

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Scope is what a mandate is to cover, as it was filled in.
type Scope struct {
	Items []ref.ItemID // nil: all
	Case  ref.CaseID   // this one only
	Acts  []party.Act
	Shows bool
	From  calendar.Date // 0: from now on
	Until calendar.Date // the last day
}

// longest is how long a mandate may run at most; a guardian's has its own end.
const longest = 3 * 366

// wrong says what of a scope cannot be, all at once.
func (s Scope) wrong(ctx context.Context, r db.Reader, principal ref.PartyID, now time.Time) (bad []fault.Field, err error) {
	today := calendar.DateOf(now)
	if len(s.Acts) == 0 || slices.ContainsFunc(s.Acts, func(a party.Act) bool { return !slices.Contains(party.Acts(), a) }) {
		bad = append(bad, fault.Field{Name: "acts", Key: "form.choose"})
	}
	if s.From != 0 && s.From < today {
		bad = append(bad, fault.Field{Name: "from", Key: "proxy.from_past"})
	}
	if s.Until < max(s.From, today) {
		bad = append(bad, fault.Field{Name: "until", Key: "proxy.until_past"})
	} else if s.Until > today+longest {
		bad = append(bad, fault.Field{Name: "until", Key: "proxy.until_far", Args: []any{"n", 3}})
	}
	if s.Items != nil && len(s.Items) == 0 || len(s.Items) > 50 {
		bad = append(bad, fault.Field{Name: "items", Key: "form.choose"})
	}
	for _, id := range s.Items {
		if _, err := catalog.GetRow(ctx, r, id); fault.Is(err, fault.NotFound) {
			bad = append(bad, fault.Field{Name: "items", Key: "form.choose"})
		} else if err != nil {
			return nil, err
		}
	}
	if s.Case != "" {
		c, err := casefile.Get(ctx, r, s.Case)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err != nil || c.Party != principal {
			bad = append(bad, fault.Field{Name: "scope", Key: "form.choose"})
		}
	}
	return bad, nil
}

// mandate makes the row of a scope.
func (s Scope) mandate(m party.Mandate, now time.Time) party.Mandate {
	m = m.Scoped(s.Items, s.Acts)
	m.ID, m.Case, m.Shows, m.Made, m.From, m.Until = db.NewID(), s.Case, s.Shows, now, now, s.Until.End()
	if s.From > calendar.DateOf(now) {
		m.From = s.From.At(0)
	}
	return m
}

// Naming is a principal's own grant, from outside.
type Naming struct {
	Submit once.Submit
	Me     identity.Me // at the real-name level, for itself or for a company it represents
	Name   string
	Number string
	Scope  Scope
}

// NameAgent offers a mandate to whoever has the number and name. The answer is the same whether
// anybody is known by them. Errors: Denied below the real-name level, Invalid, TooMany.
func (d *Desk) NameAgent(ctx context.Context, n Naming) (string, error) {
	if !n.Me.Real() || n.Me.Mandate != "" { // who acts for another passes nothing on
		return "", fault.New(fault.Denied, "fault.denied")
	}
	now := d.Now()
	number, bad := declared(ref.PartyNatural, &n.Name, n.Number)
	more, err := n.Scope.wrong(ctx, d.DB, n.Me.For, now)
	if err != nil {
		return "", err
	}
	own, err := party.Get(ctx, d.DB, n.Me.Person)
	if err != nil {
		return "", err
	}
	blind := party.Blind(d.Vault, number)
	if number != "" && blind == own.Blind {
		bad = append(bad, fault.Field{Name: "number", Key: "proxy.yourself"})
	}
	if bad = append(bad, more...); len(bad) > 0 {
		return "", fault.Bad(bad...)
	}
	m := party.Mandate{Principal: n.Me.For, Blind: blind, Name: n.Name, Arose: party.AroseOnline, By: n.Me.Actor()}
	if n.Me.For != n.Me.Person {
		m.Arose = party.AroseStaff
	}
	return d.addMandate(ctx, n.Submit, n.Scope.mandate(m, now), "offered", nil)
}

// addMandate writes a mandate with its traces; also does more in the same transaction.
func (d *Desk) addMandate(ctx context.Context, s once.Submit, m party.Mandate, how string, also func(context.Context, *db.Tx) error) (id string, err error) {
	err = d.DB.Write(ctx, "intake.AddMandate", func(ctx context.Context, tx *db.Tx) error {
		id, err = once.Do(ctx, tx, s, func() (string, error) {
			if also != nil {
				if err := also(ctx, tx); err != nil {
					return "", err
				}
			}
			if err := party.AddMandate(ctx, tx, m); err != nil {
				return "", err
			}
			return m.ID, d.mandateChanged(ctx, tx, m, m.By, how)
		})
		return err
	})
	return id, err
}

func (d *Desk) mandateChanged(ctx context.Context, tx *db.Tx, m party.Mandate, by, how string) error {
	if err := audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "intake.Mandate." + how, Object: "party:" + string(m.Principal), After: audit.Digest(m.ID), At: d.Now()}); err != nil {
		return err
	}
	return d.Bus.Publish(ctx, tx, party.MandateChanged{Mandate: m.ID, How: how})
}

// AnswerOffer accepts or declines what was offered to the person. NotFound for anybody else's offer,
// Conflict when it waits no more. Repeatable by nature: a second answer changes nothing.
func (d *Desk) AnswerOffer(ctx context.Context, me identity.Me, id string, accept bool) error {
	if !me.Real() {
		return fault.New(fault.Denied, "fault.denied")
	}
	return d.DB.Write(ctx, "intake.AnswerOffer", func(ctx context.Context, tx *db.Tx) error {
		who, err := party.Get(ctx, tx, me.Person)
		if err != nil {
			return err
		}
		var m party.Mandate
		how := "granted"
		if accept {
			m, err = party.Accept(ctx, tx, id, who, d.Now())
		} else {
			m, err = party.Decline(ctx, tx, id, who, me.Actor(), d.Now())
			how = "declined"
		}
		if err != nil {
			return err
		}
		return d.mandateChanged(ctx, tx, m, me.Actor(), how)
	})
}

// EndMandate revokes as the principal or resigns as the agent, at once. NotFound for anybody else's,
// Denied for a ward: what the law made a window ends. Repeatable by nature.
func (d *Desk) EndMandate(ctx context.Context, me identity.Me, id string) error {
	if !me.Real() {
		return fault.New(fault.Denied, "fault.denied")
	}
	return d.DB.Write(ctx, "intake.EndMandate", func(ctx context.Context, tx *db.Tx) error {
		m, err := party.GetMandate(ctx, tx, id)
		if err != nil {
			return err
		}
		how := ""
		switch {
		case m.Principal == me.For && m.Arose.Guardian():
			return fault.New(fault.Denied, "proxy.guardian_window")
		case m.Principal == me.For:
			how = "revoked"
		case m.Agent != "" && m.Agent == me.Person:
			how = "resigned"
		default:
			return fault.New(fault.NotFound, "fault.not_found")
		}
		if m, err = party.EndMandate(ctx, tx, id, me.Actor(), how, d.Now()); err != nil {
			return err
		}
		return d.mandateChanged(ctx, tx, m, me.Actor(), how)
	})
}

// Attested is a mandate that arises before a clerk.
type Attested struct {
	Submit   once.Submit
	By       org.Staff
	Presence string      // who stands here, seen by the card or confirmed
	Arose    party.Arose // window: they are the principal; letter, minor, adult: the agent
	Kind     ref.PartyKind
	Name     string // of the other one
	Number   string
	Scope    Scope
	Evidence ref.MaterialID // the paper, uploaded under who stands here
	Compared bool           // the clerk looked at it
}

// Attest notes a mandate that the clerk saw arise: said by the principal, by a letter of authority, or by law. An
// agent whose card this clerk has just read accepts by that. Errors: Invalid, Conflict when nobody's presence is open.
func (d *Desk) Attest(ctx context.Context, a Attested) (string, error) {
	now := d.Now()
	here, err := d.standing(ctx, a.By, a.Presence)
	if err != nil {
		return "", err
	}
	number, bad := a.wrong(now)
	if a.Arose == party.AroseMinor {
		a.Scope.Until = calendar.DateOf(ref.CitizenNumber(number).Born().AddDate(party.Adult, 0, 0)) - 1
	}
	if here.Kind != ref.PartyNatural && a.Arose != party.AroseWindow {
		bad = append(bad, fault.Field{Name: "arose", Key: "signin.not_a_person"})
	}
	scope, guardian := a.Scope, a.Arose.Guardian()
	if guardian { // the whole law-given right (民法典 34), until it ends
		scope.Items, scope.Case, scope.Acts, scope.Shows, scope.From = nil, "", party.Acts(), true, 0
	}
	if a.Arose != party.AroseMinor {
		more, err := scope.wrong(ctx, d.DB, here.ID, now)
		if err != nil {
			return "", err
		}
		bad = append(bad, more...)
	}
	if len(bad) > 0 {
		return "", fault.Bad(bad...)
	}
	m := scope.mandate(party.Mandate{Arose: a.Arose, Witness: a.By.ID, Evidence: a.Evidence, By: actor(a.By)}, now)
	if a.Arose == party.AroseWindow {
		return d.attestOwn(ctx, a, here, number, m)
	}
	return d.attestOther(ctx, a, here, number, m)
}

// wrong says what is wrong with the other one and the paper.
func (a *Attested) wrong(now time.Time) (number string, bad []fault.Field) {
	kind := a.Kind
	if a.Arose != party.AroseLetter {
		kind = ref.PartyNatural
	}
	number, bad = declared(kind, &a.Name, a.Number)
	switch a.Arose {
	case party.AroseWindow:
		return number, bad
	case party.AroseMinor:
		if number != "" && ref.CitizenNumber(number).Age(now) >= party.Adult {
			bad = append(bad, fault.Field{Name: "number", Key: "proxy.not_minor"})
		}
	case party.AroseAdult:
		if number != "" && ref.CitizenNumber(number).Age(now) < party.Adult {
			bad = append(bad, fault.Field{Name: "number", Key: "proxy.not_adult"})
		}
	case party.AroseLetter:
	default:
		bad = append(bad, fault.Field{Name: "arose", Key: "form.choose"})
	}
	if a.Evidence == "" {
		bad = append(bad, fault.Field{Name: "file", Key: "proxy.paper_needed"})
	}
	if !a.Compared {
		bad = append(bad, fault.Field{Name: "compared", Key: "proxy.not_compared"})
	}
	return number, bad
}

// standing is the person whose presence is open to the clerk.
func (d *Desk) standing(ctx context.Context, by org.Staff, presence string) (party.Party, error) {
	p, err := party.GetPresence(ctx, d.DB, presence)
	if err == nil && !p.Open(d.Now(), by.ID) {
		err = fault.New(fault.Conflict, "fault.presence_over")
	}
	if err != nil {
		return party.Party{}, err
	}
	return party.Get(ctx, d.DB, p.Party)
}

// attestOwn: the principal stands here and names an agent, who accepts at once if they are here too.
func (d *Desk) attestOwn(ctx context.Context, a Attested, here party.Party, number string, m party.Mandate) (string, error) {
	m.Principal, m.Blind, m.Name = here.ID, party.Blind(d.Vault, number), a.Name
	if m.Blind == here.Blind {
		return "", fault.Bad(fault.Field{Name: "number", Key: "proxy.yourself"})
	}
	how := "offered"
	other, err := party.ByNumber(ctx, d.DB, d.Vault, number)
	if err == nil && other.Name == a.Name {
		var both bool
		if both, err = party.IsHere(ctx, d.DB, a.By.ID, other.ID, m.Made); both {
			m.Agent, m.Accepted, how = other.ID, m.Made, "granted"
		}
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	return d.addMandate(ctx, a.Submit, m, how, nil)
}

// attestOther: the agent stands here and the paper speaks for the principal.
func (d *Desk) attestOther(ctx context.Context, a Attested, here party.Party, number string, m party.Mandate) (string, error) {
	kind := a.Kind
	if a.Arose != party.AroseLetter {
		kind = ref.PartyNatural
	}
	principal, err := d.Register(ctx, actor(a.By), party.Party{Kind: kind, Name: a.Name}, number)
	if err != nil {
		return "", err
	}
	who, err := party.Get(ctx, d.DB, principal)
	if err != nil {
		return "", err
	}
	switch {
	case who.Name != a.Name:
		return "", fault.Bad(fault.Field{Name: "name", Key: "proxy.name_differs"})
	case principal == here.ID:
		return "", fault.Bad(fault.Field{Name: "number", Key: "proxy.yourself"})
	}
	m.Principal, m.Agent, m.Blind, m.Name, m.Accepted = principal, here.ID, here.Blind, here.Name, m.Made
	return d.addMandate(ctx, a.Submit, m, "granted", func(ctx context.Context, tx *db.Tx) error {
		paper, err := material.Get(ctx, tx, a.Evidence)
		if err == nil && paper.Party != here.ID {
			err = fault.Bad(fault.Field{Name: "file", Key: "proxy.paper_needed"})
		}
		if err == nil {
			err = d.ownPaper(ctx, tx, a.Evidence, principal)
		}
		if err == nil {
			err = material.Raise(ctx, tx, a.Evidence)
		}
		return err
	})
}

// LiftMandate ends a mandate at a window, on the word of its principal or agent who stands here; a
// guardian's on a paper that the clerk looked at. NotFound for anybody else's. Repeatable by nature.
func (d *Desk) LiftMandate(ctx context.Context, by org.Staff, presence, id string) error {
	here, err := d.standing(ctx, by, presence)
	if err != nil {
		return err
	}
	return d.DB.Write(ctx, "intake.LiftMandate", func(ctx context.Context, tx *db.Tx) error {
		m, err := party.GetMandate(ctx, tx, id)
		if err == nil && m.Principal != here.ID && m.Agent != here.ID {
			err = fault.New(fault.NotFound, "fault.not_found")
		}
		if err == nil {
			m, err = party.EndMandate(ctx, tx, id, actor(by), "lifted", d.Now())
		}
		if err != nil {
			return err
		}
		return d.mandateChanged(ctx, tx, m, actor(by), "lifted")
	})
}

// Acting is the session of a person who chose to act under a mandate. One that is not theirs, or not
// good now, leaves them acting for themselves.
func Acting(ctx context.Context, r db.Reader, me identity.Me, mandate string, now time.Time) (identity.Me, error) {
	if mandate == "" || !me.Real() {
		return me, nil
	}
	m, err := party.GetMandate(ctx, r, mandate)
	if fault.Is(err, fault.NotFound) {
		return me, nil
	}
	if err == nil && m.Agent == me.Person && m.StateAt(now) == party.Live {
		me.Mandate, me.Principal, me.For = m.ID, m.Principal, me.Person
	}
	return me, err
}

// MatterOf is what a case tells of who applied and who acted.
func MatterOf(c casefile.Case) party.Matter {
	return party.Matter{ID: c.ID, Item: c.Item, Party: c.Party, Agent: c.Agent}
}

// AgentSight says how far a person sees a case of somebody else's as their agent: whole while a mandate
// lets them follow it, afterwards what they handed in themselves.
func AgentSight(ctx context.Context, r db.Reader, me identity.Me, c casefile.Case, now time.Time) (identity.Sight, party.Mandate, error) {
	if !me.Real() {
		return identity.Nothing, party.Mandate{}, nil
	}
	m, ok, err := party.Following(ctx, r, me.Person, MatterOf(c), now)
	switch {
	case err != nil:
		return identity.Nothing, m, err
	case ok:
		return identity.All, m, nil
	case c.Agent == me.Person:
		return identity.HandedIn, m, nil
	}
	return identity.Nothing, m, nil
}

// ActsOn notes an agent's deed on a case they follow; NotFound where they do not, Denied where their
// mandate does not go so far.
func ActsOn(ctx context.Context, tx *db.Tx, me identity.Me, c casefile.Case, act party.Act, now time.Time) error {
	sight, _, err := AgentSight(ctx, tx, me, c, now)
	if err == nil && sight != identity.All {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	deed := party.Deed{Agent: me.Person, For: c.Party, Act: act, Item: c.Item, Case: c.ID}
	m, ok, err := party.Covering(ctx, tx, deed, now)
	if err == nil && !ok {
		err = fault.New(fault.Denied, "proxy.not_covered")
	}
	if err == nil {
		_, err = party.Use(ctx, tx, m.ID, deed, me.Actor(), now)
	}
	return err
}

// actsFor says that a draft's agent still may hand it in; NotFound otherwise, as for anybody.
func (d *Desk) actsFor(ctx context.Context, r db.Reader, me identity.Me, draft form.Draft) error {
	m, err := party.GetMandate(ctx, r, draft.Mandate)
	if err == nil && !(me.Real() && party.May(m, party.Deed{Agent: me.Person, For: draft.Party, Act: party.ActApply, Item: draft.Item}, d.Now())) {
		err = noDraft()
	}
	return err
}

// ActAtWindow turns a clerk's draft into one for the principal of the person who stands here. What was
// filled in of the person themselves goes out of it.
func (d *Desk) ActAtWindow(ctx context.Context, by org.Staff, draft, mandate string) error {
	old, err := form.GetDraft(ctx, d.DB, draft)
	if err == nil && old.Staff != by.ID {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	here, err := d.standing(ctx, by, old.Presence)
	if err != nil {
		return err
	}
	now := d.Now()
	return d.DB.Write(ctx, "intake.ActAtWindow", func(ctx context.Context, tx *db.Tx) error {
		m, err := party.GetMandate(ctx, tx, mandate)
		if err == nil {
			m, err = party.Begin(ctx, tx, mandate, party.Deed{Agent: here.ID, For: m.Principal, Item: old.Item}, actor(by), now)
		}
		if fault.Is(err, fault.Denied) {
			err = fault.New(fault.NotFound, "fault.not_found")
		}
		if err == nil {
			err = Offered(ctx, tx, old.Item, by.Hall, m.Principal, now)
		}
		if err != nil {
			return err
		}
		p := party.Presence{ID: db.NewID(), Party: m.Principal, Staff: by.ID, How: party.ByMandate, At: now, Until: now.Add(party.Stay)}
		if m.Shows {
			p.Confirmed = now
		}
		if err := party.Arrive(ctx, tx, p); err != nil {
			return err
		}
		old.Party, old.Mandate, old.Presence = m.Principal, m.ID, p.ID
		if err := form.Own(ctx, tx, d.Vault, old, form.Content{Answers: map[string]form.Answer{}}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor(by), Verb: "intake.ActAtWindow", Object: "party:" + string(m.Principal), After: audit.Digest(m.ID, draft), At: now})
	})
}

// Help notes, by the characters of a draft on somebody's phone, that a member of staff helped to fill it in
// (帮办). It opens nothing to them, then or later.
func (d *Desk) Help(ctx context.Context, by org.Staff, typed string) error {
	err := d.DB.Write(ctx, "intake.Help", func(ctx context.Context, tx *db.Tx) error {
		draft, err := form.DraftByCode(ctx, tx, d.BlindCode(typed))
		if err != nil {
			return err
		}
		if err := form.Help(ctx, tx, draft.ID, by.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor(by), Verb: "intake.Help", Object: "party:" + string(draft.Party), After: audit.Digest(draft.ID), At: d.Now()})
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.Bad(fault.Field{Name: "code", Key: "intake.draft_unknown"})
	}
	return err
}

// word checks a reason in a co-signer's words.
func word(s string) (string, error) {
	s = strings.TrimSpace(s)
	if n := utf8.RuneCountInString(s); n < 2 || n > 200 {
		return s, fault.Bad(fault.Field{Name: "word", Key: "proxy.sign.word"})
	}
	return s, nil
}

// others notes on a new case who had a part in it beside its party: the agent under a mandate that is
// good at this moment, the co-signers, the member of staff who helped.
func (d *Desk) others(ctx context.Context, tx *db.Tx, o opening, c *casefile.Case, facts []casefile.Fact) (err error) {
	detail := facts[0].Detail()
	if o.Draft != "" {
		draft, err := form.GetDraft(ctx, tx, o.Draft)
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.Conflict, "fault.draft_gone")
		}
		if err == nil && draft.Mandate != "" {
			err = d.asAgent(ctx, tx, o, draft, c)
		}
		if err != nil {
			return err
		}
		c.Helper, detail.Mandate, detail.Helper = draft.Helper, draft.Mandate, draft.Helper
	}
	if detail.Signers, err = d.signed(ctx, tx, o, c.ID); err != nil {
		return err
	}
	if detail.Mandate != "" || detail.Helper != "" || detail.Signers > 0 {
		facts[0] = facts[0].With(detail)
	}
	return nil
}

// asAgent hands in under the draft's mandate. An agent's phone opens nothing by itself, so the case keeps none.
func (d *Desk) asAgent(ctx context.Context, tx *db.Tx, o opening, draft form.Draft, c *casefile.Case) error {
	m, err := party.GetMandate(ctx, tx, draft.Mandate)
	if err != nil {
		return err
	}
	c.Agent, c.Mandate, c.Account = m.Agent, m.ID, ""
	if _, err := party.Use(ctx, tx, m.ID, party.Deed{Agent: m.Agent, For: o.Party, Act: party.ActApply, Item: o.item.ID, Case: c.ID}, o.by(), o.now); err != nil {
		return err
	}
	return d.Bus.Publish(ctx, tx, party.MandateUsed{Mandate: m.ID, Case: c.ID})
}
