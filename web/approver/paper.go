package approver

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yimen/domain/casefile"
	"yimen/domain/material"
	"yimen/domain/seal"
	"yimen/process/disclose"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

// shown are the contents a browser shows by itself; intake has judged the type by the content.
var shown = []string{"application/pdf", "image/jpeg", "image/png"}

// material streams a paper of a case (?case=) that is open to the officer's organ.
func (s *Surface) material(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caseOf(r, ref.CaseID(page.Query(r).Text("case")))
	if err != nil {
		return err
	}
	m, err := material.Get(r.Context(), s.DB, ref.MaterialID(r.PathValue("id")))
	if err != nil {
		return err
	}
	used, err := s.used(r, c.ID, m.ID)
	if err != nil {
		return err
	}
	if !used {
		return notThere()
	}
	if err := s.Gate.Look(r.Context(), disclose.Look{By: officer(r), Party: m.Party, Case: c.ID, Purpose: disclose.ForDecision}); err != nil {
		return err
	}
	body, err := s.Cases.Open(r.Context(), m)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	asFile(w.Header(), m)
	w.Header().Set("Content-Type", m.ContentType)
	w.Header().Set("Content-Length", strconv.FormatInt(m.Size, 10))
	_, _ = io.Copy(w, body) // a damaged file or a browser that left ends short of its length; nobody is told twice
	return nil
}

// asFile marks a paper as one to save, or, of the types shown, as one to look at in a tab of its own. An image stays in a
// sandbox; the viewer of PDF, which runs apart from our pages, does not start in one and keeps the pages' policy.
func asFile(head http.Header, m material.Material) {
	policy := head.Get("Content-Security-Policy")
	page.AsDownload(head, m.Name)
	if !slices.Contains(shown, m.ContentType) {
		return
	}
	head.Set("Content-Disposition", "inline"+strings.TrimPrefix(head.Get("Content-Disposition"), "attachment"))
	if m.ContentType == "application/pdf" {
		head.Set("Content-Security-Policy", policy)
	}
}

func (s *Surface) used(r *http.Request, id ref.CaseID, m ref.MaterialID) (bool, error) {
	items, err := casefile.Items(r.Context(), s.DB, id)
	if err != nil {
		return false, err
	}
	for _, it := range items {
		uses, err := material.UsesOf(r.Context(), s.DB, it.ID)
		if err != nil {
			return false, err
		}
		for _, u := range uses {
			if _, made := casepage.StepPaper(u.Spec); made && u.Material == m {
				return s.shows(r, id, m)
			} else if u.Material == m {
				return true, nil
			}
		}
	}
	return false, nil
}

// shows says whether what a step of the case made is on its page for the officer's organs.
func (s *Surface) shows(r *http.Request, id ref.CaseID, m ref.MaterialID) (bool, error) {
	v, err := s.caseAfter(r, id)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(v.Materials, func(p casepage.Paper) bool {
		return slices.ContainsFunc(p.Used, func(u casepage.Used) bool { return u.ID == m })
	}), nil
}

// document shows a sealed paper of a case.
func (s *Surface) document(w http.ResponseWriter, r *http.Request) error {
	doc, err := seal.Get(r.Context(), s.DB, ref.DocumentID(r.PathValue("id")))
	if err != nil {
		return err
	}
	c, err := s.caseOf(r, doc.Case)
	if err != nil {
		return err
	}
	if err := s.look(r, c.ID, disclose.ForProgress); err != nil {
		return err
	}
	_, body, err := s.Press.Fetch(r.Context(), doc.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Content-Disposition", `inline; filename="document.pdf"`)
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the browser left; nobody to tell
	return nil
}
