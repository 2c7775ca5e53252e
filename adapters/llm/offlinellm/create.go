package offlinellm

// keepsVerb are openers that make something of ours only when a kind is named; else they belong to a task's title:
// "write the report", "set up the printer".
var keepsVerb = set(`make set start open begin kick spin plan build log register enter generate launch initiate define establish write draft
	record save store keep capture type leave post drop schedule include`)

// create reads "add ...", "make ...", "write ..." : a new thing, or something more for one that is there.
func (p *parser) create(v *view, h head) {
	if (h.word == "schedule" || h.word == "plan") && p.plans(v, h) {
		return
	}
	n, end, det := p.nounPhrase(v.ts, h.end)
	if v.leadsTitle(h.end) {
		n, end, det = noun{}, h.end, ""
	}
	if n.plural && (det == "all" || det == "every" || det == "each") && (h.word == "set" || h.word == "make" || h.word == "put" || h.word == "start") {
		p.change(v, head{verb: change, word: h.word, said: h.said, end: h.end})
		return
	}
	if n.kind == noKind && v.at(h.end, "a|the? description|deadline|due date? to|for") > 0 && p.fieldOf(v) {
		return
	}
	if k := v.first(); len(p.out) > 0 && p.out[len(p.out)-1].do == makes && k < len(v.ts) && v.ts[k].is("it", "that", "this") && v.trimLeft(k+1, politely) >= len(v.ts) {
		return // "..., create it" of what is made already
	}
	if n.kind == noKind && p.namedBefore(v, h.end) {
		return
	}
	if m := v.at(h.end, "another|one one? more? for|to|called|named|titled|: "); n.kind == noKind && m > 1 && p.noun.kind != noKind && len(p.out) > 0 {
		v.take(h.end, h.end+m-1)
		p.newThingOf(v, noun{p.noun.kind, false}, h.end+m-1)
		return
	}
	if m := v.at(h.end, "the? following|these things|items|entries|points|ones?"); n.kind == noKind && m > 0 && has(v.ts, ":") {
		v.take(h.end, h.end+m)
		p.newTasks(v, true)
		return
	}
	if n.kind == noKind && p.changesInstead(v, h) {
		return
	}
	if (n.kind == noKind || n.kind == project || det == "the" || det == "my" || det == "" && n.kind == note) && p.extend(v) {
		return
	}
	if n.kind == noKind && p.moves(v) {
		return
	}
	if n.kind != noKind {
		v.takePhrase(h.end, end)
		p.noun = n
		p.newThingOf(v, n, end)
		return
	}
	if k, plural := v.asKind(); k != noKind {
		p.newThingOf(v, noun{k, plural}, h.end)
		return
	}
	if h.verb == compose && keepsVerb[h.word] || keepsVerb[h.word] {
		p.errandOf(v, h)
		return
	}
	p.newTasks(v, false)
}

// plans reads "schedule X" and "plan X" where no kind is named: what is known gets a date, anything else is an errand.
func (p *parser) plans(v *view, h head) bool {
	n, _, _ := p.nounPhrase(v.ts, h.end)
	switch {
	case n.kind != noKind:
		return false
	case p.marked(v.ts[h.end:]) || v.leadsTitle(v.next(h.end)):
		p.change(v, head{verb: postpone, word: h.word, said: h.said, end: h.end})
	default:
		p.errandOf(v, h)
	}
	return true
}

func (p *parser) newThingOf(v *view, n noun, end int) {
	if m := v.at(end+1, "please|pls"); m > 0 && v.ts[end].is(",") && end+1+m < len(v.ts) && v.ts[end+1+m].sort == mark { // "A task, please: ..."
		v.take(end, end+1+m)
		end += 1 + m
	}
	for _, courtesy := range []string{"please|pls", "for me|us|you"} {
		if m := v.at(end, courtesy); m > 0 && end+m < len(v.ts) && v.ts[end+m].sort != word {
			v.take(end, end+m)
			end += m
		}
	}
	if m := v.at(end, "idea|proposal"); m > 0 && end+m+1 < len(v.ts) && v.ts[end+m].is(":", "-", "–", "—") { // "new project idea: ..."
		v.take(end, end+m)
		end += m
	}
	if m := v.at(end, "with|by|under|of|having the|a name|title of? :?"); m > 1 && n.kind != note && end+m < len(v.ts) {
		v.take(end, end+m)
		end += m
	}
	if n.kind != project && n.kind != comment {
		v.nearPlace(end)
	}
	switch n.kind {
	case project:
		p.newProjects(v, n.plural)
	case checkpoint:
		p.newCheckpoints(v, n.plural, end)
	case note:
		if p.remarks(v, end) {
			p.annotate(v)
			return
		}
		p.newNote(v, end)
	case comment:
		p.annotate(v)
	default:
		v.behindParent(end)
		v.taskEnd = end
		p.newTasks(v, n.plural)
	}
}

// behindParent takes the task that a new one is a part of: "a subtask to Fix login page: check Safari". Tasks know no
// parents; the project is the parent's.
func (v *view) behindParent(i int) {
	if i >= len(v.ts) || !v.ts[i].is("to", "for", "of", "under", "in") {
		return
	}
	for _, m := range v.mentions {
		near := m.item.kind == task && m.i > i && m.i <= i+3
		if !near || m.j >= len(v.ts) || !v.ts[m.j].is(":", "-", "called", "named", "titled") {
			continue
		}
		if home, ok := v.p.world.byID(m.item.project); ok && v.place == nil {
			v.place = &home
		}
		v.take(i, m.j)
		return
	}
}

