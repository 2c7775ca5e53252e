package offlinellm

import (
	"slices"
	"strings"
)

// factLeads begin questions about a fact that somebody may have written down.
var factLeads = []string{"what|which|who|whom|whose|when|where", "what's|who's|where's|when's|whats|whos", "until|till|since|by|from when", "for how long", "at|in|on|with|from|to|for what|which|whom", "how much|many|long|often|far|big|large|old|tall|high|expensive|fast",
	"did|do|does|have|has|is|are|was|were"}

// keptFacts are what people keep in a note and nowhere else: the world's facts are not asked for by these words.
var keptFacts = set(`password passcode passphrase pin combination wifi wi-fi login username credentials discount quote code iban birthday
	supplier suppliers vendor contractor plumber landlord electrician caterer deposit warranty measurements dimensions recipe hostname`)

// notFacts are words of questions about the assistant, about advice and about what there is to do.
var notFacts = set(`you your should could would if why shall may might tasks task todo todos projects project milestone milestones checkpoint checkpoints
	reminder reminders today tomorrow tonight doing name next now am best weather happen happens think mean meaning horoscope fortune future iq zodiac mood`)

// noteKnows answers a question that a note may: the one whose title speaks of it, else whichever has the words in its text.
func (p *parser) noteKnows(v *view, i int) bool { return p.noteAbout(v, i) || p.factAsked(v, i) }

// factAsked reads a question about a fact of one's own, "which database did we choose?", and searches all notes for its words.
func (p *parser) factAsked(v *view, i int) bool {
	if i >= len(v.ts) || len(v.ts)-i > longest || len(p.out) > 0 && !has(v.ts, "?") {
		return false
	}
	n := 0
	for _, lead := range factLeads {
		if ok, m := words(v.ts, i, lead); ok {
			n = m
			break
		}
	}
	rest := v.ts[min(i+n, len(v.ts)):]
	if n == 0 || !p.ownFact(rest, v.ts[i]) && (v.ts[i].is("is", "are", "was", "were", "do", "does", "did", "have", "has") || !p.ofOurs(rest)) || len(v.dates()) > 0 && !has(rest, "did") {
		return false
	}
	var search []string
	for _, w := range content1(names(rest)) {
		if len(w) > 1 && !factFillers[w] {
			search = append(search, w)
		}
	}
	if len(search) == 0 {
		return false
	}
	in := intent{kind: note, do: lists}
	in.filter.search = strings.Join(search, " ")
	p.verb, p.noun = list, noun{note, true}
	p.add(in)
	return true
}

// factFillers are words of a question that the note which answers it need not have.
var factFillers = set("last yesterday earlier week month ago today us me i they them their he she it's use using need again please exactly actually get got go going us me mine ours kind type sort someone anyone name called supposed")

// ownFact reports whether a question asks what only the people here know: of what they did or have, of what somebody told
// them, or of something that one keeps a note of.
func (p *parser) ownFact(rest []token, lead token) bool {
	own, kept, told, past := false, false, false, lead.is("did", "have", "has", "was", "were", "do", "does", "is", "are")
	for k, t := range rest {
		if t.sort == quoted {
			continue
		}
		if notFacts[t.word] || t.is("do", "am") && endsAt(rest, k) {
			return false
		}
		own = own || t.is("we", "our", "us", "i", "my", "ours")
		kept = kept || t.in(keptFacts)
		told = told || k > 1 && t.in(sayings) && has(rest[:k], "did", "does", "has")
		past = past || t.is("did", "was", "were", "have", "has", "had", "is", "are", "does", "do") || irregular[t.word] != "" || strings.HasSuffix(t.word, "ed")
	}
	if lead.is("did", "do", "does", "have", "has", "is", "are", "was", "were") {
		return own && !lead.is("is", "are") && len(rest) > 3
	}
	return own && (past || strings.HasSuffix(lead.word, "'s") || lead.is("whats", "whos")) || kept || told
}

// endsAt reports whether no word follows k: "what did we do?".
func endsAt(ts []token, k int) bool {
	return !slices.ContainsFunc(ts[k+1:], func(t token) bool { return t.sort != mark && t.sort != line })
}

// ofOurs reports whether a question speaks of something that the titles here speak of: "how long does the oven delivery
// take?" where a task is about the oven.
func (p *parser) ofOurs(rest []token) bool {
	if slices.ContainsFunc(rest, func(t token) bool { return t.sort == word && notFacts[t.word] }) || len(p.mentions(rest)) > 0 {
		return false
	}
	for k, t := range rest {
		if k == 0 || k > 6 || t.sort != word || len(t.word) < 4 || asking[t.word] || weak[t.word] || generic[t.word] || !has(rest[max(0, k-2):k], "the", "that") {
			continue
		}
		short := stem(t.word)
		if slices.ContainsFunc(p.world.items, func(it item) bool { return slices.Contains(it.stems, short) }) {
			return true
		}
	}
	return false
}
