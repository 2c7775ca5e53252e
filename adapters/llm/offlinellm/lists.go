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
	if in.kind == noKind && has(v.ts, "archive", "archived") {
		in.kind = project
	}
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
	if len(v.mentions) == 1 && v.mentions[0].item.kind == note {
		p.show([]item{v.mentions[0].item})
		return true
	}
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
	if len(h.said) > 0 && v.ts[h.said[0]].in(imperatives) && !v.ts[h.said[0]].is("list", "show", "tell", "give") && v.next(h.end) < len(v.ts) && !has(v.ts, "?") {
		for _, k := range h.said {
			v.used[k] = false
		}
		p.newTasks(v, false)
		return
	}
	if p.noteKnows(v, p.skip(v.ts, 0)) {
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
