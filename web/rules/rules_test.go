package rules_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
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
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/rule"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
	"yimen/web/rules"
)

const dig = "/rules/cc-road-dig"

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func plain(page string) string { return html.UnescapeString(tags.ReplaceAllString(page, " ")) }

func want(t *testing.T, where string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(html.UnescapeString(where), p) {
			t.Errorf("no %q in\n%s", p, plain(where))
		}
	}
}

// desk is somebody's browser before the rules desk.
type desk struct {
	*apptest.App
	t       *testing.T
	handler http.Handler
	as      string
}

func open(t *testing.T) *desk {
	t.Helper()
	a := apptest.New(t, dbtest.SQLite(t))
	d := &desk{App: a, t: t}
	s := &rules.Surface{DB: a.DB, Library: a.Library, Gate: a.Gate, Vault: a.Vault}
	h := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			who := a.Staff(d.as)
			actor := page.Actor{Kind: "staff", ID: string(who.ID), Name: who.Name, Data: who}
			for _, r := range page.Roles {
				if r.Staff() && who.Has(string(r)) {
					actor.Roles = append(actor.Roles, r)
				}
			}
			return actor, nil
		}}
	var err error
	if d.handler, err = h.Handler(s.Routes()...); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) ask(account string, r *http.Request, status int) string {
	d.t.Helper()
	d.as = account
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("%s %s as %s: %d, want %d\n%s", r.Method, r.URL, account, w.Code, status, plain(w.Body.String()))
	}
	if m := regexp.MustCompile(`\[(rules?|standards|item|purpose)\.[^\]]*\]`).FindString(w.Body.String()); m != "" {
		d.t.Errorf("%s: a sentence is missing: %s", r.URL, m)
	}
	if status == http.StatusSeeOther {
		return w.Header().Get("Location")
	}
	return w.Body.String()
}

func (d *desk) get(account, path string) string {
	d.t.Helper()
	return d.ask(account, httptest.NewRequest("GET", path, nil), http.StatusOK)
}

func (d *desk) send(account, path string, status int, v url.Values) string {
	d.t.Helper()
	v.Set("key", page.NewKey())
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(account, r, status)
}

func (d *desk) post(account, path string, status int, pairs ...string) string {
	d.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return d.send(account, path, status, v)
}

var (
	inputs   = regexp.MustCompile(`(?s)<input ([^>]*)>`)
	areas    = regexp.MustCompile(`(?s)<textarea ([^>]*)>(.*?)</textarea>`)
	selects  = regexp.MustCompile(`(?s)<select ([^>]*)>(.*?)</select>`)
	names    = regexp.MustCompile(`name="([^"]*)"`)
	valued   = regexp.MustCompile(`value="([^"]*)"`)
	chosen   = regexp.MustCompile(`<option value="([^"]*)" selected`)
	gridForm = regexp.MustCompile(`(?s)<form id="grid".*?</form>`)
)

