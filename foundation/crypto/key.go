package crypto

import (
	"bytes"
	stdcrypto "crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"yimen/foundation/fault"
)

// Key is a signer: a file today, a card, a sealed box or an outside seal platform another day.
type Key interface {
	// Sign signs a SHA-256 digest (32 bytes); the answer is an ASN.1 ECDSA signature.
	Sign(digest []byte) ([]byte, error)
	// Certificate is the signer's own certificate.
	Certificate() *x509.Certificate
	// Chain is what stands between the certificate and its root, the root last if known.
	Chain() []*x509.Certificate
}

// FileKey is an ECDSA P-256 key kept in a file of mode 0600.
type FileKey struct {
	private *ecdsa.PrivateKey
	cert    *x509.Certificate
	chain   []*x509.Certificate
}

// Sign is deterministic (RFC 6979): signing the same draft again gives the same file.
func (k *FileKey) Sign(digest []byte) ([]byte, error) {
	return k.private.Sign(nil, digest, stdcrypto.SHA256)
}

// Certificate is the signer's certificate.
func (k *FileKey) Certificate() *x509.Certificate { return k.cert }

// Chain is the issuing certificates, root last.
func (k *FileKey) Chain() []*x509.Certificate { return k.chain }

// ReadKey reads a PEM file of one PKCS#8 private key, its certificate and the issuing
// certificates in that order.
func ReadKey(path string) (*FileKey, error) {
	raw, err := readPrivate(path)
	if err != nil {
		return nil, err
	}
	k, err := parseKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// Save writes the key with its certificates to a new file that ReadKey reads.
func (k *FileKey) Save(path string) error {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	blocks := []*pem.Block{{Type: "PRIVATE KEY", Bytes: der}, {Type: "CERTIFICATE", Bytes: k.cert.Raw}}
	for _, c := range k.chain {
		blocks = append(blocks, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	for _, b := range blocks {
		if err := pem.Encode(&out, b); err != nil {
			return err
		}
	}
	return writePrivate(path, out.Bytes())
}

func parseKey(raw []byte) (*FileKey, error) {
	k := &FileKey{}
	for {
		var block *pem.Block
		if block, raw = pem.Decode(raw); block == nil {
			break
		}
		if err := k.take(block); err != nil {
			return nil, err
		}
	}
	if k.private == nil || k.cert == nil {
		return nil, fmt.Errorf("a key file holds a private key and its certificate")
	}
	if public, ok := k.cert.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(k.private.Public()) {
		return nil, fmt.Errorf("the certificate is not of the private key")
	}
	return k, nil
}

func (k *FileKey) take(block *pem.Block) error {
	if block.Type == "PRIVATE KEY" {
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return err
		}
		private, ok := key.(*ecdsa.PrivateKey)
		if !ok {
			return fmt.Errorf("a signing key is ECDSA, not %T", key)
		}
		k.private = private
		return nil
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	if k.cert == nil {
		k.cert = cert
	} else {
		k.chain = append(k.chain, cert)
	}
	return nil
}

// signChecked signs and checks the answer before anybody relies on it: a broken or exchanged
// key is found here and not by the citizen. A key that does not answer is Unavailable.
func signChecked(k Key, signed []byte) ([]byte, error) {
	digest := sha256.Sum256(signed)
	sig, err := k.Sign(digest[:])
	if err != nil {
		return nil, fault.New(fault.Unavailable, "crypto.key.unavailable").Wrap(err)
	}
	if err := checkSignature(k.Certificate(), signed, sig); err != nil {
		return nil, fault.New(fault.Unavailable, "crypto.key.wrong").Wrap(err)
	}
	return sig, nil
}

func checkSignature(cert *x509.Certificate, signed, sig []byte) error {
	switch cert.PublicKeyAlgorithm {
	case x509.ECDSA:
		return cert.CheckSignature(x509.ECDSAWithSHA256, signed, sig)
	case x509.RSA:
		return cert.CheckSignature(x509.SHA256WithRSA, signed, sig)
	}
	return fmt.Errorf("no check for %s signatures", cert.PublicKeyAlgorithm)
}
