package approver_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http/httptest"
	"testing"
	"time"

	"yimen/domain/approval"
	"yimen/process/review"
	"yimen/ref"
	"yimen/web/page"
)

// tomorrow is a form's day and time of a meeting.
func (d *desk) tomorrow(pairs ...string) []string {
	at := d.Clock.Now().Add(24 * time.Hour)
	return append([]string{"meets.year", at.Format("2006"), "meets.month", at.Format("1"), "meets.day", at.Format("2"), "time", "09:00", "place", "场站大门"}, pairs...)
}

// send posts a picture from the site.
func (d *desk) send(path string, status int) {
	d.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("key", page.NewKey())
	_ = w.WriteField("do", "photo")
	part, err := w.CreateFormFile("photo", "site.png")
	if err != nil {
		d.t.Fatal(err)
	}
	if err := png.Encode(part, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		d.t.Fatal(err)
	}
	_ = w.Close()
	r := httptest.NewRequest("POST", path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	d.ask(r, status)
}

// A visit is arranged, photographed and recorded by forms; nobody without the grant finds it.
func TestAVisitByForms(t *testing.T) {
	d := open(t, "urban-review-a")
	id := d.Accept("clerk01", "cc-gas", "company-02")
	at := task(d.Task(id, approval.Visit, "visit").ID)
	want(t, d.get(at, 200), "还没有约定时间", "约定时间和地点")
	wantNot(t, d.get(at, 200), "现场记录</label>")
	for _, other := range []string{"market-review-a", "police-review-a"} {
		d.as(other).get(at, 404)
		d.post(at+"/visit", 404, d.tomorrow("do", "appoint")...)
		d.send(at+"/photo", 404)
	}
	d.as("urban-review-a").post(at+"/visit", 303, d.tomorrow("do", "appoint")...)
	want(t, d.get(at, 200), "场站大门", "约定的时间到了")
	want(t, d.post(at+"/visit", 422, "do", "appoint", "place", "场站东门").Body.String(), "请填写今后的日期和时间", "场站东门")
	d.Clock.Add(24 * time.Hour)
	want(t, d.post(at+"/photo", 422, "do", "photo").Body.String(), "请选择照片")
	d.send(at+"/photo", 303)
	want(t, d.get(at, 200), "现场照片（现场核查）", "现场记录")
	d.post(at, 303, "outcome", approval.Agree, "note", "间距合格，设施齐全。", "second", string(d.Staff("urban-review-b").ID))
	want(t, d.get(at, 200), "间距合格")
}

// gas takes a gas case to its panel.
func (d *desk) gas() (at string, id ref.TaskID) {
	d.t.Helper()
	c := d.Accept("clerk01", "cc-gas", "company-02")
	s := d.Staff("urban-review-a")
	if err := d.Board.Appoint(d.t.Context(), review.Appointing{Submit: d.Submit(s, "test.appoint"), By: s, Task: d.Task(c, approval.Visit, "visit").ID, Meets: d.Clock.Now(), Place: "场站"}); err != nil {
		d.t.Fatal(err)
	}
	for step, organ := range map[string]string{"visit": "urban", "market": "market"} {
		x := d.Decision(organ+"-review-a", d.Task(c, approval.Visit, step), approval.Agree)
		x.Second = d.Staff(organ + "-review-b").ID
		d.Decide(x)
	}
	id = d.Task(c, approval.Experts, "").ID
	return task(id), id
}

// A panel is convened, votes and is ended by forms; how members voted is told when it is over.
func TestAPanelByForms(t *testing.T) {
	d := open(t, "urban-decide")
	at, _ := d.gas()
	want(t, d.get(at, 200), "还没有召集")
	wantNot(t, d.get(at, 200), "参加的人")
	d.post(at+"/panel", 403, "do", "convene", "chair", "x")
	d.as("market-review-a").get(at, 404)
	d.post(at+"/panel", 404, "do", "vote", "choice", approval.Agree, "reason", "可以通过。")
	d.as("urban-review-a").post(at+"/panel", 422, "do", "nothing")
	want(t, d.get(at, 200), "参加的人", "主持人（组长）")
	want(t, d.post(at+"/panel", 422, "do", "convene", "place", "三楼").Body.String(), "请选至少 3 个不同的人", "请从参加的人里选主持人", "三楼")
	pairs := d.tomorrow("do", "convene", "chair", string(d.Staff("urban-decide").ID))
	body := []string{"urban-decide", "urban-review-a", "urban-review-b"}
	d.convene(at, body, pairs)
	for n, account := range body {
		d.as(account)
		html := d.get(at, 200)
		want(t, html, "您的意见", fmt.Sprintf("%d 人，共 3 人", n))
		wantNot(t, html, "条件具备")
		d.post(at+"/panel", 303, "do", "vote", "choice", approval.Agree, "reason", "条件具备，可以通过。")
		d.post(at+"/panel", 409, "do", "vote", "choice", approval.Disagree, "reason", "又想了想，不行。")
	}
	wantNot(t, d.get(at, 200), "结束并得出结果")
	want(t, d.as("urban-decide").get(at, 200), "结束并得出结果")
	d.post(at+"/panel", 303, "do", "close", "minutes", "三人到会，一致同意。")
	want(t, d.as("urban-review-b").get(at, 200), "三人到会，一致同意", "条件具备，可以通过。")
}

// convene posts the members besides.
func (d *desk) convene(at string, members, pairs []string) {
	d.t.Helper()
	v := map[string][]string{"key": {page.NewKey()}}
	for i := 0; i < len(pairs); i += 2 {
		v[pairs[i]] = []string{pairs[i+1]}
	}
	for _, m := range members {
		v["members"] = append(v["members"], string(d.Staff(m).ID))
	}
	d.postForm(at+"/panel", 303, v)
}
