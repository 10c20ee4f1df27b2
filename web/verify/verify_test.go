package verify_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/hex"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/licence"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
	"yimen/web/verify"
)

var ctx = context.Background()

// town is a whole app with one granted licence and the checking page before it.
type town struct {
	*apptest.App
	licence licence.Licence
	file    []byte
	url     string
}

// each opens the town on both engines, with a licence of an item that is decided on the spot and has no end.
func each(t *testing.T, f func(t *testing.T, w *town)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-individual-business", "person-001")
		a.Decide(a.Decision("market-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		f(t, open(t, a, id))
	})
}

// open looks at the licence a case resulted in.
func open(t *testing.T, a *apptest.App, id ref.CaseID) *town {
	t.Helper()
	w := &town{App: a}
	all, err := licence.ByCase(ctx, w.DB, id)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	w.licence = all[0]
	if _, w.file, err = w.Press.Fetch(ctx, all[0].Document); err != nil {
		t.Fatal(err)
	}
	roots, err := w.Ring.Roots()
	if err != nil {
		t.Fatal(err)
	}
	w.url = w.serve(t, roots, page.Limits{Address: page.Unlimited, Stranger: page.Unlimited})
	return w
}

// serve mounts the page.
func (w *town) serve(t *testing.T, roots *x509.CertPool, limits page.Limits) string {
	t.Helper()
	s := verify.Surface{DB: w.DB, Vault: w.Vault, Roots: roots, Host: "http://127.0.0.1:8080", Recorded: func(ctx context.Context, digest string) (seal.Document, error) {
		return seal.ByDigest(ctx, w.DB, digest)
	}}
	routes := s.Routes()
	if limits.Address == page.Unlimited {
		for i := range routes {
			routes[i].Rate = page.Rate{}
		}
	}
	house := page.House{Now: w.Clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Demo: true, Limits: limits,
		Actor: func(*http.Request) (page.Actor, error) {
			return page.Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
		}}
	h, err := house.Handler(routes...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func (w *town) mark(t *testing.T, mark, lang string) (int, string) {
	t.Helper()
	r, err := http.NewRequest("GET", w.url+"/verify?m="+url.QueryEscape(mark), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", lang)
	return answer(t, r)
}

func answer(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	if missing := regexp.MustCompile(`\[[a-z]+\.[a-z0-9_.-]+\]|\{[a-z_]+\}`).FindString(string(body)); missing != "" {
		t.Errorf("no sentence for %s", missing)
	}
	return a.StatusCode, string(body)
}

// upload sends a file; nil sends the form without one.
func upload(t *testing.T, to string, content []byte) (int, string) {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	if content != nil {
		part, err := m.CreateFormFile("file", "../证照.pdf")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
	}
	_ = m.WriteField("key", strings.Repeat("0", 32))
	_ = m.Close()
	r, err := http.NewRequest("POST", to+"/verify", &form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Accept-Language", "zh-CN")
	return answer(t, r)
}

func (w *town) holder(t *testing.T) string {
	t.Helper()
	p, err := party.Get(ctx, w.DB, w.licence.Party)
	if err != nil {
		t.Fatal(err)
	}
	return p.Name
}

func maskedName(name string) string {
	r := []rune(name)
	return strings.Repeat("*", len(r)-1) + string(r[len(r)-1:])
}

func wants(t *testing.T, what, body string, want ...string) {
	t.Helper()
	for _, x := range want {
		if !strings.Contains(body, x) {
			t.Errorf("%s: the page does not say %q", what, x)
		}
	}
}

func TestAMarkSaysNoMoreThanThePaper(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		status, body := w.mark(t, string(w.licence.Mark), "zh-CN")
		if status != http.StatusOK || strings.Contains(body, w.holder(t)) {
			t.Error("the holder's name stands in the open", status)
		}
		wants(t, "mark", body, "<title>核对结果：有效", "有效", w.licence.Name, w.licence.Number, maskedName(w.holder(t)), `class="sheet"`, `class="qr"`)
		_, body = w.mark(t, strings.ToLower(" "+strings.TrimPrefix(string(w.licence.Mark), "1.2.156.3005.2.")), "en")
		wants(t, "a mark without its root, in small letters", body, "Valid")
		if status, body := w.mark(t, string(w.licence.Mark)+"1", "zh-CN"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "没有看懂这个号码") {
			t.Error(status)
		}
		parts := w.licence.Mark.Parts()
		parts.Serial = "20990000001"
		other, err := ref.ComposeLicenceMark(parts)
		if err != nil {
			t.Fatal(err)
		}
		code, err := ref.NewCopyCode(strings.NewReader("nobody ever got this code"))
		if err != nil {
			t.Fatal(err)
		}
		for _, unknown := range []string{string(other), string(code), "禅某某许〔2026〕1号"} {
			if status, body := w.mark(t, unknown, "zh-CN"); status != http.StatusOK || !strings.Contains(body, "核对结果：查不到") {
				t.Error(unknown, status)
			}
		}
		if status, body := w.mark(t, "", "en"); status != http.StatusOK || !strings.Contains(body, "PDF file") {
			t.Error(status)
		}
	})
}

func TestAFileIsJudged(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		flipped := bytes.Clone(w.file)
		flipped[len(flipped)/3] ^= 1
		for name, x := range map[string]struct {
			content []byte
			status  int
			want    []string
		}{
			"whole":    {w.file, 200, []string{"文件是真的，没有改动过", "演示密钥", "整个文件", "可信", "这里不能确认", "是：" + w.licence.Name}},
			"flipped":  {flipped, 200, []string{"文件被改动过", "和签名时不一样", "不是，本系统没有留存"}},
			"appended": {append(bytes.Clone(w.file), "\n%%EOF\n"...), 200, []string{"文件被改动过", "不是整个文件"}},
			"unsigned": {[]byte("%PDF-1.7\n%%EOF\n"), 200, []string{"文件没有电子签名"}},
			"foreign":  {foreignFile(t, w.file), 200, []string{"这个签名，这里看不懂", "不能判断", "不是，本系统没有留存"}},
			"no pdf":   {[]byte("GIF89a"), 422, []string{"这不是 PDF 文件"}},
			"nothing":  {nil, 422, []string{"请选择一个 PDF 文件"}},
			"empty":    {[]byte{}, 422, []string{"请选择一个 PDF 文件"}},
			"too much": {append([]byte("%PDF-"), make([]byte, 32<<20)...), 413, []string{"超过 32 MB"}},
		} {
			status, body := upload(t, w.url, x.content)
			if status != x.status {
				t.Errorf("%s: %d, want %d", name, status, x.status)
			}
			wants(t, name, body, x.want...)
		}
		if _, body := upload(t, w.serve(t, x509.NewCertPool(), page.Limits{Address: page.Unlimited, Stranger: page.Unlimited}), w.file); !strings.Contains(body, "签名单位不可信") {
			t.Error("a signer from nowhere is trusted")
		}
	})
}

// foreignFile is the file with its signature made by another program in another form: openssl, RSA, SHA-512.
func foreignFile(t *testing.T, file []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	found := regexp.MustCompile(`/ByteRange \[0 (\d+) (\d+) (\d+)\]`).FindSubmatch(file)
	if found == nil {
		t.Fatal("no byte range")
	}
	from, _ := strconv.Atoi(string(found[1]))
	to, _ := strconv.Atoi(string(found[2]))
	if err := os.WriteFile(filepath.Join(dir, "covered"), append(bytes.Clone(file[:from]), file[to:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "cert", "-subj", "/CN=Somebody else", "-days", "30"},
		{"cms", "-sign", "-binary", "-md", "sha512", "-signer", "cert", "-inkey", "key", "-in", "covered", "-outform", "DER", "-out", "cms"},
	} {
		cmd := exec.Command("openssl", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	cms, err := os.ReadFile(filepath.Join(dir, "cms"))
	if err != nil {
		t.Fatal(err)
	}
	out := bytes.Clone(file)
	gap := out[from+1 : to-1]
	for i := range gap {
		gap[i] = '0'
	}
	hex.Encode(gap, cms)
	return out
}
