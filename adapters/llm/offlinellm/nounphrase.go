package offlinellm

// determiners may stand before a kind's name; each tells whether the thing is new or there.
var determiners = set(`a an the another my our new one two three four five six some any these those this that following all
	every each following more extra additional 2 3 4 5 6 other second third next first single both`)

// qualifiers may stand between a determiner and a kind's name.
var qualifiers = set(`new quick short simple small big personal extra brand important urgent high low medium top high-priority low-priority
	medium-priority priority prio critical normal high-prio low-prio medium-prio top-prio separate follow-up followup work main major minor separate key first second third final todo to-do
	old existing recent last latest few different fresh additional project upcoming meeting open pending completed finished overdue archived active
	current unfinished in-progress done empty blank suggested proposed longer whole entire private handy`)

// nounPhrase reads "a new high priority task" at token i: which kind, where it ends, and by which determiner. A project's
// name may stand between: "an Apollo task".
func (p *parser) nounPhrase(ts []token, i int) (n noun, end int, det string) {
	for k := i; k < len(ts) && k < i+7; k++ {
		if n, ok := nounOf(ts[k]); ok && (!ts[k].is("project") || k+1 >= len(ts) || !isOther(ts[k+1])) {
			if list := k + 1; n.kind == task && list < len(ts) && ts[list].is("list") {
				k++
				n.plural = true
			}
			if ts[k].is("todo", "to-do") && k+1 < len(ts) {
				if m, ok := nounOf(ts[k+1]); ok && m.kind == task {
					return m, k + 2, det
				}
			}
			return n, k + 1, det
		}
		if ts[k].is("to") && k > i && k+1 < len(ts) && ts[k+1].is("do", "do's", "dos") && (det == "a" || det == "another" || det == "new") {
			return noun{task, false}, k + 2, det
		}
		if ts[k].sort == word && determiners[ts[k].word] {
			if det == "" {
				det = ts[k].word
			}
			continue
		}
		if ts[k].sort == word && qualifiers[ts[k].word] {
			continue
		}
		if n := listEntry(ts, k); n > 0 && k > i {
			return noun{task, false}, k + n, det
		}
		if n := p.projectAt(ts, k); n > 0 && k > i {
			k += n - 1
			continue
		}
		if k == i+1 && (det == "a" || det == "an" || det == "another") {
			if n := kindOfTask(ts, k); n > 0 {
				return noun{task, false}, k + n, det
			}
		}
		break
	}
	return noun{}, i, ""
}

// kindOfTask is the length of a task's sort and its name from k on: "bug fix task", before what says which.
func kindOfTask(ts []token, k int) int {
	for j := k; j < k+3 && j+1 < len(ts) && ts[j].sort == word && !stops[ts[j].word]; j++ {
		if ts[j].is("task", "todo", "to-do") && j > k {
			if ts[j+1].is(":", "called", "named", "titled", "for", "in") {
				return j + 1 - k
			}
			return 0
		}
	}
	return 0
}

// listEntry is the length of "item on my task list" or "thing to do" at k, and of the like.
func listEntry(ts []token, k int) int {
	if ok, n := words(ts, k, "thing|item|job to do"); ok {
		return n
	}
	if ok, n := words(ts, k, "item|entry|point|line on|to|in|onto|for my|the|our todo|to-do|task|tasks list"); ok {
		return n
	}
	return 0
}

// isOther is a kind that "project" only describes: a project task, a project note.
func isOther(t token) bool {
	n, ok := nounOf(t)
	return ok && n.kind != project
}

// projectAt returns how many tokens at i are a known project's full name.
func (p *parser) projectAt(ts []token, i int) int {
	best := 0
	for _, it := range p.world.items {
		if it.kind == project && len(it.words) > 0 {
			best = max(best, titleAt(ts, i, it.words))
		}
	}
	return best
}
