package offlinellm

// behindDate is where a clause goes on that begins with a date: "Tomorrow: ...", "On Saturday clean the gutters".
func (v *view) behindDate(i int) int {
	j := i
	if v.ts[j].is("on", "by", "at", "before", "for", "until", "every", "each") {
		j++
	}
	if j > i && v.ts[i].is("every", "each") && j+1 < len(v.ts) && v.ts[j+1].is(":") {
		if _, ok := v.p.calendar().weekdayAt(v.ts, j); ok || v.ts[j].is("day", "week", "month", "morning", "evening") {
			v.take(i, j+2)
			return j + 2
		}
	}
	_, n := v.p.calendar().read(v.ts, j)
	if n == 0 || j < len(v.ts) && v.inside(j) {
		return i
	}
	j += n
	for j < len(v.ts) && v.ts[j].is(",", ":", "-", "–", "—") {
		j++
	}
	if k := v.p.skip(v.ts, j); k < len(v.ts) && (v.ts[k].in(imperatives) || v.p.opening(v.ts, k).verb != noVerb || v.ts[j-1].is(":")) {
		return j
	}
	return i
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

// ofProject takes a project's name before a new thing of it: "Apollo milestone: Public launch".
func (v *view) ofProject(i int) int {
	if v.ts[i].is("give", "get", "grant") && i+1 < len(v.ts) {
		if it, j := v.projectFrom(i + 1); it != nil && j < len(v.ts) {
			if what, _, det := v.p.nounPhrase(v.ts, j); what.kind != noKind && what.kind != project && (det == "a" || det == "an" || det == "another") {
				v.take(i, j)
				v.place = it
				return j
			}
		}
	}
	if j := v.ofMade(i); j > i {
		return j
	}
	n := v.p.projectAt(v.ts, i)
	if n == 0 {
		return i
	}
	what, ok := nounAt(v.ts, i+n)
	if !ok || what.kind == project || i+n+1 >= len(v.ts) || !v.ts[i+n+1].is(":", "-", "–", "—", "called", "named", "titled") && v.ts[i+n+1].sort != quoted && (!v.ts[i+n+1].is(",", "(") || !has(v.ts[i+n+2:], ":")) {
		return i
	}
	if it, j := v.projectFrom(i); it != nil {
		v.take(i, j)
		v.place = it
		return j
	}
	return i
}

// behindNeed takes "Orion needs" before a new thing of that project.
func (v *view) behindNeed(i int) int {
	it, j := v.projectFrom(i)
	if it == nil {
		it, j = v.partPlace(i, 1)
	}
	if it == nil {
		return i
	}
	for _, need := range []string{"needs|requires|wants|gets", "should|must have|get", "still|also needs|requires"} {
		ok, n := words(v.ts, j, need)
		if !ok {
			continue
		}
		if what, end, _ := v.p.nounPhrase(v.ts, j+n); what.kind != noKind && what.kind != project {
			if v.ts[j+n].is("the") && end < len(v.ts) && !has(v.ts, "?") {
				n++
			}
			v.take(i, j+n)
			v.place = it
			return j + n
		}
	}
	return i
}

// behindNews takes what only announces a new thing: "I'm starting something new: a project called Tiny House".
func (v *view) behindNews(i int) int {
	for k := i + 1; k+1 < len(v.ts) && k <= i+10; k++ {
		if n, ok := nounOf(v.ts[k]); ok && n.kind != noKind || v.ts[k].sort == quoted || v.inside(k) {
			return i
		}
		if !v.ts[k].is(":", "-", "–", "—", ",") || !has(v.ts[i:k], "new", "something", "idea", "thing", "news", "another", "one") {
			continue
		}
		n, end, det := v.p.nounPhrase(v.ts, k+1)
		if n.kind != noKind && (det == "a" || det == "an" || det == "another" || det == "new") && (v.ts[k].is(":") || v.p.namesNew(v.ts, k+1)) && end < len(v.ts) {
			v.take(i, k+1)
			return k + 1
		}
	}
	return i
}

// lowers reports whether a verb at i means a priority: "drop the priority of X to low", "knock X down to medium".
func (v *view) lowers(i int) bool {
	if i >= len(v.ts) || !v.ts[i].is("drop", "cut", "take", "knock", "bring", "reduce", "downgrade", "upgrade", "elevate", "demote", "promote", "heighten", "boost", "downshift") {
		return false
	}
	at, n := v.find(i+1, "up|down|back? to|from a|the? ")
	if at < 0 || at+n >= len(v.ts) || !v.resolvesFrom(i+1) && !v.p.known(v.ts, i+1) && !has(v.ts[i:at], "priority", "prio", "urgency") {
		return false
	}
	level := v.p.view(v.ts[at+n:]).priority(true)
	return level != ""
}

// dictates is the length of "this:" or "the following:" at i, after which a text to keep stands.
func (v *view) dictates(i int) int {
	n := v.at(i, "this|that|the? following|info|information|text|fact?")
	if n == 0 || i+n >= len(v.ts)-1 || !v.ts[i+n].is(":", "-", "–", "—") {
		return 0
	}
	return n
}

// ofMade takes "give it" and "it needs" before a new thing of the project that this message makes.
func (v *view) ofMade(i int) int {
	for _, lead := range []string{"give|get|grant it", "it still|also|then? needs|gets|has|requires", "it should|must|shall have|get"} {
		n := v.at(i, lead)
		if n == 0 || v.p.made == nil {
			continue
		}
		what, _, det := v.p.nounPhrase(v.ts, i+n)
		if what.kind == noKind || what.kind == project || det == "" {
			continue
		}
		if v.ts[i+n].is("the") {
			n++
		}
		v.take(i, i+n)
		v.place = v.p.made
		return i + n
	}
	return i
}

// newPart reports whether a new thing of a project is named at i: "it needs a milestone ..." is no field of the project.
func (p *parser) newPart(ts []token, i int) bool {
	n, _, det := p.nounPhrase(ts, i)
	return det != "" && n.kind != noKind && n.kind != project
}
