package offlinellm

import "slices"

// field is a part of a thing that a later sentence may give.
type field int

const (
	noField field = iota
	titleField
	bodyField
	dueField
	priorityField
	projectField
	peopleField
	statusField
	taskField
)

// labels name a field before a colon or "is": "Title: ...", "the deadline is ...".
var labels = []struct {
	pattern string
	field   field
}{
	{"task|todo name|title", titleField}, {"title|name|subject|heading|headline", titleField}, {"new title|name", titleField}, {"project|note|milestone|checkpoint name|title", titleField},
	{"content|contents|text|body|description|details|message|comment|remark|detail", bodyField},
	{"due|target? date|deadline|day|time", dueField}, {"due|when|deadline|until", dueField}, {"due on|by", dueField}, {"priority|prio|importance|urgency", priorityField},
	{"project|for|in project?", projectField}, {"assignee|assignees|owner|responsible|who|assigned to?", peopleField}, {"status|state", statusField}, {"task|on task?", taskField},
}

type naming struct {
	pattern string
	field   field
}

// calls give what was just spoken of a name or a text.
var calls = []naming{
	{"call|name|title|label it|this|that|them|him|her", titleField}, {"it|this|that should|shall|must|will|can be called|named|titled", titleField}, {"it's|its called|named|titled", titleField},
	{"it is called|named|titled", titleField}, {"with the? name|title of?", titleField}, {"use|give|take it? as|the? name|title", titleField}, {"i'd|i|we|we'd would? like|want to call it|this|that", titleField},
	{"let's call|name it|this|that", titleField}, {"and? call it", titleField}, {"titled|called|named|entitled", titleField}, {"it|this|that says|reads|contains|states|goes", bodyField}, {"it|this|that should|must|shall|needs|has to? say|read|contain|state|include|mention", bodyField},
	{"write in|into? it|there", bodyField}, {"put|write in it|there|inside", bodyField}, {"it is about", titleField}, {"it's about", titleField},
	{"it|this|that is|should|must|has|needs|gets", dueField}, {"it's", dueField}, {"it's|its due|for", dueField}, {"it|this|that belongs|goes|is part? to|in|into|of", projectField}, {"it's|its for|in|part of? project?", projectField},
	{"put|add|assign it to|in|into|under|on", projectField}, {"assign|give|delegate it to", peopleField}, {"it's|it is for", peopleField}, {"it is|'s assigned to", peopleField},
}

// labelAt finds a field's label at token i, and where its value begins.
func labelAt(ts []token, i int) (field, int) {
	j := i
	if j < len(ts) && ts[j].is("the", "its", "with", "a", "and") {
		j++
	}
	best, end := noField, 0
	for _, l := range labels {
		ok, n := words(ts, j, l.pattern)
		if !ok || j+n >= len(ts) || j+n <= end {
			continue
		}
		k := j + n
		switch {
		case ts[k].is(":", "=", "->", "→") && k+1 < len(ts):
			best, end = l.field, k+1
		case ts[k].is("is", "should", "will", "must") && k+1 < len(ts) && !ts[i].is("task", "who", "when", "in", "for", "on", "comment"):
			if k++; ts[k].is("be") {
				k++
			}
			best, end = l.field, k
		}
	}
	return best, end
}

// refine reads a sentence that says more about what the sentence before makes: "Call it Orion.", "Title: ...", "It is due
// on Friday". What was lacking is then complete.
func (p *parser) refine(v *view, i int) bool {
	if len(p.out) == 0 || i >= len(v.ts) {
		return false
	}
	in := &p.out[len(p.out)-1]
	if in.do != makes && in.wants == nothing {
		return false
	}
	f, at := labelAt(v.ts, i)
	if f == noField {
		for _, c := range calls {
			if ok, n := words(v.ts, i, c.pattern); ok && i+n < len(v.ts) && n > at-i {
				f, at = c.field, i+n
			}
		}
	}
	if f == noField || at >= len(v.ts) || in.kind == project && p.newPart(v.ts, at) {
		return false
	}
	if v.ts[i].is("it", "it's", "its", "this", "that") && f != titleField && f != bodyField && p.merges(in, v, i) {
		return true
	}
	if !p.give(in, f, v, at) {
		return false
	}
	p.complete(in)
	return true
}

// merges takes over everything that a sentence says of the thing before: "It is due on Friday and has high priority."
func (p *parser) merges(in *intent, v *view, i int) bool {
	before := *in
	rest := p.view(v.ts[i:])
	rest.take(0, 1)
	p.merge(rest, in, head{verb: change})
	return in.priority != before.priority || in.due != before.due || in.project != before.project || len(in.people) != len(before.people) || in.status != before.status
}

// callsAt reports whether a sentence begins at i that gives a name or a text to what was spoken of: "call it Orion".
func callsAt(ts []token, i int) bool {
	return slices.ContainsFunc(calls, func(c naming) bool { ok, n := words(ts, i, c.pattern); return ok && i+n < len(ts) })
}

