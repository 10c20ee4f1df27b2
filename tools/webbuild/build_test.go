package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plant writes a small web folder.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func tree(budget string) map[string]string {
	return map[string]string{
		"web/js/app.ts":                       `import { hello } from "small"; import { part } from "./part/part"; console.log(hello, part)`,
		"web/js/part/part.ts":                 `export const part: string = "` + strings.Repeat("long ", 100) + `"`,
		"web/css/app.css":                     "p { color: red }",
		"web/icon/x.svg":                      "<svg/>",
		"web/package.json":                    "{}",
		"web/budget.json":                     budget,
		"web/node_modules/small/index.js":     `export const hello = "hello"`,
		"web/node_modules/small/package.json": `{"name": "small", "version": "1.0.0", "license": "MIT", "module": "index.js"}`,
		"web/node_modules/small/LICENSE":      "do what you like",
	}
}

const enough = `{"app.js": 9000, "app.css": 9000, "icon/*": 900, "licences.txt": 9000}`

func TestBuildIsFingerprintedAndSkipped(t *testing.T) {
	root := plant(t, tree(enough))
	if err := run(root, false); err != nil {
		t.Fatal(err)
	}
	dist := filepath.Join(root, "web", "asset", "dist")
	found, _ := filepath.Glob(filepath.Join(dist, "app-*.js"))
	packed, _ := filepath.Glob(filepath.Join(dist, "app-*.js.br"))
	licences, _ := filepath.Glob(filepath.Join(dist, "licences-*.txt"))
	if len(found) != 1 || len(packed) != 1 || len(licences) != 1 {
		t.Fatalf("dist has %v %v %v", found, packed, licences)
	}
	if text, _ := os.ReadFile(licences[0]); !strings.Contains(string(text), "do what you like") {
		t.Errorf("licences: %s", text)
	}
	before, _ := os.Stat(filepath.Join(dist, manifestName))
	if err := run(root, false); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(filepath.Join(dist, manifestName)); after.ModTime() != before.ModTime() {
		t.Error("built again though nothing changed")
	}
	if err := os.Remove(found[0]); err != nil {
		t.Fatal(err)
	}
	if err := run(root, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(found[0]); err != nil {
		t.Error("a file that was lost did not come back")
	}
}

func TestBudgetsAndLicencesFailTheBuild(t *testing.T) {
	for name, x := range map[string]struct {
		change func(map[string]string)
		want   string
	}{
		"over":       {func(f map[string]string) { f["web/budget.json"] = strings.Replace(enough, "9000", "20", 1) }, "its budget is 20"},
		"no line":    {func(f map[string]string) { f["web/css/hall.css"] = "b { color: red }" }, "hall.css has no line"},
		"no licence": {func(f map[string]string) { delete(f, "web/node_modules/small/LICENSE") }, "no licence text"},
		"broken":     {func(f map[string]string) { f["web/js/app.ts"] = "import {" }, "app.ts"},
	} {
		files := tree(enough)
		x.change(files)
		err := run(plant(t, files), false)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
