package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"yimen/domain/form"
	"yimen/web/page"
)

func posted(path string, pairs ...string) *http.Request {
	v := url.Values{"key": {page.NewKey()}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// TestWhatWasAnsweredStandsInTheForm: an answer to 我能办吗 is in the draft that is begun after it, once.
func TestWhatWasAnsweredStandsInTheForm(t *testing.T) {
	s := newSite(t)
	me := s.phones[person]
	can := s.do(person, posted("/item/cc-hard-employment/can", "asked", "why", "a.reg", "yes", "a.work", "no", "a.why", "age"))
	if can.StatusCode != 200 || len(can.Cookies()) != 1 || !can.Cookies()[0].HttpOnly {
		t.Fatalf("%d %v", can.StatusCode, can.Cookies())
	}
	begin := func(carried *http.Cookie) (form.Content, *http.Response) {
		t.Helper()
		r := posted("/apply/cc-hard-employment", "for", string(me.Person))
		r.AddCookie(carried)
		res := s.do(person, r)
		id, drafted := strings.CutPrefix(res.Header.Get("Location"), "/draft/")
		if res.StatusCode != 303 || !drafted {
			t.Fatalf("%d %v", res.StatusCode, res.Header)
		}
		d, err := form.GetDraft(ctx, s.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		c, err := d.Open(ctx, s.DB, s.Vault)
		if err != nil {
			t.Fatal(err)
		}
		return c, res
	}
	c, res := begin(can.Cookies()[0])
	if a := c.Answers["employment.reason"]; a.Value != "age" || a.Source != "source.asked" {
		t.Errorf("%+v", a)
	}
	if gone := res.Cookies(); len(gone) != 1 || gone[0].Name != "can" || gone[0].MaxAge >= 0 {
		t.Errorf("the answers stay for the next person: %v", gone)
	}
	for _, strange := range []string{"", "%%", "bm90IGpzb24", "eyJpdGVtIjoiY2MtaGFyZC1lbXBsb3ltZW50IiwiYW5zd2VycyI6eyJlbXBsb3ltZW50LnJlYXNvbiI6Im1hZGUtdXAifX0"} {
		if c, _ := begin(&http.Cookie{Name: "can", Value: strange}); c.Answers["employment.reason"].Value != "" {
			t.Errorf("%q: %+v", strange, c.Answers["employment.reason"])
		}
	}
}
