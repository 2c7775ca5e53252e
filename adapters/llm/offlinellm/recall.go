package offlinellm

import (
	"slices"
	"strings"
)

// recalls are questions about what was written down, without a note being named.
var recalls = []string{
	"what did|have i|we|they|you|everyone|the? team|client|customer? decide|decided|agree|agreed|discuss|discussed|say|said|write|wrote|written|note|noted|learn|learned|conclude|concluded|settle|settled|record|recorded|jot|mention|mentioned|want|talk down? on|upon|about|for|regarding|concerning|in|at|with|of|during?",
	"what was|were|got|has|have been? decided|agreed|discussed|said|noted|written|recorded|concluded|planned|settled down? on|upon|about|for|regarding|concerning|in|at|with|of|during?",
	"what do|does my|our|the notes|note|minutes say|tell|contain|mention|have me? about|on|regarding|for?",
	"what do|did i|we have|know|write|note|noted in my|the|our notes? down? about|on|regarding",
	"what does it say|my|our notes? about|on", "where did|have i|we write|note|put|written|noted|save|saved|record|recorded down?", "remind me what we|i decided|agreed|discussed|said|wrote|noted down? on|about|for|in|at?",
	"do|have|did i|we have|got|write|written|note|noted|save|saved anything|something|stuff written|noted? down? on|about|for|regarding",
	"do|does my|our|the notes|note|memos say|mention|contain|have|tell|talk me? anything|something|stuff? about|on|regarding", "is|are there anything|something in my|our|the notes about|on|regarding", "anything|something in my|our|the notes about|on|regarding", "find what i|we wrote|noted|said|decided|agreed down? on|about|for",
	"search|look|check|go through|in|into? my|our|the|all? notes for|about", "what|which notes|note did|do i|we make|take|write|have|save about|on|regarding|for", "look up what we|i wrote|said|noted|decided down? about|on|for?",
}

// sayings are verbs of what others said, which a note may hold: "what did Acme want?"
var sayings = set("say said want need ask request propose suggest mention promise tell offer decide agree require expect recommend think")

// sayingAt reads "what did Acme want in June" at i: the words behind "did" are what a note is about.
func (v *view) sayingAt(i int) (from, to int) {
	if ok, n := words(v.ts, i, "what did|does|do"); ok {
		for k := i + n + 1; k < len(v.ts) && k < i+n+6; k++ {
			if v.ts[k].in(sayings) && !v.ts[i+n].is("i", "we", "you", "it", "they") {
				return i + n, k
			}
		}
	}
	return 0, 0
}

// recall answers a question about what notes say: the note that is meant, else those that speak of it.
func (p *parser) recall(v *view, i int) bool {
	if from, to := v.sayingAt(i); to > 0 {
		if items, fit := p.world.resolve(names(v.ts[from:to]), note); fit >= partOf && len(items) == 1 {
			p.show(items)
			return true
		}
	}
	if p.lookedUp(v, i) || p.inNotes(v, i) {
		return true
	}
	for _, r := range recalls {
		ok, n := words(v.ts, i, r)
		if !ok {
			continue
		}
		end := len(v.ts)
		for end > i+n && (v.ts[end-1].sort == mark || v.ts[end-1].is("again", "please", "last", "time")) {
			end--
		}
		phrase := names(v.ts[min(i+n, end):end])
		if len(content(phrase, true)) == 0 {
			continue
		}
		items, fit := p.world.resolve(phrase, note)
		if fit < partOf || len(items) != 1 {
			items, fit = p.world.resolve(content0(phrase), note)
		}
		if fit >= partOf && len(items) == 1 {
			p.show(items)
			return true
		}
		in := intent{kind: note, do: lists}
		if where, fit := p.world.resolve(phrase, project); fit >= partOf && len(where) == 1 {
			in.project = &where[0]
		} else {
			in.filter.search = cleanTitle(v.text(v.trimLeft(i+n, set("the my our")), end))
		}
		p.verb, p.noun = list, noun{note, true}
		p.add(in)
		return true
	}
	return false
}

