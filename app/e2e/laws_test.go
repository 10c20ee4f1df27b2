package e2e

import (
	"testing"

	"yimen/domain/statute"
	"yimen/foundation/calendar"
	"yimen/process/standards"
)

// lawVisits loads two versions of an invented law under the name of one that items cite, and visits its pages.
func (h *house) lawVisits(t *testing.T) map[string][]visit {
	t.Helper()
	text := func(date, words string) standards.LawFile {
		return standards.LawFile{Name: "行政法规/城市道路管理条例(" + date + ").md", Body: "# 城市道路管理条例\n\n1996年6月4日 国务院发布\n\n<!-- INFO END -->\n\n## 第一章 总 则\n\n第一条 为了管理城市道路，制定本条例。\n\n" +
			"### 第一节 挖掘\n\n第三十三条 因工程建设需要挖掘城市道路的，" + words + "\n\n申请人提交下列文件：\n\n（一）规划文件；\n\n（二）设计文件。"}
	}
	if _, err := h.Library.ImportTexts(t.Context(), "test", []standards.LawFile{text("2011-01-08", "应当办理审批手续。"), text("2019-03-24", "应当提交批准的文件，方可挖掘。")}); err != nil {
		t.Fatal(err)
	}
	list, err := statute.List(t.Context(), h.DB, "城市道路", statute.Any, calendar.DateOf(h.Now()), "", 1)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	versions, err := statute.Versions(t.Context(), h.DB, list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	at, as := "/admin/laws/"+list[0].ID, func(path string) visit { return visit{path: path, account: "standards01"} }
	return map[string][]visit{
		"/admin/laws":           {as("/admin/laws"), as("/admin/laws?words=挖掘城市"), as("/admin/laws?name=没有"), {path: "/admin/laws", account: "clerk01", status: 403}, {path: "/admin/laws?words=路", account: "admin", status: 422}},
		"/admin/laws/check":     {as("/admin/laws/check")},
		"/admin/laws/{id}":      {as(at), {path: at + "?version=" + versions[0].ID, account: "keeper-market"}, {path: "/admin/laws/none", account: "admin", status: 404}},
		"/admin/laws/{id}/diff": {as(at + "/diff")},
	}
}

// TestLawPagesInABrowser walks the law pages alone.
func TestLawPagesInABrowser(t *testing.T) {
	start(t)
	s := sit(t)
	for _, visits := range theHouse(t).lawVisits(t) {
		for _, v := range visits {
			s.visit(v)
		}
	}
	s.visit(visit{path: "/item/cc-road-dig"})
}
