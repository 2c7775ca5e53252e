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
	client := v.client()
	titles := v.listTitles(v.trimLeft(0, titleLeads), plural)
	if len(titles) == 0 {
		p.add(lacking(intent{kind: project, client: client}, "project"))
		return
	}
	for _, t := range titles {
		t = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(t, " project"), " Project"))
		p.add(intent{kind: project, do: makes, title: t, client: client})
	}
}

// client takes "for client Nordwind" and "for our client cl-7": whom a project is for, by an id or a name that is known.
func (v *view) client() string {
	for i := range v.ts {
		if v.used[i] || !v.ts[i].is("for", "with", "of", ",") {
			continue
		}
		k := v.trimLeft(i+1, set("the my our a client customer id : called named with for of"))
		for _, it := range v.p.world.clients {
			n := 0
			switch {
			case k >= len(v.ts):
			case len(it.words) > 0 && titleAt(v.ts, k, it.words) > 0:
				n = titleAt(v.ts, k, it.words)
			case fold(it.id) == v.ts[k].word:
				n = 1
			}
			if n > 0 {
				v.take(i, k+n)
				return it.id
			}
		}
	}
	return ""
}

// newCheckpoints makes milestones of a project.
func (p *parser) newCheckpoints(v *view, plural bool, _ int) {
	p.noun = noun{checkpoint, plural}
	base := intent{kind: checkpoint, do: makes}
	base.project, base.unknown = v.project()
	entries := v.eachDated(v.trimLeft(0, titleLeads))
	if len(entries) == 0 {
		base.due = v.when()
	}
	p.placed(v, &base)
	for _, e := range entries {
		in := e.of(base)
		in.priority = ""
		p.housed(&in)
		p.add(in)
	}
	if len(entries) > 0 {
		return
	}
	titles := v.listTitles(v.trimLeft(0, titleLeads), plural)
	if len(titles) == 0 {
		p.add(lacking(base, "milestone"))
		return
	}
	for _, t := range titles {
		in := base
		in.title = t
		p.housed(&in)
		p.add(in)
	}
}

// placed finds the project of a milestone where the clause doesn't name one outright.
func (p *parser) placed(v *view, in *intent) {
	if in.project == nil && in.unknown == "" {
		in.project, in.unknown = v.project()
	}
	if in.project == nil && in.unknown == "" {
		in.project = p.made
	}
	if in.project == nil && in.unknown == "" {
		in.project = v.anyPlace(1)
	}
}

// lacking is a thing to be made that has no title yet.
func lacking(in intent, what string) intent {
	in.do, in.wants, in.trouble = nothing, makes, trouble{code: unsaid, phrase: what}
	return in
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
	in.do, in.wants, in.trouble = nothing, makes, trouble{code: homeless, phrase: in.title, candidates: active}
}

// sharedHome gives a milestone without a project the one that a later milestone of the same message names: "add a milestone A
// on Monday and a milestone B on Friday to Orion".
func sharedHome(ins []intent) []intent {
	for i := range ins {
		if ins[i].trouble.code != homeless || ins[i].unknown != "" {
			continue
		}
		for _, later := range ins[i+1:] {
			if later.kind == checkpoint && later.do == makes && later.trouble.code == fine && later.project != nil {
				ins[i].do, ins[i].trouble, ins[i].project = makes, trouble{}, later.project
				break
			}
		}
	}
	return ins
}
