package citizen

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"

	"yimen/domain/identity"
	"yimen/domain/licence"
	"yimen/foundation/calendar"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/space"
	"yimen/web/page"
)

// Parts of a download.
const (
	partData   = "data"
	partPapers = "papers"
)

func takeFields(p *page.Page) []page.Field {
	return []page.Field{{Name: "parts", Label: p.T("me.take.parts"), Kind: page.Checks, Values: []string{partData, partPapers}, Options: []page.Option{
		{Value: partData, Text: p.T("me.take.data"), Hint: p.T("me.take.data.hint")}, {Value: partPapers, Text: p.T("me.take.papers"), Hint: p.T("me.take.papers.hint")}}}}
}

func (s *Surface) spaceAskTake(w http.ResponseWriter, r *http.Request) error {
	return s.askTake(w, r, http.StatusOK, takeFields(page.Of(r)), nil)
}

func (s *Surface) askTake(w http.ResponseWriter, r *http.Request, status int, fields []page.Field, problems []page.Problem) error {
	whose, err := s.Space.Whose(r.Context(), me(r))
	if err != nil {
		return err
	}
	return page.Show(w, r, status, spaceTakePage(page.Of(r), whose, string(me(r).For), fields, problems))
}

// spaceTake gives everything as one file, written while it is read: a company's years fit in no
// memory. What goes wrong on the way breaks the file off, so that no half of it passes for whole.
func (s *Surface) spaceTake(w http.ResponseWriter, r *http.Request) error {
	p, who := page.Of(r), me(r)
	in, err := page.Read(r)
	if err == nil {
		err = sameSpace(in, who)
	}
	if err != nil {
		return err
	}
	parts := in.All("parts")
	if !slices.Contains(parts, partData) && !slices.Contains(parts, partPapers) {
		fields := takeFields(p)
		fields[0].Values, fields[0].Error = nil, p.T("me.take.none")
		return s.askTake(w, r, http.StatusUnprocessableEntity, fields, []page.Problem{{Text: p.T("me.take.none"), Href: "#" + fields[0].ID()}})
	}
	t := taking{s: s, ctx: r.Context(), p: p, me: who}
	if t.whose, err = s.Space.Whose(r.Context(), who); err != nil {
		return err
	}
	if t.facts, err = s.Space.Facts(r.Context(), who); err != nil {
		return err
	}
	if err := s.Gate.Download(r.Context(), who); err != nil {
		return err
	}
	page.AsDownload(w.Header(), p.T("me.take.file", "day", p.Now.In(calendar.Zone).Format("20060102"))+".zip")
	w.Header().Set("Content-Type", "application/zip")
	if err := t.write(zip.NewWriter(w), parts); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// taking is one download under way.
type taking struct {
	s     *Surface
	ctx   context.Context
	p     *page.Page
	me    identity.Me
	whose space.Whose
	facts []space.Fact
}

func (t taking) write(z *zip.Writer, parts []string) error {
	if slices.Contains(parts, partData) {
		if err := t.entry(z, "data.json", zip.Deflate, t.json); err != nil {
			return err
		}
		page := func(w io.Writer) error { return spaceSheet(t).Render(t.ctx, w) }
		if err := t.entry(z, "data.html", zip.Deflate, page); err != nil {
			return err
		}
	}
	if slices.Contains(parts, partPapers) {
		if err := t.papers(z); err != nil {
			return err
		}
	}
	return z.Close()
}

func (t taking) entry(z *zip.Writer, name string, method uint16, write func(io.Writer) error) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: t.p.Now})
	if err != nil {
		return err
	}
	return write(w)
}

// papers are the sealed papers of every case: licences and letters.
func (t taking) papers(z *zip.Writer) error {
	for c, err := range t.s.Space.AllCases(t.ctx, t.me) {
		if err != nil {
			return err
		}
		progress, err := t.s.Cases.ProgressOf(t.ctx, c.ID)
		if err != nil {
			return err
		}
		for i, d := range progress.Documents {
			_, content, err := t.s.Press.Fetch(t.ctx, d.ID)
			if err != nil {
				return err
			}
			err = t.entry(z, paperFile(c.Number, i, d.Title), zip.Store, func(w io.Writer) error { _, err := w.Write(content); return err })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

var spaceFileName = strings.NewReplacer("/", "_", "\\", "_", ":", "_", "\x00", "", "..", "_")

// paperFile is a paper's name inside the file.
func paperFile(n ref.ShortNumber, i int, title string) string {
	return fmt.Sprintf("papers/%s/%02d %s.pdf", n, i+1, spaceFileName.Replace(title))
}

// takenCase is a case with all there is to say about it.
type takenCase struct {
	space.Case
	Progress *casepage.Progress
	Answers  []space.Answer
}

// cases reads every case whole.
func (t taking) cases() iter.Seq2[takenCase, error] {
	return func(yield func(takenCase, error) bool) {
		for c, err := range t.s.Space.AllCases(t.ctx, t.me) {
			out := takenCase{Case: c}
			if err == nil {
				out.Progress, err = t.s.Cases.ProgressOf(t.ctx, c.ID)
			}
			if err == nil {
				out.Answers, err = t.s.Space.Answers(t.ctx, t.me, c.ID)
			}
			if !yield(out, err) || err != nil {
				return
			}
		}
	}
}

func (t taking) licences() iter.Seq2[licence.Licence, error] {
	return t.s.Space.AllLicences(t.ctx, t.me)
}
func (t taking) materials() iter.Seq2[space.Material, error] {
	return t.s.Space.AllMaterials(t.ctx, t.me)
}
func (t taking) looks() iter.Seq2[space.Look, error] { return t.s.Space.AllLooks(t.ctx, t.me) }

// drafts are those of the phone that belong into this space.
func (t taking) drafts() ([]space.Draft, error) { return t.s.Space.Drafts(t.ctx, t.me) }

func (t taking) corrections() ([]space.Said, error) { return t.s.Space.Corrections(t.ctx, t.me) }
