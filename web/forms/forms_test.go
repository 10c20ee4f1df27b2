package forms_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/notice"
	"yimen/domain/party"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/forms"
	"yimen/web/page"
)

// desk is the surface behind the house's door, with one member of staff at it.
type desk struct {
	*apptest.App
	t *testing.T
	h http.Handler
}

func open(t *testing.T, a *apptest.App, account string) *desk {
	t.Helper()
	who := a.Staff(account)
	var roles []page.Role
	for _, r := range page.Roles {
		if r.Staff() && who.Has(string(r)) {
			roles = append(roles, r)
		}
	}
	house := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Demo: true, Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited}, Actor: func(*http.Request) (page.Actor, error) {
		return page.Actor{Kind: "staff", ID: string(who.ID), Name: who.Name, Roles: roles, Data: who}, nil
	}}
	s := &forms.Surface{DB: a.DB, Library: a.Library, Desk: a.Desk, Gate: a.Gate, Vault: a.Vault}
	h, err := house.Handler(s.Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{App: a, t: t, h: h}
}

func (d *desk) ask(method, path string, values url.Values, status int) (string, string) {
	d.t.Helper()
	var body *strings.Reader
	if values == nil {
		body = strings.NewReader("")
	} else {
		values.Set("key", page.NewKey())
		body = strings.NewReader(values.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if values != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("%s %s is %d, want %d\n%s", method, path, w.Code, status, plain(w.Body.String()))
	}
	return w.Body.String(), w.Header().Get("Location")
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func plain(s string) string { return tags.ReplaceAllString(s, " ") }

func (d *desk) says(where string, words ...string) {
	d.t.Helper()
	for _, w := range words {
		if !strings.Contains(where, w) {
			d.t.Errorf("no %q in %s", w, plain(where))
		}
	}
}

func (d *desk) draft(item string) (catalog.Draft, *catalog.Item) {
	d.t.Helper()
	k, err := catalog.GetDraft(context.Background(), d.DB, ref.ItemID(item))
	if err != nil {
		d.t.Fatal(err)
	}
	doc, err := k.Doc()
	if err != nil {
		d.t.Fatal(err)
	}
	return k, doc
}

const dig = "/forms/items/cc-road-dig"

func TestAFormIsEditedAsADraft(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := open(t, a, "keeper-build")
		html, _ := d.ask("GET", dig+"?at=form.13&q=姓名", nil, 200)
		d.says(html, "挖掘面积（平方米）", "road.length * road.width", "这是正在用的版本", "加入 家庭成员姓名")
		// Added, then changed with a mistake in its condition: marked in words, nothing typed is lost, nothing kept.
		_, to := d.ask("POST", dig, url.Values{"rev": {"0"}, "do": {"add"}, "element": {"member.name"}}, 303)
		_, doc := d.draft("cc-road-dig")
		last := len(doc.Form) - 1
		if doc.Form[last].Element != "member.name" || !strings.Contains(to, "at=form."+strconv.Itoa(last)) {
			t.Fatal(to, doc.Form[last])
		}
		change := url.Values{"rev": {"1"}, "at": {"form." + strconv.Itoa(last)}, "do": {"save"}, "label": {"现场负责人"}, "section": {"工程"}, "when": {`road.trafic = "yes"`}, "max": {"50"}}
		html, _ = d.ask("POST", dig, change, 422)
		d.says(html, "现场负责人", "road.trafic = &#34;yes&#34;", "road.trafic")
		if k, _ := d.draft("cc-road-dig"); k.Rev != 1 {
			t.Error("half kept", k.Rev)
		}
		change.Set("when", `road.traffic = "yes"`)
		d.ask("POST", dig, change, 303)
		d.ask("POST", dig, url.Values{"rev": {"2"}, "at": {"form." + strconv.Itoa(last)}, "do": {"up"}}, 303)
		_, doc = d.draft("cc-road-dig")
		if f := doc.Form[last-1]; f.Label != "现场负责人" || f.When == "" || f.Max != 50 {
			t.Errorf("%+v", f)
		}
		// Somebody kept it meanwhile.
		html, _ = d.ask("POST", dig, url.Values{"rev": {"2"}, "at": {"form.0"}, "do": {"save"}, "label": {"另一个名字"}, "section": {"工程"}}, 409)
		d.says(html, "另一个名字")
		d.ask("POST", dig, url.Values{"rev": {"3"}, "do": {"new"}, "list": {"checks"}}, 303)
		d.ask("POST", dig, url.Values{"rev": {"4"}, "at": {"checks.1"}, "do": {"save"}, "holds": {"road.length >"}, "says": {"x"}, "element": {"road.length"}}, 422)
		d.ask("POST", dig, url.Values{"rev": {"4"}, "at": {"checks.1"}, "do": {"save"}, "holds": {"road.length > road.width"}, "says": {"长度要大于宽度"}, "element": {"road.length"}}, 303)
		d.ask("POST", dig, url.Values{"rev": {"5"}, "do": {"new"}, "list": {"groups"}}, 303)
		d.ask("POST", dig, url.Values{"rev": {"6"}, "at": {"groups.0"}, "do": {"save"}, "id": {"pits"}, "label": {"坑"}, "min": {"3"}, "max": {"2"}}, 422)
		d.ask("POST", dig, url.Values{"rev": {"6"}, "at": {"groups.0"}, "do": {"remove"}}, 303)
		d.ask("POST", dig, url.Values{"rev": {"7"}, "at": {"materials.1"}, "do": {"save"}, "when": {"road.area > 100"}}, 303)
		if _, doc = d.draft("cc-road-dig"); len(doc.Groups) != 0 || len(doc.Checks) != 2 || doc.Materials[1].When == "" {
			t.Errorf("%+v %+v", doc.Groups, doc.Checks)
		}
		current, err := catalog.Current(context.Background(), a.DB, "cc-road-dig")
		if err != nil || len(current.Doc().Checks) != 1 {
			t.Error("the version in force was changed", err)
		}
	})
}

