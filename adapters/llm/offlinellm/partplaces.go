package offlinellm

// partPlace reads a project at i by a part of its name, as people say it: "for the portal", "in Mobile App", up to where
// something else begins. least is how many words of the name are needed where none says that it is a project.
func (v *view) partPlace(i, least int) (*item, int) {
	if i >= len(v.ts) || v.used[i] {
		return nil, i
	}
	j := i
	if v.ts[j].in(where) {
		j++
	}
	from := v.trimLeft(j, set("the my our"))
	if from >= len(v.ts) || j > i && v.ts[i].is("to") && from == j && !capital(v.p.message, v.ts[j]) {
		return nil, i
	}
	for end := min(len(v.ts), from+5); end > from; end-- {
		if !v.placeEnds(end) || !v.plainWords(from, end) {
			continue
		}
		items, fit := v.p.world.resolve(names(v.ts[from:end]), project)
		if len(items) == 1 && fit >= partOf && len(content(names(v.ts[from:end]), false)) >= least {
			return &items[0], end
		}
	}
	return nil, i
}

// plainWords reports whether tokens [i, j) are words that nothing has taken and that belong to no other title.
func (v *view) plainWords(i, j int) bool {
	for k := i; k < j; k++ {
		if n, ok := nounOf(v.ts[k]); v.used[k] || v.ts[k].sort != word || v.ts[k].is("new") || ok && n.kind != project {
			return false
		}
	}
	for _, m := range v.mentions {
		if m.item.kind != project && m.i < j && i < m.j {
			return false
		}
	}
	return true
}

// placeEnds reports whether what stands at i can follow a place.
func (v *view) placeEnds(i int) bool {
	return i >= len(v.ts) || v.used[i] || v.ts[i].sort != word || v.ts[i].in(behindProject) || v.ts[i].is("needs", "requires", "add", "create", "make") || v.isDate(i)
}

// nearPlace takes a place that stands directly behind a new thing's noun: "a task for the portal: ...".
func (v *view) nearPlace(i int) {
	if v.place != nil || i >= len(v.ts) || !v.ts[i].in(where) {
		return
	}
	if it, j := v.partPlace(i, 1); it != nil && v.next(j) < len(v.ts) {
		v.take(i, j)
		v.place = it
	}
}

// anyPlace takes a place anywhere in the clause that is said by a part of a project's name.
func (v *view) anyPlace(least int) *item {
	for i := v.first() + 1; i < len(v.ts); i++ {
		if v.used[i] || !v.ts[i].is("in", "to", "for", "under", "into", "within") || v.inside(i) {
			continue
		}
		if it, j := v.partPlace(i, least); it != nil {
			v.take(i, j)
			return it
		}
	}
	return nil
}

// leadingPart takes "kitchen:" and "for the trip," before a request, and returns whether it did.
func (v *view) leadingPart(i int) bool {
	it, j := v.partPlace(i, 1)
	lead := v.ts[i].in(where)
	if it == nil || j+1 >= len(v.ts) || !v.ts[j].is(":") && (!lead || !v.ts[j].is(",", "-", "–", "—") && v.p.opening(v.ts, v.p.skip(v.ts, j)).verb == noVerb) {
		return false
	}
	if found, fit := v.p.world.resolve(names(v.ts[i:j])); fit >= partOf && (len(found) > 1 || found[0].kind != project) && !lead {
		if found, fit = v.p.world.resolve(names(v.ts[i:j]), task); fit >= partOf && len(found) > 0 {
			return false
		}
	}
	v.take(i, v.trimLeft(j, set(": , - – —")))
	v.place = it
	return true
}
