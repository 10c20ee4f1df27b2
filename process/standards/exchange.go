package standards

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/blob"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// ImportMode is what becomes of imported items.
type ImportMode string

const (
	ImportDrafts  ImportMode = "drafts"  // each becomes its item's draft, as if its keeper had written it
	ImportPublish ImportMode = "publish" // each becomes the version in force: for the system's own import only
)

// ItemState is what an imported item is to what is there.
type ItemState string

// The states of an ItemChange.
const (
	ItemNew     ItemState = "new"
	ItemChanged ItemState = "changed"
	ItemSame    ItemState = "same"
)

// ItemChange is what an import does to one item.
type ItemChange struct {
	Item    ref.ItemID
	Name    string
	State   ItemState
	Refused string // why it may not be, a message of the catalogues; empty: it may
	doc     *catalog.Item
	draft   catalog.Draft // as it stands, with Rev 0 when there is none
	version ref.VersionID // in force, empty when there is none
}

// Importer is who imports. Of a system there is no Staff, and an import is repeatable by nature.
type Importer struct {
	Submit once.Submit // of Staff
	Staff  org.Staff
	System string // e.g. system:import
}

func (i Importer) actor() string {
	if i.Staff.ID != "" {
		return staff(i.Staff)
	}
	return i.System
}

// ReadItems reads a file of items (see catalog.ReadItems) and looks it over: what the linter and the decision
// table's check find, for ImportPublish what all gates find. Nothing is written.
func (l *Library) ReadItems(ctx context.Context, raw []byte, mode ImportMode) (*catalog.Import, error) {
	organs, err := org.Organs(ctx, l.DB)
	if err != nil {
		return nil, err
	}
	im, err := catalog.ReadItems(raw, OrganCodes(organs))
	if err != nil {
		return nil, err
	}
	return im, im.Check(func(it *catalog.Item) ([]catalog.Flaw, error) { return l.flawsOf(ctx, it, organs, mode) })
}

// flawsOf is what holds an item up. A draft need not agree with the lists before it is handed on.
func (l *Library) flawsOf(ctx context.Context, it *catalog.Item, organs map[ref.OrganID]org.Organ, mode ImportMode) ([]catalog.Flaw, error) {
	if mode == ImportPublish {
		return l.Flaws(ctx, l.DB, it, l.Now())
	}
	flaws, err := linted(ctx, l.DB, it, organs, l.Now())
	if err != nil {
		return nil, err
	}
	ruled, err := Ruled(ctx, l.DB, it, l.Now())
	return append(flaws, ruled...), err
}

// OrganCodes are organs to choose from, by name.
func OrganCodes(organs map[ref.OrganID]org.Organ) (out []catalog.Code) {
	for _, o := range organs {
		out = append(out, catalog.Code{Code: string(o.ID), Name: o.Name})
	}
	slices.SortFunc(out, func(a, b catalog.Code) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// CompareItems says what importing items would do, item by item in their order, and what somebody may not.
func (l *Library) CompareItems(ctx context.Context, by Importer, items []*catalog.Item, mode ImportMode) ([]ItemChange, error) {
	out := make([]ItemChange, len(items))
	for n, it := range items {
		c, err := l.compare(ctx, it, mode)
		if err == nil && c.State != ItemSame && mode == ImportDrafts {
			c.Refused, err = l.refusedTo(ctx, by, c)
		}
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", it.ID, err)
		}
		out[n] = c
	}
	return out, nil
}

// compare finds what is there of an item: its draft, where it is drafts that are imported, else its version in force.
func (l *Library) compare(ctx context.Context, it *catalog.Item, mode ImportMode) (c ItemChange, err error) {
	c = ItemChange{Item: it.ID, Name: it.Name, State: ItemNew}
	if c.doc, err = catalog.Tidy(it); err != nil {
		return c, err
	}
	was, err := l.standing(ctx, &c, mode)
	if err != nil || was == nil {
		return c, err
	}
	same, err := catalog.Equal(was, c.doc)
	if c.State = ItemChanged; same {
		c.State = ItemSame
	}
	return c, err
}

// standing is the document an import would replace, nil when there is none.
func (l *Library) standing(ctx context.Context, c *ItemChange, mode ImportMode) (was *catalog.Item, err error) {
	v, err := catalog.Current(ctx, l.DB, c.Item)
	if err == nil {
		c.version, was = v.ID, v.Doc()
	} else if !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if mode == ImportPublish {
		return was, nil
	}
	d, err := catalog.GetDraft(ctx, l.DB, c.Item)
	if fault.Is(err, fault.NotFound) {
		c.draft = catalog.Draft{Item: c.Item, Base: c.version}
		return was, nil
	}
	if err != nil {
		return nil, err
	}
	c.draft = d
	return d.Doc()
}

// refusedTo holds an import to what Edit lets somebody do: the item's keeper or the standards office, not
// under review, never to another organ, and never against what the basic catalogue says.
func (l *Library) refusedTo(ctx context.Context, by Importer, c ItemChange) (key string, err error) {
	if by.Staff.ID != "" {
		err = MayWrite(by.Staff, c.doc.Organ)
	}
	if err == nil && c.State == ItemChanged {
		err = l.mayChange(ctx, by, c)
	}
	if err == nil && c.State == ItemNew {
		err = l.mayBegin(ctx, c.doc)
	}
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.Conflict) {
		return fault.As(err).Key, nil
	}
	return "", err
}

