package after

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/archive"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/process/disclose"
	"yimen/ref"
	"yimen/web/page"
)

// archivists keep the archive: there is no role of its own yet.
var archivists = []page.Role{page.Admin, page.Supervisor}

func (s *Surface) archiveRoutes() []page.Route {
	return []page.Route{
		{Method: "GET", Pattern: "/archive", Roles: archivists, Handler: s.archive, Title: "after.archive"},
		{Method: "GET", Pattern: "/archive/{id}", Roles: archivists, Handler: s.showPackage, Title: "after.archive.one"},
		{Method: "POST", Pattern: "/archive/{id}/verify", Roles: archivists, Handler: s.verifyPackage, Title: "after.archive.verify"},
		{Method: "POST", Pattern: "/archive/{id}/fetch", Roles: archivists, Handler: s.fetchPackage, Title: "after.archive.fetch"},
	}
}

func sortedOrgans(organs map[ref.OrganID]org.Organ) (out []ref.OrganID) {
	for id := range organs {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b ref.OrganID) int { return strings.Compare(organs[a].Name, organs[b].Name) })
	return out
}

// archive lists the packages, latest first; what could not be archived is open work and is counted.
func (s *Surface) archive(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	before, id, err := place(q, far)
	if err != nil {
		return err
	}
	typed := q.Text("q")
	f := archive.Filter{Failed: q.Text("show") == "failed"}
	number, bad := ref.ParseShortNumber(typed)
	var rows []archive.Package
	if f.Number = number; typed == "" || bad == nil {
		if rows, err = archive.List(r.Context(), s.DB, f, before, id, size+1); err != nil {
			return err
		}
	}
	failed, err := archive.CountFailed(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "archive", Caption: p.T("after.archive"), Filtered: typed != "", Filter: []page.Field{{Name: "q", Label: p.T("after.deliveries.find"), Hint: p.T("after.deliveries.find.hint"), Value: typed, Auto: "off"}},
		Empty: page.Nothing{Title: p.T("after.archive.none")}, Columns: columns(p, "after.archive.number", "after.column.case", "after.column.item", "after.archive.part", "after.archive.keep", "after.column.state")}
	for _, x := range paged(p, &t, rows, func(x archive.Package) (time.Time, string) { return x.MadeAt, string(x.ID) }) {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Number, Href: "/archive/" + string(x.ID)}), page.Words(x.CaseNumber.Format()), page.Words(x.ItemName), page.Words(p.T("after.archive.nth", "n", x.Part)),
			page.Words(keepWords(p, x)), packageState(p, x)}})
	}
	which := links([]page.Link{{Text: p.T("after.archive.all"), Href: "/archive"}, {Text: p.T("after.archive.open", "n", failed), Href: "/archive?show=failed"}})
	return page.Show(w, r, http.StatusOK, desk(p, page.Head{Title: p.T("after.archive"), Lead: p.T("after.archive.lead")}, which, page.List(p, t)))
}

func keepWords(p *page.Page, x archive.Package) string {
	if x.KeepUntil.IsZero() {
		return p.T("after.archive.for_ever")
	}
	return p.T("after.archive.until", "years", x.Keep, "day", p.FullDate(calendar.DateOf(x.KeepUntil)))
}

func packageState(p *page.Page, x archive.Package) templ.Component {
	if x.State == archive.Failed {
		return tagged(page.Danger, p.T("after.archive.state.failed"), p.T(x.Why))
	}
	return page.Tag(page.Good, p.T("after.archive.state.made"))
}

func (s *Surface) showPackage(w http.ResponseWriter, r *http.Request) error {
	return s.packagePage(w, r, nil)
}

// packageOf reads a package after noting the look.
func (s *Surface) packageOf(r *http.Request) (archive.Package, error) {
	x, err := archive.Get(r.Context(), s.DB, ref.ArchiveID(r.PathValue("id")))
	if err != nil {
		return x, err
	}
	return x, s.Gate.Look(r.Context(), disclose.Look{By: staff(r), Party: x.Party, Case: x.Case, Purpose: disclose.ForOversight})
}

func (s *Surface) packagePage(w http.ResponseWriter, r *http.Request, checked []page.Row) error {
	x, err := s.packageOf(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	rows := []page.Row{{Label: p.T("after.archive.number"), Value: x.Number}, {Label: p.T("after.column.case"), Part: page.Fours(string(x.CaseNumber))}, {Label: p.T("after.column.item"), Value: x.ItemName}, {Label: p.T("after.archive.part"), Value: p.T("after.archive.nth", "n", x.Part)},
		{Label: p.T("after.archive.keep"), Value: keepWords(p, x)}, {Label: p.T("after.column.state"), Part: packageState(p, x)}, {Label: p.T("after.archive.made"), Value: p.Stamp(x.MadeAt)},
		{Label: p.T("after.archive.files"), Value: p.T("after.archive.count", "n", x.Files, "kb", (x.Size+1023)/1024)}, {Label: p.T("after.archive.digest"), Value: x.Digest}}
	parts := []templ.Component{page.Summary(p, rows)}
	if len(checked) > 0 {
		parts = append(parts, card(p.T("after.archive.checked"), page.Summary(p, checked)))
	}
	if x.State == archive.Made {
		for _, do := range []string{"verify", "fetch"} {
			parts = append(parts, ask(p, form{To: "/archive/" + string(x.ID) + "/" + do, Label: p.T("after.archive." + do), Acts: []page.Act{{Text: p.T("after.archive." + do), Look: page.Second}}}))
		}
	}
	return page.Show(w, r, http.StatusOK, desk(p, page.Head{Title: p.T("after.archive.one"), Back: page.Link{Text: p.T("after.archive"), Href: "/archive"}}, parts...))
}

// verifyPackage holds a package against its manifest and the manifest against its signature. Repeatable: nothing changes but
// that the look is noted.
func (s *Surface) verifyPackage(w http.ResponseWriter, r *http.Request) error {
	x, err := s.packageOf(r)
	if err != nil {
		return err
	}
	_, body, err := s.Hand.Fetch(r.Context(), staff(r), x.ID)
	if err != nil {
		return err
	}
	report, err := archive.Check(body, s.Roots)
	if err != nil {
		return err
	}
	p := page.Of(r)
	yes := func(good bool) templ.Component {
		if good {
			return page.Tag(page.Good, p.T("after.yes"))
		}
		return page.Tag(page.Danger, p.T("after.no"))
	}
	rows := []page.Row{{Label: p.T("after.archive.whole"), Part: yes(len(report.Wrong) == 0), Note: strings.Join(report.Wrong, "; ")}, {Label: p.T("after.archive.signed"), Part: yes(report.Signature.Intact)},
		{Label: p.T("after.archive.trusted"), Part: yes(report.Signature.Trusted)}, {Label: p.T("after.archive.same"), Part: yes(report.Manifest.Number == x.Number && report.Manifest.Part == x.Part)}}
	return s.packagePage(w, r, rows)
}

// fetchPackage gives the ZIP; who took it is in the audit. Repeatable by nature.
func (s *Surface) fetchPackage(w http.ResponseWriter, r *http.Request) error {
	x, err := s.packageOf(r)
	if err != nil {
		return err
	}
	_, body, err := s.Hand.Fetch(r.Context(), staff(r), x.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+string(x.CaseNumber)+`.zip"`)
	_, err = w.Write(body)
	return err
}
