package offlinellm

import "slices"

// files are verbs by which something is put into a list of ours.
var files = set("create make add put track log save enter file register record capture note write store keep turn treat include list set open jot")

// filed reads what is said first and then called a task, a note or a project: "wash the curtains - create that as a task",
// "the dentist has moved, put that in a note"; and the other way round: "track this as a task: wash the curtains".
func (p *parser) filed() bool {
	ts := p.said
	if len(ts) > longestFrame || slices.ContainsFunc(ts, func(t token) bool { return t.sort == line }) {
		return false
	}
	for k := range ts {
		if !ts[k].in(files) || ts[k].sort != word {
			continue
		}
		n, end := p.filing(ts, k)
		if n.kind == noKind {
			continue
		}
		lead := p.skip(ts, 0) == k || k == 0
		v := p.view(ts)
		for j := k; j < end; j++ {
			if level, m := v.levelAt(j, true); m > 0 && v.said == "" {
				v.said = level
			}
		}
		start := k
		for start > 0 && (ts[start-1].sort == mark || ts[start-1].in(politely) || ts[start-1].is("and", "could", "can", "you", "just", "so", "let's")) {
			start--
		}
		switch {
		case lead && end < len(ts) && ts[end].is(":", "-", "–", "—"):
			v.take(0, end+1)
		case !lead && start > 1 && start < k:
			for end < len(ts) && ts[end].in(politely) {
				end++
			}
			v.take(start, end)
			v.take(0, p.skip(ts, 0))
		default:
			continue
		}
		v.courteous()
		p.verb, p.noun = create, n
		v.filedAs(n)
		return true
	}
	return false
}

// filing reads "create that as a task", "put it in a note" and "make a task out of it" at k.
func (p *parser) filing(ts []token, k int) (noun, int) {
	if ok, n := words(ts, k+1, "this|that|it down"); ok && ts[k].is("note", "write", "jot", "put", "take") {
		return noun{note, false}, k + 1 + n
	}
	for _, pattern := range []string{"this|that|it in|down|up? as|into|in|to a|an|my|new|another|the?", "the following in|down? as|into|in|to a|an|my|new|another|the?", "this|that|it as|into|in|to a|an|my|new|another|the", "this|that|it a|an|new"} {
		ok, n := words(ts, k+1, pattern)
		if !ok {
			continue
		}
		if what, end, _ := p.nounPhrase(ts, k+1+n); what.kind != noKind && what.kind != comment && (ts[k+n].is("a", "an", "my", "new", "another", "the") || what.plural || ts[end-1].is("list")) {
			return noun{what.kind, false}, end
		}
	}
	what, end, det := p.nounPhrase(ts, k+1)
	if what.kind == noKind || what.plural || det != "a" && det != "an" && det != "new" {
		return noun{}, k
	}
	if ok, n := words(ts, end, "for|about|from|of|out of? it|this|that"); ok {
		return what, end + n
	}
	return noun{}, k
}

// filedAs makes a thing of what is left of a message.
func (v *view) filedAs(n noun) {
	i := v.first()
	if n.kind != note {
		v.p.newThingOf(v, n, i)
		return
	}
	in := intent{kind: note, do: makes, body: cleanTitle(v.text(i, len(v.ts)))}
	in.title = headline(in.body)
	v.p.add(in)
}

// madeInto reads "make 'Sandbox live' a milestone of Orion" and "Cookbook should become a new project".
func (p *parser) madeInto(v *view, i int) bool {
	if n, at := v.nameOf(i); n.kind != noKind {
		v.take(at, len(v.ts))
		p.verb, p.noun = create, n
		p.newThingOf(v, n, v.first())
		return true
	}
	from, link := i, "should|must|shall|will|could|needs|has to? become|be a|an|another|our new?"
	if v.ts[i].is("make", "turn") {
		from, link = i+1, "into? a|an|another|our new?"
	}
	for at := from + 1; at < len(v.ts) && at < from+8; at++ {
		n := v.at(at, link)
		if n == 0 || v.ts[at].sort == quoted || v.ts[from].in(pronouns) || v.ts[from].is("there", "me", "us", "i", "we", "you") {
			continue
		}
		what, ok := nounAt(v.ts, at+n)
		if !ok || what.kind == comment || what.plural {
			continue
		}
		if _, fit := p.world.resolve(names(v.ts[from:at])); fit >= partOf {
			return false
		}
		v.take(i, from)
		v.take(at, at+n+1)
		p.verb, p.noun = create, what
		p.newThingOf(v, noun{what.kind, false}, v.first())
		return true
	}
	return false
}

// nameOf finds "is the name of a new project" behind a name.
func (v *view) nameOf(i int) (noun, int) {
	at, n := v.find(i+1, "is|will|would|shall be? the? name|title of|for a|an|our|my|the new?")
	if at <= i || at+n >= len(v.ts) || at-i > 6 {
		return noun{}, 0
	}
	what, ok := nounAt(v.ts, at+n)
	if !ok || what.kind == comment || v.ts[at+n-1].is("the") {
		return noun{}, 0
	}
	return what, at
}

// newCalled reads a new thing that is only spoken of: "Alma is the client of a new project called Smile".
func (p *parser) newCalled(v *view, i int) bool {
	at, n := v.find(i, "a|an|another new project|task|note|milestone|checkpoint called|named|titled")
	if at <= i {
		return false
	}
	what, _ := nounOf(v.ts[at+n-2])
	client := ""
	for k := i; k < at; k++ {
		for _, c := range p.world.clients {
			if fold(c.id) == v.ts[k].word || len(c.words) > 0 && titleAt(v.ts, k, c.words) > 0 {
				client = c.id
			}
		}
	}
	v.take(i, at+n-1)
	first := len(p.out)
	p.verb, p.noun = create, what
	p.newThingOf(v, what, at+n-1)
	for k := first; k < len(p.out); k++ {
		if what.kind == project && p.out[k].client == "" {
			p.out[k].client = client
		}
	}
	return true
}

// likewise reads "Cancel the gym too" and "same for the gym" after a change: the same again.
func (p *parser) likewise(v *view, i int) bool {
	if len(p.out) == 0 {
		return false
	}
	last := p.out[len(p.out)-1]
	if last.trouble.code != fine || last.do != changes && last.do != removes || len(last.items) == 0 {
		return false
	}
	start, end, said := i, len(v.ts), false
	if n := v.at(i, "the? same goes|applies|thing? for|with|to"); n > 0 {
		start, said = i+n, true
	}
	for end > start && v.ts[end-1].sort == mark {
		end--
	}
	for _, tail := range []string{"as well", "too", "also", "likewise", "same"} {
		n := len(plainWords(tail))
		if end-n <= start {
			continue
		}
		if ok, m := words(v.ts[:end], end-n, tail); ok && m == n {
			end, said = end-n, true
		}
	}
	if !said || start >= end {
		return false
	}
	found := v.referred(v.ts[start:end], []kind{last.kind})
	if len(found) != 1 {
		return false
	}
	last.items = found
	p.add(last)
	return true
}
