package offlinellm

import "strings"

var textMarks = []string{
	"with the? following? text|content|body|contents that|saying|of|reading|?", "and the? text|content|body|contents is?", "text|content|body|contents is? :?",
	"that says|reads|states", "which says|reads|states", "saying that?", "says", "reading", "stating that?", "containing", "to say|read|include|contain",
}

var titleMarks = []string{"called|named|titled|entitled", "with the? title of?", "with the? name", "title|name is?"}

// jot makes a note out of all that follows, or adds it to a note that is named.
func (p *parser) jot(v *view, h head) {
	n, end, det := p.nounPhrase(v.ts, h.end)
	if n.kind == note && (det == "a" || det == "another" || det == "new") {
		v.take(h.end, end)
		p.newNote(v, end)
		return
	}
	if n.kind == task && (det == "a" || det == "another" || det == "the") {
		v.takePhrase(h.end, end)
		p.newThingOf(v, n, end)
		return
	}
	if p.remarks(v, h.end) {
		p.annotate(v)
		return
	}
	if p.extend(v) {
		return
	}
	if v.homed(h.end) {
		p.newNote(v, h.end)
		return
	}
	i := v.trimLeft(h.end, set(", for me to down"))
	if at, _ := v.contentMark(i, true); i < len(v.ts) && v.ts[i].sort == quoted && at == i+1 {
		p.newNote(v, h.end)
		return
	}
	for _, m := range append([]string{"about|on|regarding"}, titleMarks...) {
		if at, _ := v.find(i, ":"); v.at(i, m) > 0 && (m != "about|on|regarding" || at > i) {
			p.newNote(v, h.end)
			return
		}
	}
	p.noun = noun{note, false}
	in := intent{kind: note, do: makes, project: p.made}
	v.jotHome(&in, h.end)
	if in.body = v.freeText(h.end); in.body == "" {
		in = lacking(in, "note")
	}
	in.title = headline(in.body)
	p.add(in)
}

// remarks reports whether a note is for a task, and so a comment: "note on the login page task: only in Safari".
func (p *parser) remarks(v *view, i int) bool {
	for k := i + 2; k < len(v.ts) && k < i+longest && v.ts[i].is("on", "for", "to"); k++ {
		if n, ok := nounOf(v.ts[k-1]); ok && n.kind == task && !n.plural && v.ts[k].is(":", "-", "–", "—", "that", "saying") {
			found, fit := p.world.resolve(names(v.ts[i+1:k]), task)
			return fit >= partOf && len(found) == 1
		}
	}
	return false
}

// homed takes "in Apollo" before a note's title: "make a note in Apollo titled Risks".
func (v *view) homed(i int) bool {
	if i >= len(v.ts) || !v.ts[i].in(where) {
		return false
	}
	it, j := v.projectFrom(i)
	if it == nil {
		return false
	}
	for _, m := range titleMarks {
		if v.at(j, m) > 0 {
			v.take(i, j)
			v.place = it
			return true
		}
	}
	return false
}

// jotHome takes "for Orion:" before a note's text.
func (v *view) jotHome(in *intent, i int) {
	if v.place != nil {
		in.project = v.place
	}
	if i < len(v.ts) && v.ts[i].in(where) {
		if it, j := v.projectFrom(i); it != nil && j < len(v.ts) && v.ts[j].is(":", "-", "–", "—", "that", "saying", ",") {
			v.take(i, j)
			in.project = it
		}
	}
}

// newNote makes a note: title and content, either of which may be missing.
func (p *parser) newNote(v *view, from int) {
	p.noun = noun{note, false}
	in := intent{kind: note, do: makes}
	v.noteHome(&in, from)
	i := v.trimLeft(from, set(", for me to down"))
	titled := false
	for _, m := range titleMarks {
		if n := v.at(i, m); n > 0 {
			v.take(i, i+n)
			i, titled = v.trimLeft(i+n, set(": =")), true
			break
		}
	}
	at, n := v.contentMark(i, titled)
	v.noteHome(&in, at)
	switch {
	case titled && at < 0:
		in.title = cleanTitle(v.title(i))
	case titled || at > i:
		in.title = v.noteTitle(i, at)
		in.body = v.freeText(at + n)
	case at == i:
		in.body = v.freeText(at + n)
	default:
		p.bareNote(v, i, &in)
	}
	if in.title == "" && in.body != "" {
		in.title = headline(in.body)
	}
	if in.title == "" {
		in = lacking(intent{kind: note, project: in.project, unknown: in.unknown}, "note")
	}
	if in.project == nil && in.unknown == "" {
		in.project = p.made
	}
	p.add(in)
}

