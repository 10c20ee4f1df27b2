// Package admin is the town engineer's desk: what is stuck, who hears what, who may sign in, and whether the audit chain
// holds.
//
// It holds that nothing here opens a person's data, that a one-time code is shown once, and that every act goes through a
// process and leaves its audit row.
package admin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/audit"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/process/inform"
	"yimen/process/signin"
	"yimen/process/standards"
	"yimen/process/supervise"
	"yimen/ref"
	"yimen/web/page"
)

// Surface is the engineer's desk.
type Surface struct {
	DB      db.Reader
	Bus     *event.Bus
	Watch   *supervise.Watch
	Library *standards.Library
	Door    *signin.Door
	Post    *inform.Post
}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	roles := []page.Role{page.Admin}
	return append(append(s.lawRoutes(), s.calendarRoutes()...), []page.Route{
		{Method: "GET", Pattern: "/admin", Roles: roles, Handler: s.home, Title: "admin.title"},
		{Method: "POST", Pattern: "/admin/retry", Roles: roles, Handler: s.retry, Title: "admin.title"},
		{Method: "GET", Pattern: "/admin/accounts", Roles: roles, Handler: s.accounts, Title: "admin.accounts.title"},
		{Method: "POST", Pattern: "/admin/accounts", Roles: roles, Handler: s.addAccount, Title: "admin.accounts.title"},
		{Method: "POST", Pattern: "/admin/accounts/{id}/invite", Roles: roles, Handler: s.invite, Title: "admin.accounts.title"},
		{Method: "GET", Pattern: "/admin/texts", Roles: roles, Handler: s.texts, Title: "notice.texts.title"},
		{Method: "POST", Pattern: "/admin/texts/again", Roles: roles, Handler: s.again, Title: "notice.texts.title"},
		{Method: "POST", Pattern: "/admin/texts/quiet", Roles: roles, Handler: s.setQuiet, Title: "notice.quiet.title"},
		{Method: "GET", Pattern: "/admin/audit", Roles: roles, Handler: s.audit, Title: "admin.audit.title"},
		{Method: "POST", Pattern: "/admin/audit", Roles: roles, Handler: s.checkAudit, Title: "admin.audit.title", Rate: page.Rate{PerSecond: 0.2, Burst: 3}},
	}...)
}

// most is how many parked deliveries one page shows; there should be none.
const most = 200

func (s *Surface) home(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	parked, err := s.Bus.Parked(r.Context(), most)
	if err != nil {
		return err
	}
	due, _, err := s.Bus.Backlog(r.Context())
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, homePage(p, due, stuck(p, parked), hearers(p, s.Bus.Hearers()), page.Query(r).Has("retried")))
}

func stuck(p *page.Page, parked []event.Parked) page.Table {
	t := page.Table{ID: "parked", Caption: p.T("admin.parked"), Empty: page.Nothing{Title: p.T("admin.parked.none"), Text: p.T("admin.parked.none.text")},
		Columns: []page.Column{{Text: p.T("admin.column.event"), Main: true}, {Text: p.T("admin.column.hearer")}, {Text: p.T("admin.column.since")},
			{Text: p.T("admin.column.tries"), Number: true}, {Text: p.T("admin.column.error")}, {Text: p.T("admin.column.act")}}}
	for _, d := range parked {
		t.Lines = append(t.Lines, page.Line{Tone: page.Danger, Cells: []templ.Component{page.Words(d.Name), page.Words(d.Hearer), page.Words(p.When(d.At)),
			page.Words(page.Thousands(d.Attempt)), page.Words(d.Error), retryCell(p, d)}})
	}
	return t
}

func hearers(p *page.Page, all map[string][]string) page.Table {
	t := page.Table{ID: "hearers", Caption: p.T("admin.hearers"), Empty: page.Nothing{Title: p.T("admin.hearers.none")},
		Columns: []page.Column{{Text: p.T("admin.column.event"), Main: true}, {Text: p.T("admin.column.hearers")}}}
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(n), page.Words(strings.Join(all[n], p.T("admin.list_mark")))}})
	}
	return t
}

func by(r *http.Request) string { return "staff:" + page.Of(r).Actor.ID }

// retry is repeatable by nature: a delivery that is not parked any more is not found.
func (s *Surface) retry(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	if err := s.Watch.Retry(r.Context(), by(r), in.Text("hearer"), in.Text("event")); err != nil {
		return err
	}
	return page.Redirect(w, r, "/admin?retried=1")
}

