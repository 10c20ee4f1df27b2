package issuance

import (
	"context"
	"strconv"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/fee"
	"yimen/domain/seal"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/pdf"
)

// FeeNotice makes the 缴费通知书 of a bill's present amount; one of an amount that was changed
// since is not made any more.
func (p *Press) FeeNotice(ctx context.Context, d event.Delivery, e fee.WasBilled) error {
	b, err := fee.Get(ctx, p.DB, e.Bill)
	if err != nil {
		return err
	}
	if b.Rev != e.Rev {
		return p.DB.Write(ctx, "issuance.FeeNotice", d.Done)
	}
	return p.draft(ctx, d, e.Case, order{source: "billed:" + b.ID + ":" + strconv.FormatInt(b.Rev, 10), kind: seal.FeeNotice, item: b.CaseItem, fact: casefile.FactBilled, bill: &b})
}

// FeeReceipt makes the electronic receipt (财政电子票据) of a paid bill.
func (p *Press) FeeReceipt(ctx context.Context, d event.Delivery, e fee.WasPaid) error {
	b, err := fee.Get(ctx, p.DB, e.Bill)
	if err != nil {
		return err
	}
	return p.draft(ctx, d, e.Case, order{source: "paid:" + b.ID, kind: seal.FeeReceipt, item: b.CaseItem, fact: casefile.FactPaid, bill: &b})
}

// Settled makes the result that waited for its fee.
func (p *Press) Settled(ctx context.Context, d event.Delivery, e fee.Settled) error {
	b, err := fee.Get(ctx, p.DB, e.Bill)
	if err != nil {
		return err
	}
	t, err := approval.Get(ctx, p.DB, b.Task)
	if err != nil {
		return err
	}
	return p.draft(ctx, d, e.Case, granted(t))
}

// billed is when what a fee's paper tells happened: the payment, or the last change of the amount.
func (s *sheet) billed() (at time.Time) {
	for _, f := range s.facts {
		if f.Kind == s.fact && f.Detail().Bill == s.bill.ID {
			at = f.At
		}
	}
	return at
}

// granted is the order of a granted task's result.
func granted(t approval.Task) order {
	return order{source: "decided:" + string(t.ID), kind: seal.Licence, item: t.CaseItem, task: t, fact: casefile.FactDecided}
}

// unpaid says that a task's result waits for a fee. Settled goes on with it.
func (p *Press) unpaid(ctx context.Context, t approval.Task) (bool, error) {
	ci, err := casefile.GetItem(ctx, p.DB, t.CaseItem)
	if err != nil {
		return false, err
	}
	v, err := catalog.Get(ctx, p.DB, ci.Version)
	if err != nil || !v.Doc().Fee.Priced() {
		return false, err
	}
	b, err := fee.ByItem(ctx, p.DB, ci.ID)
	if fault.Is(err, fault.NotFound) {
		return true, nil // it is being made
	}
	return !b.State.Settled(), err
}

// feeNoticeText tells what is to be paid, for what, on which basis, until when and how, and the
// remedy.
func (p *Press) feeNoticeText(ctx context.Context, d *pdf.Document, s *sheet) error {
	o, err := fee.OrderOf(ctx, p.DB, *s.bill)
	if err != nil {
		return err
	}
	d.Paragraphs = []string{p.Text("letter.fee_notice.body", "item", s.item.Name)}
	d.Table = p.feeTable(s.bill)
	d.Closing = []string{p.total(s.bill)}
	for _, l := range s.bill.Lines() {
		if l.Basis.Cited() {
			d.Closing = append(d.Closing, p.Text("letter.fee.basis", "name", l.Name, "law", l.Basis.Law, "article", p.Article(l.Basis.Article, l.Basis.Sub, l.Basis.Paragraph, l.Basis.Point)))
		}
	}
	d.Closing = append(d.Closing, p.Text("letter.fee_notice.until", "day", p.dayOf(s.bill.LastDay()), "no", o.No), p.Text("letter.fee_notice.after"), p.Text("letter.ask", "phone", s.item.Service.Ask))
	r := s.item.Remedy.Against(p.Text("letter.government"))
	d.Closing = append(d.Closing, p.Text("letter.remedy", "body", r.Review, "days", r.ReviewDays, "months", r.CourtMonths, "court", r.Court))
	d.QR = &pdf.QR{Text: p.Host + "/progress?n=" + string(s.c.Number), Caption: []string{p.Text("letter.fee_notice.qr")}}
	return nil
}

