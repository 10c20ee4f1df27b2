package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
)

var schema = fstest.MapFS{"schema/20260101000000_t.sql": {Data: []byte(`-- +goose Up
create table t_row (id text primary key, n bigint not null, at bigint not null, ok bigint not null, raw bytea);
`)}}

type row struct {
	ID  string    `db:"id"`
	N   int       `db:"n"`
	At  time.Time `db:"at"`
	OK  bool      `db:"ok"`
	Raw []byte    `db:"raw"`
}

var ctx = context.Background()

func count(t *testing.T, d *db.DB) int64 {
	t.Helper()
	n, err := db.One[int64](ctx, d, "select count(*) from t_row")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRoundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := time.UnixMicro(1772400000123456).UTC()
		in := []row{{"甲𠅤", 7, at, true, []byte{0, 1, 255}}, {"b", -1, time.Time{}, false, nil}}
		err := d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) error { return db.Insert(ctx, tx, "t_row", in...) })
		if err != nil {
			t.Fatal(err)
		}
		out, err := db.Find[row](ctx, d, "select id, n, at, ok, raw from t_row order by n desc")
		if err != nil || len(out) != 2 {
			t.Fatal(out, err)
		}
		if got := out[0]; got.ID != in[0].ID || got.N != 7 || !got.At.Equal(at) || !got.OK || string(got.Raw) != string(in[0].Raw) {
			t.Fatalf("%+v", got)
		}
		if !out[1].At.IsZero() || out[1].OK {
			t.Fatalf("%+v", out[1])
		}
		if _, err := db.One[row](ctx, d, "select id, n, at, ok, raw from t_row where id = $1", "none"); !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
	}, schema)
}

func TestReaderCannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := db.Find[string](ctx, d, "insert into t_row (id, n, at, ok) values ('x', 1, 1, 1) returning id"); err == nil {
			t.Fatal("the read pool wrote")
		}
		if count(t, d) != 0 {
			t.Fatal("a row was written")
		}
	}, schema)
}

func TestRefusesTextThatEnginesTreatDifferently(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, bad := range []string{"a\x00b", "a\xffb"} {
			err := d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) error {
				return db.Insert(ctx, tx, "t_row", row{ID: bad})
			})
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", bad, err)
			}
		}
	}, schema)
}

// A closure that fails or panics takes only itself back; its neighbours in the batch stand.
func TestGroupIsolation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		good := 0
		for i := range 200 {
			wg.Go(func() {
				err := d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) error {
					if err := db.Insert(ctx, tx, "t_row", row{ID: fmt.Sprint(i)}); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return errors.New("no")
					case 2:
						panic("boom")
					}
					return nil
				})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					good++
				}
			})
		}
		wg.Wait()
		if good != 100 || count(t, d) != 100 {
			t.Fatal(good, count(t, d))
		}
	}, schema)
}

func TestUniqueAndRetry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ins := func(ctx context.Context, tx *db.Tx) error { return db.Insert(ctx, tx, "t_row", row{ID: "a"}) }
		if err := d.Write(ctx, "t", ins); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, "t", ins); !db.IsUnique(err) {
			t.Fatal(err)
		}
		tries := 0
		err := d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) error {
			if tries++; tries < 3 {
				return fmt.Errorf("raced: %w", db.ErrRetry)
			}
			return nil
		})
		if err != nil || tries != 3 {
			t.Fatal(tries, err)
		}
	}, schema)
}

func TestNestedWriteIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(ctx, "outer", func(ctx context.Context, tx *db.Tx) error {
			return d.Write(ctx, "inner", func(context.Context, *db.Tx) error { return nil })
		})
		if err == nil || !strings.Contains(err.Error(), "nested") {
			t.Fatal(err)
		}
	}, schema)
}

// A caller that goes away must not take its neighbours' work with it.
func TestCancelledCaller(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, cancel := context.WithCancel(ctx)
		err := d.Write(c, "t", func(ctx context.Context, tx *db.Tx) error {
			cancel()
			return db.Insert(ctx, tx, "t_row", row{ID: "a"})
		})
		if err != nil || count(t, d) != 1 {
			t.Fatal(err, count(t, d))
		}
		if err := d.Write(c, "t", func(context.Context, *db.Tx) error { return nil }); !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
	}, schema)
}

func TestAfterCommitOnlyAfterCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		told := 0
		_ = d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { told++ })
			return errors.New("no")
		})
		_ = d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { told++ })
			return nil
		})
		if told != 1 {
			t.Fatal(told)
		}
	}, schema)
}

func TestMigrateTwiceAndRefuseTwins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(ctx, schema); err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(ctx, schema, schema); err == nil {
			t.Fatal("two files of one name were taken")
		}
	}, schema)
}

func TestOpenRefusesOtherAddresses(t *testing.T) {
	for _, a := range []string{"", "mysql://x", filepath.Join(t.TempDir(), "a.db")} {
		if _, err := db.Open(ctx, a); err == nil {
			t.Fatal(a)
		}
	}
}
