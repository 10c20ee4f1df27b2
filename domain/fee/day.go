package fee

import (
	"context"
	"sort"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Day is one day's comparison with the gateway's statement (对账).
type Day struct {
	Day       string    `db:"day"`   // 2026-03-02, as the clock of China has it
	State     string    `db:"state"` // waiting · compared
	Run       time.Time `db:"run_at"`
	Ours      int64     `db:"ours"` // movements
	Theirs    int64     `db:"theirs"`
	OursSum   int64     `db:"ours_sum"` // 分; refunds count against payments
	TheirsSum int64     `db:"theirs_sum"`
}

// States of a day.
const (
	Waiting  = "waiting"
	Compared = "compared"
)

const dayCols = "day, state, run_at, ours, theirs, ours_sum, theirs_sum"

// BeginDay notes that a day will be compared; false if that was known.
func BeginDay(ctx context.Context, tx *db.Tx, day string) (bool, error) {
	n, err := tx.Exec(ctx, "insert into fee_day ("+dayCols+") values ($1, 'waiting', 0, 0, 0, 0, 0) on conflict (day) do nothing", day)
	return n == 1, err
}

// SaveDay writes what a comparison came to.
func SaveDay(ctx context.Context, tx *db.Tx, d Day) error {
	_, err := tx.Exec(ctx, "update fee_day set state = $1, run_at = $2, ours = $3, theirs = $4, ours_sum = $5, theirs_sum = $6 where day = $7", d.State, d.Run, d.Ours, d.Theirs, d.OursSum, d.TheirsSum, d.Day)
	return err
}

// GetDay reads one day.
func GetDay(ctx context.Context, r db.Reader, day string) (Day, error) {
	return db.One[Day](ctx, r, "select "+dayCols+" from fee_day where day = $1", day)
}

// Days lists days, the latest first, before a day unless it is empty.
func Days(ctx context.Context, r db.Reader, before string, limit int) ([]Day, error) {
	if before == "" {
		before = "9999"
	}
	return db.Find[Day](ctx, r, "select "+dayCols+" from fee_day where day < $1 order by day desc limit $2", before, limit)
}

// Move is one movement of money, as one side has it; refunds are negative.
type Move struct {
	Serial string // the gateway's number of the payment or refund
	Order  string
	Amount int64
}

// Difference is where the two sides do not agree.
type Difference struct {
	ID     string      `db:"id"`
	Day    string      `db:"day"`
	Kind   string      `db:"kind"` // unheard · missing · amount
	Serial string      `db:"serial"`
	Order  string      `db:"order_no"`
	Bill   string      `db:"bill"`
	Case   ref.CaseID  `db:"case_id"`
	Ours   int64       `db:"ours"` // 分, 0: we have none
	Theirs int64       `db:"theirs"`
	Found  time.Time   `db:"found_at"`
	By     ref.StaffID `db:"worked_by"`
	Worked time.Time   `db:"worked_at"`
	Note   []byte      `db:"note"` // sealed (DifferencePlace)
}

// Kinds of difference.
const (
	Unheard = "unheard" // the gateway has it, and no confirmation came
	Missing = "missing" // we have it, and it is not on the statement
	Amounts = "amount"  // both have it, with other amounts
)

// Compare gives the differences of two sides of a day, by serial. Neither side has a serial twice.
func Compare(ours, theirs []Move) (out []Difference) {
	have := map[string]Move{}
	for _, m := range ours {
		have[m.Serial] = m
	}
	for _, m := range theirs {
		o, known := have[m.Serial]
		delete(have, m.Serial)
		switch {
		case !known:
			out = append(out, Difference{Kind: Unheard, Serial: m.Serial, Order: m.Order, Theirs: m.Amount})
		case o.Amount != m.Amount:
			out = append(out, Difference{Kind: Amounts, Serial: m.Serial, Order: o.Order, Ours: o.Amount, Theirs: m.Amount})
		}
	}
	for _, m := range have {
		out = append(out, Difference{Kind: Missing, Serial: m.Serial, Order: m.Order, Ours: m.Amount})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Serial < out[j].Serial })
	return out
}

const differenceCols = "id, day, kind, serial, order_no, bill, case_id, ours, theirs, found_at, worked_by, worked_at, note"

// AddDifference writes a difference; one found before stays as it is, with what was done about it.
func AddDifference(ctx context.Context, tx *db.Tx, d Difference) error {
	_, err := tx.Exec(ctx, "insert into fee_difference ("+differenceCols+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (day, kind, serial) do nothing",
		d.ID, d.Day, d.Kind, d.Serial, d.Order, d.Bill, d.Case, d.Ours, d.Theirs, d.Found, d.By, d.Worked, d.Note)
	return err
}

// GetDifference reads one difference.
func GetDifference(ctx context.Context, r db.Reader, id string) (Difference, error) {
	return db.One[Difference](ctx, r, "select "+differenceCols+" from fee_difference where id = $1", id)
}

// Differences lists a day's differences as they were found, after an id.
func Differences(ctx context.Context, r db.Reader, day, after string, limit int) ([]Difference, error) {
	return db.Find[Difference](ctx, r, "select "+differenceCols+" from fee_difference where day = $1 and id > $2 order by id limit $3", day, after, limit)
}

// OpenDifferences counts, for each of some days, what is not worked off.
func OpenDifferences(ctx context.Context, r db.Reader, days []string) (map[string]int64, error) {
	out := map[string]int64{}
	if len(days) == 0 {
		return out, nil
	}
	rows, err := db.Find[struct {
		Day string `db:"day"`
		N   int64  `db:"n"`
	}](ctx, r, "select day, count(*) as n from fee_difference where worked_at = 0 and day in "+db.In(1, len(days))+" group by day", db.Any(days)...)
	for _, x := range rows {
		out[x.Day] = x.N
	}
	return out, err
}

// WorkDifference notes what was done about a difference; false if that was noted before.
func WorkDifference(ctx context.Context, tx *db.Tx, d Difference) (bool, error) {
	n, err := tx.Exec(ctx, "update fee_difference set worked_by = $1, worked_at = $2, note = $3 where id = $4 and worked_at = 0", d.By, d.Worked, d.Note, d.ID)
	return n == 1, err
}