// takePhrase takes a noun phrase and keeps what its adjectives say: a priority, a project.
func (v *view) takePhrase(i, j int) {
	for k := i; k < j; k++ {
		if v.used[k] {
			continue
		}
		if n := v.p.projectAt(v.ts, k); n > 0 && k+n < j {
			if m := v.p.mentions(v.ts[k : k+n]); len(m) > 0 && m[0].item.kind == project {
				v.place = &m[0].item
			}
		}
		if v.ts[k].is("done", "finished", "completed", "in-progress", "ongoing") {
			v.state = v.p.view(v.ts[k : k+1]).status()
		}
		if v.ts[k].is("urgent", "important", "critical") {
			v.said = "high"
		}
		if l, n := v.levelAt(k, false); n > 0 && k+n <= j {
			v.said = l
		}
	}
	v.take(i, j)
}

// errandOf makes a task whose title keeps the verb.
func (p *parser) errandOf(v *view, h head) {
	for _, k := range h.said {
		v.used[k] = false
	}
	p.newTasks(v, false)
}

// onList reports whether the clause ends up "on my list".
func (v *view) onList(i int) bool {
	at, _ := v.find(i+1, "on|onto|to|in my|the|our todo|to-do|task|tasks? list|tasks|todos|to-dos|agenda")
	return at > i+1
}

// asKind takes "as a task", "as three tasks", "to my todo list" at the end.
func (v *view) asKind() (kind, bool) {
	if i, n := v.find(0, "to|on|onto|in|into my|the|our todo|to-do|task|tasks? list"); i >= 0 && (i > v.first() || i+n < len(v.ts) && (v.ts[i+n].is(":", "-", "to", "for") || v.ts[i+n].sort == quoted)) && (i+n >= len(v.ts) || v.ts[i+n].in(behindProject) || v.ts[i+n].sort != word || v.isDate(i+n)) {
		v.take(i, i+n)
		return task, false
	}
	for i := range v.ts {
		if v.used[i] || !v.ts[i].is("as", "to", "on", "in", "into", "onto") {
			continue
		}
		n, end, _ := v.p.nounPhrase(v.ts, i+1)
		list := v.ts[min(end, len(v.ts))-1].is("list")
		if n.kind == noKind || n.kind == project && !v.ts[i].is("as") || end < len(v.ts) && v.ts[end].sort == word && !v.ts[end].in(behindProject) && !v.isDate(end) {
			continue
		}
		if !v.ts[i].is("as") && !list && !n.plural {
			continue
		}
		v.take(i, end)
		return n.kind, n.plural
	}
	return noKind, false
}

// newTasks makes one task, or several where the clause lists them.
func (p *parser) newTasks(v *view, plural bool) {
	p.noun = noun{task, plural}
	if k, many := v.asKind(); k == task || k == checkpoint && k != noKind {
		plural = plural || many
	}
	if i, n := v.find(v.first(), "with the|a? title|name of? :?"); i == v.first() && n > 1 {
		v.take(i, i+n)
	}
	entries := v.eachDated(v.trimLeft(v.first(), titleLeads))
	base := v.taskSlots()
	if plural && len(entries) > 0 {
		for _, e := range entries {
			p.add(e.of(base))
		}
		return
	}
	from := v.trimLeft(0, titleLeads)
	titles := v.listTitles(from, plural)
	if len(titles) == 0 && plural {
		p.header = true
		p.shared = base
		return
	}
	if len(titles) == 0 {
		base.do, base.trouble, base.wants = nothing, trouble{code: unsaid, phrase: "task"}, makes
		p.add(base)
		return
	}
	for _, t := range titles {
		in := base
		in.title = t
		if pointsBack(t) && len(p.out) == 0 {
			in.do, in.trouble = nothing, trouble{code: unsaid, phrase: "it"}
		}
		p.add(in)
	}
}

// pointsBack reports whether a title only speaks of something said before: "do that", "open it".
func pointsBack(title string) bool {
	words := plainWords(title)
	return len(words) <= 2 && len(words) > 0 && set("it that this them so these those")[words[len(words)-1]]
}

// taskSlots takes everything but the title.
func (v *view) taskSlots() intent {
	in := intent{kind: task, do: makes, priority: v.said, status: v.state}
	in.body = v.description()
	in.project, in.unknown = v.project()
	in.people = v.people(v.taskEnd)
	if level := v.priority(false); level != "" {
		in.priority = level
	}
	in.due = v.when()
	if in.priority == "" {
		in.priority = v.priority(false) // the end of the clause may only now be one
	}
	for v.priority(false) != "" { // said twice: "sometime, no rush"
		continue
	}
	if in.project == nil && in.unknown == "" {
		in.project, in.unknown = v.project()
	}
	if in.project == nil && in.unknown == "" {
		in.project = v.anyPlace(2)
	}
	if in.project == nil && in.unknown == "" {
		in.project = v.p.made
	}
	if i, n := v.find(0, "that|which is|'s already|currently|still|now?"); i >= 0 && i <= 8 && i+n < len(v.ts) && v.statusAt(i+n) > 0 {
		rest := v.p.view(v.ts[i+n : i+n+v.statusAt(i+n)])
		in.status = rest.status()
		v.take(i, i+n+len(rest.ts))
	}
	if i, n := v.find(0, "with|as|and, status of? :?"); i >= 0 {
		rest := v.p.view(v.ts[i+n:])
		if s := rest.status(); s != "" {
			in.status = s
			v.take(i, min(len(v.ts), i+n+2))
		}
	}
	return in
}
