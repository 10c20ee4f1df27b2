package notice_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"yimen/domain/notice"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

var now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC) // 09:30 in China

func each(t *testing.T, fn func(t *testing.T, d *db.DB, v *crypto.Vault)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, err := crypto.MakeMaster(filepath.Join(t.TempDir(), "master.key"))
		if err != nil {
			t.Fatal(err)
		}
		fn(t, d, crypto.OpenVault(m, func() time.Time { return now }))
	}, notice.Schema, crypto.Schema)
}

func write(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) error {
	t.Helper()
	return d.Write(t.Context(), "test", fn)
}

func hear(s notice.State) func(ctx context.Context, tx *db.Tx, id string) error {
	return func(ctx context.Context, tx *db.Tx, id string) error {
		_, err := notice.Heard(ctx, tx, id, s, now)
		return err
	}
}

func TestQuietHours(t *testing.T) {
	china := time.FixedZone("", 8*3600)
	at := func(s string) time.Time {
		v, _ := time.ParseInLocation("2006-01-02 15:04", "2026-03-"+s, china)
		return v
	}
	for _, c := range []struct{ quiet, at, want string }{
		{"21:00-08:00", "02 20:59", "02 20:59"}, {"21:00-08:00", "02 21:00", "03 08:00"}, {"21:00-08:00", "02 23:59", "03 08:00"},
		{"21:00-08:00", "02 00:00", "02 08:00"}, {"21:00-08:00", "02 07:59", "02 08:00"}, {"21:00-08:00", "02 08:00", "02 08:00"},
		{"12:00-14:00", "02 13:00", "02 14:00"}, {"12:00-14:00", "02 23:00", "02 23:00"}, {"00:00-00:00", "02 03:00", "02 03:00"},
	} {
		q, err := notice.ParseQuiet(c.quiet)
		if err != nil || q.String() != c.quiet {
			t.Fatal(q, err)
		}
		if got := q.Next(at(c.at)); !got.Equal(at(c.want)) {
			t.Errorf("%s at %s: %s, want %s", c.quiet, c.at, got, c.want)
		}
	}
	for _, bad := range []string{"", "21-8", "24:00-08:00", "21:60-08:00", "-1:00-08:00", "xx:yy-zz:00"} {
		if _, err := notice.ParseQuiet(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	each(t, func(t *testing.T, d *db.DB, _ *crypto.Vault) {
		if q, err := notice.QuietHours(t.Context(), d); err != nil || q.String() != "21:00-08:00" {
			t.Error(q, err)
		}
		err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return notice.SetQuiet(ctx, tx, notice.Quiet{From: 60, To: 120})
		})
		if q, _ := notice.QuietHours(t.Context(), d); err != nil || q.String() != "01:00-02:00" {
			t.Error(q, err)
		}
	})
}

func TestNoticesAreTheirsAlone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *crypto.Vault) {
		ctx := t.Context()
		for i := range notice.Size + 5 {
			n := notice.Notice{ID: db.NewID(), Party: "me", Kind: notice.Accepted, Data: notice.Args{Number: "x", Points: i}.JSON(), Made: now.Add(time.Duration(i) * time.Second)}
			switch {
			case i == 0:
				n.Party = "other"
			case i%2 == 0:
				n.Party, n.Account = "declared", "phone"
			}
			if err := write(t, d, func(ctx context.Context, tx *db.Tx) error { return notice.Add(ctx, tx, n) }); err != nil {
				t.Fatal(err)
			}
		}
		mine := []ref.PartyID{"me"}
		page, next, err := notice.Of(ctx, d, mine, "phone", notice.After{})
		if err != nil || len(page) != notice.Size || page[0].Args().Points != notice.Size+4 {
			t.Fatal(len(page), err)
		}
		again, err := notice.ParseAfter(next.String())
		if err != nil || again != next && !again.At.Equal(next.At) {
			t.Fatal(again, next, err)
		}
		rest, end, err := notice.Of(ctx, d, mine, "phone", again)
		if err != nil || len(rest) != 4 || end.ID != "" || rest[3].Args().Points != 1 {
			t.Fatal(len(rest), end, err)
		}
		for _, who := range []struct {
			parties []ref.PartyID
			account ref.AccountID
			want    int
		}{{nil, "", 0}, {nil, "phone", 27}, {mine, "", 27}, {mine, "phone", 54}, {[]ref.PartyID{"other"}, "", 1}, {nil, "other", 0}} {
			if n, err := notice.Unread(ctx, d, who.parties, who.account); err != nil || n != who.want {
				t.Errorf("%v %s: %d unread, %v", who.parties, who.account, n, err)
			}
		}
		err = write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return notice.MarkRead(ctx, tx, nil, "phone", now.Add(10*time.Second), now)
		})
		if n, _ := notice.Unread(ctx, d, mine, "phone"); err != nil || n != 49 {
			t.Error(n, err)
		}
		if _, err := notice.ParseAfter("x.y"); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}

