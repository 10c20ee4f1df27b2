package exchange

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"time"

	"yimen/domain/identity"
	"yimen/foundation/fault"
)

// errAddress: a name led to an address inside, where a portal has no business.
var errAddress = errors.New("exchange: not a public address")

// callLasts bounds one call; a delivery's lease is three times as long.
const callLasts = 10 * time.Second

// NewClient makes a client that connects to public addresses only (against server-side request forgery), follows no redirect
// and uses no proxy. local lets it reach this machine too, for demo and tests.
func NewClient(local bool) *http.Client {
	dial := net.Dialer{Timeout: callLasts / 2, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !open(to.Addr(), local) {
			return errAddress
		}
		return nil
	}}
	return &http.Client{
		Timeout:       callLasts,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dial.DialContext, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1, MaxIdleConns: 50,
			IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: callLasts / 2, MaxResponseHeaderBytes: answerMost},
	}
}

// inside are networks that are reachable by a server and are nobody's public place (RFC 6890, RFC 8215, RFC 6052, RFC 3056, RFC 4380),
// with the IPv6 forms of IPv4 addresses (RFC 4291 §2.5.5.1, RFC 2765 §2.1).
var inside = func() (out []netip.Prefix) {
	for _, p := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "::/96", "::ffff:0:0:0/96", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10"} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// open says whether an address may be dialled.
func open(a netip.Addr, local bool) bool {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return local
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(inside, func(p netip.Prefix) bool { return p.Contains(a) })
}

// longestURL is the most bytes of a hook's address.
const longestURL = 500

// check says every wrong field of a registration. Whether the address may be dialled is decided again at each call.
func (h *Hooks) check(r Registration) error {
	var bad []fault.Field
	if key := h.wrongURL(r.URL); key != "" {
		bad = append(bad, fault.Field{Name: "url", Key: key})
	}
	if slices.Contains(r.Events, identity.Any) && len(r.Events) > 1 || slices.ContainsFunc(r.Events, func(n string) bool { return !slices.Contains(Names(), n) && n != identity.Any }) {
		bad = append(bad, fault.Field{Name: "events", Key: "api.hook.events"})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

func (h *Hooks) wrongURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > longestURL || u.User != nil || u.Fragment != "" || !port(u.Port()) {
		return "api.hook.url"
	}
	ip, failed := netip.ParseAddr(u.Hostname())
	if failed != nil && !hostName.MatchString(u.Hostname()) || ip.Zone() != "" {
		return "api.hook.url"
	}
	here := failed == nil && ip.IsLoopback()
	switch {
	case u.Scheme == "http" && h.Plain && here:
		return ""
	case u.Scheme != "https":
		return "api.hook.https"
	case failed == nil && !open(ip, h.Plain):
		return "api.hook.address"
	}
	return ""
}

// hostName is a name of labels: letters and digits of any script, hyphens and underscores.
var hostName = regexp.MustCompile(`^([\pL\pN_][\pL\pM\pN_-]{0,62}\.)*[\pL\pN_][\pL\pM\pN_-]{0,62}\.?$`)

// port says whether an address's port is one, or left out.
func port(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && n > 0
}
