package blob

import (
	"archive/zip"
	"bytes"
	"strings"
)

// Bounds of a zip that is taken for an OFD, so that whoever unpacks it later gets neither a bomb nor a file outside its folder.
const (
	directoryMost = 1 << 20   // bytes at the end in which the directory must lie
	entriesMost   = 2000      // a page of an OFD is two or three entries
	unpackedMost  = 200 << 20 // bytes, as the directory claims them
	packedRatio   = 200       // unpacked to packed, of what is larger than smallEntry
	smallEntry    = 1 << 20   // bytes
)

// ending is a content of which only the last bytes are at hand.
type ending struct {
	last []byte
	size int64 // of the whole content
}

// ReadAt fails for what is no longer at hand.
func (e ending) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(e.last).ReadAt(p, at-e.size+int64(len(e.last)))
}

// isOFD says whether the content is a zip with OFD.xml at its root, within the bounds. The directory is read, nothing unpacked.
func (e ending) isOFD() bool {
	z, err := zip.NewReader(e, e.size)
	if err != nil || len(z.File) > entriesMost {
		return false
	}
	total, root := uint64(0), false
	for _, f := range z.File {
		if !safeName(f.Name) || f.UncompressedSize64 > unpackedMost || bloated(f.UncompressedSize64, f.CompressedSize64) {
			return false
		}
		total += f.UncompressedSize64
		root = root || f.Name == "OFD.xml"
	}
	return root && total <= unpackedMost && !bloated(total, uint64(e.size)) // entries may claim the same bytes twice
}

func bloated(unpacked, packed uint64) bool {
	return unpacked > smallEntry && unpacked/packedRatio > packed
}

// safeName says whether an entry unpacks inside its folder on every system.
func safeName(name string) bool {
	return !strings.HasPrefix(name, "/") && !strings.Contains(name, "..") && !strings.ContainsAny(name, "\\:\x00")
}
