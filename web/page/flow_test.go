package page

import (
	"slices"
	"testing"
)

func TestTheDrawingKeepsItsBoxesApart(t *testing.T) {
	st := []Stage{{{What: "收件", Who: "任一综合窗口"}}, {{What: "路政审查和现场踏勘", Who: "佛山市禅城区住房城乡建设和水利局"}, {What: "公安交通管理意见", Who: "公安"}, {What: "规划意见", Who: "自然资源"}}}
	for _, size := range Sizes {
		d := draw(&Page{Size: size}, st)
		if len(d.Boxes) != 4 || len(d.Arrows) != 1 || len(d.Frames) != 1 {
			t.Fatalf("%+v", d)
		}
		for i, a := range d.Boxes {
			if a.X < 0 || a.X+a.W > d.W || a.Y+a.H > d.H {
				t.Errorf("size %d: box %d leaves the picture: %+v", size, i, a)
			}
			for _, b := range d.Boxes[i+1:] {
				if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("size %d: boxes overlap: %+v %+v", size, a, b)
				}
			}
			if last := a.lineY(len(a.What) + len(a.Who) - 1); last > a.Y+a.H {
				t.Errorf("size %d: writing leaves its box", size)
			}
		}
	}
}

func TestLinesBreakWithinTheirBox(t *testing.T) {
	for _, x := range []struct {
		in   string
		most int
		want []string
	}{
		{"公安交通管理意见", 5, []string{"公安交通管", "理意见"}},
		{"short", 5, []string{"short"}},
		{"a plain sentence here", 6, []string{"a plain", "sentence", "here"}},
		{"", 5, nil},
	} {
		if got := inLines(x.in, x.most); !slices.Equal(got, x.want) {
			t.Errorf("%q: %q, want %q", x.in, got, x.want)
		}
	}
}
