package seal

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"yimen/foundation/db"
)

// FormatNumber writes a document number.
func FormatNumber(prefix string, year int, n int64) string {
	return fmt.Sprintf("%s〔%d〕%d号", prefix, year, n)
}

var (
	typedNumber = regexp.MustCompile(`^(\p{Han}{2,20})〔?(\d{4})〕?第?(\d{1,9})号?$`)
	brackets    = strings.NewReplacer("(", "〔", "[", "〔", "【", "〔", "{", "〔", "〖", "〔", "﹝", "〔", ")", "〕", "]", "〕", "】", "〕", "}", "〕", "〗", "〕", "﹞", "〕")
)

// ReadNumber reads a document number as people type it: any spacing, any brackets in full or
// half width, digits in full width, with 第 or zeros before the number, without 号. What cannot
// be one is "".
func ReadNumber(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		if !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) {
			b.WriteRune(r)
		}
	}
	found := typedNumber.FindStringSubmatch(brackets.Replace(b.String()))
	if found == nil || !strings.ContainsAny(brackets.Replace(b.String()), "〔〕") {
		return ""
	}
	year, _ := strconv.Atoi(found[2])
	n, err := strconv.ParseInt(found[3], 10, 64)
	if err != nil || n < 1 {
		return ""
	}
	return FormatNumber(found[1], year, n)
}

// ByNumber finds the sealed documents that bear a number; two organs may use one prefix.
func ByNumber(ctx context.Context, r db.Reader, number string) ([]Document, error) {
	return db.Find[Document](ctx, r, "select "+cols+" from seal_document where number = $1 and state = 'sealed' order by organ limit 5", number)
}
