// Package casepage is the picture of one case, for each kind of viewer from the same facts.
//
// Invariants: read-only; opens sealed values only for staff whose look was noted before; a
// citizen's picture carries no officer's name and no other organ's reasoning.
package casepage

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/form"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/rule"
	"yimen/domain/seal"
	"yimen/foundation/blob"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/ref"
)

// View reads cases.
type View struct {
	DB       *db.DB
	Vault    *crypto.Vault
	Blobs    *blob.Store
	Calendar func() *calendar.Calendar
	Now      func() time.Time
}

// Page is a case as staff see it.
type Page struct {
	Case      casefile.Case
	Item      casefile.Item
	Doc       *catalog.Item
	Organ     org.Organ
	Party     party.Party
	Number    string // the identity number, masked
	Agent     string // who handed it in for the party, "" for nobody
	Helper    string // the member of staff who helped to fill it in
	Life      casefile.Life
	Clock     clock.Deadline
	Answers   []Answer
	Materials []Paper
	Tasks     []Task
	History   []Event
	Documents []seal.Document
	Licences  []licence.Licence
	Fees      []Fee
	Picture   Picture
	Barred    []ref.StaffID // who withdrew from the case item
	Motions   []Motion
	Meetings  []approval.Appointment
	Cut       map[ref.OrganID]bool // the organs of the branch it was cut to; nil: it is whole
}

// Answer is one answered question.
type Answer struct {
	Field catalog.Field
	form.Answer
	Shown string // the option's label, a date in words, or the value
}

// Paper is one asked-for material with what was attached.
type Paper struct {
	Spec catalog.MaterialSpec
	Used []Used
}

// Used is one attached material.
type Used struct {
	material.Material
	Use material.Use
}

// Task is one organ's work with its names.
type Task struct {
	approval.Task
	OrganName string
	By        string
	Second    string
	Note      string
	Step      catalog.Step
	Clock     clock.State
	Departure *Departure // that waits, or was confirmed; else nil
	Panel     *Panel     // once convened

	HolderName string // who holds it, or did
	GiverName  string // who handed it over
	HeldWhy    string // why it was handed or taken over
	ForName    string // the absent colleague for whom it was done
}

// MayBeSecond says whether a person may be named second officer of a task of the case.
func (p *Page) MayBeSecond(t approval.Task, who ref.StaffID) bool {
	if who == p.Case.Clerk || slices.Contains(p.Barred, who) {
		return false
	}
	all := make([]approval.Task, len(p.Tasks))
	for i, x := range p.Tasks {
		all[i] = x.Task
	}
	return p.Doc.ProjectType == ref.ProjectInstant || approval.Apart(t, all, who)
}

// Departure is a decision that leaves the item's rule, with who proposed it and on what facts.
type Departure struct {
	approval.Departure
	By    string
	Facts map[string]rule.Value // by the rule's inputs
}

// Event is one line of the case's history.
type Event struct {
	At      time.Time
	Kind    casefile.Kind
	Organ   string
	By      string
	Outcome string
	Note    string

	To        string     // who has the task now
	For       string     // the absent colleague for whom it was done
	Ground    string     // of a withdrawal
	ByDefault bool       // nobody answered in time
	Undone    bool       // taken back by a later one
	Task      ref.TaskID // it is about, or empty
}

// Of reads everything about a case. Staff only; the look has been noted.
func (v *View) Of(ctx context.Context, id ref.CaseID) (*Page, error) {
	p := &Page{}
	var err error
	if p.Case, err = casefile.Get(ctx, v.DB, id); err != nil {
		return nil, err
	}
	if err := v.nouns(ctx, p); err != nil {
		return nil, err
	}
	names, err := v.names(ctx)
	if err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context, *Page, nameBook) error{v.answers, v.papers, v.tasks, v.history, v.motions, v.fees} {
		if err := part(ctx, p, names); err != nil {
			return nil, err
		}
	}
	p.Picture = p.picture(names, v.Now())
	p.Clock, err = clock.Compute(v.input(p))
	return p, err
}

func (v *View) nouns(ctx context.Context, p *Page) error {
	items, err := casefile.Items(ctx, v.DB, p.Case.ID)
	if err != nil {
		return err
	}
	p.Item = items[0]
	version, err := catalog.Get(ctx, v.DB, p.Item.Version)
	if err != nil {
		return err
	}
	p.Doc = version.Doc()
	if p.Organ, err = org.GetOrgan(ctx, v.DB, p.Case.Organ); err != nil {
		return err
	}
	if p.Party, err = party.Get(ctx, v.DB, p.Case.Party); err != nil {
		return err
	}
	if err := v.beside(ctx, p); err != nil {
		return err
	}
	facts, err := party.Facts(ctx, v.DB, v.Vault, p.Case.Party, party.Number)
	if err != nil {
		return err
	}
	p.Number = ref.MaskNumber(facts[party.Number].Value)
	if p.Documents, err = seal.ByCase(ctx, v.DB, p.Case.ID); err != nil {
		return err
	}
	p.Licences, err = licence.ByCase(ctx, v.DB, p.Case.ID)
	return err
}

