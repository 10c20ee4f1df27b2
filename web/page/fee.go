package page

import (
	"github.com/a-h/templ"

	"yimen/domain/fee"
	"yimen/view/casepage"
)

var feeTones = map[fee.State]Tone{fee.Open: Warn, fee.Due: Warn, fee.Paid: Good, fee.Waived: Good, fee.Late: Danger, fee.Lapsed: Danger}

// FeeTag is where a bill stands, in a word.
func FeeTag(p *Page, s fee.State) templ.Component {
	return Tag(feeTones[s], p.T("fee.state."+string(s)))
}

// FeeRows is what is charged, line by line with its basis, until when, and the money that moved. law
// writes a basis.
func FeeRows(p *Page, f casepage.Fee, law func(fee.Basis) string) []Row {
	rows := []Row{{Label: p.T("fee.row.state"), Part: FeeTag(p, f.State)}}
	for _, l := range f.Lines() {
		row := Row{Label: l.Name, Value: p.T("fee.row.open", "price", p.Money(l.Price), "unit", l.Unit)}
		if l.Count != "" {
			row.Value = p.T("fee.row.line", "price", p.Money(l.Price), "unit", l.Unit, "count", l.Count, "amount", p.Money(l.Amount))
		}
		if l.Basis.Cited() {
			row.Note = law(l.Basis)
		}
		rows = append(rows, row)
	}
	if f.Relief > 0 {
		rows = append(rows, Row{Label: p.T("fee.row.relief"), Value: p.Money(f.Relief)})
	}
	if f.State != fee.Open {
		rows = append(rows, Row{Label: p.T("fee.row.total"), Value: p.Money(f.Amount())})
	}
	if f.State.Waits() {
		rows = append(rows, Row{Label: p.T("fee.row.until"), Value: p.FullDate(f.LastDay())})
	}
	if !f.Billed.IsZero() {
		rows = append(rows, Row{Label: p.T("fee.row.waited"), Value: waited(p, f.Bill), Note: p.T("fee.row.waited.note")})
	}
	for _, x := range f.Payments {
		if x.State == fee.Taken {
			rows = append(rows, Row{Label: p.T("fee.row.paid"), Value: p.Money(x.Amount), Note: p.T("fee.row.serial", "at", p.When(x.At), "serial", x.Serial)})
		}
	}
	for _, x := range f.Changes {
		if x.Kind == fee.Refund && x.State == fee.Done {
			rows = append(rows, Row{Label: p.T("fee.row.refunded"), Value: p.Money(x.Amount), Note: p.T("fee.row.serial", "at", p.When(x.Done), "serial", x.Number)})
		}
	}
	return rows
}

// waited is the applicant's time: from when they were asked until the money was there.
func waited(p *Page, b fee.Bill) string {
	if b.Settled.IsZero() {
		return p.T("fee.row.waiting", "from", p.When(b.Billed))
	}
	return p.T("fee.row.waited.until", "from", p.When(b.Billed), "to", p.When(b.Settled))
}
