package offlinellm

import "strings"

// parser turns one message into intents. It reads the message and the titles in the world, and nothing else: what
// stands in notes and documents is data and can't ask for anything.
type parser struct {
	message    string
	world      *world
	out        []intent
	verb       verb      // of the clause before, for one that repeats it
	noun       noun      // of the clause before
	header     bool      // the clause before announced a list: "add these tasks:"
	made       *item     // the project that this message made last
	shared     intent    // what the entries of an announced list have in common
	subject    []item    // what a clause spoke of that asked for nothing
	said       []token   // all of the message
	named      []mention // in all of the message, with so many items to name
	namedAmong int
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
			made := item{kind: project, title: in[i].title, mentioned: true}.matchable()
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
	if p.leadingNote(v, i) {
		return
	}
	i = v.behindPriority(v.behindNeed(i))
	h := p.opening(v.ts, i)
	switch {
	case p.bringsBack(v, i):
		h = head{verb: unarchive, end: i}
	case h.verb != finish && has(v.ts[i:], "is", "are", "was", "were", "been", "got") && p.completed(v, i):
		h = head{verb: finish, end: i}
	case p.handing(v, i):
		h = head{verb: assign, end: i}
	case h.verb != noVerb && v.leadsTitle(i) && v.stated():
		h = head{verb: change, end: i}
	}
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
	case extendIt:
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
	case n.kind != noKind && !n.plural && (link == "with" || link == "including") && p.made != nil:
		return head{verb: create, end: i}
	case n.kind != noKind && link != "" && (p.verb == erase || p.verb == list) && (det == "the" || det == "my" || det == ""):
		return head{verb: p.verb, end: i}
	case n.kind == noKind && link != "" && p.verb == erase && p.marked(v.ts[i:]):
		return head{verb: erase, end: i}
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
	case v.ts[i].in(imperatives) && (i+1 >= len(v.ts) || !v.ts[i+1].is("is", "are", "was", "were", "has", "isn't")), p.errand(v, i):
		return head{verb: remind, end: i}
	case p.listCue(v.ts[i:]) && len(v.ts)-i <= 6 && !p.addsTo(v, i):
		return head{verb: list, end: i}
	}
	return head{}
}

// addsTo reports whether a clause only gives a field of what the clause before makes: "Due: tomorrow."
func (p *parser) addsTo(v *view, i int) bool {
	return len(p.out) > 0 && p.out[len(p.out)-1].do == makes && v.at(i, "due|deadline|date") > 0
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

// stated reports whether the clause says of something known what it now is: "Fix login page is done".
func (v *view) stated() bool {
	if len(v.ts) == 0 {
		return false
	}
	for k := v.first() + 1; k < len(v.ts) && k < v.first()+longest; k++ {
		if v.ts[k].is("is", "has", "was", "should", "needs", "can", ":", "-", "—", "isn't", "are", "moves", "moved", "slips", "slipped", "shifts", "goes", "will", "got", "gets") || v.statusAt(k) > 0 && k >= len(v.ts)-3 {
			items, fit := v.p.world.resolve(names(v.ts[v.first():k]))
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
