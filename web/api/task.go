package api

import (
	"net/http"
	"slices"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/org"
	"yimen/process/disclose"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/workbench"
)

func (s *Surface) tasks() {
	path := Prefix + "/tasks"
	operation(s, mount{id: "list-tasks", method: http.MethodGet, path: path, roles: desks, errors: []int{422}}, s.listTasks)
	operation(s, mount{id: "get-task", method: http.MethodGet, path: path + "/{id}", roles: desks, errors: []int{404}}, s.getTask)
	operation(s, mount{id: "decide-task", method: http.MethodPost, path: path + "/{id}/decision", roles: desks, body: 64 << 10, errors: []int{404, 409, 413, 415, 422}}, s.decideTask)
	s.departures()
}

type tasksInput struct {
	After string `query:"after" maxLength:"100" doc:"api.doc.after"`
}

// TaskRow is an open task in a list.
type TaskRow struct {
	ID        ref.TaskID      `json:"id" doc:"api.doc.task.id"`
	Kind      string          `json:"kind" doc:"api.doc.task.kind"`
	Step      string          `json:"step,omitempty" doc:"api.doc.task.step"`
	Number    ref.ShortNumber `json:"number" doc:"api.doc.case.number"`
	Item      string          `json:"itemName" doc:"api.doc.item.name"`
	Applicant string          `json:"applicant" doc:"api.doc.applicant.name"`
	Organ     string          `json:"organ" doc:"api.doc.organ_name"`
	Made      time.Time       `json:"made" doc:"api.doc.task.made"`
	Due       time.Time       `json:"due" doc:"api.doc.task.due"`
	Waits     bool            `json:"waits" doc:"api.doc.task.waits"`
	Holder    string          `json:"heldBy,omitempty" doc:"api.doc.task.held_by"`
	Until     *time.Time      `json:"heldUntil,omitempty" doc:"api.doc.task.held_until"`
}

type tasksOutput struct {
	Body struct {
		Listing
		Tasks []TaskRow `json:"tasks" nullable:"false"`
	}
}

func (s *Surface) listTasks(c *call, in *tasksInput) (*tasksOutput, error) {
	rows, next, err := s.Work.Inbox(c.Context(), c.staff(), review.Grants, "", workbench.Key(in.After))
	if err != nil {
		return nil, err
	}
	out := &tasksOutput{}
	out.Body.Next, out.Body.Tasks = string(next), make([]TaskRow, len(rows))
	for i, r := range rows {
		out.Body.Tasks[i] = TaskRow{r.Task, r.Kind, r.Step, r.Number, r.Item, r.Party, r.Organ, r.Made.UTC(), r.Due.UTC(), r.Waits != "", r.Holds, moment(s.Board.HeldUntil(approval.Task{Holder: r.Holder, HeldAt: r.Held}))}
	}
	return out, nil
}

type taskInput struct {
	ID string `path:"id" maxLength:"64" doc:"api.doc.task.id"`
}

// task is one task with what its decision rests on.
type task struct {
	TaskRow
	State     string         `json:"state" doc:"api.doc.task.state"`
	Outcome   string         `json:"outcome,omitempty" doc:"api.doc.task.outcome"`
	Identity  string         `json:"applicantNumber" doc:"api.doc.task.number"`
	Answers   []answer       `json:"answers" nullable:"false" doc:"api.doc.task.answers"`
	Materials []attached     `json:"materials" nullable:"false" doc:"api.doc.task.materials"`
	Outcomes  []string       `json:"outcomes" nullable:"false" doc:"api.doc.task.outcomes"`
	Rows      []ruleRow      `json:"ruleRows" nullable:"false" doc:"api.doc.task.rows"`
	Inputs    []ruleInput    `json:"ruleInputs" nullable:"false" doc:"api.doc.task.inputs"`
	Departure *departure     `json:"departure,omitempty" doc:"api.doc.task.departure"`
	Officers  int            `json:"officers" doc:"api.doc.task.officers"`
	Seconds   []officer      `json:"seconds" nullable:"false" doc:"api.doc.task.seconds"`
	Others    []otherOpinion `json:"others" nullable:"false" doc:"api.doc.task.others"`
}

