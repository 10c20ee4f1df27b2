package fulfilment

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"yimen/domain/approval"
	"yimen/domain/archive"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/delivery"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/blob"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/pdf"
	"yimen/ref"
)

// bundle is all that goes into a package.
type bundle struct {
	archive.Package
	c     casefile.Case
	ci    casefile.Item
	item  *catalog.Item
	organ org.Organ
	who   party.Party
	files []archive.File
}

// retryAfter is when a package that failed is made again.
const retryAfter = time.Hour

// EndWithdrawn has what was taken back archived: there is no letter to deliver.
func (h *Hand) EndWithdrawn(ctx context.Context, d event.Delivery, e casefile.WasWithdrawn) error {
	return h.DB.Write(ctx, "fulfilment.EndWithdrawn", func(ctx context.Context, tx *db.Tx) error {
		items, err := casefile.Items(ctx, tx, e.Case)
		if err != nil {
			return err
		}
		for _, ci := range items {
			if e.Item != "" && ci.ID != e.Item {
				continue
			}
			if err := h.Bus.PublishAt(ctx, tx, h.Now().Add(endAfter), archive.Due{Case: e.Case, CaseItem: ci.ID, Cause: "ended:" + string(ci.ID)}); err != nil {
				return err
			}
		}
		return d.Done(ctx, tx)
	})
}

// endAfter leaves the letter that confirms a withdrawal time to be sealed.
const endAfter = 10 * time.Minute

// File makes the package of a case item, or one more part of it. While a decision is not delivered nothing is archived; what
// cannot be made is written down as open work and made again.
func (h *Hand) File(ctx context.Context, d event.Delivery, e archive.Due) error {
	b, err := h.gather(ctx, e)
	if err == nil && b == nil {
		return h.DB.Write(ctx, "fulfilment.File", d.Done)
	}
	if b == nil {
		return err
	}
	var key []byte
	if err == nil {
		key, err = h.pack(ctx, b)
	}
	if err != nil {
		slog.Error("archive", "case", string(e.Case), "err", err.Error())
		b.State, b.Why, b.Blob, b.MadeAt = archive.Failed, failure(err), "", h.Now()
	}
	return h.keep(ctx, d, b, key)
}

// failure is why a package could not be made, as a message key.
func failure(err error) string {
	if f := fault.As(err); f.Kind != fault.Internal && f.Key != "" {
		return f.Key
	}
	return "after.archive.failed"
}

