package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// sources are the places below web whose change asks for a new build. What is in node_modules is fixed by the lock file.
var sources = []string{"js", "css", "icon", "sound", "budget.json", "package-lock.json", "../tools/webbuild", "../tools/go.sum"}

// manifestName is the file in dist that maps plain names to fingerprinted ones.
const manifestName = "manifest.json"

type manifest struct {
	Source string            `json:"source"` // digest of what it was built from
	Files  map[string]string `json:"files"`  // "app.css" → "app-5F3A.css"
}

// sourceDigest covers names and contents; absent places count as empty. WalkDir goes in lexical order.
func sourceDigest(web string) (string, error) {
	sum := sha256.New()
	for _, place := range sources {
		err := filepath.WalkDir(filepath.Join(web, place), func(path string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil || d.IsDir() {
				return err
			}
			return addFile(sum, path)
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func addFile(sum io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintf(sum, "\x00%s\x00", filepath.Base(path))
	_, err = io.Copy(sum, f)
	return err
}

// builtFrom is the source digest of what lies in dist, "" when it is not whole.
func builtFrom(dist string) string {
	raw, err := os.ReadFile(filepath.Join(dist, manifestName))
	if err != nil {
		return ""
	}
	var m manifest
	if json.Unmarshal(raw, &m) != nil {
		return ""
	}
	for _, name := range m.Files {
		if _, err := os.Stat(filepath.Join(dist, name)); err != nil {
			return ""
		}
	}
	return m.Source
}
