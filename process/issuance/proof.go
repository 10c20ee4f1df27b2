package issuance

import (
	"context"

	"yimen/domain/casefile"
	"yimen/domain/delivery"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/event"
	"yimen/foundation/pdf"
)

// served is a delivery on its way to its proof.
type served struct {
	delivery.Delivery
	last  delivery.Attempt
	words delivery.Words
	all   []delivery.Attempt
}

// Proof makes the proof of service (送达回证) of a letter that was delivered.
func (p *Press) Proof(ctx context.Context, d event.Delivery, e delivery.WasServed) error {
	dl, err := delivery.Get(ctx, p.DB, e.Delivery)
	if err != nil {
		return err
	}
	x := &served{Delivery: dl}
	if x.all, err = delivery.Attempts(ctx, p.DB, dl.ID); err != nil {
		return err
	}
	x.last = x.all[len(x.all)-1]
	if x.words, err = x.last.Open(ctx, p.DB, p.Vault, dl.Party); err != nil {
		return err
	}
	return p.draft(ctx, d, e.Case, order{source: seal.ServedSource + string(dl.ID), kind: seal.Service, item: dl.CaseItem, fact: casefile.FactDelivered, served: x})
}

// proofText tells what was delivered, how, to whom, by whom, and from which day it counts; every try before is listed.
func (p *Press) proofText(d *pdf.Document, s *sheet) {
	x := s.served
	d.To = ""
	d.Fields = []pdf.Field{{Label: p.Text("letter.field.letter"), Value: x.Title}, {Label: p.Text("letter.field.letter_number"), Value: x.Number}, {Label: p.Text("letter.field.addressee"), Value: s.party.Name},
		{Label: p.Text("letter.field.way"), Value: p.Text("after.way." + string(x.Way))}, {Label: p.Text("letter.field.effect"), Value: p.day(x.Effect)}, {Label: p.Text("letter.field.case"), Value: s.c.Number.Format()}}
	if x.Tracking != "" && x.Way == delivery.Post {
		d.Fields = append(d.Fields, pdf.Field{Label: p.Text("letter.field.tracking"), Value: x.Tracking})
	}
	for _, f := range []struct{ key, value string }{{"receiver", x.words.Receiver}, {"paper", x.words.Paper}, {"witness", x.words.Witness}, {"place", x.words.Place}, {"reason", x.words.Reason}} {
		if f.value != "" {
			d.Fields = append(d.Fields, pdf.Field{Label: p.Text("letter.field." + f.key), Value: f.value})
		}
	}
	if x.words.Relation != "" {
		d.Fields = append(d.Fields, pdf.Field{Label: p.Text("letter.field.relation"), Value: p.Text("after.relation." + x.words.Relation)})
	}
	d.Paragraphs = []string{p.Text("letter.service."+string(x.Way), "day", p.dayOf(calendar.DateOf(x.Effect)))}
	if len(x.all) > 1 {
		d.Table = &pdf.Table{Head: []string{p.Text("letter.service.day"), p.Text("letter.service.did")}, Widths: []float64{1, 2}}
		for _, a := range x.all {
			d.Table.Rows = append(d.Table.Rows, []string{p.day(a.On), p.Text("after.did." + a.Did)})
		}
	}
}
