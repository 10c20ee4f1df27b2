package approver

import (
	"net/http"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/catalog"
	"yimen/domain/rule"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

// gap stands for a row where the rule covers nothing.
const gap = "-"

// seenRow names a proposal in the form, so that nobody decides upon one they have not seen.
func seenRow(p *review.Proposal) string {
	if p.Gap {
		return gap
	}
	return p.Row.ID
}

// consult asks the rule before a decision goes on; more says that the page is shown again: because that was asked for, because a
// finding is missing, or because the rule says something else now than what the officer saw.
func (s *Surface) consult(r *http.Request, t approval.Task, in *page.Input) (p *review.Proposal, more bool, err error) {
	if !in.Has("seen") || t.State != approval.Open || t.Waiting() {
		return nil, false, nil
	}
	got, err := s.Board.Propose(r.Context(), t.ID, in.Under("finding."))
	if err != nil {
		return nil, true, err
	}
	return &got, in.Text("do") == "propose" || in.Text("seen") != seenRow(&got), nil
}

// settle confirms, rejects or withdraws a departure that waits.
func (s *Surface) settle(w http.ResponseWriter, r *http.Request) error {
	t, err := s.taskOf(r, ref.TaskID(r.PathValue("id")))
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	key, err := in.Key()
	if err != nil {
		return err
	}
	a := review.Answer{By: officer(r), Task: t.ID, Departure: in.Text("departure"), Do: in.Text("do"), Note: in.Long("answer")}
	a.Submit = once.Submit{Actor: "staff:" + string(a.By.ID), Route: "POST /approver/task/{id}/departure", Key: key, At: page.Of(r).Now, Hash: a.Digest()}
	switch err = s.Board.Answer(r.Context(), a); {
	case err == nil && a.Do == review.Confirm:
		s.Hub.Send(topic(t.Organ), "changed")
		return s.leave(w, r, t.ID)
	case err == nil:
		s.Hub.Send(topic(t.Organ), "changed")
		return page.Redirect(w, r, taskPath(t.ID)+"?back="+a.Do)
	case !again(err):
		return err
	}
	v, failed := s.taskView(r)
	if failed != nil {
		return failed
	}
	v.In, v.Err = in, named(err, "note", "answer")
	return page.Show(w, r, page.Status(err), taskPage(page.Of(r), v))
}

// named gives a wrong field the name it has on this page.
func named(err error, from, to string) error {
	fields := slices.Clone(fault.Fields(err))
	for i := range fields {
		if fields[i].Name == from {
			fields[i].Name = to
		}
	}
	if len(fields) == 0 {
		return err
	}
	return fault.Bad(fields...)
}

// again says that a mistake is told on the page it was made on.
func again(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Denied) || fault.Is(err, fault.Conflict)
}

func (v *taskView) tabled() bool { return review.Proposes(v.Doc, v.Task.Task) }

func (v *taskView) waiting() bool { return v.Task.Waiting() }

// asked says that the rule has been consulted, so that the decision's own fields are shown.
func (v *taskView) asked() bool { return v.Proposal != nil || v.In != nil && v.In.Has("note") }

// known are the facts that the form gives, read-only.
func (v *taskView) known(p *page.Page) (out []page.Row) {
	for _, in := range v.Doc.Rule.Inputs {
		if review.Found(in) {
			continue
		}
		row := page.Row{Label: in.Label, Value: p.T("departure.unknown"), Note: p.T("departure.unknown.why")}
		i := slices.IndexFunc(v.Answers, func(a casepage.Answer) bool { return a.Field.Element == in.Name && a.Value != "" })
		if i >= 0 {
			a := v.Answers[i]
			row.Value = a.Shown
			if _, bad := review.Read(in, a.Value); bad == "" {
				row.Note = p.T("approver.source", "source", p.T(a.Source), "day", p.FullDate(calendar.DateOf(a.At)))
			}
		}
		out = append(out, row)
	}
	return out
}

// findings are the facts that the officer finds.
func (v *taskView) findings(p *page.Page) (out []page.Field) {
	for _, in := range v.Doc.Rule.Inputs {
		if !review.Found(in) {
			continue
		}
		f := page.Field{Name: "finding." + in.Name, Label: in.Label, Kind: page.Text}
		switch {
		case in.Type == string(rule.TypeBoolean):
			f.Kind, f.Options = page.Radio, []page.Option{{Value: "true", Text: p.T("departure.yes")}, {Value: "false", Text: p.T("departure.no")}}
		case len(in.Values) > 0:
			f.Kind = page.Radio
			for _, x := range in.Values {
				f.Options = append(f.Options, page.Option{Value: x, Text: x})
			}
		case in.Type == string(rule.TypeNumber):
			f.Kind, f.Extra = page.Number, map[string]any{"inputmode": "decimal"}
		case in.Type == string(rule.TypeDate):
			f.Kind = page.Date
		}
		out = append(out, f)
	}
	return page.Refill(p, out, v.In, v.Err)
}

// verdict is the decision itself, with what the rule proposes chosen already.
func (v *taskView) verdict(p *page.Page) []page.Field {
	out := page.Refill(p, append([]page.Field{v.choice(p), v.note(p)}, v.secondField(p)...), v.In, v.Err)
	if was, _ := v.Doc.Rule.Row(v.In.Text("seen")); v.Proposal != nil && (out[0].Value == "" || out[0].Value == was.Outcome) {
		out[0].Value = v.Proposal.Row.Outcome
	}
	return out
}

