package offlinellm

import "strings"

// parser turns one message into intents. It reads the message and the titles in the world, and nothing else: what
// stands in notes and documents is data and can't ask for anything.
type parser struct {
	message string
	world   *world
	out     []intent
	verb    verb    // of the clause before, for one that repeats it
	noun    noun    // of the clause before
	header  bool    // the clause before announced a list: "add these tasks:"
	made    *item   // the project that this message made last
	shared  intent  // what the entries of an announced list have in common
	subject []item  // what a clause spoke of that asked for nothing
	said    []token // all of the message
}

func (p *parser) calendar() calendar { return calendar{p.world.now} }

// parse reads a message.
func parse(message string, w *world) []intent {
	p := &parser{message: message, world: w}
	p.said = tokenize(message)
	if len(p.said) == 0 {
		return nil
	}
	if in, ok := p.followUp(); ok {
		return in
	}
	for _, c := range p.split(p.said) {
		p.clause(c)
	}
	return settle(p.out)
}

// settle drops small talk, fragments and what is not to be done beside real requests, and everything before "never mind".
func settle(ins []intent) []intent {
	var out []intent
	for _, in := range ins {
		if in.trouble.code == negated && in.trouble.phrase == "" {
			out = nil
		}
		out = append(out, in)
	}
	var kept []intent
	for _, in := range out {
		if in.trouble.code != smallTalk && in.trouble.code != unclear && in.trouble.code != negated {
			kept = append(kept, in)
		}
	}
	if len(kept) > 0 {
		return kept
	}
	for _, in := range out {
		if in.trouble.code == negated {
			return []intent{in}
		}
	}
	return out[:min(len(out), 1)]
}

func (p *parser) add(in ...intent) {
	for i := range in {
		if in[i].kind == project && in[i].do == makes && in[i].trouble.code == fine {
			made := item{kind: project, title: in[i].title, words: plainWords(in[i].title), mentioned: true}
			p.world.items = append(p.world.items, made)
			p.made = &made
		}
	}
	p.out = append(p.out, in...)
}

// clause reads one clause.
func (p *parser) clause(c clause) {
	v := p.view(c.ts)
	v.link = c.link
	if p.header && c.item {
		p.listed(v)
		return
	}
	p.header = false
	v.leadingProject()
	i := p.skip(v.ts, v.first())
	v.take(v.first(), i)
	if i >= len(v.ts) || p.smallTalk(v) {
		p.add(intent{kind: task, trouble: trouble{code: smallTalk}})
		return
	}
	if n := p.negation(v.ts, i); n > 0 {
		p.refuse(v, i, n)
		return
	}
	if p.question(v, i) {
		p.add(troubled(p.kindIn(v.ts), unclear, ""))
		return
	}
	i = p.skip(v.ts, v.behindDate(i))
	i = v.behindPriority(v.behindNeed(i))
	h := p.opening(v.ts, i)
	if h.verb == noVerb {
		h = p.implied(v, i, c.link)
	}
	for _, k := range h.said {
		v.used[k] = true
	}
	if h.end < i {
		h.end = i
	}
	if h.verb != jot && h.verb != annotate {
		v.courteous()
	}
	if p.verb = h.verb; h.verb == noVerb {
		p.fragment(v)
		return
	}
	p.carryOut(v, h)
}

func (p *parser) carryOut(v *view, h head) {
	switch h.verb {
	case create, compose:
		p.create(v, h)
	case remind:
		p.newTasks(v, false)
	case jot:
		p.jot(v, h)
	case list:
		p.list(v, h)
	case openIt:
		p.open(v, h)
	case annotate:
		p.annotate(v)
	case append_:
		if !p.extend(v) {
			p.create(v, h)
		}
	case erase:
		p.erase(v)
	default:
		p.change(v, h)
	}
}