// keep writes a package and the fact, or what failed with the time of the next try.
func (h *Hand) keep(ctx context.Context, d event.Delivery, b *bundle, key []byte) error {
	return h.DB.Write(ctx, "fulfilment.Keep", func(ctx context.Context, tx *db.Tx) error {
		c, err := casefile.Lock(ctx, tx, b.Case)
		if err != nil {
			return err
		}
		p := b.Package
		if p.BlobKey, err = h.sealKey(ctx, tx, p, key); err != nil {
			return err
		}
		if err := archive.Keep(ctx, tx, p); err != nil {
			return err
		}
		if p.State == archive.Failed {
			return d.Postpone(ctx, tx, h.Now().Add(retryAfter))
		}
		ci, err := casefile.GetItem(ctx, tx, p.CaseItem)
		if err != nil {
			return err
		}
		fact := casefile.Fact{Item: ci.ID, Kind: casefile.FactArchived, At: p.MadeAt, Actor: "system:fulfilment", Organ: p.Organ}.With(casefile.Detail{Kind: p.Number})
		if err := casefile.Apply(ctx, tx, &c, &ci, fact); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: "system:fulfilment", Verb: "fulfilment.Archive", Object: "case:" + string(p.Case), After: p.Digest, At: p.MadeAt}); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

func (h *Hand) sealKey(ctx context.Context, tx *db.Tx, p archive.Package, key []byte) ([]byte, error) {
	if len(key) == 0 {
		return nil, nil
	}
	return h.Vault.Seal(ctx, tx, archive.Subject(p.Organ), archive.BlobPlace(p.ID), key)
}

// gather reads what a package is made from; nil without an error: it is not time, or it is there.
func (h *Hand) gather(ctx context.Context, e archive.Due) (*bundle, error) {
	if p, err := archive.ByCause(ctx, h.DB, e.Cause); err == nil && p.State == archive.Made || err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	b := &bundle{}
	var err error
	if b.c, err = casefile.Get(ctx, h.DB, e.Case); err != nil {
		return nil, err
	}
	if b.ci, err = casefile.GetItem(ctx, h.DB, e.CaseItem); err != nil || !b.ci.Stage.Ended() {
		return nil, err
	}
	all, err := delivery.ByCase(ctx, h.DB, e.Case)
	if err != nil || slices.ContainsFunc(all, func(d delivery.Delivery) bool {
		return d.CaseItem == e.CaseItem && decides(d.Kind) && d.ServedAt.IsZero()
	}) {
		return nil, err
	}
	v, err := catalog.Get(ctx, h.DB, b.ci.Version)
	if err != nil {
		return nil, err
	}
	b.item = v.Doc()
	if b.organ, err = org.GetOrgan(ctx, h.DB, b.ci.Organ); err != nil {
		return nil, err
	}
	if b.who, err = party.Get(ctx, h.DB, b.c.Party); err != nil {
		return nil, err
	}
	return b, h.describe(ctx, b, e.Cause)
}

// describe fills in the package's row; its archival number is drawn with the first part and is the same in every other.
func (h *Hand) describe(ctx context.Context, b *bundle, cause string) error {
	parts, err := archive.Parts(ctx, h.DB, b.ci.ID)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(parts), func(p archive.Package) bool { return p.Cause == cause })
	keep := b.item.Afterwards().Keep
	b.Package = archive.Package{ID: ref.ArchiveID(db.NewID()), Case: b.c.ID, CaseItem: b.ci.ID, Part: int64(len(others) + 1), Cause: cause, Organ: b.organ.ID, Item: b.item.ID, ItemName: b.item.Name, Party: b.c.Party,
		CaseNumber: b.c.Number, State: archive.Made, Keep: keep, KeepUntil: archive.Until(keep, b.ci.EndedAt)}
	if len(parts) > 0 {
		b.Number = parts[0].Number
		return nil
	}
	return h.DB.Write(ctx, "fulfilment.Number", func(ctx context.Context, tx *db.Tx) (err error) {
		b.Number, err = archive.NextNumber(ctx, tx, b.organ.ID, keep, b.ci.EndedAt)
		return err
	})
}

// pack collects the files, signs the manifest and stores the package; the key is its blob's.
func (h *Hand) pack(ctx context.Context, b *bundle) ([]byte, error) {
	for _, collect := range []func(context.Context, *bundle) error{h.addForm, h.addMaterials, h.addLetters, h.addLog} {
		if err := collect(ctx, b); err != nil {
			return nil, err
		}
	}
	key, err := h.Key(b.organ.ID)
	if err != nil {
		return nil, err
	}
	b.MadeAt = h.Now()
	m := archive.Manifest{Number: b.Number, Part: b.Part, Cause: b.Cause, Case: string(b.c.Number), Serial: string(b.ci.Number), Organ: string(b.organ.ID), OrganOf: b.organ.Name, Item: b.item.Name,
		TaskCode: b.item.TaskCode, Outcome: string(b.ci.Stage) + " " + b.ci.Outcome, Keep: b.Keep, Until: archive.UntilDay(b.KeepUntil), Made: b.MadeAt}
	var out bytes.Buffer
	if b.Manifest, err = archive.Pack(&out, m, b.files, key); err != nil {
		return nil, err
	}
	b.Files, b.Size, b.Signer = int64(len(b.files)), int64(out.Len()), key.Certificate().SerialNumber.Text(16)
	put, err := h.Blobs.Put(ctx, &out, largestPackage)
	if err != nil {
		return nil, err
	}
	b.Blob, b.Digest = ref.BlobID(put.Name), put.Address
	return put.Key, nil
}

