package space

import (
	"context"
	"iter"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/licence"
	"yimen/domain/rule"
	"yimen/ref"
)

// The sequences below read a whole space for downloading, a page at a time and so in constant
// memory. An error ends a sequence.

// pages makes one sequence of a list's pages.
func pages[T any](read func(after Key) ([]T, Key, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var after Key
		for {
			rows, next, err := read(after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, x := range rows {
				if !yield(x, nil) {
					return
				}
			}
			if next.ID == "" {
				return
			}
			after = next
		}
	}
}

// AllLicences is every licence.
func (v *View) AllLicences(ctx context.Context, me identity.Me) iter.Seq2[licence.Licence, error] {
	return pages(func(after Key) ([]licence.Licence, Key, error) { return v.Licences(ctx, me, after) })
}

// AllMaterials is every paper.
func (v *View) AllMaterials(ctx context.Context, me identity.Me) iter.Seq2[Material, error] {
	return pages(func(after Key) ([]Material, Key, error) { return v.Materials(ctx, me, after) })
}

// AllCases is every case of whom the session speaks for, without those only begun on the phone.
func (v *View) AllCases(ctx context.Context, me identity.Me) iter.Seq2[Case, error] {
	me.Account = ""
	return pages(func(after Key) ([]Case, Key, error) { return v.Cases(ctx, me, Every, after) })
}

// AllLooks is every look.
func (v *View) AllLooks(ctx context.Context, me identity.Me) iter.Seq2[Look, error] {
	return pages(func(after Key) ([]Look, Key, error) { return v.looks(ctx, me, after, 10*LooksPage) })
}

// Answer is one answered question, as it was answered.
type Answer struct {
	Field catalog.Field
	form.Answer
}

// Answers opens what was answered in a case of whom the session speaks for.
func (v *View) Answers(ctx context.Context, me identity.Me, id ref.CaseID) (out []Answer, err error) {
	c, err := casefile.Get(ctx, v.DB, id)
	if err == nil {
		err = v.owns(ctx, me, c.Party)
	}
	if err != nil {
		return nil, err
	}
	items, err := casefile.Items(ctx, v.DB, id)
	for _, it := range items {
		if out, err = v.answered(ctx, it, out); err != nil {
			return nil, err
		}
	}
	return out, err
}

func (v *View) answered(ctx context.Context, it casefile.Item, out []Answer) ([]Answer, error) {
	version, err := catalog.Get(ctx, v.DB, it.Version)
	if err != nil {
		return nil, err
	}
	m, err := form.ModelOf(version.Digest, version.Body, rule.Plain)
	if err != nil {
		return nil, err
	}
	given, err := form.Answers(ctx, v.DB, v.Vault, it.ID)
	for _, at := range m.Lay(given) {
		out = append(out, Answer{version.Doc().Form[at.Index], given[at.Key]})
	}
	return out, err
}
