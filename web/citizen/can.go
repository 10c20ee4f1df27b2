package citizen

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
)

// canView is 我能办吗: a question, or the answer when all are answered.
type canView struct {
	ID      ref.ItemID
	Name    string
	Given   []canAnswer
	Next    *catalog.Question
	Choices []page.Field
	Bad     []page.Problem
	Stop    *catalog.Choice // why it cannot be done
	Law     string          // of Stop
	Instead []entry
	Bring   []paper
	Held    []paper
	Facts   []page.Row
	Phone   string
}

// canAnswer is a question with its answer.
type canAnswer struct {
	catalog.Question
	catalog.Choice
}

// answerName is a question's field.
func answerName(q catalog.Question) string { return "a." + q.ID }

// can asks the first question, and after each answer the next; nothing is stored but what the browser sends along.
func (s *Surface) can(w http.ResponseWriter, r *http.Request) error {
	return s.showCan(w, r, http.StatusOK, nil)
}

// answerCan takes an answer. It changes nothing, so it may be repeated.
func (s *Surface) answerCan(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	return s.showCan(w, r, http.StatusOK, in)
}

func (s *Surface) showCan(w http.ResponseWriter, r *http.Request, status int, in *page.Input) error {
	p, ctx := page.Of(r), r.Context()
	v, err := catalog.Current(ctx, s.DB, ref.ItemID(r.PathValue("id")))
	if err != nil {
		return err
	}
	it := v.Doc()
	c := canView{ID: v.Item, Name: it.Name, Phone: it.Service.Ask}
	if name := english(p, it.NameEn); name != "" {
		c.Name = name
	}
	var missed error
	c.Given, c.Next, missed = walk(it, in)
	if last := len(c.Given) - 1; last >= 0 && c.Given[last].Stop != "" {
		c.stop(p, c.Given[last].Choice)
		if c.Instead, err = s.instead(r, c.Given[last].Instead); err != nil {
			return err
		}
		return page.Show(w, r, status, canPage(p, c))
	}
	if c.Next != nil {
		c.Choices = page.Refill(p, []page.Field{choiceField(p, *c.Next)}, in, missed)
		c.Bad = page.Problems(p, c.Choices, missed)
		if missed != nil {
			status = http.StatusUnprocessableEntity
		}
		return page.Show(w, r, status, canPage(p, c))
	}
	if err := s.may(r, &c, it); err != nil {
		return err
	}
	remember(w, p, v.Item, c.Given)
	return page.Show(w, r, status, canPage(p, c))
}

// walk goes over the questions as far as they are answered: the answers that count, and the question to ask next, nil at
// the end. The answer just given may be missing; an answer to a question that is not asked is left out.
func walk(it *catalog.Item, in *page.Input) (out []canAnswer, next *catalog.Question, missed error) {
	values := map[string]rule.Value{}
	var names []string
	for _, q := range it.Questions {
		names = append(names, q.ID)
		if q.Element != "" {
			names = append(names, q.Element)
		}
	}
	for i, q := range it.Questions {
		if !holds(q.When, names, values) {
			continue
		}
		answer := ""
		if in != nil {
			answer = in.Text(answerName(q))
		}
		k := slices.IndexFunc(q.Options, func(o catalog.Choice) bool { return o.Value == answer })
		if k < 0 {
			if in != nil && in.Text("asked") == q.ID {
				missed = fault.Bad(fault.Field{Name: answerName(q), Key: "can.choose"})
			}
			return out, &it.Questions[i], missed
		}
		out = append(out, canAnswer{q, q.Options[k]})
		values[q.ID], values[q.Element] = rule.Text(answer), rule.Text(answer)
		if q.Options[k].Stop != "" {
			return out, nil, nil
		}
	}
	return out, nil, nil
}

// holds says whether a condition over the answers so far holds; an empty one does, and one that cannot be read does too:
// a question too many is better than one that is never asked (the linter names it).
func holds(when string, names []string, values map[string]rule.Value) bool {
	if when == "" {
		return true
	}
	f, flaw := rule.CompileExpression(when, names)
	return flaw != nil || f.Eval(values).True()
}

func choiceField(p *page.Page, q catalog.Question) page.Field {
	f := page.Field{Name: answerName(q), Label: q.Text, Kind: page.Radio}
	if w := english(p, q.TextEn); w != "" {
		f.Label = w
	}
	for _, o := range q.Options {
		label := o.Label
		if w := english(p, o.LabelEn); w != "" {
			label = w
		}
		f.Options = append(f.Options, page.Option{Value: o.Value, Text: label})
	}
	return f
}

