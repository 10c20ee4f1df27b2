// Package fault holds the few kinds of error the house knows.
//
// An error that a person may read carries a message key and values, never a sentence:
// web/page and web/api are the only places that turn it into an answer.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what a caller can do about an error.
type Kind int

const (
	Internal Kind = iota
	NotFound
	Denied
	Unauthenticated
	Conflict
	Invalid
	TooMany
	TooLarge
	Unavailable
	NotAllowed  // the address is there and does not do that
	Unsupported // what was sent is of a kind that is not read here
)

var names = [...]string{"internal", "not_found", "denied", "unauthenticated", "conflict", "invalid", "too_many", "too_large", "unavailable", "not_allowed", "unsupported"}

func (k Kind) String() string { return names[k] }

// Field is one wrong input: the form field's name and what to say beside it.
type Field struct {
	Name string
	Key  string
	Args []any // name, value, name, value …
}

// Error is a kind, a message key with its values, and for Invalid the wrong fields.
type Error struct {
	Kind   Kind
	Key    string
	Args   []any // name, value, name, value …
	Fields []Field
	cause  error
}

// New makes an error of a kind; args are name, value pairs for the message.
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: args}
}

// Bad is Invalid with the fields that are wrong.
func Bad(fields ...Field) *Error {
	return &Error{Kind: Invalid, Key: "fault.invalid", Fields: fields}
}

// Wrap keeps the cause for the log; people never see it.
func (e *Error) Wrap(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

func (e *Error) Error() string {
	s := e.Kind.String() + " " + e.Key
	if len(e.Fields) > 0 {
		var f []string
		for _, x := range e.Fields {
			f = append(f, x.Name+"="+x.Key)
		}
		s += " [" + strings.Join(f, " ") + "]"
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.cause }

// As finds the house's error in a chain; a foreign one becomes Internal.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Key: "fault.internal", cause: err}
}

// KindOf is the kind of an error; Internal for a foreign one.
func KindOf(err error) Kind { return As(err).Kind }

// Is says whether err is of the kind.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Fields are the wrong inputs of an Invalid error.
func Fields(err error) []Field { return As(err).Fields }

// Doing says what was being done when err came up; nil stays nil.
func Doing(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), *err)
	}
}
