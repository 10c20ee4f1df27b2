package approver

import (
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/review"
	"yimen/ref"
	"yimen/web/page"
)

// standView is who stands in for whom in an organ, and the form for one more.
type standView struct {
	Table   page.Table
	People  []org.Staff // who can be named
	Chooses bool        // whose stand-in it is, is chosen: by who keeps the organ's affairs
	Who     org.Staff
	Done    page.Notify
	In      *page.Input
	Err     error
}

// mostStands bounds the list: those of today and to come, of one organ.
const mostStands = 200

func (s *Surface) showStand(w http.ResponseWriter, r *http.Request) error {
	return s.standPage(w, r, nil, nil)
}

func (s *Surface) standPage(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	p, who := page.Of(r), officer(r)
	v := standView{Who: who, In: in, Err: wrong, Chooses: who.Has("keeper") || who.Has("admin")}
	var err error
	if v.People, err = s.people(r, who); err != nil {
		return err
	}
	all, err := delegation.StandIns(r.Context(), s.DB, p.Now, who.Organ, mostStands)
	if err != nil {
		return err
	}
	if v.Table, err = s.standTable(r, all); err != nil {
		return err
	}
	if page.Query(r).Has("done") {
		v.Done = page.Notify{Tone: page.Good, Text: p.T("inbox.stand.done")}
	}
	return page.Show(w, r, status(wrong), standPage(p, v))
}

// people are those somebody may name: those of their organ, for an administrator everybody.
func (s *Surface) people(r *http.Request, who org.Staff) ([]org.Staff, error) {
	if who.Has("admin") {
		return org.AllStaff(r.Context(), s.DB, "", 1000)
	}
	return org.Colleagues(r.Context(), s.DB, who.Organ)
}

func (s *Surface) standTable(r *http.Request, all []delegation.StandIn) (page.Table, error) {
	p := page.Of(r)
	t := page.Table{ID: "stands", Caption: p.T("inbox.stand.list"), Empty: page.Nothing{Title: p.T("inbox.stand.none"), Text: p.T("inbox.stand.none.text")},
		Columns: []page.Column{{Text: p.T("inbox.stand.absent"), Main: true}, {Text: p.T("inbox.stand.stand")}, {Text: p.T("inbox.stand.from")}, {Text: p.T("inbox.stand.until")}, {Text: p.T("inbox.stand.end")}}}
	for _, x := range all {
		absent, err := org.GetStaff(r.Context(), s.DB, x.Absent)
		if err != nil {
			return t, err
		}
		stand, err := org.GetStaff(r.Context(), s.DB, x.Stand)
		if err != nil {
			return t, err
		}
		end := page.Words("")
		if review.MayStand(officer(r), x.Absent, x.Organ) {
			end = standEnd(p, x.ID, p.T("inbox.stand.end.of", "absent", absent.Name, "stand", stand.Name))
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(absent.Name), page.Words(stand.Name), page.Words(p.FullDate(calendar.DateOf(x.From))),
			page.Words(p.FullDate(calendar.DateOf(x.Until.Add(-time.Second)))), end}})
	}
	return t, nil
}

// addStand takes both days as whole days.
func (s *Surface) addStand(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	x := review.Standing{By: officer(r), Absent: officer(r).ID, Stand: ref.StaffID(in.Text("stand"))}
	if in.Has("absent") {
		x.Absent = ref.StaffID(in.Text("absent"))
	}
	if d, err := calendar.ParseDate(in.Date("from")); err == nil {
		x.From = d.At(0)
	}
	if d, err := calendar.ParseDate(in.Date("until")); err == nil {
		x.Until = d.End()
	}
	if x.Submit, err = submit(r, in, "POST /approver/stand", x.Digest()); err != nil {
		return err
	}
	if err = s.Board.StandIn(r.Context(), x); err == nil {
		return page.Redirect(w, r, "/approver/stand?done=1")
	}
	if !again(err) || fault.Is(err, fault.Denied) {
		return err
	}
	return s.standPage(w, r, in, err)
}

func (s *Surface) endStand(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	key, err := submit(r, in, "POST /approver/stand/{id}/end", id)
	if err != nil {
		return err
	}
	if err = s.Board.EndStandIn(r.Context(), key, officer(r), id); err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/stand?done=1")
}

func standPath(id string) string { return "/approver/stand/" + url.PathEscape(id) + "/end" }

func (v standView) head(p *page.Page) page.Head {
	return page.Head{Title: p.T("inbox.stand.title"), Lead: p.T("inbox.stand.lead"), Problems: page.Problems(p, v.fields(p), v.Err)}
}

func (v standView) fields(p *page.Page) (out []page.Field) {
	people := func(name, label string) page.Field {
		f := page.Field{Name: name, Label: p.T(label), Kind: page.Select}
		for _, m := range v.People {
			if v.Chooses || m.ID != v.Who.ID {
				f.Options = append(f.Options, page.Option{Value: string(m.ID), Text: p.T("approver.second.one", "name", m.Name, "post", m.Post)})
			}
		}
		return f
	}
	if v.Chooses {
		out = append(out, people("absent", "inbox.stand.absent"))
	}
	out = append(out, people("stand", "inbox.stand.stand"), page.Field{Name: "from", Label: p.T("inbox.stand.from"), Kind: page.Date},
		page.Field{Name: "until", Label: p.T("inbox.stand.until"), Kind: page.Date})
	return page.Refill(p, out, v.In, v.Err)
}
