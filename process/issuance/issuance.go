// Package issuance makes the town's papers: receipts, notices, refusals and licences.
//
// Invariants:
//   - The exact bytes are drafted and recorded first, then signed (seal.drafted is the hand-over);
//     a crash at any point repeats a step, never a paper: one document per cause.
//   - A document names its organ and bears that organ's seal and number.
//   - Rendering, signing and blob writes happen outside transactions.
//   - A licence exists only once its sealed document does; it is deposited for reuse with it.
//     A copy for one purpose is never deposited.
package issuance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/fee"
	"yimen/domain/form"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/domain/undertaking"
	"yimen/foundation/blob"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/failpoint"
	"yimen/foundation/fault"
	"yimen/foundation/pdf"
	"yimen/ref"
)

// Press is what making papers needs.
type Press struct {
	DB       *db.DB
	Bus      *event.Bus
	Vault    *crypto.Vault
	Blobs    *blob.Store
	Key      func(ref.OrganID) (crypto.Key, error) // the organ's seal
	Text     func(key string, args ...any) string  // sentences of letters, from the catalogues
	Code     func(ref.CaseID) string               // the query code printed on receipts
	Host     string                                // "https://…", for QR codes
	Calendar func() *calendar.Calendar
	Demo     bool // mark every page as a specimen
	Now      func() time.Time
}

// order is one paper to be made.
type order struct {
	source string
	kind   string
	item   ref.CaseItemID           // empty: the case's first
	task   approval.Task            // for results
	fact   casefile.Kind            // whose organ and time the paper bears
	seq    int64                    // that fact's place, where there may be several; else 0
	bill   *fee.Bill                // for notices and receipts of fees
	vow    *undertaking.Undertaking // for letters of what was promised
	bound  *bound                   // for copies, which bear the time they were ordered
	acting *acting                  // for what comes of an act on a licence
	served *served                  // for the proof that a letter was delivered
}

// cause names what a paper is made for: once for each item of a case.
func cause(what string, id ref.CaseID, item ref.CaseItemID) string {
	if item == "" {
		return what + ":" + string(id)
	}
	return what + ":" + string(item)
}

// Receipt, Acceptance, Correction, Declining and Result each make the paper of their event.
func (p *Press) Receipt(ctx context.Context, d event.Delivery, e casefile.Taken) error {
	return p.draft(ctx, d, e.Case, order{source: cause("taken", e.Case, e.Item), kind: seal.Receipt, item: e.Item, fact: casefile.FactReceived})
}

// Acceptance makes the 受理 notice in the accepting organ's name.
func (p *Press) Acceptance(ctx context.Context, d event.Delivery, e casefile.WasAccepted) error {
	return p.draft(ctx, d, e.Case, order{source: cause("accepted", e.Case, e.Item), kind: seal.Acceptance, item: e.Item, fact: casefile.FactAccepted})
}

// Correction makes the one notice with every organ's points.
func (p *Press) Correction(ctx context.Context, d event.Delivery, e casefile.WasReturned) error {
	return p.draft(ctx, d, e.Case, order{source: cause("returned", e.Case, e.Item), kind: seal.Correction, item: e.Item, fact: casefile.FactReturned})
}

// Declining makes the notice of not accepting.
func (p *Press) Declining(ctx context.Context, d event.Delivery, e casefile.WasDeclined) error {
	return p.draft(ctx, d, e.Case, order{source: cause("declined", e.Case, e.Item), kind: seal.Declining, item: e.Item, fact: casefile.FactDeclined})
}

// Result makes the refusal, or the licence when nothing holds it back.
func (p *Press) Result(ctx context.Context, d event.Delivery, e approval.Decided) error {
	t, err := approval.Get(ctx, p.DB, e.Task)
	if err != nil {
		return err
	}
	if e.Outcome == approval.Refuse {
		o := granted(t)
		o.kind = seal.Refusal
		return p.draft(ctx, d, e.Case, o)
	}
	return p.grant(ctx, d, t)
}

