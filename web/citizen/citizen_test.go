package citizen_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/seal"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/foundation/session"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/citizen"
	"yimen/web/page"
)

var ctx = context.Background()

// town is a whole app with the citizens' pages on a server of their own.
type town struct {
	*apptest.App
	url string
}

func open(t *testing.T) *town {
	t.Helper()
	a := apptest.New(t, dbtest.SQLite(t))
	s := citizen.Surface{DB: a.DB, Cases: a.Cases, Press: a.Press, Code: a.QueryCode, Sessions: session.Keeper{DB: a.DB, Cookie: session.Cookie{Name: "yimen"}}}
	house := page.House{Now: a.Clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Demo: true, Limits: page.Limits{Address: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			return page.Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
		}}
	h, err := house.Handler(s.Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &town{a, server.URL}
}

// browser keeps cookies and follows redirects.
func browser(t *testing.T, lang string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: speaking{lang}}
}

type speaking struct{ lang string }

func (s speaking) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept-Language", s.lang)
	return http.DefaultTransport.RoundTrip(r)
}

// answer is a page as the browser has it.
type answer struct {
	status int
	path   string
	body   string
	head   http.Header
}

func (w *town) get(t *testing.T, b *http.Client, path string) answer {
	t.Helper()
	r, err := b.Get(w.url + path)
	return read(t, r, err)
}

func (w *town) post(t *testing.T, b *http.Client, path string, form url.Values) answer {
	t.Helper()
	form.Set("key", strings.Repeat("0", 32))
	r, err := b.PostForm(w.url+path, form)
	return read(t, r, err)
}

func read(t *testing.T, r *http.Response, err error) answer {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{r.StatusCode, r.Request.URL.RequestURI(), string(body), r.Header}
}

// says fails where a page lacks one of the words, or shows a key no catalogue has.
func (a answer) says(t *testing.T, words ...string) {
	t.Helper()
	if missing := regexp.MustCompile(`\[[a-z]+\.[a-z0-9_.-]+\]|\{[a-z_]+\}`).FindString(a.body); missing != "" {
		t.Errorf("%s: no sentence for %s", a.path, missing)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("%s (%d) does not say %q", a.path, a.status, w)
		}
	}
}

func TestPagesInBothLanguages(t *testing.T) {
	w := open(t)
	zh, en := browser(t, "zh-CN"), browser(t, "en")
	for _, x := range []struct {
		path   string
		zh, en []string
	}{
		{"/", []string{"要办什么事", "个体工商户设立登记", "进入长辈版", "你想做什么", "家里有困难", "祖庙街道行政服务中心", "tel:12345"}, []string{"What do you need", "Hard times", "Registration of an individual business", "Use large type"}},
		{"/?for=company", []string{"挖掘城市道路审批"}, []string{"Permit to dig up a city road"}},
		{"/items?q=挖路", []string{"/item/cc-road-dig"}, []string{"/item/cc-road-dig", `<span lang="zh-CN">`}},
		{"/items?q=关怀版", []string{"进入长辈版"}, []string{"Use large type"}},
		{"/items?q=zzzqqq", []string{"没有找到这件事", "tel:12345", "南庄镇行政服务中心"}, []string{"Nothing found"}},
		{"/items?q=低饱", []string{"没有找到这件事", "你是不是要找", "/item/cc-subsistence"}, []string{"Did you mean"}},
		{"/items?need=家里有困难", []string{"<h1>家里有困难", "/item/cc-subsistence"}, []string{"<h1>Hard times"}},
		{"/items?q=%3Cscript%3E", []string{"搜索“&lt;script&gt;”"}, nil},
		{"/progress", []string{"办件编号", "查询码"}, []string{"Case number", "Query code"}},
	} {
		w.get(t, zh, x.path).says(t, x.zh...)
		w.get(t, en, x.path).says(t, x.en...)
	}
	for _, id := range []string{"cc-emergency-plan", "cc-food-business", "cc-hygiene", "cc-individual-business", "cc-medical-aid", "cc-outdoor-ad", "cc-road-dig", "cc-subsistence"} {
		w.get(t, zh, "/item/"+id).says(t, "要带什么", "我能办吗", "<svg class=\"flow\"", "依据")
		w.get(t, en, "/item/"+id).says(t, "What to bring", "Legal basis")
	}
}