// feeReceiptText is what was paid, by whom, when, and under which numbers of the gateway.
func (p *Press) feeReceiptText(ctx context.Context, d *pdf.Document, s *sheet) error {
	all, err := fee.Payments(ctx, p.DB, s.bill.ID)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.State == fee.Taken {
			d.Fields = append(d.Fields, pdf.Field{Label: p.Text("letter.field.order"), Value: x.Order}, pdf.Field{Label: p.Text("letter.field.payment"), Value: x.Serial},
				pdf.Field{Label: p.Text("letter.field.paid_at"), Value: p.day(x.At)})
		}
	}
	d.Table = p.feeTable(s.bill)
	d.Closing = []string{p.total(s.bill), p.Text("letter.fee_receipt.only")}
	return nil
}

func (p *Press) feeTable(b *fee.Bill) *pdf.Table {
	t := &pdf.Table{Head: []string{p.Text("letter.fee.name"), p.Text("letter.fee.price"), p.Text("letter.fee.count"), p.Text("letter.fee.amount")}, Widths: []float64{5, 4, 3, 3}}
	for _, l := range b.Lines() {
		t.Rows = append(t.Rows, []string{l.Name, p.Text("letter.fee.each", "amount", fee.Yuan(l.Price), "unit", l.Unit), l.Count, fee.Yuan(l.Amount)})
	}
	if b.Relief > 0 {
		t.Rows = append(t.Rows, []string{p.Text("letter.fee.relief"), "", "", "−" + fee.Yuan(b.Relief)})
	}
	return t
}

func (p *Press) total(b *fee.Bill) string {
	return p.Text("letter.fee.total", "amount", fee.Yuan(b.Amount()), "words", capital(b.Amount()))
}

// digits and places of amounts as cheques write them (中文大写).
var (
	bigDigits = []rune("零壹贰叁肆伍陆柒捌玖")
	bigPlaces = []string{"", "拾", "佰", "仟"}
	bigGroups = []string{"", "万", "亿", "万亿"}
)

// capital writes an amount in 分 in capitals: 壹万贰仟元整, 伍角, 壹元零伍分.
func capital(fen int64) string {
	whole, jiao, cents := fen/100, fen/10%10, fen%10
	out := bigNumber(whole)
	if out != "" {
		out += "元"
	}
	if jiao > 0 {
		out += string(bigDigits[jiao]) + "角"
	} else if cents > 0 && out != "" {
		out += "零"
	}
	if cents > 0 {
		return out + string(bigDigits[cents]) + "分"
	}
	if out == "" {
		out = "零元"
	}
	return out + "整"
}

// bigNumber writes a whole number; "" for nought.
func bigNumber(n int64) (out string) {
	zero := false
	for group := len(bigGroups) - 1; group >= 0; group-- {
		unit := int64(1)
		for range group {
			unit *= 10000
		}
		part := n / unit % 10000
		if part == 0 {
			zero = out != ""
			continue
		}
		for place, ten := 3, int64(1000); place >= 0; place, ten = place-1, ten/10 {
			d := part / ten % 10
			if d == 0 {
				zero = zero || out != ""
				continue
			}
			if zero {
				out += "零"
			}
			out, zero = out+string(bigDigits[d])+bigPlaces[place], false
		}
		out, zero = out+bigGroups[group], false
	}
	return out
}
