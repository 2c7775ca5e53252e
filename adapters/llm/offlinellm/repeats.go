package offlinellm

// repeats reports whether the verb of the clause before is meant again: "and a note", "and another to call Bob", "and to
// buy eggs", "and Beta as in progress".
func (p *parser) repeats(before, ts []token, next int) bool {
	h := p.opening(before, p.skip(before, 0))
	n, end, det := p.nounPhrase(ts, next)
	if n.kind == project && det == "" && end < len(ts) && p.projectAt(ts, end) > 0 {
		return false // ", project Orion" says where
	}
	makesMore := h.verb == create || h.verb == compose || h.verb == remind || h.verb == noVerb && len(before) < 8
	if n.kind != noKind && end <= len(ts) {
		switch {
		case det == "the" || det == "my" || det == "all":
			return h.verb == erase || h.verb == list || h.verb == openIt || h.verb == finish || h.verb == archive
		case det != "":
			return makesMore || h.verb == list
		default:
			first, _, _ := p.nounPhrase(before, h.end)
			return h.verb == list || makesMore && first.kind != noKind && first.kind != n.kind && h.verb != remind
		}
	}
	oneOf, _ := words(before, 0, "one|another|the first|second|other? one? to|for|called|named|titled|is|:")
	if makesMore && (h.verb != noVerb || oneOf) {
		if ok, _ := words(ts, next, "another|one one? more? to|for|called|named|titled"); ok {
			return true
		}
		if ok, _ := words(ts, next, "to"); ok && (h.verb == remind || hasInfinitive(before)) && next+1 < len(ts) && ts[next+1].sort == word && p.message[ts[next-1].start:ts[next-1].end] != "," {
			return true
		}
	}
	if (h.verb == erase || h.verb == noVerb && p.marked(before)) && p.marked(ts[next:]) {
		return true
	}
	if h.verb == finish && p.completed(p.view(ts[next:]), 0) {
		return true
	}
	if h.verb == change || h.verb == postpone || h.verb == rename || h.verb == assign {
		for _, m := range p.mentions(ts[next:]) {
			if m.i <= 3 && next+m.j < len(ts) && p.view(ts).statusAt(next+m.j) > 0 && p.hasStatus(before) {
				return true
			}
			if m.i <= 3 && next+m.j < len(ts) && ts[next+m.j].is("as", "to", "until", "is", "by", "high", "low", "medium") && has(before, "as", "to", "until", "by", "high", "low", "medium") {
				return true
			}
		}
	}
	return false
}

// marked reports whether tokens begin with "the visa milestone": something known beside its kind's name.
func (p *parser) marked(ts []token) bool {
	if len(ts) == 0 || !ts[0].is("the", "my", "our") {
		return false
	}
	for k := 1; k < len(ts) && k < 8 && ts[k].sort == word; k++ {
		if n, ok := nounOf(ts[k]); ok && k > 1 {
			found, fit := p.world.resolve(names(ts[1:k]), n.kind)
			return fit >= partOf && len(found) == 1
		}
	}
	return false
}

func (p *parser) hasStatus(ts []token) bool {
	s := p.view(ts).status()
	return s != ""
}

func has(ts []token, words ...string) bool {
	for _, t := range ts {
		if t.is(words...) {
			return true
		}
	}
	return false
}

func hasInfinitive(ts []token) bool {
	for k := range ts {
		if n, ok := nounOf(ts[k]); ok && n.kind == task && k+1 < len(ts) && ts[k+1].is("to") {
			return true
		}
	}
	return false
}

// merged joins a clause that only says where or when ("In Apollo, ...", "By Friday: ...") to the one it leads.
func (p *parser) merged(cs []clause) []clause {
	var out []clause
	for i := 0; i < len(cs); i++ {
		c := cs[i]
		if i+1 < len(cs) && !c.item && c.link == "" && (cs[i+1].link == "," || cs[i+1].link == "then") && p.leadsOnly(c.ts) {
			next := cs[i+1]
			c.ts = append(append([]token{}, c.ts...), next.ts...)
			i++
		}
		out = append(out, c)
	}
	return out
}

func (p *parser) leadsOnly(ts []token) bool {
	v := p.view(ts)
	v.leadingProject()
	if i := v.first(); i < len(ts) && ts[i].in(where) {
		if _, j := v.partPlace(i, 1); j >= len(ts) {
			return true
		}
		if _, j, ok := v.noteAt(i + 1); ok && j >= len(ts) {
			return true
		}
		if found := v.referred(ts[min(i+1, len(ts)-1):], []kind{task}); len(found) == 1 && has(ts, "task", "todo") {
			return true
		}
	}
	if i := v.first(); i < len(ts) {
		if _, n := p.calendar().read(ts, v.trimLeft(i, set("by on at"))); n > 0 {
			v.take(i, len(ts))
		}
	}
	return v.first() >= len(ts)
}
