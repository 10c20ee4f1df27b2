package window_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/form"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/once"
	"yimen/foundation/session"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/page"
	"yimen/web/window"
)

// desk is a clerk's browser before a whole house.
type desk struct {
	*apptest.App
	t       *testing.T
	who     org.Staff
	surface *window.Surface
	handler http.Handler
	cookie  *http.Cookie
}

func open(t *testing.T, account string) *desk {
	a := apptest.New(t, dbtest.SQLite(t))
	a.Sessions.Cookie.Name = "yimen"
	d := &desk{App: a, t: t, who: a.Staff(account)}
	d.surface = &window.Surface{DB: a.DB, Vault: a.Vault, Desk: a.Desk, Gate: a.Gate, Press: a.Press, Cases: a.Cases, Work: a.Work, Prefill: a.Prefill,
		Sessions: a.Sessions, Card: d.card, Sit: d.sit, Answered: d.answered, Cards: []page.Option{{Value: "person-001", Text: "演示"}}}
	h := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Demo: true, Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(r *http.Request) (page.Actor, error) {
			if _, err := a.Sessions.Of(r, a.Clock.Now()); err != nil {
				return page.Actor{}, err
			}
			return page.Actor{Kind: "staff", ID: string(d.who.ID), Name: d.who.Name, Roles: []page.Role{page.Clerk}, Data: d.who}, nil
		}}
	var err error
	if d.handler, err = h.Handler(d.surface.Routes()...); err != nil {
		t.Fatal(err)
	}
	d.signIn()
	return d
}

func (d *desk) signIn() {
	w := httptest.NewRecorder()
	err := d.Sessions.SignIn(w, httptest.NewRequest("GET", "/", nil), session.Opening{Kind: "staff", Subject: string(d.who.ID), Now: d.Clock.Now()})
	if err != nil {
		d.t.Fatal(err)
	}
	d.cookie = w.Result().Cookies()[0]
}

// card stands for the reader: whoever is chosen has their card on it.
func (d *desk) card(ctx context.Context, by org.Staff, choice string) (party.Presence, error) {
	who := d.Person(choice)
	p, err := d.Desk.TypeNumber(ctx, intake.Typed{By: by, Kind: who.Kind, Number: d.number(who), Reason: "读卡"})
	if err == nil {
		err = d.Desk.Confirm(ctx, by, p.ID)
	}
	return p, err
}

func (d *desk) number(who party.Party) string {
	facts, err := party.Facts(context.Background(), d.DB, d.Vault, who.ID, party.Number)
	if err != nil {
		d.t.Fatal(err)
	}
	return facts[party.Number].Value
}

func (d *desk) sit(r *http.Request, id ref.WindowID) error {
	s, err := d.Sessions.Of(r, d.Clock.Now())
	if err != nil {
		return err
	}
	return d.DB.Write(r.Context(), "session.Keep", func(ctx context.Context, tx *db.Tx) error {
		return session.Keep(ctx, tx, s, map[string]string{window.SeatKey: string(id)})
	})
}

func (d *desk) answered(ctx context.Context, s once.Submit) (string, error) {
	var id string
	err := d.DB.Write(ctx, "test.Answered", func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = once.Do(ctx, tx, s, func() (string, error) { return "", context.Canceled })
		return err
	})
	return id, err
}