// roles an account may have, in the order of the form.
var accountRoles = []string{"clerk", "approver", "representative", "supervisor", "keeper", "standards", "rules", "admin"}

// adding is the form of a new account, and the one-time code once there is one.
type adding struct {
	Fields []page.Field
	Bad    []page.Problem
	For    string
	Code   string
}

func (s *Surface) fields(ctx context.Context, p *page.Page) ([]page.Field, error) {
	organs, err := org.Organs(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	halls, err := org.Halls(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	role := page.Field{Name: "role", Label: p.T("admin.account.role"), Kind: page.Select}
	for _, r := range accountRoles {
		role.Options = append(role.Options, page.Option{Value: r, Text: p.T("admin.role." + r)})
	}
	organ := page.Field{Name: "organ", Label: p.T("admin.account.organ"), Kind: page.Select, Optional: true}
	for id, o := range organs {
		organ.Options = append(organ.Options, page.Option{Value: string(id), Text: o.Name})
	}
	slices.SortFunc(organ.Options, func(a, b page.Option) int { return strings.Compare(a.Text, b.Text) })
	hall := page.Field{Name: "hall", Label: p.T("admin.account.hall"), Kind: page.Select, Optional: true}
	for _, h := range halls {
		hall.Options = append(hall.Options, page.Option{Value: string(h.ID), Text: h.Name})
	}
	return []page.Field{{Name: "account", Label: p.T("admin.account.account"), Hint: p.T("admin.account.account.hint"), Kind: page.Text, Auto: "off"},
		{Name: "name", Label: p.T("admin.account.name"), Kind: page.Text, Auto: "off"}, {Name: "post", Label: p.T("admin.account.post"), Kind: page.Text, Optional: true}, role, organ, hall}, nil
}

func (s *Surface) accounts(w http.ResponseWriter, r *http.Request) error {
	fs, err := s.fields(r.Context(), page.Of(r))
	if err != nil {
		return err
	}
	return s.showAccounts(w, r, http.StatusOK, adding{Fields: fs})
}

// rows of accounts on one page.
const rows = 50

func (s *Surface) showAccounts(w http.ResponseWriter, r *http.Request, status int, a adding) error {
	p := page.Of(r)
	all, err := org.AllStaff(r.Context(), s.DB, page.Query(r).Text("after"), rows+1)
	if err != nil {
		return err
	}
	places, err := s.places(r.Context())
	if err != nil {
		return err
	}
	t := page.Table{ID: "accounts", Caption: p.T("admin.accounts.caption"), Empty: page.Nothing{Title: p.T("admin.accounts.none")}, First: page.FirstPage(p),
		Columns: []page.Column{{Text: p.T("admin.account.account"), Main: true}, {Text: p.T("admin.account.name")}, {Text: p.T("admin.account.role")}, {Text: p.T("admin.account.post")},
			{Text: p.T("admin.column.place")}, {Text: p.T("admin.column.act")}}}
	if len(all) > rows {
		all = all[:rows]
		t.Next = "/admin/accounts?after=" + url.QueryEscape(all[rows-1].Account) // not NextPage: a posted form's address lists nothing
	}
	for _, x := range all {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(x.Account), page.Words(x.Name), page.Words(roleNames(p, x.Roles)), page.Words(x.Post),
			page.Words(places(x)), inviteCell(p, x)}})
	}
	return page.Show(w, r, status, accountsPage(p, t, a))
}

