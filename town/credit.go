package town

import (
	"io/fs"

	"yimen/domain/credit"
)

// Credit is credit.json: the published catalogue of broken words (失信行为目录), the rows in the order of publication.
type Credit struct {
	Source  string       `json:"source"`
	Assumed []string     `json:"assumed"` // paths of what is assumed rather than known
	Rows    []credit.Row `json:"credit"`
}

func (t *Town) readCredit(fsys fs.FS) error {
	there, err := fs.Glob(fsys, "credit.json")
	if err != nil || len(there) == 0 {
		return err
	}
	return t.file(fsys, "credit.json", &t.Credit)
}
