package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"yimen/web/page"
	"yimen/web/text"
)

// document answers with the OpenAPI 3.1 document, its words in the caller's language.
func (s *Surface) document(w http.ResponseWriter, r *http.Request) error {
	doc, err := s.Document(page.Of(r).Lang)
	if err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	head.Set("Content-Language", string(page.Of(r).Lang))
	head.Add("Vary", "Accept-Language")
	head.Set("Cache-Control", "private, max-age=300")
	_, _ = w.Write(doc) // the caller left; nobody to tell
	return nil
}

// Document is the OpenAPI document in a language. The operations and their fields carry message keys, which are looked up here.
func (s *Surface) Document(lang text.Lang) ([]byte, error) {
	raw, err := s.api.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, err
	}
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	return json.Marshal(worded(doc, lang))
}

// worded puts sentences where message keys stand.
func worded(v any, lang text.Lang) any {
	switch x := v.(type) {
	case map[string]any:
		for k, child := range x {
			x[k] = worded(child, lang)
		}
	case []any:
		for i := range x {
			x[i] = worded(x[i], lang)
		}
	case string:
		if strings.HasPrefix(x, "api.") && text.Has(x) {
			return text.T(lang, x)
		}
	}
	return v
}

// entry is an operation as the developers' page shows it.
type entry struct {
	ID      string
	Method  string
	Path    string
	Summary string
	How     string
	Needs   string // who may call it, in words
	Params  []param
	Curl    string
	Body    bool
	Secret  bool // needs a token
}

type param struct {
	Name, In, How string
	Required      bool
	Example       string
}

// entries lists the operations as the document has them.
func (s *Surface) entries(p *page.Page) []entry {
	var out []entry
	doc := s.api.OpenAPI()
	for _, route := range s.routes {
		item := doc.Paths[route.Pattern]
		if item == nil {
			continue
		}
		op := item.Get
		switch route.Method {
		case http.MethodPost:
			op = item.Post
		case http.MethodDelete:
			op = item.Delete
		}
		e := entry{ID: op.OperationID, Method: route.Method, Path: route.Pattern, Summary: p.T(op.Summary), How: p.T(op.Description), Needs: p.T(needs(route.Roles)), Body: op.RequestBody != nil}
		for _, x := range op.Parameters {
			e.Params = append(e.Params, param{x.Name, x.In, p.T(x.Description), x.Required, examples[x.Name]})
		}
		e.Secret = !slices.Contains(route.Roles, page.Anyone)
		e.Curl = s.curl(e, e.Secret)
		out = append(out, e)
	}
	return out
}

// examples are what the page fills in for a parameter.
var examples = map[string]string{"q": "挖路", "limit": "50", "Idempotency-Key": "0123456789abcdef"}

func needs(roles []page.Role) string {
	switch {
	case slices.Contains(roles, page.Anyone):
		return "api.needs.anyone"
	case slices.Contains(roles, page.Portal):
		return "api.needs.portal"
	}
	return "api.needs.staff"
}

// bodies are what the example calls send.
var bodies = map[string]string{
	"token":       `-u CLIENT_ID:CLIENT_SECRET -d grant_type=client_credentials`,
	"submit-case": `-H 'Content-Type: application/json' --data @case.json`,
	"decide-task": `-H 'Content-Type: application/json' --data '{"outcome":"agree","note":"…"}'`,
	"verify-file": `-H 'Content-Type: application/pdf' --data-binary @licence.pdf`,
	"add-hook":    `-H 'Content-Type: application/json' --data '{"url":"https://example.org/hook"}'`,
	"replay-hook": `-H 'Content-Type: application/json' --data '{"from":0}'`,
	"list-items":  `-G --data-urlencode 'q=挖路' -d limit=50`,
	"verify-mark": `-G --data-urlencode 'mark=MARK'`,
	"get-result":  `-o result.pdf`,
}

// curl is the exact call as a line of a shell.
func (s *Surface) curl(e entry, secret bool) string {
	parts := []string{"curl"}
	if e.Method == http.MethodDelete {
		parts = append(parts, "-X DELETE")
	}
	if secret {
		parts = append(parts, `-H "Authorization: Bearer $TOKEN"`)
	}
	for _, p := range e.Params {
		if p.In == "header" {
			parts = append(parts, "-H '"+p.Name+": "+p.Example+"'")
		}
	}
	if b := bodies[e.ID]; b != "" {
		parts = append(parts, b)
	}
	return strings.Join(append(parts, "'"+s.Host+e.Path+"'"), " ")
}
