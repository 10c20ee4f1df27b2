package app_test

import (
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"

	"yimen/app"
	"yimen/app/apptest"
	"yimen/domain/identity"
	"yimen/foundation/db/dbtest"
	"yimen/process/signin"
)

// command runs the program and gives what it prints and its exit code.
func command(t *testing.T, args ...string) (string, int) {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	keep := os.Stdout
	os.Stdout = out
	code := app.Main(args)
	os.Stdout = keep
	said, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(said), code
}

// What `yimen portal` and `yimen token` print opens the interface, until it is taken back.
func TestPortalAndTokenCommands(t *testing.T) {
	data, address := t.TempDir(), dbtest.SQLite(t)
	a := apptest.NewIn(t, data, address, slog.New(slog.DiscardHandler))
	at := []string{"--data", data, "--db", address}
	run := func(code int, args ...string) string {
		t.Helper()
		said, got := command(t, append(args, at...)...)
		if got != code {
			t.Fatalf("%v: %d, %s", args, got, said)
		}
		return said
	}
	said := run(0, "portal", "add", "--name", "省厅", "--items", "cc-road-dig, cc-food-business", "--organs", "*", "--verbs", "submit,read", "--assurance", "2")
	words := regexp.MustCompile(`client_id\s+(\S+)\s+client_secret\s+(ymc_\S+)`).FindStringSubmatch(said)
	if words == nil {
		t.Fatal(said)
	}
	got, err := a.Door.Grant(ctx, signin.Credentials{ID: words[1], Secret: words[2]})
	if err != nil || got.Scope != "submit read" {
		t.Fatal(got, err)
	}
	if list := run(0, "portal", "list"); !strings.Contains(list, words[1]) || !strings.Contains(list, "省厅") || strings.Contains(list, "ymc_") {
		t.Error(list)
	}
	run(0, "portal", "revoke", words[1])
	if _, err := a.Door.Bearer(ctx, got.Token); err == nil {
		t.Error("a revoked portal's token is good")
	}
	run(2, "portal", "add", "--name", "甲", "--items", "none", "--organs", "*", "--verbs", "fly")
	run(2, "portal", "fly")
	run(2, "token")
	token := regexp.MustCompile(`yms_\S+`).FindString(run(0, "token", "--as", "build-decide", "--days", "300"))
	b, err := a.Door.Bearer(ctx, token)
	if err != nil || b.Staff.Account != "build-decide" {
		t.Fatal(b, err)
	}
	run(0, "token", "--as", "build-decide", "--revoke")
	if _, err := a.Door.Bearer(ctx, token); err == nil {
		t.Error("a revoked token is good")
	}
	all, err := identity.Portals(ctx, a.DB, 10)
	if err != nil || len(all) != 2 { // the demo's own, and this one
		t.Error(len(all), err)
	}
}
