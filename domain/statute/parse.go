package statute

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"yimen/foundation/calendar"
)

// Law is one version of a law as its text says it. Parse reads it, Merge joins one that comes in parts.
type Law struct {
	Name            string
	Part            string // the part this text holds of a law that comes in several (编), "" when whole
	Kind            Kind
	Issuer          string // who enacted it, as far as the lines of enactment say; else ""
	Published       calendar.Date
	Effective       calendar.Date // Published where the text does not say
	EffectiveStated bool
	Revised         calendar.Date // the newest date in the lines of enactment and amendment, 0 when there is none
	History         []string      // those lines
	Articles        []Article     // in the order of the text
	Repeals         []Ending      // laws that this one ends (同时废止)
}

// Ending names a law that ends, and the day.
type Ending struct {
	Law  string
	From calendar.Date
}

// Article is one article (条). A law without articles has its numbered sections instead; what stands
// before the first one is article 0, annexes are 0 with Sub 1, 2 and so on.
type Article struct {
	Number, Sub int
	Label       string   // as the text has it: 第十二条, 一、, 附件一
	Chapter     []string // headings around it, outermost first
	Paragraphs  []Paragraph
}

// Paragraph is a 款 with its points (项); lines below a point (目) belong to its text.
type Paragraph struct {
	Text   string  `json:"t"`
	Points []Point `json:"p,omitempty"`
}

// Point is a 项.
type Point struct {
	N    int    `json:"n"`
	Text string `json:"t"`
}

// Kind is a law's rank.
type Kind string

const (
	Statute    Kind = "law"        // 宪法、法律
	Regulation Kind = "regulation" // 行政法规
	Rule       Kind = "rule"       // 部门规章
	Local      Kind = "local"      // 地方性法规、地方政府规章
)

// Kinds are all ranks, the highest first.
var Kinds = []Kind{Statute, Regulation, Rule, Local}

// Flaw is why a text is refused: its line (0: the whole file) and a message key.
type Flaw struct {
	Line int
	Key  string
	Args []any // name, value …
}

func (f *Flaw) Error() string { return fmt.Sprintf("line %d: %s %v", f.Line, f.Key, f.Args) }

const infoEnd = "<!-- INFO END -->"

var (
	versionDay  = regexp.MustCompile(`\((\d{4}-\d\d-\d\d)\)\.md$`)
	articleHead = regexp.MustCompile(`^([第笫]([零〇一二三四五六七八九十百千]+)条(?:之([一二三四五六七八九十]+))?)[\s　]+(.*)$`)
	loneHead    = regexp.MustCompile(`^([第笫]([零〇一二三四五六七八九十百千]+)[\s　]+条)()(.*)$`)
	sectionHead = regexp.MustCompile(`^(([一二三四五六七八九十]+)、)()(.*)$`)
	bracketHead = regexp.MustCompile(`^([（(]([一二三四五六七八九十]+)[）)])()(.*)$`)
	inlineHead  = regexp.MustCompile(`[\s　]([第笫]([零〇一二三四五六七八九十百千]+)条)[\s　]`)
	sentenceGap = regexp.MustCompile(`([。；：])[ 　]+`)
	belowPoint  = regexp.MustCompile(`^(?:[0-9０-９]{1,2}[.．、][^0-9]|[①-⑳]|[（(][0-9０-９]{1,2}[）)])`)
	annexHead   = regexp.MustCompile(`^附(?:[：:]|[件表录][一二三四五六七八九十\d]*(?:[\s　：:]|$))`)
	spacedOut   = regexp.MustCompile(`^\p{Han}(?:[\s　]+\p{Han})+$`)
)

