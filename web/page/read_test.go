package page

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/web/text"
)

func posted(values url.Values) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestWhatIsTypedIsCleanedAndKept(t *testing.T) {
	in, err := Read(posted(url.Values{
		"a": {"  陈\x00禾\u202E \u0007 "}, "b": {"１２３－x"}, "c": {"一\r\n二\t三"}, "rare": {"欧阳𬭎𠅤\uE123👩‍👩‍👧"}, "bad": {"a\xffb"},
		"d.year": {"2026"}, "d.month": {"3"}, "d.day": {"２"}, "e.year": {"2026"}, "e.month": {""}, "n": {"1,024"}, "m": {"１２.5元"}, "id": {"440601 1990-0101 123x"}, "many": {"x", "", "y"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ got, want string }{
		{in.Text("a"), "陈禾"}, {in.Text("b"), "123－x"}, {in.Long("c"), "一\n二\t三"}, {in.Text("c"), "一 二 三"}, {in.Text("rare"), "欧阳𬭎𠅤\uE123👩‍👩‍👧"}, {in.Text("bad"), "ab"},
		{in.Date("d"), "2026-03-02"}, {in.Date("e"), "2026--"}, {in.Date("none"), ""}, {in.Compact("id"), "44060119900101123X"}, {strings.Join(in.All("many"), "|"), "x|y"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
	if n, ok := in.Int("n"); n != 1024 || !ok {
		t.Error(n, ok)
	}
	if n, ok := in.Fen("m"); n != 1250 || !ok {
		t.Error(n, ok)
	}
	if _, err := in.Key(); fault.KindOf(err) != fault.Invalid {
		t.Error("a form without key was taken")
	}
}

func TestBindAndUnder(t *testing.T) {
	var form struct {
		Name  string   `form:"name"`
		When  string   `form:"when,date"`
		Fee   int64    `form:"fee,fen"`
		Sure  bool     `form:"sure"`
		Roads []string `form:"road"`
		Not   string
	}
	in, err := Bind(posted(url.Values{"name": {" 甲 "}, "when.year": {"2026"}, "when.month": {"3"}, "when.day": {"9"}, "fee": {"12"}, "sure": {"yes"}, "road": {"a", "b"}}), &form)
	if err != nil || form.Name != "甲" || form.When != "2026-03-09" || form.Fee != 1200 || !form.Sure || len(form.Roads) != 2 || !in.Has("name") {
		t.Errorf("%+v %v", form, err)
	}
	_, err = Bind(posted(url.Values{"fee": {"much"}}), &form)
	if f := fault.Fields(err); len(f) != 1 || f[0].Name != "fee" {
		t.Errorf("%v", err)
	}
	in, _ = Read(posted(url.Values{"answer.road.site": {"岭南大道"}, "answer.begin.year": {"2026"}, "answer.begin.month": {"3"}, "answer.begin.day": {"9"}, "other": {"x"}}))
	if got := in.Under("answer."); len(got) != 2 || got["road.site"] != "岭南大道" || got["begin"] != "2026-03-09" {
		t.Errorf("%v", got)
	}
}

func TestFormsHaveBounds(t *testing.T) {
	many := url.Values{}
	for range mostValues + 1 {
		many.Add("x", "1")
	}
	for name, values := range map[string]url.Values{"values": many, "length": {"x": {strings.Repeat("长", mostLength+1)}}} {
		if _, err := Read(posted(values)); fault.KindOf(err) != fault.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	h := serve(t, house(io.Discard), Route{Method: "POST", Pattern: "/x", Roles: []Role{Anyone}, Body: 100, Handler: func(_ http.ResponseWriter, r *http.Request) error {
		_, err := Read(r)
		return err
	}})
	r := posted(url.Values{"x": {strings.Repeat("x", 200)}})
	r.URL.Path = "/x"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 413 {
		t.Errorf("a body over the route's limit: %d", w.Code)
	}
}

func multipartOf(t *testing.T, files map[string]string, fields ...string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		part, err := form.CreateFormFile("paper", name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, content)
	}
	_ = form.Close()
	r := httptest.NewRequest("POST", "/", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

func TestUploadsStream(t *testing.T) {
	var got File
	var content []byte
	up := Upload{MaxFile: 1000, MaxFiles: 2, Save: func(f File) (err error) {
		got = f
		content, err = io.ReadAll(f.Body)
		return err
	}}
	in, err := ReadUpload(multipartOf(t, map[string]string{`..\..\a/图\x:1.pdf`: "%PDF-1.7 x"}, "name", " 甲 "), up)
	if err != nil || got.Type != "application/pdf" || got.Name != "x_1.pdf" || string(content) != "%PDF-1.7 x" || in.Text("name") != "甲" || got.Field != "paper" || got.Input.Text("name") != "甲" {
		t.Errorf("%+v %q %v", got, content, err)
	}
	for name, x := range map[string]struct {
		files map[string]string
		up    Upload
		want  fault.Kind
	}{
		"too large":  {map[string]string{"a": strings.Repeat("x", 1001)}, up, fault.TooLarge},
		"large head": {map[string]string{"a": strings.Repeat("x", 90)}, Upload{MaxFile: 10, MaxFiles: 1, Save: up.Save}, fault.TooLarge},
		"too many":   {map[string]string{"a": "1", "b": "2", "c": "3"}, up, fault.Invalid},
		"empty":      {map[string]string{"a": ""}, up, fault.Invalid},
		"none asked": {map[string]string{"a": "1"}, Upload{}, fault.Invalid},
	} {
		if _, err := ReadUpload(multipartOf(t, x.files), x.up); fault.KindOf(err) != x.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzFileNamesAreNoPaths(f *testing.F) {
	for _, s := range []string{"../../x", "C:\\a.txt", "..", ".", "", "a/b", strings.Repeat("长", 300) + ".pdf", "\u202Efdp.exe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := fileName(s)
		if got == "" || strings.ContainsAny(got, "/\\\x00\n") || strings.HasPrefix(got, ".") || len([]rune(got)) > longestName {
			t.Errorf("fileName(%q) = %q", s, got)
		}
	})
}

func TestRefillKeepsWhatWasTyped(t *testing.T) {
	p := &Page{Lang: text.Chinese}
	in, _ := Read(posted(url.Values{"name": {"甲"}, "begin.year": {"2026"}, "begin.month": {"13"}, "street": {"zc"}, "traffic": {"car", "bike"}}))
	got := Refill(p, roadFields, in, roadFault)
	if got[0].Value != "甲" || got[3].Value != "2026-13-" || got[8].Value != "zc" || len(got[7].Values) != 2 || got[6].Value != "" || got[1].Error == "" {
		t.Errorf("%+v", got)
	}
	if roadFields[0].Value != "欧阳𬭎" {
		t.Error("Refill changed the fields it was given")
	}
	problems := Problems(p, got, roadFault)
	if len(problems) != 4 || problems[1].Href != "#f-begin.year" || problems[2].Href != "#f-surface" {
		t.Errorf("%+v", problems)
	}
}

func TestTimesMoneyNumbers(t *testing.T) {
	zh, en := &Page{Lang: text.Chinese, Now: noon}, &Page{Lang: text.English, Now: noon}
	day := 24 * time.Hour
	for _, x := range []struct{ got, want string }{
		{zh.When(noon), "今天 14:32"}, {zh.When(noon.Add(-day)), "昨天 14:32"}, {zh.When(noon.Add(day)), "明天 14:32"}, {zh.When(noon.Add(3 * day)), "3月5日 14:32"},
		{zh.When(noon.Add(-14 * time.Hour).Add(-33 * time.Minute)), "昨天 23:59"}, {zh.When(noon.Add(-400 * day)), "2025年1月26日 14:32"}, {zh.When(time.Time{}), "—"},
		{zh.FullDate(calendar.DateOf(noon)), "2026年3月2日"}, {en.FullDate(calendar.DateOf(noon)), "2 March 2026"}, {en.When(noon.Add(3 * day)), "5 March 14:32"}, {zh.Stamp(noon), "2026-03-02 14:32"},
		{zh.Money(123456789), "1,234,567.89 元"}, {zh.Money(-5), "-0.05 元"}, {en.Money(100000), "CNY 1,000.00"}, {Total{1000, true}.String(), "1,000+"}, {Thousands(-1234), "-1,234"}, {strings.Join(fours("440604260302K7"), " "), "4406 0426 0302 K7"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}

func TestCursors(t *testing.T) {
	if got, err := After(Cursor("2026", "a\"b"), 2); err != nil || got[1] != "a\"b" {
		t.Error(got, err)
	}
	for _, bad := range []string{"x", Cursor("1"), "!!"} {
		if _, err := After(bad, 2); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%q: %v", bad, err)
		}
	}
	p := &Page{Path: "/list?q=a&after=old"}
	if got := NextPage(p, "new"); got != "/list?after=new&q=a" {
		t.Error(got)
	}
	if got := FirstPage(p); got != "/list?q=a" {
		t.Error(got)
	}
}

func TestAPartOfAForm(t *testing.T) {
	in, err := Read(posted(url.Values{"steps.0.name": {"审查"}, "steps.0.after": {"a", "b"}, "steps.1.name": {"x"}, "steps.0.": {"y"}, "rev": {"3"}}))
	if err != nil {
		t.Fatal(err)
	}
	part := in.Part("steps.0.")
	if part.Text("name") != "审查" || strings.Join(part.All("after"), "|") != "a|b" || strings.Join(part.Names(), "|") != "after|name" {
		t.Errorf("%v", part.Names())
	}
}
