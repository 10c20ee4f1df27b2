package oversight_test

import (
	"context"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/foundation/db/dbtest"
	"yimen/web/oversight"
	"yimen/web/page"
)

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func plain(page string) string { return html.UnescapeString(tags.ReplaceAllString(page, " ")) }

// rows is the list without its filter, which shows what was typed.
func rows(page string) string {
	_, list, _ := strings.Cut(page, "<tbody>")
	return list
}

func want(t *testing.T, where string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(where, p) {
			t.Errorf("no %q in\n%s", p, plain(where))
		}
	}
}

// open gives the pages of a house as its first supervisor gets them.
func open(t *testing.T) (*apptest.App, func(path string, status int) string) {
	t.Helper()
	a, handler := desk(t)
	return a, func(path string, status int) string {
		t.Helper()
		return ask(t, handler, httptest.NewRequest("GET", path, nil), status)
	}
}

func ask(t *testing.T, handler http.Handler, r *http.Request, status int) string {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != status {
		t.Fatalf("%s %s: %d, want %d\n%s", r.Method, r.URL, w.Code, status, plain(w.Body.String()))
	}
	return w.Body.String()
}

func desk(t *testing.T) (*apptest.App, http.Handler) {
	t.Helper()
	a := apptest.New(t, dbtest.SQLite(t))
	who := a.Staff("supervisor01")
	s := &oversight.Surface{DB: a.DB, Till: a.Till, Gate: a.Gate, Cases: a.Cases, Work: a.Work, Walls: a.Walls, Watch: a.Watch}
	h := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			return page.Actor{Kind: "staff", ID: string(who.ID), Name: who.Name, Roles: []page.Role{page.Supervisor}, Data: who}, nil
		}}
	handler, err := h.Handler(s.Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	return a, handler
}

func TestCasesAreFoundByStageOrganAndName(t *testing.T) {
	a, get := open(t)
	want(t, get("/oversight", 200), "还没有办件")
	a.Accept("clerk01", "cc-road-dig", "company-01")
	a.Accept("clerk01", "cc-hygiene", "company-02")
	one, two := a.Person("company-01").Name, a.Person("company-02").Name
	all := get("/oversight", 200)
	want(t, all, one, two, "还有")
	if strings.Contains(all, "[case.") || strings.Contains(all, "[oversight.") {
		t.Error("a sentence is missing")
	}
	for path, x := range map[string][2]string{
		"/oversight?stage=accepted":                                    {one, two},
		"/oversight?stage=received":                                    {two, one},
		"/oversight?organ=" + string(a.Staff("build-accept").Organ):    {one, two},
		"/oversight?name=" + url.QueryEscape(two):                      {two, one},
		"/oversight?stage=received&name=" + url.QueryEscape(two[3:12]): {two, one},
	} {
		if seen := get(path, 200); !strings.Contains(rows(seen), x[0]) || strings.Contains(rows(seen), x[1]) {
			t.Errorf("%s shows\n%s", path, plain(seen))
		}
	}
	want(t, get("/oversight?stage=declined", 200), "没有符合条件的记录")
	get("/oversight?after=x", http.StatusUnprocessableEntity)
	a.Clock.Add(30 * 24 * time.Hour)
	want(t, get("/oversight", 200), "超期", `class="danger"`)
}

func TestACaseShowsItsChainAndWhoLooked(t *testing.T) {
	a, get := open(t)
	get("/oversight/case/none", http.StatusNotFound)
	id := a.Accept("clerk01", "cc-individual-business", "person-001")
	a.Decide(a.Decision("market-rep-zumiao", a.Task(id, approval.Decide, ""), approval.Grant))
	seen := get("/oversight/case/"+string(id), 200)
	rows, err := audit.History(context.Background(), a.DB, "case:"+string(id))
	if err != nil || len(rows) < 3 {
		t.Fatal(rows, err)
	}
	for _, row := range rows {
		want(t, seen, row.Verb, row.Hash)
	}
	want(t, seen, "已办结", "正常", "批准", "相接", a.Staff("supervisor01").Name, "效能监督", a.Staff("market-rep-zumiao").Name)
	for _, hidden := range []string{"断开</", "19900001234", "[case.", "[oversight.", "[purpose."} {
		if strings.Contains(seen, hidden) {
			t.Errorf("%q is in\n%s", hidden, plain(seen))
		}
	}
	c, err := casefile.Get(context.Background(), a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	looks, err := audit.Accesses(context.Background(), a.DB, c.Party, 10)
	if err != nil || len(looks) != 1 || looks[0].Purpose != "purpose.oversight" {
		t.Errorf("looks %+v %v", looks, err)
	}
}
