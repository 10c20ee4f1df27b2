package standards

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"yimen/domain/approval"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/org"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/issuance"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
	"yimen/web/text"
)

// trial is the state of a try-run. It lives in the address and in the page's forms and nowhere else.
type trial struct {
	Of     string // draft · force
	Way    string // window · online
	Start  string // yyyy-mm-dd
	Street ref.OrganID
	Did    []string // step#round=outcome@days, in the order in which they were chosen
}

// tryView is how far a made-up case has come.
type tryView struct {
	written
	trial
	it     *catalog.Item // that is tried
	organs map[ref.OrganID]org.Organ
	from   calendar.Date
	run    review.Trial
	edits  bool // this person may write the plan now

	Settings []page.Field
	Stages   []page.Stage
	Open     []openView
	Path     []page.Moment
	Clock    []page.Row
	Papers   []page.Row
	Problems []page.Problem
}

// openView is a task that waits, and what may be done with it.
type openView struct {
	Title  string
	Facts  []page.Row
	Points []string
	Fields []page.Field
	Acts   []page.Act
}

// mostDid bounds a try-run.
const mostDid = 200

// receiving is the time of day at which a made-up case is handed in.
const receiving = 9 * time.Hour

func (s *Surface) try(w http.ResponseWriter, r *http.Request) error {
	return s.showTry(w, r, http.StatusOK, page.Query(r), nil)
}

// goOn does one more thing in a try-run. Nothing is written, so that it may be sent as often as anybody likes.
func (s *Surface) goOn(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	t := trialOf(in)
	step, outcome, _ := strings.Cut(in.Text("do"), "=")
	switch days := in.Text("days." + step); {
	case in.Text("do") == "undo":
		t.Did = t.Did[:max(len(t.Did)-1, 0)]
	case outcome == "":
	case days == "":
		t.Did = append(t.Did, step+"="+outcome)
	default:
		n, ok := in.Int("days." + step)
		if !ok || n < 0 || n > mostDays {
			return s.showTry(w, r, http.StatusUnprocessableEntity, in, fault.Bad(fault.Field{Name: "days." + step, Key: "tryrun.days_wrong", Args: []any{"most", mostDays}}))
		}
		t.Did = append(t.Did, fmt.Sprint(step, "=", outcome, "@", n))
	}
	return page.Redirect(w, r, t.address(itemID(r))+"#next")
}

// mostDays bounds how long a step may take in a try-run, in working days.
const mostDays = 250

func trialOf(in *page.Input) trial {
	did := in.All("did")
	return trial{Of: in.Text("of"), Way: in.Text("way"), Start: in.Date("start"), Street: ref.OrganID(in.Text("street")), Did: did[:min(len(did), mostDid)]}
}

func (t trial) address(id ref.ItemID) string {
	q := url.Values{"did": t.Did}
	for name, v := range map[string]string{"of": t.Of, "way": t.Way, "start": t.Start, "street": string(t.Street)} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return itemPath(id, "try") + "?" + q.Encode()
}

var didForm = regexp.MustCompile(`^(.{1,80})#([1-9])=([a-z]{1,20})(?:@([0-9]{1,3}))?$`)

// choices reads what was done; what cannot be read counts for nothing.
func (t trial) choices() (out []review.Choice) {
	for _, x := range t.Did {
		m := didForm.FindStringSubmatch(x)
		if m == nil {
			continue
		}
		c := review.Choice{Step: m[1], Outcome: m[3], Days: -1}
		c.Round, _ = strconv.Atoi(m[2])
		if m[4] != "" {
			c.Days, _ = strconv.Atoi(m[4])
		}
		out = append(out, c)
	}
	return out
}

