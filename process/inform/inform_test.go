package inform_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"yimen/app/apptest"
	"yimen/connector"
	"yimen/domain/approval"
	"yimen/domain/identity"
	"yimen/domain/notice"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/inform"
	"yimen/ref"
)

const (
	road    = "cc-road-dig" // accepted at the window in its organ's name
	hygiene = "cc-hygiene"  // taken in at the window, accepted by its organ
)

// phoneOf is a person's phone as the government holds it.
func phoneOf(t *testing.T, a *apptest.App, who ref.PartyID) string {
	t.Helper()
	facts, err := party.Facts(t.Context(), a.DB, a.Vault, who, party.Phone)
	if err != nil {
		t.Fatal(err)
	}
	return facts[party.Phone].Value
}

// got is the bodies of the texts on a phone, oldest first.
func got(t *testing.T, a *apptest.App, phone string) (out []string) {
	gateway, _ := a.Simulators()
	for _, m := range gateway.Received(phone) {
		out = append([]string{m.Body}, out...)
	}
	return out
}

func textsOf(t *testing.T, a *apptest.App, id ref.CaseID) []notice.Text {
	t.Helper()
	list, err := notice.Texts(t.Context(), a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func state(t *testing.T, a *apptest.App, id ref.CaseID) notice.State {
	t.Helper()
	list := textsOf(t, a, id)
	if len(list) == 0 {
		t.Fatal("no text")
	}
	return list[len(list)-1].State
}

// TestWayOfACase: each thing that happens is told once, in notice and text, and no text holds a
// name or a number of the person.
func TestWayOfACase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		who := a.Person("company-01")
		phone := phoneOf(t, a, who.ID)
		id := a.Accept("clerk01", hygiene, "company-01")
		points := a.Decision("health-accept", a.Task(id, approval.Accept, ""), approval.Points)
		points.Note = "补一份平面图\n\n补一份检测报告"
		a.Decide(points)
		if err := a.Desk.Supply(t.Context(), apptest.Supply(a, id, "clerk01", nil)); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		a.Decide(a.Decision("health-accept", a.Task(id, approval.Accept, ""), approval.Take))
		kinds := ""
		list, _, err := notice.Of(t.Context(), a.DB, []ref.PartyID{who.ID}, "", notice.After{})
		for _, n := range list {
			kinds = n.Kind + " " + kinds
		}
		if err != nil || kinds != "taken returned supplied accepted " {
			t.Errorf("told %q, %v", kinds, err)
		}
		bodies := got(t, a, phone)
		if len(bodies) != 4 || !strings.Contains(bodies[1], "有2处要补正") || !strings.Contains(bodies[3], "已受理") {
			t.Fatalf("%q", bodies)
		}
		for _, b := range bodies {
			if n := utf8.RuneCountInString(b); n > 70 || strings.ContainsAny(b, "{}") || !strings.HasPrefix(b, "【一门】办件") || !strings.Contains(b, "咨询0757-") || strings.Contains(b, who.Name) {
				t.Errorf("%d characters: %s", n, b)
			}
		}
		for _, x := range textsOf(t, a, id) {
			if x.State != notice.Delivered || x.Attempts != 1 || len(x.Phone) != 0 {
				t.Errorf("%s: %s after %d tries, phone kept: %v", x.Kind, x.State, x.Attempts, len(x.Phone) > 0)
			}
		}
	})
}

func TestQuietHoursDelayTexts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		phone := phoneOf(t, a, a.Person("company-01").ID)
		a.Clock.Add(13 * time.Hour) // 22:30
		id := a.Accept("clerk01", road, "company-01")
		if len(got(t, a, phone)) != 0 || state(t, a, id) != notice.Queued {
			t.Fatal("a text in the night")
		}
		n, err := notice.Unread(t.Context(), a.DB, []ref.PartyID{a.Person("company-01").ID}, "")
		if n != 1 || err != nil {
			t.Error("the notice waits too", n, err)
		}
		a.Clock.Add(9*time.Hour + 29*time.Minute) // 07:59
		a.Settle()
		if len(got(t, a, phone)) != 0 {
			t.Error("a text before eight")
		}
		a.Clock.Add(time.Minute)
		a.Settle()
		if len(got(t, a, phone)) != 1 || state(t, a, id) != notice.Delivered {
			t.Error("no text at eight", state(t, a, id))
		}
	})
}

