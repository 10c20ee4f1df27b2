package town

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"yimen/domain/catalog"
	"yimen/ref"
)

const day = "2026-03-02"

func load(t *testing.T) *Town {
	t.Helper()
	town, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return town
}

// fresh is a small town of its own, to be spoiled.
func fresh(t *testing.T) *Town {
	t.Helper()
	small := fstest.MapFS{}
	err := fs.WalkDir(data, "data", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || file == "data/bundles.json" {
			return err
		}
		name := strings.TrimPrefix(file, "data/")
		if strings.HasPrefix(name, "items/") && !slices.Contains([]string{"items/cc-road-dig.json", "items/cc-subsistence.json", "items/cc-hygiene.json"}, name) {
			return nil
		}
		raw, err := data.ReadFile(file)
		small[name] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	town, err := Read(small)
	if err != nil {
		t.Fatal(err)
	}
	return town
}

// laws opens the law texts; they are outside data, so their absence is a skip by hand and a
// failure in CI.
func laws(t *testing.T) *Laws {
	t.Helper()
	dir := os.Getenv("YIMEN_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	l, err := OpenLaws(filepath.Join(dir, "laws"))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("no law texts: set YIMEN_SHARED to the folder that holds laws/")
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTheTownHasNoFlaw(t *testing.T) {
	for _, f := range load(t).Check(nil, day) {
		t.Error(f)
	}
}

func TestEveryCitationResolves(t *testing.T) {
	for _, f := range load(t).Check(laws(t), day) {
		t.Error(f)
	}
}

// TestPlantedFlawsAreFound breaks one thing at a time in the good town.
func TestPlantedFlawsAreFound(t *testing.T) {
	dig := func(town *Town) *catalog.Item { return pick(town, "cc-road-dig") }
	aid := func(town *Town) *catalog.Item { return pick(town, "cc-subsistence") }
	cases := []struct {
		name, at string
		plant    func(*Town)
	}{
		{"check character of the code", "task_code", func(t *Town) { dig(t).TaskCode = "X" + dig(t).TaskCode[1:] }},
		{"another organ's code", "task_code", func(t *Town) { dig(t).TaskCode = aid(t).TaskCode }},
		{"task type digits", "task_code", func(t *Town) { dig(t).TaskType = ref.TaskConfirmation }},
		{"handle code", "handle_code", func(t *Town) { dig(t).HandleCode = aid(t).TaskCode + "01" }},
		{"unknown organ in the plan", "plan.steps[1].organ", func(t *Town) { dig(t).Plan.Steps[1].Organ = "cc-nobody" }},
		{"a step that waits for a later one", "plan.steps[0].after", func(t *Town) { dig(t).Plan.Steps[0].After = []string{"decide"} }},
		{"a department passed over", "plan.steps[2].id", func(t *Town) { dig(t).Plan.Steps[3].After = []string{"review", "traffic"} }},
		{"opinion organ decides", "plan.steps[3].organ", func(t *Town) { dig(t).Plan.Steps[3].Organ = "cc-police" }},
		{"element id", "form[0].element", func(t *Town) { dig(t).Form[0].Element = "Company Name" }},
		{"a condition that names nothing", "materials[4].when", func(t *Town) { dig(t).Materials[4].When = `road.trafic = "yes"` }},
		{"a value worked out from itself", "form[13].compute", func(t *Town) { dig(t).Form[13].Compute = "road.area + 1" }},
		{"a group nobody defined", "form[5].group", func(t *Town) { aid(t).Form[5].Group = "nobody" }},
		{"element with another meaning", "form[0]", func(t *Town) { dig(t).Form[0].Label = "甲方" }},
		{"promise longer than the law", "times.promised", func(t *Town) { dig(t).Times.Promised.N = 46 }},
		{"plan longer than the promise", "plan.steps", func(t *Town) { dig(t).Plan.Steps[0].Limit.N = 7 }},
		{"permit in calendar days", "times.legal", func(t *Town) { dig(t).Times.Legal.Unit = "day" }},
		{"permit law for a benefit", "times.legal_basis", func(t *Town) { aid(t).Times.LegalBasis.Law = "中华人民共和国行政许可法" }},
		{"silence without basis", "times.silence", func(t *Town) { aid(t).Times.Silence, aid(t).Times.LegalBasis = "granted", nil }},
		{"no row refuses", "rule.rows", func(t *Town) { dig(t).Rule.Rows = dig(t).Rule.Rows[:2] }},
		{"no second reviewer", "plan.steps[0]", func(t *Town) { dismiss(t, "build-review-b") }},
		{"no decider", "plan.steps[3]", func(t *Town) { dismiss(t, "build-decide") }},
		{"one street without people", "plan.steps[0]", func(t *Town) { dismiss(t, "nanzhuang-review-a") }},
		{"clerk accepts against the item", "accept", func(t *Town) { dig(t).Accept = catalog.AcceptByOrgan }},
		{"acceptance that the power list keeps", "staff[0].grants[0]", func(t *Town) {
			t.Staff[0].Grants[0] = Grant{Kind: "accept", Organ: dig(t).Organ, Items: []ref.ItemID{"cc-road-dig"}}
			t.Powers[slices.IndexFunc(t.Powers, func(p Power) bool { return p.ID == "cc-road-dig" })].Delegable = []string{"receive"}
		}},
		{"an applicant's answer that an officer finds", "rule.inputs[0].from", func(t *Town) { dig(t).Rule.Inputs[0].Name, dig(t).Rule.Inputs[0].From = "road.part", "officer" }},
		{"seven questions", "questions", func(t *Town) { dig(t).Questions = append(dig(t).Questions, dig(t).Questions[:3]...) }},
		{"an answer that the form lacks", "questions[0].options[1].value", func(t *Town) {
			dig(t).Questions[0].Element, dig(t).Questions[0].Options[1].Value, dig(t).Questions[0].Options[1].Stop = "road.part", "moon", ""
		}},
		{"a question that waits for a later one", "questions[0].when", func(t *Town) { dig(t).Questions[0].When = `surface = "yes"` }},
		{"clerk decides", "staff[0].grants[0]", func(t *Town) { t.Staff[0].Grants[0].Kind = "decide" }},
		{"half-width comma", "summary", func(t *Town) { dig(t).Summary = "批准后,领证" }},
		{"half-width colon in a check", "materials[0].check[0]", func(t *Town) { dig(t).Materials[0].Check[0] = "注意:签名" }},
		{"catch-all material", "materials[0].name", func(t *Town) { dig(t).Materials[0].Name = "法律规定的其他材料" }},
		{"mark on nothing", "assumed[0]", func(t *Town) { dig(t).Assumed[0] = "plan.speed" }},
		{"visit without reason", "times.visit_why", func(t *Town) { dig(t).Times.Visits = 2 }},
		{"charged without basis", "fee.basis", func(t *Town) { dig(t).Fee.Basis = nil }},
		{"printed but never asked", "result.fields[0]", func(t *Town) { dig(t).Result.Fields[0] = "road.colour" }},
		{"organ in a real division", "organs[0].uscc", func(t *Town) { t.Org.Organs[0].USCC = "12441500196720244T" }},
		{"two windows with one number", "windows[1]", func(t *Town) { t.Org.Windows[1].Number = 1 }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			town := fresh(t)
			c.plant(town)
			for _, f := range town.Check(nil, day) {
				if f.Path == c.at && f.Line > 0 && f.Reason != "" {
					return
				}
			}
			t.Errorf("not found at %s; found: %v", c.at, town.Check(nil, day))
		})
	}
}

func pick(t *Town, id ref.ItemID) *catalog.Item {
	for n := range t.Items {
		if t.Items[n].ID == id {
			return &t.Items[n]
		}
	}
	panic(id)
}

func dismiss(t *Town, account string) {
	for n := range t.Staff {
		if t.Staff[n].Account == account {
			t.Staff[n].Grants = nil
			return
		}
	}
	panic(account)
}

func TestPlantedCitationsAreFound(t *testing.T) {
	l := laws(t)
	good := catalog.Citation{Law: "中华人民共和国行政许可法", Article: 42, Paragraph: 2, Text: "办理的时间不得超过四十五日"}
	if err := l.Resolve(good, day); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*catalog.Citation){
		"article":   func(c *catalog.Citation) { c.Article = 99 },
		"paragraph": func(c *catalog.Citation) { c.Paragraph = 1 },
		"words":     func(c *catalog.Citation) { c.Text = "办理的时间不得超过四十六日" },
		"point":     func(c *catalog.Citation) { c.Point = 1 },
		"law":       func(c *catalog.Citation) { c.Law = "中华人民共和国一门法" },
	} {
		c := good
		change(&c)
		if l.Resolve(c, day) == nil {
			t.Errorf("a wrong %s resolves", name)
		}
	}
	if err := l.Resolve(good, "2000-01-01"); !errors.Is(err, ErrNoLaw) {
		t.Errorf("before the law was made: %v", err)
	}
}

func TestAssumedIsCounted(t *testing.T) {
	town := load(t)
	want := len(town.Org.Assumed)
	for _, i := range town.Items {
		want += len(i.Assumed)
	}
	if got := town.Assumed(); got != want || got < 100 {
		t.Errorf("assumed: %d, want %d", got, want)
	}
}

// TestTheTownIsWhole counts what the demo promises.
func TestTheTownIsWhole(t *testing.T) {
	town := load(t)
	whole, types := 0, map[ref.TaskType]bool{}
	for _, i := range town.Items {
		if types[i.TaskType] = true; i.WalkThrough {
			whole++
		}
	}
	clerks := 0
	for _, s := range town.Staff {
		if s.Is("clerk") {
			clerks++
		}
	}
	for what, n := range map[string][2]int{
		"items": {len(town.Items), 268}, "whole items": {whole, 4}, "task types": {len(types), 5}, "windows": {len(town.Org.Windows), 61},
		"halls": {len(town.Org.Halls), 4}, "clerks": {clerks, 61}, "points": {len(town.Org.Points), 144}, "organs": {len(town.Org.Organs), 32},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %d, want %d", what, n[0], n[1])
		}
	}
}

