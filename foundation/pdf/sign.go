package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/fault"
)

// signatureRoom is the bytes kept for the signature: three certificates of 2 KB and to spare.
const signatureRoom = 8192

// SignOptions say what a viewer shows about a signature.
type SignOptions struct {
	Reason   string
	Location string
	Box      *Box // where a click shows the signature; nil: over the drawn seal, if any
}

// Box is a rectangle on a page (from 1) in points from the lower left corner.
type Box struct {
	Page                     int
	Left, Bottom, Right, Top float64
}

// Sign adds a PAdES-B-B signature (ETSI EN 319 142-1) over the whole file as a revision of
// its own: the draft stays the beginning of the signed file. It takes drafts that Render
// made; another file, or one signed already, is Invalid. The same draft, key and time give
// the same bytes when the key signs deterministically.
func Sign(pdf []byte, key crypto.Key, at time.Time, opts SignOptions) ([]byte, error) {
	d, err := readDraft(pdf)
	if err != nil {
		return nil, fault.New(fault.Invalid, "pdf.not_a_draft").Wrap(err)
	}
	r, err := d.revision(key, at, opts)
	if err != nil {
		return nil, fault.New(fault.Invalid, "pdf.not_a_draft").Wrap(err)
	}
	out := r.join()
	gap := r.gap
	digest := sha256.New()
	digest.Write(out[:gap])
	digest.Write(out[gap+2*signatureRoom+2:])
	cms, err := crypto.SignCMS(key, digest.Sum(nil), time.Time{})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if len(cms) > signatureRoom {
		return nil, fmt.Errorf("sign: %d bytes of signature, more than the %d kept for it", len(cms), signatureRoom)
	}
	hex.Encode(out[gap+1:], cms)
	return out, nil
}

// revision is what is added to a draft.
type revision struct {
	draft *draft
	out   bytes.Buffer
	at    map[int]int // offset of each new object in the whole file
	size  int
	gap   int // where the "<" of the signature stands
}

// byteRangeRoom is a ByteRange with numbers of ten digits.
const byteRangeRoom = "[0 0000000000 0000000000 0000000000]"

func (d *draft) revision(key crypto.Key, at time.Time, opts SignOptions) (*revision, error) {
	box, page, err := d.place(opts.Box)
	if err != nil {
		return nil, err
	}
	r := &revision{draft: d, at: map[int]int{}, size: d.size + 3}
	r.out.WriteString("\n")
	signature, widget, look := d.size, d.size+1, d.size+2
	r.signature(signature, key, at, opts)
	r.object(look, fmt.Sprintf("<< /Type /XObject /Subtype /Form /BBox [0 0 %.2f %.2f] /Resources << >> /Length 0 >>\nstream\n\nendstream", box.Right-box.Left, box.Top-box.Bottom))
	r.object(widget, fmt.Sprintf("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /Rect [%.2f %.2f %.2f %.2f] /P %d 0 R /V %d 0 R /AP << /N %d 0 R >> >>",
		box.Left, box.Bottom, box.Right, box.Top, page, signature, look))
	if err := r.extend(page, "Annots", fmt.Sprintf("/Annots [%d 0 R]", widget)); err != nil {
		return nil, err
	}
	return r, r.extend(d.root, "AcroForm", fmt.Sprintf("/AcroForm << /Fields [%d 0 R] /SigFlags 3 >> /Perms << /DocMDP %d 0 R >>", widget, signature))
}

// signature writes the signature's dictionary; DocMDP with P 1 tells viewers that nothing
// may be changed after it (PDF 32000-1, 12.8.2.2).
func (r *revision) signature(n int, key crypto.Key, at time.Time, opts SignOptions) {
	r.begin(n)
	fmt.Fprintf(&r.out, "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange %s /Contents ", byteRangeRoom)
	r.gap = len(r.draft.data) + r.out.Len()
	r.out.WriteString("<" + strings.Repeat("0", 2*signatureRoom) + ">")
	fmt.Fprintf(&r.out, " /M %s /Name %s", dateString(at), textString(key.Certificate().Subject.CommonName))
	if opts.Reason != "" {
		fmt.Fprintf(&r.out, " /Reason %s", textString(clean(opts.Reason)))
	}
	if opts.Location != "" {
		fmt.Fprintf(&r.out, " /Location %s", textString(clean(opts.Location)))
	}
	r.out.WriteString(" /Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P 1 /V /1.2 >> >>] >>\nendobj\n")
}

// place is where the signature is shown, and the page's object.
func (d *draft) place(box *Box) (Box, int, error) {
	root, err := d.object(d.root)
	if err != nil {
		return Box{}, 0, err
	}
	catalog, err := dictionary(root)
	if err != nil {
		return Box{}, 0, err
	}
	tree, err := d.object(reference(catalog["Pages"]))
	if err != nil {
		return Box{}, 0, err
	}
	kids, err := dictionary(tree)
	if err != nil {
		return Box{}, 0, err
	}
	refs := strings.Split(strings.Trim(kids["Kids"], "[] "), "R")
	pages := len(refs) - 1
	if box != nil {
		if box.Page < 1 || box.Page > pages {
			return Box{}, 0, fmt.Errorf("no page %d", box.Page)
		}
		return *box, reference(refs[box.Page-1] + "R"), nil
	}
	if pages < 1 {
		return Box{}, 0, fmt.Errorf("no page")
	}
	last := reference(refs[pages-1] + "R")
	return d.sealOn(last), last, nil
}

// sealOn is the seal's rectangle on a page, or an empty one.
func (d *draft) sealOn(page int) Box {
	var b Box
	text, err := d.object(page)
	if err != nil {
		return b
	}
	entries, err := dictionary(text)
	if err != nil {
		return b
	}
	if _, err := fmt.Sscanf(entries[sealPlace], "[%f %f %f %f]", &b.Left, &b.Bottom, &b.Right, &b.Top); err != nil {
		return Box{}
	}
	return b
}

func (r *revision) begin(n int) {
	r.at[n] = len(r.draft.data) + r.out.Len()
	fmt.Fprintf(&r.out, "%d 0 obj\n", n)
}

func (r *revision) object(n int, body string) {
	r.begin(n)
	r.out.WriteString(body + "\nendobj\n")
}

// extend writes an object of the draft again with entries more.
func (r *revision) extend(n int, refused, entries string) error {
	text, err := r.draft.object(n)
	if err != nil {
		return err
	}
	have, err := dictionary(text)
	if err != nil {
		return err
	}
	if have[refused] != "" {
		return fmt.Errorf("object %d has %s already", n, refused)
	}
	end := strings.LastIndex(text, ">>")
	r.object(n, text[:end]+entries+" >>")
	return nil
}

// join is the whole file with its byte range filled in and the signature still empty.
func (r *revision) join() []byte {
	d := r.draft
	start := len(d.data) + r.out.Len()
	r.out.WriteString("xref\n")
	numbers := make([]int, 0, len(r.at))
	for n := range r.at {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		fmt.Fprintf(&r.out, "%d 1\n%010d 00000 n \n", n, r.at[n])
	}
	fmt.Fprintf(&r.out, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID %s /Prev %d >>\nstartxref\n%d\n%%%%EOF\n", r.size, d.root, d.info, d.id, d.xref, start)
	out := slices.Concat(d.data, r.out.Bytes())
	after := r.gap + 2*signatureRoom + 2
	filled := fmt.Sprintf("[0 %010d %010d %010d]", r.gap, after, len(out)-after)
	copy(out[r.gap-len(" /Contents ")-len(byteRangeRoom):], filled)
	return out
}
