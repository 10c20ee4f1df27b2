// Package blob keeps files people hand in and documents the house makes, each encrypted under
// a key of its own.
//
// Put hands that key back in Blob.Key: the caller stores it in its own row sealed by the
// subject's key (crypto.Vault.Seal), in the transaction that first names the blob; forgetting
// the subject then makes the file unreadable. So nothing of a person is open on the disk and
// no transaction waits for one.
//
// Invariants: a blob whose Put returned is on the disk with its name; a file appears under
// its name only whole; the name is random and tells nothing of the content; what Get yields
// is what was put, or an error; the type is told by the content, never by the sender.
package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"yimen/foundation/failpoint"
	"yimen/foundation/fault"
)

// Blob says where a content is and how to read it again. Name may stand in a table as it is;
// Key must be sealed; Address proves the content and is kept in the database only.
type Blob struct {
	Name    string // of the file, 32 hexadecimal digits
	Address string // SHA-256 of the content, 64 hexadecimal digits
	Size    int64  // bytes of the content
	Type    string // one of the Type constants
	Key     []byte // 32 bytes
}

// Store is a folder of blobs. It is safe for concurrent use, also by several processes.
type Store struct{ dir string }

const partFolder = "part" // where files grow before they get their name

var namePattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Open takes a folder up, making it if need be.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, partFolder), 0o700); err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	if err := syncFolder(dir); err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	return &Store{dir}, nil
}

// Put stores a content of at most max bytes; more is TooLarge ("blob.too_large"), a disk that
// fails is Unavailable ("blob.write"). It must be called outside a transaction.
func (s *Store) Put(ctx context.Context, r io.Reader, max int64) (Blob, error) {
	failpoint.Hit("blob.put.before")
	b := Blob{Key: make([]byte, 32)}
	name := make([]byte, 16)
	_, _ = rand.Read(b.Key)
	_, _ = rand.Read(name)
	b.Name = hex.EncodeToString(name)
	part := filepath.Join(s.dir, partFolder, b.Name)
	if err := s.fill(ctx, &b, part, io.LimitReader(r, max+1)); err != nil {
		_ = os.Remove(part)
		return Blob{}, fmt.Errorf("put blob: %w", err)
	}
	if b.Size > max {
		_ = os.Remove(part)
		return Blob{}, fault.New(fault.TooLarge, "blob.too_large", "max", max)
	}
	if err := s.name(part, b.Name); err != nil {
		return Blob{}, fault.New(fault.Unavailable, "blob.write").Wrap(err)
	}
	failpoint.Hit("blob.put.after")
	return b, nil
}

// fill writes the encrypted content to a new file and syncs it.
func (s *Store) fill(ctx context.Context, b *Blob, part string, r io.Reader) error {
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.New(fault.Unavailable, "blob.write").Wrap(err)
	}
	defer func() { _ = f.Close() }()
	sum, kind := sha256.New(), &sniffer{}
	in := io.TeeReader(&reader{ctx, r}, io.MultiWriter(sum, kind))
	if b.Size, err = encrypt(f, in, b.Key); err != nil {
		return err
	}
	b.Address, b.Type = hex.EncodeToString(sum.Sum(nil)), kind.answer()
	if err := f.Sync(); err != nil {
		return fault.New(fault.Unavailable, "blob.write").Wrap(err)
	}
	return f.Close()
}

// name moves a finished file to its place and makes the move last.
func (s *Store) name(part, name string) error {
	folder := filepath.Join(s.dir, name[:2])
	switch err := os.Mkdir(folder, 0o700); {
	case err == nil:
		if err := syncFolder(s.dir); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	if err := os.Rename(part, s.path(name)); err != nil {
		return err
	}
	return syncFolder(folder)
}

// Get opens a content by Name, Key and Address. An unknown name is NotFound
// ("blob.not_found"). A reader of a damaged file fails ("blob.damaged") before it yields any
// changed byte; that the content is the Address's is known at its end.
func (s *Store) Get(ctx context.Context, b Blob) (io.ReadCloser, error) {
	if !namePattern.MatchString(b.Name) {
		return nil, fault.New(fault.NotFound, "blob.not_found")
	}
	f, err := os.Open(s.path(b.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "blob.not_found").Wrap(err)
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "blob.read").Wrap(err)
	}
	d, err := decrypt(&reader{ctx, f}, f, b)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return d, nil
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name[:2], name) }

// reader stops when its context does.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return f.Sync()
}
