package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// NewID makes a UUIDv7 as text: unique, and later ones sort after earlier ones.
func NewID() string {
	id, err := uuid.NewV7()
	if err != nil {
		panic(err) // the system has no randomness: nothing may go on
	}
	return id.String()
}

// Migrate brings the tables of all schemas up to date. Each FS holds schema/*.sql in goose's
// form; file names begin with a UTC timestamp that is unique over the whole house.
func (d *DB) Migrate(ctx context.Context, schemas ...fs.FS) error {
	files, err := merge(schemas)
	if err != nil {
		return err
	}
	conn, dialect, opts, err := d.forMigration()
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := goose.NewProvider(dialect, conn, files, opts...)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// forMigration opens a connection of its own: goose wants *sql.DB, and the writer's is taken.
func (d *DB) forMigration() (*sql.DB, goose.Dialect, []goose.ProviderOption, error) {
	if d.engine == SQLite {
		c, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(d.url, "sqlite:")+"?_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)")
		return c, goose.DialectSQLite3, nil, err
	}
	c, err := openPG(d.url, false)
	if err != nil {
		return nil, "", nil, err
	}
	// A lock row, not an advisory lock: wire-compatible databases have only the former.
	l, err := lock.NewPostgresTableLocker()
	return c, goose.DialectPostgres, []goose.ProviderOption{goose.WithLocker(l)}, err
}

func merge(schemas []fs.FS) (files, error) {
	all := files{}
	for _, s := range schemas {
		names, err := fs.Glob(s, "schema/*.sql")
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			b, err := fs.ReadFile(s, n)
			if err != nil {
				return nil, err
			}
			if _, twice := all[path.Base(n)]; twice {
				return nil, fmt.Errorf("migrate: two files are called %s", path.Base(n))
			}
			all[path.Base(n)] = string(b)
		}
	}
	return all, nil
}

// files is a flat read-only folder in memory.
type files map[string]string

func (f files) Open(name string) (fs.File, error) {
	if name == "." {
		return &folder{f: f}, nil
	}
	s, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{name: name, Reader: strings.NewReader(s)}, nil
}

type file struct {
	name string
	*strings.Reader
}

func (f *file) Stat() (fs.FileInfo, error) { return f, nil }
func (f *file) Close() error               { return nil }
func (f *file) Name() string               { return f.name }
func (f *file) Mode() fs.FileMode          { return 0o444 }
func (f *file) ModTime() time.Time         { return time.Time{} }
func (f *file) IsDir() bool                { return false }
func (f *file) Sys() any                   { return nil }

type folder struct{ f files }

func (d *folder) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }
func (d *folder) Read([]byte) (int, error)   { return 0, io.EOF }
func (d *folder) Close() error               { return nil }

func (d *folder) ReadDir(int) ([]fs.DirEntry, error) {
	var out []fs.DirEntry
	for n, s := range d.f {
		out = append(out, fs.FileInfoToDirEntry(&file{name: n, Reader: strings.NewReader(s)}))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out, nil
}
