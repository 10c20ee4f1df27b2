package town

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/statute"
	"yimen/foundation/calendar"
)

// Laws is a folder of law texts as domain/statute parses them.
type Laws struct {
	files map[string][]string // title → files
	read  map[string][]edition
}

// edition is one version with all its articles.
type edition struct {
	version  statute.Version
	articles []statute.Article
}

// ErrNoLaw is returned for a law that is not in the folder; such a citation may still be right.
var ErrNoLaw = errors.New("the law is not in the collection")

// OpenLaws lists the folder's titles; texts are read when they are first cited.
func OpenLaws(dir string) (*Laws, error) {
	l := &Laws{files: map[string][]string{}, read: map[string][]edition{}}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !statute.IsText(file) {
			return err
		}
		title, err := firstLine(file)
		l.files[title] = append(l.files[title], file)
		return err
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

// Resolve says whether the version in force on the day (yyyy-mm-dd) has the cited words at the
// cited place. ErrNoLaw when the collection does not hold the law.
func (l *Laws) Resolve(c catalog.Citation, day string) error {
	on, err := calendar.ParseDate(day)
	if err != nil {
		return err
	}
	editions, err := l.editions(c.Law)
	if err != nil {
		return err
	}
	cited := make([]statute.Edition, len(editions))
	for i, e := range editions {
		cited[i].Version = e.version
		for n, a := range e.articles {
			if a.Number == c.Article && a.Sub == c.Sub {
				cited[i].Article = &e.articles[n]
			}
		}
	}
	_, trouble := statute.Judge(statute.Citation(c), cited, on)
	switch {
	case trouble.Kind == statute.UnknownLaw || trouble.Kind == statute.NoVersion: // an older version may be missing
		return fmt.Errorf("%s: %w", c.Law, ErrNoLaw)
	case !trouble.Warning():
		return fmt.Errorf("%s article %d: %s", c.Law, c.Article, strings.ReplaceAll(string(trouble.Kind), "_", " "))
	}
	return nil
}

// editions reads all versions of a law, the parts of one joined.
func (l *Laws) editions(title string) ([]edition, error) {
	if all, ok := l.read[title]; ok {
		return all, nil
	}
	var parts []statute.Law
	var out []edition
	for _, file := range l.files[title] {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		law, err := statute.Parse(filepath.ToSlash(file), string(raw))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if law.Part != "" {
			parts = append(parts, law)
			continue
		}
		out = append(out, editionOf(law, file))
	}
	if len(parts) > 0 {
		whole, err := statute.Merge(parts)
		if err != nil {
			return nil, err
		}
		out = append(out, editionOf(whole, title))
	}
	l.read[title] = chained(out)
	return l.read[title], nil
}

func editionOf(law statute.Law, id string) edition {
	v := statute.Version{ID: id, Name: law.Name, Published: law.Published, Effective: law.Effective, Currency: statute.Stated}
	return edition{v, law.Articles}
}

func chained(all []edition) []edition {
	versions := make([]statute.Version, len(all))
	for i, e := range all {
		versions[i] = e.version
	}
	statute.Chain(versions, nil)
	for i, e := range all {
		for _, v := range versions {
			if v.ID == e.version.ID {
				all[i].version = v
			}
		}
	}
	return all
}