// implied finds the verb of a clause that has none: it repeats the one before, or is an everyday imperative, or names an
// item and its new state.
func (p *parser) implied(v *view, i int, link string) head {
	n, _, det := p.nounPhrase(v.ts, i)
	if verb, at := p.told(v, i); verb != noVerb {
		return head{verb: verb, end: at}
	}
	switch {
	case n.kind != noKind && link != "" && (p.verb == erase || p.verb == list) && (det == "the" || det == "my" || det == ""):
		return head{verb: p.verb, end: i}
	case n.kind != noKind && det != "the" && det != "my" && det != "all" && det != "these" && det != "this":
		if !n.plural || link != "" || has(v.ts, ":") {
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
		return head{verb: remind, end: v.trimLeft(i, set("another one more to"))}
	case v.stated():
		return head{verb: change, end: i}
	case v.ts[i].in(imperatives), p.errand(v, i):
		return head{verb: remind, end: i}
	case p.listCue(v.ts[i:]) && len(v.ts)-i <= 6:
		return head{verb: list, end: i}
	}
	return head{}
}

// behindDate is where a clause goes on that begins with a date: "Tomorrow: ...", "On Saturday clean the gutters".
func (v *view) behindDate(i int) int {
	j := i
	if v.ts[j].is("on", "by", "at", "before") {
		j++
	}
	_, n := v.p.calendar().read(v.ts, j)
	if n == 0 || j < len(v.ts) && v.inside(j) {
		return i
	}
	j += n
	for j < len(v.ts) && v.ts[j].is(",", ":", "-", "–", "—") {
		j++
	}
	if k := v.p.skip(v.ts, j); k < len(v.ts) && (v.ts[k].in(imperatives) || v.p.opening(v.ts, k).verb != noVerb) {
		return j
	}
	return i
}

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

func nounAt(ts []token, i int) (noun, bool) {
	if i >= len(ts) {
		return noun{}, false
	}
	return nounOf(ts[i])
}

func (v *view) resolvesFrom(i int) bool {
	for j := len(v.ts); j > i; j-- {
		if _, fit := v.p.world.resolve(names(v.ts[i:j])); fit >= partOf {
			return true
		}
	}
	return false
}

// behindPriority takes a priority and a colon before a request: "This is urgent: ...".
func (v *view) behindPriority(i int) int {
	l, n := v.levelAt(i, true)
	j := i + n
	if n == 0 || j >= len(v.ts) || !v.ts[j].is(":", "-", "–", "—", ",") {
		return i
	}
	if k := v.p.skip(v.ts, j); k < len(v.ts) && v.p.opening(v.ts, k).verb != noVerb {
		v.take(i, j+1)
		v.said = l
		return k
	}
	return i
}

// behindNeed takes "Orion needs" before a new thing of that project.
func (v *view) behindNeed(i int) int {
	it, j := v.projectFrom(i)
	if it == nil {
		return i
	}
	for _, need := range []string{"needs|requires|wants|gets", "should|must have|get", "still|also needs|requires"} {
		ok, n := words(v.ts, j, need)
		if !ok {
			continue
		}
		if what, _, _ := v.p.nounPhrase(v.ts, j+n); what.kind != noKind && what.kind != project {
			v.take(i, j+n)
			v.place = it
			return j + n
		}
	}
	return i
}

// stated reports whether the clause says of something known what it now is: "Fix login page is done".
func (v *view) stated() bool {
	if len(v.ts) == 0 {
		return false
	}
	for k := v.first() + 1; k < len(v.ts); k++ {
		if v.ts[k].is("is", "has", "was", "should", "needs", "can", ":", "-", "—", "isn't", "are") || v.statusAt(k) > 0 && k >= len(v.ts)-3 {
			items, fit := v.p.world.resolve(names(v.ts[v.first():k]))
			if fit >= partOf && len(items) == 1 {
				rest := v.p.view(v.ts[k:])
				status, _ := rest.status()
				level := rest.priority(true)
				return status != "" || level != "" || len(rest.dates()) > 0 && v.ts[k].is("is", "should", "needs", "are")
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
		for _, c := range []string{"please", "pls", "plz", "thanks", "thank you", "thanks so much|lot", "for me", "thank you very|so much", "if you can|could|would", "if possible", "will you", "would you", "ok", "okay", "cheers", "thx", "thanks a lot", "when you can", "as well", "too", "now", "kindly"} {
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
