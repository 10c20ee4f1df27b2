package inspection_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yimen/domain/inspection"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

var ctx = context.Background()

func noon(day string) time.Time {
	d, err := calendar.ParseDate(day)
	if err != nil {
		panic(err)
	}
	return d.At(12 * time.Hour)
}

func end(day string) time.Time {
	d, _ := calendar.ParseDate(day)
	return d.End().Add(-time.Microsecond)
}

func TestARuleJudgesByWorkingDays(t *testing.T) {
	r := inspection.Rule{Days: 1, Percent: 20, Yellow: 2}
	for _, c := range []struct {
		from, due, now string
		want           inspection.Level
	}{
		{"2026-03-02", "2026-03-30", "2026-03-10", ""},                 // 14 of 20 left
		{"2026-03-02", "2026-03-30", "2026-03-24", inspection.Warning}, // 4 of 20 left: a fifth
		{"2026-03-02", "2026-03-30", "2026-03-23", ""},                 // 5 left
		{"2026-03-02", "2026-03-06", "2026-03-05", inspection.Warning}, // 1 left
		{"2026-03-02", "2026-03-06", "2026-03-06", inspection.Warning}, // the last day
		{"2026-03-02", "2026-03-06", "2026-03-07", inspection.Yellow},  // a Saturday: over, by no working day yet
		{"2026-03-02", "2026-03-06", "2026-03-10", inspection.Yellow},  // two over
		{"2026-03-02", "2026-03-06", "2026-03-11", inspection.Red},
		{"2026-02-09", "2026-02-13", "2026-02-14", inspection.Yellow}, // a make-up Saturday counts
		{"2026-02-09", "2026-02-13", "2026-02-23", inspection.Yellow}, // the Spring Festival does not
	} {
		if got := r.Judge(calendar.Default(), noon(c.from), end(c.due), noon(c.now)); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if got := (inspection.Rule{}).Judge(calendar.Default(), noon("2026-03-02"), end("2026-03-06"), noon("2026-03-06")); got != "" {
		t.Errorf("a rule without thresholds warns: %q", got)
	}
	if reach := r.Reach(calendar.Default(), noon("2026-03-02")); reach.Before(end("2026-03-24")) {
		t.Errorf("a fifth of the longest time reaches to %s", reach)
	}
}

func book() inspection.Book {
	return inspection.Book{Rules: []inspection.Rule{{ID: "a", Trigger: inspection.Promise, Watch: inspection.Decision, Name: "超期", On: true, Days: 1, Yellow: 3,
		Basis: []inspection.Citation{{Law: "优化营商环境条例", Article: 36, Paragraph: 2, Text: "应当公开说明理由"}}}}, Explain: inspection.Explain{Yellow: 2, Red: 1}, Twice: 2, Answer: 2}
}

func TestABookIsCheckedFieldByField(t *testing.T) {
	if bad := book().Check(); len(bad) > 0 {
		t.Fatalf("%+v", bad)
	}
	b := book()
	b.Rules = append(b.Rules, inspection.Rule{ID: "a", Watch: "what", Trigger: "no", Days: -1, Percent: 101, Yellow: 300})
	b.Answer, b.Explain.Red = 0, -1
	var names []string
	for _, f := range b.Check() {
		names = append(names, f.Name)
	}
	for _, want := range []string{"rules.1.id", "rules.1.name", "rules.1.trigger", "rules.1.watch", "rules.1.level", "rules.1.ground", "rules.1.days", "rules.1.percent", "rules.1.yellow", "explain.red", "answer"} {
		if !slices.Contains(names, want) {
			t.Errorf("nothing is said of %s: %v", want, names)
		}
	}
	again, err := inspection.ReadBook(book().Write())
	if err != nil || string(again.Write()) != string(book().Write()) {
		t.Errorf("read %+v %v", again, err)
	}
	for _, raw := range []string{`{}`, `{"rules": [], "what": 1}`, strings.Replace(string(book().Write()), `"twice": 2`, `"twice": 2, "twice": 3`, 1)} {
		if _, err := inspection.ReadBook([]byte(raw)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s was read: %v", raw, err)
		}
	}
}

func write(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) error {
	t.Helper()
	return d.Write(ctx, "test", fn)
}

func card(level inspection.Level, state inspection.State) inspection.Card {
	return inspection.Card{ID: db.NewID(), Subject: "item:1", Rule: "a", Level: level, Case: "c", CaseItem: "1", Organ: "o", Handler: "me", State: state, Issued: noon("2026-03-02"), Answer: end("2026-03-04")}
}

func TestACardIsPutOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(ctx, inspection.Schema); err != nil {
			t.Fatal(err)
		}
		var fresh atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
					put, err := inspection.Put(ctx, tx, card(inspection.Yellow, inspection.Owed))
					if put {
						tx.AfterCommit(func() { fresh.Add(1) })
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all, err := inspection.Cards(ctx, d, inspection.CardFilter{}, 10)
		if err != nil || len(all) != 1 || fresh.Load() != 1 {
			t.Fatalf("%d cards, %d fresh, %v", len(all), fresh.Load(), err)
		}
		there, err := inspection.Has(ctx, d, []string{"item:1", "item:2"})
		if err != nil || !there[inspection.Key("item:1", "a", inspection.Yellow)] || len(there) != 1 {
			t.Error(there, err)
		}
	})
}

