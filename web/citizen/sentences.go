package citizen

import (
	"yimen/view/casepage"
	"yimen/web/page"
)

// Sentences are what a case's page says of it, for who reads it elsewhere: where it stands, what to do, who has it, until
// when, and what is to be corrected.
func Sentences(p *page.Page, pr *casepage.Progress) []string {
	v := makeCase(p, pr)
	return append(append([]string{v.Say.Title, v.Say.Text}, v.Tells...), pr.Points...)
}

// Happened is what a case's page says of one thing that has happened.
func Happened(p *page.Page, m casepage.Milestone) string { return p.T("citizen.fact." + factKey(m)) }
