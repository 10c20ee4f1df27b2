package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/foundation/blob"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
)

// largestSubmit is the most bytes of one application, its papers in base64 among them.
const largestSubmit = 24 << 20

type submitInput struct {
	Key     string `header:"Idempotency-Key" required:"true" minLength:"16" maxLength:"200" doc:"api.doc.key"`
	Body    submission
	RawBody []byte
}

// submission is one application.
type submission struct {
	Applicant applicant          `json:"applicant" doc:"api.doc.applicant"`
	Item      string             `json:"item" maxLength:"64" doc:"api.doc.item.id"`
	Place     string             `json:"place,omitempty" maxLength:"12" doc:"api.doc.place"`
	Answers   map[string]string  `json:"answers" maxProperties:"300" doc:"api.doc.answers"`
	Materials map[string][]paper `json:"materials,omitempty" maxProperties:"60" doc:"api.doc.materials"`
	Later     []string           `json:"later,omitempty" maxItems:"60" doc:"api.doc.later"`
	Promised  []string           `json:"promised,omitempty" maxItems:"60" doc:"api.doc.promised"`
	Agreed    bool               `json:"agreed,omitempty" doc:"api.doc.agreed"`
}

// vow is what the applicant promises, as the portal says it was agreed to.
func (b *submission) vow() intake.Vow {
	return intake.Vow{Later: b.Later, Promised: b.Promised, Signed: b.Agreed}
}

type applicant struct {
	Kind   string `json:"kind" enum:"natural,legal" doc:"api.doc.applicant.kind"`
	Name   string `json:"name" maxLength:"100" doc:"api.doc.applicant.name"`
	Number string `json:"number" maxLength:"40" doc:"api.doc.applicant.number"`
}

type paper struct {
	Content string `json:"content" encoding:"base64" doc:"api.doc.paper.content"`
}

// receipt says what became of an application.
type receipt struct {
	Number   ref.ShortNumber  `json:"number" doc:"api.doc.case.number"`
	Shown    string           `json:"numberShown" doc:"api.doc.case.shown"`
	Numbers  []ref.CaseNumber `json:"caseNumbers" nullable:"false" doc:"api.doc.case.numbers"`
	Item     ref.ItemID       `json:"item" doc:"api.doc.item.id"`
	Received time.Time        `json:"received" doc:"api.doc.case.received"`
	Due      time.Time        `json:"acceptedBy" doc:"api.doc.case.accepted_by"`
}

type receiptOutput struct {
	Location string `header:"Location"`
	Body     receipt
}

// submit hands an application in. Everything is checked before anything is kept; a repeat gets the first answer.
func (s *Surface) submit(c *call, in *submitInput) (*receiptOutput, error) {
	submit := c.submit(in.Key, string(in.RawBody))
	done, err := s.Answered(c.Context(), submit)
	if err != nil {
		return nil, err
	}
	if done != "" {
		return s.receipt(c.Context(), ref.CaseID(done))
	}
	a, err := s.application(c, &in.Body)
	if err != nil {
		return nil, err
	}
	a.Submit = submit
	id, err := s.apply(c, a, &in.Body)
	if err != nil {
		return nil, under(err)
	}
	return s.receipt(c.Context(), id)
}

// receipt is made from the case as it was handed in, so that a repeat reads the same whatever happened since.
func (s *Surface) receipt(ctx context.Context, id ref.CaseID) (*receiptOutput, error) {
	k, err := casefile.Get(ctx, s.DB, id)
	if err != nil {
		return nil, err
	}
	items, err := casefile.Items(ctx, s.DB, id)
	if err != nil {
		return nil, err
	}
	due, err := clock.Compute(clock.Input{Calendar: s.Desk.Calendar(), Facts: clock.Facts{Received: k.ReceivedAt}, Span: clock.Acceptance, Rules: clock.UsualRules, Now: k.ReceivedAt})
	if err != nil {
		return nil, err
	}
	out := &receiptOutput{Location: Prefix + "/cases/" + string(k.Number), Body: receipt{Number: k.Number, Shown: k.Number.Format(), Item: k.Item, Received: k.ReceivedAt.UTC(), Due: due.Due.UTC(),
		Numbers: []ref.CaseNumber{}}}
	for _, x := range items {
		out.Body.Numbers = append(out.Body.Numbers, x.Number)
	}
	return out, nil
}

// application checks everything that can be checked before a party or a paper is kept, and says every wrong field at once.
func (s *Surface) application(c *call, b *submission) (intake.Application, error) {
	a := intake.Application{By: c.actor(), Portal: c.portal().ID, Assured: c.portal().Assurance, Channel: ref.ChannelPortal, Answers: map[string]form.Answer{}, Vow: b.vow()}
	row, err := catalog.GetRow(c.Context(), s.DB, ref.ItemID(b.Item))
	if fault.Is(err, fault.NotFound) {
		return a, fault.Bad(append(wrongApplicant(b.Applicant), fault.Field{Name: "item", Key: "api.wrong.item"})...)
	}
	if err != nil {
		return a, err
	}
	if !c.portal().Covers(row.Organ, row.ID) {
		return a, fault.New(fault.Denied, "api.item.scope")
	}
	v, err := catalog.Get(c.Context(), s.DB, row.Version)
	if err != nil {
		return a, err
	}
	organ, err := org.GetOrgan(c.Context(), s.DB, row.Organ)
	if err != nil {
		return a, err
	}
	a.Version = v.ID
	bad := wrongApplicant(b.Applicant)
	var ok bool
	if a.Place, ok = division(b.Place, organ); !ok || !s.reaches(c.Context(), v.Doc(), a.Place) {
		bad = append(bad, fault.Field{Name: "place", Key: "api.wrong.place"})
	}
	for element, value := range b.Answers {
		a.Answers[element] = form.Answer{Element: element, Value: value, Source: "source.portal", At: c.page.Now}
	}
	m, err := intake.Form(v)
	if err != nil {
		return a, err
	}
	state := m.Work(a.Answers, c.page.Now)
	bad = append(bad, wrongAnswers(m, state, a.Answers)...)
	if bad = append(bad, wrongPapers(v.Doc(), state, b)...); len(bad) > 0 {
		return a, fault.Bad(bad...)
	}
	return a, nil
}

