package approver

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/ref"
	"yimen/view/workbench"
	"yimen/web/page"
)

// kinds of task in the order of a case's life.
var kinds = []string{approval.Precheck, approval.Accept, approval.End, approval.Opinion, approval.Review, approval.Decide}

// every is the filter's choice of all kinds.
const every = "all"

// inboxView is the list and what has just happened.
type inboxView struct {
	Table page.Table
	Box   workbench.Box
	Tick  bool        // rows can be ticked, to be decided together; the list then does not move by itself
	Done  page.Notify // zero: nothing
}

// boxes are the inbox's parts in the order of its tabs.
var boxes = []workbench.Box{workbench.Mine, workbench.Group, workbench.Others}

func (s *Surface) inbox(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	kind := q.Text("kind")
	if !slices.Contains(kinds, kind) {
		kind = "" // every kind
	}
	box, after := workbench.Box(q.Text("box")), workbench.Key(q.Text("after"))
	asked := slices.Contains(boxes, box)
	if !asked {
		box = workbench.Mine
	}
	rows, next, err := s.Work.Inbox(r.Context(), officer(r), grants(kind), box, after)
	if err == nil && !asked && len(rows) == 0 { // nothing of their own: then what waits for anybody
		box = workbench.Group
		rows, next, err = s.Work.Inbox(r.Context(), officer(r), grants(kind), box, after)
	}
	if err != nil {
		return err
	}
	v := inboxView{Box: box, Tick: q.Has("tick") && box != workbench.Others}
	v.Table = s.table(p, officer(r), kind, v, rows)
	v.Table.Next, v.Table.First = page.NextPage(p, string(next)), page.FirstPage(p)
	if v.Done, err = s.said(r); err != nil {
		return err
	}
	if v.Done.Title == "" && v.Done.Text == "" {
		v.Done = gone(p, q.Text("gave"))
	}
	return page.Show(w, r, http.StatusOK, inboxPage(p, v))
}

// tab is one of the inbox's parts.
func (v inboxView) tab(box workbench.Box) string {
	at := "/approver?box=" + string(box)
	if v.Tick && box != workbench.Others {
		at += "&tick=1"
	}
	return at
}

// acts lead on from the list.
func (v inboxView) acts(p *page.Page) (out []page.Act) {
	if len(v.Table.Lines) > 0 {
		out = append(out, page.Act{Text: p.T("approver.first"), Href: "/approver/next", Look: page.Main, Key: "N"})
		if v.Box != workbench.Others {
			out = append(out, page.Act{Text: p.T("inbox.tick.begin"), Href: "/approver?tick=1&box=" + string(v.Box), Key: "B"})
		}
	}
	return append(out, page.Act{Text: p.T("notice.list.title"), Href: "/approver/messages"}, page.Act{Text: p.T("motion.list"), Href: "/approver/motions"}, page.Act{Text: p.T("inbox.stand.title"), Href: "/approver/stand"})
}

// cell is an inbox's task, whether a departure that waits on it is the officer's own, and what is said of who holds it.
type cell struct {
	workbench.Row
	own  bool
	held string
}

func (s *Surface) table(p *page.Page, who org.Staff, kind string, v inboxView, rows []workbench.Row) page.Table {
	options := []page.Option{{Value: every, Text: p.T("approver.filter.every")}}
	for _, k := range kinds {
		options = append(options, page.Option{Value: k, Text: p.T("case.task." + k)})
	}
	t := page.Table{ID: "inbox", Caption: p.T("inbox.caption." + string(v.Box)), Live: !v.Tick, Topic: streamName, Filtered: kind != "",
		Filter: []page.Field{{Name: "box", Kind: page.Hidden, Value: string(v.Box)}, {Name: "kind", Label: p.T("approver.filter.kind"), Kind: page.Select, Options: options, Value: cmp.Or(kind, every)}},
		Empty:  page.Nothing{Title: p.T("approver.inbox.none"), Text: p.T("approver.inbox.none.text")},
		Columns: []page.Column{{Text: p.T("approver.column.left")}, {Text: p.T("approver.column.task"), Main: true}, {Text: p.T("approver.column.item")},
			{Text: p.T("approver.column.party")}, {Text: p.T("approver.column.number")}, {Text: p.T("approver.column.since")}}}
	if v.Tick {
		t.Topic = ""
		t.Filter = append(t.Filter, page.Field{Name: "tick", Kind: page.Hidden, Value: "1"})
		t.Columns = append([]page.Column{{Text: p.T("inbox.tick")}}, t.Columns...)
	}
	for i, row := range rows {
		left := s.left(p, row.Made, row.Due)
		link := page.Link{Text: taskName(p, row.Kind, row.Step), Href: taskPath(row.Task)}
		if i < 9 {
			link.Key = strconv.Itoa(i + 1)
		}
		line := page.Line{Tone: left.tone, Cells: []templ.Component{
			leftCell(left), taskCell(p, link, cell{row, row.Waits == who.ID, s.whose(p, row, who)}), page.Words(row.Item), page.Words(row.Party), numberCell(row.Number), page.Words(p.When(row.Made))}}
		if v.Tick {
			line.Cells = append([]templ.Component{tickCell(p.T("inbox.tick.one", "name", row.Party, "number", string(row.Number)), string(row.Task))}, line.Cells...)
		}
		t.Lines = append(t.Lines, line)
	}
	return t
}

