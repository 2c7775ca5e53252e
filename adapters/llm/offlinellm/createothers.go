package offlinellm

import (
	"strings"
)

// listed makes a thing of one line of a list that an earlier clause announced.
func (p *parser) listed(v *view) {
	in := p.shared
	own := v.taskSlots()
	if own.priority != "" {
		in.priority = own.priority
	}
	if own.due != nil {
		in.due = own.due
	}
	if own.project != nil {
		in.project = own.project
	}
	if len(own.people) > 0 {
		in.people = own.people
	}
	in.title = cleanTitle(v.title(0))
	if in.title != "" {
		p.add(in)
	}
}

// newProjects makes projects: "called Home Renovation", "Mars", "A and B".
func (p *parser) newProjects(v *view, plural bool) {
	p.noun = noun{project, plural}
	v.priority(false)
	for _, tail := range []string{"with the status", "for me", "right away"} {
		if i, n := v.find(0, tail); i >= 0 {
			v.take(i, i+n)
		}
	}
	titles := v.listTitles(v.trimLeft(0, titleLeads), plural)
	if len(titles) == 0 {
		p.add(troubled(project, unsaid, "project"))
		return
	}
	for _, t := range titles {
		t = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(t, " project"), " Project"))
		p.add(intent{kind: project, do: makes, title: t})
	}
}

// newCheckpoints makes milestones of a project.
func (p *parser) newCheckpoints(v *view, plural bool, _ int) {
	p.noun = noun{checkpoint, plural}
	base := intent{kind: checkpoint, do: makes}
	base.project, base.unknown = v.project()
	base.due = v.when()
	if base.project == nil && base.unknown == "" {
		base.project, base.unknown = v.project()
	}
	if base.project == nil && base.unknown == "" {
		base.project = p.made
	}
	if base.project == nil && base.unknown == "" {
		base.project = v.anyPlace(1)
	}
	titles := v.listTitles(v.trimLeft(0, titleLeads), plural)
	if len(titles) == 0 {
		p.add(troubled(checkpoint, unsaid, "milestone"))
		return
	}
	for _, t := range titles {
		in := base
		in.title = t
		p.housed(&in)
		p.add(in)
	}
}

// housed gives a milestone the only project there is, and says so where it needs one.
func (p *parser) housed(in *intent) {
	if in.project != nil {
		return
	}
	var active []item
	for _, it := range p.world.items {
		if it.kind == project && it.status != "archived" {
			active = append(active, it)
		}
	}
	if len(active) == 1 && in.unknown == "" {
		in.project = &active[0]
		return
	}
	in.do, in.trouble = nothing, trouble{code: homeless, phrase: in.title, candidates: active}
}
