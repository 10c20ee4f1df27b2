package intake

import (
	"context"
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
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Application is one application handed in from outside: a phone, a terminal, another portal.
type Application struct {
	Submit    once.Submit
	By        string        // the actor: "account:…", "portal:…"
	Account   ref.AccountID // the phone it was begun on, empty for a portal's
	Portal    ref.PortalID
	Assured   ref.Assurance // how sure it is who applies
	Draft     string        // dropped with the submit
	Rev       int64         // of the draft, as its answers were read
	Version   ref.VersionID
	Party     ref.PartyID
	Place     ref.DivisionCode
	Channel   ref.Channel
	Answers   map[string]form.Answer
	Materials map[string][]ref.MaterialID
	Disputed  map[string]form.Answer // held values that the applicant called wrong

	digest string // of the draft's content
}

func (a Application) acceptance() Acceptance {
	return Acceptance{Submit: a.Submit, Draft: a.Draft, Rev: a.Rev, Version: a.Version, Party: a.Party, Place: a.Place, Channel: a.Channel, Answers: a.Answers, Materials: a.Materials, Disputed: a.Disputed}
}

// Apply makes the case of an application from outside. It is taken in (收件), never accepted: the
// organ has five working days from this moment (行政许可法 32(4)), whatever looks at it first.
// Errors: Invalid with every wrong field and missing material, Conflict for a reused key.
func (d *Desk) Apply(ctx context.Context, a Application) (ref.CaseID, error) {
	v, err := catalog.Get(ctx, d.DB, a.Version)
	if err != nil {
		return "", err
	}
	now := d.Now()
	in := a.acceptance()
	held, err := d.check(ctx, v, &in, now)
	if err != nil {
		return "", err
	}
	made := opening{Acceptance: in, item: v.Doc(), now: now, cal: d.Calendar(), held: held, outside: &a}
	var id string
	err = d.DB.Write(ctx, "intake.Apply", func(ctx context.Context, tx *db.Tx) error {
		id, err = once.Do(ctx, tx, a.Submit, func() (string, error) { return d.open(ctx, tx, made) })
		return err
	})
	return ref.CaseID(id), err
}

// Declare gives the party of an applicant on an outside actor's word alone; nothing held on
// whoever has the number opens by it.
func (d *Desk) Declare(ctx context.Context, by string, kind ref.PartyKind, name, number string) (ref.PartyID, error) {
	number, bad := declared(kind, &name, number)
	if len(bad) > 0 {
		return "", fault.Bad(bad...)
	}
	var p party.Party
	err := d.DB.Write(ctx, "intake.Declare", func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = party.Declare(ctx, tx, d.Vault, by, party.Party{Kind: kind, Name: name, Made: d.Now()}, number)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "intake.Declare", Object: "party:" + string(p.ID), At: d.Now()})
	})
	return p.ID, err
}

// declared checks a typed name and number; spelling is repaired.
func declared(kind ref.PartyKind, name *string, typed string) (number string, bad []fault.Field) {
	*name = strings.Join(strings.Fields(*name), " ")
	if n := utf8.RuneCountInString(*name); n == 0 {
		bad = append(bad, fault.Field{Name: "name", Key: "intake.name_empty"})
	} else if n > 100 {
		bad = append(bad, fault.Field{Name: "name", Key: "form.too_long", Args: []any{"max", 100}})
	} else if err := form.Check([]form.Field{{Element: "name", Kind: "text"}}, map[string]form.Answer{"name": {Element: "name", Value: *name}}, time.Time{}); err != nil {
		bad = append(bad, fault.Fields(err)...)
	}
	switch kind {
	case ref.PartyNatural:
		n, err := ref.ParseCitizenNumber(typed)
		if err != nil {
			bad = append(bad, fault.Field{Name: "number", Key: "form.wrong_idnumber"})
		}
		number = string(n)
	case ref.PartyLegal:
		n, err := ref.ParseUSCC(typed)
		if err != nil {
			bad = append(bad, fault.Field{Name: "number", Key: "form.wrong_uscc"})
		}
		number = string(n)
	default:
		bad = append(bad, fault.Field{Name: "kind", Key: "form.choose"})
	}
	return number, bad
}

// mostDrafts is how many drafts one phone may have open.
const mostDrafts = 20