// Parse reads a text in the form of shared/laws: "# name", lines of enactment and amendment,
// "<!-- INFO END -->", headings, articles and paragraphs. The file's name tells the version's date and
// its folder the rank, where they say. Errors: *Flaw.
func Parse(file, raw string) (Law, error) {
	raw = strings.TrimPrefix(strings.ReplaceAll(raw, "\u200b", ""), "\ufeff")
	head, body, ok := strings.Cut(raw, infoEnd)
	name, lines, _ := strings.Cut(head, "\n")
	title, titled := strings.CutPrefix(strings.TrimSpace(name), "# ")
	switch title = strings.TrimSpace(title); {
	case !titled || title == "":
		return Law{}, &Flaw{1, "statute.flaw.title", nil}
	case !ok:
		return Law{}, &Flaw{0, "statute.flaw.info_end", nil}
	}
	l := Law{Name: title}
	l.enactment(lines)
	if err := l.dated(file); err != nil {
		return Law{}, err
	}
	c := cutter{line: strings.Count(head, "\n") + 1}
	if err := c.cut(body); err != nil {
		return Law{}, err
	}
	if l.Articles = c.out; len(l.Articles) == 0 {
		return Law{}, &Flaw{c.line, "statute.flaw.empty", nil}
	}
	l.takesEffect()
	l.ranked(file)
	l.Repeals = l.repeals()
	return l, nil
}

// enactment reads the lines between title and text.
func (l *Law) enactment(lines string) {
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if part, ok := strings.CutPrefix(line, "# "); ok {
			l.Part = strings.TrimSpace(part)
			continue
		}
		if line == "" {
			continue
		}
		l.History = append(l.History, line)
		for _, d := range datesIn(line) {
			if !strings.HasPrefix(d.after, "施行") {
				l.Revised = max(l.Revised, d.day)
			}
		}
	}
}

func (l *Law) dated(file string) error {
	l.Published = l.Revised
	if m := versionDay.FindStringSubmatch(file); m != nil {
		day, err := calendar.ParseDate(m[1])
		if err != nil {
			return &Flaw{0, "statute.flaw.file_date", []any{"date", m[1]}}
		}
		l.Published = day
	}
	if l.Published == 0 {
		return &Flaw{0, "statute.flaw.no_date", nil}
	}
	return nil
}

// Stated says that the text's own history reaches the date of its version. Where it does not, whether this
// is the text in force is not known until somebody has looked.
func (l *Law) Stated() bool { return l.Revised >= l.Published }

var (
	dayIn     = regexp.MustCompile(`(\d{4})年(\d{1,2})月(\d{1,2})日[\s　]*`)
	fromDay   = regexp.MustCompile(`自[^。]{0,12}?(\d{4}年\d{1,2}月\d{1,2}日)(?:[^。，]{0,3})起[^。]{0,4}(?:施行|实施|生效)`)
	fromIssue = regexp.MustCompile(`自(?:公布|发布|颁布|印发)之日起|(?:公布|发布)之日施行`)
)

type dated struct {
	day   calendar.Date
	after string
}

func datesIn(line string) (out []dated) {
	line = width.Narrow.String(line)
	for _, m := range dayIn.FindAllStringSubmatchIndex(line, -1) {
		n := func(i int) (v int) { fmt.Sscan(line[m[i]:m[i+1]], &v); return v }
		day, err := calendar.ParseDate(fmt.Sprintf("%04d-%02d-%02d", n(2), n(4), n(6)))
		if err == nil {
			out = append(out, dated{day, line[m[1]:]})
		}
	}
	return out
}

// takesEffect finds the day on which the version takes effect: among the lines of enactment, else in its
// last articles, where an older day is the first version's and says nothing of this one.
func (l *Law) takesEffect() {
	l.Effective = l.Published
	for _, line := range l.History {
		for _, d := range datesIn(line) {
			if strings.HasPrefix(d.after, "施行") && d.day >= l.Published {
				l.Effective, l.EffectiveStated = d.day, true
			}
		}
	}
	if l.EffectiveStated {
		return
	}
	for _, a := range l.Articles[max(0, len(l.Articles)-8):] {
		text := a.String()
		for _, m := range fromDay.FindAllStringSubmatch(text, -1) {
			if d := datesIn(m[1]); len(d) == 1 && d[0].day >= l.Published {
				l.Effective, l.EffectiveStated = d[0].day, true
			}
		}
		if len(l.History) <= 1 && !l.EffectiveStated && fromIssue.MatchString(text) {
			l.EffectiveStated = true
		}
	}
}

