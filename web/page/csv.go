package page

import (
	"cmp"
	"encoding/csv"
	"net/http"
	"strings"
	"time"
)

// CSV streams a table as a file for a spreadsheet: UTF-8 with its mark, RFC 4180. rows hands over its lines one after the other;
// what is written leaves at once, so that memory does not grow with the table. After a mistake the connection is cut (Fault), so
// that nobody takes half a table for a whole one.
func CSV(w http.ResponseWriter, name string, head []string, rows func(write func(cells ...string) error) error) error {
	AsDownload(w.Header(), name+".csv")
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // as long as it takes; a server without the limit needs none lifted
	if _, err := w.Write([]byte("\uFEFF")); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	write := func(cells ...string) error {
		for i := range cells {
			cells[i] = Inert(cells[i])
		}
		return out.Write(cells)
	}
	err := write(head...)
	if err == nil {
		err = rows(write)
	}
	out.Flush()
	return cmp.Or(err, out.Error())
}

// Inert is a text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it.
func Inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
