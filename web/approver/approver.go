// Package approver is the desk of a department: the inbox, one task on one page, and the case afterwards.
//
// It holds that a task opens only for who holds the grant for it, by the same rule that lists it (others get 404); that a
// page about a person is shown after the look was noted; that nothing typed is lost by a mistake or by a faster colleague.
package approver

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/push"
	"yimen/process/disclose"
	"yimen/process/inform"
	"yimen/process/issuance"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/workbench"
	"yimen/web/page"
)

// Surface is the department's desk.
type Surface struct {
	DB    db.Reader
	Board *review.Board
	Gate  *disclose.Gate
	Press *issuance.Press
	Post  *inform.Post
	Cases *casepage.View
	Work  *workbench.View
	Hub   *push.Hub // topics "inbox:ORGAN"
}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	desk := []page.Role{page.Approver, page.Representative}
	stands := append(slices.Clone(desk), page.Keeper, page.Admin)
	get := func(pattern, title string, h page.Handler) page.Route {
		return page.Route{Method: "GET", Pattern: pattern, Roles: desk, Handler: h, Title: title}
	}
	return []page.Route{
		get("/approver", "approver.inbox.title", s.inbox),
		get("/approver/stream", "approver.stream.title", s.stream),
		get("/approver/next", "approver.next.title", s.goOn),
		get("/approver/task/{id}", "approver.task.title", s.showTask),
		{Method: "POST", Pattern: "/approver/task/{id}", Roles: desk, Handler: s.decide, Title: "approver.task.title"},
		{Method: "POST", Pattern: "/approver/task/{id}/hold", Roles: desk, Handler: s.keep, Title: "inbox.hold.title"},
		get("/approver/task/{id}/hand", "inbox.hand.title", s.showHand),
		{Method: "POST", Pattern: "/approver/task/{id}/undo", Roles: desk, Handler: s.undo, Title: "inbox.undo.title"},
		get("/approver/bulk", "inbox.bulk.title", s.showBulk),
		{Method: "POST", Pattern: "/approver/bulk", Roles: desk, Handler: s.bulk, Title: "inbox.bulk.title"},
		{Method: "GET", Pattern: "/approver/stand", Roles: stands, Handler: s.showStand, Title: "inbox.stand.title"},
		{Method: "POST", Pattern: "/approver/stand", Roles: stands, Handler: s.addStand, Title: "inbox.stand.title"},
		{Method: "POST", Pattern: "/approver/stand/{id}/end", Roles: stands, Handler: s.endStand, Title: "inbox.stand.title"},
		{Method: "POST", Pattern: "/approver/task/{id}/departure", Roles: desk, Handler: s.settle, Title: "departure.title"},
		get("/approver/case/{id}", "approver.case.title", s.showCase),
		{Method: "POST", Pattern: "/approver/case/{id}/say", Roles: desk, Handler: s.say, Title: "notice.say.title"},
		get("/approver/case/{id}/clock", "proof.title", s.showClock),
		get("/approver/case/{id}/clock.pdf", "proof.title", s.printClock),
		get("/approver/case/{id}/motion", "motion.title", s.askMotion),
		{Method: "POST", Pattern: "/approver/case/{id}/motion", Roles: desk, Handler: s.move, Title: "motion.title"},
		{Method: "POST", Pattern: "/approver/case/{id}/resume", Roles: desk, Handler: s.endPause, Title: "motion.resume"},
		get("/approver/motions", "motion.list", s.motions),
		get("/approver/motion/{id}", "motion.title", s.showMotion),
		{Method: "POST", Pattern: "/approver/motion/{id}", Roles: desk, Handler: s.rule, Title: "motion.title"},
		get("/approver/messages", "notice.list.title", s.messages),
		get("/approver/material/{id}", "approver.material.title", s.material),
		get("/approver/document/{id}", "approver.document.title", s.document),
	}
}

