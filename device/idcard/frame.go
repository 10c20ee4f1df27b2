package idcard

import (
	"bytes"
	"errors"
	"fmt"

	"yimen/device"
)

// preamble begins every frame in both directions.
var preamble = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// command is a command byte and its parameter.
type command [2]byte

var (
	cmdStatus = command{0x11, 0xFF}
	cmdFind   = command{0x20, 0x01}
	cmdSelect = command{0x20, 0x02}
	cmdRead   = command{0x30, 0x01} // text and photo
)

// frame is the command on the wire: preamble, length of what follows (big endian, checksum
// included), command, checksum.
func (c command) frame() []byte {
	body := []byte{0, 3, c[0], c[1]}
	return append(append(bytes.Clone(preamble), body...), xor(body))
}

func xor(b []byte) byte {
	var x byte
	for _, v := range b {
		x ^= v
	}
	return x
}

const (
	lengthBytes = 2
	maxLength   = 4096 // the longest answer, with fingerprints, has 2,321 bytes
)

var (
	errPartial = errors.New("idcard: the frame is not complete yet")
	// ErrChecksum is an answer damaged on the line.
	ErrChecksum = fmt.Errorf("idcard: checksum of an answer: %w", device.ErrReadAgain)
	// ErrAnswer is an answer of a form no command has.
	ErrAnswer = fmt.Errorf("idcard: unexpected answer: %w", device.ErrReadAgain)
)

// answer is a checked frame from the reader.
type answer struct {
	status Status
	data   []byte
}

// next takes the first frame out of buf, skipping noise before it; rest is what follows.
// errPartial means more bytes are needed, rest being what to add them to.
func next(buf []byte) (a answer, rest []byte, err error) {
	i := bytes.Index(buf, preamble)
	if i < 0 {
		return answer{}, tail(buf), errPartial
	}
	buf = buf[i:]
	body := buf[len(preamble):]
	if len(body) < lengthBytes {
		return answer{}, buf, errPartial
	}
	n := int(body[0])<<8 | int(body[1])
	switch {
	case n < 4 || n > maxLength:
		return answer{}, body, ErrChecksum
	case len(body) < lengthBytes+n:
		return answer{}, buf, errPartial
	}
	frame := body[:lengthBytes+n]
	last := len(frame) - 1
	if xor(frame[:last]) != frame[last] {
		return answer{}, body, ErrChecksum
	}
	a = answer{status: Status{frame[2], frame[3], frame[4]}, data: frame[5:last]}
	return a, body[lengthBytes+n:], nil
}

// tail keeps the end of noise in which a preamble may have begun.
func tail(buf []byte) []byte { return buf[max(0, len(buf)-len(preamble)+1):] }
