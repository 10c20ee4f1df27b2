package standards

import (
	"context"
	"slices"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/powerlist"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// listed are the kinds of grant that the power list has to allow; the others are how an organ
// shares its own work among its own people.
var listed = map[delegation.Kind]string{delegation.Receive: powerlist.Receive, delegation.Accept: powerlist.Accept,
	delegation.DecideOnSpot: powerlist.DecideOnSpot, delegation.UseSeal: powerlist.Seal}

// Grant lets a person do one kind of act for an organ and an item. It is given by a keeper of the
// organ or the standards office. Errors: Invalid with fields, among them what the power list does
// not let be delegated; Denied. The grant's id is given.
func (l *Library) Grant(ctx context.Context, a Doing, g delegation.Grant) (string, error) {
	return l.do(ctx, "standards.Grant", a, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := MayWrite(a.By, ref.OrganID(g.Organ)); err != nil {
			return "", err
		}
		if err := l.soundGrant(ctx, tx, g); err != nil {
			return "", err
		}
		g.ID, g.By, g.Revoked, g.Why = db.NewID(), a.By.ID, time.Time{}, ""
		if err := delegation.Add(ctx, tx, g); err != nil {
			return "", err
		}
		return g.ID, l.record(ctx, tx, staff(a.By), "standards.Grant", "grant:"+g.ID, string(g.Staff), g.Organ, g.Item, string(g.Kind), g.Basis)
	})
}

