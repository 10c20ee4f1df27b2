package citizen

import (
	"net/http"

	"yimen/domain/casefile"
	"yimen/domain/identity"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/view/casepage"
	"yimen/web/page"
)

// supplying says that the applicant is asked for something now.
func (v caseView) supplying() bool { return v.Progress.Stage == casefile.Returned || v.Asked }

// withdrawable says that its applicant, and nobody who merely holds the phone, may take it back now.
func (v caseView) withdrawable() bool { return v.Whole && intake.Withdrawable(v.Progress.Stage) }

// myClock shows how the dates of the person's own case are worked out.
func (s *Surface) myClock(w http.ResponseWriter, r *http.Request) error {
	c, seen, proofs, err := s.myProofs(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	return page.Show(w, r, http.StatusOK, page.Proof(p, page.ProofPaper(p, seen, proofs), page.Link{Text: p.T("citizen.case"), Href: c.address("")}))
}

func (s *Surface) myClockPDF(w http.ResponseWriter, r *http.Request) error {
	_, seen, proofs, err := s.myProofs(r)
	if err != nil {
		return err
	}
	return page.ServeProof(w, r, seen, proofs)
}

func (s *Surface) myProofs(r *http.Request) (ownCase, *casepage.Page, []casepage.Proof, error) {
	c, err := s.ownCase(r)
	if err != nil {
		return c, nil, nil, err
	}
	seen, proofs, err := s.Cases.Proofs(r.Context(), c.ID)
	return c, seen, proofs, err
}

// askWithdraw asks once more before an application is taken back.
func (s *Surface) askWithdraw(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.myCaseView(r)
	if err != nil {
		return err
	}
	if !v.withdrawable() {
		return page.Redirect(w, r, c.address(""))
	}
	return page.Show(w, r, http.StatusOK, withdrawPage(page.Of(r), v))
}

func (s *Surface) withdraw(w http.ResponseWriter, r *http.Request) error {
	c, err := s.ownCase(r)
	if err == nil && c.Sight != identity.All {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /me/case/{id}/withdraw", string(c.ID))
	if err != nil {
		return err
	}
	if err := s.Desk.Withdraw(r.Context(), intake.Withdrawal{Submit: sub, Case: c.ID, Me: me(r)}); err != nil {
		return err
	}
	return page.Redirect(w, r, c.address(""))
}