type answer struct {
	Element string `json:"element" doc:"api.doc.question.element"`
	Label   string `json:"label" doc:"api.doc.question.label"`
	Value   string `json:"value" doc:"api.doc.answer.value"`
}

type attached struct {
	ID    string `json:"id" doc:"api.doc.wanted.id"`
	Name  string `json:"name" doc:"api.doc.wanted.name"`
	Count int    `json:"count" doc:"api.doc.attached.count"`
}

type ruleRow struct {
	ID      string `json:"id" doc:"api.doc.row.id"`
	When    string `json:"when" doc:"api.doc.row.when"`
	Outcome string `json:"outcome" doc:"api.doc.task.outcome"`
	Says    string `json:"says" doc:"api.doc.row.says"`
	Basis   law    `json:"basis" doc:"api.doc.row.basis"`
}

type officer struct {
	ID   ref.StaffID `json:"id" doc:"api.doc.officer.id"`
	Name string      `json:"name" doc:"api.doc.officer.name"`
	Post string      `json:"post" doc:"api.doc.officer.post"`
}

type otherOpinion struct {
	Organ   string `json:"organ" doc:"api.doc.organ_name"`
	Kind    string `json:"kind" doc:"api.doc.task.kind"`
	State   string `json:"state" doc:"api.doc.task.state"`
	Outcome string `json:"outcome,omitempty" doc:"api.doc.task.outcome"`
	Note    string `json:"note,omitempty" doc:"api.doc.decision.note"`
}

type taskOutput struct{ Body task }

// mine reads a task the officer holds the grant for; any other is not there.
func (s *Surface) mine(c *call, id ref.TaskID) (approval.Task, error) {
	may, err := s.Work.Mine(c.Context(), c.staff(), review.Grants, id)
	if err == nil && !may {
		err = notThere()
	}
	if err != nil {
		return approval.Task{}, err
	}
	return approval.Get(c.Context(), s.DB, id)
}

// look notes that the officer reads what a case says about its party.
func (s *Surface) look(c *call, id ref.CaseID, purpose string) error {
	k, err := casefile.Get(c.Context(), s.DB, id)
	if err != nil {
		return err
	}
	return s.Gate.Look(c.Context(), disclose.Look{By: c.staff(), Party: k.Party, Case: id, Purpose: purpose})
}

func (s *Surface) getTask(c *call, in *taskInput) (*taskOutput, error) {
	t, err := s.mine(c, ref.TaskID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := s.look(c, t.Case, disclose.ForDecision); err != nil {
		return nil, err
	}
	p, err := s.Cases.Of(c.Context(), t.Case)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.Tasks, func(x casepage.Task) bool { return x.ID == t.ID })
	if i < 0 {
		return nil, notThere()
	}
	out := &taskOutput{taskOf(p, p.Tasks[i])}
	if t.State == approval.Open {
		out.Body.Holder, out.Body.Until = p.Tasks[i].HolderName, moment(s.Board.HeldUntil(t))
	}
	if out.Body.Officers > 1 {
		mates, err := org.Colleagues(c.Context(), s.DB, t.Organ)
		if err != nil {
			return nil, err
		}
		for _, m := range mates {
			if m.ID != c.staff().ID && p.MayBeSecond(t, m.ID) {
				out.Body.Seconds = append(out.Body.Seconds, officer{m.ID, m.Name, m.Post})
			}
		}
	}
	return out, nil
}

