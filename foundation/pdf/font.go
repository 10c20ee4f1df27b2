package pdf

import (
	"embed"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"yimen/foundation/fault"
)

// The fonts are put here by scripts/fonts.sh before the build, *.ttf, asked in order of name.
//
//go:embed all:font
var fontFiles embed.FS

// face is one TrueType file. Only its small tables are read into memory; glyphs are read
// from the binary when a document needs them.
type face struct {
	file    io.ReaderAt
	parsed  *sfnt.Font
	em      int // units per em
	loca    []byte
	glyfAt  int64
	bounds  [4]int16
	ascent  int
	descent int
}

// glyph is where a character's shape stands; face nil means that no font has it.
type glyph struct {
	face  *face
	id    uint16
	width int // thousandths of the size
}

// fonts are all faces with what was looked up in them. Safe for concurrent use.
type fonts struct {
	faces  []*face
	mu     sync.RWMutex
	glyphs map[rune]glyph
}

var allFonts = sync.OnceValues(func() (*fonts, error) { return readFonts(fontFiles) })

func readFonts(files fs.FS) (*fonts, error) {
	names, err := fs.Glob(files, "font/*.ttf")
	if err != nil || len(names) == 0 {
		return nil, fault.New(fault.Unavailable, "pdf.font.absent").Wrap(fmt.Errorf("no font was built in: run scripts/fonts.sh before the build (%v)", err))
	}
	slices.Sort(names)
	f := &fonts{glyphs: map[rune]glyph{}}
	for _, name := range names {
		one, err := readFace(files, name)
		if err != nil {
			return nil, fault.New(fault.Unavailable, "pdf.font.absent").Wrap(fmt.Errorf("%s: %w", name, err))
		}
		f.faces = append(f.faces, one)
	}
	return f, nil
}

func readFace(files fs.FS, name string) (*face, error) {
	opened, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	file, ok := opened.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("the file cannot be read at a place")
	}
	f := &face{file: file}
	if f.parsed, err = sfnt.ParseReaderAt(file); err != nil {
		return nil, err
	}
	return f, f.tables()
}

// tables reads what a subset needs and sfnt keeps to itself: loca, and where glyf begins.
func (f *face) tables() error {
	head := make([]byte, 12)
	if _, err := f.file.ReadAt(head, 0); err != nil {
		return err
	}
	found := map[string][]byte{}
	for i := range int64(binary.BigEndian.Uint16(head[4:])) {
		entry := make([]byte, 16)
		if _, err := f.file.ReadAt(entry, 12+16*i); err != nil {
			return err
		}
		at, size := int64(binary.BigEndian.Uint32(entry[8:])), binary.BigEndian.Uint32(entry[12:])
		switch tag := string(entry[:4]); tag {
		case "glyf":
			f.glyfAt = at
		case "head", "hhea", "loca":
			found[tag] = make([]byte, size)
			if _, err := f.file.ReadAt(found[tag], at); err != nil {
				return err
			}
		}
	}
	if f.glyfAt == 0 || len(found["head"]) < 54 || len(found["hhea"]) < 36 {
		return fmt.Errorf("not a TrueType font with outlines")
	}
	f.take(found)
	return nil
}

func (f *face) take(found map[string][]byte) {
	head, hhea := found["head"], found["hhea"]
	f.em = int(binary.BigEndian.Uint16(head[18:]))
	for i := range f.bounds {
		f.bounds[i] = int16(binary.BigEndian.Uint16(head[36+2*i:]))
	}
	f.ascent = int(int16(binary.BigEndian.Uint16(hhea[4:])))
	f.descent = int(int16(binary.BigEndian.Uint16(hhea[6:])))
	f.loca = found["loca"]
	if binary.BigEndian.Uint16(head[50:]) != 0 {
		return
	}
	long := make([]byte, 0, 2*len(f.loca)) // the short form counts in pairs of bytes
	for ; len(f.loca) >= 2; f.loca = f.loca[2:] {
		long = binary.BigEndian.AppendUint32(long, 2*uint32(binary.BigEndian.Uint16(f.loca)))
	}
	f.loca = long
}

// outline is a glyph's raw entry of the glyf table; empty for a space.
func (f *face) outline(id uint16) ([]byte, error) {
	if 4*int(id)+8 > len(f.loca) {
		return nil, fmt.Errorf("glyph %d is not in the font", id)
	}
	from, to := binary.BigEndian.Uint32(f.loca[4*int(id):]), binary.BigEndian.Uint32(f.loca[4*int(id)+4:])
	if to <= from {
		return nil, nil
	}
	out := make([]byte, to-from)
	_, err := f.file.ReadAt(out, f.glyfAt+int64(from))
	return out, err
}

// find is the glyph of a character in the first face that has it.
func (f *fonts) find(r rune) glyph {
	f.mu.RLock()
	g, ok := f.glyphs[r]
	f.mu.RUnlock()
	if ok {
		return g
	}
	g = f.search(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.glyphs) > 1<<17 { // more than the fonts hold: only a flood of unknown code points
		clear(f.glyphs)
	}
	f.glyphs[r] = g
	return g
}

func (f *fonts) search(r rune) glyph {
	var buf sfnt.Buffer
	for _, one := range f.faces {
		if private(r) {
			continue // what a font keeps there is another thing than the one meant
		}
		id, err := one.parsed.GlyphIndex(&buf, r)
		if err != nil || id == 0 {
			continue
		}
		size := fixed.I(one.em)
		width, err := one.parsed.GlyphAdvance(&buf, id, size, font.HintingNone)
		if err != nil {
			continue
		}
		return glyph{one, uint16(id), (width.Round()*1000 + one.em/2) / one.em}
	}
	if invisible(r) {
		return glyph{}
	}
	return glyph{width: 1000}
}

func private(r rune) bool { return r >= 0xE000 && r <= 0xF8FF || r >= 0xF0000 }

// invisible characters take no room and are still extracted: variation selectors, joiners.
func invisible(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || r >= 0x200B && r <= 0x200F || r == 0xFEFF || r < 0x20
}

// clean makes one line of a text: control characters become spaces.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
