package idcard

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"yimen/device"
	"yimen/foundation/fault"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCommandFrames(t *testing.T) {
	for c, want := range map[command]string{
		cmdStatus: "AA AA AA 96 69 00 03 11 FF ED",
		cmdFind:   "AA AA AA 96 69 00 03 20 01 22",
		cmdSelect: "AA AA AA 96 69 00 03 20 02 21",
		cmdRead:   "AA AA AA 96 69 00 03 30 01 32",
	} {
		if got := c.frame(); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("got % X, want %s", got, want)
		}
	}
}

func TestAnswerFrames(t *testing.T) {
	const head = "AA AA AA 96 69 "
	for _, r := range []struct {
		wire   string
		status byte
		data   int
	}{
		{"00 04 00 00 90 94", 0x90, 0},
		{"00 04 00 00 60 64", 0x60, 0},
		{"00 08 00 00 9F 00 00 00 00 97", 0x9F, 4},
		{"00 04 00 00 80 84", 0x80, 0},
		{"00 0C 00 00 90 00 00 00 00 00 00 00 00 9C", 0x90, 8},
		{"00 04 00 00 81 85", 0x81, 0},
		{"00 04 00 00 41 45", 0x41, 0},
	} {
		wire := unhex(t, "00 AA AA "+head+r.wire+" FF")
		a, rest, err := next(wire)
		if err != nil || a.status[2] != r.status || len(a.data) != r.data || !bytes.Equal(rest, []byte{0xFF}) {
			t.Errorf("%s: %+v, rest % X, %v", r.wire, a, rest, err)
		}
		for cut := range len(wire) - 1 {
			if _, _, err := next(wire[:cut]); !errors.Is(err, errPartial) {
				t.Errorf("%s cut at %d: %v", r.wire, cut, err)
			}
		}
		wire[len(wire)-2] ^= 1
		if _, _, err := next(wire); !errors.Is(err, ErrChecksum) {
			t.Errorf("%s with a wrong checksum: %v", r.wire, err)
		}
	}
	for _, length := range []string{"00 03", "FF FF"} {
		if _, _, err := next(unhex(t, head+length+" 00 00")); !errors.Is(err, ErrChecksum) {
			t.Errorf("length %s: %v", length, err)
		}
	}
}

func TestStatusErrors(t *testing.T) {
	for code, want := range map[byte]*fault.Error{
		0x80: device.ErrNoCard, 0x81: device.ErrReadAgain, 0x41: device.ErrReadAgain, 0x31: device.ErrReadAgain,
		0x40: device.ErrUnknownCard, 0x60: device.ErrBroken, 0x66: device.ErrBroken, 0x99: device.ErrBroken,
	} {
		err := error(StatusError{Status{0, 0, code}})
		if !errors.Is(err, want) || fault.As(err).Key != want.Key {
			t.Errorf("%02X: %v is not %v", code, err, want)
		}
	}
	for code := range statusText {
		if e := (StatusError{Status{0, 0, code}}).Error(); strings.Contains(e, "not in the table") {
			t.Error(e)
		}
	}
}

func TestSplit(t *testing.T) {
	good := append([]byte{1, 0, 0, 2}, make([]byte, 258)...)
	if text, photo, err := split(good); err != nil || len(text) != 256 || len(photo) != 2 {
		t.Errorf("%d, %d, %v", len(text), len(photo), err)
	}
	for _, bad := range [][]byte{nil, {1, 0}, good[:260], append([]byte{2, 0, 0, 0}, make([]byte, 600)...)} {
		if _, _, err := split(bad); !errors.Is(err, ErrAnswer) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add(cmdFind.frame())
	f.Add([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 4, 0, 0, 0x90, 0x94, 1})
	f.Fuzz(func(t *testing.T, wire []byte) {
		for {
			a, rest, err := next(wire)
			if errors.Is(err, errPartial) {
				return
			}
			if len(rest) >= len(wire) || len(a.data) > maxLength {
				t.Fatalf("no progress: %d of %d left", len(rest), len(wire))
			}
			_, _, _ = split(a.data)
			wire = rest
		}
	})
}
