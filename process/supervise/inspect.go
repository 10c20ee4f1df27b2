package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/inspection"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/ref"
)

// inspector is who puts cards that no person puts.
const inspector = "system:inspection"

// Bounds of a sweep.
const (
	lot     = 500              // rows a page
	settled = 24 * time.Hour   // how far back a sweep begins to look at what was settled
	overlap = 10 * time.Minute // what is looked at again: an earlier row may be committed later

	lookAhead = 15 * time.Minute // between looks at clocks before their end, since those change with the day
)

// sweep is one look over everything that a rule watches.
type sweep struct {
	*Watch
	edition int64
	book    inspection.Book
	now     time.Time
	cal     *calendar.Calendar
	organs  map[ref.OrganID]org.Organ
	ahead   bool // it also looks at clocks before their end
	bad     int  // records that could not be judged; the others are
}

// found is what a rule found, and the card it calls for.
type found struct {
	subject string
	item    casefile.Item
	task    approval.Task // zero: the whole item
	rule    inspection.Rule
	level   inspection.Level
	due     time.Time
	cause   string
}

// Inspect looks over all running clocks and what was settled since it last did, and puts the cards that the rules in force
// call for, each once. A record it cannot judge is logged and left; one process at a time does this, by lease.
func (w *Watch) Inspect(ctx context.Context) error {
	e, err := inspection.Current(ctx, w.DB)
	if err != nil || e.Version == 0 {
		return err
	}
	s := &sweep{Watch: w, edition: e.Version, now: w.Now(), cal: w.Calendar()}
	if s.ahead = s.now.Sub(w.looked) >= lookAhead; s.ahead {
		w.looked = s.now
	}
	if s.book, err = e.Book(); err != nil {
		return err
	}
	if s.organs, err = org.Organs(ctx, w.DB); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{s.items, s.tasks, s.records, s.silent} {
		if failed := part(ctx); failed != nil && !errors.Is(failed, errTaken) {
			err = errors.Join(err, failed)
		}
	}
	if s.bad > 0 {
		slog.Error("records could not be inspected", "n", s.bad)
	}
	return err
}

// errTaken says that another process sweeps.
var errTaken = errors.New("another process inspects")

// lease takes or renews the right to sweep, before each page.
func (s *sweep) lease(ctx context.Context) error {
	return s.DB.Write(ctx, "supervise.Lease", func(ctx context.Context, tx *db.Tx) error {
		held, err := s.Bus.Lease(ctx, tx, "inspection")
		if err == nil && !held {
			err = errTaken
		}
		return err
	})
}

// clocks are what each watch of a whole item follows, and since when.
var clocks = map[inspection.Watch]casefile.Clock{inspection.Acceptance: casefile.AcceptClock, inspection.Decision: casefile.DecideClock, inspection.Delivery: casefile.DeliverClock}

func (s *sweep) items(ctx context.Context) error {
	for _, watch := range []inspection.Watch{inspection.Acceptance, inspection.Decision, inspection.Delivery} {
		for _, rule := range s.book.Watching(watch) {
			if err := s.clock(ctx, rule, clocks[watch]); err != nil {
				return err
			}
		}
	}
	return nil
}

// clock goes through the items of a clock that a rule may concern, by pages.
func (s *sweep) clock(ctx context.Context, rule inspection.Rule, clock casefile.Clock) error {
	reach := s.reach(rule)
	var last casefile.Item
	for {
		if err := s.lease(ctx); err != nil {
			return err
		}
		rows, err := casefile.DueBy(ctx, s.DB, clock, reach, last.Due, last.ID, lot)
		if err != nil || len(rows) == 0 {
			return err
		}
		var hits []found
		for _, it := range rows {
			if level := rule.Judge(s.cal, s.began(it), it.Due, s.now); level != "" {
				hits = append(hits, found{"item:" + string(it.ID), it, approval.Task{}, rule, level, it.Due, inspection.ByTime})
			}
		}
		if err := s.put(ctx, hits); err != nil {
			return err
		}
		last = rows[len(rows)-1]
	}
}

// reach is how far ahead a rule is to look now.
func (s *sweep) reach(rule inspection.Rule) time.Time {
	if s.ahead {
		return rule.Reach(s.cal, s.now)
	}
	return s.now
}

// began is the day an item's running clock began on.
func (s *sweep) began(it casefile.Item) time.Time {
	switch it.Clock {
	case casefile.DecideClock:
		return it.AcceptedAt
	case casefile.DeliverClock:
		return it.DecidedAt
	}
	from, _ := s.cal.AddWorkdays(calendar.DateOf(it.Due), -5) // the five days before acceptance
	return from.At(0)
}

