package api

import (
	"net/http"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
)

type itemsInput struct {
	Query string `query:"q" maxLength:"60" doc:"api.doc.q"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"api.doc.limit"`
	After string `query:"after" maxLength:"64" doc:"api.doc.after"`
}

// ItemRow is an item in a list.
type ItemRow struct {
	ID          ref.ItemID    `json:"id" doc:"api.doc.item.id"`
	TaskCode    string        `json:"taskCode" doc:"api.doc.item.task_code"`
	Name        string        `json:"name" doc:"api.doc.item.name"`
	Version     ref.VersionID `json:"version" doc:"api.doc.item.version"`
	Organ       ref.OrganID   `json:"organ" doc:"api.doc.organ"`
	OrganName   string        `json:"organName" doc:"api.doc.organ_name"`
	ProjectType string        `json:"projectType" doc:"api.doc.item.project_type"`
	Audience    string        `json:"audience" doc:"api.doc.item.audience"`
}

type itemsOutput struct {
	Body struct {
		Listing
		Items []ItemRow `json:"items" nullable:"false"`
	}
}

// public operations count by address, so that a list of everything is not asked for all day.
var public = page.Rate{PerSecond: 10, Burst: 120}

func (s *Surface) items() {
	operation(s, mount{id: "list-items", method: http.MethodGet, path: Prefix + "/items", roles: anyone, rate: public, errors: []int{422}}, s.listItems)
	operation(s, mount{id: "get-item", method: http.MethodGet, path: Prefix + "/items/{id}", roles: anyone, rate: public, errors: []int{404, 422}}, s.getItem)
}

func (s *Surface) listItems(c *call, in *itemsInput) (*itemsOutput, error) {
	rows, err := catalog.List(c.Context(), s.DB, in.Query, ref.ItemID(in.After), in.Limit+1)
	if err != nil {
		return nil, err
	}
	organs, err := org.Organs(c.Context(), s.DB)
	if err != nil {
		return nil, err
	}
	out := &itemsOutput{}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		out.Body.Next = string(rows[len(rows)-1].ID)
	}
	out.Body.Items = make([]ItemRow, len(rows))
	for i, r := range rows {
		out.Body.Items[i] = ItemRow{r.ID, r.TaskCode, r.Name, r.Version, r.Organ, organs[r.Organ].Name, string(r.ProjectType), r.Audience}
	}
	return out, nil
}

type itemInput struct {
	ID string `path:"id" maxLength:"64" doc:"api.doc.item.id"`
}

// itemFull is what an application to an item needs to know.
type itemFull struct {
	ItemRow
	NameEn     string     `json:"nameEn,omitempty" doc:"api.doc.item.name_en"`
	Summary    string     `json:"summary" doc:"api.doc.item.summary"`
	Conditions []string   `json:"conditions" nullable:"false" doc:"api.doc.item.conditions"`
	Basis      []law      `json:"basis" nullable:"false" doc:"api.doc.item.basis"`
	Answers    []question `json:"answers" nullable:"false" doc:"api.doc.item.answers"`
	Materials  []wanted   `json:"materials" nullable:"false" doc:"api.doc.item.materials"`
	Promised   span       `json:"promised" doc:"api.doc.item.promised"`
	Legal      span       `json:"legal" doc:"api.doc.item.legal"`
	Silence    string     `json:"silence" doc:"api.doc.item.silence"`
	Result     string     `json:"result" doc:"api.doc.item.result"`
	Charged    bool       `json:"charged" doc:"api.doc.item.charged"`
}

// law is a legal basis by its place.
type law struct {
	Law       string `json:"law" doc:"api.doc.law"`
	Article   int    `json:"article" doc:"api.doc.law.article"`
	Sub       int    `json:"sub,omitempty" doc:"api.doc.law.sub"`
	Paragraph int    `json:"paragraph,omitempty" doc:"api.doc.law.paragraph"`
	Point     int    `json:"point,omitempty" doc:"api.doc.law.point"`
}

func lawOf(x catalog.Citation) law { return law{x.Law, x.Article, x.Sub, x.Paragraph, x.Point} }

type question struct {
	Element  string   `json:"element" doc:"api.doc.question.element"`
	Label    string   `json:"label" doc:"api.doc.question.label"`
	Kind     string   `json:"kind" doc:"api.doc.question.kind"`
	Options  []choice `json:"options,omitempty" doc:"api.doc.question.options"`
	Optional bool     `json:"optional" doc:"api.doc.question.optional"`
	Max      int      `json:"max,omitempty" doc:"api.doc.question.max"`
	Group    string   `json:"group,omitempty" doc:"api.doc.question.group"`
	When     string   `json:"when,omitempty" doc:"api.doc.question.when"`
}

type choice struct {
	Value string `json:"value" doc:"api.doc.choice.value"`
	Label string `json:"label" doc:"api.doc.choice.label"`
}

type wanted struct {
	ID       string `json:"id" doc:"api.doc.wanted.id"`
	Kind     string `json:"kind" doc:"api.doc.wanted.kind"`
	Name     string `json:"name" doc:"api.doc.wanted.name"`
	Required bool   `json:"required" doc:"api.doc.wanted.required"`
	Later    bool   `json:"later" doc:"api.doc.wanted.later"`
	Promised bool   `json:"promised" doc:"api.doc.wanted.promised"`
}

type span struct {
	N    int    `json:"n" doc:"api.doc.span.n"`
	Unit string `json:"unit" doc:"api.doc.span.unit"`
}

type itemOutput struct{ Body itemFull }

func (s *Surface) getItem(c *call, in *itemInput) (*itemOutput, error) {
	row, err := catalog.GetRow(c.Context(), s.DB, ref.ItemID(in.ID))
	if err != nil {
		return nil, err
	}
	v, err := catalog.Get(c.Context(), s.DB, row.Version)
	if err != nil {
		return nil, err
	}
	organ, err := org.GetOrgan(c.Context(), s.DB, row.Organ)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	return &itemOutput{full(row, v.Doc(), organ)}, nil
}

func full(r catalog.Row, it *catalog.Item, organ org.Organ) itemFull {
	out := itemFull{ItemRow: ItemRow{r.ID, r.TaskCode, r.Name, r.Version, r.Organ, organ.Name, string(r.ProjectType), r.Audience},
		NameEn: it.NameEn, Summary: it.Summary, Promised: span(it.Times.Promised), Legal: span(it.Times.Legal), Silence: it.Times.Silence,
		Result: it.Result.Name, Charged: it.Fee.Charged, Conditions: []string{}, Basis: []law{}, Answers: []question{}, Materials: []wanted{}}
	for _, x := range it.Conditions {
		out.Conditions = append(out.Conditions, x.Text)
	}
	for _, x := range it.Basis {
		out.Basis = append(out.Basis, lawOf(x))
	}
	for _, f := range it.Form {
		if f.Compute != "" { // worked out, never sent
			continue
		}
		q := question{Element: f.Element, Label: f.Label, Kind: f.Kind, Optional: f.Optional, Max: f.Max, Group: f.Group, When: f.When}
		for _, o := range f.Options {
			q.Options = append(q.Options, choice(o))
		}
		out.Answers = append(out.Answers, q)
	}
	for _, m := range it.Materials {
		if m.HandedIn() {
			out.Materials = append(out.Materials, wanted{m.ID, m.Kind, m.Name, m.Need == ref.NeedRequired, it.Tolerates(m), it.Replaces(m)})
		}
	}
	return out
}
