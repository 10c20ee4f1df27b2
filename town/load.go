package town

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"yimen/domain/delegation"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/pdf"
	"yimen/process/intake"
	"yimen/process/standards"
	"yimen/process/supervise"
	"yimen/ref"
)

// importer is the actor in whose name the town is loaded.
const importer = "system:import"

// Loader carries the town into an empty house, through processes only.
type Loader struct {
	Library *standards.Library
	Desk    *intake.Desk
	Watch   *supervise.Watch
	Seal    func(organ ref.OrganID, name string) error // makes an organ's demo key
	Text    func(key string, args ...any) string
	Now     time.Time
}

// Load writes structure, items and people. The house must be empty.
func (l *Loader) Load(ctx context.Context, t *Town) error {
	t = t.ByCode()
	if err := l.Library.Found(ctx, importer, l.structure(t)); err != nil {
		return fmt.Errorf("load the town's structure: %w", err)
	}
	for _, o := range t.Org.Organs {
		if err := l.Seal(o.ID, o.Name); err != nil {
			return fmt.Errorf("seal of %s: %w", o.Name, err)
		}
	}
	given, barred, err := l.lists(t)
	if err != nil {
		return err
	}
	if err := l.Library.ImportPowers(ctx, importer, given...); err != nil {
		return fmt.Errorf("load the power list: %w", err)
	}
	if err := l.Library.ImportNegative(ctx, importer, barred...); err != nil {
		return fmt.Errorf("load the negative list: %w", err)
	}
	if err := l.Library.ImportElements(ctx, importer, elements(t)); err != nil {
		return fmt.Errorf("load the data elements: %w", err)
	}
	for i := range t.Items {
		if _, err := l.Library.Publish(ctx, importer, &t.Items[i]); err != nil {
			return fmt.Errorf("publish %s: %w", t.Items[i].ID, err)
		}
	}
	for n := 1; n <= 2; n++ { // the second edition leaves something to be done
		if _, err := l.Library.ImportBasic(ctx, importer, t.BasicEdition(n)); err != nil {
			return fmt.Errorf("import edition %d of the basic catalogue: %w", n, err)
		}
	}
	if err := l.Library.ImportBundles(ctx, importer, t.Bundles); err != nil {
		return err
	}
	if len(t.Inspection.Rules) > 0 {
		if err := l.Watch.ImportRules(ctx, importer, t.Inspection); err != nil {
			return fmt.Errorf("load the rules of inspection: %w", err)
		}
	}
	return l.people(ctx, t)
}

func (l *Loader) structure(t *Town) standards.Town {
	var out standards.Town
	for _, o := range t.Org.Organs {
		out.Organs = append(out.Organs, org.Organ{ID: o.ID, Name: o.Name, Short: o.Doc, Level: o.Level, Division: o.Division.Short(), Kind: o.Kind, Phone: o.Phone, Head: o.Head})
	}
	for _, h := range t.Org.Halls {
		out.Halls = append(out.Halls, org.Hall{ID: h.ID, Code: string(h.ID), Name: h.Name, Division: h.Town.Short(), Address: h.Address, Hours: h.Hours, Phone: h.Phone})
	}
	for _, w := range t.Org.Windows {
		out.Windows = append(out.Windows, org.Window{ID: w.ID, Hall: w.Hall, Number: w.Number, Name: w.Name})
	}
	for _, p := range t.Org.Points {
		out.Points = append(out.Points, org.Point{ID: string(p.Code), Name: p.Name, Division: p.Code.Short(), Hall: p.Hall})
	}
	kinds := map[ref.OrganID]string{}
	for _, o := range t.Org.Organs {
		kinds[o.ID] = o.Kind
	}
	for _, s := range t.Staff {
		out.Staff = append(out.Staff, org.Staff{ID: s.ID, Account: s.Account, Name: s.Name, Organ: s.Organ, Hall: s.Hall, Window: s.Window, Post: s.Post, Roles: strings.Join(s.Roles, ","), Active: true})
		out.Grants = append(out.Grants, l.grants(s, kinds)...)
	}
	return out
}

