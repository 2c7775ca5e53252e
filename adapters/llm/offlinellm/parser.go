package offlinellm

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
	if p.filed() {
		return settle(p.out)
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
	for _, in := range unrepeated(unlacking(sharedHome(out))) {
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
			p.making(in[i].title)
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
	if c.link == ";" && p.noun.plural && p.noun.kind == task && p.verb == create && len(p.out) > 0 && p.out[len(p.out)-1].do == makes {
		p.shared = intent{kind: task, do: makes, project: p.out[len(p.out)-1].project}
		p.listed(v)
		return
	}
	if c.link == ";" && p.oneMoreDated(v) {
		return
	}
	v.leadingProject()
	i := p.skip(v.ts, v.first())
	v.take(v.first(), i)
	if i >= len(v.ts) || p.smallTalk(v) {
		p.add(intent{kind: task, trouble: trouble{code: smallTalk}})
		return
	}
	if p.wholly(v, i) {
		return
	}
	i = p.skip(v.ts, v.behindDate(i))
	if p.leadingNote(v, i) || p.belongsOn(v, i) {
		return
	}
	i = v.behindPriority(v.behindNeed(v.ofProject(v.behindNews(i))))
	if p.commentGoes(v, i) {
		return
	}
	h := p.headOf(v, i)
	if h.verb == noVerb && (p.newCalled(v, i) || p.need(v, i)) {
		return
	}
	v.takeHead(h)
	h.end = max(h.end, i)
	if h.verb != jot && h.verb != annotate {
		v.courteous()
	}
	if v.said != "" && p.errandAtHeart(v, h) {
		p.verb = remind
		p.errandOf(v, h)
		return
	}
	if p.verb = h.verb; h.verb == noVerb {
		p.fragment(v)
		return
	}
	p.carryOut(v, h)
}

// takeHead takes the words of a verb, and the priority that they give: "it's important that I ...".
func (v *view) takeHead(h head) {
	for _, k := range h.said {
		v.used[k] = true
		if h.verb == remind && v.ts[k].is("important", "vital", "crucial", "essential", "urgent", "critical") {
			v.said = "high"
		}
	}
}

// wholly reads a clause that is to be taken as a whole: more about what the clause before makes, something that a frame
// fits, a request not to do something, a question, or a heading with things to do.
func (p *parser) wholly(v *view, i int) bool {
	if p.refine(v, i) || p.stateOf(v, i) || p.likewise(v, i) || p.madeInto(v, i) {
		return true
	}
	if n := p.negation(v.ts, i); n > 0 {
		p.refuse(v, i, n)
		return true
	}
	if p.recall(v, i) {
		return true
	}
	if p.aimed(v.ts, i) || p.ordersWorld(v, i) || p.question(v, i) {
		if !p.noteKnows(v, i) {
			p.add(troubled(p.kindIn(v.ts), unclear, ""))
		}
		return true
	}
	return p.agenda(v, i)
}

// headOf finds how the clause begins from token i on, whether it says so by a verb of ours or otherwise.
func (p *parser) headOf(v *view, i int) head {
	h := p.opening(v.ts, i)
	if p.toBeMade(v, i) && h.verb == noVerb {
		h = head{verb: create, end: v.next(i)}
	}
	switch {
	case (h.verb == erase || h.verb == noVerb || h.verb == postpone) && v.lowers(i):
		return head{verb: change, word: v.ts[i].word, said: []int{i}, end: i + 1}
	case p.bringsBack(v, i):
		return head{verb: unarchive, end: i}
	case h.verb != finish && has(v.ts[i:], "is", "are", "was", "were", "been", "got", "has", "have") && p.completed(v, i):
		return head{verb: finish, end: i}
	case p.handing(v, i):
		return head{verb: assign, end: i}
	case h.verb != noVerb && v.leadsTitle(i) && v.stated():
		return head{verb: change, end: i}
	case h.verb == compose && v.dictates(h.end) > 0:
		return head{verb: jot, word: "note", said: h.said, end: h.end + v.dictates(h.end)}
	case h.verb == noVerb && v.askedOfMe(i):
		return head{verb: remind, end: v.next(i)}
	case h.verb == noVerb:
		return p.implied(v, i, v.link)
	}
	return h
}

// errandAtHeart reports whether a clause behind "low priority:" names something to do, and not something to do with what
// is known here: "low priority: read chapter 5".
func (p *parser) errandAtHeart(v *view, h head) bool {
	n, _, det := p.nounPhrase(v.ts, h.end)
	ours := h.verb == noVerb || h.verb == remind || n.kind == task || n.kind != noKind && (det == "a" || det == "an" || det == "new" || det == "another")
	return !ours && !p.known(v.ts, h.end)
}

// stateOf reads a clause that a frame fits as a whole.
func (p *parser) stateOf(v *view, i int) bool {
	in, ok := p.accepted(v, i)
	if !ok {
		in, ok = p.calledAnew(v, i)
	}
	if !ok {
		in, ok = p.framed(v, i)
	}
	if !ok {
		return false
	}
	p.verb = map[deed]verb{removes: erase, changes: change, reads: list, extends: extendIt, makes: annotate}[in.do]
	switch in.do {
	case reads:
		p.show(in.items)
	case removes, changes:
		p.addByKind(in)
	default:
		p.add(in)
	}
	return true
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