// TestGatewayMisbehaves: a text goes out once or stands in the list of a person; nothing else waits.
func TestGatewayMisbehaves(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		gateway, _ := a.Simulators()
		phone := phoneOf(t, a, a.Person("company-01").ID)
		for _, c := range []struct {
			manner string
			behave func()
			want   notice.State
			comes  int
		}{
			{"honest", func() { gateway.Behave("") }, notice.Delivered, 1}, {"twice", func() { gateway.Behave("twice") }, notice.Delivered, 1},
			{"silent", func() { gateway.Behave("silent") }, notice.Sent, 1}, {"fails", func() { gateway.Behave("fails") }, notice.Failed, 1},
			{"refuse", func() { gateway.Behave("refuse") }, notice.Failed, 0}, {"down", func() { gateway.Behave("down") }, notice.Queued, 0},
			{"break", func() { gateway.Behave("break") }, notice.Delivered, 1}, {"late", func() { gateway.Behave("late") }, notice.Sent, 1},
		} {
			c.behave()
			before := len(got(t, a, phone))
			id := a.Accept("clerk01", road, "company-01")
			if s, n := state(t, a, id), len(got(t, a, phone))-before; s != c.want || n != c.comes {
				t.Errorf("%s: %s, %d texts", c.manner, s, n)
			}
			if c.manner == "late" {
				if gateway.Report(); state(t, a, id) != notice.Delivered {
					t.Error("a late receipt is not heard")
				}
			}
		}
		// Down for a while, then up: it comes, once, while others went their way.
		gateway.Behave("")
		before := len(got(t, a, phone))
		a.Clock.Add(5 * time.Minute)
		a.Settle()
		if n := len(got(t, a, phone)) - before; n != 1 {
			t.Errorf("%d texts after the gateway is back", n)
		}
	})
}

func TestDownForADayIsGivenUpAndSentOnAWord(t *testing.T) {
	a := apptest.New(t, "sqlite:"+t.TempDir()+"/y.db")
	gateway, _ := a.Simulators()
	phone := phoneOf(t, a, a.Person("company-01").ID)
	gateway.Behave("down")
	id := a.Accept("clerk01", road, "company-01")
	for range 60 {
		a.Clock.Add(time.Hour)
		a.Settle()
	}
	list, _, err := notice.Undelivered(t.Context(), a.DB, notice.After{})
	if err != nil || len(list) != 1 || list[0].State != notice.Failed || list[0].Attempts != 12 || list[0].Error != "connector.unavailable" {
		t.Fatalf("%+v %v", list, err)
	}
	gateway.Behave("")
	if err := a.Post.Again(t.Context(), "staff:admin", list[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := a.Post.Again(t.Context(), "staff:admin", list[0].ID); !fault.Is(err, fault.Conflict) {
		t.Error("again twice:", err)
	}
	a.Clock.Add(12 * time.Hour)
	a.Settle()
	if len(got(t, a, phone)) != 1 || state(t, a, id) != notice.Delivered {
		t.Error(state(t, a, id))
	}
}

// stopping is a gateway during whose call the program dies, as far as the database can tell.
type stopping struct{ sent int }

var errDied = errors.New("the program died here")

func (s *stopping) Send(context.Context, connector.Text) error { s.sent++; panic(errDied) }

// TestCrashBetweenAnswerAndCommit: a text whose answer was lost with the program is not sent again.
func TestCrashBetweenAnswerAndCommit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		dying := &stopping{}
		a.Post.Texter = dying
		id, err := a.Desk.Accept(t.Context(), a.Acceptance("clerk01", road, "company-01"))
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if _, err := a.Bus.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			a.Clock.Add(time.Minute)
		}
		if dying.sent != 1 || state(t, a, id) != notice.Unknown {
			t.Fatalf("sent %d times, %s", dying.sent, state(t, a, id))
		}
		x := textsOf(t, a, id)[0]
		for _, c := range []struct {
			says connector.Delivery
			want notice.State
		}{{connector.Sent, notice.Sent}, {connector.Delivered, notice.Delivered}, {connector.Delivered, notice.Delivered}, {connector.Failed, notice.Delivered}} {
			if err := a.Post.Receipt(t.Context(), connector.Receipt{ID: x.ID, State: c.says, At: a.Clock.Now()}); err != nil || state(t, a, id) != c.want {
				t.Errorf("after %s: %s, %v", c.says, state(t, a, id), err)
			}
		}
		if err := a.Post.Receipt(t.Context(), connector.Receipt{ID: "somebody's code", State: connector.Delivered}); err != nil {
			t.Error("a receipt of no text of ours:", err)
		}
	})
}

