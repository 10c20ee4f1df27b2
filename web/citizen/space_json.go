package citizen

import (
	"encoding/json"
	"io"
	"iter"
	"time"

	"yimen/domain/licence"
	"yimen/view/space"
)

// json writes data.json: one object, its lists row by row.
func (t taking) json(w io.Writer) error {
	o := &dataObject{w: w}
	o.value("made", t.p.Now.UTC())
	o.value("party", map[string]string{"kind": string(t.whose.Party.Kind), "name": t.whose.Party.Name})
	o.value("facts", dataEach(t.facts, func(f space.Fact) any {
		return dataFact{f.Name, f.Value, sourceWords(t.p, f.Source), f.At}
	}))
	dataList(o, "licences", t.licences(), func(l licence.Licence) any {
		return dataLicence{string(l.Mark), l.Number, l.Name, string(l.StateAt(t.p.Now)), l.ValidFrom, l.ValidUntil, l.Issued}
	})
	dataList(o, "materials", t.materials(), func(m space.Material) any {
		return dataMaterial{m.Name, m.Kind, m.Trust, sourceWords(t.p, m.Origin), m.Made, m.ValidUntil, m.Digest, m.Size, m.Used, dataEach(m.Uses, func(u space.Use) any {
			return dataUse{string(u.Number), u.Item.Name, u.At, u.Reused}
		})}
	})
	dataList(o, "cases", t.cases(), t.dataCase)
	dataList(o, "looks", t.looks(), t.dataLook)
	said, err := t.corrections()
	o.fail(err)
	o.value("corrections", dataEach(said, func(x space.Said) any {
		return dataSaid{x.Fact, x.Words, x.At, x.Reply, x.Answered}
	}))
	record, err := t.s.Space.Credit(t.ctx, t.me)
	o.fail(err)
	o.value("credit", dataEach(record, t.dataCredit))
	drafts, err := t.drafts()
	o.fail(err)
	o.value("drafts", dataEach(drafts, func(d space.Draft) any { return dataDraft{d.Item.Name, d.Made, d.At} }))
	return o.end()
}

func (t taking) dataCase(c takenCase) any {
	out := dataCase{Number: string(c.Number), Item: c.Item.Name, Organ: c.Organ, Stage: string(c.Stage), Received: c.Received, Due: c.Due, Closed: c.Closed}
	for _, a := range c.Answers {
		out.Answers = append(out.Answers, dataAnswer{a.Field.Label, answerWords(a), sourceWords(t.p, a.Source), a.At})
	}
	for _, m := range c.Progress.Done {
		out.Events = append(out.Events, dataEvent{m.At, t.p.T("citizen.fact." + factKey(m)), m.Organ})
	}
	for i, d := range c.Progress.Documents {
		out.Papers = append(out.Papers, dataPaper{d.Title, d.Number, d.Drafted, paperFile(c.Number, i, d.Title)})
	}
	return out
}

func (t taking) dataCredit(c space.Credit) any {
	out := dataCredit{Name: c.Row.Name, Organ: c.Organ, Case: string(c.Number), Law: c.Row.Basis.Law, Article: c.Row.Basis.Article, State: string(c.State), From: c.From, Until: c.Until}
	for _, a := range c.Said {
		out.Acts = append(out.Acts, dataAct{t.p.T("credit.act." + a.Kind), a.At, a.Words})
	}
	return out
}

func (t taking) dataLook(l space.Look) any {
	out := dataLook{At: l.At, Organ: l.Organ, Post: l.Post, Why: sourceWords(t.p, l.Purpose), Case: string(l.Number)}
	if x := l.Said; x != nil {
		out.Said = &dataSaid{"", x.Words, x.At, x.Reply, x.Answered}
	}
	return out
}

// answerWords is an answer as it was given: in one's own file nothing is masked.
func answerWords(a space.Answer) string {
	for _, o := range a.Field.Options {
		if o.Value == a.Value {
			return o.Label
		}
	}
	return a.Value
}

func dataEach[T any](in []T, as func(T) any) []any {
	out := make([]any, 0, len(in))
	for _, x := range in {
		out = append(out, as(x))
	}
	return out
}

// object writes a JSON object member by member; its first error stops it.
type dataObject struct {
	w   io.Writer
	n   int
	err error
}

func (o *dataObject) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

func (o *dataObject) text(s string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, s)
	}
}