// tasks goes through the links that are open.
func (s *sweep) tasks(ctx context.Context) error {
	links, ups := s.book.Watching(inspection.Task), s.book.Watching(inspection.TaskUp)
	reach := s.now
	for _, rule := range slices.Concat(links, ups) {
		if r := s.reach(rule); r.After(reach) {
			reach = r
		}
	}
	if len(links)+len(ups) == 0 {
		return nil
	}
	var last approval.Task
	for {
		if err := s.lease(ctx); err != nil {
			return err
		}
		rows, err := approval.Running(ctx, s.DB, reach, last.Due, last.ID, lot)
		if err != nil || len(rows) == 0 {
			return err
		}
		var ids []ref.CaseItemID
		for _, t := range rows {
			ids = append(ids, t.CaseItem)
		}
		items, err := casefile.ItemsBy(ctx, s.DB, ids)
		if err != nil {
			return err
		}
		var hits []found
		for _, t := range rows {
			rules := links
			if s.up(t, items[t.CaseItem]) {
				rules = ups
			}
			hits = append(hits, s.link(t, items[t.CaseItem], rules)...)
		}
		if err := s.put(ctx, hits); err != nil {
			return err
		}
		last = rows[len(rows)-1]
	}
}

// up says whether a task prepares the decision of an organ of a higher level (初审, 行政许可法 35).
func (s *sweep) up(t approval.Task, it casefile.Item) bool {
	if t.Kind == approval.Precheck || t.Kind == approval.Accept || t.Kind == approval.Opinion {
		return false
	}
	return s.organs[t.Organ].Level > s.organs[it.Organ].Level
}

// link judges one task. While its item's clock stands, or is the applicant's turn, no link is late; a link of the item's own
// organ with no time of its own is late with the whole, which has its own rule.
func (s *sweep) link(t approval.Task, it casefile.Item, rules []inspection.Rule) (out []found) {
	if !running(it) || t.Organ == it.Organ && !t.Due.Before(it.Due) {
		return nil
	}
	for _, rule := range rules {
		if level := rule.Judge(s.cal, t.Made, t.Due, s.now); level != "" {
			out = append(out, found{"task:" + string(t.ID), it, t, rule, level, t.Due, inspection.ByTime})
		}
	}
	return out
}

// running says that time passes for an item's organ.
func running(it casefile.Item) bool {
	return it.ID != "" && it.Clock != casefile.NoClock && it.PausedAt.IsZero()
}

// records looks at the acceptances and decisions since the sweep before: a case keyed in at once, a refusal that says too
// little, an acceptance that came of silence.
func (s *sweep) records(ctx context.Context) error {
	from := s.now.Add(-settled)
	if !s.seen.IsZero() {
		from = s.seen.Add(-overlap)
	}
	last := approval.Task{DoneAt: from}
	for {
		if err := s.lease(ctx); err != nil {
			return err
		}
		rows, err := approval.Settled(ctx, s.DB, last.DoneAt, last.ID, lot)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			s.seen = s.now
			return nil
		}
		var hits []found
		for _, t := range rows {
			found, err := s.record(ctx, t)
			if err != nil {
				s.skip("task:"+string(t.ID), err)
			}
			hits = append(hits, found...)
		}
		if err := s.put(ctx, hits); err != nil {
			return err
		}
		last = rows[len(rows)-1]
	}
}

// record judges one settled task by what its case shows.
func (s *sweep) record(ctx context.Context, t approval.Task) (out []found, err error) {
	for _, watch := range []struct {
		what  inspection.Watch
		holds func(context.Context, approval.Task, casefile.Item, inspection.Rule) (bool, error)
	}{{inspection.Reasons, s.silentRefusal}, {inspection.Deemed, s.deemed}, {inspection.Keyed, s.keyed}} {
		for _, rule := range s.book.Watching(watch.what) {
			it, err := casefile.GetItem(ctx, s.DB, t.CaseItem)
			if err != nil {
				return out, err
			}
			hit, err := watch.holds(ctx, t, it, rule)
			if err != nil {
				return out, err
			}
			if hit {
				out = append(out, found{"task:" + string(t.ID), it, t, rule, rule.Level, time.Time{}, inspection.ByRecord})
			}
		}
	}
	return out, nil
}

