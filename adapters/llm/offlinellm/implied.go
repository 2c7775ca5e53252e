package offlinellm

import (
	"strings"
)

// implied finds the verb of a clause that has none: it repeats the one before, or is an everyday imperative, or names an
// item and its new state.
func (p *parser) implied(v *view, i int, link string) head {
	n, _, det := p.nounPhrase(v.ts, i)
	if v.leadsTitle(i) {
		n, det = noun{}, ""
	}
	if p.addsTo(v, i) {
		return head{}
	}
	if verb, at := p.told(v, i); verb != noVerb {
		return head{verb: verb, end: at}
	}
	switch {
	case n.kind != noKind && (link == "with" || link == "including" || link == "containing") && p.made != nil:
		return head{verb: create, end: i}
	case n.kind != noKind && link != "" && (p.verb == erase || p.verb == list) && (det == "the" || det == "my" || det == ""):
		return head{verb: p.verb, end: i}
	case n.kind == noKind && link != "" && p.verb == erase && p.marked(v.ts[i:]):
		return head{verb: erase, end: i}
	case n.kind != noKind && det != "the" && det != "my" && det != "all" && det != "these" && det != "this" && det != "every" && det != "each":
		if !n.plural || link != "" || has(v.ts, ":") || v.place != nil && len(v.dates()) > 1 {
			return head{verb: create, end: i}
		}
		return head{verb: list, end: i}
	case n.kind != noKind && det != "this":
		if v.stated() {
			return head{verb: change, end: i}
		}
		return head{verb: list, end: i}
	case link != "" && p.verb != noVerb && p.verb != remind && p.verb != create && len(v.mentions) > 0:
		return head{verb: p.verb, end: i}
	case link != "" && (p.verb == remind || p.verb == create) && v.ts[i].is("to", "another", "one"):
		end := v.trimLeft(i, set("another one more to"))
		v.take(i, end)
		return head{verb: remind, end: end}
	case v.stated():
		return head{verb: change, end: i}
	case v.ts[i].is("pop", "stick", "chuck", "throw", "slap", "place", "slot", "bung", "get", "file", "enter") && v.onList(i):
		return head{verb: create, word: "add", said: []int{i}, end: i + 1}
	case v.ts[i].in(alone) && i+1 >= len(v.ts):
		return head{}
	case v.ts[i].in(imperatives) && (i+1 >= len(v.ts) || !v.ts[i+1].is("is", "are", "was", "were", "has", "isn't")) && !v.undoneTitle(i) && v.at(i, "do|have we|i|you|they|he|she|it") == 0, p.errand(v, i):
		return head{verb: remind, end: i}
	case p.listCue(v.ts[i:]) && len(v.ts)-i <= 6 && !p.addsTo(v, i):
		return head{verb: list, end: i}
	}
	return head{}
}

// addsTo reports whether a clause only gives a field of what the clause before makes: "Due: tomorrow."
func (p *parser) addsTo(v *view, i int) bool {
	if len(p.out) == 0 || p.out[len(p.out)-1].do != makes && p.out[len(p.out)-1].wants != makes {
		return false
	}
	if v.at(i, "due|deadline|date") > 0 {
		return true
	}
	rest := p.view(v.ts[i:])
	said := rest.priority(true) != ""
	said = rest.when() != nil || said
	where, _ := rest.project()
	return (said || where != nil) && rest.trimLeft(0, titleTails) >= len(rest.ts)
}

// leadsTitle reports whether the full title of something known begins at i, its verb being no request: "Launch day moves
// to Friday".
func (v *view) leadsTitle(i int) bool {
	for _, m := range v.mentions {
		if m.i == i && m.j < len(v.ts) {
			return true
		}
	}
	return false
}

// undoneTitle reports whether a clause only says of a full title that it isn't done.
func (v *view) undoneTitle(i int) bool {
	for _, m := range v.mentions {
		if m.i == i && m.j < len(v.ts) && v.ts[m.j].is("is", "isn't", "are", "aren't", "was", "wasn't", "hasn't", "has") {
			return true
		}
	}
	return false
}

// stated reports whether the clause says of something known what it now is: "Fix login page is done".
func (v *view) stated() bool {
	if len(v.ts) == 0 {
		return false
	}
	for k := v.first() + 1; k < len(v.ts) && k < v.first()+longest; k++ {
		if v.ts[k].is("is", "has", "was", "should", "needs", "can", ":", "-", "—", "isn't", "are", "moves", "moved", "slips", "slipped", "shifts", "goes", "will", "got", "gets") || v.statusAt(k) > 0 && k >= len(v.ts)-3 {
			items, fit := v.p.world.resolve(names(v.ts[v.first():k]))
			undone := v.ts[k].is("isn't") || v.ts[k-1].is("not", "isn't") || v.ts[k].is("not") || k+1 < len(v.ts) && v.ts[k+1].is("not")
			if undone && fit >= partOf && items[0].status != "done" && items[0].status != "" {
				continue // nothing to take back
			}
			if fit >= partOf && len(items) == 1 {
				rest := v.p.view(v.ts[k:])
				status := rest.status()
				level := rest.priority(true)
				return status != "" || level != "" || len(rest.dates()) > 0 && v.ts[k].is("is", "has", "should", "needs", "are", "moves", "moved", "slips", "slipped", "shifts", "goes", "will", "got", "gets")
			}
		}
	}
	return false
}

// courteous takes what is said at the end out of politeness.
func (v *view) courteous() {
	for again := true; again; {
		again = false
		end := len(v.ts)
		for end > 0 && (v.used[end-1] || v.ts[end-1].is("?", "!", ".", ",", "...", ":)", ")") && end-1 > 0) {
			end--
		}
		for _, c := range []string{"please", "pls", "plz", "thanks", "thank you", "thanks so much|lot", "for me", "thank you very|so much", "if you can|could|would", "if possible", "will you", "would you", "ok", "okay", "cheers", "thx", "thanks a lot", "when you can", "remind|nudge|ping me", "remind|nudge|ping me please", "as well", "too", "now", "kindly"} {
			n := len(strings.Fields(c))
			if end-n < 1 {
				continue
			}
			if ok, m := words(v.ts[:end], end-n, c); ok && m == n && !v.ts[end-n-1].is("from", "until", "for", "is", "say", "saying") {
				v.take(end-n, len(v.ts))
				again = true
				break
			}
		}
	}
}
