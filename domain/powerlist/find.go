package powerlist

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/search"
	"yimen/ref"
)

// GetPower reads a version of a power.
func GetPower(ctx context.Context, r db.Reader, id string) (Power, error) {
	return db.One[Power](ctx, r, "select "+powerCols+" from powerlist_power where id = $1", id)
}

// Versions lists a power's versions, latest first.
func Versions(ctx context.Context, r db.Reader, word string) ([]Power, error) {
	return db.Find[Power](ctx, r, "select "+powerCols+" from powerlist_power where word = $1 order by number desc", word)
}

// GetSupervision reads an entry of the supervision list.
func GetSupervision(ctx context.Context, r db.Reader, id string) (Supervision, error) {
	return db.One[Supervision](ctx, r, "select "+supervisionCols+" from powerlist_supervision where id = $1", id)
}

// GetNegative reads an entry of the negative list.
func GetNegative(ctx context.Context, r db.Reader, id string) (Negative, error) {
	return db.One[Negative](ctx, r, "select "+negativeCols+" from powerlist_negative where id = $1", id)
}

// MainCode is the 基本编码 of the main item a code belongs to: a sub-item (子项) is part of its main item's power.
func MainCode(code string) string {
	if len(code) != 12 {
		return code
	}
	return code[:9] + "000"
}

// Covers says that a power's 基本编码 holds for an item's: the same, or that of its main item.
func Covers(power, item string) bool { return power == item || power == MainCode(item) }

// Own reads the power of an organ for a 基本编码 in force at a time; fault.NotFound when it has none.
func Own(ctx context.Context, r db.Reader, at time.Time, organ ref.OrganID, code string) (Power, error) {
	return db.One[Power](ctx, r, "select "+powerCols+" from powerlist_power where "+inForce+" and catalog_code in ($2, $3) and organ = $4 order by catalog_code desc, number desc limit 1", at, code, MainCode(code), organ)
}

// Owned says in one indexed read whether the organ has the power for a 基本编码 at a time.
func Owned(ctx context.Context, r db.Reader, at time.Time, organ ref.OrganID, code string) (bool, error) {
	n, err := db.Find[int64](ctx, r, "select 1 from powerlist_power where "+inForce+" and catalog_code in ($2, $3) and organ = $4 limit 1", at, code, MainCode(code), organ)
	return len(n) > 0, err
}

// Owners lists the powers in force for a 基本编码, whoever has them.
func Owners(ctx context.Context, r db.Reader, at time.Time, code string) ([]Power, error) {
	return db.Find[Power](ctx, r, "select "+powerCols+" from powerlist_power where "+inForce+" and catalog_code in ($2, $3) order by organ", at, code, MainCode(code))
}

// Of lists the powers of an organ in force at a time.
func Of(ctx context.Context, r db.Reader, at time.Time, organ ref.OrganID) ([]Power, error) {
	return db.Find[Power](ctx, r, "select "+powerCols+" from powerlist_power where "+inForce+" and organ = $2 order by name, id", at, organ)
}

// Bounds lists the supervision entries of a power, by step, those that hold first.
func Bounds(ctx context.Context, r db.Reader, word string) ([]Supervision, error) {
	return db.Find[Supervision](ctx, r, "select "+supervisionCols+" from powerlist_supervision where power = $1 order by step, from_at desc, id", word)
}

// Forbidden lists the negative list in force at a time. It is some dozens of entries long.
func Forbidden(ctx context.Context, r db.Reader, at time.Time) ([]Negative, error) {
	return db.Find[Negative](ctx, r, "select "+negativeCols+" from powerlist_negative where "+inForce+" order by name, id", at)
}

// Filter narrows a list; empty fields do not. The page begins behind the entry (Name, ID).
type Filter struct {
	Query string // pairs of characters, or the beginning of pinyin, initials or a code
	Organ ref.OrganID
	Level ref.Level
	Ended bool // those that no longer hold, instead of those that do or will
	Kind  string
	Name  string
	ID    string
}

