package inform

import (
	"context"
	"time"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/notice"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/ref"
)

// asAgent lets who follows a case under a mandate write on it, as far as the mandate goes.
func asAgent(ctx context.Context, tx *db.Tx, me identity.Me, c casefile.Case, now time.Time) error {
	matter := party.Matter{ID: c.ID, Item: c.Item, Party: c.Party, Agent: c.Agent}
	_, follows, err := party.Following(ctx, tx, me.Person, matter, now)
	if err == nil && !(me.Real() && follows) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	deed := party.Deed{Agent: me.Person, For: c.Party, Act: party.ActMessage, Item: c.Item, Case: c.ID}
	m, ok, err := party.Covering(ctx, tx, deed, now)
	if err == nil && !ok {
		err = fault.New(fault.Denied, "proxy.not_covered")
	}
	if err == nil {
		_, err = party.Use(ctx, tx, m.ID, deed, me.Actor(), now)
	}
	return err
}

// tellAgent gives who handed a case in for its party the same notice, while they may follow it.
func (p *Post) tellAgent(ctx context.Context, tx *db.Tx, c casefile.Case, n notice.Notice) error {
	if c.Agent == "" {
		return nil
	}
	_, follows, err := party.Following(ctx, tx, c.Agent, party.Matter{ID: c.ID, Item: c.Item, Party: c.Party, Agent: c.Agent}, n.Made)
	if err != nil || !follows {
		return err
	}
	n.ID, n.Party, n.Account = db.NewID(), c.Agent, ""
	return p.write(ctx, tx, n)
}

// write adds a notice to a party and queues its text.
func (p *Post) write(ctx context.Context, tx *db.Tx, n notice.Notice) error {
	if err := notice.Add(ctx, tx, n); err != nil {
		return err
	}
	phone, err := p.phoneOfParty(ctx, tx, n.Party)
	if err != nil {
		return err
	}
	return p.queue(ctx, tx, n, phone)
}

// phoneOfParty is the phone a person proved to be theirs, else the one held on them.
func (p *Post) phoneOfParty(ctx context.Context, r db.Reader, id ref.PartyID) (string, error) {
	if p.Texter == nil {
		return "", nil
	}
	accounts, err := identity.AccountsOf(ctx, r, id)
	if err != nil {
		return "", err
	}
	for _, a := range accounts {
		if phone, err := p.phoneOf(ctx, r, a.ID); err != nil || phone != "" {
			return phone, err
		}
	}
	return p.phone(ctx, r, casefile.Case{Party: id})
}

// toTell is one notice of those that an event makes.
type toTell struct {
	party ref.PartyID
	kind  string
}

// tellAll writes notices and their trace, and acknowledges.
func (p *Post) tellAll(ctx context.Context, tx *db.Tx, d event.Delivery, object string, n notice.Notice, all ...toTell) error {
	for _, x := range all {
		if x.party == "" {
			continue
		}
		n.ID, n.Party, n.Kind, n.Made = db.NewID(), x.party, x.kind, p.Now()
		if n.Data == "" {
			n.Data = notice.Args{}.JSON()
		}
		if err := p.write(ctx, tx, n); err != nil {
			return err
		}
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: "system:inform", Verb: "inform.Tell", Object: object, At: p.Now()}); err != nil {
		return err
	}
	return d.Done(ctx, tx)
}

// Mandated tells both sides that a mandate was offered, began or ended.
func (p *Post) Mandated(ctx context.Context, d event.Delivery, e party.MandateChanged) error {
	return p.DB.Write(ctx, "inform.Mandated", func(ctx context.Context, tx *db.Tx) error {
		m, err := party.GetMandate(ctx, tx, e.Mandate)
		if err != nil {
			return err
		}
		agent := m.Agent
		if agent == "" { // whoever has the number under that name, if anybody is known by it
			if agent, err = known(ctx, tx, m.Blind, m.Name); err != nil {
				return err
			}
		}
		to := map[string][]toTell{
			"offered":  {{agent, notice.MandateOffered}, {m.Principal, notice.MandateSent}},
			"granted":  {{agent, notice.MandateTaken}, {m.Principal, notice.MandateGranted}},
			"declined": {{m.Principal, notice.MandateDeclined}},
		}[e.How]
		if to == nil {
			to = []toTell{{agent, notice.MandateEnded}, {m.Principal, notice.MandateEnded}}
		}
		return p.tellAll(ctx, tx, d, "mandate:"+m.ID, notice.Notice{}, to...)
	})
}

