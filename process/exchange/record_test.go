package exchange

import (
	"context"
	"errors"
	"testing"

	"yimen/domain/identity"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
)

// A record that cannot be read is passed over; for a database that does not answer, nothing is.
func TestBadRecordOrNoAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx, tries := &Hooks{DB: d}, context.Background(), 0
		fails := func(times int, err error) func() (string, error) {
			tries = 0
			return func() (string, error) {
				if tries++; tries <= times {
					return "", err
				}
				return "read", nil
			}
		}
		broken, down := errors.New("cannot scan"), fault.New(fault.Unavailable, "fault.unavailable")
		if x, found, err := record(ctx, h, "r", fails(1, broken)); x != "read" || !found || err != nil {
			t.Errorf("a connection that broke once: %v %v", found, err)
		}
		if _, found, err := record(ctx, h, "r", fails(9, broken)); found || err != nil {
			t.Errorf("a bad record: %v %v", found, err)
		}
		if _, found, err := record(ctx, h, "r", fails(9, down)); found || err == nil {
			t.Errorf("a database that is too busy: %v %v", found, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if _, found, err := record(ctx, h, "r", fails(9, broken)); found || err == nil {
			t.Errorf("a database that is gone: %v %v", found, err)
		}
	}, identity.Schema)
}
