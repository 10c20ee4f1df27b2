package town

import (
	"fmt"
	"math/rand/v2"
	"time"

	"yimen/ref"
)

// Seed makes the demo's people.
const Seed = 440604

// Today is the day the generated ages, cards and papers are true on.
var Today = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// Forever is the end of a card without one, as the card says it.
const Forever = "长期"

const (
	persons   = 300
	companies = 60
)

// Person is a made-up natural person with what an identity card carries.
type Person struct {
	Key      string // person-001
	Name     string
	Number   ref.CitizenNumber
	Sex      ref.Sex
	Ethnic   ref.Ethnic
	Born     time.Time // a day, UTC
	Domicile string    // 住址 on the card
	Address  string    // where the person lives
	Place    ref.DivisionCode
	Phone    string
	CardFrom string // yyyyMMdd
	CardTo   string // yyyyMMdd or Forever
	Issuer   string
	Held     []Held
}

// Company is a made-up company or individual business.
type Company struct {
	Key            string // company-01
	Name           string
	Number         ref.USCC
	Representative string // the person's name
	By             string // the person's key
	Address        string
	Place          ref.DivisionCode
	Phone          string
	Founded        time.Time // a day, UTC
	Scope          string
	Held           []Held
}

// Held is a paper or licence the party got earlier, ready for reuse; Kind is the key of
// reuse (MaterialSpec.Kind). Days are yyyyMMdd; To is empty when it does not end.
type Held struct {
	Kind, Name, Number, Issuer, From, To string
}

// Age is the person's full years on the day.
func (p Person) Age(on time.Time) int { return p.Number.Age(on) }

// maker keeps the generator's state: one random source and what has been used.
type maker struct {
	town   *Town
	rnd    *rand.Rand
	used   map[string]bool
	phones int
}

// People makes 300 persons and 60 companies; the same town and seed give the same people.
func People(t *Town, seed uint64) ([]Person, []Company) {
	m := &maker{town: t, rnd: rand.New(rand.NewPCG(seed, 0x59696d656e)), used: map[string]bool{}}
	for _, s := range t.Staff {
		m.used[s.Name] = true // nobody at the counter has a double in front of it
	}
	people := make([]Person, 0, persons)
	for i := range persons {
		people = append(people, m.person(i))
	}
	firms := make([]Company, 0, companies)
	for i := range companies {
		firms = append(firms, m.company(i, people))
	}
	return people, firms
}

// person makes the i-th person: the first few are who the walk-through needs.
func (m *maker) person(i int) Person {
	p := Person{Key: fmt.Sprintf("person-%03d", i+1), Born: m.born(i), Ethnic: ref.EthnicHan}
	p.Number = m.citizen(p.Born)
	p.Sex = p.Number.Sex()
	p.Name = m.name(p.Sex)
	if i >= rareFrom && i < rareFrom+len(rareNames) {
		p.Name = rareNames[i-rareFrom]
	}
	if m.rnd.IntN(12) == 0 {
		p.Ethnic = m.ethnic("08", "13", "06", "03", "15", "11")
	}
	point := m.town.Org.Points[m.rnd.IntN(len(m.town.Org.Points))]
	p.Place, p.Address = point.Code, m.home(point)
	p.Domicile = p.Address
	if m.rnd.IntN(5) == 0 {
		p.Domicile = m.home(m.town.Org.Points[m.rnd.IntN(len(m.town.Org.Points))])
	}
	p.Phone, p.Issuer = m.phone(), "佛山市公安局禅城分局"
	p.CardFrom, p.CardTo = m.card(p)
	p.Held = m.holds(i, p)
	return p
}

// Places of the persons whose names are hard for computers.
const rareFrom = 20

// rareNames: Extension B and later, characters that fonts and old tables lack, a level-3
// character of GB 18030, and U+E863, the private-use code under which older card readers
// hand over 䶮.
var rareNames = []string{"陈𠅤禾", "李樨𬭎", "黄㛃汀", "梁䶮昀", "何𡟯桠", "罗\ue863澍", "区㙍浔", "冼𪸩"}

