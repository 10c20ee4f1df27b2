package rule

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tckFolder is compliance level 2 of the DMN TCK in the folder YIMEN_SHARED names, or in one
// called shared beside any folder above.
func tckFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("YIMEN_SHARED")
	for up := ".."; dir == "" && len(up) < 30; up += "/.." {
		if found, err := filepath.Glob(filepath.Join(up, "shared", "dmn-tck")); err == nil && len(found) == 1 {
			dir = filepath.Dir(found[0])
		}
	}
	dir = filepath.Join(dir, "dmn-tck", "compliance-level-2")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no DMN TCK: set YIMEN_SHARED to the folder that holds dmn-tck/")
		}
		t.Skip("no DMN TCK: set YIMEN_SHARED to the folder that holds dmn-tck/")
	}
	return dir
}

type tckSuite struct {
	Model string    `xml:"modelName"`
	Cases []tckCase `xml:"testCase"`
}

type tckCase struct {
	ID      string     `xml:"id,attr"`
	Inputs  []tckValue `xml:"inputNode"`
	Results []struct {
		Name     string   `xml:"name,attr"`
		Expected tckValue `xml:"expected"`
	} `xml:"resultNode"`
}

type tckValue struct {
	Name  string `xml:"name,attr"`
	Value *struct {
		Type string `xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		Nil  bool   `xml:"http://www.w3.org/2001/XMLSchema-instance nil,attr"`
		Text string `xml:",chardata"`
	} `xml:"value"`
	List *struct {
		Items []tckValue `xml:"item"`
	} `xml:"list"`
	Components []tckValue `xml:"component"`
}

func (v tckValue) value(t *testing.T) Value {
	t.Helper()
	switch {
	case v.List != nil:
		var out []Value
		for _, x := range v.List.Items {
			out = append(out, x.value(t))
		}
		return ListOf(out...)
	case len(v.Components) > 0:
		var out []Entry
		for _, c := range v.Components {
			out = append(out, Entry{c.Name, c.value(t)})
		}
		return ContextOf(out...)
	case v.Value == nil || v.Value.Nil:
		return Null
	}
	kind := map[string]Kind{"xsd:string": KindString, "xsd:decimal": KindNumber, "xsd:boolean": KindBoolean}[v.Value.Type]
	out, err := ReadValue(kind, v.Value.Text)
	if err != nil {
		t.Fatalf("%s %q: %v", v.Value.Type, v.Value.Text, err)
	}
	return out
}

// tckSquare is the square of 0.00000001, within which the TCK's runners take two numbers for
// equal: the suite's own figures were made with binary floating point (0008 case 002 expects
// 562.707359373292, the exact value begins 562.707359373265927).
var tckSquare, _ = Number("1e-16")

// agree compares as the TCK does: numbers within its tolerance, lists in order.
func agree(got, want Value) bool {
	if got.kind != want.kind {
		return false
	}
	switch got.kind {
	case KindNumber:
		off, ok := compare(calculate('*', calculate('-', got, want), calculate('-', got, want)), tckSquare)
		return ok && off <= 0
	case KindList:
		for i := range want.list {
			if i >= len(got.list) || !agree(got.list[i], want.list[i]) {
				return false
			}
		}
		return len(got.list) == len(want.list)
	case KindContext:
		for _, e := range want.ctx {
			if !agree(got.Get(e.Name), e.Value) {
				return false
			}
		}
		return len(got.ctx) == len(want.ctx)
	}
	return got.Equal(want)
}

// TestTCKLevel2 runs every case of conformance level 2: all must pass.
func TestTCKLevel2(t *testing.T) {
	suites, err := filepath.Glob(filepath.Join(tckFolder(t), "*", "*-test-*.xml"))
	if err != nil || len(suites) == 0 {
		t.Fatal(len(suites), err)
	}
	cases := 0
	for _, file := range suites {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s tckSuite
		if err := xml.Unmarshal(raw, &s); err != nil {
			t.Fatal(file, err)
		}
		e := tckEngine(t, filepath.Join(filepath.Dir(file), s.Model))
		for _, c := range s.Cases {
			cases++
			t.Run(strings.TrimSuffix(s.Model, ".dmn")+"/"+c.ID, func(t *testing.T) { runTCK(t, e, c) })
		}
	}
	if cases != 116 {
		t.Errorf("%d cases", cases)
	}
}

func tckEngine(t *testing.T, file string) *Engine {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := ReadDMN(f)
	if err != nil {
		t.Fatal(file, err)
	}
	e, flaws := m.Compile()
	if len(flaws) > 0 {
		t.Fatal(file, flaws)
	}
	return e
}

func runTCK(t *testing.T, e *Engine, c tckCase) {
	inputs := map[string]Value{}
	for _, in := range c.Inputs {
		inputs[in.Name] = in.value(t)
	}
	if len(c.Results) == 0 {
		t.Fatal("the case expects nothing")
	}
	for _, r := range c.Results {
		got, err := e.Evaluate(r.Name, inputs)
		if err != nil {
			t.Fatal(err)
		}
		if want := r.Expected.value(t); !agree(got, want) {
			t.Errorf("%s = %s, want %s", r.Name, got, want)
		}
	}
}
