package town

import (
	"fmt"
	"slices"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/powerlist"
	"yimen/ref"
)

// staffed: every step can be done by the people there are, and nobody has to be acceptor,
// reviewer and decider of one case (审核分离).
func (c *checker) staffed(i catalog.Item) {
	if i.ProjectType == ref.ProjectInstant {
		c.want(len(c.who("decide_on_spot", i.Organ, i.ID)) > 0, "organ", "no representative may decide on the spot")
		c.want(len(c.who("seal", i.Organ, i.ID)) > 0, "organ", "nobody may use the seal")
	}
	acceptors := c.who("accept", i.Organ, i.ID)
	clerks := slices.ContainsFunc(acceptors, func(s Staff) bool { return s.Is("clerk") })
	c.want(i.Accept != catalog.AcceptAtWindow || clerks, "accept", "no clerk is authorised to accept")
	c.want(i.Accept != catalog.AcceptByOrgan || len(acceptors) > 0, "accept", "nobody accepts for the organ")
	c.want(i.Accept != catalog.AcceptByOrgan || !clerks, "accept", "clerks may accept what the organ keeps to itself")
	for n, s := range i.Plan.Steps {
		at := fmt.Sprintf("plan.steps[%d]", n)
		for _, organ := range c.organs(s.Organ) {
			able := c.who(s.Kind, organ, i.ID)
			c.want(len(able) >= s.Officers, at, "%s has %d of %d people for it", organ, len(able), s.Officers)
			if s.Kind == "decide" {
				able = slices.DeleteFunc(able, func(p Staff) bool {
					return p.Can("review", organ, i.ID) || p.Can("accept", organ, i.ID)
				})
				c.want(len(able) > 0, at, "%s has nobody who only decides", organ)
				c.want(len(c.who("seal", organ, i.ID)) > 0, at, "%s has nobody for the seal", organ)
			}
		}
	}
}

// organs is the organ itself, or all street offices.
func (c *checker) organs(id ref.OrganID) []ref.OrganID {
	if id != Street {
		return []ref.OrganID{id}
	}
	var out []ref.OrganID
	for _, p := range c.town.Org.District.Towns {
		out = append(out, p.Organ)
	}
	return out
}

// able finds who may do a kind of act for an organ's item, in the order of the staff.
type able map[act][]Staff

// act is one kind of act for one organ's item, "*" for all of them.
type act struct {
	kind  string
	organ ref.OrganID
	item  ref.ItemID
}

func (t *Town) able() able {
	out := able{}
	for _, s := range t.Staff {
		for _, g := range s.Grants {
			for _, i := range g.Items {
				k := act{g.Kind, g.Organ, i}
				out[k] = append(out[k], s)
			}
		}
	}
	return out
}

func (c *checker) who(kind string, organ ref.OrganID, item ref.ItemID) []Staff {
	var out []Staff
	for _, k := range []act{{kind, organ, item}, {kind, organ, "*"}, {kind, "*", item}, {kind, "*", "*"}} {
		out = append(out, c.able[k]...)
	}
	return out
}

func (c *checker) org() {
	o := c.town.Org
	halls, organs := map[ref.HallID]bool{}, map[ref.OrganID]bool{}
	codes := map[ref.USCC]bool{}
	for n, g := range o.Organs {
		at := fmt.Sprintf("organs[%d]", n)
		code, err := ref.ParseUSCC(string(g.USCC))
		c.want(err == nil && code.Division() == Division, at+".uscc", "not a code of division %s: %v", Division, err)
		c.want(!organs[g.ID] && !codes[g.USCC], at, "there twice")
		c.want(g.Name != "" && g.Short != "" && g.Doc != "", at, "name, short name and document word must be written")
		c.want(landline.MatchString(g.Phone), at+".phone", "not 0757-0000 and four digits")
		organs[g.ID], codes[g.USCC] = true, true
	}
	for n, p := range o.District.Towns {
		_, err := ref.ParseDivision(string(p.Code))
		c.want(err == nil && organs[p.Organ], fmt.Sprintf("district.towns[%d]", n), "unknown code or organ")
	}
	for n, h := range o.Halls {
		c.want(len(h.ID) == 14 && strings.HasPrefix(string(h.ID), string(h.Town[:9])), fmt.Sprintf("halls[%d].id", n), "not the town's nine digits and five more")
		halls[h.ID] = true
	}
	c.counters(halls)
}

