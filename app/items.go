package app

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/fault"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/text"
)

const (
	importItemsUsage = "yimen import items FILE(.xlsx|.json) [--check] --data DIR [--db URL]"
	exportUsage      = "yimen export items FILE(.xlsx|.json|.csv|.jsonl) [--items ID,…] [--national] --data DIR [--db URL]"
)

// mixed parses flags that stand before, between or behind the other words, and gives those.
func mixed(f *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := f.Parse(args); err != nil {
			return nil, usageError(err.Error())
		}
		if f.NArg() == 0 {
			return words, nil
		}
		words, args = append(words, f.Arg(0)), f.Args()[1:]
	}
}

// importItemsCommand publishes a file of items, or only looks it over.
func importItemsCommand(ctx context.Context, args []string) error {
	var o house
	f := o.flags("import items", dataFolder())
	check := f.Bool("check", false, "say what is wrong and write nothing")
	words, err := mixed(f, args)
	if err != nil {
		return err
	}
	if words = slices.DeleteFunc(words, func(w string) bool { return w == "items" }); len(words) != 1 {
		return usageError(importItemsUsage)
	}
	raw, err := readLimited(words[0])
	if err != nil {
		return err
	}
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	return h.importItems(ctx, raw, *check, os.Stdout)
}

func readLimited(file string) ([]byte, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, catalog.MaxBook+1))
}

func (h *House) importItems(ctx context.Context, raw []byte, check bool, w io.Writer) error {
	im, err := h.Library.ReadItems(ctx, raw, standards.ImportPublish)
	if err != nil {
		return inWords(err)
	}
	printWrong(w, im)
	by := standards.Importer{System: "system:import"}
	switch {
	case im.Bad():
		return errors.New("nothing was imported: the file has flaws, or no items")
	case check:
		changes, err := h.Library.CompareItems(ctx, by, im.Items, standards.ImportPublish)
		printChanges(w, "would be", changes)
		return err
	}
	changes, err := h.Library.ImportItems(ctx, by, im.Items, standards.ImportPublish)
	if err == nil {
		printChanges(w, "are", changes)
	}
	return err
}

// printWrong names every place as a spreadsheet or an editor counts.
func printWrong(w io.Writer, im *catalog.Import) {
	for _, x := range im.Wrong {
		weight := "wrong"
		if x.Warn {
			weight = "look"
		}
		place := fmt.Sprint("line ", x.Row)
		if x.Sheet != "" {
			place = fmt.Sprintf("%s!%s%d", x.Sheet, x.Column, x.Row)
		}
		fmt.Fprintf(w, "%s %s %s %s: %s\n", weight, place, x.Title, x.Item, text.T(text.English, x.Key, x.Args...))
	}
	if im.More {
		fmt.Fprintln(w, "and more")
	}
}

func printChanges(w io.Writer, verb string, changes []standards.ItemChange) {
	n := map[standards.ItemState]int{}
	for _, c := range changes {
		if n[c.State]++; c.State != standards.ItemSame {
			fmt.Fprintf(w, "%s %s %s\n", c.State, c.Item, c.Name)
		}
	}
	fmt.Fprintf(w, "%d items %s new, %d changed, %d the same\n", n[standards.ItemNew], verb, n[standards.ItemChanged], n[standards.ItemSame])
}

// exportCommand writes items in force to a file, by its ending, the rule of one, or bundles.
func exportCommand(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "rule" {
		return exportRuleCommand(ctx, args[1:])
	}
	if len(args) > 0 && args[0] == "bundles" {
		return exportBundlesCommand(ctx, args[1:])
	}
	if len(args) > 0 && args[0] == "credit" {
		return exportCreditCommand(ctx, args[1:])
	}
	var o house
	f := o.flags("export items", dataFolder())
	only := f.String("items", "", "ids with commas between; default: all items in force")
	national := f.Bool("national", false, "in the names of the national exchange: .csv, or one JSON object a line")
	words, err := mixed(f, args)
	if err != nil {
		return err
	}
	if len(words) != 2 || words[0] != "items" {
		return usageError(exportUsage + "\n" + exportRuleUsage + "\n" + exportBundlesUsage + "\n" + exportCreditUsage)
	}
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	items, err := h.itemsNamed(ctx, *only)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := h.exportItems(ctx, &out, items, filepath.Ext(words[1]), *national); err != nil {
		return inWords(err)
	}
	return os.WriteFile(words[1], out.Bytes(), 0o644)
}

func (h *House) itemsNamed(ctx context.Context, ids string) ([]*catalog.Item, error) {
	items, err := h.Library.ItemsOf(ctx, "", false)
	if err != nil || ids == "" {
		return items, err
	}
	var out []*catalog.Item
	for id := range strings.SplitSeq(ids, ",") {
		n := slices.IndexFunc(items, func(it *catalog.Item) bool { return it.ID == ref.ItemID(strings.TrimSpace(id)) })
		if n < 0 {
			return nil, usageError("no item is called " + id)
		}
		out = append(out, items[n])
	}
	return out, nil
}

func (h *House) exportItems(ctx context.Context, w io.Writer, items []*catalog.Item, ending string, national bool) error {
	if national {
		rows, err := h.Library.NationalRows(ctx, items)
		if err != nil {
			return err
		}
		if ending == ".csv" {
			return catalog.WriteNationalCSV(w, rows)
		}
		return catalog.WriteNationalJSON(w, rows)
	}
	switch ending {
	case ".json":
		raw, err := catalog.WriteJSON(items)
		if err != nil {
			return err
		}
		_, err = w.Write(raw)
		return err
	case ".xlsx":
		organs, err := org.Organs(ctx, h.DB)
		if err != nil {
			return err
		}
		return catalog.WriteBook(w, items, standards.OrganCodes(organs))
	}
	return usageError(exportUsage)
}

// inWords says a fault as a person reads it.
func inWords(err error) error {
	if fault.Is(err, fault.Internal) { // nothing that a person could mend
		return err
	}
	f := fault.As(err)
	return errors.New(text.T(text.English, f.Key, f.Args...))
}
