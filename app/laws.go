package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"yimen/foundation/calendar"
	"yimen/process/standards"
	"yimen/web/text"
)

const importUsage = "yimen import laws DIR --data DIR [--db URL]"

// importCommand loads law texts from a folder, or items, an item's rule or bundles from a file.
func importCommand(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "rule" {
		return importRuleCommand(ctx, args[1:])
	}
	if len(args) > 0 && args[0] == "bundles" {
		return importBundlesCommand(ctx, args[1:])
	}
	if len(args) > 0 && args[0] == "credit" {
		return importCreditCommand(ctx, args[1:])
	}
	if len(args) > 0 && args[0] != "laws" && (args[0] == "items" || slices.Contains(args, "--check")) {
		return importItemsCommand(ctx, args)
	}
	if len(args) < 2 || args[0] != "laws" || strings.HasPrefix(args[1], "-") {
		return usageError(importUsage + "\n" + importItemsUsage + "\n" + importRuleUsage + "\n" + importBundlesUsage + "\n" + importCreditUsage)
	}
	var o house
	f := o.flags("import laws", dataFolder())
	if err := f.Parse(args[2:]); err != nil {
		return usageError(err.Error())
	}
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	return h.importLaws(ctx, args[1], os.Stdout)
}

// importLaws loads a folder of law texts and says what that did.
func (h *House) importLaws(ctx context.Context, dir string, w io.Writer) error {
	if at, err := os.Stat(dir); err != nil || !at.IsDir() {
		return usageError(dir + " is no folder")
	}
	rep, err := h.Library.ImportLaws(ctx, "system:import", os.DirFS(dir))
	printLaws(w, rep)
	if err != nil {
		return err
	}
	cited, err := h.Library.CheckCitations(ctx, calendar.DateOf(h.Now()))
	if err != nil {
		return err
	}
	printCited(w, cited)
	return nil
}

// printCited says which of the town's citations do not resolve today, and which part of them.
func printCited(w io.Writer, rep standards.CitationReport) {
	fmt.Fprintf(w, "%d citations: %d do not resolve, %d rest on a text of which nobody knows whether it is the one in force\n", rep.Total, len(rep.Troubles), rep.Doubtful)
	for _, x := range rep.Troubles {
		fmt.Fprintf(w, "%s %s: %s cites %s article %d: %s\n", x.By.Kind, x.By.ID, x.Path, x.Law, x.Article, text.T(text.English, x.Trouble.Key()))
	}
}

// printLaws writes the report: counts, then every new version with what cites a changed article, then every refusal.
func printLaws(w io.Writer, rep standards.Report) {
	fmt.Fprintf(w, "%d new laws, %d new versions of laws that were there, %d texts the same, %d refused\n", len(rep.New), len(rep.Changed), rep.Same, len(rep.Refused))
	for _, c := range rep.Changed {
		if c.From.ID == "" {
			fmt.Fprintf(w, "%s: the version of %s is older than those that were there\n", c.Law, c.To.Published)
			continue
		}
		fmt.Fprintf(w, "%s: %s instead of %s, %d articles differ, %d citations of them\n", c.Law, c.To.Published, c.From.Published, len(c.Articles), len(c.CitedBy))
		for _, x := range c.CitedBy {
			fmt.Fprintf(w, "  %s %s: %s cites article %d\n", x.By.Kind, x.By.ID, x.Path, x.Article)
		}
	}
	for _, x := range rep.Refused {
		fmt.Fprintf(w, "refused %s:%d: %s\n", x.File, x.Line, text.T(text.English, x.Key, x.Args...))
	}
}
