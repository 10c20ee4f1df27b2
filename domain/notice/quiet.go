package notice

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// Quiet are the hours in which no text is sent: minutes after midnight in China, From up to and
// without To, over midnight where To is the smaller. Equal ends mean no quiet hours.
type Quiet struct{ From, To int }

const day = 24 * 60

// ParseQuiet reads "21:00-08:00".
func ParseQuiet(s string) (Quiet, error) {
	var fh, fm, th, tm int
	if n, err := fmt.Sscanf(s, "%2d:%2d-%2d:%2d", &fh, &fm, &th, &tm); n != 4 || err != nil || fh < 0 || th < 0 || fm < 0 || tm < 0 || fh > 23 || th > 23 || fm > 59 || tm > 59 {
		return Quiet{}, fault.Bad(fault.Field{Name: "quiet", Key: "notice.quiet_wrong"})
	}
	return Quiet{fh*60 + fm, th*60 + tm}, nil
}

func (q Quiet) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", q.From/60, q.From%60, q.To/60, q.To%60)
}

// Next is the first moment from at on that is not quiet.
func (q Quiet) Next(at time.Time) time.Time {
	l := at.In(calendar.Zone)
	m := l.Hour()*60 + l.Minute()
	quiet := q.From <= m && m < q.To
	if q.From > q.To {
		quiet = m >= q.From || m < q.To
	}
	if !quiet {
		return at
	}
	midnight := time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, calendar.Zone)
	end := midnight.Add(time.Duration(q.To) * time.Minute)
	if !end.After(at) {
		end = end.Add(day * time.Minute)
	}
	return end
}

// QuietHours reads the house's quiet hours.
func QuietHours(ctx context.Context, r db.Reader) (Quiet, error) {
	s, err := db.One[string](ctx, r, "select value from notice_setting where name = 'quiet'")
	if err != nil {
		return Quiet{}, err
	}
	return ParseQuiet(s)
}

// SetQuiet changes them.
func SetQuiet(ctx context.Context, tx *db.Tx, q Quiet) error {
	_, err := tx.Exec(ctx, "update notice_setting set value = $1 where name = 'quiet'", q.String())
	return err
}
