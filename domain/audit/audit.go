// Package audit holds who did what to which object, so that later change is detectable.
//
// Invariants:
//   - A row is written in the transaction of the act it records and never changed, but for its
//     place in the global chain, which the sealer fills in once.
//   - Rows of one object form a hash chain (seq, prev); all rows form one global chain (pos, chain).
//   - Rows carry ids and digests, never a person's data.
package audit

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Entry is one act. Before and After are digests of the object's state (Digest), or empty.
type Entry struct {
	Actor  string // "staff:…", "party:…", "system:…"
	Verb   string // "intake.Accept"
	Object string // "case:…", "licence:…"
	Before string
	After  string
	At     time.Time
}

// Row is an entry in its chains.
type Row struct {
	ID     string    `db:"id"`
	Object string    `db:"object"`
	Seq    int64     `db:"seq"`
	Actor  string    `db:"actor"`
	Verb   string    `db:"verb"`
	Before string    `db:"before"`
	After  string    `db:"after"`
	At     time.Time `db:"at"`
	Prev   string    `db:"prev"`
	Hash   string    `db:"hash"`
}

// Digest is the SHA-256 of an object's state as hex.
func Digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p))))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (r Row) digest() string {
	return Digest(r.ID, r.Object, strconv.FormatInt(r.Seq, 10), r.Actor, r.Verb, r.Before, r.After, strconv.FormatInt(r.At.UnixMicro(), 10), r.Prev)
}

// Record appends the entry to its object's chain. Two writers of one object outside its lock
// collide on (object, seq); the later one runs again.
func Record(ctx context.Context, tx *db.Tx, e Entry) error {
	last, err := db.Find[link](ctx, tx, "select seq, hash from audit_row where object = $1 order by seq desc limit 1", e.Object)
	if err != nil {
		return err
	}
	return record(ctx, tx, e, last)
}

// Begin records the first entry of an object that this transaction makes: there is no chain yet.
func Begin(ctx context.Context, tx *db.Tx, e Entry) error { return record(ctx, tx, e, nil) }

func record(ctx context.Context, tx *db.Tx, e Entry, last []link) error {
	r := Row{ID: db.NewID(), Object: e.Object, Seq: 1, Actor: e.Actor, Verb: e.Verb, Before: e.Before, After: e.After, At: db.Time(db.Micros(e.At))}
	if len(last) > 0 {
		r.Seq, r.Prev = last[0].Seq+1, last[0].Hash
	}
	r.Hash = r.digest()
	err := db.Insert(ctx, tx, "audit_row", r)
	if db.IsUnique(err) {
		return fmt.Errorf("audit %s: %w", e.Object, db.ErrRetry)
	}
	return err
}

type link struct {
	Seq  int64  `db:"seq"`
	Hash string `db:"hash"`
}

// History lists an object's rows, oldest first.
func History(ctx context.Context, r db.Reader, object string) ([]Row, error) {
	return db.Find[Row](ctx, r, "select "+columns+" from audit_row where object = $1 order by seq", object)
}

const columns = "id, object, seq, actor, verb, before, after, at, prev, hash"

const sealMax = 500

// Unsealed says whether rows wait for their place in the global chain.
func Unsealed(ctx context.Context, r db.Reader) (bool, error) {
	n, err := db.Find[int64](ctx, r, "select 1 from audit_row where pos is null limit 1")
	return len(n) > 0, err
}

