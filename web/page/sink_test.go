package page

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/a-h/templ"

	"yimen/foundation/calendar"
	"yimen/foundation/fault"
)

// noon is the tests' clock: 2026-03-02 14:32 in China.
var noon = calendar.On(2026, 3, 2).At(14*time.Hour + 32*time.Minute)

var clerk = Actor{Kind: "staff", ID: "s1", Name: "何小秋", Post: "祖庙街道 3 号窗口", Roles: []Role{Clerk}, Leave: "/sign-out"}

// actorOf reads who asks from a test header.
func actorOf(r *http.Request) (Actor, error) {
	who := r.Header.Get("X-Test-Actor")
	if c, err := r.Cookie("who"); err == nil {
		who = c.Value
	}
	switch who {
	case "":
		return Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	case "clerk":
		return clerk, nil
	case "down":
		return Actor{}, fault.New(fault.Unavailable, "fault.unavailable")
	}
	return Actor{Kind: "party", ID: "p1", Name: "陈禾", Roles: []Role{Party}}, nil
}

func house(log io.Writer) *House {
	return &House{
		Actor: actorOf, Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(log, nil)),
		SignIn: func(*http.Request, []Role) string { return "/sign-in" }, Demo: true,
		Nav: func(p *Page) []Link {
			if p.Actor.Is(Clerk) {
				return []Link{{Text: "受理", Href: "/desk", Key: "F2"}, {Text: "待办", Href: "/desk/inbox"}, {Text: "查件", Href: "/desk/find"}}
			}
			return []Link{{Text: "办事指南", Href: "/"}, {Text: "查进度", Href: "/cases"}, {Text: "核验证照", Href: "/verify"}}
		},
		Site: Site{Host: "禅城区人民政府\uFF08演示\uFF09", Operator: "禅城区政务服务中心\uFF08演示\uFF09", Code: "0000000000", ICP: "粤ICP备00000000号", Police: "粤公网安备00000000000000号", Accessibility: "/accessibility", Feedback: "/feedback"},
	}
}

func serve(t *testing.T, h *House, routes ...Route) http.Handler {
	t.Helper()
	handler, err := h.Handler(routes...)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func ask(h http.Handler, method, path string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func join(parts ...templ.Component) templ.Component { return templ.Join(parts...) }

func inside(box templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return box.Render(templ.WithChildren(ctx, join(children...)), w)
	})
}

func title(s string) templ.Component { return templ.Raw("<h2>" + s + "</h2>") }

var roadFields = []Field{
	{Name: "name", Label: "申请人姓名", Auto: "name", Value: "欧阳𬭎", Source: "来自身份证读卡\uFF0C2026年3月2日"},
	{Name: "number", Label: "公民身份号码", Kind: IDNumber, Hint: "18 位\uFF0C空格和小写 x 会自动整理"},
	{Name: "phone", Label: "联系电话", Kind: Phone, Auto: "tel"},
	{Name: "begin", Label: "开工日期", Kind: Date, Hint: "例如 2026 年 3 月 16 日", Value: "2026-03-"},
	{Name: "area", Label: "挖掘面积", Kind: Number, Unit: "平方米"},
	{Name: "deposit", Label: "修复费用", Kind: Money, Optional: true},
	{Name: "surface", Label: "路面类型", Kind: Radio, Options: []Option{{"a", "沥青", "修复期 10 个工作日"}, {"b", "水泥", ""}, {"c", "人行道砖", ""}}, Value: "a"},
	{Name: "traffic", Label: "影响哪些通行", Kind: Checks, Options: []Option{{"car", "机动车", ""}, {"bike", "非机动车", ""}, {"foot", "行人", ""}}, Values: []string{"foot"}},
	{Name: "street", Label: "所在街道", Kind: Select, Options: []Option{{"zm", "祖庙街道", ""}, {"sw", "石湾镇街道", ""}, {"zc", "张槎街道", ""}, {"nz", "南庄镇", ""}}},
	{Name: "why", Label: "挖掘原因", Kind: LongText, Hint: "写明管线种类和长度", Optional: true},
	{Name: "plan", Label: "施工方案", Kind: Uploads, Accept: ".pdf,.jpg", Many: true, Kept: []Link{{Text: "交通疏解方案.pdf", Href: "/file/1"}}},
	{Name: "true", Label: "我确认以上内容属实", Kind: Confirm},
	{Name: "item", Kind: Hidden, Value: "cc-road-dig"},
}