func (d *desk) do(r *http.Request) *httptest.ResponseRecorder {
	r.AddCookie(d.cookie)
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

func (d *desk) get(path string, status int) string {
	d.t.Helper()
	w := d.do(httptest.NewRequest("GET", path, nil))
	if w.Code != status {
		d.t.Fatalf("GET %s: %d, want %d\n%s", path, w.Code, status, plain(w.Body.String()))
	}
	return w.Body.String()
}

func (d *desk) post(path string, status int, values url.Values) *httptest.ResponseRecorder {
	d.t.Helper()
	if values.Get("key") == "" {
		values.Set("key", page.NewKey())
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := d.do(r)
	if w.Code != status {
		d.t.Fatalf("POST %s: %d, want %d\n%s", path, w.Code, status, plain(w.Body.String()))
	}
	return w
}

// upload posts one file beside values.
func (d *desk) upload(path, field, name, content string, status int) string {
	d.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	_ = m.WriteField("key", page.NewKey())
	f, _ := m.CreateFormFile(field, name)
	_, _ = io.WriteString(f, content)
	_ = m.Close()
	r := httptest.NewRequest("POST", path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	w := d.do(r)
	if w.Code != status {
		d.t.Fatalf("POST %s: %d, want %d\n%s", path, w.Code, status, plain(w.Body.String()))
	}
	return w.Body.String()
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func plain(page string) string { return html.UnescapeString(tags.ReplaceAllString(page, " ")) }

func (d *desk) begin(item, who string) string {
	d.t.Helper()
	return d.post("/window/card", http.StatusSeeOther, url.Values{"item": {item}, "card": {who}}).Header().Get("Location")
}

// filled answers the item's questions as the form would post them.
func (d *desk) filled(item string) url.Values {
	v := url.Values{"whole": {"yes"}, "window": {"zumiao-01"}}
	for element, a := range d.Filled(apptest.Item(d.App, item)) {
		v.Set(element, a.Value)
	}
	return v
}

const onePage = "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"

// whole is a draft with everything in it but what values leave out.
func (d *desk) whole(item, who string) string {
	draft := d.begin(item, who)
	for _, m := range apptest.Item(d.App, item).Materials {
		if m.HandedIn() && m.Need != ref.NeedOptional {
			d.upload(draft+"/material/"+m.ID, "file", "材料.pdf", onePage, http.StatusSeeOther)
		}
	}
	return draft
}

func want(t *testing.T, where string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(where, p) {
			t.Errorf("no %q in\n%s", p, plain(where))
		}
	}
}

func TestFromSearchToAcceptance(t *testing.T) {
	d := open(t, "clerk01")
	want(t, d.get("/window?q=gtgsh", 200), "个体工商户设立登记", "没有没办完的申请", "今天还没有收件")
	want(t, d.get("/window?q=ｚｚｚ不存在", 200), "没有找到这个事项")
	want(t, d.get("/window/item/cc-individual-business", 200), "可以以", "不收费", "读卡", "依据：《")
	draft := d.whole("cc-individual-business", "person-001")
	held := d.Person("person-001")
	seen := d.get(draft, 200)
	want(t, seen, held.Name, "来自身份核验", "以佛山市禅城区市场监督管理局名义受理", "id=\"missing\"")
	if number := d.number(held); strings.Contains(seen, number) {
		t.Error("the whole identity number is on the page")
	}
	want(t, d.get("/window", 200), held.Name)

	values := d.filled("cc-individual-business")
	values.Set("key", page.NewKey())
	to := d.post(draft+"/accept", http.StatusSeeOther, values).Header().Get("Location")
	want(t, d.get(to, 200), "受理", held.Name, "hx-trigger=\"every 2s\"")
	if again := d.post(draft+"/accept", http.StatusSeeOther, values).Header().Get("Location"); again != to {
		t.Errorf("the same submit leads to %s and then to %s", to, again)
	}
	d.get(draft, http.StatusNotFound)

	d.Settle()
	done := d.get(to, 200)
	link := regexp.MustCompile(`/window/document/[0-9a-f-]+`).FindString(done)
	w := d.do(httptest.NewRequest("GET", link, nil))
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "%PDF-") {
		t.Errorf("document: %d %q", w.Code, w.Header().Get("Content-Type"))
	}
	paper := html.UnescapeString(regexp.MustCompile(`/window/material/[0-9a-f-]+\?case=[0-9a-f-]+`).FindString(done))
	w = d.do(httptest.NewRequest("GET", paper, nil))
	if w.Code != 200 || w.Body.String() != onePage || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("material: %d %v", w.Code, w.Header())
	}
	want(t, d.get("/window", 200), to)

	d.who = d.Staff("clerk02") // the same hall
	d.get(to, 200)
	d.get(draft, http.StatusNotFound)
	other, err := org.AllStaff(context.Background(), d.DB, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range other {
		if s.Has("clerk") && s.Hall != d.who.Hall {
			d.who = s
			break
		}
	}
	d.get(to, http.StatusNotFound)
	d.get(link, http.StatusNotFound)
	d.get(paper, http.StatusNotFound)
}

func TestNothingIsLostByAMistake(t *testing.T) {
	d := open(t, "clerk01")
	draft := d.whole("cc-road-dig", "company-01")
	values := d.filled("cc-road-dig")
	values.Set("project.name", "季华五路\u202e给水管<script>😀𬭎")
	values.Set("contact.phone", "12")
	values.Del("window")
	answer := d.post(draft+"/accept", http.StatusUnprocessableEntity, values).Body.String()
	want(t, answer, "请填写 11 位手机号", "季华五路给水管&lt;script&gt;😀𬭎", `href="#f-contact.phone"`, `value="12"`, "移除")
	values.Set("contact.phone", "19900001234")
	want(t, d.post(draft+"/accept", http.StatusUnprocessableEntity, values).Body.String(), "请选择您坐的窗口")
	values.Set("window", "shiwan-01")
	want(t, d.post(draft+"/accept", http.StatusUnprocessableEntity, values).Body.String(), "请选择您坐的窗口")
	d.upload(draft+"/material/drawing", "file", "a.exe", "MZ\x90\x00not a paper", http.StatusUnprocessableEntity)
	d.upload(draft+"/material/drawing", "file", "empty.pdf", "", http.StatusUnprocessableEntity)
	d.upload(draft+"/material/nothing", "file", "a.pdf", onePage, http.StatusUnprocessableEntity)
	values.Set("window", "zumiao-02")
	to := d.post(draft+"/accept", http.StatusSeeOther, values).Header().Get("Location")
	c, err := casefile.Get(context.Background(), d.DB, ref.CaseID(strings.TrimPrefix(to, "/window/case/")))
	if err != nil || c.Window != "zumiao-02" || c.Stage != casefile.Accepted {
		t.Errorf("case %+v, %v", c, err)
	}
	d.post(draft+"/accept", http.StatusNotFound, d.filled("cc-road-dig")) // another key: not this submit
}

func TestValuesKeepTheirSource(t *testing.T) {
	d := open(t, "clerk01")
	draft := d.begin("cc-individual-business", "person-001")
	before := d.answers(draft)
	values := url.Values{"whole": {"yes"}}
	it := apptest.Item(d.App, "cc-individual-business")
	changed := ""
	for _, f := range it.Form {
		if a, there := before[f.Element]; there && f.Kind == "phone" {
			changed = f.Element
			values.Set(f.Element, "19900005678")
		} else if there && f.Kind == "idnumber" {
			values.Set(f.Element, ref.MaskNumber(a.Value))
		} else {
			values.Set(f.Element, a.Value)
		}
	}
	d.post(draft+"/keep", http.StatusSeeOther, values)
	for element, a := range d.answers(draft) {
		old := before[element]
		if element == changed {
			if a.Value != "19900005678" || a.Source != "source.window" {
				t.Errorf("changed %+v", a)
			}
		} else if a.Value != old.Value || a.Source != old.Source || !a.At.Equal(old.At) {
			t.Errorf("%s was not touched and became %+v from %+v", element, a, old)
		}
	}
	if changed == "" {
		t.Fatal("nothing was prefilled that could be changed")
	}
}

func (d *desk) answers(draft string) map[string]form.Answer {
	row, err := form.GetDraft(context.Background(), d.DB, strings.TrimPrefix(draft, "/window/draft/"))
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := row.Open(context.Background(), d.DB, d.Vault)
	if err != nil {
		d.t.Fatal(err)
	}
	return c.Answers
}

func TestATypedNumberWaitsForThePerson(t *testing.T) {
	d := open(t, "clerk01")
	who := d.Person("company-01")
	typed := url.Values{"item": {"cc-hygiene"}, "kind": {"legal"}, "number": {"12"}, "reason": {""}}
	want(t, d.post("/window/typed", http.StatusUnprocessableEntity, typed).Body.String(), "统一社会信用代码不对，请对照执照逐位核对", "请写明为什么手工录入", `value="12"`)
	typed.Set("number", strings.ToLower(d.number(who)[:9])+" "+d.number(who)[9:])
	typed.Set("reason", "经办人到场，出示执照")
	typed.Set("key", page.NewKey())
	draft := d.post("/window/typed", http.StatusSeeOther, typed).Header().Get("Location")
	closed := d.get(draft, 200)
	want(t, closed, "已有材料还没有打开", who.Name)
	if strings.Contains(closed, `name="reuse"`) {
		t.Error("held papers are open before the person agreed")
	}
	screen := d.get("/window/counter", 200)
	want(t, screen, who.Name, "是我本人，同意查看", `data-size="22"`)
	if strings.Contains(screen, d.number(who)) || strings.Contains(screen, "cc-hygiene") {
		t.Error("the counter shows more than it should")
	}
	presence := regexp.MustCompile(`name="presence" value="([^"]+)"`).FindStringSubmatch(screen)[1]
	d.post("/window/counter/confirm", http.StatusSeeOther, url.Values{"presence": {presence}})
	w := d.do(httptest.NewRequest("GET", "/window/counter?thanks=1", nil))
	if w.Header().Get("Refresh") == "" || strings.Contains(w.Body.String(), who.Name) {
		t.Error("the counter keeps the person's name")
	}
	opened := d.get(draft, 200)
	reuse := regexp.MustCompile(`name="reuse" value="([^"]+)"`).FindStringSubmatch(opened)
	if reuse == nil {
		t.Fatalf("nothing to reuse:\n%s", plain(opened))
	}
	d.post(draft+"/keep", http.StatusSeeOther, url.Values{"reuse": {reuse[1]}})
	want(t, d.get(draft, 200), `name="remove" value="`+reuse[1])
	d.post(draft+"/keep", http.StatusSeeOther, url.Values{"reuse": {"application:" + strings.Repeat("0", 36)}})
	d.post(draft+"/keep", http.StatusSeeOther, url.Values{"remove": {reuse[1]}})
	if strings.Contains(d.get(draft, 200), `name="remove"`) {
		t.Error("removed and still there")
	}
	d.Clock.Add(party.Stay - 1)
	d.signIn()
	d.Clock.Add(1)
	want(t, d.get(draft, 200), "查看权限已经到期")
	d.post(draft+"/discard", http.StatusSeeOther, url.Values{})
	d.get(draft, http.StatusNotFound)
}

func TestStrangersStayOut(t *testing.T) {
	d := open(t, "clerk01")
	draft := d.begin("cc-individual-business", "person-001")
	d.get("/window/item/none", http.StatusNotFound)
	d.get("/window/case/none", http.StatusNotFound)
	d.get("/window/material/none", http.StatusNotFound)
	d.get("/window/document/none", http.StatusNotFound)
	d.post("/window/sit", http.StatusUnprocessableEntity, url.Values{"window": {"nanzhuang-01"}})
	d.who = d.Staff("clerk02")
	d.get(draft, http.StatusNotFound)
	d.post(draft+"/keep", http.StatusNotFound, url.Values{})
	d.post(draft+"/accept", http.StatusNotFound, url.Values{})
	d.post(draft+"/discard", http.StatusNotFound, url.Values{})
}

func TestCorrectionsComeInAtTheWindow(t *testing.T) {
	d := open(t, "clerk01")
	id := d.Accept("clerk01", "cc-hygiene", "company-02")
	address := "/window/case/" + string(id)
	want(t, d.get(address, 200), "收件，交", "还有 5 个工作日", "决定是否受理")
	d.upload(address+"/supply", "material.test-report", "报告.pdf", onePage, http.StatusUnprocessableEntity) // nothing was asked for yet
	points := d.Decision("health-accept", d.Task(id, approval.Accept, ""), approval.Points)
	points.Note = "检测报告缺第二页。\n平面图未标比例。"
	d.Decide(points)
	want(t, d.get(address, 200), "待补正", "检测报告缺第二页。", "平面图未标比例。", "/window/document/")
	want(t, d.post(address+"/supply", http.StatusUnprocessableEntity, url.Values{}).Body.String(), "请上传补正材料，或者写明改了什么")
	want(t, d.upload(address+"/supply", "material.test-report", "a.zip", "PK\x03\x04no ofd", http.StatusUnprocessableEntity), "只收 PDF、JPG、PNG 和 OFD 文件")
	d.upload(address+"/supply", "material.test-report", "报告.pdf", onePage, http.StatusSeeOther)
	d.Settle()
	page := d.get(address, 200)
	want(t, page, "已补正", "卫生检测或者评价报告")
	if strings.Contains(page, "报告.pdf") {
		t.Error("a file's own name may be a person's")
	}
	d.upload(address+"/supply", "material.test-report", "报告.pdf", onePage, http.StatusUnprocessableEntity)
}