// TestTextGoesForwardOnly: every report in every order, and none of them undoes an arrival.
func TestTextGoesForwardOnly(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, v *crypto.Vault) {
		steps := map[string]func(ctx context.Context, tx *db.Tx, id string) error{
			"took":      func(ctx context.Context, tx *db.Tx, id string) error { return notice.Took(ctx, tx, id, now) },
			"lost":      notice.Lost,
			"sent":      hear(notice.Sent),
			"delivered": hear(notice.Delivered),
			"failed":    hear(notice.Failed),
			"later":     func(ctx context.Context, tx *db.Tx, id string) error { return notice.Later(ctx, tx, id, now, "x") },
			"give up":   func(ctx context.Context, tx *db.Tx, id string) error { return notice.GiveUp(ctx, tx, id, "x", now) },
		}
		for _, c := range []struct {
			way  []string
			want notice.State
		}{
			{[]string{"took"}, notice.Sent}, {[]string{"took", "sent", "delivered"}, notice.Delivered}, {[]string{"delivered", "sent", "took"}, notice.Delivered},
			{[]string{"delivered", "failed", "lost", "later", "give up"}, notice.Delivered}, {[]string{"failed", "delivered"}, notice.Delivered},
			{[]string{"lost"}, notice.Unknown}, {[]string{"lost", "sent"}, notice.Sent}, {[]string{"lost", "delivered", "delivered"}, notice.Delivered},
			{[]string{"lost", "failed", "failed"}, notice.Failed}, {[]string{"lost", "took"}, notice.Sent}, {[]string{"later"}, notice.Queued}, {[]string{"lost", "later"}, notice.Unknown},
			{[]string{"give up"}, notice.Failed}, {[]string{"lost", "give up"}, notice.Unknown}, {[]string{"took", "failed", "took", "sent"}, notice.Failed},
		} {
			x := notice.Text{ID: db.NewID(), Party: "p", Kind: notice.Accepted, Data: "{}", Made: now}
			err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
				if err := notice.Queue(ctx, tx, v, x, "19900001234"); err != nil {
					return err
				}
				if err := notice.Hand(ctx, tx, x.ID, now); err != nil {
					return err
				}
				for _, s := range c.way {
					if err := steps[s](ctx, tx, x.ID); err != nil {
						return err
					}
				}
				return nil
			})
			got, e := notice.GetText(t.Context(), d, x.ID)
			if err != nil || e != nil || got.State != c.want {
				t.Errorf("%v: %s, %v %v", c.way, got.State, err, e)
			}
			if (got.State == notice.Delivered) != (len(got.Phone) == 0) {
				t.Errorf("%v: the phone is kept %v", c.way, len(got.Phone) > 0)
			}
		}
	})
}

func TestHandedOnceAndAgainOnAWord(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, v *crypto.Vault) {
		x := notice.Text{ID: db.NewID(), Account: "a", Kind: notice.Device, Data: "{}", Made: now}
		do := func(fn func(ctx context.Context, tx *db.Tx) error) error { return write(t, d, fn) }
		hand := func() error {
			return do(func(ctx context.Context, tx *db.Tx) error { return notice.Hand(ctx, tx, x.ID, now) })
		}
		again := func() error {
			return do(func(ctx context.Context, tx *db.Tx) error { return notice.Again(ctx, tx, x.ID, now) })
		}
		if err := do(func(ctx context.Context, tx *db.Tx) error { return notice.Queue(ctx, tx, v, x, "19900001234") }); err != nil {
			t.Fatal(err)
		}
		if err := again(); !fault.Is(err, fault.Conflict) {
			t.Error("a queued text again:", err)
		}
		if err := hand(); err != nil {
			t.Fatal(err)
		}
		if err := hand(); !fault.Is(err, fault.Conflict) {
			t.Error("handed twice:", err)
		}
		if err := do(func(ctx context.Context, tx *db.Tx) error { return notice.Lost(ctx, tx, x.ID) }); err != nil {
			t.Fatal(err)
		}
		list, _, err := notice.Undelivered(t.Context(), d, notice.After{})
		if err != nil || len(list) != 1 || list[0].State != notice.Unknown {
			t.Fatal(list, err)
		}
		if err := again(); err != nil {
			t.Error(err)
		}
		if err := again(); !fault.Is(err, fault.Conflict) {
			t.Error("again twice:", err)
		}
		got, err := notice.GetText(t.Context(), d, x.ID)
		if phone, e := got.Number(t.Context(), d, v); err != nil || e != nil || phone != "19900001234" || got.State != notice.Queued {
			t.Error(got.State, err, e)
		}
	})
}

func TestMessages(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, v *crypto.Vault) {
		ctx := t.Context()
		say := func(side notice.Side, organ ref.OrganID, i int) {
			n := notice.Note{ID: db.NewID(), Case: "c", Side: side, Actor: "x", Organ: organ, Made: now.Add(time.Duration(i) * time.Minute)}
			if err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
				return notice.Write(ctx, tx, v, n, "p", fmt.Sprint("第", i, "条"))
			}); err != nil {
				t.Fatal(err)
			}
		}
		say(notice.FromParty, "one", 1)
		say(notice.FromParty, "two", 2)
		say(notice.FromOrgan, "one", 3)
		list, err := notice.Messages(ctx, d, v, "c", "p")
		if err != nil || len(list) != 3 || list[2].Text != "第3条" {
			t.Fatal(list, err)
		}
		for _, reader := range []notice.Side{notice.FromOrgan, notice.FromParty} {
			if unseen, err := notice.Unseen(ctx, d, "c", reader); !unseen || err != nil {
				t.Error(reader, unseen, err)
			}
			if err := write(t, d, func(ctx context.Context, tx *db.Tx) error { return notice.See(ctx, tx, "c", reader, now) }); err != nil {
				t.Fatal(err)
			}
			if unseen, err := notice.Unseen(ctx, d, "c", reader); unseen || err != nil {
				t.Error(reader, unseen, err)
			}
		}
		if err := write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return notice.Answer(ctx, tx, "c", []ref.OrganID{"one"}, now)
		}); err != nil {
			t.Fatal(err)
		}
		list, err = notice.Messages(ctx, d, v, "c", "p")
		if err != nil || list[0].Answered.IsZero() || !list[1].Answered.IsZero() {
			t.Error("an answer is for the questions to its own organs:", list, err)
		}
		if n, err := notice.Written(ctx, d, "c", notice.FromParty, now); n != 2 || err != nil {
			t.Error(n, err)
		}
	})
}