// silentRefusal: a refusal or a declining whose reasons are shorter than the rule wants (行政许可法 38).
func (s *sweep) silentRefusal(ctx context.Context, t approval.Task, it casefile.Item, rule inspection.Rule) (bool, error) {
	if t.State != approval.Done || t.Outcome != approval.Refuse && t.Outcome != approval.Decline {
		return false, nil
	}
	c, err := casefile.Get(ctx, s.DB, it.Case)
	if err != nil || len(t.Note) == 0 {
		return err == nil, err
	}
	note, err := s.Vault.Open(ctx, s.DB, string(c.Party), "approval_task.note."+string(t.ID), t.Note)
	return err == nil && utf8.RuneCount(note) < rule.Least, err
}

// deemed: nobody accepted, and the law did (行政许可法 32(4)).
func (s *sweep) deemed(ctx context.Context, t approval.Task, it casefile.Item, _ inspection.Rule) (bool, error) {
	if t.Kind != approval.Accept || t.State != approval.Void {
		return false, nil
	}
	facts, err := casefile.Facts(ctx, s.DB, it.Case)
	return err == nil && casefile.LifeOf(casefile.Holding(facts, it.ID)).Deemed, err
}

// keyed: a case of an item that is no instant one went from hand-in at a window to its decision in fewer minutes than the
// work can take, so it was not done in the system but keyed in afterwards (优化营商环境条例 37).
func (s *sweep) keyed(ctx context.Context, t approval.Task, it casefile.Item, rule inspection.Rule) (bool, error) {
	if t.Kind != approval.Decide || t.State != approval.Done {
		return false, nil
	}
	c, err := casefile.Get(ctx, s.DB, it.Case)
	if err != nil || c.Channel != ref.ChannelWindow || t.DoneAt.Sub(c.ReceivedAt) >= time.Duration(rule.Least)*time.Minute {
		return false, err
	}
	v, err := catalog.Get(ctx, s.DB, it.Version)
	return err == nil && v.Doc().ProjectType != ref.ProjectInstant, err
}

// silent puts the next card where no explanation came in time.
func (s *sweep) silent(ctx context.Context) error {
	var after inspection.After
	for {
		if err := s.lease(ctx); err != nil {
			return err
		}
		cards, err := inspection.Unexplained(ctx, s.DB, s.now, after, lot)
		if err != nil || len(cards) == 0 {
			return err
		}
		for _, c := range cards {
			if err := s.hush(ctx, c); err != nil {
				s.skip(c.Object(), err)
			}
		}
		last := cards[len(cards)-1]
		after = inspection.After{At: last.Answer, ID: last.ID}
	}
}

// hush notes that a card was not explained, and puts the next level.
func (s *sweep) hush(ctx context.Context, c inspection.Card) error {
	return s.DB.Write(ctx, "supervise.Silent", func(ctx context.Context, tx *db.Tx) error {
		m, err := s.hold(ctx, tx, c.CaseItem)
		if err != nil {
			return err
		}
		noted, err := c.Hush(ctx, tx, s.now)
		if err != nil || !noted {
			return err
		}
		if err := s.note(ctx, tx, c, inspection.Act{Kind: inspection.ActSilent, Actor: inspector, At: s.now}); err != nil {
			return err
		}
		next := c
		if next.Level, next.Cause = c.Level.Higher(), inspection.BySilent; next.Level == "" {
			return nil
		}
		return s.issue(ctx, tx, m, s.book, next, inspector, "")
	})
}

// skip leaves a record that cannot be judged, so that the others are.
func (s *sweep) skip(what string, err error) {
	s.bad++
	slog.Error("not inspected", "record", what, "err", err.Error())
}

// put puts the cards that are not there yet, each in its own transaction.
func (s *sweep) put(ctx context.Context, hits []found) error {
	var subjects []string
	for _, h := range hits {
		subjects = append(subjects, h.subject)
	}
	slices.Sort(subjects)
	there, err := inspection.Has(ctx, s.DB, slices.Compact(subjects))
	if err != nil {
		return err
	}
	for _, h := range hits {
		if there[inspection.Key(h.subject, h.rule.ID, h.level)] {
			continue
		}
		if err := s.one(ctx, h); err != nil {
			s.skip(h.subject, err)
		}
	}
	return nil
}

// one puts a card on what still is as it was found, now that the case is ours.
func (s *sweep) one(ctx context.Context, h found) error {
	return s.DB.Write(ctx, "supervise.Card", func(ctx context.Context, tx *db.Tx) error {
		m, err := s.hold(ctx, tx, h.item.ID)
		if err != nil {
			return err
		}
		if h.cause == inspection.ByTime {
			open := h.task
			if h.task.ID != "" {
				if open, err = approval.Get(ctx, tx, h.task.ID); err != nil {
					return err
				}
			}
			if !running(m.item) || m.item.Clock != h.item.Clock || !m.item.Due.Equal(h.item.Due) || open.State != h.task.State || !open.Due.Equal(h.task.Due) {
				return nil // it was done, stands or was given more time meanwhile: the next sweep judges it anew
			}
		}
		c := inspection.Card{Subject: h.subject, Rule: h.rule.ID, Level: h.level, Trigger: h.rule.Trigger, Name: h.rule.Name, Edition: s.edition, Cause: h.cause, Task: h.task.ID, Due: h.due}
		c.Handler, c.Organ = m.addressee(h.task, h.item.Clock)
		return s.issue(ctx, tx, m, s.book, c, inspector, "")
	})
}

