package exchange_test

import (
	"bytes"
	"encoding/csv"
	"html"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/web/exchange"
	"yimen/web/page"
)

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func plain(page string) string { return html.UnescapeString(tags.ReplaceAllString(page, " ")) }

func want(t *testing.T, where string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(where, p) {
			t.Errorf("no %q in\n%.3000s", p, plain(where))
		}
	}
}

// desk is the browser of whoever signs in, before a whole house.
type desk struct {
	*apptest.App
	t       *testing.T
	who     org.Staff
	handler http.Handler
}

func open(t *testing.T, account string) *desk {
	t.Helper()
	d := &desk{App: apptest.New(t, dbtest.SQLite(t)), t: t}
	d.as(account)
	s := &exchange.Surface{DB: d.DB, Library: d.Library}
	h := page.House{Now: d.Clock.Now, Log: slog.New(slog.DiscardHandler), Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			if d.who.ID == "" {
				return page.Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
			}
			var roles []page.Role
			for role := range strings.SplitSeq(d.who.Roles, ",") {
				roles = append(roles, page.Role(role))
			}
			return page.Actor{Kind: "staff", ID: string(d.who.ID), Name: d.who.Name, Roles: roles, Data: d.who}, nil
		}}
	var err error
	if d.handler, err = h.Handler(s.Routes()...); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) as(account string) { d.who = d.Staff(account) }

func (d *desk) ask(r *http.Request, status int) *httptest.ResponseRecorder {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("%s %s: %d, want %d\n%.2000s", r.Method, r.URL, w.Code, status, plain(w.Body.String()))
	}
	if strings.Contains(w.Body.String(), "[exchange.") {
		d.t.Errorf("%s: a sentence is missing\n%s", r.URL, plain(w.Body.String()))
	}
	return w
}

func (d *desk) get(path string, status int) string {
	d.t.Helper()
	return d.ask(httptest.NewRequest("GET", path, nil), status).Body.String()
}

