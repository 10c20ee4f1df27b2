// Package fake holds stand-ins for the machines on a window's desk, for the demo and for tests.
//
// SAM speaks the reader's wire protocol from its own reading of it and shares no code with the
// driver, so that a mistake in one shows against the other. Cards on it are made up.
package fake

import (
	"bytes"
	"io"
	"net"
	"sync"
	"time"
)

// Command is a command of the reader's protocol.
type Command byte

const (
	Status Command = iota
	Find
	Select
	Read
)

var commands = map[[2]byte]Command{{0x11, 0xFF}: Status, {0x20, 1}: Find, {0x20, 2}: Select, {0x30, 1}: Read}

// Misbehaviour is one way a reader goes wrong.
type Misbehaviour byte

const (
	Slow          Misbehaviour = iota // the answer comes after Delay
	Silent                            // no answer
	WrongChecksum                     // last byte turned round
	Fails                             // the command's own failure status
	Truncated                         // the first half of the answer
	Noise                             // other bytes before the answer
	NotAuthorised                     // status 66
)

// SAM is a fake card reader.
type SAM struct {
	Delay time.Duration // of Slow; set before serving

	mu       sync.Mutex
	text     []byte
	photo    []byte
	state    Command // Find once found, Select once selected
	mischief map[Command][]Misbehaviour
	heard    map[Command]int
}

// NewSAM is a reader with nothing on it.
func NewSAM() *SAM {
	return &SAM{Delay: 5 * time.Second, mischief: map[Command][]Misbehaviour{}, heard: map[Command]int{}}
}

// Place puts a card on the reader: its 256 bytes of text (see Text) and its photo.
func (s *SAM) Place(text, photo []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text, s.photo, s.state = text, photo, Status
}

// Remove takes the card away.
func (s *SAM) Remove() { s.Place(nil, nil) }

// Misbehave makes the next answers to a command go wrong, one after the other.
func (s *SAM) Misbehave(on Command, how ...Misbehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mischief[on] = append(s.mischief[on], how...)
}

// Heard counts the commands of a kind that came.
func (s *SAM) Heard(c Command) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard[c]
}

// Connect serves one end of a pipe and returns the other; closing it ends the serving.
func (s *SAM) Connect() net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		defer func() { _ = theirs.Close() }()
		_ = s.Serve(theirs) // ends with the pipe
	}()
	return ours
}

// Serve answers commands until the stream ends.
func (s *SAM) Serve(rw io.ReadWriter) error {
	head := []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 3}
	frame := make([]byte, len(head)+3)
	for {
		if _, err := io.ReadFull(rw, frame); err != nil {
			return err
		}
		c, known := commands[[2]byte(frame[7:9])]
		var reply []byte
		switch {
		case !bytes.HasPrefix(frame, head) || frame[9] != sum(frame[5:9]):
			reply = answer(0x10, nil)
		case !known:
			reply = answer(0x21, nil)
		default:
			reply = s.reply(c)
		}
		if _, err := rw.Write(reply); err != nil {
			return err
		}
	}
}

// reply does what the command says, or goes wrong as told.
func (s *SAM) reply(c Command) []byte {
	s.mu.Lock()
	s.heard[c]++
	good, failure := s.obey(c)
	var how *Misbehaviour
	if list := s.mischief[c]; len(list) > 0 {
		how, s.mischief[c] = &list[0], list[1:]
	}
	s.mu.Unlock()
	if how == nil {
		return good
	}
	switch *how {
	case Slow:
		<-time.After(s.Delay)
	case Silent:
		return nil
	case WrongChecksum:
		good = bytes.Clone(good)
		good[len(good)-1] ^= 0xFF
	case Fails:
		return failure
	case Truncated:
		return good[:len(good)/2]
	case Noise:
		return append([]byte{0x00, 0xAA, 0xAA, 0x13, 0xAA}, good...)
	case NotAuthorised:
		return answer(0x66, nil)
	}
	return good
}

// obey carries a command out and gives its answer and the one it has when it fails. A card is
// found and selected before each read.
func (s *SAM) obey(c Command) (good, failure []byte) {
	switch c {
	case Find:
		if s.state = Status; s.text == nil {
			return answer(0x80, nil), answer(0x80, nil)
		}
		s.state = Find
		return answer(0x9F, make([]byte, 4)), answer(0x80, nil)
	case Select:
		if s.text == nil || s.state != Find {
			return answer(0x81, nil), answer(0x81, nil)
		}
		s.state = Select
		return answer(0x90, make([]byte, 8)), answer(0x81, nil)
	case Read:
		if s.text == nil || s.state != Select {
			return answer(0x41, nil), answer(0x41, nil)
		}
		s.state = Status
		lengths := []byte{byte(len(s.text) >> 8), byte(len(s.text)), byte(len(s.photo) >> 8), byte(len(s.photo))}
		return answer(0x90, bytes.Join([][]byte{lengths, s.text, s.photo}, nil)), answer(0x41, nil)
	}
	return answer(0x90, nil), answer(0x60, nil)
}

// answer is a frame: head, length, three status bytes, data, checksum.
func answer(status byte, data []byte) []byte {
	n := len(data) + 4
	b := []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, byte(n >> 8), byte(n), 0, 0, status}
	b = append(b, data...)
	return append(b, sum(b[5:]))
}

func sum(b []byte) (x byte) {
	for _, v := range b {
		x ^= v
	}
	return x
}