// generic are words of titles that say nothing of what a note is about.
var generic = set("meeting meetings list lists note notes plan plans idea ideas call project projects task tasks feedback decisions decision summary review team work things stuff general recommendations")

// noteAbout answers a question that only a note can: one of whose subjects is in the title of one note and of nothing else,
// "how much butter goes into the croissants?"; and "when do we launch?", of a milestone.
func (p *parser) noteAbout(v *view, i int) bool {
	if i >= len(v.ts) || !v.ts[i].is("what", "what's", "when", "when's", "how", "who", "who's", "where", "where's", "which", "is", "are", "did", "does") {
		return false
	}
	if has(v.ts[i:], "you", "your", "should", "could", "would", "if", "why") {
		return false
	}
	var found []item
	when := v.ts[i].is("when", "when's", "whens")
	for k := i + 1; k < len(v.ts); k++ {
		t := v.ts[k]
		if t.sort != word || len(t.word) < 4 || asking[t.word] || weak[t.word] || generic[t.word] || !when && !v.ts[k-1].is("the", "my", "our", "that") {
			continue
		}
		for _, it := range p.world.items {
			if slices.Contains(it.stems, stem(strings.TrimSuffix(t.word, "'s"))) && !slices.ContainsFunc(found, func(x item) bool { return x.id == it.id && x.kind == it.kind }) {
				found = append(found, it)
			}
		}
	}
	if len(found) != 1 || found[0].kind != note && (found[0].kind != checkpoint || !when) {
		return false
	}
	p.show(found)
	return true
}

// lookedUp reads "look in my notes: when do the backups run?".
func (p *parser) lookedUp(v *view, i int) bool {
	for _, lead := range []string{"look|search|check|see|go|browse up? in|into|at|through? my|our|the|all? notes|memos", "in|from|according|per to? my|our|the notes", "what do my|our|the notes say"} {
		ok, n := words(v.ts, i, lead)
		if !ok || i+n+1 >= len(v.ts) || !v.ts[i+n].is(":", ",", "-", "–", "and", "to", "for", "—", "what", "when", "where", "who", "how", "which") {
			continue
		}
		in := intent{kind: note, do: lists}
		in.filter.search = strings.Join(content1(names(v.ts[i+n:])), " ")
		if in.filter.search == "" {
			continue
		}
		p.verb, p.noun = list, noun{note, true}
		p.add(in)
		return true
	}
	return false
}

// inNotes reads "what does sobremesa mean in my notes?".
func (p *parser) inNotes(v *view, i int) bool {
	at, n := v.find(i+1, "in|from|within|inside|per my|our|the notes|memos")
	if at < 0 || v.trimLeft(at+n, set("? ! . please")) < len(v.ts) || !v.ts[i].in(asking) {
		return false
	}
	in := intent{kind: note, do: lists}
	for _, w := range content1(names(v.ts[i:at])) {
		if !factFillers[w] && w != "mean" && w != "say" && w != "stand" && w != "written" {
			in.filter.search = strings.TrimSpace(in.filter.search + " " + w)
		}
	}
	if in.filter.search == "" || has(v.ts[i:at], "task", "tasks", "project", "projects") {
		return false
	}
	p.verb, p.noun = list, noun{note, true}
	p.add(in)
	return true
}

// asking are words of a question that no note need have.
var asking = set("what when where who whom how which why do does did is are was were will would can could should the we i our my have has had find tell me out much many long often and to for if whether run runs there any about")

func content1(phrase []string) []string {
	var out []string
	for _, w := range phrase {
		if !asking[w] && !weak[w] {
			out = append(out, w)
		}
	}
	return out
}

// content0 leaves the words of meetings and talks out of a phrase: "the kickoff meeting" is the note of the kickoff.
func content0(phrase []string) []string {
	var out []string
	for _, w := range phrase {
		if !meetings[w] {
			out = append(out, w)
		}
	}
	return out
}

var meetings = set("meeting meetings call talk discussion session notes minutes conversation last week yesterday today's yesterday's latest")
