package idcard

import (
	"fmt"

	"yimen/device"
)

// Status is the three status bytes SW1 SW2 SW3 of an answer; the third says what happened.
type Status [3]byte

// The third status byte.
const (
	StatusOK           = 0x90
	StatusNoSuchEntry  = 0x91
	StatusFound        = 0x9F
	StatusFindFailed   = 0x80
	StatusSelectFailed = 0x81
	StatusReadFailed   = 0x41
)

var statusText = map[byte]string{
	0x01: "port", 0x02: "no command from the computer in time", 0x03: "transfer", 0x05: "security module's port unavailable",
	0x09: "file", 0x10: "checksum of a command", 0x11: "length of a command", 0x21: "unknown command", 0x23: "not allowed",
	0x24: "unknown", 0x31: "card does not accept the security module", 0x32: "security module does not accept the card",
	0x33: "verification", 0x37: "fingerprint verification", 0x3F: "length of a card's entry", 0x40: "unknown kind of card",
	0x41: "reading the card", 0x47: "random number", 0x60: "self-test of the security module",
	0x66: "security module is not authorised", 0x80: "no card found", 0x81: "card not selected", 0x91: "no such entry",
}

// StatusError is an answer with a bad status. It unwraps to the device error a clerk can act on.
type StatusError struct{ Status Status }

func (e StatusError) Error() string {
	text := statusText[e.Status[2]]
	if text == "" {
		text = "not in the table"
	}
	return fmt.Sprintf("idcard: status %X: %s", e.Status[:], text)
}

// Unwrap sorts the table into what a clerk can do.
func (e StatusError) Unwrap() error {
	switch e.Status[2] {
	case StatusFindFailed:
		return device.ErrNoCard
	case StatusSelectFailed, StatusReadFailed, 0x03, 0x10, 0x11, 0x31, 0x32, 0x33, 0x47:
		return device.ErrReadAgain
	case 0x40:
		return device.ErrUnknownCard
	}
	return device.ErrBroken
}
