package kannel_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"unicode/utf16"

	"yimen/connector"
	"yimen/connector/conformance"
	"yimen/connector/kannel"
)

const fakesmsc = "/usr/lib/kannel/test/fakesmsc"

// conf is a gateway with one smsbox and Kannel's own fake message centre behind it.
const conf = `group = core
admin-port = %d
admin-interface = 127.0.0.1
admin-password = %s
smsbox-port = %d
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = FAKE
port = %d
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = %d
sendsms-port = %d
sendsms-interface = 127.0.0.1
global-sender = 10690000

group = sendsms-user
username = %s
password = "%s"
user-allow-ip = "127.0.0.1"
concatenation = true
max-messages = 10

group = sms-service
keyword = default
omit-empty = true
text = ""
`

// ports are free on this machine now.
func ports(t *testing.T, n int) (out []any) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out = append(out, l.Addr().(*net.TCPAddr).Port)
	}
	return out
}

// started runs a program until the test ends and gives what it writes. It returns once a line
// matches ready.
func started(t *testing.T, ready string, name string, args ...string) chan string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = t.TempDir()
	stdin, err := c.StdinPipe() // fakesmsc ends with its input
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	c.Stdout, c.Stderr = w, w
	if err := c.Start(); err != nil {
		t.Fatalf("the Debian packages kannel and kannel-extras are needed: %v", err)
	}
	t.Cleanup(func() { _ = stdin.Close(); _ = c.Process.Kill(); _ = c.Wait(); _ = w.Close() })
	lines, up := make(chan string, 10000), make(chan struct{})
	go func() {
		var once sync.Once
		want := regexp.MustCompile(ready)
		for s := bufio.NewScanner(r); s.Scan(); {
			if want.MatchString(s.Text()) {
				once.Do(func() { close(up) })
			}
			select {
			case lines <- s.Text():
			default: // nobody reads these
			}
		}
		close(lines)
	}()
	for {
		select {
		case <-up:
			return lines
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("%s ended before it was ready", name)
			}
			t.Log(line)
		}
	}
}

var gotText = regexp.MustCompile(`Got message \d+: <\S+ (\d+) (\S+) (.*)>`)

// shown is a text as the fake message centre prints it: UCS-2, percent-encoded.
func shown(t *testing.T, coding, s string) string {
	b, err := url.QueryUnescape(s)
	if err != nil {
		t.Fatal(err)
	}
	if coding != "ucs-2" {
		return b
	}
	var units []uint16
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, binary.BigEndian.Uint16([]byte(b[i:])))
	}
	return string(utf16.Decode(units))
}

// TestAgainstKannel runs the real gateway: bearerbox and smsbox, and a phone behind them.
func TestAgainstKannel(t *testing.T) {
	if _, err := os.Stat(fakesmsc); err != nil && os.Getenv("CI") != "true" {
		t.Skip("the Debian packages kannel and kannel-extras are not installed; make setup installs them")
	}
	n := ports(t, 4)
	file := filepath.Join(t.TempDir(), "kannel.conf")
	text := fmt.Sprintf(conf, n[0], "admin", n[1], n[2], n[1], n[3], username, password)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	started(t, "MAIN: Start-up done", "/usr/sbin/bearerbox", file)
	started(t, "Connected to bearerbox", "/usr/sbin/smsbox", file)
	phones := started(t, "sent message 1", fakesmsc, "-H", "127.0.0.1", "-r", fmt.Sprint(n[2]), "-m", "1", "100 200 text hello")
	address, calls := reports(t)
	got := map[string][]string{}
	conformance.Texter(t, conformance.Texting{Line: http.DefaultTransport, Secrets: []string{password, key},
		Open: func(line http.RoundTripper) connector.Texter {
			return &kannel.Gateway{URL: fmt.Sprintf("http://127.0.0.1:%d/cgi-bin/sendsms", n[3]), Username: username, Password: password, Report: address, Sign: sign, Line: line}
		},
		Got: func(t *testing.T, number string, want int) []string {
			for len(got[number]) < want {
				if m := gotText.FindStringSubmatch(next(t, phones)); m != nil {
					got[m[1]] = append(got[m[1]], shown(t, m[2], m[3]))
				}
			}
			return slices.Clone(got[number])
		},
		Reported: func(t *testing.T) url.Values { return next(t, calls) }})
}