func first(re *regexp.Regexp, s string) string {
	if m := re.FindStringSubmatch(s); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// grid is the form of a table as a browser would send it.
func grid(t *testing.T, body string) url.Values {
	t.Helper()
	f, v := gridForm.FindString(body), url.Values{}
	for _, m := range inputs.FindAllStringSubmatch(f, -1) {
		v.Set(first(names, m[1]), first(valued, m[1]))
	}
	for _, m := range areas.FindAllStringSubmatch(f, -1) {
		v.Set(first(names, m[1]), html.UnescapeString(m[2]))
	}
	for _, m := range selects.FindAllStringSubmatch(f, -1) {
		v.Set(first(names, m[1]), first(chosen, m[2]))
	}
	if v.Get("rows") == "" {
		t.Fatal("no grid in", plain(body))
	}
	return v
}

func (d *desk) kept() rule.Table {
	d.t.Helper()
	b, err := d.Library.Book(d.t.Context(), d.DB, "cc-road-dig")
	if err != nil {
		d.t.Fatal(err)
	}
	return b.Table
}

func (d *desk) rev() string {
	draft, err := rule.GetDraft(d.t.Context(), d.DB, "cc-road-dig")
	if err != nil {
		return "0"
	}
	return fmt.Sprint(draft.Rev)
}

// TestWhoMayDoWhat: rule keepers change, keepers and the office read, nobody else comes in.
func TestWhoMayDoWhat(t *testing.T) {
	d := open(t)
	reads := []string{"/rules", dig, dig + "/table.dmn", dig + "/table.xlsx", dig + "/releases"}
	for _, who := range []string{"rules01", "keeper-build", "standards01"} {
		for _, path := range reads {
			d.get(who, path)
		}
	}
	d.get("rules01", dig+"/release")
	for _, who := range []string{"keeper-build", "standards01", "clerk01", "build-decide", "supervisor01", "admin"} {
		d.ask(who, httptest.NewRequest("GET", dig+"/release", nil), http.StatusForbidden)
		for _, path := range []string{dig, dig + "/file", dig + "/sign", dig + "/release", dig + "/again"} {
			d.post(who, path, http.StatusForbidden, "rev", "0")
		}
	}
	for _, who := range []string{"clerk01", "build-decide", "supervisor01", "admin"} {
		for _, path := range reads {
			d.ask(who, httptest.NewRequest("GET", path, nil), http.StatusForbidden)
		}
	}
	if body := d.get("keeper-build", dig); strings.Contains(body, "<form id=\"grid\"") || !strings.Contains(body, "城市道路管理条例") {
		t.Error("a keeper should read the table and not change it")
	}
	d.ask("rules01", httptest.NewRequest("GET", "/rules/none", nil), http.StatusNotFound)
	d.ask("rules01", httptest.NewRequest("GET", dig+"/releases/7", nil), http.StatusNotFound)
}

// TestAGridIsKeptAsItIs: the form round, every act on it, and nothing typed is lost.
func TestAGridIsKeptAsItIs(t *testing.T) {
	d := open(t)
	before := d.kept()
	v := grid(t, d.get("rules01", dig))
	d.send("rules01", dig, http.StatusSeeOther, v)
	if diff := rule.Diff(before.Tidy(), d.kept()); len(diff) > 0 {
		t.Fatalf("saving what was shown changed it: %+v", diff)
	}
	v = grid(t, d.get("rules01", dig))
	v.Set("r.1.c.0", "maybe")
	v.Set("r.1.says", "")
	v.Set("r.2.outcome", "")
	v.Set("do", "save")
	d.send("rules01", dig, http.StatusSeeOther, v)
	body := d.get("rules01", dig)
	want(t, body, "有 3 处要改正才能签署", `value="maybe"`, "不认识“maybe”", "请填写写进文书的话", "请选择结论", `aria-invalid="true"`, `aria-describedby="r.1.c.0-error"`)
	for _, x := range []struct{ do, want string }{
		{"row_up.1", "R2 R1 R3 R4 R5 R6"}, {"row_down.0", "R1 R2 R3 R4 R5 R6"}, {"row_up.0", "R1 R2 R3 R4 R5 R6"}, {"row_add.0", "R1 R7 R2 R3 R4 R5 R6"}, {"row_delete.1", "R1 R2 R3 R4 R5 R6"}, {"row_delete.99", "R1 R2 R3 R4 R5 R6"},
	} {
		v = grid(t, d.get("rules01", dig))
		v.Set("do", x.do)
		d.send("rules01", dig, http.StatusSeeOther, v)
		var ids []string
		for _, r := range d.kept().Rows {
			ids = append(ids, r.ID)
		}
		if got := strings.Join(ids, " "); got != x.want {
			t.Fatalf("%s: %s, want %s", x.do, got, x.want)
		}
	}
	v = grid(t, d.get("rules01", dig))
	v.Set("do", "column_add")
	d.send("rules01", dig, http.StatusSeeOther, v)
	v = grid(t, d.get("rules01", dig))
	v.Set("in.5.name", "grade")
	v.Set("in.5.label", "道路等级")
	v.Set("in.5.type", "string")
	v.Set("in.5.values", "主干路\n\n支路")
	v.Set("in.0.name", "ban")
	v.Set("policy", "U")
	d.send("rules01", dig, http.StatusSeeOther, v)
	k := d.kept()
	if k.Inputs[5].Allowed != `"主干路","支路"` || k.Inputs[0].Name != "ban" || k.Rows[0].Cells[0] != "false" || k.Rows[0].Cells[5] != "-" || k.Policy != rule.Unique {
		t.Errorf("%+v", k)
	}
	v = grid(t, d.get("rules01", dig))
	v.Set("do", "column_delete.5")
	d.send("rules01", dig, http.StatusSeeOther, v)
	if k := d.kept(); len(k.Inputs) != 5 || len(k.Rows[0].Cells) != 5 {
		t.Errorf("%+v", k)
	}
	v = grid(t, d.get("rules01", dig))
	v.Set("r.0.article", "三十三")
	v.Set("r.0.says", "还没有保存的话")
	want(t, d.send("rules01", dig, http.StatusUnprocessableEntity, v), `value="三十三"`, "还没有保存的话", "应当是数字")
	v = grid(t, d.get("rules01", dig))
	v.Set("name", "")
	v.Set("r.0.says", "还没有保存的话")
	want(t, d.send("rules01", dig, http.StatusUnprocessableEntity, v), "还没有保存的话", "请填写名称")
}

// TestTwoKeepersAtOnce: who comes second is told, sees the difference and keeps what was typed.
func TestTwoKeepersAtOnce(t *testing.T) {
	d := open(t)
	mine := grid(t, d.get("rules01", dig))
	theirs := grid(t, d.get("rules02", dig))
	theirs.Set("r.1.says", "别人的话。")
	theirs.Set("do", "row_add.5")
	d.send("rules02", dig, http.StatusSeeOther, theirs)
	mine.Set("r.0.says", "我的话。")
	body := d.send("rules01", dig, http.StatusConflict, mine)
	want(t, body, "别人已经保存了这张表", "我的话。", "别人的话。")
	d.send("rules01", dig, http.StatusSeeOther, grid(t, body))
	k := d.kept()
	if k.Rows[0].Says != "我的话。" || len(k.Rows) != 7 {
		t.Errorf("%+v", k.Rows)
	}
}

// TestALargeTableIsWrittenInParts: rows the page does not show stay as they are.
func TestALargeTableIsWrittenInParts(t *testing.T) {
	d := open(t)
	big := d.kept().Tidy()
	for i := 7; i <= 150; i++ {
		r := big.Rows[5]
		r.ID, r.Says = fmt.Sprintf("R%d", i), fmt.Sprintf("第 %d 行。", i)
		big.Rows = append(big.Rows, r)
	}
	who := d.Staff("rules01")
	if _, err := d.Library.KeepRule(t.Context(), standards.Ruling{Submit: d.Submit(who, "test"), By: who, Item: "cc-road-dig"}, big); err != nil {
		t.Fatal(err)
	}
	body := d.get("rules01", dig+"?from=60")
	want(t, body, "第 61 至 120 行", "第 121 至 150 行")
	v := grid(t, body)
	v.Set("r.0.says", "改过的话。")
	v.Set("do", "row_up.0")
	if to := d.send("rules01", dig, http.StatusSeeOther, v); !strings.Contains(to, "at=59") {
		t.Error(to)
	}
	k := d.kept()
	if len(k.Rows) != 150 || k.Rows[59].Says != "改过的话。" || k.Rows[60].ID != "R60" || k.Rows[149].ID != "R150" {
		t.Errorf("%d rows, %+v", len(k.Rows), k.Rows[59])
	}
}

// TestSignAndRelease walks a change to the item's next version, with a past case that would have gone otherwise.
func TestSignAndRelease(t *testing.T) {
	d := open(t)
	ctx := t.Context()
	past := d.decided(map[string]rule.Value{"fresh": rule.Bool(false), "gov_ok": rule.Bool(false), "plan_ok": rule.Bool(true), "traffic_ok": rule.Bool(true), "honest": rule.Bool(true)}, "grant", "R1")
	d.decided(nil, "grant", "R1")
	d.decided(map[string]rule.Value{"fresh": rule.Bool(true)}, "refuse", "R3")
	want(t, d.get("rules01", dig+"/release"), "过去 2 件有事实记录的决定里，0 件按这张表会有不同的结论，1 件这张表定不了", "另有 1 件决定没有留下", "没有不同")
	v := grid(t, d.get("rules01", dig))
	v.Set("r.0.c.1", "true")
	d.send("rules01", dig, http.StatusSeeOther, v)
	before := d.looks(past)
	body := d.get("rules01", dig+"/release")
	want(t, body, "0 件按这张表会有不同的结论，2 件这张表定不了", "没有一行管到", "有的情形没有一行管到", string(past.Number), "县级以上人民政府已批准：否", "R1，县级以上人民政府已批准")
	if d.looks(past) != before+1 {
		t.Errorf("the look at the applicant's facts left %d rows", d.looks(past)-before)
	}
	v = grid(t, d.get("rules01", dig))
	v.Set("r.0.c.1", "-")
	v.Set("r.3.c.2", "true")
	v.Set("do", "row_up.3")
	d.send("rules01", dig, http.StatusSeeOther, v)
	for _, n := range []string{"2", "1"} {
		v = grid(t, d.get("rules01", dig))
		v.Set("do", "row_up."+n)
		d.send("rules01", dig, http.StatusSeeOther, v)
	}
	body = d.get("rules01", dig+"/release")
	want(t, body, "1 件按这张表会有不同的结论", "准予 R1", "不予 R4", "R4 换了位置")
	d.post("rules01", dig+"/sign", http.StatusSeeOther, "rev", d.rev())
	want(t, d.get("rules01", dig+"/release"), "请另一位签署")
	want(t, d.get("rules02", dig), "已签一次")
	body = d.get("rules02", dig+"/release")
	digest := first(regexp.MustCompile(`name="replay" value="([0-9a-f]{64})"`), body)
	want(t, d.post("rules02", dig+"/release", http.StatusConflict, "rev", d.rev(), "on", "2026-03-02", "replay", strings.Repeat("0", 64)), "重演的结果已经和您看到的不一样")
	want(t, d.post("rules02", dig+"/release", http.StatusUnprocessableEntity, "rev", d.rev(), "on", "2026-03-01", "replay", digest), "生效日")
	d.post("rules01", dig+"/release", http.StatusForbidden, "rev", d.rev(), "on", "2026-03-02", "replay", digest)
	if to := d.post("rules02", dig+"/release", http.StatusSeeOther, "rev", d.rev(), "on", "2026-03-02", "replay", digest); to != dig+"/releases/1?done=released" {
		t.Error(to)
	}
	if cur, err := catalog.Current(ctx, d.DB, "cc-road-dig"); err != nil || cur.Number != 2 || cur.Doc().Rule.Rows[0].ID != "R4" {
		t.Error(cur.Number, err)
	}
	if rel, err := rule.GetRelease(ctx, d.DB, "cc-road-dig", 1); err != nil || rel.Replay != digest {
		t.Error(rel.Replay, err)
	}
	want(t, d.get("keeper-build", dig+"/releases"), "第 1 次发布", "现行")
	want(t, d.get("keeper-build", dig+"/releases/1"), "谢永荣、刘凯琪", "R4")
	want(t, d.get("rules01", dig+"/release"), "没有要签署的")
	want(t, d.get("rules01", "/rules?state=released"), "挖掘城市道路")
	want(t, d.get("rules01", "/rules?state=signed"), "没有符合条件的记录")
}

// looks counts the access rows about a case's party.
func (d *desk) looks(c casefile.Case) int {
	d.t.Helper()
	all, err := audit.Accesses(d.t.Context(), d.DB, c.Party, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	return len(all)
}

// decided is a case decided by hand in the database, with the facts its rule was asked with.
func (d *desk) decided(facts map[string]rule.Value, outcome, row string) casefile.Case {
	d.t.Helper()
	ctx := d.t.Context()
	id := d.Accept("clerk01", "cc-road-dig", "company-01")
	c, err := casefile.Get(ctx, d.DB, id)
	if err != nil {
		d.t.Fatal(err)
	}
	task := approval.Task{ID: ref.TaskID(db.NewID()), Case: id, CaseItem: ref.CaseItemID(db.NewID()), Step: "decide", Round: 1, Kind: approval.Decide, Item: "cc-road-dig", Number: c.Number,
		State: approval.Done, Outcome: outcome, RuleRow: row, Made: d.Clock.Now(), DoneAt: d.Clock.Now(), Due: d.Clock.Now()}
	err = d.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
		if facts != nil {
			plain, err := json.Marshal(facts)
			if err != nil {
				return err
			}
			if task.Facts, err = d.Vault.Seal(ctx, tx, string(c.Party), "approval_task.facts."+string(task.ID), plain); err != nil {
				return err
			}
		}
		return db.Insert(ctx, tx, "approval_task", task)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// TestFilesComeWholeOrNotAtAll goes through both kinds.
func TestFilesComeWholeOrNotAtAll(t *testing.T) {
	d := open(t)
	put := func(name, content string, status int) string {
		t.Helper()
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		_ = w.WriteField("key", page.NewKey())
		_ = w.WriteField("rev", d.rev())
		if name != "" {
			f, err := w.CreateFormFile("file", name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = f.Write([]byte(content))
		}
		_ = w.Close()
		r := httptest.NewRequest("POST", dig+"/file", &body)
		r.Header.Set("Content-Type", w.FormDataContentType())
		return d.ask("rules01", r, status)
	}
	dmn := d.get("rules01", dig+"/table.dmn")
	want(t, put("", "", http.StatusUnprocessableEntity), "请选择文件")
	want(t, put("x.csv", "a,b", http.StatusUnprocessableEntity), "文件损坏")
	want(t, put("x.dmn", strings.Replace(dmn, "<text>false</text>", "<text>也许</text>", 1), http.StatusUnprocessableEntity), "没有读入", "道路在禁挖期内", "不认识“也许”", "fresh")
	if d.rev() != "0" {
		t.Error("something was kept of a wrong file")
	}
	put("x.dmn", strings.Replace(dmn, "准予按照批准的位置", "同意按照批准的位置", 1), http.StatusSeeOther)
	if !strings.Contains(d.kept().Rows[0].Says, "同意按照批准的位置") {
		t.Error(d.kept().Rows[0].Says)
	}
	sheet := d.get("rules01", dig+"/table.xlsx")
	put("x.xlsx", sheet, http.StatusSeeOther)
	if d.rev() != "1" {
		t.Error("the same table is another revision:", d.rev())
	}
}

func TestTheListNarrows(t *testing.T) {
	d := open(t)
	want(t, d.get("rules01", "/rules"), "没有修改", "裁量规则")
	want(t, d.get("rules01", "/rules?q=挖掘&organ=all&state=all"), "挖掘城市道路")
	if body := d.get("rules01", "/rules?state=written"); strings.Contains(body, "挖掘城市道路") {
		t.Error("nobody writes yet")
	}
	v := grid(t, d.get("rules01", dig))
	d.send("rules01", dig, http.StatusSeeOther, v)
	want(t, d.get("rules01", "/rules?state=written"), "挖掘城市道路", "正在修改")
	if body := d.get("rules01", "/rules?state=written&organ="+string(d.Staff("keeper-market").Organ)); strings.Contains(body, `href="/rules/cc-road-dig"`) {
		t.Error("another organ's item")
	}
	d.get("rules01", "/rules?state=unpublished")
}
