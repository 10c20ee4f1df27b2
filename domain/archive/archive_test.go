package archive

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"yimen/foundation/crypto"
)

var at = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

func packed(t *testing.T) ([]byte, *crypto.DemoCA) {
	t.Helper()
	ca, err := crypto.NewDemoCA(at)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ca.Issue("演示机关", "11440604MB2D00001X", at)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	digest, err := Pack(&b, Manifest{Number: "X-ZW·2026-D30-000001", Part: 1, Made: at}, []File{{"form/form.json", "申请表", []byte(`{"a":1}`)}, {"letters/1.pdf", "决定书", []byte("%PDF-1.7")}}, key)
	if err != nil || len(digest) != 64 {
		t.Fatal(digest, err)
	}
	return b.Bytes(), ca
}

// change writes a package anew with one of its files changed, left out (nil) or added.
func change(t *testing.T, file []byte, path string, body []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, f := range z.File {
		in, _ := f.Open()
		all[f.Name], _ = io.ReadAll(in)
	}
	all[path] = body
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, b := range all {
		if b == nil {
			continue
		}
		f, _ := w.Create(name)
		_, _ = f.Write(b)
	}
	_ = w.Close()
	return out.Bytes()
}

func TestAPackageVerifiesOfflineAndEveryChangeIsSeen(t *testing.T) {
	file, ca := packed(t)
	r, err := Check(file, ca.Pool())
	if err != nil || !r.Good() || !r.Signature.Trusted || !r.Demo || len(r.Manifest.Files) != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	for name, x := range map[string]struct {
		path string
		body []byte
		want string
	}{
		"changed": {"letters/1.pdf", []byte("%PDF-1.8"), "changed: letters/1.pdf"},
		"missing": {"form/form.json", nil, "missing: form/form.json"},
		"added":   {"letters/2.pdf", []byte("x"), "not named in the manifest: letters/2.pdf"},
	} {
		r, err := Check(change(t, file, x.path, x.body), ca.Pool())
		if err != nil || r.Good() || strings.Join(r.Wrong, " ") != x.want {
			t.Errorf("%s: %v %v", name, r.Wrong, err)
		}
	}
	manifest := []byte(`{"format":"yimen-archive/1","files":[]}`)
	if r, err := Check(change(t, file, manifestName, manifest), ca.Pool()); err != nil || r.Signature.Intact || r.Good() {
		t.Error("another manifest under the old signature", err)
	}
	if r, err := Check(change(t, file, signatureName, nil), ca.Pool()); err != nil || r.Good() {
		t.Error("no signature", err)
	}
	if _, err := Check([]byte("PK\x03\x04 nonsense"), nil); err == nil {
		t.Error("nonsense is a package")
	}
}

func TestRetentionCountsFromTheNextYear(t *testing.T) {
	for keep, want := range map[string]string{"10": "2037-01-01", "30": "2057-01-01", Permanent: ""} {
		if got := UntilDay(Until(keep, at)); got != want {
			t.Errorf("%s: %s, not %s", keep, got, want)
		}
	}
}