// grant makes the licence of a granted task once its fee is settled (Settled) and what was promised is there (Freed): whichever
// of the three comes last finds the others done.
func (p *Press) grant(ctx context.Context, d event.Delivery, t approval.Task) error {
	if waits, err := p.unpaid(ctx, t); err != nil {
		return err
	} else if waits {
		return p.DB.Write(ctx, "issuance.Wait", d.Done)
	}
	if waits, err := p.withheld(ctx, d, t); waits || err != nil {
		return err
	}
	return p.draft(ctx, d, t.Case, granted(t))
}

// sheet is everything a paper is made from.
type sheet struct {
	order
	doc      seal.Document
	c        casefile.Case
	ci       casefile.Item
	item     *catalog.Item
	organ    org.Organ
	party    party.Party
	number   string // identity number
	answers  map[string]form.Answer
	tasks    []approval.Task
	facts    []casefile.Fact
	standing casefile.Standing // as of the paper's day
}

// draft reserves the paper's number, renders it, and records the bytes; then it is told.
func (p *Press) draft(ctx context.Context, d event.Delivery, id ref.CaseID, o order) error {
	s, err := p.gather(ctx, id, o)
	if err != nil {
		return fmt.Errorf("gather %s: %w", o.source, err)
	}
	if err := p.reserve(ctx, s); err != nil {
		return fmt.Errorf("reserve %s: %w", o.source, err)
	}
	content, err := p.render(ctx, s)
	if err != nil {
		return fmt.Errorf("render %s: %w", o.source, err)
	}
	put, err := p.Blobs.Put(ctx, bytes.NewReader(content), maxDocument)
	if err != nil {
		return fmt.Errorf("store %s: %w", o.source, err)
	}
	s.doc.DraftBlob, s.doc.DraftDigest = ref.BlobID(put.Name), put.Address
	return p.DB.Write(ctx, "issuance.Draft", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, id); err != nil {
			return err
		}
		if s.doc.DraftKey, err = p.Vault.Seal(ctx, tx, string(s.doc.Party), seal.BlobPlace(s.doc.ID, "draft"), put.Key); err != nil {
			return err
		}
		if err := seal.Draft(ctx, tx, s.doc); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		} else if err == nil {
			if err := p.drafted(ctx, tx, s.doc); err != nil {
				return err
			}
		}
		return d.Done(ctx, tx)
	})
}

func (p *Press) drafted(ctx context.Context, tx *db.Tx, doc seal.Document) error {
	if err := audit.Record(ctx, tx, audit.Entry{Actor: "system:issuance", Verb: "issuance.Draft." + doc.Kind, Object: "case:" + string(doc.Case), After: doc.DraftDigest, At: p.Now()}); err != nil {
		return err
	}
	return p.Bus.Publish(ctx, tx, seal.WasDrafted{Case: doc.Case, Document: doc.ID})
}

// maxDocument is far above any paper of ours, in bytes.
const maxDocument = 32 << 20

func (p *Press) gather(ctx context.Context, id ref.CaseID, o order) (*sheet, error) {
	s := &sheet{order: o}
	var err error
	if s.c, err = casefile.Get(ctx, p.DB, id); err != nil {
		return nil, err
	}
	items, err := casefile.Items(ctx, p.DB, id)
	if err != nil {
		return nil, err
	}
	s.ci = items[max(0, slices.IndexFunc(items, func(x casefile.Item) bool { return x.ID == o.item }))]
	v, err := catalog.Get(ctx, p.DB, s.ci.Version)
	if err != nil {
		return nil, err
	}
	s.item = v.Doc()
	facts, err := casefile.Facts(ctx, p.DB, id)
	if err != nil {
		return nil, err
	}
	s.facts = casefile.Holding(facts, s.ci.ID)
	if s.tasks, err = approval.ByItem(ctx, p.DB, s.ci.ID); err != nil {
		return nil, err
	}
	if s.organ, err = org.GetOrgan(ctx, p.DB, s.bearer()); err != nil {
		return nil, err
	}
	if s.standing, err = p.standing(ctx, s); err != nil {
		return nil, err
	}
	if err := p.applicant(ctx, s); err != nil {
		return nil, err
	}
	return s, p.amend(ctx, s)
}