// beside names who had a part in handing in beside the party.
func (v *View) beside(ctx context.Context, p *Page) error {
	if p.Case.Agent != "" {
		agent, err := party.Get(ctx, v.DB, p.Case.Agent)
		if err != nil {
			return err
		}
		p.Agent = agent.Name
	}
	if p.Case.Helper == "" {
		return nil
	}
	helper, err := org.GetStaff(ctx, v.DB, p.Case.Helper)
	p.Helper = helper.Name
	return err
}

// nameBook resolves ids of organs and staff to what people read.
type nameBook struct {
	organs map[ref.OrganID]org.Organ
	staff  func(ref.StaffID) string
}

func (v *View) names(ctx context.Context) (nameBook, error) {
	organs, err := org.Organs(ctx, v.DB)
	seen := map[ref.StaffID]string{}
	return nameBook{organs, func(id ref.StaffID) string {
		if id == "" {
			return ""
		}
		if _, ok := seen[id]; !ok {
			s, _ := org.GetStaff(ctx, v.DB, id)
			seen[id] = s.Name
		}
		return seen[id]
	}}, err
}

func (v *View) answers(ctx context.Context, p *Page, _ nameBook) error {
	given, err := form.Answers(ctx, v.DB, v.Vault, p.Item.ID)
	if err != nil {
		return err
	}
	version, err := catalog.Get(ctx, v.DB, p.Item.Version)
	if err != nil {
		return err
	}
	m, err := form.ModelOf(version.Digest, version.Body, rule.Plain)
	if err != nil {
		return err
	}
	for _, at := range m.Lay(given) {
		f, a := p.Doc.Form[at.Index], given[at.Key]
		if at.Entry > 0 {
			f.Label += " " + strconv.Itoa(at.Entry)
		}
		p.Answers = append(p.Answers, Answer{f, a, f.Shown(a.Value)})
	}
	return nil
}

func (v *View) papers(ctx context.Context, p *Page, _ nameBook) error {
	uses, err := material.UsesOf(ctx, v.DB, p.Item.ID)
	if err != nil {
		return err
	}
	var ids []ref.MaterialID
	for _, u := range uses {
		ids = append(ids, u.Material)
	}
	all, err := material.GetMany(ctx, v.DB, ids)
	for _, spec := range p.Doc.Materials {
		paper := Paper{Spec: spec}
		for _, u := range uses {
			if u.Spec == spec.ID {
				paper.Used = append(paper.Used, Used{all[u.Material], u})
			}
		}
		p.Materials = append(p.Materials, paper)
	}
	for _, u := range uses { // what answered the points of a correction, and what a step made
		if _, made := StepPaper(u.Spec); made || strings.HasPrefix(u.Spec, "point.") {
			m := all[u.Material]
			p.Materials = append(p.Materials, Paper{catalog.MaterialSpec{ID: u.Spec, Name: m.Name, Need: ref.NeedRequired, Copies: 1}, []Used{{m, u}}})
		}
	}
	return err
}

func (v *View) tasks(ctx context.Context, p *Page, n nameBook) error {
	all, err := approval.ByCase(ctx, v.DB, p.Case.ID)
	if err == nil {
		p.Meetings, err = approval.Appointments(ctx, v.DB, p.Case.ID)
	}
	if err != nil {
		return err
	}
	now := v.Now()
	for _, t := range all {
		row := Task{Task: t, OrganName: n.organs[t.Organ].Name, By: n.staff(t.DoneBy), Second: n.staff(t.Second), Clock: clock.Green}
		row.HolderName, row.GiverName, row.ForName = n.staff(t.Holder), n.staff(t.HeldBy), n.staff(t.For)
		if row.HeldWhy, err = v.note(ctx, p.Case.Party, approval.HeldPlace(t.ID), t.HeldNote); err != nil {
			return err
		}
		row.Step, _ = p.Doc.Step(t.Step)
		if t.State == approval.Open && now.After(t.Due) {
			row.Clock = clock.Overdue
		}
		if row.Note, err = v.note(ctx, p.Case.Party, "approval_task.note."+string(t.ID), t.Note); err != nil {
			return err
		}
		if row.Departure, err = v.departure(ctx, p.Case.Party, n, t); err != nil {
			return err
		}
		if row.Panel, err = v.panel(ctx, p.Case.Party, n, t); err != nil {
			return err
		}
		p.Tasks = append(p.Tasks, row)
	}
	if err != nil {
		return err
	}
	bars, err := approval.BarsOf(ctx, v.DB, p.Item.ID)
	for _, b := range bars {
		p.Barred = append(p.Barred, b.Staff)
	}
	return err
}

