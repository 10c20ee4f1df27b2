package citizen

import (
	"net/http"

	"yimen/domain/licence"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/issuance"
	"yimen/ref"
	"yimen/web/page"
)

// copyView orders a copy of a licence for one purpose, and lists those made before.
type copyView struct {
	licence.Licence
	Fields   []page.Field
	Problems []page.Problem
	Made     []madeCopy
}

// madeCopy is a copy with its words.
type madeCopy struct {
	licence.Copy
	licence.Words
}

func (s *Surface) askCopy(w http.ResponseWriter, r *http.Request) error {
	l, err := s.Space.Licence(r.Context(), me(r), ref.LicenceID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return s.showCopies(w, r, l, nil, nil)
}

func (s *Surface) showCopies(w http.ResponseWriter, r *http.Request, l licence.Licence, in *page.Input, wrong error) error {
	p := page.Of(r)
	fields := page.Refill(p, []page.Field{
		{Name: "purpose", Label: p.T("copy.order.purpose"), Hint: p.T("copy.order.purpose.hint"), Auto: "off"},
		{Name: "recipient", Label: p.T("copy.order.recipient"), Hint: p.T("copy.order.recipient.hint"), Auto: "off"},
		{Name: "until", Label: p.T("copy.order.until"), Hint: p.T("copy.order.until.hint"), Kind: page.Date},
	}, in, wrong)
	v := copyView{Licence: l, Fields: fields, Problems: page.Problems(p, fields, wrong)}
	all, err := licence.Copies(r.Context(), s.DB, l.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		words, err := licence.OpenCopy(r.Context(), s.DB, s.Vault, c)
		if err != nil {
			return err
		}
		v.Made = append(v.Made, madeCopy{c, words})
	}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return page.Show(w, r, status, copyPage(p, v))
}

// orderCopy has a copy made.
func (s *Surface) orderCopy(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	l, err := s.Space.Licence(r.Context(), me(r), ref.LicenceID(r.PathValue("id")))
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /me/licences/{id}/copy")
	if err != nil {
		return err
	}
	until, unread := calendar.ParseDate(in.Date("until"))
	_, err = s.Press.Copy(r.Context(), issuance.CopyOrder{Submit: sub, Party: l.Party, Licence: l.ID, Purpose: in.Text("purpose"), Recipient: in.Text("recipient"), Until: until, By: me(r).Actor()})
	if fault.Is(err, fault.Invalid) {
		bad := fault.Fields(err)
		for i := range bad {
			if bad[i].Name == "until" && unread != nil {
				bad[i].Key = "form.wrong_date"
			}
		}
		return s.showCopies(w, r, l, in, fault.Bad(bad...))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/me/licences/"+string(l.ID)+"/copy#made")
}

// copyPaper gives the sealed PDF of a copy of the person's own licence.
func (s *Surface) copyPaper(w http.ResponseWriter, r *http.Request) error {
	c, err := licence.GetCopy(r.Context(), s.DB, ref.CopyID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if _, err := s.Space.Licence(r.Context(), me(r), c.Licence); err != nil {
		return err
	}
	doc, content, err := s.Press.Fetch(r.Context(), c.Document)
	if err != nil {
		return err
	}
	return givePDF(w, doc.Title, content)
}
