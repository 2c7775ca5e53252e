package offlinellm

import (
	"slices"
	"strings"
)

// told finds what a statement says of a known task: "I planted the tomatoes", "the crash is fixed", "Plant tomatoes
// comment: too cold", "due date for Plant tomatoes: Friday".
func (p *parser) told(v *view, i int) (verb, int) {
	j := i
	for j < len(v.ts) && v.ts[j].is("i", "we", "i've", "we've", "have", "just", "already", "finally", "now") {
		j++
	}
	said := j > i && v.ts[i].is("i", "we", "i've", "we've")
	passive := has(v.ts[i:], "is", "are", "was", "were", "been") && !has(v.ts[i:], "not", "isn't", "aren't", "?")
	if said || passive {
		items, fit := p.world.resolve(names(v.ts[j:]), task)
		if fit >= sameWords && len(items) == 1 && (said || !titled(v, items[0])) {
			return finish, j
		}
	}
	if p.completed(v, j) {
		return finish, j
	}
	if verb := p.passive(v, i); verb != noVerb {
		return verb, i
	}
	if p.naming(v, i) {
		return rename, i
	}
	for _, m := range v.mentions {
		if n, ok := nounAt(v.ts, m.j); ok && m.item.kind == task && n.kind == comment && m.j+1 < len(v.ts) && v.ts[m.j+1].is(":", "-") {
			v.used[m.j] = true
			return annotate, i
		}
	}
	if n := v.at(i, "the? due? date|deadline|priority|status|assignee|title|name|description of|for|on"); n > 0 && v.ts[i+n-1].is("of", "for", "on") && v.resolvesFrom(i+n) && !has(v.ts, "?") {
		return change, i
	}
	return noVerb, i
}

// titled reports whether the item's full title stands in the clause: then the rest says what is the matter with it.
func titled(v *view, it item) bool {
	for _, m := range v.mentions {
		if m.item.id == it.id {
			return true
		}
	}
	return false
}

// asides say nothing about what was done: "I have just now paid the bill".
var asides = set("i we i've we've have has had just already finally now today yesterday been got was were is are this morning again all")

// past reports whether a token is a past form of the verb that a title begins with: "ordered" of "Order the countertops".
func past(t token, it item) bool {
	if t.sort != word || len(it.stems) == 0 || t.word == it.words[0] || stem(t.word) != it.stems[0] {
		return false
	}
	return irregular[t.word] != "" || strings.HasSuffix(t.word, "ed")
}

// completed reports whether a clause says of a known task that it was done, by the task's own verb: "flights are booked",
// "just ran the 10k", "countertops ordered!".
func (p *parser) completed(v *view, i int) bool {
	if has(v.ts, "not", "isn't", "aren't", "wasn't", "haven't", "hasn't", "?", "will", "should", "if", "when") || len(v.ts)-i > longest {
		return false
	}
	var said []token
	for _, t := range v.ts[i:] {
		if !t.in(asides) {
			said = append(said, t)
		}
	}
	items, fit := p.world.resolve(names(said), task)
	if fit < partOf || len(items) != 1 || len(said) < 2 {
		return false
	}
	return slices.ContainsFunc(said, func(t token) bool {
		return past(t, items[0]) && (!weak[t.word] || t.start == said[0].start || passiveBefore(v.ts, t)) // "the dentist called" is other news
	})
}

// passiveBefore reports whether something was done to what a clause speaks of: "has been called".
func passiveBefore(ts []token, t token) bool {
	for k := 1; k < len(ts); k++ {
		if ts[k].start == t.start {
			return ts[k-1].is("been", "was", "were", "is", "are", "got") || k > 1 && ts[k-2].is("been", "was", "were")
		}
	}
	return false
}

// naming finds a new name that is given without a verb of ours: "call the beta release 'Closed beta' instead", "Apollo
// should be called Artemis". It takes the words around target and name.
func (p *parser) naming(v *view, i int) bool {
	for _, link := range []string{"should|must|shall|will now? be called|named|titled|renamed to?", "is|are now? called|named|titled", "needs to be called|named|renamed to?"} {
		at, n := v.find(i, link)
		if at <= i || at+n >= len(v.ts) || has(v.ts, "?") {
			continue
		}
		if _, fit := p.world.resolve(names(v.ts[i:at])); fit >= partOf {
			v.take(at, at+n-1)
			v.ts = slices.Clone(v.ts)
			v.ts[at+n-1].word, v.ts[at+n-1].sort = "to", word
			return true
		}
	}
	if !v.ts[i].is("call", "name", "title") {
		return false
	}
	instead := v.ts[len(v.ts)-1].is("instead") || v.ts[len(v.ts)-1].is("now")
	tail := 1
	if n := len(v.ts); n > i+4 && v.at(n-3, "from now|here on") == 3 {
		instead, tail = true, 3
	}
	for k := i + 2; k < len(v.ts) && k <= i+longest; k++ {
		if v.ts[k].sort != quoted && (!instead || k >= len(v.ts)-tail || !capital(p.message, v.ts[k])) {
			continue
		}
		if items, fit := p.world.resolve(names(v.ts[i+1 : k])); fit >= partOf && len(items) == 1 && !v.inside(k) {
			v.take(i, i+1)
			if instead {
				v.take(len(v.ts)-tail, len(v.ts))
			}
			return true
		}
	}
	return false
}

