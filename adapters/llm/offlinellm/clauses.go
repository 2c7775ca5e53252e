package offlinellm

// clause is one part of a message that asks for something by itself.
type clause struct {
	ts   []token
	link string // the word that joins it to the clause before: "and", "with", or a mark
	item bool   // an entry of a list: a bullet or a numbered line
}

var (
	joints = map[string]bool{",": true, "and": true, "then": true, "also": true, "plus": true, "&": true, "but": true,
		"with": true, "-": true, "–": true, "—": true, "or": true, "+": true, "including": true, "...": true, "…": true, "..": true, "containing": true, "after": true}
	joiners       = set("and then also plus & , but afterwards next finally as well additionally ; + please")
	abbreviations = set("dr mr mrs ms st vs etc approx no e.g i.e prof inc jr sr")
)

// split parts a message into clauses: at line ends, at the end of sentences, and where a joining word is followed by
// something that asks for itself. The full title of a known thing is never cut.
func (p *parser) split(ts []token) []clause {
	protected := make([]bool, len(ts))
	for _, m := range p.mentions(ts) {
		for k := m.i + 1; k < m.j; k++ {
			protected[k] = true
		}
	}
	var out []clause
	start, link, entry := 0, "", false
	cut := func(end, next int, by string) {
		if start < end {
			out = append(out, clause{ts[start:end], link, entry})
		}
		start, link, entry = next, by, false
	}
	for k := 0; k < len(ts); k++ {
		if k == start {
			if n := bullet(ts, k); n > 0 {
				start, entry = k+n, true
				k += n - 1
				continue
			}
		}
		if protected[k] {
			continue
		}
		if k > start && k+2 < len(ts) && plainDay.MatchString(ts[k].word) && ts[k].sort == word && ts[k+1].is(")") {
			cut(k, k+2, "")
			entry = true
			k++
			continue
		}
		switch next := p.behind(ts, k); {
		case k > start && p.breaks(ts, k) && !p.swallows(ts[start:k], ts[k+1:]):
			cut(k, k+1, ts[k].word)
		case k > start && ts[k].sort != quoted && joints[ts[k].word] && next < len(ts) && p.demands(ts[start:k], ts, k, next):
			by := ts[k].word
			if by == "," && next > k+1 {
				by = ts[next-1].word
			}
			cut(k, next, by)
			k = next - 1
		}
	}
	cut(len(ts), len(ts), "")
	return p.merged(out)
}

// bullet is the length of "- ", "* ", "1." or "2)" at the start of a line.
func bullet(ts []token, k int) int {
	switch {
	case k > 0 && ts[k-1].sort != line && k != 0:
		return 0
	case ts[k].is("-", "*", "•", "–"):
		return 1
	case k+1 < len(ts) && plainDay.MatchString(ts[k].word) && ts[k].sort == word && ts[k+1].is(".", ")", ":"):
		return 2
	case k+2 < len(ts) && ts[k].is("(") && plainDay.MatchString(ts[k+1].word) && ts[k+2].is(")"):
		return 3
	}
	return 0
}

// breaks reports whether a sentence or a line ends at token k.
func (p *parser) breaks(ts []token, k int) bool {
	switch {
	case ts[k].sort == line, ts[k].is(";"):
		return true
	case k+1 >= len(ts) || ts[k].sort != mark:
		return false
	case ts[k].is("?", "!", "?!", "!?"):
		return true
	case ts[k].is("."):
		if f, _ := labelAt(ts, k+1); f != noField || k > 0 && callsAt(ts, k+1) {
			return true
		}
		return (k <= 0 || !ts[k-1].in(abbreviations)) && (capital(p.message, ts[k+1]) || ts[k+1].sort != word || p.opening(ts, p.skip(ts, k+1)).verb != noVerb)
	}
	return false
}

// behind is the token at which a clause would begin if one ended at k.
func (p *parser) behind(ts []token, k int) int {
	next := k + 1
	for next < len(ts) && ts[next].sort != quoted && joiners[ts[next].word] {
		next++
	}
	if ok, n := words(ts, next, "in|for|to|under it|there|that"); ok {
		if what, _, det := p.nounPhrase(ts, next+n); what.kind != noKind && det != "" {
			next += n
		}
	}
	if ok, n := words(ts, next, "after that"); ok {
		next += n
		for next < len(ts) && ts[next].is(",") {
			next++
		}
	}
	return next
}

// swallows reports whether what comes before is free text (a note, a comment) that what follows still belongs to.
func (p *parser) swallows(before, after []token) bool {
	if !p.freeText(before) {
		return false
	}
	i := p.skip(after, 0)
	if len(after) <= longest && p.smallTalk(p.view(after)) {
		return false
	}
	if p.refines(before, after, i) {
		return false
	}
	h := p.opening(after, i)
	if i > 0 && after[0].is("then", "also", "next", "finally", "afterwards", "please") && h.verb != noVerb && h.verb != jot && p.known(after, h.end) {
		return false
	}
	return !p.strong(after, i)
}

// asking reports whether a clause is a question that no tool answers.
func (p *parser) asking(ts []token) bool { return p.question(p.view(ts), p.skip(ts, 0)) }

// freeText reports whether a clause has begun to say a note's or a comment's text.
func (p *parser) freeText(ts []token) bool {
	i := p.skip(ts, 0)
	h := p.opening(ts, i)
	if h.verb == jot {
		return true
	}
	n, end, _ := p.nounPhrase(ts, h.end)
	if h.verb == annotate || (h.verb == create || h.verb == compose) && (n.kind == note && !n.plural || n.kind == comment) {
		for k := max(h.end, end); k < len(ts); k++ {
			if ts[k].is(":", "saying", "says", "that", "text", "content", "reading", "stating", "about") {
				return true
			}
		}
	}
	return false
}