var (
	congress  = regexp.MustCompile(`(?:(\p{Han}{2,8}?(?:省|市|自治区|自治州|自治县))|全国)?第?[一二三四五六七八九十]*届?(全国)?人民代表大会(常务委员会)?`)
	council   = regexp.MustCompile(`国务院`)
	ministry  = regexp.MustCompile(`\d日[\s　]*(?:中华人民共和国)?(\p{Han}{2,14}?(?:部|局|署|委员会|总局|办公室))(?:第\d+号)?(?:令|公布|发布)`)
	inFolder  = map[string]Kind{"行政法规": Regulation, "部门规章": Rule, "广东": Local, "宪法相关法": Statute, "民法典": Statute, "民法商法": Statute, "行政法": Statute, "经济法": Statute, "社会法": Statute, "诉讼与非诉讼程序法": Statute, "刑法": Statute, "宪法": Statute}
	localName = regexp.MustCompile(`^\p{Han}{2,6}(?:省|市|自治区|自治州|自治县)`)
)

// ranked finds issuer and rank: the folder's word first, then who enacted it.
func (l *Law) ranked(file string) {
	first := ""
	if len(l.History) > 0 {
		first = l.History[0]
	}
	switch m := congress.FindStringSubmatch(first); {
	case m != nil && m[1] != "":
		l.Issuer, l.Kind = m[1]+"人民代表大会"+m[3], Local
	case m != nil:
		l.Issuer, l.Kind = "全国人民代表大会"+m[3], Statute
	case council.MatchString(first):
		l.Issuer, l.Kind = "国务院", Regulation
	case ministry.MatchString(first):
		l.Issuer, l.Kind = ministry.FindStringSubmatch(first)[1], Rule
	case localName.MatchString(l.Name):
		l.Kind = Local
	case strings.HasSuffix(l.Name, "法"):
		l.Kind = Statute
	default:
		l.Kind = Regulation
	}
	for _, folder := range strings.Split(path.Dir(file), "/") {
		if k, ok := inFolder[folder]; ok {
			l.Kind = k
		}
	}
}

var lawNames = regexp.MustCompile(`《([^《》]+)》`)

// repeals are the laws named in a sentence that ends them all and whole. They end on the day of effect that
// the same article names: in an amended law that is the first version's.
func (l *Law) repeals() (out []Ending) {
	for _, a := range l.Articles {
		text, from := a.String(), l.Effective
		if m := fromDay.FindStringSubmatch(text); m != nil {
			if d := datesIn(m[1]); len(d) == 1 {
				from = d[0].day
			}
		}
		for _, sentence := range strings.FieldsFunc(text, func(r rune) bool { return r == '。' || r == '\n' || r == '；' }) {
			if !strings.HasSuffix(sentence, "同时废止") || partial.MatchString(sentence) {
				continue
			}
			for _, m := range lawNames.FindAllStringSubmatch(sentence, -1) {
				if e := (Ending{m[1], from}); m[1] != l.Name && !slices.Contains(out, e) {
					out = append(out, e)
				}
			}
		}
	}
	return out
}

var partial = regexp.MustCompile(`》[^《》]*(?:第[零一二三四五六七八九十百]+[章节条款项]|有关规定|规定与)`)

// cutter cuts a body into articles.
type cutter struct {
	line  int
	path  []string // headings, by depth
	out   []Article
	heads []*regexp.Regexp
	last  int // number of the newest article
	annex int
}

// cut reads all lines. Whether the law has articles, sections or bracketed numbers is seen first.
func (c *cutter) cut(body string) error {
	c.heads = headsOf(body)
	for line := range strings.Lines(body) {
		if err := c.read(strings.TrimSpace(line)); err != nil {
			return err
		}
		c.line++
	}
	return nil
}

func headsOf(body string) []*regexp.Regexp {
	for _, kind := range [][]*regexp.Regexp{{articleHead, loneHead}, {sectionHead}, {bracketHead}} {
		for line := range strings.Lines(body) {
			if kind[0].MatchString(strings.TrimLeft(strings.TrimSpace(line), "# ")) {
				return kind
			}
		}
	}
	return nil
}

