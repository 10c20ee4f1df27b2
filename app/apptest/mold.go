package apptest

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"yimen/foundation/db/dbtest"
)

// A mold is a house with the demo town, loaded once in a process for an engine; every other is a copy of its folder
// and database, which takes a fraction of the time.
type mold struct {
	once     sync.Once
	files    []file
	postgres string // address of the database to copy; empty: SQLite, whose database is among the files
}

// A file of a house's folder is held in memory, so that nothing is left behind when the tests end.
type file struct {
	name string // in the folder
	mode fs.FileMode
	data []byte
}

const lite = "sqlite:"

var molds = map[bool]*mold{true: {}, false: {}} // by whether it is SQLite

// cast fills an empty folder and database from the mold.
func cast(t testing.TB, data, address string) {
	t.Helper()
	path, isLite := strings.CutPrefix(address, lite)
	m := molds[isLite]
	m.once.Do(func() { m.make(t, isLite) })
	if len(m.files) == 0 {
		t.Fatal("no town to copy: the test that came first could not load it")
	}
	for _, f := range m.files {
		to := filepath.Join(data, f.name)
		if f.name == moldDB {
			to = path
		}
		must(t, os.MkdirAll(filepath.Dir(to), 0o700))
		must(t, os.WriteFile(to, f.data, f.mode))
	}
	if !isLite {
		dbtest.CopyPostgres(t, m.postgres, address)
	}
}

const moldDB = "mold.db"

func (m *mold) make(t testing.TB, isLite bool) {
	data, address := t.TempDir(), ""
	if isLite {
		address = lite + filepath.Join(data, moldDB)
	} else {
		m.postgres = dbtest.Lasting(t)
		address = m.postgres
	}
	a := NewIn(t, data, address, slog.New(slog.DiscardHandler))
	must(t, a.Close())
	must(t, filepath.WalkDir(data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		f := file{name: strings.TrimPrefix(path, data+"/")}
		info, err := e.Info()
		if err != nil {
			return err
		}
		f.mode = info.Mode().Perm()
		f.data, err = os.ReadFile(path)
		m.files = append(m.files, f)
		return err
	}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
