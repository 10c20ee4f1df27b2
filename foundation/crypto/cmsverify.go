package crypto

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

// Signature says what a detached signature proves, each question apart. Whether the
// certificate was revoked is not known offline and not answered.
type Signature struct {
	Intact  bool              // the content is the one signed, by the key of Signer
	Broken  error             // why not Intact
	Signer  *x509.Certificate // whose signature it claims to be; nil if it cannot be told
	Claimed time.Time         // when it says it was signed; zero if it does not say
	Trusted bool              // Signer's chain ends in one of the roots
	Doubt   error             // why not Trusted
	Foreign bool              // not Intact only because it is of a form that is not ours, by nobody we trust
}

// VerifyCMS checks a detached CAdES-BES signature over a SHA-256 digest against roots, as of
// a time: the signing time when it carries one, else at. A nil pool trusts nobody.
func VerifyCMS(cms, digest []byte, roots *x509.CertPool, at time.Time) Signature {
	var out Signature
	data, certs, err := parseCMS(cms)
	if err != nil {
		out.Broken, out.Doubt = err, errNobody
		out.Foreign = foreign(err, certs, roots, at)
		return out
	}
	signer := data.Signers[0]
	for _, c := range certs {
		if bytes.Equal(c.RawIssuer, signer.Signer.Issuer.FullBytes) && c.SerialNumber.Cmp(signer.Signer.Serial) == 0 {
			out.Signer = c
		}
	}
	if out.Signer == nil {
		out.Broken, out.Doubt = errors.New("the signer's certificate is not in the signature"), errNobody
		return out
	}
	out.Claimed, out.Broken = checkSigner(signer, out.Signer, digest)
	out.Intact = out.Broken == nil
	if !out.Claimed.IsZero() {
		at = out.Claimed
	}
	out.Doubt = trust(out.Signer, certs, roots, at)
	out.Trusted = out.Doubt == nil
	out.Foreign = foreign(out.Broken, certs, roots, at)
	return out
}

var (
	errNobody = errors.New("no signer to trust")
	// errForm is a signature of another form than ours, as other makers' programs write them.
	errForm = errors.New("another form of signature")
)

// foreign says that a signature could not be judged for its form and names nobody we trust: one
// whose certificates are ours but whose form is not was changed.
func foreign(broken error, certs []*x509.Certificate, roots *x509.CertPool, at time.Time) bool {
	if !errors.Is(broken, errForm) || len(certs) == 0 {
		return false
	}
	for _, c := range certs {
		if trust(c, certs, roots, at) == nil {
			return false
		}
	}
	return true
}

func parseCMS(cms []byte) (signedData, []*x509.Certificate, error) {
	var info contentInfo
	var data signedData
	if rest, err := asn1.Unmarshal(cms, &info); err != nil || len(rest) > 0 || !info.Type.Equal(oidSignedData) {
		return data, nil, fmt.Errorf("not a CMS signature: %w", orTrailing(err))
	}
	if rest, err := asn1.Unmarshal(info.Content.Bytes, &data); err != nil || len(rest) > 0 {
		return data, nil, fmt.Errorf("signed data: %w", orTrailing(err))
	}
	certs, err := x509.ParseCertificates(data.Certificates.Bytes)
	if err != nil {
		return data, nil, fmt.Errorf("certificates: %w", err)
	}
	if err := checkForm(data); err != nil {
		return data, certs, fmt.Errorf("%w: %w", errForm, err)
	}
	return data, certs, nil
}