// reaches says whether a street or town office answers for the place, where the item's plan needs one.
func (s *Surface) reaches(ctx context.Context, it *catalog.Item, place ref.DivisionCode) bool {
	if !it.NeedsPlace() {
		return true
	}
	_, err := org.StreetOf(ctx, s.DB, place)
	return err == nil
}

func wrongApplicant(a applicant) (bad []fault.Field) {
	if strings.TrimSpace(a.Name) == "" {
		bad = append(bad, fault.Field{Name: "applicant.name", Key: "form.empty"})
	}
	if _, err := ref.ParseCitizenNumber(a.Number); ref.PartyKind(a.Kind) == ref.PartyNatural && err != nil {
		bad = append(bad, fault.Field{Name: "applicant.number", Key: "form.wrong_idnumber"})
	}
	if _, err := ref.ParseUSCC(a.Number); ref.PartyKind(a.Kind) == ref.PartyLegal && err != nil {
		bad = append(bad, fault.Field{Name: "applicant.number", Key: "form.wrong_uscc"})
	}
	return bad
}

// wrongAnswers are the form's mistakes, and answers that no question of it asks for. One that is only
// not asked under the others is let be: it is not kept.
func wrongAnswers(m *form.Model, state *form.State, answers map[string]form.Answer) (bad []fault.Field) {
	for _, f := range state.Wrong() {
		f.Name = "answers." + f.Name
		bad = append(bad, f)
	}
	for key := range answers {
		if !m.Knows(key) {
			bad = append(bad, fault.Field{Name: fieldName("answers." + key), Key: "api.wrong.unexpected"})
		}
	}
	slices.SortFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return bad
}

// bytes are the file's; huma has checked that they are base64.
func (p paper) bytes() []byte {
	b, _ := base64.StdEncoding.DecodeString(p.Content)
	return b
}

// wrong is what is wrong with a file: it is too large, or of a type that is not taken, whatever it calls itself.
func (p paper) wrong() string {
	b := p.bytes()
	switch {
	case len(b) > intake.MaxPaper:
		return "fault.file_large"
	case !intake.Takes(blob.TypeOf(b)):
		return "intake.file_type"
	}
	return ""
}

// mostPapers of one material.
const mostPapers = 20

func wrongPapers(it *catalog.Item, state *form.State, b *submission) (bad []fault.Field) {
	given := b.Materials
	wrong := func(spec, key string, args ...any) {
		bad = append(bad, fault.Field{Name: fieldName("materials." + spec), Key: key, Args: args})
	}
	for _, m := range it.Materials {
		if intake.Needed(it, m) && state.Wants(m.ID) && len(given[m.ID]) == 0 && !b.vow().Covered(m.ID) {
			wrong(m.ID, "intake.material_missing")
		}
	}
	for spec, papers := range given {
		_, asked := it.Material(spec)
		switch {
		case !asked:
			wrong(spec, "intake.material_strange")
		case len(papers) > mostPapers:
			wrong(spec, "api.wrong.many", "max", mostPapers)
		default:
			for i, p := range papers {
				if key := p.wrong(); key != "" {
					wrong(spec+"["+strconv.Itoa(i)+"].content", key)
				}
			}
		}
	}
	slices.SortFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return bad
}

// apply keeps the party and the papers and makes the case.
func (s *Surface) apply(c *call, a intake.Application, b *submission) (ref.CaseID, error) {
	ctx := c.Context()
	who, err := s.Desk.Declare(ctx, a.By, ref.PartyKind(b.Applicant.Kind), b.Applicant.Name, b.Applicant.Number)
	if err != nil {
		return "", err
	}
	v, err := catalog.Get(ctx, s.DB, a.Version)
	if err != nil {
		return "", err
	}
	a.Party, a.Materials = who, map[string][]ref.MaterialID{}
	for spec, papers := range b.Materials {
		asked, _ := v.Doc().Material(spec)
		for _, p := range papers {
			m, err := s.Desk.Upload(ctx, a.By, intake.Paper{Party: who, Kind: asked.Kind, Name: asked.Name, Origin: "source.portal", Trust: material.Uploaded, Body: bytes.NewReader(p.bytes())})
			if err != nil {
				return "", err
			}
			a.Materials[spec] = append(a.Materials[spec], m.ID)
		}
	}
	return s.Desk.Apply(ctx, a)
}

// under names the fields of intake as the body does.
func under(err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	var bad []fault.Field
	for _, f := range fault.Fields(err) {
		switch {
		case strings.HasPrefix(f.Name, "material."):
			f.Name = "materials." + strings.TrimPrefix(f.Name, "material.")
		case f.Name == "name" || f.Name == "number" || f.Name == "kind":
			f.Name = "applicant." + f.Name
		case f.Name == "vow":
			f.Name = "agreed"
		default:
			f.Name = "answers." + f.Name
		}
		bad = append(bad, f)
	}
	if len(bad) == 0 {
		return err
	}
	return fault.Bad(bad...)
}
