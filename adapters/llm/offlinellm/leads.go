package offlinellm

// behindDate is where a clause goes on that begins with a date: "Tomorrow: ...", "On Saturday clean the gutters".
func (v *view) behindDate(i int) int {
	j := i
	if v.ts[j].is("on", "by", "at", "before") {
		j++
	}
	_, n := v.p.calendar().read(v.ts, j)
	if n == 0 || j < len(v.ts) && v.inside(j) {
		return i
	}
	j += n
	for j < len(v.ts) && v.ts[j].is(",", ":", "-", "–", "—") {
		j++
	}
	if k := v.p.skip(v.ts, j); k < len(v.ts) && (v.ts[k].in(imperatives) || v.p.opening(v.ts, k).verb != noVerb) {
		return j
	}
	return i
}

// told finds what a statement says of a known task: "I planted the tomatoes", "the crash is fixed", "Plant tomatoes
// comment: too cold", "due date for Plant tomatoes: Friday".
func (p *parser) told(v *view, i int) (verb, int) {
	j := i
	for j < len(v.ts) && v.ts[j].is("i", "we", "i've", "we've", "have", "just", "already", "finally", "now") {
		j++
	}
	said := j > i && v.ts[i].is("i", "we", "i've", "we've")
	passive := has(v.ts[i:], "is", "are", "was", "were", "been") && !has(v.ts[i:], "not", "isn't", "aren't", "?")
	if said || passive {
		items, fit := p.world.resolve(names(v.ts[j:]), task)
		if fit >= sameWords && len(items) == 1 && (said || !titled(v, items[0])) {
			return finish, j
		}
	}
	for _, m := range v.mentions {
		if n, ok := nounAt(v.ts, m.j); ok && m.item.kind == task && n.kind == comment && m.j+1 < len(v.ts) && v.ts[m.j+1].is(":", "-") {
			v.used[m.j] = true
			return annotate, i
		}
	}
	if n := v.at(i, "the? due? date|deadline|priority|status|assignee|title|name|description of|for|on"); n > 0 && v.ts[i+n-1].is("of", "for", "on") && v.resolvesFrom(i+n) && !has(v.ts, "?") {
		return change, i
	}
	return noVerb, i
}

// titled reports whether the item's full title stands in the clause: then the rest says what is the matter with it.
func titled(v *view, it item) bool {
	for _, m := range v.mentions {
		if m.item.id == it.id {
			return true
		}
	}
	return false
}

func nounAt(ts []token, i int) (noun, bool) {
	if i >= len(ts) {
		return noun{}, false
	}
	return nounOf(ts[i])
}

func (v *view) resolvesFrom(i int) bool {
	for j := min(len(v.ts), i+longest); j > i; j-- {
		if _, fit := v.p.world.resolve(names(v.ts[i:j])); fit >= partOf {
			return true
		}
	}
	return false
}

// behindPriority takes a priority and a colon before a request: "This is urgent: ...".
func (v *view) behindPriority(i int) int {
	l, n := v.levelAt(i, true)
	j := i + n
	if n == 0 || j >= len(v.ts) || !v.ts[j].is(":", "-", "–", "—", ",") {
		return i
	}
	if k := v.p.skip(v.ts, j); k < len(v.ts) && v.p.opening(v.ts, k).verb != noVerb {
		v.take(i, j+1)
		v.said = l
		return k
	}
	return i
}

// behindNeed takes "Orion needs" before a new thing of that project.
func (v *view) behindNeed(i int) int {
	it, j := v.projectFrom(i)
	if it == nil {
		return i
	}
	for _, need := range []string{"needs|requires|wants|gets", "should|must have|get", "still|also needs|requires"} {
		ok, n := words(v.ts, j, need)
		if !ok {
			continue
		}
		if what, _, _ := v.p.nounPhrase(v.ts, j+n); what.kind != noKind && what.kind != project {
			v.take(i, j+n)
			v.place = it
			return j + n
		}
	}
	return i
}
