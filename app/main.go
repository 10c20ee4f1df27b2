package app

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/telemetry"
	"yimen/process/review"
)

const usage = `yimen: one door to the whole government

  yimen demo [--fresh] [--accounts] [--laws DIR] [--addr HOST:PORT] [--data DIR] [--db URL]
      the whole demo town, ready to click (YIMEN_ADDR, YIMEN_DATA, YIMEN_NOW); --laws loads law texts too
  yimen serve --data DIR [--db sqlite:PATH|postgres://…] [--addr HOST:PORT] [--host URL] [--proxies N]
      the same program without the town
  yimen account add --role ROLE --account NAME --name NAME [--organ USCC] [--hall ID] --data DIR [--db URL]
      makes an account and prints its one-time code
  yimen token --as ACCOUNT [--days N] [--revoke] --data DIR [--db URL]
      prints a bearer token of a staff account, once
  yimen portal add --name NAME --items '*' --organs '*' --verbs submit,read,hooks [--assurance 2] --data DIR [--db URL]
      lets another system in and prints its id and secret, once; portal list, portal revoke ID
  yimen import laws DIR --data DIR [--db URL]
      loads law texts and says what is new, what changed and what cites a changed article; may be run again
  yimen import items FILE.xlsx|FILE.json [--check] --data DIR [--db URL]
      publishes a department's items, all or none; --check says what is wrong and writes nothing
  yimen export items FILE.xlsx|.json|.csv|.jsonl [--items ID,…] [--national] --data DIR [--db URL]
      writes items in force as a workbook, a document, or in the names of the national exchange
  yimen import rule ITEM FILE.dmn|FILE.xlsx [--check] --data DIR [--db URL]
      keeps an item's decision table, to be signed at the rules desk; all or nothing, --check writes nothing
  yimen export rule ITEM [--as dmn|xlsx] FILE --data DIR [--db URL]
      writes an item's decision table as it is worked on
  yimen import bundles FILE.json --data DIR [--db URL]
      keeps matters of life (一件事) put together from items, in the file's order; all or none
  yimen export bundles FILE.json --data DIR [--db URL]
      writes them as import reads them
  yimen verify FILE [--ca FILE] [--data DIR]
      checks a sealed document offline
  yimen verify --data DIR [--db URL]
      checks the audit chains of a house
  yimen bench [--check] [NAME…]
      measures, one line each
`

// Main runs a command and gives the exit code: 0 done, 1 failed, 2 wrong usage.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	commands := map[string]func(context.Context, []string) error{"demo": demo, "serve": serve, "account": account, "token": token, "portal": portalCommand, "verify": verifyCommand, "import": importCommand, "export": exportCommand, "bench": bench}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	err := commands[args[0]](ctx, args[1:])
	var wrong usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, "yimen:", err)
		return 2
	}
	fmt.Fprintln(os.Stderr, "yimen:", err)
	return 1
}

type usageError string

func (e usageError) Error() string { return string(e) }

// house are the flags of every command that opens a house.
type house struct {
	data, db, addr, host string
	proxies              int
	lease, back          time.Duration
}

func (o *house) flags(name, data string) *flag.FlagSet {
	f := flag.NewFlagSet("yimen "+name, flag.ContinueOnError)
	f.StringVar(&o.data, "data", env("YIMEN_DATA", data), "folder of database, blobs and keys")
	f.StringVar(&o.db, "db", os.Getenv("YIMEN_DB"), "sqlite:PATH or postgres://…; default: sqlite in the data folder")
	f.StringVar(&o.addr, "addr", env("YIMEN_ADDR", "127.0.0.1:8080"), "address to listen on")
	f.StringVar(&o.host, "host", "", "address people reach us at, for QR codes; default http://ADDR")
	f.IntVar(&o.proxies, "proxies", 0, "how many proxies of ours stand in front and set X-Forwarded-For")
	f.DurationVar(&o.lease, "claim-lease", review.UsualLease, "how long no colleague takes over a task that an officer has claimed")
	f.DurationVar(&o.back, "undo", review.MostBack, "how long an officer can take a completion back, at most 10m")
	return f
}

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

func (o house) config() Config {
	if o.host == "" {
		o.host = "http://" + o.addr
	}
	return Config{Data: o.data, DB: o.db, Host: strings.TrimRight(o.host, "/"), TLS: strings.HasPrefix(o.host, "https://"), Proxies: o.proxies, ClaimLease: o.lease, UndoWithin: o.back,
		Log: telemetry.NewLogger(os.Stderr, nil)}
}

func demo(ctx context.Context, args []string) error {
	var o house
	f := o.flags("demo", filepath.Join("var", "demo"))
	fresh := f.Bool("fresh", false, "start over")
	accounts := f.Bool("accounts", false, "print every account as JSON and end")
	laws := f.String("laws", "", "folder of law texts to load once the town is there")
	if err := f.Parse(args); err != nil {
		return usageError(err.Error())
	}
	if *fresh {
		if err := startOver(o.data); err != nil {
			return err
		}
	}
	c := o.config()
	c.Demo = true
	var err error
	if c.Now, err = clockFrom(os.Getenv("YIMEN_NOW")); err != nil {
		return err
	}
	h, err := Open(ctx, c)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.LoadTown(ctx); err != nil {
		return err
	}
	if *laws != "" {
		if err := h.importLaws(ctx, *laws, os.Stderr); err != nil {
			return err
		}
	}
	if *accounts {
		return printAccounts(ctx, h, os.Stdout)
	}
	return h.Serve(ctx, o.addr, func() { h.welcome(ctx, os.Stdout) })
}

