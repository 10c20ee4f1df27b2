package rule

import (
	"testing"
)

const itemDocument = `{"id":"cc-x","organ":"cc-build","name":"事项","rule":{"name":"基准","hit":"","inputs":[
	{"name":"road.part","label":"部位","type":"string","values":["a","b"],"from":"form"},
	{"name":"months","label":"月数","type":"number","values":[],"from":"officer"},
	{"name":"plan ok","label":"规划","type":"boolean","from":"officer"}],
	"rows":[{"id":"R1","outcome":"grant","says":"准予。","cells":["\"a\"",">= 12","true"],"basis":{"law":"法","article":1,"text":"条"}},
	{"id":"R2","outcome":"refuse","says":"不予。","cells":["-","< 12","-"],"basis":{"law":"法","article":2,"text":"条"}},
	{"id":"R3","outcome":"refuse","says":"不予。","cells":["-",">= 0","true"],"basis":{"law":"法","article":3,"text":"条"}},
	{"id":"R4","outcome":"refuse","says":"不予。","cells":["\"a\"","[12..20]","true"],"basis":{"law":"法","article":4,"text":"条"}}]}}`

// An item's document is a table, compiled once, and every row that can be reached is.
func TestTableOfAnItem(t *testing.T) {
	c, err := Of("digest of this test", itemDocument)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Of("digest of this test", "not read again")
	if err != nil || again != c {
		t.Fatal("compiled twice", err)
	}
	if table := c.Table(); table.Policy != First || table.Inputs[0].Allowed != `"a","b"` || table.Rows[1].Basis.Article != 2 || table.Item != "cc-x" {
		t.Fatalf("%+v", table)
	}
	for row, want := range map[string]bool{"R1": true, "R2": true, "R3": true, "R4": false, "R9": false} {
		facts, ok := c.Reach(row, nil)
		if ok != want {
			t.Errorf("%s: %v %v", row, facts, ok)
		}
		if p, err := c.Decide(facts); ok && (err != nil || p.Row != row) {
			t.Errorf("%s: %v leads to %s, %v", row, facts, p.Row, err)
		}
	}
	known := map[string]Value{"road.part": Text("b")}
	if facts, ok := c.Reach("R1", known); ok {
		t.Errorf("R1 is reached from %v", facts)
	}
	if facts, ok := c.Reach("R3", known); !ok || !facts["road.part"].Equal(Text("b")) || len(known) != 1 {
		t.Errorf("%v %v %v", facts, ok, known)
	}
	if facts, ok := c.Reach("R2", map[string]Value{"road.part": Null}); !ok || !facts["road.part"].IsNull() {
		t.Errorf("%v %v", facts, ok)
	}
}

func TestTableOfAnItemThatDoesNotCompile(t *testing.T) {
	for _, doc := range []string{"{", `{"rule":{"name":"x","inputs":[{"name":"a","type":"boolean"}],"rows":[{"id":"R1","outcome":"maybe","says":"s","cells":["true"],"basis":{"law":"l","article":1}}]}}`, `{"rule":{}}`} {
		if c, err := Of("digest of "+doc, doc); err == nil {
			t.Errorf("%s compiles to %+v", doc, c)
		}
	}
}
