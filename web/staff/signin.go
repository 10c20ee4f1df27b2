package staff

import (
	"net/http"

	"yimen/domain/org"
	"yimen/foundation/fault"
	"yimen/web/page"
)

// entering is the sign-in form as it came back.
type entering struct {
	Next     string
	In       *page.Input
	Err      error
	Accounts []group
}

func (s *Surface) signIn(w http.ResponseWriter, r *http.Request) error {
	return s.showSignIn(w, r, http.StatusOK, entering{Next: page.Query(r).Text("next")})
}

func (s *Surface) showSignIn(w http.ResponseWriter, r *http.Request, status int, e entering) (err error) {
	if s.Demo != nil {
		if e.Accounts, err = s.accounts(r); err != nil {
			return err
		}
	}
	return page.Show(w, r, status, signInPage(page.Of(r), e))
}

func (s *Surface) signInNow(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	e := entering{Next: in.Text("next"), In: in}
	if e.Err = complete(in, "account", "password", "code"); e.Err != nil {
		return s.showSignIn(w, r, http.StatusUnprocessableEntity, e)
	}
	who, err := s.Door.SignIn(r.Context(), in.Text("account"), in.Long("password"), in.Compact("code"))
	if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.TooMany) {
		e.Err = err
		return s.showSignIn(w, r, page.Status(err), e)
	}
	if err != nil {
		return err
	}
	return s.open(w, r, who, e.Next)
}

// complete wants every named field filled.
func complete(in *page.Input, names ...string) error {
	var bad []fault.Field
	for _, name := range names {
		if in.Long(name) == "" {
			bad = append(bad, fault.Field{Name: name, Key: "staff.missing." + name})
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

func (e entering) fields(p *page.Page) []page.Field {
	fields := []page.Field{
		{Name: "account", Label: p.T("staff.account"), Auto: "username", Extra: map[string]any{"autocapitalize": "none", "spellcheck": "false"}},
		{Name: "password", Label: p.T("staff.password"), Kind: page.Password, Auto: "current-password"},
		{Name: "code", Label: p.T("staff.code"), Hint: p.T("staff.code.hint"), Kind: page.Number, Auto: "one-time-code"},
	}
	return page.Refill(p, fields, e.In, e.Err)
}

func (e entering) head(p *page.Page) page.Head {
	return page.Head{Title: p.T("staff.signin.title"), Lead: p.T("staff.signin.lead"), Problems: page.Problems(p, e.fields(p), e.Err)}
}

// group is the demo's accounts of one role.
type group struct {
	Role     string
	Accounts []account
	Open     bool // shown at once, not behind its heading
}

type account struct{ Account, Name, Post, Organ string }

// demoRoles are in the order of a case's way through the town.
var demoRoles = []string{"clerk", "approver", "representative", "supervisor", "keeper", "standards", "rules", "admin"}

const mostAccounts = 1000

func (s *Surface) accounts(r *http.Request) ([]group, error) {
	all, err := org.AllStaff(r.Context(), s.DB, "", mostAccounts)
	if err != nil {
		return nil, err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return nil, err
	}
	halls, err := org.Halls(r.Context(), s.DB)
	if err != nil {
		return nil, err
	}
	where := map[string]string{}
	for _, h := range halls {
		where[string(h.ID)] = h.Name
	}
	var out []group
	for _, role := range demoRoles {
		g := group{Role: role, Open: role != "approver"}
		for _, x := range all {
			if x.Active && x.Has(role) && (role != "approver" || !x.Has("representative")) {
				place := organs[x.Organ].Name
				if x.Hall != "" {
					place = where[string(x.Hall)]
				}
				g.Accounts = append(g.Accounts, account{x.Account, x.Name, x.Post, place})
			}
		}
		if len(g.Accounts) > 0 {
			out = append(out, g)
		}
	}
	return out, nil
}

func (s *Surface) demo(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	who, err := s.Demo(r.Context(), in.Text("account"))
	if err != nil {
		return err
	}
	return s.open(w, r, who, in.Text("next"))
}
