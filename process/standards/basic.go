package standards

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// ImportBasic takes in a whole edition of the basic catalogue: what it leaves out is gone. Each change
// opens a to-do for every organ that carries the entry out; one nobody carries out is the standards office's.
// The first edition opens none, and the same edition again changes nothing. Errors: Invalid with
// basic[n].code and so on.
func (l *Library) ImportBasic(ctx context.Context, by string, edition []catalog.Basic) (changes []catalog.Change, err error) {
	if err := checkBasic(edition); err != nil {
		return nil, err
	}
	now := l.Now()
	err = l.DB.Write(ctx, "standards.ImportBasic", func(ctx context.Context, tx *db.Tx) error {
		old, err := catalog.AllBasic(ctx, tx)
		if err != nil {
			return err
		}
		last, err := catalog.Edition(ctx, tx)
		if err != nil {
			return err
		}
		if err := keepEdition(ctx, tx, old, edition, last+1); err != nil {
			return err
		}
		changes = nil
		if last > 0 {
			if changes, err = l.spread(ctx, tx, catalog.Compare(old, edition), last+1, now); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "standards.ImportBasic", Object: "basic", After: audit.Digest(fmt.Sprint(last+1, len(edition), len(changes))), At: now})
	})
	return changes, err
}

func checkBasic(edition []catalog.Basic) error {
	var bad []fault.Field
	seen := map[string]bool{}
	for i, b := range edition {
		wrong := func(field string) {
			bad = append(bad, fault.Field{Name: fmt.Sprintf("basic[%d].%s", i, field), Key: "standards.basic_wrong"})
		}
		if len(b.Code) != 12 || seen[b.Code] {
			wrong("code")
		}
		if b.Name == "" {
			wrong("name")
		}
		if len(b.TaskType) != 2 {
			wrong("task_type")
		}
		if b.State != catalog.InUse && b.State != catalog.Cancelled {
			wrong("state")
		}
		if slices.ContainsFunc(b.Levels, func(x ref.Level) bool { return !x.Known() }) {
			wrong("levels")
		}
		seen[b.Code] = true
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// keepEdition writes what is otherwise in the edition, and cancels what it leaves out.
func keepEdition(ctx context.Context, tx *db.Tx, old map[string]catalog.Basic, edition []catalog.Basic, number int) error {
	var write []catalog.Basic
	there := map[string]bool{}
	for _, b := range edition {
		there[b.Code] = true
		was, had := old[b.Code]
		b.Edition = was.Edition
		if !had || !reflect.DeepEqual(was, b) {
			b.Edition = number
			write = append(write, b)
		}
	}
	for code, b := range old {
		if !there[code] && b.State == catalog.InUse {
			b.State, b.Edition = catalog.Cancelled, number
			write = append(write, b)
		}
	}
	return catalog.KeepBasic(ctx, tx, write...)
}

// spread gives each change to the organs it concerns.
func (l *Library) spread(ctx context.Context, tx *db.Tx, changes []catalog.Change, edition int, now time.Time) (out []catalog.Change, err error) {
	for _, c := range changes {
		c.Edition, c.Made = edition, now
		rows, err := catalog.WithCode(ctx, tx, c.Code)
		if err != nil {
			return nil, err
		}
		organs := []ref.OrganID{}
		for _, r := range rows {
			if r.State != catalog.Cancelled && !slices.Contains(organs, r.Organ) {
				organs = append(organs, r.Organ)
			}
		}
		if len(organs) == 0 {
			organs = append(organs, "")
		}
		for _, o := range organs {
			c.ID, c.Organ = db.NewID(), o
			out = append(out, c)
		}
	}
	return out, catalog.AddChanges(ctx, tx, out...)
}

// Closing says what was done about a change from above.
type Closing struct {
	Submit once.Submit
	By     org.Staff
	Change string
	Done   string
}

// CloseChange ends a to-do with what was done. An organ's own keeper may, and the standards office.
func (l *Library) CloseChange(ctx context.Context, c Closing) error {
	if err := reasoned("done", c.Done); err != nil {
		return err
	}
	return l.DB.Write(ctx, "standards.CloseChange", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, c.Submit, func() (string, error) {
			change, err := catalog.GetChange(ctx, tx, c.Change)
			if err != nil {
				return "", err
			}
			if err := MayWrite(c.By, change.Organ); err != nil {
				return "", err
			}
			if err := catalog.CloseChange(ctx, tx, c.Change, c.By.ID, c.Done, l.Now()); err != nil {
				return "", err
			}
			return "", audit.Record(ctx, tx, audit.Entry{Actor: staff(c.By), Verb: "standards.CloseChange", Object: "change:" + c.Change, After: audit.Digest(c.Done), At: l.Now()})
		})
		return err
	})
}

// Claim is 认领: an organ takes up an entry of the basic catalogue.
type Claim struct {
	Submit once.Submit
	By     org.Staff
	Code   string
	Level  ref.Level // the organ's own, or the village's for a street or town
}

