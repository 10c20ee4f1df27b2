// Package signin lets staff in: password and time-based code, one-time links, sessions; and other
// systems: client credentials, bearer tokens.
//
// Invariants: the answer to a wrong account, password or code is one and the same; a password
// is never hashed inside a transaction; every sign-in, failure and enrolment leaves an audit
// row; a session is new at every sign-in.
package signin

import (
	"context"
	"strings"
	"time"

	"yimen/domain/audit"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Door is what signing in needs.
type Door struct {
	DB    *db.DB
	Vault *crypto.Vault
	Now   func() time.Time
}

var refused = fault.New(fault.Unauthenticated, "signin.refused")

// SignIn checks password and code and gives the person; TooMany while locked.
func (d *Door) SignIn(ctx context.Context, account, password, code string) (org.Staff, error) {
	now := d.Now()
	s, l, err := d.find(ctx, account)
	if err != nil {
		return org.Staff{}, err
	}
	good := identity.CheckPassword(l.Password, password)
	if now.Before(l.Locked) {
		if !good { // only whoever has the password learns that there is such an account
			return org.Staff{}, refused
		}
		return org.Staff{}, fault.New(fault.TooMany, "signin.locked", "minutes", int(l.Locked.Sub(now).Minutes())+1)
	}
	if s.ID == "" || !s.Active {
		return org.Staff{}, refused
	}
	secret, err := d.Vault.Open(ctx, d.DB, subject(s.ID), "identity_login.totp", l.TOTP)
	if err != nil {
		return org.Staff{}, err
	}
	used, fresh := identity.CheckCode(string(secret), strings.ReplaceAll(code, " ", ""), l.LastStep, now)
	return s, d.settle(ctx, s, good && fresh, used, now)
}

func subject(id ref.StaffID) string { return "staff:" + string(id) }

// find reads account and login; an unknown account gives empty ones, so that the answer takes
// as long as a wrong password.
func (d *Door) find(ctx context.Context, account string) (org.Staff, identity.Login, error) {
	s, err := org.StaffByAccount(ctx, d.DB, strings.ToLower(strings.TrimSpace(account)))
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return org.Staff{}, identity.Login{}, nil
	}
	if err != nil {
		return s, identity.Login{}, err
	}
	l, err := identity.Get(ctx, d.DB, s.ID)
	if fault.Is(err, fault.NotFound) {
		return org.Staff{}, identity.Login{}, nil
	}
	return s, l, err
}

func (d *Door) settle(ctx context.Context, s org.Staff, ok bool, used int64, now time.Time) error {
	err := d.DB.Write(ctx, "signin.SignIn", func(ctx context.Context, tx *db.Tx) error {
		verb := "signin.SignIn"
		if !ok {
			verb = "signin.Refused"
			if err := identity.Failed(ctx, tx, s.ID, now); err != nil {
				return err
			}
		} else if err := identity.Passed(ctx, tx, s.ID, used); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: subject(s.ID), Verb: verb, Object: subject(s.ID), At: now})
	})
	if err == nil && !ok || fault.Is(err, fault.Conflict) {
		return refused
	}
	return err
}

// Invite makes a one-time link for an account; the admin hands it over.
func (d *Door) Invite(ctx context.Context, by string, id ref.StaffID) (token string, err error) {
	now := d.Now()
	err = d.DB.Write(ctx, "signin.Invite", func(ctx context.Context, tx *db.Tx) error {
		if token, err = identity.Invite(ctx, tx, id, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "signin.Invite", Object: subject(id), At: now})
	})
	return token, err
}

// Invited says whose link it is.
func (d *Door) Invited(ctx context.Context, token string) (org.Staff, error) {
	id, err := identity.Invited(ctx, d.DB, token, d.Now())
	if err != nil {
		return org.Staff{}, err
	}
	return org.GetStaff(ctx, d.DB, id)
}

// Enrol sets password and code secret by a one-time link; the code proves the authenticator
// works before anything is saved.
func (d *Door) Enrol(ctx context.Context, token, password, secret, code string) (org.Staff, error) {
	now := d.Now()
	s, err := d.Invited(ctx, token)
	if err != nil {
		return s, err
	}
	if err := identity.GoodPassword(password); err != nil {
		return s, err
	}
	used, ok := identity.CheckCode(secret, strings.ReplaceAll(code, " ", ""), 0, now)
	if !ok {
		return s, fault.Bad(fault.Field{Name: "code", Key: "signin.wrong_code"})
	}
	hash := identity.HashPassword(password)
	err = d.DB.Write(ctx, "signin.Enrol", func(ctx context.Context, tx *db.Tx) error {
		if err := identity.UseInvite(ctx, tx, token, now); err != nil {
			return err
		}
		if err := d.set(ctx, tx, s.ID, hash, secret, used, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: subject(s.ID), Verb: "signin.Enrol", Object: subject(s.ID), At: now})
	})
	return s, err
}

// Give sets the login of loaded accounts: the demo town's and an importer's way in.
func (d *Door) Give(ctx context.Context, by string, passwordHash string, secrets map[ref.StaffID]string) error {
	now := d.Now()
	return d.DB.Write(ctx, "signin.Give", func(ctx context.Context, tx *db.Tx) error {
		for id, secret := range secrets {
			if err := d.set(ctx, tx, id, passwordHash, secret, 0, now); err != nil {
				return err
			}
			if err := audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "signin.Give", Object: subject(id), At: now}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Door) set(ctx context.Context, tx *db.Tx, id ref.StaffID, hash, secret string, used int64, now time.Time) error {
	box, err := d.Vault.Seal(ctx, tx, subject(id), "identity_login.totp", []byte(secret))
	if err != nil {
		return err
	}
	return identity.Set(ctx, tx, identity.Login{Staff: id, Password: hash, TOTP: box, LastStep: used, Changed: now})
}

// Secret opens an account's code secret; only the demo's one-click sign-in and `yimen demo
// --accounts` use it.
func (d *Door) Secret(ctx context.Context, id ref.StaffID) (string, error) {
	l, err := identity.Get(ctx, d.DB, id)
	if err != nil {
		return "", err
	}
	b, err := d.Vault.Open(ctx, d.DB, subject(id), "identity_login.totp", l.TOTP)
	return string(b), err
}
