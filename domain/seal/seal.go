// Package seal holds the town's official documents (文书, 证照) and every use of a seal (印章).
//
// Invariants: the exact bytes of a document are recorded before they are signed (draft), and
// draft and signed form are kept apart; one document per cause (source), so a repeated
// delivery never drafts twice; document numbers (文号) are gapless per organ, kind and year;
// every signature leaves a use row (电子签名法 13).
package seal

import (
	"context"
	"embed"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Kinds of document, by the codes of domain 文书.
const (
	Receipt    = "receipt"    // 01 申请材料接收凭证
	Correction = "correction" // 02 补正材料通知书
	Declining  = "declining"  // 03 不予受理告知书
	Acceptance = "acceptance" // 04 受理决定书
	Refusal    = "refusal"    // 07 不予行政许可决定书
	Licence    = "licence"    // the result itself
	Copy       = "copy"       // 加注件, a copy of a licence for one purpose
	Service    = "service"    // 09 送达回证
	ActNotice  = "act_notice" // tells a licence's holder what is going to be done to it, and that they may state
	ActLetter  = "act"        // of an act on a licence: 撤销决定书, 注销决定书 …
	Reissue    = "reissue"    // a licence's new version

	ReviewCorrection = "review_correction" // 06 审查阶段补正材料通知书
	Special          = "special"           // 08 特别程序告知书
	Extension        = "extension"         // 延长办理期限告知书
	Termination      = "termination"       // 终止办理通知书
	Withdrawal       = "withdrawal"        // 撤回确认书

	FeeNotice   = "fee_notice"  // 缴费通知书
	FeeReceipt  = "fee_receipt" // 财政电子票据
	Undertaking = "undertaking" // 容缺受理承诺书
	Tolerance   = "tolerance"   // 容缺受理通知书
	Promise     = "promise"     // 告知承诺书
)

// Document is one official paper.
type Document struct {
	ID           ref.DocumentID `db:"id"`
	Case         ref.CaseID     `db:"case_id"`
	CaseItem     ref.CaseItemID `db:"case_item"`
	Party        ref.PartyID    `db:"party"`
	Kind         string         `db:"kind"`
	Organ        ref.OrganID    `db:"organ"`
	Number       string         `db:"number"`
	Title        string         `db:"title"`
	State        string         `db:"state"` // reserved · drafted · sealed
	DraftBlob    ref.BlobID     `db:"draft_blob"`
	DraftKey     []byte         `db:"draft_key"` // the blob's key, sealed under the party's (BlobPlace)
	DraftDigest  string         `db:"draft_digest"`
	SealedBlob   ref.BlobID     `db:"sealed_blob"`
	SealedKey    []byte         `db:"sealed_key"`
	SealedDigest string         `db:"sealed_digest"`
	Signer       string         `db:"signer"`     // certificate serial, hex
	Source       string         `db:"source"`     // what caused it: "accepted:CASE", "decided:TASK"
	Mark         string         `db:"mark"`       // 证照标识 of a licence, else empty
	Drafted      time.Time      `db:"drafted_at"` // also the date printed on it
	Sealed       time.Time      `db:"sealed_at"`
}

const cols = "id, case_id, case_item, party, kind, organ, number, title, state, draft_blob, draft_key, draft_digest, sealed_blob, sealed_key, sealed_digest, signer, source, mark, drafted_at, sealed_at"

// NextNumber draws the next document number: 禅×许〔2026〕12号. It is taken in the transaction
// that reserves the document, so none is lost.
func NextNumber(ctx context.Context, tx *db.Tx, organ ref.OrganID, kind, prefix string, now time.Time) (string, error) {
	var n int64
	err := tx.QueryRow(ctx, `insert into seal_counter (organ, kind, year, last) values ($1, $2, $3, 1)
		on conflict (organ, kind, year) do update set last = seal_counter.last + 1 returning last`, organ, kind, now.Year()).Scan(&n)
	return FormatNumber(prefix, now.Year(), n), err
}

// BlobPlace is where the key of a document's draft or sealed blob is sealed.
func BlobPlace(id ref.DocumentID, form string) string {
	return "seal_document." + form + "_key." + string(id)
}

// Reserve writes a document with its number and date, before its bytes exist. Rendering needs
// both and is done outside any transaction; a crash in between finds the reservation again.
func Reserve(ctx context.Context, tx *db.Tx, d Document) error {
	d.State = "reserved"
	return db.Insert(ctx, tx, "seal_document", d)
}

// BySource finds the document of a cause.
func BySource(ctx context.Context, r db.Reader, source string) (Document, error) {
	return db.One[Document](ctx, r, "select "+cols+" from seal_document where source = $1", source)
}

// ByDigest finds the document whose sealed bytes have this SHA-256 in hex.
func ByDigest(ctx context.Context, r db.Reader, digest string) (Document, error) {
	return db.One[Document](ctx, r, "select "+cols+" from seal_document where sealed_digest = $1 and state = 'sealed'", digest)
}

// Draft records the exact bytes that will be signed.
func Draft(ctx context.Context, tx *db.Tx, d Document) error {
	n, err := tx.Exec(ctx, "update seal_document set state = 'drafted', draft_blob = $1, draft_key = $2, draft_digest = $3 where id = $4 and state = 'reserved'", d.DraftBlob, d.DraftKey, d.DraftDigest, d.ID)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.drafted_already")
	}
	return err
}

