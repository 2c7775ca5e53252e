package offlinellm

import (
	"strings"
)

// match is a frame on its way through a clause.
type match struct {
	v  *view
	in intent
}

// finished is the intent that a frame came to.
func (m *match) finished() (intent, bool) {
	in := m.in
	if len(in.items) == 0 {
		return in, false
	}
	if len(in.items) > 1 {
		in.trouble = trouble{code: ambiguous, candidates: in.items}
	}
	switch first := in.items[0].kind; {
	case in.kind != comment:
		in.kind = first
	case first != task:
		return in, false
	}
	if in.kind == project && in.do == changes {
		switch in.status {
		case "done":
			in.status = "archived"
		case "todo", "in_progress":
			in.status = "active"
		}
	}
	if in.undo && first(in.items).status != "done" && first(in.items).status != "" {
		return in, false
	}
	if in.approved && in.kind != task && in.kind != checkpoint {
		return in, false
	}
	if in.cleared == projectField {
		in.project = nil
	}
	if in.cleared == peopleField {
		in.people = nil
	}
	if in.do == extends && in.kind != note || in.do == changes && !in.sensible() {
		return in, false
	}
	if in.trouble.code != fine && in.do != reads {
		in.do, in.items = nothing, nil
	}
	return in, true
}

// sensible reports whether things of the intent's kind have the fields that it changes.
func (in intent) sensible() bool {
	switch in.kind {
	case task:
		return true
	case checkpoint:
		return in.status == "" && in.priority == "" && len(in.people) == 0 && in.project == nil
	case project:
		return in.priority == "" && len(in.people) == 0 && in.due == nil && in.project == nil
	default:
		return in.status == "" && in.priority == "" && len(in.people) == 0 && in.due == nil
	}
}

// fits matches the pieces from token j on, the rest of the clause being nothing but politeness.
func (m *match) fits(pieces []piece, j int) bool {
	ts := m.v.ts
	if len(pieces) == 0 {
		return m.over(j)
	}
	first, rest := pieces[0], pieces[1:]
	for j < len(ts) && ts[j].is(",", ":", "-", "–", "—", "(", ")", "=") {
		j++
	}
	if first.slot == "" {
		if j < len(ts) && ts[j].sort != quoted && first.any[ts[j].word] && m.fits(rest, j+1) {
			return true
		}
		return first.optional && m.fits(rest, j)
	}
	if j < len(ts) {
		before := m.in
		for _, end := range m.ends(first.slot, j) {
			if m.fill(first.slot, j, end) && m.fits(rest, end) {
				return true
			}
			m.in = before
		}
	}
	return first.optional && m.fits(rest, j)
}

// politely may stand at a clause's end and says nothing.
var politely = set("please pls thanks thank you now then already again today instead ! . , … ... cheers btw though too ok okay")

func (m *match) over(j int) bool {
	for ; j < len(m.v.ts); j++ {
		asks := m.v.ts[j].is("?", "??", "?!") && (m.in.do == reads || m.in.do == lists)
		if n := m.v.at(j, ", the|that whole|entire|complete? project|task|note|milestone|checkpoint|thing|lot"); n > 0 {
			j += n - 1
			continue
		}
		if !asks && !m.v.ts[j].in(politely) && m.v.ts[j].sort != line {
			return false
		}
	}
	return true
}

// ends are the places where a slot that begins at j may end, the likeliest first.
func (m *match) ends(slot string, j int) []int {
	ts := m.v.ts
	switch slot {
	case "NEW", "TEXT":
		return []int{len(ts)}
	case "WHO":
		if _, end := m.v.names(j); end > j {
			return []int{end}
		}
		return nil
	case "WHEN":
		if _, end := m.v.dateAt(j); end > j {
			return []int{end}
		}
		return nil
	case "LATER":
		if _, end := m.v.lengthAt(j); end > j {
			return []int{end}
		}
		return nil
	case "LEVEL":
		if _, n := m.v.levelAt(j, true); n > 0 {
			return []int{j + n}
		}
		return nil
	case "STATE":
		if n := m.v.statusAt(j); n > 0 {
			return []int{j + n}
		}
		return nil
	case "DONE":
		return []int{j + 1}
	}
	var out []int
	for end := min(len(ts), j+longest); end > j; end-- {
		if !has(ts[j:end], ";", ".", "?", "!", ":") {
			out = append(out, end)
		}
	}
	return out
}

// fill takes tokens [j, end) for the slot.
func (m *match) fill(slot string, j, end int) bool {
	ts := m.v.ts[j:end]
	switch slot {
	case "WHO":
		if m.v.inside(j) || !capital(m.v.p.message, m.v.ts[j]) && !m.v.ts[j].is("me") && !strings.HasPrefix(m.v.ts[j].word, "@") {
			return false
		}
		m.in.people, _ = m.v.names(j)
		return true
	case "WHEN":
		w, _ := m.v.dateAt(j)
		m.in.due = &w
		return true
	case "LATER":
		m.in.later, _ = m.v.lengthAt(j)
		return true
	case "LEVEL":
		m.in.priority, _ = m.v.levelAt(j, true)
		return true
	case "STATE":
		m.in.status = m.v.p.view(ts).status()
		return m.in.status != ""
	case "DONE":
		return len(m.in.items) == 1 && past(ts[0], m.in.items[0])
	case "NEW":
		m.in.title = newName(m.v, j)
		return m.in.title != ""
	case "TEXT":
		m.in.body = m.v.freeText(j)
		return m.in.body != ""
	case "PLACE":
		found, fit := m.v.p.world.resolve(names(ts), project)
		if fit < partOf || len(found) != 1 {
			return false
		}
		m.in.project = &found[0]
		return true
	}
	m.in.items = m.v.referred(ts, slotKinds[slot])
	if slot == "SURETASK" && !m.v.inside(j) && !m.v.inside(end-1) && !has(ts, "task", "todo", "to-do") {
		return false
	}
	return len(m.in.items) > 0
}
