package oversight_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yimen/domain/fee"
	"yimen/web/page"
)

// TestTheTreasurersPages: empty lists say so; what fits nothing is listed page by page, worked off with a note, and gone from the
// list; a note that is missing is asked for.
func TestTheTreasurersPages(t *testing.T) {
	a, handler := desk(t)
	get := func(path string, status int) string {
		t.Helper()
		return ask(t, handler, httptest.NewRequest("GET", path, nil), status)
	}
	post := func(path string, status int, note string) string {
		t.Helper()
		r := httptest.NewRequest("POST", path, strings.NewReader(url.Values{"key": {page.NewKey()}, "note": {note}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return ask(t, handler, r, status)
	}
	want(t, get("/oversight/fees", 200), "还没有对账")
	want(t, get("/oversight/fees/parked", 200), "没有对不上的收款")
	for i := range 31 {
		a.Hears("99030100000000000001", fmt.Sprintf("S%02d", i), 1200, a.Clock.Now().Add(-24*time.Hour))
	}
	a.Settle()
	want(t, get("/oversight/fees", 200), "2026-03-01", "有不一致", "31")
	first := get("/oversight/fees/parked", 200)
	want(t, first, "没有这个缴款码", "S29", "after=")
	want(t, get(next(t, first), 200), "S30")
	day := get("/oversight/fees/day/2026-03-01", 200)
	want(t, day, "我方有，对账单没有", "31 笔，372.00 元", "未处理")
	want(t, get(next(t, day), 200), "S30")
	get("/oversight/fees/day/2026-02-28", http.StatusNotFound)
	get("/oversight/fees/payment/none", http.StatusNotFound)
	get("/oversight/fees/difference/none", http.StatusNotFound)
	want(t, get("/oversight/fees/payment/S00", 200), "12.00 元", "收款系统通知")
	found, err := fee.Differences(t.Context(), a.DB, "2026-03-01", "", 1)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	want(t, get("/oversight/fees/difference/"+found[0].ID, 200), "S00", "查明的情况和处理")
	for _, path := range []string{"/oversight/fees/payment/S00", "/oversight/fees/difference/" + found[0].ID} {
		want(t, post(path, http.StatusUnprocessableEntity, " "), "请写明查到什么")
		post(path, http.StatusSeeOther, "网关误报，<b>已核实")
		want(t, get(path, 200), "网关误报，&lt;b&gt;已核实", "处理人")
		post(path, http.StatusConflict, "再来一次")
	}
	if strings.Contains(get("/oversight/fees/parked", 200), "S00") {
		t.Error("what was worked off is still listed")
	}
	post("/oversight/fees/day/2026-03-01", http.StatusSeeOther, "")
	post("/oversight/fees/day/2026-03-02", http.StatusUnprocessableEntity, "")
	a.Settle()
	want(t, get("/oversight/fees", 200), "30")
}

// next is the address of a list's next page.
func next(t *testing.T, page string) string {
	t.Helper()
	m := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no next page in", plain(page))
	}
	return html.UnescapeString(m[1])
}
