package offlinellm

// rename reads "rename X to Y": the target by its title, the new title as it was written.
func (p *parser) rename(v *view) {
	items, tr, said := v.target(set("to as into ="))
	in := intent{kind: said, do: changes, items: items, trouble: tr}
	if len(items) > 0 {
		in.kind = items[0].kind
	}
	if in.kind == noKind {
		in.kind = task
	}
	if tr.code == fine {
		in.title = v.newTitle()
		if in.title == "" {
			in.trouble = trouble{code: unsaid, phrase: "the new name of " + quote(first(items).title)}
		}
	}
	if in.trouble.code != fine {
		in.do = nothing
	}
	p.add(in)
}

// newTitle is what stands behind the last leading word: everything, dates and priorities included.
func (v *view) newTitle() string {
	i := v.first()
	for k := i; k < len(v.ts); k++ {
		if !v.used[k] && v.ts[k].is("to", "as", "into", "=", "be") {
			i = k + 1
			break
		}
	}
	return cleanTitle(v.title(v.trimLeft(i, set("to as into be : = - called named titled"))))
}

// assign reads "assign X to Dana", "assign Dana to X" and "assign a task to Dana: ...".
func (p *parser) assign(v *view) {
	if n, end, det := p.nounPhrase(v.ts, v.first()); n.kind == task && (det == "a" || det == "new") {
		p.assignNew(v, end)
		return
	}
	start := v.first()
	if who, end := v.names(start); len(who) > 0 && end < len(v.ts) && v.ts[end].is("to") && !v.inside(start) {
		if rest := p.view(v.ts[end+1:]); rest.resolves() {
			v.take(start, end+1)
			items, tr, _ := v.target(set("to by"), task)
			p.add(assigned(items, tr, who))
			return
		}
	}
	items, tr, said := v.target(set("to with"))
	var who []string
	for k := v.first(); k < len(v.ts); k++ {
		if !v.used[k] && v.ts[k].is("to", "with") {
			who, _ = v.names(k + 1)
			break
		}
	}
	in := assigned(items, tr, who)
	if said != noKind && said != task || len(items) > 0 && items[0].kind != task {
		in.do, in.trouble = nothing, trouble{code: unable, phrase: "Only tasks have assignees."}
	}
	p.add(in)
}

func assigned(items []item, tr trouble, who []string) intent {
	in := intent{kind: task, do: changes, items: items, people: who, trouble: tr}
	if tr.code == fine && len(who) == 0 {
		in.trouble = trouble{code: unsaid, phrase: "whom to assign " + quote(first(items).title) + " to"}
	}
	if in.trouble.code != fine {
		in.do = nothing
	}
	return in
}

func (p *parser) assignNew(v *view, end int) {
	v.take(v.first(), end)
	var who []string
	if end < len(v.ts) && v.ts[end].is("to", "for") {
		var stop int
		if who, stop = v.names(end + 1); len(who) > 0 {
			v.take(end, stop)
		}
	}
	n := len(p.out)
	p.newTasks(v, false)
	for i := n; i < len(p.out); i++ {
		p.out[i].people = who
	}
}

func (v *view) resolves() bool {
	_, fit := v.p.world.resolve(names(v.ts))
	return fit >= partOf || len(v.mentions) > 0
}

// aspects are fields that are named before what they belong to: "the priority of X to high".
var aspects = []struct {
	pattern string
	title   bool
	body    bool
}{
	{"the? title|name of|for", true, false}, {"the? description|details of|for|on", false, true}, {"a? description to|for", false, true},
	{"the? priority|prio|status|state|assignee|owner|project of|for|on", false, false}, {"the? due? date|deadline|time of|for|on", false, false}, {"the? due date|day of|for|on", false, false},
}

// fieldOf reads "set the due date of X to Friday".
func (p *parser) fieldOf(v *view) bool {
	i := v.first()
	for _, a := range aspects {
		n := v.at(i, a.pattern)
		if n == 0 {
			continue
		}
		if a.title {
			v.take(i, i+n)
			p.rename(v)
			return true
		}
		owner := v.ts[min(i+n, len(v.ts))-1]
		who := has(v.ts[i:i+n], "assignee", "owner")
		v.take(i, i+n)
		items, tr, said := v.target(set("to as by is = : until"))
		in := intent{kind: said, do: changes, items: items, trouble: tr}
		if len(items) > 0 {
			in.kind = items[0].kind
		}
		if in.kind == noKind {
			in.kind = task
		}
		switch {
		case who && owner.sort == word:
			in.people = v.tailNames()
		case a.body:
			in.body = cleanTitle(v.title(v.trimLeft(v.first(), set("to as is be : ="))))
		default:
			v.features(&in, change)
		}
		p.finishChange(v, in, head{verb: change})
		return true
	}
	return false
}

// noteChange reads "update the packing list note with ..." and "change the note X to say ...".
func (p *parser) noteChange(v *view, h head) bool {
	if h.verb != change && h.verb != postpone {
		return false
	}
	if i := v.first(); v.at(i, "the? content|contents|text|body of|in") > 0 {
		n := v.at(i, "the? content|contents|text|body of|in")
		items, end, ok := v.noteAt(i + n)
		if ok {
			v.take(i, end)
			p.grow(items, v.freeText(v.trimLeft(v.first(), set("to with by is be say read : ="))), true)
			return true
		}
	}
	items, end, ok := v.noteAt(v.first())
	if !ok || end >= len(v.ts) {
		return false
	}
	for _, m := range append([]string{"with|by adding? that?", "to also? add|say|include|read|contain|mention that?", "and add|write", "by adding", "adding"}, textMarks...) {
		if n := v.at(end, m); n > 0 {
			v.take(v.first(), end+n)
			p.grow(items, v.freeText(v.first()), h.word == "replace")
			return true
		}
	}
	if v.ts[end].is(":", "-", "–", "—") {
		v.take(v.first(), end+1)
		p.grow(items, v.freeText(v.first()), false)
		return true
	}
	return false
}

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
	switch {
	case h.word == "make" || h.word == "set" || h.word == "put":
		probe := p.view(v.ts)
		probe.take(0, i)
		if !pronounFirst && !p.namesBefore(probe) && v.at(i, "a|the? priority|status|due|deadline|title|name|description") == 0 {
			return false
		}
		h.verb = change
	case h.word == "start" || h.word == "begin":
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
	for k := v.first() + 1; k <= len(v.ts); k++ {
		if k < len(v.ts) && !(v.ts[k].in(stops) || v.priorityAt(k) > 0 || v.statusAt(k) > 0 || v.isDate(k) || v.ts[k].is("a")) {
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
