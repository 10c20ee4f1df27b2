package catalog

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"yimen/ref"
)

// BPMN writes the plan as BPMN 2.0 (ISO/IEC 19510) with its drawing, for other modellers to open: a
// lane an organ, a user task a step, parallel gateways where paths part and meet, a complex gateway
// where one of several is enough. name gives an organ's name; text the words of start, end and limits.
func (it *Item) BPMN(name func(ref.OrganID) string, text func(key string, args ...any) string) []byte {
	d := &diagram{it: it, text: text}
	d.layOut(name)
	for _, s := range it.Plan.Steps {
		d.step(s)
	}
	d.starts()
	return d.write()
}

// The drawing's measures, in the points of BPMN DI.
const (
	bpmnColumn, bpmnRow = 330, 110
	bpmnLeft, bpmnTop   = 190, 40
)

// lane is an organ's row of the drawing, as many tasks high as it has side by side.
type lane struct {
	organ     ref.OrganID
	name      string
	top, rows int
	nodes     []string
}

type bpmnNode struct {
	id, tag, name, doc string
	x, y, w, h         int
}

type diagram struct {
	it    *Item
	text  func(key string, args ...any) string
	lanes []*lane
	place map[string][3]int // step → column, row in the whole drawing, lane
	nodes []bpmnNode
	flows [][2]string
}

// layOut gives each step its column by stage and its row by organ.
func (d *diagram) layOut(name func(ref.OrganID) string) {
	d.place = map[string][3]int{}
	index := map[ref.OrganID]int{}
	for column, stage := range d.it.Plan.Stages() {
		used := map[int]int{}
		for _, s := range stage {
			i, there := index[s.Organ]
			if !there {
				i = len(d.lanes)
				index[s.Organ] = i
				d.lanes = append(d.lanes, &lane{organ: s.Organ, name: name(s.Organ)})
			}
			d.place[s.ID] = [3]int{column, used[i], i}
			used[i]++
			d.lanes[i].rows = max(d.lanes[i].rows, used[i])
		}
	}
	row := 0
	for _, l := range d.lanes {
		l.top = row
		row += l.rows
	}
	for id, at := range d.place {
		at[1] += d.lanes[at[2]].top
		d.place[id] = at
	}
}

// add draws a node at a distance from the left of its step's column, in the middle of the row.
func (d *diagram) add(step string, n bpmnNode, offset int) {
	at := d.place[step]
	n.x = bpmnLeft + at[0]*bpmnColumn + offset
	n.y = bpmnTop + at[1]*bpmnRow + (bpmnRow-n.h)/2
	d.nodes = append(d.nodes, n)
	l := d.lanes[at[2]]
	l.nodes = append(l.nodes, n.id)
}

// step draws a step with the gateways before and behind it and what leads into it.
func (d *diagram) step(s Step) {
	limit := d.text("plan.bpmn.limit", "n", s.Limit.N, "unit", d.text("plan.unit."+s.Limit.Unit))
	doc := strings.Join(append(slices.Clone(s.Points), limit), "\n")
	if s.Kind == StepForward || s.Kind == StepVisit || PanelKind(s.Kind) {
		doc += "\n" + d.text("item.value.kind."+s.Kind)
	}
	if s.Panel.Policy != "" {
		doc += "\n" + d.text("item.value.policy."+s.Panel.Policy) + d.text("plan.bpmn.present", "n", s.Panel.Present)
	}
	d.add(s.ID, bpmnNode{id: task(s.ID), tag: "userTask", name: s.Name, doc: doc, w: 130, h: 80}, 70)
	if len(s.After) > 1 {
		tag := "parallelGateway"
		if s.Join == "any" {
			tag = "complexGateway"
		}
		d.add(s.ID, bpmnNode{id: "join_" + s.ID, tag: tag, w: 50, h: 50}, 0)
		d.flows = append(d.flows, [2]string{"join_" + s.ID, task(s.ID)})
	}
	for _, a := range s.After {
		d.flows = append(d.flows, [2]string{d.out(a), d.in(s)})
	}
	switch next := d.after(s.ID); {
	case next > 1:
		d.add(s.ID, bpmnNode{id: "split_" + s.ID, tag: "parallelGateway", w: 50, h: 50}, 230)
		d.flows = append(d.flows, [2]string{task(s.ID), "split_" + s.ID})
	case next == 0:
		d.add(s.ID, bpmnNode{id: "end_" + s.ID, tag: "endEvent", name: d.text("plan.bpmn.end." + s.Kind), w: 36, h: 36}, 240)
		d.flows = append(d.flows, [2]string{task(s.ID), "end_" + s.ID})
	}
}

// starts leads from acceptance to every step that waits for nothing.
func (d *diagram) starts() {
	first := d.it.FirstSteps()
	if len(first) == 0 {
		return
	}
	lead := first[0].ID
	d.add(lead, bpmnNode{id: "start", tag: "startEvent", name: d.text("plan.bpmn.start"), w: 36, h: 36}, -130)
	from := "start"
	if len(first) > 1 {
		from = "split_start"
		d.add(lead, bpmnNode{id: from, tag: "parallelGateway", w: 50, h: 50}, -70)
		d.flows = append(d.flows, [2]string{"start", from})
	}
	for _, s := range first {
		d.flows = append(d.flows, [2]string{from, task(s.ID)})
	}
}

