package idcard_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"yimen/device"
	"yimen/device/fake"
	"yimen/device/idcard"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/ref"
)

// The cards of nobody: division 449901 was never given to a place.
func cards(t testing.TB) map[string]device.Card {
	number, err := ref.ComposeCitizenNumber("449901", time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), 22)
	if err != nil {
		t.Fatal(err)
	}
	resident, err := ref.ComposeCitizenNumber("810000", time.Date(1985, 12, 31, 0, 0, 0, 0, time.UTC), 999)
	if err != nil {
		t.Fatal(err)
	}
	photo := bytes.Repeat([]byte{0x57, 0x4C}, 512)
	citizen := device.Card{Kind: device.CardCitizen, Name: "演示甲", Sex: ref.SexFemale, Ethnic: "46",
		Born: calendar.On(1990, 1, 1), Address: "演示省演示市禅城区样张路１号", Number: string(number), Issuer: "演示市公安局",
		From: calendar.On(2020, 5, 6), To: calendar.On(2040, 5, 6), Photo: photo}
	rare := citizen
	rare.Name, rare.LongTerm, rare.To, rare.PrivateUse = "演𠮷\U00020BB7\uE863", true, 0, true
	return map[string]device.Card{
		"citizen": citizen,
		"rare":    rare,
		"foreign": {Kind: device.CardForeign, NameEn: "SAMPLE, PERSON", Name: "演示乙", Sex: ref.SexMale, Nationality: "ZZZ",
			Born: calendar.On(1970, 1, 1), Number: "ZZZ449901700101", Issuer: "4499", Issues: "01",
			From: calendar.On(2018, 2, 28), To: calendar.On(2028, 2, 28), Photo: photo},
		"residence": {Kind: device.CardResidence, Name: "演示丙", Sex: ref.SexMale, Born: calendar.On(1985, 12, 31),
			Address: "演示市样张路２号", Number: string(resident), Issuer: "演示市公安局", Permit: "H00000000", Issues: "01",
			From: calendar.On(2022, 3, 1), To: calendar.On(2027, 3, 1), Photo: photo},
	}
}

// desk is a driver with a fake reader at the other end of the line, on the bubble's clock.
func desk(t *testing.T, run func(sam *fake.SAM, r *idcard.Reader)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sam := fake.NewSAM()
		r := idcard.New(sam.Connect(), idcard.Settings{})
		defer func() { _ = r.Close() }()
		run(sam, r)
	})
}

func TestReadEveryKind(t *testing.T) {
	for name, want := range cards(t) {
		desk(t, func(sam *fake.SAM, r *idcard.Reader) {
			sam.Place(fake.Text(want), want.Photo)
			got, err := r.Read(context.Background())
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			if n, err := ref.ParseDocument(got.Document(), got.Number); n != want.Number || err != nil {
				t.Errorf("%s: number %q, %v", name, n, err)
			}
			if err := r.Ready(context.Background()); err != nil {
				t.Errorf("ready: %v", err)
			}
		})
	}
}

func TestMisbehaviour(t *testing.T) {
	want := cards(t)["citizen"]
	for _, r := range []struct {
		name string
		on   fake.Command
		how  []fake.Misbehaviour
		err  error // nil: the driver gets over it
	}{
		{"noise", fake.Find, []fake.Misbehaviour{fake.Noise}, nil},
		{"noise before a read", fake.Read, []fake.Misbehaviour{fake.Noise}, nil},
		{"read failed once", fake.Read, []fake.Misbehaviour{fake.Fails}, nil},
		{"select failed twice", fake.Select, []fake.Misbehaviour{fake.Fails, fake.Fails}, nil},
		{"wrong checksum", fake.Read, []fake.Misbehaviour{fake.WrongChecksum}, nil},
		{"wrong checksum of find", fake.Find, []fake.Misbehaviour{fake.WrongChecksum}, nil},
		{"truncated read", fake.Read, []fake.Misbehaviour{fake.Truncated}, nil},
		{"truncated find", fake.Find, []fake.Misbehaviour{fake.Truncated}, nil},
		{"silent", fake.Select, []fake.Misbehaviour{fake.Silent}, nil},
		{"slow find", fake.Find, []fake.Misbehaviour{fake.Slow}, nil},
		{"slow select", fake.Select, []fake.Misbehaviour{fake.Slow}, nil},
		{"slow read", fake.Read, []fake.Misbehaviour{fake.Slow}, nil},
		{"read fails for good", fake.Read, []fake.Misbehaviour{fake.Fails, fake.Fails, fake.Fails}, device.ErrReadAgain},
		{"checksum for good", fake.Read, []fake.Misbehaviour{fake.WrongChecksum, fake.WrongChecksum, fake.WrongChecksum}, idcard.ErrChecksum},
		{"silent for good", fake.Find, []fake.Misbehaviour{fake.Silent, fake.Silent, fake.Silent}, device.ErrBroken},
		{"not authorised", fake.Find, []fake.Misbehaviour{fake.NotAuthorised, fake.NotAuthorised, fake.NotAuthorised}, device.ErrBroken},
	} {
		desk(t, func(sam *fake.SAM, reader *idcard.Reader) {
			sam.Place(fake.Text(want), want.Photo)
			sam.Misbehave(r.on, r.how...)
			got, err := reader.Read(context.Background())
			if !errors.Is(err, r.err) || err == nil && !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, %v", r.name, got, err)
			}
			// Whatever happened, the next card reads: nothing late is taken for an answer.
			sam.Place(fake.Text(want), nil)
			if again, err := reader.Read(context.Background()); err != nil || again.Number != want.Number {
				t.Errorf("%s, next card: %v", r.name, err)
			}
		})
	}
}