// soundGrant says every field of a grant that is wrong.
func (l *Library) soundGrant(ctx context.Context, r db.Reader, g delegation.Grant) error {
	bad := append(l.soundPeriod(powerlist.Period{From: g.From, Until: g.Until}), blank("basis", g.Basis)...)
	if !slices.Contains(delegation.Kinds, g.Kind) {
		bad = append(bad, fault.Field{Name: "kind", Key: "form.choose"})
	}
	if g.Item == "" {
		bad = append(bad, fault.Field{Name: "item", Key: "form.choose"})
	}
	who, err := org.GetStaff(ctx, r, g.Staff)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || !who.Active {
		bad = append(bad, fault.Field{Name: "staff", Key: "delegate.nobody"})
	} else if key := unfit(who, g); key != "" {
		bad = append(bad, fault.Field{Name: "staff", Key: key})
	}
	if len(bad) == 0 {
		if bad, err = l.beyond(ctx, r, who, g); err != nil {
			return err
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// unfit says why a person cannot hold a kind of grant, "" when they can: only an organ's own people
// examine, decide and seal for it, on the spot only its representative (首席代表); a clerk of the
// hall takes in and accepts, nothing more.
func unfit(who org.Staff, g delegation.Grant) string {
	own := who.Organ == ref.OrganID(g.Organ)
	switch {
	case g.Kind == delegation.DecideOnSpot && !(own && who.Has("representative")):
		return "delegate.representative_only"
	case g.Kind == delegation.Receive || g.Kind == delegation.Accept:
		if !own && !who.Has("clerk") {
			return "delegate.clerk_or_own"
		}
	case !own:
		return "delegate.own_people_only"
	}
	return ""
}

// beyond holds a grant against the power list. Taking in and accepting by an organ's own people is nothing given out.
func (l *Library) beyond(ctx context.Context, r db.Reader, who org.Staff, g delegation.Grant) ([]fault.Field, error) {
	act, bound := listed[g.Kind]
	if who.Organ == ref.OrganID(g.Organ) && (g.Kind == delegation.Receive || g.Kind == delegation.Accept) {
		bound = false
	}
	if g.Item == delegation.Any {
		if !bound {
			return nil, nil
		}
		return l.beyondAll(ctx, r, g, act)
	}
	v, err := catalog.Current(ctx, r, ref.ItemID(g.Item))
	if fault.Is(err, fault.NotFound) {
		return []fault.Field{{Name: "item", Key: "form.choose"}}, nil
	}
	if err != nil {
		return nil, err
	}
	it := v.Doc()
	if it.Organ != ref.OrganID(g.Organ) {
		return theirs(ctx, r, it, g)
	}
	if !bound {
		return nil, nil
	}
	p, err := powerlist.Own(ctx, r, later(l.Now(), g.From), it.Organ, it.CatalogCode())
	if fault.Is(err, fault.NotFound) {
		return []fault.Field{{Name: "item", Key: "powerlist.no_power", Args: []any{"code", it.CatalogCode()}}}, nil
	}
	if err != nil || p.May(act) {
		return nil, err
	}
	return []fault.Field{{Name: "kind", Key: "delegate.beyond." + act, Args: []any{"powers", p.Name}}}, nil
}

// beyondAll is beyond for all items of an organ: each of its powers must let the act be delegated.
func (l *Library) beyondAll(ctx context.Context, r db.Reader, g delegation.Grant, act string) ([]fault.Field, error) {
	powers, err := powerlist.Of(ctx, r, later(l.Now(), g.From), ref.OrganID(g.Organ))
	if err != nil {
		return nil, err
	}
	var kept []string
	for _, p := range powers {
		if !p.May(act) {
			kept = append(kept, p.Name)
		}
	}
	switch {
	case len(powers) == 0:
		return []fault.Field{{Name: "organ", Key: "delegate.no_powers"}}, nil
	case len(kept) > 0:
		return []fault.Field{{Name: "kind", Key: "delegate.beyond." + act, Args: []any{"powers", strings.Join(kept[:min(3, len(kept))], "、")}}}, nil
	}
	return nil, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// theirs checks a grant for an organ that has a part in another's item: it examines or gives an
// opinion where the plan says so, a street accepts where the law has it accept (转报).
func theirs(ctx context.Context, r db.Reader, it *catalog.Item, g delegation.Grant) ([]fault.Field, error) {
	organ, err := org.GetOrgan(ctx, r, ref.OrganID(g.Organ))
	if err != nil {
		return nil, err
	}
	here := func(o ref.OrganID) bool { return o == organ.ID || o == catalog.Street && organ.Kind == "street" }
	if g.Kind == delegation.Accept && here(it.Acceptor()) {
		return nil, nil
	}
	if slices.ContainsFunc(it.Plan.Steps, func(s catalog.Step) bool { return s.Kind == string(g.Kind) && here(s.Organ) }) {
		return nil, nil
	}
	return []fault.Field{{Name: "item", Key: "delegate.not_their_item"}}, nil
}

// Revocation takes something given back.
type Revocation struct {
	ID, On, Why string // On: yyyy-mm-dd, the first day without it; today: from now on
}

// Revoke ends a grant. Errors: Invalid, Denied, Conflict when it was revoked before.
func (l *Library) Revoke(ctx context.Context, a Doing, x Revocation) error {
	_, err := l.do(ctx, "standards.Revoke", a, func(ctx context.Context, tx *db.Tx) (string, error) {
		g, err := delegation.GetGrant(ctx, tx, x.ID)
		if err != nil {
			return "", err
		}
		at, err := l.mayRevoke(a, ref.OrganID(g.Organ), x)
		if err != nil {
			return "", err
		}
		if err := delegation.Revoke(ctx, tx, x.ID, at, x.Why); err != nil {
			return "", err
		}
		return x.ID, l.record(ctx, tx, staff(a.By), "standards.Revoke", "grant:"+x.ID, x.On, x.Why)
	})
	return err
}

func (l *Library) mayRevoke(a Doing, organ ref.OrganID, x Revocation) (time.Time, error) {
	if err := MayWrite(a.By, organ); err != nil {
		return time.Time{}, err
	}
	at, bad := l.last(x.On)
	if bad = append(bad, blank("why", x.Why)...); len(bad) > 0 {
		return at, fault.Bad(bad...)
	}
	return at, nil
}

// Entrust lets another organ exercise powers of an organ (委托实施). Only who has the power entrusts
// it, an entrusted organ never does; the basis and the public notice are part of it (行政许可法 24).
func (l *Library) Entrust(ctx context.Context, a Doing, e delegation.Entrustment) (string, error) {
	return l.do(ctx, "standards.Entrust", a, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := MayWrite(a.By, e.From); err != nil {
			return "", err
		}
		if err := l.soundEntrustment(ctx, tx, e); err != nil {
			return "", err
		}
		e.ID, e.By, e.Revoked, e.Why = db.NewID(), a.By.ID, time.Time{}, ""
		if err := delegation.AddEntrustment(ctx, tx, e); err != nil {
			return "", err
		}
		return e.ID, l.record(ctx, tx, staff(a.By), "standards.Entrust", "entrust:"+e.ID, string(e.From), string(e.To), e.Power, e.Basis)
	})
}

func (l *Library) soundEntrustment(ctx context.Context, r db.Reader, e delegation.Entrustment) error {
	bad := slices.Concat(l.soundPeriod(powerlist.Period{From: e.Begins, Until: e.Until}), soundBasis("["+e.Basis+"]"), blank("notice_at", e.NoticeAt))
	told, err := calendar.ParseDate(e.NoticeOn)
	switch {
	case err != nil:
		bad = append(bad, fault.Field{Name: "notice_on", Key: "form.wrong_date"})
	case told.At(0).After(e.Begins):
		bad = append(bad, fault.Field{Name: "notice_on", Key: "delegate.told_late"})
	}
	if _, err := org.GetOrgan(ctx, r, e.To); err != nil || e.To == e.From {
		bad = append(bad, fault.Field{Name: "to", Key: "form.choose"})
	}
	key, err := l.entrusts(ctx, r, e)
	if err != nil {
		return err
	}
	if key != "" {
		bad = append(bad, fault.Field{Name: "power", Key: key})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// entrusts says why an organ cannot entrust a power, "" when it can.
func (l *Library) entrusts(ctx context.Context, r db.Reader, e delegation.Entrustment) (string, error) {
	all, err := powerlist.Versions(ctx, r, e.Power)
	if err != nil {
		return "", err
	}
	owned := slices.ContainsFunc(all, func(p powerlist.Power) bool { return p.Organ == e.From && p.Holds(e.Begins) })
	if owned {
		return "", nil
	}
	got, err := delegation.Entrusted(ctx, r, later(l.Now(), e.Begins), e.From, e.Power)
	if err != nil {
		return "", err
	}
	if len(got) > 0 {
		return "delegate.passed_on", nil
	}
	return "delegate.not_owned", nil
}

// RevokeEntrustment ends an entrustment; the entrusting organ decides itself again.
func (l *Library) RevokeEntrustment(ctx context.Context, a Doing, x Revocation) error {
	_, err := l.do(ctx, "standards.RevokeEntrustment", a, func(ctx context.Context, tx *db.Tx) (string, error) {
		e, err := delegation.GetEntrustment(ctx, tx, x.ID)
		if err != nil {
			return "", err
		}
		at, err := l.mayRevoke(a, e.From, x)
		if err != nil {
			return "", err
		}
		if err := delegation.RevokeEntrustment(ctx, tx, x.ID, at, x.Why); err != nil {
			return "", err
		}
		return x.ID, l.record(ctx, tx, staff(a.By), "standards.RevokeEntrustment", "entrust:"+x.ID, x.On, x.Why)
	})
	return err
}
