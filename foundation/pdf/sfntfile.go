package pdf

import (
	"encoding/binary"
	"slices"
)

// file puts the tables together that a CIDFontType2 needs (PDF 32000-1, 9.9).
func (b *builder) file() []byte {
	loca := make([]byte, 0, 4*len(b.loca)+4)
	for _, at := range append(b.loca, uint32(len(b.glyf))) {
		loca = binary.BigEndian.AppendUint32(loca, at)
	}
	hmtx := make([]byte, 0, 4*len(b.wide))
	widest := uint16(0)
	for i, w := range b.wide {
		hmtx = binary.BigEndian.AppendUint16(hmtx, w)
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(b.left[i]))
		widest = max(widest, w)
	}
	return joinTables([]table{
		{"glyf", b.glyf}, {"head", b.head()}, {"hhea", b.hhea(widest)},
		{"hmtx", hmtx}, {"loca", loca}, {"maxp", b.maxp()},
	})
}

type table struct {
	tag  string
	data []byte
}

func (b *builder) head() []byte {
	h := make([]byte, 54)
	binary.BigEndian.PutUint32(h, 0x00010000)
	binary.BigEndian.PutUint32(h[4:], 0x00010000)
	binary.BigEndian.PutUint32(h[12:], 0x5F0F3CF5)
	binary.BigEndian.PutUint16(h[18:], uint16(b.face.em))
	for i, v := range b.face.bounds {
		binary.BigEndian.PutUint16(h[36+2*i:], uint16(v))
	}
	binary.BigEndian.PutUint16(h[46:], 8) // smallest readable size
	binary.BigEndian.PutUint16(h[48:], 2) // direction hint, always 2
	binary.BigEndian.PutUint16(h[50:], 1) // long loca
	return h
}

func (b *builder) hhea(widest uint16) []byte {
	h := make([]byte, 36)
	binary.BigEndian.PutUint32(h, 0x00010000)
	binary.BigEndian.PutUint16(h[4:], uint16(int16(b.face.ascent)))
	binary.BigEndian.PutUint16(h[6:], uint16(int16(b.face.descent)))
	binary.BigEndian.PutUint16(h[10:], widest)
	binary.BigEndian.PutUint16(h[18:], 1) // an upright caret
	binary.BigEndian.PutUint16(h[34:], uint16(len(b.wide)))
	return h
}

func (b *builder) maxp() []byte {
	m := make([]byte, 32)
	binary.BigEndian.PutUint32(m, 0x00010000)
	binary.BigEndian.PutUint16(m[4:], uint16(len(b.wide)))
	for i, v := range []uint16{4000, 400, 8000, 800, 2, 0, 0, 0, 0, 0, 0, 16, 4} { // bounds above any glyph met
		binary.BigEndian.PutUint16(m[6+2*i:], v)
	}
	return m
}

func joinTables(tables []table) []byte {
	n := len(tables)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []int{n, power * 16, log, n*16 - power*16} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at := 12 + 16*n
	var body []byte
	headAt := 0
	for _, t := range tables {
		if t.tag == "head" {
			headAt = at + len(body)
		}
		out = append(out, t.tag...)
		out = binary.BigEndian.AppendUint32(out, checksum(t.data))
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = slices.Concat(out, body)
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-checksum(out))
	return out
}

func checksum(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 4; b = b[4:] {
		sum += binary.BigEndian.Uint32(b)
	}
	var tail [4]byte
	copy(tail[:], b)
	return sum + binary.BigEndian.Uint32(tail[:])
}
