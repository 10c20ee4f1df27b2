package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"yimen/domain/identity"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/text"
)

// token prints a bearer token of a staff account, once, or ends all of them.
func token(ctx context.Context, args []string) error {
	var o house
	f := o.flags("token", dataFolder())
	as := f.String("as", "", "the account whose token it is")
	days := f.Int("days", 30, "how many days it is good, 1 to 366")
	revoke := f.Bool("revoke", false, "end all tokens of the account instead")
	if err := f.Parse(args); err != nil {
		return usageError(err.Error())
	}
	if *as == "" {
		return usageError("yimen token --as ACCOUNT [--days N] [--revoke]")
	}
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	if *revoke {
		n, err := h.Door.RevokeStaff(ctx, "system:console", *as)
		if err == nil {
			fmt.Printf("%d tokens of %s are ended\n", n, *as)
		}
		return err
	}
	text, until, err := h.Door.StaffToken(ctx, "system:console", *as, *days)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "token of %s, good until %s, shown this once:\n", *as, until.Format("2006-01-02 15:04 MST"))
	fmt.Println(text) // alone on standard output, so that a script can take it
	return nil
}

// dataFolder is the house that is there: a town's own, else the demo's.
func dataFolder() string {
	own, demo := filepath.Join("var", "yimen"), filepath.Join("var", "demo")
	if _, err := os.Stat(own); err != nil {
		if _, err := os.Stat(demo); err == nil {
			return demo
		}
	}
	return own
}

const portalUsage = "yimen portal add --name NAME --items '*'|ID,… --organs '*'|USCC,… --verbs submit,read,hooks [--assurance 2] | portal list | portal revoke ID"

// portalCommand registers, lists and shuts out other systems.
func portalCommand(ctx context.Context, args []string) error {
	commands := map[string]func(context.Context, []string) error{"add": portalAdd, "list": portalList, "revoke": portalRevoke}
	if len(args) == 0 || commands[args[0]] == nil {
		return usageError(portalUsage)
	}
	return commands[args[0]](ctx, args[1:])
}

// spaced turns what people put between words into spaces.
func spaced(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, ",", " ")), " ")
}

func portalAdd(ctx context.Context, args []string) error {
	var o house
	f := o.flags("portal add", dataFolder())
	name := f.String("name", "", "what people call the system")
	items := f.String("items", "", "ids of its items, comma between, or *")
	organs := f.String("organs", "", "统一社会信用代码 of its organs, comma between, or *")
	verbs := f.String("verbs", "", "what it may: submit, read, hooks")
	assurance := f.String("assurance", "1", "how surely it may vouch for who applies: 1 or 2")
	if err := f.Parse(args); err != nil {
		return usageError(err.Error())
	}
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	p, secret, err := h.Door.AddPortal(ctx, "system:console", identity.Portal{Name: *name, Items: spaced(*items), Organs: spaced(*organs), Verbs: spaced(*verbs), Assurance: ref.Assurance(*assurance)})
	if fields := fault.Fields(err); len(fields) > 0 {
		var wrong []string
		for _, x := range fields {
			wrong = append(wrong, "--"+x.Name+": "+text.T(text.English, x.Key, x.Args...))
		}
		return usageError(strings.Join(wrong, "\n"))
	}
	if err != nil {
		return err
	}
	fmt.Printf("portal %s is registered; its secret is shown this once:\n  client_id      %s\n  client_secret  %s\n", p.Name, p.ID, secret)
	return nil
}

// mostPortals is how many are listed.
const mostPortals = 1000

func portalList(ctx context.Context, args []string) error {
	h, err := openFor(ctx, "portal list", args)
	if err != nil {
		return err
	}
	defer h.Close()
	all, err := identity.Portals(ctx, h.DB, mostPortals)
	for _, p := range all {
		state := "active"
		if !p.Active {
			state = "revoked"
		}
		fmt.Printf("%s  %-8s  verbs %s  items %s  organs %s  assurance %s  %s\n", p.ID, state, p.Verbs, p.Items, p.Organs, p.Assurance, p.Name)
	}
	return err
}

func portalRevoke(ctx context.Context, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return usageError(portalUsage)
	}
	h, err := openFor(ctx, "portal revoke", args[1:])
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.Door.ClosePortal(ctx, "system:console", ref.PortalID(args[0])); err != nil {
		return err
	}
	fmt.Printf("portal %s is shut out, its tokens are ended\n", args[0])
	return nil
}

// openFor opens a house for a command that has no flags of its own.
func openFor(ctx context.Context, name string, args []string) (*House, error) {
	var o house
	f := o.flags(name, dataFolder())
	if err := f.Parse(args); err != nil {
		return nil, usageError(err.Error())
	}
	return Open(ctx, o.config())
}

// demoPortal is the other system of the demo town.
type demoPortal struct {
	ID     ref.PortalID `json:"client_id"`
	Secret string       `json:"client_secret"`
	Name   string       `json:"name"`
}

// addDemoPortal registers it; its secret is demo data and is kept beside the demo's password.
func (h *House) addDemoPortal(ctx context.Context) (demoPortal, error) {
	p, secret, err := h.Door.AddPortal(ctx, "system:import", identity.Portal{Name: letterText("town.portal"), Items: identity.Any, Organs: identity.Any,
		Verbs: strings.Join(identity.Verbs(), " "), Assurance: ref.AssuranceReal})
	return demoPortal{p.ID, secret, p.Name}, err
}
