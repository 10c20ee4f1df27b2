package exchange

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "2400:3200::1": true, "127.0.0.1": false, "127.9.9.9": false, "::1": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false,
		"fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false, "ff02::1": false, "::": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false, "2001:db8::1": false, "2001::1": false, "198.18.0.1": false, "192.0.2.1": false,
		"::7f00:1": false, "::808:808": false, "::ffff:0:7f00:1": false,
	} {
		if got := open(netip.MustParseAddr(address), false); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if !open(netip.MustParseAddr("127.0.0.1"), true) || !open(netip.MustParseAddr("::1"), true) || open(netip.MustParseAddr("10.0.0.1"), true) {
		t.Error("the demo reaches this machine and nothing else inside")
	}
}

// What a web address may look like, with names of any script.
func TestWellWrittenAddresses(t *testing.T) {
	h := &Hooks{}
	for _, address := range []string{"https://example.org", "https://example.org:8443/in?x=1", "https://EXAMPLE.org./", "https://政务.中国/", "https://xn--fiq228c.example/",
		"https://a_b-c.example/", "https://8.8.8.8:65535/", "https://[2400:3200::1]:443/"} {
		if key := h.wrongURL(address); key != "" {
			t.Errorf("%s: %s", address, key)
		}
	}
}

// The name may say anything: what counts is where it leads.
func TestNamesThatLeadInside(t *testing.T) {
	hit := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit = true }))
	defer s.Close()
	port := netip.MustParseAddrPort(s.Listener.Addr().String()).Port()
	c := NewClient(false)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"} {
		r, err := http.NewRequest("POST", "http://"+host+":"+netip.AddrPortFrom(netip.IPv4Unspecified(), port).String()[8:]+"/", nil)
		if err != nil {
			continue
		}
		res, err := c.Do(r)
		if err == nil {
			res.Body.Close()
			t.Errorf("%s was reached", host)
			continue
		}
		if why := because(err); why != whyAddress && host != "2130706433" {
			t.Errorf("%s: %s (%v)", host, why, err)
		}
	}
	if hit {
		t.Error("the server inside was called")
	}
}

// A redirect is an answer other than 2xx, not a way to somewhere else.
func TestRedirectsAreNotFollowed(t *testing.T) {
	hit := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit = true }))
	defer inside.Close()
	s := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	res, err := NewClient(true).Post(s.URL, "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if hit || res.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("%d, followed: %v", res.StatusCode, hit)
	}
}
