package standards_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/statute"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/process/standards"
)

var morning = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

func library(d *db.DB) *standards.Library {
	return &standards.Library{DB: d, Now: func() time.Time { return morning }}
}

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

var today = calendar.DateOf(morning)

// law is a text with articles 1 and on.
func law(name, date, effective string, articles ...string) standards.LawFile {
	y, m, d := day(date).Date()
	body := "# " + name + "\n\n" + calendar.On(y, m, d).At(0).Format("2006年1月2日") + " 国务院发布\n\n" + day(effective).At(0).Format("2006年1月2日") + " 施行\n\n<!-- INFO END -->\n\n"
	for i, a := range articles {
		body += "第" + []string{"一", "二", "三", "四"}[i] + "条 " + a + "\n\n"
	}
	return standards.LawFile{Name: "行政法规/" + name + "(" + date + ").md", Body: body}
}

func load(t *testing.T, l *standards.Library, files ...standards.LawFile) standards.Report {
	t.Helper()
	rep, err := l.ImportTexts(context.Background(), "staff:keeper", files)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func resolve(t *testing.T, r db.Reader, c statute.Citation, on string) (statute.Found, statute.TroubleKind) {
	t.Helper()
	all, err := statute.ResolveAll(t.Context(), r, []statute.Citation{c}, day(on))
	if err != nil {
		t.Fatal(err)
	}
	return all[0].Found, all[0].Trouble.Kind
}

func TestLawsInVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := library(d)
		first := law("施工条例", "2010-01-01", "2010-05-01", "甲。", "挖掘道路应当经许可。")
		rep := load(t, l, first, law("旧办法", "2001-01-01", "2001-01-01", "旧。"), standards.LawFile{Name: "坏.md", Body: "什么？"})
		if len(rep.New) != 2 || len(rep.Refused) != 1 || rep.Refused[0].File != "坏.md" || rep.Refused[0].Line != 1 {
			t.Fatalf("%+v", rep)
		}
		item := &catalog.Item{ID: "cc-dig", Name: "挖路", Basis: []catalog.Citation{{Law: "施工条例", Article: 2, Text: "应当经许可"}, {Law: "施工条例", Article: 1, Text: "甲"}}}
		if _, err := l.Publish(t.Context(), "staff:keeper", item); err != nil {
			t.Fatal(err)
		}
		if again := load(t, l, first); again.Same != 1 || len(again.New)+len(again.Changed) != 0 {
			t.Fatalf("loaded twice: %+v", again)
		}
		rep = load(t, l, law("施工条例", "2020-01-01", "2020-06-01", "甲。", "挖掘道路应当备案。", "《旧办法》同时废止。"))
		if len(rep.Changed) != 1 || len(rep.Changed[0].Articles) != 2 || len(rep.Changed[0].CitedBy) != 1 || rep.Changed[0].CitedBy[0].Path != "basis[0]" || rep.Changed[0].CitedBy[0].By.ID != "cc-dig" {
			t.Fatalf("%+v", rep.Changed)
		}
		dig := statute.Citation{Law: "施工条例", Article: 2, Text: "应当经许可"}
		for on, want := range map[string]statute.TroubleKind{"2010-04-30": statute.NoVersion, "2010-05-01": statute.None, "2020-05-31": statute.None, "2020-06-01": statute.Superseded} {
			if _, got := resolve(t, d, dig, on); got != want {
				t.Errorf("on %s: %q, want %q", on, got, want)
			}
		}
		if _, got := resolve(t, d, statute.Citation{Law: "旧办法", Article: 1, Text: "旧"}, "2021-01-01"); got != statute.Superseded {
			t.Errorf("a repealed law: %q", got)
		}
		if _, got := resolve(t, d, statute.Citation{Law: "无此法", Article: 1}, "2021-01-01"); got != statute.UnknownLaw {
			t.Errorf("an unknown law: %q", got)
		}
		if found, _ := resolve(t, d, dig, "2015-01-01"); found.Article.String() != "挖掘道路应当经许可。" {
			t.Errorf("%q", found.Article.String())
		}
		if n, gaps, err := audit.Verify(t.Context(), d); err != nil || len(gaps) != 0 || n < 0 {
			t.Error(n, gaps, err)
		}
	}, statute.Schema, catalog.Schema, audit.Schema)
}

func TestAnOlderVersionLoadedLaterEndsBeforeTheNewerOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := library(d)
		load(t, l, law("甲条例", "2020-01-01", "2020-01-01", "新。"))
		rep := load(t, l, law("甲条例", "2010-01-01", "2010-01-01", "旧。"))
		if len(rep.Changed) != 1 || rep.Changed[0].From.ID != "" {
			t.Fatalf("%+v", rep)
		}
		if found, got := resolve(t, d, statute.Citation{Law: "甲条例", Article: 1}, "2015-01-01"); got != statute.None || found.Version.Until != day("2020-01-01") {
			t.Errorf("%q %+v", got, found)
		}
		entry, err := statute.List(t.Context(), d, "甲条", statute.Any, today, "", 10)
		if err != nil || len(entry) != 1 || entry[0].Versions != 2 || entry[0].Published != day("2020-01-01") {
			t.Errorf("%+v, %v", entry, err)
		}
	}, statute.Schema, catalog.Schema, audit.Schema)
}

