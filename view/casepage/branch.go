package casepage

import (
	"maps"
	"slices"
	"strings"

	"yimen/domain/approval"
	"yimen/domain/catalog"
	"yimen/ref"
)

// Through leaves of a case what the organs may see. An organ that gets the matter from a lower one (转报) sees all of the branch that
// leads to it, and nothing of those beside it; any other organ with a part in the case sees it whole. Organs without a part add nothing.
func (p *Page) Through(organs ...ref.OrganID) {
	seen := map[string]bool{}
	for _, o := range organs {
		if !p.part(o) {
			continue
		}
		if _, upper := p.Doc.Upper(o); !upper {
			return
		}
		maps.Copy(seen, p.Doc.Branch(o))
	}
	p.cut(seen)
}

// part says whether an organ works on the case.
func (p *Page) part(o ref.OrganID) bool {
	_, upper := p.Doc.Upper(o)
	return upper || slices.ContainsFunc(p.Tasks, func(t Task) bool { return t.Organ == o })
}

// cut takes away every task, fact, paper and stop of steps that are not seen. What was looked at before acceptance is seen where its
// organ is.
func (p *Page) cut(seen map[string]bool) {
	organs := map[ref.OrganID]bool{}
	for _, t := range p.Tasks {
		if seen[t.Task.Step] || t.Kind == approval.Accept {
			organs[t.Organ] = true
		}
	}
	hidden := map[ref.TaskID]bool{}
	for _, t := range p.Tasks {
		inside := seen[t.Task.Step] || t.Kind == approval.Accept || t.Kind == approval.Precheck && organs[t.Organ]
		hidden[t.ID] = !inside
	}
	p.Tasks = slices.DeleteFunc(p.Tasks, func(t Task) bool { return hidden[t.ID] })
	p.History = slices.DeleteFunc(p.History, func(e Event) bool { return hidden[e.Task] })
	p.Materials = slices.DeleteFunc(p.Materials, func(m Paper) bool { step, of := StepPaper(m.Spec.ID); return of && !seen[step] })
	p.Meetings = slices.DeleteFunc(p.Meetings, func(a approval.Appointment) bool {
		return !slices.ContainsFunc(p.Doc.Plan.Steps, func(s catalog.Step) bool { return seen[s.ID] && s.About() == a.About })
	})
	p.Picture = p.Picture.only(seen)
	p.Cut = organs
}

// StepPaper is the step that a material was made in, by what it is attached for; false for what the applicant gave.
func StepPaper(spec string) (step string, ok bool) { return strings.CutPrefix(spec, "step.") }

// only is the picture without the steps that are not seen.
func (c Picture) only(seen map[string]bool) Picture {
	it := *c.Item
	it.Plan.Steps = slices.DeleteFunc(slices.Clone(it.Plan.Steps), func(s catalog.Step) bool { return !seen[s.ID] })
	c.Item, c.At = &it, maps.Clone(c.At)
	maps.DeleteFunc(c.At, func(id, _ string) bool { return !strings.HasPrefix(id, "@") && !seen[id] })
	return c
}

// Heard are the messages of the organs that are seen, and of the applicant to them.
func (p *Page) Heard(all []Message) []Message {
	if p.Cut == nil {
		return all
	}
	return slices.DeleteFunc(all, func(m Message) bool { return !p.Cut[m.Note.Organ] })
}
