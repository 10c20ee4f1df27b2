package signin

import (
	"context"
	"slices"
	"strings"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// tokenLife is how long a portal's token is good; it asks for the next one by itself.
const tokenLife = time.Hour

// MostDays is the longest a staff token may be good.
const MostDays = 366

// StaffToken makes a bearer token that may whatever the account may, for a number of days. Its text exists nowhere else.
func (d *Door) StaffToken(ctx context.Context, by, account string, days int) (text string, until time.Time, err error) {
	if days < 1 || days > MostDays {
		return "", until, fault.Bad(fault.Field{Name: "days", Key: "api.token.days", Args: []any{"max", MostDays}})
	}
	s, err := org.StaffByAccount(ctx, d.DB, strings.ToLower(strings.TrimSpace(account)))
	if err != nil {
		return "", until, err
	}
	if !s.Active {
		return "", until, fault.New(fault.Denied, "fault.denied")
	}
	now := d.Now()
	until = now.AddDate(0, 0, days)
	err = d.DB.Write(ctx, "signin.StaffToken", func(ctx context.Context, tx *db.Tx) error {
		text, err = identity.NewToken(ctx, tx, identity.Token{Kind: identity.TokenStaff, Subject: string(s.ID), Scopes: identity.Everything, Made: now, Expires: until})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "signin.StaffToken", Object: subject(s.ID), At: now})
	})
	return text, until, err
}

// RevokeStaff ends all tokens of an account and says how many there were.
func (d *Door) RevokeStaff(ctx context.Context, by, account string) (n int64, err error) {
	s, err := org.StaffByAccount(ctx, d.DB, strings.ToLower(strings.TrimSpace(account)))
	if err != nil {
		return 0, err
	}
	now := d.Now()
	err = d.DB.Write(ctx, "signin.RevokeStaff", func(ctx context.Context, tx *db.Tx) error {
		if n, err = identity.RevokeTokens(ctx, tx, identity.TokenStaff, string(s.ID), now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "signin.RevokeStaff", Object: subject(s.ID), At: now})
	})
	return n, err
}

// AddPortal lets another system in: it gives the id and the secret, which exists nowhere else.
// Errors: Invalid with every wrong field.
func (d *Door) AddPortal(ctx context.Context, by string, p identity.Portal) (made identity.Portal, secret string, err error) {
	p.Name = strings.TrimSpace(p.Name)
	if err := d.checkPortal(ctx, p); err != nil {
		return p, "", err
	}
	if p.ID == "" {
		p.ID = ref.PortalID(db.NewID())
	}
	now := d.Now()
	p.Active, p.Made = true, now
	err = d.DB.Write(ctx, "signin.AddPortal", func(ctx context.Context, tx *db.Tx) error {
		if secret, err = identity.AddPortal(ctx, tx, p); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "signin.AddPortal", Object: portal(p.ID), After: audit.Digest(p.Verbs, p.Items, p.Organs, string(p.Assurance)), At: now})
	})
	return p, secret, err
}

func portal(id ref.PortalID) string { return "portal:" + string(id) }