// handIn uploads a file and gives the page it leads to, or the one that says what is wrong with it.
func (d *desk) handIn(name string, raw []byte, status int) (at, body string) {
	d.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("key", page.NewKey())
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		if err == nil {
			_, err = part.Write(raw)
		}
		if err != nil {
			d.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		d.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/exchange", &form)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer := d.ask(r, status)
	if status != http.StatusSeeOther {
		return "", answer.Body.String()
	}
	at = answer.Header().Get("Location")
	return at, d.get(at, http.StatusOK)
}

func (d *desk) take(at, key string, status int) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequest("POST", at, strings.NewReader(url.Values{"key": {key}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return d.ask(r, status)
}

// book is the keeper's workbook, changed.
func (d *desk) book(change func(f *excelize.File)) []byte {
	d.t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(d.get("/exchange/items.xlsx", http.StatusOK)))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	change(f)
	out, err := f.WriteToBuffer()
	if err != nil {
		d.t.Fatal(err)
	}
	return out.Bytes()
}

func (d *desk) set(f *excelize.File, cell, words string) {
	d.t.Helper()
	if err := f.SetCellStr("事项", cell, words); err != nil {
		d.t.Fatal(err)
	}
}

func TestAWorkbookIsTakenOutFilledInAndHandedIn(t *testing.T) {
	d := open(t, "keeper-health")
	want(t, d.get("/exchange", http.StatusOK), "工作簿（", "空白工作簿", "检查文件")
	at, body := d.handIn("卫生.xlsx", d.book(func(f *excelize.File) { d.set(f, "N2", "领取新的许可证。") }), http.StatusSeeOther)
	want(t, body, "文件：卫生.xlsx", "新增 0 个，修改 1 个", "导入为草稿")
	key := page.NewKey()
	for range 2 { // a second press is the first one's answer
		if to := d.take(at, key, http.StatusSeeOther).Header().Get("Location"); !strings.HasPrefix(to, "/exchange?new=0") {
			t.Error(to)
		}
	}
	want(t, d.get("/exchange?new=0&changed=1", http.StatusOK), "新增 0 个，修改 1 个")
	drafts, err := catalog.Drafts(t.Context(), d.DB, "", d.who.Organ, "", 10)
	if err != nil || len(drafts) != 1 || drafts[0].Rev != 1 || !strings.Contains(drafts[0].Body, "领取新的许可证。") {
		t.Fatalf("%+v %v", drafts, err)
	}
	want(t, d.get(at, http.StatusOK), "文件与现有内容相同")
	want(t, d.get("/exchange/items.json", http.StatusOK), "领取新的许可证。")
	if strings.Contains(d.get("/exchange/national.csv", http.StatusOK), "领取新的许可证。") {
		t.Error("a draft goes out to the national exchange")
	}
}

func TestEveryWrongCellIsShownAndNothingIsTaken(t *testing.T) {
	d := open(t, "keeper-health")
	at, body := d.handIn("坏.xlsx", d.book(func(f *excelize.File) {
		d.set(f, "G2", "77")
		d.set(f, "N2", "")
		d.set(f, "B2", "")
	}), http.StatusSeeOther)
	want(t, body, "5 处要改", "坏.xlsx", "G 事项类型", "“77”不在代码表“事项类型”里", "N 一句话说明", "B 事项名称")
	if strings.Contains(body, "导入为草稿") {
		t.Error("a file with flaws can be imported")
	}
	if to := d.take(at, page.NewKey(), http.StatusSeeOther).Header().Get("Location"); to != at {
		t.Error(to)
	}
	if drafts, err := catalog.Drafts(t.Context(), d.DB, "", "", "", 10); err != nil || len(drafts) != 0 {
		t.Error(drafts, err)
	}
	for name, file := range map[string]struct{ raw, says string }{
		"":       {"", "请选择文件"},
		"a.xlsx": {"PK\x03\x04 no zip", "不是工作簿"},
		"a.json": {"\xff\xfe", "既不是工作簿"},
	} {
		_, body := d.handIn(name, []byte(file.raw), http.StatusUnprocessableEntity)
		want(t, body, file.says)
	}
	_, body = d.handIn("a.json", []byte("{\n\"items\": [],\n\"x\": 1}"), http.StatusSeeOther)
	want(t, body, "1 处要改", "没有这个键", "文档")
	_, body = d.handIn("a.json", []byte(`{"items": []}`), http.StatusSeeOther)
	want(t, body, "文件里没有事项")
}

func TestAKeeperHandsInTheirOwnOrgansItemsOnly(t *testing.T) {
	d := open(t, "standards01")
	want(t, d.get("/exchange", http.StatusOK), "全区的事项")
	all := d.book(func(f *excelize.File) {
		d.set(f, "N2", "领取新的许可证。")
		d.set(f, "N3", "领取新的许可证。")
	})
	at, body := d.handIn("全区.xlsx", all, http.StatusSeeOther)
	want(t, body, "修改 2 个", "导入为草稿")
	d.as("keeper-health")
	d.get(at, http.StatusNotFound) // another's file
	d.take(at, page.NewKey(), http.StatusNotFound)
	mine, body := d.handIn("全区.xlsx", all, http.StatusSeeOther)
	want(t, body, "个事项您不能修改", "由别的部门维护")
	d.take(mine, page.NewKey(), http.StatusForbidden)
	if drafts, err := catalog.Drafts(t.Context(), d.DB, "", "", "", 10); err != nil || len(drafts) != 0 {
		t.Error(drafts, err)
	}
	lines, err := csv.NewReader(strings.NewReader(d.get("/exchange/national.csv", http.StatusOK))).ReadAll()
	if err != nil || len(lines) < 2 {
		t.Fatal(len(lines), err)
	}
	for _, line := range lines[1:] {
		if !strings.Contains(strings.Join(line, " "), string(d.who.Organ)) {
			t.Errorf("another organ's item: %q", line)
		}
	}
}

func TestOnlyKeepersAndTheOfficeComeIn(t *testing.T) {
	d := open(t, "keeper-health")
	paths := []string{"/exchange", "/exchange/file/x", "/exchange/items.xlsx", "/exchange/empty.xlsx", "/exchange/items.json", "/exchange/national.csv", "/exchange/national.jsonl"}
	for _, account := range []string{"clerk01", "health-decide", "supervisor01", "admin", "market-rep-zumiao"} {
		d.as(account)
		for _, path := range paths {
			d.get(path, http.StatusForbidden)
		}
		d.handIn("a.json", []byte("{}"), http.StatusForbidden)
		d.take("/exchange/file/x", page.NewKey(), http.StatusForbidden)
	}
	d.who = org.Staff{}
	for _, path := range paths {
		if w := d.ask(httptest.NewRequest("GET", path, nil), http.StatusUnauthorized); strings.Contains(w.Body.String(), "工作簿") {
			t.Error(path)
		}
	}
}
