// Command zhpunct sets full-width punctuation beside Chinese characters in what people read: message catalogues, templates
// and town data. With -check it changes nothing and fails when it would.
//
// A mark is wrong when a Han character stands directly before or after it; numbers (1,024), times (14:32), URLs and code
// have none beside them and are left alone.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// read says which files below the checkout people read.
func read(rel string) bool {
	switch {
	case strings.HasPrefix(rel, "web/text/") || strings.HasPrefix(rel, "town/"):
		return strings.HasSuffix(rel, ".json")
	case strings.HasPrefix(rel, "web/"):
		return strings.HasSuffix(rel, ".templ")
	}
	return false
}

func main() {
	check := flag.Bool("check", false, "report and fail, change nothing")
	fix := flag.Bool("fix", false, "write the right marks (what happens without -check)")
	flag.Parse()
	root := "."
	if flag.NArg() > 0 {
		root = flag.Arg(0)
	}
	found, err := walk(root, *check && !*fix)
	if err != nil {
		fmt.Fprintln(os.Stderr, "zhpunct:", err)
		os.Exit(2)
	}
	if *check && found > 0 {
		fmt.Fprintf(os.Stderr, "zhpunct: %d marks beside Chinese are not full-width (make fmt)\n", found)
		os.Exit(1)
	}
}

func walk(root string, check bool) (found int, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skip(d.Name()) && path != root {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil || !read(filepath.ToSlash(rel)) {
			return err
		}
		n, err := one(path, rel, check)
		found += n
		return err
	})
	return found, err
}

func skip(name string) bool {
	return name == "node_modules" || name == "dist" || name == "var" || name == "bin" || strings.HasPrefix(name, ".")
}

// one reports a file's wrong marks, and writes it anew unless only checking.
func one(path, rel string, check bool) (int, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	lines := strings.Split(string(raw), "\n")
	found := 0
	for i, line := range lines {
		right, n := Fix(line)
		if n == 0 {
			continue
		}
		found += n
		lines[i] = right
		if check {
			fmt.Printf("%s:%d: %s\n", rel, i+1, strings.TrimSpace(line))
		}
	}
	if check || found == 0 {
		return found, nil
	}
	return found, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644)
}