func (c *canView) stop(p *page.Page, o catalog.Choice) {
	c.Stop = &o
	if o.Basis != nil {
		book := &lawBook{}
		book.number(o.Basis)
		c.Law = book.all[0].Title
	}
}

// instead are the items that may fit better.
func (s *Surface) instead(r *http.Request, ids []ref.ItemID) (out []entry, err error) {
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		v, err := catalog.Current(r.Context(), s.DB, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, entryOf(page.Of(r), v.Doc(), organs))
	}
	return out, nil
}

// may says what to bring, how long it takes, what it costs and where; what the person signed in has here already is not brought.
func (s *Surface) may(r *http.Request, c *canView, it *catalog.Item) error {
	p := page.Of(r)
	held, err := s.heldKinds(r, it)
	if err != nil {
		return err
	}
	values, names := map[string]rule.Value{}, []string{}
	for _, g := range c.Given {
		names = append(names, g.Element)
		values[g.Element] = rule.Text(g.Value)
	}
	for _, m := range it.Materials {
		x := paper{Name: m.Name, How: howGiven(p, m), Issuer: m.Issuer}
		switch {
		case m.When != "" && !holds(m.When, names, values):
		case !m.HandedIn() || held[m.Kind]:
			c.Held = append(c.Held, x)
		case m.Need != ref.NeedOptional:
			c.Bring = append(c.Bring, x)
		}
	}
	fee := p.T("citizen.fee.none")
	if it.Fee.Charged {
		fee = it.Fee.Note
	}
	c.Facts = []page.Row{{Label: p.T("can.time"), Value: span(p, it.Times.Promised)}, {Label: p.T("can.fee"), Part: zh(p, fee)},
		{Label: p.T("citizen.top.visits"), Value: p.T("citizen.visits", "n", it.Times.Visits)}, {Label: p.T("can.where"), Part: zh(p, it.Service.Where)}}
	return nil
}

// heldKinds are the kinds of paper the person signed in at the real-name level has here; nil for anybody else.
func (s *Surface) heldKinds(r *http.Request, it *catalog.Item) (map[string]bool, error) {
	if page.Of(r).Actor.Kind != "party" || !me(r).Real() {
		return nil, nil
	}
	var kinds []string
	for _, m := range it.Materials {
		kinds = append(kinds, m.Kind)
	}
	found, err := material.Reusable(r.Context(), s.DB, me(r).Person, kinds, page.Of(r).Now)
	out := map[string]bool{}
	for kind, all := range found {
		out[kind] = len(all) > 0
	}
	return out, err
}

// carried is what the answers leave for the application's form, at this browser for an hour.
type carried struct {
	Item    ref.ItemID        `json:"item"`
	Answers map[string]string `json:"answers"` // element → value
}

const carriedCookie = "can"

func remember(w http.ResponseWriter, p *page.Page, item ref.ItemID, all []canAnswer) {
	c := carried{item, map[string]string{}}
	for _, g := range all {
		if g.Element != "" {
			c.Answers[g.Element] = g.Value
		}
	}
	if len(c.Answers) == 0 {
		return
	}
	raw, _ := json.Marshal(c) // texts cannot fail
	carry(w, p, base64.RawURLEncoding.EncodeToString(raw), 3600)
}

// carry keeps the answers at the browser for so many seconds; less than none takes them away.
func carry(w http.ResponseWriter, p *page.Page, answers string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: carriedCookie, Value: answers, Path: "/apply", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.Secure()})
}

// fillCarried takes over what was answered before; the form's own checks hold for it as for anything typed.
func fillCarried(r *http.Request, content *form.Content, it *catalog.Item) {
	cookie, err := r.Cookie(carriedCookie)
	if err != nil {
		return
	}
	var c carried
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || json.Unmarshal(raw, &c) != nil || c.Item != it.ID {
		return
	}
	for _, f := range it.Form {
		value := c.Answers[f.Element]
		if slices.ContainsFunc(f.Options, func(o catalog.Option) bool { return o.Value == value }) {
			content.Answers[f.Element] = form.Answer{Element: f.Element, Value: value, Source: "source.asked", At: page.Of(r).Now}
		}
	}
}