// officer is who asks.
func officer(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

func notThere() error { return fault.New(fault.NotFound, "fault.not_found") }

// taskOf reads a task if the officer holds the grant for it.
func (s *Surface) taskOf(r *http.Request, id ref.TaskID) (approval.Task, error) {
	mine, err := s.Work.Mine(r.Context(), officer(r), review.Grants, id)
	if err != nil {
		return approval.Task{}, err
	}
	if !mine {
		return approval.Task{}, notThere()
	}
	return approval.Get(r.Context(), s.DB, id)
}

// caseOf reads a case if the officer's organ has or had a task in it, or the officer holds the grant for one.
func (s *Surface) caseOf(r *http.Request, id ref.CaseID) (casefile.Case, error) {
	tasks, err := approval.ByCase(r.Context(), s.DB, id)
	if err != nil {
		return casefile.Case{}, err
	}
	who := officer(r)
	if barred, err := s.barred(r, tasks); err != nil || barred {
		return casefile.Case{}, cmp.Or(err, error(notThere()))
	}
	may := slices.ContainsFunc(tasks, func(t approval.Task) bool { return t.Organ == who.Organ })
	for i := 0; !may && i < len(tasks); i++ {
		if may, err = s.Work.Mine(r.Context(), who, review.Grants, tasks[i].ID); err != nil {
			return casefile.Case{}, err
		}
	}
	if !may {
		return casefile.Case{}, notThere()
	}
	return casefile.Get(r.Context(), s.DB, id)
}

// barred says whether the officer withdrew from a case item that the tasks are of: then it is closed to them.
func (s *Surface) barred(r *http.Request, tasks []approval.Task) (bool, error) {
	seen := map[ref.CaseItemID]bool{}
	for _, t := range tasks {
		if seen[t.CaseItem] {
			continue
		}
		seen[t.CaseItem] = true
		if is, err := approval.Barred(r.Context(), s.DB, t.CaseItem, officer(r).ID); err != nil || is {
			return is, err
		}
	}
	return false, nil
}

// look notes that the officer reads what a case says about its party.
func (s *Surface) look(r *http.Request, id ref.CaseID, purpose string) error {
	c, err := casefile.Get(r.Context(), s.DB, id)
	if err != nil {
		return err
	}
	return s.Gate.Look(r.Context(), disclose.Look{By: officer(r), Party: c.Party, Case: c.ID, Purpose: purpose})
}

// grants narrows the inbox to one kind of task; all of them for "".
func grants(kind string) workbench.Grants {
	return func(k string) []delegation.Kind {
		if kind != "" && k != kind {
			return nil
		}
		return review.Grants(k)
	}
}

// goOn leads to the task after the one given by from, or to the first.
func (s *Surface) goOn(w http.ResponseWriter, r *http.Request) error {
	to, err := s.next(r, ref.TaskID(page.Query(r).Text("from")))
	if err != nil {
		return err
	}
	if to == "" {
		return page.Redirect(w, r, "/approver?none=1")
	}
	return page.Redirect(w, r, taskPath(to))
}

// next is the task that follows by time left among what the officer holds, else among what nobody holds, "" when there is no
// other; behind the last comes the first.
func (s *Surface) next(r *http.Request, from ref.TaskID) (ref.TaskID, error) {
	var behind workbench.Key
	if t, err := s.taskOf(r, from); err == nil {
		behind = workbench.After(t)
	} else if !fault.Is(err, fault.NotFound) {
		return "", err
	}
	for _, box := range []workbench.Box{workbench.Mine, workbench.Group} {
		for _, after := range []workbench.Key{behind, ""} {
			rows, _, err := s.Work.Inbox(r.Context(), officer(r), review.Grants, box, after)
			if err != nil {
				return "", err
			}
			if i := slices.IndexFunc(rows, func(x workbench.Row) bool { return x.Task != from }); i >= 0 {
				return rows[i].Task, nil
			}
		}
	}
	return "", nil
}

func taskPath(id ref.TaskID) string { return "/approver/task/" + url.PathEscape(string(id)) }

func casePath(id ref.CaseID) string { return "/approver/case/" + url.PathEscape(string(id)) }
