package rule

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/search"
	"yimen/ref"
)

// maxBody bounds a stored table, in bytes.
const maxBody = 4 << 20

// Draft is the table as it is being worked on, with the first signature when there is one.
type Draft struct {
	ID          ref.RuleID  `db:"id"`
	Name        string      `db:"name"`
	NameFold    string      `db:"name_fold"`
	Organ       ref.OrganID `db:"organ"`
	Item        ref.ItemID  `db:"item"`
	Body        string      `db:"body"`
	Digest      string      `db:"digest"` // of the body
	Author      ref.StaffID `db:"author"` // who changed it last
	Rev         int64       `db:"rev"`
	Changed     time.Time   `db:"changed_at"`
	FirstSigner ref.StaffID `db:"first_signer"` // empty: not signed
	FirstAt     time.Time   `db:"first_at"`
	Released    int         `db:"released"` // number of the last release, 0 when none
}

const (
	headCols  = "id, name, name_fold, organ, item, digest, author, rev, changed_at, first_signer, first_at, released"
	draftCols = headCols + ", body"
)

// Table reads the draft's body.
func (d Draft) Table() (Table, error) { return tableOf(d.Body) }

func tableOf(body string) (t Table, err error) {
	err = json.Unmarshal([]byte(body), &t)
	return t, err
}

// bodyOf is a tidy table as it is stored and signed, with its SHA-256 in hex.
func bodyOf(t Table) (body, digest string) {
	raw, _ := json.Marshal(t) // texts and numbers only: it cannot fail
	sum := sha256.Sum256(raw)
	return string(raw), hex.EncodeToString(sum[:])
}

// KeepDraft saves a table as it stands, flaws and all. rev is what the keeper last saw, 0 for a
// new table; a body that did not change keeps its signature and revision, any other loses the
// signature. Errors: Conflict when somebody else saved in between, TooLarge, Invalid without an
// id, name or organ.
func KeepDraft(ctx context.Context, tx *db.Tx, t Table, author ref.StaffID, rev int64, now time.Time) (Draft, error) {
	t = t.Tidy()
	body, digest := bodyOf(t)
	if err := t.storable(body); err != nil {
		return Draft{}, err
	}
	next := Draft{ID: t.ID, Name: t.Name, NameFold: search.Fold(t.Name), Organ: t.Organ, Item: t.Item, Body: body, Digest: digest, Author: author, Rev: rev + 1, Changed: now}
	if rev == 0 {
		err := db.Insert(ctx, tx, "rule_table", next)
		if db.IsUnique(err) {
			return Draft{}, changed().Wrap(err)
		}
		return next, err
	}
	return change(ctx, tx, next)
}

func changed() *fault.Error { return fault.New(fault.Conflict, "rule.draft_changed") }

func (t *Table) storable(body string) error {
	if len(body) > maxBody || t.tooLarge() != nil {
		return fault.New(fault.TooLarge, "rule.table_large", "inputs", MaxInputs, "outputs", MaxOutputs, "rows", MaxRows)
	}
	if t.ID == "" || t.Organ == "" || t.Name == "" || tooLong(t.Name, maxLabel) {
		return fault.Bad(fault.Field{Name: "name", Key: "rule.no_name", Args: []any{"max", maxLabel}})
	}
	return nil
}

func change(ctx context.Context, tx *db.Tx, next Draft) (Draft, error) {
	old, err := GetDraft(ctx, tx, next.ID)
	if err != nil {
		return Draft{}, err
	}
	if old.Rev != next.Rev-1 {
		return Draft{}, changed()
	}
	if old.Digest == next.Digest {
		return old, nil
	}
	n, err := tx.Exec(ctx, `update rule_table set name = $1, name_fold = $2, organ = $3, item = $4, body = $5, digest = $6, author = $7, rev = rev + 1,
		changed_at = $8, first_signer = '', first_at = 0 where id = $9 and rev = $10`,
		next.Name, next.NameFold, next.Organ, next.Item, next.Body, next.Digest, next.Author, next.Changed, next.ID, old.Rev)
	if err == nil && n == 0 {
		return Draft{}, changed()
	}
	next.Released = old.Released
	return next, err
}

