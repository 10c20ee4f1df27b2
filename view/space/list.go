package space

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Key is the place of a row in a list: the list goes on after it. Its values are no secret, and
// whoever makes one up sees their own rows from another place.
type Key struct {
	At time.Time
	ID string
}

// Parts writes a key as two texts, ReadKey reads them; nothing when it is zero.
func (k Key) Parts() []string {
	if k.ID == "" {
		return nil
	}
	return []string{strconv.FormatInt(db.Micros(k.At), 10), k.ID}
}

// ReadKey is as Parts. Errors: NotFound for what is no key.
func ReadKey(parts []string) (Key, error) {
	if len(parts) == 0 {
		return Key{}, nil
	}
	if len(parts) != 2 || parts[1] == "" {
		return Key{}, notThere()
	}
	n, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || n <= 0 {
		return Key{}, notThere()
	}
	return Key{db.Time(n), parts[1]}, nil
}

// list is a question for the rows of some parties in the order of a time.
type list struct {
	cols, from, at string
	parties        []ref.PartyID
	after          Key
	size           int
}

// keyed reads one row more than the page holds.
func keyed[T any](ctx context.Context, r db.Reader, q list) ([]T, error) {
	n := len(q.parties)
	where, args := "party in "+db.In(1, n), db.Any(q.parties)
	if q.after.ID != "" {
		where += fmt.Sprintf(" and (%s, id) < ($%d, $%d)", q.at, n+1, n+2)
		args = append(args, q.after.At, q.after.ID)
	}
	return db.Find[T](ctx, r, fmt.Sprintf("select %s from %s where %s order by %s desc, id desc limit $%d", q.cols, q.from, where, q.at, len(args)+1), append(args, q.size+1)...)
}

// cutPage takes the page's rows and the key after which the next one begins, zero on the last.
func cutPage[T any](rows []T, size int, err error, key func(T) Key) ([]T, Key, error) {
	if err != nil || len(rows) <= size {
		return rows, Key{}, err
	}
	return rows[:size], key(rows[size-1]), nil
}

func sortFacts(all []Fact) {
	slices.SortFunc(all, func(a, b Fact) int {
		return cmp.Or(cmp.Compare(cmp.Or(order[a.Name], len(order)+1), cmp.Or(order[b.Name], len(order)+1)), cmp.Compare(a.Name, b.Name))
	})
}