func (s *Surface) showTry(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	x, err := s.read(r, itemID(r))
	if err != nil {
		return err
	}
	v := tryView{written: x, trial: trialOf(in), edits: mayEdit(r, x) == nil}
	if v.organs, err = org.Organs(r.Context(), s.DB); err != nil {
		return err
	}
	bad := v.settle(p)
	if wrong == nil && bad != nil {
		wrong, status = bad, http.StatusUnprocessableEntity
	}
	v.run = review.Rehearsal{Item: v.it, Calendar: s.Calendar(), Received: v.from.At(receiving), Online: v.Way == "online", Street: v.Street, Choices: v.choices()}.Run()
	v.settings(p, in, wrong)
	v.Stages = page.PlanStages(p, v.it, v.organ, func(stop string) (page.StopState, string) { return v.state(p, stop) })
	v.open(p, in, wrong)
	v.path(p, s.Calendar())
	v.clock(p)
	v.papers(p)
	return page.Show(w, r, status, tryPage(p, v))
}

// settle fills in what was not chosen: the draft where there is one, today, the first street.
func (v *tryView) settle(p *page.Page) error {
	if v.it = v.Doc(); v.Of == "force" && v.Now != nil {
		v.it = v.Now
	}
	if v.Of = "force"; v.it == v.Next {
		v.Of = "draft"
	}
	if v.Way != "online" || !v.choosesWay() {
		v.Way = "window"
	}
	if streets := v.streets(); len(streets) > 0 && !slices.ContainsFunc(streets, func(o org.Organ) bool { return o.ID == v.Street }) {
		v.Street = streets[0].ID
	}
	today := calendar.DateOf(p.Now)
	if v.from = today; v.Start == "" {
		v.Start = today.String()
	}
	day, err := calendar.ParseDate(v.Start)
	if err != nil || day.Year() < today.Year()-mostYears || day.Year() > today.Year()+mostYears {
		return fault.Bad(fault.Field{Name: "start", Key: "tryrun.start_wrong"})
	}
	v.from = day
	return nil
}

// mostYears is how far from today a try-run may begin.
const mostYears = 5

func (v *tryView) choosesWay() bool { return v.it.Accept == catalog.AcceptAtWindow }

// streets are the offices that may stand for the applicant's, where the plan has one.
func (v *tryView) streets() (out []org.Organ) {
	if v.it.Acceptor() != catalog.Street && !slices.ContainsFunc(v.it.Plan.Steps, func(s catalog.Step) bool { return s.Organ == catalog.Street }) {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(v.organs)) {
		if v.organs[id].Kind == "street" {
			out = append(out, v.organs[id])
		}
	}
	return out
}

func (v *tryView) organ(id ref.OrganID) string { return organName(v.organs, id) }

func (v *tryView) settings(p *page.Page, in *page.Input, wrong error) {
	v.Settings = []page.Field{{Name: "start", Label: p.T("tryrun.start"), Kind: page.Date, Value: v.Start}}
	if v.Next != nil && v.Now != nil {
		v.Settings = append(v.Settings, page.Field{Name: "of", Label: p.T("tryrun.of"), Kind: page.Select, Value: v.Of, Options: []page.Option{{Value: "draft", Text: p.T("tryrun.of.draft")}, {Value: "force", Text: p.T("tryrun.of.force")}}})
	}
	if v.choosesWay() {
		v.Settings = append(v.Settings, page.Field{Name: "way", Label: p.T("tryrun.way"), Kind: page.Select, Value: v.Way, Options: []page.Option{{Value: "window", Text: p.T("tryrun.way.window")}, {Value: "online", Text: p.T("tryrun.way.online")}}})
	}
	if streets := v.streets(); len(streets) > 0 {
		f := page.Field{Name: "street", Label: p.T("tryrun.street"), Kind: page.Select, Value: string(v.Street)}
		for _, o := range streets {
			f.Options = append(f.Options, page.Option{Value: string(o.ID), Text: o.Name})
		}
		v.Settings = append(v.Settings, f)
	}
	if wrong != nil {
		v.Settings[0] = page.Refill(p, v.Settings[:1], in, wrong)[0]
	}
}