var roadFault = fault.Bad(fault.Field{Name: "number", Key: "field.required"}, fault.Field{Name: "begin", Key: "field.date"}, fault.Field{Name: "surface", Key: "field.choose_one"}, fault.Field{Name: "true", Key: "field.required"})

func sinkMoments(p *Page) []Moment {
	return []Moment{
		{Title: "已收件", At: p.When(noon.Add(-49 * time.Hour)), Who: "祖庙街道行政服务中心 3 号窗口", State: Done},
		{Title: "已受理", At: p.When(noon.Add(-24 * time.Hour)), Who: "区住房城乡建设和水利局", State: Done},
		{Title: "审查中", At: p.When(noon), Who: "区公安分局交警大队\uFF0C电话 0757-0000 0000", Detail: "两个部门同时征求意见\uFF0C预计 3月6日前完成\uFF0C还剩 4 个工作日", State: Now},
		{Title: "补正\uFF0C暂停计时", State: Paused}, {Title: "决定", State: Later}, {Title: "领取许可证", State: Later},
	}
}

func sinkTable(p *Page, live bool) Table {
	t := Table{ID: "cases", Caption: "待办任务", Columns: []Column{{Text: "办件", Main: true}, {Text: "事项"}, {Text: "状态"}, {Text: "剩余", Number: true}},
		Total: Total{1000, true}, Next: NextPage(p, Cursor("2026", "id")), First: FirstPage(p), Live: live,
		Filter: []Field{{Name: "q", Label: "查找", Kind: Text, Hint: ""}, {Name: "organ", Label: "部门", Kind: Select, Options: []Option{{"a", "住建局", ""}}}}}
	for i, tone := range []Tone{Danger, Warn, Plain, Plain} {
		t.Lines = append(t.Lines, Line{Tone: tone, Cells: []templ.Component{Linked(Link{Text: "440604-260302-7K2Q" + string(rune('A'+i)), Href: "/c/1"}), Words("挖掘城市道路审批"),
			Tag([]Tone{Danger, Warn, Info, Good}[i], []string{"已超期", "今天到期", "审查中", "已办结"}[i]), Words([]string{"-1 天", "3 小时", "4 天", "9 天"}[i])}})
	}
	return t
}

// citizenSink shows every component a citizen may meet.
func citizenSink(p *Page, failed bool) templ.Component {
	fields, problems := roadFields, []Problem(nil)
	if failed {
		fields, problems = Refill(p, roadFields, nil, roadFault), Problems(p, roadFields, roadFault)
	}
	return inside(Layout(p, Head{Title: "申请挖掘城市道路", Lead: "由禅城区住房城乡建设和水利局决定\uFF0C4 个工作日办结", Back: Link{Text: "返回办事指南", Href: "/"}, Problems: problems}),
		inside(Form(p, FormSpec{Files: true}), AskAll(p, One, fields), Buttons(Act{Text: "保存并继续", Look: Main}, Act{Text: "存为草稿", Look: Second}, Act{Text: "撤回申请", Look: Warning}, Act{Text: "不办了\uFF0C返回", Look: Quiet, Href: "/"})),
		Notice(p, Notify{Text: "您的身份证信息来自读卡\uFF0C不用再填"}), Notice(p, Notify{Tone: Good, Title: "已经保存", Text: "14:32 已保存\uFF0C保留 30 天"}),
		Notice(p, Notify{Tone: Warn, Title: "还差一份材料", Text: "交通疏解方案\uFF0C3月9日前补上即可", Action: Link{Text: "现在补交", Href: "/x"}}), Notice(p, Notify{Tone: Danger, Title: "文件没有传完", Text: "请重新选择"}),
		title("核对填写内容"), Summary(p, []Row{{Label: "申请人", Value: "欧阳𬭎", Note: "来自身份证读卡\uFF0C2026年3月2日", Change: "/x"}, {Label: "修复费用", Change: "/y"}, {Label: "金额", Value: p.Money(123456)}}),
		title("办理进度"), Timeline(p, sinkMoments(p)),
		title("要做的事"), Tasks([]Task{{Title: "填写申请表", Href: "/a", Status: "已完成", Done: true}, {Title: "上传施工方案", Hint: "PDF 或照片\uFF0C不超过 20 MB", Href: "/b", Status: "未开始", Tone: Info}, {Title: "提交申请", Hint: "前两项完成后可以提交", Status: "暂不能开始"}}),
		inside(Panel(Confirmation{Title: "申请已提交", Label: "办件编号", Number: "440604260302K7Q2XA", Text: "3月6日前告知是否受理"})),
		List(p, sinkTable(p, false)), List(p, Table{ID: "none", Caption: "我的证照", Empty: Nothing{Title: "还没有证照", Text: "办结后\uFF0C证照会出现在这里", Action: Link{Text: "看看能办什么", Href: "/"}}}),
		PrintSheet(p, Sheet{Title: "受理通知书", Number: "440604260302K7Q2XA", Link: "http://127.0.0.1/v/1", Rows: []Row{{Label: "申请人", Value: "欧阳𬭎"}}}),
		QR("扫码核验", "http://127.0.0.1/v/1"))
}

