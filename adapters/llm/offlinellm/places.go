package offlinellm

import "strings"

// where words lead to a project.
var where = set("in to for on under into inside within of from at onto")

// behindProject are words that may follow a project's name that says where something belongs.
var behindProject = set(`and with by due on at for called named titled to that saying as which but in before until till high low
	medium urgent asap project it's its please next this tomorrow today tonight then also assigned assign about says reading
	containing because now too or`)

// leadingProject takes "In Apollo, ..." and "For the Apollo project: ..." at a clause's start.
func (v *view) leadingProject() {
	i := v.first()
	if i >= len(v.ts) || v.p.projectAt(v.ts, i) == 0 && v.leadingPart(i) || !v.ts[i].in(where) && v.p.projectAt(v.ts, i) == 0 {
		return
	}
	it, j := v.projectFrom(i)
	if it == nil || j < len(v.ts) && !v.ts[j].is(",", ":", "-", "–", "—") && (!v.ts[i].is("in", "for", "on", "under") || v.p.opening(v.ts, v.p.skip(v.ts, j)).verb == noVerb) {
		return
	}
	if !v.ts[i].in(where) && (j >= len(v.ts) || !v.ts[j].is(":")) {
		return
	}
	for j < len(v.ts) && v.ts[j].is(",", ":", "-", "–", "—") {
		j++
	}
	v.take(i, j)
	v.place = it
}

// projectFrom reads a project at i: a leading word, "the", "project", its full name or, beside the word project, a part
// of it.
func (v *view) projectFrom(i int) (*item, int) {
	j := i
	for j < len(v.ts) && v.ts[j].in(where) && j <= i {
		j++
	}
	for j < len(v.ts) && v.ts[j].is("the", "my", "our", "this", "that", "new") {
		j++
	}
	noun := false
	if j < len(v.ts) && v.isProject(j) {
		noun = true
		j++
		for j < len(v.ts) && v.ts[j].is("called", "named", ":") {
			j++
		}
	}
	if j > i && v.p.made != nil && (j >= len(v.ts) || noun && !capital(v.p.message, v.ts[j])) && noun {
		return v.p.made, j
	}
	if j < len(v.ts) && v.p.made != nil && j > i && v.ts[j].is("it", "there") {
		return v.p.made, j + 1
	}
	for _, it := range v.p.world.items {
		if it.kind != project || j >= len(v.ts) || len(it.words) == 0 {
			continue
		}
		if n := titleAt(v.ts, j, it.words); n > 0 && n == v.p.projectAt(v.ts, j) {
			if j+n < len(v.ts) && v.isProject(j+n) {
				n++
			}
			return &it, j + n
		}
	}
	return v.partly(j, noun)
}

func (v *view) isProject(i int) bool {
	n, ok := nounOf(v.ts[i])
	return ok && n.kind == project && !n.plural
}

// partly reads part of a project's name beside the word project: "the website project".
func (v *view) partly(j int, noun bool) (*item, int) {
	for end := min(len(v.ts), j+5); end > j; end-- {
		phrase := end
		switch {
		case noun:
		case end < len(v.ts) && v.isProject(end):
			phrase = end + 1
		default:
			continue
		}
		if has(v.ts[j:end], ",", ":", "and", "to", "with", "by") {
			continue
		}
		if items, fit := v.p.world.resolve(names(v.ts[j:end]), project); len(items) == 1 && fit >= loose {
			return &items[0], phrase
		}
	}
	return nil, j
}

// project takes the words that say where something belongs. unknown is a project that was named and isn't there.
func (v *view) project() (it *item, unknown string) {
	if v.place != nil {
		return v.place, ""
	}
	if it := v.newPlace(); it != nil {
		return it, ""
	}
	for i := range v.ts {
		if v.used[i] || !v.ts[i].in(where) {
			continue
		}
		it, j := v.projectFrom(i)
		if it == nil || j <= i+1 {
			continue
		}
		if j < len(v.ts) && v.ts[j].sort == word && !v.used[j] && !v.ts[j].in(behindProject) && !v.isDate(j) {
			continue
		}
		v.take(i, j)
		return it, ""
	}
	for _, m := range v.mentions { // "..., Orion, high priority"
		start := m.i
		for start > 0 && (v.isProject(start-1) || v.ts[start-1].is(":")) {
			start--
		}
		if m.item.kind == project && !v.used[m.i] && start > 0 && v.ts[start-1].is(",", "(", "-", "–", "—", "|") && (m.j >= len(v.ts) || v.used[m.j] || v.ts[m.j].is(",", ")", "-", "–", "—", "|")) {
			v.take(start-1, m.j)
			return &m.item, ""
		}
	}
	if it := v.placeBetween(); it != nil {
		return it, ""
	}
	return nil, v.unknownProject()
}

// placeBetween takes a part of a project's name that stands between commas: "beta out, mobile app, 1 February".
func (v *view) placeBetween() *item {
	for i := 1; i < len(v.ts); i++ {
		if v.used[i] || v.inside(i) || !v.ts[i-1].is(",", "-", "–", "—", "|") {
			continue
		}
		end := i
		for end < len(v.ts) && !v.used[end] && v.ts[end].sort == word && !v.isDate(end) {
			end++
		}
		if end-i < 2 || end < len(v.ts) && !v.used[end] && !v.ts[end].is(",", ".", "!", "-", "–", "—", "|") && !v.isDate(end) || v.ts[i].in(imperatives) {
			continue
		}
		if found, fit := v.p.world.resolve(names(v.ts[i:end]), project); fit >= partOf && len(found) == 1 && len(content(names(v.ts[i:end]), false)) > 1 {
			v.take(i-1, end)
			return &found[0]
		}
	}
	return nil
}

// newPlace takes "in a new project called Patio": the project is made first.
func (v *view) newPlace() *item {
	for _, pattern := range []string{"in|to|for|under|into a|another|the? new project called|named|titled?", "in|to|for|under|into a|another project called|named|titled"} {
		i, n := v.find(0, pattern)
		if i < 0 || i+n >= len(v.ts) {
			continue
		}
		end := i + n + 1
		for v.ts[i+n].sort != quoted && end < len(v.ts) && !v.used[end] && !v.ts[end].is(",", "and", "with", "by", "due", "to", ":", "that") && !v.isDate(end) {
			end++
		}
		name := cleanTitle(v.text(i+n, end))
		if name == "" || v.used[i+n] || v.ts[i+n].is("to", ":", "that", "and") {
			continue
		}
		v.take(i, end)
		v.p.add(intent{kind: project, do: makes, title: name})
		return v.p.made
	}
	return nil
}

func (v *view) isDate(i int) bool {
	_, n := v.p.calendar().read(v.ts, i)
	return n > 0
}

// unknownProject takes "in project Foo" and "to the Foo project" where no such project is known.
func (v *view) unknownProject() string {
	for i := range v.ts {
		if v.used[i] || !v.ts[i].is("in", "to", "for", "under", "into") {
			continue
		}
		j := v.trimLeft(i+1, set("the my our a new"))
		if j+1 < len(v.ts) && v.isProject(j) && (capital(v.p.message, v.ts[j+1]) || v.ts[j+1].sort == quoted) {
			name, n := v.name(j + 1)
			if n > 0 {
				v.take(i, j+1+n)
				return name
			}
		}
		name, n := v.name(j)
		if n > 0 && j+n < len(v.ts) && v.isProject(j+n) && (capital(v.p.message, v.ts[j]) || v.ts[j].sort == quoted) {
			v.take(i, j+n+1)
			return strings.TrimSpace(name)
		}
	}
	return ""
}