// state is how far the case has come at a stop of the drawing.
func (v *tryView) state(p *page.Page, stop string) (page.StopState, string) {
	at, said := v.stateOf(stop), ""
	switch x := v.task(stop); {
	case at == page.StopOpen && !x.Due.IsZero():
		said = p.T("tryrun.open_until", "day", p.FullDate(calendar.DateOf(x.Due)))
	case at == page.StopLate:
		said = p.T("tryrun.late")
	default:
		said = p.T("flow.state." + string(at))
	}
	return at, said
}

func (v *tryView) stateOf(stop string) page.StopState {
	accepted := !v.run.Accepted.IsZero()
	switch stop {
	case casepage.Receive:
		if v.choosesWay() && !accepted {
			return v.looking()
		}
		return page.StopDone
	case casepage.Accept:
		if !accepted {
			return v.looking()
		}
		return page.StopDone
	case casepage.Seal:
		if v.run.End == approval.Grant || v.run.End == approval.Refuse {
			return page.StopDone
		}
		return page.StopWaiting
	}
	switch x := v.task(stop); {
	case x.State == approval.Open:
		return page.StopOpen
	case x.State == approval.Void, x.State == "" && v.run.End != "":
		return page.StopVoid
	case x.State == "":
		return page.StopWaiting
	case x.Outcome == approval.Disagree || x.Outcome == approval.Refuse:
		return page.StopAgainst
	case !x.Due.IsZero() && x.DoneAt.After(x.Due):
		return page.StopLate
	}
	return page.StopDone
}

// looking is the state of acceptance before it.
func (v *tryView) looking() page.StopState {
	if v.run.End == approval.Decline {
		return page.StopAgainst
	}
	return page.StopOpen
}

func (v *tryView) task(step string) approval.Task {
	i := slices.IndexFunc(v.run.Tasks, func(x approval.Task) bool {
		return x.Step == step && x.Kind != approval.Precheck && x.Kind != approval.Accept
	})
	if i < 0 {
		return approval.Task{}
	}
	return v.run.Tasks[i]
}

// taskName is what a task is called: a step by its own name, the others by their kind.
func taskName(p *page.Page, x approval.Task) string {
	if x.Name != "" {
		return x.Name
	}
	return p.T("tryrun.task." + x.Kind)
}

// holder is in whose inbox a task lies.
func (v *tryView) holder(p *page.Page, x approval.Task) string {
	if x.Kind == review.Supply {
		return p.T("tryrun.applicant")
	}
	return v.organ(x.Organ)
}

func outcomeWords(p *page.Page, outcome string) string {
	if outcome == review.Supplied {
		return p.T("tryrun.supplied")
	}
	return p.T("case.outcome." + outcome)
}

func (v *tryView) open(p *page.Page, in *page.Input, wrong error) {
	var fields []page.Field
	for _, x := range v.run.Open() {
		key := fmt.Sprint(x.Step, "#", x.Round)
		o := openView{Title: p.T("tryrun.open_task", "task", taskName(p, x), "organ", v.holder(p, x)),
			Facts:  []page.Row{{Label: p.T("tryrun.inbox"), Value: v.holder(p, x)}, {Label: p.T("tryrun.opened"), Value: p.FullDate(calendar.DateOf(x.Made))}},
			Fields: []page.Field{{Name: "days." + key, Label: p.T("tryrun.days"), Hint: p.T("tryrun.days_hint"), Kind: page.Number, Unit: p.T("item.value.unit.workday"), Auto: "off"}}}
		if !x.Due.IsZero() {
			o.Facts = append(o.Facts, page.Row{Label: p.T("tryrun.due"), Value: p.FullDate(calendar.DateOf(x.Due))})
		} else {
			o.Fields[0].Hint = p.T("tryrun.days_hint_none")
		}
		if s, ok := v.it.Step(x.Step); ok {
			o.Points = s.Points
			o.Facts = append(o.Facts, page.Row{Label: p.T("item.field.step.officers"), Value: shown(p, "officers", s.Officers)})
		}
		if wrong != nil {
			o.Fields = page.Refill(p, o.Fields, in, wrong)
		}
		for _, outcome := range v.run.Can(x) {
			words := outcomeWords(p, outcome)
			o.Acts = append(o.Acts, page.Act{Text: words, Look: page.Second, Name: "do", Value: key + "=" + outcome, Extra: map[string]any{"aria-label": p.T("tryrun.act", "outcome", words, "task", taskName(p, x))}})
		}
		v.Open, fields = append(v.Open, o), append(fields, o.Fields...)
	}
	v.Problems = page.Problems(p, append(slices.Clone(v.Settings), fields...), wrong)
}