// Claim begins the draft of an item with code, name, type and basis as the basic catalogue has them.
// Errors: Denied who is no keeper, Invalid for a level ("level"), Conflict for what is gone or taken up already.
func (l *Library) Claim(ctx context.Context, c Claim) (id ref.ItemID, err error) {
	if !c.By.Has("keeper") || c.By.Organ == "" {
		return "", fault.New(fault.Denied, "standards.keepers_only")
	}
	err = l.DB.Write(ctx, "standards.Claim", func(ctx context.Context, tx *db.Tx) error {
		answer, err := once.Do(ctx, tx, c.Submit, func() (string, error) { return l.claim(ctx, tx, c) })
		id = ref.ItemID(answer)
		return err
	})
	return id, err
}

func (l *Library) claim(ctx context.Context, tx *db.Tx, c Claim) (string, error) {
	b, err := catalog.GetBasic(ctx, tx, c.Code)
	if err != nil {
		return "", err
	}
	if b.State != catalog.InUse {
		return "", fault.New(fault.Conflict, "standards.basic_gone")
	}
	organ, err := org.GetOrgan(ctx, tx, c.By.Organ)
	if err != nil {
		return "", err
	}
	if !slices.Contains(ClaimLevels(b, organ), c.Level) {
		return "", fault.Bad(fault.Field{Name: "level", Key: "standards.level_wrong"})
	}
	it := claimed(b, organ.ID, c.Level)
	if err := unclaimed(ctx, tx, it); err != nil {
		return "", err
	}
	d := catalog.Draft{Item: it.ID, State: catalog.DraftWriting, At: l.Now()}.Touched(c.By.ID)
	if _, err := catalog.KeepDraft(ctx, tx, d, it); err != nil {
		return "", err
	}
	return string(it.ID), l.note(ctx, tx, staff(c.By), "standards.Claim", it.ID, c.Code)
}

// ClaimLevels are the levels at which an organ may take up an entry: its own and, for a street or
// town, the village's, where the entry allows them.
func ClaimLevels(b catalog.Basic, organ org.Organ) (out []ref.Level) {
	for _, x := range b.Levels {
		if x == organ.Level || x == ref.LevelVillage && organ.Level == ref.LevelTown {
			out = append(out, x)
		}
	}
	return out
}

// claimed is the item of an entry before its organ wrote anything.
func claimed(b catalog.Basic, organ ref.OrganID, level ref.Level) *catalog.Item {
	return &catalog.Item{ID: ref.ItemID(fmt.Sprintf("%s-%d-%s", b.Code, level, strings.ToLower(string(organ)))), Name: b.Name, TaskType: b.TaskType, Basis: slices.Clone(b.Basis),
		TaskCode: fmt.Sprintf("%s%d%s", organ, level, b.Code), Organ: organ, Level: level, ProjectType: ref.ProjectPromised, PowerSource: "1", Accept: catalog.AcceptByOrgan,
		Plan: catalog.Plan{Mode: "lead"}, Times: catalog.Times{Silence: "none"}, Owner: catalog.Owner{Nature: "1"}, Channels: catalog.Channels{Hall: true, OneWindow: true, Ways: []string{"1"}}}
}

// unclaimed refuses what the organ carries out or drafts at this level already.
func unclaimed(ctx context.Context, tx *db.Tx, it *catalog.Item) error {
	rows, err := catalog.WithCode(ctx, tx, it.CatalogCode())
	if err != nil {
		return err
	}
	taken := slices.ContainsFunc(rows, func(r catalog.Row) bool { return r.TaskCode == it.TaskCode && r.State != catalog.Cancelled })
	if _, err := catalog.GetDraft(ctx, tx, it.ID); !fault.Is(err, fault.NotFound) {
		if err != nil {
			return err
		}
		taken = true
	}
	if taken {
		return fault.New(fault.Conflict, "standards.claimed_already")
	}
	return nil
}

// Conforms is the gate that holds an item to its entry in the basic catalogue: the same name (of its main
// item, where it is one of several), type and basis; more basis may be added.
func Conforms(ctx context.Context, r db.Reader, it *catalog.Item, _ time.Time) ([]catalog.Flaw, error) {
	b, err := catalog.GetBasic(ctx, r, it.CatalogCode())
	if fault.Is(err, fault.NotFound) {
		return []catalog.Flaw{{Path: "task_code", Key: "standards.flaw_no_basic", Args: []any{"code", it.CatalogCode()}, Warn: true}}, nil
	}
	if err != nil {
		return nil, err
	}
	var out []catalog.Flaw
	if b.State != catalog.InUse {
		out = append(out, catalog.Flaw{Path: "task_code", Key: "standards.flaw_gone"})
	}
	path, name := "name", it.Name
	if it.Main.Kind != "" {
		path, name = "main.name", it.Main.Name
	}
	if name != b.Name {
		out = append(out, catalog.Flaw{Path: path, Key: "standards.flaw_name", Args: []any{"name", b.Name}})
	}
	if it.TaskType != b.TaskType {
		out = append(out, catalog.Flaw{Path: "task_type", Key: "standards.flaw_type"})
	}
	for _, c := range b.Basis {
		if !slices.ContainsFunc(it.Basis, func(x catalog.Citation) bool { c.Text, x.Text = "", ""; return x == c }) {
			out = append(out, catalog.Flaw{Path: "basis", Key: "standards.flaw_basis", Args: []any{"law", c.Law, "article", c.Article}})
		}
	}
	return out, nil
}
