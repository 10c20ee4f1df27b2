package bundles_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/process/standards"
	"yimen/web/bundles"
	"yimen/web/page"
)

// desk is the surface behind the house's door, with one member of staff at it.
type desk struct {
	t *testing.T
	h http.Handler
}

func open(t *testing.T, a *apptest.App, account string) desk {
	t.Helper()
	who := a.Staff(account)
	var roles []page.Role
	for _, r := range page.Roles {
		if r.Staff() && who.Has(string(r)) {
			roles = append(roles, r)
		}
	}
	free := page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited}
	house := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Demo: true, Limits: free, Actor: func(*http.Request) (page.Actor, error) {
		return page.Actor{Kind: "staff", ID: string(who.ID), Name: who.Name, Roles: roles, Data: who}, nil
	}}
	h, err := house.Handler((&bundles.Surface{DB: a.DB, Library: a.Library}).Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	return desk{t, h}
}

// ask sends a request, values by POST, and gives the page and where it leads.
func (d desk) ask(path string, values url.Values, status int) (string, string) {
	d.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	if values != nil {
		if values.Get("key") == "" {
			values.Set("key", page.NewKey())
		}
		r = httptest.NewRequest("POST", path, strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("%s is %d, want %d\n%s", path, w.Code, status, w.Body.String())
	}
	return w.Body.String(), w.Header().Get("Location")
}

func (d desk) says(html string, words ...string) {
	d.t.Helper()
	for _, w := range words {
		if !strings.Contains(html, w) {
			d.t.Errorf("no %q", w)
		}
	}
}

// holds fails where a box does not hold a value.
func (d desk) holds(html, name, value string) {
	d.t.Helper()
	box := regexp.MustCompile(`<input[^>]*name="` + regexp.QuoteMeta(name) + `"[^>]*>`).FindString(html)
	if !strings.Contains(box, `value="`+value+`"`) {
		d.t.Errorf("%s does not hold %q: %s", name, value, box)
	}
}

// shop is a bundle of two items the tests' town has.
func shop() url.Values {
	return url.Values{"version": {"0"}, "id": {"shop"}, "name": {"我要开理发店"}, "name_en": {"A barber's shop"}, "side": {"company"}, "place": {"1"}, "summary": {"登记和卫生许可，一次说清。"}, "aliases": {"开理发店、美容店"},
		"parts[0].item": {"个体工商户设立登记"}, "parts[1].item": {"cc-hygiene"}, "parts[1].after": {"1"}, "parts[1].when": {"理发、住宿这样的公共场所"}, "parts[1].optional": {"yes"}, "do": {"save"}}
}

func with(v url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func TestTheOfficePutsABundleTogether(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d := open(t, a, "standards01")
		html, _ := d.ask("/bundles", nil, 200)
		d.says(html, "没有符合条件的一件事", "/bundles/new")
		d.ask("/bundles/new", nil, 200)
		first := with(shop(), "key", page.NewKey())
		for range 2 { // a double click leaves one version
			if _, to := d.ask("/bundles/new", first, 303); to != "/bundles/shop?saved=1" {
				t.Fatal(to)
			}
		}
		html, _ = d.ask("/bundles/shop?saved=1", nil, 200)
		d.says(html, "已保存", "个体工商户设立登记", "第 1 版", `href="/life/shop"`)
		if strings.Contains(html, "第 2 版") {
			t.Error("a double click made two versions")
		}
		d.ask("/bundles/shop", with(shop(), "version", "1", "name", "开一家理发店"), 303)
		d.ask("/bundles/shop", with(shop(), "version", "1", "name", "还没看到第二版"), 409)
		offered, err := catalog.Bundles(t.Context(), a.DB, catalog.Company)
		if err != nil || len(offered) != 1 || offered[0].Name != "开一家理发店" || offered[0].Parts[1].After[0] != "cc-individual-business" {
			t.Error(offered, err)
		}
		d.ask("/bundles/shop", with(shop(), "version", "2", "withdrawn", "yes"), 303)
		if _, err := catalog.GetBundle(t.Context(), a.DB, "shop"); !fault.Is(err, fault.NotFound) {
			t.Error("withdrawn, and still shown:", err)
		}
		history, err := catalog.BundleHistory(t.Context(), a.DB, "shop")
		if err != nil || len(history) != 3 || history[0].Version != 3 {
			t.Error(history, err)
		}
	})
}