func (p *Press) applicant(ctx context.Context, s *sheet) (err error) {
	if s.party, err = party.Get(ctx, p.DB, s.c.Party); err != nil {
		return err
	}
	facts, err := party.Facts(ctx, p.DB, p.Vault, s.c.Party, party.Number)
	if err != nil {
		return err
	}
	s.number = facts[party.Number].Value
	s.answers, err = form.Answers(ctx, p.DB, p.Vault, s.ci.ID)
	return err
}

// told is the fact that the paper tells.
func (s *sheet) told() (casefile.Fact, bool) {
	i := slices.IndexFunc(s.facts, func(f casefile.Fact) bool { return f.Kind == s.fact && (s.seq == 0 || f.Seq == s.seq) })
	if i < 0 {
		return casefile.Fact{}, false
	}
	return s.facts[i], true
}

// bearer is the organ in whose name the paper goes out: the one of the fact it tells. A paper
// taken in at a window goes out in the deciding organ's name, for whom it was taken in.
func (s *sheet) bearer() ref.OrganID {
	switch {
	case s.acting != nil:
		return s.acting.Organ
	case s.served != nil:
		return s.served.Organ
	}
	if f, ok := s.told(); ok && f.Organ != "" && s.fact != casefile.FactReceived {
		return f.Organ
	}
	return s.ci.Organ
}

// at is when what the paper tells happened.
func (s *sheet) at() time.Time {
	switch {
	case s.bound != nil:
		return s.bound.Made
	case s.acting != nil:
		return s.acting.day(s.kind)
	case s.served != nil:
		return s.served.ServedAt
	}
	if s.bill != nil {
		return s.billed()
	}
	if f, ok := s.told(); ok {
		return f.At
	}
	return s.c.ReceivedAt
}

// reserve takes the paper's number (and a licence's mark) once; a repeat finds it again.
func (p *Press) reserve(ctx context.Context, s *sheet) error {
	var err error
	if s.doc, err = seal.BySource(ctx, p.DB, s.source); err == nil || !fault.Is(err, fault.NotFound) {
		return err
	}
	return p.DB.Write(ctx, "issuance.Reserve", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, s.c.ID); err != nil {
			return err
		}
		doc, err := seal.BySource(ctx, tx, s.source)
		if err == nil || !fault.Is(err, fault.NotFound) {
			s.doc = doc
			return err
		}
		s.doc, err = p.number(ctx, tx, s)
		if err != nil {
			return err
		}
		return seal.Reserve(ctx, tx, s.doc)
	})
}

func (p *Press) number(ctx context.Context, tx *db.Tx, s *sheet) (seal.Document, error) {
	doc := seal.Document{ID: ref.DocumentID(db.NewID()), Case: s.c.ID, CaseItem: s.ci.ID, Party: s.c.Party, Kind: s.kind, Organ: s.organ.ID,
		Title: p.title(s), Source: s.source, Drafted: s.at()}
	if s.kind == seal.Reissue && s.acting.Kind == licence.Correct { // the number stays
		return renumber(doc, s.acting.licence.Number, s.acting.licence.Mark)
	}
	prefix := p.Text("letter.prefix."+s.kind, "organ", s.organ.Short)
	if (s.kind == seal.Licence || s.kind == seal.Reissue) && s.item.Result.Prefix != "" {
		prefix = s.item.Result.Prefix
	}
	var err error
	// The prefix is the counter's kind: numbers are gapless for what a reader sees as one row.
	if doc.Number, err = seal.NextNumber(ctx, tx, s.organ.ID, prefix, prefix, s.at()); err != nil {
		return doc, err
	}
	if s.kind == seal.Reissue {
		return renumber(doc, doc.Number, s.acting.licence.Mark)
	}
	if s.kind == seal.Licence && s.item.Result.Kind != "none" {
		mark, err := licence.NextMark(ctx, tx, s.item.Result.CertType, s.organ.ID, s.at())
		if err != nil {
			return doc, err
		}
		doc.Mark = string(mark)
	}
	return doc, nil
}