// largestPackage is far above the papers of any case, in bytes.
const largestPackage = 1 << 30

func (b *bundle) add(path, title string, body []byte) {
	b.files = append(b.files, archive.File{Path: path, Title: title, Body: body})
}

func (b *bundle) addJSON(path, title string, v any) error {
	body, err := json.MarshalIndent(v, "", "  ")
	b.add(path, title, body)
	return err
}

// addForm adds the application, as data and as a sheet to read.
func (h *Hand) addForm(ctx context.Context, b *bundle) error {
	answers, err := form.Answers(ctx, h.DB, h.Vault, b.ci.ID)
	if err != nil {
		return err
	}
	type line struct {
		Element string    `json:"element"`
		Label   string    `json:"label"`
		Value   string    `json:"value"`
		Source  string    `json:"source"`
		At      time.Time `json:"at"`
	}
	lines := []line{}
	sheet := pdf.Document{Layout: pdf.Notice, Title: b.item.Name, Organ: b.organ.Name, Number: b.c.Number.Format(), Made: b.ci.EndedAt, Date: b.c.ReceivedAt.Format(time.DateOnly), Watermark: h.Text("letter.watermark"),
		Fields: []pdf.Field{{Label: h.Text("letter.field.applicant"), Value: b.who.Name}, {Label: h.Text("letter.field.serial"), Value: string(b.ci.Number)}}}
	for _, f := range b.item.Form {
		for key, a := range answers {
			if key == f.Element || strings.HasPrefix(key, f.Element+"#") {
				lines = append(lines, line{key, f.Label, a.Value, a.Source, a.At})
			}
		}
	}
	slices.SortFunc(lines, func(x, y line) int { return strings.Compare(x.Element, y.Element) })
	for _, l := range lines {
		sheet.Fields = append(sheet.Fields, pdf.Field{Label: l.Label, Value: l.Value})
	}
	if err := b.addJSON("form/form.json", h.Text("after.file.form"), lines); err != nil {
		return err
	}
	drawn, err := pdf.Render(sheet)
	b.add("form/form.pdf", h.Text("after.file.form"), drawn)
	return err
}

// addMaterials adds what was handed in or reused.
func (h *Hand) addMaterials(ctx context.Context, b *bundle) error {
	uses, err := material.UsesOf(ctx, h.DB, b.ci.ID)
	if err != nil {
		return err
	}
	for i, u := range uses {
		m, err := material.Get(ctx, h.DB, u.Material)
		if err != nil {
			return err
		}
		body, err := h.read(ctx, string(m.Party), material.BlobPlace(m.ID), m.BlobKey, blob.Blob{Name: string(m.Blob), Address: m.Digest})
		if err != nil {
			return fmt.Errorf("material %s: %w", m.ID, err)
		}
		b.add(fmt.Sprintf("materials/%03d-%s%s", i+1, u.Spec, blob.Extension(m.ContentType)), m.Name, body)
	}
	return nil
}

// addLetters adds every sealed paper of the case item.
func (h *Hand) addLetters(ctx context.Context, b *bundle) error {
	docs, err := seal.ByCase(ctx, h.DB, b.c.ID)
	for i, d := range docs {
		if d.CaseItem != b.ci.ID || d.State != "sealed" {
			continue
		}
		body, err := h.read(ctx, string(d.Party), seal.BlobPlace(d.ID, "sealed"), d.SealedKey, blob.Blob{Name: string(d.SealedBlob), Address: d.SealedDigest})
		if err != nil {
			return fmt.Errorf("document %s: %w", d.ID, err)
		}
		b.add(fmt.Sprintf("letters/%03d-%s.pdf", i+1, d.Kind), d.Title+" "+d.Number, body)
	}
	return err
}

