package e2e

import (
	"testing"

	"yimen/domain/catalog"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/standards"
	"yimen/ref"
)

// standardsVisits are the pages of the standards desk.
func (h *house) standardsVisits(t *testing.T) map[string][]visit {
	t.Helper()
	item, claimed := "/standards/items/cc-road-dig", "/standards/items/"+string(h.claimed(t))
	notice := "/standards/notice/organ/" + string(h.Staff("build-decide").Organ)
	as := func(account string, paths ...string) (out []visit) {
		for _, p := range paths {
			out = append(out, visit{path: p, account: account})
		}
		return out
	}
	return map[string][]visit{
		"/standards":                           append(as("keeper-agri", "/standards"), as("admin", "/standards")...),
		"/standards/items":                     as("standards01", "/standards/items", "/standards/items?q=没有这样的事"),
		"/standards/items/{id}":                append(as("standards01", item), as("keeper-agri", claimed)...),
		"/standards/items/{id}/diff":           as("standards01", item+"/diff"),
		"/standards/items/{id}/plan.bpmn":      {{path: item + "/plan.bpmn", account: "standards01", kind: "application/xml"}},
		"/standards/items/{id}/cases":          as("standards01", item+"/cases"),
		"/standards/items/{id}/edit/{section}": append(as("keeper-agri", claimed+"/edit/basic"), as("standards01", item+"/edit/materials", item+"/edit/materials?list=materials&row=0", item+"/edit/special")...),
		"/standards/items/{id}/edit/plan":      append(as("keeper-agri", claimed+"/edit/plan"), as("standards01", item+"/edit/plan", "/standards/items/cc-subsistence/edit/plan")...),
		"/standards/items/{id}/try": append(as("admin", item+"/try", item+"/try?way=online&did=rubbish", item+"/try?start=2026-03-02&did=review%231%3Dagree&did=traffic%231%3Ddisagree%401&did=planning%231%3Dagree&did=decide%231%3Drefuse"),
			append(as("keeper-agri", claimed+"/try"), visit{path: item + "/try?start=2026-02-31", account: "admin", status: 422})...),
		"/standards/queue":                 as("keeper-agri", "/standards/queue"),
		"/standards/basic":                 append(as("keeper-agri", "/standards/basic"), as("standards01", "/standards/basic?show=all")...),
		"/standards/changes":               as("standards01", "/standards/changes"),
		"/standards/openings":              as("standards01", "/standards/openings"),
		"/standards/cases/{id}/move":       as("standards01", "/standards/cases/"+string(h.things.Open)+"/move"),
		"/standards/notice":                append(as("supervisor01", "/standards/notice", "/standards/notice?q=没有这个部门"), as("keeper-build", "/standards/notice")...),
		"/standards/notice/organ/{id}":     append(as("supervisor01", notice), visit{path: notice, account: "keeper-agri", status: 404}, visit{path: notice, account: "clerk01", status: 403}),
		"/standards/notice/organ/{id}/pdf": {{path: notice + "/pdf", account: "standards01", kind: "application/pdf"}},
	}
}

// claimed is an item its organ has just taken up from the basic catalogue, and a line in the plan of openings.
func (h *house) claimed(t *testing.T) ref.ItemID {
	t.Helper()
	sub := func() once.Submit {
		return once.Submit{Actor: "staff:test", Route: "test", Key: db.NewID(), At: h.Now()}
	}
	keeper, office := h.Staff("keeper-agri"), h.Staff("standards01")
	id, err := h.Library.Claim(t.Context(), standards.Claim{Submit: sub(), By: keeper, Code: "440191004000", Level: ref.LevelCounty})
	if fault.Is(err, fault.Conflict) { // another test walked here before
		drafts, err := catalog.Drafts(t.Context(), h.DB, "", keeper.Organ, "", 1)
		if err != nil || len(drafts) == 0 {
			t.Fatal(drafts, err)
		}
		return drafts[0].Item
	}
	if err != nil {
		t.Fatal(err)
	}
	err = h.Library.Open(t.Context(), standards.Opening{Submit: sub(), By: office, Line: catalog.Opening{Item: "cc-legal-aid", Hall: catalog.Every, Kind: "natural", From: "2026-01-01"}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