// noteHome takes the project directly at i, where a note's place is said before its text.
func (v *view) noteHome(in *intent, i int) {
	if in.project != nil || i < 0 {
		return
	}
	if v.place != nil {
		in.project = v.place
		return
	}
	for k := max(0, i-6); k <= i && k < len(v.ts); k++ {
		if v.used[k] || !v.ts[k].in(where) {
			continue
		}
		it, j := v.projectFrom(k)
		if it == nil || j < len(v.ts) && v.ts[j].sort == word && !v.ts[j].in(behindProject) {
			continue
		}
		v.take(k, j)
		in.project = it
		return
	}
}

// contentMark finds where a note's text begins: a colon or "saying". A title in quotation marks ends before it.
func (v *view) contentMark(i int, titled bool) (at, n int) {
	best, length := -1, 0
	if i+2 < len(v.ts) && v.ts[i].sort == quoted && v.ts[i+1].is("with") && !v.used[i+1] && v.textMarkAt(i+1) == 0 {
		return i + 1, 1
	}
	for k := i; k < len(v.ts); k++ {
		if v.used[k] {
			continue
		}
		if v.ts[k].is(":", "-", "–", "—") && (k > i || v.ts[k].is(":")) && k+1 < len(v.ts) {
			return k, 1
		}
		for _, m := range textMarks {
			if at, _ := v.find(k+1, "with the? text|content|body|words"); at > k && strings.HasPrefix(m, "to say") {
				continue // "Books to read with the text ..."
			}
			if c := v.at(k, m); c > length {
				best, length = k, c
			}
		}
		if k == i && v.ts[k].is("that") && !titled {
			return k, 1
		}
		if best >= 0 {
			return best, length
		}
	}
	return -1, 0
}

// textMarkAt is the length of the words at i that lead to a note's text.
func (v *view) textMarkAt(i int) int {
	n := 0
	for _, m := range textMarks {
		n = max(n, v.at(i, m))
	}
	return n
}

func (v *view) noteTitle(i, at int) string {
	i = v.trimLeft(i, set("about on regarding for of the titled called named and with"))
	if i >= at {
		return ""
	}
	if v.ts[i].sort == quoted {
		return v.ts[i].word
	}
	for at > i && (v.used[at-1] || v.ts[at-1].in(titleTails)) {
		at--
	}
	return cleanTitle(v.text(i, at))
}

// freeText is what is said from token i on, as it was written.
func (v *view) freeText(i int) string {
	i = v.trimLeft(i, set(": , that - – — saying"))
	if n := v.at(i, "the? following|this"); n > 0 && i+n < len(v.ts) && v.ts[i+n].is(":", "-", "–", "—") {
		i = v.trimLeft(i+n, set(": - – —"))
	}
	if i >= len(v.ts) {
		return ""
	}
	if v.ts[i].sort == quoted && v.next(i+1) >= len(v.ts) {
		return v.ts[i].word
	}
	return strings.TrimSpace(v.text(i, len(v.ts)))
}

// bareNote reads a note without a mark: about something, a quotation, or simply its text.
func (p *parser) bareNote(v *view, i int, in *intent) {
	about := v.at(i, "about|on|regarding|concerning|for") > 0
	if i < len(v.ts) && v.ts[i].sort == quoted {
		in.title = v.ts[i].word
		rest := v.freeText(i + 1)
		if k := v.next(i + 1); k < len(v.ts) && v.ts[k].in(where) {
			v.used[i] = true
			in.project, in.unknown = v.project()
			rest = ""
		}
		in.body = rest
		if rest == "" {
			in.body = in.title
		}
		return
	}
	if in.project == nil {
		in.project, in.unknown = v.project()
	}
	k := v.trimLeft(i, set("about on regarding concerning for that to :"))
	text := cleanTitle(v.text(k, len(v.ts)))
	in.body = text
	if about {
		in.title = strings.TrimPrefix(strings.TrimPrefix(text, "the "), "my ")
	} else if n := len(strings.Fields(text)); n <= 4 && p.verb != jot {
		in.title = text
	}
}

// headline is a title for a note that has none: its first words.
func headline(body string) string {
	line, _, _ := strings.Cut(body, "\n")
	fields := strings.Fields(line)
	if len(fields) <= 8 {
		return strings.Join(fields, " ")
	}
	return strings.Join(fields[:8], " ") + "…"
}
