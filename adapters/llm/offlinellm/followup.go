package offlinellm

import (
	"slices"
	"strings"
)

// offers begin an assistant's question that "yes" says yes to.
var offers = []string{"do you want|wish me to", "would you like|want me to", "shall|should i", "can|may i", "want me to", "do you really? want to", "are you sure you? want? to?"}

var assents = set("yes yep yeah yup sure ok okay please do correct right exactly absolutely definitely go ahead confirm confirmed it that y course of yes! sounds good do fine")

// followUp reads a message that only makes sense after the conversation so far: "yes", "no", "the second one", a bare
// title after a question.
func (p *parser) followUp() ([]intent, bool) {
	if len(p.world.history) == 0 || len(p.said) > 8 {
		return nil, false
	}
	asked, before := p.lastTurns()
	if asked == "" {
		return nil, false
	}
	if p.assent() {
		if ins := p.offered(asked); len(ins) > 0 {
			return ins, true
		}
		if p.world.last != noKind && !thanking(p.said) {
			return []intent{troubled(p.world.last, unsaid, "what to do")}, true
		}
		return nil, false
	}
	choice := p.choice()
	if len(choice) == 0 || before == "" {
		return nil, false
	}
	return p.chosen(before, choice)
}

func thanking(ts []token) bool { return has(ts, "thanks", "thank", "thx", "cheers", "great") }

// lastTurns are what the assistant said last and what the user had said before that.
func (p *parser) lastTurns() (asked, before string) {
	h := p.world.history
	for _, v := range slices.Backward(h) {
		switch {
		case !v.user && asked == "":
			asked = v.text
		case v.user && asked != "":
			return asked, v.text
		}
	}
	return asked, ""
}

func (p *parser) assent() bool {
	for _, t := range p.said {
		if t.sort == word && !assents[t.word] {
			return false
		}
	}
	return has(p.said, "yes", "yep", "yeah", "yup", "sure", "ok", "okay", "do", "go", "correct", "right", "absolutely", "definitely", "confirm", "confirmed", "exactly", "y")
}

// offered reads the question that was assented to as the request it offers to carry out.
func (p *parser) offered(asked string) []intent {
	for sentence := range strings.SplitSeq(asked, "\n") {
		ts := tokenize(sentence)
		for i := range ts {
			for _, o := range offers {
				if ok, n := words(ts, i, o); ok && i+n < len(ts) && strings.Contains(sentence[ts[i].start:], "?") {
					request, _, _ := strings.Cut(sentence[ts[i+n].start:], "?")
					return p.again(request)
				}
			}
		}
	}
	return nil
}

// again parses another text in the same world, without its history.
func (p *parser) again(message string) []intent {
	w := *p.world
	w.items = slices.Clone(p.world.items)
	w.history = nil
	ins := parse(message, &w)
	for _, in := range ins {
		if in.trouble.code == unclear || in.trouble.code == smallTalk || in.trouble.code == unsaid {
			return nil
		}
	}
	return ins
}

// choice are the items that a bare answer picks: "the second one", "both", a title and nothing else.
func (p *parser) choice() []item {
	v := p.view(p.said)
	v.take(0, p.skip(v.ts, 0))
	v.courteous()
	if n, m := v.ordinal(v.first()); m > 0 && v.trimLeft(v.first()+m, titleTails) >= len(v.ts) {
		found := p.listedBefore(nil)
		if n == -1 {
			n = len(found)
		}
		if n >= 1 && n <= len(found) {
			return found[n-1 : n]
		}
		return nil
	}
	if ok, n := words(p.said, 0, "both|all of? them|these?"); ok && v.trimLeft(n, titleTails) >= len(v.ts) {
		return p.listedBefore(nil)
	}
	if p.opening(v.ts, v.first()).verb != noVerb && len(v.mentions) == 0 {
		return nil
	}
	candidates := p.listedBefore(nil)
	found, fit := p.world.resolve(unused(v, v.first(), len(v.ts)))
	if fit < partOf || len(candidates) < 2 {
		return nil
	}
	var out []item
	for _, it := range found {
		if slices.ContainsFunc(candidates, func(c item) bool { return c.id == it.id && c.kind == it.kind }) {
			out = append(out, it)
		}
	}
	if len(out) == 1 {
		return out
	}
	return nil
}

// chosen completes the request that was ambiguous with what was picked.
func (p *parser) chosen(before string, choice []item) ([]intent, bool) {
	narrowed := *p.world
	narrowed.history = nil
	narrowed.items = nil
	for _, it := range p.world.items {
		if it.kind == project || slices.ContainsFunc(choice, func(c item) bool { return c.id == it.id && c.kind == it.kind }) {
			narrowed.items = append(narrowed.items, it)
		}
	}
	narrowed.only = choice
	ins := parse(before, &narrowed)
	for i := range ins {
		if len(ins[i].items) > 0 && ins[i].trouble.code == fine {
			ins[i].items = choice
			return ins[i : i+1], true
		}
		if ins[i].trouble.code == ambiguous {
			return nil, false
		}
	}
	return []intent{{kind: choice[0].kind, do: reads, items: choice}}, true
}