func deskSink(p *Page, failed bool) templ.Component {
	fields, problems := roadFields, []Problem(nil)
	if failed {
		fields, problems = Refill(p, roadFields, nil, roadFault), Problems(p, roadFields, roadFault)
	}
	fields = append([]Field(nil), fields...)
	fields[1].Key = "F4"
	return inside(DeskLayout(p, Head{Title: "受理\uFF1A挖掘城市道路审批", Problems: problems, Keys: []KeyHint{{"F6", "拍照"}}}),
		inside(templ.Raw(`<div class="split">`)), inside(Card("申请内容"), inside(Form(p, FormSpec{ID: "accept", Files: true}), AskAll(p, Dense, fields), Buttons(Act{Text: "受理", Look: Main, Key: "Ctrl+Enter"}, Act{Text: "收件", Key: "F8"}, Act{Text: "一次性告知补正", Dialog: "ask"}, Act{Text: "不予受理", Look: Warning}))),
		templ.Raw(`<div class="stack">`), inside(Card("办件"), Facts([]Row{{Label: "办件编号", Part: Fours("440604260302K7Q2XA")}, {Label: "申请人", Value: "欧阳𬭎", Note: "身份证读卡"}, {Label: "法定时限", Value: "20 个工作日"}, {Label: "承诺时限", Value: "4 个工作日"}})),
		inside(Card("进度"), Timeline(p, sinkMoments(p))), Notice(p, Notify{Tone: Warn, Title: "还差一份材料", Text: "交通疏解方案"}), templ.Raw(`</div></div>`),
		inside(Card("列表"), List(p, sinkTable(p, true))), inside(Dialog(p, "ask", "一次性告知补正"), templ.Raw("<p>一次告知全部需要补正的内容</p>")))
}

func sinkRoutes() []Route {
	show := func(sink func(*Page, bool) templ.Component) Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			return Show(w, r, 200, sink(Of(r), r.URL.Query().Get("failed") != ""))
		}
	}
	return []Route{
		{Method: "GET", Pattern: "/{$}", Roles: []Role{Anyone}, Handler: show(citizenSink)},
		{Method: "GET", Pattern: "/desk", Roles: []Role{Clerk}, Handler: show(deskSink)},
	}
}

func sinkPages(t *testing.T) map[string]string {
	t.Helper()
	h := serve(t, house(io.Discard), sinkRoutes()...)
	out := map[string]string{}
	for _, path := range []string{"/", "/?failed=1", "/desk", "/desk?failed=1", "/nowhere"} {
		for _, lang := range []string{"zh-CN", "en"} {
			w := ask(h, "GET", path, func(r *http.Request) {
				r.Header.Set("X-Test-Actor", "clerk")
				r.AddCookie(&http.Cookie{Name: "lang", Value: lang})
			})
			if w.Code != 200 && path != "/nowhere" {
				t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
			}
			out[path+" "+lang] = w.Body.String()
		}
	}
	return out
}

func TestEveryComponentIsWellFormed(t *testing.T) {
	for name, body := range sinkPages(t) {
		for _, wrong := range checkHTML(body) {
			t.Errorf("%s: %s", name, wrong)
		}
		if bytes.Contains([]byte(body), []byte("[page.")) || bytes.Contains([]byte(body), []byte("[fault.")) {
			t.Errorf("%s shows a missing key", name)
		}
	}
}