// GetDraft reads a draft with its body. Errors: NotFound.
func GetDraft(ctx context.Context, r db.Reader, id ref.RuleID) (Draft, error) {
	return db.One[Draft](ctx, r, "select "+draftCols+" from rule_table where id = $1", id)
}

// DraftState is how far a draft has come.
type DraftState string

// The states of a draft. A change after a release makes it written again.
const (
	Written   DraftState = "written"  // nobody signed what it says now, and no release says the same
	Signed    DraftState = "signed"   // once
	IsRelease DraftState = "released" // what it says is the last release
)

// State is how far it has come; last is its last release, zero when there is none.
func (d Draft) State(last Release) DraftState {
	switch {
	case d.FirstSigner != "":
		return Signed
	case d.Digest == last.Digest:
		return IsRelease
	}
	return Written
}

// Heads reads drafts without their bodies, by their ids; who has none is left out.
func Heads(ctx context.Context, r db.Reader, ids ...ref.RuleID) (map[ref.RuleID]Draft, error) {
	out := map[ref.RuleID]Draft{}
	if len(ids) == 0 {
		return out, nil
	}
	all, err := db.Find[Draft](ctx, r, "select "+headCols+" from rule_table where id in "+db.In(1, len(ids)), db.Any(ids)...)
	for _, d := range all {
		out[d.ID] = d
	}
	return out, err
}

// Lasts reads the last releases of tables without their bodies, by the tables' ids.
func Lasts(ctx context.Context, r db.Reader, ids ...ref.RuleID) (map[ref.RuleID]Release, error) {
	out := map[ref.RuleID]Release{}
	if len(ids) == 0 {
		return out, nil
	}
	all, err := db.Find[Release](ctx, r, "select "+releaseHead+" from rule_version where rule in "+db.In(1, len(ids))+
		" and number = (select released from rule_table where id = rule_version.rule)", db.Any(ids)...)
	for _, v := range all {
		out[v.Rule] = v
	}
	return out, err
}

// ReleaseDue is the timer of a release that takes effect on a day to come.
type ReleaseDue struct {
	Rule   ref.RuleID
	Number int
}

func (ReleaseDue) EventName() string  { return "rule.release_due/1" }
func (e ReleaseDue) EventKey() string { return "rule:" + string(e.Rule) }

// Release is a signed table. It is never changed.
type Release struct {
	Rule         ref.RuleID  `db:"rule"`
	Number       int         `db:"number"` // 1, 2, 3 …
	Body         string      `db:"body"`
	Digest       string      `db:"digest"`
	Author       ref.StaffID `db:"author"`
	FirstSigner  ref.StaffID `db:"first_signer"`
	FirstAt      time.Time   `db:"first_at"`
	SecondSigner ref.StaffID `db:"second_signer"`
	SecondAt     time.Time   `db:"second_at"`
	Effective    time.Time   `db:"effective_at"`
	Replay       string      `db:"replay"` // digest of the summary of the replay the signers saw
}

const (
	releaseHead = "rule, number, digest, author, first_signer, first_at, second_signer, second_at, effective_at, replay"
	releaseCols = releaseHead + ", body"
)

// Table reads the release's body.
func (v Release) Table() (Table, error) { return tableOf(v.Body) }

// SignFirst signs the draft that c was compiled from. Errors: Invalid when c is not Sound,
// Conflict when the draft changed since or is signed already.
func SignFirst(ctx context.Context, tx *db.Tx, c *Compiled, signer ref.StaffID, now time.Time) error {
	if !c.sound {
		return fault.New(fault.Invalid, "rule.flawed")
	}
	n, err := tx.Exec(ctx, "update rule_table set first_signer = $1, first_at = $2, rev = rev + 1 where id = $3 and digest = $4 and first_signer = ''",
		signer, now, c.table.ID, c.digest)
	if err == nil && n == 0 {
		return changed()
	}
	return err
}