func (l *Library) mayChange(ctx context.Context, by Importer, c ItemChange) error {
	change := c
	was, err := l.standing(ctx, &change, ImportDrafts)
	if err != nil {
		return err
	}
	if was.Organ != c.doc.Organ {
		return fault.New(fault.Denied, "standards.not_yours")
	}
	if c.draft.Rev > 0 && c.draft.State != catalog.DraftWriting && by.Staff.ID != "" && !by.Staff.Has("standards") {
		return fault.New(fault.Denied, "standards.under_review")
	}
	return locked(ctx, l.DB, was, c.doc, l.Now())
}

// mayBegin lets an item be begun that agrees with the basic catalogue, and that its organ does not carry out
// under another id.
func (l *Library) mayBegin(ctx context.Context, it *catalog.Item) error {
	flaws, err := Conforms(ctx, l.DB, it, l.Now())
	if err != nil {
		return err
	}
	if len(catalog.Blocking(flaws)) > 0 {
		return fault.New(fault.Denied, "standards.locked")
	}
	rows, err := catalog.WithCode(ctx, l.DB, it.CatalogCode())
	if err != nil || it.HandleCode != "" {
		return err
	}
	if slices.ContainsFunc(rows, func(r catalog.Row) bool { return r.TaskCode == it.TaskCode && r.State != catalog.Cancelled }) {
		return fault.New(fault.Conflict, "standards.claimed_already")
	}
	return nil
}

// ImportItems takes items over, all or none, in one transaction that everything was prepared for outside it. Who
// imports what is there already changes nothing. Errors: Invalid with fields where the linter or, for
// ImportPublish, the gates hold an item up; Denied for staff who may not, and for any staff with
// ImportPublish; Conflict when somebody changed an item meanwhile.
func (l *Library) ImportItems(ctx context.Context, by Importer, items []*catalog.Item, mode ImportMode) ([]ItemChange, error) {
	if mode == ImportPublish && by.Staff.ID != "" {
		return nil, fault.New(fault.Denied, "exchange.system_only")
	}
	changes, err := l.prepare(ctx, by, items, mode)
	if err != nil {
		return nil, err
	}
	return changes, l.DB.Write(ctx, "standards.ImportItems", func(ctx context.Context, tx *db.Tx) error {
		if by.Staff.ID == "" {
			return l.takeAll(ctx, tx, by, changes, mode)
		}
		_, err := once.Do(ctx, tx, by.Submit, func() (string, error) { return "", l.takeAll(ctx, tx, by, changes, mode) })
		return err
	})
}

func (l *Library) prepare(ctx context.Context, by Importer, items []*catalog.Item, mode ImportMode) ([]ItemChange, error) {
	organs, err := org.Organs(ctx, l.DB)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		flaws, err := l.flawsOf(ctx, it, organs, mode)
		if err != nil {
			return nil, err
		}
		if err := refused(flaws); err != nil {
			return nil, err
		}
	}
	changes, err := l.CompareItems(ctx, by, items, mode)
	for _, c := range changes {
		if c.Refused != "" {
			return nil, fault.New(fault.Denied, c.Refused)
		}
	}
	return changes, err
}

