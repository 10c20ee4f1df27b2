package pdf

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/fault"
)

// Report answers each question about a signed file apart.
type Report struct {
	Signed  bool              // the file carries a signature at all
	Intact  bool              // what the signature covers is as it was signed
	Whole   bool              // the signature covers all of the file: nothing was appended
	Trusted bool              // the signer's chain ends in one of the roots
	Demo    bool              // signed with a demo key, without legal effect
	Signer  string            // the certificate's common name
	Code    string            // the certificate's serial number entry: the organ's credit code
	At      time.Time         // when the signer says it was signed; no clock but the signer's
	Foreign bool              // not Intact only because nobody we know signs in this form: it cannot be judged here
	Broken  error             // why not Intact or not Whole
	Doubt   error             // why not Trusted
	Cert    *x509.Certificate // the signer's, nil if it cannot be told
	Only    *Only             // for what alone the file may be used, by its own words; nil unless Intact and Whole
	// RevocationKnown is always false here: whether the certificate was revoked after it was
	// issued cannot be known offline, and people are told so.
	RevocationKnown bool
}

// Good says that the file is what a trusted organ signed, as far as can be known offline.
func (r Report) Good() bool { return r.Signed && r.Intact && r.Whole && r.Trusted }

// Altered says that the file is not, or no longer, what was signed; not so of a Foreign one.
func (r Report) Altered() bool { return r.Signed && !(r.Intact && r.Whole) && !r.Foreign }

var (
	byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]`)
	signedAt  = regexp.MustCompile(`/M\s*\(D:(\d{14})Z`)
)

// Verify checks the last signature of a PDF file against roots, as of the time its signer
// claims. A file that is no PDF is Invalid; one without a signature is a Report that says so.
//
// The byte range is looked for in the bytes and not through the file's own structure: if it
// covers everything but one hexadecimal string and the digest is right, the structure too is
// the signer's.
func Verify(file []byte, roots *x509.CertPool) (Report, error) {
	var r Report
	if !bytes.HasPrefix(file, []byte("%PDF-")) {
		return r, fault.New(fault.Invalid, "pdf.not_pdf")
	}
	last := bytes.LastIndex(file, []byte("/ByteRange"))
	if last < 0 {
		// A range made unreadable must not make a signed file an unsigned one.
		if r.Signed = bytes.Contains(file, []byte("ETSI.CAdES.detached")) || bytes.Contains(file, []byte("adbe.pkcs7.detached")); r.Signed {
			r.Broken = errors.New("a signature without a byte range")
		}
		r.Doubt = errors.New("no signer to trust")
		return r, nil
	}
	r.Signed = true
	cms, digest, err := r.covered(file, last)
	if err != nil {
		r.Broken, r.Doubt = err, errors.New("no signer to trust")
		return r, nil
	}
	r.judge(crypto.VerifyCMS(cms, digest, roots, r.At))
	if r.Intact && r.Whole {
		r.Only = onlyOf(file)
	}
	return r, nil
}

// covered finds what the signature at a place covers, its bytes and the digest of the rest.
func (r *Report) covered(file []byte, at int) (cms, digest []byte, err error) {
	found := byteRange.FindSubmatch(file[at:min(at+200, len(file))])
	if found == nil {
		return nil, nil, errors.New("the byte range cannot be read")
	}
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(string(found[i+1]))
	}
	if n[0] != 0 || n[1] <= at || n[2] <= n[1]+2 || n[2]+n[3] > len(file) || n[2]+n[3] < n[2] {
		return nil, nil, errors.New("the byte range is not of this file")
	}
	if cms, err = signatureIn(file, n[1], n[2]); err != nil {
		return nil, nil, err
	}
	if r.Whole = n[2]+n[3] == len(file); !r.Whole {
		r.Broken = fmt.Errorf("%d bytes were appended after the signature", len(file)-n[2]-n[3])
	}
	if m := signedAt.FindSubmatch(file[n[2]:min(n[2]+2000, n[2]+n[3])]); m != nil {
		r.At, _ = time.Parse("20060102150405", string(m[1]))
	}
	sum := sha256.New()
	sum.Write(file[:n[1]])
	sum.Write(file[n[2] : n[2]+n[3]])
	return cms, sum.Sum(nil), nil
}

// signatureIn decodes the hexadecimal string that is all of file[from:to]: digits of one
// case, and nothing but zeros after the signature, so that nothing hides there.
func signatureIn(file []byte, from, to int) ([]byte, error) {
	gap := file[from:to]
	if gap[0] != '<' || gap[len(gap)-1] != '>' || !bytes.HasSuffix(bytes.TrimRight(file[:from], " \r\n"), []byte("/Contents")) {
		return nil, errors.New("the byte range leaves out more than the signature")
	}
	digits := gap[1 : len(gap)-1]
	if bytes.ContainsAny(digits, "abcdef") && bytes.ContainsAny(digits, "ABCDEF") {
		return nil, errors.New("the signature is written in two ways")
	}
	raw := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(raw, digits); err != nil {
		return nil, fmt.Errorf("the signature: %w", err)
	}
	size, err := lengthDER(raw)
	if err != nil {
		return nil, err
	}
	if len(bytes.Trim(raw[size:], "\x00")) > 0 {
		return nil, errors.New("something stands behind the signature")
	}
	return raw[:size], nil
}

// lengthDER is the length of the first DER element with its head.
func lengthDER(b []byte) (int, error) {
	if len(b) < 4 || b[0] != 0x30 || b[1] != 0x82 {
		return 0, errors.New("the signature is not in DER")
	}
	n := 4 + int(b[2])<<8 + int(b[3])
	if n > len(b) {
		return 0, errors.New("the signature is cut short")
	}
	return n, nil
}

func (r *Report) judge(s crypto.Signature) {
	r.Intact, r.Trusted, r.Doubt, r.Cert = s.Intact, s.Trusted, s.Doubt, s.Signer
	r.Foreign = s.Foreign && r.Whole
	if s.Broken != nil {
		r.Broken = s.Broken
	}
	if !s.Claimed.IsZero() {
		r.At = s.Claimed
	}
	if s.Signer != nil {
		r.Signer, r.Code = s.Signer.Subject.CommonName, s.Signer.Subject.SerialNumber
		r.Demo = crypto.IsDemo(s.Signer)
	}
}
