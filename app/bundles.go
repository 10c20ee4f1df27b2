package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/web/text"
)

const (
	importBundlesUsage = "yimen import bundles FILE.json --data DIR [--db URL]"
	exportBundlesUsage = "yimen export bundles FILE.json --data DIR [--db URL]"
)

// importBundlesCommand keeps the bundles of a file, in its order: all of them or none.
func importBundlesCommand(ctx context.Context, args []string) error {
	h, file, err := oneFile(ctx, "import bundles", importBundlesUsage, args)
	if err != nil {
		return err
	}
	defer h.Close()
	raw, err := readLimited(file)
	if err != nil {
		return err
	}
	return h.importBundles(ctx, raw, os.Stdout)
}

// oneFile opens the house for a command about one file.
func oneFile(ctx context.Context, name, usage string, args []string) (*House, string, error) {
	var o house
	words, err := mixed(o.flags(name, dataFolder()), args)
	if err != nil {
		return nil, "", err
	}
	if len(words) != 1 {
		return nil, "", usageError(usage)
	}
	h, err := Open(ctx, o.config())
	return h, words[0], err
}

func (h *House) importBundles(ctx context.Context, raw []byte, w io.Writer) error {
	var all []catalog.Bundle
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return fmt.Errorf("the file is no list of bundles: %w", err)
	}
	if len(all) == 0 {
		return errors.New("nothing was imported: the file has no bundles")
	}
	if err := h.Library.ImportBundles(ctx, "system:import", all); err != nil {
		for _, f := range fault.Fields(err) {
			fmt.Fprintf(w, "wrong %s: %s\n", f.Name, text.T(text.English, f.Key, f.Args...))
		}
		return inWords(err)
	}
	fmt.Fprintf(w, "%d bundles are kept\n", len(all))
	return nil
}

// exportBundlesCommand writes all bundles, withdrawn ones too, as importBundlesCommand reads them.
func exportBundlesCommand(ctx context.Context, args []string) error {
	h, file, err := oneFile(ctx, "export bundles", exportBundlesUsage, args)
	if err != nil {
		return err
	}
	defer h.Close()
	var out bytes.Buffer
	if err := h.exportBundles(ctx, &out); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

func (h *House) exportBundles(ctx context.Context, w io.Writer) error {
	kept, _, err := catalog.KeptBundles(ctx, h.DB)
	if err != nil {
		return err
	}
	all := make([]catalog.Bundle, len(kept))
	for i, k := range kept {
		all[i] = k.Bundle
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(all)
}
