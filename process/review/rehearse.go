package review

import (
	"cmp"
	"slices"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/ref"
)

// Rehearsal (试走) is a made-up case of an item. It goes by the rules of real cases, holds nobody's
// data and writes nothing.
type Rehearsal struct {
	Item     *catalog.Item
	Calendar *calendar.Calendar
	Received time.Time   // when it is handed in
	Online   bool        // not over a counter: the organ accepts even what a window may accept
	Street   ref.OrganID // the office that catalog.Street stands for
	Choices  []Choice    // in any order; one that no task asks for counts for nothing
}

// Choice is what somebody does with a task of a rehearsal.
type Choice struct {
	Step    string
	Round   int
	Outcome string
	Days    int // working days from the task's opening to its end; negative: done on its last day
}

// Supply is the task of the applicant of a rehearsal: to bring what the notice of correction asks for.
const Supply = "supply"

// Supplied is its outcome.
const Supplied = "supplied"

// Trial is how far a rehearsal comes with its choices.
type Trial struct {
	Tasks    []approval.Task // in the order in which they opened, without ids
	Path     []approval.Task // those that are done, in the order in which they were
	Papers   []Paper
	Accepted time.Time
	Promised clock.Deadline // zero before acceptance, and where the item says nothing that can be counted
	Legal    clock.Deadline
	Ended    time.Time
	End      string // the outcome it ended with: grant, refuse or decline; empty while it goes on
	Took     int    // working days from acceptance to the end
}

// Paper is a letter or licence (a kind of domain/seal) that a case would get, and when.
type Paper struct {
	Kind string
	At   time.Time
}

// Open are the tasks that wait for somebody.
func (t Trial) Open() (out []approval.Task) {
	for _, x := range t.Tasks {
		if x.State == approval.Open {
			out = append(out, x)
		}
	}
	return out
}

// Stuck says that the case has not ended and nobody has anything to do.
func (t Trial) Stuck() bool { return t.End == "" && len(t.Open()) == 0 }

// Can lists what a task of a rehearsal can end in.
func (t Trial) Can(x approval.Task) []string {
	if x.Kind == Supply {
		return []string{Supplied}
	}
	return Outcomes(x)
}

// Run goes as far as the choices lead. What happens first on the calendar comes first, so that the
// order of the choices says nothing.
func (r Rehearsal) Run() Trial {
	t := rehearsing{Rehearsal: r, m: matter{item: r.Item, now: r.Received, cal: r.Calendar}}
	t.m.ReceivedAt = r.Received
	t.receive()
	for t.End == "" {
		n, at := t.first()
		if n < 0 {
			break
		}
		t.do(n, at)
	}
	return t.Trial
}

type rehearsing struct {
	Rehearsal
	Trial
	m matter
}

// receive is the counter, or the online hall.
func (t *rehearsing) receive() {
	if t.Item.Accept == catalog.AcceptAtWindow && !t.Online {
		t.accept()
		return
	}
	t.paper(seal.Receipt)
	t.m.ci.Due = t.m.due(clock.Acceptance, t.m.now)
	t.open(t.m.looks(t.acceptor(), t.organs())...)
}

func (t *rehearsing) acceptor() ref.OrganID { return t.organ(t.Item.Acceptor()) }

func (t *rehearsing) organ(o ref.OrganID) ref.OrganID {
	if o == catalog.Street {
		return t.Street
	}
	return o
}

