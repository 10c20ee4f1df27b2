package verify_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/licence"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/issuance"
	"yimen/ref"
	"yimen/web/page"
)

// dug is a company's road digging licence: three departments, and an end after three months.
func dug(t *testing.T, a *apptest.App) *town {
	t.Helper()
	id := a.Accept("clerk01", "cc-road-dig", "company-01")
	all, err := approval.ByCase(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []string{"police-review-a", "land-review-a"} {
		for _, x := range all {
			if x.State == approval.Open && x.Kind == approval.Opinion && x.Organ == a.Staff(account).Organ {
				a.Decide(a.Decision(account, x, approval.Agree))
			}
		}
	}
	own := a.Decision("build-review-a", a.Task(id, approval.Review, ""), approval.Agree)
	own.Second = a.Staff("build-review-b").ID
	a.Decide(own)
	a.Decide(a.Decision("build-decide", a.Task(id, approval.Decide, ""), approval.Grant))
	return open(t, a, id)
}

func (w *town) order(last calendar.Date) issuance.CopyOrder {
	actor := "party:" + string(w.licence.Party)
	return issuance.CopyOrder{Submit: once.Submit{Actor: actor, Route: "test.copy", Key: db.NewID(), At: w.Clock.Now()}, Party: w.licence.Party, Licence: w.licence.ID,
		Purpose: "申请贷款", Recipient: "演示银行", Until: last, By: actor}
}

// paper is a sealed copy: its code, its bytes and its own number.
type paper struct {
	code, number string
	file         []byte
}

func (w *town) copy(t *testing.T, last calendar.Date) (out paper) {
	t.Helper()
	id, err := w.Press.Copy(ctx, w.order(last))
	if err != nil {
		t.Fatal(err)
	}
	w.Settle()
	c, err := licence.GetCopy(ctx, w.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	words, err := licence.OpenCopy(ctx, w.DB, w.Vault, c)
	if err != nil {
		t.Fatal(err)
	}
	doc, file, err := w.Press.Fetch(ctx, c.Document)
	if err != nil {
		t.Fatal(err)
	}
	return paper{string(words.Code), doc.Number, file}
}

// Every state, each by its own word, by mark, by number and by file; a genuine file of a licence that is not valid is not
// simply good.
func TestEveryStateByItsOwnWord(t *testing.T) {
	words := map[ref.LicenceState]string{ref.LicenceSuspended: "暂扣", ref.LicenceRescinded: "撤销", ref.LicenceCancelled: "注销", ref.LicenceRevoked: "吊销",
		ref.LicenceMovedAway: "已转出", ref.LicenceOther: "现在不能使用"}
	each(t, func(t *testing.T, w *town) {
		for state, word := range words {
			if err := w.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "update licence_licence set state = '01' where id = $1", w.licence.ID) // each from the beginning
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := w.Press.Restate(ctx, "staff:supervisor", w.licence.ID, state, "测试"); err != nil {
				t.Fatal(state, err)
			}
			for _, typed := range []string{string(w.licence.Mark), w.licence.Number} {
				_, body := w.mark(t, typed, "zh-CN")
				wants(t, typed+" "+string(state), body, "核对结果：", word)
				if strings.Contains(body, "现在有效") {
					t.Errorf("%s in state %s is valid", typed, state)
				}
			}
			_, body := upload(t, w.url, w.file)
			wants(t, "file "+string(state), body, "文件没有改动过，但是证照", word, "整个文件")
			if strings.Contains(body, "文件是真的，没有改动过") {
				t.Errorf("a file in state %s is simply good", state)
			}
		}
	})
}

func TestALicencePastItsEndHasExpired(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := dug(t, a)
		end := calendar.DateOf(w.licence.ValidUntil)
		if _, err := w.Press.Copy(ctx, w.order(end+1)); len(fault.Fields(err)) != 1 || fault.Fields(err)[0].Name != "until" {
			t.Error("a copy outlasts its licence", err)
		}
		copied := w.copy(t, end)
		_, body := w.mark(t, "禅建水许（2026）1号", "zh-CN")
		wants(t, "number", body, "核对结果：有效", "禅建水许〔2026〕1号")
		w.Clock.Add(w.licence.ValidUntil.Sub(w.Clock.Now()) - time.Microsecond)
		_, body = w.mark(t, copied.code, "zh-CN")
		wants(t, "copy on the last day", body, "加注件有效")
		w.Clock.Add(time.Microsecond)
		for name, typed := range map[string]string{"mark": string(w.licence.Mark), "number": w.licence.Number} {
			_, body := w.mark(t, typed, "zh-CN")
			wants(t, name, body, "核对结果：已过期，不能使用")
		}
		_, body = upload(t, w.url, w.file)
		wants(t, "file", body, "但是证照已过期")
		_, body = w.mark(t, copied.code, "zh-CN")
		wants(t, "copy", body, "加注件不能使用：证照已过期")
	})
}

