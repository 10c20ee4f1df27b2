package dbtest

import (
	"net/url"
	"os"
	"strings"
	"testing"
)

// CopyPostgres makes the database at an address that Postgres or Reserved gave the same as one that Lasting gave; nobody may have
// either open.
func CopyPostgres(t testing.TB, from, to string) {
	t.Helper()
	root := os.Getenv("YIMEN_TEST_PG")
	admin(t, root, "drop database if exists "+nameOf(t, to))
	admin(t, root, "create database "+nameOf(t, to)+" template "+nameOf(t, from))
}

func nameOf(t testing.TB, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}
