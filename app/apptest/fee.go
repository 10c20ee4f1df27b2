package apptest

import (
	"time"

	"yimen/connector"
	"yimen/connector/simulator/pay"
)

// Unpaid has fees wait until somebody pays them; else the simulated gateway pays each at once.
func (a *App) Unpaid() { a.Purse().Behave(pay.Honest) }

// Hears has the house hear of a payment, of whatever order.
func (a *App) Hears(order, serial string, fen int64, at time.Time) {
	a.t.Helper()
	Must(a, 0, a.Till.Take(ctx, connector.Paid{Order: order, Serial: serial, Amount: fen, At: at}, "call"))
}