func (c *cutter) read(line string) error {
	if line == "" || line == "---" {
		return nil
	}
	if strings.HasPrefix(line, "#") {
		text := strings.TrimLeft(line, "#")
		depth := len(line) - len(text)
		if text = strings.TrimSpace(text); text == "" {
			return nil
		}
		if len(c.heads) == 1 { // a section's number may stand in a heading
			if done, err := c.opens(text); done || err != nil {
				return err
			}
		}
		c.path = append(c.path[:min(len(c.path), max(0, depth-2))], tidy(text))
		return nil
	}
	pieces := c.unfold(line)
	for _, piece := range pieces {
		if err := c.take(piece); err != nil {
			return err
		}
	}
	return nil
}

// tidy writes 总 则 as 总则.
func tidy(heading string) string {
	mark, text, ok := strings.Cut(strings.Join(strings.FieldsFunc(heading, unicode.IsSpace), " "), " ")
	if !ok {
		return heading
	}
	if spacedOut.MatchString(text) {
		text = strings.ReplaceAll(text, " ", "")
	}
	return mark + " " + text
}

// unfold cuts a line that runs through several articles into them, their paragraphs and points.
func (c *cutter) unfold(line string) []string {
	next := c.last + 1
	if m := articleHead.FindStringSubmatch(line); m != nil {
		next = numeral(m[2]) + 1
	}
	var out []string
	for start := 0; ; {
		m := inlineHead.FindStringSubmatchIndex(line[start:])
		for m != nil && numeral(line[start+m[4]:start+m[5]]) != next {
			more := inlineHead.FindStringSubmatchIndex(line[start+m[3]:])
			m = shift(more, m[3])
		}
		if m == nil {
			break
		}
		out = append(out, strings.TrimSpace(line[:start+m[2]]))
		line, start, next = line[start+m[2]:], 0, next+1
	}
	if out == nil {
		return []string{line}
	}
	var pieces []string
	for _, piece := range append(out, line) {
		pieces = append(pieces, strings.Split(sentenceGap.ReplaceAllString(piece, "$1\n"), "\n")...)
	}
	return pieces
}

func shift(m []int, by int) []int {
	for i := range m {
		m[i] += by
	}
	return m
}

// opens begins an article if the line does. Errors: *Flaw for a number that is there already.
func (c *cutter) opens(line string) (bool, error) {
	for i, head := range c.heads {
		m := head.FindStringSubmatch(line)
		if m == nil || len(c.heads) == 1 && numeral(m[2]) <= c.last || i == 1 && numeral(m[2]) != c.last+1 {
			continue
		}
		a := Article{Number: numeral(m[2]), Sub: numeral(m[3]), Label: strings.ReplaceAll(strings.Join(strings.Fields(m[1]), ""), "笫", "第"), Chapter: slices.Clone(c.path)}
		for _, before := range c.out {
			if before.Number == a.Number && before.Sub == a.Sub {
				return false, &Flaw{c.line, "statute.flaw.twice", []any{"article", a.Label}}
			}
		}
		c.last = a.Number
		c.out = append(c.out, a)
		if m[4] != "" {
			return true, c.take(strings.TrimSpace(m[4]))
		}
		return true, nil
	}
	return false, nil
}

func (c *cutter) take(line string) error {
	if line == "" {
		return nil
	}
	if annexHead.MatchString(line) && tidy(line) != "附则" && !strings.HasPrefix(strings.ReplaceAll(line, " ", ""), "附则") {
		c.annex++
		c.out = append(c.out, Article{Sub: c.annex, Label: line, Chapter: nil, Paragraphs: nil})
		c.path = nil
		return nil
	}
	if done, err := c.opens(line); done || err != nil {
		return err
	}
	if len(c.out) == 0 {
		c.out = append(c.out, Article{Chapter: slices.Clone(c.path)})
	}
	c.out[len(c.out)-1].add(line, c.heads)
	return nil
}