func (h *Hand) read(ctx context.Context, subject, place string, box []byte, x blob.Blob) (body []byte, err error) {
	if x.Key, err = h.Vault.Open(ctx, h.DB, subject, place, box); err != nil {
		return nil, err
	}
	r, err := h.Blobs.Get(ctx, x)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// addLog adds the facts, the tasks with their opinions, and the audit rows of the case.
func (h *Hand) addLog(ctx context.Context, b *bundle) error {
	facts, err := casefile.Facts(ctx, h.DB, b.c.ID)
	if err != nil {
		return err
	}
	facts = slices.DeleteFunc(facts, func(f casefile.Fact) bool { return f.Item != "" && f.Item != b.ci.ID })
	for i := range facts {
		if facts[i].Note, err = h.words(ctx, b, "casefile_fact.note."+string(b.c.ID), facts[i].Note); err != nil {
			return err
		}
	}
	tasks, err := approval.ByItem(ctx, h.DB, b.ci.ID)
	if err != nil {
		return err
	}
	type done struct {
		Kind, Step, Name, Organ, By, Second, Outcome, RuleRow, Note string
		Made, Done                                                  time.Time
	}
	var log []done
	for _, t := range tasks {
		note, err := h.words(ctx, b, "approval_task.note."+string(t.ID), t.Note)
		if err != nil {
			return err
		}
		log = append(log, done{t.Kind, t.Step, t.Name, string(t.Organ), string(t.DoneBy), string(t.Second), t.Outcome, t.RuleRow, string(note), t.Made, t.DoneAt})
	}
	rows, err := audit.History(ctx, h.DB, "case:"+string(b.c.ID))
	if err != nil {
		return err
	}
	for _, x := range []struct {
		name string
		v    any
	}{{"facts", factLines(facts)}, {"tasks", log}, {"audit", rows}} {
		if err := b.addJSON("log/"+x.name+".json", h.Text("after.file."+x.name), x.v); err != nil {
			return err
		}
	}
	return nil
}

// factLine is a fact as it stands in a package.
type factLine struct {
	Seq   int64           `json:"seq"`
	Kind  string          `json:"kind"`
	At    time.Time       `json:"at"`
	Actor string          `json:"actor"`
	Organ string          `json:"organ"`
	Data  json.RawMessage `json:"data"`
	Note  string          `json:"note,omitempty"`
}

func factLines(facts []casefile.Fact) (out []factLine) {
	for _, f := range facts {
		out = append(out, factLine{f.Seq, string(f.Kind), f.At, f.Actor, string(f.Organ), json.RawMessage(f.Data), string(f.Note)})
	}
	return out
}

// words opens a note; what cannot be opened because its person was erased is left out.
func (h *Hand) words(ctx context.Context, b *bundle, place string, box []byte) ([]byte, error) {
	if len(box) == 0 {
		return nil, nil
	}
	plain, err := h.Vault.Open(ctx, h.DB, string(b.c.Party), place, box)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return plain, err
}

// Fetch gives a package's bytes and notes who took it.
func (h *Hand) Fetch(ctx context.Context, by org.Staff, id ref.ArchiveID) (archive.Package, []byte, error) {
	p, err := archive.Get(ctx, h.DB, id)
	if err != nil {
		return p, nil, err
	}
	if p.State != archive.Made {
		return p, nil, fault.New(fault.NotFound, "fault.not_found")
	}
	body, err := h.read(ctx, archive.Subject(p.Organ), archive.BlobPlace(p.ID), p.BlobKey, blob.Blob{Name: string(p.Blob), Address: p.Digest})
	if err != nil {
		return p, nil, err
	}
	return p, body, h.DB.Write(ctx, "fulfilment.Fetch", func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(by.ID), Verb: "fulfilment.Fetch", Object: "archive:" + string(p.ID), After: p.Digest, At: h.Now()})
	})
}

// KeyOf gives an organ's signing key.
type KeyOf func(ref.OrganID) (crypto.Key, error)
