package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"yimen/web/page"
)

// developersView is the page: every operation, and one of them laid out to try.
type developersView struct {
	All    []entry
	One    *entry
	Fields []page.Field
	Call   string // the exact call with what was filled in
}

func (s *Surface) developers(w http.ResponseWriter, r *http.Request) error {
	p, in := page.Of(r), page.Query(r)
	v := developersView{All: s.entries(p)}
	i := slices.IndexFunc(v.All, func(e entry) bool { return e.ID == in.Text("op") })
	if i < 0 && in.Has("op") {
		return notThere()
	}
	if i >= 0 {
		v.One = &v.All[i]
		v.Fields, v.Call = s.try(p, *v.One, in)
	}
	return page.Show(w, r, http.StatusOK, developersPage(p, v))
}

// longestParam is the most of a parameter that is put into a line to copy.
const longestParam = 200

// try are the questions of an operation and the call with what was answered.
func (s *Surface) try(p *page.Page, e entry, in *page.Input) (fields []page.Field, call string) {
	query := url.Values{}
	path := e.Path
	for i, x := range e.Params {
		value := in.Text("p." + x.Name)
		if r := []rune(value); len(r) > longestParam {
			value = string(r[:longestParam])
		}
		if value == "" && !in.Has("p."+x.Name) {
			value = x.Example
		}
		fields = append(fields, page.Field{Name: "p." + x.Name, Label: x.Name, Hint: x.How, Value: value, Optional: !x.Required, Auto: "off"})
		switch {
		case x.In == "path" && value != "":
			path = strings.ReplaceAll(path, "{"+x.Name+"}", url.PathEscape(value))
		case x.In == "query" && value != "":
			query.Set(x.Name, value)
		case x.In == "header":
			e.Params[i].Example = value
		}
	}
	if e.Method == http.MethodGet {
		e.ID = "" // the parameters stand in the address, not in the example's
	}
	e.Path = path
	if len(query) > 0 {
		e.Path += "?" + query.Encode()
	}
	e.Path = strings.ReplaceAll(e.Path, "'", "%27") // the line is for a shell
	for i := range e.Params {
		e.Params[i].Example = strings.ReplaceAll(e.Params[i].Example, "'", "")
	}
	return fields, s.curl(e, e.Secret)
}

func tokenPath() string { return Prefix + "/token" }

// bodyType is the media type of an operation's body.
func bodyType(id string) string {
	switch id {
	case "token":
		return "application/x-www-form-urlencoded"
	case "verify-file":
		return "application/pdf"
	}
	return "application/json"
}

// bodyExample is what the page fills in for a body.
func bodyExample(id string) string {
	return map[string]string{
		"token": "grant_type=client_credentials&client_id=CLIENT_ID&client_secret=CLIENT_SECRET",
		"submit-case": `{
  "applicant": {"kind": "natural", "name": "", "number": ""},
  "item": "cc-road-dig",
  "answers": {},
  "materials": {}
}`,
		"decide-task": `{"outcome": "agree", "note": ""}`,
		"add-hook":    `{"url": "https://example.org/hook", "events": ["casefile.accepted", "casefile.closed"]}`,
		"replay-hook": `{"from": 0}`,
	}[id]
}
