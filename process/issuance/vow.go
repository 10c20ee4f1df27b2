package issuance

import (
	"context"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/seal"
	"yimen/domain/undertaking"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/pdf"
)

// Vow seals the letter of what the applicant promised: 容缺受理承诺书 or 告知承诺书.
func (p *Press) Vow(ctx context.Context, d event.Delivery, e undertaking.WasSigned) error {
	u, err := undertaking.Get(ctx, p.DB, e.Undertaking)
	if err != nil {
		return err
	}
	kind := seal.Undertaking
	if u.Kind == undertaking.Promise {
		kind = seal.Promise
	}
	return p.draft(ctx, d, e.Case, order{source: "signed:" + u.ID, kind: kind, item: u.Item, fact: casefile.FactPromised, vow: &u})
}

// Tolerance makes the 容缺受理通知书: what is missing, and until when.
func (p *Press) Tolerance(ctx context.Context, d event.Delivery, e undertaking.WasStarted) error {
	u, err := undertaking.Get(ctx, p.DB, e.Undertaking)
	if err != nil {
		return err
	}
	return p.draft(ctx, d, e.Case, order{source: "tolerated:" + u.ID, kind: seal.Tolerance, item: u.Item, fact: casefile.FactAccepted, vow: &u})
}

// withheld acknowledges a decision whose result may not be issued yet, or not any more: papers are owed. It looks under
// the case's lock, so that either this or Freed makes the result once the last paper is good.
func (p *Press) withheld(ctx context.Context, d event.Delivery, t approval.Task) (waits bool, err error) {
	err = p.DB.Write(ctx, "issuance.Withhold", func(ctx context.Context, tx *db.Tx) error {
		waits = false
		if _, err := casefile.Lock(ctx, tx, t.Case); err != nil {
			return err
		}
		owed, err := undertaking.Withheld(ctx, tx, t.CaseItem)
		if err != nil || !owed {
			return err
		}
		waits = true
		return d.Done(ctx, tx)
	})
	return waits, err
}

// Freed makes the result that was withheld, now that everything promised is there. A case that is not decided yet
// gets its result by its decision.
func (p *Press) Freed(ctx context.Context, d event.Delivery, e undertaking.WasKept) error {
	tasks, err := approval.ByItem(ctx, p.DB, e.Item)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tasks, func(t approval.Task) bool {
		return t.Kind == approval.Decide && t.State == approval.Done && t.Outcome == approval.Grant
	})
	if i < 0 {
		return p.DB.Write(ctx, "issuance.Freed", d.Done)
	}
	return p.grant(ctx, d, tasks[i])
}

// vowText tells what is promised, in the words of the item, or what is owed until when and what follows if it does
// not come.
func (p *Press) vowText(ctx context.Context, d *pdf.Document, s *sheet) error {
	papers, err := undertaking.Papers(ctx, p.DB, s.vow.ID)
	if err != nil {
		return err
	}
	d.Table = &pdf.Table{Head: []string{p.Text("letter.correction.no"), p.Text("letter.vow.paper")}, Widths: []float64{1, 10}}
	for _, x := range papers {
		m, _ := s.item.Material(x.Spec)
		d.Table.Rows = append(d.Table.Rows, []string{p.Text("letter.ordinal", "n", len(d.Table.Rows)+1), m.Name})
	}
	switch s.kind {
	case seal.Tolerance:
		d.Paragraphs = []string{p.Text("letter.tolerance.body", "item", s.item.Name, "day", p.day(s.at()), "until", p.dayOf(calendar.DateOf(s.vow.Due)))}
		d.Closing = []string{p.Text("letter.tolerance.runs"), p.Text("letter.tolerance.else"), p.Text("letter.ask", "phone", s.item.Service.Ask)}
		return nil
	case seal.Undertaking:
		t := s.item.ToleranceTime()
		d.Paragraphs = []string{p.Text("letter.undertaking.body", "item", s.item.Name, "span", p.Text("span."+t.Unit, "n", t.N))}
		d.Closing = []string{p.Text("letter.undertaking.else"), p.Text("letter.undertaking.free")}
	case seal.Promise:
		d.Paragraphs = []string{p.Text("letter.promise.body", "item", s.item.Name), p.Text("letter.promise.text", "text", flat(s.item.Promise.Text))}
		if b := s.item.Promise.Basis; b != nil {
			d.Paragraphs = append(d.Paragraphs, p.Text("letter.basis", "law", b.Law, "article", p.article(*b)))
		}
		d.Closing = []string{p.Text("letter.promise.else"), p.Text("letter.promise.free")}
	}
	d.To = p.Text("letter.to", "name", s.organ.Name)
	d.Closing = append(d.Closing, p.Text("letter.vow.signed."+s.vow.How, "name", s.party.Name, "day", p.day(s.vow.Signed)))
	return nil
}
