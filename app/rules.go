package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"yimen/domain/rule"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/text"
)

const (
	importRuleUsage = "yimen import rule ITEM FILE(.dmn|.xlsx) [--check] --data DIR [--db URL]"
	exportRuleUsage = "yimen export rule ITEM [--as dmn|xlsx] FILE --data DIR [--db URL]"
)

// importRuleCommand keeps a file as an item's decision table, or only looks it over. It never signs and never releases.
func importRuleCommand(ctx context.Context, args []string) error {
	var o house
	f := o.flags("import rule", dataFolder())
	check := f.Bool("check", false, "say what is wrong and write nothing")
	words, err := mixed(f, args)
	if err != nil {
		return err
	}
	if len(words) != 2 {
		return usageError(importRuleUsage)
	}
	raw, err := readLimited(words[1])
	if err != nil {
		return err
	}
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	return h.importRule(ctx, ref.ItemID(words[0]), raw, *check, os.Stdout)
}

func (h *House) importRule(ctx context.Context, id ref.ItemID, raw []byte, check bool, w io.Writer) error {
	b, err := h.Library.Book(ctx, h.DB, id)
	if err != nil {
		return inWords(err)
	}
	t, flaws, err := standards.ReadRule(raw, id)
	if err != nil {
		return inWords(err)
	}
	for _, x := range flaws {
		place := strings.TrimSpace(fmt.Sprintf("rule %d %s", x.Row, x.Column))
		if x.Sheet != "" {
			place = fmt.Sprintf("%s!%s%d", x.Sheet, x.Column, x.Row)
		}
		fmt.Fprintf(w, "wrong %s: %s\n", place, text.T(text.English, x.Key, x.Args...))
	}
	if len(flaws) > 0 {
		return errors.New("nothing was kept: the file has flaws")
	}
	changes := len(rule.Diff(b.Table.Tidy(), t.Tidy()))
	if check {
		fmt.Fprintf(w, "%s: %d changes would be kept\n", id, changes)
		return nil
	}
	if _, err := h.Library.ImportRule(ctx, "system:import", id, t); err != nil {
		return inWords(err)
	}
	fmt.Fprintf(w, "%s: %d changes are kept, to be signed at the rules desk\n", id, changes)
	return nil
}

// exportRuleCommand writes an item's table as it is worked on.
func exportRuleCommand(ctx context.Context, args []string) error {
	var o house
	f := o.flags("export rule", dataFolder())
	as := f.String("as", "", "dmn or xlsx; default: by the file's ending")
	words, err := mixed(f, args)
	if err != nil {
		return err
	}
	if len(words) != 2 {
		return usageError(exportRuleUsage)
	}
	if *as == "" {
		*as = strings.TrimPrefix(filepath.Ext(words[1]), ".")
	}
	if *as != "dmn" && *as != "xlsx" {
		return usageError(exportRuleUsage)
	}
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	b, err := h.Library.Book(ctx, h.DB, ref.ItemID(words[0]))
	if err != nil {
		return inWords(err)
	}
	var out bytes.Buffer
	if err := standards.WriteRule(&out, b.Table, *as, func(key string) string { return text.T(text.Chinese, key) }); err != nil {
		return inWords(err)
	}
	return os.WriteFile(words[1], out.Bytes(), 0o644)
}