func TestThePreviewFollowsItsAnswers(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	d := open(t, a, "standards01")
	html, _ := d.ask("GET", dig+"/preview", nil, 200)
	d.says(html, "第 1 页", "施工期间交通疏导方案", `name="one.road.length"`, `name="road.length"`)
	v := url.Values{"road.traffic": {"no"}, "road.length": {"7"}, "road.width": {"3"}, "road.start.year": {"2026"}, "road.start.month": {"5"}, "road.start.day": {"2"},
		"road.end.year": {"2026"}, "road.end.month": {"5"}, "road.end.day": {"1"}}
	html, _ = d.ask("POST", dig+"/preview", v, 200)
	d.says(html, `value="21"`, "完工日期不能早于开工日期")
	if strings.Contains(html, "施工期间交通疏导方案") {
		t.Error("a plan is asked for where no traffic is touched")
	}
	html, _ = d.ask("POST", "/forms/items/cc-subsistence/preview", url.Values{"side": {"citizen"}, "one.member.name#1": {"甲"}, "one.member.age#1": {"9"}, "one.member.name#2": {"乙"}}, 200)
	d.says(html, `name="member.school#1"`, `name="one.member.name#2"`)
	if strings.Contains(html, `name="member.school#2"`) {
		t.Error("asks for a school without an age")
	}
}

func TestElementsAreKeptByTheOffice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := open(t, a, "standards01")
		html, _ := d.ask("GET", "/forms/elements?q=gmsfhm", nil, 200)
		d.says(html, "公民身份号码", "敏感个人信息")
		html, _ = d.ask("GET", "/forms/elements/road.part", nil, 200)
		d.says(html, "挖掘城市道路审批", "carriageway 机动车道")
		values := url.Values{"version": {"1"}, "name": {"挖掘部位"}, "kind": {"choice"}, "sensitivity": {"1"}, "options": {"carriageway 机动车道"}}
		html, _ = d.ask("POST", "/forms/elements/road.part", values, 422)
		d.says(html, "选择类要有两个以上的代码")
		values.Set("options", "carriageway 机动车道\nbridge 桥梁\n")
		d.ask("POST", "/forms/elements/road.part", values, 303)
		e, err := form.GetElement(context.Background(), a.DB, "road.part")
		if err != nil || e.Version != 2 || len(e.Options()) != 2 || e.Options()[1].Label != "桥梁" {
			t.Errorf("%+v %v", e, err)
		}
		d.ask("POST", "/forms/elements/road.part", values, 409)
		d.ask("POST", "/forms/elements/new", url.Values{"id": {"Road Part"}, "name": {"x"}, "kind": {"text"}, "sensitivity": {"9"}}, 422)
		d.ask("POST", "/forms/elements/new", url.Values{"id": {"road.depth"}, "name": {"挖掘深度"}, "kind": {"number"}, "sensitivity": {"1"}}, 303)
		if all, err := form.ElementHistory(context.Background(), a.DB, "road.part"); err != nil || len(all) != 2 || all[0].Version != 2 {
			t.Error(all, err)
		}
		first, err := form.Elements(context.Background(), a.DB, "", "", 5)
		if err != nil || len(first) != 5 {
			t.Fatal(first, err)
		}
		rest, err := form.Elements(context.Background(), a.DB, "", first[4].ID, 5)
		if err != nil || len(rest) != 5 || rest[0].ID <= first[4].ID {
			t.Error(rest, err)
		}
	})
}

func TestWhoMayNotChangeForms(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	for account, want := range map[string][3]int{"clerk01": {403, 403, 403}, "supervisor01": {403, 403, 403}, "admin": {200, 403, 403}, "keeper-civil": {200, 403, 403}, "keeper-build": {200, 303, 403}} {
		d := open(t, a, account)
		d.ask("GET", dig, nil, want[0])
		rev := "0"
		d.ask("POST", dig, url.Values{"rev": {rev}, "at": {"form.1"}, "do": {"down"}}, want[1])
		d.ask("POST", "/forms/elements/road.part", url.Values{"version": {"1"}, "name": {"x"}, "kind": {"text"}, "sensitivity": {"1"}}, want[2])
	}
	err := a.Library.EditElement(context.Background(), a.Submit(a.Staff("keeper-build"), "x"), a.Staff("keeper-build"), form.Element{ID: "a.b", Name: "x", Kind: "text", Sensitivity: 1})
	if !fault.Is(err, fault.Denied) {
		t.Error(err)
	}
}

