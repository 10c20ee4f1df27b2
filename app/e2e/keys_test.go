package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// ring says whether the focus can be seen: by its outline, or by that of what it stands in.
const ring = `(() => { const e = document.activeElement; if (!e || e === document.body) return "nowhere";
	const shown = x => { const c = getComputedStyle(x); return c.outlineStyle !== "none" && parseFloat(c.outlineWidth) >= 2 || c.boxShadow !== "none" };
	const box = e.getBoundingClientRect();
	return !shown(e) && !(e.parentElement && shown(e.parentElement)) ? "no ring: " + e.outerHTML.slice(0, 100) : box.bottom < 0 || box.top > innerHeight ? "out of sight: " + e.outerHTML.slice(0, 100) : "" })()`

// TestKeysAndFocus works the desks without a mouse: the list of keys, the jumps, the focus that is always seen.
func TestKeysAndFocus(t *testing.T) {
	s := sit(t)
	desks := []struct {
		account, path string
		keys          []string
	}{
		{"clerk01", "/window", []string{"F3", "F8", "Ctrl+Alt+1"}},
		{"clerk01", "/window/item/cc-individual-business", []string{"F4", "F6"}},
		{"clerk01", "/window/draft/" + s.things.Draft, []string{"Ctrl+S", "Ctrl+Enter", "Enter"}},
		{"clerk01", "/window/case/" + string(s.things.Open), []string{"F2"}},
		{"build-review-a", "/approver", []string{"N", "1"}},
		{"build-review-a", "/approver/task/" + string(s.things.Review), []string{"Ctrl+Enter", "N"}},
	}
	for _, d := range desks {
		s.become(d.account, looks()[0])
		s.goTo(d.path)
		s.says(`document.activeElement.blur(), ""`)
		s.press("?")
		s.until(`document.querySelector("dialog#keys").open`)
		listed := strings.Fields(s.says(`Array.from(document.querySelectorAll("dialog#keys kbd")).map(e => e.textContent).join("\n")`))
		for _, k := range append(d.keys, "?") {
			if !slices.Contains(listed, k) {
				t.Errorf("%s does not list %s among %v", d.path, k, listed)
			}
		}
		s.shot("keys " + d.path)
		s.press(kb.Escape)
		s.until(`!document.querySelector("dialog#keys").open`)
		for range 14 {
			s.press(kb.Tab)
			if wrong := s.says(ring); wrong != "" && wrong != "nowhere" { // past the last there is the browser's own
				t.Errorf("%s: %s", d.path, wrong)
			}
		}
		s.press("2", chromedp.ModifierAlt)
		s.until(`document.activeElement === document.querySelectorAll("[data-section]")[1] || document.querySelectorAll("[data-section]").length < 2`)
	}
}

// mistake is a form handed in empty: on which page, as whom, by which button.
type mistake struct{ account, path, button string }

func (h *house) mistakes() []mistake {
	return []mistake{
		{"", "/progress", "main button.main"},
		{"", "/verify", "form[enctype] button"},
		{"", "/signin", "main button.main"},
		{holder, "/apply/cc-individual-business", "main button.main"},
		{person, "/draft/" + h.own.Draft + "/q-5", "main button.main"},
		{person, "/draft/" + h.own.Draft + "/check", `form[action$="/submit"] button`},
		{person, "/me/case/" + string(h.own.Fix) + "/fix", "main button.main"},
		{"clerk01", "/window/phone", "main button.main"},
		{"clerk01", "/window/hotline", "main button.main"},
		{"clerk01", "/window", `form[action="/window/resume"] button`},
		{"", "/staff/signin", "main button.main"},
		{"", "/staff/enrol", "main button"},
		{"clerk01", "/window/item/cc-road-dig", `form[action="/window/typed"] button`},
		{"clerk03", "/window/draft/" + h.things.Spoilt, `button[formaction$="/accept"]`},
		{"clerk01", "/window/case/" + string(h.things.Returned), `form[action$="/supply"] button.main`},
		{"police-review-a", "/approver/task/" + string(h.things.Opinion), "#decide button.main"},
		{"build-review-a", "/approver/task/" + string(h.things.Review), "#decide button.main"},
		{"health-decide", "/approver/task/" + string(h.things.Decide), "#decide button.main"},
		{"admin", "/admin/accounts", "main button.main"},
	}
}

// TestEmptyFormsSayWhatIsWrong hands every form in empty: the summary has the focus, seen, and Enter on its first link goes
// into the field and no further; the page is as accessible as it was.
func TestEmptyFormsSayWhatIsWrong(t *testing.T) {
	s := sit(t)
	ways := looks()[:1]
	if os.Getenv("YIMEN_SOAK") != "" {
		ways = looks()
	}
	for _, m := range s.mistakes() {
		for _, l := range ways {
			s.become(m.account, l)
			s.goTo(m.path)
			s.away(func() { s.says(fmt.Sprintf(handIn, m.button)) })
			s.until(`document.activeElement.id === "problems"`)
			where := m.path + " left empty " + l.size + " " + l.scheme + " " + l.lang
			if wrong := s.says(ring); wrong != "" {
				t.Errorf("%s: %s", where, wrong)
			}
			if title := s.says(`document.title`); l.lang == "zh-CN" && !strings.Contains(title, "需要改正") {
				t.Errorf("%s: the title is %q", where, title)
			}
			for _, width := range []int64{390, 1366} {
				s.do(chromedp.EmulateViewport(width, 900))
				s.clean(where)
				s.shot(fmt.Sprintf("%s %d", where, width))
			}
			s.lands(where)
		}
	}
}

// handIn empties a form's boxes and presses a button of it.
const handIn = `(() => { const b = document.querySelector(%q); b.closest("details")?.setAttribute("open", "")
	for (const e of b.form.elements) { if (e.matches("input:not([type]), input[type=text], input[type=password], textarea")) e.value = ""; if (e.matches("[type=radio], [type=checkbox]")) e.checked = false }
	b.form.requestSubmit(b); return "" })()`

// lands follows the summary's first link by keyboard.
func (s *seat) lands(where string) {
	s.t.Helper()
	first := s.says(`(document.querySelector("#problems a")?.hash ?? "").slice(1)`)
	if first == "" {
		return // what is wrong has no field of its own
	}
	at := s.says(`location.href`)
	s.press(kb.Tab)
	s.press(kb.Enter)
	s.until(fmt.Sprintf(`document.activeElement.id === decodeURIComponent(%q)`, first))
	if wrong := s.says(ring); wrong != "" {
		s.t.Errorf("%s: in the field: %s", where, wrong)
	}
	if now := s.says(`location.href`); now != at {
		s.t.Errorf("%s: Enter on the summary's link led away to %s", where, now)
	}
}