func (d *Door) checkPortal(ctx context.Context, p identity.Portal) error {
	var bad []fault.Field
	wrong := func(name, key string, args ...any) { bad = append(bad, fault.Field{Name: name, Key: key, Args: args}) }
	if n := len([]rune(p.Name)); n == 0 || n > 60 {
		wrong("name", "api.portal.name")
	}
	verbs := strings.Fields(p.Verbs)
	if len(verbs) == 0 || slices.ContainsFunc(verbs, func(v string) bool { return !slices.Contains(identity.Verbs(), v) }) {
		wrong("verbs", "api.portal.verbs", "verbs", strings.Join(identity.Verbs(), " "))
	}
	if !p.Assurance.Known() {
		wrong("assurance", "api.portal.assurance")
	}
	for _, item := range listed(p.Items) {
		if _, err := catalog.GetRow(ctx, d.DB, ref.ItemID(item)); err != nil {
			wrong("items", "api.portal.item", "item", item)
		}
	}
	for _, organ := range listed(p.Organs) {
		if _, err := org.GetOrgan(ctx, d.DB, ref.OrganID(organ)); err != nil {
			wrong("organs", "api.portal.organ", "organ", organ)
		}
	}
	if strings.TrimSpace(p.Items) == "" || strings.TrimSpace(p.Organs) == "" {
		wrong("items", "api.portal.empty")
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

func listed(s string) []string {
	if s == identity.Any {
		return nil
	}
	return strings.Fields(s)
}

// ClosePortal shuts a system out at once, with all its tokens and hooks.
func (d *Door) ClosePortal(ctx context.Context, by string, id ref.PortalID) error {
	now := d.Now()
	return d.DB.Write(ctx, "signin.ClosePortal", func(ctx context.Context, tx *db.Tx) error {
		if err := identity.ClosePortal(ctx, tx, id); err != nil {
			return err
		}
		if _, err := identity.RevokeTokens(ctx, tx, identity.TokenPortal, string(id), now); err != nil {
			return err
		}
		if err := identity.CloseHooks(ctx, tx, id, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "signin.ClosePortal", Object: portal(id), At: now})
	})
}

// Credentials are what a client presents (RFC 6749 §4.4). Scope narrows its verbs; empty: all of them.
type Credentials struct {
	ID, Secret, Scope string
}

// Issued is an access token for a client.
type Issued struct {
	Token  string
	Scope  string
	Expiry time.Duration
}

var (
	stranger   = fault.New(fault.Unauthenticated, "api.token.client")
	wrongScope = fault.Bad(fault.Field{Name: "scope", Key: "api.token.scope"})
)

// Grant gives a portal its next access token. An unknown client, a wrong secret, a closed and a locked portal get one answer
// and cost the same work. Errors: Unauthenticated; Invalid for a scope the portal does not have.
func (d *Door) Grant(ctx context.Context, c Credentials) (Issued, error) {
	now := d.Now()
	p, err := identity.GetPortal(ctx, d.DB, ref.PortalID(brief(c.ID)))
	if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid) {
		return Issued{}, err
	}
	right := p.Knows(c.Secret, now)
	verbs := p.Narrowed(scopeOf(c.Scope)).Verbs
	out := Issued{Scope: verbs, Expiry: tokenLife}
	err = d.DB.Write(ctx, "signin.Grant", func(ctx context.Context, tx *db.Tx) error {
		verb := "signin.Grant"
		switch {
		case !right:
			verb = "signin.GrantRefused"
			if err := identity.PortalFailed(ctx, tx, p.ID, now); err != nil {
				return err
			}
		case verbs == "":
			return wrongScope
		default:
			if err := identity.PortalPassed(ctx, tx, p.ID); err != nil {
				return err
			}
			out.Token, err = identity.NewToken(ctx, tx, identity.Token{Kind: identity.TokenPortal, Subject: string(p.ID), Scopes: verbs, Made: now, Expires: now.Add(tokenLife)})
			if err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: portal(p.ID), Verb: verb, Object: portal(p.ID), At: now})
	})
	if err == nil && !right {
		return Issued{}, stranger
	}
	return out, err
}

func scopeOf(asked string) string {
	if strings.TrimSpace(asked) == "" {
		return identity.Everything
	}
	return asked
}

func brief(id string) string {
	if len(id) > 64 {
		return ""
	}
	return id
}

// Bearer is who holds a token.
type Bearer struct {
	Staff  org.Staff       // of a staff token
	Portal identity.Portal // of a portal's, with no more verbs than the token
}

var noBearer = fault.New(fault.Unauthenticated, "api.token.bearer")

// Bearer says whose token this is, and notes once a minute that it is in use. Errors: Unauthenticated for every token that
// opens nothing: unknown, ended, revoked, of a closed account or portal.
func (d *Door) Bearer(ctx context.Context, text string) (Bearer, error) {
	now := d.Now()
	t, err := identity.TokenOf(ctx, d.DB, text)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) || err == nil && !t.Good(now) {
		return Bearer{}, noBearer
	}
	if err != nil {
		return Bearer{}, err
	}
	b, err := d.holder(ctx, t)
	if err != nil || !t.Stale(now) {
		return b, err
	}
	return b, d.DB.Write(ctx, "signin.Bearer", func(ctx context.Context, tx *db.Tx) error {
		return identity.TouchToken(ctx, tx, t.Hash, now)
	})
}

func (d *Door) holder(ctx context.Context, t identity.Token) (b Bearer, err error) {
	active := false
	if t.Kind == identity.TokenStaff {
		b.Staff, err = org.GetStaff(ctx, d.DB, ref.StaffID(t.Subject))
		active = b.Staff.Active
	} else {
		b.Portal, err = identity.GetPortal(ctx, d.DB, ref.PortalID(t.Subject))
		b.Portal = b.Portal.Narrowed(t.Scopes)
		active = b.Portal.Active
	}
	if fault.Is(err, fault.NotFound) || err == nil && !active {
		return Bearer{}, noBearer
	}
	return b, err
}
