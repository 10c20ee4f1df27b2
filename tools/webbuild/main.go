// Command webbuild bundles what pages are made of: web/js, web/css, web/icon and web/sound into web/asset/dist.
//
// It holds that a file's name carries its digest, that every file stands beside its .br and .gz where that is smaller, that
// every file has a size budget (web/budget.json) and none is over it, and that nothing is done when nothing changed.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", "", "the checkout; found upwards from here when empty")
	force := flag.Bool("force", false, "build even when nothing changed")
	flag.Parse()
	if err := run(*root, *force); err != nil {
		fmt.Fprintln(os.Stderr, "webbuild:", err)
		os.Exit(1)
	}
}

func run(root string, force bool) error {
	web, err := findWeb(root)
	if err != nil {
		return err
	}
	source, err := sourceDigest(web)
	if err != nil {
		return fmt.Errorf("read sources: %w", err)
	}
	dist := filepath.Join(web, "asset", "dist")
	if !force && builtFrom(dist) == source {
		return nil
	}
	out, err := bundle(web)
	if err != nil {
		return err
	}
	if err := out.addPlain(web, "icon", "sound"); err != nil {
		return err
	}
	if err := out.addLicences(web); err != nil {
		return err
	}
	if err := out.judge(filepath.Join(web, "budget.json")); err != nil {
		return err
	}
	return out.write(dist, source)
}

// findWeb looks for the folder web of the checkout in root, here, and above.
func findWeb(root string) (string, error) {
	if root != "" {
		return filepath.Abs(filepath.Join(root, "web"))
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "web", "package.json")); err == nil {
			return filepath.Join(dir, "web"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no web/package.json in %s or above", here)
		}
	}
}
