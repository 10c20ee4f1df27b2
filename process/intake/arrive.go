package intake

import (
	"context"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/device"
	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/blob"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// ReadCard reads the identity card on the window's reader and opens what is held on its
// holder to this clerk for half an hour. The reader's errors come through.
func (d *Desk) ReadCard(ctx context.Context, by org.Staff, reader device.IDReader) (party.Presence, error) {
	card, err := reader.Read(ctx)
	if err != nil {
		return party.Presence{}, err
	}
	number, err := ref.ParseCitizenNumber(card.Number)
	if err != nil {
		return party.Presence{}, fault.New(fault.Invalid, "intake.card_number")
	}
	now := d.Now()
	return d.arrive(ctx, arrival{by: by, how: party.ByCard, number: string(number), name: card.Name, kind: ref.PartyNatural,
		facts: []party.Fact{{Name: party.Address, Value: card.Address, Source: "source.card", At: now}}})
}

// Typed is a number typed at a window because no card is at hand.
type Typed struct {
	By     org.Staff
	Kind   ref.PartyKind
	Number string
	Name   string // needed only where the number is not known yet
	Reason string
}

// TypeNumber opens the masked identity only; the person's confirmation opens the rest.
func (d *Desk) TypeNumber(ctx context.Context, t Typed) (party.Presence, error) {
	t.Name, t.Reason = strings.TrimSpace(t.Name), strings.TrimSpace(t.Reason)
	number, bad := t.check()
	if len(bad) > 0 {
		return party.Presence{}, fault.Bad(bad...)
	}
	_, err := party.ByNumber(ctx, d.DB, d.Vault, number)
	if fault.Is(err, fault.NotFound) && t.Name == "" {
		return party.Presence{}, fault.Bad(fault.Field{Name: "name", Key: "intake.name_needed"})
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return party.Presence{}, err
	}
	return d.arrive(ctx, arrival{by: t.By, how: party.ByTyped, number: number, name: t.Name, kind: t.Kind, reason: t.Reason})
}

func (t Typed) check() (number string, bad []fault.Field) {
	switch t.Kind {
	case ref.PartyNatural:
		n, err := ref.ParseCitizenNumber(t.Number)
		if err != nil {
			bad = append(bad, fault.Field{Name: "number", Key: "form.wrong_idnumber"})
		}
		number = string(n)
	case ref.PartyLegal:
		n, err := ref.ParseUSCC(t.Number)
		if err != nil {
			bad = append(bad, fault.Field{Name: "number", Key: "form.wrong_uscc"})
		}
		number = string(n)
	default:
		bad = append(bad, fault.Field{Name: "kind", Key: "form.choose"})
	}
	if n := utf8.RuneCountInString(t.Reason); n < 2 {
		bad = append(bad, fault.Field{Name: "reason", Key: "intake.reason_needed"})
	} else if n > 200 {
		bad = append(bad, fault.Field{Name: "reason", Key: "form.too_long", Args: []any{"max", 200}})
	}
	if utf8.RuneCountInString(t.Name) > 100 {
		bad = append(bad, fault.Field{Name: "name", Key: "form.too_long", Args: []any{"max", 100}})
	}
	return number, bad
}

type arrival struct {
	by     org.Staff
	how    party.How
	kind   ref.PartyKind
	number string
	name   string
	reason string
	facts  []party.Fact
}

func (d *Desk) arrive(ctx context.Context, a arrival) (party.Presence, error) {
	now := d.Now()
	p := party.Presence{ID: db.NewID(), Staff: a.by.ID, How: a.how, At: now, Until: now.Add(party.Stay)}
	err := d.DB.Write(ctx, "intake.Arrive", func(ctx context.Context, tx *db.Tx) error {
		who, err := party.Ensure(ctx, tx, d.Vault, party.Party{Kind: a.kind, Name: a.name, Made: now}, a.number, a.facts...)
		if err != nil {
			return err
		}
		p.Party = who.ID
		if a.reason != "" {
			if p.Reason, err = d.Vault.Seal(ctx, tx, string(who.ID), "party_presence.reason."+p.ID, []byte(a.reason)); err != nil {
				return err
			}
		}
		if err := party.Arrive(ctx, tx, p); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor(a.by), Verb: "intake.Arrive." + string(a.how), Object: "party:" + string(who.ID), At: now})
	})
	return p, err
}

// Confirm notes that the person confirmed on the counter's screen.
func (d *Desk) Confirm(ctx context.Context, by org.Staff, presence string) error {
	p, err := party.GetPresence(ctx, d.DB, presence)
	if err != nil {
		return err
	}
	now := d.Now()
	return d.DB.Write(ctx, "intake.Confirm", func(ctx context.Context, tx *db.Tx) error {
		if err := party.Confirm(ctx, tx, presence, by.ID, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "party:" + string(p.Party), Verb: "intake.Confirm", Object: "party:" + string(p.Party), At: now})
	})
}

// Register makes or updates a party from an outside library; the loader's and importers' way in.
func (d *Desk) Register(ctx context.Context, by string, p party.Party, number string, facts ...party.Fact) (ref.PartyID, error) {
	now := d.Now()
	p.Made = now
	err := d.DB.Write(ctx, "intake.Register", func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = party.Ensure(ctx, tx, d.Vault, p, number, facts...)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "intake.Register", Object: "party:" + string(p.ID), At: now})
	})
	return p.ID, err
}

