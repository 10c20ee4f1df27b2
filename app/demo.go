package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"yimen/device"
	"yimen/device/fake"
	"yimen/device/idcard"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/ref"
	"yimen/town"
)

// demoFile is what a demo keeps beside its database: the one password of all its accounts, and its portal.
type demoFile struct {
	Password string     `json:"password"`
	Portal   demoPortal `json:"portal"`
}

// LoadTown loads the demo town into an empty house; a house that has one is left alone.
func (h *House) LoadTown(ctx context.Context) error {
	there, err := h.Library.Founded(ctx)
	if err != nil {
		return err
	}
	if there { // the file is written last, so its absence means that loading was cut off
		if _, err := os.Stat(filepath.Join(h.Data, "demo.json")); err != nil {
			return fmt.Errorf("the town in %s was not loaded whole: start over with --fresh", h.Data)
		}
		return nil
	}
	t, err := town.Load()
	if err != nil {
		return err
	}
	if len(h.Items) > 0 {
		t = t.Only(h.Items...)
	}
	l := town.Loader{Library: h.Library, Desk: h.Desk, Watch: h.Watch, Seal: h.Ring.Name, Text: letterText, Now: h.Now()}
	if err := l.Load(ctx, t); err != nil {
		return err
	}
	return h.giveLogins(ctx, t)
}

func (h *House) giveLogins(ctx context.Context, t *town.Town) error {
	b := make([]byte, 10)
	rand.Read(b)
	d := demoFile{Password: strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))}
	secrets := map[ref.StaffID]string{}
	for _, s := range t.Staff {
		secrets[s.ID] = identity.NewSecret()
	}
	if err := h.Door.Give(ctx, "system:import", identity.HashPassword(d.Password), secrets); err != nil {
		return err
	}
	var err error
	if d.Portal, err = h.addDemoPortal(ctx); err != nil {
		return err
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(h.Data, "demo.json"), raw, 0o600)
}

// demoData reads what a demo keeps beside its database.
func (h *House) demoData() (d demoFile, err error) {
	raw, err := os.ReadFile(filepath.Join(h.Data, "demo.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return d, fmt.Errorf("%s holds no demo town", h.Data)
	}
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	return d, err
}

// Account is one demo account as `yimen demo --accounts` prints it.
type Account struct {
	Account  string `json:"account"`
	Name     string `json:"name"`
	Organ    string `json:"organ,omitempty"`
	Post     string `json:"post"`
	Roles    string `json:"roles"`
	Password string `json:"password"`
	TOTP     string `json:"totp_secret"`
}

// Accounts lists the demo's accounts.
func (h *House) Accounts(ctx context.Context) ([]Account, error) {
	d, err := h.demoData()
	if err != nil {
		return nil, err
	}
	organs, err := org.Organs(ctx, h.DB)
	if err != nil {
		return nil, err
	}
	staff, err := org.AllStaff(ctx, h.DB, "", 10000)
	if err != nil {
		return nil, err
	}
	var out []Account
	for _, s := range staff {
		secret, err := h.Door.Secret(ctx, s.ID)
		if err != nil {
			continue // an account made later, with its own password
		}
		out = append(out, Account{s.Account, s.Name, organs[s.Organ].Name, s.Post, s.Roles, d.Password, secret})
	}
	return out, nil
}

// DemoSignIn is the one click of the demo's sign-in page. It goes round password and code,
// which are printed beside it anyway, and exists in a demo only.
func (h *House) DemoSignIn(ctx context.Context, account string) (org.Staff, error) {
	return org.StaffByAccount(ctx, h.DB, account)
}

// Cards are the demo's people whose card may lie on a window's reader.
func (h *House) Cards() ([]town.Person, error) {
	t, err := town.Ground()
	if err != nil {
		return nil, err
	}
	persons, _ := town.People(t, town.Seed)
	return persons, nil
}

// CardReader connects to a fake reader on which the chosen person's card lies; it speaks the
// real reader's protocol. The func ends the connection.
func CardReader(persons []town.Person) func(choice string) (device.IDReader, func(), error) {
	byKey := map[string]town.Person{}
	for _, p := range persons {
		byKey[p.Key] = p
	}
	return func(choice string) (device.IDReader, func(), error) {
		sam := fake.NewSAM()
		if p, ok := byKey[choice]; ok {
			sam.Place(fake.Text(cardOf(p)), nil)
		}
		line := sam.Connect()
		r := idcard.New(line, idcard.Settings{})
		return r, func() { _ = r.Close(); _ = line.Close() }, nil
	}
}

func cardOf(p town.Person) device.Card {
	c := device.Card{Kind: device.CardCitizen, Name: p.Name, Sex: p.Sex, Ethnic: p.Ethnic, Born: calendar.DateOf(p.Born), Address: p.Domicile, Number: string(p.Number),
		Issuer: p.Issuer, LongTerm: p.CardTo == town.Forever}
	c.From = cardDay(p.CardFrom)
	if !c.LongTerm {
		c.To = cardDay(p.CardTo)
	}
	return c
}

func cardDay(s string) calendar.Date {
	if len(s) != 8 {
		return 0
	}
	d, _ := calendar.ParseDate(s[:4] + "-" + s[4:6] + "-" + s[6:])
	return d
}
