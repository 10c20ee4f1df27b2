package oversight

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

// caseView is how a case went, who looked, and whether its record holds.
type caseView struct {
	*casepage.Page
	surface *Surface
	Chain   []audit.Row
	Looks   []audit.Access
	names   map[ref.StaffID]string
	organs  map[ref.OrganID]org.Organ
}

// mostLooks is how many looks at the applicant are read to find those on this case.
const mostLooks = 200

func (s *Surface) showCase(w http.ResponseWriter, r *http.Request) error {
	c, err := casefile.Get(r.Context(), s.DB, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if err := s.Gate.Look(r.Context(), disclose.Look{By: supervisor(r), Party: c.Party, Case: c.ID, Purpose: disclose.ForOversight}); err != nil {
		return err
	}
	v := &caseView{surface: s, names: map[ref.StaffID]string{}}
	if v.Page, err = s.Cases.Of(r.Context(), c.ID); err != nil {
		return err
	}
	if v.Chain, err = audit.History(r.Context(), s.DB, "case:"+string(c.ID)); err != nil {
		return err
	}
	looks, err := audit.Accesses(r.Context(), s.DB, c.Party, mostLooks)
	if err != nil {
		return err
	}
	v.Looks = slices.DeleteFunc(looks, func(a audit.Access) bool { return a.Case != c.ID })
	if v.organs, err = org.Organs(r.Context(), s.DB); err != nil {
		return err
	}
	if err := s.readNames(r, v); err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, casePage(page.Of(r), v))
}