func TestWhatMayFollowWhat(t *testing.T) {
	all := []inspection.State{inspection.Told, inspection.Owed, inspection.Explained, inspection.Contested, inspection.Upheld, inspection.Lifted}
	allowed := map[string]string{
		inspection.ActExplain: "told owed upheld", inspection.ActContest: "told owed explained",
		inspection.ActUphold: "contested", inspection.ActLift: "told owed explained contested upheld"}
	for act, from := range allowed {
		for _, s := range all {
			if _, may := card(inspection.Yellow, s).After(act); may != slices.Contains(strings.Fields(from), string(s)) {
				t.Errorf("%s from %s: %v", act, s, may)
			}
		}
	}
	c := card(inspection.Yellow, inspection.Contested)
	if to, _ := c.After(inspection.ActUphold); to != inspection.Owed {
		t.Errorf("upheld and never explained: %s", to)
	}
	c.Answered = noon("2026-03-03")
	if to, _ := c.After(inspection.ActUphold); to != inspection.Upheld {
		t.Errorf("upheld after an explanation: %s", to)
	}
}

func TestAnActThatComesTooLateIsAConflict(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(ctx, inspection.Schema); err != nil {
			t.Fatal(err)
		}
		c := card(inspection.Yellow, inspection.Owed)
		now := noon("2026-03-03")
		if err := write(t, d, func(ctx context.Context, tx *db.Tx) error { _, err := inspection.Put(ctx, tx, c); return err }); err != nil {
			t.Fatal(err)
		}
		late := c
		if err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
			x := c
			return x.Step(ctx, tx, inspection.ActExplain, c.Answer, now)
		}); err != nil {
			t.Fatal(err)
		}
		err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
			x := late
			return x.Step(ctx, tx, inspection.ActContest, c.Answer, now)
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a stale contest: %v", err)
		}
		got, err := inspection.GetCard(ctx, d, c.ID)
		if err != nil || got.State != inspection.Explained || !got.Answered.Equal(now) {
			t.Errorf("%+v %v", got, err)
		}
		if silent, err := inspection.Unexplained(ctx, d, noon("2026-04-01"), inspection.After{}, 10); err != nil || len(silent) != 0 {
			t.Errorf("an explained card is owed: %v %v", silent, err)
		}
	})
}

func TestOneEscalationOfACaseIsOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(ctx, inspection.Schema); err != nil {
			t.Fatal(err)
		}
		var fresh atomic.Int64
		var ids sync.Map
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
					id, first, err := inspection.Escalate(ctx, tx, inspection.Escalation{ID: db.NewID(), Case: ref.CaseID("c"), Organ: "o", Made: noon("2026-03-02"), Answer: end("2026-03-04")})
					tx.AfterCommit(func() {
						ids.Store(id, true)
						if first {
							fresh.Add(1)
						}
					})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		open, err := inspection.OpenEscalation(ctx, d, "c")
		if err != nil || fresh.Load() != 1 {
			t.Fatal(fresh.Load(), err)
		}
		ids.Range(func(id, _ any) bool {
			if id != open.ID {
				t.Errorf("answered with %v", id)
			}
			return true
		})
		reply := func() error {
			return write(t, d, func(ctx context.Context, tx *db.Tx) error {
				return inspection.Reply(ctx, tx, open.ID, "me", noon("2026-03-03"))
			})
		}
		if err := reply(); err != nil {
			t.Fatal(err)
		}
		if err := reply(); !fault.Is(err, fault.Conflict) {
			t.Errorf("answered twice: %v", err)
		}
	})
}
