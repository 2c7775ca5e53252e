package offlinellm

// keepsVerb are openers that make something of ours only when a kind is named; else they belong to a task's title:
// "write the report", "set up the printer".
var keepsVerb = set(`make set start open begin kick spin plan build log register enter generate launch initiate define establish write draft
	record save store keep capture type leave post drop schedule include`)

// create reads "add ...", "make ...", "write ..." : a new thing, or something more for one that is there.
func (p *parser) create(v *view, h head) {
	if h.word == "schedule" || h.word == "plan" {
		if n, _, _ := p.nounPhrase(v.ts, h.end); n.kind == noKind && (p.marked(v.ts[h.end:]) || v.leadsTitle(v.next(h.end))) {
			p.change(v, head{verb: postpone, word: h.word, said: h.said, end: h.end})
			return
		} else if n.kind == noKind {
			p.errandOf(v, h)
			return
		}
	}
	n, end, det := p.nounPhrase(v.ts, h.end)
	if n.kind == noKind && v.at(h.end, "a|the? description|deadline|due date? to|for") > 0 && p.fieldOf(v) {
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

func (p *parser) newThingOf(v *view, n noun, end int) {
	for _, courtesy := range []string{"please|pls", "for me|us"} {
		if m := v.at(end, courtesy); m > 0 && end+m < len(v.ts) && v.ts[end+m].sort != word {
			v.take(end, end+m)
			end += m
		}
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
		v.taskEnd = end
		p.newTasks(v, n.plural)
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

// asKind takes "as a task", "as three tasks", "to my todo list" at the end.
func (v *view) asKind() (kind, bool) {
	if i, n := v.find(0, "to|on my|the|our list"); i > v.first() && (i+n >= len(v.ts) || v.ts[i+n].in(behindProject) || v.ts[i+n].sort != word || v.isDate(i+n)) {
		v.take(i, i+n)
		return task, false
	}
	for i := range v.ts {
		if v.used[i] || !v.ts[i].is("as", "to", "on", "in", "into", "onto") {
			continue
		}
		n, end, _ := v.p.nounPhrase(v.ts, i+1)
		list := v.ts[min(end, len(v.ts))-1].is("list")
		if n.kind == noKind || n.kind == project || end < len(v.ts) && v.ts[end].sort == word && !v.ts[end].in(behindProject) && !v.isDate(end) {
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
	base := v.taskSlots()
	from := v.trimLeft(0, titleLeads)
	titles := v.listTitles(from, plural)
	if len(titles) == 0 && plural {
		p.header = true
		p.shared = base
		return
	}
	if len(titles) == 0 {
		base.do, base.trouble = nothing, trouble{code: unsaid, phrase: "task"}
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
	in := intent{kind: task, do: makes, priority: v.said}
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
	if i, n := v.find(0, "with|as|and, status of? :?"); i >= 0 {
		rest := v.p.view(v.ts[i+n:])
		if s := rest.status(); s != "" {
			in.status = s
			v.take(i, min(len(v.ts), i+n+2))
		}
	}
	return in
}

// description takes "with the description ..." to the clause's end.
func (v *view) description() string {
	for _, d := range []string{"with|and a|the? description|details|detail of|that|saying|?", "description|details is?", "described as"} {
		i, n := v.find(0, d)
		if i < 0 || i == v.first() {
			continue
		}
		k := i + n
		if !v.ts[i].is("with", "and", "described") && (k >= len(v.ts) || !v.ts[k].is(":", "-")) {
			continue
		}
		for k < len(v.ts) && v.ts[k].is(":", "-", ",", "of", "saying") {
			k++
		}
		end := len(v.ts)
		if k < end && v.ts[k].sort == quoted {
			end = k + 1
		}
		body := cleanTitle(v.text(k, end))
		if body == "" {
			continue
		}
		for i > 0 && v.ts[i-1].is(",", "with") {
			i--
		}
		v.take(i, end)
		return body
	}
	return ""
}

// listTitles are the titles that a clause gives: the parts of a list where it is one, else the whole.
func (v *view) listTitles(from int, plural bool) []string {
	var cuts [][2]int
	start, imperative := from, from < len(v.ts) && v.ts[from].in(imperatives)
	commas, quotes := 0, 0
	for k := from; k < len(v.ts); k++ {
		if v.ts[k].sort == quoted && !v.used[k] {
			quotes++
		}
		if v.used[k] || v.inside(k) && v.inside(k-1) || !v.ts[k].is(",", "and", "&", "/", "+") {
			continue
		}
		if v.ts[k].is(",") {
			commas++
		}
		if k > start {
			cuts = append(cuts, [2]int{start, k})
		}
		start = k + 1
		for start < len(v.ts) && v.ts[start].is("and", "to", ",", "then") {
			start++
		}
		imperative = imperative && start < len(v.ts) && v.ts[start].in(imperatives)
	}
	cuts = append(cuts, [2]int{start, len(v.ts)})
	several := plural || quotes > 1 && quotes >= len(cuts) || imperative && len(cuts) > 2 || imperative && len(cuts) == 2 && v.p.verb == remind && v.first() == 0
	if !several || len(cuts) < 2 {
		if t := cleanTitle(v.title(from)); t != "" && !onlyTails(t) {
			return []string{t}
		}
		return nil
	}
	var out []string
	for _, c := range cuts {
		i := c[0]
		for i < c[1] && (v.used[i] || v.ts[i].in(titleLeads)) {
			i++
		}
		if t := cleanTitle(v.text(i, c[1])); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// onlyTails reports whether nothing but joining words is left.
func onlyTails(s string) bool {
	for _, t := range tokenize(s) {
		if t.sort == quoted || !t.in(titleTails) && !t.in(titleLeads) && !t.is("it", "that", "this", "one", "something", "the", "a") {
			return false
		}
	}
	return true
}