// disputed hands in an application whose applicant called the phone that is held wrong.
func disputed(t *testing.T, a *apptest.App) (intake.Acceptance, form.Correction) {
	t.Helper()
	ctx := context.Background()
	x := a.Acceptance("clerk01", "cc-road-dig", "company-01")
	facts, err := party.Facts(ctx, a.DB, a.Vault, x.Party)
	if err != nil {
		t.Fatal(err)
	}
	x.Disputed = map[string]form.Answer{}
	for element, fact := range map[string]string{"contact.phone": party.Phone, "company.name": "company_name", "company.address": party.Address} {
		x.Disputed[element] = form.Answer{Element: element, Value: facts[fact].Value, Source: facts[fact].Source, At: facts[fact].At}
	}
	x.Disputed["road.name"] = form.Answer{Element: "road.name", Value: "x", Source: "source.register"} // held nowhere
	x.Answers["contact.phone"] = form.Answer{Element: "contact.phone", Value: "19900007777", Source: "source.window", At: a.Clock.Now()}
	x.Answers["company.address"] = form.Answer{Element: "company.address", Value: facts[party.Address].Value, Source: "source.window", At: a.Clock.Now()} // right after all
	x.Answers["company.name"] = form.Answer{Element: "company.name", Value: "另一个名称", Source: "source.window", At: a.Clock.Now()}
	if _, err := a.Desk.Accept(ctx, x); err != nil {
		t.Fatal(err)
	}
	a.Settle()
	all, err := form.Corrections(ctx, a.DB, apptest.Item(a, "cc-road-dig").Organ, form.CorrectionOpen, time.Time{}, "", 10)
	if err != nil || len(all) != 2 || all[0].Case == "" {
		t.Fatal(all, err)
	}
	if all[0].Element != "contact.phone" {
		all[0], all[1] = all[1], all[0]
	}
	return x, all[0]
}

func TestAWrongRecordIsCorrected(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := context.Background()
		x, c := disputed(t, a)
		if c.Element != "contact.phone" || c.State != form.CorrectionOpen || strings.Contains(string(c.Given), "19900007777") {
			t.Fatalf("%+v", c)
		}
		d := open(t, a, "supervisor01")
		html, _ := d.ask("GET", "/forms/corrections", nil, 200)
		d.says(html, "联系电话", "单位名称")
		if strings.Contains(html, "19900007777") {
			t.Error("a value stands in the list")
		}
		html, _ = d.ask("GET", "/forms/corrections/"+c.ID, nil, 200)
		d.says(html, "19900007777", "等处理")
		d.ask("POST", "/forms/corrections/"+c.ID, url.Values{}, 422)
		d.ask("POST", "/forms/corrections/"+c.ID, url.Values{"how": {"refuse"}}, 422)
		d.ask("POST", "/forms/corrections/"+c.ID, url.Values{"how": {"confirm"}}, 303)
		d.ask("POST", "/forms/corrections/"+c.ID, url.Values{"how": {"confirm"}}, 409)
		facts, err := party.Facts(ctx, a.DB, a.Vault, x.Party, party.Phone)
		if err != nil || facts[party.Phone].Value != "19900007777" || facts[party.Phone].Source != "source.corrected" {
			t.Error(facts, err)
		}
		a.Settle()
		told, _, err := notice.Of(ctx, a.DB, []ref.PartyID{x.Party}, "", notice.After{})
		if err != nil || len(told) == 0 || !slices.ContainsFunc(told, func(n notice.Notice) bool { return n.Kind == notice.Settled && n.Case == c.Case }) {
			t.Error(told, err)
		}
		// A name is the issuing authority's to correct.
		left, err := form.Corrections(ctx, a.DB, "", form.CorrectionOpen, time.Time{}, "", 10)
		if err != nil || len(left) != 1 || left[0].Fact != "name" {
			t.Fatal(left, err)
		}
		d.ask("POST", "/forms/corrections/"+left[0].ID, url.Values{"how": {"confirm"}}, 403)
		d.ask("POST", "/forms/corrections/"+left[0].ID, url.Values{"how": {"refuse"}, "reason": {"以营业执照为准，请先办理变更登记"}}, 303)
		of, err := form.CorrectionsOf(ctx, a.DB, c.Case)
		if err != nil || len(of) != 2 {
			t.Error(of, err)
		}
	})
}

func TestWhoMayNotSettle(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	_, c := disputed(t, a)
	for account, want := range map[string][2]int{"clerk01": {403, 403}, "admin": {403, 403}, "standards01": {403, 403}, "keeper-civil": {404, 403}, "keeper-build": {200, 303}} {
		d := open(t, a, account)
		d.ask("GET", "/forms/corrections/"+c.ID, nil, want[0])
		d.ask("POST", "/forms/corrections/"+c.ID, url.Values{"how": {"refuse"}, "reason": {"登记没有错"}}, want[1])
	}
}
