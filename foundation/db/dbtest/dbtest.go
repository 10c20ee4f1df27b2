// Package dbtest opens real databases for tests: every store test runs on both engines.
//
// Invariant: where CI=true a missing PostgreSQL is a failure, never a silent skip.
package dbtest

import (
	"context"
	"database/sql"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yimen/foundation/db"
)

// Each runs f as a subtest on SQLite and on PostgreSQL, each on its own empty database.
func Each(t *testing.T, f func(t *testing.T, d *db.DB), schemas ...fs.FS) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, open(t, SQLite(t), schemas)) })
	t.Run("postgres", func(t *testing.T) { f(t, open(t, Postgres(t), schemas)) })
}

// SQLite is the address of a fresh file.
func SQLite(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "yimen.db") }

// Postgres makes a database of its own and drops it at the end; YIMEN_TEST_PG is the
// address of a cluster where we may do that.
func Postgres(t testing.TB) string {
	t.Helper()
	address := Reserved(t)
	admin(t, os.Getenv("YIMEN_TEST_PG"), "create database "+nameOf(t, address)+" template template0 encoding 'UTF8' locale 'C'")
	return address
}

// Reserved is Postgres for a database that CopyPostgres makes.
func Reserved(t testing.TB) string {
	t.Helper()
	root := os.Getenv("YIMEN_TEST_PG")
	if root == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("YIMEN_TEST_PG is not set: the PostgreSQL half cannot run")
		}
		t.Skip("skipped: YIMEN_TEST_PG is not set (make test starts a private cluster)")
	}
	address, name := named(t, root)
	t.Cleanup(func() { admin(t, root, "drop database if exists "+name+" with (force)") })
	return address
}

// Lasting is Postgres for a database that several tests copy; it goes with the cluster, which is the tests' own.
func Lasting(t testing.TB) string {
	root := os.Getenv("YIMEN_TEST_PG")
	address, name := named(t, root)
	admin(t, root, "create database "+name+" template template0 encoding 'UTF8' locale 'C'")
	return address
}

func named(t testing.TB, root string) (address, name string) {
	name = "t" + strings.ReplaceAll(db.NewID(), "-", "")
	u, err := url.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String(), name
}

func admin(t testing.TB, root, query string) {
	c, err := sql.Open("pgx", root)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, address string, schemas []fs.FS) *db.DB {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if len(schemas) > 0 {
		if err := d.Migrate(ctx, schemas...); err != nil {
			t.Fatal(err)
		}
	}
	return d
}
