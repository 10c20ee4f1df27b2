package fake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"yimen/device"
	"yimen/device/fake"
)

func TestSAMAnswersAsTheManualSays(t *testing.T) {
	sam := fake.NewSAM()
	line := sam.Connect()
	defer func() { _ = line.Close() }()
	head := []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}
	ask := func(command, want []byte) {
		t.Helper()
		if _, err := line.Write(append(bytes.Clone(head), command...)); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(head)+len(want))
		if _, err := io.ReadFull(line, got); err != nil || !bytes.Equal(got[len(head):], want) {
			t.Errorf("% X: % X, %v", command, got, err)
		}
	}
	find, read := []byte{0, 3, 0x20, 1, 0x22}, []byte{0, 3, 0x30, 1, 0x32}
	ask([]byte{0, 3, 0x11, 0xFF, 0xED}, []byte{0, 4, 0, 0, 0x90, 0x94})
	ask(find, []byte{0, 4, 0, 0, 0x80, 0x84})
	ask([]byte{0, 3, 0x20, 1, 0x21}, []byte{0, 4, 0, 0, 0x10, 0x14}) // the wrong sum of one sample program
	ask([]byte{0, 3, 0x20, 9, 0x2A}, []byte{0, 4, 0, 0, 0x21, 0x25})
	sam.Place(make([]byte, 256), make([]byte, 1024))
	ask(read, []byte{0, 4, 0, 0, 0x41, 0x45}) // neither found nor selected
	ask(find, []byte{0, 8, 0, 0, 0x9F, 0, 0, 0, 0, 0x97})
	ask(read, []byte{0, 4, 0, 0, 0x41, 0x45}) // not selected
	ask([]byte{0, 3, 0x20, 2, 0x21}, append([]byte{0, 0x0C, 0, 0, 0x90}, append(make([]byte, 8), 0x9C)...))
	whole := append([]byte{5, 8, 0, 0, 0x90, 1, 0, 4, 0}, make([]byte, 1280)...)
	ask(read, append(whole, 5^8^0x90^1^4))
	sam.Remove()
	ask(find, []byte{0, 4, 0, 0, 0x80, 0x84})
}

func TestCamera(t *testing.T) {
	c := fake.NewCamera("image/png", []byte("one"), []byte("two"))
	for _, want := range []string{"one", "two", "two"} {
		if page, kind, err := c.Snap(context.Background()); string(page) != want || kind != "image/png" || err != nil {
			t.Errorf("%q %s %v, want %s", page, kind, err, want)
		}
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := c.Snap(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if _, _, err := fake.NewCamera("").Snap(context.Background()); !errors.Is(err, device.ErrBroken) {
		t.Errorf("no page: %v", err)
	}
}
