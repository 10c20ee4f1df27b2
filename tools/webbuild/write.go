package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/andybalholm/brotli"
)

// packed is a text file's two compressed forms; nil where they save nothing.
type packed struct{ br, gz []byte }

var compressible = map[string]bool{".js": true, ".css": true, ".svg": true, ".txt": true, ".json": true, ".html": true}

func pack(name string, content []byte) (packed, error) {
	if !compressible[filepath.Ext(name)] {
		return packed{}, nil
	}
	var br, gz bytes.Buffer
	b := brotli.NewWriterLevel(&br, brotli.BestCompression)
	g, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return packed{}, err
	}
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{b, g} {
		if _, err := w.Write(content); err != nil {
			return packed{}, err
		}
		if err := w.Close(); err != nil {
			return packed{}, err
		}
	}
	return packed{br: smaller(br.Bytes(), content), gz: smaller(gz.Bytes(), content)}, nil
}

func smaller(packed, plain []byte) []byte {
	if len(packed) < len(plain) {
		return packed
	}
	return nil
}

// judge fails when a file has no budget or is over it. Budgets count bytes as a modern browser receives them.
func (o *output) judge(budgetFile string) error {
	raw, err := os.ReadFile(budgetFile)
	if err != nil {
		return err
	}
	var budget map[string]int
	if err := json.Unmarshal(raw, &budget); err != nil {
		return fmt.Errorf("%s: %w", budgetFile, err)
	}
	var wrong []error
	for plain, name := range o.names {
		limit, ok := budgetOf(budget, plain)
		if !ok {
			wrong = append(wrong, fmt.Errorf("%s has no line in web/budget.json", plain))
			continue
		}
		p, err := pack(name, o.files[name])
		if err != nil {
			return err
		}
		size := len(o.files[name])
		if p.br != nil {
			size = len(p.br)
		}
		fmt.Printf("%-18s %6d bytes of %d\n", plain, size, limit)
		if size > limit {
			wrong = append(wrong, fmt.Errorf("%s is %d bytes on the wire, its budget is %d", plain, size, limit))
		}
	}
	return errors.Join(wrong...)
}

// budgetOf finds a file's own line, else the line of its folder ("icon/*").
func budgetOf(budget map[string]int, plain string) (int, bool) {
	if limit, ok := budget[plain]; ok {
		return limit, true
	}
	limit, ok := budget[path.Dir(plain)+"/*"]
	return limit, ok && path.Dir(plain) != "."
}

// write replaces what lies in dist; the manifest comes last, so that an interrupted build is not taken for a whole one.
func (o *output) write(dist, source string) error {
	if err := empty(dist); err != nil {
		return err
	}
	var names []string
	for name := range o.files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p, err := pack(name, o.files[name])
		if err != nil {
			return err
		}
		for ext, content := range map[string][]byte{"": o.files[name], ".br": p.br, ".gz": p.gz} {
			if content == nil {
				continue
			}
			if err := os.WriteFile(filepath.Join(dist, name+ext), content, 0o644); err != nil {
				return err
			}
		}
	}
	raw, err := json.MarshalIndent(manifest{Source: source, Files: o.names}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, manifestName), raw, 0o644)
}

func empty(dist string) error {
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	old, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	for _, f := range old {
		if f.Name() == ".keep" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dist, f.Name())); err != nil {
			return err
		}
	}
	return nil
}
