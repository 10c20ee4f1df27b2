package approver

import (
	"strings"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/material"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/view/casepage"
	"yimen/web/page"
)

// timeLeft is a clock as a word with its colour.
type timeLeft struct {
	tone  page.Tone
	words string
	until string
}

// left says how much of a task's time remains, in working days; the rule of the warning is the house's own.
func (s *Surface) left(p *page.Page, made, due time.Time) timeLeft {
	c, today, last := s.Cases.Calendar(), calendar.DateOf(p.Now), calendar.DateOf(due)
	n, _ := c.WorkdaysBetween(today, last)
	total, _ := c.WorkdaysBetween(calendar.DateOf(made), last)
	out := timeLeft{page.Plain, p.T("approver.left.days", "n", n), p.T("approver.until", "day", p.Date(last))}
	switch {
	case p.Now.After(due):
		out.tone, out.words = page.Danger, p.T("approver.left.overdue", "n", max(-n, 1))
	case n <= 0:
		out.tone, out.words = page.Warn, p.T("approver.left.today")
	case n <= clock.UsualRules.SoonDays || n*100 <= total*clock.UsualRules.SoonPercent:
		out.tone = page.Warn
	}
	return out
}

// taskName is what is to be done: the plan's own name for the step, else the kind's.
func taskName(p *page.Page, kind, step string) string {
	if step != "" {
		return step
	}
	return p.T("case.task." + kind)
}

func outcome(p *page.Page, o string) string {
	if o == "" {
		return ""
	}
	return p.T("case.outcome." + o)
}

var stageTones = map[casefile.Stage]page.Tone{casefile.Returned: page.Warn, casefile.Declined: page.Danger, casefile.Refused: page.Danger,
	casefile.Accepted: page.Info, casefile.Granted: page.Good, casefile.Closed: page.Good, casefile.Terminated: page.Danger}

// law names a citation: 《城市道路管理条例》第三十三条第一款.
func (s *Surface) law(p *page.Page, c catalog.Citation) string {
	return p.T("approver.law", "law", c.Law, "article", s.Press.Article(c.Article, c.Sub, c.Paragraph, c.Point))
}

// quote is a citation with the article's words.
func (s *Surface) quote(p *page.Page, c catalog.Citation) string {
	if c.Text == "" {
		return s.law(p, c)
	}
	return p.T("approver.quote", "law", s.law(p, c), "text", inner.Replace(c.Text))
}

// inner are the quotation marks inside others (GB/T 15834-2011, 4.8.3.3).
var inner = strings.NewReplacer("“", "‘", "”", "’")

// absent tells nobody whether something exists that is not theirs: the notice about it is left out.
func absent(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// moments is the case's history, oldest first.
func moments(p *page.Page, events []casepage.Event) (out []page.Moment) {
	for _, e := range events {
		m := page.Moment{Title: p.T("case.fact." + string(e.Kind)), At: p.When(e.At), Who: e.Organ, Detail: e.Note, State: page.Done}
		switch {
		case e.Organ == "":
			m.Who = e.By
		case e.By != "":
			m.Who = p.T("approver.who", "organ", e.Organ, "name", inStead(p, e.By, e.For))
		}
		if e.Outcome != "" {
			m.Title = p.T("approver.moment", "what", m.Title, "outcome", outcome(p, e.Outcome))
		}
		m.Title = noted(p, m.Title, e)
		out = append(out, m)
	}
	return out
}

// answers are what the applicant said, each with where it is from and of which day.
func answers(p *page.Page, list []casepage.Answer) (out []page.Row) {
	for _, a := range list {
		if a.Value != "" {
			out = append(out, page.Row{Label: a.Field.Label, Value: a.Shown, Note: p.T("approver.source", "source", p.T(a.Source), "day", p.FullDate(calendar.DateOf(a.At)))})
		}
	}
	return out
}

// trust says how sure a paper is: material.Issued A … material.Declared D.
func trust(p *page.Page, level string) string { return p.T("approver.trust." + strings.ToLower(level)) }

var trustTones = map[string]page.Tone{material.Issued: page.Good, material.Compared: page.Good, material.Declared: page.Warn}

// notUsed says why there is no paper: it is looked up, or none came.
func notUsed(p *page.Page, m catalog.MaterialSpec) string {
	if !m.HandedIn() {
		return p.T("approver.material.looked_up")
	}
	return p.T("approver.material.none")
}

func usedHow(p *page.Page, u casepage.Used) string {
	key := "approver.material.came"
	if u.Use.Reused {
		key = "approver.material.reused"
	}
	return p.T(key, "name", u.Name, "source", p.T(u.Origin), "day", p.FullDate(calendar.DateOf(u.Made)))
}

func looksAt(p *page.Page, points []string) string {
	return p.T("approver.material.check", "points", strings.Join(points, p.T("approver.list_mark")))
}
