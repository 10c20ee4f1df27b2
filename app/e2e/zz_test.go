package e2e

import "testing"

func TestZZ(t *testing.T) {
	start(t)
	h := theHouse(t)
	s := sit(t)
	for _, vs := range h.standardsVisits(t) {
		for _, v := range vs {
			s.visit(v)
		}
	}
	s.visit(visit{path: "/item/cc-legal-aid"})
}