func TestWaitingForACard(t *testing.T) {
	want := cards(t)["citizen"]
	desk(t, func(sam *fake.SAM, r *idcard.Reader) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if _, err := r.Read(ctx); !errors.Is(err, device.ErrNoCard) || !fault.Is(err, fault.NotFound) {
			t.Errorf("no card: %v", err)
		}
		if n := sam.Heard(fake.Find); n != 7 {
			t.Errorf("looked %d times in two seconds", n)
		}
		time.AfterFunc(time.Second, func() { sam.Place(fake.Text(want), want.Photo) })
		if got, err := r.Read(context.Background()); err != nil || got.Name != want.Name {
			t.Errorf("a card laid on late: %v", err)
		}
	})
}

func TestOneReadAtATime(t *testing.T) {
	want := cards(t)["citizen"]
	desk(t, func(sam *fake.SAM, r *idcard.Reader) {
		sam.Misbehave(fake.Read, fake.Slow)
		sam.Place(fake.Text(want), want.Photo)
		done := make(chan error)
		for range 4 {
			go func() {
				_, err := r.Read(context.Background())
				done <- err
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		if _, err := r.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a fifth read: %v", err)
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestLineGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		r := idcard.New(ours, idcard.Settings{})
		if err := theirs.Close(); err != nil {
			t.Error(err)
		}
		if _, err := r.Read(context.Background()); !errors.Is(err, device.ErrBroken) {
			t.Errorf("line gone: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	citizen := fake.Text(cards(t)["citizen"])
	put := func(at int, units ...uint16) []byte {
		b := bytes.Clone(citizen)
		for i, u := range units {
			b[at+2*i], b[at+2*i+1] = byte(u), byte(u>>8)
		}
		return b
	}
	for name, r := range map[string]struct {
		text  []byte
		field string
		err   error
	}{
		"short":               {citizen[:255], "255 bytes", device.ErrUnreadable},
		"2023 foreigner":      {put(248, 'Y'), "kind", device.ErrUnknownCard},
		"lone high surrogate": {put(0, 0xD842), "name", device.ErrUnreadable},
		"cut surrogate pair":  {put(28, 0xD842), "name", device.ErrUnreadable},
		"lone low surrogate":  {put(0, 0xDFB7), "name", device.ErrUnreadable},
		"control character":   {put(52, 7), "address", device.ErrUnreadable},
		"no character":        {put(0, 0xFFFF), "name", device.ErrUnreadable},
		"no name":             {put(0, ' ', ' ', ' '), "name", device.ErrUnreadable},
		"ethnic 99":           {put(32, '9', '9'), "ethnic", device.ErrUnreadable},
		"30 February":         {put(36, '1', '9', '9', '0', '0', '2', '3', '0'), "born", device.ErrUnreadable},
		"wrong number":        {put(122, '4', '4', '0', '6'), "number", device.ErrUnreadable},
		"no end":              {put(204, ' ', ' '), "to", device.ErrUnreadable},
	} {
		_, err := idcard.Decode(r.text)
		if !errors.Is(err, r.err) || !strings.Contains(err.Error(), r.field) {
			t.Errorf("%s: %v, want field %s, %v", name, err, r.field, r.err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range cards(f) {
		f.Add(fake.Text(c))
	}
	f.Add(make([]byte, 256))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := idcard.Decode(text)
		if err != nil {
			return
		}
		again, err := idcard.Decode(fake.Text(c))
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%+v\nreads back as\n%+v, %v", c, again, err)
		}
	})
}