func TestNoGatewayNoTexts(t *testing.T) {
	a := apptest.New(t, "sqlite:"+t.TempDir()+"/y.db")
	a.Post.Texter = nil
	id := a.Accept("clerk01", road, "company-01")
	if list := textsOf(t, a, id); len(list) != 0 {
		t.Error(list)
	}
	if n, err := notice.Unread(t.Context(), a.DB, []ref.PartyID{a.Person("company-01").ID}, ""); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// account is somebody signed in with a phone.
func account(t *testing.T, a *apptest.App, phone string) identity.Me {
	t.Helper()
	var me identity.Me
	err := a.DB.Write(t.Context(), "test", func(ctx context.Context, tx *db.Tx) error {
		acc, err := identity.EnsureAccount(ctx, tx, a.Vault, phone, a.Clock.Now())
		me = identity.Me{Account: acc.ID, Level: ref.AssuranceCode}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return me
}

func TestNewDeviceIsWarnedOfAtNight(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Clock.Add(13 * time.Hour)
		me := account(t, a, "19900005555")
		err := a.DB.Write(t.Context(), "test", func(ctx context.Context, tx *db.Tx) error {
			return a.Bus.Publish(ctx, tx, identity.DeviceAdded{Account: me.Account, Device: "d"})
		})
		if err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if b := got(t, a, "19900005555"); len(b) != 1 || !strings.Contains(b[0], "新设备") || strings.Contains(b[0], "{") {
			t.Errorf("%q", b)
		}
		if n, err := notice.Unread(t.Context(), a.DB, nil, me.Account); n != 1 || err != nil {
			t.Error(n, err)
		}
	})
}

func (s saying) do(t *testing.T) (string, error) { return s.a.Post.Say(t.Context(), s.Saying) }

type saying struct {
	inform.Saying
	a *apptest.App
}

func say(a *apptest.App, key string, id ref.CaseID, body string, me identity.Me, account string) saying {
	s := saying{inform.Saying{Case: id, Body: body, Me: me}, a}
	actor := me.Actor()
	if account != "" {
		s.By = a.Staff(account)
		actor = "staff:" + string(s.By.ID)
	}
	s.Submit = once.Submit{Actor: actor, Route: "test.say", Key: "key-of-a-message-" + key, Hash: once.Hash(body), At: a.Clock.Now()}
	return s
}

// TestTwoWayMessages: party and organ write to each other, each is told, a stranger is not there.
func TestTwoWayMessages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		who := a.Person("company-01")
		me := identity.Me{Account: "account", Level: ref.AssuranceReal, Person: a.Person("person-001").ID, For: who.ID}
		phone := phoneOf(t, a, who.ID)
		id := a.Accept("clerk01", hygiene, "company-01")
		const account = "health-accept"
		organ := a.Staff(account).Organ
		asked := say(a, "1", id, "  请问施工图要几份？ ", me, "")
		first, err := asked.do(t)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := asked.do(t); again != first || err != nil {
			t.Error("the same message twice:", again, err)
		}
		a.Settle()
		rows, _, err := a.Work.Questions(t.Context(), []ref.OrganID{organ}, "")
		if err != nil || len(rows) != 1 || rows[0].Case != id {
			t.Fatal(rows, err)
		}
		before := len(got(t, a, phone))
		if _, err := say(a, "2", id, "两份就可以。", identity.Me{}, account).do(t); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if b := got(t, a, phone); len(b) != before+1 || !strings.Contains(b[before], "你有一条新消息") {
			t.Errorf("%q", b)
		}
		if rows, _, err := a.Work.Questions(t.Context(), []ref.OrganID{organ}, ""); err != nil || len(rows) != 0 {
			t.Error("still open:", rows, err)
		}
		list, err := a.Cases.MessagesFor(t.Context(), id)
		if err != nil || len(list) != 2 || list[0].Text != "请问施工图要几份？" || list[1].By != "" || list[1].Organ == "" {
			t.Errorf("%+v %v", list, err)
		}
		if staff, err := a.Cases.Messages(t.Context(), id); err != nil || staff[1].By != a.Staff(account).Name {
			t.Error(staff, err)
		}
		refused(t, a, id, me)
	})
}

