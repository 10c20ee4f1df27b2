package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"yimen/app"
	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/form"
	"yimen/domain/licence"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/foundation/telemetry"
	"yimen/process/disclose"
	"yimen/process/inform"
	"yimen/process/intake"
	"yimen/process/issuance"
	"yimen/process/review"
	"yimen/ref"
	"yimen/town"
)

// hunt looks for secrets in every form a careless program leaves them in.
type hunt struct {
	byHead map[string][]prey
}

type prey struct {
	form []byte
	what string
}

// headLen bytes of each form are hashed; shorter forms are not looked for.
const headLen = 8

func (h *hunt) add(what, secret string) {
	u := utf16.Encode([]rune(secret))
	le, be := make([]byte, 0, 2*len(u)), make([]byte, 0, 2*len(u))
	for _, c := range u {
		le, be = append(le, byte(c), byte(c>>8)), append(be, byte(c>>8), byte(c))
	}
	hexed := hex.EncodeToString([]byte(secret))
	forms := [][]byte{[]byte(secret), le, be, []byte(hexed), []byte(strings.ToUpper(hexed))}
	for pad := range 3 { // base64 of the secret in the middle of something, at each alignment
		e := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", pad) + secret))
		from, to := (pad*8+5)/6, len(e)
		if i := strings.IndexByte(e, '='); i > 0 {
			to = i - 1
		}
		forms = append(forms, []byte(e[from:to]))
	}
	for _, f := range forms {
		if len(f) >= headLen {
			h.byHead[string(f[:headLen])] = append(h.byHead[string(f[:headLen])], prey{f, what})
		}
	}
}

// in lists what is found in a pile of bytes.
func (h *hunt) in(pile []byte) (found []string) {
	for i := 0; i+headLen <= len(pile); i++ {
		for _, p := range h.byHead[string(pile[i:i+headLen])] {
			if bytes.HasPrefix(pile[i:], p.form) {
				found = append(found, p.what)
			}
		}
	}
	return found
}

func townHunt(t *testing.T) *hunt {
	t.Helper()
	tw, err := town.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := &hunt{map[string][]prey{}}
	persons, companies := town.People(tw, town.Seed)
	for _, p := range persons {
		h.add(p.Key+" number", string(p.Number))
		h.add(p.Key+" phone", p.Phone)
		h.add(p.Key+" address", p.Address)
		h.add(p.Key+" domicile", p.Domicile)
	}
	for _, c := range companies {
		h.add(c.Key+" phone", c.Phone)
	}
	return h
}

// piles reads everything a house keeps: files, and for PostgreSQL every row as text.
func piles(t *testing.T, a *apptest.App, dirs ...string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			out[path] = b
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if a.DB.Engine() == db.Postgres {
		tables, err := db.Find[string](ctx, a.DB, "select table_name from information_schema.tables where table_schema = 'public'")
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			rows, err := db.Find[string](ctx, a.DB, fmt.Sprintf(`select x::text from "%s" x`, table))
			if err != nil {
				t.Fatal(err)
			}
			out["table "+table] = []byte(strings.Join(rows, "\n"))
		}
	}
	return out
}

// TestNothingPersonalLiesOpen searches database, write-ahead log, blobs, keys and logs for every
// town person's number, phone and address in four encodings, after a day's work; a planted
// leak is found.
func TestNothingPersonalLiesOpen(t *testing.T) {
	prey := townHunt(t)
	engines(t, func(t *testing.T, address string) {
		var log bytes.Buffer
		data := t.TempDir()
		old := slog.Default()
		slog.SetDefault(telemetry.NewLogger(&log, slog.LevelDebug))
		defer slog.SetDefault(old)
		a := apptest.NewIn(t, data, address, slog.Default())
		aDaysWork(t, a)
		dirs := []string{data}
		if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
			dirs = append(dirs, filepath.Dir(path))
		}
		for place, pile := range piles(t, a, dirs...) {
			if found := prey.in(pile); len(found) > 0 {
				t.Errorf("%s holds %v", place, found[:min(5, len(found))])
			}
		}
		if found := prey.in(log.Bytes()); len(found) > 0 {
			t.Errorf("the log holds %v", found)
		}
		plantLeak(t, a, prey, dirs)
	})
}

// plantLeak leaks one number into a table and a file; the hunt must find both.
func plantLeak(t *testing.T, a *apptest.App, prey *hunt, dirs []string) {
	t.Helper()
	tw, _ := town.Load()
	persons, _ := town.People(tw, town.Seed)
	err := a.DB.Write(ctx, "plant", func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "update org_staff set phone = $1 where account = 'clerk01'", base64.StdEncoding.EncodeToString([]byte("tel "+persons[7].Phone+" ")))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	u := utf16.Encode([]rune(persons[8].Address))
	var le []byte
	for _, c := range u {
		le = append(le, byte(c), byte(c>>8))
	}
	if err := os.WriteFile(filepath.Join(dirs[0], "leak"), le, 0o600); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, pile := range piles(t, a, dirs...) {
		for _, f := range prey.in(pile) {
			found[f] = true
		}
	}
	for _, want := range []string{persons[7].Key + " phone", persons[8].Key + " address"} {
		if !found[want] {
			t.Errorf("the planted leak %s was not found", want)
		}
	}
}