func (t *rehearsing) organs() (out []ref.OrganID) {
	for _, s := range t.Item.Plan.Steps {
		if o := t.organ(s.Organ); !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// open adds tasks as approval.Fork does: a step has one of a round.
func (t *rehearsing) open(tasks ...approval.Task) {
	for _, x := range tasks {
		if !slices.ContainsFunc(t.Tasks, func(o approval.Task) bool { return o.Step == x.Step && o.Round == x.Round }) {
			x.ID, x.State = "", approval.Open
			t.Tasks = append(t.Tasks, x)
		}
	}
}

func (t *rehearsing) paper(kind string) { t.Papers = append(t.Papers, Paper{kind, t.m.now}) }

// first is the open task that is done next by the choices, and when; -1 when none is.
func (t *rehearsing) first() (n int, at time.Time) {
	n = -1
	for i, x := range t.Tasks {
		c, ok := t.choice(x)
		if x.State != approval.Open || !ok {
			continue
		}
		if done := t.doneAt(x, c); n < 0 || done.Before(at) {
			n, at = i, done
		}
	}
	return n, at
}

func (t *rehearsing) choice(x approval.Task) (Choice, bool) {
	i := slices.IndexFunc(t.Choices, func(c Choice) bool {
		return c.Step == x.Step && c.Round == x.Round && slices.Contains(t.Can(x), c.Outcome)
	})
	if i < 0 {
		return Choice{}, false
	}
	return t.Choices[i], true
}

// noon is when work is done in a rehearsal: within business hours.
const noon = 12 * time.Hour

func (t *rehearsing) doneAt(x approval.Task, c Choice) time.Time {
	day := calendar.DateOf(cmp.Or(x.Due, x.Made))
	if c.Days >= 0 {
		day, _ = t.Calendar.AddWorkdays(calendar.DateOf(x.Made), c.Days)
	}
	if at := day.At(noon); at.After(x.Made) {
		return at
	}
	return x.Made
}

// do ends a task and lets the case go on.
func (t *rehearsing) do(n int, at time.Time) {
	c, _ := t.choice(t.Tasks[n])
	t.m.now = at
	x := &t.Tasks[n]
	x.State, x.DoneAt, x.Outcome = approval.Done, at, c.Outcome
	t.Path = append(t.Path, *x)
	switch x.Kind {
	case approval.Precheck, approval.Accept:
		t.gather(*x)
	case Supply:
		t.open(t.m.task("accept", 2, approval.Accept, t.acceptor()))
	case approval.Decide:
		t.paper(map[bool]string{true: seal.Licence, false: seal.Refusal}[x.Outcome == approval.Grant])
		t.end(x.Outcome)
	default:
		t.dispatch()
	}
}

// gather joins the looks before acceptance.
func (t *rehearsing) gather(x approval.Task) {
	if x.Outcome == approval.Decline {
		t.paper(seal.Declining)
		t.end(x.Outcome)
		return
	}
	_, points, all := looked(t.Tasks, x.Round)
	switch {
	case !all:
	case points > 0:
		t.paper(seal.Correction)
		t.open(approval.Task{Step: Supply, Round: 1, Kind: Supply, Made: t.m.now})
	default:
		t.accept()
	}
}

func (t *rehearsing) accept() {
	t.paper(seal.Acceptance)
	t.Accepted = t.m.now
	l := casefile.Life{Received: t.m.ReceivedAt, Accepted: t.Accepted}
	t.Promised, _ = t.m.stands(t.Item.Times.Promised, l) // a draft may say no time yet
	t.Legal, _ = t.m.stands(t.Item.Times.Legal, l)
	t.m.ci.Due = t.Promised.Due
	t.dispatch()
}

func (t *rehearsing) dispatch() {
	var ready []approval.Task
	for _, s := range next(t.Item, t.Tasks) {
		ready = append(ready, t.m.stepTask(s, t.organ(s.Organ), rounds(t.Tasks, s.ID)+1))
	}
	t.open(ready...)
}

// end voids what is still open.
func (t *rehearsing) end(outcome string) {
	t.End, t.Ended = outcome, t.m.now
	for i := range t.Tasks {
		if t.Tasks[i].State == approval.Open {
			t.Tasks[i].State = approval.Void
		}
	}
	if !t.Accepted.IsZero() {
		t.Took, _ = t.Calendar.WorkdaysBetween(calendar.DateOf(t.Accepted), calendar.DateOf(t.Ended))
	}
}