// listedBefore are the items that the conversation named last, in order.
func (p *parser) listedBefore(kinds []kind) []item {
	for _, v := range slices.Backward(p.world.history) {
		if found := p.itemsIn(v.text, kinds); len(found) > 0 {
			return p.mainKind(found)
		}
	}
	return nil
}

// mainKind keeps those of one kind: the one that the agent who spoke looks after, else the one there is most of. The
// project that a list of tasks was bounded to isn't in that list.
func (p *parser) mainKind(found []item) []item {
	count, best := map[kind]int{}, found[0].kind
	for _, it := range found {
		count[it.kind]++
		if count[it.kind] > count[best] {
			best = it.kind
		}
	}
	if count[p.world.last] > 0 {
		best = p.world.last
	}
	return slices.DeleteFunc(found, func(it item) bool { return it.kind != best })
}

func (p *parser) itemsIn(text string, kinds []kind) []item {
	var out []item
	for _, m := range p.world.mentions(tokenize(text)) {
		seen := slices.ContainsFunc(out, func(it item) bool { return it.id == m.item.id && it.kind == m.item.kind })
		if !seen && (len(kinds) == 0 || slices.Contains(kinds, m.item.kind)) {
			out = append(out, m.item)
		}
	}
	return out
}

// spokenOf are what "it" or "them" may mean. A project that is only where something belongs stands back behind it.
func (p *parser) spokenOf(kinds []kind, many bool) []item {
	if n := len(p.out); n > 0 && len(p.out[n-1].items) > 0 {
		return p.out[n-1].items
	}
	if len(p.subject) == 1 {
		return p.subject
	}
	for _, v := range slices.Backward(p.world.history) {
		found := p.itemsIn(v.text, kinds)
		if len(found) == 0 {
			continue
		}
		if many || len(found) == 1 {
			return found
		}
		var nearer []item
		for _, it := range found {
			if it.kind != project && (p.world.last == noKind || p.world.last == it.kind) {
				nearer = append(nearer, it)
			}
		}
		if len(nearer) > 0 {
			return nearer
		}
		return found
	}
	return nil
}

// lastNamed is what a clause names before its verb, or else at its end.
func (v *view) lastNamed() []item {
	for k := 1; k < len(v.ts) && k < longest; k++ {
		if !v.ts[k].is("is", "are", "was", "were", "has", "have", "isn't", "aren't", "needs", "need", "still", "will", "won't", "can", "looks", "seems", "got", "should", "must", "wasn't") {
			continue
		}
		if items, fit := v.p.world.resolve(names(v.ts[v.first():max(k, v.first())])); fit >= partOf && len(items) == 1 {
			return items
		}
	}
	for k := max(1, len(v.ts)-longest); k < len(v.ts)-1; k++ {
		if items, fit := v.p.world.resolve(names(v.ts[k:])); fit >= partOf && len(items) == 1 {
			return items
		}
	}
	return nil
}

// spokenOfIn is the one thing that some part of tokens [i, j) refers to, the longest first.
func (v *view) spokenOfIn(i, j int) []item {
	if found, fit := v.p.world.resolve(unused(v, i, j)); fit >= partOf && len(found) == 1 {
		return found
	}
	j = min(j, i+longest, len(v.ts))
	for n := j - i; n > 0; n-- {
		for k := i; k+n <= j; k++ {
			if found := v.referred(v.ts[k:k+n], nil); len(found) == 1 && (n > 1 || v.inside(k)) {
				return found
			}
		}
	}
	return nil
}

// fragment reads a clause without a verb: more about the thing before it, or nothing that is understood.
func (p *parser) fragment(v *view) {
	if n := len(p.out); n > 0 && p.out[n-1].do == makes && p.out[n-1].trouble.code == fine {
		in := &p.out[n-1]
		if in.kind == note || in.kind == comment {
			in.body = strings.TrimSpace(in.body + " " + v.text(v.first(), len(v.ts)))
			return
		}
		before := *in
		v.take(v.first(), v.trimLeft(v.first(), set("it it's its is this that in with")))
		for k := range v.ts {
			v.used[k] = false
		}
		p.merge(v, in, head{verb: change})
		if before.priority != in.priority || before.due != in.due || len(before.people) != len(in.people) || before.project != in.project {
			return
		}
	}
	if p.namedBy(v) || p.noteKnows(v, p.skip(v.ts, 0)) {
		return
	}
	if items, fit := p.world.resolve(names(v.ts)); fit >= partOf && len(items) == 1 {
		p.subject = items
	} else if p.subject = v.lastNamed(); len(p.subject) == 0 && len(v.mentions) == 1 {
		p.subject = []item{v.mentions[0].item}
	}
	p.add(troubled(p.kindIn(v.ts), unclear, ""))
}
