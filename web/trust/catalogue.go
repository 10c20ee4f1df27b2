package trust

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/credit"
	"yimen/foundation/fault"
	"yimen/process/trust"
	"yimen/web/page"
)

// fresh is the address of a row that is not there yet; its own word has two letters more at least.
const fresh = "new"

// catalogue lists the published rows; without one of them nothing is ever recorded.
func (s *Surface) catalogue(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	all, err := credit.Catalogue(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "rows", Caption: p.T("trust.catalogue"), Empty: page.Nothing{Title: p.T("trust.catalogue.none"), Text: p.T("trust.catalogue.none.text")},
		Columns: []page.Column{{Text: p.T("trust.row.name"), Main: true}, {Text: p.T("trust.row.cause")}, {Text: p.T("trust.row.months"), Number: true}, {Text: p.T("trust.row.version"), Number: true}, {Text: p.T("trust.state")}}}
	for _, x := range all {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: "/trust/catalogue/" + x.Kind}), page.Words(p.T("trust.cause." + x.Cause)), page.Words(strconv.Itoa(x.Months)),
			page.Words(strconv.Itoa(x.Version)), rowState(p, x)}})
	}
	return page.Show(w, r, http.StatusOK, cataloguePage(p, t, staff(r).Has("standards")))
}

func rowState(p *page.Page, x credit.Row) templ.Component {
	if x.Withdrawn {
		return page.Tag(page.Info, p.T("trust.row.withdrawn"))
	}
	return page.Tag(page.Good, p.T("trust.row.in_force"))
}

// catalogueRows are a row of the catalogue in words.
func catalogueRows(p *page.Page, x credit.Row) []page.Row {
	rows := []page.Row{{Label: p.T("trust.row.cause"), Value: p.T("trust.cause." + x.Cause)},
		{Label: p.T("credit.basis"), Value: p.T("credit.basis.law", "law", x.Basis.Law, "n", x.Basis.Article), Note: x.Basis.Text}}
	for _, e := range x.Effects {
		rows = append(rows, page.Row{Label: p.T("credit.effect"), Value: p.T("credit.effect." + e)})
	}
	return append(rows, page.Row{Label: p.T("trust.row.months"), Value: strconv.Itoa(x.Months)}, page.Row{Label: p.T("trust.row.answer_days"), Value: strconv.Itoa(x.AnswerDays)},
		page.Row{Label: p.T("credit.repair"), Value: x.Repair, Note: p.T("credit.repair.from", "n", x.RepairMonths)})
}

// rowView is one row with its versions.
type rowView struct {
	Row      credit.Row
	History  []page.Moment
	Office   bool
	New      bool
	Fields   []page.Field
	Problems []page.Problem
}

func (s *Surface) row(w http.ResponseWriter, r *http.Request) error {
	return s.rowPage(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) rowPage(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	v := rowView{Office: staff(r).Has("standards"), New: r.PathValue("kind") == fresh}
	if v.New && !v.Office {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	all, err := credit.Versions(r.Context(), s.DB, r.PathValue("kind"))
	if err != nil {
		return err
	}
	if len(all) == 0 && !v.New {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if !v.New {
		v.Row = all[0]
	}
	for _, x := range all {
		m := page.Moment{Title: p.T("trust.row.nth", "n", x.Version), At: p.When(x.At), State: page.Done, Detail: x.Name}
		if x.Withdrawn {
			m.Detail = p.T("trust.row.withdrawn")
		}
		v.History = append(v.History, m)
	}
	v.Fields = page.Refill(p, v.ask(p), in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return page.Show(w, r, status, rowSheet(p, v))
}

func (v rowView) ask(p *page.Page) []page.Field {
	x := v.Row
	number := func(name, key string, n int) page.Field {
		f := page.Field{Name: name, Label: p.T(key), Kind: page.Number, Short: true}
		if n != 0 {
			f.Value = strconv.Itoa(n)
		}
		return f
	}
	cause := page.Field{Name: "cause", Label: p.T("trust.row.cause"), Kind: page.Select, Value: x.Cause}
	for _, c := range credit.Causes() {
		cause.Options = append(cause.Options, page.Option{Value: c, Text: p.T("trust.cause." + c)})
	}
	effects := page.Field{Name: "effects", Label: p.T("credit.effect"), Kind: page.Checks, Values: x.Effects}
	for _, e := range credit.Effects() {
		effects.Options = append(effects.Options, page.Option{Value: e, Text: p.T("credit.effect." + e)})
	}
	fields := []page.Field{{Name: "name", Label: p.T("trust.row.name"), Value: x.Name}, cause, effects, number("months", "trust.row.months", x.Months), number("answer_days", "trust.row.answer_days", x.AnswerDays),
		number("repair_months", "trust.row.repair_months", x.RepairMonths), {Name: "repair", Label: p.T("credit.repair"), Kind: page.LongText, Rows: 2, Value: x.Repair},
		{Name: "basis", Label: p.T("trust.row.law"), Hint: p.T("trust.row.law.hint"), Value: x.Basis.Law}, number("article", "trust.row.article", x.Basis.Article), number("paragraph", "trust.row.paragraph", x.Basis.Paragraph),
		{Name: "text", Label: p.T("trust.row.text"), Kind: page.LongText, Rows: 3, Value: x.Basis.Text}}
	fields[9].Optional = true
	if v.New {
		fields = append([]page.Field{{Name: "kind", Label: p.T("trust.row.kind"), Hint: p.T("trust.row.kind.hint"), Auto: "off"}}, fields...)
	}
	return fields
}

// edit publishes the next version of a row, or withdraws it.
func (s *Surface) edit(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	kind := r.PathValue("kind")
	x := trust.Editing{By: staff(r), Version: whole(in, "version"), Row: credit.Row{Kind: kind, Name: in.Text("name"), Cause: in.Text("cause"), Effects: in.All("effects"), Months: whole(in, "months"),
		AnswerDays: whole(in, "answer_days"), RepairMonths: whole(in, "repair_months"), Repair: in.Long("repair"), Withdrawn: in.Text("withdraw") == "yes",
		Basis: credit.Basis{Law: in.Text("basis"), Article: whole(in, "article"), Paragraph: whole(in, "paragraph"), Text: in.Long("text")}}}
	if kind == fresh {
		x.Row.Kind = in.Text("kind")
	}
	if x.Submit, err = submit(r, in, "POST /trust/catalogue/{kind}", kind, in.Text("withdraw"), x.Row.Name, in.Text("version")); err != nil {
		return err
	}
	err = s.Trust.Edit(r.Context(), x)
	if fault.Is(err, fault.Invalid) {
		return s.rowPage(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/trust/catalogue/"+x.Row.Kind)
}

// whole reads a whole number; what is none is 0 and so refused with its field.
func whole(in *page.Input, name string) int {
	n, err := strconv.Atoi(in.Compact(name))
	if err != nil {
		return 0
	}
	return n
}

func (v rowView) title(p *page.Page) string {
	if v.New {
		return p.T("trust.row.new")
	}
	return v.Row.Name
}

func (v rowView) address() string {
	if v.New {
		return fresh
	}
	return v.Row.Kind
}