// refines reports whether a sentence gives a field of a note or a comment that has no text so far.
func (p *parser) refines(before, after []token, i int) bool {
	if f, _ := labelAt(after, i); f == noField && !callsAt(after, i) {
		return false
	}
	return !has(before, ":", "saying", "says", "that", "reading", "stating", "text", "content") || has(before[max(0, len(before)-2):], "that", "this", "text", "content")
}

// give sets a field from what stands at token i on.
func (p *parser) give(in *intent, f field, v *view, i int) bool {
	for i < len(v.ts)-1 && v.ts[i].is(":", "-", "–", "—", "=") {
		i++
	}
	switch f {
	case titleField:
		v.take(0, i)
		if in.kind == task && in.wants == makes {
			return p.titled(in, v, i)
		}
		in.title = newName(v, i)
		return in.title != ""
	case bodyField:
		if in.body = v.freeText(i); in.kind == note && in.title == "" {
			in.title = headline(in.body)
		}
		return in.body != ""
	case dueField:
		w, end := v.dateAt(i)
		if end > i {
			in.due = &w
		}
		return end > i
	case priorityField:
		level, n := v.levelAt(i, true)
		if n > 0 {
			in.priority = level
		}
		return n > 0
	case projectField:
		return p.giveProject(in, v, i)
	case peopleField:
		who, end := v.names(i)
		if in.kind == task && end > i {
			in.people = who
		}
		return end > i && in.kind == task
	case statusField:
		in.status = p.view(v.ts[i:]).status()
		return in.status != ""
	case taskField:
		found, fit := p.world.resolve(names(v.ts[i:]), task)
		if in.kind != comment || fit < partOf {
			return false
		}
		in.items = found
		return true
	case noField:
	}
	return false
}

func (p *parser) giveProject(in *intent, v *view, i int) bool {
	found, fit := p.world.resolve(names(v.ts[i:]), project)
	switch {
	case in.kind == project:
		return false
	case fit >= partOf && len(found) == 1:
		in.project, in.unknown = &found[0], ""
		return true
	}
	return false
}

// titled gives a task the title that stands at token i, and with it whatever else the sentence says.
func (p *parser) titled(in *intent, v *view, i int) bool {
	more := v.taskSlots()
	if more.title = cleanTitle(v.title(i)); more.title == "" {
		return false
	}
	in.title = more.title
	fill(in, more)
	return true
}

// fill takes over from another intent what this one doesn't say.
func fill(in *intent, more intent) {
	if in.due == nil {
		in.due = more.due
	}
	if in.priority == "" {
		in.priority = more.priority
	}
	if in.project == nil {
		in.project, in.unknown = more.project, more.unknown
	}
	if len(in.people) == 0 {
		in.people = more.people
	}
	if in.status == "" {
		in.status = more.status
	}
	if in.body == "" {
		in.body = more.body
	}
}

// complete lets an intent do what it wants to, once nothing is lacking any more.
func (p *parser) complete(in *intent) {
	if in.wants == nothing {
		return
	}
	lacks := in.title == ""
	if in.kind == comment {
		lacks = len(in.items) != 1 || in.body == ""
	}
	if lacks {
		return
	}
	in.do, in.trouble = in.wants, trouble{}
	switch in.kind {
	case checkpoint:
		if in.do == makes {
			p.housed(in)
		}
	case project:
		if in.do == makes {
			p.making(in.title)
		}
	case task, note, comment, noKind:
	}
}

// making remembers a project that this message makes.
func (p *parser) making(title string) {
	made := item{kind: project, title: title, mentioned: true}.matchable()
	p.world.items = append(p.world.items, made)
	p.made = &made
}

// names a thing by a fragment: "Create a project. Orion."
func (p *parser) namedBy(v *view) bool {
	n := len(p.out)
	if n == 0 || p.out[n-1].wants != makes || p.out[n-1].title != "" || p.out[n-1].kind == comment {
		return false
	}
	before := p.out[n-1]
	p.out = p.out[:n-1]
	i := v.first()
	p.newThingOf(v, noun{before.kind, false}, i)
	if len(p.out) == n && p.out[n-1].trouble.code == fine {
		fill(&p.out[n-1], before)
		return true
	}
	p.out = append(p.out[:n-1], before)
	return false
}

// unrepeated drops a deletion or an approval that was asked for already: "take it off my list, I mean delete it".
func unrepeated(ins []intent) []intent {
	var out []intent
	for _, in := range ins {
		again := slices.ContainsFunc(out, func(x intent) bool {
			same := x.do == in.do && x.kind == in.kind && slices.EqualFunc(x.items, in.items, func(a, b item) bool { return a.id == b.id })
			return same && len(in.items) > 0 && x.trouble.code == fine && (in.do == removes || in.approved && x.approved)
		})
		if !again {
			out = append(out, in)
		}
	}
	return out
}

// unlacking drops what lacks a title where a later sentence makes a thing of that kind: "Create a task. Buy milk."
func unlacking(ins []intent) []intent {
	var out []intent
	for i, in := range ins {
		later := slices.ContainsFunc(ins[i+1:], func(x intent) bool { return x.kind == in.kind && x.do == makes && x.trouble.code == fine })
		if in.wants != makes || in.trouble.code != unsaid || !later {
			out = append(out, in)
		}
	}
	return out
}
