package statute

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yimen/foundation/calendar"
)

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// parse reads a text of the given body.
func parse(t *testing.T, file, head, body string) Law {
	t.Helper()
	l, err := Parse(file, head+"\n\n"+infoEnd+"\n\n"+body)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func labels(l Law) (out []string) {
	for _, a := range l.Articles {
		out = append(out, fmt.Sprint(a.Label, len(a.Paragraphs)))
	}
	return out
}

func TestArticlesAreCutIntoParagraphsAndPoints(t *testing.T) {
	l := parse(t, "某法(2020-01-02).md", "# 某法\n\n2020年1月2日 国务院发布", "## 第一章 总 则\n\n### 第一节 甲\n\n第二十一条之二 甲：\n\n（一）乙；\n\n1.子；\n\n续；\n\n(二)丙。\n\n丁。\n\n## 第二章\n\n第一百零三条　戊。\n\n附件：\n\n己")
	if got := labels(l); !slices.Equal(got, []string{"第二十一条之二2", "第一百零三条1", "附件：1"}) {
		t.Fatal(got)
	}
	a := l.Articles[0]
	if a.Number != 21 || a.Sub != 2 || len(a.Paragraphs[0].Points) != 2 || a.Paragraphs[0].Points[0].Text != "乙；\n1.子；\n续；" || a.Paragraphs[1].Text != "丁。" {
		t.Errorf("%+v", a)
	}
	if got := strings.Join(a.Chapter, "/"); got != "第一章 总则/第一节 甲" {
		t.Errorf("chapter %q", got)
	}
	if b := l.Articles[1]; b.Number != 103 || strings.Join(b.Chapter, "/") != "第二章" || b.Paragraphs[0].Text != "戊。" {
		t.Errorf("%+v", b)
	}
}

func TestOddTextsParse(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"sections for articles": {"为甲。\n\n一、乙：\n\n(一) 丙；\n\n二、丁。", []string{"1", "一、1", "二、1"}},
		"sections in headings":  {"序。\n\n## 一、乙\n\n丙。\n\n## 三、丁", []string{"1", "一、2", "三、1"}},
		"bracketed numbers":     {"(一) 甲。\n\n(二) 乙。\n\n丙。", []string{"(一)1", "(二)2"}},
		"no numbers at all":     {"甲。\n\n乙。", []string{"2"}},
		"one line for all":      {"第一条 甲。 第二条 乙： （一）丙； （二）丁。 戊。 第三条 依照第九条 己。", []string{"第一条1", "第二条2", "第三条1"}},
		"slips of the pen":      {"第一条 甲。\n\n第二 条乙。\n\n笫三条 丙。", []string{"第一条1", "第二条1", "第三条1"}},
		"final provisions":      {"第一条 甲。\n\n附 则\n\n第二条 乙。", []string{"第一条2", "第二条1"}},
	} {
		if got := labels(parse(t, "a(2020-01-02).md", "# 某规定", c.body)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatIsNoLawTextIsRefused(t *testing.T) {
	for want, c := range map[string]struct {
		raw  string
		file string
		line int
	}{
		"statute.flaw.title":     {"某法\n" + infoEnd + "\n第一条 甲。", "a(2020-01-02).md", 1},
		"statute.flaw.info_end":  {"# 某法\n\n第一条 甲。", "a(2020-01-02).md", 0},
		"statute.flaw.no_date":   {"# 某法\n" + infoEnd + "\n第一条 甲。", "a.md", 0},
		"statute.flaw.file_date": {"# 某法\n" + infoEnd + "\n第一条 甲。", "a(2020-13-02).md", 0},
		"statute.flaw.empty":     {"# 某法\n" + infoEnd + "\n\n", "a(2020-01-02).md", 4},
		"statute.flaw.twice":     {"# 某法\n" + infoEnd + "\n第一条 甲。\n\n第一条 乙。", "a(2020-01-02).md", 5},
	} {
		_, err := Parse(c.file, c.raw)
		var flaw *Flaw
		if !errors.As(err, &flaw) || flaw.Key != want || c.line != 0 && flaw.Line != c.line {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestDatesAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		head, last string
		effective  string
		stated     bool // the day of effect
		current    bool
	}{
		"in the head":               {"# 甲法\n\n2020年1月2日 国务院发布\n\n2020年5月1日 施行", "乙。", "2020-05-01", true, true},
		"in the last article":       {"# 甲法\n\n２０２０年1月2日 国务院发布", "本法自2020年7月1日起施行。", "2020-07-01", true, true},
		"on publication":            {"# 甲法\n\n2020年1月2日 国务院发布", "本法自公布之日起施行。", "2020-01-02", true, true},
		"the first version's":       {"# 甲法\n\n1990年1月1日 国务院发布\n\n2020年1月2日 修订", "本法自1990年2月1日起施行。", "2020-01-02", false, true},
		"history stops too early":   {"# 甲法\n\n1990年1月1日 国务院发布", "乙。", "2020-01-02", false, false},
		"history is missing":        {"# 甲法", "乙。", "2020-01-02", false, false},
		"amended, says publication": {"# 甲法\n\n1990年1月1日 国务院发布\n\n2020年1月2日 修订", "自公布之日起施行。", "2020-01-02", false, true},
	} {
		l := parse(t, "甲法(2020-01-02).md", c.head, "第一条 甲。\n\n第二条 "+c.last)
		if l.Effective != day(c.effective) || l.EffectiveStated != c.stated || l.Stated() != c.current {
			t.Errorf("%s: %s, stated %v, history reaches it %v", name, l.Effective, l.EffectiveStated, l.Stated())
		}
	}
}

func TestRepealsAreRead(t *testing.T) {
	l := parse(t, "甲法(2020-01-02).md", "# 甲法", "第一条 《戊法》第三条同时废止。《庚法》有效。\n\n第二条 本法自2020年5月1日起施行。1990年1月1日国务院公布的《乙法》、《丙办法》同时废止。")
	want := []Ending{{"乙法", day("2020-05-01")}, {"丙办法", day("2020-05-01")}}
	if !slices.Equal(l.Repeals, want) {
		t.Errorf("%v", l.Repeals)
	}
}

func TestPartsMakeOneLaw(t *testing.T) {
	one := parse(t, "一.md", "# 甲典\n\n# 总则\n\n2020年1月2日 通过", "第一条 甲。")
	two := parse(t, "二.md", "# 甲典\n\n# 附则\n\n2020年1月2日 通过\n\n2021年1月1日 施行", "第二条 乙。\n\n第三条 丙。")
	whole, err := Merge([]Law{two, one})
	if err != nil || len(whole.Articles) != 3 || whole.Articles[1].Chapter[0] != "附则" || whole.Effective != day("2021-01-01") {
		t.Errorf("%+v, %v", whole, err)
	}
	two.Articles = two.Articles[1:]
	if _, err := Merge([]Law{one, two}); err == nil {
		t.Error("a part is missing and nobody says so")
	}
}

func TestVersionsFollowEachOther(t *testing.T) {
	all := []Version{{ID: "b", Effective: day("2010-01-01")}, {ID: "a", Effective: day("2000-01-01")}, {ID: "c", Effective: day("2010-01-01"), Seq: 9}}
	Chain(all, []Repeal{{"x", day("2015-01-01")}, {"y", day("1999-01-01")}})
	for i, want := range []Version{{ID: "a", Until: day("2010-01-01"), SupersededBy: "b"}, {ID: "b", Until: day("2010-01-01"), SupersededBy: "c"}, {ID: "c", Until: day("2015-01-01"), SupersededBy: "x"}} {
		if got := all[i]; got.ID != want.ID || got.Until != want.Until || got.SupersededBy != want.SupersededBy {
			t.Errorf("%d: %+v", i, got)
		}
	}
	for at, want := range map[string]string{"1999-12-31": "", "2000-01-01": "a", "2009-12-31": "a", "2010-01-01": "c", "2015-01-01": ""} {
		got := ""
		for _, v := range all {
			if v.InForce(day(at)) {
				got += v.ID
			}
		}
		if got != want {
			t.Errorf("on %s %q is in force, want %q", at, got, want)
		}
	}
}

func TestJudge(t *testing.T) {
	now := &Article{Number: 2, Paragraphs: []Paragraph{{Text: "新的话：", Points: []Point{{1, "甲"}}}, {Text: "二"}}}
	old := &Article{Number: 2, Paragraphs: []Paragraph{{Text: "旧的话"}}}
	v := func(id, from, until string, c Currency) Version {
		x := Version{ID: id, Effective: day(from), Currency: c}
		if until != "" {
			x.Until = day(until)
		}
		return x
	}
	editions := []Edition{{v("old", "2000-01-01", "2010-01-01", Stated), old}, {v("new", "2010-01-01", "2020-01-01", Stated), now}, {v("now", "2020-01-01", "", Unknown), now}}
	for name, c := range map[string]struct {
		c       Citation
		on      string
		want    TroubleKind
		version string
	}{
		"resolves":              {Citation{Paragraph: 1, Point: 1, Text: "甲"}, "2012-01-01", None, "new"},
		"in any paragraph":      {Citation{Text: "二"}, "2012-01-01", None, "new"},
		"before the first":      {Citation{Text: "旧"}, "1999-01-01", NoVersion, ""},
		"in its own time":       {Citation{Text: "旧的话"}, "2005-01-01", None, "old"},
		"superseded":            {Citation{Text: "旧的话"}, "2012-01-01", Superseded, "new"},
		"other words":           {Citation{Text: "从来没有"}, "2012-01-01", NoWords, "new"},
		"no such paragraph":     {Citation{Paragraph: 3}, "2012-01-01", NoPlace, "new"},
		"no such point":         {Citation{Paragraph: 2, Point: 1}, "2012-01-01", NoPlace, "new"},
		"currency is not known": {Citation{Text: "新的话"}, "2021-01-01", UnknownCurrency, "now"},
	} {
		found, trouble := Judge(c.c, slices.Clone(editions), day(c.on))
		if trouble.Kind != c.want || found.Version.ID != c.version || trouble.Warning() != (c.want == None || c.want == UnknownCurrency) {
			t.Errorf("%s: %v in %q", name, trouble.Kind, found.Version.ID)
		}
	}
	if _, trouble := Judge(Citation{}, nil, 0); trouble.Kind != UnknownLaw {
		t.Error(trouble)
	}
	if _, trouble := Judge(Citation{Article: 9}, []Edition{{Version: v("x", "2000-01-01", "", Stated)}}, day("2020-01-01")); trouble.Kind != NoArticle {
		t.Error(trouble)
	}
	ended := []Edition{{v("old", "2000-01-01", "2010-01-01", Stated), old}}
	if _, trouble := Judge(Citation{Text: "旧的话"}, ended, day("2020-01-01")); trouble.Kind != Superseded || trouble.Version.ID != "old" {
		t.Error(trouble)
	}
}

func TestChangedNamesEveryArticleThatDiffers(t *testing.T) {
	a := func(n int, text string) Article { return Article{Number: n, Paragraphs: []Paragraph{{Text: text}}} }
	got := Changed([]Article{a(1, "甲"), a(2, "乙"), a(3, "丙")}, []Article{a(1, "甲"), a(2, "新"), a(4, "丁")})
	if len(got) != 3 || got[0].Number != 2 || got[0].After != "新" || got[1].After != "" || got[2].Before != "" {
		t.Errorf("%+v", got)
	}
}
