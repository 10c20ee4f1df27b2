package intake

import (
	"context"
	"slices"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Signers are the roles that must sign beside the applicant under these answers, and how many of each; none for most items.
func Signers(it *catalog.Item, s *form.State) map[string]int {
	out := map[string]int{}
	for _, x := range it.CoSign {
		if s.Wants(form.SignerKey(x.Role)) {
			out[x.Role] = x.Least
		}
	}
	return out
}

// Signer is somebody whom the applicant names to sign with them.
type Signer struct{ Role, Name, Number string }

// NameSigner names a co-signer of a draft on a phone. The answer is the same whether anybody is known
// by name and number. Errors: Denied below the real-name level, Invalid, Conflict for too many. Repeatable by
// nature: nobody is named twice.
func (d *Desk) NameSigner(ctx context.Context, me identity.Me, draft string, s Signer) error {
	if !me.Real() {
		return fault.New(fault.Denied, "fault.denied")
	}
	return d.nameSigner(ctx, d.on(me, draft), me.Actor(), s)
}

// NameSignerAt is as NameSigner, for a clerk's draft.
func (d *Desk) NameSignerAt(ctx context.Context, by org.Staff, draft string, s Signer) error {
	return d.nameSigner(ctx, of(by, draft), actor(by), s)
}

func (d *Desk) nameSigner(ctx context.Context, find finding, by string, s Signer) error {
	number, bad := declared(ref.PartyNatural, &s.Name, s.Number)
	now := d.Now()
	return d.DB.Write(ctx, "intake.NameSigner", func(ctx context.Context, tx *db.Tx) error {
		draft, err := find(ctx, tx)
		if err != nil {
			return err
		}
		v, err := catalog.Get(ctx, tx, draft.Version)
		if err != nil {
			return err
		}
		wrong := bad
		if _, known := v.Doc().CoSigner(s.Role); !known {
			wrong = append(slices.Clone(bad), fault.Field{Name: "role", Key: "form.choose"})
		}
		if len(wrong) > 0 {
			return fault.Bad(wrong...)
		}
		row := party.Signature{ID: db.NewID(), Draft: draft.ID, Role: s.Role, Applicant: draft.Party, Item: draft.Item, Name: s.Name, Blind: party.Blind(d.Vault, number), Made: now}
		if err := party.AddSigner(ctx, tx, row); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "intake.NameSigner", Object: "party:" + string(draft.Party), After: audit.Digest(draft.ID, s.Role), At: now})
	})
}

// DropSigner takes a co-signer out of a draft on a phone again.
func (d *Desk) DropSigner(ctx context.Context, me identity.Me, draft, id string) error {
	return d.dropSigner(ctx, d.on(me, draft), id)
}

// DropSignerAt is as DropSigner, for a clerk's draft.
func (d *Desk) DropSignerAt(ctx context.Context, by org.Staff, draft, id string) error {
	return d.dropSigner(ctx, of(by, draft), id)
}

func (d *Desk) dropSigner(ctx context.Context, find finding, id string) error {
	return d.DB.Write(ctx, "intake.DropSigner", func(ctx context.Context, tx *db.Tx) error {
		draft, err := find(ctx, tx)
		if err != nil {
			return err
		}
		return party.DropSigner(ctx, tx, draft.ID, id)
	})
}

// AskToSign sends a complete draft on a phone to its co-signers. When the last one has signed it is handed in by itself; nobody
// who signed the same content is asked again. Errors: Invalid with everything that is wrong, Conflict when it changed meanwhile.
func (d *Desk) AskToSign(ctx context.Context, me identity.Me, draft string) error {
	found, err := d.mine(ctx, d.DB, me, draft)
	if err != nil {
		return err
	}
	return d.askToSign(ctx, found, d.on(me, draft), me.Actor())
}

// AskToSignAt is as AskToSign for a clerk's draft, which the clerk hands in.
func (d *Desk) AskToSignAt(ctx context.Context, by org.Staff, draft string) error {
	found, err := form.GetDraft(ctx, d.DB, draft)
	if err != nil {
		return err
	}
	return d.askToSign(ctx, found, of(by, draft), actor(by))
}