// born spreads the ages; fixed ones come first so that some are 15 and some are 90.
func (m *maker) born(i int) time.Time {
	years := 18 + m.rnd.IntN(62)
	switch {
	case i == 0:
		years = 34
	case i == 1:
		years = 58
	case i >= 5 && i < 9:
		years = 15
	case i >= 9 && i < 13:
		years = 90 + m.rnd.IntN(5)
	case i >= 13 && i < 16:
		years = 1 + m.rnd.IntN(10)
	}
	return Today.AddDate(-years, 0, -1-m.rnd.IntN(360))
}

func (m *maker) citizen(born time.Time) ref.CitizenNumber {
	for {
		n, err := ref.ComposeCitizenNumber(Division, born, m.rnd.IntN(1000))
		if err != nil {
			panic(err) // the division and the dates are ours
		}
		if !m.used[string(n)] {
			m.used[string(n)] = true
			return n
		}
	}
}

func (m *maker) name(s ref.Sex) string {
	given := givenMale
	if s == ref.SexFemale {
		given = givenFemale
	}
	for {
		name := m.one(surnames) + m.one(given)
		if m.rnd.IntN(5) > 0 {
			name += m.one(given)
		}
		if !m.used[name] {
			m.used[name] = true
			return name
		}
	}
}

func (m *maker) one(from []rune) string               { return string(from[m.rnd.IntN(len(from))]) }
func (m *maker) ethnic(from ...ref.Ethnic) ref.Ethnic { return from[m.rnd.IntN(len(from))] }

// home is an address in a real community on a road that is not there.
func (m *maker) home(p Point) string {
	return fmt.Sprintf("广东省佛山市禅城区%s%s%s%d号%d座%d%02d房", m.townName(p.Town), p.Place, roads[m.rnd.IntN(len(roads))],
		1+m.rnd.IntN(180), 1+m.rnd.IntN(9), 1+m.rnd.IntN(18), 1+m.rnd.IntN(8))
}

func (m *maker) townName(code ref.DivisionCode) string {
	for _, t := range m.town.Org.District.Towns {
		if t.Code == code {
			return t.Name
		}
	}
	return ""
}

// phone gives the next number of 1990000xxxx, which no operator has given out.
func (m *maker) phone() string {
	m.phones++
	return fmt.Sprintf("1990000%04d", m.phones)
}

// card is the validity by age at issue: under 16 five years, to 25 ten, to 45 twenty, then
// without end (居民身份证法 5).
func (m *maker) card(p Person) (from, to string) {
	back := min(m.rnd.IntN(4), p.Age(Today))
	issued := Today.AddDate(-back, 0, -m.rnd.IntN(200))
	if issued.Before(p.Born) {
		issued = p.Born.AddDate(0, 0, 1)
	}
	years := 20
	switch age := p.Age(issued); {
	case age < 16:
		years = 5
	case age < 26:
		years = 10
	case age > 45:
		return issued.Format(stamp), Forever
	}
	return issued.Format(stamp), issued.AddDate(years, 0, 0).Format(stamp)
}

const stamp = "20060102"

// before is a day up to so many days before Today.
func (m *maker) before(days int) time.Time { return Today.AddDate(0, 0, -1-m.rnd.IntN(days)) }

