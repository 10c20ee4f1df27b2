package crypto

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// Identifiers of RFC 5652, RFC 5035 and RFC 5758.
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCert   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSA         = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidRSAPlain      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
)

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Encapsulated encapsulated
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

type encapsulated struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,optional,tag:0"`
}

type signerInfo struct {
	Version   int
	Signer    issuerAndSerial
	Digest    pkix.AlgorithmIdentifier
	Signed    asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm pkix.AlgorithmIdentifier
	Signature []byte
	Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

// essCert is ESSCertIDv2 (RFC 5035 §3); no algorithm means SHA-256.
type essCert struct {
	Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
	Hash      []byte
}

type signingCert struct{ Certs []essCert }

// SignCMS makes a detached CAdES-BES signature over a SHA-256 digest. A zero at leaves the
// signing time out, as PAdES asks (ETSI EN 319 142-1 §5.3). A key that fails is Unavailable.
func SignCMS(k Key, digest []byte, at time.Time) ([]byte, error) {
	if len(digest) != sha256.Size {
		return nil, fmt.Errorf("sign: digest of %d bytes is not SHA-256", len(digest))
	}
	attributes, err := signedAttributes(k.Certificate(), digest, at)
	if err != nil {
		return nil, err
	}
	sig, err := signChecked(k, attributes)
	if err != nil {
		return nil, err
	}
	return wrapCMS(k, attributes, sig)
}

// signedAttributes is the DER of the SET that is signed.
func signedAttributes(cert *x509.Certificate, digest []byte, at time.Time) ([]byte, error) {
	hash := sha256.Sum256(cert.Raw)
	values := []struct {
		id    asn1.ObjectIdentifier
		value any
	}{
		{oidContentType, oidData},
		{oidMessageDigest, digest},
		{oidSigningCert, signingCert{[]essCert{{Hash: hash[:]}}}},
		{oidSigningTime, at.UTC().Truncate(time.Second)},
	}
	if at.IsZero() {
		values = values[:3]
	}
	var list []attribute
	for _, x := range values {
		der, err := asn1.Marshal(x.value)
		if err != nil {
			return nil, err
		}
		list = append(list, attribute{x.id, []asn1.RawValue{{FullBytes: der}}})
	}
	return asn1.MarshalWithParams(list, "set") // a DER SET: sorted
}

func wrapCMS(k Key, attributes, sig []byte) ([]byte, error) {
	cert := k.Certificate()
	var certs []byte
	for i, c := range append([]*x509.Certificate{cert}, k.Chain()...) {
		if i == 0 || !bytes.Equal(c.RawIssuer, c.RawSubject) { // who trusts a root has it
			certs = append(certs, c.Raw...)
		}
	}
	algorithm := oidECDSA
	if cert.PublicKeyAlgorithm == x509.RSA {
		algorithm = oidRSA
	}
	sha := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	data, err := asn1.Marshal(signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{sha}, Encapsulated: encapsulated{Type: oidData},
		Certificates: contextual(certs),
		Signers: []signerInfo{{
			Version: 1, Signer: issuerAndSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber},
			Digest: sha, Signed: retag(attributes), Algorithm: pkix.AlgorithmIdentifier{Algorithm: algorithm}, Signature: sig,
		}},
	})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(contentInfo{oidSignedData, contextual(data)})
}

// contextual is a constructed [0] around DER.
func contextual(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: der}
}

// retag turns the signed SET (0x31) into the [0] (0xA0) in which it is sent, RFC 5652 §5.4.
func retag(set []byte) asn1.RawValue {
	out := append([]byte{0xa0}, set[1:]...)
	return asn1.RawValue{FullBytes: out}
}