// known is the party of a number and name, empty where there is none.
func known(ctx context.Context, r db.Reader, blind, name string) (ref.PartyID, error) {
	who, err := party.ByBlind(ctx, r, blind)
	if fault.Is(err, fault.NotFound) || err == nil && who.Name != name {
		return "", nil
	}
	return who.ID, err
}

// MandateUsed tells both sides that an application was handed in for the principal.
func (p *Post) MandateUsed(ctx context.Context, d event.Delivery, e party.MandateUsed) error {
	return p.DB.Write(ctx, "inform.MandateUsed", func(ctx context.Context, tx *db.Tx) error {
		c, err := casefile.Get(ctx, tx, e.Case)
		if err != nil {
			return err
		}
		n := notice.Notice{Case: c.ID, Data: notice.Args{Number: c.Number, Organ: c.Organ}.JSON()}
		return p.tellAll(ctx, tx, d, "mandate:"+e.Mandate, n, toTell{c.Party, notice.MandateUsed}, toTell{c.Agent, notice.MandateDone})
	})
}

// SignAsked asks a co-signer, and reminds them while the same content still waits.
func (p *Post) SignAsked(ctx context.Context, d event.Delivery, e party.SignatureAsked) error {
	return p.DB.Write(ctx, "inform.SignAsked", func(ctx context.Context, tx *db.Tx) error {
		s, err := party.SignatureByID(ctx, tx, e.Signature)
		if fault.Is(err, fault.NotFound) || err == nil && s.StateAt(e.Digest, p.Now()) != party.SignAsked {
			return d.Done(ctx, tx)
		}
		if err != nil {
			return err
		}
		kind := notice.SignAsked
		if e.Again {
			kind = notice.SignAgain
		}
		who, err := known(ctx, tx, s.Blind, s.Name)
		if err != nil {
			return err
		}
		return p.tellAll(ctx, tx, d, "signature:"+s.ID, notice.Notice{Data: notice.Args{Until: db.Micros(s.Until)}.JSON()}, toTell{who, kind})
	})
}

// SignRefused tells the applicant that somebody does not sign.
func (p *Post) SignRefused(ctx context.Context, d event.Delivery, e party.SignatureRefused) error {
	return p.tellApplicant(ctx, d, e.Signature, notice.SignRefused, func(party.Signature) bool { return true })
}

// SignOver tells the applicant that somebody did not sign in time.
func (p *Post) SignOver(ctx context.Context, d event.Delivery, e party.SignatureOver) error {
	return p.tellApplicant(ctx, d, e.Signature, notice.SignOver, func(s party.Signature) bool { return s.StateAt(e.Digest, p.Now()) == party.SignOver })
}

func (p *Post) tellApplicant(ctx context.Context, d event.Delivery, id, kind string, still func(party.Signature) bool) error {
	return p.DB.Write(ctx, "inform."+kind, func(ctx context.Context, tx *db.Tx) error {
		s, err := party.SignatureByID(ctx, tx, id)
		if fault.Is(err, fault.NotFound) || err == nil && !still(s) {
			return d.Done(ctx, tx)
		}
		if err != nil {
			return err
		}
		return p.tellAll(ctx, tx, d, "signature:"+id, notice.Notice{}, toTell{s.Applicant, kind})
	})
}

// SignedInVain tells the applicant that everybody signed and it could not be handed in.
func (p *Post) SignedInVain(ctx context.Context, d event.Delivery, e party.SignedInVain) error {
	return p.DB.Write(ctx, "inform.SignedInVain", func(ctx context.Context, tx *db.Tx) error {
		draft, err := form.GetDraft(ctx, tx, e.Draft)
		if fault.Is(err, fault.NotFound) {
			return d.Done(ctx, tx)
		}
		if err != nil {
			return err
		}
		return p.tellAll(ctx, tx, d, "draft:"+draft.ID, notice.Notice{}, toTell{draft.Party, notice.SignVain})
	})
}
