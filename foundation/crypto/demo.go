package crypto

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"time"
)

// Demo certificates say so in their names and in an extension of their own.
const (
	demoNotice = "DEMO ONLY, NO LEGAL EFFECT"
	demoName   = "演示专用"
	demoYears  = 30 // a demo opened with a clock years ahead still verifies
)

// demoMark lies below the enterprise number that RFC 5612 keeps for documentation.
var demoMark = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 449901, 1}

// DemoCA issues organ certificates for a demo town. It has no legal effect and says so.
type DemoCA struct{ root *FileKey }

// NewDemoCA makes a root valid from a day before at.
func NewDemoCA(at time.Time) (*DemoCA, error) {
	t, err := demoTemplate(demoName, "", at)
	if err != nil {
		return nil, err
	}
	t.IsCA, t.BasicConstraintsValid, t.MaxPathLenZero = true, true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	root, err := issue(t, nil)
	if err != nil {
		return nil, err
	}
	return &DemoCA{root}, nil
}

// DemoCAFrom takes a saved root up again.
func DemoCAFrom(root *FileKey) *DemoCA { return &DemoCA{root} }

// Root is the key of the root, to be saved.
func (ca *DemoCA) Root() *FileKey { return ca.root }

// Pool holds the root as the only trusted one.
func (ca *DemoCA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.root.cert)
	return pool
}

// Issue makes a signing key of an organ; code is its 18-character credit code.
func (ca *DemoCA) Issue(organ, code string, at time.Time) (*FileKey, error) {
	t, err := demoTemplate(organ+"（"+demoName+"）", code, at)
	if err != nil {
		return nil, err
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	t.BasicConstraintsValid = true
	return issue(t, ca.root)
}

// IsDemo says whether a certificate, or one that issued it, is of a demo.
func IsDemo(chain ...*x509.Certificate) bool {
	for _, c := range chain {
		if c == nil {
			continue
		}
		names := c.Subject.String() + c.Issuer.String()
		if strings.Contains(names, demoNotice) || strings.Contains(names, demoName) {
			return true
		}
		for _, e := range c.Extensions {
			if e.Id.Equal(demoMark) {
				return true
			}
		}
	}
	return false
}

func demoTemplate(name, code string, at time.Time) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	_, _ = rand.Read(serial)
	serial[0] &= 0x7f
	notice, err := asn1.MarshalWithParams(demoNotice, "utf8")
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject: pkix.Name{Country: []string{"CN"}, Organization: []string{name},
			OrganizationalUnit: []string{demoNotice}, CommonName: name, SerialNumber: code},
		NotBefore:       at.AddDate(0, 0, -1),
		NotAfter:        at.AddDate(demoYears, 0, 0),
		ExtraExtensions: []pkix.Extension{{Id: demoMark, Value: notice}},
	}, nil
}

// issue makes a key and its certificate, self-signed when by is nil.
func issue(t *x509.Certificate, by *FileKey) (*FileKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	parent, signer := t, private
	var chain []*x509.Certificate
	if by != nil {
		parent, signer, chain = by.cert, by.private, append([]*x509.Certificate{by.cert}, by.chain...)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, private.Public(), signer)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &FileKey{private, cert, chain}, nil
}
