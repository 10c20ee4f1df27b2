package page

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yimen/web/text"
)

const (
	langCookie = "lang"
	sizeCookie = "size"
	keepPrefs  = 365 * 24 * time.Hour
)

// langOf is what the person chose, else what the browser asks for, else Chinese.
func langOf(r *http.Request) text.Lang {
	if c, err := r.Cookie(langCookie); err == nil && slices.Contains(text.Langs, text.Lang(c.Value)) {
		return text.Lang(c.Value)
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		switch primary, _, _ := strings.Cut(tag, "-"); primary {
		case "zh":
			return text.Chinese
		case "en":
			return text.English
		}
	}
	return text.Chinese
}

func sizeOf(r *http.Request) int {
	if c, err := r.Cookie(sizeCookie); err == nil {
		if n, err := strconv.Atoi(c.Value); err == nil && slices.Contains(Sizes, n) {
			return n
		}
	}
	return Sizes[0]
}

// setPreferences takes the small forms in every page's head and comes back to where they stood.
func setPreferences(w http.ResponseWriter, r *http.Request) error {
	in, err := Read(r)
	if err != nil {
		return err
	}
	p := Of(r)
	if lang := in.Text("lang"); slices.Contains(text.Langs, text.Lang(lang)) {
		p.remember(w, langCookie, lang)
	}
	if size, ok := in.Int("size"); ok && slices.Contains(Sizes, int(size)) {
		p.remember(w, sizeCookie, strconv.FormatInt(size, 10))
	}
	http.Redirect(w, r, Local(in.Text("back")), http.StatusSeeOther)
	return nil
}

func (p *Page) remember(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(keepPrefs / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.house.TLS})
}

// Local is an address to come back to if it is one of ours, else "/": "//host" and "/\host" lead elsewhere.
func Local(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(address, "/") ||
		strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n\t") {
		return "/"
	}
	return address
}

// Secure says that people reach the house over https, so that a cookie may be kept to it.
func (p *Page) Secure() bool { return p.house.TLS }
