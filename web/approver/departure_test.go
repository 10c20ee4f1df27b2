package approver_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/ref"
)

// TestDepartureAtTheDesk: nothing typed is lost on the way to a departure; it waits where a colleague sees it, is sent back, proposed
// again, and confirmed by somebody who is not its proposer.
func TestDepartureAtTheDesk(t *testing.T) {
	d := open(t, "market-rep-zumiao")
	id := d.Accept("clerk01", "cc-individual-business", "person-001")
	at := task(d.Task(id, approval.Decide, "").ID)
	missing := d.post(at, http.StatusUnprocessableEntity, "seen", "", "do", "propose", "finding.lawful", "true").Body.String()
	want(t, missing, "材料真实", "请选择一项", `href="#f-finding.papers_true"`, "checked")
	depart := append(d.findings(at, "R5"), "seen", "R5", "do", "decide", "outcome", approval.Grant, "note", "材料事后补齐")
	early := d.post(at, http.StatusUnprocessableEntity, depart...).Body.String()
	want(t, early, "不按建议决定的，要写明理由", `<details class="stack" open`, "材料事后补齐", `value="grant" checked`, "规则建议：不予批准（R5")
	depart = append(depart, "reason", "租赁合同由街道<b>书面证明", "rule_row", "R1")
	to := d.post(at, http.StatusSeeOther, depart...).Header().Get("Location")
	want(t, d.get(to, 200), "已提出，等同事确认")
	want(t, d.get("/approver", 200), "您提出的，等同事确认")
	own := d.get(at, 200)
	want(t, own, "租赁合同由街道&lt;b&gt;书面证明", "撤回", "R5　不予批准", "R1　批准", "材料事后补齐")
	wantNot(t, own, "确认，批准", `id="decide"`, "[departure")

	d.as("market-decide")
	want(t, d.get("/approver", 200), "等同事确认")
	waits := d.departure(at)
	want(t, d.get(at, 200), "确认，批准", d.Staff("market-rep-zumiao").Name, "租赁合同由街道&lt;b&gt;书面证明", "材料齐全并符合法定形式")
	want(t, d.post(at, http.StatusConflict, append(d.findings(at, "R1"), "seen", "R1", "outcome", approval.Grant, "note", "抢先决定")...).Body.String(), "正在等同事确认", "抢先决定")
	want(t, d.post(at+"/departure", http.StatusUnprocessableEntity, "departure", waits, "do", "reject", "answer", "否").Body.String(), "请写明理由", ">否</textarea>", `href="#f-answer"`)
	want(t, d.post(at+"/departure", http.StatusConflict, "departure", "other", "do", "confirm").Body.String(), "已经撤回、退回或者办结")
	back := d.post(at+"/departure", http.StatusSeeOther, "departure", waits, "do", "reject", "answer", "街道证明不能代替合同").Header().Get("Location")
	want(t, d.get(back, 200), "已退回", "街道证明不能代替合同", "同事没有确认，退回重新决定", "看规则怎么说")

	d.as("market-rep-zumiao")
	d.post(at, http.StatusSeeOther, depart...)
	waits = d.departure(at)
	want(t, d.post(at+"/departure", http.StatusForbidden, "departure", waits, "do", "confirm").Body.String(), "不能由提出人自己确认")
	d.as("health-decide").post(at+"/departure", http.StatusNotFound, "departure", waits, "do", "confirm")
	d.as("market-decide")
	done := d.post(at+"/departure", http.StatusSeeOther, "departure", waits, "do", "confirm").Header().Get("Location")
	want(t, d.get(done, 200), "已提交：批准")
	d.Settle()
	whole := d.get("/approver/case/"+string(id), 200)
	want(t, whole, "没有采用裁量基准的建议", "同事确认，不按裁量基准决定", "已办结", "适用情形：R1")
	if c, err := casefile.Get(context.Background(), d.DB, id); err != nil || c.Stage != casefile.Closed {
		t.Fatal(c.Stage, err)
	}
}

// departure is the id of what waits at a task.
func (d *desk) departure(path string) string {
	d.t.Helper()
	t, err := approval.Get(context.Background(), d.DB, ref.TaskID(strings.TrimPrefix(path, "/approver/task/")))
	if err != nil || !t.Waiting() {
		d.t.Fatal("nothing waits", err)
	}
	return t.Departure
}

// TestFactsOfTheFormAreShown: what the rule reads in the form stands there with its source and is not asked.
func TestFactsOfTheFormAreShown(t *testing.T) {
	d := open(t, "emergency-decide")
	id := d.Accept("clerk01", "cc-emergency-plan", "company-01")
	at := ""
	for range 4 {
		all, err := approval.ByCase(context.Background(), d.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			switch {
			case x.State != approval.Open:
			case x.Kind == approval.Decide:
				at = task(x.ID)
			case x.Kind == approval.Accept:
				d.Decide(d.Decision("emergency-accept", x, approval.Take))
			default:
				own := d.Decision("emergency-review-a", x, approval.Agree)
				own.Second = d.Staff("emergency-review-b").ID
				d.Decide(own)
			}
		}
	}
	seen := d.get(at, 200)
	want(t, seen, "申请表里的事实", "危险物品单位", "窗口填写　2026年3月2日", "经过风险辨识评估")
	wantNot(t, seen, `name="finding.emergency.kind"`)
	told := d.post(at, 200, append(d.findings(at, "R1"), "seen", "", "do", "propose")...).Body.String()
	want(t, told, "规则建议：批准（R1", "材料齐全，准予备案")
	d.post(at, http.StatusUnprocessableEntity, append(d.findings(at, "R1"), "seen", "R1", "outcome", approval.Grant, "finding.emergency.kind", "other")...)
}