func TestCurrencyIsDoubtedUntilSomebodyLooks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := library(d)
		load(t, l, standards.LawFile{Name: "甲条例(2020-01-01).md", Body: "# 甲条例\n\n<!-- INFO END -->\n\n第一条 甲。"})
		c := statute.Citation{Law: "甲条例", Article: 1}
		found, got := resolve(t, d, c, "2021-01-01")
		if got != statute.UnknownCurrency {
			t.Fatal(got)
		}
		if laws, doubtful, err := statute.Count(t.Context(), d, today); err != nil || laws != 1 || doubtful != 1 {
			t.Error(laws, doubtful, err)
		}
		if err := l.ConfirmLaw(t.Context(), "staff:keeper", found.Version.ID, " "); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if err := l.ConfirmLaw(t.Context(), "staff:keeper", "none", "国家法律法规数据库"); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if err := l.ConfirmLaw(t.Context(), "staff:keeper", found.Version.ID, "国家法律法规数据库"); err != nil {
			t.Fatal(err)
		}
		if found, got := resolve(t, d, c, "2021-01-01"); got != statute.None || found.Version.Source != "国家法律法规数据库" || found.Version.CheckedBy != "staff:keeper" {
			t.Errorf("%q %+v", got, found.Version)
		}
		for state, want := range map[statute.State]int{statute.Current: 1, statute.Doubtful: 0, statute.Gone: 0, statute.Any: 1} {
			if list, err := statute.List(t.Context(), d, "", state, today, "", 10); err != nil || len(list) != want {
				t.Errorf("%s: %d, %v", state, len(list), err)
			}
		}
	}, statute.Schema, catalog.Schema, audit.Schema)
}

func TestWordsAreFoundInEverySegment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := library(d)
		for i, c := range []rune("甲乙丙丁戊己庚辛壬癸子丑") { // each import is a segment, too many are packed
			load(t, l, law(string(c)+"条例", "2020-01-01", "2020-01-01", "挖掘城市道路，"+strings.Repeat("又", i+1)+"铺设Ａ管线。", "别的。"))
		}
		segments, err := statute.Segments(t.Context(), d)
		if err != nil || len(segments) < 2 || len(segments) > 9 {
			t.Fatalf("%d segments, %v", len(segments), err)
		}
		find := func(q statute.Query) (names []string) {
			t.Helper()
			q.Day = today
			hits, next, err := statute.Search(t.Context(), d, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hits {
				names = append(names, h.Version.Name)
				if h.Match == "" || h.Label != "第一条" {
					t.Errorf("%+v", h)
				}
			}
			if next != "" {
				q.After = next
				more, _, err := statute.Search(t.Context(), d, q)
				if err != nil || len(more) == 0 {
					t.Error("nothing behind", next, err)
				}
			}
			return names
		}
		for words, want := range map[string]int{"城市道路": 12, "道路": 12, "铺设a管": 12, "又又又又又又又又又又又": 2, "道路又": 0, "路铺设": 0, "挖掘 管线": 12, "挖掘 没有": 0} {
			if got := find(statute.Query{Words: words, Limit: 20}); len(got) != want {
				t.Errorf("%s: %v, want %d", words, got, want)
			}
		}
		if got := find(statute.Query{Words: "道路", Limit: 5}); !slices.Equal(got, []string{"甲条例", "乙条例", "丙条例", "丁条例", "戊条例"}) {
			t.Error(got)
		}
		if got := find(statute.Query{Words: "道路", Name: "丑条", Limit: 5}); len(got) != 1 {
			t.Error(got)
		}
		if got := find(statute.Query{Words: "道路", State: statute.Gone, Limit: 5}); len(got) != 0 {
			t.Error(got)
		}
		for _, wrong := range []string{"", "路", "，"} {
			if _, _, err := statute.Search(t.Context(), d, statute.Query{Words: wrong, Limit: 5}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if _, _, err := statute.Search(t.Context(), d, statute.Query{Words: "道路", After: "x", Limit: 5}); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	}, statute.Schema, catalog.Schema, audit.Schema)
}

// TestAnImportCutOffIsTakenUpAgain leaves a version begun and a segment half written.
func TestAnImportCutOffIsTakenUpAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, file := library(d), law("甲条例", "2020-01-01", "2020-01-01", "挖掘道路。")
		parsed, err := statute.Parse(file.Name, file.Body)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), "test.CutOff", func(ctx context.Context, tx *db.Tx) error {
			begun, err := statute.Begin(ctx, tx, &parsed, file.Name, morning)
			if err != nil {
				return err
			}
			if err := statute.Add(ctx, tx, begun.Version, 0, parsed.Articles); err != nil {
				return err
			}
			if err := statute.BeginSegment(ctx, tx, "cut", morning); err != nil {
				return err
			}
			return statute.PutTerms(ctx, tx, []statute.Term{{Segment: "cut", Term: "道路", Postings: []byte{1}}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, got := resolve(t, d, statute.Citation{Law: "甲条例", Article: 1}, "2021-01-01"); got != statute.UnknownLaw {
			t.Errorf("a version half loaded is read: %q", got)
		}
		if rep := load(t, l, file); len(rep.New) != 1 {
			t.Fatalf("%+v", rep)
		}
		if hits, _, err := statute.Search(t.Context(), d, statute.Query{Words: "道路", Limit: 5}); err != nil || len(hits) != 1 {
			t.Errorf("%+v, %v", hits, err)
		}
		if segments, err := statute.Segments(t.Context(), d); err != nil || len(segments) != 1 || !segments[0].Ready {
			t.Errorf("%+v, %v", segments, err)
		}
	}, statute.Schema, catalog.Schema, audit.Schema)
}

