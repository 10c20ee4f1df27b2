package page

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"yimen/web/asset"
)

func (p *Page) nav() []Link {
	if p.house == nil || p.house.Nav == nil {
		return nil
	}
	return p.house.Nav(p)
}

// here says that an address is this page or above it.
func (p *Page) here(href string) bool {
	path := p.pathOnly()
	return path == href || href != "/" && strings.HasPrefix(path, strings.TrimSuffix(href, "/")+"/")
}

// deskHome is the first place of the actor's navigation.
func deskHome(p *Page) string {
	if links := p.nav(); len(links) > 0 && p.Actor.SignedIn() {
		return links[0].Href
	}
	return "/"
}

func (p *Page) phone() string {
	if p.house != nil && p.house.Site.Phone != "" {
		return p.house.Site.Phone
	}
	return "12345"
}

func (p *Page) footLinks() []Link {
	site := p.house.Site
	out := []Link{{Text: p.T("page.call", "phone", p.phone()), Href: "tel:" + p.phone()}}
	for _, l := range []Link{
		{Text: p.T("page.accessibility"), Href: site.Accessibility},
		{Text: p.T("page.find_fault"), Href: site.Feedback},
		{Text: p.T("page.licences"), Href: asset.URL("licences.txt")},
	} {
		if l.Href != "" {
			out = append(out, l)
		}
	}
	return out
}

func (p *Page) footLines() (out []string) {
	site := p.house.Site
	for _, x := range []struct{ key, value string }{
		{"page.host", site.Host}, {"page.operator", site.Operator}, {"page.site_code", site.Code}, {"page.icp", site.ICP}, {"page.police", site.Police},
	} {
		if x.value != "" {
			out = append(out, p.T("page.foot", "name", p.T(x.key), "value", x.value))
		}
	}
	return out
}

// keyHints are the conventions every desk page keeps, then the page's own.
func (p *Page) keyHints(h Head) []KeyHint {
	return append([]KeyHint{
		{"?", p.T("desk.key.help")},
		{"Alt+1…9", p.T("desk.key.section")},
		{"/", p.T("desk.key.search")},
		{"Ctrl+Enter", p.T("desk.key.main")},
		{"Esc", p.T("desk.key.close")},
	}, h.Keys...)
}

// faultAnswer is a whole page, or for htmx a notice to put where the answer would have gone.
func faultAnswer(p *Page, r *http.Request, s saidFault) templ.Component {
	if Partial(r) {
		text := s.Text + " " + s.Next
		if s.Call != "" {
			text += " " + p.T("fault.call") + " " + s.Call
		}
		return Notice(p, Notify{Tone: Danger, Title: s.Title, Text: text, Alert: true})
	}
	return faultPage(p, p.route != nil && p.route.desk(), s)
}