func taskOf(p *casepage.Page, t casepage.Task) task {
	out := task{TaskRow: TaskRow{t.ID, t.Kind, t.Step.Name, t.Task.Number, p.Doc.Name, p.Party.Name, t.OrganName, t.Made.UTC(), t.Due.UTC(), t.Waiting(), "", nil},
		State: t.State, Outcome: t.Outcome, Identity: p.Number, Officers: max(t.Step.Officers, 1), Outcomes: []string{}, Answers: []answer{}, Materials: []attached{}, Rows: []ruleRow{},
		Seconds: []officer{}, Others: []otherOpinion{}, Inputs: []ruleInput{}, Departure: departureOf(p, t)}
	if review.Proposes(p.Doc, t.Task) {
		out.Inputs = inputsOf(p)
	}
	if t.State == approval.Open && !t.Waiting() {
		out.Outcomes = review.Outcomes(t.Task)
	}
	for _, a := range p.Answers {
		out.Answers = append(out.Answers, answer{a.Field.Element, a.Field.Label, a.Shown})
	}
	for _, m := range p.Materials {
		out.Materials = append(out.Materials, attached{m.Spec.ID, m.Spec.Name, len(m.Used)})
	}
	for _, r := range p.Doc.Rule.Rows {
		out.Rows = append(out.Rows, ruleRow{r.ID, r.When, r.Outcome, r.Says, lawOf(r.Basis)})
	}
	for _, x := range p.Tasks {
		if x.ID != t.ID {
			out.Others = append(out.Others, otherOpinion{x.OrganName, x.Kind, x.State, x.Outcome, x.Note})
		}
	}
	return out
}

type decisionInput struct {
	ID   string `path:"id" maxLength:"64" doc:"api.doc.task.id"`
	Key  string `header:"Idempotency-Key" required:"true" minLength:"16" maxLength:"200" doc:"api.doc.key"`
	Body decision
}

// decision is what an officer does with a task.
type decision struct {
	Outcome string `json:"outcome" maxLength:"40" doc:"api.doc.task.outcome"`
	Note    string `json:"note,omitempty" maxLength:"2000" doc:"api.doc.decision.note"`
	RuleRow string `json:"ruleRow,omitempty" maxLength:"40" doc:"api.doc.decision.row"`
	Second  string `json:"second,omitempty" maxLength:"64" doc:"api.doc.decision.second"`

	Findings map[string]string `json:"findings,omitempty" nullable:"false" maxProperties:"40" doc:"api.doc.decision.findings"`
	Reason   string            `json:"reason,omitempty" maxLength:"2000" doc:"api.doc.decision.reason"`

	Ground string `json:"ground,omitempty" maxLength:"40" doc:"api.doc.decision.ground"`
	Right  string `json:"right,omitempty" maxLength:"64" doc:"api.doc.decision.right"`
}

type decidedOutput struct {
	Body struct {
		ID      ref.TaskID `json:"id" doc:"api.doc.task.id"`
		State   string     `json:"state" doc:"api.doc.task.state"`
		Outcome string     `json:"outcome,omitempty" doc:"api.doc.decision.outcome"`
		At      *time.Time `json:"at,omitempty" doc:"api.doc.decision.at"`
		Waits   bool       `json:"waits" doc:"api.doc.task.waits"`
		Waiting string     `json:"departure,omitempty" doc:"api.doc.departure.id"`
	}
}

func (s *Surface) decideTask(c *call, in *decisionInput) (*decidedOutput, error) {
	t, err := s.mine(c, ref.TaskID(in.ID))
	if err != nil {
		return nil, err
	}
	d := review.Decision{By: c.staff(), Task: t.ID, Outcome: in.Body.Outcome, Note: in.Body.Note, RuleRow: in.Body.RuleRow, Second: ref.StaffID(in.Body.Second),
		Findings: in.Body.Findings, Reason: in.Body.Reason, Ground: in.Body.Ground, Right: ref.OrganID(in.Body.Right)}
	d.Submit = c.submit(in.Key, d.Digest())
	if err := s.Board.Decide(c.Context(), d); err != nil {
		return nil, spelt(err)
	}
	return s.stands(c, t.ID)
}

// stands tells how a task stands after what was done with it.
func (s *Surface) stands(c *call, id ref.TaskID) (*decidedOutput, error) {
	t, err := approval.Get(c.Context(), s.DB, id)
	if err != nil {
		return nil, err
	}
	out := &decidedOutput{}
	out.Body.ID, out.Body.State, out.Body.Outcome, out.Body.At = t.ID, t.State, t.Outcome, moment(t.DoneAt)
	if out.Body.Waits = t.Waiting(); out.Body.Waits {
		out.Body.Waiting = t.Departure
	}
	return out, nil
}
