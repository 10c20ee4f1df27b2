package crypto

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"yimen/foundation/fault"
)

func demoKey(t testing.TB) (*DemoCA, *FileKey) {
	t.Helper()
	ca, err := NewDemoCA(noon)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ca.Issue("演示区市场监督管理局", "11449901MB00000000", noon)
	if err != nil {
		t.Fatal(err)
	}
	return ca, k
}

func TestSignAndVerify(t *testing.T) {
	ca, k := demoKey(t)
	digest := sha256.Sum256([]byte("content"))
	for _, at := range []time.Time{{}, noon} {
		cms, err := SignCMS(k, digest[:], at)
		if err != nil {
			t.Fatal(err)
		}
		got := VerifyCMS(cms, digest[:], ca.Pool(), noon)
		if !got.Intact || !got.Trusted || !got.Claimed.Equal(at) || !got.Signer.Equal(k.Certificate()) {
			t.Fatalf("%+v", got)
		}
		other := sha256.Sum256([]byte("another"))
		if got := VerifyCMS(cms, other[:], ca.Pool(), noon); got.Intact || !got.Trusted {
			t.Errorf("another content: %+v", got)
		}
		stranger, _ := demoKey(t)
		if got := VerifyCMS(cms, digest[:], stranger.Pool(), noon); !got.Intact || got.Trusted {
			t.Errorf("another root: %+v", got)
		}
		if got := VerifyCMS(cms, digest[:], nil, noon); !got.Intact || got.Trusted {
			t.Errorf("no root: %+v", got)
		}
	}
}

func TestEveryChangedByteIsNoticed(t *testing.T) {
	ca, k := demoKey(t)
	digest := sha256.Sum256([]byte("content"))
	cms, err := SignCMS(k, digest[:], noon)
	if err != nil {
		t.Fatal(err)
	}
	for i := range cms {
		for bit := range 8 {
			bad := append([]byte{}, cms...)
			bad[i] ^= 1 << bit
			if got := VerifyCMS(bad, digest[:], ca.Pool(), noon); got.Intact && got.Trusted {
				t.Errorf("byte %d of %d, bit %d", i, len(cms), bit)
			}
		}
		if got := VerifyCMS(cms[:i], digest[:], ca.Pool(), noon); got.Intact {
			t.Fatalf("intact when cut at %d", i)
		}
	}
}

func TestOpensslAgrees(t *testing.T) {
	ca, k := demoKey(t)
	content := []byte("content")
	digest := sha256.Sum256(content)
	cms, err := SignCMS(k, digest[:], noon)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	root := filepath.Join(dir, "root.der")
	for name, b := range map[string][]byte{"cms": cms, "content": content, "root.der": ca.Root().Certificate().Raw} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pem := filepath.Join(dir, "root.pem")
	for _, args := range [][]string{
		{"x509", "-inform", "DER", "-in", root, "-out", pem},
		{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "cms"), "-content", filepath.Join(dir, "content"), "-CAfile", pem, "-purpose", "any", "-attime", "1772424000", "-out", os.DevNull},
	} {
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
}

// brokenKey is a seal platform that does not answer, or answers for somebody else.
type brokenKey struct {
	Key
	signer Key
}

func (b brokenKey) Sign(digest []byte) ([]byte, error) {
	if b.signer == nil {
		return nil, errors.New("no answer")
	}
	return b.signer.Sign(digest)
}

func TestBrokenKey(t *testing.T) {
	_, k := demoKey(t)
	_, other := demoKey(t)
	digest := sha256.Sum256(nil)
	for _, signer := range []Key{nil, other} {
		if _, err := SignCMS(brokenKey{k, signer}, digest[:], noon); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%v", err)
		}
	}
	if _, err := SignCMS(k, []byte("short"), noon); err == nil {
		t.Error("signed something that is no digest")
	}
}

func TestKeyFile(t *testing.T) {
	ca, k := demoKey(t)
	path := filepath.Join(t.TempDir(), "organ.key")
	if err := k.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := ReadKey(path)
	if err != nil || !back.Certificate().Equal(k.Certificate()) || len(back.Chain()) != 1 {
		t.Fatal(back, err)
	}
	digest := sha256.Sum256(nil)
	one, _ := SignCMS(k, digest[:], noon)
	two, err := SignCMS(back, digest[:], noon)
	if err != nil || string(one) != string(two) {
		t.Errorf("signing again gave other bytes, %v", err)
	}
	if !IsDemo(k.Certificate()) || !IsDemo(ca.Root().Certificate()) || IsDemo(&x509.Certificate{}, nil) {
		t.Error("demo certificates are not told from others")
	}
}
