package window

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/page"
)

// readWait is how long a card may take to be put on and read.
const readWait = 4 * time.Second

// itemView is what to look at before the person's papers come over the counter.
type itemView struct {
	Doc     *catalog.Item
	Organ   org.Organ
	Accepts bool // this clerk accepts in the organ's name
	Citing  func(catalog.Citation) string
	Cards   []page.Option
	Card    string // the chosen one
	Resume  string // the characters of a draft from a phone to go on with
	In      *page.Input
	Err     error
	Shut    string // why it takes no applications here; empty: it does
}

func (s *Surface) item(w http.ResponseWriter, r *http.Request) error {
	v, err := s.itemView(r, ref.ItemID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, itemPage(page.Of(r), v))
}

func (s *Surface) itemView(r *http.Request, id ref.ItemID) (itemView, error) {
	current, err := catalog.Current(r.Context(), s.DB, id)
	if err != nil {
		return itemView{}, err
	}
	v := itemView{Doc: current.Doc(), Citing: s.citation, Cards: s.Cards}
	if v.Organ, err = org.GetOrgan(r.Context(), s.DB, v.Doc.Organ); err != nil {
		return v, err
	}
	if v.Accepts, err = s.accepts(r, v.Doc); err != nil {
		return v, err
	}
	err = intake.Offered(r.Context(), s.DB, id, clerk(r).Hall, "", page.Of(r).Now)
	if fault.Is(err, fault.Conflict) {
		v.Shut, err = page.Of(r).T(fault.As(err).Key, fault.As(err).Args...), nil
	}
	return v, err
}

// accepts says whether the submit will be an acceptance, the way the process will judge it.
func (s *Surface) accepts(r *http.Request, it *catalog.Item) (bool, error) {
	if it.Accept != catalog.AcceptAtWindow {
		return false, nil
	}
	err := delegation.Permit(r.Context(), s.DB, page.Of(r).Now, clerk(r).ID, delegation.Accept, it.Organ, it.ID)
	if fault.Is(err, fault.Denied) {
		return false, nil
	}
	return err == nil, err
}

func (s *Surface) citation(c catalog.Citation) string {
	return s.Press.Article(c.Article, c.Sub, c.Paragraph, c.Point)
}

// card reads the card on the reader and begins a draft for its holder.
func (s *Surface) card(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	choice := in.Text("card")
	ctx, cancel := context.WithTimeout(r.Context(), readWait)
	defer cancel()
	presence, err := s.Card(ctx, clerk(r), choice)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) && fault.KindOf(err) == fault.Internal {
			err = fault.New(fault.Unavailable, "window.card.late").Wrap(err)
		}
		return s.refused(w, r, in, err)
	}
	return s.begin(w, r, in, presence, choice)
}

func (s *Surface) typed(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	t := intake.Typed{By: clerk(r), Kind: ref.PartyKind(in.Text("kind")), Number: in.Compact("number"), Name: in.Text("name"), Reason: in.Text("reason")}
	presence, err := s.Desk.TypeNumber(r.Context(), t)
	if err != nil {
		return s.refused(w, r, in, err)
	}
	return s.begin(w, r, in, presence, t.Number)
}

// refused shows the item again with what the reader or the number's check said. What only concerns us stays a fault.
func (s *Surface) refused(w http.ResponseWriter, r *http.Request, in *page.Input, cause error) error {
	if k := fault.KindOf(cause); k == fault.Internal || k == fault.Denied || r.Context().Err() != nil {
		return cause
	}
	v, err := s.itemView(r, ref.ItemID(in.Text("item")))
	if err != nil {
		return err
	}
	v.In, v.Err, v.Card, v.Resume = in, cause, in.Text("card"), in.Text("resume")
	return page.Show(w, r, http.StatusUnprocessableEntity, itemPage(page.Of(r), v))
}

// begin opens a draft and writes into it what is held already, each value with its source and day.
func (s *Surface) begin(w http.ResponseWriter, r *http.Request, in *page.Input, presence party.Presence, who string) error {
	if in.Text("resume") != "" {
		return s.takeOver(w, r, in, presence.ID)
	}
	item := ref.ItemID(in.Text("item"))
	sub, err := submit(r, in, "POST /window/begin", string(item), who)
	if err != nil {
		return err
	}
	id, err := s.Desk.Begin(r.Context(), sub, clerk(r), item, presence.ID)
	if err != nil {
		return err
	}
	if err := s.prefill(r, id); err != nil {
		return err
	}
	return page.Redirect(w, r, "/window/draft/"+id)
}

