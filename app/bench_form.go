package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/rule"
	"yimen/web/page"
	"yimen/web/text"
)

const (
	formFields = 100
	formRounds = 300
)

// benchForm: a form of 100 fields under 100 rules worked out whole and drawn as a desk sees it, which
// is what one change of an answer costs the server; beside it the drawing alone.
func benchForm(ctx context.Context) ([]figure, error) {
	doc, answers := formOfRules()
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	spec, err := form.ReadSpec(raw)
	if err != nil {
		return nil, err
	}
	m := form.MakeModel(spec, rule.Plain)
	if flaws := m.Flaws(); len(flaws) > 0 {
		return nil, fmt.Errorf("the bench's form is wrong: %v", flaws)
	}
	p := &page.Page{Lang: text.Chinese, Now: time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)}
	draw := func(s *form.State) (int, error) {
		var fields []page.Field
		for _, f := range page.Questions(doc, s.Places) {
			fields = append(fields, page.Asked(p, f, s.Answers[f.Element], "source.window"))
		}
		fields = page.Refill(p, fields, nil, s.Err())
		var out bytes.Buffer
		err := page.AskAll(p, page.Dense, fields).Render(ctx, &out)
		return out.Len(), err
	}
	first := m.Work(answers, p.Now)
	size := 0
	whole, err := slowest(func() (err error) { size, err = draw(m.Work(answers, p.Now)); return err })
	if err != nil {
		return nil, err
	}
	alone, err := slowest(func() error { _, err := draw(first); return err })
	if err != nil {
		return nil, err
	}
	f := figure{name: "form-100", value: ms(whole), unit: "ms p99", limit: fmt.Sprintf("%.2f ms for drawing alone", ms(alone)), ratio: whole.Seconds() / alone.Seconds()}
	f.notes = append(f.notes, fmt.Sprintf("%d fields, %d rules, %d asked, %d bytes", len(doc.Form), formFields, len(first.Places), size))
	f.want(f.value < 50, "< 50 ms")
	return []figure{f}, nil
}

// slowest is the 99th percentile of running f.
func slowest(f func() error) (time.Duration, error) {
	runtime.GC()
	took := make([]time.Duration, formRounds)
	for i := range took {
		from := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		took[i] = time.Since(from)
	}
	slices.Sort(took)
	return took[len(took)*99/100], nil
}

// formOfRules is a form of 100 questions with 50 conditions, 25 formulas and 25 checks, all of them true
// or known, so that nothing is saved by not being asked.
func formOfRules() (*catalog.Item, map[string]form.Answer) {
	doc, answers := &catalog.Item{}, map[string]form.Answer{}
	name := func(i int) string { return fmt.Sprintf("bench.f%d", i) }
	for i := range formFields {
		f := catalog.Field{Element: name(i), Label: "问题", Kind: "number", Section: "内容"}
		switch {
		case i%4 == 3:
			f.Compute = fmt.Sprintf("%s * 2 + %s - %s / 4", name(i-1), name(i-2), name(i-3))
		case i%2 == 1:
			f.When = fmt.Sprintf("%s > 0 and (%s < 1000000 or %s = 7)", name(i-1), name(i-1), name(i-1))
		case i > 0:
			f.When = fmt.Sprintf("not(%s = 0)", name(i/2))
		default:
			f.When = "1 = 1"
		}
		if f.Compute == "" {
			answers[f.Element] = form.Answer{Element: f.Element, Value: fmt.Sprint(i + 1), Source: "source.window"}
		} else {
			doc.Checks = append(doc.Checks, catalog.Check{Holds: fmt.Sprintf("%s >= %s or %s > 1", name(i), name(i-1), name(i-2)), Says: "请核对", Element: name(i - 1)})
		}
		doc.Form = append(doc.Form, f)
	}
	return doc, answers
}