// checkForm wants the one form that RFC 5652 gives a detached signature over data: what is
// not signed itself may not vary either, so that a changed byte is noticed wherever it is.
func checkForm(data signedData) error {
	if len(data.Signers) != 1 || len(data.Encapsulated.Content.FullBytes) > 0 || !data.Encapsulated.Type.Equal(oidData) {
		return errors.New("not a detached signature of one signer")
	}
	s := data.Signers[0]
	if data.Version != 1 || s.Version != 1 || len(data.Digests) != 1 {
		return errors.New("not version 1 with one digest")
	}
	if !data.Certificates.IsCompound || !s.Signed.IsCompound {
		return errors.New("no certificates or no signed attributes")
	}
	for _, a := range []pkix.AlgorithmIdentifier{data.Digests[0], s.Digest, s.Algorithm} {
		if p := a.Parameters.FullBytes; len(p) > 0 && !bytes.Equal(p, asn1.NullBytes) {
			return fmt.Errorf("unknown parameters of algorithm %s", a.Algorithm)
		}
	}
	if !data.Digests[0].Algorithm.Equal(oidSHA256) || !s.Digest.Algorithm.Equal(oidSHA256) || !knownAlgorithm(s.Algorithm.Algorithm) {
		return fmt.Errorf("unknown algorithm %s with %s", s.Algorithm.Algorithm, s.Digest.Algorithm)
	}
	return nil
}

func orTrailing(err error) error {
	if err == nil {
		return errors.New("of another kind or with trailing bytes")
	}
	return err
}

func checkSigner(s signerInfo, cert *x509.Certificate, digest []byte) (claimed time.Time, err error) {
	set := append([]byte{0x31}, s.Signed.FullBytes[1:]...)
	if err := checkSignature(cert, set, s.Signature); err != nil {
		return claimed, err
	}
	attributes, err := attributesOf(set)
	if err != nil {
		return claimed, err
	}
	if der := attributes[oidSigningTime.String()]; der != nil {
		if _, err := asn1.Unmarshal(der, &claimed); err != nil {
			return claimed, fmt.Errorf("signing time: %w", err)
		}
	}
	return claimed, checkAttributes(attributes, cert, digest)
}

func checkAttributes(attributes map[string][]byte, cert *x509.Certificate, digest []byte) error {
	var kind asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(attributes[oidContentType.String()], &kind); err != nil || !kind.Equal(oidData) {
		return errors.New("content type is missing or another")
	}
	var signed []byte
	if _, err := asn1.Unmarshal(attributes[oidMessageDigest.String()], &signed); err != nil || !bytes.Equal(signed, digest) {
		return errors.New("the content is not the one signed")
	}
	if attributes[oidSigningCert.String()] == nil {
		return fmt.Errorf("%w: it does not name its certificate", errForm)
	}
	var named signingCert
	hash := sha256.Sum256(cert.Raw)
	if _, err := asn1.Unmarshal(attributes[oidSigningCert.String()], &named); err != nil || len(named.Certs) == 0 || !bytes.Equal(named.Certs[0].Hash, hash[:]) {
		return errors.New("the signature does not name this certificate")
	}
	return nil
}

// attributesOf maps each signed attribute, which may stand only once with one value, to its value's DER.
func attributesOf(set []byte) (map[string][]byte, error) {
	var list []attribute
	if rest, err := asn1.UnmarshalWithParams(set, &list, "set"); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("signed attributes: %w", orTrailing(err))
	}
	out := map[string][]byte{}
	for _, a := range list {
		if len(a.Values) != 1 || out[a.Type.String()] != nil {
			return nil, fmt.Errorf("signed attribute %s stands more than once", a.Type)
		}
		out[a.Type.String()] = a.Values[0].FullBytes
	}
	return out, nil
}

func knownAlgorithm(id asn1.ObjectIdentifier) bool {
	return id.Equal(oidECDSA) || id.Equal(oidRSA) || id.Equal(oidRSAPlain)
}

func trust(cert *x509.Certificate, certs []*x509.Certificate, roots *x509.CertPool, at time.Time) error {
	if roots == nil {
		return errors.New("no trusted root is known")
	}
	between := x509.NewCertPool()
	for _, c := range certs {
		between.AddCert(c)
	}
	if cert.KeyUsage != 0 && cert.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return errors.New("the certificate is not for signing")
	}
	_, err := cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}
