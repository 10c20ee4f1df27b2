package party

import (
	"context"
	"slices"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Signature is one co-signer's part in an application that several must sign. It is good for the
// content with its digest and no other.
type Signature struct {
	ID        string      `db:"id"`
	Draft     string      `db:"draft"`
	Role      string      `db:"role"` // of the item's data
	Applicant ref.PartyID `db:"applicant"`
	Item      ref.ItemID  `db:"item"`
	Name      string      `db:"name"`
	Blind     string      `db:"number_blind"`
	Signer    ref.PartyID `db:"signer"` // who signed or refused
	Digest    string      `db:"digest"` // of the content that was sent for signing
	Made      time.Time   `db:"made_at"`
	Asked     time.Time   `db:"asked_at"` // 0: named, not asked yet
	Until     time.Time   `db:"until_at"`
	Signed    time.Time   `db:"signed_at"`
	Refused   time.Time   `db:"refused_at"`
	Word      []byte      `db:"word"` // why, sealed under the applicant
	Witness   ref.StaffID `db:"witness"`
	Case      ref.CaseID  `db:"case_id"`
}

// Times of co-signing.
const (
	SignLife     = 14 * 24 * time.Hour // after that nothing is signed any more
	SignReminder = 3 * 24 * time.Hour
)

// SignState is how a signature stands.
type SignState string

const (
	SignNamed   SignState = "named"   // not asked yet
	SignAsked   SignState = "asked"   // waits for the co-signer
	SignGiven   SignState = "signed"  // for the content as it stands
	SignVoid    SignState = "void"    // the content has changed since
	SignRefused SignState = "refused" // by the co-signer
	SignOver    SignState = "over"    // not given in time
)

// StateAt says how a signature stands for a content.
func (s Signature) StateAt(digest string, now time.Time) SignState {
	switch {
	case s.Asked.IsZero():
		return SignNamed
	case s.Digest != digest:
		return SignVoid
	case !s.Refused.IsZero():
		return SignRefused
	case !s.Signed.IsZero():
		return SignGiven
	case !now.Before(s.Until):
		return SignOver
	}
	return SignAsked
}

// AllSigned says that for each role enough people signed this content and nobody is still to: least by role.
func AllSigned(all []Signature, least map[string]int, digest string, now time.Time) bool {
	for role, n := range least {
		given := 0
		for _, s := range all {
			if s.Role == role && s.StateAt(digest, now) == SignGiven {
				given++
			}
		}
		if given < n {
			return false
		}
	}
	return !slices.ContainsFunc(all, func(s Signature) bool { return s.StateAt(digest, now) != SignGiven })
}

const signatureCols = "id, draft, role, applicant, item, name, number_blind, signer, digest, made_at, asked_at, until_at, signed_at, refused_at, word, witness, case_id"

// mostSigners bounds one application.
const mostSigners = 20

// AddSigner names a co-signer of a draft; Conflict for one who is named already or is the applicant.
func AddSigner(ctx context.Context, tx *db.Tx, s Signature) error {
	all, err := SignaturesOf(ctx, tx, s.Draft)
	if err != nil {
		return err
	}
	who, err := Get(ctx, tx, s.Applicant)
	if err != nil {
		return err
	}
	if s.Blind == who.Blind || slices.ContainsFunc(all, func(x Signature) bool { return x.Blind == s.Blind }) {
		return fault.Bad(fault.Field{Name: "number", Key: "proxy.sign.twice"})
	}
	if len(all) >= mostSigners {
		return fault.New(fault.Conflict, "proxy.sign.many", "n", mostSigners)
	}
	return db.Insert(ctx, tx, "party_signature", s)
}

// DropSigner takes a co-signer of a draft out again.
func DropSigner(ctx context.Context, tx *db.Tx, draft, id string) error {
	_, err := tx.Exec(ctx, "delete from party_signature where id = $1 and draft = $2 and case_id = ''", id, draft)
	return err
}

// DropSigners forgets the co-signers of a draft that was given up.
func DropSigners(ctx context.Context, tx *db.Tx, draft string) error {
	_, err := tx.Exec(ctx, "delete from party_signature where draft = $1 and case_id = ''", draft)
	return err
}

// SweepSigners forgets co-signers of drafts that are long gone.
func SweepSigners(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, "delete from party_signature where case_id = '' and made_at < $1 and asked_at < $1", now.Add(-60*24*time.Hour))
	return err
}

// SignaturesOf lists the co-signers of a draft, in the order they were named.
func SignaturesOf(ctx context.Context, r db.Reader, draft string) ([]Signature, error) {
	return db.Find[Signature](ctx, r, "select "+signatureCols+" from party_signature where draft = $1 order by made_at, id", draft)
}

// ToSign lists what waits for a person's signature: asked of their number under their name.
func ToSign(ctx context.Context, r db.Reader, who Party, now time.Time) ([]Signature, error) {
	return db.Find[Signature](ctx, r, "select "+signatureCols+` from party_signature where number_blind = $1 and name = $2 and asked_at > 0 and signed_at = 0
		and refused_at = 0 and until_at > $3 and case_id = '' order by asked_at desc limit $4`, who.Blind, who.Name, now, mostMandates)
}

