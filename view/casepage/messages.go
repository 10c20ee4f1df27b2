package casepage

import (
	"context"
	"strings"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/notice"
	"yimen/ref"
)

// Message is one message on a case.
type Message struct {
	notice.Note
	Text  string
	Organ string
	By    string // who wrote in the organ's name; empty for the applicant's eyes
}

// Messages opens the messages of a case, oldest first, as staff see them. The look has been noted.
func (v *View) Messages(ctx context.Context, id ref.CaseID) ([]Message, error) {
	return v.messages(ctx, id, true)
}

// MessagesFor opens them for the applicant: an organ answers, not an officer.
func (v *View) MessagesFor(ctx context.Context, id ref.CaseID) ([]Message, error) {
	return v.messages(ctx, id, false)
}

func (v *View) messages(ctx context.Context, id ref.CaseID, staff bool) ([]Message, error) {
	c, err := casefile.Get(ctx, v.DB, id)
	if err != nil {
		return nil, err
	}
	list, err := notice.Messages(ctx, v.DB, v.Vault, id, c.Party)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	names, err := v.names(ctx)
	out := make([]Message, len(list))
	for i, m := range list {
		out[i] = Message{Note: m.Note, Text: m.Text, Organ: names.organs[m.Note.Organ].Name}
		if who, ok := strings.CutPrefix(m.Actor, "staff:"); ok && staff {
			out[i].By = names.staff(ref.StaffID(who))
		}
	}
	return out, err
}

// Waits says since when the applicant waits for an answer to the oldest open message; zero: for none.
func Waits(list []Message) time.Time {
	for _, m := range list {
		if m.Side == notice.FromParty && m.Answered.IsZero() {
			return m.Made
		}
	}
	return time.Time{}
}