func (v *View) departure(ctx context.Context, p ref.PartyID, n nameBook, t approval.Task) (*Departure, error) {
	if t.Departure == "" {
		return nil, nil
	}
	d, err := t.OpenDeparture(ctx, v.DB, v.Vault, p)
	if err != nil {
		return nil, err
	}
	out := &Departure{Departure: d, By: n.staff(t.DepartureBy)}
	return out, json.Unmarshal(d.Facts, &out.Facts)
}

func (v *View) note(ctx context.Context, p ref.PartyID, where string, box []byte) (string, error) {
	if len(box) == 0 {
		return "", nil
	}
	b, err := v.Vault.Open(ctx, v.DB, string(p), where, box)
	return string(b), err
}

func (v *View) history(ctx context.Context, p *Page, n nameBook) error {
	facts, err := casefile.Facts(ctx, v.DB, p.Case.ID)
	if err != nil {
		return err
	}
	undone := map[int64]bool{}
	for _, f := range facts {
		if f.Kind == casefile.FactUndone {
			undone[f.Detail().Undoes] = true
		}
	}
	p.Life = casefile.LifeOf(casefile.Holding(facts, p.Item.ID))
	for _, f := range facts {
		d := f.Detail()
		e := Event{At: f.At, Kind: f.Kind, Organ: n.organs[f.Organ].Name, Outcome: d.Outcome, Task: d.Task,
			To: n.staff(d.To), For: n.staff(d.For), Ground: d.Ground, ByDefault: d.ByDefault, Undone: undone[f.Seq]}
		if id, ok := strings.CutPrefix(f.Actor, "staff:"); ok {
			e.By = n.staff(ref.StaffID(id))
		}
		if e.Note, err = v.note(ctx, p.Case.Party, "casefile_fact.note."+string(p.Case.ID), f.Note); err != nil {
			return err
		}
		p.History = append(p.History, e)
	}
	return nil
}

// input is the clock of the case's item that its applicant waits by: the five days before acceptance, the promised time after.
func (v *View) input(p *Page) clock.Input {
	if p.Life.Accepted.IsZero() {
		return v.clockOf(p, casefile.AcceptClock, clock.Acceptance)
	}
	if n := p.Life.Ordered(); n > 0 {
		return v.clockOf(p, casefile.DecideClock, clock.Span{N: n, Unit: clock.Fixed})
	}
	return v.clockOf(p, casefile.DecideClock, clock.Span{N: p.Doc.Times.Promised.N, Unit: clock.Unit(p.Doc.Times.Promised.Unit)})
}

// clockOf hands one clock of the item's life to the clock.
func (v *View) clockOf(p *Page, which casefile.Clock, span clock.Span) clock.Input {
	c := p.Life.Course(which)
	f := clock.Facts{Received: c.Start, Done: c.End}
	for _, x := range c.Pauses {
		f.Pauses = append(f.Pauses, clock.Pause(x))
	}
	for _, x := range c.Extensions {
		f.Extensions = append(f.Extensions, clock.Extension{At: x.At, Span: clock.Span{N: x.N, Unit: clock.Unit(x.Unit)}})
	}
	return clock.Input{Calendar: v.Calendar(), Facts: f, Span: span, Rules: clock.UsualRules, Now: v.Now()}
}

// Progress is a case as its applicant sees it.
type Progress struct {
	Number    ref.ShortNumber
	Item      string
	ItemEn    string
	Stage     casefile.Stage
	Received  time.Time
	Accepted  time.Time
	Clock     clock.Deadline
	Closed    time.Time
	Standing  casefile.Standing
	Done      []Milestone
	Documents []seal.Document
	Licences  []licence.Licence
	Points    []string // the one notice's points, or what is asked for during review, while they wait for the applicant
	Asked     bool     // they are asked for during review; the clock runs
	Ask       string   // phone
	Fees      []Fee
	Picture   Picture
	Meetings  []Meeting
}

// Meeting is when and where officers come to the applicant's site.
type Meeting struct {
	approval.Appointment
	OrganName string
}

// Milestone is something that has happened, in the applicant's terms.
type Milestone struct {
	At      time.Time
	Kind    casefile.Kind
	Organ   string
	Outcome string
}

