package offlinellm

// list reads every question about what is there.
func (p *parser) list(v *view, h head) {
	n, det := p.listNoun(v)
	p.noun = n
	if n.kind == noKind || !n.plural && det != "" {
		if p.about(v, h, n.kind) {
			return
		}
	}
	if n.kind == note && n.plural && p.oneNote(v) {
		return
	}
	in := intent{kind: n.kind, do: lists}
	if in.kind == noKind {
		if !p.listCue(v.ts) {
			p.unlisted(v, h)
			return
		}
		in.kind = task
	}
	v.filters(&in)
	p.add(in)
}

// oneNote shows the note that "the Acme meeting notes" describes clearly.
func (p *parser) oneNote(v *view) bool {
	phrase := informative(v)
	if len(content(phrase, true)) < 2 || len(v.mentions) > 0 {
		return false
	}
	items, fit := p.world.resolve(phrase, note)
	if fit < partOf || len(items) != 1 {
		return false
	}
	p.show(items)
	return true
}

// listNoun is the kind that is asked for: the first that is named outside of titles and places.
func (p *parser) listNoun(v *view) (noun, string) {
	det := ""
	for k := range v.ts {
		if v.used[k] || v.inside(k) || v.ts[k].sort == quoted {
			continue
		}
		if v.ts[k].is("the", "a", "this", "that", "my", "our") {
			det = v.ts[k].word
		}
		n, ok := nounOf(v.ts[k])
		if !ok || n.kind == project && v.placed(k) {
			continue
		}
		if n.kind == project && k+1 < len(v.ts) && isOther(v.ts[k+1]) {
			continue
		}
		if v.ts[k].is("todo", "to-do") && k+1 < len(v.ts) && v.ts[k+1].is("list") {
			n.plural = true
		}
		return n, det
	}
	return noun{}, det
}

// about reads a question about one thing: a note is opened, a task or milestone found, a project shown.
func (p *parser) about(v *view, h head, said kind) bool {
	var kinds []kind
	if said == comment {
		return false
	}
	if said != noKind {
		kinds = []kind{said}
	}
	var items []item
	for _, m := range v.mentions {
		if len(kinds) == 0 && (m.item.kind != project || len(v.mentions) == 1 && !p.listCue(v.ts)) || said == m.item.kind && said != noKind {
			items = append(items, m.item)
		}
	}
	if len(items) == 0 {
		found, fit := p.world.resolve(unused(v, v.first(), len(v.ts)), kinds...)
		if fit < partOf {
			found, fit = p.world.resolve(informative(v), kinds...)
		}
		if fit < partOf || len(content(unused(v, v.first(), len(v.ts)), true)) == 0 {
			if said == note && h.verb == openIt {
				return p.openUnknown(v)
			}
			return false
		}
		items = found
	}
	p.show(items)
	return true
}

// informative leaves out the words of the question itself.
func informative(v *view) []string {
	var ts []token
	for k, t := range v.ts {
		if !v.used[k] && !t.is("due", "status", "priority", "when", "what", "done", "finished", "say", "says", "details", "progress", "is", "does", "me", "assigned", "deadline", "date", "contents", "content", "text", "summary", "?") {
			ts = append(ts, t)
		}
	}
	return names(ts)
}

// show answers a question about items that are known.
func (p *parser) show(items []item) {
	if len(items) > 1 && items[0].kind == note {
		p.add(intent{kind: note, trouble: trouble{code: ambiguous, candidates: items}})
		return
	}
	in := intent{kind: items[0].kind, do: reads, items: items}
	p.add(in)
}

// unlisted is a question that isn't about the user's things.
func (p *parser) unlisted(v *view, h head) {
	if v.ts[h.said[0]].in(imperatives) && !v.ts[h.said[0]].is("list", "show", "tell", "give") && v.next(h.end) < len(v.ts) && !has(v.ts, "?") {
		for _, k := range h.said {
			v.used[k] = false
		}
		p.newTasks(v, false)
		return
	}
	if _, name := v.project(); name != "" {
		p.add(troubled(project, missing, name))
		return
	}
	p.add(troubled(p.kindIn(v.ts), unclear, ""))
}