// reason opens why a number was typed, for the note of the look.
func (s *Surface) reason(ctx context.Context, p party.Presence) (string, error) {
	if len(p.Reason) == 0 {
		return "", nil
	}
	b, err := s.Vault.Open(ctx, s.DB, string(p.Party), "party_presence.reason."+p.ID, p.Reason)
	return string(b), err
}

// look notes that the clerk reads what is held on a person at the counter.
func (s *Surface) look(r *http.Request, p party.Presence) error {
	why, err := s.reason(r.Context(), p)
	if err != nil {
		return err
	}
	return s.Gate.Look(r.Context(), disclose.Look{By: clerk(r), Party: p.Party, Purpose: disclose.ForIntake, Reason: why})
}

func (v itemView) typedFields(p *page.Page) []page.Field {
	fields := []page.Field{
		{Name: "kind", Label: p.T("window.typed.kind"), Kind: page.Radio, Value: string(v.likely()), Options: []page.Option{
			{Value: string(ref.PartyNatural), Text: p.T(ref.PartyNatural.Key())}, {Value: string(ref.PartyLegal), Text: p.T(ref.PartyLegal.Key())}}},
		{Name: "number", Label: p.T("window.typed.number"), Kind: page.IDNumber, Key: "F7"},
		{Name: "name", Label: p.T("window.typed.name"), Hint: p.T("window.typed.name.hint"), Optional: true, Auto: "off"},
		{Name: "reason", Label: p.T("window.typed.reason"), Hint: p.T("window.typed.reason.hint"), Auto: "off", Full: true},
	}
	return page.Refill(p, fields, v.In, v.Err)
}

// likely is the kind of applicant most who ask for the item are.
func (v itemView) likely() ref.PartyKind {
	for _, a := range v.Doc.Audience {
		if a.Party() == ref.PartyNatural {
			return ref.PartyNatural
		}
	}
	return ref.PartyLegal
}

func (v itemView) cardField(p *page.Page) page.Field {
	return page.Field{Name: "card", Label: p.T("window.card.which"), Hint: p.T("window.card.which.hint"), Kind: page.Select, Value: v.Card, Options: v.Cards}
}

func (v itemView) head(p *page.Page) page.Head {
	return page.Head{Title: v.Doc.Name, Lead: v.Doc.Summary, Back: page.Link{Text: p.T("window.start.title"), Href: "/window"},
		Problems: page.Problems(p, v.typedFields(p), v.Err)}
}

func span(p *page.Page, s catalog.Span) string {
	if s.Unit == "" {
		return p.T("window.span.none")
	}
	return p.T("window.span."+s.Unit, "n", s.N)
}

func (v itemView) facts(p *page.Page) []page.Row {
	rows := []page.Row{
		{Label: p.T("window.fact.accept"), Value: v.acceptWords(p)},
		{Label: p.T("window.fact.promised"), Value: span(p, v.Doc.Times.Promised), Note: p.T("window.fact.legal", "span", span(p, v.Doc.Times.Legal))},
		{Label: p.T("window.fact.organ"), Value: v.Organ.Name, Note: v.Organ.Phone},
		{Label: p.T("window.fact.result"), Value: v.Doc.Result.Name},
		{Label: p.T("window.fact.fee"), Value: v.fee(p)},
	}
	if v.Doc.Service.Process != "" {
		rows = append(rows, page.Row{Label: p.T("window.fact.process"), Value: v.Doc.Service.Process})
	}
	return rows
}

func (v itemView) acceptWords(p *page.Page) string {
	if v.Accepts {
		return p.T("window.accepts.here", "organ", v.Organ.Name)
	}
	return p.T("window.accepts.organ", "organ", v.Organ.Name)
}

func (v itemView) fee(p *page.Page) string {
	if !v.Doc.Fee.Charged {
		return p.T("window.fee.none")
	}
	return v.Doc.Fee.Note
}

func (v itemView) basis(p *page.Page, c *catalog.Citation) string {
	if c == nil {
		return ""
	}
	return p.T("window.citation", "law", c.Law, "article", v.Citing(*c))
}

func needTone(n ref.Need) page.Tone {
	if n == ref.NeedRequired {
		return page.Info
	}
	return page.Plain
}

// need is what the item wants of a material in one word: what an organ issued itself is not asked for.
func need(p *page.Page, m catalog.MaterialSpec) string {
	if !m.HandedIn() {
		return p.T("window.material.looked_up")
	}
	return p.T(m.Need.Key())
}

func (itemView) listed(p *page.Page, points []string) string {
	return strings.Join(points, p.T("window.list_mark"))
}