// BeginOnline opens a draft on a phone, with what is already known filled in.
func (d *Desk) BeginOnline(ctx context.Context, s once.Submit, me identity.Me, item ref.ItemID, who ref.PartyID, c form.Content) (string, error) {
	v, err := catalog.Current(ctx, d.DB, item)
	if err != nil {
		return "", err
	}
	now := d.Now()
	if err := Offered(ctx, d.DB, item, catalog.Online, who, now); err != nil {
		return "", err
	}
	draft := form.Draft{ID: db.NewID(), Item: item, Version: v.ID, Party: who, Account: me.Account, Mandate: me.Mandate, Made: now, At: now}
	draft.Code = d.BlindCode(DraftCode(d.Vault, draft.ID))
	var id string
	err = d.DB.Write(ctx, "intake.BeginOnline", func(ctx context.Context, tx *db.Tx) error {
		id, err = once.Do(ctx, tx, s, func() (string, error) {
			open, err := form.DraftsOn(ctx, tx, me.Account, mostDrafts)
			if err == nil && len(open) == mostDrafts {
				err = fault.New(fault.Conflict, "intake.many_drafts", "n", mostDrafts)
			}
			if err != nil {
				return "", err
			}
			if me.Mandate != "" {
				deed := party.Deed{Agent: me.Person, For: who, Item: item}
				if _, err := party.Begin(ctx, tx, me.Mandate, deed, me.Actor(), now); err != nil {
					return "", err
				}
			}
			return draft.ID, form.Begin(ctx, tx, d.Vault, draft, c)
		})
		return err
	})
	return id, err
}

// BlindCode is the look-up value of a draft's characters as people type them.
func (d *Desk) BlindCode(typed string) string {
	return d.Vault.Blind("form.code", crypto.ReadCode(typed))
}

// DraftCode is the eight characters by which a window finds a draft; only their look-up value is stored.
func DraftCode(v *crypto.Vault, id string) string { return v.Code("form.draft", id) }

// mine opens a draft that the session sees whole; anybody else's is not there.
func (d *Desk) mine(ctx context.Context, r db.Reader, me identity.Me, id string) (form.Draft, error) {
	draft, err := form.GetDraft(ctx, r, id)
	if fault.Is(err, fault.NotFound) {
		err = noDraft()
	}
	if err != nil {
		return draft, err
	}
	who, err := party.Get(ctx, r, draft.Party)
	if err != nil {
		return draft, err
	}
	if draft.Mandate != "" {
		return draft, d.actsFor(ctx, r, me, draft)
	}
	if draft.Account == "" || me.Sees(DraftThing(draft, who)) != identity.All {
		return draft, noDraft()
	}
	return draft, nil
}

// noDraft is one answer whether a draft was handed in, taken to a window, deleted, or never there.
func noDraft() error { return fault.New(fault.NotFound, "fault.draft_elsewhere") }

// DraftThing and CaseThing say whose a draft or case is.
func DraftThing(d form.Draft, who party.Party) identity.Thing {
	return identity.Thing{Account: d.Account, Party: who.ID, Same: who.Same, DeclaredBy: who.DeclaredBy}
}

// CaseThing is as DraftThing.
func CaseThing(c casefile.Case, who party.Party) identity.Thing {
	return identity.Thing{Account: c.Account, Party: who.ID, Same: who.Same, DeclaredBy: who.DeclaredBy}
}

// Mine reads a draft that the session sees whole.
func (d *Desk) Mine(ctx context.Context, me identity.Me, id string) (form.Draft, error) {
	return d.mine(ctx, d.DB, me, id)
}

// on finds a draft that the session sees whole.
func (d *Desk) on(me identity.Me, id string) finding {
	return func(ctx context.Context, tx *db.Tx) (form.Draft, error) { return d.mine(ctx, tx, me, id) }
}

// KeepOnline saves what was filled in on the phone.
func (d *Desk) KeepOnline(ctx context.Context, me identity.Me, id string, change func(*form.Content)) error {
	return d.keep(ctx, "intake.KeepOnline", d.on(me, id), change)
}

// DiscardOnline gives a draft of the phone's up.
func (d *Desk) DiscardOnline(ctx context.Context, me identity.Me, id string) error {
	return d.discard(ctx, "intake.DiscardOnline", d.on(me, id))
}

// TakeOver gives a draft begun on a phone to the clerk before whom its person stands, by the
// draft's characters. Denied when it is somebody else's; the phone keeps its place in the list.
func (d *Desk) TakeOver(ctx context.Context, by org.Staff, presence, typed string) (string, error) {
	p, err := party.GetPresence(ctx, d.DB, presence)
	if err != nil {
		return "", err
	}
	now := d.Now()
	if p.Staff != by.ID || !now.Before(p.Until) {
		return "", fault.New(fault.Conflict, "fault.presence_over")
	}
	if !p.Open(now, by.ID) { // a number alone, typed by whomever, brings nobody's draft
		return "", fault.New(fault.Conflict, "intake.draft_person")
	}
	var id string
	err = d.DB.Write(ctx, "intake.TakeOver", func(ctx context.Context, tx *db.Tx) error {
		draft, err := form.DraftByCode(ctx, tx, d.BlindCode(typed))
		if err != nil {
			return err
		}
		same, err := d.samePerson(ctx, tx, draft.Party, p.Party)
		if err == nil && !same {
			err = fault.New(fault.Denied, "intake.draft_of_other")
		}
		if err != nil {
			return err
		}
		id, draft.Staff, draft.Presence, draft.Mandate = draft.ID, by.ID, p.ID, ""
		if err := d.own(ctx, tx, draft, p.Party); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor(by), Verb: "intake.TakeOver", Object: "party:" + string(p.Party), After: audit.Digest(draft.ID), At: now})
	})
	if fault.Is(err, fault.NotFound) {
		return "", fault.Bad(fault.Field{Name: "code", Key: "intake.draft_unknown"})
	}
	return id, err
}

