package page

import (
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
)

const cspPath = "/csp-report"

// policy is the default for every page; a route may widen single directives.
var policy = [][2]string{
	{"default-src", "'none'"}, {"script-src", "'self'"}, {"style-src", "'self'"}, {"img-src", "'self' data: blob:"},
	{"font-src", "'self'"}, {"media-src", "'self' blob:"}, {"connect-src", "'self'"}, {"worker-src", "'self'"},
	{"form-action", "'self'"}, {"base-uri", "'none'"}, {"frame-ancestors", "'none'"}, {"manifest-src", "'self'"}, {"report-to", "csp"},
}

// csp adds a route's directives to the default: those named there get more sources, others are appended.
func csp(added string) string {
	more := map[string]string{}
	var order []string
	for directive := range strings.SplitSeq(added, ";") {
		name, sources, _ := strings.Cut(strings.TrimSpace(directive), " ")
		if name != "" {
			more[name] += " " + sources
			order = append(order, name)
		}
	}
	var out []string
	for _, d := range policy {
		out = append(out, d[0]+" "+d[1]+more[d[0]])
		order = slices.DeleteFunc(order, func(n string) bool { return n == d[0] })
	}
	for _, name := range order {
		out = append(out, name+more[name])
	}
	return strings.Join(out, "; ")
}

func (h *House) headers(head http.Header, added string) {
	head.Set("Content-Security-Policy", csp(added))
	head.Set("Reporting-Endpoints", `csp="`+cspPath+`"`)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "same-origin")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Permissions-Policy", "camera=(self), window-management=(self), publickey-credentials-get=(self), microphone=(), geolocation=()")
	if h.TLS {
		head.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// AsDownload marks an answer as a file that a browser saves and never runs: for whatever people uploaded.
func AsDownload(head http.Header, name string) {
	head.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	head.Set("Content-Disposition", "attachment; filename*=UTF-8''"+percent(name))
	head.Set("Cache-Control", "private, no-store")
}

// percent writes a file name as RFC 8187 wants it.
func percent(name string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + string(hexDigits[c>>4]) + string(hexDigits[c&15]))
	}
	return b.String()
}

// cspReport notes that a browser stopped something; the body is the browser's word and goes to the log cut short.
func (h *House) cspReport(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, 4096))
	if err != nil {
		return err
	}
	h.Log.WarnContext(r.Context(), "csp report", slog.String("report", string(body)))
	w.WriteHeader(http.StatusNoContent)
	return nil
}
