package approver

import (
	"fmt"
	"time"

	"yimen/foundation/calendar"
	"yimen/web/page"
)

// halfHours are the times of day to choose for a meeting, within business hours.
func halfHours() (out []page.Option) {
	for n := 17; n <= 34; n++ {
		text := fmt.Sprintf("%02d:%02d", n/2, n%2*30)
		out = append(out, page.Option{Value: text, Text: text})
	}
	return out
}

// meeting asks for a day, a time and a place.
func meeting(p *page.Page) []page.Field {
	return []page.Field{{Name: "meets", Label: p.T("steps.meets"), Kind: page.Date}, {Name: "time", Label: p.T("steps.time"), Kind: page.Select, Options: halfHours()},
		{Name: "place", Label: p.T("steps.place"), Full: true}}
}

// meets is when a meeting begins; zero for what is no day or time.
func meets(in *page.Input) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", in.Date("meets")+" "+in.Text("time"), calendar.Zone)
	if err != nil {
		return time.Time{}
	}
	return at
}