func TestWhatIsTypedWronglyIsMarkedAndKept(t *testing.T) {
	d := open(t, apptest.New(t, dbtest.SQLite(t)), "standards01")
	for _, c := range []struct{ field, value, says string }{
		{"name", "", "请填写这一项"},
		{"place", "零", "请写 1 到 500 的数字"},
		{"id", "Shop!", "编号用小写字母开头"},
		{"id", "new", "编号用小写字母开头"},
		{"parts[0].item", "登月", "没有找到这个事项"},
		{"parts[0].item", "许可", "是哪一个？"},
		{"parts[0].item", "cc-hygiene", "cc-hygiene"},
		{"parts[1].after", "2", "只能写排在它前面的序号"},
		{"parts[1].when", "", ""},
	} {
		html, _ := d.ask("/bundles/new", with(shop(), c.field, c.value), 422)
		d.says(html, c.says, "登记和卫生许可，一次说清。", `aria-invalid="true"`)
	}
}

func TestPartsAreMovedAndWhatFollowsThemGoesOn(t *testing.T) {
	d := open(t, apptest.New(t, dbtest.SQLite(t)), "standards01")
	three := func(do string) url.Values {
		return with(shop(), "parts[2].item", "cc-road-dig", "parts[2].after", "1、2", "do", do)
	}
	html, _ := d.ask("/bundles/new", three("add"), 200)
	d.says(html, `name="parts[3].item"`)
	html, _ = d.ask("/bundles/new", three("drop.0"), 200)
	d.holds(html, "parts[1].after", "1")
	if strings.Contains(html, `name="parts[2].item"`) {
		t.Error("nothing was dropped")
	}
	html, _ = d.ask("/bundles/new", three("up.2"), 200)
	d.holds(html, "parts[1].item", "cc-road-dig")
	d.holds(html, "parts[1].after", "1、3")
	d.holds(html, "parts[2].after", "1")
}

func TestABundleEndsWithItsItems(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	d := open(t, a, "standards01")
	d.ask("/bundles/new", shop(), 303)
	office := a.Staff("standards01")
	if err := a.Library.Turn(t.Context(), standards.Turning{Submit: a.Submit(office, "turn"), By: office, Item: "cc-hygiene", To: catalog.Suspended, Reason: "系统切换", On: "2026-03-02"}); err != nil {
		t.Fatal(err)
	}
	html, _ := d.ask("/bundles/shop", nil, 200)
	d.says(html, "合不成一件事")
	html, _ = d.ask("/bundles", nil, 200)
	d.says(html, "有事项停办")
	if offered, err := catalog.Bundles(t.Context(), a.DB, ""); err != nil || len(offered) != 0 {
		t.Error(offered, err)
	}
}

func TestWhoMayNotChangeBundles(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	open(t, a, "standards01").ask("/bundles/new", shop(), 303)
	for account, want := range map[string][3]int{"keeper-build": {200, 403, 403}, "supervisor01": {200, 403, 403}, "admin": {200, 403, 403}, "clerk01": {403, 403, 403}, "build-decide": {403, 403, 403}, "rules01": {403, 403, 403}} {
		d := open(t, a, account)
		d.ask("/bundles/shop", nil, want[0])
		d.ask("/bundles/new", nil, want[1])
		d.ask("/bundles/shop", with(shop(), "version", "1"), want[2])
	}
}
