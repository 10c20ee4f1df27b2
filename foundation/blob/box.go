package blob

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"yimen/foundation/fault"
)

// A file is its head and then chunks of 64 KiB, each sealed by AES-256-GCM. A chunk's nonce
// is its number and whether it is the last, so that chunks cannot be moved, dropped or cut
// off; a key is of one file only, so that no nonce comes twice.
const (
	head      = "YBL1"
	chunkSize = 64 << 10
	tagSize   = 16
)

func nonce(n uint64, last bool) []byte {
	out := make([]byte, 12)
	binary.BigEndian.PutUint64(out[3:], n)
	if last {
		out[11] = 1
	}
	return out
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("blob key: %w", err)
	}
	return cipher.NewGCM(block)
}

// encrypt writes r's content sealed to w and gives its size.
func encrypt(w io.Writer, r io.Reader, key []byte) (size int64, err error) {
	aead, err := gcm(key)
	if err != nil {
		return 0, err
	}
	if _, err := io.WriteString(w, head); err != nil {
		return 0, fault.New(fault.Unavailable, "blob.write").Wrap(err)
	}
	now, next := make([]byte, chunkSize), make([]byte, chunkSize)
	filled, err := io.ReadFull(r, now)
	for n := uint64(0); ; n++ {
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return size, err
		}
		ahead, last := 0, err != nil
		if !last { // a full chunk is the last one if nothing follows
			ahead, err = io.ReadFull(r, next)
			last = ahead == 0 && err == io.EOF
		}
		size += int64(filled)
		sealed := aead.Seal(nil, nonce(n, last), now[:filled], []byte(head))
		if _, err := w.Write(sealed); err != nil {
			return size, fault.New(fault.Unavailable, "blob.write").Wrap(err)
		}
		if last {
			return size, nil
		}
		now, next, filled = next, now, ahead
	}
}

// opened reads a sealed file chunk by chunk.
type opened struct {
	in    io.Reader
	file  io.Closer
	aead  cipher.AEAD
	want  string
	sum   hash.Hash
	n     uint64
	plain []byte
	chunk []byte
	ahead []byte // the chunk after, read to know whether this one is the last
	err   error
}

func decrypt(in io.Reader, file io.Closer, b Blob) (*opened, error) {
	aead, err := gcm(b.Key)
	if err != nil {
		return nil, err
	}
	first := make([]byte, len(head))
	if _, err := io.ReadFull(in, first); err != nil || string(first) != head {
		return nil, damaged(errors.New("not a blob file"))
	}
	o := &opened{in: in, file: file, aead: aead, want: b.Address, sum: sha256.New()}
	o.ahead, err = o.fetch(nil)
	return o, err
}

func damaged(err error) error { return fault.New(fault.Internal, "blob.damaged").Wrap(err) }

// Read yields only bytes whose chunk was proved whole.
func (o *opened) Read(p []byte) (int, error) {
	for len(o.plain) == 0 && o.err == nil {
		o.err = o.step()
	}
	if len(o.plain) == 0 {
		return 0, o.err
	}
	n := copy(p, o.plain)
	o.plain = o.plain[n:]
	return n, nil
}

func (o *opened) Close() error { return o.file.Close() }

// step opens the next chunk; after the last one the address is checked.
func (o *opened) step() error {
	if o.ahead == nil {
		if got := hex.EncodeToString(o.sum.Sum(nil)); got != o.want {
			return damaged(errors.New("the content is another than its address says"))
		}
		return io.EOF
	}
	sealed := o.ahead
	var err error
	if o.ahead, err = o.fetch(o.chunk); err != nil {
		return err
	}
	o.chunk = sealed[:0:cap(sealed)]
	o.plain, err = o.aead.Open(sealed[:0], nonce(o.n, o.ahead == nil), sealed, []byte(head))
	if err != nil {
		o.plain = nil
		return damaged(fmt.Errorf("chunk %d: %w", o.n, err))
	}
	o.n++
	o.sum.Write(o.plain)
	return nil
}

// fetch reads one sealed chunk into a spare buffer; nil at the end of the file.
func (o *opened) fetch(spare []byte) ([]byte, error) {
	if cap(spare) < chunkSize+tagSize {
		spare = make([]byte, chunkSize+tagSize)
	}
	n, err := io.ReadFull(o.in, spare[:chunkSize+tagSize])
	switch {
	case err == io.EOF:
		return nil, nil
	case err == nil || err == io.ErrUnexpectedEOF:
		return spare[:n], nil
	}
	return nil, err
}

// The types the house can show or check; everything else is TypeOther.
const (
	TypePDF   = "application/pdf"
	TypeJPEG  = "image/jpeg"
	TypePNG   = "image/png"
	TypeOFD   = "application/ofd" // GB/T 33190-2016, a zip with OFD.xml in it, within bounds
	TypeZIP   = "application/zip"
	TypeOther = "application/octet-stream"
)

var signatures = []struct{ begin, kind string }{
	{"%PDF-", TypePDF}, {"\xFF\xD8\xFF", TypeJPEG}, {"\x89PNG\r\n\x1a\n", TypePNG}, {"PK\x03\x04", TypeZIP},
}

// TypeOf is the type of a content that is at hand whole.
func TypeOf(content []byte) string {
	var s sniffer
	_, _ = s.Write(content) // never fails
	return s.answer()
}

// sniffer tells a content's type from its bytes as they pass.
type sniffer struct {
	begin []byte // the first bytes
	last  []byte // of a zip the last directoryMost bytes or more
	size  int64
}

func (s *sniffer) Write(p []byte) (int, error) {
	if room := 8 - len(s.begin); room > 0 {
		s.begin = append(s.begin, p[:min(room, len(p))]...)
	}
	s.size += int64(len(p))
	if bytes.HasPrefix(s.begin, []byte("PK")) {
		s.last = append(s.last, p[max(0, len(p)-directoryMost):]...)
		if surplus := len(s.last) - directoryMost; surplus > directoryMost { // seldom, since it moves what is kept
			s.last = append(s.last[:0], s.last[surplus:]...)
		}
	}
	return len(p), nil
}

func (s *sniffer) answer() string {
	for _, x := range signatures {
		if !bytes.HasPrefix(s.begin, []byte(x.begin)) {
			continue
		}
		if x.kind == TypeZIP && (ending{s.last, s.size}).isOFD() {
			return TypeOFD
		}
		return x.kind
	}
	return TypeOther
}

// Extension is what a file of a type is usually called by, with its dot, "" where nobody knows.
func Extension(kind string) string {
	return map[string]string{TypePDF: ".pdf", TypeJPEG: ".jpg", TypePNG: ".png", TypeOFD: ".ofd", TypeZIP: ".zip"}[kind]
}