// TestEveryRealLawIsImported loads all texts on both engines, twice.
func TestEveryRealLawIsImported(t *testing.T) {
	dir := os.Getenv("YIMEN_SHARED")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("YIMEN_SHARED is not set: the real law texts cannot be read")
		}
		t.Skip("skipped: no law texts (set YIMEN_SHARED to the folder that holds laws/)")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, texts := library(d), os.DirFS(filepath.Join(dir, "laws"))
		start := time.Now()
		rep, err := l.ImportLaws(t.Context(), "staff:keeper", texts)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d laws, %d more versions, %d same, %d refused in %s", len(rep.New), len(rep.Changed), rep.Same, len(rep.Refused), time.Since(start).Round(time.Millisecond))
		if len(rep.New) < 1000 || len(rep.Changed) < 60 || len(rep.Refused) != 0 {
			t.Errorf("%d %d %+v", len(rep.New), len(rep.Changed), rep.Refused)
		}
		again, err := l.ImportLaws(t.Context(), "staff:keeper", texts)
		if err != nil || len(again.New)+len(again.Changed) != 0 {
			t.Errorf("%+v, %v", again.New, err)
		}
		found, got := resolve(t, d, statute.Citation{Law: "中华人民共和国民法典", Article: 1043, Paragraph: 1, Text: "优良家风"}, "2026-03-02")
		if got != statute.None || found.Article.Chapter[0] != "婚姻家庭编" {
			t.Errorf("%q %+v", got, found.Article)
		}
		if _, got := resolve(t, d, statute.Citation{Law: "个体工商户条例", Article: 1}, "2026-03-02"); got != statute.Superseded {
			t.Errorf("repealed by 促进个体工商户发展条例: %q", got)
		}
		hits, next, err := statute.Search(t.Context(), d, statute.Query{Words: "行政许可", Day: today, Limit: 20})
		if err != nil || len(hits) != 20 || next == "" {
			t.Errorf("%d hits, %v", len(hits), err)
		}
	}, statute.Schema, catalog.Schema, audit.Schema)
}

func TestACitationThatLeadsNowhereHoldsAnItemUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := library(d)
		load(t, l, law("施工条例", "2010-01-01", "2010-05-01", "甲。", "挖掘道路应当经许可。"), standards.LawFile{Name: "乙条例(2020-01-01).md", Body: "# 乙条例\n\n<!-- INFO END -->\n\n第一条 乙。"})
		load(t, l, law("施工条例", "2020-01-01", "2020-06-01", "甲。", "挖掘道路应当备案。"))
		for _, c := range []struct {
			basis catalog.Citation
			key   string
			stops bool
		}{
			{catalog.Citation{Law: "施工条例", Article: 2, Text: "应当备案"}, "", false},
			{catalog.Citation{Law: "施工条例", Article: 2, Text: "应当经许可"}, "standards.cited_superseded", true},
			{catalog.Citation{Law: "施工条例", Article: 9, Text: "甲"}, "standards.cited_no_article", true},
			{catalog.Citation{Law: "施工条例", Article: 1, Paragraph: 3, Text: "甲"}, "standards.cited_no_place", true},
			{catalog.Citation{Law: "施工条例", Article: 1, Text: "丙"}, "standards.cited_no_words", true},
			{catalog.Citation{Law: "无此法", Article: 1, Text: "甲"}, "standards.cited_unknown_law", false},
			{catalog.Citation{Law: "乙条例", Article: 1, Text: "乙"}, "standards.cited_unknown_currency", false},
		} {
			flaws, err := standards.Cited(t.Context(), d, &catalog.Item{Basis: []catalog.Citation{c.basis}}, morning)
			if err != nil || (len(flaws) == 0) != (c.key == "") || len(flaws) > 0 && (flaws[0].Key != c.key || flaws[0].Warn == c.stops) {
				t.Errorf("%+v: %+v, %v", c.basis, flaws, err)
			}
		}
		if flaws, err := standards.Cited(t.Context(), d, &catalog.Item{Basis: []catalog.Citation{{Law: "施工条例", Article: 2, Text: "应当备案"}}}, day("2005-01-01").At(0)); err != nil || len(flaws) != 1 || flaws[0].Key != "standards.cited_no_version" {
			t.Error(flaws, err)
		}
	}, statute.Schema, catalog.Schema, audit.Schema)
}