// Numbers run in sequence, so anybody can count through them: they give no holder, no mark, no purpose, in any state.
func TestCountingThroughNumbersShowsNoHolder(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		copied := w.copy(t, calendar.DateOf(w.Clock.Now())+10)
		docs, err := seal.ByCase(ctx, w.DB, w.licence.Case)
		if err != nil {
			t.Fatal(err)
		}
		numbers := []string{copied.number}
		for _, d := range docs {
			numbers = append(numbers, d.Number)
		}
		c, err := casefile.Get(ctx, w.DB, w.licence.Case)
		if err != nil {
			t.Fatal(err)
		}
		for _, number := range numbers {
			for _, typed := range []string{number, strings.NewReplacer("〔", " ( ", "〕", "）").Replace(number), strings.TrimSuffix(number, "号")} {
				status, body := w.mark(t, typed, "zh-CN")
				wants(t, typed, body, number)
				if status != http.StatusOK || strings.Contains(body, "查不到") {
					t.Errorf("%s is not found: %d", typed, status)
				}
				for _, secret := range []string{w.holder(t), maskedName(w.holder(t)), "持有人（", string(w.licence.Mark), copied.code, "申请贷款", "演示银行", string(c.Number), c.Number.Format()} {
					if strings.Contains(body, secret) {
						t.Errorf("%s gives away %q", typed, secret)
					}
				}
			}
		}
	})
}

func TestACopySaysForWhatAloneItIsGood(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		last := calendar.DateOf(w.Clock.Now()) + 10
		copied := w.copy(t, last)
		flipped := append([]byte(nil), copied.file...)
		flipped[len(flipped)/2] ^= 1
		both := func(what string, code, file []string) {
			t.Helper()
			_, body := w.mark(t, copied.code, "zh-CN")
			wants(t, what+" by code", body, append(code, "申请贷款", "演示银行", "2026年3月12日", w.licence.Name, maskedName(w.holder(t)))...)
			if strings.Contains(body, w.holder(t)) {
				t.Error("the holder's name stands in the open")
			}
			_, body = upload(t, w.url, copied.file)
			wants(t, what+" by file", body, append(file, "申请贷款", "演示银行", "2026年3月12日", "整个文件")...)
		}
		both("good", []string{"核对结果：加注件有效"}, []string{"加注件是真的，没有改动过"})
		_, body := w.mark(t, strings.ToLower(ref.CopyCode(copied.code).Format()), "en")
		wants(t, "typed", body, "The copy is good", `<span lang="zh-CN">申请贷款</span>`)
		if _, body := upload(t, w.url, flipped); !strings.Contains(body, "文件被改动过") || strings.Contains(body, "申请贷款") {
			t.Error("a changed copy says what it is for")
		}
		if err := w.Press.Restate(ctx, "staff:supervisor", w.licence.ID, ref.LicenceSuspended, "复查"); err != nil {
			t.Fatal(err)
		}
		both("suspended", []string{"加注件不能使用：证照已暂扣"}, []string{"但是证照已暂扣"})
		if err := w.Press.Restate(ctx, "staff:supervisor", w.licence.ID, ref.LicenceValid, "复查完毕"); err != nil {
			t.Fatal(err)
		}
		w.Clock.Add(last.End().Sub(w.Clock.Now()))
		both("past", []string{"加注件已过期，不能使用"}, []string{"加注件是真的，但是已过期"})
	})
}

func TestTryingNumbersThroughIsStopped(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.url = w.serve(t, nil, page.Limits{})
		last := 0
		for n := range 60 {
			if last, _ = w.mark(t, fmt.Sprintf("禅市监登〔2026〕%d号", n+1), "zh-CN"); last == http.StatusTooManyRequests {
				break
			}
		}
		if last != http.StatusTooManyRequests {
			t.Error("sixty numbers in one second")
		}
		last = 0
		for range 15 {
			if last, _ = upload(t, w.url, []byte("GIF89a")); last == http.StatusTooManyRequests {
				break
			}
		}
		if last != http.StatusTooManyRequests {
			t.Error("fifteen files in one second")
		}
	})
}