// holds gives every person card and household register, and some what they got earlier.
func (m *maker) holds(i int, p Person) []Held {
	held := []Held{{Kind: "household-register", Name: "户口簿", Number: fmt.Sprintf("4499010%05d", i+1), Issuer: p.Issuer, From: p.Born.AddDate(0, 1, 0).Format(stamp)}}
	held = append(held, idCard(p))
	from := m.before(900)
	paper := func(kind, name, issuer string, years int) {
		number := fmt.Sprintf("演%s%03d", from.Format("0601"), i+1)
		held = append(held, Held{kind, name, number, issuer, from.Format(stamp), from.AddDate(years, 0, 0).Format(stamp)})
	}
	if i == 1 || i%17 == 3 { // the number of a 残疾人证 is the holder's, kind and grade
		number := fmt.Sprintf("%s%d%d", p.Number, 1+m.rnd.IntN(7), 1+m.rnd.IntN(4))
		held = append(held, Held{"disability-certificate", "残疾人证", number, "佛山市禅城区残疾人联合会", from.Format(stamp), from.AddDate(10, 0, 0).Format(stamp)})
	}
	if i == 0 || i%11 == 4 && p.Age(Today) >= 18 {
		paper("premises-proof", "房屋租赁合同", "出租人", 5)
	}
	if i == 2 || i%23 == 5 {
		paper("subsistence-certificate", "最低生活保障证", "佛山市禅城区民政局", 3)
	}
	if i == 3 || i%13 == 6 && p.Age(Today) >= 22 {
		paper("education-certificate", "毕业证书", "毕业学校", 60)
	}
	return held
}

// idCard is the card as a paper that is read, never copied.
func idCard(p Person) Held {
	h := Held{Kind: "id-card", Name: "居民身份证", Number: string(p.Number), Issuer: p.Issuer, From: p.CardFrom, To: p.CardTo}
	if h.To == Forever {
		h.To = ""
	}
	return h
}

// company makes the i-th company; the first ones are who the walk-through needs.
func (m *maker) company(i int, people []Person) Company {
	trade := trades[i%len(trades)]
	boss := people[m.boss(people)]
	point := m.town.Org.Points[m.rnd.IntN(len(m.town.Org.Points))]
	c := Company{Key: fmt.Sprintf("company-%02d", i+1), Representative: boss.Name, By: boss.Key, Place: point.Code, Phone: m.phone(), Scope: trade.scope}
	c.Name = "佛山市禅城区" + m.brand() + trade.name
	c.Number = m.uscc(trade.kind)
	c.Address = fmt.Sprintf("广东省佛山市禅城区%s%s%s%d号首层%d铺", m.townName(point.Town), point.Place, roads[m.rnd.IntN(len(roads))], 1+m.rnd.IntN(300), 1+m.rnd.IntN(30))
	c.Founded = m.before(5000).AddDate(0, -2, 0)
	c.Held = m.papers(i, c, trade) // its representative's own card is theirs
	return c
}

// boss picks a person old enough to represent a company and not too old.
func (m *maker) boss(people []Person) int {
	for {
		n := m.rnd.IntN(len(people))
		if age := people[n].Age(Today); age >= 24 && age <= 66 {
			return n
		}
	}
}

func (m *maker) brand() string {
	for {
		b := m.one(brandFirst) + m.one(brandSecond)
		if !m.used[b] {
			m.used[b] = true
			return b
		}
	}
}

// uscc makes a code registered by the market authority (9): 1 company, 2 individual business.
func (m *maker) uscc(kind byte) ref.USCC {
	for {
		org, err := ref.ComposeOrgCode(fmt.Sprintf("%08d", 80000000+m.rnd.IntN(9999999)))
		if err != nil {
			panic(err) // eight digits are always a body
		}
		code, err := ref.ComposeUSCC('9', kind, Division, org)
		if err == nil && !m.used[string(code)] {
			m.used[string(code)] = true
			return code
		}
	}
}

func (m *maker) papers(i int, c Company, t trade) []Held {
	held := []Held{{Kind: "business-licence", Name: "营业执照", Number: string(c.Number), Issuer: "佛山市禅城区市场监督管理局", From: c.Founded.Format(stamp)}}
	from := m.before(700)
	for _, kind := range t.held {
		if i >= len(trades) && m.rnd.IntN(2) == 0 {
			continue // later companies hold less
		}
		h := kind
		h.Number = fmt.Sprintf("演%s%03d", from.Format("0601"), 500+i)
		h.From, h.To = from.Format(stamp), from.AddDate(4, 0, 0).Format(stamp)
		held = append(held, h)
	}
	return held
}