// readNames resolves everybody in the chain and among the looks.
func (s *Surface) readNames(r *http.Request, v *caseView) error {
	var ids []ref.StaffID
	for _, row := range v.Chain {
		if id, ok := strings.CutPrefix(row.Actor, "staff:"); ok {
			ids = append(ids, ref.StaffID(id))
		}
	}
	for _, a := range v.Looks {
		ids = append(ids, a.Actor)
	}
	for _, id := range ids {
		if _, known := v.names[id]; known {
			continue
		}
		who, err := org.GetStaff(r.Context(), s.DB, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		v.names[id] = who.Name
	}
	return nil
}

// actor is who did something: a name, or what part of the system it was.
func (v *caseView) actor(p *page.Page, actor string) string {
	kind, id, _ := strings.Cut(actor, ":")
	if name := v.names[ref.StaffID(id)]; kind == "staff" && name != "" {
		return name
	}
	if kind == "party" {
		return p.T("oversight.actor.party")
	}
	return p.T("oversight.actor.system")
}

func (v *caseView) state(p *page.Page) []page.Row {
	rows := []page.Row{{Label: p.T("oversight.column.stage"), Part: stage(p, v.Case.Stage)}, {Label: p.T("oversight.column.number"), Part: page.Fours(string(v.Case.Number))},
		{Label: p.T("oversight.column.item"), Value: v.Doc.Name}, {Label: p.T("oversight.column.party"), Value: v.Party.Name},
		{Label: p.T("oversight.column.organ"), Value: v.Organ.Name}, {Label: p.T("oversight.long_number"), Value: string(v.Item.Number)}}
	if v.Item.Outcome != "" {
		rows = append(rows, page.Row{Label: p.T("oversight.outcome"), Value: p.T("case.outcome." + v.Item.Outcome)})
	}
	return rows
}

func (v *caseView) times(p *page.Page) []page.Row {
	rows := []page.Row{{Label: p.T("oversight.column.received"), Value: p.When(v.Case.ReceivedAt)}}
	if !v.Case.AcceptedAt.IsZero() {
		rows = append(rows, page.Row{Label: p.T("oversight.accepted"), Value: p.When(v.Case.AcceptedAt)})
	}
	due := page.Row{Label: p.T("oversight.column.due"), Value: p.FullDate(v.Clock.Day)}
	if v.Clock.Provisional {
		due.Note = p.T("oversight.provisional", "year", v.Clock.MissingYear)
	}
	rows = append(rows, due)
	if !v.Case.ClosedAt.IsZero() {
		return append(rows, page.Row{Label: p.T("oversight.closed"), Value: p.When(v.Case.ClosedAt)}, page.Row{Label: p.T("oversight.in_time"), Part: page.Tag(clockTones[string(v.Clock.State)], p.T(v.Clock.State.Key()))})
	}
	return append(rows, page.Row{Label: p.T("oversight.left"), Part: dueCell(v.surface.until(p, v.Case.ReceivedAt, v.Clock.Due))})
}

var clockTones = map[string]page.Tone{"green": page.Good, "soon": page.Warn, "overdue": page.Danger}

// tasks are the organs' parts: who has or had which, for how long.
func (v *caseView) tasks(p *page.Page) (out []page.Moment) {
	for _, t := range v.Tasks {
		name := t.Step.Name
		if name == "" {
			name = p.T("case.task." + t.Kind)
		}
		m := page.Moment{Title: p.T("oversight.task", "organ", t.OrganName, "task", name), State: page.Done, At: p.When(t.Made),
			Detail: p.T("oversight.task.open", "day", p.Date(calendar.DateOf(t.Due)))}
		switch {
		case t.State == approval.Open && t.Clock == "overdue":
			m.State, m.Detail = page.Failed, p.T("oversight.task.overdue", "day", p.Date(calendar.DateOf(t.Due)))
		case t.State == approval.Open:
			m.State = page.Now
		case t.State == approval.Void:
			m.State, m.Detail = page.Later, p.T("oversight.task.void")
		default:
			m.Who = strings.Join(slices.DeleteFunc([]string{t.By, t.Second}, func(s string) bool { return s == "" }), p.T("oversight.and"))
			m.Detail = p.T("oversight.task.done", "outcome", p.T("case.outcome."+t.Outcome), "at", p.When(t.DoneAt))
			if t.DoneAt.After(t.Due) {
				m.Detail = p.T("oversight.task.late", "outcome", p.T("case.outcome."+t.Outcome), "at", p.When(t.DoneAt), "day", p.Date(calendar.DateOf(t.Due)))
			}
		}
		out = append(out, m)
	}
	return out
}

func (v *caseView) history(p *page.Page) (out []page.Moment) {
	for _, e := range v.History {
		m := page.Moment{Title: p.T("case.fact." + string(e.Kind)), At: p.Stamp(e.At), Who: strings.TrimSpace(e.Organ + "　" + e.By), State: page.Done}
		if e.Outcome != "" {
			m.Detail = p.T("case.outcome." + e.Outcome)
		}
		out = append(out, m)
	}
	return out
}

// chain is the audit chain of the case; each row says whether it follows the one before.
func (v *caseView) chain(p *page.Page) page.Table {
	t := page.Table{ID: "chain", Caption: p.T("oversight.chain.caption"), Empty: page.Nothing{Title: p.T("oversight.chain.none")},
		Columns: []page.Column{{Text: p.T("oversight.chain.seq"), Number: true}, {Text: p.T("oversight.chain.verb"), Main: true}, {Text: p.T("oversight.chain.actor")}, {Text: p.T("oversight.chain.at")},
			{Text: p.T("oversight.chain.after")}, {Text: p.T("oversight.chain.hash")}, {Text: p.T("oversight.chain.link")}}}
	prev := ""
	for _, row := range v.Chain {
		link, tone := page.Tag(page.Good, p.T("oversight.chain.holds")), page.Plain
		if row.Prev != prev {
			link, tone = page.Tag(page.Danger, p.T("oversight.chain.broken")), page.Danger
		}
		prev = row.Hash
		t.Lines = append(t.Lines, page.Line{Tone: tone, Cells: []templ.Component{page.Words(strconv.FormatInt(row.Seq, 10)), digest(row.Verb, row.Verb), page.Words(v.actor(p, row.Actor)),
			page.Words(p.Stamp(row.At)), digest(short(row.After), row.After), digest(short(row.Hash), row.Hash), link}})
	}
	return t
}

// short is enough of a digest to compare by eye; the whole is in its title.
func short(digest string) string {
	if len(digest) <= 12 {
		return digest
	}
	return digest[:12]
}

func (v *caseView) looks(p *page.Page) page.Table {
	t := page.Table{ID: "looks", Caption: p.T("oversight.looks.caption"), Empty: page.Nothing{Title: p.T("oversight.looks.none")},
		Columns: []page.Column{{Text: p.T("oversight.looks.at")}, {Text: p.T("oversight.looks.who"), Main: true}, {Text: p.T("oversight.looks.organ")}, {Text: p.T("oversight.looks.why")}}}
	for _, a := range v.Looks {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(p.Stamp(a.At)), page.Words(v.names[a.Actor]), page.Words(v.organs[a.Organ].Name), page.Words(p.T(a.Purpose))}})
	}
	return t
}
