package ref

import (
	"errors"
	"testing"
)

func TestUSCC(t *testing.T) {
	check(t, ParseUSCC, []row{
		{in: "12441500196720244T", want: "12441500196720244T"},
		{in: "11430000006122244L", want: "11430000006122244L"},
		{in: "11 330105 002500287 c", want: "11330105002500287C"},
		{in: "113700000045030270", want: "113700000045030270"},
		{in: "11440100007483172Q", want: "11440100007483172Q"},
		{in: "11440000006939801M", err: ErrCheck},
		{in: "11440000006939801C", want: "11440000006939801C"},
		{in: "1144000000693980IC", err: ErrCharacter},
		{in: "1144A000006939801C", err: ErrDivision},
		{in: "1144000000693980", err: ErrLength},
		{in: "", err: ErrEmpty},
	})
	u := USCC("12441500196720244T")
	if u.Org() != "196720244" || u.Division() != "441500" || u.Masked() != "**************244T" {
		t.Errorf("parts: %q %q %q", u.Org(), u.Division(), u.Masked())
	}
}

func TestOrgCode(t *testing.T) {
	check(t, ParseOrgCode, []row{
		{in: "19672024-4", want: "196720244"},
		{in: "006122244", want: "006122244"},
		{in: "002500287", want: "002500287"},
		{in: "004503027", want: "004503027"},
		{in: "004503028", err: ErrCheck},
		{in: "00450302", err: ErrLength},
		{in: "00450302*", err: ErrCharacter},
	})
	if got := OrgCode("196720244").Format(); got != "19672024-4" {
		t.Errorf("format %q", got)
	}
}

func TestComposeUSCC(t *testing.T) {
	org, err := ComposeOrgCode("19672024")
	if err != nil {
		t.Fatal(err)
	}
	if u, err := ComposeUSCC('1', '2', "441500", org); u != "12441500196720244T" || err != nil {
		t.Errorf("got %q, %v", u, err)
	}
	if _, err := ComposeUSCC('I', '2', "441500", org); !errors.Is(err, ErrCharacter) {
		t.Errorf("body I: %v", err)
	}
	if _, err := ComposeOrgCode("1967"); !errors.Is(err, ErrLength) {
		t.Errorf("short body: %v", err)
	}
}

func TestDivision(t *testing.T) {
	check(t, ParseDivision, []row{
		{in: "440604", want: "440604"},
		{in: "440604000000", want: "440604"},
		{in: "440604010000", want: "440604010"},
		{in: "440604100217", want: "440604100217"},
		{in: "441900003000", want: "441900003"}, // 东莞: a town right under the city
		{in: "000000", want: "000000"},
		{in: "440604000217", err: ErrDivision},
		{in: "440004", err: ErrDivision},
		{in: "040604", err: ErrDivision},
		{in: "44060", err: ErrLength},
		{in: "44060x", err: ErrCharacter},
	})
}

func TestDivisionTree(t *testing.T) {
	for _, r := range []struct {
		code, parent DivisionCode
		level        Level
		key          string
	}{
		{"440604010018", "440604010", LevelVillage, "community"},
		{"440604010200", "440604010", LevelVillage, "village"},
		{"440604010", "440604", LevelTown, "street"},
		{"440604100000", "440604", LevelTown, "town"},
		{"440604", "440600", LevelCounty, "county"},
		{"440600", "440000", LevelCity, "city"},
		{"440000", "000000", LevelProvince, "province"},
		{"000000", "", LevelNation, "nation"},
		{"44", "", 0, "nation"},
	} {
		parent, _ := r.code.Parent()
		if parent != r.parent || r.code.Level() != r.level || r.code.Key() != "ref.division."+r.key {
			t.Errorf("%s: parent %q level %d key %s", r.code, parent, r.code.Level(), r.code.Key())
		}
	}
	village := DivisionCode("440604010018")
	if got := village.Parents(); len(got) != 4 || got[3] != "440000" || village.County() != "440604" {
		t.Errorf("parents %v", got)
	}
	for _, up := range append(village.Parents(), village, "000000", "440604010000") {
		if !up.Contains(village) {
			t.Errorf("%s does not contain %s", up, village)
		}
	}
	if DivisionCode("440604011").Contains(village) || village.Contains("440604") || DivisionCode("").Contains(village) {
		t.Error("contains too much")
	}
}

func TestCodeLists(t *testing.T) {
	if n := len(Ethnics()); n != 59 || Ethnics()[45] != "46" || !Ethnic("98").Known() || Ethnic("58").Known() {
		t.Errorf("%d ethnic codes", n)
	}
	if TaskType("21").Known() || !TaskPublicService.OnApplication() || TaskPenalty.OnApplication() {
		t.Error("task types")
	}
	if Level(7).Known() || Level(0).Known() || LevelTown.Key() != "ref.level.5" {
		t.Error("levels")
	}
	if AudienceNatural.Party() != PartyNatural || AudienceGovernment.Party() != PartyLegal {
		t.Error("audience and party")
	}
	seen := map[string]bool{}
	for _, k := range Keys() {
		if seen[k] {
			t.Errorf("key %s twice", k)
		}
		seen[k] = true
	}
}

func FuzzOrgan(f *testing.F) {
	for _, s := range []string{"12441500196720244T", "19672024-4", "440604100217", "\xff\xfe", "440604"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if u, err := ParseUSCC(s); err == nil {
			same(t, u, u.Format(), ParseUSCC)
		}
		if o, err := ParseOrgCode(s); err == nil {
			same(t, o, o.Format(), ParseOrgCode)
		}
		if d, err := ParseDivision(s); err == nil {
			same(t, d, d.Full(), ParseDivision)
			if p, ok := d.Parent(); ok && (!p.Contains(d) || p.Level() >= d.Level()) {
				t.Errorf("%s is not above %s", p, d)
			}
		}
		d := DivisionCode(s)
		_ = d.Parents()
		_ = d.Contains(d)
		_ = d.Key()
		_ = d.County()
	})
}
