package admin_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yimen/domain/statute"
	"yimen/foundation/calendar"
	"yimen/web/page"
)

const (
	oldLaw = "# 挖掘道路条例\n\n2010年1月1日 国务院发布\n\n<!-- INFO END -->\n\n## 第一章 总 则\n\n第一条 挖掘城市道路应当经许可，<b>不得</b>擅自施工。\n\n第二条 甲：\n\n（一）乙。"
	newLaw = "# 挖掘道路条例\n\n2010年1月1日 国务院发布\n\n<!-- INFO END -->\n\n第一条 挖掘城市道路应当备案，<b>不得</b>擅自施工。\n\n第二条 甲：\n\n（一）乙。"
)

// upload posts files by name, text after text.
func (d *desk) upload(status int, files ...string) string {
	d.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("key", page.NewKey()); err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(files); i += 2 {
		part, err := w.CreateFormFile("files", files[i])
		if err != nil {
			d.t.Fatal(err)
		}
		if _, err := part.Write([]byte(files[i+1])); err != nil {
			d.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		d.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/admin/laws", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return d.ask(r, status)
}

var lawAddress = regexp.MustCompile(`/admin/laws/[0-9a-f-]{36}`)

func TestLawsAreLoadedSearchedAndCompared(t *testing.T) {
	d := open(t)
	want(t, d.get("/admin/laws"), "还没有法规文本", "yimen import laws")
	want(t, d.upload(http.StatusOK, "挖掘道路条例(2010-01-01).md", oldLaw), "新法规 1 部")
	body := d.upload(http.StatusOK, "挖掘道路条例(2020-01-01).md", newLaw, "坏.md", "什么？", "表.xlsx", "x", "挖掘道路条例(2010-01-01).md", oldLaw)
	want(t, body, "新版本 1 个，已有的文本 1 个，没有加载的 2 个", "坏.md 第 1 行：第一行应当是", "表.xlsx 第 0 行：不是 Markdown 文件", "1 条有变化", "1 部法规的现行版本尚未核实")
	law := lawAddress.FindString(body)

	hits := d.get("/admin/laws?words=" + url.QueryEscape("城市道路"))
	want(t, hits, "<mark>城市道路</mark>", "挖掘道路条例 第一条", "&lt;b&gt;不得", "已失效或被修改", "时效待核实")
	if one := d.get("/admin/laws?state=gone&words=" + url.QueryEscape("城市道路")); strings.Count(one, "<mark>") != 1 || !strings.Contains(one, "许可") {
		t.Error(plain(one))
	}
	want(t, d.get("/admin/laws?name="+url.QueryEscape("道路条")+"&state=doubtful"), "挖掘道路条例")
	want(t, d.get("/admin/laws?name="+url.QueryEscape("没有此法")), "没有")
	want(t, d.ask(httptest.NewRequest("GET", "/admin/laws?words="+url.QueryEscape("路"), nil), http.StatusUnprocessableEntity), "请至少写一个两个字以上的词")

	want(t, d.get(law), "不清楚这一版是否现行有效", "第一条", "应当备案", "（一）乙。", "还没有地方引用它", "正在显示")
	old := regexp.MustCompile(`version=([0-9a-f-]{36})`).FindAllStringSubmatch(d.get(law), -1)
	want(t, d.get(law+"?version="+old[len(old)-1][1]), "这一版已经不再施行", "第一章 总则", "应当经许可")
	want(t, d.get(law+"/diff"), "1 条不同", "<del>经许可</del>", "<ins>备案</ins>")
	d.ask(httptest.NewRequest("GET", law+"/diff?from=none", nil), http.StatusNotFound)
	d.ask(httptest.NewRequest("GET", "/admin/laws/none", nil), http.StatusNotFound)
	d.ask(httptest.NewRequest("GET", law+"?version=none", nil), http.StatusNotFound)
}

func TestAnUploadNamesAllThatIsWrong(t *testing.T) {
	d := open(t)
	want(t, d.upload(http.StatusUnprocessableEntity), "请选择要加载的文件")
	want(t, d.upload(http.StatusUnprocessableEntity, "空.md", ""), "空")
	want(t, d.upload(http.StatusUnprocessableEntity, "大.md", strings.Repeat("长", 400_000), "乱.md", "# 甲\n\xff"), "大.md 第 0 行：文件超过 1 MB", "乱.md 第 0 行：不是 UTF-8")
	if n, _, err := statute.Count(t.Context(), d.DB, calendar.DateOf(d.Clock.Now())); err != nil || n != 0 {
		t.Error(n, err)
	}
}

func TestACheckedVersionIsNoLongerDoubted(t *testing.T) {
	d := open(t)
	law := "/admin/laws/" + onlyLaw(t, d).ID
	version := onlyLaw(t, d).Newest
	send := func(source string, status int) string {
		r := httptest.NewRequest("POST", law, strings.NewReader(url.Values{"key": {page.NewKey()}, "version": {version}, "source": {source}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return d.ask(r, status)
	}
	want(t, send("网", http.StatusUnprocessableEntity), "请写明核实的来源", `value="网"`)
	send("国家法律法规数据库", http.StatusSeeOther)
	body := d.get(law + "?confirmed=1")
	want(t, body, "已经登记", "国家法律法规数据库", "现行有效")
	if strings.Contains(body, "不清楚这一版") {
		t.Error("it is doubted still")
	}
}

// onlyLaw is the one law of the house, loaded if it is not there.
func onlyLaw(t *testing.T, d *desk) statute.Entry {
	t.Helper()
	day := calendar.DateOf(d.Clock.Now())
	list, err := statute.List(t.Context(), d.DB, "", statute.Any, day, "", 2)
	if err == nil && len(list) == 0 {
		d.upload(http.StatusOK, "挖掘道路条例(2020-01-01).md", newLaw)
		list, err = statute.List(t.Context(), d.DB, "", statute.Any, day, "", 2)
	}
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0]
}

func TestCitationsOfTheTownAreChecked(t *testing.T) {
	d := open(t)
	want(t, d.get("/admin/laws/check"), "没有加载这部法规", "设定依据 1")
}