// TestGuideSaysWhatTheLawWants holds a permit's guide against 行政许可法 30.
func TestGuideSaysWhatTheLawWants(t *testing.T) {
	w := open(t)
	a := w.get(t, browser(t, "zh-CN"), "/item/cc-road-dig")
	a.says(t, "挖掘城市道路审批", "《城市道路管理条例》第三十三条第一款", "因工程建设需要挖掘城市道路的，应当提交",
		"道路不在新建、扩建、改建交付使用后5年内", "数量限制", "8 个工作日", "45 个工作日", "不等于同意", "行政许可法第三十二条",
		"管线设计图和挖掘位置平面图", "政府已有的，不用交", "规划批准文件", "申请表要填什么", "城市道路挖掘修复费",
		"祖庙、石湾镇、张槎、南庄四个大厅", "0757-0000 0102", "0757-0000 0202", "60 日内可以申请行政复议", "佛山市禅城区人民法院", "城市道路挖掘许可证", "3 个月", "同时进行")
	if got := w.get(t, browser(t, "zh-CN"), "/item/cc-none"); got.status != http.StatusNotFound {
		t.Errorf("an unknown item answers %d", got.status)
	}
	if a := w.get(t, browser(t, "zh-CN"), "/item/cc-subsistence"); strings.Contains(a.body, "行政许可法第三十二条") {
		t.Error("a benefit's guide claims the licensing law's deemed acceptance")
	}
}

// TestGuideShowsTheArticleWhereItsTextIsLoaded loads a text with the words that the item cites, and one that lacks them.
func TestGuideShowsTheArticleWhereItsTextIsLoaded(t *testing.T) {
	w := open(t)
	if a := w.get(t, browser(t, "zh-CN"), "/item/cc-road-dig"); strings.Contains(a.body, "查看条文原文") {
		t.Error("an article is offered and no text is loaded")
	}
	v, err := catalog.Current(t.Context(), w.DB, "cc-road-dig")
	if err != nil {
		t.Fatal(err)
	}
	cited := v.Doc().Basis[0]
	text := "# " + cited.Law + "\n\n2019年3月24日 修订\n\n<!-- INFO END -->\n\n第三十三条 " + cited.Text + "\n\n经批准的，领取许可证以后才能<挖掘>。"
	rep, err := w.Library.ImportTexts(t.Context(), "test", []standards.LawFile{{Name: "城市道路管理条例(2019-03-24).md", Body: text}})
	if err != nil || len(rep.New) != 1 {
		t.Fatal(rep, err)
	}
	w.get(t, browser(t, "zh-CN"), "/item/cc-road-dig").says(t, "查看条文原文", "2019年3月24日的版本", "领取许可证以后才能&lt;挖掘&gt;")
	w.get(t, browser(t, "en"), "/item/cc-road-dig").says(t, "Read the article", "领取许可证以后才能")
}

// sent is what a browser gives for a case, typed in some way.
func sent(number, code string) url.Values { return url.Values{"number": {number}, "code": {code}} }

func TestNumberAndCodeAreReadForgivingly(t *testing.T) {
	w := open(t)
	id := w.Accept("clerk01", "cc-road-dig", "company-01")
	c, err := casefile.Get(ctx, w.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	number, code := string(c.Number), w.QueryCode(id)
	for name, form := range map[string]url.Values{
		"plain": sent(number, code), "fours": sent(c.Number.Format(), code[:4]+" "+code[4:]), "small": sent(strings.ToLower(number), strings.ToLower(code)),
		"hyphens": sent(number[:6]+"-"+number[6:], code[:4]+"-"+code[4:]), "wide": sent(wide(number), wide(code)), "around": sent(" "+number+"\t", "\u3000"+code),
	} {
		if got := w.post(t, browser(t, "zh-CN"), "/progress", form); got.path != "/progress/case" || got.status != http.StatusOK {
			t.Errorf("%s: %d at %s", name, got.status, got.path)
		}
	}
	if got := w.get(t, browser(t, "zh-CN"), "/progress?n="+strings.ToLower(number)); !strings.Contains(got.body, `value="`+c.Number.Format()+`"`) {
		t.Error("the number of the QR code is not filled in")
	}
	w.get(t, browser(t, "zh-CN"), "/progress?n=rubbish").says(t, "办件编号")
}

func wide(s string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, s)
}

