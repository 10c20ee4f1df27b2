package admin

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/clock"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/standards"
	"yimen/web/page"
)

func (s *Surface) calendarRoutes() []page.Route {
	roles := []page.Role{page.Admin}
	return []page.Route{
		{Method: "GET", Pattern: "/admin/calendar", Roles: roles, Handler: s.calendar, Title: "calendar.title"},
		{Method: "POST", Pattern: "/admin/calendar/year", Roles: roles, Handler: s.enterYear, Title: "calendar.title"},
		{Method: "POST", Pattern: "/admin/calendar/day", Roles: roles, Handler: s.enterDay, Title: "calendar.title"},
		{Method: "POST", Pattern: "/admin/calendar/lift", Roles: roles, Handler: s.liftDay, Title: "calendar.title"},
		{Method: "GET", Pattern: "/admin/calendar/{year}", Roles: roles, Handler: s.exportYear, Title: "calendar.title"},
	}
}

// calendarView is the calendar's data with what is being entered.
type calendarView struct {
	Years page.Table
	Days  page.Table
	Year  []page.Field
	Day   []page.Field
	Bad   []page.Problem
	Done  string
}

func (s *Surface) calendar(w http.ResponseWriter, r *http.Request) error {
	return s.showCalendar(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) showCalendar(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	cal, err := clock.Load(r.Context(), s.DB, calendar.Default())
	if err != nil {
		return err
	}
	locals, err := clock.Locals(r.Context(), s.DB)
	if err != nil {
		return err
	}
	v := calendarView{Years: yearTable(p, cal), Days: dayTable(p, locals)}
	year := []page.Field{{Name: "year", Label: p.T("calendar.year.json"), Hint: p.T("calendar.year.json.hint"), Kind: page.LongText, Rows: 10, Full: true}}
	day := []page.Field{{Name: "day", Label: p.T("calendar.day"), Kind: page.Date},
		{Name: "work", Label: p.T("calendar.day.work"), Kind: page.Radio, Options: []page.Option{{Value: "off", Text: p.T("calendar.day.off")}, {Value: "on", Text: p.T("calendar.day.on")}}},
		{Name: "reason", Label: p.T("calendar.day.why"), Hint: p.T("calendar.day.why.hint"), Full: true}}
	v.Year, v.Day = page.Refill(p, year, in, wrong), page.Refill(p, day, in, wrong)
	v.Bad = page.Problems(p, append(year, day...), wrong)
	if page.Query(r).Text("done") != "" {
		v.Done = p.T("calendar.done")
	}
	return page.Show(w, r, status, calendarPage(p, v))
}

func yearTable(p *page.Page, cal *calendar.Calendar) page.Table {
	t := page.Table{ID: "years", Caption: p.T("calendar.years"), Columns: []page.Column{{Text: p.T("calendar.year"), Main: true}, {Text: p.T("calendar.version"), Number: true}, {Text: p.T("calendar.published")},
		{Text: p.T("calendar.off"), Number: true}, {Text: p.T("calendar.made_up"), Number: true}, {Text: p.T("calendar.source")}}}
	for _, y := range cal.Years() {
		off := 0
		for _, o := range y.Off {
			off += int(o.To-o.From) + 1
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: strconv.Itoa(y.Year), Href: "/admin/calendar/" + strconv.Itoa(y.Year)}), page.Words(strconv.Itoa(y.Version)),
			page.Words(p.FullDate(y.Published)), page.Words(strconv.Itoa(off)), page.Words(strconv.Itoa(len(y.Work))), page.Words(y.Source)}})
	}
	return t
}

func dayTable(p *page.Page, locals []clock.Local) page.Table {
	t := page.Table{ID: "days", Caption: p.T("calendar.days"), Empty: page.Nothing{Title: p.T("calendar.days.none"), Text: p.T("calendar.days.none.text")},
		Columns: []page.Column{{Text: p.T("calendar.day"), Main: true}, {Text: p.T("calendar.day.work")}, {Text: p.T("calendar.day.why")}, {Text: p.T("calendar.entered")}, {Text: p.T("calendar.lift")}}}
	for _, l := range locals {
		work := "calendar.day.off"
		if l.Work {
			work = "calendar.day.on"
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(l.Day), page.Words(p.T(work)), page.Words(l.Reason), page.Words(p.When(l.Made)), liftCell(p, l)}})
	}
	return t
}

// doing is one act of the engineer's with its key.
func (s *Surface) doing(r *http.Request, in *page.Input, parts ...string) (standards.Doing, error) {
	key, err := in.Key()
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return standards.Doing{By: who, Submit: once.Submit{Actor: "staff:" + string(who.ID), Route: "POST " + r.URL.Path, Key: key, At: page.Of(r).Now, Hash: once.Hash(parts...)}}, err
}

// entered goes back to the list, or shows what was typed with what is wrong.
func (s *Surface) entered(w http.ResponseWriter, r *http.Request, in *page.Input, err error) error {
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return s.showCalendar(w, r, page.Status(err), in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/admin/calendar?done=1")
}

func (s *Surface) enterYear(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	a, err := s.doing(r, in, in.Long("year"))
	if err != nil {
		return err
	}
	return s.entered(w, r, in, s.Library.EnterYear(r.Context(), a, []byte(in.Long("year"))))
}

func (s *Surface) enterDay(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	day, work, reason := in.Date("day"), in.Text("work"), in.Text("reason")
	a, err := s.doing(r, in, day, work, reason)
	if err != nil {
		return err
	}
	if work != "on" && work != "off" {
		return s.entered(w, r, in, fault.Bad(fault.Field{Name: "work", Key: "form.choose"}))
	}
	return s.entered(w, r, in, s.Library.EnterDay(r.Context(), a, day, work == "on", reason))
}

func (s *Surface) liftDay(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	a, err := s.doing(r, in, in.Text("id"))
	if err != nil {
		return err
	}
	return s.entered(w, r, in, s.Library.LiftDay(r.Context(), a, in.Text("id")))
}

// exportYear gives a year's notice as the file it can be entered with elsewhere.
func (s *Surface) exportYear(w http.ResponseWriter, r *http.Request) error {
	cal, err := clock.Load(r.Context(), s.DB, calendar.Default())
	if err != nil {
		return err
	}
	for _, y := range cal.Years() {
		if strconv.Itoa(y.Year) != strings.TrimSuffix(r.PathValue("year"), ".json") {
			continue
		}
		body, err := json.MarshalIndent(y, "", "  ")
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="calendar-`+strconv.Itoa(y.Year)+`.json"`)
		_, _ = w.Write(body) // the browser left; nobody to tell
		return nil
	}
	return fault.New(fault.NotFound, "fault.not_found")
}
