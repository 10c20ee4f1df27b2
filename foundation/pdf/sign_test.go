package pdf

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"yimen/foundation/crypto"
	"yimen/foundation/fault"
)

func demoKey(t testing.TB) (*crypto.DemoCA, *crypto.FileKey) {
	t.Helper()
	ca, err := crypto.NewDemoCA(made)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ca.Issue("演示区市场监督管理局", "11449901MB00000000", made)
	if err != nil {
		t.Fatal(err)
	}
	return ca, key
}

func sign(t testing.TB, draft []byte, key crypto.Key) []byte {
	t.Helper()
	out, err := Sign(draft, key, made, SignOptions{Reason: "签发电子证照", Location: "演示区"})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPdfsigFindsItValid(t *testing.T) {
	ca, key := demoKey(t)
	for _, doc := range []Document{letterFixture(), licenceFixture(), {}} {
		draft := render(t, doc)
		signed := sign(t, draft, key)
		if !bytes.HasPrefix(signed, draft) {
			t.Error("the draft is not the beginning of the signed file")
		}
		got := tool(t, signed, "pdfsig", "-nocert", "FILE")
		for _, want := range []string{"Signature is Valid", "Total document signed", "ETSI.CAdES.detached", "演示专用"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
		if got := tool(t, signed, "qpdf", "--check", "FILE"); !strings.Contains(got, "No syntax or stream encoding errors") || strings.Contains(got, "WARNING") {
			t.Error(got)
		}
		r, err := Verify(signed, ca.Pool())
		if err != nil || !r.Good() || r.Altered() || !r.Demo || !r.At.Equal(made) || r.Code != "11449901MB00000000" || r.RevocationKnown {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// streams are the places of a file that readers do not need to find the signature by.
func streams(file []byte) (out []int) {
	for at := 0; ; {
		from := bytes.Index(file[at:], []byte("\nstream\n"))
		if from < 0 {
			return out
		}
		from += at + len("\nstream\n")
		to := from + bytes.Index(file[from:], []byte("\nendstream"))
		for i := from; i < to; i++ {
			out = append(out, i)
		}
		at = to
	}
}

func TestFlippedBytes(t *testing.T) {
	ca, key := demoKey(t)
	signed := sign(t, render(t, licenceFixture()), key)
	random := rand.New(rand.NewPCG(1, 2))
	places := streams(signed)
	for range 12 {
		at := places[random.IntN(len(places))]
		bad := bytes.Clone(signed)
		bad[at] ^= 1 << random.IntN(8)
		if got := tool(t, bad, "pdfsig", "-nocert", "FILE"); !strings.Contains(got, "Digest Mismatch") {
			t.Errorf("byte %d: %s", at, got)
		}
	}
	for range 6 {
		bad := bytes.Clone(signed)
		bad[random.IntN(len(bad))] ^= 1
		if r, err := Verify(bad, ca.Pool()); err == nil && !r.Altered() {
			t.Errorf("%+v", r)
		}
	}
	for at := range signed {
		if at < len(signed)-1300 && at%61 != 0 {
			continue // the structure at the end byte by byte
		}
		keep := signed[at]
		signed[at] ^= 1 << random.IntN(8)
		if r, err := Verify(signed, ca.Pool()); err == nil && (r.Good() || !r.Altered() && r.Trusted) {
			t.Fatalf("byte %d changed and not noticed: %+v", at, r)
		}
		signed[at] = keep
	}
}

func TestAppendedIsAltered(t *testing.T) {
	ca, key := demoKey(t)
	signed := sign(t, render(t, letterFixture()), key)
	for _, tail := range []string{"\n", "%%EOF\n", "9 0 obj\n<< >>\nendobj\n", "/ByteRange [0 1 2 3]", "/ByteRange [0 10 20 30] /Contents <00>"} {
		r, err := Verify(append(bytes.Clone(signed), tail...), ca.Pool())
		if err != nil || r.Whole && r.Intact || !r.Altered() || r.Good() || r.Broken == nil {
			t.Errorf("%q: %+v, %v", tail, r, err)
		}
	}
	for _, cut := range []int{1, 100, 2000} {
		if r, err := Verify(signed[:len(signed)-cut], ca.Pool()); err != nil || !r.Altered() {
			t.Errorf("cut by %d: %+v, %v", cut, r, err)
		}
	}
	if r, err := Verify(signed[:len(signed)-20_000], ca.Pool()); err != nil || r.Signed || r.Good() {
		t.Errorf("cut before the signature: %+v, %v", r, err)
	}
}

func TestOtherFiles(t *testing.T) {
	ca, key := demoKey(t)
	draft := render(t, Document{})
	if r, err := Verify(draft, ca.Pool()); err != nil || r.Signed || r.Good() {
		t.Errorf("unsigned: %+v, %v", r, err)
	}
	if _, err := Verify([]byte("PK\x03\x04"), ca.Pool()); !fault.Is(err, fault.Invalid) {
		t.Errorf("no PDF: %v", err)
	}
	signed := sign(t, draft, key)
	stranger, _ := demoKey(t)
	if r, _ := Verify(signed, stranger.Pool()); !r.Intact || !r.Whole || r.Trusted || r.Doubt == nil {
		t.Errorf("another root: %+v", r)
	}
	for name, file := range map[string][]byte{"signed": signed, "text": []byte("text"), "cut": draft[:len(draft)/2], "xref stream": []byte("%PDF-1.7\nstartxref\n3\n%%EOF")} {
		if _, err := Sign(file, key, made, SignOptions{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("signed %s: %v", name, err)
		}
	}
	if _, err := Sign(draft, key, made, SignOptions{Box: &Box{Page: 2}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("page 2 of 1: %v", err)
	}
}

// deadKey is a seal platform that does not answer.
type deadKey struct{ crypto.Key }

func (deadKey) Sign([]byte) ([]byte, error) { return nil, errors.New("no answer") }

// slowKey answers when it is let go.
type slowKey struct {
	crypto.Key
	asked, answer chan struct{}
}

func (k slowKey) Sign(digest []byte) ([]byte, error) {
	k.asked <- struct{}{}
	<-k.answer
	return k.Key.Sign(digest)
}

func TestDeadAndSlowKeys(t *testing.T) {
	ca, key := demoKey(t)
	draft := render(t, Document{})
	if _, err := Sign(draft, deadKey{key}, made, SignOptions{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	slow := slowKey{key, make(chan struct{}), make(chan struct{})}
	done := make(chan []byte)
	go func() {
		out, _ := Sign(draft, slow, made, SignOptions{})
		done <- out
	}()
	<-slow.asked
	_ = sign(t, draft, key) // others go on
	close(slow.answer)
	if r, err := Verify(<-done, ca.Pool()); err != nil || !r.Good() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSignedAgainIsTheSame(t *testing.T) {
	_, key := demoKey(t)
	draft := render(t, letterFixture())
	if !bytes.Equal(sign(t, draft, key), sign(t, draft, key)) {
		t.Error("other bytes")
	}
}

func TestOldSignatureOfAnExpiredCertificate(t *testing.T) {
	ca, key := demoKey(t)
	late, err := Sign(render(t, Document{}), key, made.AddDate(40, 0, 0), SignOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(late, ca.Pool()); err != nil || !r.Intact || r.Trusted {
		t.Errorf("signed after the certificate's end: %+v, %v", r, err)
	}
}

func FuzzVerify(f *testing.F) {
	_, key := demoKey(f)
	f.Add(sign(f, render(f, Document{}), key))
	f.Add([]byte("%PDF-/ByteRange [0 12 14 0] /Contents <>"))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, _ = Verify(file, nil)
		_, _ = Sign(file, key, made, SignOptions{})
	})
}