func (o *dataObject) any(v any) {
	raw, err := json.Marshal(v)
	o.fail(err)
	o.text(string(raw))
}

func (o *dataObject) name(name string) {
	o.text(map[bool]string{true: "{\n", false: ",\n"}[o.n == 0])
	o.n++
	o.any(name)
	o.text(": ")
}

func (o *dataObject) value(name string, v any) { o.name(name); o.any(v) }

func (o *dataObject) end() error { o.text("\n}\n"); return o.err }

// list writes a member that is a list, row by row.
func dataList[T any](o *dataObject, name string, rows iter.Seq2[T, error], as func(T) any) {
	o.name(name)
	between := "[\n"
	for x, err := range rows {
		if o.fail(err); o.err != nil {
			return
		}
		o.text(between)
		o.any(as(x))
		between = ",\n"
	}
	if between == "[\n" {
		o.text("[")
	}
	o.text("]")
}

// The rows of data.json. Times are RFC 3339; one that never was is left out.
type (
	dataFact struct {
		Name   string    `json:"name"`
		Value  string    `json:"value"`
		Source string    `json:"source"`
		At     time.Time `json:"at"`
	}
	dataLicence struct {
		Mark   string    `json:"mark"`
		Number string    `json:"number"`
		Name   string    `json:"name"`
		State  string    `json:"state"`
		From   time.Time `json:"valid_from,omitzero"`
		Until  time.Time `json:"valid_until,omitzero"`
		Issued time.Time `json:"issued"`
	}
	dataMaterial struct {
		Name   string    `json:"name"`
		Kind   string    `json:"kind"`
		Trust  string    `json:"trust"`
		Source string    `json:"source"`
		Made   time.Time `json:"made"`
		Until  time.Time `json:"valid_until,omitzero"`
		Digest string    `json:"sha256"`
		Size   int64     `json:"size"`
		Used   int       `json:"used"`
		Uses   []any     `json:"latest_uses"`
	}
	dataUse struct {
		Case   string    `json:"case"`
		Item   string    `json:"item"`
		At     time.Time `json:"at"`
		Reused bool      `json:"reused"`
	}
	dataCase struct {
		Number   string       `json:"number"`
		Item     string       `json:"item"`
		Organ    string       `json:"organ"`
		Stage    string       `json:"stage"`
		Received time.Time    `json:"received"`
		Due      time.Time    `json:"due,omitzero"`
		Closed   time.Time    `json:"closed,omitzero"`
		Answers  []dataAnswer `json:"answers"`
		Events   []dataEvent  `json:"events"`
		Papers   []dataPaper  `json:"papers"`
	}
	dataAnswer struct {
		Question string    `json:"question"`
		Answer   string    `json:"answer"`
		Source   string    `json:"source"`
		At       time.Time `json:"at"`
	}
	dataEvent struct {
		At    time.Time `json:"at"`
		What  string    `json:"what"`
		Organ string    `json:"organ,omitempty"`
	}
	dataPaper struct {
		Title  string    `json:"title"`
		Number string    `json:"number"`
		Day    time.Time `json:"day"`
		File   string    `json:"file"`
	}
	dataLook struct {
		At    time.Time `json:"at"`
		Organ string    `json:"organ"`
		Post  string    `json:"post"`
		Why   string    `json:"why"`
		Case  string    `json:"case,omitempty"`
		Said  *dataSaid `json:"objection,omitempty"`
	}
	dataSaid struct {
		Fact     string    `json:"fact,omitempty"`
		Words    string    `json:"words"`
		At       time.Time `json:"at"`
		Answer   string    `json:"answer,omitempty"`
		Answered time.Time `json:"answered,omitzero"`
	}
	dataCredit struct {
		Name    string    `json:"name"`
		Organ   string    `json:"organ"`
		Case    string    `json:"case"`
		Law     string    `json:"law"`
		Article int       `json:"article"`
		State   string    `json:"state"`
		From    time.Time `json:"from,omitzero"`
		Until   time.Time `json:"until,omitzero"`
		Acts    []dataAct `json:"acts"`
	}
	dataAct struct {
		What  string    `json:"what"`
		At    time.Time `json:"at"`
		Words string    `json:"words,omitempty"`
	}
	dataDraft struct {
		Item  string    `json:"item"`
		Begun time.Time `json:"begun"`
		Saved time.Time `json:"saved"`
	}
)