func task(step string) string { return "step_" + step }

func (d *diagram) in(s Step) string {
	if len(s.After) > 1 {
		return "join_" + s.ID
	}
	return task(s.ID)
}

func (d *diagram) out(step string) string {
	if d.after(step) > 1 {
		return "split_" + step
	}
	return task(step)
}

// after counts the steps that wait for one.
func (d *diagram) after(step string) (n int) {
	for _, s := range d.it.Plan.Steps {
		for _, a := range s.After {
			if a == step {
				n++
			}
		}
	}
	return n
}

func (d *diagram) write() []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + `<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" ` +
		`xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
		`id="definitions" targetNamespace="urn:yimen:plan">` + "\n")
	fmt.Fprintf(&b, ` <bpmn:collaboration id="collaboration"><bpmn:participant id="participant" name="%s" processRef="process"/></bpmn:collaboration>`+"\n", esc(d.it.Name))
	b.WriteString(` <bpmn:process id="process" isExecutable="false">` + "\n  <bpmn:laneSet id=\"lanes\">\n")
	for i, l := range d.lanes {
		fmt.Fprintf(&b, `   <bpmn:lane id="lane_%d" name="%s">`, i, esc(l.name))
		for _, n := range l.nodes {
			fmt.Fprintf(&b, "<bpmn:flowNodeRef>%s</bpmn:flowNodeRef>", n)
		}
		b.WriteString("</bpmn:lane>\n")
	}
	b.WriteString("  </bpmn:laneSet>\n")
	for _, n := range d.nodes {
		d.node(&b, n)
	}
	for i, f := range d.flows {
		fmt.Fprintf(&b, `  <bpmn:sequenceFlow id="flow_%d" sourceRef="%s" targetRef="%s"/>`+"\n", i, f[0], f[1])
	}
	b.WriteString(" </bpmn:process>\n")
	d.draw(&b)
	b.WriteString("</bpmn:definitions>\n")
	return b.Bytes()
}

// node writes one flow node with what leads in and out, which some modellers want to see.
func (d *diagram) node(b *bytes.Buffer, n bpmnNode) {
	fmt.Fprintf(b, `  <bpmn:%s id="%s"`, n.tag, n.id)
	if n.name != "" {
		fmt.Fprintf(b, ` name="%s"`, esc(n.name))
	}
	b.WriteString(">")
	if n.doc != "" {
		fmt.Fprintf(b, "<bpmn:documentation>%s</bpmn:documentation>", esc(n.doc))
	}
	d.ends(b, n.id, 1, "incoming")
	d.ends(b, n.id, 0, "outgoing")
	if n.tag == "complexGateway" {
		b.WriteString(`<bpmn:activationCondition xsi:type="bpmn:tFormalExpression">activationCount &gt;= 1</bpmn:activationCondition>`)
	}
	fmt.Fprintf(b, "</bpmn:%s>\n", n.tag)
}

func (d *diagram) ends(b *bytes.Buffer, id string, side int, tag string) {
	for i, f := range d.flows {
		if f[side] == id {
			fmt.Fprintf(b, "<bpmn:%s>flow_%d</bpmn:%s>", tag, i, tag)
		}
	}
}

// draw writes the diagram interchange: where everything stands.
func (d *diagram) draw(b *bytes.Buffer) {
	rows, wide := 0, 0
	for _, l := range d.lanes {
		rows += l.rows
	}
	at := map[string]bpmnNode{}
	for _, n := range d.nodes {
		at[n.id] = n
		wide = max(wide, n.x+n.w+40)
	}
	b.WriteString(` <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="collaboration">` + "\n")
	shape(b, "participant", 0, bpmnTop, wide, rows*bpmnRow, ` isHorizontal="true"`)
	for i, l := range d.lanes {
		shape(b, fmt.Sprintf("lane_%d", i), 30, bpmnTop+l.top*bpmnRow, wide-30, l.rows*bpmnRow, ` isHorizontal="true"`)
	}
	for _, n := range d.nodes {
		shape(b, n.id, n.x, n.y, n.w, n.h, "")
	}
	for i, f := range d.flows {
		s, t := at[f[0]], at[f[1]]
		x1, y1, x2, y2 := s.x+s.w, s.y+s.h/2, t.x, t.y+t.h/2
		turn := x2 - 25
		fmt.Fprintf(b, `  <bpmndi:BPMNEdge id="edge_%d" bpmnElement="flow_%d">`, i, i)
		points := [][2]int{{x1, y1}, {x2, y2}}
		if y1 != y2 {
			points = [][2]int{{x1, y1}, {turn, y1}, {turn, y2}, {x2, y2}}
		}
		for _, p := range points {
			fmt.Fprintf(b, `<di:waypoint x="%d" y="%d"/>`, p[0], p[1])
		}
		b.WriteString("</bpmndi:BPMNEdge>\n")
	}
	b.WriteString(" </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>\n")
}

func shape(b *bytes.Buffer, id string, x, y, w, h int, more string) {
	fmt.Fprintf(b, `  <bpmndi:BPMNShape id="shape_%s" bpmnElement="%s"%s><dc:Bounds x="%d" y="%d" width="%d" height="%d"/></bpmndi:BPMNShape>`+"\n", id, id, more, x, y, w, h)
}

func esc(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
