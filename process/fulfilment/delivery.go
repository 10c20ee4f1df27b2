package fulfilment

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/domain/archive"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/delivery"
	"yimen/domain/licence"
	"yimen/domain/org"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// letter is a sealed paper with what its way to the person depends on.
type letter struct {
	seal.Document
	item *catalog.Item
}

// Follow does what a sealed paper is followed by: it is put on its way, or delivered at once to who wants it electronically;
// what is public is published, and the supervising department is told. A proof of service leads to the archive.
func (h *Hand) Follow(ctx context.Context, d event.Delivery, e seal.WasSealed) error {
	l := letter{}
	var err error
	if l.Document, err = seal.Get(ctx, h.DB, e.Document); err != nil {
		return err
	}
	if l.item, err = h.itemOf(ctx, l.CaseItem); err != nil {
		return err
	}
	pub, err := h.gatherPublic(ctx, l)
	if err != nil {
		return err
	}
	return h.DB.Write(ctx, "fulfilment.Follow", func(ctx context.Context, tx *db.Tx) error {
		c, err := casefile.Lock(ctx, tx, e.Case)
		if err != nil {
			return err
		}
		if l.Kind == seal.Service {
			err = h.proved(ctx, tx, l.Document)
		} else {
			err = h.send(ctx, tx, c, l, pub)
		}
		if err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

func (h *Hand) itemOf(ctx context.Context, id ref.CaseItemID) (*catalog.Item, error) {
	ci, err := casefile.GetItem(ctx, h.DB, id)
	if err != nil {
		return nil, err
	}
	v, err := catalog.Get(ctx, h.DB, ci.Version)
	return v.Doc(), err
}

// send opens a letter's delivery and publishes what it decides.
func (h *Hand) send(ctx context.Context, tx *db.Tx, c casefile.Case, l letter, pub public) error {
	last, _ := delivery.Due(h.Calendar(), calendar.DateOf(l.Drafted))
	dl := delivery.Delivery{ID: ref.DeliveryID(db.NewID()), Document: l.ID, Case: c.ID, CaseItem: l.CaseItem, Party: l.Party, Organ: l.Organ, Hall: c.Hall, Kind: l.Kind,
		Title: l.Title, Number: l.Number, CaseNumber: c.Number, State: delivery.Waiting, Made: l.Drafted, Due: last.End()}
	err := delivery.Open(ctx, tx, dl)
	if fault.Is(err, fault.Conflict) {
		return nil // an earlier delivery of the event did it all
	}
	if err != nil {
		return err
	}
	if err := h.publish(ctx, tx, l, pub); err != nil {
		return err
	}
	choices, err := delivery.Choices(ctx, tx, c.ID)
	if err != nil || delivery.Standing(choices).Way != delivery.Electronic {
		return err
	}
	return h.reach(ctx, tx, &c, dl)
}

// reach delivers electronically: the letter is in the person's own space from now on.
func (h *Hand) reach(ctx context.Context, tx *db.Tx, c *casefile.Case, dl delivery.Delivery) error {
	dl.Way = delivery.Electronic
	return h.serve(ctx, tx, c, dl, calendar.DateOf(h.Now()), try{"system:fulfilment", delivery.Reached, delivery.Words{}})
}

// try is what was tried, by whom, and its words.
type try struct {
	actor, did string
	words      delivery.Words
}

// serve writes that a letter has taken effect on a day.
func (h *Hand) serve(ctx context.Context, tx *db.Tx, c *casefile.Case, dl delivery.Delivery, on calendar.Date, t try) error {
	now := h.Now()
	dl.State, dl.Effect, dl.ServedAt = delivery.Served, on.At(0), now
	if err := h.note(ctx, tx, dl, on, t); err != nil {
		return err
	}
	if err := h.hearFrom(ctx, tx, dl, on); err != nil {
		return err
	}
	ci, err := casefile.GetItem(ctx, tx, dl.CaseItem)
	if err != nil {
		return err
	}
	if decides(dl.Kind) {
		fact := casefile.Fact{Item: ci.ID, Kind: casefile.FactDelivered, At: max2(dl.Effect, ci.DecidedAt), Actor: t.actor, Organ: dl.Organ}.With(casefile.Detail{Document: dl.Document, Kind: string(dl.Way)})
		if err := casefile.Apply(ctx, tx, c, &ci, fact); err != nil {
			return err
		}
	}
	return h.Bus.Publish(ctx, tx, delivery.WasServed{Case: dl.Case, Delivery: dl.ID})
}

// max2 is the later of two moments: a day's beginning is no earlier than the decision of that day.
func max2(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// decides are the letters with whose delivery a case item is delivered.
func decides(kind string) bool {
	return kind == seal.Licence || kind == seal.Refusal || kind == seal.Declining || kind == seal.Termination
}

// hearFrom lets the days in which a licence's holder may state run from when the letter that tells of them was delivered.
func (h *Hand) hearFrom(ctx context.Context, tx *db.Tx, dl delivery.Delivery, on calendar.Date) error {
	if dl.Kind != seal.ActNotice {
		return nil
	}
	a, err := licence.ByTold(ctx, tx, dl.Document)
	if err != nil {
		return err
	}
	last, _ := h.Calendar().AddWorkdays(on, int(a.Hear))
	return licence.SetUntil(ctx, tx, a.ID, last.End())
}

// note writes a delivery's new state with the try that led to it.
func (h *Hand) note(ctx context.Context, tx *db.Tx, dl delivery.Delivery, on calendar.Date, t try) error {
	now := h.Now()
	if err := delivery.Save(ctx, tx, dl); err != nil {
		return err
	}
	a := delivery.Attempt{ID: db.NewID(), Delivery: dl.ID, Did: t.did, Way: dl.Way, On: on.At(0), At: now, Actor: t.actor}
	if err := delivery.Note(ctx, tx, h.Vault, dl.Party, a, t.words); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: t.actor, Verb: "fulfilment.Deliver." + t.did, Object: "case:" + string(dl.Case), After: audit.Digest(string(dl.ID), t.did, on.String()), At: now})
}

// proved notes a sealed proof of service; then the case can be archived.
func (h *Hand) proved(ctx context.Context, tx *db.Tx, doc seal.Document) error {
	id := ref.DeliveryID(strings.TrimPrefix(doc.Source, seal.ServedSource))
	if err := delivery.SetProof(ctx, tx, id, doc.ID); err != nil {
		return err
	}
	return h.Bus.Publish(ctx, tx, archive.Due{Case: doc.Case, CaseItem: doc.CaseItem, Cause: "served:" + string(id)})
}

// Choice is what a person wants.
type Choice struct {
	Submit  once.Submit
	Case    ref.CaseID
	Way     delivery.Way // direct, post or electronic
	Address string       // of the post
	Agreed  bool         // to electronic delivery
	By      string       // "account:…", or "staff:…" for who says it at a window
}

// addressMost is the longest address in characters.
const addressMost = 100

// Choose keeps how a person wants a case's letters. Electronic is the consent, and what waits is delivered at once; any other
// choice withdraws it for what is still to come. Errors: Invalid by way, address or agreed.
func (h *Hand) Choose(ctx context.Context, x Choice) error {
	x.Address = strings.Join(strings.Fields(x.Address), " ")
	if bad := x.wrong(); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return h.DB.Write(ctx, "fulfilment.Choose", func(ctx context.Context, tx *db.Tx) error {
		c, err := casefile.Lock(ctx, tx, x.Case)
		if err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, x.Submit, func() (string, error) { return string(x.Case), h.choose(ctx, tx, &c, x) })
		return err
	})
}

func (x Choice) wrong() (out []fault.Field) {
	switch x.Way {
	case delivery.Direct:
	case delivery.Post:
		if n := utf8.RuneCountInString(x.Address); n < 5 || n > addressMost {
			out = append(out, fault.Field{Name: "address", Key: "after.choose.address", Args: []any{"n", addressMost}})
		}
	case delivery.Electronic:
		if !x.Agreed {
			out = append(out, fault.Field{Name: "agreed", Key: "after.choose.agree"})
		}
	default:
		out = append(out, fault.Field{Name: "way", Key: "after.choose.way"})
	}
	return out
}

func (h *Hand) choose(ctx context.Context, tx *db.Tx, c *casefile.Case, x Choice) error {
	now := h.Now()
	if x.Way != delivery.Post {
		x.Address = ""
	}
	choice := delivery.Choice{ID: db.NewID(), Case: c.ID, Party: c.Party, Way: x.Way, At: now, Actor: x.By}
	if err := delivery.Choose(ctx, tx, h.Vault, choice, x.Address); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: x.By, Verb: "fulfilment.Choose." + string(x.Way), Object: "case:" + string(c.ID), After: audit.Digest(choice.ID), At: now}); err != nil {
		return err
	}
	if x.Way != delivery.Electronic {
		return nil
	}
	all, err := delivery.ByCase(ctx, tx, c.ID)
	for _, dl := range all {
		if err == nil && dl.State == delivery.Waiting {
			err = h.reach(ctx, tx, c, dl)
		}
	}
	return err
}

