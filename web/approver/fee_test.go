package approver_test

import (
	"context"
	"net/http"
	"testing"

	"yimen/domain/approval"
	"yimen/domain/fee"
)

// charged grants a road dig whose fee is not paid yet, and gives its bill's page.
func charged(d *desk) (fee.Bill, string) {
	d.t.Helper()
	d.Unpaid()
	id := d.Accept("clerk01", "cc-road-dig", "company-01")
	for _, x := range []struct{ account, kind string }{{"police-review-a", approval.Opinion}, {"land-review-a", approval.Opinion}} {
		all, err := approval.ByCase(context.Background(), d.DB, id)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, t := range all {
			if t.State == approval.Open && t.Kind == x.kind && t.Organ == d.Staff(x.account).Organ {
				d.Decide(d.Decision(x.account, t, approval.Agree))
			}
		}
	}
	own := d.Decision("build-review-a", d.Task(id, approval.Review, ""), approval.Agree)
	own.Second = d.Staff("build-review-b").ID
	d.Decide(own)
	d.Decide(d.Decision("build-decide", d.Task(id, approval.Decide, ""), approval.Grant))
	all, err := fee.ByCase(context.Background(), d.DB, id)
	if err != nil || len(all) != 1 {
		d.t.Fatal(all, err)
	}
	return all[0], "/approver/fee/" + all[0].ID
}

// TestAFeeAtTheDesk: the organ sees where the fee stands; a relief keeps what was typed, needs its basis and somebody else; who has
// no power to decide only looks, and a desk without a part in the case sees nothing.
func TestAFeeAtTheDesk(t *testing.T) {
	d := open(t, "build-decide")
	b, at := charged(d)
	want(t, d.get("/approver/case/"+string(b.Case), 200), "待缴费", "城市道路管理条例", at)
	want(t, d.get(at, 200), "申请减免", "最多 2.00 元")
	early := d.post(at+"/propose", http.StatusUnprocessableEntity, "kind", fee.Relief, "amount", "3", "reason", "公共工程<b>").Body.String()
	want(t, early, "不超过 2.00 元", "请写明减免的依据", "公共工程&lt;b&gt;")
	d.post(at+"/propose", http.StatusSeeOther, "kind", fee.Relief, "amount", "2.00", "basis", "某办法第三条", "reason", "公共工程")
	want(t, d.get("/approver/fees", 200), at)
	own := d.get(at, 200)
	want(t, own, "等待另一名工作人员确认", "提出的人不能自己确认")
	wantNot(t, own, "申请减免</h2>")
	all, err := fee.Changes(context.Background(), d.DB, b.ID)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	d.post(at+"/answer", http.StatusForbidden, "change", all[0].ID, "answer", "confirm")

	d.as("build-review-a")
	looking := d.get(at, 200)
	want(t, looking, "有决定权限的人员才能")
	wantNot(t, looking, "确认</button>")
	d.post(at+"/answer", http.StatusForbidden, "change", all[0].ID, "answer", "confirm")
	d.post(at+"/find", http.StatusForbidden, "count.0", "1")
	want(t, d.get("/approver/fees", 200), "没有待办的收费")
	d.as("health-decide")
	want(t, d.get("/approver/fees", 200), "没有待办的收费")
	d.get(at, http.StatusNotFound)
	d.post(at+"/propose", http.StatusNotFound, "kind", fee.Relief, "amount", "1", "basis", "某办法", "reason", "无关")

	d.as("build-decide-b")
	want(t, d.get(at, 200), "某办法第三条", "公共工程", d.Staff("build-decide").Name)
	d.post(at+"/answer", http.StatusNotFound, "change", "another", "answer", "confirm")
	d.post(at+"/answer", http.StatusSeeOther, "change", all[0].ID, "answer", "confirm")
	d.Settle()
	want(t, d.get(at, 200), "免缴", "已完成")
	d.post(at+"/answer", http.StatusConflict, "change", all[0].ID, "answer", "confirm")
}

// TestARefundAtTheDesk: only what was paid can be given back, by two.
func TestARefundAtTheDesk(t *testing.T) {
	d := open(t, "build-decide")
	b, at := charged(d)
	wantNot(t, d.get(at, 200), "申请退款")
	o, err := fee.OrderOf(context.Background(), d.DB, b)
	if err == nil {
		err = d.Purse().Pay(o.Number)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.Settle()
	want(t, d.get(at, 200), "申请退款", "可退 2.00 元")
	paid, err := fee.Payments(context.Background(), d.DB, b.ID)
	if err != nil || len(paid) != 1 {
		t.Fatal(paid, err)
	}
	want(t, d.post(at+"/propose", http.StatusUnprocessableEntity, "kind", fee.Refund, "payment", paid[0].Serial, "amount", "二元", "reason", "面积算错").Body.String(), "不超过 2.00 元", "面积算错")
	d.post(at+"/propose", http.StatusSeeOther, "kind", fee.Refund, "payment", paid[0].Serial, "amount", "0.5", "reason", "面积算错")
	all, err := fee.Changes(context.Background(), d.DB, b.ID)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	d.as("build-decide-b").post(at+"/answer", http.StatusSeeOther, "change", all[0].ID, "answer", "confirm")
	d.Settle()
	want(t, d.get(at, 200), "已退", "0.50 元", "可退 1.50 元")
}

// TestAFeeThatNobodyPays: the organ waits on or ends the case, and nobody without the power does.
func TestAFeeThatNobodyPays(t *testing.T) {
	d := open(t, "build-decide")
	b, at := charged(d)
	for range 2 {
		d.Clock.Add(b.Due.Sub(d.Clock.Now()))
		d.Settle()
		var err error
		if b, err = fee.Get(context.Background(), d.DB, b.ID); err != nil {
			t.Fatal(err)
		}
	}
	want(t, d.get("/approver/fees", 200), at, "逾期未缴")
	want(t, d.get(at, 200), "再等 10 个工作日", "终止办理")
	wantNot(t, d.as("build-review-a").get(at, 200), "再等 10 个工作日")
	d.post(at+"/end", http.StatusForbidden, "answer", "end")
	d.as("build-decide").post(at+"/end", http.StatusSeeOther, "answer", "end")
	d.Settle()
	want(t, d.get(at, 200), "没有缴费，已终止")
	d.post(at+"/end", http.StatusConflict, "answer", "end")
}
