package town

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"yimen/ref"
)

func everybody(t *testing.T) ([]Person, []Company) {
	t.Helper()
	return People(load(t), Seed)
}

func TestTheSameSeedGivesTheSamePeople(t *testing.T) {
	people, firms := everybody(t)
	again, firmsAgain := everybody(t)
	if !reflect.DeepEqual(people, again) || !reflect.DeepEqual(firms, firmsAgain) {
		t.Error("two runs differ")
	}
	if other, _ := People(load(t), Seed+1); reflect.DeepEqual(people, other) {
		t.Error("another seed gives the same people")
	}
	if len(people) != persons || len(firms) != companies {
		t.Errorf("%d persons, %d companies", len(people), len(firms))
	}
}

func TestNoNumberCanBelongToARealPerson(t *testing.T) {
	people, firms := everybody(t)
	phone := regexp.MustCompile(`^1990000\d{4}$`)
	seen := map[string]bool{}
	once := func(s string) {
		if seen[s] {
			t.Errorf("%s is there twice", s)
		}
		seen[s] = true
	}
	for _, p := range people {
		n, err := ref.ParseCitizenNumber(string(p.Number))
		if err != nil || n.Division() != Division || !n.Born().Equal(p.Born) || n.Sex() != p.Sex {
			t.Errorf("%s %s: %v", p.Key, p.Number, err)
		}
		once(p.Key)
		once(p.Name)
		once(string(p.Number))
		once(p.Phone)
		if !phone.MatchString(p.Phone) {
			t.Errorf("%s has the telephone %s", p.Key, p.Phone)
		}
	}
	for _, c := range firms {
		u, err := ref.ParseUSCC(string(c.Number))
		if err != nil || u.Division() != Division || u[0] != '9' {
			t.Errorf("%s %s: %v", c.Key, c.Number, err)
		}
		if _, err := ref.ParseOrgCode(string(u.Org())); err != nil {
			t.Errorf("%s organisation code: %v", c.Key, err)
		}
		once(c.Key)
		once(c.Name)
		once(string(c.Number))
		once(c.Phone)
		if !phone.MatchString(c.Phone) {
			t.Errorf("%s has the telephone %s", c.Key, c.Phone)
		}
	}
}

func TestPeopleAreBelievable(t *testing.T) {
	people, firms := everybody(t)
	byKey, ages := map[string]Person{}, map[int]int{}
	for _, p := range people {
		byKey[p.Key] = p
		ages[p.Age(Today)]++
		if p.Born.After(Today) || p.Age(Today) > 95 || !strings.HasPrefix(p.Address, "广东省佛山市禅城区") {
			t.Errorf("%+v", p)
		}
		if p.CardTo != Forever && (p.CardTo <= p.CardFrom || p.CardTo <= Today.Format(stamp)) {
			t.Errorf("%s has a card from %s to %s", p.Key, p.CardFrom, p.CardTo)
		}
	}
	if ages[15] < 3 || ages[90]+ages[91]+ages[92]+ages[93]+ages[94] < 3 {
		t.Errorf("young and old are missing: %v", ages)
	}
	for _, c := range firms {
		boss := byKey[c.By]
		if boss.Name != c.Representative || boss.Age(Today) < 18 || !c.Founded.Before(Today) || c.Founded.Before(boss.Born.AddDate(16, 0, 0)) {
			t.Errorf("%s is represented by %s, born %s, founded %s", c.Key, boss.Name, boss.Born.Format(time.DateOnly), c.Founded.Format(time.DateOnly))
		}
	}
}

func TestRareNamesAreThere(t *testing.T) {
	people, _ := everybody(t)
	var all strings.Builder
	for _, p := range people {
		all.WriteString(p.Name)
	}
	for _, r := range "𠅤𬭎㛃䶮𡟯\ue863" {
		if !strings.ContainsRune(all.String(), r) {
			t.Errorf("nobody is called %c (%U)", r, r)
		}
	}
}

// TestHeldPapersCanBeReused: a held paper that no item asks for shows nothing.
func TestHeldPapersCanBeReused(t *testing.T) {
	town, asked := load(t), map[string]bool{}
	for _, i := range town.Items {
		asked[i.Result.MaterialKind] = true
		for _, m := range i.Materials {
			asked[m.Kind] = true
		}
	}
	people, firms := People(town, Seed)
	kinds := map[string]int{}
	count := func(held []Held) {
		for _, h := range held {
			kinds[h.Kind]++
			if !asked[h.Kind] || h.Number == "" || h.Issuer == "" || h.From == "" || h.To != "" && h.To <= Today.Format(stamp) {
				t.Errorf("%+v", h)
			}
		}
	}
	for _, p := range people {
		count(p.Held)
	}
	for _, c := range firms {
		count(c.Held)
	}
	for _, want := range []string{"household-register", "disability-certificate", "subsistence-certificate", "premises-proof", "business-licence", "planning-permit", "health-certificate"} {
		if kinds[want] < 3 {
			t.Errorf("%d hold a %s", kinds[want], want)
		}
	}
}
