package approver

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/approval"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/ref"
	"yimen/view/workbench"
	"yimen/web/page"
)

// kinds of task in the order of a case's life.
var kinds = []string{approval.Precheck, approval.Accept, approval.Opinion, approval.Review, approval.Decide}

// every is the filter's choice of all kinds.
const every = "all"

// inboxView is the list and what has just happened.
type inboxView struct {
	Table page.Table
	Done  page.Notify // zero: nothing
	Owing int         // cards, orders and escalations that wait for the officer
}

func (s *Surface) inbox(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	kind := q.Text("kind")
	if !slices.Contains(kinds, kind) {
		kind = "" // every kind
	}
	rows, next, err := s.Work.Inbox(r.Context(), officer(r), grants(kind), workbench.Key(q.Text("after")))
	if err != nil {
		return err
	}
	v := inboxView{Table: s.table(p, officer(r), kind, rows)}
	v.Table.Next, v.Table.First = page.NextPage(p, string(next)), page.FirstPage(p)
	if v.Done, err = s.said(r); err != nil {
		return err
	}
	if v.Owing, err = s.owing(r); err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, inboxPage(p, v))
}

// cell is an inbox's task and whether a departure that waits on it is the officer's own.
type cell struct {
	workbench.Row
	own bool
}

func (s *Surface) table(p *page.Page, who org.Staff, kind string, rows []workbench.Row) page.Table {
	options := []page.Option{{Value: every, Text: p.T("approver.filter.every")}}
	for _, k := range kinds {
		options = append(options, page.Option{Value: k, Text: p.T("case.task." + k)})
	}
	t := page.Table{ID: "inbox", Caption: p.T("approver.inbox.caption"), Live: true, Topic: streamName, Filtered: kind != "",
		Filter: []page.Field{{Name: "kind", Label: p.T("approver.filter.kind"), Kind: page.Select, Options: options, Value: cmp.Or(kind, every)}},
		Empty:  page.Nothing{Title: p.T("approver.inbox.none"), Text: p.T("approver.inbox.none.text")},
		Columns: []page.Column{{Text: p.T("approver.column.left")}, {Text: p.T("approver.column.task"), Main: true}, {Text: p.T("approver.column.item")},
			{Text: p.T("approver.column.party")}, {Text: p.T("approver.column.number")}, {Text: p.T("approver.column.since")}}}
	for i, row := range rows {
		left := s.left(p, row.Made, row.Due)
		link := page.Link{Text: taskName(p, row.Kind, row.Step), Href: taskPath(row.Task)}
		if i < 9 {
			link.Key = strconv.Itoa(i + 1)
		}
		t.Lines = append(t.Lines, page.Line{Tone: left.tone, Cells: []templ.Component{
			leftCell(left), taskCell(p, link, cell{row, row.Waits == who.ID}), page.Words(row.Item), page.Words(row.Party), numberCell(row.Number), page.Words(p.When(row.Made))}})
	}
	return t
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
		Action: page.Link{Text: p.T("approver.done.case"), Href: casePath(t.Case)}}, nil
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