// GetSignature reads a signature asked of the person; anybody else's is not there.
func GetSignature(ctx context.Context, r db.Reader, id string, who Party) (Signature, error) {
	return db.One[Signature](ctx, r, "select "+signatureCols+" from party_signature where id = $1 and number_blind = $2 and name = $3 and asked_at > 0", id, who.Blind, who.Name)
}

// SignatureByID reads a signature.
func SignatureByID(ctx context.Context, r db.Reader, id string) (Signature, error) {
	return db.One[Signature](ctx, r, "select "+signatureCols+" from party_signature where id = $1", id)
}

// AskToSign sends a content to its co-signers; whoever signed it already need not again. It gives
// those who are asked now.
func AskToSign(ctx context.Context, tx *db.Tx, draft, digest string, now time.Time) ([]Signature, error) {
	all, err := SignaturesOf(ctx, tx, draft)
	var asked []Signature
	for _, s := range all {
		if state := s.StateAt(digest, now); err != nil || state == SignGiven || state == SignAsked {
			continue
		}
		s.Digest, s.Asked, s.Until, s.Signed, s.Refused, s.Word = digest, now, now.Add(SignLife), time.Time{}, time.Time{}, nil
		_, err = tx.Exec(ctx, "update party_signature set digest = $1, asked_at = $2, until_at = $3, signed_at = 0, refused_at = 0, word = null, witness = '' where id = $4",
			s.Digest, s.Asked, s.Until, s.ID)
		asked = append(asked, s)
	}
	return asked, err
}

// Sign notes that the co-signer signed the content with the digest, before a clerk or on their own.
// Conflict when it is another content by now, or too late, or already settled.
func Sign(ctx context.Context, tx *db.Tx, s Signature, digest string, who ref.PartyID, witness ref.StaffID, now time.Time) error {
	if err := s.open(digest, now); err != nil {
		return err
	}
	return once(tx.Exec(ctx, "update party_signature set signed_at = $1, signer = $2, witness = $3 where id = $4 and digest = $5 and signed_at = 0 and refused_at = 0", now, who, witness, s.ID, digest))
}

// Refuse notes that the co-signer does not sign, and why.
func Refuse(ctx context.Context, tx *db.Tx, v *crypto.Vault, s Signature, digest, word string, who ref.PartyID, now time.Time) error {
	if err := s.open(digest, now); err != nil {
		return err
	}
	box, err := v.Seal(ctx, tx, string(s.Applicant), "party_signature.word."+s.ID, []byte(word))
	if err != nil {
		return err
	}
	return once(tx.Exec(ctx, "update party_signature set refused_at = $1, signer = $2, word = $3 where id = $4 and digest = $5 and signed_at = 0 and refused_at = 0", now, who, box, s.ID, digest))
}

func (s Signature) open(digest string, now time.Time) error {
	switch s.StateAt(digest, now) {
	case SignAsked:
		return nil
	case SignVoid:
		return fault.New(fault.Conflict, "proxy.sign.changed")
	}
	return fault.New(fault.Conflict, "proxy.sign.over")
}

func once(n int64, err error) error {
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "proxy.sign.over")
	}
	return err
}

// Why opens the word of a refusal, "" when there is none.
func (s Signature) Why(ctx context.Context, r db.Reader, v *crypto.Vault) (string, error) {
	if len(s.Word) == 0 {
		return "", nil
	}
	b, err := v.Open(ctx, r, string(s.Applicant), "party_signature.word."+s.ID, s.Word)
	return string(b), err
}

// SignedCase ties the signatures of a draft to the case it became.
func SignedCase(ctx context.Context, tx *db.Tx, draft string, id ref.CaseID) error {
	_, err := tx.Exec(ctx, "update party_signature set case_id = $1 where draft = $2", id, draft)
	return err
}

type (
	// SignatureAsked: a co-signer was asked for the first time or, with Again, once more.
	SignatureAsked struct {
		Signature string
		Digest    string
		Again     bool
	}
	// SignatureRefused: a co-signer does not sign.
	SignatureRefused struct{ Signature string }
	// SignatureOver: a co-signer's time may have passed.
	SignatureOver struct{ Signature, Digest string }
	// SignedByAll: the last co-signer signed.
	SignedByAll struct{ Draft string }
	// SignedInVain: everybody signed, and yet it cannot be handed in as it is.
	SignedInVain struct{ Draft string }
)

func (SignatureAsked) EventName() string    { return "party.sign_asked/1" }
func (e SignatureAsked) EventKey() string   { return "sign:" + e.Signature }
func (SignatureRefused) EventName() string  { return "party.sign_refused/1" }
func (e SignatureRefused) EventKey() string { return "sign:" + e.Signature }
func (SignatureOver) EventName() string     { return "party.sign_over/1" }
func (e SignatureOver) EventKey() string    { return "sign:" + e.Signature }
func (SignedByAll) EventName() string       { return "party.signed_by_all/1" }
func (SignedInVain) EventName() string      { return "party.signed_in_vain/1" }
func (e SignedInVain) EventKey() string     { return "draft:" + e.Draft }
func (e SignedByAll) EventKey() string      { return "draft:" + e.Draft }
