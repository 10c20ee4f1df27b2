package blob

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
)

// noise is content that does not shrink.
func noise(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return string(b)
}

func packed(t *testing.T, entries map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range entries {
		e, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(e, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A bomb, or a name that leads elsewhere, makes a zip a mere zip.
func TestBoundsOfOFD(t *testing.T) {
	with := func(name, content string) []byte {
		return packed(t, map[string]string{"OFD.xml": "<OFD/>", name: content})
	}
	many := map[string]string{"OFD.xml": "<OFD/>"}
	for i := range entriesMost - 1 {
		many[fmt.Sprintf("Doc_0/Pages/Page_%d/Content.xml", i)] = "x"
	}
	full := packed(t, many)
	many["one-more.xml"] = "x"
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"plain":              {with("Doc_0/Document.xml", "<Document/>"), TypeOFD},
		"shrinks well":       {with("a.xml", strings.Repeat("<a/>", 200_000)), TypeOFD},
		"as many as allowed": {full, TypeOFD},
		"one too many":       {packed(t, many), TypeZIP},
		"bomb":               {with("a.xml", strings.Repeat("0", 5<<20)), TypeZIP},
		"up":                 {with("../../evil", "x"), TypeZIP},
		"up within":          {with("Doc_0/../../evil", "x"), TypeZIP},
		"absolute":           {with("/etc/passwd", "x"), TypeZIP},
		"backslash":          {with(`Doc_0\evil`, "x"), TypeZIP},
		"drive":              {with("C:evil", "x"), TypeZIP},
		"elsewhere":          {packed(t, map[string]string{"a/OFD.xml": ""}), TypeZIP},
		"name in a content":  {packed(t, map[string]string{"a.txt": "OFD.xml"}), TypeZIP},
		"no directory":       {[]byte("PK\x03\x04OFD.xml"), TypeZIP},
		"claims 4 GB":        {claiming(with("a.xml", "x"), 0xFFFFFFF0), TypeZIP},
		"claims 150 MB each": {claiming(with("a.xml", "x"), 150<<20), TypeZIP},
	} {
		if got := TypeOf(c.content); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		b, err := testStore(t).Put(context.Background(), bytes.NewReader(c.content), 20*megabyte)
		if err != nil || b.Type != c.want {
			t.Errorf("%s, stored: %s %v", name, b.Type, err)
		}
	}
}

// claiming lets every entry of a zip's directory claim an unpacked and a packed size.
func claiming(content []byte, size uint32) []byte {
	at := 0
	for {
		next := bytes.Index(content[at:], []byte("PK\x01\x02"))
		if next < 0 {
			return content
		}
		at += next + 4
		binary.LittleEndian.PutUint32(content[at+16:], size)
		binary.LittleEndian.PutUint32(content[at+20:], size)
	}
}

// However a content is cut, and however large it is, its type is the same.
func TestSnifferKeepsTheEnd(t *testing.T) {
	content := packed(t, map[string]string{"OFD.xml": "<OFD/>", "Doc_0/Res/a.png": noise(5 * directoryMost)})
	for _, size := range []int{1000, chunkSize, directoryMost + 1, len(content)} {
		var s sniffer
		for from := 0; from < len(content); from += size {
			_, _ = s.Write(content[from:min(from+size, len(content))])
		}
		if got := s.answer(); got != TypeOFD || len(s.last) > 2*directoryMost {
			t.Errorf("in pieces of %d: %s, %d bytes kept", size, got, len(s.last))
		}
	}
}
