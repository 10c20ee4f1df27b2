package forms

import (
	"net/http"
	"slices"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/web/page"
)

// previewView is a form as citizens and as clerks see it, under made-up answers.
type previewView struct {
	kept
	ID       string
	Citizen  []previewPart // one a page
	Desk     []previewPart // one a section
	Problems []page.Problem
	Papers   []catalog.MaterialSpec
}

type previewPart struct {
	Title  string
	Fields []page.Field
}

// citizenSide stands before the names of the citizens' fields, so that both views can be on one page.
const citizenSide = "one."

// preview works a form out under the answers typed into one of its two views, or made-up ones. Nothing is kept.
func (s *Surface) preview(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	k, err := s.kept(r)
	if err != nil {
		return err
	}
	v := &previewView{kept: k, ID: r.PathValue("id")}
	answers := v.madeUp(p)
	if r.Method == http.MethodPost {
		in, err := page.Read(r)
		if err != nil {
			return err
		}
		answers = v.typed(p, in)
	}
	v.lay(p, answers, r.Method == http.MethodPost)
	return page.Show(w, r, http.StatusOK, previewPage(p, v))
}

// madeUp answers each question with something that fits its kind; conditions may then leave some out.
func (v *previewView) madeUp(p *page.Page) map[string]form.Answer {
	out := map[string]form.Answer{}
	for _, f := range v.Doc.Form {
		key, value := f.Element, p.T("forms.preview.sample")
		switch f.Kind {
		case "number", "money":
			if value = f.Min; value == "" {
				value = "12"
			}
		case "date":
			value = p.Now.Format("2006-01-02")
		case "choice":
			value = f.Options[0].Value
		case "idnumber", "uscc", "phone": // nobody's number is made up here
			value = ""
		}
		if f.Group != "" {
			key = form.Key(f.Element, 1)
		}
		out[key] = form.Answer{Element: key, Value: value, Source: previewSource, At: p.Now}
	}
	return out
}

const previewSource = "source.window"

// typed reads the answers of whichever view was sent.
func (v *previewView) typed(p *page.Page, in *page.Input) map[string]form.Answer {
	prefix := ""
	if in.Text("side") == "citizen" {
		prefix = citizenSide
	}
	out := map[string]form.Answer{}
	for i, f := range v.Doc.Form {
		entries := 1
		if f.Group != "" {
			entries = 50
		}
		for n := 1; n <= entries; n++ {
			q, key := v.Doc.Form[i], f.Element
			if f.Group != "" {
				key = form.Key(f.Element, n)
			}
			q.Element = prefix + key
			if value, came := page.ReadAnswer(in, q); came && f.Compute == "" {
				out[key] = form.Answer{Element: key, Value: value, Source: previewSource, At: p.Now}
			}
		}
	}
	return out
}

func (v *previewView) lay(p *page.Page, answers map[string]form.Answer, judged bool) {
	s := v.Model.Work(answers, p.Now)
	more := map[string]int{}
	for g, n := range s.Entries {
		more[g] = max(n, 1)
	}
	s = v.Model.WorkFor(answers, p.Now, more)
	var wrong error
	if judged {
		wrong = s.Err()
	}
	questions := page.Questions(v.Doc, s.Places)
	var all []page.Field
	for i, at := range s.Places {
		f := page.Refill(p, []page.Field{page.Asked(p, questions[i], s.Answers[at.Key], previewSource)}, nil, wrong)[0]
		all = append(all, f)
		title := v.title(p, at)
		if len(v.Desk) == 0 || v.Desk[len(v.Desk)-1].Title != title {
			v.Desk = append(v.Desk, previewPart{Title: title})
		}
		last := &v.Desk[len(v.Desk)-1]
		last.Fields = append(last.Fields, f)
		v.onPage(p, at, title, f)
	}
	v.Problems = page.Problems(p, all, wrong)
	v.Papers = slices.DeleteFunc(slices.Clone(v.Doc.Materials), func(m catalog.MaterialSpec) bool { return !s.Wants(m.ID) || !m.HandedIn() })
}

func (v *previewView) title(p *page.Page, at form.Place) string {
	if at.Entry == 0 {
		return v.Doc.Form[at.Index].Section
	}
	g, _ := v.Doc.Group(at.Group)
	return p.T("apply.group.entry", "label", p.GroupName(g), "n", at.Entry)
}

// onPage puts a question on a citizen's page of its own, or on that of its entry. What is worked out is no page.
func (v *previewView) onPage(p *page.Page, at form.Place, title string, f page.Field) {
	f.Name = citizenSide + f.Name
	n := len(v.Citizen)
	if at.Entry > 0 && n > 0 && v.Citizen[n-1].Title == p.T("forms.preview.page", "n", n, "title", title) {
		v.Citizen[n-1].Fields = append(v.Citizen[n-1].Fields, f)
		return
	}
	if at.Computed && at.Entry == 0 {
		return
	}
	if at.Entry == 0 {
		title = f.Label
	}
	v.Citizen = append(v.Citizen, previewPart{p.T("forms.preview.page", "n", n+1, "title", title), []page.Field{f}})
}