// where is the filter's condition at a time ($1), for a list that has the named columns.
func (f Filter) where(at time.Time, columns ...string) (string, []any) {
	cond, args := []string{"(until_at = 0 or until_at > $1)"}, []any{at}
	if f.Ended {
		cond[0] = "until_at > 0 and until_at <= $1"
	}
	values := map[string]string{"organ": string(f.Organ), "kind": f.Kind}
	if f.Level != 0 {
		args = append(args, f.Level)
		cond = append(cond, fmt.Sprintf("level = $%d", len(args)))
	}
	for _, c := range columns {
		if values[c] != "" {
			args = append(args, values[c])
			cond = append(cond, fmt.Sprintf("%s = $%d", c, len(args)))
		}
	}
	if f.ID != "" {
		args = append(args, f.Name, f.ID)
		cond = append(cond, fmt.Sprintf("(name, id) > ($%d, $%d)", len(args)-1, len(args)))
	}
	said, terms := found(f.Query, len(args)+1)
	return strings.Join(append(cond, said...), " and "), append(args, terms...)
}

// found is the condition of a query, its arguments numbered from n.
func found(query string, n int) ([]string, []any) {
	folded := search.Fold(query)
	if folded == "" {
		return nil, nil
	}
	if search.Latin(folded) {
		return []string{fmt.Sprintf("id in (select entry from powerlist_term where (term >= $%d and term < $%d) or (term >= $%d and term < $%d))", n, n+1, n+2, n+3)},
			[]any{"p:" + folded, "p:" + folded + "\U0010FFFF", "c:" + folded, "c:" + folded + "\U0010FFFF"}
	}
	terms := search.QueryTerms(query)
	for i := range terms {
		terms[i] = "t:" + terms[i]
	}
	return []string{fmt.Sprintf("id in (select entry from powerlist_term where term in %s group by entry having count(*) = $%d)", db.In(n, len(terms)), n+len(terms))},
		append(db.Any(terms), len(terms))
}

// FindPowers lists the power list by name, at most limit rows.
func FindPowers(ctx context.Context, r db.Reader, at time.Time, f Filter, limit int) ([]Power, error) {
	where, args := f.where(at, "organ")
	return db.Find[Power](ctx, r, fmt.Sprintf("select "+powerCols+" from powerlist_power where %s order by name, id limit $%d", where, len(args)+1), append(args, limit)...)
}

// FindSupervision lists the supervision list by the power's name, at most limit rows.
func FindSupervision(ctx context.Context, r db.Reader, at time.Time, f Filter, limit int) ([]Supervision, error) {
	f.Level = 0
	where, args := f.where(at, "organ")
	return db.Find[Supervision](ctx, r, fmt.Sprintf("select "+supervisionCols+" from powerlist_supervision where %s order by name, id limit $%d", where, len(args)+1), append(args, limit)...)
}

// FindNegative lists the negative list by name, at most limit rows.
func FindNegative(ctx context.Context, r db.Reader, at time.Time, f Filter, limit int) ([]Negative, error) {
	f.Level = 0
	where, args := f.where(at, "kind")
	return db.Find[Negative](ctx, r, fmt.Sprintf("select "+negativeCols+" from powerlist_negative where %s order by name, id limit $%d", where, len(args)+1), append(args, limit)...)
}

// index makes an entry findable by pairs of characters, pinyin, initials, code and word.
func index(ctx context.Context, tx *db.Tx, entry, name, code, word string) error {
	type term struct {
		Term  string `db:"term"`
		Entry string `db:"entry"`
	}
	seen, rows := map[string]bool{}, []term(nil)
	add := func(t string) {
		if r := []rune(t); len(r) > 200 {
			t = string(r[:200])
		}
		if len(t) > 2 && !seen[t] {
			seen[t] = true
			rows = append(rows, term{t, entry})
		}
	}
	for _, t := range search.Terms(name) {
		add("t:" + t)
	}
	full, initials := search.Pinyin(name)
	add("p:" + full)
	for i := range initials {
		add("p:" + initials[i:])
	}
	add("c:" + search.Fold(code))
	add("c:" + search.Fold(word))
	for some := range slices.Chunk(rows, atOnce) {
		if err := db.Insert(ctx, tx, "powerlist_term", some...); err != nil {
			return err
		}
	}
	return nil
}

