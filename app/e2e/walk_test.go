package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/material"
	"yimen/domain/powerlist"
	"yimen/domain/seal"
	"yimen/process/standards"
	"yimen/ref"
)

// visit is one page as somebody opens it.
type visit struct {
	path    string
	account string // "" nobody, applicant: who gave number and code
	status  int    // 0 = 200
	kind    string // "" a page, else the type of a file, "hop" a way on, "stream"
}

const applicant = "the applicant"

// life is a matter of life made of items this small town has.
func (h *house) life(t *testing.T) string {
	t.Helper()
	b := catalog.Bundle{ID: "shop", Name: "我要开理发店", NameEn: "Opening a barber's shop", Summary: "登记和卫生许可，一次说清。", Side: catalog.Company,
		Parts: []catalog.Part{{Item: "cc-individual-business"}, {Item: "cc-hygiene", After: []ref.ItemID{"cc-individual-business"}, Optional: true, When: "理发、住宿这样的公共场所"}}}
	if err := h.Library.ImportBundles(t.Context(), "test", []catalog.Bundle{b}); err != nil {
		t.Fatal(err)
	}
	return "/life/shop"
}

// visits are all GET routes with what is worth looking at on each.
func (h *house) visits(t *testing.T) map[string][]visit {
	v := &h.things
	clerk := func(path string) visit { return visit{path: path, account: "clerk01"} }
	own := func(path string) visit { return visit{path: path, account: applicant} }
	wDoc, aDoc := h.documentOf(t, v.Open), h.documentOf(t, v.Granted)
	used := h.paperOf(t, v.Open)
	id := func(x ref.CaseID) string { return string(x) }
	pdf := func(path, account string) visit { return visit{path: path, account: account, kind: "application/pdf"} }
	return map[string][]visit{
		"/{$}":                         {{path: "/"}, {path: "/?for=company"}},
		"/items":                       {{path: "/items?q=挖路"}, {path: "/items?q=没有这样的事"}, {path: "/items?q=低饱"}, {path: "/items?need=开店经营&for=company"}},
		"/item/{id}/can":               {{path: "/item/cc-road-dig/can"}, {path: "/item/none/can", status: 404}},
		"/life/{id}":                   {{path: h.life(t)}, {path: "/life/none", status: 404}},
		"/item/{id}":                   {{path: "/item/cc-road-dig"}, {path: "/item/cc-individual-business"}, {path: "/item/none", status: 404}},
		"/progress":                    {{path: "/progress"}},
		"/progress/case":               {own("/progress/case"), {path: "/progress/case", kind: "hop"}},
		"/progress/document/{id}":      {pdf("/progress/document/"+aDoc, applicant)},
		"/item/{id}/pdf":               {pdf("/item/cc-road-dig/pdf", ""), pdf("/item/cc-road-dig/pdf?lang=en", "")},
		"/item/{id}/sample/{material}": {pdf("/item/cc-road-dig/sample/drawing", "")},
		"/window/cards":                {clerk("/window/cards"), {path: "/window/cards?q=没有这样的事", account: "keeper-build"}, {path: "/window/cards", account: "supervisor01", status: 403}},
		"/window/card/{item}":          {clerk("/window/card/cc-road-dig"), {path: "/window/card/cc-subsistence", account: "standards01"}, {path: "/window/card/none", account: "clerk01", status: 404}},
		"/window/card/{item}/pdf":      {pdf("/window/card/cc-road-dig/pdf", "clerk01")},
		"/verify": {{path: "/verify"}, {path: "/verify?m=" + h.markOf(t)}, {path: "/verify?m=1.2.3", status: 422},
			{path: "/verify?m=" + url.QueryEscape(v.Copy.number)}, {path: "/verify?m=" + v.Copy.code}, {path: "/verify?m=" + url.QueryEscape("禅建水许（2026）999号")}},
		"/developers":           {{path: "/developers"}, {path: "/developers?op=list-items&p.q=挖路"}, {path: "/developers?op=submit-case"}, {path: "/developers?op=none", status: 404}},
		"/staff/signin":         {{path: "/staff/signin"}},
		"/staff/enrol":          {{path: "/staff/enrol"}},
		"/staff":                {{path: "/staff", account: "market-rep-zumiao"}},
		"/window":               {clerk("/window"), clerk("/window?q=没有这样的事"), {path: "/window", account: "build-decide", status: 403}},
		"/window/item/{id}":     {clerk("/window/item/cc-road-dig"), clerk("/window/item/cc-subsistence")},
		"/window/draft/{id}":    {clerk("/window/draft/" + v.Draft), {path: "/window/draft/" + v.Typed, account: "clerk02"}},
		"/window/case/{id}":     {clerk("/window/case/" + id(v.Open)), clerk("/window/case/" + id(v.Returned)), clerk("/window/case/" + id(v.Instant)), clerk("/window/case/" + id(v.Unpaid))},
		"/window/counter":       {{path: "/window/counter", account: "clerk02"}, clerk("/window/counter?thanks=1"), clerk("/window/counter")},
		"/window/material/{id}": {pdf("/window/material/"+used+"?case="+id(v.Open), "clerk01")},
		"/window/document/{id}": {pdf("/window/document/"+wDoc, "clerk01")},
		"/approver": {{path: "/approver", account: "build-review-a"}, {path: "/approver?kind=precheck", account: "build-review-a"},
			{path: "/approver?box=group&tick=1", account: "build-review-a"}, {path: "/approver?box=others", account: "build-review-a"}},
		"/approver/task/{id}/hand": {{path: "/approver/task/" + string(v.Opinion) + "/hand", account: "police-review-a"}, {path: "/approver/task/" + string(v.Opinion) + "/hand?do=recuse", account: "police-review-a"}},
		"/approver/bulk":           {{path: "/approver/bulk?task=" + string(v.Review), account: "build-review-a"}},
		"/approver/stand":          {{path: "/approver/stand", account: "build-review-a"}, {path: "/approver/stand", account: "keeper-build"}, {path: "/approver/stand", account: "clerk01", status: 403}},
		"/approver/stream":         {{path: "/approver/stream", account: "build-review-a", kind: "stream"}},
		"/approver/next":           {{path: "/approver/next", account: "build-review-a", kind: "hop"}},
		"/approver/task/{id}": {{path: "/approver/task/" + string(v.Opinion), account: "police-review-a"}, {path: "/approver/task/" + string(v.Review), account: "build-review-a"},
			{path: "/approver/task/" + string(v.Decide), account: "health-decide"}},
		"/approver/case/{id}":           {{path: "/approver/case/" + id(v.Granted), account: "build-decide"}},
		"/approver/material/{id}":       {pdf("/approver/material/"+used+"?case="+id(v.Open), "build-review-a")},
		"/approver/document/{id}":       {pdf("/approver/document/"+aDoc, "build-decide")},
		"/oversight":                    {{path: "/oversight", account: "supervisor01"}},
		"/oversight/case/{id}":          {{path: "/oversight/case/" + id(v.Granted), account: "supervisor01"}, {path: "/oversight/case/" + id(v.Open), account: "supervisor01"}},
		"/bundles":                      {{path: "/bundles", account: "standards01"}, {path: "/bundles?q=没有这样的事", account: "keeper-build"}, {path: "/bundles", account: "clerk01", status: 403}},
		"/bundles/{id}":                 {{path: "/bundles/new", account: "standards01"}, {path: "/bundles/shop", account: "standards01"}, {path: "/bundles/shop", account: "keeper-build"}},
		"/forms":                        {{path: "/forms", account: "keeper-build"}, {path: "/forms?q=没有这样的事", account: "standards01"}, {path: "/forms", account: "admin"}, {path: "/forms", account: "clerk01", status: 403}},
		"/forms/items/{id}":             {{path: "/forms/items/cc-road-dig?at=form.12&q=姓名", account: "keeper-build"}, {path: "/forms/items/cc-subsistence?at=groups.0", account: "standards01"}, {path: "/forms/items/cc-subsistence", account: "keeper-build"}},
		"/forms/items/{id}/preview":     {{path: "/forms/items/cc-subsistence/preview", account: "standards01"}, {path: "/forms/items/cc-road-dig/preview", account: "keeper-build"}},
		"/forms/elements":               {{path: "/forms/elements", account: "keeper-build"}, {path: "/forms/elements?q=没有", account: "standards01"}},
		"/forms/elements/{id}":          {{path: "/forms/elements/road.part", account: "standards01"}, {path: "/forms/elements/road.part", account: "keeper-build"}, {path: "/forms/elements/new", account: "standards01"}},
		"/forms/corrections":            {{path: "/forms/corrections", account: "supervisor01"}, {path: "/forms/corrections?state=refused", account: "keeper-build"}},
		"/forms/corrections/{id}":       {{path: "/forms/corrections/" + v.Wrong, account: "supervisor01"}},
		"/admin":                        {{path: "/admin", account: "admin"}},
		"/admin/accounts":               {{path: "/admin/accounts", account: "admin"}},
		"/admin/texts":                  {{path: "/admin/texts", account: "admin"}},
		"/approver/case/{id}/clock":     {{path: "/approver/case/" + id(v.Granted) + "/clock", account: "build-decide"}},
		"/approver/case/{id}/clock.pdf": {pdf("/approver/case/"+id(v.Granted)+"/clock.pdf", "build-decide")},
		"/approver/case/{id}/motion": {{path: "/approver/case/" + id(v.Open) + "/motion?kind=pause", account: "build-review-a"}, {path: "/approver/case/" + id(v.Open) + "/motion?kind=extend", account: "build-review-a"},
			{path: "/approver/case/" + id(v.Open) + "/motion?kind=ask", account: "build-review-a"}},
		"/window/case/{id}/clock":        {clerk("/window/case/" + id(v.Open) + "/clock")},
		"/window/case/{id}/clock.pdf":    {pdf("/window/case/"+id(v.Open)+"/clock.pdf", "clerk01")},
		"/oversight/case/{id}/clock":     {{path: "/oversight/case/" + id(v.Open) + "/clock", account: "supervisor01"}},
		"/oversight/case/{id}/clock.pdf": {pdf("/oversight/case/"+id(v.Open)+"/clock.pdf", "supervisor01")},
		"/approver/motions":              {{path: "/approver/motions", account: "build-decide"}},
		"/approver/motion/{id}":          {{path: "/approver/motion/" + v.Motion, account: "build-decide"}},
		"/admin/calendar":                {{path: "/admin/calendar", account: "admin"}},
		"/admin/calendar/{year}":         {{path: "/admin/calendar/2026", account: "admin", kind: "application/json"}},
		"/approver/messages":             {{path: "/approver/messages", account: "build-review-a"}},
		"/simulator/texts":               {{path: "/simulator/texts"}},
		"/simulator/realname":            {{path: "/simulator/realname"}},
		"/simulator/realname/authorize":  {{path: h.vouching(t)}, {path: "/simulator/realname/authorize", status: 422}},
		"/admin/audit":                   {{path: "/admin/audit", account: "admin"}},
	}
}

