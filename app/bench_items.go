package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/process/standards"
	"yimen/town"
)

// manyItems is how many items a town like the demo's has.
const manyItems = 268

// benchItems are that many of the town's items.
func (t *benchTown) benchItems(ctx context.Context) ([]*catalog.Item, error) {
	items, err := t.Library.ItemsOf(ctx, "", false)
	if err == nil && len(items) < manyItems {
		err = fmt.Errorf("the town has %d items, fewer than %d", len(items), manyItems)
	}
	if err != nil {
		return nil, err
	}
	return items[:manyItems], nil
}

// benchImport: a workbook of all items, each changed, read, looked over and kept as drafts.
func benchImport(ctx context.Context) ([]figure, error) {
	t, err := openBenchTown(ctx, "", nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	book, err := t.changedBook(ctx)
	if err != nil {
		return nil, err
	}
	office, err := org.StaffByAccount(ctx, t.DB, "standards01")
	if err != nil {
		return nil, err
	}
	f := figure{name: "import-268", unit: "s"}
	begun := time.Now()
	im, err := t.Library.ReadItems(ctx, book, standards.ImportDrafts)
	if err != nil {
		return nil, err
	}
	read := time.Since(begun)
	if im.Bad() {
		return nil, fmt.Errorf("the town's own workbook is refused: %d wrong, first %+v", len(im.Wrong), im.Wrong[:min(1, len(im.Wrong))])
	}
	by := standards.Importer{Staff: office, Submit: once.Submit{Actor: "staff:" + string(office.ID), Route: "bench", Key: db.NewID(), At: t.Now()}}
	changes, err := t.Library.ImportItems(ctx, by, im.Items, standards.ImportDrafts)
	if err != nil {
		return nil, err
	}
	took := time.Since(begun)
	if n := slices.IndexFunc(changes, func(c standards.ItemChange) bool { return c.State != standards.ItemChanged }); n >= 0 || len(changes) != manyItems {
		return nil, fmt.Errorf("%d items taken, not all as changed", len(changes))
	}
	bare, size, err := unpack(book)
	if err != nil {
		return nil, err
	}
	f.value, f.ratio = took.Seconds(), took.Seconds()/bare.Seconds()
	f.limit = fmt.Sprintf("%.3f s to unpack the same %.1f MB alone", bare.Seconds(), float64(size)/1e6)
	f.notes = append(f.notes, fmt.Sprintf("%d items, workbook of %d kB, read and looked over in %.2f s", len(changes), len(book)/1000, read.Seconds()))
	f.want(f.value < 5, "< 5 s")
	return []figure{f}, nil
}

// changedBook is the workbook of all items, each with another sentence on what it gives.
func (t *benchTown) changedBook(ctx context.Context) ([]byte, error) {
	items, err := t.benchItems(ctx)
	if err != nil {
		return nil, err
	}
	for n, it := range items {
		if items[n], err = it.Copy(); err != nil {
			return nil, err
		}
		items[n].Summary = "领取" + it.Result.Name + "。"
	}
	organs, err := org.Organs(ctx, t.DB)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = catalog.WriteBook(&out, items, standards.OrganCodes(organs))
	return out.Bytes(), err
}

// unpack inflates all parts of a workbook and does nothing with them.
func unpack(book []byte) (took time.Duration, size int64, err error) {
	begun := time.Now()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		return 0, 0, err
	}
	for _, part := range z.File {
		in, err := part.Open()
		if err != nil {
			return 0, 0, err
		}
		n, err := io.Copy(io.Discard, in)
		_ = in.Close()
		if size += n; err != nil {
			return 0, 0, err
		}
	}
	return time.Since(begun), size, nil
}

// benchLint: all items linted, against reading the same documents.
func benchLint(context.Context) ([]figure, error) {
	data, err := town.Load()
	if err != nil {
		return nil, err
	}
	if len(data.Items) < manyItems {
		return nil, fmt.Errorf("the town has %d items, fewer than %d", len(data.Items), manyItems)
	}
	var docs [][]byte
	for _, it := range data.Items[:manyItems] {
		raw, err := json.Marshal(it)
		if err != nil {
			return nil, err
		}
		docs = append(docs, raw)
	}
	begun, flaws := time.Now(), 0
	for n := range docs {
		flaws += len(catalog.Lint(&data.Items[n], nil))
	}
	took := time.Since(begun)
	begun = time.Now()
	for _, raw := range docs {
		var it catalog.Item
		if err := json.Unmarshal(raw, &it); err != nil {
			return nil, err
		}
	}
	bare := time.Since(begun)
	f := figure{name: "lint-268", value: ms(took), unit: "ms", limit: fmt.Sprintf("%.1f ms to read the same documents", ms(bare)), ratio: took.Seconds() / bare.Seconds(),
		notes: []string{fmt.Sprintf("%d items, %d findings without organs", manyItems, flaws)}}
	f.want(took < time.Second, "< 1 s")
	return []figure{f}, nil
}
