package simulator

import "yimen/web/page"

func (v textsView) moments(p *page.Page) (out []page.Moment) {
	for _, t := range v.List {
		out = append(out, page.Moment{Title: p.T("simulator.texts.to", "phone", t.To), At: p.When(t.At), Detail: t.Body, State: page.Done})
	}
	return out
}