func refused(t *testing.T, a *apptest.App, id ref.CaseID, me identity.Me) {
	stranger := identity.Me{Account: "other", Level: ref.AssuranceReal, Person: a.Person("person-002").ID, For: a.Person("person-002").ID}
	for what, c := range map[string]struct {
		s    saying
		kind fault.Kind
	}{
		"a stranger":            {say(a, "3", id, "你好", stranger, ""), fault.NotFound},
		"a phone alone":         {say(a, "4", id, "你好", identity.Me{Account: "phone", Level: ref.AssuranceCode}, ""), fault.NotFound},
		"an organ without part": {say(a, "5", id, "你好", identity.Me{}, "admin"), fault.Denied},
		"nothing":               {say(a, "6", id, " \n ", me, ""), fault.Invalid},
		"too much":              {say(a, "7", id, strings.Repeat("长", inform.SayMax+1), me, ""), fault.Invalid},
		"the key again":         {say(a, "1", id, "别的话", me, ""), fault.Conflict},
	} {
		if _, err := c.s.do(t); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range 19 {
		if _, err := say(a, string(rune('a'+i)), id, "再问一句", me, "").do(t); err != nil {
			t.Fatal(i, err)
		}
	}
	if _, err := say(a, "last", id, "再问一句", me, "").do(t); !fault.Is(err, fault.TooMany) {
		t.Error(err)
	}
}

// slow is a gateway that answers when told.
type slow struct {
	called chan string
	goOn   chan struct{}
}

func (s *slow) Send(_ context.Context, x connector.Text) error {
	s.called <- x.ID
	<-s.goOn
	return nil
}

// TestSlowGatewayHoldsNothingUp: with many texts stuck at the gateway, everything else is delivered.
func TestSlowGatewayHoldsNothingUp(t *testing.T) {
	a := apptest.New(t, "sqlite:"+t.TempDir()+"/y.db")
	gateway := &slow{make(chan string, 100), make(chan struct{})}
	a.Post.Texter = gateway
	other := make(chan struct{}, 1)
	event.Hear(a.Bus, "test.Other", func(ctx context.Context, d event.Delivery, e identity.WasProven) error {
		err := a.DB.Write(ctx, "test", d.Done)
		other <- struct{}{}
		return err
	})
	err := a.DB.Write(t.Context(), "test", func(ctx context.Context, tx *db.Tx) error {
		for range 40 {
			x := notice.Text{ID: db.NewID(), Party: "p", Kind: notice.Device, Data: "{}", Made: a.Clock.Now(), Run: a.Clock.Now()}
			if err := notice.Queue(ctx, tx, a.Vault, x, "19900001234"); err != nil {
				return err
			}
			if err := a.Bus.Publish(ctx, tx, notice.Due{Text: x.ID}); err != nil {
				return err
			}
		}
		return a.Bus.Publish(ctx, tx, identity.WasProven{Account: "nobody", Party: "nobody"})
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { a.Bus.Run(ctx); close(done) }()
	for range 4 {
		<-gateway.called
	}
	<-other // all hands are full, and this went through
	if n := len(gateway.called); n != 0 {
		t.Errorf("%d texts more than hands", n)
	}
	close(gateway.goOn)
	stop()
	<-done
}

// TestOnARunningClock: a text whose time has come goes out although the clock moves on between looks.
func TestOnARunningClock(t *testing.T) {
	a := apptest.New(t, "sqlite:"+t.TempDir()+"/y.db")
	a.Post.Now = func() time.Time { a.Clock.Add(time.Millisecond); return a.Clock.Now() }
	id := a.Accept("clerk01", road, "company-01")
	if state(t, a, id) != notice.Delivered {
		t.Error(state(t, a, id))
	}
}