// ProgressOf reads a case for its applicant.
func (v *View) ProgressOf(ctx context.Context, id ref.CaseID) (*Progress, error) {
	p := &Page{}
	var err error
	if p.Case, err = casefile.Get(ctx, v.DB, id); err != nil {
		return nil, err
	}
	if err := v.nouns(ctx, p); err != nil {
		return nil, err
	}
	n, err := v.names(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.tasks(ctx, p, n); err != nil {
		return nil, err
	}
	if err := v.history(ctx, p, n); err != nil {
		return nil, err
	}
	out := &Progress{Number: p.Case.Number, Item: p.Doc.Name, ItemEn: p.Doc.NameEn, Stage: p.Case.Stage, Received: p.Case.ReceivedAt, Accepted: p.Case.AcceptedAt,
		Closed: p.Case.ClosedAt, Licences: p.Licences, Ask: p.Doc.Service.Ask, Picture: p.picture(n, v.Now()).Outward()}
	if out.Fees, err = v.Fees(ctx, id); err != nil {
		return nil, err
	}
	for _, d := range p.Documents {
		if d.State == "sealed" {
			out.Documents = append(out.Documents, d)
		}
	}
	var holders []casefile.Holder
	for _, t := range p.Tasks {
		if t.State == approval.Open {
			o := n.organs[t.Organ]
			holders = append(holders, casefile.Holder{Organ: o.Name, Phone: o.Phone, Kind: t.Kind, Step: t.Step.Name, Since: t.Made, Until: t.Due})
		}
		if p.Case.Stage == casefile.Returned && t.Outcome == approval.Points {
			out.Points = append(out.Points, Lines(t.Note)...)
		}
	}
	for _, m := range p.Meetings {
		out.Meetings = append(out.Meetings, Meeting{m, n.organs[m.Organ].Name})
	}
	if p.Life.Asked.Kind != "" {
		out.Asked = true
		if out.Points, err = v.asked(ctx, p); err != nil {
			return nil, err
		}
	}
	for _, e := range p.History {
		if e.Kind.Outward() && !e.Undone {
			out.Done = append(out.Done, Milestone{e.At, e.Kind, e.Organ, milestone(e)})
		}
	}
	if out.Clock, err = clock.Compute(v.input(p)); err != nil {
		return nil, err
	}
	if len(holders) == 0 {
		if holders, err = v.next(ctx, p, n, out.Done); err != nil {
			return nil, err
		}
	}
	out.Standing = standing(p, out.Clock, holders)
	return out, nil
}

// next are the hands a case is on its way to: their tasks open a moment after the fact, and whoever
// looks in between is told what the sealed letter says too.
func (v *View) next(ctx context.Context, p *Page, n nameBook, done []Milestone) (out []casefile.Holder, err error) {
	var steps []catalog.Step
	switch p.Case.Stage {
	case casefile.Received, casefile.Supplied:
		steps = []catalog.Step{{Kind: approval.Accept, Organ: p.Doc.Acceptor()}}
	case casefile.Accepted:
		if !slices.ContainsFunc(p.Tasks, func(t Task) bool { return t.Kind != approval.Precheck && t.Kind != approval.Accept }) {
			steps = p.Doc.FirstSteps()
		}
	}
	for _, s := range steps {
		o := n.organs[s.Organ]
		if s.Organ == catalog.Street {
			if o, err = org.StreetOf(ctx, v.DB, p.Case.Place); err != nil {
				return nil, err
			}
		}
		out = append(out, casefile.Holder{Organ: o.Name, Phone: o.Phone, Kind: s.Kind, Step: s.Name, Since: done[len(done)-1].At})
	}
	return out, nil
}

func standing(p *Page, d clock.Deadline, holders []casefile.Holder) casefile.Standing {
	out := casefile.Standing{Stage: p.Case.Stage, Granted: p.Item.Outcome == approval.Grant, Holders: holders,
		Due: d.Day, Left: d.Remaining, Late: d.State == clock.Overdue, Unsure: d.MissingYear}
	if since := p.Life.Paused(); !since.IsZero() {
		out.Paused = calendar.DateOf(since)
	}
	return out
}

// milestone hides how each organ voted; only the decision's outcome is the applicant's.
func milestone(e Event) string {
	if e.Kind == casefile.FactDecided {
		return e.Outcome
	}
	return ""
}

// Lines splits points written one a line.
func Lines(s string) []string {
	var out []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// Open gives a material's content; the caller has checked who may see it and closes it.
func (v *View) Open(ctx context.Context, m material.Material) (io.ReadCloser, error) {
	key, err := v.Vault.Open(ctx, v.DB, string(m.Party), material.BlobPlace(m.ID), m.BlobKey)
	if err != nil {
		return nil, err
	}
	return v.Blobs.Get(ctx, blob.Blob{Name: string(m.Blob), Address: m.Digest, Size: m.Size, Type: m.ContentType, Key: key})
}