// SignSecond signs as another person and makes the draft a release, in force from effective on;
// replay is the digest of the replay's summary. Errors: Denied for the first signer, Invalid
// when effective lies before now (法不溯及既往, 立法法 104), Conflict when the draft changed or lacks the
// first signature. A release still to come is overtaken by one signed later, whose day may be earlier.
func SignSecond(ctx context.Context, tx *db.Tx, c *Compiled, signer ref.StaffID, effective time.Time, replay string, now time.Time) (Release, error) {
	d, err := lockSigned(ctx, tx, c, signer)
	if err != nil {
		return Release{}, err
	}
	if effective.Before(now) {
		return Release{}, fault.Bad(fault.Field{Name: "effective", Key: "rule.effective_past"})
	}
	v := Release{Rule: d.ID, Number: d.Released, Body: d.Body, Digest: d.Digest, Author: d.Author, FirstSigner: d.FirstSigner, FirstAt: d.FirstAt,
		SecondSigner: signer, SecondAt: now, Effective: effective, Replay: replay}
	if err := db.Insert(ctx, tx, "rule_version", v); err != nil {
		return Release{}, err
	}
	_, err = tx.Exec(ctx, "update rule_table set first_signer = '', first_at = 0 where id = $1", d.ID)
	return v, err
}

// lockSigned counts the release in the draft's row, which also holds others off, and reads it.
func lockSigned(ctx context.Context, tx *db.Tx, c *Compiled, signer ref.StaffID) (Draft, error) {
	n, err := tx.Exec(ctx, "update rule_table set released = released + 1, rev = rev + 1 where id = $1 and digest = $2 and first_signer <> ''", c.table.ID, c.digest)
	if err != nil {
		return Draft{}, err
	}
	if n == 0 {
		return Draft{}, changed()
	}
	d, err := GetDraft(ctx, tx, c.table.ID)
	if err == nil && d.FirstSigner == signer {
		return Draft{}, fault.New(fault.Denied, "rule.same_signer")
	}
	return d, err
}

// Versions lists releases without their bodies, latest first; before 0 begins at the latest.
func Versions(ctx context.Context, r db.Reader, id ref.RuleID, before, limit int) ([]Release, error) {
	if before == 0 {
		before = 1 << 30
	}
	return db.Find[Release](ctx, r, "select "+releaseHead+" from rule_version where rule = $1 and number < $2 order by number desc limit $3", id, before, limit)
}

// GetRelease reads one release with its body. Errors: NotFound.
func GetRelease(ctx context.Context, r db.Reader, id ref.RuleID, number int) (Release, error) {
	return db.One[Release](ctx, r, "select "+releaseCols+" from rule_version where rule = $1 and number = $2", id, number)
}

// released are compiled tables by the digest of their body: the same digest is the same table,
// so nothing here can become wrong, and there are only as many as people have signed.
var released sync.Map // digest → *Compiled

// InForce is the release that binds decisions made at the time, and the table ready to decide.
// Errors: NotFound when none was in force yet.
func InForce(ctx context.Context, r db.Reader, id ref.RuleID, at time.Time) (Release, *Compiled, error) {
	v, err := db.One[Release](ctx, r, "select "+releaseHead+" from rule_version where rule = $1 and effective_at <= $2 order by number desc limit 1", id, at)
	if err != nil {
		return Release{}, nil, err
	}
	c, err := v.compiled(ctx, r)
	return v, c, err
}

func (v *Release) compiled(ctx context.Context, r db.Reader) (*Compiled, error) {
	if c, ok := released.Load(v.Digest); ok {
		v.Body = c.(*Compiled).body
		return c.(*Compiled), nil
	}
	full, err := GetRelease(ctx, r, v.Rule, v.Number)
	if err != nil {
		return nil, err
	}
	t, err := full.Table()
	if err != nil {
		return nil, err
	}
	c, flaws := Compile(t)
	if len(flaws) > 0 || c.digest != v.Digest {
		return nil, fmt.Errorf("release %d of rule %s cannot be read: %v", v.Number, v.Rule, flaws)
	}
	v.Body = full.Body
	released.Store(v.Digest, c)
	return c, nil
}
