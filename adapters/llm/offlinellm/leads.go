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
	n := v.p.projectAt(v.ts, i)
	if n == 0 {
		return i
	}
	what, ok := nounAt(v.ts, i+n)
	if !ok || what.kind == project || i+n+1 >= len(v.ts) || !v.ts[i+n+1].is(":", "-", "–", "—", "called", "named", "titled") && v.ts[i+n+1].sort != quoted {
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
		if what, _, _ := v.p.nounPhrase(v.ts, j+n); what.kind != noKind && what.kind != project {
			v.take(i, j+n)
			v.place = it
			return j + n
		}
	}
	return i
}
