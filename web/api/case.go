package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yimen/domain/casefile"
	"yimen/domain/identity"
	"yimen/domain/seal"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/portal"
	"yimen/web/page"
)

func (s *Surface) cases() {
	path := Prefix + "/cases"
	operation(s, mount{id: "submit-case", method: http.MethodPost, path: path, roles: portals, verb: identity.VerbSubmit, status: http.StatusCreated,
		body: largestSubmit, errors: []int{409, 413, 415, 422}}, s.submit)
	operation(s, mount{id: "list-cases", method: http.MethodGet, path: path, roles: portals, errors: []int{422}}, s.listCases)
	operation(s, mount{id: "get-case", method: http.MethodGet, path: path + "/{number}", roles: portals, errors: []int{404}}, s.getCase)
	operation(s, mount{id: "list-events", method: http.MethodGet, path: path + "/{number}/events", roles: portals, errors: []int{404}}, s.listEvents)
	operation(s, mount{id: "get-result", method: http.MethodGet, path: path + "/{number}/result", roles: portals, errors: []int{404}}, s.getResult)
	s.api.OpenAPI().Paths[path+"/{number}/result"].Get.Responses["200"].Content = map[string]*huma.MediaType{"application/pdf": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
}

type casesInput struct {
	Stage string `query:"stage" enum:"received,returned,supplied,accepted,granted,refused,closed,declined" doc:"api.doc.stage"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"api.doc.limit"`
	After string `query:"after" maxLength:"100" doc:"api.doc.after"`
}

// caseRow is a case in a list.
type caseRow struct {
	Number   ref.ShortNumber `json:"number" doc:"api.doc.case.number"`
	Item     ref.ItemID      `json:"item" doc:"api.doc.item.id"`
	ItemName string          `json:"itemName" doc:"api.doc.item.name"`
	Organ    ref.OrganID     `json:"organ" doc:"api.doc.organ"`
	Stage    string          `json:"stage" doc:"api.doc.stage"`
	Own      bool            `json:"own" doc:"api.doc.case.own"`
	Received time.Time       `json:"received" doc:"api.doc.case.received"`
	Due      *time.Time      `json:"due,omitempty" doc:"api.doc.case.due"`
	Closed   *time.Time      `json:"closed,omitempty" doc:"api.doc.case.closed"`
}

type casesOutput struct {
	Body struct {
		Listing
		Cases []caseRow `json:"cases" nullable:"false"`
	}
}

func (s *Surface) listCases(c *call, in *casesInput) (*casesOutput, error) {
	rows, next, err := s.Portals.Cases(c.Context(), c.portal(), portal.Filter{Stage: casefile.Stage(in.Stage), After: portal.Key(in.After), Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &casesOutput{}
	out.Body.Next, out.Body.Cases = string(next), make([]caseRow, len(rows))
	for i, r := range rows {
		out.Body.Cases[i] = caseRow{r.Number, r.Item, r.ItemName, r.Organ, string(r.Stage), r.Own, r.Received.UTC(), moment(r.Due), moment(r.Closed)}
	}
	return out, nil
}

type caseInput struct {
	Number string `path:"number" maxLength:"40" doc:"api.doc.case.number"`
}

// progress is a case as its applicant's page shows it.
type progress struct {
	Number    ref.ShortNumber `json:"number" doc:"api.doc.case.number"`
	Item      ref.ItemID      `json:"item" doc:"api.doc.item.id"`
	ItemName  string          `json:"itemName" doc:"api.doc.item.name"`
	Organ     ref.OrganID     `json:"organ" doc:"api.doc.organ"`
	Stage     string          `json:"stage" doc:"api.doc.stage"`
	Own       bool            `json:"own" doc:"api.doc.case.own"`
	Received  time.Time       `json:"received" doc:"api.doc.case.received"`
	Accepted  *time.Time      `json:"accepted,omitempty" doc:"api.doc.case.accepted"`
	Due       *time.Time      `json:"due,omitempty" doc:"api.doc.case.due"`
	Left      *int            `json:"workdaysLeft,omitempty" doc:"api.doc.case.left"`
	Closed    *time.Time      `json:"closed,omitempty" doc:"api.doc.case.closed"`
	Holders   []holder        `json:"holders" nullable:"false" doc:"api.doc.case.holders"`
	Points    []string        `json:"points" nullable:"false" doc:"api.doc.case.points"`
	Licences  []held          `json:"licences" nullable:"false" doc:"api.doc.case.licences"`
	Fees      []charge        `json:"fees" nullable:"false" doc:"api.doc.case.fees"`
	Sentences []string        `json:"sentences" nullable:"false" doc:"api.doc.case.sentences"`
}

type holder struct {
	Organ string     `json:"organ" doc:"api.doc.organ_name"`
	Phone string     `json:"phone,omitempty" doc:"api.doc.holder.phone"`
	Since time.Time  `json:"since" doc:"api.doc.holder.since"`
	Until *time.Time `json:"until,omitempty" doc:"api.doc.holder.until"`
}

type held struct {
	Mark   ref.LicenceMark `json:"mark" doc:"api.doc.mark"`
	Name   string          `json:"name" doc:"api.doc.licence.name"`
	Number string          `json:"number" doc:"api.doc.licence.number"`
	State  string          `json:"state" doc:"api.doc.licence.state"`
}

// charge is what a case costs.
type charge struct {
	State    string     `json:"state" enum:"open,due,late,paid,waived,lapsed" doc:"api.doc.fee.state"`
	Amount   int64      `json:"amount" doc:"api.doc.fee.amount"`
	Refunded int64      `json:"refunded" doc:"api.doc.fee.refunded"`
	Until    *time.Time `json:"until,omitempty" doc:"api.doc.fee.until"`
	Settled  *time.Time `json:"settled,omitempty" doc:"api.doc.fee.settled"`
}

type caseOutput struct{ Body progress }

// seen reads a case the portal sees, with its progress.
func (s *Surface) seen(c *call, number string) (casefile.Case, *casepage.Progress, error) {
	found, err := s.Portals.Case(c.Context(), c.portal(), number)
	if err != nil {
		return found, nil, err
	}
	pr, err := s.Cases.ProgressOf(c.Context(), found.ID)
	return found, pr, err
}

func (s *Surface) getCase(c *call, in *caseInput) (*caseOutput, error) {
	found, pr, err := s.seen(c, in.Number)
	if err != nil {
		return nil, err
	}
	own := found.Portal == c.portal().ID
	out := &caseOutput{progress{Number: found.Number, Item: found.Item, ItemName: pr.Item, Organ: found.Organ, Stage: string(pr.Stage), Own: own, Received: found.ReceivedAt.UTC(),
		Accepted: moment(found.AcceptedAt), Due: moment(found.Due), Closed: moment(found.ClosedAt), Holders: []holder{}, Points: []string{}, Licences: []held{}, Fees: []charge{}}}
	if !own { // what an organ asks of the applicant, and what was issued, is between the two
		pr.Points, pr.Licences, pr.Fees = nil, nil, nil
	}
	if pr.Standing.Due != 0 {
		left := pr.Standing.Left
		out.Body.Left = &left
	}
	for _, h := range pr.Standing.Holders {
		out.Body.Holders = append(out.Body.Holders, holder{h.Organ, h.Phone, h.Since.UTC(), moment(h.Until)})
	}
	for _, l := range pr.Licences {
		out.Body.Licences = append(out.Body.Licences, held{l.Mark, l.Name, l.Number, stateWord(l.StateAt(c.page.Now))})
	}
	for _, f := range pr.Fees {
		out.Body.Fees = append(out.Body.Fees, charge{string(f.State), f.Amount(), f.Refunded, moment(f.Due), moment(f.Settled)})
	}
	out.Body.Points = append(out.Body.Points, pr.Points...)
	out.Body.Sentences = s.Words.Progress(c.page, pr)
	return out, nil
}

type happened struct {
	At       time.Time `json:"at" doc:"api.doc.event.at"`
	Kind     string    `json:"kind" doc:"api.doc.event.kind"`
	Organ    string    `json:"organ" doc:"api.doc.organ_name"`
	Outcome  string    `json:"outcome,omitempty" doc:"api.doc.event.outcome"`
	Sentence string    `json:"sentence" doc:"api.doc.event.sentence"`
}

type eventsOutput struct {
	Body struct {
		Events []happened `json:"events" nullable:"false"`
	}
}

func (s *Surface) listEvents(c *call, in *caseInput) (*eventsOutput, error) {
	_, pr, err := s.seen(c, in.Number)
	if err != nil {
		return nil, err
	}
	out := &eventsOutput{}
	out.Body.Events = make([]happened, len(pr.Done))
	for i, m := range pr.Done {
		out.Body.Events[i] = happened{m.At.UTC(), string(m.Kind), m.Organ, m.Outcome, s.Words.Event(c.page, m)}
	}
	return out, nil
}

type fileOutput struct {
	Type string `header:"Content-Type"`
	Body []byte
}

// getResult gives the sealed result, to the portal that handed the case in and to no other.
func (s *Surface) getResult(c *call, in *caseInput) (*fileOutput, error) {
	found, err := s.Portals.Case(c.Context(), c.portal(), in.Number)
	if err != nil {
		return nil, err
	}
	if found.Portal != c.portal().ID {
		return nil, fault.New(fault.Denied, "api.result.own")
	}
	docs, err := seal.ByCase(c.Context(), s.DB, found.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		if d.State != "sealed" || d.Kind != seal.Licence && d.Kind != seal.Refusal && d.Kind != seal.Declining {
			continue
		}
		_, content, err := s.Press.Fetch(c.Context(), d.ID)
		if err != nil {
			return nil, err
		}
		page.AsDownload(c.w.Header(), d.Title+".pdf")
		c.w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		return &fileOutput{"application/pdf", content}, nil
	}
	return nil, fault.New(fault.NotFound, "api.result.none")
}
