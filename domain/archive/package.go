package archive

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/fault"
)

// The two files of a package that are not in its manifest.
const (
	manifestName  = "manifest.json"
	signatureName = "manifest.p7s" // detached CMS over the manifest's SHA-256
)

// format names the layout of a package.
const format = "yimen-archive/1"

// File is one file of a package on its way in.
type File struct {
	Path  string
	Title string
	Body  []byte
}

// Entry is a file as the manifest names it.
type Entry struct {
	Path   string `json:"path"`
	Title  string `json:"title"`
	Size   int64  `json:"size"`
	Digest string `json:"sha256"`
}

// Manifest is what a package says of itself.
type Manifest struct {
	Format   string    `json:"format"`
	Number   string    `json:"number"` // 档号
	Part     int64     `json:"part"`
	Cause    string    `json:"cause"`
	Case     string    `json:"case"`   // short number
	Serial   string    `json:"serial"` // 办件编号, 43 characters
	Organ    string    `json:"organ"`  // 18-character code
	OrganOf  string    `json:"organ_name"`
	Item     string    `json:"item_name"`
	TaskCode string    `json:"task_code"` // 实施编码
	Outcome  string    `json:"outcome"`
	Keep     string    `json:"keep"`       // 保管期限
	Until    string    `json:"keep_until"` // date, empty: for ever
	Made     time.Time `json:"made_at"`
	Files    []Entry   `json:"files"`
}

// Pack writes a package: every file, the manifest that names each by its digest, and the manifest's signature. The same
// input gives the same bytes but for the signature. digest is the manifest's SHA-256 in hex.
func Pack(w io.Writer, m Manifest, files []File, key crypto.Key) (digest string, err error) {
	m.Format, m.Files = format, nil
	for _, f := range files {
		sum := sha256.Sum256(f.Body)
		m.Files = append(m.Files, Entry{f.Path, f.Title, int64(len(f.Body)), hex.EncodeToString(sum[:])})
	}
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(manifest)
	signature, err := crypto.SignCMS(key, sum[:], m.Made)
	if err != nil {
		return "", err
	}
	z := zip.NewWriter(w)
	for _, f := range append(slices.Clone(files), File{Path: manifestName, Body: manifest}, File{Path: signatureName, Body: signature}) {
		to, err := z.CreateHeader(&zip.FileHeader{Name: f.Path, Method: zip.Deflate, Modified: m.Made})
		if err != nil {
			return "", err
		}
		if _, err := to.Write(f.Body); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum[:]), z.Close()
}

// Report is what can be said of a package without asking anybody.
type Report struct {
	Manifest  Manifest
	Wrong     []string         // what is missing, changed or not named, in English words for the command
	Signature crypto.Signature // of the manifest
	Demo      bool
}

// Good says that all of it is as it was signed. Whether the signer is trusted is said apart.
func (r Report) Good() bool { return len(r.Wrong) == 0 && r.Signature.Intact }

// largestFile bounds what is unpacked, in bytes.
const largestFile = 256 << 20

// IsPackage says whether a file looks like a package.
func IsPackage(file []byte) bool { return bytes.HasPrefix(file, []byte("PK\x03\x04")) }

// Check looks at a package's bytes. What is no package at all is fault.Invalid.
func Check(file []byte, roots *x509.CertPool) (Report, error) {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return Report{}, fault.New(fault.Invalid, "after.archive.not_package").Wrap(err)
	}
	bodies := map[string][]byte{}
	var doubled []string
	for _, f := range z.File {
		if _, twice := bodies[f.Name]; twice {
			doubled = append(doubled, "twice in the package: "+f.Name)
		}
		if bodies[f.Name], err = unpack(f); err != nil {
			return Report{}, fault.New(fault.Invalid, "after.archive.not_package").Wrap(err)
		}
	}
	r := Report{Wrong: doubled}
	if err := json.Unmarshal(bodies[manifestName], &r.Manifest); err != nil || r.Manifest.Format != format {
		return r, fault.New(fault.Invalid, "after.archive.not_package").Wrap(err)
	}
	sum := sha256.Sum256(bodies[manifestName])
	r.Signature = crypto.VerifyCMS(bodies[signatureName], sum[:], roots, r.Manifest.Made)
	r.Demo = r.Signature.Signer != nil && crypto.IsDemo(r.Signature.Signer)
	r.Wrong = append(r.Wrong, compare(r.Manifest, bodies)...)
	return r, nil
}

func unpack(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > largestFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", f.Name, largestFile)
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, largestFile+1))
	if err == nil && len(b) > largestFile {
		err = errors.New(f.Name + " is larger than it says")
	}
	return b, err
}

// compare holds every file against the manifest and the manifest against every file.
func compare(m Manifest, bodies map[string][]byte) (wrong []string) {
	named := map[string]bool{manifestName: true, signatureName: true}
	for _, e := range m.Files {
		named[e.Path] = true
		body, there := bodies[e.Path]
		sum := sha256.Sum256(body)
		switch {
		case !there:
			wrong = append(wrong, "missing: "+e.Path)
		case int64(len(body)) != e.Size || hex.EncodeToString(sum[:]) != e.Digest:
			wrong = append(wrong, "changed: "+e.Path)
		}
	}
	for path := range bodies {
		if !named[path] {
			wrong = append(wrong, "not named in the manifest: "+path)
		}
	}
	slices.Sort(wrong)
	return wrong
}

// UntilDay writes the end of a retention for the manifest.
func UntilDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return calendar.DateOf(t).String()
}
