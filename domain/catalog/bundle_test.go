package catalog

import (
	"slices"
	"testing"

	"yimen/ref"
)

func sampleParts() map[ref.ItemID]*Item {
	paper := func(kind string, need ref.Need, source string) MaterialSpec {
		m := MaterialSpec{ID: kind, Kind: kind, Name: kind, Need: need, Source: source, Copies: 1}
		if source == "20" {
			m.Copies = 0
		}
		return m
	}
	return map[ref.ItemID]*Item{
		"shop": {ID: "shop", Name: "登记", Materials: []MaterialSpec{paper("id-card", ref.NeedRequired, "20"), paper("lease", ref.NeedRequired, "10")}, Result: Result{MaterialKind: "licence"}, Times: Times{Promised: Span{2, "workday"}, Visits: 1}},
		"food": {ID: "food", Name: "食品", Materials: []MaterialSpec{paper("licence", ref.NeedRequired, "10"), paper("lease", ref.NeedOptional, "10"), paper("rules", ref.NeedRequired, "10")}, Times: Times{Promised: Span{8, "workday"}}},
		"sign": {ID: "sign", Name: "招牌", Times: Times{Promised: Span{5, "day"}}},
	}
}

func opening() Bundle {
	return Bundle{ID: "b", Name: "我要开店", Summary: "一次说清。", Side: Company, Aliases: []string{"开饭店"},
		Parts: []Part{{Item: "shop"}, {Item: "food", After: []ref.ItemID{"shop"}}, {Item: "sign", After: []ref.ItemID{"shop"}, Optional: true, When: "有招牌的"}}}
}

func TestABundleBringsOnce(t *testing.T) {
	c, flaws := opening().Compose(sampleParts())
	if len(flaws) > 0 {
		t.Fatal(flaws)
	}
	if len(c.Stages) != 2 || len(c.Stages[1]) != 2 || c.Visits != 1 {
		t.Errorf("%+v", c.Stages)
	}
	if together, alone := c.Brought(); together != 2 || alone != 4 { // lease and rules; the licence is made on the way
		t.Errorf("papers: %d of %d", together, alone)
	}
	i := slices.IndexFunc(c.Papers, func(p SharedPaper) bool { return p.Spec.Kind == "licence" })
	if i < 0 || c.Papers[i].From != "shop" {
		t.Errorf("whose result serves: %+v", c.Papers)
	}
	if want := []Span{{10, "workday"}, {5, "day"}}; !slices.Equal(c.Times, want) {
		t.Errorf("the longest way: %v, want %v", c.Times, want)
	}
}

func TestWhatIsWrongWithABundleIsFound(t *testing.T) {
	for key, spoil := range map[string]func(*Bundle, map[ref.ItemID]*Item){
		"bundle.head":    func(b *Bundle, _ map[ref.ItemID]*Item) { b.Side = "" },
		"bundle.single":  func(b *Bundle, _ map[ref.ItemID]*Item) { b.Parts = b.Parts[:1] },
		"bundle.unknown": func(b *Bundle, _ map[ref.ItemID]*Item) { b.Parts[1].Item = "gone" },
		"bundle.twice":   func(b *Bundle, _ map[ref.ItemID]*Item) { b.Parts[1].Item = "shop" },
		"bundle.after":   func(b *Bundle, _ map[ref.ItemID]*Item) { b.Parts[0].After = []ref.ItemID{"food"} },
		"bundle.when":    func(b *Bundle, _ map[ref.ItemID]*Item) { b.Parts[2].When = "" },
	} {
		b, items := opening(), sampleParts()
		spoil(&b, items)
		if _, flaws := b.Compose(items); !slices.ContainsFunc(flaws, func(f Flaw) bool { return f.Key == key }) {
			t.Errorf("%s: not among %v", key, flaws)
		}
	}
}

func TestABundleIsFoundByItsWords(t *testing.T) {
	for query, want := range map[string]bool{"开店": true, "开饭店": true, "我想开店": true, "结婚": false, "": false} {
		if got := opening().Answers(query); got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
}