func (c *checker) counters(halls map[ref.HallID]bool) {
	seen, places := map[string]bool{}, map[ref.DivisionCode]bool{}
	for n, w := range c.town.Org.Windows {
		key := fmt.Sprint(w.Hall, w.Number)
		c.want(halls[w.Hall] && !seen[key] && !seen[string(w.ID)], fmt.Sprintf("windows[%d]", n), "unknown hall, or there twice")
		seen[key], seen[string(w.ID)] = true, true
	}
	for n, p := range c.town.Org.Points {
		_, err := ref.ParseDivision(string(p.Code))
		ok := err == nil && halls[p.Hall] && !places[p.Code] && p.Town.Contains(p.Code)
		c.want(ok, fmt.Sprintf("points[%d]", n), "unknown hall, wrong code, or there twice")
		places[p.Code] = true
	}
}

var grantKinds = []string{"receive", "accept", "decide_on_spot", "review", "opinion", "decide", "seal", "head"}
var roles = []string{"clerk", "approver", "representative", "supervisor", "keeper", "standards", "rules", "admin"}

func (c *checker) staff() {
	seen := map[string]bool{}
	for n, s := range c.town.Staff {
		at := fmt.Sprintf("staff[%d]", n)
		c.want(accountWord(s.Account) && !seen[s.Account] && !seen[string(s.ID)], at+".account", "not a plain word, or there twice")
		seen[s.Account], seen[string(s.ID)] = true, true
		_, known := c.town.Organ(s.Organ)
		c.want(known || s.Organ == "" && s.Is("clerk"), at+".organ", "unknown organ %q", s.Organ)
		hall := slices.ContainsFunc(c.town.Org.Halls, func(h Hall) bool { return h.ID == s.Hall })
		window := slices.ContainsFunc(c.town.Org.Windows, func(w Window) bool { return w.ID == s.Window && w.Hall == s.Hall })
		c.want(!s.Is("clerk") || hall && window, at+".hall", "a clerk sits at a window of a hall")
		for k, g := range s.Grants {
			c.grant(fmt.Sprintf("%s.grants[%d]", at, k), s, g)
		}
		for _, r := range s.Roles {
			c.want(slices.Contains(roles, r), at+".roles", "unknown role %q", r)
		}
	}
}

// grant: deciding on the spot is for the organ's own people (首席代表), never for a clerk.
func (c *checker) grant(at string, s Staff, g Grant) {
	_, known := c.town.Organ(g.Organ)
	c.want(known || g.Organ == "*" && g.Kind == "receive", at+".organ", "unknown organ %q", g.Organ)
	c.want(slices.Contains(grantKinds, g.Kind), at+".kind", "unknown kind %q", g.Kind)
	own := s.Organ == g.Organ && s.Is("representative")
	c.want(g.Kind != "decide_on_spot" || own, at, "only the organ's own representative decides on the spot")
	c.want(!s.Is("clerk") || g.Kind == "receive" || g.Kind == "accept", at, "a clerk takes in and accepts, nothing more")
	for _, id := range g.Items {
		_, known := c.town.Item(id)
		c.want(known || id == "*", at+".items", "unknown item %q", id)
		c.givable(at, s, g, id)
	}
}

// givable: what an organ gives out of its hands stands in its entry of the power list. Taking in and accepting by its own
// people is nothing given out, nor is a street's accepting by law, in its own name.
func (c *checker) givable(at string, s Staff, g Grant, id ref.ItemID) {
	it, known := c.town.Item(id)
	if o, _ := c.town.Organ(s.Organ); g.Kind == powerlist.Accept && o.Kind == "street" {
		return
	}
	if s.Organ == g.Organ && (g.Kind == powerlist.Receive || g.Kind == powerlist.Accept) {
		return
	}
	if !known || it.Organ != g.Organ || !slices.Contains(powerlist.Acts, g.Kind) {
		return
	}
	n := slices.IndexFunc(c.town.Powers, func(p Power) bool { return powerlist.Covers(p.Code, it.CatalogCode()) && p.Organ == it.Organ })
	c.want(n >= 0 && slices.Contains(c.town.Powers[n].Delegable, g.Kind), at, "the power list lets %s of %s not be delegated", g.Kind, id)
}

func accountWord(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
