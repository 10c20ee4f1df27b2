package inspection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/strictjson"
)

// Trigger is one of the eight causes of a card.
type Trigger string

const (
	NotAccepted Trigger = "not_accepted" // a lawful application is not accepted
	Promise     Trigger = "promise"      // beyond what was promised
	Link        Trigger = "link"         // a link is overtime even if the whole is not
	SentUp      Trigger = "sent_up"      // 初审 not sent up in time
	NoReason    Trigger = "no_reason"    // refusal without reason
	Offline     Trigger = "offline"      // not processed online
	Fee         Trigger = "fee"          // illegal fee
	Other       Trigger = "other"
)

// Triggers in the order of the city rules.
func Triggers() []Trigger {
	return []Trigger{NotAccepted, Promise, Link, SentUp, NoReason, Offline, Fee, Other}
}

// Watch is what a rule looks at.
type Watch string

const (
	Acceptance Watch = "accept"  // the clock of the five working days
	Decision   Watch = "decide"  // the promised time
	Delivery   Watch = "deliver" // the time for delivery
	Task       Watch = "task"    // a link's own time
	TaskUp     Watch = "task_up" // a link's whose organ works for one of a higher level
	Deemed     Watch = "deemed"  // an acceptance that came of silence
	Reasons    Watch = "reasons" // a refusal that says too little
	Keyed      Watch = "keyed"   // a case that was keyed in from start to end at once
	Hand       Watch = "hand"    // nothing: a supervisor puts it
)

// Watches in the order of a menu.
func Watches() []Watch {
	return []Watch{Acceptance, Decision, Delivery, Task, TaskUp, Deemed, Reasons, Keyed, Hand}
}

// Timed says that the rule follows a clock.
func (w Watch) Timed() bool {
	return slices.Contains([]Watch{Acceptance, Decision, Delivery, Task, TaskUp}, w)
}

// Level is a card's colour.
type Level string

const (
	Warning Level = "warning" // 预警
	Yellow  Level = "yellow"
	Red     Level = "red"
)

// Levels from the mildest.
func Levels() []Level { return []Level{Warning, Yellow, Red} }

// Higher is the next level, "" above red.
func (l Level) Higher() Level {
	return map[Level]Level{Warning: Yellow, Yellow: Red}[l]
}

// Citation names a legal basis.
type Citation struct {
	Law       string `json:"law"`
	Article   int    `json:"article"`
	Sub       int    `json:"sub"`
	Paragraph int    `json:"paragraph"`
	Point     int    `json:"point"`
	Text      string `json:"text"` // the words relied on
}

// Rule says when a card is put.
type Rule struct {
	ID      string     `json:"id"`
	Trigger Trigger    `json:"trigger"`
	Watch   Watch      `json:"watch"`
	Name    string     `json:"name"` // as the card says it
	On      bool       `json:"on"`
	Days    int        `json:"days"`    // timed: warned at so many working days left or fewer
	Percent int        `json:"percent"` // or at so many percent of all of them; both 0: no warning
	Yellow  int        `json:"yellow"`  // timed: a yellow card up to so many working days over, a red one beyond
	Level   Level      `json:"level"`   // of the others
	Least   int        `json:"least"`   // Reasons: so many characters are enough. Keyed: so many minutes are enough
	Ground  string     `json:"ground"`  // the town's own rule it rests on
	Basis   []Citation `json:"basis"`
}

// Explain is within how many working days an explanation is owed, by level; 0: none is.
type Explain struct {
	Warning int `json:"warning"`
	Yellow  int `json:"yellow"`
	Red     int `json:"red"`
}

// Of is a level's.
func (e Explain) Of(l Level) int {
	return map[Level]int{Warning: e.Warning, Yellow: e.Yellow, Red: e.Red}[l]
}

// Book is all rules of a town.
type Book struct {
	Rules   []Rule  `json:"rules"`
	Explain Explain `json:"explain"`
	Twice   int     `json:"twice"`  // so many yellow cards on one case item make a red one; 0: never
	Answer  int     `json:"answer"` // working days to answer an escalation
}

// Find finds a rule by its id.
func (b Book) Find(id string) (Rule, bool) {
	n := slices.IndexFunc(b.Rules, func(r Rule) bool { return r.ID == id })
	if n < 0 {
		return Rule{}, false
	}
	return b.Rules[n], true
}

// Watching lists the rules in use that look at a thing.
func (b Book) Watching(w Watch) (out []Rule) {
	for _, r := range b.Rules {
		if r.On && r.Watch == w {
			out = append(out, r)
		}
	}
	return out
}

// mostDays bounds a threshold, in working days.
const mostDays = 250

// Check says what is wrong with a book, each field by its path, "rules.0.days".
func (b Book) Check() (bad []fault.Field) {
	seen := map[string]bool{}
	for i, r := range b.Rules {
		at := fmt.Sprintf("rules.%d.", i)
		if r.ID == "" || len(r.ID) > 40 || seen[r.ID] {
			bad = append(bad, fault.Field{Name: at + "id", Key: "inspection.rule_id"})
		}
		seen[r.ID] = true
		bad = append(bad, r.check(at)...)
	}
	if len(b.Rules) == 0 {
		bad = append(bad, fault.Field{Name: "rules", Key: "inspection.no_rules"})
	}
	for name, n := range map[string]int{"explain.warning": b.Explain.Warning, "explain.yellow": b.Explain.Yellow, "explain.red": b.Explain.Red, "twice": b.Twice} {
		bad = append(bad, within(name, n, 0, mostDays)...)
	}
	return append(bad, within("answer", b.Answer, 1, mostDays)...)
}

