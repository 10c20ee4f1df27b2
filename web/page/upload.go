package page

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"yimen/foundation/fault"
)

// Upload says what to do with the files of a form. The route's Body must allow for them.
type Upload struct {
	MaxFile  int64            // bytes of one file
	MaxFiles int              // files of one form
	Save     func(File) error // called file after file while the form comes in; must read Body to its end or fail
}

// File is one file as it streams in. Fields that stand before it in the form are readable through Input.
type File struct {
	Field string    // the form field's name
	Name  string    // what the person's computer calls it, without path; for showing only
	Type  string    // media type by content (WHATWG MIME Sniffing), whatever the browser said
	Body  io.Reader // fails with fault.TooLarge past MaxFile
	Input *Input
}

// longestName is the most characters kept of a file's name.
const longestName = 120

// ReadUpload reads a posted form and streams its files to up.Save; nothing of a file is kept in memory.
func ReadUpload(r *http.Request, up Upload) (*Input, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return readPlain(r)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.New(fault.Invalid, "fault.form_broken").Wrap(err)
	}
	in, files := &Input{values: url.Values{}}, 0
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return bounded(in)
		}
		if err != nil || n > mostValues {
			return nil, broken(err)
		}
		if part.FileName() == "" {
			if err := readValue(part, in); err != nil {
				return nil, err
			}
			continue
		}
		files++
		if err := up.take(part, files, in); err != nil {
			return nil, err
		}
	}
}

func broken(err error) error {
	if err == nil || kindOf(err) == fault.TooLarge {
		return fault.New(fault.TooLarge, "fault.too_large").Wrap(err)
	}
	return fault.New(fault.Invalid, "fault.form_broken").Wrap(err)
}

func readValue(part *multipart.Part, in *Input) error {
	const most = mostLength * utf8.UTFMax
	value, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil {
		return broken(err)
	}
	if len(value) > most {
		return fault.New(fault.TooLarge, "fault.too_large")
	}
	in.values.Add(Clean(part.FormName()), Clean(string(value)))
	return nil
}

func (up Upload) take(part *multipart.Part, n int, in *Input) error {
	if up.Save == nil || n > up.MaxFiles {
		return fault.Bad(fault.Field{Name: Clean(part.FormName()), Key: "field.files_many", Args: []any{"n", up.MaxFiles}})
	}
	body := bufio.NewReader(&bounding{from: part, left: up.MaxFile})
	first, err := body.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return broken(err)
	}
	if len(first) == 0 {
		return fault.Bad(fault.Field{Name: Clean(part.FormName()), Key: "field.file_empty"})
	}
	return up.Save(File{Field: Clean(part.FormName()), Name: fileName(part.FileName()), Type: http.DetectContentType(first), Body: body, Input: in})
}

// bounding fails past its limit, so that a file is never silently cut.
type bounding struct {
	from io.Reader
	left int64
}

func (b *bounding) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fault.New(fault.TooLarge, "fault.file_large")
	}
	return n, err
}

// fileName is the last part of a name whatever separator was used, cleaned, never empty and never a path.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(Clean(name), "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("/\\:*?\"<>|\n\t", r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(name, ".")
	if runes := []rune(name); len(runes) > longestName {
		ext := []rune(path.Ext(name))
		if len(ext) > 10 {
			ext = nil
		}
		name = string(runes[:longestName-len(ext)]) + string(ext)
	}
	if name == "" {
		return "file"
	}
	return name
}