func (l *Library) takeAll(ctx context.Context, tx *db.Tx, by Importer, changes []ItemChange, mode ImportMode) error {
	for _, c := range changes {
		if c.State == ItemSame {
			continue
		}
		take := l.takeDraft
		if mode == ImportPublish {
			take = l.takeVersion
		}
		after, err := take(ctx, tx, by, c)
		if err != nil {
			return err
		}
		err = audit.Record(ctx, tx, audit.Entry{Actor: by.actor(), Verb: "standards.ImportItem", Object: "item:" + string(c.Item), Before: audit.Digest(string(c.version)), After: audit.Digest(after), At: l.Now()})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *Library) takeDraft(ctx context.Context, tx *db.Tx, by Importer, c ItemChange) (string, error) {
	if err := l.unmoved(ctx, tx, c); err != nil {
		return "", err
	}
	d := c.draft.Touched(by.Staff.ID)
	d.At, d.State, d.Reviewed, d.Checked, d.On = l.Now(), catalog.DraftWriting, "", "", ""
	rev, err := catalog.KeepDraft(ctx, tx, d, c.doc)
	return fmt.Sprint(c.Item, " ", rev), err
}

func (l *Library) takeVersion(ctx context.Context, tx *db.Tx, _ Importer, c ItemChange) (string, error) {
	if err := l.unmoved(ctx, tx, c); err != nil {
		return "", err
	}
	id, err := l.force(ctx, tx, c.doc)
	return string(id), err
}

// unmoved refuses what was compared with another version than the one in force now.
func (l *Library) unmoved(ctx context.Context, tx *db.Tx, c ItemChange) error {
	row, err := catalog.GetRow(ctx, tx, c.Item)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	if err == nil && row.Version != c.version {
		return fault.New(fault.Conflict, "fault.draft_changed")
	}
	return err
}

// ItemsOf are the items of an organ as they stand, empty for all: with drafts the next version where one is
// being written, else the version in force. They are given in the order of their ids.
func (l *Library) ItemsOf(ctx context.Context, organ ref.OrganID, drafts bool) ([]*catalog.Item, error) {
	found := map[ref.ItemID]*catalog.Item{}
	rows, err := catalog.Browse(ctx, l.DB, catalog.Wanted{Organ: organ}, allItems)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		v, err := catalog.Get(ctx, l.DB, row.Version)
		if err != nil {
			return nil, err
		}
		found[row.ID] = v.Doc()
	}
	if drafts {
		if err := l.layDrafts(ctx, organ, found); err != nil {
			return nil, err
		}
	}
	out := make([]*catalog.Item, 0, len(found))
	for _, it := range found {
		out = append(out, it)
	}
	slices.SortFunc(out, func(a, b *catalog.Item) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

func (l *Library) layDrafts(ctx context.Context, organ ref.OrganID, over map[ref.ItemID]*catalog.Item) error {
	all, err := catalog.Drafts(ctx, l.DB, "", organ, "", allItems)
	if err != nil {
		return err
	}
	for _, d := range all {
		if over[d.Item], err = d.Doc(); err != nil {
			return err
		}
	}
	return nil
}

// NationalRows are items in force with what the national exchange asks beside their documents.
func (l *Library) NationalRows(ctx context.Context, items []*catalog.Item) (out []catalog.NationalRow, err error) {
	organs, err := org.Organs(ctx, l.DB)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		facts := catalog.NationalFacts{Organ: organs[it.Organ].Name, Code: ref.USCC(it.Organ)}
		row, err := catalog.GetRow(ctx, l.DB, it.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil {
			v, err := catalog.Get(ctx, l.DB, row.Version)
			if err != nil {
				return nil, err
			}
			facts.Version, facts.State = v.Number, row.State
		}
		out = append(out, catalog.NationalRow{Item: it, NationalFacts: facts})
	}
	return out, nil
}

// keptFile is a file between its upload and its import, as it is sealed for who uploaded it.
type keptFile struct {
	Name    string `json:"name"`
	Blob    string `json:"blob"`
	Key     []byte `json:"key"`
	Address string `json:"address"`
}

const keptPlace = "standards.kept_file"

// KeepFile keeps a file of items until it is imported, a day at least, and gives the token that opens it, for
// the person alone. Nothing names the file in the database: what is not imported is swept away.
func (l *Library) KeepFile(ctx context.Context, by org.Staff, name string, raw []byte) (token string, err error) {
	b, err := l.Blobs.Put(ctx, bytes.NewReader(raw), catalog.MaxBook)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(keptFile{name, b.Name, b.Key, b.Address})
	if err != nil {
		return "", err
	}
	var box []byte
	err = l.DB.Write(ctx, "standards.KeepFile", func(ctx context.Context, tx *db.Tx) (err error) {
		box, err = l.Vault.Seal(ctx, tx, staff(by), keptPlace, plain)
		return err
	})
	return base64.RawURLEncoding.EncodeToString(box), err
}

// KeptFile opens what KeepFile kept. Errors: NotFound for a token of somebody else and for a file that is gone.
func (l *Library) KeptFile(ctx context.Context, by org.Staff, token string) (name string, raw []byte, err error) {
	var k keptFile
	box, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		box, err = l.Vault.Open(ctx, l.DB, staff(by), keptPlace, box)
	}
	if err == nil {
		err = json.Unmarshal(box, &k)
	}
	if err != nil {
		return "", nil, fault.New(fault.NotFound, "exchange.file_gone").Wrap(err)
	}
	body, err := l.Blobs.Get(ctx, blob.Blob{Name: k.Blob, Key: k.Key, Address: k.Address})
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "exchange.file_gone").Wrap(err)
	}
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = body.Close() }()
	raw, err = io.ReadAll(body)
	return k.Name, raw, err
}
