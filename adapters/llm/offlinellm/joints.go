package offlinellm

import (
	"slices"
)

// pointsAtSubject reports whether "the project" and where it goes to follow a statement about a project: "Apollo is over,
// move the project to the archive".
func (p *parser) pointsAtSubject(before, ts []token, i int, k kind) bool {
	_, end, _ := p.nounPhrase(ts, i)
	if end >= len(ts) || !ts[end].is("to", "into", "as", "in", "until", "by") || p.opening(before, p.skip(before, 0)).verb != noVerb {
		return false
	}
	found := p.view(before).spokenOfIn(0, len(before))
	return len(found) == 1 && found[0].kind == k
}

// titleOnly reports whether what follows is no request but the full title of one more thing to delete, to mark or to move:
// "delete Book a table and Update the menu".
func (p *parser) titleOnly(before, ts []token, i int) bool {
	switch p.opening(before, p.skip(before, 0)).verb {
	case erase, change, finish, postpone, archive, begin, reopen, assign, prioritize, relax, list, openIt:
	default:
		return false
	}
	ms := p.mentions(ts)
	return slices.ContainsFunc(ms, func(m mention) bool { return m.i == i }) && len(p.mentions(before)) > 0
}

// namesNew reports whether a kind and then a name follow that something new has: "the task 'Measure the roof'", "the milestone
// called Liftoff".
func (p *parser) namesNew(ts []token, i int) bool {
	_, end, _ := p.nounPhrase(ts, i)
	return end > i && end < len(ts) && (ts[end].sort == quoted || ts[end].is("called", "named", "titled", ":"))
}

// announces reports whether a clause makes several milestones, which are then named one by one.
func (p *parser) announces(before []token) bool {
	h := p.opening(before, p.skip(before, 0))
	n, _, _ := p.nounPhrase(before, h.end)
	return (h.verb == create || h.verb == noVerb) && n.kind == checkpoint && n.plural
}

// nounEnds reports whether nothing but a kind's name is left: "..., archive the project".
func (p *parser) nounEnds(ts []token, i int) bool {
	_, end, _ := p.nounPhrase(ts, i)
	return end > i && end >= len(ts)
}