// Facts are what the lists need to know of an item.
type Facts struct {
	Name     string
	Code     string // 基本编码
	Organ    ref.OrganID
	Level    ref.Level
	AtWindow bool // accepted at the window, in the organ's name
	Steps    []Step
	Papers   []Paper
}

// Step is a deciding step of an item's plan.
type Step struct {
	ID, Path string
}

// Paper is what an item asks people to hand in.
type Paper struct {
	Name, Path string
}

// Breach is one way in which an item stands outside the lists.
type Breach struct {
	Path string // in the item's document
	Key  string
	Args []any
	Warn bool // worth a look, and keeps nothing from being published
}

// Gate finds where an item stands outside the three lists at a time: its organ has no such power,
// or not at that level; a decision that no entry bounds; a thing the negative list names.
func Gate(ctx context.Context, r db.Reader, it Facts, at time.Time) ([]Breach, error) {
	out, err := barred(ctx, r, it, at)
	if err != nil {
		return nil, err
	}
	p, err := Own(ctx, r, at, it.Organ, it.Code)
	if fault.Is(err, fault.NotFound) {
		return append(out, Breach{Path: "organ", Key: "powerlist.no_power", Args: []any{"code", it.Code}}), nil
	}
	if err != nil {
		return nil, err
	}
	if p.Level != it.Level {
		out = append(out, Breach{Path: "level", Key: "powerlist.not_at_level", Args: []any{"given", int(p.Level), "level", int(it.Level)}})
	}
	if it.AtWindow && !p.May(Accept) {
		out = append(out, Breach{Path: "accept", Key: "powerlist.accept_not_delegable", Args: []any{"power", p.Name}, Warn: true})
	}
	bound, err := db.Find[string](ctx, r, "select step from powerlist_supervision where "+inForce+" and power = $2", at, p.Word)
	if err != nil {
		return nil, err
	}
	return append(out, unbound(it.Steps, bound)...), nil
}

// unbound are the deciding steps without an entry of the supervision list.
func unbound(steps []Step, bound []string) (out []Breach) {
	for _, s := range steps {
		if !slices.Contains(bound, s.ID) {
			out = append(out, Breach{Path: s.Path, Key: "powerlist.unbound", Args: []any{"step", s.ID}})
		}
	}
	return out
}

// barred is what the negative list says of an item and of the papers it asks for. A word in a
// paper's name may mean another paper, so that it only warns.
func barred(ctx context.Context, r db.Reader, it Facts, at time.Time) (out []Breach, err error) {
	list, err := Forbidden(ctx, r, at)
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		if n.bars(it.Name, it.Code) {
			out = append(out, Breach{Path: "name", Key: "powerlist.barred", Args: n.said()})
		}
		for _, p := range it.Papers {
			if n.Kind == NoProof && n.Hits(p.Name, "") {
				out = append(out, Breach{Path: p.Path, Key: "powerlist.paper_barred", Args: n.said(), Warn: true})
			}
		}
	}
	return out, nil
}

func (n Negative) bars(name, code string) bool {
	return n.Kind == NoItem && n.Hits(name, "") || n.Code != "" && n.Code == code
}

// Barred refuses with Conflict and the entry's reason a matter that the negative list in force does not let the
// government deal with, whenever the entry came.
func Barred(ctx context.Context, r db.Reader, name, code string, at time.Time) error {
	list, err := Forbidden(ctx, r, at)
	if err != nil {
		return err
	}
	for _, n := range list {
		if n.bars(name, code) {
			return fault.New(fault.Conflict, "powerlist.barred", n.said()...)
		}
	}
	return nil
}

// said are the places of a sentence about an entry.
func (n Negative) said() []any {
	var first Citation
	if c, err := n.Bases(); err == nil && len(c) > 0 {
		first = c[0]
	}
	return []any{"entry", n.Name, "reason", n.Reason, "law", first.Law, "article", first.Article}
}