// held is a locked case with the item a card is about.
type held struct {
	casefile.Case
	item  casefile.Item
	tasks []approval.Task // of the item
}

func (w *Watch) hold(ctx context.Context, tx *db.Tx, id ref.CaseItemID) (*held, error) {
	it, err := casefile.GetItem(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	m := &held{}
	if m.Case, err = casefile.Lock(ctx, tx, it.Case); err != nil {
		return nil, fmt.Errorf("case of %s: %w", id, err)
	}
	if m.item, err = casefile.GetItem(ctx, tx, id); err != nil {
		return nil, err
	}
	m.tasks, err = approval.ByItem(ctx, tx, id)
	return m, err
}

// addressee is whom a card is for: who did the task, or holds it, or last had the item in that organ's name, and the organ. Before
// acceptance the organ is the one that is to accept.
func (m *held) addressee(t approval.Task, clock casefile.Clock) (ref.StaffID, ref.OrganID) {
	organ := t.Organ
	if organ == "" {
		organ = m.item.Organ
		for _, x := range m.tasks {
			if clock == casefile.AcceptClock && x.Kind == approval.Accept && x.State == approval.Open {
				organ = x.Organ
			}
		}
	}
	if t.DoneBy != "" {
		return t.DoneBy, organ
	}
	if t.Holder != "" {
		return t.Holder, organ
	}
	return approval.Last(m.tasks, organ), organ
}

// issue puts a card with its act, its audit row and the case's fact, and a red one where it makes too many yellow ones.
func (w *Watch) issue(ctx context.Context, tx *db.Tx, m *held, book inspection.Book, c inspection.Card, by, words string) error {
	now := w.Now()
	head, err := org.GetOrgan(ctx, tx, c.Organ)
	if err != nil {
		return err
	}
	c.ID, c.Case, c.CaseItem, c.Party, c.Item, c.Town, c.Number = db.NewID(), m.ID, m.item.ID, m.Party, m.item.Item, m.item.Town, m.Number
	c.Head, c.State, c.Issued, c.Moved, c.Silent, c.Answered, c.Answer = head.Head, inspection.Told, now, now, time.Time{}, time.Time{}, time.Time{}
	if n := book.Explain.Of(c.Level); n > 0 {
		c.State, c.Answer = inspection.Owed, w.within(n, now)
	}
	fresh, err := inspection.Put(ctx, tx, c)
	if err != nil || !fresh {
		return err
	}
	if err := w.note(ctx, tx, c, inspection.Act{Kind: inspection.ActIssue, Actor: by, At: now, Words: words}); err != nil {
		return err
	}
	fact := casefile.Fact{Kind: casefile.FactCarded, At: now, Actor: by, Organ: c.Organ}.With(casefile.Detail{Step: c.Rule, Kind: string(c.Level), Task: c.Task, Card: c.ID})
	if err := casefile.Apply(ctx, tx, &m.Case, &m.item, fact); err != nil {
		return err
	}
	if c.Level != inspection.Yellow || book.Twice == 0 {
		return nil
	}
	n, err := inspection.Yellows(ctx, tx, c.CaseItem, c.Organ)
	if err != nil || n < book.Twice {
		return err
	}
	c.Level, c.Cause = inspection.Red, inspection.ByTwice
	return w.issue(ctx, tx, m, book, c, inspector, "")
}

// within is the last moment of the n-th working day from now.
func (w *Watch) within(n int, now time.Time) time.Time {
	end, _ := w.Calendar().AddWorkdays(calendar.DateOf(now), n)
	return end.End().Add(-time.Microsecond)
}

// note writes an act on a card with its audit row.
func (w *Watch) note(ctx context.Context, tx *db.Tx, c inspection.Card, a inspection.Act) error {
	a.Object = c.Object()
	if err := inspection.Note(ctx, tx, w.Vault, string(c.Party), a); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: a.Actor, Verb: "supervise.Card." + a.Kind, Object: c.Object(),
		After: audit.Digest(string(c.Case), c.Subject, c.Rule, string(c.Level), string(c.State)), At: a.At})
}
