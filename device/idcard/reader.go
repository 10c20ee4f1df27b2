// Package idcard drives second-generation identity card readers: the SDT protocol of the
// SAM_A security module over any byte stream (serial line 115200 8N1, USB bulk, a pipe).
//
// A card is found and selected before every read. A damaged or missing answer never blocks
// and never passes for another command's. Nothing read is kept or logged.
package idcard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"yimen/device"
)

// Settings are the times of the conversation; zero fields take the usual ones.
type Settings struct {
	Poll     time.Duration // between two looks for a card: 300 ms
	Answer   time.Duration // the longest wait for one answer: 3 s (a read takes 1–1.5 s)
	Attempts int           // reads of one card before giving up: 3
}

// Reader is a card reader on a byte stream. It is safe for use by several goroutines.
type Reader struct {
	rw     io.ReadWriter
	set    Settings
	chunks chan []byte // what the stream brought
	ended  chan struct{}
	closed chan struct{}
	once   sync.Once
	turn   chan struct{} // held during a read
	owed   int           // commands whose answer has not come: it may come late
}

var _ device.IDReader = (*Reader)(nil)

// What is wrong when no answer comes.
var (
	ErrLine   = fmt.Errorf("idcard: the line to the reader is gone: %w", device.ErrBroken)
	ErrSilent = fmt.Errorf("idcard: no answer in time: %w", device.ErrBroken)
)

// New starts listening on the stream; Close stops.
func New(rw io.ReadWriter, set Settings) *Reader {
	if set.Poll <= 0 {
		set.Poll = 300 * time.Millisecond
	}
	if set.Answer <= 0 {
		set.Answer = 3 * time.Second
	}
	if set.Attempts <= 0 {
		set.Attempts = 3
	}
	r := &Reader{rw: rw, set: set, chunks: make(chan []byte, 64), ended: make(chan struct{}),
		closed: make(chan struct{}), turn: make(chan struct{}, 1)}
	go r.listen()
	return r
}

// listen passes on what the stream brings until it ends.
func (r *Reader) listen() {
	defer close(r.ended)
	for {
		buf := make([]byte, 2048)
		n, err := r.rw.Read(buf)
		if n > 0 {
			select {
			case r.chunks <- buf[:n]:
			case <-r.closed:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// Close closes the stream when it can be closed.
func (r *Reader) Close() error {
	r.once.Do(func() { close(r.closed) })
	if c, ok := r.rw.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Ready asks the security module for its status.
func (r *Reader) Ready(ctx context.Context) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	defer r.leave()
	_, err := r.exchange(ctx, cmdStatus)
	return err
}

// Read waits for a card until ctx ends (device.ErrNoCard) and reads it. A read that fails is
// tried again from finding the card.
func (r *Reader) Read(ctx context.Context) (device.Card, error) {
	if err := r.enter(ctx); err != nil {
		return device.Card{}, err
	}
	defer r.leave()
	var err error
	for range r.set.Attempts {
		if err = r.find(ctx); err != nil {
			if errors.Is(err, ErrLine) || ctx.Err() != nil {
				break
			}
			continue
		}
		var card device.Card
		if card, err = r.readOnce(ctx); err == nil {
			return card, nil
		}
		if errors.Is(err, device.ErrUnreadable) || errors.Is(err, device.ErrUnknownCard) || ctx.Err() != nil {
			break
		}
	}
	return device.Card{}, err
}

func (r *Reader) enter(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Reader) leave() { <-r.turn }

// find looks for a card every Poll until one is there.
func (r *Reader) find(ctx context.Context) error {
	for {
		_, err := r.exchange(ctx, cmdFind)
		if !errors.Is(err, device.ErrNoCard) {
			return err
		}
		wait := time.NewTimer(r.set.Poll)
		select {
		case <-ctx.Done():
			wait.Stop()
			return fmt.Errorf("%w: %w", err, ctx.Err())
		case <-wait.C:
		}
	}
}

func (r *Reader) readOnce(ctx context.Context) (device.Card, error) {
	if _, err := r.exchange(ctx, cmdSelect); err != nil {
		return device.Card{}, err
	}
	data, err := r.exchange(ctx, cmdRead)
	if err != nil {
		return device.Card{}, err
	}
	text, photo, err := split(data)
	if err != nil {
		return device.Card{}, err
	}
	card, err := Decode(text)
	if err != nil {
		return device.Card{}, err
	}
	card.Photo = photo
	return card, nil
}

// split takes a read's data apart: length of text, length of photo, text, photo.
func split(data []byte) (text, photo []byte, err error) {
	if len(data) < 4 {
		return nil, nil, ErrAnswer
	}
	t, p := int(data[0])<<8|int(data[1]), int(data[2])<<8|int(data[3])
	if t != textBytes || len(data) < 4+t+p {
		return nil, nil, ErrAnswer
	}
	return data[4 : 4+t], data[4+t : 4+t+p], nil
}

// exchange sends a command and waits for its answer.
func (r *Reader) exchange(ctx context.Context, c command) ([]byte, error) {
	r.drop()
	if err := r.send(ctx, c); err != nil {
		return nil, err
	}
	wait := time.NewTimer(r.set.Answer)
	defer wait.Stop()
	var buf []byte
	for {
		a, rest, err := next(buf)
		switch {
		case err == nil && !c.fits(a) && r.owed > 0:
			r.owed-- // the late answer to an earlier command
			buf = rest
			continue
		case err == nil:
			return c.judge(a)
		case !errors.Is(err, errPartial):
			r.owed++ // the good answer may follow the damaged one
			return nil, err
		}
		buf = rest
		select {
		case chunk := <-r.chunks:
			buf = append(buf, chunk...)
		case <-r.ended:
			if len(r.chunks) == 0 {
				return nil, ErrLine
			}
		case <-wait.C:
			r.owed++
			return nil, ErrSilent
		case <-ctx.Done():
			r.owed++
			return nil, fmt.Errorf("idcard: waiting for an answer: %w", ctx.Err())
		}
	}
}

// drop forgets what came before the command.
func (r *Reader) drop() {
	for {
		select {
		case <-r.chunks:
		default:
			return
		}
	}
}

// send writes a command; a stream that takes no bytes is given up after Answer.
func (r *Reader) send(ctx context.Context, c command) error {
	sent := make(chan error, 1)
	go func() {
		_, err := r.rw.Write(c.frame())
		sent <- err
	}()
	wait := time.NewTimer(r.set.Answer)
	defer wait.Stop()
	select {
	case err := <-sent:
		if err != nil {
			return fmt.Errorf("%w: %w", ErrLine, err)
		}
		return nil
	case <-wait.C:
		return ErrSilent
	case <-ctx.Done():
		return fmt.Errorf("idcard: sending: %w", ctx.Err())
	}
}

// fits says whether the answer can be this command's: a good one by its status and length, a
// bad one always.
func (c command) fits(a answer) bool {
	switch a.status[2] {
	case StatusFound:
		return c == cmdFind
	case StatusFindFailed:
		return c == cmdFind
	case StatusSelectFailed:
		return c == cmdSelect
	case StatusReadFailed:
		return c == cmdRead
	case StatusOK:
		return c == cmdStatus && len(a.data) == 0 || c == cmdSelect && len(a.data) == 8 || c == cmdRead && len(a.data) > 8
	}
	return true
}

// judge turns a bad status into its error.
func (c command) judge(a answer) ([]byte, error) {
	good := a.status[2] == StatusOK || a.status[2] == StatusFound
	switch {
	case !good:
		return nil, StatusError{a.status}
	case !c.fits(a):
		return nil, ErrAnswer
	}
	return a.data, nil
}