// Seal links waiting rows into the global chain; the caller holds the sealer's lease.
func Seal(ctx context.Context, tx *db.Tx) (int, error) {
	pos, head, err := Head(ctx, tx)
	if err != nil {
		return 0, err
	}
	rows, err := db.Find[Row](ctx, tx, "select "+columns+" from audit_row where pos is null order by id limit $1", sealMax)
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		pos++
		head = Digest(head, r.Hash)
		if _, err := tx.Exec(ctx, "update audit_row set pos = $1, chain = $2 where id = $3", pos, head, r.ID); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// Head is the global chain's length and last value.
func Head(ctx context.Context, r db.Reader) (int64, string, error) {
	type top struct {
		Pos   int64  `db:"pos"`
		Chain string `db:"chain"`
	}
	t, err := db.One[top](ctx, r, "select pos, chain from audit_row where pos is not null order by pos desc limit 1")
	if fault.Is(err, fault.NotFound) {
		return 0, "", nil
	}
	return t.Pos, t.Chain, err
}

// Gap is a place where a chain does not hold.
type Gap struct {
	Object string
	Seq    int64
	Pos    int64
	What   string // changed · missing · broken link · not in the global chain
}

// Verify walks both chains in constant memory and reports every gap.
func Verify(ctx context.Context, r db.Reader) (rows int64, gaps []Gap, err error) {
	if rows, err = verifyObjects(ctx, r, func(g Gap) { gaps = append(gaps, g) }); err != nil {
		return rows, gaps, err
	}
	return rows, gaps, verifyGlobal(ctx, r, func(g Gap) { gaps = append(gaps, g) })
}

func verifyObjects(ctx context.Context, r db.Reader, tell func(Gap)) (n int64, err error) {
	rows, err := r.Query(ctx, "select "+columns+" from audit_row order by object, seq")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var last Row
	for ; rows.Next(); n++ {
		var x Row
		if err := rows.Scan(&x.ID, &x.Object, &x.Seq, &x.Actor, &x.Verb, &x.Before, &x.After, &x.At, &x.Prev, &x.Hash); err != nil {
			return n, err
		}
		if x.Object != last.Object {
			last = Row{Object: x.Object}
		}
		switch {
		case x.Hash != x.digest():
			tell(Gap{x.Object, x.Seq, 0, "changed"})
		case x.Seq != last.Seq+1:
			tell(Gap{x.Object, x.Seq, 0, "missing"})
		case x.Prev != last.Hash:
			tell(Gap{x.Object, x.Seq, 0, "broken link"})
		}
		last = x
	}
	return n, rows.Err()
}

func verifyGlobal(ctx context.Context, r db.Reader, tell func(Gap)) error {
	rows, err := r.Query(ctx, "select object, seq, hash, pos, chain from audit_row where pos is not null order by pos")
	if err != nil {
		return err
	}
	defer rows.Close()
	var want int64
	head := ""
	for rows.Next() {
		var g Gap
		var hash, chain string
		if err := rows.Scan(&g.Object, &g.Seq, &hash, &g.Pos, &chain); err != nil {
			return err
		}
		want++
		if g.Pos != want {
			g.What = "missing"
			tell(g)
			want = g.Pos
		} else if head = Digest(head, hash); head != chain {
			g.What = "broken link"
			tell(g)
		}
		head = chain
	}
	return rows.Err()
}

// Access is one staff look at a person's data.
type Access struct {
	ID      string      `db:"id"`
	Actor   ref.StaffID `db:"actor"`
	Organ   ref.OrganID `db:"organ"`
	Party   ref.PartyID `db:"party"`
	Case    ref.CaseID  `db:"case_id"`
	Purpose string      `db:"purpose"` // a message key
	Reason  []byte      `db:"reason"`  // the reason given, sealed under the party's key
	At      time.Time   `db:"at"`
}

// again is how long repeats by one actor on one case count as one look.
const again = 10 * time.Minute

// Looked says whether this look is already noted.
func Looked(ctx context.Context, r db.Reader, a Access) (bool, error) {
	n, err := db.Find[int64](ctx, r, "select 1 from audit_access where actor = $1 and party = $2 and case_id = $3 and purpose = $4 and at > $5 limit 1",
		a.Actor, a.Party, a.Case, a.Purpose, a.At.Add(-again))
	return len(n) > 0, err
}

// NoteAccess writes the look.
func NoteAccess(ctx context.Context, tx *db.Tx, a Access) error {
	a.ID = db.NewID()
	return db.Insert(ctx, tx, "audit_access", a)
}

// Accesses lists who looked at a party's data, latest first.
func Accesses(ctx context.Context, r db.Reader, party ref.PartyID, limit int) ([]Access, error) {
	return db.Find[Access](ctx, r, `select id, actor, organ, party, case_id, purpose, reason, at
		from audit_access where party = $1 order by at desc limit $2`, party, limit)
}
