package window

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yimen/domain/casefile"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/ref"
	"yimen/web/page"
)

// accepted is what the file chooser offers; the content decides.
const accepted = ".pdf,.jpg,.jpeg,.png,.ofd"

// material streams a paper that belongs to a draft of the clerk's (?draft=) or to a case of the hall's (?case=).
func (s *Surface) material(w http.ResponseWriter, r *http.Request) error {
	m, err := material.Get(r.Context(), s.DB, ref.MaterialID(r.PathValue("id")))
	if err != nil {
		return err
	}
	q := page.Query(r)
	if id := q.Text("case"); id != "" {
		err = s.ofCase(r, m, ref.CaseID(id))
	} else {
		err = s.ofDraft(r, m, q.Text("draft"))
	}
	if err != nil {
		return err
	}
	body, err := s.Cases.Open(r.Context(), m)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	page.AsDownload(w.Header(), m.Name)
	w.Header().Set("Content-Type", m.ContentType)
	w.Header().Set("Content-Length", strconv.FormatInt(m.Size, 10))
	_, _ = io.Copy(w, body) // a damaged file or a browser that left ends short of its length; nobody is told twice
	return nil
}

// ofCase wants the paper used in the case and the case open to this clerk.
func (s *Surface) ofCase(r *http.Request, m material.Material, id ref.CaseID) error {
	c, err := s.caseOf(r, id)
	if err != nil {
		return err
	}
	items, err := casefile.Items(r.Context(), s.DB, c.ID)
	if err != nil {
		return err
	}
	for _, it := range items {
		uses, err := material.UsesOf(r.Context(), s.DB, it.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(uses, func(u material.Use) bool { return u.Material == m.ID }) {
			return s.Gate.Look(r.Context(), disclose.Look{By: clerk(r), Party: m.Party, Case: c.ID, Purpose: disclose.ForProgress})
		}
	}
	return notThere()
}

// ofDraft wants the paper attached to the clerk's draft, or held on its party and opened by the presence.
func (s *Surface) ofDraft(r *http.Request, m material.Material, id string) error {
	d, err := form.GetDraft(r.Context(), s.DB, id)
	if err != nil || d.Staff != clerk(r).ID || d.Party != m.Party {
		return absent(err)
	}
	c, err := d.Open(r.Context(), s.DB, s.Vault)
	if err != nil {
		return err
	}
	there, err := party.GetPresence(r.Context(), s.DB, d.Presence)
	if err != nil {
		return err
	}
	attached := false
	for _, list := range c.Materials {
		attached = attached || slices.Contains(list, m.ID)
	}
	if !attached && !there.Open(page.Of(r).Now, clerk(r).ID) {
		return notThere()
	}
	return s.look(r, there)
}

// absent tells nobody whether something exists that is not theirs.
func absent(err error) error {
	if err == nil || fault.Is(err, fault.NotFound) {
		return notThere()
	}
	return err
}

// document shows a sealed paper of a case, to read and to print.
func (s *Surface) document(w http.ResponseWriter, r *http.Request) error {
	doc, body, err := s.Press.Fetch(r.Context(), ref.DocumentID(r.PathValue("id")))
	if err != nil {
		return err
	}
	c, err := s.caseOf(r, doc.Case)
	if err != nil {
		return err
	}
	if err := s.Gate.Look(r.Context(), disclose.Look{By: clerk(r), Party: c.Party, Case: c.ID, Purpose: disclose.ForProgress}); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("Content-Disposition", `inline; filename="document.pdf"`)
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the browser left; nobody to tell
	return nil
}

// trust says what a clerk must still do with a paper: material.Issued A … material.Declared D.
func trust(p *page.Page, level string) string { return p.T("window.trust." + strings.ToLower(level)) }