// Step is what a member of staff did to deliver a letter.
type Step struct {
	Submit   once.Submit
	By       org.Staff
	Delivery ref.DeliveryID
	Do       string        // Handed, WasLeft, WasSent, Arrived, Returned or Announced of domain/delivery
	On       calendar.Date // the day it happened; not of Announced, which happens now
	Tracking string        // WasSent: the post's number
	Words    delivery.Words
}

// Digest is what once compares of a step.
func (s Step) Digest() string {
	w := s.Words
	return once.Hash(string(s.Delivery), s.Do, s.On.String(), s.Tracking, w.Receiver, w.Relation, w.Paper, w.Witness, w.Place, w.Reason, w.Address)
}

// Deliver writes a step. Errors: NotFound for a letter of another organ (at a window: another hall), Conflict when the letter
// was delivered or the step does not follow, Invalid by fields.
func (h *Hand) Deliver(ctx context.Context, s Step) error {
	found, err := delivery.Get(ctx, h.DB, s.Delivery)
	if err != nil {
		return err
	}
	item, err := h.itemOf(ctx, found.CaseItem)
	if err != nil {
		return err
	}
	s.tidy()
	return h.DB.Write(ctx, "fulfilment.Deliver", func(ctx context.Context, tx *db.Tx) error {
		c, err := casefile.Lock(ctx, tx, found.Case)
		if err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, s.Submit, func() (string, error) { return string(s.Delivery), h.step(ctx, tx, &c, s, item) })
		return err
	})
}