func (d *Desk) askToSign(ctx context.Context, draft form.Draft, find finding, by string) error {
	a, v, err := d.application(ctx, draft)
	if err != nil {
		return err
	}
	now := d.Now()
	in := a.acceptance()
	if _, err := d.check(ctx, v, &in, now); err != nil {
		return err
	}
	return d.DB.Write(ctx, "intake.AskToSign", func(ctx context.Context, tx *db.Tx) error {
		cur, err := find(ctx, tx)
		if err == nil && cur.Rev != draft.Rev {
			err = fault.New(fault.Conflict, "fault.draft_changed")
		}
		if err != nil {
			return err
		}
		all, err := party.SignaturesOf(ctx, tx, cur.ID)
		if err == nil {
			err = enough(all, in.least)
		}
		if err != nil {
			return err
		}
		asked, err := party.AskToSign(ctx, tx, cur.ID, a.digest, now)
		if err != nil {
			return err
		}
		if err := d.toldToSign(ctx, tx, asked); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "intake.AskToSign", Object: "party:" + string(cur.Party), After: a.digest, At: now})
	})
}

// enough says which roles lack people.
func enough(all []party.Signature, least map[string]int) error {
	named := map[string]int{}
	for _, s := range all {
		named[s.Role]++
	}
	for role, n := range least {
		if named[role] < n {
			return fault.Bad(fault.Field{Name: "cosign", Key: "proxy.sign.few", Args: []any{"n", n}})
		}
	}
	return nil
}

// toldToSign tells who is asked, reminds them, and says when it is too late.
func (d *Desk) toldToSign(ctx context.Context, tx *db.Tx, asked []party.Signature) error {
	for _, s := range asked {
		if err := d.Bus.Publish(ctx, tx, party.SignatureAsked{Signature: s.ID, Digest: s.Digest}); err != nil {
			return err
		}
		if err := d.Bus.PublishAt(ctx, tx, s.Asked.Add(party.SignReminder), party.SignatureAsked{Signature: s.ID, Digest: s.Digest, Again: true}); err != nil {
			return err
		}
		if err := d.Bus.PublishAt(ctx, tx, s.Until, party.SignatureOver{Signature: s.ID, Digest: s.Digest}); err != nil {
			return err
		}
	}
	return nil
}

// application reads a draft as it would be handed in.
func (d *Desk) application(ctx context.Context, draft form.Draft) (Application, catalog.Version, error) {
	v, err := catalog.Get(ctx, d.DB, draft.Version)
	if err != nil {
		return Application{}, v, err
	}
	c, err := draft.Open(ctx, d.DB, d.Vault)
	if err != nil {
		return Application{}, v, err
	}
	a := Application{By: identity.Subject(draft.Account), Account: draft.Account, Assured: ref.AssuranceReal, Draft: draft.ID, Rev: draft.Rev, Version: draft.Version, Party: draft.Party,
		Place: c.Place, Channel: ref.ChannelPhone, Answers: c.Answers, Materials: c.Materials, Disputed: c.Disputed, digest: c.Digest()}
	if a.Place == "" { // nowhere in particular: where the organ is
		organ, err := org.GetOrgan(ctx, d.DB, v.Doc().Organ)
		if err != nil {
			return a, v, err
		}
		a.Place = organ.Division
	}
	return a, v, nil
}

// ToSign is an application as its co-signer reads it before signing.
type ToSign struct {
	party.Signature
	Applicant party.Party
	Version   catalog.Version
	Content   form.Content
	State     party.SignState
}

// ToSign reads what a person is asked to sign; NotFound for anybody else's, or when it is gone.
func (d *Desk) ToSign(ctx context.Context, r db.Reader, who ref.PartyID, id string) (ToSign, error) {
	me, err := party.Get(ctx, r, who)
	if err != nil {
		return ToSign{}, err
	}
	s, err := party.GetSignature(ctx, r, id, me)
	if err != nil {
		return ToSign{}, err
	}
	draft, err := form.GetDraft(ctx, r, s.Draft)
	if err != nil {
		return ToSign{}, err
	}
	out := ToSign{Signature: s}
	if out.Content, err = draft.Open(ctx, r, d.Vault); err != nil {
		return out, err
	}
	if out.Version, err = catalog.Get(ctx, r, draft.Version); err != nil {
		return out, err
	}
	out.State = s.StateAt(out.Content.Digest(), d.Now())
	if out.State != party.SignAsked { // what is not put before them now is not theirs to read
		out.Content = form.Content{}
	}
	out.Applicant, err = party.Get(ctx, r, s.Applicant)
	return out, err
}

// Sign signs what a person was asked to, as they read it: digest is that of the page they saw. refusal is why not, "" to
// sign. Errors: Denied below the real-name level, NotFound, Conflict when it changed or is over. Repeatable by nature: it is settled once.
func (d *Desk) Sign(ctx context.Context, me identity.Me, id, digest, refusal string) error {
	if !me.Real() {
		return fault.New(fault.Denied, "fault.denied")
	}
	return d.sign(ctx, me.Person, "", me.Actor(), id, digest, refusal)
}