func (v *tryView) path(p *page.Page, cal *calendar.Calendar) {
	v.Path = []page.Moment{{Title: p.T("tryrun.received"), At: p.FullDate(v.from), Who: p.T("tryrun.way." + v.Way), State: page.Done}}
	for _, x := range v.run.Path {
		day := calendar.DateOf(x.DoneAt)
		n, _ := cal.WorkdaysBetween(calendar.DateOf(x.Made), day)
		m := page.Moment{Title: p.T("tryrun.did", "task", taskName(p, x), "outcome", outcomeWords(p, x.Outcome)), At: p.FullDate(day), Who: v.holder(p, x), Detail: p.T("tryrun.took", "n", n), State: page.Done}
		if against[x.Outcome] {
			m.State = page.Failed
		}
		v.Path = append(v.Path, m)
	}
}

// against are the outcomes that say no.
var against = map[string]bool{approval.Disagree: true, approval.Refuse: true, approval.Decline: true, approval.Points: true}

// clock holds the time taken against what is promised and what the law gives.
func (v *tryView) clock(p *page.Page) {
	v.Clock = append(v.Clock, page.Row{Label: p.T("tryrun.result"), Value: v.result(p)})
	if v.run.Accepted.IsZero() {
		return
	}
	v.Clock = append(v.Clock, page.Row{Label: p.T("tryrun.accepted"), Value: p.FullDate(calendar.DateOf(v.run.Accepted))})
	if v.run.End != "" {
		v.Clock = append(v.Clock, page.Row{Label: p.T("tryrun.used"), Value: p.T("tryrun.workdays", "n", v.run.Took), Note: p.T("tryrun.ended", "day", p.FullDate(calendar.DateOf(v.run.Ended)))})
	}
	for _, x := range []struct {
		key  string
		span catalog.Span
		d    clock.Deadline
	}{{"promised", v.it.Times.Promised, v.run.Promised}, {"legal", v.it.Times.Legal, v.run.Legal}} {
		if !x.d.Due.IsZero() {
			v.Clock = append(v.Clock, page.Row{Label: p.T("tryrun." + x.key), Value: page.SpanWords(p, x.span), Note: v.kept(p, x.d)})
		}
	}
}

// kept says until when, and whether that was kept.
func (v *tryView) kept(p *page.Page, d clock.Deadline) string {
	key := "tryrun.until"
	if v.run.End != "" && v.run.Ended.After(d.Due) {
		key = "tryrun.over"
	} else if v.run.End != "" {
		key = "tryrun.within"
	}
	return p.T(key, "day", p.FullDate(d.Day))
}

func (v *tryView) result(p *page.Page) string {
	switch {
	case v.run.End != "":
		return outcomeWords(p, v.run.End)
	case v.run.Stuck():
		return p.T("tryrun.stuck")
	}
	return p.T("tryrun.going_on", "n", len(v.run.Open()))
}

// papers are the letters and the licence that would have been made.
func (v *tryView) papers(p *page.Page) {
	say := func(key string, args ...any) string { return text.T(text.Chinese, key, args...) } // letters are in Chinese on every page
	for _, x := range v.run.Papers {
		row := page.Row{Label: p.FullDate(calendar.DateOf(x.At)), Value: issuance.Title(say, v.it, x.Kind)}
		if x.Kind == seal.Licence && v.it.Result.ValidFor.N > 0 {
			row.Note = p.T("tryrun.valid", "span", span(p, v.it.Result.ValidFor))
		}
		v.Papers = append(v.Papers, row)
	}
}

func (v *tryView) tone() page.Tone {
	if against[v.run.End] {
		return page.Warn
	}
	return page.Good
}
