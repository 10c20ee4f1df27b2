// Package form holds what applicants answered, by data element, and drafts not yet handed in.
//
// Invariants: an answer is stored by element id with its value sealed, its source and its date;
// checking changes nothing but the spelling (spaces, width, lower-case x); lengths are counted
// in code points.
package form

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Field is one question as checking sees it. Its JSON names are those of an item's document.
type Field struct {
	Element  string   `json:"element"`
	Kind     string   `json:"kind"`
	Options  []string `json:"-"`
	Optional bool     `json:"optional"`
	Max      int      `json:"max"`
	Min      string   `json:"min"`
	MaxValue string   `json:"max_value"`
	Section  string   `json:"section"`
	When     string   `json:"when"`
	Compute  string   `json:"compute"`
	Group    string   `json:"group"`
}

// Answer is one given answer.
type Answer struct {
	Element string    `json:"element"`
	Value   string    `json:"value"`
	Source  string    `json:"source"` // message key: typed at the window, card, held fact, earlier answer
	At      time.Time `json:"at"`
}

// Check repairs spelling in place and says every wrong field at once.
func Check(fields []Field, answers map[string]Answer, now time.Time) error {
	var bad []fault.Field
	for _, f := range fields {
		a := answers[f.Element]
		a.Value = tidy(a.Value, f.Kind)
		key, args := wrong(f, &a.Value, now)
		if key != "" {
			bad = append(bad, fault.Field{Name: f.Element, Key: key, Args: args})
		}
		if a.Value != "" || answers[f.Element].Element != "" {
			a.Element = f.Element
			answers[f.Element] = a
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

func tidy(s, kind string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' && kind == "longtext" {
			return r
		}
		if unicode.IsControl(r) || bidi(r) {
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	s = strings.TrimSpace(s)
	switch kind {
	case "number", "money", "date", "phone", "idnumber", "uscc":
		s = width.Narrow.String(s)
	}
	return s
}

// bidi marks can make a name read as another one; nobody means them.
func bidi(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}

var defaultMax = map[string]int{"text": 100, "longtext": 2000, "address": 120, "number": 20, "money": 20}

func wrong(f Field, v *string, now time.Time) (string, []any) {
	if *v == "" {
		if f.Optional {
			return "", nil
		}
		if f.Kind == "choice" {
			return "form.choose", nil
		}
		return "form.empty", nil
	}
	if wordless(f.Kind, *v) {
		return "form.no_words", nil
	}
	limit := f.Max
	if limit == 0 {
		limit = defaultMax[f.Kind]
	}
	if limit > 0 && utf8.RuneCountInString(*v) > limit {
		return "form.too_long", []any{"max", limit}
	}
	return wrongKind(f, v, now)
}

// wordless says that words were asked for and signs alone were given. Letters of every script and
// private-use characters of names count as words.
func wordless(kind, v string) bool {
	switch kind {
	case "text", "longtext", "address":
		return !strings.ContainsFunc(v, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Co, r) })
	}
	return false
}

func wrongKind(f Field, v *string, now time.Time) (string, []any) {
	var err error
	switch f.Kind {
	case "number", "money":
		return wrongNumber(f, v)
	case "date":
		return wrongDate(f, v, now)
	case "choice":
		if !slices.Contains(f.Options, *v) {
			return "form.choose", nil
		}
	case "idnumber":
		var n ref.CitizenNumber
		if n, err = ref.ParseCitizenNumber(*v); err == nil {
			*v = string(n)
		}
	case "uscc":
		var u ref.USCC
		if u, err = ref.ParseUSCC(*v); err == nil {
			*v = string(u)
		}
	case "phone":
		var p string
		if p, err = ref.ParsePhone(*v); err == nil {
			*v = p
		}
	}
	if err != nil {
		return "form.wrong_" + f.Kind, nil
	}
	return "", nil
}

func wrongNumber(f Field, v *string) (string, []any) {
	s := strings.NewReplacer(",", "", " ", "").Replace(*v)
	n, ok := new(big.Rat).SetString(s)
	if !ok || strings.ContainsAny(s, "eE/_xX") || strings.HasPrefix(s, "+") {
		return "form.wrong_number", nil
	}
	if _, frac, _ := strings.Cut(s, "."); f.Kind == "money" && len(frac) > 2 {
		return "form.wrong_money", nil
	}
	if lo, ok := new(big.Rat).SetString(f.Min); ok && n.Cmp(lo) < 0 {
		return "form.too_small", []any{"min", f.Min}
	}
	if hi, ok := new(big.Rat).SetString(f.MaxValue); ok && n.Cmp(hi) > 0 {
		return "form.too_big", []any{"max", f.MaxValue}
	}
	*v = s
	return "", nil
}

// wrongDate checks a yyyy-mm-dd; the bounds may be dates or "today".
func wrongDate(f Field, v *string, now time.Time) (string, []any) {
	d, err := time.Parse("2006-1-2", *v)
	if err != nil || d.Year() < 1850 || d.Year() > 2200 {
		return "form.wrong_date", nil
	}
	*v = d.Format("2006-01-02")
	if lo := bound(f.Min, now); lo != "" && *v < lo {
		return "form.too_early", []any{"min", lo}
	}
	if hi := bound(f.MaxValue, now); hi != "" && *v > hi {
		return "form.too_late", []any{"max", hi}
	}
	return "", nil
}

func bound(s string, now time.Time) string {
	if s == "today" {
		return now.Format("2006-01-02")
	}
	return s
}

type answerRow struct {
	CaseItem ref.CaseItemID `db:"case_item"`
	Element  string         `db:"element"`
	Party    ref.PartyID    `db:"party"`
	Value    []byte         `db:"value"`
	Source   string         `db:"source"`
	At       time.Time      `db:"at"`
}

func where(ci ref.CaseItemID, element string) string {
	return "form_answer.value." + string(ci) + "." + element
}

// Save writes the answers of a case item, sealed under the party's key.
func Save(ctx context.Context, tx *db.Tx, v *crypto.Vault, ci ref.CaseItemID, party ref.PartyID, answers []Answer) error {
	in := make([]crypto.Value, len(answers))
	for i, a := range answers {
		in[i] = crypto.Value{Where: where(ci, a.Element), Plain: []byte(a.Value)}
	}
	boxes, err := v.SealMany(ctx, tx, string(party), in...)
	if err != nil {
		return err
	}
	rows := make([]answerRow, len(answers))
	for i, a := range answers {
		rows[i] = answerRow{ci, a.Element, party, boxes[i], a.Source, a.At}
	}
	return db.Insert(ctx, tx, "form_answer", rows...)
}

// Replace writes corrected answers over those of a case item; an empty one is taken out, and what is not named stays.
func Replace(ctx context.Context, tx *db.Tx, v *crypto.Vault, ci ref.CaseItemID, party ref.PartyID, answers []Answer) error {
	for _, a := range answers {
		if _, err := tx.Exec(ctx, "delete from form_answer where case_item = $1 and element = $2", ci, a.Element); err != nil {
			return err
		}
	}
	return Save(ctx, tx, v, ci, party, slices.DeleteFunc(slices.Clone(answers), func(a Answer) bool { return a.Value == "" }))
}

// Answers opens a case item's answers.
func Answers(ctx context.Context, r db.Reader, v *crypto.Vault, ci ref.CaseItemID) (map[string]Answer, error) {
	rows, err := db.Find[answerRow](ctx, r, "select case_item, element, party, value, source, at from form_answer where case_item = $1", ci)
	if err != nil {
		return nil, err
	}
	return opened(ctx, r, v, rows)
}

// Earlier opens the party's latest answers to the elements, from any item.
func Earlier(ctx context.Context, r db.Reader, v *crypto.Vault, party ref.PartyID, elements []string) (map[string]Answer, error) {
	if len(elements) == 0 {
		return nil, nil
	}
	rows, err := db.Find[answerRow](ctx, r, "select case_item, element, party, value, source, at from form_answer where party = $1 and element in "+
		db.In(2, len(elements))+" order by at", append([]any{party}, db.Any(elements)...)...)
	if err != nil {
		return nil, err
	}
	return opened(ctx, r, v, rows)
}

// EarlierEntries opens, by key, the entries of a repeating group as the party gave them last: all of one case, since
// entries of several cases are not the same people or things.
func EarlierEntries(ctx context.Context, r db.Reader, v *crypto.Vault, party ref.PartyID, elements []string, most int) (map[string]Answer, error) {
	var keys []string
	for _, e := range elements {
		for n := 1; n <= most; n++ {
			keys = append(keys, Key(e, n))
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := db.Find[answerRow](ctx, r, "select case_item, element, party, value, source, at from form_answer where party = $1 and element in "+
		db.In(2, len(keys))+" order by at, case_item", append([]any{party}, db.Any(keys)...)...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	last := rows[len(rows)-1].CaseItem
	return opened(ctx, r, v, slices.DeleteFunc(rows, func(x answerRow) bool { return x.CaseItem != last }))
}

func opened(ctx context.Context, r db.Reader, v *crypto.Vault, rows []answerRow) (map[string]Answer, error) {
	out := map[string]Answer{}
	for _, row := range rows {
		b, err := v.Open(ctx, r, string(row.Party), where(row.CaseItem, row.Element), row.Value)
		if err != nil {
			return nil, fmt.Errorf("open answer %s: %w", row.Element, err)
		}
		out[row.Element] = Answer{row.Element, string(b), row.Source, row.At}
	}
	return out, nil
}

// Draft is an application being filled in: at a window, on a phone, or begun on a phone and gone
// on with at a window.
type Draft struct {
	ID       string        `db:"id"`
	Staff    ref.StaffID   `db:"staff"`
	Item     ref.ItemID    `db:"item"`
	Version  ref.VersionID `db:"version"`
	Party    ref.PartyID   `db:"party"`
	Presence string        `db:"presence"`
	Body     []byte        `db:"body"`
	Rev      int64         `db:"rev"`
	Made     time.Time     `db:"made_at"`
	At       time.Time     `db:"at"`
	Account  ref.AccountID `db:"account"`    // the phone it was begun on, else empty
	Code     string        `db:"code_blind"` // look-up value of the characters by which a window finds it
	Mandate  string        `db:"mandate"`    // under which an agent fills it in for the party, else empty
	Helper   ref.StaffID   `db:"helper"`     // the member of staff who helped on the person's phone
}

// Content is what a draft holds.
type Content struct {
	Answers   map[string]Answer           `json:"answers"`
	Materials map[string][]ref.MaterialID `json:"materials"` // material spec id → what was attached
	Checked   map[string]bool             `json:"checked"`   // materials whose original the clerk compared
	Place     ref.DivisionCode            `json:"place"`     // where the matter is, for @street steps
	Disputed  map[string]Answer           `json:"disputed"`  // held values that the applicant called wrong, by key
	Groups    map[string]bool             `json:"groups"`    // repeating groups of which the applicant said that they are complete
	Masked    map[string]bool             `json:"masked"`    // answers that an agent fills in unseen, by key
}

const draftCols = "id, staff, item, version, party, presence, body, rev, made_at, at, account, code_blind, mandate, helper"

// Begin writes a new draft.
func Begin(ctx context.Context, tx *db.Tx, v *crypto.Vault, d Draft, c Content) error {
	var err error
	if d.Body, err = pack(ctx, tx, v, d, c); err != nil {
		return err
	}
	d.Rev = 1
	return db.Insert(ctx, tx, "form_draft", d)
}

func pack(ctx context.Context, tx *db.Tx, v *crypto.Vault, d Draft, c Content) ([]byte, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return v.Seal(ctx, tx, string(d.Party), "form_draft.body."+d.ID, plain)
}

// GetDraft reads a draft without opening it.
func GetDraft(ctx context.Context, r db.Reader, id string) (Draft, error) {
	return db.One[Draft](ctx, r, "select "+draftCols+" from form_draft where id = $1", id)
}

// Drafts lists a clerk's drafts, latest first.
func Drafts(ctx context.Context, r db.Reader, who ref.StaffID, limit int) ([]Draft, error) {
	return db.Find[Draft](ctx, r, "select "+draftCols+" from form_draft where staff = $1 order by at desc limit $2", who, limit)
}

// DraftByCode finds a draft by the look-up value of its characters.
func DraftByCode(ctx context.Context, r db.Reader, blind string) (Draft, error) {
	return db.One[Draft](ctx, r, "select "+draftCols+" from form_draft where code_blind = $1 and code_blind <> ''", blind)
}

// DraftsOn lists the drafts begun on an account, latest first.
func DraftsOn(ctx context.Context, r db.Reader, id ref.AccountID, limit int) ([]Draft, error) {
	return db.Find[Draft](ctx, r, "select "+draftCols+" from form_draft where account = $1 and account <> '' order by at desc limit $2", id, limit)
}

// Own gives a draft to a clerk, a presence and a party, sealing its content anew under the party;
// Conflict if somebody kept it meanwhile.
func Own(ctx context.Context, tx *db.Tx, v *crypto.Vault, d Draft, c Content) error {
	body, err := pack(ctx, tx, v, d, c)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "update form_draft set staff = $1, presence = $2, party = $3, body = $4, mandate = $5, rev = rev + 1 where id = $6 and rev = $7", d.Staff, d.Presence, d.Party, body, d.Mandate, d.ID, d.Rev)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.draft_changed")
	}
	return err
}

// Help notes which member of staff helped with a draft; it opens nothing to them.
func Help(ctx context.Context, tx *db.Tx, id string, who ref.StaffID) error {
	_, err := tx.Exec(ctx, "update form_draft set helper = $1 where id = $2", who, id)
	return err
}

// Digest names a draft's content: what co-signers sign. Answers, papers and place count, nothing else.
func (c Content) Digest() string {
	type said struct{ Key, Value string }
	var answers []said
	for key, a := range c.Answers {
		if a.Value != "" {
			answers = append(answers, said{key, a.Value})
		}
	}
	slices.SortFunc(answers, func(a, b said) int { return strings.Compare(a.Key, b.Key) })
	papers := map[string][]ref.MaterialID{}
	for spec, list := range c.Materials {
		if len(list) > 0 {
			papers[spec] = list
		}
	}
	raw, _ := json.Marshal([]any{answers, papers, c.Place}) // strings always marshal; maps come in the order of their keys
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// DraftLife is how long a draft from outside is kept after it was last touched.
const DraftLife = 30 * 24 * time.Hour

// SweepDrafts forgets drafts from outside that nobody touched for DraftLife.
func SweepDrafts(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, "delete from form_draft where account <> '' and at < $1", now.Add(-DraftLife))
	return err
}

// Open opens a draft's content.
func (d Draft) Open(ctx context.Context, r db.Reader, v *crypto.Vault) (Content, error) {
	c := Content{Answers: map[string]Answer{}, Materials: map[string][]ref.MaterialID{}, Checked: map[string]bool{}}
	plain, err := v.Open(ctx, r, string(d.Party), "form_draft.body."+d.ID, d.Body)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(plain, &c)
}

// Keep replaces a draft's content; Conflict if somebody kept it meanwhile.
func Keep(ctx context.Context, tx *db.Tx, v *crypto.Vault, d Draft, c Content, now time.Time) error {
	body, err := pack(ctx, tx, v, d, c)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "update form_draft set body = $1, rev = rev + 1, at = $2 where id = $3 and rev = $4", body, now, d.ID, d.Rev)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.draft_changed")
	}
	return err
}

// Drop removes a draft that became a case or was given up; Conflict when it has changed since rev was
// read, or is gone: one draft never becomes two cases, and nothing kept meanwhile is lost.
func Drop(ctx context.Context, tx *db.Tx, id string, rev int64) error {
	n, err := tx.Exec(ctx, "delete from form_draft where id = $1 and rev = $2", id, rev)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.draft_gone")
	}
	return err
}