// accepted reads "approve Security review" of what was suggested and waits for approval; anything else that is to be
// approved is an errand.
func (p *parser) accepted(v *view, i int) (intent, bool) {
	if !v.ts[i].is("approve", "accept", "confirm") || i+1 >= len(v.ts) {
		return intent{}, false
	}
	end := len(v.ts)
	for end > i+1 && v.ts[end-1].in(politely) {
		end--
	}
	found := v.referred(v.ts[i+1:end], nil)
	if len(found) != 1 || !found[0].waiting && found[0].kind != checkpoint && (len(v.ts[i+1:end]) < 2 || !has(v.ts[i+1:end], "task", "checkpoint", "milestone")) {
		return intent{}, false
	}
	if k := found[0].kind; k != task && k != checkpoint {
		return intent{}, false
	}
	return intent{kind: found[0].kind, do: changes, items: found, approved: true}, true
}

// calledAnew reads "call the pricing note Price list": the kind's name ends the reference, and a new name follows.
func (p *parser) calledAnew(v *view, i int) (intent, bool) {
	if !v.ts[i].is("call", "name", "title", "rename", "retitle") {
		return intent{}, false
	}
	for k := i + 3; k < len(v.ts) && k <= i+longest; k++ {
		n, isNoun := nounOf(v.ts[k-1])
		if !isNoun || v.inside(k-1) || v.inside(k) || v.isDate(k) || v.ts[k].in(stops) {
			continue
		}
		found, fit := p.world.resolve(names(v.ts[i+1:k]), n.kind)
		if name := newName(v, k); fit >= partOf && len(found) == 1 && name != "" {
			return intent{kind: n.kind, do: changes, items: found, title: name}, true
		}
	}
	return intent{}, false
}

// handing reads "have Sam book the flights" and "let Dana do the login page": a known task gets an assignee.
func (p *parser) handing(v *view, i int) bool {
	if i >= len(v.ts) || !v.ts[i].is("have", "get", "let") || i+2 >= len(v.ts) || !capital(p.message, v.ts[i+1]) || v.inside(i+1) {
		return false
	}
	who, end := v.names(i + 1)
	if len(who) == 0 {
		return false
	}
	end = v.trimLeft(end, set("to do handle take over care of work on finish"))
	items, fit := p.world.resolve(names(v.ts[min(end, len(v.ts)):]), task)
	return fit >= partOf && len(items) == 1
}

// bringsBack reads "bring X back to life" and "I want X back" of a project: it is active again.
func (p *parser) bringsBack(v *view, i int) bool {
	start := v.trimLeft(i, set("i we want need take get bring put move pull"))
	for _, back := range []string{"back from? to? the? dead|life|archive", "back", "out of the? archive"} {
		at, n := v.find(start, back)
		if at <= start || v.trimLeft(at+n, set("please now again")) < len(v.ts) {
			continue
		}
		if items, fit := p.world.resolve(unused(v, start, at), project); fit >= partOf && len(items) == 1 && items[0].status == "archived" {
			v.take(i, start)
			v.take(at, at+n)
			return true
		}
	}
	return false
}

// passives are participles that say what is to become of something: "Old Blog can be deleted".
var passives = map[string]verb{"deleted": erase, "removed": erase, "erased": erase, "scrapped": erase, "cancelled": erase, "canceled": erase, "dropped": erase,
	"archived": archive, "reactivated": unarchive, "restored": unarchive, "unarchived": unarchive, "reopened": reopen}

// passive takes "can be deleted" behind something known.
func (p *parser) passive(v *view, i int) verb {
	for _, link := range []string{"can|should|must|may|could now? be", "needs|has|is to be", "can now|safely|also be"} {
		at, n := v.find(i, link)
		if at <= i || at+n >= len(v.ts) || has(v.ts, "?", "not") {
			continue
		}
		verb, ok := passives[v.ts[at+n].word]
		if _, fit := p.world.resolve(names(v.ts[i:at])); ok && fit >= partOf {
			v.take(at, at+n+1)
			return verb
		}
	}
	return noVerb
}
