package admin

import (
	"net/http"

	"github.com/a-h/templ"

	"yimen/domain/notice"
	"yimen/foundation/fault"
	"yimen/web/page"
)

// textsView is the texts a person must look at, and the quiet hours.
type textsView struct {
	Table page.Table
	Quiet []page.Field
	Bad   []page.Problem
	Done  string
	Off   bool // no gateway is set up
}

func (s *Surface) texts(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	done := ""
	switch {
	case q.Has("again"):
		done = p.T("notice.texts.sent")
	case q.Has("quiet"):
		done = p.T("notice.quiet.saved")
	}
	return s.showTexts(w, r, http.StatusOK, nil, nil, done)
}

func (s *Surface) showTexts(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error, done string) error {
	p := page.Of(r)
	after, err := notice.ParseAfter(page.Query(r).Text("after"))
	if err != nil {
		return err
	}
	list, next, err := notice.Undelivered(r.Context(), s.DB, after)
	if err != nil {
		return err
	}
	quiet, err := notice.QuietHours(r.Context(), s.DB)
	if err != nil {
		return err
	}
	field := page.Field{Name: "quiet", Label: p.T("notice.quiet.label"), Hint: p.T("notice.quiet.hint"), Kind: page.Text, Value: quiet.String(), Auto: "off", Short: true}
	v := textsView{Table: undelivered(p, list), Quiet: page.Refill(p, []page.Field{field}, in, wrong), Done: done, Off: s.Post.Texter == nil}
	v.Table.Next, v.Table.First = page.NextPage(p, next.String()), page.FirstPage(p)
	v.Bad = page.Problems(p, v.Quiet, wrong)
	return page.Show(w, r, status, textsPage(p, v))
}

var textTones = map[notice.State]page.Tone{notice.Failed: page.Danger, notice.Unknown: page.Warn, notice.Handing: page.Info, notice.Queued: page.Info}

func undelivered(p *page.Page, list []notice.Text) page.Table {
	t := page.Table{ID: "texts", Caption: p.T("notice.texts.title"), Empty: page.Nothing{Title: p.T("notice.texts.none"), Text: p.T("notice.texts.none.text")},
		Columns: []page.Column{{Text: p.T("notice.texts.kind"), Main: true}, {Text: p.T("notice.texts.number")}, {Text: p.T("notice.texts.state")},
			{Text: p.T("notice.texts.why")}, {Text: p.T("notice.texts.tries"), Number: true}, {Text: p.T("notice.texts.made")}, {Text: p.T("notice.texts.act")}}}
	for _, x := range list {
		why := ""
		if x.Error != "" {
			why = p.T(x.Error)
		}
		t.Lines = append(t.Lines, page.Line{Tone: textTones[x.State], Cells: []templ.Component{page.Words(p.T("notice.kind." + x.Kind)), page.Words(x.Args().Number.Format()),
			page.Tag(textTones[x.State], p.T("notice.state."+string(x.State))), page.Words(why), page.Words(page.Thousands(int64(x.Attempts))), page.Words(p.When(x.Made)), againCell(p, x)}})
	}
	return t
}

// again is repeatable by nature: a text that is queued already conflicts.
func (s *Surface) again(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	if err := s.Post.Again(r.Context(), by(r), in.Text("text")); err != nil {
		return err
	}
	return page.Redirect(w, r, "/admin/texts?again=1")
}

func (s *Surface) setQuiet(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	wrong := s.Post.SetQuiet(r.Context(), by(r), in.Text("quiet"))
	if fault.Is(wrong, fault.Invalid) {
		return s.showTexts(w, r, http.StatusUnprocessableEntity, in, wrong, "")
	}
	if wrong != nil {
		return wrong
	}
	return page.Redirect(w, r, "/admin/texts?quiet=1")
}
