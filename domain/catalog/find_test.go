package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"yimen/domain/catalog"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/ref"
)

func published(t *testing.T, d *db.DB, items ...*catalog.Item) {
	t.Helper()
	err := d.Write(t.Context(), "test", func(ctx context.Context, tx *db.Tx) error {
		for _, it := range items {
			if _, err := catalog.Publish(ctx, tx, it, time.Unix(1, 0)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestItemsAreFoundAsPeopleLookForThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		shop := []catalog.Need{{Name: "开店经营", NameEn: "Open a business"}}
		published(t, d,
			&catalog.Item{ID: "residence", Name: "居住证申领", Aliases: []string{"暂住证"}, Audience: []ref.Audience{"1"}},
			&catalog.Item{ID: "food", Name: "食品经营许可", Aliases: []string{"开饭店"}, Audience: []ref.Audience{"2"}, Needs: shop},
			&catalog.Item{ID: "firm", Name: "公司设立登记", Audience: []ref.Audience{"1", "2"}, Needs: shop})
		for _, c := range []struct {
			name string
			q    catalog.Looking
			want []ref.ItemID
		}{
			{"name", catalog.Looking{Words: "居住证"}, []ref.ItemID{"residence"}},
			{"everyday word", catalog.Looking{Words: "开饭店"}, []ref.ItemID{"food"}},
			{"a wrong character", catalog.Looking{Words: "居驻证申领"}, []ref.ItemID{"residence"}},
			{"pinyin", catalog.Looking{Words: "juzhuzheng"}, []ref.ItemID{"residence"}},
			{"pinyin as the south says it", catalog.Looking{Words: "juzuzen"}, []ref.ItemID{"residence"}},
			{"initials", catalog.Looking{Words: "jzz"}, []ref.ItemID{"residence"}},
			{"need", catalog.Looking{Need: "开店经营"}, []ref.ItemID{"firm", "food"}},
			{"need of a side", catalog.Looking{Need: "开店经营", Side: catalog.Person}, []ref.ItemID{"firm"}},
			{"nothing", catalog.Looking{Words: "火箭发射"}, nil},
			{"the next page", catalog.Looking{From: 2, Side: ""}, []ref.ItemID{"food"}},
		} {
			c.q.Limit = 10
			rows, err := catalog.Find(t.Context(), d, c.q)
			var got []ref.ItemID
			for _, r := range rows {
				got = append(got, r.ID)
			}
			if c.name != "the next page" {
				slices.Sort(got)
			}
			if err != nil || c.name != "the next page" && !slices.Equal(got, c.want) || len(got) != len(c.want) {
				t.Errorf("%s: %v %v, want %v", c.name, got, err, c.want)
			}
		}
		for words, want := range map[string][]ref.ItemID{"居助正": {"residence"}, "gongsishelixx": {"firm"}, "经营范围": {"food"}, "火箭发射许": nil, "火箭": nil, "zzzqqq": nil} {
			var got []ref.ItemID
			rows, err := catalog.Near(t.Context(), d, catalog.Looking{Words: words, Limit: 10})
			for _, r := range rows {
				got = append(got, r.ID)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("near %s: %v %v, want %v", words, got, err, want)
			}
		}
		if en, err := catalog.NeedEn(t.Context(), d, "开店经营"); err != nil || en != "Open a business" {
			t.Errorf("%q %v", en, err)
		}
		if en, err := catalog.NeedEn(t.Context(), d, "登月"); err != nil || en != "" {
			t.Errorf("%q %v", en, err)
		}
		needs, err := catalog.Needs(t.Context(), d, catalog.Company)
		if err != nil || fmt.Sprint(needs) != "[{开店经营 Open a business 2}]" {
			t.Errorf("%v %v", needs, err)
		}
	}, catalog.Schema)
}
