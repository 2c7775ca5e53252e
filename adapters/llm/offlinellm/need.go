package offlinellm

import "strings"

// need reads what a thing that isn't known needs as a task: "the boiler needs to be serviced" is to service the boiler,
// "PR 118 needs a review" to review it, "the hedge should be trimmed by Friday" to trim the hedge.
func (p *parser) need(v *view, i int) bool {
	if len(v.ts)-i > longest || v.ts[i].is("what", "who", "which", "when", "it", "this", "that", "there", "i", "we", "he", "she", "you", "they", "nothing", "nobody", "if") || has(v.ts[i:], "?") {
		return false
	}
	for _, link := range []string{"needs|need|has|have|ought|is|are to be", "should|must|has to|needs to be", "should|must be", "still|also needs|need to be", "still|urgently|really needs|need", "needs|need|requires|deserves|wants"} {
		at, n := v.find(i, link)
		if at <= i || at+n >= len(v.ts) {
			continue
		}
		k := at + n
		for k < len(v.ts) && v.ts[k].is("a", "an", "some", "new", "urgently", "properly", "regularly", "really", "thorough", "good", "proper", "quick") {
			k++
		}
		if k >= len(v.ts) || v.ts[k].sort != word {
			continue
		}
		verb := v.doing(k, v.ts[at+n-1].is("be"))
		if verb == "" {
			continue
		}
		subject := cleanTitle(v.text(i, at))
		if found, fit := p.world.resolve(names(v.ts[i:at])); fit >= partOf && len(found) == 1 && found[0].kind == task {
			p.subject = found
			p.add(troubled(task, unclear, ""))
			return true
		}
		if subject == "" {
			continue
		}
		v.take(at, k+1)
		in := v.taskSlots()
		v.take(i, at)
		in.title = strings.TrimSpace(verb + " " + lowerThe(subject) + " " + cleanTitle(v.title(k+1)))
		p.verb, p.noun = remind, noun{task, false}
		p.add(in)
		return true
	}
	return false
}

// doing is the verb that the word at k says is needed: a participle behind "be", else an -ing form or a noun that is a
// verb too.
func (v *view) doing(k int, passive bool) string {
	w := v.ts[k].word
	if passive {
		return participle(w)
	}
	if g := gerund(w); g != "" {
		return g
	}
	after := v.next(k + 1)
	ends := after >= len(v.ts) || v.ts[after].sort == mark || v.isDate(after) || v.ts[after].in(dateLeads) || v.priorityAt(after) > 0
	if imperatives[w] && ends {
		return w
	}
	return ""
}

// lowerThe writes a sentence's first article small, as it stands in the middle of a title.
func lowerThe(s string) string {
	for _, article := range []string{"The ", "My ", "Our ", "A ", "An ", "This ", "That "} {
		if rest, ok := strings.CutPrefix(s, article); ok {
			return strings.ToLower(article) + rest
		}
	}
	return s
}

// toBeMade takes the verb of a wish that something be made: "a project called Orion should be created", "a task must be
// added: renew the domain". What is left reads like any new thing.
func (p *parser) toBeMade(v *view, i int) bool {
	lead := 0
	if v.ts[i].is("could", "can", "should", "may", "might", "must", "shall", "would", "will") {
		lead = 1 // "Could a task be created for ..."
	}
	n, _, det := p.nounPhrase(v.ts, i+lead)
	if lead > 0 && (det == "" || n.kind == noKind) || n.kind == noKind || det == "the" || det == "my" || det == "this" || det == "all" {
		return false
	}
	for _, link := range []string{"should|must|could|can|may|shall|will please? be", "needs|need|has|have|ought|is|are to be", "to be", "please? be"} {
		at, m := v.find(i+lead, link)
		if at < 0 || at+m >= len(v.ts) || !v.ts[at+m].is("created", "added", "made", "opened", "set", "noted", "started", "written", "put", "saved", "registered", "taken", "scheduled", "entered", "filed", "planned") {
			continue
		}
		end := at + m + 1
		if k := v.at(end, "up|down|on|in"); k > 0 && v.ts[end].is("up", "down") {
			end++
		}
		v.take(i, i+lead)
		v.take(at, end)
		return true
	}
	return false
}

// askedOfMe takes whose wish it is that something be done: "my boss wants me to", "Anna asked us to", "I was told to".
func (v *view) askedOfMe(i int) bool {
	for _, wish := range []string{"wants|needs|asked|expects|told|begged|wanted|reminded|requested me|us to", "was|am|were|are|been|got asked|told|expected|requested|instructed to", "promised|agreed|volunteered to",
		"would|'d like|want me|us to"} {
		at, n := v.find(i+1, wish)
		if at < 0 || at > i+4 || at+n >= len(v.ts) || has(v.ts, "?", "not") || v.ts[i].is("you", "who", "what", "if") {
			continue
		}
		if !v.ts[i].is("i", "we", "i've", "we've", "i'm", "we're") && !has(v.ts[at:at+n], "me", "us") { // "Lea promised to ..." is hers to do
			continue
		}
		v.take(i, at+n)
		return true
	}
	return false
}