func within(name string, n, least, most int) []fault.Field {
	if n < least || n > most {
		return []fault.Field{{Name: name, Key: "inspection.number", Args: []any{"least", least, "most", most}}}
	}
	return nil
}

func (r Rule) check(at string) (bad []fault.Field) {
	if r.Name == "" || len([]rune(r.Name)) > 200 {
		bad = append(bad, fault.Field{Name: at + "name", Key: "inspection.rule_name"})
	}
	if !slices.Contains(Triggers(), r.Trigger) {
		bad = append(bad, fault.Field{Name: at + "trigger", Key: "form.choose"})
	}
	if !slices.Contains(Watches(), r.Watch) {
		bad = append(bad, fault.Field{Name: at + "watch", Key: "form.choose"})
	}
	if !r.Watch.Timed() && !slices.Contains(Levels(), r.Level) {
		bad = append(bad, fault.Field{Name: at + "level", Key: "form.choose"})
	}
	if r.Ground == "" && !slices.ContainsFunc(r.Basis, func(c Citation) bool { return c.Law != "" && c.Article > 0 }) {
		bad = append(bad, fault.Field{Name: at + "ground", Key: "inspection.no_basis"})
	}
	bad = append(bad, within(at+"days", r.Days, 0, mostDays)...)
	bad = append(bad, within(at+"percent", r.Percent, 0, 100)...)
	bad = append(bad, within(at+"yellow", r.Yellow, 0, mostDays)...)
	return append(bad, within(at+"least", r.Least, 0, 1000)...)
}

// Reach is the furthest due date that a warning may concern: nothing that ends later needs to be looked at.
func (r Rule) Reach(c *calendar.Calendar, now time.Time) time.Time {
	if r.Days == 0 && r.Percent == 0 {
		return now
	}
	end, _ := c.AddWorkdays(calendar.DateOf(now), max(r.Days, r.Percent*longest/100)+1)
	return end.End()
}

// longest is the longest time, in working days, of which a percentage is taken.
const longest = 90

// Judge is the card that a clock calls for now, "" for none: from the day after from to due, in working days.
func (r Rule) Judge(c *calendar.Calendar, from, due, now time.Time) Level {
	today, last := calendar.DateOf(now), calendar.DateOf(due)
	if now.After(due) {
		over, _ := c.WorkdaysBetween(last, today)
		if over > r.Yellow {
			return Red
		}
		return Yellow
	}
	left, _ := c.WorkdaysBetween(today, last)
	all, _ := c.WorkdaysBetween(calendar.DateOf(from), last)
	if r.Days > 0 && left <= r.Days || r.Percent > 0 && left*100 <= r.Percent*min(all, longest) {
		return Warning
	}
	return ""
}

// Edition is a version of the book.
type Edition struct {
	Version int64     `db:"version"`
	Body    string    `db:"body"` // JSON of Book
	By      string    `db:"made_by"`
	Made    time.Time `db:"made_at"`
}

// Book opens the edition.
func (e Edition) Book() (b Book, err error) {
	if e.Body == "" {
		return b, nil
	}
	return b, json.Unmarshal([]byte(e.Body), &b)
}

// Write gives a book as text that ReadBook reads.
func (b Book) Write() []byte {
	raw, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return append(raw, '\n')
}

// ReadBook reads what Write wrote; unknown and doubled keys are refused. Errors: Invalid.
func ReadBook(raw []byte) (b Book, err error) {
	if _, err := strictjson.Decode(raw, &b); err != nil {
		return b, fault.Bad(fault.Field{Name: "file", Key: "inspection.file", Args: []any{"why", err.Error()}})
	}
	if bad := b.Check(); len(bad) > 0 {
		return b, fault.Bad(bad...)
	}
	return b, nil
}

// Save writes the next edition after the one that was read; Conflict when another came between.
func Save(ctx context.Context, tx *db.Tx, e Edition) error {
	err := db.Insert(ctx, tx, "inspection_book", e)
	if db.IsUnique(err) {
		return stale()
	}
	return err
}

// Current is the newest edition; a town without one has version 0 and no rules.
func Current(ctx context.Context, r db.Reader) (Edition, error) {
	e, err := db.One[Edition](ctx, r, "select version, body, made_by, made_at from inspection_book order by version desc limit 1")
	if fault.Is(err, fault.NotFound) {
		return Edition{}, nil
	}
	return e, err
}

// Get reads one edition.
func Get(ctx context.Context, r db.Reader, version int64) (Edition, error) {
	return db.One[Edition](ctx, r, "select version, body, made_by, made_at from inspection_book where version = $1", version)
}

// Editions lists the newest editions, latest first.
func Editions(ctx context.Context, r db.Reader, limit int) ([]Edition, error) {
	return db.Find[Edition](ctx, r, "select version, body, made_by, made_at from inspection_book order by version desc limit $1", limit)
}