// RecordUse notes that a document was sealed: its signed bytes, by which key, in whose name.
func RecordUse(ctx context.Context, tx *db.Tx, d Document, actor, basis string) error {
	n, err := tx.Exec(ctx, "update seal_document set state = 'sealed', sealed_blob = $1, sealed_key = $2, sealed_digest = $3, signer = $4, sealed_at = $5 where id = $6 and state = 'drafted'",
		d.SealedBlob, d.SealedKey, d.SealedDigest, d.Signer, d.Sealed, d.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "fault.sealed_already")
	}
	_, err = tx.Exec(ctx, "insert into seal_use (id, document, organ, signer, actor, basis, at) values ($1, $2, $3, $4, $5, $6, $7)",
		db.NewID(), d.ID, d.Organ, d.Signer, actor, basis, d.Sealed)
	return err
}

// Get reads one document.
func Get(ctx context.Context, r db.Reader, id ref.DocumentID) (Document, error) {
	return db.One[Document](ctx, r, "select "+cols+" from seal_document where id = $1", id)
}

// ByCase lists a case's documents, oldest first. Copies for one purpose are their holder's
// business and no papers of the case.
func ByCase(ctx context.Context, r db.Reader, id ref.CaseID) ([]Document, error) {
	return db.Find[Document](ctx, r, "select "+cols+" from seal_document where case_id = $1 and kind <> $2 order by drafted_at, id", id, Copy)
}

// Named says whether a document points to the blob, for the sweep of orphans.
func Named(ctx context.Context, r db.Reader, id ref.BlobID) (bool, error) {
	n, err := db.Find[int64](ctx, r, "select 1 from seal_document where draft_blob = $1 or sealed_blob = $1 limit 1", id)
	return len(n) > 0, err
}

// ServedSource begins the source of a proof of service; the delivery's id follows.
const ServedSource = "served:"

// Delivered are the kinds of paper that must reach their person (行政许可法 44): what decides on somebody, or tells them of a
// right with a time.
func Delivered(kind string) bool {
	switch kind {
	case Licence, Refusal, Declining, Termination, ActNotice, ActLetter, Reissue:
		return true
	}
	return false
}

// WasSealed: a paper that must be delivered, or the proof that one was, is there.
type WasSealed struct {
	Case     ref.CaseID
	Document ref.DocumentID
}

func (WasSealed) EventName() string  { return "seal.sealed/1" }
func (e WasSealed) EventKey() string { return string(e.Case) }

// WasDrafted: exact bytes wait for their seal.
type WasDrafted struct {
	Case     ref.CaseID
	Document ref.DocumentID
}

func (WasDrafted) EventName() string  { return "seal.drafted/1" }
func (e WasDrafted) EventKey() string { return string(e.Case) }
