package push

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Beat is the pause after which a silent stream sends a comment, shorter than the idle limits of usual proxies.
const Beat = 20 * time.Second

// Stream answers a request with server-sent events (WHATWG HTML §9.2) of the topics until the browser leaves or the hub
// closes. The event's name is the topic. A browser that lost the connection asks again by itself after two seconds.
func (h *Hub) Stream(w http.ResponseWriter, r *http.Request, topics ...string) {
	sub := h.Subscribe(topics...)
	defer sub.Cancel()
	ticker := time.NewTicker(Beat)
	defer ticker.Stop()

	head := w.Header()
	head.Set("Content-Type", "text/event-stream; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	// The server's write limit is meant for pages; a stream lives as long as the page it feeds.
	_ = out.SetWriteDeadline(time.Time{})
	if !emit(w, out, "retry: 2000\n\n") {
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-h.closed:
			return
		case <-ticker.C:
			if !emit(w, out, ": still here\n\n") {
				return
			}
		case <-sub.Ready:
			var text strings.Builder
			for _, m := range sub.Take() {
				text.WriteString(m.wire())
			}
			if !emit(w, out, text.String()) {
				return
			}
		}
	}
}

func emit(w http.ResponseWriter, out *http.ResponseController, text string) bool {
	if _, err := w.Write([]byte(text)); err != nil {
		return false
	}
	return out.Flush() == nil
}

// wire writes one event; a line break in the data becomes a further data line and cannot forge a field.
func (m Message) wire() string {
	var b strings.Builder
	fmt.Fprintf(&b, "event: %s\n", oneLine(m.Topic))
	for line := range strings.SplitSeq(breaks.Replace(m.Data), "\n") {
		fmt.Fprintf(&b, "data: %s\n", line)
	}
	b.WriteByte('\n')
	return b.String()
}

var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func oneLine(s string) string { return strings.ReplaceAll(breaks.Replace(s), "\n", " ") }
