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