// SignAtWindow is as Sign for the person who stands before a clerk.
func (d *Desk) SignAtWindow(ctx context.Context, by org.Staff, presence, id, digest, refusal string) error {
	here, err := d.standing(ctx, by, presence)
	if err != nil {
		return err
	}
	return d.sign(ctx, here.ID, by.ID, actor(by), id, digest, refusal)
}

func (d *Desk) sign(ctx context.Context, who ref.PartyID, witness ref.StaffID, by, id, digest, refusal string) (err error) {
	if refusal != "" {
		if refusal, err = word(refusal); err != nil {
			return err
		}
	}
	now := d.Now()
	return d.DB.Write(ctx, "intake.Sign", func(ctx context.Context, tx *db.Tx) error {
		s, err := d.ToSign(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if s.State == party.SignAsked && s.Content.Digest() != digest {
			return fault.New(fault.Conflict, "proxy.sign.changed")
		}
		verb := "intake.Sign"
		if refusal == "" {
			err = party.Sign(ctx, tx, s.Signature, s.Content.Digest(), who, witness, now)
		} else {
			verb = "intake.RefuseToSign"
			err = party.Refuse(ctx, tx, d.Vault, s.Signature, s.Content.Digest(), refusal, who, now)
		}
		if err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: verb, Object: "party:" + string(who), After: audit.Digest(s.Draft, digest), At: now}); err != nil {
			return err
		}
		if refusal != "" {
			return d.Bus.Publish(ctx, tx, party.SignatureRefused{Signature: id})
		}
		return d.maybeComplete(ctx, tx, s, now)
	})
}

// maybeComplete lets an application be handed in when its last co-signer has signed.
func (d *Desk) maybeComplete(ctx context.Context, tx *db.Tx, s ToSign, now time.Time) error {
	all, err := party.SignaturesOf(ctx, tx, s.Draft)
	if err != nil {
		return err
	}
	m, err := Form(s.Version)
	if err != nil {
		return err
	}
	if !party.AllSigned(all, Signers(s.Version.Doc(), m.Work(s.Content.Answers, now)), s.Content.Digest(), now) {
		return nil
	}
	return d.Bus.Publish(ctx, tx, party.SignedByAll{Draft: s.Draft})
}

// HandInSigned hands in what everybody has signed. A clerk's draft waits for the clerk; what cannot be
// handed in any more stays with the applicant, who is told.
func (d *Desk) HandInSigned(ctx context.Context, dl event.Delivery, e party.SignedByAll) error {
	err := d.handInSigned(ctx, e.Draft)
	kind := fault.KindOf(err)
	refused := err != nil && (kind == fault.Invalid || kind == fault.Conflict || kind == fault.Denied)
	if err != nil && !refused && kind != fault.NotFound { // not found: handed in before
		return err
	}
	return d.DB.Write(ctx, "intake.HandInSigned", func(ctx context.Context, tx *db.Tx) error {
		if refused {
			if err := d.Bus.Publish(ctx, tx, party.SignedInVain(e)); err != nil {
				return err
			}
		}
		return dl.Done(ctx, tx)
	})
}

func (d *Desk) handInSigned(ctx context.Context, id string) error {
	draft, err := form.GetDraft(ctx, d.DB, id)
	if err != nil || draft.Staff != "" {
		return err
	}
	a, _, err := d.application(ctx, draft)
	if err != nil {
		return err
	}
	a.Submit = once.Submit{Actor: a.By, Route: "intake.HandInSigned", Key: draft.ID, Hash: once.Hash(a.digest), At: d.Now()}
	_, err = d.Apply(ctx, a)
	return err
}

// signed says in the transaction that makes a case that everybody who must has signed this content, and ties
// their signatures to it. It gives how many.
func (d *Desk) signed(ctx context.Context, tx *db.Tx, o opening, id ref.CaseID) (int, error) {
	if len(o.least) == 0 {
		return 0, nil
	}
	missing := fault.Bad(fault.Field{Name: "cosign", Key: "proxy.sign.missing"})
	if o.Draft == "" {
		return 0, missing
	}
	draft, err := form.GetDraft(ctx, tx, o.Draft)
	if err != nil {
		return 0, err
	}
	c, err := draft.Open(ctx, tx, d.Vault)
	if err != nil {
		return 0, err
	}
	all, err := party.SignaturesOf(ctx, tx, o.Draft)
	if err == nil && !party.AllSigned(all, o.least, c.Digest(), o.now) {
		err = missing
	}
	if err != nil {
		return 0, err
	}
	return len(all), party.SignedCase(ctx, tx, o.Draft, id)
}
