package window

import (
	"net/http"

	"yimen/process/disclose"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

func (s *Surface) clock(w http.ResponseWriter, r *http.Request) error {
	seen, proofs, err := s.proofs(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	return page.Show(w, r, http.StatusOK, page.DeskProof(p, page.ProofPaper(p, seen, proofs), page.Link{Text: p.T("window.case.title"), Href: "/window/case/" + string(seen.Case.ID)}))
}

func (s *Surface) clockPDF(w http.ResponseWriter, r *http.Request) error {
	seen, proofs, err := s.proofs(r)
	if err != nil {
		return err
	}
	return page.ServeProof(w, r, seen, proofs)
}

// proofs works out the dates of a case that the clerk may see.
func (s *Surface) proofs(r *http.Request) (*casepage.Page, []casepage.Proof, error) {
	c, err := s.caseOf(r, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return nil, nil, err
	}
	if err := s.Gate.Look(r.Context(), disclose.Look{By: clerk(r), Party: c.Party, Case: c.ID, Purpose: disclose.ForProgress}); err != nil {
		return nil, nil, err
	}
	return s.Cases.Proofs(r.Context(), c.ID)
}