// Tie notes that a person speaks for a company; the loader's and importers' way in.
func (d *Desk) Tie(ctx context.Context, by string, t party.Tie) error {
	t.At = d.Now()
	return d.DB.Write(ctx, "intake.Tie", func(ctx context.Context, tx *db.Tx) error {
		if err := party.AddTie(ctx, tx, t); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "intake.Tie", Object: "party:" + string(t.Company), After: audit.Digest(string(t.Person), t.Kind), At: t.At})
	})
}

// Begin opens a draft for a person at a window.
func (d *Desk) Begin(ctx context.Context, s once.Submit, by org.Staff, item ref.ItemID, presence string) (string, error) {
	p, err := party.GetPresence(ctx, d.DB, presence)
	if err != nil {
		return "", err
	}
	now := d.Now()
	if p.Staff != by.ID || !now.Before(p.Until) {
		return "", fault.New(fault.Conflict, "fault.presence_over")
	}
	v, err := catalog.Current(ctx, d.DB, item)
	if err != nil {
		return "", err
	}
	if err := Offered(ctx, d.DB, item, by.Hall, p.Party, now); err != nil {
		return "", err
	}
	draft := form.Draft{ID: db.NewID(), Staff: by.ID, Item: item, Version: v.ID, Party: p.Party, Presence: p.ID, Made: now, At: now}
	err = d.DB.Write(ctx, "intake.Begin", func(ctx context.Context, tx *db.Tx) error {
		draft.ID, err = once.Do(ctx, tx, s, func() (string, error) {
			return draft.ID, form.Begin(ctx, tx, d.Vault, draft, form.Content{Answers: map[string]form.Answer{}})
		})
		return err
	})
	return draft.ID, err
}

// finding reads a draft if it is the caller's, else fault.NotFound.
type finding func(ctx context.Context, tx *db.Tx) (form.Draft, error)

// of finds a draft of a clerk's.
func of(by org.Staff, id string) finding {
	return func(ctx context.Context, tx *db.Tx) (form.Draft, error) {
		draft, err := form.GetDraft(ctx, tx, id)
		if err == nil && draft.Staff != by.ID {
			err = fault.New(fault.NotFound, "fault.not_found")
		}
		return draft, err
	}
}

// Keep saves what was filled in so far; change gets the content as it stands.
func (d *Desk) Keep(ctx context.Context, by org.Staff, id string, change func(*form.Content)) error {
	return d.keep(ctx, "intake.Keep", of(by, id), change)
}

func (d *Desk) keep(ctx context.Context, op string, find finding, change func(*form.Content)) error {
	return d.DB.Write(ctx, op, func(ctx context.Context, tx *db.Tx) error {
		draft, err := find(ctx, tx)
		if err != nil {
			return err
		}
		c, err := draft.Open(ctx, tx, d.Vault)
		if err != nil {
			return err
		}
		change(&c)
		return form.Keep(ctx, tx, d.Vault, draft, c, d.Now())
	})
}

// Discard gives a draft up.
func (d *Desk) Discard(ctx context.Context, by org.Staff, id string) error {
	return d.discard(ctx, "intake.Discard", of(by, id))
}

func (d *Desk) discard(ctx context.Context, op string, find finding) error {
	return d.DB.Write(ctx, op, func(ctx context.Context, tx *db.Tx) error {
		draft, err := find(ctx, tx)
		if err != nil {
			return err
		}
		if err := party.DropSigners(ctx, tx, draft.ID); err != nil {
			return err
		}
		return form.Drop(ctx, tx, draft.ID, draft.Rev)
	})
}

// Paper is one upload.
type Paper struct {
	Party  ref.PartyID
	Kind   string // what it is across items, MaterialSpec.Kind
	Name   string
	Origin string // message key
	Trust  string
	Until  time.Time
	Body   io.Reader
}

// Takes says whether papers of a type are taken: PDF, JPEG, PNG and OFD.
func Takes(kind string) bool {
	switch kind {
	case blob.TypePDF, blob.TypeJPEG, blob.TypePNG, blob.TypeOFD:
		return true
	}
	return false
}

// MaxPaper is the largest upload, in bytes.
const MaxPaper = 20 << 20

// Upload stores a paper of a party. Its type is told by its content; PDF, JPEG, PNG and OFD
// are taken.
func (d *Desk) Upload(ctx context.Context, by string, p Paper) (material.Material, error) {
	put, err := d.Blobs.Put(ctx, p.Body, MaxPaper)
	if err != nil {
		return material.Material{}, err
	}
	if !Takes(put.Type) { // the file is swept with the other orphans
		return material.Material{}, fault.Bad(fault.Field{Name: "file", Key: "intake.file_type"})
	}
	now := d.Now()
	m := material.Material{ID: ref.MaterialID(db.NewID()), Party: p.Party, Kind: p.Kind, Name: p.Name, Blob: ref.BlobID(put.Name), Digest: put.Address, ContentType: put.Type,
		Size: put.Size, Trust: p.Trust, Origin: p.Origin, Made: now, ValidUntil: p.Until}
	err = d.DB.Write(ctx, "intake.Upload", func(ctx context.Context, tx *db.Tx) error {
		if m.BlobKey, err = d.Vault.Seal(ctx, tx, string(m.Party), material.BlobPlace(m.ID), put.Key); err != nil {
			return err
		}
		if err := material.Deposit(ctx, tx, m); err != nil {
			return err
		}
		return audit.Begin(ctx, tx, audit.Entry{Actor: by, Verb: "intake.Upload", Object: "material:" + string(m.ID), After: put.Address, At: now})
	})
	return m, err
}