// grants gives each grant one row an item. Where a street accepts for the district by law, it
// does so in its own name (社会救助暂行办法 4, 11), so the grant is on the street.
func (l *Loader) grants(s Staff, kinds map[ref.OrganID]string) (out []delegation.Grant) {
	for _, g := range s.Grants {
		organ := g.Organ
		if g.Kind == string(delegation.Accept) && kinds[s.Organ] == "street" && g.Organ != s.Organ {
			organ = s.Organ
		}
		for _, item := range g.Items {
			out = append(out, delegation.Grant{ID: fmt.Sprintf("%s.%s.%s.%s", s.ID, g.Kind, organ, item), Staff: s.ID, Organ: string(organ), Item: string(item),
				Kind: delegation.Kind(g.Kind), From: l.Now.AddDate(-1, 0, 0), Basis: "town/data/staff.json"})
		}
	}
	return out
}

// known is one party with its facts and papers.
type known struct {
	party  party.Party
	number string
	facts  []party.Fact
	held   []Held
	key    string // in the generator
	by     string // the key of who speaks for a company
}

func (l *Loader) people(ctx context.Context, t *Town) error {
	persons, companies := People(t, Seed)
	var people, firms []known
	for _, p := range persons {
		people = append(people, known{party: party.Party{Kind: ref.PartyNatural, Name: p.Name}, number: string(p.Number), key: p.Key,
			facts: l.facts("source.population", party.Phone, p.Phone, party.Address, p.Address), held: p.Held})
	}
	for _, c := range companies {
		firms = append(firms, known{party: party.Party{Kind: ref.PartyLegal, Name: c.Name}, number: string(c.Number), key: c.Key, by: c.By,
			facts: l.facts("source.register", party.Phone, c.Phone, party.Address, c.Address, "representative", c.Representative, "company_name", c.Name, "scope", c.Scope), held: c.Held})
	}
	var ids sync.Map // key → party
	if err := each(people, func(k known) error { return l.register(ctx, k, &ids) }); err != nil {
		return err
	}
	return each(firms, func(k known) error { return l.register(ctx, k, &ids) })
}

func (l *Loader) facts(source string, pairs ...string) (out []party.Fact) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, party.Fact{Name: pairs[i], Value: pairs[i+1], Source: source, At: l.Now.AddDate(0, -4, 0)})
	}
	return out
}

func (l *Loader) register(ctx context.Context, k known, ids *sync.Map) error {
	id, err := l.Desk.Register(ctx, importer, k.party, k.number, k.facts...)
	if err != nil {
		return fmt.Errorf("register %s: %w", k.party.Name, err)
	}
	ids.Store(k.key, id)
	if person, there := ids.Load(k.by); there {
		tie := party.Tie{Company: id, Person: person.(ref.PartyID), Kind: party.Representative, Source: "source.register"}
		if err := l.Desk.Tie(ctx, importer, tie); err != nil {
			return fmt.Errorf("representative of %s: %w", k.party.Name, err)
		}
	}
	for _, h := range k.held {
		content, err := l.specimen(h)
		if err != nil {
			return err
		}
		_, err = l.Desk.Upload(ctx, importer, intake.Paper{Party: id, Kind: h.Kind, Name: h.Name, Origin: "source.held", Trust: material.Issued, Until: l.until(h), Body: bytes.NewReader(content)})
		if err != nil {
			return fmt.Errorf("paper %s of %s: %w", h.Kind, k.party.Name, err)
		}
	}
	return nil
}

func (l *Loader) until(h Held) time.Time {
	if len(h.To) != 8 {
		return time.Time{}
	}
	d, err := calendar.ParseDate(h.To[:4] + "-" + h.To[4:6] + "-" + h.To[6:])
	if err != nil {
		return time.Time{}
	}
	return d.End()
}

var (
	specimens = map[string][]byte{}
	drawing   sync.Mutex
)

// specimen draws the page that stands for a paper; one drawing a kind is enough, the paper's
// particulars are facts.
func (l *Loader) specimen(h Held) ([]byte, error) {
	drawing.Lock()
	defer drawing.Unlock()
	if b := specimens[h.Kind]; b != nil {
		return b, nil
	}
	b, err := pdf.Render(pdf.Document{Layout: pdf.Licence, Title: h.Name, Organ: h.Issuer, Watermark: l.Text("letter.watermark"), Made: l.Now,
		Paragraphs: []string{l.Text("letter.specimen")}})
	specimens[h.Kind] = b
	return b, err
}

// each runs f over all with eight at a time, so that the writer commits them in groups.
func each[T any](all []T, f func(T) error) error {
	errs := make(chan error, 1)
	slots := make(chan struct{}, 8)
	var wg sync.WaitGroup
	for _, x := range all {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := f(x); err != nil {
				select {
				case errs <- err:
				default:
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}
