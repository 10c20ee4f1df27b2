package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// output is everything that will lie in dist, in memory until it is known to be good.
type output struct {
	files    map[string][]byte // fingerprinted name → content
	names    map[string]string // plain name → fingerprinted name
	packages map[string]bool   // npm packages of which something went in
}

// entries are the files that a pattern names, relative to web. What they share lies in folders named part.
func entries(web string, patterns ...string) ([]string, error) {
	var out []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(web, pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			rel, err := filepath.Rel(web, path)
			if err != nil {
				return nil, err
			}
			if !strings.HasSuffix(rel, ".d.ts") {
				out = append(out, rel)
			}
		}
	}
	return out, nil
}

// bundle makes the surfaces' bundles, each whole in one file because a page should not wait twice, and the islands, which
// pages load one by one and which share their chunks.
func bundle(web string) (*output, error) {
	out := &output{files: map[string][]byte{}, names: map[string]string{}, packages: map[string]bool{}}
	whole, err := entries(web, "js/*.ts", "css/*.css")
	if err != nil {
		return nil, err
	}
	islands, err := entries(web, "js/island/*.ts")
	if err != nil {
		return nil, err
	}
	if len(whole) == 0 {
		return nil, fmt.Errorf("nothing to bundle in %s", web)
	}
	if err := out.build(web, whole, false); err != nil {
		return nil, err
	}
	if len(islands) == 0 {
		return out, nil
	}
	return out, out.build(web, islands, true)
}

// build runs esbuild. The engines are the oldest that the desks' and citizens' browsers have.
func (o *output) build(web string, entryPoints []string, splitting bool) error {
	loaders := map[string]api.Loader{}
	for _, ext := range []string{".woff", ".woff2", ".ttf", ".eot", ".svg", ".png"} {
		loaders[ext] = api.LoaderFile
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: entryPoints, AbsWorkingDir: web, Outdir: "asset/dist", Outbase: ".",
		Bundle: true, Splitting: splitting, Format: api.FormatESModule, Target: api.ES2020,
		Engines:          []api.Engine{{Name: api.EngineChrome, Version: "86"}, {Name: api.EngineSafari, Version: "15"}, {Name: api.EngineFirefox, Version: "85"}},
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, Charset: api.CharsetUTF8,
		EntryNames: "[name]-[hash]", ChunkNames: "chunk-[hash]", AssetNames: "[name]-[hash]",
		Loader: loaders, LegalComments: api.LegalCommentsNone, Metafile: true,
		Define: map[string]string{"process.env.NODE_ENV": `"production"`},
	})
	if len(result.Errors) > 0 {
		lines := api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage})
		return fmt.Errorf("bundle:\n%s", strings.Join(lines, ""))
	}
	return o.gather(result)
}

type metafile struct {
	Outputs map[string]struct {
		EntryPoint string         `json:"entryPoint"`
		Inputs     map[string]any `json:"inputs"`
	} `json:"outputs"`
}

func (o *output) gather(result api.BuildResult) error {
	for _, f := range result.OutputFiles {
		o.files[filepath.Base(f.Path)] = f.Contents
	}
	var meta metafile
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return fmt.Errorf("metafile: %w", err)
	}
	for path, made := range meta.Outputs {
		if made.EntryPoint != "" {
			plain := plainName(made.EntryPoint)
			if o.names[plain] != "" {
				return fmt.Errorf("two entries named %s", plain)
			}
			o.names[plain] = filepath.Base(path)
		}
		for input := range made.Inputs {
			if name := packageOf(input); name != "" {
				o.packages[name] = true
			}
		}
	}
	return nil
}

// plainName is how pages ask for an entry: js/app.ts → app.js.
func plainName(entry string) string {
	return strings.TrimSuffix(filepath.Base(entry), ".ts") + map[bool]string{true: ".js"}[strings.HasSuffix(entry, ".ts")]
}

// packageOf is the npm package of a source file, "" for our own.
func packageOf(input string) string {
	at := strings.LastIndex(input, "node_modules/")
	if at < 0 {
		return ""
	}
	parts := strings.Split(input[at+len("node_modules/"):], "/")
	if strings.HasPrefix(parts[0], "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// addPlain takes the files of folders over as they are, under "icon/name".
func (o *output) addPlain(web string, folders ...string) error {
	for _, folder := range folders {
		found, err := filepath.Glob(filepath.Join(web, folder, "*.*"))
		if err != nil {
			return err
		}
		for _, path := range found {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			o.add(folder+"/"+filepath.Base(path), content)
		}
	}
	return nil
}

// add puts a file in under a name made of its own digest.
func (o *output) add(plain string, content []byte) {
	sum := sha256.Sum256(content)
	ext := filepath.Ext(plain)
	stem := strings.TrimSuffix(filepath.Base(plain), ext)
	name := stem + "-" + strings.ToUpper(hex.EncodeToString(sum[:4])) + ext
	o.files[name], o.names[plain] = content, name
}

// addLicences gathers the licence texts of the npm packages that went in.
func (o *output) addLicences(web string) error {
	var text strings.Builder
	text.WriteString("Third-party software in the pages of Yimen\n\n")
	var names []string
	for name := range o.packages {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		dir := filepath.Join(web, "node_modules", name)
		about, err := describe(dir)
		if err != nil {
			return err
		}
		text.WriteString(about)
	}
	o.add("licences.txt", []byte(text.String()))
	return nil
}

// describe is one package's name, version, licence and its texts; a package without a text must not go in.
func describe(dir string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return "", err
	}
	var about struct{ Name, Version, License string }
	if err := json.Unmarshal(raw, &about); err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	var texts []string
	for _, pattern := range []string{"LICEN[CS]E*", "licen[cs]e*", "NOTICE*"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, path := range found {
			content, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			texts = append(texts, strings.TrimSpace(string(content)))
		}
	}
	if len(texts) == 0 {
		return "", fmt.Errorf("npm package %s carries no licence text", about.Name)
	}
	rule := strings.Repeat("-", 72)
	return fmt.Sprintf("%s\n%s %s (%s)\n%s\n\n%s\n\n", rule, about.Name, about.Version, about.License, rule, strings.Join(texts, "\n\n")), nil
}
