package licence

import (
	"context"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/ref"
)

// Copy is a copy of a licence for one purpose at one place until a day (加注件). It is a paper to
// show and never a material to reuse. What it is for is sealed under its holder's key.
type Copy struct {
	ID        ref.CopyID     `db:"id"`
	Licence   ref.LicenceID  `db:"licence"`
	Case      ref.CaseID     `db:"case_id"` // of the licence
	Party     ref.PartyID    `db:"party"`   // the holder
	Code      []byte         `db:"code"`    // sealed; found by CodeIndex
	CodeIndex string         `db:"code_index"`
	Purpose   []byte         `db:"purpose"`   // sealed
	Recipient []byte         `db:"recipient"` // sealed
	Until     time.Time      `db:"until_at"`  // the first moment it is no longer good
	Made      time.Time      `db:"made_at"`
	Document  ref.DocumentID `db:"document"` // its sealed PDF; empty until that is there
}

// Words are a copy's sealed values in the open.
type Words struct {
	Code      ref.CopyCode
	Purpose   string
	Recipient string
}

// Ready says that the copy's PDF can be fetched: its Document.
func (c Copy) Ready() bool { return c.Document != "" }

// LastDay is the last day on which the copy is good.
func (c Copy) LastDay() calendar.Date { return calendar.DateOf(c.Until.Add(-time.Microsecond)) }

// Past says that the copy's time is over.
func (c Copy) Past(now time.Time) bool { return !now.Before(c.Until) }

const copyCols = "id, licence, case_id, party, code, code_index, purpose, recipient, until_at, made_at, document"

func copyPlace(id ref.CopyID, field string) string { return "licence_copy." + field + "." + string(id) }

func codeIndex(v *crypto.Vault, code ref.CopyCode) string {
	return v.Blind("licence_copy.code", string(code))
}

// AddCopy writes a copy with its words sealed.
func AddCopy(ctx context.Context, tx *db.Tx, v *crypto.Vault, c Copy, w Words) error {
	boxes, err := v.SealMany(ctx, tx, string(c.Party), crypto.Value{Where: copyPlace(c.ID, "code"), Plain: []byte(w.Code)},
		crypto.Value{Where: copyPlace(c.ID, "purpose"), Plain: []byte(w.Purpose)}, crypto.Value{Where: copyPlace(c.ID, "recipient"), Plain: []byte(w.Recipient)})
	if err != nil {
		return err
	}
	c.Code, c.Purpose, c.Recipient, c.CodeIndex = boxes[0], boxes[1], boxes[2], codeIndex(v, w.Code)
	return db.Insert(ctx, tx, "licence_copy", c)
}

// OpenCopy opens a copy's words; fault.NotFound when its holder was erased.
func OpenCopy(ctx context.Context, r db.Reader, v *crypto.Vault, c Copy) (w Words, err error) {
	var plain [3][]byte
	for i, x := range []struct {
		field string
		box   []byte
	}{{"code", c.Code}, {"purpose", c.Purpose}, {"recipient", c.Recipient}} {
		if plain[i], err = v.Open(ctx, r, string(c.Party), copyPlace(c.ID, x.field), x.box); err != nil {
			return Words{}, err
		}
	}
	return Words{ref.CopyCode(plain[0]), string(plain[1]), string(plain[2])}, nil
}

// GetCopy reads one copy.
func GetCopy(ctx context.Context, r db.Reader, id ref.CopyID) (Copy, error) {
	return db.One[Copy](ctx, r, "select "+copyCols+" from licence_copy where id = $1", id)
}

// Copies lists the copies of a licence, latest first.
func Copies(ctx context.Context, r db.Reader, id ref.LicenceID) ([]Copy, error) {
	return db.Find[Copy](ctx, r, "select "+copyCols+" from licence_copy where licence = $1 order by made_at desc, id desc", id)
}

// CopyByCode finds a copy by the code printed on it.
func CopyByCode(ctx context.Context, r db.Reader, v *crypto.Vault, code ref.CopyCode) (Copy, error) {
	return db.One[Copy](ctx, r, "select "+copyCols+" from licence_copy where code_index = $1", codeIndex(v, code))
}

// CopyByDocument finds the copy whose sealed PDF a document is.
func CopyByDocument(ctx context.Context, r db.Reader, id ref.DocumentID) (Copy, error) {
	return db.One[Copy](ctx, r, "select "+copyCols+" from licence_copy where document = $1", id)
}

// SealCopy notes a copy's sealed PDF.
func SealCopy(ctx context.Context, tx *db.Tx, id ref.CopyID, doc ref.DocumentID) error {
	_, err := tx.Exec(ctx, "update licence_copy set document = $1 where id = $2", doc, id)
	return err
}

// CopyOrdered: a copy waits for its paper.
type CopyOrdered struct {
	Case ref.CaseID
	Copy ref.CopyID
}

func (CopyOrdered) EventName() string  { return "licence.copy_ordered/1" }
func (e CopyOrdered) EventKey() string { return string(e.Case) }