// powersVisits are the pages of the three lists, grants and entrustments.
func (h *house) powersVisits(t *testing.T) map[string][]visit {
	t.Helper()
	office := func(path string) visit { return visit{path: path, account: "standards01"} }
	keeper := func(path string) visit { return visit{path: path, account: "keeper-market"} }
	bounds, err := powerlist.Bounds(t.Context(), h.DB, "cc-road-dig")
	if err != nil || len(bounds) == 0 {
		t.Fatal(bounds, err)
	}
	grants, err := delegation.Find(t.Context(), h.DB, h.Clock.Now(), delegation.Filter{Organ: h.Staff("market-decide").Organ}, 1)
	if err != nil || len(grants) == 0 {
		t.Fatal(grants, err)
	}
	return map[string][]visit{
		"/powers": {{path: "/powers", account: "supervisor01"}, keeper("/powers")}, "/powers/power": {office("/powers/power"), {path: "/powers/power?q=没有", account: "admin"}},
		"/powers/power/new": {office("/powers/power/new"), keeperDenied("/powers/power/new")}, "/powers/power/{id}": {office("/powers/power/cc-road-dig@1"), keeperDenied("/powers/power/cc-road-dig@1")},
		"/powers/power/{id}/bounds": {office("/powers/power/cc-road-dig@1/bounds")}, "/powers/supervision": {office("/powers/supervision")}, "/powers/supervision/{id}": {office("/powers/supervision/" + bounds[0].ID)},
		"/powers/negative": {office("/powers/negative")}, "/powers/negative/new": {office("/powers/negative/new")}, "/powers/negative/{id}": {office("/powers/negative/negative-01")},
		"/powers/grants": {office("/powers/grants"), keeper("/powers/grants")}, "/powers/grants/new": {keeper("/powers/grants/new")}, "/powers/grants/{id}": {keeper("/powers/grants/" + grants[0].ID)},
		"/powers/entrusts": {office("/powers/entrusts")}, "/powers/entrusts/new": {office("/powers/entrusts/new")}, "/powers/entrusts/{id}": {office("/powers/entrusts/" + h.entrusted(t))},
		"/powers/windows": {office("/powers/windows"), keeper("/powers/windows?reason=no_power")}, "/powers/windows.csv": {{path: "/powers/windows.csv", account: "supervisor01", kind: "text/csv"}},
	}
}

