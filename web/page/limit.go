package page

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Rate is a token bucket: so many a second on average, so many at once. A negative PerSecond is no limit.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Unlimited lets everything through; for measuring.
var Unlimited = Rate{PerSecond: -1}

// Limits are how much one caller may ask.
type Limits struct {
	Address  Rate  // any request, by address; a hall's people share one
	Stranger Rate  // posts of people not signed in, by address and route
	Actor    Rate  // any request of one signed-in actor, by route
	Body     int64 // bytes of a request body, unless the route says otherwise
}

// Usual are the limits where nothing else is said.
var Usual = Limits{
	Address: Rate{PerSecond: 100, Burst: 400}, Stranger: Rate{PerSecond: 2, Burst: 60}, Actor: Rate{PerSecond: 20, Burst: 100},
	Body: 1 << 20,
}

func (l Limits) filled() Limits {
	for _, x := range []struct{ to, from *Rate }{{&l.Address, &Usual.Address}, {&l.Stranger, &Usual.Stranger}, {&l.Actor, &Usual.Actor}} {
		if *x.to == (Rate{}) {
			*x.to = *x.from
		}
	}
	if l.Body == 0 {
		l.Body = Usual.Body
	}
	return l
}

// address is who calls, for limits only: the peer, or what our own proxies wrote. IPv6 counts by /64, one household.
func (h *House) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if h.Proxies > 0 {
		chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if i := len(chain) - h.Proxies; i >= 0 {
			host = strings.TrimSpace(chain[i])
		}
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() && !ip.Is4In6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return host
}

// mostBuckets bounds the memory that strangers can take; beyond it full buckets are forgotten, which harms nobody.
const mostBuckets = 20_000

type buckets struct {
	rate Rate
	mu   sync.Mutex
	all  map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func newBuckets(rate Rate) *buckets { return &buckets{rate: rate, all: map[string]bucket{}} }

// take takes one token of a caller's bucket, false when it is empty.
func (b *buckets) take(caller string, now time.Time) bool {
	if b.rate.PerSecond < 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	x, known := b.all[caller]
	if !known {
		if len(b.all) >= mostBuckets {
			b.forget(now)
		}
		x = bucket{left: float64(b.rate.Burst), at: now}
	}
	x = b.filled(x, now)
	enough := x.left >= 1
	if enough {
		x.left--
	}
	b.all[caller] = x
	return enough
}

func (b *buckets) filled(x bucket, now time.Time) bucket {
	if passed := now.Sub(x.at).Seconds(); passed > 0 {
		x.left = min(float64(b.rate.Burst), x.left+passed*b.rate.PerSecond)
		x.at = now
	}
	return x
}

// forget drops full buckets; if all callers are busy, everything, since a limit must not become a way to fill memory.
func (b *buckets) forget(now time.Time) {
	for caller, x := range b.all {
		if b.filled(x, now).left >= float64(b.rate.Burst) {
			delete(b.all, caller)
		}
	}
	if len(b.all) >= mostBuckets {
		clear(b.all)
	}
}
