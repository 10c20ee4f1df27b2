package review

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Appointing says when and where the officers of all organs of a visit come to the site. The applicant is told.
type Appointing struct {
	Submit once.Submit
	By     org.Staff
	Task   ref.TaskID
	Meets  time.Time
	Place  string
}

// Appoint makes a visit's appointment, or moves it while none of its organs has written its findings. Errors: Invalid with the fields
// meets and place, Denied for who may not do the task or is not of the organ that makes the appointment, Conflict once findings are there.
func (b *Board) Appoint(ctx context.Context, a Appointing) error {
	a.Place = trim(a.Place)
	return b.visit(ctx, "review.Appoint", a.Submit, a.Task, a.By, func(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
		step, _ := m.item.Step(t.Step)
		if !m.item.Leads(step) {
			return fault.New(fault.Denied, "site.not_leading")
		}
		if found, err := m.found(ctx, tx, t); err != nil || found {
			return or(err, fault.New(fault.Conflict, "site.found"))
		}
		if bad := m.wrongMeeting(a.Meets, a.Place); len(bad) > 0 {
			return fault.Bad(bad...)
		}
		return b.appoint(ctx, tx, m, t, a, step.About())
	})
}

// appoint writes an appointment and has the applicant told.
func (b *Board) appoint(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, a Appointing, about string) error {
	x := approval.Appointment{ID: db.NewID(), Case: m.ID, CaseItem: m.ci.ID, About: about, Organ: t.Organ, By: a.By.ID, Made: m.now, Meets: a.Meets, Place: a.Place}
	if err := approval.Appoint(ctx, tx, x); err != nil {
		return err
	}
	if err := b.noted(ctx, tx, m, t, a.By, "review.Appoint", x.ID); err != nil {
		return err
	}
	return b.Bus.Publish(ctx, tx, approval.Appointed{Case: m.ID, Appointment: x.ID, Meets: a.Meets.UnixMicro()})
}

func (m *matter) wrongMeeting(at time.Time, place string) (bad []fault.Field) {
	if at.Before(m.now) {
		bad = append(bad, fault.Field{Name: "meets", Key: "panel.meets_later"})
	}
	if n := utf8.RuneCountInString(place); n == 0 || n > placeMax {
		bad = append(bad, fault.Field{Name: "place", Key: "panel.place", Args: []any{"max", placeMax}})
	}
	return bad
}

// visit does something with a visit's open task under the case's lock, once.
func (b *Board) visit(ctx context.Context, name string, s once.Submit, id ref.TaskID, by org.Staff, act func(context.Context, *db.Tx, *matter, approval.Task) error) error {
	return b.DB.Write(ctx, name, func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s, func() (string, error) {
			m, t, err := b.hold(ctx, tx, id)
			if err != nil {
				return "", err
			}
			if err := b.may(ctx, tx, m, t, by); err != nil {
				return "", err
			}
			switch {
			case t.Kind != approval.Visit:
				return "", fault.New(fault.NotFound, "fault.not_found")
			case t.State != approval.Open:
				return "", fault.New(fault.Conflict, "fault.task_done")
			}
			return string(t.ID), act(ctx, tx, m, t)
		})
		return err
	})
}

// found says whether an organ of the visit has written its findings.
func (m *matter) found(ctx context.Context, r db.Reader, t approval.Task) (bool, error) {
	step, _ := m.item.Step(t.Step)
	all, err := approval.ByItem(ctx, r, m.ci.ID)
	for _, o := range m.item.Together(step) {
		if slices.ContainsFunc(all, func(x approval.Task) bool { return x.Step == o.ID && x.State == approval.Done }) {
			return true, err
		}
	}
	return false, err
}

// been: findings of a visit are written once its time has come.
func (m *matter) been(ctx context.Context, r db.Reader, t approval.Task) error {
	if t.Kind != approval.Visit {
		return nil
	}
	step, _ := m.item.Step(t.Step)
	all, err := approval.Appointments(ctx, r, m.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a approval.Appointment) bool {
		return a.CaseItem == m.ci.ID && a.About == step.About()
	})
	if i < 0 {
		return fault.New(fault.Conflict, "site.no_appointment")
	}
	if m.now.Before(all[i].Meets) {
		return fault.New(fault.Conflict, "site.not_yet")
	}
	return nil
}

// Photos are pictures taken on the site, uploaded before.
type Photos struct {
	Submit    once.Submit
	By        org.Staff
	Task      ref.TaskID
	Materials []ref.MaterialID
}

// StepPaper is what a material that a step made is attached for.
func StepPaper(step string) string { return "step." + step }

// Photograph adds pictures to a visit's record. Errors: Denied for who may not do the task, NotFound for a material of somebody else,
// Conflict once the task is done.
func (b *Board) Photograph(ctx context.Context, p Photos) error {
	return b.visit(ctx, "review.Photograph", p.Submit, p.Task, p.By, func(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
		if err := m.been(ctx, tx, t); err != nil {
			return err
		}
		for _, id := range p.Materials {
			got, err := material.Get(ctx, tx, id)
			if err == nil && got.Party != m.Party {
				err = fault.New(fault.NotFound, "fault.not_found")
			}
			if err != nil {
				return err
			}
			use := material.Use{CaseItem: m.ci.ID, Spec: StepPaper(t.Step), Material: got.ID, Checked: p.By.ID, At: m.now}
			if err := material.Attach(ctx, tx, use); err != nil {
				return err
			}
		}
		return b.noted(ctx, tx, m, t, p.By, "review.Photograph", fmt.Sprint(p.Materials))
	})
}
