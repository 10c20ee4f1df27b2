package town

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"yimen/domain/catalog"
)

// Laws is a folder of law texts in Markdown: "# title" first, then articles beginning 第…条,
// paragraphs separated by a blank line; the version's date stands in the file name.
type Laws struct {
	files map[string][]version // title → versions
	read  map[string]lawText   // file → articles
}

type version struct{ day, file string }

// lawText is article number (and 之N) → its paragraphs (款).
type lawText = map[[2]int]article

type article []paragraph

type paragraph struct {
	text   string
	points map[int]string // 项
}

// ErrNoLaw is returned for a law that is not in the folder; such a citation may still be right.
var ErrNoLaw = errors.New("the law is not in the collection")

var (
	versionDay  = regexp.MustCompile(`\((\d{4}-\d\d-\d\d)\)\.md$`)
	articleHead = regexp.MustCompile(`^第([零〇一二三四五六七八九十百千]+)条(?:之([一二三四五六七八九十]+))?[\s　]+(.*)$`)
	pointHead   = regexp.MustCompile(`^[（(]([一二三四五六七八九十]+)[）)](.*)$`)
)

// OpenLaws lists the folder's titles; texts are read when they are first cited.
func OpenLaws(dir string) (*Laws, error) {
	l := &Laws{files: map[string][]version{}, read: map[string]lawText{}}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".md" {
			return err
		}
		title, err := firstLine(file)
		if err != nil {
			return err
		}
		v := version{file: file}
		if m := versionDay.FindStringSubmatch(file); m != nil {
			v.day = m[1]
		}
		l.files[title] = append(l.files[title], v)
		return nil
	})
	return l, err
}

func firstLine(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Scan()
	return strings.TrimSpace(strings.TrimPrefix(s.Text(), "#")), s.Err()
}

// Resolve says whether the newest version on the day (yyyy-mm-dd) has the cited words at the
// cited place. ErrNoLaw when the collection does not hold the law.
func (l *Laws) Resolve(c catalog.Citation, day string) error {
	newest := version{}
	for _, v := range l.files[c.Law] {
		if v.day <= day && (newest.file == "" || v.day > newest.day) {
			newest = v
		}
	}
	if newest.file == "" {
		return fmt.Errorf("%s: %w", c.Law, ErrNoLaw)
	}
	text, err := l.text(newest.file)
	if err != nil {
		return err
	}
	article, ok := text[[2]int{c.Article, c.Sub}]
	if !ok {
		return fmt.Errorf("%s has no article %d", c.Law, c.Article)
	}
	return article.has(c)
}

// has looks for the cited words in the paragraph and point named, or anywhere in the article.
func (a article) has(c catalog.Citation) error {
	if c.Paragraph > len(a) {
		return fmt.Errorf("%s article %d has no paragraph %d", c.Law, c.Article, c.Paragraph)
	}
	if c.Paragraph > 0 {
		a = a[c.Paragraph-1 : c.Paragraph]
	}
	for _, p := range a {
		for n, point := range p.points {
			if (c.Point == 0 || c.Point == n) && strings.Contains(point, c.Text) {
				return nil
			}
		}
		if c.Point == 0 && strings.Contains(p.text, c.Text) {
			return nil
		}
	}
	return fmt.Errorf("%s article %d does not say %q there", c.Law, c.Article, c.Text)
}

func (l *Laws) text(file string) (lawText, error) {
	if t, ok := l.read[file]; ok {
		return t, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	l.read[file] = articles(string(raw))
	return l.read[file], nil
}

// articles cuts a law into articles, paragraphs and points.
func articles(raw string) lawText {
	if _, after, ok := strings.Cut(raw, "<!-- INFO END -->"); ok {
		raw = after
	}
	out := lawText{}
	var at [2]int
	for line := range strings.Lines(raw) {
		line = strings.TrimSpace(line)
		switch head := articleHead.FindStringSubmatch(line); {
		case line == "":
		case strings.HasPrefix(line, "#"):
			at = [2]int{}
		case head != nil:
			at = [2]int{numeral(head[1]), numeral(head[2])}
			out[at] = article{{text: head[3], points: map[int]string{}}}
		case at != [2]int{}:
			out[at] = out[at].with(line)
		}
	}
	return out
}

// with adds a line: a point of the last paragraph, or a new paragraph.
func (a article) with(line string) article {
	if m := pointHead.FindStringSubmatch(line); m != nil {
		a[len(a)-1].points[numeral(m[1])] = m[2]
		return a
	}
	return append(a, paragraph{text: line, points: map[int]string{}})
}

// numeral reads a Chinese number below 10,000; 0 for the empty string.
func numeral(s string) int {
	total, digit := 0, 0
	for _, r := range s {
		unit := map[rune]int{'十': 10, '百': 100, '千': 1000}[r]
		if unit == 0 {
			digit = strings.Index("零一二三四五六七八九", string(r)) / len("零")
			if r == '〇' {
				digit = 0
			}
			continue
		}
		total += max(digit, 1) * unit
		digit = 0
	}
	return total + digit
}