// whose says in a few words why a task is in the list.
func (s *Surface) whose(p *page.Page, row workbench.Row, who org.Staff) string {
	switch row.Why.How {
	case workbench.Claimed, workbench.Handed, workbench.Stands:
		return p.T("inbox.whose."+row.Why.How, "name", row.Why.Name)
	}
	switch {
	case row.Holder == "" && row.Why.Grant != "":
		return p.T("inbox.whose.grant", "organ", row.Organ, "grant", p.T("approver.grant."+string(row.Why.Grant)))
	case row.Holder == "":
		return ""
	case s.Board.Stale(approval.Task{Holder: row.Holder, HeldAt: row.Held}):
		return p.T("inbox.whose.stale", "name", row.Holds)
	}
	return p.T("inbox.held.by", "name", row.Holds)
}

// said tells what has just been done, from the task the address names; a task of others says nothing.
func (s *Surface) said(r *http.Request) (page.Notify, error) {
	p, q := page.Of(r), page.Query(r)
	if q.Has("none") {
		return page.Notify{Tone: page.Info, Text: p.T("approver.next.none")}, nil
	}
	id := ref.TaskID(q.Text("done"))
	if id == "" {
		return page.Notify{}, nil
	}
	t, err := s.taskOf(r, id)
	who := officer(r).ID
	if err == nil && t.Waiting() && t.DepartureBy == who {
		return page.Notify{Tone: page.Good, Title: p.T("departure.done.title"), Text: p.T("departure.done.text", "number", string(t.Number)),
			Action: page.Link{Text: p.T("departure.done.task"), Href: taskPath(t.ID)}}, nil
	}
	if err != nil || t.DoneBy != who && !(t.Departed() && t.Second == who) {
		return page.Notify{}, absent(err)
	}
	return page.Notify{Tone: page.Good, Title: p.T("approver.done.title", "outcome", outcome(p, t.Outcome)),
		Text:   p.T("approver.done.text", "task", taskName(p, t.Kind, t.Name), "number", string(t.Number)),
		Action: s.after(r, t)}, nil
}

// after is what follows from what was just done: take it back while that is possible, else look at the case.
func (s *Surface) after(r *http.Request, t approval.Task) page.Link {
	p := page.Of(r)
	c, err := casefile.Get(r.Context(), s.DB, t.Case)
	if err == nil && s.Board.MayUndo(r.Context(), c.Party, t, officer(r)) == nil {
		return page.Link{Text: p.T("inbox.undo.see"), Href: taskPath(t.ID)}
	}
	return page.Link{Text: p.T("approver.done.case"), Href: casePath(t.Case)}
}

// streamName is the one event a browser hears, however many organs its officer works for.
const streamName = "inbox"

var organTopic = regexp.MustCompile(`(?m)^event: inbox:.*$`)

// oneName gives every organ's topic the same name on the wire.
type oneName struct{ http.ResponseWriter }

func (w oneName) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w oneName) Write(b []byte) (int, error) {
	if _, err := w.ResponseWriter.Write(organTopic.ReplaceAll(b, []byte("event: "+streamName))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// stream tells the open inbox to look again.
func (s *Surface) stream(w http.ResponseWriter, r *http.Request) error {
	var all []delegation.Kind
	for _, k := range kinds {
		all = append(all, grants("")(k)...)
	}
	organs, err := delegation.Organs(r.Context(), s.DB, page.Of(r).Now, officer(r).ID, all...)
	if err != nil {
		return err
	}
	var topics []string
	for _, o := range organs {
		topics = append(topics, topic(o))
	}
	s.Hub.Stream(oneName{w}, r, topics...)
	return nil
}

func topic(organ ref.OrganID) string { return "inbox:" + string(organ) }
