package pdf

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// draft is a file of this package read back far enough to add a revision: its last
// cross-reference table, which has to be a classic one.
type draft struct {
	data []byte
	xref int
	at   map[int]int // object number → offset
	size int
	root int
	info int
	id   string
}

func readDraft(data []byte) (*draft, error) {
	d := &draft{data: data, at: map[int]int{}}
	end := bytes.LastIndex(data, []byte("startxref"))
	if !bytes.HasPrefix(data, []byte("%PDF-")) || end < 0 {
		return nil, fmt.Errorf("not a PDF file")
	}
	fields := strings.Fields(string(data[end:]))
	if len(fields) < 2 {
		return nil, fmt.Errorf("no cross-reference table")
	}
	var err error
	if d.xref, err = strconv.Atoi(fields[1]); err != nil || d.xref < 0 || d.xref >= end {
		return nil, fmt.Errorf("cross-reference table at %q", fields[1])
	}
	return d, d.table(string(data[d.xref:end]))
}

// table reads "xref 0 n", its rows of 20 bytes and the trailer.
func (d *draft) table(s string) error {
	var n int
	if _, err := fmt.Sscanf(s, "xref\n0 %d\n", &n); err != nil || n < 1 || n > len(s)/20 {
		return fmt.Errorf("not a cross-reference table of one part")
	}
	head := strings.IndexByte(s[5:], '\n') + 6
	if head+20*n > len(s) {
		return fmt.Errorf("the cross-reference table is cut short")
	}
	for i := range n {
		row := s[head+20*i:]
		at, err := strconv.Atoi(strings.TrimSpace(row[:10]))
		if err != nil || at < 0 || at >= d.xref {
			return fmt.Errorf("cross-reference row %d", i)
		}
		d.at[i] = at
	}
	trailer, err := dictionary(s[head+20*n:])
	if err != nil {
		return err
	}
	if trailer["Prev"] != "" || trailer["Encrypt"] != "" {
		return fmt.Errorf("revised or encrypted already")
	}
	d.size, _ = strconv.Atoi(trailer["Size"])
	d.root, d.info, d.id = reference(trailer["Root"]), reference(trailer["Info"]), trailer["ID"]
	return nil
}

// object is the text of an object's dictionary, from << to >>.
func (d *draft) object(n int) (string, error) {
	at, ok := d.at[n]
	if !ok || n == 0 {
		return "", fmt.Errorf("object %d is missing", n)
	}
	s := string(d.data[at:min(at+1<<16, len(d.data))])
	head := fmt.Sprintf("%d 0 obj\n", n)
	end := strings.Index(s, "\nendobj")
	if !strings.HasPrefix(s, head) || end < 0 {
		return "", fmt.Errorf("object %d is not where the table says", n)
	}
	return s[len(head):end], nil
}

// reference is the object number of "n 0 R", or 0.
func reference(s string) int {
	fields := strings.Fields(s)
	if len(fields) < 3 || fields[2] != "R" {
		return 0
	}
	n, _ := strconv.Atoi(fields[0])
	return n
}

// dictionary reads the first dictionary of a text: names to values as they are written.
func dictionary(s string) (map[string]string, error) {
	from := strings.Index(s, "<<")
	if from < 0 {
		return nil, fmt.Errorf("no dictionary")
	}
	out, name := map[string]string{}, ""
	for at := from + 2; at < len(s); {
		token := nextToken(s[at:])
		at += len(token)
		trimmed := strings.TrimSpace(token)
		switch {
		case trimmed == ">>":
			return out, nil
		case strings.HasPrefix(trimmed, "/") && (name == "" || out[name] != ""):
			name = trimmed[1:]
		case trimmed != "" && name != "":
			out[name] = strings.TrimSpace(out[name] + " " + trimmed)
		}
	}
	return nil, fmt.Errorf("a dictionary without end")
}

// nextToken is the text of the next token with the white space before it; nested
// dictionaries and arrays are one token.
func nextToken(s string) string {
	at := len(s) - len(strings.TrimLeft(s, " \t\r\n\f\x00"))
	rest := s[at:]
	switch {
	case rest == "":
		return s
	case strings.HasPrefix(rest, ">>"):
		return s[:at+2]
	case strings.HasPrefix(rest, "<<"):
		return s[:at+nested(rest, "<<", ">>")]
	case rest[0] == '[':
		return s[:at+nested(rest, "[", "]")]
	case rest[0] == '(':
		return s[:at+literal(rest)]
	case rest[0] == '<':
		return s[:min(len(s), at+1+strings.IndexByte(rest+">", '>'))]
	}
	n := strings.IndexAny(rest[1:], " \t\r\n\f/<>[]()")
	if n < 0 {
		return s
	}
	return s[:at+1+n]
}

// nested is the length of a bracketed text, its inner brackets and strings passed over.
func nested(s, open, close string) int {
	depth := 0
	for at := 0; at < len(s); {
		switch {
		case strings.HasPrefix(s[at:], open):
			depth++
			at += len(open)
		case strings.HasPrefix(s[at:], close):
			depth--
			at += len(close)
			if depth == 0 {
				return at
			}
		case s[at] == '(':
			at += literal(s[at:])
		default:
			at++
		}
	}
	return len(s)
}

// literal is the length of a string in parentheses.
func literal(s string) int {
	depth := 0
	for at := 0; at < len(s); at++ {
		switch s[at] {
		case '\\':
			at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return at + 1
			}
		}
	}
	return len(s)
}
