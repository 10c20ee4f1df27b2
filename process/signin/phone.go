package signin

import (
	"context"
	"strings"
	"time"

	"yimen/connector"
	"yimen/domain/audit"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Outside is what letting people in from outside needs beside the Door.
type Outside struct {
	*Door
	Bus    *event.Bus
	Texter connector.Texter                     // nil: no way to send codes yet
	Text   func(key string, args ...any) string // sentences of text messages
	// Providers are the real-name providers of this town.
	Providers []Provider
}

// SendCode sends a one-time code to a phone and gives its id; token is the browser's device, if any. Whether anybody signed in with
// the phone before makes no difference to the answer. Errors: Invalid, TooMany, Unavailable.
func (o *Outside) SendCode(ctx context.Context, typed, token string) (id string, err error) {
	phone, err := ref.ParsePhone(typed)
	if err != nil || len(phone) != 11 || phone[0] != '1' {
		return "", fault.Bad(fault.Field{Name: "phone", Key: "signin.phone_wrong"})
	}
	if o.Texter == nil {
		return "", fault.New(fault.Unavailable, "signin.no_texts")
	}
	now := o.Now()
	var code string
	err = o.DB.Write(ctx, "signin.SendCode", func(ctx context.Context, tx *db.Tx) error {
		known, err := identity.Knows(ctx, tx, o.Vault, phone, token)
		if err != nil {
			return err
		}
		id, code, err = identity.NewCode(ctx, tx, o.Vault, phone, known, now)
		return err
	})
	if err != nil {
		return "", err
	}
	return id, o.Texter.Send(ctx, connector.Text{ID: id, To: phone, Body: o.Text("text.code", "code", code)})
}

// Visit is a browser in which somebody entered the right code.
type Visit struct {
	Account identity.Account
	Device  identity.Device
	Token   string // the device's new token, empty for a browser that was known
	Me      identity.Me
}

// EnterCode lets whoever has the code in. The same answer for a wrong, an old and an unknown one.
func (o *Outside) EnterCode(ctx context.Context, id, typed, token, label string) (Visit, error) {
	code := strings.Join(strings.Fields(typed), "")
	now := o.Now()
	var v Visit
	right := false
	err := o.DB.Write(ctx, "signin.EnterCode", func(ctx context.Context, tx *db.Tx) (err error) {
		v = Visit{}
		if right, err = identity.TryCode(ctx, tx, o.Vault, id, code, now); err != nil || !right {
			return err
		}
		sent, err := identity.GetCode(ctx, tx, id)
		if err != nil {
			return err
		}
		phone, err := sent.Open(ctx, tx, o.Vault)
		if err != nil {
			return err
		}
		if v.Account, err = identity.EnsureAccount(ctx, tx, o.Vault, phone, now); err != nil {
			return err
		}
		return o.enter(ctx, tx, &v, browser{token, label}, now)
	})
	if err == nil && right {
		return v, nil
	}
	if err == nil || fault.Is(err, fault.NotFound) {
		err = fault.Bad(fault.Field{Name: "code", Key: "signin.code_wrong"})
	}
	return Visit{}, err
}

// browser is what a browser says of itself.
type browser struct{ token, label string }

func (o *Outside) enter(ctx context.Context, tx *db.Tx, v *Visit, b browser, now time.Time) (err error) {
	if v.Device, v.Token, err = identity.KnowDevice(ctx, tx, v.Account.ID, b.token, b.label, now); err != nil {
		return err
	}
	if v.Token != "" && !v.Account.Made.Equal(now) { // the first browser of a new account is nobody's surprise
		if err := o.Bus.Publish(ctx, tx, identity.DeviceAdded{Account: v.Account.ID, Device: v.Device.ID}); err != nil {
			return err
		}
	}
	v.Me = identity.Me{Account: v.Account.ID, Device: v.Device.ID, Level: ref.AssuranceCode}
	if v.Account.Party != "" && now.Before(v.Device.RealUntil) {
		v.Me.Level, v.Me.Person, v.Me.For = ref.AssuranceReal, v.Account.Party, v.Account.Party
	}
	object := identity.Subject(v.Account.ID)
	return audit.Record(ctx, tx, audit.Entry{Actor: object, Verb: "signin.EnterCode", Object: object, After: audit.Digest(v.Device.ID, string(v.Me.Level)), At: now})
}

// Proven is what raises an account to the real-name level.
type Proven struct {
	Account ref.AccountID
	Device  string
	By      string // "provider:NAME" or "window:STAFF"
	Name    string
	Number  string
}

// Prove ties an account to whom a real-name provider vouched for, and trusts the device it was
// done on for a while. Errors: Conflict when the account is another person's, Denied when the
// provider's name is not the one that is held.
func (o *Outside) Prove(ctx context.Context, p Proven) (ref.PartyID, error) {
	number, err := ref.ParseCitizenNumber(p.Number)
	if err != nil {
		return "", fault.New(fault.Denied, "signin.provider_number").Wrap(err)
	}
	var who party.Party
	err = o.DB.Write(ctx, "signin.Prove", func(ctx context.Context, tx *db.Tx) (err error) {
		who, err = party.Ensure(ctx, tx, o.Vault, party.Party{Kind: ref.PartyNatural, Name: p.Name, Made: o.Now()}, string(number))
		if err == nil && who.Name != p.Name {
			err = fault.New(fault.Denied, "signin.name_differs")
		}
		if err != nil {
			return err
		}
		return o.bind(ctx, tx, p, who.ID)
	})
	return who.ID, err
}

// bind ties account and party, trusts the device and tells it.
func (o *Outside) bind(ctx context.Context, tx *db.Tx, p Proven, who ref.PartyID) error {
	now := o.Now()
	if err := identity.Bind(ctx, tx, p.Account, who, p.By, now); err != nil {
		return err
	}
	if err := identity.TrustDevice(ctx, tx, p.Device, now); err != nil {
		return err
	}
	entry := audit.Entry{Actor: p.By, Verb: "signin.Prove", Object: identity.Subject(p.Account), After: audit.Digest(string(who), p.Device), At: now}
	if err := audit.Record(ctx, tx, entry); err != nil {
		return err
	}
	return o.Bus.Publish(ctx, tx, identity.WasProven{Account: p.Account, Party: who})
}

// ShowLink gives the characters that a person shows at a window to have this phone confirmed.
func (o *Outside) ShowLink(ctx context.Context, me identity.Me) (code string, err error) {
	now := o.Now()
	err = o.DB.Write(ctx, "signin.ShowLink", func(ctx context.Context, tx *db.Tx) (err error) {
		if code, err = identity.NewLink(ctx, tx, o.Vault, me.Account, me.Device, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: me.Actor(), Verb: "signin.ShowLink", Object: me.Actor(), At: now})
	})
	return code, err
}

