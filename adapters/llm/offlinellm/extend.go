package offlinellm

import (
	"strings"
)

// extend reads "add X to the packing list note" and "add to my packing list: X": more text for a note that is there.
func (p *parser) extend(v *view) bool {
	for k := range v.ts {
		if v.used[k] || !v.ts[k].is("to", "on", "in", "into", "onto", "under", "at") {
			continue
		}
		start := k + 1
		if n := v.at(k, "to|at|on the end|bottom|top of|?"); n > 2 {
			start = k + n
			if start < len(v.ts) && v.ts[start].is("of", "the") {
				start++
			}
		}
		it, end, ok := v.noteAt(start)
		if !ok {
			continue
		}
		first := v.first()
		text := ""
		switch {
		case k > first:
			v.take(k, end)
			text = v.extension(first, k)
			if rest := v.trimLeft(end, set(": - – — saying says that with text")); text == "" || onlyTails(text) || isLine(text) {
				text = v.freeText(rest)
			}
		case end < len(v.ts):
			text = v.freeText(v.trimLeft(end, set(": , - – — that saying text")))
		}
		p.noun = noun{note, false}
		p.grow(it, text, false)
		return true
	}
	return p.extendsUnknown(v)
}

// extendsUnknown reads "add milk to the groceries note" where no such note is known.
func (p *parser) extendsUnknown(v *view) bool {
	for k := v.first() + 1; k+2 < len(v.ts); k++ {
		if v.used[k] || !v.ts[k].is("to", "in", "into", "onto") || !v.ts[k+1].is("the", "my", "our") {
			continue
		}
		for end := k + 3; end < len(v.ts) && end < k+7 && v.ts[end-1].sort != mark; end++ {
			if !isNote(v.ts[end]) || end+1 < len(v.ts) && v.ts[end+1].sort == word {
				continue
			}
			p.noun = noun{note, false}
			p.add(troubled(note, missing, cleanTitle(v.text(k+2, end))))
			return true
		}
	}
	return false
}

// belongsOn reads "bananas should go on the grocery list".
func (p *parser) belongsOn(v *view, i int) bool {
	for _, link := range []string{"should|must|can|could|needs|need|has|have to? go|be|come|belong on|onto|to|in|into", "belongs|belong|goes|go on|onto|in|into"} {
		at, n := v.find(i+1, link)
		if at <= i {
			continue
		}
		items, end, ok := v.noteAt(at + n)
		if !ok || v.trimLeft(end, politely) < len(v.ts) || v.resolvesFrom(i) && at-i > 1 && len(p.mentions(v.ts[i:at])) > 0 {
			continue
		}
		v.take(at, len(v.ts))
		p.noun = noun{note, false}
		p.grow(items, v.extension(i, at), false)
		return true
	}
	return false
}

// leadingNote reads "in the pricing ideas note add 'free tier'".
func (p *parser) leadingNote(v *view, i int) bool {
	if i+2 >= len(v.ts) || !v.ts[i].is("in", "to", "on", "into", "under") {
		return false
	}
	items, end, ok := v.noteAt(i + 1)
	if !ok {
		return false
	}
	j := p.skip(v.ts, v.trimLeft(end, set(", : - – —")))
	if j+1 >= len(v.ts) || !v.ts[j].is("add", "append", "write", "put", "include", "note", "insert") {
		return false
	}
	v.take(0, j+1)
	p.noun = noun{note, false}
	p.grow(items, v.extension(j+1, len(v.ts)), false)
	return true
}

func isLine(s string) bool {
	return sameText(s, "a line") || sameText(s, "line") || sameText(s, "an entry") || sameText(s, "an item") || sameText(s, "the following") ||
		sameText(s, "a bullet") || sameText(s, "a sentence") || sameText(s, "text") || sameText(s, "this")
}

func (v *view) extension(i, j int) string {
	i = v.trimLeft(i, set(": , - that"))
	if n := v.at(i, "a|an|the|another line|entry|item|bullet|sentence|text|step|ingredient|section|paragraph|thing|word|point point?"); n > 0 {
		i = v.trimLeft(i+n, set(": saying about that"))
	}
	if i < j && v.ts[i].sort == quoted && v.next(i+1) >= j {
		return v.ts[i].word
	}
	for j > i && v.ts[j-1].is(",", ":", "-") {
		j--
	}
	if i >= j {
		return ""
	}
	return strings.TrimSpace(v.text(i, j))
}

// noteAt reads a reference to a note at token i: its full title, or a part of it beside the word note.
func (v *view) noteAt(i int) (items []item, end int, ok bool) {
	if i < len(v.ts) && v.ts[i].is("it", "that", "there") && v.trimLeft(i+1, politely) >= len(v.ts) && (len(v.p.out) > 0 || len(v.p.subject) > 0) {
		if found := v.p.spokenOf([]kind{note}, false); len(found) == 1 && found[0].kind == note {
			return found, i + 1, true
		}
	}
	j := v.trimLeft(i, set("the my our this that"))
	for _, m := range v.mentions {
		if m.item.kind == note && m.i >= j && m.i <= j+2 && (m.i == j || allNotes(v.ts[j:m.i])) {
			end = m.j
			if end < len(v.ts) && isNote(v.ts[end]) {
				end++
			}
			return []item{m.item}, end, true
		}
	}
	lead := j < len(v.ts) && isNote(v.ts[j])
	if lead && v.inside(j) { // the title of something else
		return nil, i, false
	}
	for k := j; k < len(v.ts) && k < j+7 && !v.ts[k].is(":", ",", "saying"); k++ {
		if !isNote(v.ts[k]) || lead && k == j {
			continue
		}
		if found, fit := v.p.world.resolve(names(v.ts[j:k]), note); fit >= loose {
			return found, k + 1, true
		}
	}
	if lead {
		for k := min(len(v.ts), j+7); k > j+1; k-- {
			if found, fit := v.p.world.resolve(names(v.ts[j+1:k]), note); fit >= loose && !has(v.ts[j+1:k], ":", ",", "saying") {
				return found, k, true
			}
		}
		if notes := v.p.world.all(note); len(notes) == 1 && has(v.ts[i:j+1], "the", "that", "this", "my") {
			return notes, j + 1, true
		}
	}
	return nil, i, false
}

func isNote(t token) bool {
	n, ok := nounOf(t)
	return ok && n.kind == note && !n.plural
}

func allNotes(ts []token) bool {
	for _, t := range ts {
		if !isNote(t) && !t.is("called", "titled", "named", ":") {
			return false
		}
	}
	return true
}

// grow adds text to the one note that is meant.
func (p *parser) grow(items []item, text string, replace bool) {
	in := intent{kind: note, do: extends, items: items, body: text, replace: replace}
	switch {
	case len(items) > 1:
		in.trouble = trouble{code: ambiguous, candidates: items, phrase: text}
	case text == "":
		in.trouble = trouble{code: unsaid, phrase: "text"}
	}
	p.add(in)
}