// departing is what a decision needs that leaves the proposal.
func (v *taskView) departing(p *page.Page) []page.Field {
	row := page.Field{Name: "rule_row", Label: p.T("departure.row"), Hint: p.T("departure.row.hint"), Kind: page.Select, Optional: true, Full: true}
	for _, x := range v.Doc.Rule.Rows {
		row.Options = append(row.Options, page.Option{Value: x.ID, Text: p.T("departure.row.one", "id", x.ID, "outcome", outcome(p, x.Outcome), "when", x.When)})
	}
	reason := page.Field{Name: "reason", Label: p.T("departure.reason"), Hint: p.T("departure.reason.hint"), Kind: page.LongText, Rows: 4, Full: true}
	return page.Refill(p, []page.Field{reason, row}, v.In, v.Err)
}

// leaves says that what is chosen leaves the proposal, or that something was written about that.
func (v *taskView) leaves(p *page.Page) bool {
	chosen := v.verdict(p)[0].Value
	written := slices.ContainsFunc(v.departing(p), func(f page.Field) bool { return f.Value != "" || f.Error != "" })
	return written || v.Proposal != nil && (v.Proposal.Gap || chosen != v.Proposal.Row.Outcome)
}

// says is the proposal in words.
func (v *taskView) says(p *page.Page) page.Notify {
	if v.Proposal.Gap {
		return page.Notify{Tone: page.Warn, Title: p.T("departure.gap.title"), Text: p.T("departure.gap.text")}
	}
	row := v.Proposal.Row
	return page.Notify{Tone: page.Info, Title: p.T("departure.proposes", "outcome", outcome(p, row.Outcome), "row", p.T("approver.row", "id", row.ID, "when", row.When)),
		Text: p.T("departure.rests", "says", row.Says, "law", v.surface.quote(p, row.Basis))}
}

// mayEndInRefusal says whether the remedy is worth showing beside what the rule proposes.
func (v *taskView) mayEndInRefusal(p *page.Page) bool {
	return v.mayRefuse() && v.verdict(p)[0].Value != approval.Grant
}

// pending is the departure that waits, to be judged.
func (v *taskView) pending(p *page.Page) []page.Row {
	d := v.Task.Departure
	rows := []page.Row{{Label: p.T("departure.proposed"), Value: v.rowWords(p, d.Proposed, p.T("departure.gap.title"))},
		{Label: p.T("departure.wants"), Value: outcome(p, d.Outcome)}, {Label: p.T("departure.reason"), Value: d.Reason}}
	if row, ok := v.Doc.Rule.Row(d.RuleRow); ok {
		rows = append(rows, page.Row{Label: p.T("departure.row"), Value: v.rowWords(p, row.ID, ""), Note: v.surface.quote(p, row.Basis)})
	} else {
		rows = append(rows, page.Row{Label: p.T("departure.row"), Value: p.T("departure.row.none")})
	}
	if d.Note != "" {
		rows = append(rows, page.Row{Label: p.T("approver.note.decide"), Value: d.Note})
	}
	return rows
}

func (v *taskView) rowWords(p *page.Page, id, none string) string {
	if row, ok := v.Doc.Rule.Row(id); ok {
		return p.T("departure.row.one", "id", row.ID, "outcome", outcome(p, row.Outcome), "when", row.When)
	}
	return none
}

// found are the facts a departure rests on.
func (v *taskView) found(p *page.Page) (out []page.Row) {
	for _, in := range v.Doc.Rule.Inputs {
		out = append(out, page.Row{Label: in.Label, Value: v.valueWords(p, in, v.Task.Departure.Facts[in.Name])})
	}
	return out
}

func (v *taskView) valueWords(p *page.Page, in catalog.RuleInput, x rule.Value) string {
	switch {
	case x.IsNull():
		return p.T("departure.unknown")
	case x.Kind() == rule.KindBoolean && x.True():
		return p.T("departure.yes")
	case x.Kind() == rule.KindBoolean:
		return p.T("departure.no")
	}
	i := slices.IndexFunc(v.Doc.Form, func(f catalog.Field) bool { return f.Element == in.Name })
	if i < 0 || review.Found(in) {
		return x.Plain()
	}
	return v.Doc.Form[i].Shown(x.Plain())
}

// own says that the one who looks proposed the departure.
func (v *taskView) own() bool { return v.Task.DepartureBy == v.Viewer.ID }

// rejecting is what a second officer may write.
func (v *taskView) rejecting(p *page.Page) []page.Field {
	f := page.Field{Name: "answer", Label: p.T("departure.answer"), Hint: p.T("departure.answer.hint"), Kind: page.LongText, Rows: 3, Full: true, Optional: true}
	return page.Refill(p, []page.Field{f}, v.In, v.Err)
}

// cameBack tells that a departure was rejected or withdrawn just now, or what was done taken back.
func cameBack(p *page.Page, did string) page.Notify {
	if did == "undone" {
		return page.Notify{Tone: page.Good, Title: p.T("inbox.undo.done"), Text: p.T("departure.back")}
	}
	if did == review.Reject || did == review.Withdraw {
		return page.Notify{Tone: page.Good, Title: p.T("departure.back." + did), Text: p.T("departure.back")}
	}
	return page.Notify{}
}