func keeperDenied(path string) visit { return visit{path: path, account: "keeper-market", status: 403} }

// entrusted entrusts one power and gives the entrustment's id.
func (h *house) entrusted(t *testing.T) string {
	t.Helper()
	who, now := h.Staff("standards01"), h.Clock.Now()
	basis := powerlist.Cite(powerlist.Citation{Law: "中华人民共和国行政许可法", Article: 24, Paragraph: 1, Text: "可以委托其他行政机关实施行政许可"})
	e := delegation.Entrustment{From: h.Staff("health-decide").Organ, To: h.Staff("market-decide").Organ, Power: "cc-hygiene", Basis: basis[1 : len(basis)-1], NoticeOn: "2026-02-20", NoticeAt: "区政府网站", Begins: now}
	id, err := h.Library.Entrust(t.Context(), standards.Doing{Submit: h.Submit(who, "test.entrust"), By: who}, e)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (h *house) documentOf(t *testing.T, id ref.CaseID) string {
	t.Helper()
	docs, err := seal.ByCase(t.Context(), h.DB, id)
	if err != nil || len(docs) == 0 {
		t.Fatal(docs, err)
	}
	return string(docs[len(docs)-1].ID)
}

// vouching is the address at which the simulated provider asks who one is.
func (h *house) vouching(t *testing.T) string {
	t.Helper()
	address, _, err := h.Outside.Leave(t.Context(), "simulator", h.server+"/signin/back")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(address, h.server)
}

func (h *house) markOf(t *testing.T) string {
	t.Helper()
	docs, err := seal.ByCase(t.Context(), h.DB, h.things.Granted)
	for _, d := range docs {
		if d.Mark != "" {
			return d.Mark
		}
	}
	t.Fatal("no licence", err)
	return ""
}

func (h *house) paperOf(t *testing.T, id ref.CaseID) string {
	t.Helper()
	seen, err := h.Cases.Of(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range seen.Materials {
		for _, u := range m.Used {
			if u.Trust == material.Uploaded || u.Trust == material.Compared {
				return string(u.ID)
			}
		}
	}
	t.Fatal("no paper")
	return ""
}

// TestEveryPageForEveryEye walks the route table with a browser. A page nobody walks fails.
func TestEveryPageForEveryEye(t *testing.T) {
	start(t)
	h := theHouse(t)
	routes, err := h.Routes()
	if err != nil {
		t.Fatal(err)
	}
	visits := h.visits(t)
	maps.Copy(visits, h.spaceVisits(t))
	maps.Copy(visits, h.onlineVisits())
	maps.Copy(visits, h.trustVisits())
	maps.Copy(visits, h.proxyVisits())
	maps.Copy(visits, h.lawVisits(t))
	maps.Copy(visits, h.exchangeVisits(t))
	maps.Copy(visits, h.standardsVisits(t))
	maps.Copy(visits, h.powersVisits(t))
	maps.Copy(visits, h.rulesVisits(t))
	maps.Copy(visits, h.watchVisits(t))
	maps.Copy(visits, h.feeVisits(t))
	maps.Copy(visits, h.afterVisits(t))
	var all []visit
	for _, route := range routes {
		if route.Method != "GET" || route.API { // answers for machines are held against their own document (web/api)
			continue
		}
		if len(visits[route.Pattern]) == 0 {
			t.Errorf("nobody looks at GET %s: give it an entry in visits", route.Pattern)
		}
		all = append(all, visits[route.Pattern]...)
		delete(visits, route.Pattern)
	}
	for pattern := range visits {
		t.Errorf("there is no GET %s any more", pattern)
	}
	const windows = 2
	for n := range windows {
		t.Run(fmt.Sprint("window ", n+1), func(t *testing.T) {
			t.Parallel()
			s := sit(t)
			for i := n; i < len(all); i += windows {
				s.visit(all[i])
			}
		})
	}
}

// visit walks a page, or fetches what is none.
func (s *seat) visit(v visit) {
	s.t.Helper()
	if v.kind != "" {
		s.serves(v)
		return
	}
	s.walk(v)
}

// look is how a page is looked at.
type look struct{ size, scheme, lang string }

func looks() []look {
	out := []look{{"16", "light", "zh-CN"}, {"30", "light", "zh-CN"}}
	if os.Getenv("YIMEN_SOAK") != "" {
		out = append(out, look{"22", "light", "zh-CN"}, look{"16", "dark", "zh-CN"}, look{"30", "dark", "zh-CN"}, look{"16", "light", "en"}, look{"30", "light", "en"})
	}
	return out
}

// become gives the window the cookies of whoever looks, and of how.
func (s *seat) become(account string, l look) {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		s.t.Fatal(err)
	}
	s.remember("lang", l.lang)
	s.remember("size", l.size)
	s.scheme(l.scheme)
	switch account {
	case "":
	case applicant:
		for _, c := range s.things.Query {
			s.remember(c.Name, c.Value)
		}
	case person:
		s.asVisitor(s.own.Person)
	case holder:
		s.asVisitor(s.own.Holder)
	default:
		c := s.house.cookie(account)
		s.remember(c.Name, c.Value)
	}
}

// walk looks at a page in every way.
func (s *seat) walk(v visit) {
	s.t.Helper()
	for _, l := range looks() {
		s.become(v.account, l)
		s.arrive(v)
		for _, width := range []int64{390, 1366} {
			s.do(chromedp.EmulateViewport(width, map[bool]int64{true: 844, false: 900}[width < 800]))
			where := fmt.Sprintf("%s %d %s %s %s", v.path, width, l.size, l.scheme, l.lang)
			s.clean(where)
			s.shot(fmt.Sprintf("%s %s", where, v.account))
		}
		s.do(chromedp.EmulateViewport(320, 700))
		if over := s.says(`String(document.documentElement.scrollWidth - innerWidth)`); !strings.HasPrefix(over, "-") && over != "0" {
			s.t.Errorf("%s %s at 320: scrolls sideways by %s px: %s", v.path, l.size, over, s.says(tooWide))
		}
	}
}

// tooWide names what sticks out.
const tooWide = `Array.from(document.querySelectorAll("main *, header *, footer *")).filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 4).map(e => e.outerHTML.slice(0, 110)).join(" | ")`

// arrive opens the page and holds it to its status.
func (s *seat) arrive(v visit) {
	s.t.Helper()
	res, err := chromedp.Run(s.ctx, chromedp.NavigateResponse(s.server+v.path))
	if want := max(int64(v.status), 200); err != nil || v.status == 0 && res.Status != 200 || v.status != 0 && res.Status != want {
		s.t.Errorf("%s as %q: %v %v", v.path, v.account, res, err)
	}
}

const runAxe = `axe.run(document, {runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]}).then(r =>
	r.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.target.join(" ") + " " + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? "")).join(" | ")))`

// clean holds the page there is to the rules of accessibility, of the content policy and of keeping to itself.
func (s *seat) clean(where string) {
	s.t.Helper()
	axe, err := os.ReadFile(axePath)
	if err != nil {
		s.t.Fatal(err)
	}
	for range 3 { // an idle counter screen looks again by itself
		_, err := chromedp.Run(s.ctx, chromedp.Evaluate[int](`window.axe ? 0 : (() => {`+string(axe)+`; return 0 })()`))
		var wrong []string
		if err == nil {
			wrong, err = chromedp.Run(s.ctx, chromedp.Evaluate[[]string](runAxe, chromedp.EvalAwaitPromise))
		}
		if err != nil && strings.Contains(err.Error(), "ontext") {
			continue
		}
		if err != nil {
			s.t.Fatal(where, err)
		}
		for _, w := range append(wrong, s.heard()...) {
			s.t.Errorf("%s: %s", where, w)
		}
		return
	}
	s.t.Errorf("%s: never stood still", where)
}

// serves holds what is no page to its type.
func (s *seat) serves(v visit) {
	s.t.Helper()
	account := v.account
	if account == applicant || account == person || account == holder {
		account = ""
	}
	c := s.client(account)
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.server+v.path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	switch v.account {
	case applicant:
		for _, k := range s.things.Query {
			r.AddCookie(k)
		}
	case person:
		r.AddCookie(s.visitor(s.own.Person))
	case holder:
		r.AddCookie(s.visitor(s.own.Holder))
	}
	res, err := c.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	kind := strings.Split(res.Header.Get("Content-Type"), ";")[0]
	want := map[string][]string{"hop": {"303"}, "stream": {"200", "text/event-stream"}}[v.kind]
	if want == nil {
		want = []string{"200", v.kind}
	}
	if got := []string{fmt.Sprint(res.StatusCode), kind}; !slices.Equal(got[:len(want)], want) {
		s.t.Errorf("%s as %q: %v, not %v", v.path, v.account, got, want)
	}
}