func (s *Step) tidy() {
	w := &s.Words
	for _, x := range []*string{&s.Tracking, &w.Receiver, &w.Relation, &w.Paper, &w.Witness, &w.Place, &w.Reason, &w.Address} {
		*x = strings.Join(strings.Fields(*x), " ")
	}
}

func (h *Hand) step(ctx context.Context, tx *db.Tx, c *casefile.Case, s Step, item *catalog.Item) error {
	dl, err := delivery.Get(ctx, tx, s.Delivery)
	if err != nil {
		return err
	}
	if !MayDeliver(s.By, dl, s.Do) {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if !slices.Contains(Steps(dl), s.Do) {
		return fault.New(fault.Conflict, "after.step.not_now")
	}
	if s.Do == delivery.Announced {
		s.On = calendar.DateOf(h.Now())
	}
	if bad := s.wrong(dl, calendar.DateOf(h.Now())); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	t := try{"staff:" + string(s.By.ID), s.Do, s.Words}
	switch s.Do {
	case delivery.WasSent:
		dl.State, dl.Way, dl.SentAt, dl.Tracking = delivery.Sent, delivery.Post, s.On.At(0), s.Tracking
		return h.note(ctx, tx, dl, s.On, t)
	case delivery.Returned:
		dl.State, dl.Way = delivery.Waiting, ""
		return h.note(ctx, tx, dl, s.On, t)
	case delivery.Announced:
		return h.announce(ctx, tx, dl, s.On, t, item.Afterwards().NoticeDays)
	}
	dl.Way = map[string]delivery.Way{delivery.Handed: delivery.Direct, delivery.WasLeft: delivery.Left, delivery.Arrived: delivery.Post}[s.Do]
	return h.serve(ctx, tx, c, dl, delivery.EffectOf(h.Calendar(), dl.Way, s.On, 0), t)
}

// announce begins a public notice and sets the timer at which it counts as delivered.
func (h *Hand) announce(ctx context.Context, tx *db.Tx, dl delivery.Delivery, on calendar.Date, t try, days int) error {
	effect := delivery.EffectOf(h.Calendar(), delivery.Notice, on, days)
	dl.State, dl.Way, dl.Ends = delivery.Noticed, delivery.Notice, effect.End()
	if err := h.note(ctx, tx, dl, on, t); err != nil {
		return err
	}
	return h.Bus.PublishAt(ctx, tx, dl.Ends, delivery.NoticeEnds{Case: dl.Case, Delivery: dl.ID})
}

// Expire delivers by a public notice that has run its time, unless the letter was handed over meanwhile.
func (h *Hand) Expire(ctx context.Context, d event.Delivery, e delivery.NoticeEnds) error {
	return h.DB.Write(ctx, "fulfilment.Expire", func(ctx context.Context, tx *db.Tx) error {
		c, err := casefile.Lock(ctx, tx, e.Case)
		if err != nil {
			return err
		}
		dl, err := delivery.Get(ctx, tx, e.Delivery)
		if err == nil && dl.State == delivery.Noticed {
			err = h.serve(ctx, tx, &c, dl, calendar.DateOf(dl.Ends.Add(-time.Microsecond)), try{"system:fulfilment", delivery.Expired, delivery.Words{}})
		}
		if err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// Steps are what may be done with a letter as it stands.
func Steps(dl delivery.Delivery) []string {
	switch dl.State {
	case delivery.Waiting:
		return []string{delivery.Handed, delivery.WasSent, delivery.WasLeft, delivery.Announced}
	case delivery.Sent:
		return []string{delivery.Arrived, delivery.Returned}
	case delivery.Noticed:
		return []string{delivery.Handed}
	}
	return nil
}

// MayDeliver: the organ's own approvers do every step; a clerk hands over what is collected in the hall it was handed in at, and
// what came online at any.
func MayDeliver(by org.Staff, dl delivery.Delivery, do string) bool {
	if by.Organ == dl.Organ && (by.Has("approver") || by.Has("representative")) {
		return true
	}
	return do == delivery.Handed && (by.Has("clerk") || by.Has("representative")) && by.Hall != "" && (dl.Hall == "" || dl.Hall == by.Hall)
}

// Relations of who signs to the person (民事诉讼法 88).
var Relations = []string{"self", "family", "agent", "staff"}

// wordsMost is the longest of a step's words in characters.
const wordsMost = 200

// wrong lists what is wrong with a step.
func (s Step) wrong(dl delivery.Delivery, today calendar.Date) (out []fault.Field) {
	need := map[string][]string{
		delivery.Handed: {"receiver"}, delivery.Arrived: {"receiver"}, delivery.WasLeft: {"witness", "place", "reason"}, delivery.WasSent: {"tracking", "address"},
		delivery.Returned: {"reason"}, delivery.Announced: {"reason"},
	}[s.Do]
	values := map[string]string{"receiver": s.Words.Receiver, "witness": s.Words.Witness, "place": s.Words.Place, "reason": s.Words.Reason, "tracking": s.Tracking, "address": s.Words.Address, "paper": s.Words.Paper}
	if s.Do == delivery.Handed && s.Words.Relation != "self" {
		need = append(need, "paper")
	}
	for _, name := range need {
		if n := utf8.RuneCountInString(values[name]); n < 2 || n > wordsMost {
			out = append(out, fault.Field{Name: name, Key: "after.step." + name, Args: []any{"n", wordsMost}})
		}
	}
	if s.Do == delivery.Handed && !slices.Contains(Relations, s.Words.Relation) {
		out = append(out, fault.Field{Name: "relation", Key: "after.step.relation"})
	}
	first := calendar.DateOf(dl.Made)
	if s.Do == delivery.Arrived || s.Do == delivery.Returned {
		first = calendar.DateOf(dl.SentAt)
	}
	if s.On < first || s.On > today {
		out = append(out, fault.Field{Name: "on", Key: "after.step.on", Args: []any{"day", first.String()}})
	}
	return out
}
