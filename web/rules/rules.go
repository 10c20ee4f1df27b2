// Package rules is the rule keepers' desk: the decision tables of the items, kept as a grid, held against past cases, signed by
// two people and released.
//
// It holds that only rule keepers change a table, while keepers and the standards office read tables and releases; that
// nothing typed is lost, whatever is wrong with it or was saved meanwhile; that every look at a past case's facts is noted.
package rules

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/issuance"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
	"yimen/web/text"
)

// Surface is the desk.
type Surface struct {
	DB      db.Reader
	Library *standards.Library
	Gate    *disclose.Gate
	Vault   *crypto.Vault
}

const (
	size     = 50      // rows of one page of a list
	gridBody = 2 << 20 // bytes of a posted grid
)

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	read, keep := []page.Role{page.Rules, page.Keeper, page.Standards}, []page.Role{page.Rules}
	return []page.Route{
		{Method: "GET", Pattern: "/rules", Roles: read, Handler: s.list, Title: "rules.title"},
		{Method: "GET", Pattern: "/rules/{item}", Roles: read, Handler: s.table, Title: "rules.table"},
		{Method: "POST", Pattern: "/rules/{item}", Roles: keep, Handler: s.keep, Title: "rules.table", Body: gridBody},
		{Method: "GET", Pattern: "/rules/{item}/table.dmn", Roles: read, Handler: s.download("dmn"), Title: "rules.file"},
		{Method: "GET", Pattern: "/rules/{item}/table.xlsx", Roles: read, Handler: s.download("xlsx"), Title: "rules.file"},
		{Method: "POST", Pattern: "/rules/{item}/file", Roles: keep, Handler: s.upload, Title: "rules.file", Body: rule.MaxSheet + gridBody},
		{Method: "GET", Pattern: "/rules/{item}/release", Roles: keep, Handler: s.review, Title: "rules.release"},
		{Method: "POST", Pattern: "/rules/{item}/sign", Roles: keep, Handler: s.sign, Title: "rules.sign"},
		{Method: "POST", Pattern: "/rules/{item}/release", Roles: keep, Handler: s.release, Title: "rules.release"},
		{Method: "POST", Pattern: "/rules/{item}/again", Roles: keep, Handler: s.again, Title: "rules.again"},
		{Method: "GET", Pattern: "/rules/{item}/releases", Roles: read, Handler: s.releases, Title: "rules.releases"},
		{Method: "GET", Pattern: "/rules/{item}/releases/{n}", Roles: read, Handler: s.oldRelease, Title: "rules.releases"},
	}
}

// me is the member of staff who asks.
func me(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

func itemID(r *http.Request) ref.ItemID { return ref.ItemID(r.PathValue("item")) }

// path is an address below an item's table.
func path(id ref.ItemID, rest ...string) string {
	return "/rules/" + strings.Join(append([]string{url.PathEscape(string(id))}, rest...), "/")
}

func number(n int) string { return strconv.Itoa(n) }

// ruling names a posted act for process/standards; what is everything of the form that counts.
func ruling(r *http.Request, in *page.Input, what ...string) (standards.Ruling, error) {
	key, err := in.Key()
	rev, _ := in.Int("rev")
	return standards.Ruling{By: me(r), Item: itemID(r), Rev: rev,
		Submit: once.Submit{Actor: "staff:" + string(me(r).ID), Route: r.Method + " " + r.URL.Path, Key: key, Hash: once.Hash(append(what, in.Text("rev"))...), At: page.Of(r).Now}}, err
}

// cited is a citation in words; laws are cited in Chinese on every page.
func cited(p *page.Page, c rule.Citation) string {
	if c.Law == "" {
		return ""
	}
	in := func(key string, args ...any) string { return text.T(text.Chinese, key, args...) }
	said := p.T("standards.citation", "law", c.Law, "article", (&issuance.Press{Text: in}).Article(c.Article, c.Sub, c.Paragraph, c.Point))
	if c.Text != "" {
		said += "\n" + c.Text
	}
	return said
}

// valued is a fact's value in words.
func valued(p *page.Page, v rule.Value) string {
	switch {
	case v.IsNull():
		return p.T("rules.value.unknown")
	case v.Kind() == rule.KindBoolean:
		return p.T("rules.value." + strconv.FormatBool(v.True()))
	}
	return v.Plain()
}

func outcomeWords(p *page.Page, outcome string) string {
	if outcome == "grant" || outcome == "refuse" {
		return p.T("rules.outcome." + outcome)
	}
	return outcome
}

// labelOf is a column's heading, else its name.
func labelOf(in rule.Input) string {
	if in.Label != "" {
		return in.Label
	}
	return in.Name
}