// places says where somebody works: their organ, else their hall.
func (s *Surface) places(ctx context.Context) (func(org.Staff) string, error) {
	organs, err := org.Organs(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	halls, err := org.Halls(ctx, s.DB)
	names := map[ref.HallID]string{}
	for _, h := range halls {
		names[h.ID] = h.Name
	}
	return func(x org.Staff) string { return cmp.Or(organs[x.Organ].Name, names[x.Hall]) }, err
}

func roleNames(p *page.Page, roles string) string {
	var out []string
	for _, r := range strings.Split(roles, ",") {
		if slices.Contains(accountRoles, r) {
			out = append(out, p.T("admin.role."+r))
		}
	}
	return strings.Join(out, p.T("admin.list_mark"))
}

func (s *Surface) addAccount(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	fs, err := s.fields(r.Context(), p)
	if err != nil {
		return err
	}
	staff := org.Staff{Account: strings.ToLower(in.Text("account")), Name: in.Text("name"), Post: in.Text("post"), Roles: in.Text("role"), Organ: ref.OrganID(in.Text("organ")), Hall: ref.HallID(in.Text("hall"))}
	bad := checkAccount(staff, fs)
	var id ref.StaffID
	if bad == nil {
		id, bad = s.Library.AddAccount(r.Context(), by(r), staff)
	}
	if fault.Is(bad, fault.Conflict) {
		bad = fault.Bad(fault.Field{Name: "account", Key: fault.As(bad).Key, Args: fault.As(bad).Args})
	}
	if fault.Is(bad, fault.Invalid) {
		return s.showAccounts(w, r, http.StatusUnprocessableEntity, adding{Fields: page.Refill(p, fs, in, bad), Bad: page.Problems(p, fs, bad)})
	}
	if bad != nil {
		return bad
	}
	return s.showCode(w, r, id, staff.Account, fs)
}

func checkAccount(s org.Staff, fs []page.Field) error {
	var bad []fault.Field
	if len(s.Account) < 3 || len(s.Account) > 40 || strings.Trim(s.Account, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		bad = append(bad, fault.Field{Name: "account", Key: "admin.account.account.wrong"})
	}
	if s.Name == "" || len([]rune(s.Name)) > 60 {
		bad = append(bad, fault.Field{Name: "name", Key: "admin.account.name.wrong"})
	}
	if len([]rune(s.Post)) > 60 {
		bad = append(bad, fault.Field{Name: "post", Key: "form.too_long", Args: []any{"max", 60}})
	}
	for name, value := range map[string]string{"role": s.Roles, "organ": string(s.Organ), "hall": string(s.Hall)} {
		if !offered(fs, name, value) {
			bad = append(bad, fault.Field{Name: name, Key: "form.choose"})
		}
	}
	if slices.Contains([]string{"approver", "representative"}, s.Roles) && s.Organ == "" {
		bad = append(bad, fault.Field{Name: "organ", Key: "admin.account.organ.wrong"})
	}
	if slices.Contains([]string{"clerk", "representative"}, s.Roles) && s.Hall == "" {
		bad = append(bad, fault.Field{Name: "hall", Key: "admin.account.hall.wrong"})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// offered says whether a value is one of a field's options, or left out where that is allowed.
func offered(fs []page.Field, name, value string) bool {
	i := slices.IndexFunc(fs, func(f page.Field) bool { return f.Name == name })
	return value == "" && fs[i].Optional || slices.ContainsFunc(fs[i].Options, func(o page.Option) bool { return o.Value == value })
}

// showCode makes a one-time code and shows it, this once.
func (s *Surface) showCode(w http.ResponseWriter, r *http.Request, id ref.StaffID, account string, fs []page.Field) error {
	code, err := s.Door.Invite(r.Context(), by(r), id)
	if err != nil {
		return err
	}
	return s.showAccounts(w, r, http.StatusOK, adding{Fields: fs, For: account, Code: code})
}

func (s *Surface) invite(w http.ResponseWriter, r *http.Request) error {
	staff, err := org.GetStaff(r.Context(), s.DB, ref.StaffID(r.PathValue("id")))
	if err != nil {
		return err
	}
	fs, err := s.fields(r.Context(), page.Of(r))
	if err != nil {
		return err
	}
	return s.showCode(w, r, staff.ID, staff.Account, fs)
}

// checked is what a walk over the audit chain found.
type checked struct {
	Ran  bool
	Rows int64
	Gaps []audit.Gap
}

func (s *Surface) audit(w http.ResponseWriter, r *http.Request) error {
	return page.Show(w, r, http.StatusOK, auditPage(page.Of(r), checked{}))
}

func (s *Surface) checkAudit(w http.ResponseWriter, r *http.Request) error {
	n, gaps, err := audit.Verify(r.Context(), s.DB)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, auditPage(page.Of(r), checked{true, n, gaps}))
}

func (c checked) table(p *page.Page) page.Table {
	t := page.Table{ID: "gaps", Caption: p.T("admin.audit.gaps"), Empty: page.Nothing{Title: p.T("admin.audit.whole"), Text: p.T("admin.audit.whole.text", "n", page.Thousands(c.Rows))},
		Columns: []page.Column{{Text: p.T("admin.audit.object"), Main: true}, {Text: p.T("admin.audit.seq"), Number: true}, {Text: p.T("admin.audit.what")}}}
	for _, g := range c.Gaps {
		t.Lines = append(t.Lines, page.Line{Tone: page.Danger, Cells: []templ.Component{page.Words(g.Object), page.Words(page.Thousands(g.Seq)), page.Words(p.T("admin.audit.gap." + strings.ReplaceAll(g.What, " ", "_")))}})
	}
	return t
}
