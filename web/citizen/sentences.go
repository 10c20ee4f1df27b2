package citizen

import (
	"strings"

	"yimen/view/casepage"
	"yimen/web/page"
)

// Sentences are what a case's page says of it, for who reads it elsewhere: where it stands, what to do, until when, and who
// has it.
func Sentences(p *page.Page, pr *casepage.Progress) []string {
	v := makeCase(p, pr)
	out := []string{v.Say.Title, v.Say.Text}
	if v.Clock != "" {
		out = append(out, v.Clock)
	}
	for _, h := range pr.Holders {
		m := holding(p, h)
		out = append(out, strings.Join([]string{m.Title, m.Who, m.At, m.Detail}, " · "))
	}
	return append(out, pr.Points...)
}

// Happened is what a case's page says of one thing that has happened.
func Happened(p *page.Page, m casepage.Milestone) string { return p.T("citizen.fact." + factKey(m)) }
