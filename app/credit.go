package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"yimen/domain/credit"
	"yimen/foundation/fault"
	"yimen/web/text"
)

const (
	importCreditUsage = "yimen import credit FILE.json --data DIR [--db URL]"
	exportCreditUsage = "yimen export credit FILE.json --data DIR [--db URL]"
)

// importCreditCommand publishes the rows of a file as the catalogue of broken words: all of them or none. A row that
// says nothing new gets no new version; one that the file leaves out stays as it is.
func importCreditCommand(ctx context.Context, args []string) error {
	h, file, err := oneFile(ctx, "import credit", importCreditUsage, args)
	if err != nil {
		return err
	}
	defer h.Close()
	raw, err := readLimited(file)
	if err != nil {
		return err
	}
	return h.importCredit(ctx, raw, os.Stdout)
}

func (h *House) importCredit(ctx context.Context, raw []byte, w io.Writer) error {
	var all []credit.Row
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return fmt.Errorf("the file is no list of the credit catalogue's rows: %w", err)
	}
	if len(all) == 0 {
		return errors.New("nothing was imported: the file has no rows")
	}
	n, err := h.Trust.Publish(ctx, "system:import", all)
	if err != nil {
		for _, f := range fault.Fields(err) {
			fmt.Fprintf(w, "wrong %s: %s\n", f.Name, text.T(text.English, f.Key, f.Args...))
		}
		return inWords(err)
	}
	fmt.Fprintf(w, "%d of %d rows have a new version\n", n, len(all))
	return nil
}

// exportCreditCommand writes the rows in force as importCreditCommand reads them.
func exportCreditCommand(ctx context.Context, args []string) error {
	h, file, err := oneFile(ctx, "export credit", exportCreditUsage, args)
	if err != nil {
		return err
	}
	defer h.Close()
	var out bytes.Buffer
	if err := h.exportCredit(ctx, &out); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

func (h *House) exportCredit(ctx context.Context, w io.Writer) error {
	all, err := credit.Catalogue(ctx, h.DB)
	if err != nil {
		return err
	}
	kept := []credit.Row{}
	for _, r := range all {
		if !r.Withdrawn {
			kept = append(kept, r)
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(kept)
}