func TestByCodeNamesEveryOrganByItsCode(t *testing.T) {
	town := load(t)
	coded, err := json.Marshal(town.ByCode())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range town.Org.Organs {
		if strings.Contains(string(coded), `"`+string(o.ID)+`"`) {
			t.Errorf("%s is still named by its word", o.ID)
		}
	}
	again, _ := json.Marshal(load(t))
	if before, _ := json.Marshal(town); string(before) != string(again) {
		t.Error("ByCode changed the town it was called on")
	}
}

func TestBrokenFilesAreRefusedWithFileLineAndReason(t *testing.T) {
	org, _ := data.ReadFile("data/org.json")
	staff, _ := data.ReadFile("data/staff.json")
	item, _ := data.ReadFile("data/items/cc-legal-aid.json")
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", `"name_en"`, `"name_fr"`, "items/cc-legal-aid.json:4: name_fr: unknown key"},
		{"key in another case", `"name_en"`, `"Name_en"`, "items/cc-legal-aid.json:4: Name_en: unknown key"},
		{"key twice", `"name_en"`, `"name"`, "items/cc-legal-aid.json:4: name: the key is there twice"},
		{"wrong type", `"level": 4,`, `"level": "4",`, "level: a string where ref.Level belongs"},
		{"comma missing", `"name": "法律援助申请",`, `"name": "法律援助申请"`, "items/cc-legal-aid.json:4: "},
		{"another name than the file's", `"id": "cc-legal-aid"`, `"id": "cc-legal-help"`, "items/cc-legal-aid.json:2: id: the file is called cc-legal-aid"},
		{"something after the end", "\n}\n", "\n}\n{}", "something follows the document"},
		{"cut off", "\n}\n", "\n", "the document ends too early"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := string(item)
			at := strings.Index(text, c.old)
			if strings.HasPrefix(c.old, "\n}") {
				at = strings.LastIndex(text, c.old)
			}
			if at < 0 {
				t.Fatal("nothing to break")
			}
			broken := text[:at] + c.new + text[at+len(c.old):]
			_, err := Read(fstest.MapFS{"org.json": {Data: org}, "staff.json": {Data: staff}, "items/cc-legal-aid.json": {Data: []byte(broken)}})
			var f Flaw
			if !errors.As(err, &f) || f.Line == 0 || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := Read(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "org.json") {
		t.Errorf("a missing file: %v", err)
	}
}
