package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/pdf"
	"yimen/ref"
)

// benchSeal: sealed PDFs a second on one core, drawn and signed in the licence's layout.
func benchSeal(ctx context.Context) ([]figure, error) {
	t, err := openBenchTown(ctx, "", nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	key, err := t.Ring.Key(t.doc.Organ)
	if err != nil {
		return nil, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	size, err := t.sealOne(key) // fonts are read at the first
	if err != nil {
		return nil, err
	}
	n, start := 0, time.Now()
	for ; n < 2000 && time.Since(start) < 4*time.Second && ctx.Err() == nil; n++ {
		if size, err = t.sealOne(key); err != nil {
			return nil, err
		}
	}
	took := time.Since(start)
	bare := 0
	for start = time.Now(); time.Since(start) < time.Second; bare++ {
		sum := sha256.Sum256(make([]byte, size))
		if _, err := key.Sign(sum[:]); err != nil {
			return nil, err
		}
	}
	f := figure{name: "seal", value: float64(n) / took.Seconds(), unit: "PDFs/s"}
	limit := float64(bare) / time.Since(start).Seconds()
	f.ratio, f.limit = f.value/limit, fmt.Sprintf("%.1f/s bare SHA-256 and ECDSA P-256 of the same bytes", limit)
	f.notes = append(f.notes, fmt.Sprintf("GOMAXPROCS=1, %d bytes", size))
	f.want(f.value >= 50, "≥ 50/s on one core")
	return []figure{f}, nil
}

func (t *benchTown) sealOne(key crypto.Key) (int, error) {
	draft, err := pdf.Render(t.paper(pdf.Licence))
	if err != nil {
		return 0, err
	}
	signed, err := pdf.Sign(draft, key, t.Now(), pdf.SignOptions{Reason: t.doc.Result.Name, Location: t.doc.Result.Prefix})
	return len(signed), err
}

// paper is the item's licence, or the letter of its acceptance, as full as a real one.
func (t *benchTown) paper(layout pdf.Layout) pdf.Document {
	now := t.Now()
	text := letterText
	d := pdf.Document{Layout: layout, Title: t.doc.Result.Name, Number: t.doc.Result.Prefix + t.doc.TaskCode, Organ: t.hall.Name, Made: now,
		Date: text("letter.day", "y", now.Year(), "m", int(now.Month()), "d", now.Day()), Watermark: text("letter.watermark"), Footer: text("letter.footer", "number", t.doc.TaskCode),
		Seal:   &pdf.SealPicture{Organ: t.hall.Name, Legend: text("letter.seal.demo")},
		QR:     &pdf.QR{Text: t.Host + "/verify?m=" + t.doc.TaskCode, Caption: []string{text("letter.qr.verify")}},
		Fields: []pdf.Field{{Label: text("letter.field.holder"), Value: t.hall.Name}, {Label: text("letter.field.number"), Value: ref.MaskNumber(t.fits["uscc"])}}}
	if layout == pdf.Letter {
		d.To, d.Title = text("letter.to", "name", t.hall.Name), text("letter.title.acceptance")
		d.Paragraphs = []string{text("letter.acceptance.body", "day", d.Date, "item", t.doc.Name)}
		d.Closing = []string{text("progress.decide", "day", d.Date, "n", 8), text("letter.acceptance.once"), text("letter.silence.none"), text("letter.code", "code", t.fits["phone"]), text("letter.ask", "phone", t.doc.Service.Ask)}
		return d
	}
	for _, f := range t.doc.Form {
		for _, want := range t.doc.Result.Fields {
			if want == f.Element {
				d.Fields = append(d.Fields, pdf.Field{Label: f.Label, Value: f.Shown(t.fitting(f, now))})
			}
		}
	}
	d.Fields = append(d.Fields, pdf.Field{Label: text("letter.field.valid"), Value: text("letter.until", "from", d.Date, "to", d.Date)},
		pdf.Field{Label: text("letter.field.mark"), Value: t.doc.TaskCode})
	d.Paragraphs = t.doc.Result.Conditions
	return d
}
