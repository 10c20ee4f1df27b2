package oversight

import (
	"net/http"

	"yimen/domain/casefile"
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
	return page.Show(w, r, http.StatusOK, page.DeskProof(p, page.ProofPaper(p, seen, proofs), page.Link{Text: p.T("oversight.case.title"), Href: "/oversight/case/" + string(seen.Case.ID)}))
}

func (s *Surface) clockPDF(w http.ResponseWriter, r *http.Request) error {
	seen, proofs, err := s.proofs(r)
	if err != nil {
		return err
	}
	return page.ServeProof(w, r, seen, proofs)
}

// proofs works out the dates of a case for a supervisor, whose look is noted.
func (s *Surface) proofs(r *http.Request) (*casepage.Page, []casepage.Proof, error) {
	c, err := casefile.Get(r.Context(), s.DB, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return nil, nil, err
	}
	if err := s.Gate.Look(r.Context(), disclose.Look{By: supervisor(r), Party: c.Party, Case: c.ID, Purpose: disclose.ForOversight}); err != nil {
		return nil, nil, err
	}
	return s.Cases.Proofs(r.Context(), c.ID)
}
