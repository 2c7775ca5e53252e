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
			in.trouble, in.wants = trouble{code: unsaid, phrase: "the new name of " + quote(first(items).title)}, changes
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
	i = v.trimLeft(v.next(i), set("to as into be : = - called named titled"))
	if i < len(v.ts) && v.ts[i].sort != quoted {
		return newName(v, i)
	}
	return cleanTitle(v.title(i))
}

// assign reads "assign X to Dana", "assign Dana to X" and "assign a task to Dana: ...".
func (p *parser) assign(v *view) {
	if n, end, det := p.nounPhrase(v.ts, v.first()); n.kind == task && (det == "a" || det == "new") {
		p.assignNew(v, end)
		return
	}
	start := v.first()
	if start < len(v.ts) && p.handing(v, start) {
		who, end := v.names(start + 1)
		v.take(start, v.trimLeft(end, set("to do handle take over care of work on finish")))
		items, tr, _ := v.target(set("by"), task)
		p.add(assigned(items, tr, who))
		return
	}
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
	{"the? title|name of|for", true, false}, {"the? description|details of|for|on", false, true}, {"a|the? description to|for", false, true}, {"a deadline|due date? to|for", false, false},
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
		p.finishChange(in, head{verb: change})
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
