package verify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/licence"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/db/dbtest"
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

func open(t *testing.T) *town {
	t.Helper()
	w := &town{App: apptest.New(t, dbtest.SQLite(t))}
	id := w.Accept("clerk01", "cc-individual-business", "person-001")
	w.Settle()
	w.Decide(w.Decision("market-decide", w.Task(id, approval.Decide, ""), approval.Grant))
	w.Settle()
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
	w.url = w.serve(t, roots)
	return w
}

// serve mounts the page; only the town's one licence is on record.
func (w *town) serve(t *testing.T, roots *x509.CertPool) string {
	t.Helper()
	sum := sha256.Sum256(w.file)
	s := verify.Surface{DB: w.DB, Roots: roots, Recorded: func(ctx context.Context, digest string) (seal.Document, error) {
		if digest != hex.EncodeToString(sum[:]) {
			return seal.Document{}, fault.New(fault.NotFound, "fault.not_found")
		}
		return seal.Get(ctx, w.DB, w.licence.Document)
	}}
	house := page.House{Now: w.Clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Demo: true, Limits: page.Limits{Address: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			return page.Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
		}}
	h, err := house.Handler(s.Routes()...)
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

func TestAMarkSaysNoMoreThanThePaper(t *testing.T) {
	w := open(t)
	holder, err := party.Get(ctx, w.DB, w.licence.Party)
	if err != nil {
		t.Fatal(err)
	}
	status, body := w.mark(t, string(w.licence.Mark), "zh-CN")
	name := []rune(holder.Name)
	for _, want := range []string{"有效", w.licence.Name, w.licence.Number, strings.Repeat("*", len(name)-1) + string(name[len(name)-1:])} {
		if !strings.Contains(body, want) {
			t.Errorf("%d: the page does not say %q", status, want)
		}
	}
	if strings.Contains(body, holder.Name) {
		t.Error("the holder's name stands in the open")
	}
	if _, body := w.mark(t, strings.ToLower(" "+strings.TrimPrefix(string(w.licence.Mark), "1.2.156.3005.2.")), "en"); !strings.Contains(body, "Valid") {
		t.Error("a mark without its root, in small letters, is not read")
	}
	if status, body := w.mark(t, string(w.licence.Mark)+"1", "zh-CN"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "不是完整的证照标识") {
		t.Error(status)
	}
	parts := w.licence.Mark.Parts()
	parts.Serial = "20990000001"
	other, err := ref.ComposeLicenceMark(parts)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := w.mark(t, string(other), "zh-CN"); status != http.StatusOK || !strings.Contains(body, "没有查到这个证照") {
		t.Error(status)
	}
	if status, body := w.mark(t, "", "en"); status != http.StatusOK || !strings.Contains(body, "PDF file") {
		t.Error(status)
	}
}

func TestALicencePastItsEndHasExpired(t *testing.T) {
	w := open(t)
	if w.licence.ValidUntil.IsZero() {
		t.Log("this licence has no end; it stays valid")
		w.Clock.Add(100 * 365 * 24 * time.Hour)
		if _, body := w.mark(t, string(w.licence.Mark), "zh-CN"); !strings.Contains(body, "没有期限") {
			t.Error("a licence without end is not shown so")
		}
		return
	}
	w.Clock.Add(w.licence.ValidUntil.Sub(w.Clock.Now()))
	if _, body := w.mark(t, string(w.licence.Mark), "zh-CN"); !strings.Contains(body, "已过期") {
		t.Error("an expired licence is shown as valid")
	}
}

func TestAFileIsJudged(t *testing.T) {
	w := open(t)
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
		"no pdf":   {[]byte("GIF89a"), 422, []string{"这不是 PDF 文件"}},
		"nothing":  {nil, 422, []string{"请选择一个 PDF 文件"}},
		"empty":    {[]byte{}, 422, []string{"请选择一个 PDF 文件"}},
		"too much": {append([]byte("%PDF-"), make([]byte, 32<<20)...), 413, []string{"超过 32 MB"}},
	} {
		status, body := upload(t, w.url, x.content)
		if status != x.status {
			t.Errorf("%s: %d, want %d", name, status, x.status)
		}
		for _, want := range x.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page does not say %q", name, want)
			}
		}
	}
	if _, body := upload(t, w.serve(t, x509.NewCertPool()), w.file); !strings.Contains(body, "签名单位不可信") {
		t.Error("a signer from nowhere is trusted")
	}
}