// open reads one thing: "open the packing list note", "what does X say".
func (p *parser) open(v *view, h head) {
	if items, tr, ok := v.pronoun(nil); ok {
		if tr.code != fine {
			p.add(intent{kind: note, trouble: tr})
			return
		}
		p.show(items)
		return
	}
	n, det := p.listNoun(v)
	if n.plural || n.kind == comment {
		p.list(v, h)
		return
	}
	if p.about(v, h, n.kind) {
		return
	}
	if n.kind == note {
		p.openUnknown(v)
		return
	}
	if n.kind != noKind && det == "" || p.listCue(v.ts) {
		p.list(v, h)
		return
	}
	if n.kind != noKind {
		items, tr, _ := v.target(set("to"))
		p.add(intent{kind: n.kind, items: items, do: nothing, trouble: pick(tr)})
		return
	}
	p.unlisted(v, h)
}

func pick(tr trouble) trouble {
	if tr.code == fine {
		tr = trouble{code: unclear}
	}
	return tr
}

// openUnknown asks which note is meant, unless there is only one.
func (p *parser) openUnknown(v *view) bool {
	phrase := cleanTitle(v.text(v.first(), len(v.ts)))
	items, tr, _ := v.target(set("to"), note)
	switch {
	case len(items) > 0:
		p.show(items)
	case tr.code == missing:
		p.add(troubled(note, missing, tr.phrase))
	case len(p.world.all(note)) == 1 && len(content(plainWords(phrase), true)) == 0:
		p.show(p.world.all(note))
	default:
		p.add(intent{kind: note, trouble: trouble{code: ambiguous, candidates: p.world.all(note), phrase: phrase}})
	}
	return true
}

// filters takes what bounds a list.
func (v *view) filters(in *intent) {
	f := &in.filter
	for k := range v.ts {
		switch {
		case v.used[k] || v.inside(k):
		case v.ts[k].is("archived", "archive"):
			f.archived, f.all = true, true
			v.used[k] = true
		case v.ts[k].is("all", "every", "everything", "including"):
			f.all = true
		case v.ts[k].is("overdue", "late", "missed"):
			f.overdue = true
			v.used[k] = true
		case v.ts[k].is("active", "current") && in.kind == project:
			in.status = "active"
		}
	}
	if in.kind == comment {
		v.commentsOf(in)
		return
	}
	for _, m := range v.mentions {
		if m.item.kind == project && in.kind != project {
			in.project = &m.item
			v.take(m.i, m.j)
		}
	}
	if in.project == nil && in.kind != project {
		in.project, in.unknown = v.project()
	}
	if in.project == nil && in.unknown == "" && in.kind != project {
		in.project = v.anyPlace(1)
	}
	switch in.kind {
	case task:
		v.dueOn(f)
		if i, n := v.find(0, "to do|have to do"); i >= 0 {
			v.take(i, i+n)
		}
		in.priority = v.priority(true)
		open := has(v.ts, "open", "left", "remaining", "pending", "outstanding", "unfinished", "incomplete", "still")
		if in.status = v.status(); in.status == "todo" && open {
			in.status, f.open = "", true
		}
		if i, _ := v.find(0, "working on"); i >= 0 && in.status == "" {
			in.status = "in_progress"
		}
	case checkpoint:
		v.dueOn(f)
		if f.label == "in the next seven days" {
			f.to, f.label = f.from.plus(10*366), "from today on"
		}
	default: // nothing more to bound
	}
	f.search = v.search()
}

// search takes "about X" and "containing X".
func (v *view) search() string {
	i, n := v.find(0, "about|containing|mentioning|matching|with|regarding|related to?|word|text|?")
	if i < 0 || n == 0 || i+n >= len(v.ts) {
		return ""
	}
	if w := v.ts[i]; !w.is("about", "containing", "mentioning", "matching", "regarding", "related") {
		return ""
	}
	s := cleanTitle(v.text(v.trimLeft(i+n, set("the my to")), len(v.ts)))
	if s == "" || onlyTails(s) {
		return ""
	}
	return s
}

// commentsOf bounds a list of comments to a task.
func (v *view) commentsOf(in *intent) {
	items, tr, _ := v.targetOf(task)
	in.items, in.trouble = items, tr
	if tr.code != fine {
		in.do = nothing
	}
}

func (v *view) targetOf(k kind) ([]item, trouble, kind) {
	for i := range v.ts {
		if !v.used[i] && v.ts[i].is("on", "of", "for", "about", "to", "under") && !v.inside(i) {
			rest := v.p.view(v.ts[i+1:])
			return rest.target(set("to"), k)
		}
	}
	if items, fit := v.p.world.resolve(unused(v, 0, len(v.ts)), k); fit >= partOf {
		return v.single(items, []kind{k})
	}
	return nil, trouble{code: unsaid, phrase: "which task"}, k
}
