package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"yimen/foundation/failpoint"
	"yimen/foundation/fault"
)

const megabyte = 1 << 20

func testStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *Store, content []byte) Blob {
	t.Helper()
	b, err := s.Put(context.Background(), bytes.NewReader(content), megabyte)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func get(s *Store, b Blob) ([]byte, error) {
	r, err := s.Get(context.Background(), b)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

func files(t *testing.T, s *Store) (out []string) {
	t.Helper()
	_ = filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	return out
}

func TestPutAndGet(t *testing.T) {
	s := testStore(t)
	for _, size := range []int{0, 1, 5000, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, megabyte} {
		content := bytes.Repeat([]byte("%PDF-1.7 身份证"), size/10+1)[:size]
		b := put(t, s, content)
		got, err := get(s, b)
		if err != nil || !bytes.Equal(got, content) || b.Size != int64(size) {
			t.Fatalf("%d bytes: got %d, %v", size, len(got), err)
		}
		raw, _ := os.ReadFile(s.path(b.Name))
		if size > 20 && bytes.Contains(raw, content[:20]) || strings.Contains(s.path(b.Name), b.Address[:16]) {
			t.Errorf("%d bytes: the disk shows the content or its hash", size)
		}
	}
}

func TestTooLarge(t *testing.T) {
	s := testStore(t)
	if _, err := s.Put(context.Background(), bytes.NewReader(make([]byte, 101)), 100); !fault.Is(err, fault.TooLarge) {
		t.Errorf("101 of 100: %v", err)
	}
	if _, err := s.Put(context.Background(), bytes.NewReader(make([]byte, 100)), 100); err != nil {
		t.Errorf("100 of 100: %v", err)
	}
	if n := len(files(t, s)); n != 1 {
		t.Errorf("%d files left", n)
	}
}

func TestSenderBreaksOff(t *testing.T) {
	s := testStore(t)
	gone := errors.New("connection gone")
	for _, r := range []io.Reader{iotest.ErrReader(gone), io.MultiReader(bytes.NewReader(make([]byte, chunkSize)), iotest.ErrReader(gone))} {
		if _, err := s.Put(context.Background(), r, megabyte); !errors.Is(err, gone) {
			t.Errorf("%v", err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := s.Put(ctx, strings.NewReader("x"), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if n := len(files(t, s)); n != 0 {
		t.Errorf("%d files left", n)
	}
}

func TestEveryChangeIsNoticed(t *testing.T) {
	s := testStore(t)
	content := bytes.Repeat([]byte{'x'}, chunkSize+100)
	b := put(t, s, content)
	path := s.path(b.Name)
	raw, _ := os.ReadFile(path)
	second := len(head) + chunkSize + tagSize
	changes := map[string][]byte{
		"cut at a chunk":   raw[:second],
		"cut in a chunk":   raw[:second-5],
		"cut to the head":  raw[:len(head)],
		"empty":            nil,
		"something behind": append(bytes.Clone(raw), 0),
		"chunks exchanged": append(append(bytes.Clone(raw[:len(head)]), raw[second:]...), raw[len(head):second]...),
	}
	for _, at := range []int{0, 5, 1000, second - 1, second, len(raw) - 1} {
		flipped := bytes.Clone(raw)
		flipped[at] ^= 1
		changes["byte "+string(rune('a'+at%26))] = flipped
	}
	for name, change := range changes {
		_ = os.WriteFile(path, change, 0o600)
		got, err := get(s, b)
		if err == nil || !bytes.HasPrefix(content, got) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	_ = os.WriteFile(path, raw, 0o600)
	other := b
	other.Address = strings.Repeat("0", 64)
	if _, err := get(s, other); fault.As(err).Key != "blob.damaged" {
		t.Errorf("another address: %v", err)
	}
	other = b
	other.Key = make([]byte, 32)
	if _, err := get(s, other); fault.As(err).Key != "blob.damaged" {
		t.Errorf("another key: %v", err)
	}
}

func TestNamesLeadNowhereElse(t *testing.T) {
	s := testStore(t)
	_ = os.WriteFile(filepath.Join(s.dir, "secret"), []byte(head+"x"), 0o600)
	b := put(t, s, []byte("x"))
	for _, name := range []string{"", "../secret", "..", "/etc/passwd", "part/../secret", b.Name + "\x00", strings.ToUpper(b.Name) + "G", "0123"} {
		x := b
		x.Name = name
		if _, err := get(s, x); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestSameContentAtOnce(t *testing.T) {
	s := testStore(t)
	content := bytes.Repeat([]byte("same"), 50_000)
	blobs := make([]Blob, 16)
	var wg sync.WaitGroup
	for i := range blobs {
		wg.Go(func() { blobs[i], _ = s.Put(context.Background(), bytes.NewReader(content), megabyte) })
	}
	wg.Wait()
	for _, b := range blobs {
		if got, err := get(s, b); err != nil || !bytes.Equal(got, content) || b.Address != blobs[0].Address {
			t.Fatal(len(got), err)
		}
	}
	if n := len(files(t, s)); n != len(blobs) {
		t.Errorf("%d files", n)
	}
}

func TestSweep(t *testing.T) {
	s := testStore(t)
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	named, orphan, young := put(t, s, []byte("a")), put(t, s, []byte("b")), put(t, s, []byte("c"))
	torn := filepath.Join(s.dir, partFolder, strings.Repeat("0", 32))
	_ = os.WriteFile(torn, []byte(head), 0o600)
	for _, path := range files(t, s) {
		_ = os.Chtimes(path, now, now.Add(-25*time.Hour))
	}
	_ = os.Chtimes(s.path(young.Name), now, now.Add(-23*time.Hour))
	refers := func(_ context.Context, name string) (bool, error) { return name == named.Name, nil }
	if n, err := s.Sweep(context.Background(), now, refers); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	for name, b := range map[string]Blob{"named": named, "young": young} {
		if _, err := get(s, b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := get(s, orphan); !fault.Is(err, fault.NotFound) {
		t.Errorf("orphan: %v", err)
	}
	down := errors.New("database down")
	if n, err := s.Sweep(context.Background(), now, func(context.Context, string) (bool, error) { return false, down }); n != 0 || !errors.Is(err, down) {
		t.Errorf("%d, %v", n, err)
	}
}

func TestPlacesToDie(t *testing.T) {
	var seen []string
	failpoint.Watch(func(name string) { seen = append(seen, name) })
	defer failpoint.Watch(nil)
	put(t, testStore(t), []byte("x"))
	if strings.Join(seen, " ") != "blob.put.before blob.put.after" {
		t.Error(seen)
	}
}

func TestTypeIsToldByContent(t *testing.T) {
	s := testStore(t)
	for want, content := range map[string][]byte{
		TypePDF:   []byte("%PDF-1.7\n"),
		TypeJPEG:  []byte("\xFF\xD8\xFF\xE0"),
		TypePNG:   []byte("\x89PNG\r\n\x1a\n"),
		TypeZIP:   []byte("PK\x03\x04word/document.xml"),
		TypeOFD:   packed(t, map[string]string{"OFD.xml": "<OFD/>", "Doc_0/": "", "Doc_0/Document.xml": noise(3 * chunkSize)}), // across chunks
		TypeOther: []byte("<html><script>"),
	} {
		if b := put(t, s, content); b.Type != want {
			t.Errorf("%s is taken for %s", want, b.Type)
		}
	}
}