// add adds a line: what stands below a point, a point of the last paragraph, or a new paragraph.
func (a *Article) add(line string, heads []*regexp.Regexp) {
	last := len(a.Paragraphs) - 1
	if last < 0 {
		a.Paragraphs = append(a.Paragraphs, Paragraph{Text: line})
		return
	}
	p := &a.Paragraphs[last]
	switch m := bracketHead.FindStringSubmatch(line); {
	case m != nil && (len(heads) == 0 || heads[0] != bracketHead):
		n := numeral(m[2])
		p = a.resume(n)
		p.Points = append(p.Points, Point{n, strings.TrimSpace(m[4])})
	case belowPoint.MatchString(line) && len(p.Points) > 0:
		p.Points[len(p.Points)-1].Text += "\n" + line
	case belowPoint.MatchString(line):
		p.Text += "\n" + line
	default:
		a.Paragraphs = append(a.Paragraphs, Paragraph{Text: line})
	}
}

// resume gives the paragraph to which point n belongs: the last one, or the one whose points end with n-1; what
// stands between those points is then part of the earlier point.
func (a *Article) resume(n int) *Paragraph {
	last := len(a.Paragraphs) - 1
	for i := last; i >= 0 && n > 1; i-- {
		p := &a.Paragraphs[i]
		if len(p.Points) == 0 {
			continue
		}
		if end := &p.Points[len(p.Points)-1]; end.N == n-1 {
			for _, between := range a.Paragraphs[i+1:] {
				end.Text += "\n" + between.Text
			}
			a.Paragraphs = a.Paragraphs[:i+1]
			return p
		}
		break
	}
	return &a.Paragraphs[last]
}

// String is the article's words, a line for each paragraph and point.
func (a Article) String() string {
	var lines []string
	for _, p := range a.Paragraphs {
		lines = append(append(lines, p.Text), p.Lines()...)
	}
	return strings.Join(lines, "\n")
}

// Lines are the paragraph's points as they are written.
func (p Paragraph) Lines() (out []string) {
	for _, x := range p.Points {
		out = append(out, "（"+han(x.N)+"）"+x.Text)
	}
	return out
}

// Digest is the same for texts that say the same, whatever blanks and file names they have.
func (l *Law) Digest() string {
	raw, _ := json.Marshal([]any{l.Name, l.Published, l.History, l.Articles}) // none of it can fail
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Merge joins a law's parts into the whole. Errors: *Flaw when articles are missing between them.
func Merge(parts []Law) (Law, error) {
	slices.SortFunc(parts, func(a, b Law) int { return a.first() - b.first() })
	whole := parts[0]
	whole.Part, whole.Articles = "", nil
	next := 1
	for _, p := range parts {
		if p.first() != next {
			return Law{}, &Flaw{0, "statute.flaw.parts", []any{"law", p.Name, "from", next, "to", p.first() - 1}}
		}
		for _, a := range p.Articles {
			a.Chapter = append([]string{p.Part}, a.Chapter...)
			whole.Articles = append(whole.Articles, a)
			next = max(next, a.Number+1)
		}
		if p.EffectiveStated {
			whole.Effective, whole.EffectiveStated = p.Effective, true
		}
		if len(p.History) > len(whole.History) {
			whole.History = p.History
		}
	}
	whole.Repeals = whole.repeals()
	return whole, nil
}

func (l *Law) first() int {
	for _, a := range l.Articles {
		if a.Number > 0 {
			return a.Number
		}
	}
	return 0
}

const digits = "零一二三四五六七八九"

// numeral reads a Chinese number below 10,000; 0 for the empty string.
func numeral(s string) int {
	total, digit := 0, 0
	for _, r := range s {
		if unit := map[rune]int{'十': 10, '百': 100, '千': 1000}[r]; unit > 0 {
			total += max(digit, 1) * unit
			digit = 0
			continue
		}
		digit = max(0, strings.IndexRune(digits, r)/len("零")) // 〇 is not among them
	}
	return total + digit
}

// han writes 1–99 as a Chinese number, as points are numbered.
func han(n int) string {
	d := func(n int) string { return string([]rune(digits)[n]) }
	switch {
	case n < 10:
		return d(n)
	case n < 20:
		return strings.TrimSuffix("十"+d(n%10), "零")
	}
	return strings.TrimSuffix(d(n/10)+"十"+d(n%10), "零")
}