// BindAtWindow confirms that a phone is the person's who stands at the window: their card was
// read or they confirmed on the counter's screen, and they showed the phone's characters.
func (o *Outside) BindAtWindow(ctx context.Context, by org.Staff, presence, typed string) error {
	now := o.Now()
	p, err := party.GetPresence(ctx, o.DB, presence)
	if err != nil {
		return err
	}
	if !p.Open(now, by.ID) {
		return fault.New(fault.Conflict, "fault.presence_over")
	}
	who, err := party.Get(ctx, o.DB, p.Party)
	if err != nil {
		return err
	}
	if who.Kind != ref.PartyNatural {
		return fault.New(fault.Conflict, "signin.not_a_person")
	}
	err = o.DB.Write(ctx, "signin.BindAtWindow", func(ctx context.Context, tx *db.Tx) error {
		account, device, err := identity.UseLink(ctx, tx, o.Vault, typed, now)
		if err != nil {
			return err
		}
		return o.bind(ctx, tx, Proven{Account: account, Device: device, By: "window:" + string(by.ID)}, p.Party)
	})
	if fault.Is(err, fault.NotFound) {
		return fault.Bad(fault.Field{Name: "link", Key: "signin.link_wrong"})
	}
	return err
}

// RemoveDevice takes a browser's access away.
func (o *Outside) RemoveDevice(ctx context.Context, me identity.Me, device string) error {
	return o.DB.Write(ctx, "signin.RemoveDevice", func(ctx context.Context, tx *db.Tx) error {
		if err := identity.RemoveDevice(ctx, tx, me.Account, device, o.Now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: me.Actor(), Verb: "signin.RemoveDevice", Object: me.Actor(), After: audit.Digest(device), At: o.Now()})
	})
}

// Return gives who a running session is: its device may have been removed meanwhile, and the
// real-name level ends with the device's trust. company is whom the person chose to speak for.
func (o *Outside) Return(ctx context.Context, account ref.AccountID, device string, level ref.Assurance, company ref.PartyID) (identity.Me, identity.Account, error) {
	gone := fault.New(fault.Unauthenticated, "fault.unauthenticated")
	a, err := identity.GetAccount(ctx, o.DB, account)
	if err != nil {
		return identity.Me{}, a, err
	}
	d, err := identity.GetDevice(ctx, o.DB, device)
	if err != nil || !d.Removed.IsZero() || d.Account != a.ID {
		return identity.Me{}, a, gone.Wrap(err)
	}
	if now := o.Now(); d.Stale(now) {
		if err := o.DB.Write(ctx, "signin.See", func(ctx context.Context, tx *db.Tx) error { return identity.SeeDevice(ctx, tx, d, now) }); err != nil {
			return identity.Me{}, a, err
		}
	}
	me := identity.Me{Account: a.ID, Device: d.ID, Level: ref.AssuranceCode}
	if level != ref.AssuranceReal || a.Party == "" || !o.Now().Before(d.RealUntil) {
		return me, a, nil
	}
	me.Level, me.Person, me.For = level, a.Party, a.Party
	if company != "" {
		speaks, err := party.SpeaksFor(ctx, o.DB, a.Party, company)
		if err != nil {
			return me, a, err
		}
		if speaks {
			me.For = company
		}
	}
	return me, a, nil
}
