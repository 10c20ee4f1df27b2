package citizen_test

import (
	"net/url"
	"strings"
	"testing"

	"yimen/domain/catalog"
	"yimen/ref"
)

func TestCanITellsYesAndNo(t *testing.T) {
	w := open(t)
	zh, path := browser(t, "zh-CN"), "/item/cc-road-dig/can"
	w.get(t, zh, "/item/cc-road-dig").says(t, "先看看我能不能办")
	first := w.get(t, zh, path)
	first.says(t, "是管线故障紧急抢修吗？", "继续")
	if missing := w.post(t, zh, path, url.Values{"asked": {"urgent"}}); missing.status != 422 {
		t.Errorf("no answer: %d", missing.status)
	} else {
		missing.says(t, "请选一个回答。", "是管线故障紧急抢修吗？")
	}
	no := w.post(t, zh, path, url.Values{"asked": {"urgent"}, "a.urgent": {"yes"}})
	no.says(t, "现在还不能办", "可以先行破路抢修并同时通知")
	answers := url.Values{}
	for _, q := range []struct{ id, value string }{{"urgent", "no"}, {"surface", "no"}, {"planned", "yes"}, {"fresh", "no"}} {
		answers.Set("asked", q.id)
		answers.Set("a."+q.id, q.value)
		w.post(t, zh, path, answers).says(t, "你的回答")
	}
	yes := w.post(t, zh, path, answers)
	yes.says(t, "可以办", "要带的材料", "已经有了，不用交", "开始申请", "办好要多久")
	if strings.Contains(yes.body, "营业执照或者其他主体资格证书</") && !strings.Contains(yes.body[strings.Index(yes.body, "已经有了"):], "营业执照") {
		t.Error("what the government holds is to be brought")
	}
	if strange := w.post(t, zh, path, url.Values{"asked": {"urgent"}, "a.urgent": {"<script>"}}); strange.status != 422 || strings.Contains(strange.body, "<script>\"") {
		t.Errorf("a strange answer: %d", strange.status)
	}
	w.get(t, browser(t, "en"), path).says(t, "Can I?", "Continue")
	if a := w.get(t, zh, "/item/none/can"); a.status != 404 {
		t.Errorf("no such item: %d", a.status)
	}
}

func TestAMatterOfLifeIsToldAtOnce(t *testing.T) {
	w := open(t)
	b := catalog.Bundle{ID: "shop", Name: "我要开店", NameEn: "Opening a shop", Summary: "登记、卫生，一次说清。", Side: catalog.Company, Aliases: []string{"开理发店"},
		Parts: []catalog.Part{{Item: "cc-individual-business"}, {Item: "cc-hygiene", After: []ref.ItemID{"cc-individual-business"}, Optional: true, When: "理发店、旅馆"}}}
	if err := w.Library.ImportBundles(ctx, "test", []catalog.Bundle{b}); err != nil {
		t.Fatal(err)
	}
	zh := browser(t, "zh-CN")
	w.get(t, zh, "/?for=company").says(t, "我要开店", `href="/life/shop"`)
	w.get(t, zh, "/items?q=开理发店").says(t, `href="/life/shop"`)
	w.get(t, zh, "/life/shop").says(t, "先后顺序", "不用带，由前面办好的事项产生：", "政府已有，不用交", "理发店、旅馆", `href="/item/cc-hygiene"`, "分开办要")
	w.get(t, browser(t, "en"), "/life/shop").says(t, "Opening a shop", "In what order", "One form,")
	if a := w.get(t, zh, "/life/none"); a.status != 404 {
		t.Errorf("no such matter: %d", a.status)
	}
	b.Parts[1].Item = "cc-none"
	if err := w.Library.ImportBundles(ctx, "test", []catalog.Bundle{b}); err == nil {
		t.Error("a bundle of what is not there was taken")
	}
}
