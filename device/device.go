// Package device names what the machines on a window's desk can do.
//
// Each ability is one small interface; a driver's package has as many as its machine. Errors
// that a clerk can act on are, or wrap, the Err values here. What is read from a card is
// confidential (居民身份证法 13): a driver keeps and logs none of it.
package device

import (
	"context"

	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/ref"
)

// What a clerk can act on.
var (
	ErrNoCard      = fault.New(fault.NotFound, "device.no_card")         // nothing on the reader: put the card on
	ErrReadAgain   = fault.New(fault.Unavailable, "device.read_again")   // lift the card and put it on again
	ErrUnreadable  = fault.New(fault.Invalid, "device.unreadable")       // the card holds what no card may hold
	ErrUnknownCard = fault.New(fault.Invalid, "device.unknown_card")     // a kind of card this driver cannot read: type it in
	ErrBroken      = fault.New(fault.Unavailable, "device.reader_fails") // the reader itself: use another window
)

// IDReader reads the card that lies on it, waiting for one until ctx ends.
type IDReader interface {
	Read(ctx context.Context) (Card, error)
}

// DocumentCamera (高拍仪) takes one picture of what lies under it. contentType is a media type
// such as image/jpeg.
type DocumentCamera interface {
	Snap(ctx context.Context) (image []byte, contentType string, err error)
}

// CardKind is the marker a card carries for its kind.
type CardKind string

const (
	CardCitizen   CardKind = "C" // 居民身份证; the card itself has a space
	CardForeign   CardKind = "I" // 外国人永久居留身份证, 2017
	CardResidence CardKind = "J" // 港澳台居民居住证
)

// Card is what an identity card says.
type Card struct {
	Kind        CardKind
	Name        string // of a foreigner the Chinese name, when there is one
	NameEn      string // foreigners only
	Sex         ref.Sex
	Ethnic      ref.Ethnic // citizens only
	Nationality string     // foreigners only: three letters
	Born        calendar.Date
	Address     string // not on a foreigner's card
	Number      string // in ref's canonical form
	Issuer      string // 签发机关; of a foreigner's card its code
	Permit      string // 通行证号码, residence permits only
	Issues      string // 签发次数, or a foreigner's card's version
	From        calendar.Date
	To          calendar.Date // no meaning when LongTerm
	LongTerm    bool          // 长期
	PrivateUse  bool          // a name or address holds private-use characters: compare with the card
	Photo       []byte        // as stored on the card (WLT, up to 1024 bytes); its codec is the vendor's
}

// Document is the kind of document the card is.
func (c Card) Document() ref.DocumentKind {
	switch c.Kind {
	case CardForeign:
		return ref.DocumentForeignResident
	case CardResidence:
		return ref.DocumentResidence
	}
	return ref.DocumentIDCard
}

// Valid says whether the card is in its period of validity on the day.
func (c Card) Valid(on calendar.Date) bool { return on >= c.From && (c.LongTerm || on <= c.To) }
