package session

import (
	"net/http"
	"time"
)

// Cookie is how a token travels: HttpOnly, SameSite=Lax, path /, and over TLS Secure with the __Host- prefix, so that no
// neighbouring host can set it (RFC 6265bis §4.1.3). It ends with the browser; the server's limits end it sooner.
type Cookie struct {
	Name string
	TLS  bool          // a proxy in front speaks TLS; a request that came over TLS itself is always treated so
	Keep time.Duration // how long the browser keeps it; zero: until it is closed
}

func (c Cookie) secure(r *http.Request) bool { return c.TLS || r.TLS != nil }

func (c Cookie) name(r *http.Request) string {
	if c.secure(r) {
		return "__Host-" + c.Name
	}
	return c.Name
}

// Token reads the browser's token, "" if it has none.
func (c Cookie) Token(r *http.Request) string {
	found, err := r.Cookie(c.name(r))
	if err != nil {
		return ""
	}
	return found.Value
}

// Set gives the browser a token.
func (c Cookie) Set(w http.ResponseWriter, r *http.Request, token string) {
	http.SetCookie(w, &http.Cookie{Name: c.name(r), Value: token, Path: "/", MaxAge: int(c.Keep / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.secure(r)})
}

// Clear takes the token away from the browser.
func (c Cookie) Clear(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: c.name(r), Path: "/", MaxAge: -1,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.secure(r)})
}
