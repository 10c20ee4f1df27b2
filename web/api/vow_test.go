package api_test

import (
	"slices"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/identity"
	"yimen/domain/undertaking"
	"yimen/ref"
)

// Through another system a secondary paper may follow once the applicant agreed, and the system vouches for who they are.
func TestAPortalPromisesForItsApplicant(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		s := newSite(t, a)
		real, code := s.portal(identity.Portal{Verbs: "submit"}), s.portal(identity.Portal{Name: "乙门户", Verbs: "submit", Assurance: ref.AssuranceCode})
		app := func(later []string, agreed bool) map[string]any {
			body := s.application("cc-road-dig")
			for _, spec := range later {
				delete(body["materials"].(map[string]any), spec)
			}
			body["later"], body["agreed"] = later, agreed
			return body
		}
		send := func(status int, c client, key string, body map[string]any) []string {
			w := s.ask(status, say{method: "POST", path: "/api/v1/cases", token: c.token, key: "vow-key-00000000" + key, body: body})
			if status != 422 {
				return []string{read[struct{ Number string }](t, w).Number}
			}
			return read[problem](t, w).names()
		}
		silent := s.application("cc-road-dig")
		delete(silent["materials"].(map[string]any), "restoration")
		for name, c := range map[string]struct {
			by    client
			key   string
			body  map[string]any
			field string
		}{
			"nothing is said":       {real, "1", silent, "materials.restoration"},
			"not agreed":            {real, "2", app([]string{"restoration"}, false), "agreed"},
			"a main paper":          {real, "3", app([]string{"drawing"}, true), "materials.drawing"},
			"nobody vouches for it": {code, "4", app([]string{"restoration"}, true), "agreed"},
		} {
			if got := send(422, c.by, c.key, c.body); !slices.Contains(got, c.field) {
				t.Errorf("%s: %v", name, got)
			}
		}
		number := send(201, real, "5", app([]string{"restoration"}, true))[0]
		s.Settle()
		if u := s.Vow(s.caseOf(number), undertaking.Tolerance); u.How != undertaking.ByPortal || u.State != undertaking.Given {
			t.Errorf("%+v", u)
		}
	})
}
