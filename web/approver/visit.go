package approver

import (
	"net/http"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/material"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/intake"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
	"yimen/web/text"
)

// mostPhotos is how many pictures come with one post.
const mostPhotos = 4

// visits says that the task is a visit to the site.
func (v *taskView) visits() bool { return v.Task.Kind == approval.Visit }

// site is the appointment of the visit; false while there is none.
func (v *taskView) site() (approval.Appointment, bool) {
	i := slices.IndexFunc(v.Meetings, func(a approval.Appointment) bool {
		return a.CaseItem == v.Task.CaseItem && a.About == v.Task.Step.About()
	})
	if i < 0 {
		return approval.Appointment{}, false
	}
	return v.Meetings[i], true
}

// been says that the time of the visit has come.
func (v *taskView) been(p *page.Page) bool {
	a, ok := v.site()
	return ok && !p.Now.Before(a.Meets)
}

// party are the tasks that go to the site together.
func (v *taskView) party() (out []casepage.Task) {
	for _, s := range v.Doc.Together(v.Task.Step) {
		for _, t := range v.Tasks {
			if t.Task.Step == s.ID {
				out = append(out, t)
			}
		}
	}
	return out
}

// mayAppoint says that the officer's organ makes the appointment, and nobody has written findings yet.
func (v *taskView) mayAppoint() bool {
	found := slices.ContainsFunc(v.party(), func(t casepage.Task) bool { return t.State == approval.Done })
	return v.open() && v.visits() && v.Doc.Leads(v.Task.Step) && !found
}

// arranging says that what was posted is an appointment or a picture, whose mistakes are told there.
func (v *taskView) arranging() bool {
	return v.visits() && v.In != nil && (v.In.Text("do") == "appoint" || v.In.Text("do") == "photo")
}

func (v *taskView) visitFields(p *page.Page) []page.Field {
	if v.In.Text("do") == "photo" {
		return v.photoFields(p)
	}
	return v.appointFields(p)
}

func (v *taskView) refillIf(p *page.Page, do string, fields []page.Field) []page.Field {
	if v.In != nil && v.In.Text("do") == do {
		return page.Refill(p, fields, v.In, v.Err)
	}
	return fields
}

func (v *taskView) appointFields(p *page.Page) []page.Field {
	return v.refillIf(p, "appoint", meeting(p))
}

func (v *taskView) appointText(p *page.Page) string {
	if _, ok := v.site(); ok {
		return p.T("site.move")
	}
	return p.T("site.appoint")
}

func (v *taskView) photoFields(p *page.Page) []page.Field {
	return v.refillIf(p, "photo", []page.Field{{Name: "photo", Label: p.T("site.photo"), Hint: p.T("site.photo.hint"), Kind: page.Uploads, Accept: ".jpg,.jpeg,.png", Many: true, Full: true}})
}

// siteRows say when and where, and who goes.
func (v *taskView) siteRows(p *page.Page) (rows []page.Row) {
	if a, ok := v.site(); ok {
		rows = []page.Row{{Label: p.T("steps.meets"), Value: p.When(a.Meets)}, {Label: p.T("steps.place"), Value: a.Place}}
	}
	for _, t := range v.party() {
		said := p.T("site.waits")
		if t.State == approval.Done {
			said = p.T("site.has_written", "first", t.By, "second", t.Second)
		}
		rows = append(rows, page.Row{Label: t.OrganName, Value: said})
	}
	return rows
}

// arrange makes or moves the appointment of a visit.
func (s *Surface) arrange(w http.ResponseWriter, r *http.Request) error {
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
	a := review.Appointing{By: officer(r), Task: t.ID, Meets: meets(in), Place: in.Text("place")}
	a.Submit = once.Submit{Actor: "staff:" + string(a.By.ID), Route: "POST /approver/task/{id}/visit", Key: key, At: page.Of(r).Now,
		Hash: once.Hash(string(t.ID), in.Date("meets"), in.Text("time"), a.Place)}
	return s.arranged(w, r, t, in, s.Board.Appoint(r.Context(), a), "appoint")
}

// arranged goes back to the task, or says there what is wrong.
func (s *Surface) arranged(w http.ResponseWriter, r *http.Request, t approval.Task, in *page.Input, err error, did string) error {
	switch {
	case err == nil:
		return page.Redirect(w, r, taskPath(t.ID)+"?back="+did)
	case !again(err):
		return err
	}
	v, failed := s.taskView(r)
	if failed != nil {
		return failed
	}
	v.In, v.Err = in, err
	return page.Show(w, r, page.Status(err), taskPage(page.Of(r), v))
}

// photo takes pictures from the site into the record of the visit.
func (s *Surface) photo(w http.ResponseWriter, r *http.Request) error {
	t, err := s.taskOf(r, ref.TaskID(r.PathValue("id")))
	if err != nil {
		return err
	}
	whole, err := s.caseView(r, t.Case, disclose.ForDecision, t.Organ)
	if err != nil {
		return err
	}
	who, bad := officer(r), []fault.Field(nil)
	var got []ref.MaterialID
	in, err := page.ReadUpload(r, page.Upload{MaxFile: intake.MaxPaper, MaxFiles: mostPhotos, Save: func(f page.File) error {
		paper := intake.Paper{Party: whole.Party.ID, Kind: "site-photo", Name: text.T(text.Chinese, "site.photo.name", "step", t.Name), Origin: "source.visit", Trust: material.Compared, Body: f.Body}
		m, err := s.Desk.Upload(r.Context(), "staff:"+string(who.ID), paper)
		if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.TooLarge) {
			e := fault.As(err)
			bad = append(bad, fault.Field{Name: "photo", Key: e.Key, Args: e.Args})
			return nil
		}
		got = append(got, m.ID)
		return err
	}})
	if err != nil {
		return err
	}
	key, err := in.Key()
	if err != nil {
		return err
	}
	if len(got) == 0 && len(bad) == 0 {
		bad = append(bad, fault.Field{Name: "photo", Key: "site.photo.none"})
	}
	if len(bad) > 0 {
		return s.arranged(w, r, t, in, fault.Bad(bad...), "photo")
	}
	sub := once.Submit{Actor: "staff:" + string(who.ID), Route: "POST /approver/task/{id}/photo", Key: key, At: page.Of(r).Now, Hash: once.Hash(string(t.ID))}
	return s.arranged(w, r, t, in, s.Board.Photograph(r.Context(), review.Photos{Submit: sub, By: who, Task: t.ID, Materials: got}), "photo")
}