// samePerson says that two parties have one number, or one is the other.
func (d *Desk) samePerson(ctx context.Context, tx *db.Tx, a, b ref.PartyID) (bool, error) {
	if a == b {
		return true, nil
	}
	first, err := party.Facts(ctx, tx, d.Vault, a, party.Number)
	if err != nil {
		return false, err
	}
	second, err := party.Facts(ctx, tx, d.Vault, b, party.Number)
	number := first[party.Number].Value
	return err == nil && number != "" && number == second[party.Number].Value, err
}

// own gives a draft and the papers in it to a party.
func (d *Desk) own(ctx context.Context, tx *db.Tx, draft form.Draft, to ref.PartyID) error {
	c, err := draft.Open(ctx, tx, d.Vault)
	if err != nil {
		return err
	}
	for _, list := range c.Materials {
		for _, id := range list {
			if err := d.ownPaper(ctx, tx, id, to); err != nil {
				return err
			}
		}
	}
	draft.Party = to
	return form.Own(ctx, tx, d.Vault, draft, c)
}

func (d *Desk) ownPaper(ctx context.Context, tx *db.Tx, id ref.MaterialID, to ref.PartyID) error {
	m, err := material.Get(ctx, tx, id)
	if err != nil || m.Party == to {
		return err
	}
	key, err := d.Vault.Open(ctx, tx, string(m.Party), material.BlobPlace(id), m.BlobKey)
	if err != nil {
		return err
	}
	if key, err = d.Vault.Seal(ctx, tx, string(to), material.BlobPlace(id), key); err != nil {
		return err
	}
	return material.Own(ctx, tx, id, to, key)
}

// Adopt lets a person who proved who they are keep what they began on the phone before: what
// was declared under their own number becomes theirs.
func (d *Desk) Adopt(ctx context.Context, dl event.Delivery, e identity.WasProven) error {
	return d.DB.Write(ctx, "intake.Adopt", func(ctx context.Context, tx *db.Tx) error {
		all, err := party.Declared(ctx, tx, identity.Subject(e.Account))
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.Same != "" || p.Kind != ref.PartyNatural {
				continue
			}
			same, err := d.samePerson(ctx, tx, p.ID, e.Party)
			if err == nil && same {
				err = party.Unite(ctx, tx, p.ID, e.Party)
			}
			if err != nil {
				return err
			}
		}
		if err := d.adoptDrafts(ctx, tx, e); err != nil {
			return err
		}
		return dl.Done(ctx, tx)
	})
}

func (d *Desk) adoptDrafts(ctx context.Context, tx *db.Tx, e identity.WasProven) error {
	drafts, err := form.DraftsOn(ctx, tx, e.Account, 100)
	if err != nil {
		return err
	}
	for _, draft := range drafts {
		who, err := party.Get(ctx, tx, draft.Party)
		if err == nil && who.Same == e.Party {
			err = d.own(ctx, tx, draft, e.Party)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Answered is what an applicant sends back after the one notice of correction, from outside.
type Answered struct {
	Submit    once.Submit
	Me        identity.Me
	Case      ref.CaseID
	Materials map[string][]ref.MaterialID // by "point.N", the N-th point of the notice, or a material of the item
	Note      string
	Answers   map[string]form.Answer // corrected ones, by data element
}

// SupplyOnline notes the correction and hands the case back to the organ.
func (d *Desk) SupplyOnline(ctx context.Context, a Answered) error {
	s := Supply{Submit: a.Submit, Case: a.Case, Materials: a.Materials, Note: strings.TrimSpace(a.Note), Answers: a.Answers, by: a.Me.Actor()}
	s.may = func(ctx context.Context, tx *db.Tx, c casefile.Case) error {
		who, err := party.Get(ctx, tx, c.Party)
		if err != nil {
			return err
		}
		if a.Me.Sees(CaseThing(c, who)) == identity.All {
			return nil
		}
		return ActsOn(ctx, tx, a.Me, c, party.ActCorrect, d.Now())
	}
	return d.hand(ctx, s)
}

// beginOutside makes the case row and first fact of an application from outside.
func (o opening) beginOutside() (casefile.Case, []casefile.Fact) {
	a := o.outside
	c := casefile.Case{ID: ref.CaseID(db.NewID()), Party: a.Party, Organ: o.item.Organ, Item: o.item.ID, Place: a.Place, Channel: a.Channel, ReceivedAt: o.now,
		Account: a.Account, Portal: a.Portal, Assured: a.Assured}
	return c, []casefile.Fact{{Kind: casefile.FactReceived, At: o.now, Actor: a.By, Organ: o.item.Organ}}
}
