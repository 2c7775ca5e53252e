package offlinellm

// changesLast lets "it" mean what the clause before has just made: "... and make it high priority".
func (p *parser) changesLast(v *view, h head) bool {
	i := v.first()
	if len(p.out) == 0 || i >= len(v.ts) {
		return false
	}
	last := &p.out[len(p.out)-1]
	its := v.ts[i].is("it", "that", "this", "its", "them", "the") && (v.ts[i].sort == word)
	if v.ts[i].is("the") {
		its = v.at(i, "the priority|due|deadline|status|date|assignee") > 0 && !v.resolvesBehind(i)
	}
	if !its || last.trouble.code != fine || last.do == lists || last.do == reads {
		return false
	}
	if last.do != makes {
		items := last.items
		v.take(i, i+1)
		in := fixedChange[h.verb]
		in.do, in.items, in.kind = changes, items, last.kind
		switch h.verb {
		case rename:
			in.title = v.newTitle()
		case assign:
			in.people = v.tailNames()
		default:
			v.features(&in, h.verb)
		}
		p.add(in)
		return true
	}
	v.take(i, i+1)
	p.merge(v, last, h)
	return true
}

func (v *view) resolvesBehind(i int) bool {
	return len(v.mentions) > 0 || v.at(i, "the priority|status|deadline|due|date|assignee of") > 0
}

// merge puts what a later clause says into the thing that is about to be made.
func (p *parser) merge(v *view, in *intent, h head) {
	fixed := fixedChange[h.verb]
	if h.verb == rename {
		in.title = v.newTitle()
		return
	}
	if h.verb == assign {
		in.people = v.tailNames()
	}
	if fixed.status != "" {
		in.status = fixed.status
	}
	if fixed.priority != "" {
		in.priority = fixed.priority
	}
	more := intent{kind: in.kind}
	v.features(&more, h.verb)
	if more.priority != "" {
		in.priority = more.priority
	}
	if more.status != "" {
		in.status = more.status
	}
	if more.due != nil {
		in.due = more.due
	}
	if more.project != nil && in.kind != project {
		in.project = more.project
	}
	if len(more.people) > 0 {
		in.people = more.people
	}
	if more.body != "" {
		in.body = more.body
	}
}

// changesInstead reads openers of new things that change something known here: "make X high priority", "put X on
// Monday", "start X", "open X".
func (p *parser) changesInstead(v *view, h head) bool {
	i := v.first()
	if i >= len(v.ts) || h.word == "add" || h.word == "create" || h.word == "new" || h.word == "append" {
		return false
	}
	pronounFirst := v.ts[i].is("it", "that", "this", "them", "these", "those") || v.at(i, "the first|second|third|last") > 0
	switch h.word {
	case "make", "set", "put":
		if len(h.said) > 1 && !pronounFirst { // "set up a meeting"
			return false
		}
		probe := p.view(v.ts)
		probe.take(0, i)
		if !pronounFirst && !p.namesBefore(probe) && v.at(i, "a|the? priority|status|due|deadline|title|name|description") == 0 {
			return false
		}
		h.verb = change
	case "start", "begin":
		if !p.known(v.ts, i) && !pronounFirst {
			return false
		}
		h.verb = begin
	default:
		return false
	}
	p.verb = h.verb
	p.change(v, h)
	return true
}

// namesBefore reports whether something known stands before the new value.
func (p *parser) namesBefore(v *view) bool {
	for k := v.first() + 1; k <= len(v.ts) && k <= v.first()+longest; k++ {
		if k < len(v.ts) && (!v.ts[k].in(stops) && v.priorityAt(k) <= 0 && v.statusAt(k) <= 0 && !v.isDate(k) && !v.ts[k].is("a", "back")) {
			continue
		}
		if items, fit := p.world.resolve(names(v.ts[v.first():k])); fit >= partOf && len(items) > 0 && k < len(v.ts) {
			return true
		}
	}
	return false
}

// moves reads "add Fix login page to Apollo": a known task goes to a project.
func (p *parser) moves(v *view) bool {
	if len(v.mentions) < 2 {
		return false
	}
	m, to := v.mentions[0], v.mentions[1]
	if m.item.kind != task || to.item.kind != project || m.i > v.first()+1 || !v.prepositional(to.i) {
		return false
	}
	p.add(intent{kind: task, do: changes, items: []item{m.item}, project: &to.item})
	return true
}