// strong reports whether a request of ours begins at token i beyond doubt, even in the middle of free text.
func (p *parser) strong(ts []token, i int) bool {
	h := p.opening(ts, i)
	n, _, det := p.nounPhrase(ts, h.end)
	switch h.verb {
	case create, compose:
		return n.kind != noKind && det != "the"
	case change, rename, postpone, assign, finish, begin, reopen, archive, unarchive, erase, annotate, prioritize, relax:
		return len(p.mentions(until(ts[h.end:]))) > 0
	case remind:
		return ts[i].is("remind")
	case noVerb, list, openIt, extendIt, jot:
	}
	return false
}

// until cuts tokens at the next line or sentence end.
func until(ts []token) []token {
	for k, t := range ts {
		if t.sort == line || t.is(";", ".") {
			return ts[:k]
		}
	}
	return ts
}

// demands reports whether tokens from next on ask for something by themselves, after a joint at k.
func (p *parser) demands(before, ts []token, k, next int) bool {
	rest := until(ts[:min(len(ts), next+2*longest)])
	before = before[:min(len(before), 2*longest)]
	if next >= len(rest) {
		return false
	}
	i := p.skip(rest, next)
	if ts[k].is(",", "-", "–", "—", "...") && p.smallTalk(p.view(rest[next:])) && len(rest)-next <= longest {
		return true
	}
	if ts[k].is("...", "…", "..") || p.asking(before) {
		if h := p.opening(rest, i); h.end < len(rest) && rest[h.end].in(pronouns) && (h.verb == change || h.verb == postpone || h.verb == create) {
			return true
		}
		return p.negation(rest, i) > 0 || p.strong(rest, i)
	}
	if p.freeText(before) {
		if n := p.negation(rest, i); n > 0 && ts[k].is(",", "but") && i+n < len(rest) {
			h := p.opening(rest, i+n)
			what, _, det := p.nounPhrase(rest, h.end)
			if (h.verb == create || h.verb == erase || h.verb == remind) && what.kind != noKind && det != "the" {
				return true
			}
		}
		return ts[k].is("and", "then", "also", ",") && p.strong(rest, i)
	}
	if ts[k].is("with", "including", "containing") {
		return p.carries(before, rest, next)
	}
	if ts[k].is("-", "–", "—", "+") {
		return false
	}
	if p.negation(rest, i) > 0 {
		return true
	}
	if ok, _ := words(rest, next, oneOfThem); ok && rest[next].is("one", "another", "the") && p.announces(before) {
		return false
	}
	if h := p.opening(before, p.skip(before, 0)); h.verb == create && callsAt(rest, i) {
		n, _, _ := p.nounPhrase(before, h.end)
		return n.kind != noKind
	}
	return p.requests(before, rest, i) || p.repeats(before, rest, next)
}

// carries reports whether "with" brings further things along: a project with a milestone, with tasks A and B.
func (p *parser) carries(before, ts []token, next int) bool {
	h := p.opening(before, p.skip(before, 0))
	n, _, _ := p.nounPhrase(ts, next)
	if n.kind == noKind || n.kind == project || n.kind == comment {
		return false
	}
	if h.verb == create || h.verb == compose {
		into, _, _ := p.nounPhrase(before, h.end)
		return into.kind == project
	}
	return h.verb == noVerb && len(p.out) > 0
}

// requests reports whether a verb of ours begins at i, and what follows is what that verb is for.
func (p *parser) requests(before, ts []token, i int) bool {
	h := p.opening(ts, i)
	end := h.end
	n, _, det := p.nounPhrase(ts, end)
	if ts[i].is("approve", "accept", "confirm") && i+1 < len(ts) && ts[i+1].in(pronouns) {
		return true
	}
	if p.titleOnly(before, ts, i) {
		return false
	}
	if end >= len(ts) && (h.verb == reopen || h.verb == archive || h.verb == unarchive || h.verb == erase) && ts[i].sort == word && len(h.said) == 1 {
		return len(p.view(before).spokenOfIn(0, len(before))) == 1
	}
	switch h.verb {
	case remind:
		return true
	case jot:
		return true
	case create, compose:
		return n.kind != noKind && (det != "the" || len(p.mentions(ts[end:])) > 0 || p.namesNew(ts, h.end)) ||
			h.verb == create && end < len(ts) && (ts[end].sort == quoted || ts[end].is("it", "them") || len(p.mentions(ts[end:])) > 0) && h.word != "plan"
	case list, openIt:
		return n.kind != noKind && !ts[i].is("check", "get", "find", "see", "any") || ts[i].is("show", "list", "what", "what's", "which", "tell", "open") &&
			(len(p.mentions(ts[end:])) > 0 || p.listCue(ts[end:]))
	case noVerb:
		return false
	default:
		if end+1 < len(ts) && ts[end].is("only", "just") {
			end++
		}
		return end < len(ts) && (ts[end].is("it", "them", "that", "this", "those", "these", "its", "their") || p.known(ts, end) || ts[end].sort == quoted ||
			h.verb == change && p.opening(before, p.skip(before, 0)).verb == create && ts[end].is("the") && end+1 < len(ts) && ts[end+1].is("priority", "due", "deadline", "status")) ||
			n.kind != noKind && (det == "the" || det == "my" || det == "this" || det == "that") && (len(p.mentions(ts[end:])) > 0 || p.nounEnds(ts, h.end) || p.pointsAtSubject(before, ts, h.end, n.kind))
	}
}