// Seal signs the recorded bytes and makes the result exist.
func (p *Press) Seal(ctx context.Context, d event.Delivery, e seal.WasDrafted) error {
	doc, err := seal.Get(ctx, p.DB, e.Document)
	if err != nil {
		return err
	}
	var key []byte
	if doc.State == "drafted" {
		if key, err = p.sign(ctx, &doc); err != nil {
			return fmt.Errorf("seal %s: %w", doc.ID, err)
		}
	}
	v, err := p.version(ctx, doc)
	if err != nil {
		return err
	}
	return p.DB.Write(ctx, "issuance.Seal", func(ctx context.Context, tx *db.Tx) error {
		c, err := casefile.Lock(ctx, tx, doc.Case)
		if err != nil {
			return err
		}
		if key != nil {
			if doc.SealedKey, err = p.Vault.Seal(ctx, tx, string(doc.Party), seal.BlobPlace(doc.ID, "sealed"), key); err != nil {
				return err
			}
		}
		err = seal.RecordUse(ctx, tx, doc, "system:issuance", doc.Source)
		if err == nil {
			err = p.means(ctx, tx, &c, stamped{doc, key, v})
		} else if fault.Is(err, fault.Conflict) {
			err = nil // sealed by an earlier delivery
		}
		if err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

func (p *Press) version(ctx context.Context, doc seal.Document) (*catalog.Item, error) {
	ci, err := casefile.GetItem(ctx, p.DB, doc.CaseItem)
	if err != nil {
		return nil, err
	}
	v, err := catalog.Get(ctx, p.DB, ci.Version)
	return v.Doc(), err
}

// sign reads the draft back, refuses it if it is not what was recorded, signs it, and gives
// the key of the signed file's blob.
func (p *Press) sign(ctx context.Context, doc *seal.Document) ([]byte, error) {
	draft, err := p.read(ctx, *doc, "draft")
	if err != nil {
		return nil, err
	}
	key, err := p.Key(doc.Organ)
	if err != nil {
		return nil, err
	}
	at := p.Now()
	failpoint.Hit("issuance.sign.before")
	signed, err := pdf.Sign(draft, key, at, pdf.SignOptions{Reason: doc.Title, Location: doc.Number})
	failpoint.Hit("issuance.sign.after")
	if err != nil {
		return nil, err
	}
	put, err := p.Blobs.Put(ctx, bytes.NewReader(signed), maxDocument)
	if err != nil {
		return nil, err
	}
	doc.SealedBlob, doc.SealedDigest, doc.Sealed = ref.BlobID(put.Name), put.Address, at
	doc.Signer = key.Certificate().SerialNumber.Text(16)
	return put.Key, nil
}

// read gives a document's draft or sealed bytes; the store refuses bytes that are not what the
// recorded digest says.
func (p *Press) read(ctx context.Context, doc seal.Document, form string) ([]byte, error) {
	b, box := blob.Blob{Name: string(doc.DraftBlob), Address: doc.DraftDigest}, doc.DraftKey
	if form == "sealed" {
		b, box = blob.Blob{Name: string(doc.SealedBlob), Address: doc.SealedDigest}, doc.SealedKey
	}
	var err error
	if b.Key, err = p.Vault.Open(ctx, p.DB, string(doc.Party), seal.BlobPlace(doc.ID, form), box); err != nil {
		return nil, err
	}
	r, err := p.Blobs.Get(ctx, b)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// stamped is a sealed document on its way into the tables.
type stamped struct {
	seal.Document
	key  []byte // of the sealed blob
	item *catalog.Item
}

// ends are the papers with which a case closes.
var ends = map[string]bool{seal.Licence: true, seal.Refusal: true, seal.Declining: true}

// sealed writes what a paper of a case means: the licence, its deposit, the end of the case.
func (p *Press) sealed(ctx context.Context, tx *db.Tx, c *casefile.Case, doc stamped) error {
	facts := []casefile.Fact{casefile.Fact{Kind: casefile.FactSealed, At: doc.Sealed, Actor: "system:issuance", Organ: doc.Organ}.With(casefile.Detail{Document: doc.ID, Kind: doc.Kind})}
	if doc.Kind == seal.Licence && doc.Mark != "" {
		l, err := p.issue(ctx, tx, c, doc)
		if err != nil {
			return err
		}
		facts = append(facts, casefile.Fact{Kind: casefile.FactIssued, At: doc.Sealed, Actor: "system:issuance", Organ: doc.Organ}.With(casefile.Detail{Document: doc.ID, Licence: l}))
	}
	if ends[doc.Kind] {
		facts = append(facts, casefile.Fact{Kind: casefile.FactClosed, At: doc.Sealed, Actor: "system:issuance", Organ: doc.Organ})
		if err := p.Bus.Publish(ctx, tx, casefile.WasClosed{Case: c.ID, Item: doc.CaseItem}); err != nil {
			return err
		}
	}
	if seal.Delivered(doc.Kind) || doc.Kind == seal.Service {
		if err := p.Bus.Publish(ctx, tx, seal.WasSealed{Case: c.ID, Document: doc.ID}); err != nil {
			return err
		}
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: "system:issuance", Verb: "issuance.Seal." + doc.Kind, Object: "case:" + string(doc.Case), Before: doc.DraftDigest, After: doc.SealedDigest, At: doc.Sealed}); err != nil {
		return err
	}
	ci, err := casefile.GetItem(ctx, tx, doc.CaseItem)
	if err != nil {
		return err
	}
	if ci.Stage.Ended() { // declined, withdrawn, terminated: it keeps its stage, only the paper follows
		facts = facts[:1]
	}
	return casefile.Apply(ctx, tx, c, &ci, facts...)
}

func (p *Press) issue(ctx context.Context, tx *db.Tx, c *casefile.Case, doc stamped) (ref.LicenceID, error) {
	it := doc.item
	l := licence.Licence{ID: ref.LicenceID(db.NewID()), Mark: ref.LicenceMark(doc.Mark), Case: c.ID, CaseItem: doc.CaseItem, Item: it.ID, Party: c.Party,
		Organ: doc.Organ, Number: doc.Number, Name: it.Result.Name, State: ref.LicenceValid, ValidFrom: doc.Drafted, ValidUntil: until(it, doc.Drafted), Issued: doc.Sealed, Document: doc.ID}
	before, err := licence.ByItem(ctx, tx, doc.CaseItem)
	switch {
	case err == nil: // decided anew: the licence that did not stand is superseded
		l.ID = before.ID
		err = licence.Replace(ctx, tx, before, l, doc.Sealed)
	case fault.Is(err, fault.NotFound):
		err = licence.Issue(ctx, tx, l)
	}
	if err != nil {
		return "", err
	}
	return l.ID, p.deposit(ctx, tx, l, doc)
}

// deposit keeps a licence's paper for reuse, where its item says as what.
func (p *Press) deposit(ctx context.Context, tx *db.Tx, l licence.Licence, doc stamped) error {
	kind := doc.item.Result.MaterialKind
	if kind == "" {
		return nil
	}
	m := material.Material{ID: ref.MaterialID(db.NewID()), Party: l.Party, Kind: kind, Name: l.Name, Blob: doc.SealedBlob, Digest: doc.SealedDigest,
		ContentType: "application/pdf", Trust: material.Issued, Origin: "source.licence", Licence: l.ID, Made: doc.Sealed, ValidUntil: l.ValidUntil}
	var err error
	if m.BlobKey, err = p.Vault.Seal(ctx, tx, string(l.Party), material.BlobPlace(m.ID), doc.key); err != nil {
		return err
	}
	return material.Deposit(ctx, tx, m)
}

// until is the end of a licence's validity; the zero time when it has none.
func until(it *catalog.Item, from time.Time) time.Time {
	v := it.Result.ValidFor
	if v.N == 0 {
		return time.Time{}
	}
	switch v.Unit {
	case "month":
		return from.AddDate(0, v.N, 0)
	case "year":
		return from.AddDate(v.N, 0, 0)
	}
	return from.AddDate(0, 0, v.N)
}

// Fetch gives a document's bytes: the sealed ones, or Unavailable while it is not sealed yet.
func (p *Press) Fetch(ctx context.Context, id ref.DocumentID) (seal.Document, []byte, error) {
	doc, err := seal.Get(ctx, p.DB, id)
	if err != nil {
		return doc, nil, err
	}
	if doc.State != "sealed" {
		return doc, nil, fault.New(fault.Unavailable, "issuance.not_sealed")
	}
	b, err := p.read(ctx, doc, "sealed")
	return doc, b, err
}
