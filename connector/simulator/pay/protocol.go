package pay

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// The protocol as docs/operate.md has it, written here a second time: a gateway shares no code with
// those who call it.

const (
	merchantHeader  = "X-Pay-Merchant"
	timeHeader      = "X-Pay-Timestamp"
	nonceHeader     = "X-Pay-Nonce"
	signatureHeader = "X-Pay-Signature"
)

type (
	orderBody struct {
		No      string `json:"order_no"`
		Amount  int64  `json:"amount"`
		Subject string `json:"subject"`
		Until   int64  `json:"expires_at"`
		Notify  string `json:"notify_url"`
		Back    string `json:"return_url"`
	}
	openedBody struct {
		Number  string `json:"pay_code"`
		Address string `json:"pay_url"`
	}
	queryBody struct {
		No string `json:"order_no"`
	}
	paidBody struct {
		No     string `json:"order_no"`
		Serial string `json:"serial_no"`
		Amount int64  `json:"amount"`
		At     int64  `json:"paid_at"`
	}
	paidList struct {
		Payments []paidBody `json:"payments"`
	}
	refundBody struct {
		ID     string `json:"refund_id"`
		Serial string `json:"serial_no"`
		Amount int64  `json:"amount"`
	}
	refundedBody struct {
		Number string `json:"refund_no"`
	}
	dayBody struct {
		Day string `json:"date"`
	}
	moveBody struct {
		Serial string `json:"serial_no"`
		No     string `json:"order_no"`
		Amount int64  `json:"amount"`
		At     int64  `json:"at"`
	}
	statementBody struct {
		Lines []moveBody `json:"lines"`
	}
)

func signature(key, method, path, at, nonce string, body []byte) string {
	digest := sha256.Sum256(body)
	m := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(m, "%s\n%s\n%s\n%s\n%s\n", method, path, at, nonce, hex.EncodeToString(digest[:]))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