// clockFrom starts the clock at a given time and lets it run on; empty: the computer's own.
func clockFrom(s string) (func() time.Time, error) {
	if s == "" {
		return time.Now, nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		d, e := calendar.ParseDate(s)
		if e != nil {
			return nil, usageError("YIMEN_NOW wants 2026-03-02 or 2026-03-02T09:30:00+08:00")
		}
		at = d.At(9*time.Hour + 30*time.Minute)
	}
	began := time.Now()
	return func() time.Time { return at.Add(time.Since(began)) }, nil
}

// startOver removes a demo's folder, and only a demo's.
func startOver(data string) error {
	entries, err := os.ReadDir(data)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(data, "keys", "demo-ca.pem")); err != nil {
		return fmt.Errorf("%s is no demo folder, so --fresh leaves it alone", data)
	}
	return os.RemoveAll(data)
}

func printAccounts(ctx context.Context, h *House, w io.Writer) error {
	all, err := h.Accounts(ctx)
	if err != nil {
		return err
	}
	d, err := h.demoData()
	if err != nil {
		return err
	}
	if d.Portal.ID != "" {
		all = append(all, Account{Account: string(d.Portal.ID), Name: d.Portal.Name, Post: "POST /api/v1/token", Roles: "portal", Password: d.Portal.Secret})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(all)
}

// welcome prints where everything is.
func (h *House) welcome(ctx context.Context, w io.Writer) {
	fmt.Fprintf(w, "\nYimen 一门: the demo town is open\n\n")
	for _, s := range []struct{ name, path string }{{"citizens 市民", "/"}, {"progress 办理进度", "/progress"}, {"verify 核验", "/verify"},
		{"staff sign-in 工作人员登录", "/staff/signin"}, {"window 窗口", "/window"}, {"counter screen 柜台副屏", "/window/counter"}, {"departments 部门审批", "/approver"},
		{"oversight 监督", "/oversight"}, {"administration 管理", "/admin"}, {"developers 接口", "/developers"}, {"simulated phones 模拟手机", "/simulator/texts"},
		{"simulated real names 模拟实名平台", "/simulator/realname"}, {"metrics", "/metrics"}, {"health", "/healthz"}, {"readiness", "/readyz"}} {
		fmt.Fprintf(w, "  %-32s %s%s\n", s.name, h.Host, s.path)
	}
	all, err := h.Accounts(ctx)
	if err != nil || len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%d accounts, one click each on the sign-in page; all have the password %s\n", len(all), all[0].Password)
	for _, a := range all {
		fmt.Fprintf(w, "  %-20s %-22s %s %s\n", a.Account, a.Roles, a.Name, a.Post)
	}
	if d, err := h.demoData(); err == nil && d.Portal.ID != "" {
		fmt.Fprintf(w, "\nanother system, %s: client_id %s, client_secret %s\n", d.Portal.Name, d.Portal.ID, d.Portal.Secret)
	}
	fmt.Fprintf(w, "\n`yimen demo --accounts` prints them as JSON with their code secrets.\n\n")
}

func serve(ctx context.Context, args []string) error {
	var o house
	if err := o.flags("serve", filepath.Join("var", "yimen")).Parse(args); err != nil {
		return usageError(err.Error())
	}
	if err := refuseDemo(o.data); err != nil {
		return err
	}
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	return h.Serve(ctx, o.addr, func() { h.Log.Info("open", "address", h.Host) })
}

func account(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "add" {
		return usageError("yimen account add --role ROLE --account NAME --name NAME")
	}
	var o house
	var s org.Staff
	f := o.flags("account add", filepath.Join("var", "yimen"))
	f.StringVar(&s.Roles, "role", "", "admin, supervisor, keeper, clerk, approver or representative")
	f.StringVar(&s.Account, "account", "", "log-in name; default: the role")
	f.StringVar(&s.Name, "name", "", "the person's name; default: the log-in name")
	organ := f.String("organ", "", "the organ's 统一社会信用代码")
	hall := f.String("hall", "", "the hall's code")
	if err := f.Parse(args[1:]); err != nil {
		return usageError(err.Error())
	}
	if err := completeStaff(&s, *organ, *hall); err != nil {
		return err
	}
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	id, err := h.Library.AddAccount(ctx, "system:console", s)
	if err != nil {
		return err
	}
	token, err := h.Door.Invite(ctx, "system:console", id)
	if err != nil {
		return err
	}
	fmt.Printf("account %s is made. Within a day, open\n  %s/staff/enrol\nand enter this one-time code:\n  %s\n", s.Account, h.Host, token)
	return nil
}