func TestEveryWrongPairGetsOneAnswer(t *testing.T) {
	w := open(t)
	id := w.Accept("clerk01", "cc-road-dig", "company-01")
	c, err := casefile.Get(ctx, w.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	number := string(c.Number)
	for name, form := range map[string]url.Values{
		"wrong code": sent(number, "ABCDEFGH"), "no such number": sent("440604260302ZZZZZZ", w.QueryCode(id)), "bad check": sent(number[:17]+"?", w.QueryCode(id)),
		"script": sent("<script>alert(1)</script>", "👍"), "long": sent(strings.Repeat("9", 5000), "A"),
		"code of nothing": sent("440604260302ZZZZZZ", w.QueryCode("")),
	} {
		got := w.post(t, browser(t, "zh-CN"), "/progress", form)
		if got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got.status)
		}
		got.says(t, "没有找到对应的办件")
		if strings.Contains(got.body, "<script>alert") {
			t.Error("what was typed is not escaped")
		}
	}
}

func TestTryingCodesIsSlowed(t *testing.T) {
	w := open(t)
	b := browser(t, "zh-CN")
	for range 30 {
		if w.post(t, b, "/progress", sent("440604260302ZZZZZZ", "ABCDEFGH")).status == http.StatusTooManyRequests {
			return
		}
	}
	t.Fatal("thirty tries at once were let through")
}

func TestACaseIsBoundToItsBrowser(t *testing.T) {
	w := open(t)
	mine, other := w.Accept("clerk01", "cc-road-dig", "company-01"), w.Accept("clerk01", "cc-road-dig", "company-02")
	w.Settle()
	b := browser(t, "zh-CN")
	c, err := casefile.Get(ctx, w.DB, mine)
	if err != nil {
		t.Fatal(err)
	}
	got := w.post(t, b, "/progress", sent(string(c.Number), w.QueryCode(mine)))
	got.says(t, "挖掘城市道路审批", "办理中", "还有 8 个工作日", "公安", "受理通知书", "0757-0000 0102")
	if strings.Contains(got.path, w.QueryCode(mine)) {
		t.Error("the code stands in an address")
	}
	own, foreign := paper(t, w, mine), paper(t, w, other)
	pdf := w.get(t, b, "/progress/document/"+own)
	if pdf.status != http.StatusOK || !strings.HasPrefix(pdf.body, "%PDF-") || !strings.Contains(pdf.head.Get("Cache-Control"), "no-store") {
		t.Errorf("own paper: %d %s", pdf.status, pdf.head)
	}
	for _, path := range []string{"/progress/document/" + foreign, "/progress/document/none"} {
		if got := w.get(t, b, path); got.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, got.status)
		}
	}
	stranger := browser(t, "zh-CN")
	for _, path := range []string{"/progress/case", "/progress/document/" + own} {
		if got := w.get(t, stranger, path); got.path != "/progress" {
			t.Errorf("a stranger at %s is led to %s", path, got.path)
		}
	}
	w.post(t, b, "/progress/leave", url.Values{})
	if got := w.get(t, b, "/progress/case"); got.path != "/progress" {
		t.Error("the case is still shown after leaving")
	}
}

func paper(t *testing.T, w *town, id ref.CaseID) string {
	t.Helper()
	all, err := seal.ByCase(ctx, w.DB, id)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return string(all[0].ID)
}

func TestAGrantedCaseShowsItsLicence(t *testing.T) {
	w := open(t)
	id := grant(t, w)
	c, err := casefile.Get(ctx, w.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	for lang, words := range map[string][]string{
		"zh-CN": {"办好了", "营业执照", "/verify?m=1.2.156", "有效", `class="qr"`, "批准", "发证"},
		"en":    {"Done", "Licence mark", "Approved"},
	} {
		w.post(t, browser(t, lang), "/progress", sent(string(c.Number), w.QueryCode(id))).says(t, words...)
	}
}

// grant takes an instant case to its licence.
func grant(t *testing.T, w *town) ref.CaseID {
	t.Helper()
	id := w.Accept("clerk01", "cc-individual-business", "person-001")
	w.Settle()
	task := w.Task(id, approval.Decide, "")
	w.Decide(w.Decision("market-decide", task, approval.Grant))
	w.Settle()
	return id
}

// TestPagesAreLight holds the longest pages to what is left of 30 KB beside app.css and app.js (budget.json: 9 and 3 KB).
func TestPagesAreLight(t *testing.T) {
	w := open(t)
	for _, path := range []string{"/", "/?for=company", "/items", "/item/cc-road-dig", "/item/cc-hygiene", "/item/cc-subsistence"} {
		r, err := http.NewRequest("GET", w.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "br") // asked for by us, so that the client does not unpack it
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		a.Body.Close()
		if err != nil || a.Header.Get("Content-Encoding") != "br" || len(body) > 15<<10 {
			t.Errorf("%s: %d bytes, %s, %v", path, len(body), a.Header.Get("Content-Encoding"), err)
		}
	}
}
