package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"yimen/domain/rule"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
)

func (s *Surface) departures() {
	path := Prefix + "/tasks/{id}"
	operation(s, mount{id: "propose-decision", method: http.MethodPost, path: path + "/proposal", roles: desks, errors: []int{404, 409, 413, 415, 422}}, s.proposeDecision)
	operation(s, mount{id: "answer-departure", method: http.MethodPost, path: path + "/departure", roles: desks, errors: []int{404, 409, 413, 415, 422}}, s.answerDeparture)
}

// ruleInput is a fact that the item's rule asks for.
type ruleInput struct {
	Name   string   `json:"name" doc:"api.doc.input.name"`
	Label  string   `json:"label" doc:"api.doc.input.label"`
	Type   string   `json:"type" doc:"api.doc.input.type"`
	Values []string `json:"values" nullable:"false" doc:"api.doc.input.values"`
	From   string   `json:"from" enum:"form,officer" doc:"api.doc.input.from"`
}

// factValue is a fact as a rule saw it.
type factValue struct {
	Name  string `json:"name" doc:"api.doc.input.name"`
	Known bool   `json:"known" doc:"api.doc.fact.known"`
	Value string `json:"value" doc:"api.doc.fact.value"`
}

// departure is a decision that leaves the item's rule and waits for a second officer, or was confirmed by one.
type departure struct {
	ID       string      `json:"id" doc:"api.doc.departure.id"`
	By       string      `json:"by" doc:"api.doc.departure.by"`
	At       time.Time   `json:"at" doc:"api.doc.departure.at"`
	Outcome  string      `json:"outcome" doc:"api.doc.task.outcome"`
	RuleRow  string      `json:"ruleRow,omitempty" doc:"api.doc.departure.row"`
	Proposed string      `json:"proposed,omitempty" doc:"api.doc.departure.proposed"`
	Reason   string      `json:"reason" doc:"api.doc.departure.reason"`
	Note     string      `json:"note,omitempty" doc:"api.doc.decision.note"`
	Facts    []factValue `json:"facts" nullable:"false" doc:"api.doc.proposal.facts"`
}

func inputsOf(p *casepage.Page) []ruleInput {
	out := []ruleInput{}
	for _, in := range p.Doc.Rule.Inputs {
		from := "officer"
		if !review.Found(in) {
			from = "form"
		}
		out = append(out, ruleInput{in.Name, in.Label, in.Type, append([]string{}, in.Values...), from})
	}
	return out
}

func departureOf(p *casepage.Page, t casepage.Task) *departure {
	d := t.Departure
	if d == nil {
		return nil
	}
	out := &departure{t.Task.Departure, d.By, t.DepartureAt.UTC(), d.Outcome, d.RuleRow, d.Proposed, d.Reason, d.Note, []factValue{}}
	for _, in := range p.Doc.Rule.Inputs {
		out.Facts = append(out.Facts, factOf(in.Name, d.Facts[in.Name]))
	}
	return out
}

func factOf(name string, v rule.Value) factValue {
	if v.IsNull() {
		return factValue{Name: name}
	}
	return factValue{name, true, v.Plain()}
}

type findingsInput struct {
	ID   string `path:"id" maxLength:"64" doc:"api.doc.task.id"`
	Body struct {
		Findings map[string]string `json:"findings" nullable:"false" maxProperties:"40" doc:"api.doc.decision.findings"`
	}
}

// proposalOutput is what the rule says; nothing is decided by asking.
type proposalOutput struct {
	Body struct {
		Gap   bool        `json:"gap" doc:"api.doc.proposal.gap"`
		Row   *ruleRow    `json:"row,omitempty" doc:"api.doc.proposal.row"`
		Facts []factValue `json:"facts" nullable:"false" doc:"api.doc.proposal.facts"`
	}
}

func (s *Surface) proposeDecision(c *call, in *findingsInput) (*proposalOutput, error) {
	t, err := s.mine(c, ref.TaskID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := s.look(c, t.Case, disclose.ForDecision); err != nil {
		return nil, err
	}
	p, err := s.Board.Propose(c.Context(), t.ID, in.Body.Findings)
	if err != nil {
		return nil, spelt(err)
	}
	out := &proposalOutput{}
	out.Body.Gap, out.Body.Facts = p.Gap, []factValue{}
	if r := p.Row; !p.Gap {
		out.Body.Row = &ruleRow{r.ID, r.When, r.Outcome, r.Says, lawOf(r.Basis)}
	}
	for _, f := range p.Facts {
		out.Body.Facts = append(out.Body.Facts, factOf(f.Name, f.Value))
	}
	return out, nil
}

type answerInput struct {
	ID   string `path:"id" maxLength:"64" doc:"api.doc.task.id"`
	Key  string `header:"Idempotency-Key" required:"true" minLength:"16" maxLength:"200" doc:"api.doc.key"`
	Body struct {
		Departure string `json:"departure" maxLength:"64" doc:"api.doc.departure.id"`
		Answer    string `json:"answer" enum:"confirm,reject,withdraw" doc:"api.doc.departure.answer"`
		Note      string `json:"note,omitempty" maxLength:"2000" doc:"api.doc.departure.note"`
	}
}

func (s *Surface) answerDeparture(c *call, in *answerInput) (*decidedOutput, error) {
	t, err := s.mine(c, ref.TaskID(in.ID))
	if err != nil {
		return nil, err
	}
	a := review.Answer{By: c.staff(), Task: t.ID, Departure: in.Body.Departure, Do: in.Body.Answer, Note: in.Body.Note}
	a.Submit = c.submit(in.Key, a.Digest())
	if err := s.Board.Answer(c.Context(), a); err != nil {
		return nil, spelt(err)
	}
	return s.stands(c, t.ID)
}

// fieldsOf are the body's names of review's fields.
var fieldsOf = map[string]string{"rule_row": "ruleRow", "do": "answer"}

// spelt gives wrong fields the names they have in the body.
func spelt(err error) error {
	bad := slices.Clone(fault.Fields(err))
	if !fault.Is(err, fault.Invalid) || len(bad) == 0 {
		return err
	}
	for i := range bad {
		if name := fieldsOf[bad[i].Name]; name != "" {
			bad[i].Name = name
		}
		if rest, ok := strings.CutPrefix(bad[i].Name, "finding."); ok {
			bad[i].Name = "findings." + rest
		}
	}
	return fault.Bad(bad...)
}