// aDaysWork reads cards, types numbers with reasons, fills forms with phones and addresses,
// looks, decides and refuses.
func aDaysWork(t *testing.T, a *apptest.App) {
	t.Helper()
	tw, _ := town.Load()
	persons, _ := town.People(tw, town.Seed)
	clerk := a.Staff("clerk01")
	for _, p := range persons[:5] {
		reader, end, _ := app.CardReader(persons)(p.Key)
		if _, err := a.Desk.ReadCard(ctx, clerk, reader); err != nil {
			t.Fatal(err)
		}
		end()
	}
	_, err := a.Desk.TypeNumber(ctx, intake.Typed{By: clerk, Kind: ref.PartyNatural, Number: string(persons[20].Number), Reason: "本人电话" + persons[20].Phone + "，住" + persons[20].Address})
	if err != nil {
		t.Fatal(err)
	}
	q := a.Acceptance("clerk01", "cc-individual-business", "person-001")
	for e, x := range q.Answers {
		switch f := a.Field("cc-individual-business", e); f.Kind {
		case "phone":
			x.Value = persons[0].Phone
		case "address":
			x.Value = persons[0].Address
		case "idnumber":
			x.Value = string(persons[0].Number)
		}
		q.Answers[e] = x
	}
	overTheInterface(t, a, persons)
	id, err := a.Desk.Accept(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	a.Settle()
	err = a.Gate.Look(ctx, disclose.Look{By: clerk, Party: q.Party, Case: id, Purpose: disclose.ForProgress, Reason: "核对" + persons[0].Phone})
	if err != nil {
		t.Fatal(err)
	}
	d := a.Decision("market-rep-zumiao", a.Task(id, approval.Decide, ""), approval.Refuse)
	d.Note = "申请人" + persons[0].Name + "（" + string(persons[0].Number) + "）的场所不符合条件。"
	a.Decide(d)
	departing(t, a, persons)
	copies(t, a, persons)
	onThePhone(t, a, persons)
	if _, err := a.Door.SignIn(ctx, string(persons[3].Number), persons[3].Phone, "000000"); err == nil {
		t.Fatal("a stranger got in")
	}
}

// departing writes a number, a phone and an address into what is said for and against leaving the rule.
func departing(t *testing.T, a *apptest.App, persons []town.Person) {
	t.Helper()
	task := a.Task(a.Accept("clerk01", "cc-individual-business", "person-007"), approval.Decide, "")
	for _, do := range []string{review.Reject, review.Confirm} {
		d := a.Decision("market-rep-zumiao", task, approval.Refuse)
		d.Findings, d.RuleRow, d.Reason = a.Findings(task, "R1"), "", persons[6].Address+"的邻居"+persons[7].Phone+"反对。"
		a.Decide(d)
		waits, err := approval.Get(ctx, a.DB, task.ID)
		if err != nil {
			t.Fatal(err)
		}
		by := a.Staff("market-decide")
		err = a.Board.Answer(ctx, review.Answer{Submit: a.Submit(by, "test.answer"), By: by, Task: task.ID, Departure: waits.Departure, Do: do, Note: "请再问" + string(persons[6].Number)})
		if err != nil {
			t.Fatal(err)
		}
		a.Settle()
	}
}

// copies writes numbers, phones and addresses into what a copy is for and into the reason of a change.
func copies(t *testing.T, a *apptest.App, persons []town.Person) {
	t.Helper()
	id := a.Accept("clerk01", "cc-individual-business", "person-006")
	a.Decide(a.Decision("market-rep-zumiao", a.Task(id, approval.Decide, ""), approval.Grant))
	all, err := licence.ByCase(ctx, a.DB, id)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	by := "party:" + string(all[0].Party)
	_, err = a.Press.Copy(ctx, issuance.CopyOrder{Submit: once.Submit{Actor: by, Route: "test.copy", Key: db.NewID(), At: a.Clock.Now()}, Party: all[0].Party, Licence: all[0].ID,
		Purpose: "给" + persons[5].Phone + "开户", Recipient: persons[5].Address, Until: calendar.DateOf(a.Clock.Now()) + 9, By: by})
	if err != nil {
		t.Fatal(err)
	}
	a.Settle()
	if err := a.Press.Restate(ctx, "staff:supervisor", all[0].ID, ref.LicenceSuspended, string(persons[5].Number)+"住"+persons[5].Address); err != nil {
		t.Fatal(err)
	}
}

// onThePhone signs in, says who one is, fills a draft, writes a message and has the phone confirmed, each with a number, phone or
// address in it.
func onThePhone(t *testing.T, a *apptest.App, persons []town.Person) {
	t.Helper()
	who := persons[30]
	p := &apptest.Phone{Number: who.Phone}
	a.SignIn(p)
	mine := a.Declared(p, who.Name, string(who.Number))
	draft := a.DraftOn(p, "cc-individual-business", mine)
	err := a.Desk.KeepOnline(ctx, p.Me, draft, func(c *form.Content) {
		for e, x := range c.Answers {
			x.Value = map[string]string{"phone": who.Phone, "address": who.Address, "idnumber": string(who.Number)}[a.Field("cc-individual-business", e).Kind]
			if x.Value != "" {
				c.Answers[e] = x
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.Desk.Apply(ctx, a.Application(p, draft))
	if err != nil {
		t.Fatal(err)
	}
	a.Settle()
	_, err = a.Post.Say(ctx, inform.Saying{Submit: once.Submit{Actor: p.Me.Actor(), Route: "test.say", Key: db.NewID(), At: a.Clock.Now()}, Case: id, Me: p.Me,
		Body: "我的身份证" + string(who.Number) + "，电话" + who.Phone + "，住" + who.Address})
	if err != nil {
		t.Fatal(err)
	}
	a.DraftOn(p, "cc-individual-business", mine)
	a.Prove(p, who.Key)
}
