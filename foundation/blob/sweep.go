package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// OrphanAge is how long a blob may stand without a row that names it: longer than any draft
// between its upload and its submit.
const OrphanAge = 24 * time.Hour

// Sweep removes files older than OrphanAge that never got their name, or that no row names.
// referenced asks the database; its error stops the sweep, so that nothing is removed on a
// database that does not answer. It gives the number of files removed.
func (s *Store) Sweep(ctx context.Context, now time.Time, referenced func(ctx context.Context, name string) (bool, error)) (removed int, err error) {
	err = filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() || !namePattern.MatchString(d.Name()) {
			return err
		}
		gone, err := s.sweepOne(ctx, path, d, now, referenced)
		if gone {
			removed++
		}
		return err
	})
	if err != nil {
		return removed, fmt.Errorf("sweep blobs: %w", err)
	}
	return removed, nil
}

func (s *Store) sweepOne(ctx context.Context, path string, d fs.DirEntry, now time.Time, referenced func(context.Context, string) (bool, error)) (bool, error) {
	info, err := d.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // another sweep, or a Put that finished
	}
	if err != nil || now.Sub(info.ModTime()) < OrphanAge {
		return false, err
	}
	if filepath.Base(filepath.Dir(path)) != partFolder {
		if used, err := referenced(ctx, d.Name()); used || err != nil {
			return false, err
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, nil
}
