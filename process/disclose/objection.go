package disclose

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"yimen/domain/audit"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
)

// longest is the most characters of an objection or its answer.
const longest = 1000

// Objection is what a person objects to: a look at them, in one step, or a fact held on them,
// with what is wrong about it.
type Objection struct {
	Submit once.Submit
	Me     identity.Me
	Access string // the look's id, or
	Fact   string // the fact's name
	Words  string // needed for a fact
}

// Object notes an objection for the supervisors. A second one to the same look is the first one
// again. Errors: NotFound for a look or fact that is not the person's, or below the real-name
// level; Invalid.
func (g *Gate) Object(ctx context.Context, o Objection) (string, error) {
	o.Words = strings.TrimSpace(o.Words)
	if err := saidEnough("words", o.Words, o.Access == ""); err != nil {
		return "", err
	}
	about, err := g.about(ctx, o)
	if err != nil {
		return "", err
	}
	var id string
	err = g.DB.Write(ctx, "disclose.Object", func(ctx context.Context, tx *db.Tx) error {
		id, err = once.Do(ctx, tx, o.Submit, func() (string, error) { return g.object(ctx, tx, about, o.Words) })
		return err
	})
	return id, err
}

func (g *Gate) object(ctx context.Context, tx *db.Tx, about audit.Objection, words string) (string, error) {
	id, fresh, err := audit.Object(ctx, tx, g.Vault, about, words)
	if err != nil || !fresh {
		return id, err
	}
	if err := audit.Begin(ctx, tx, audit.Entry{Actor: about.Actor, Verb: "disclose.Object", Object: "objection:" + id, After: audit.Digest(about.Access, about.Fact), At: about.At}); err != nil {
		return id, err
	}
	return id, g.Bus.Publish(ctx, tx, audit.WasObjected{Objection: id})
}

// about reads what is objected to and holds it to whose it is.
func (g *Gate) about(ctx context.Context, o Objection) (audit.Objection, error) {
	out := audit.Objection{Access: o.Access, Fact: o.Fact, Party: o.Me.For, Actor: o.Me.Actor(), At: g.Now()}
	notThere := fault.New(fault.NotFound, "fault.not_found")
	if !o.Me.Real() {
		return out, notThere
	}
	if o.Access == "" {
		held, err := party.Facts(ctx, g.DB, g.Vault, o.Me.For, o.Fact)
		if err == nil && len(held) == 0 && o.Fact != NameFact {
			err = notThere
		}
		return out, err
	}
	selves, err := party.Selves(ctx, g.DB, o.Me.For)
	if err != nil {
		return out, err
	}
	a, err := audit.GetAccess(ctx, g.DB, o.Access)
	if err != nil {
		return out, err
	}
	out.Party, out.Case, out.Organ, out.Fact = a.Party, a.Case, a.Organ, ""
	if !slices.Contains(selves, a.Party) {
		return out, notThere
	}
	return out, nil
}

func saidEnough(name, words string, needed bool) error {
	if words == "" && needed {
		return fault.Bad(fault.Field{Name: name, Key: "disclose.words_empty"})
	}
	if utf8.RuneCountInString(words) > longest {
		return fault.Bad(fault.Field{Name: name, Key: "form.too_long", Args: []any{"max", longest}})
	}
	return nil
}

// NameFact is the party's name among the facts held on it.
const NameFact = "name"

// Answer is a supervisor's answer to an objection.
type Answer struct {
	Submit    once.Submit
	By        org.Staff
	Objection string
	Words     string
}

// Answer answers an objection; the person reads it in their space. Errors: Invalid, Conflict when
// it was answered, Denied for anybody but a supervisor and for who looked.
func (g *Gate) Answer(ctx context.Context, a Answer) error {
	a.Words = strings.TrimSpace(a.Words)
	if !a.By.Active || !a.By.Has("supervisor") {
		return fault.New(fault.Denied, "fault.denied")
	}
	if err := saidEnough("answer", a.Words, true); err != nil {
		return err
	}
	return g.DB.Write(ctx, "disclose.Answer", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, a.Submit, func() (string, error) { return "", g.answer(ctx, tx, a) })
		return err
	})
}

func (g *Gate) answer(ctx context.Context, tx *db.Tx, a Answer) error {
	o, err := audit.GetObjection(ctx, tx, a.Objection)
	if err != nil {
		return err
	}
	if o.Access != "" {
		look, err := audit.GetAccess(ctx, tx, o.Access)
		if err == nil && look.Actor == a.By.ID { // nobody judges their own look
			err = fault.New(fault.Denied, "disclose.own_look")
		}
		if err != nil {
			return err
		}
	}
	now := g.Now()
	if err := audit.Reply(ctx, tx, g.Vault, o, a.By.ID, a.Words, now); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(a.By.ID), Verb: "disclose.Answer", Object: "objection:" + o.ID, At: now}); err != nil {
		return err
	}
	return g.Bus.Publish(ctx, tx, audit.WasAnswered{Objection: o.ID, Party: o.Party})
}

// Download notes that a person took everything that is held on a party; the caller may read
// after it returned nil. Taking it twice is two rows: twice a copy left the house.
func (g *Gate) Download(ctx context.Context, me identity.Me) error {
	if !me.Real() {
		return fault.New(fault.Denied, "fault.denied")
	}
	return g.DB.Write(ctx, "disclose.Download", func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: me.Actor(), Verb: "disclose.Download", Object: "party:" + string(me.For), At: g.Now()})
	})
}
