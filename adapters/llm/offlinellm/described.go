package offlinellm

import "slices"

// single keeps what was named: several titles are several targets, one title that several things share is ambiguous.
func (v *view) single(found []item, kinds []kind) ([]item, trouble, kind) {
	said := noKind
	if len(kinds) == 1 {
		said = kinds[0]
	}
	for i, a := range found {
		same := []item{a}
		for _, b := range found[i+1:] {
			if slices.Equal(a.words, b.words) {
				same = append(same, b)
			}
		}
		if len(same) > 1 {
			return nil, trouble{code: ambiguous, candidates: same, phrase: a.title}, said
		}
	}
	return found, trouble{}, said
}

// described finds the phrase at the clause's start that fits something best, of all the places where it may end.
func (v *view) described(stopAt map[string]bool, kinds []kind, said kind) ([]item, trouble, kind) {
	start := v.first()
	var ends []int
	for k := start + 1; k <= len(v.ts) && k <= start+longest; k++ {
		if k == len(v.ts) || v.used[k] || v.ts[k].sort != quoted && (stopAt[v.ts[k].word] || stops[v.ts[k].word]) || v.statusAt(k) > 0 || v.priorityAt(k) > 0 || v.isDate(k) {
			ends = append(ends, k)
		}
	}
	var best []item
	fit, end := noFit, start
	for _, e := range ends {
		if v.crosses(start, e, stopAt) && fit > noFit {
			break
		}
		found, f := v.p.world.resolve(unused(v, start, e), kinds...)
		if f > fit || f == fit && f > noFit && len(found) < len(best) {
			best, fit, end = found, f, e
		}
	}
	if n := len(v.p.out); fit == noFit && n > 0 && len(v.p.out[n-1].items) == 1 && v.p.out[n-1].items[0].kind == said && len(content(unused(v, start, v.stopFrom(start, stopAt)), true)) == 0 {
		return v.p.out[n-1].items, trouble{}, said
	}
	if s := v.p.subject; fit == noFit && len(s) == 1 && s[0].kind == said && len(content(unused(v, start, v.stopFrom(start, stopAt)), true)) == 0 {
		return s, trouble{}, said
	}
	if fit == noFit || fit == loose && len(best) > 1 {
		end = start
		for end < len(v.ts) && (end == start || !v.ts[end].in(stopAt)) {
			end++
		}
		phrase := cleanTitle(v.text(v.trimLeft(start, set("the my our")), end))
		if phrase == "" || onlyTails(phrase) {
			return nil, trouble{code: unsaid, phrase: "it"}, said
		}
		return nil, trouble{code: missing, phrase: phrase}, said
	}
	if more, stop := v.joinedBy(end, kinds, stopAt); len(best) == 1 && len(more) > 0 {
		v.take(start, stop)
		v.takeAround(start, stop)
		return append(best, more...), trouble{}, said
	}
	v.take(start, end)
	v.takeAround(start, end)
	if len(best) > 1 {
		if both, ok := v.coordinated(start, end, kinds); ok {
			return both, trouble{}, said
		}
		return nil, trouble{code: ambiguous, candidates: best}, said
	}
	return best, trouble{}, said
}

// joinedBy are further things behind an "and" at end, each named clearly: "the crash and the budget".
func (v *view) joinedBy(end int, kinds []kind, stopAt map[string]bool) (more []item, stop int) {
	stop = end
	for stop < len(v.ts) && v.ts[stop].is("and", ",", "&") {
		k := stop
		for k < len(v.ts) && v.ts[k].is("and", ",", "&") {
			k++
		}
		next := k
		for next < len(v.ts) && !v.used[next] && v.ts[next].sort != mark && (v.ts[next].is("the", "of", "for", "with", "a") || v.ts[next].sort == quoted || !stopAt[v.ts[next].word] && !stops[v.ts[next].word]) && v.statusAt(next) == 0 && !v.isDate(next) {
			next++
		}
		if next == k {
			break
		}
		found, fit := v.p.world.resolve(names(v.ts[k:next]), kinds...)
		if fit < partOf || len(found) != 1 {
			break
		}
		more, stop = append(more, found[0]), next
	}
	return more, stop
}

// stopFrom is the first word at which a reference that begins at i may end.
func (v *view) stopFrom(i int, stopAt map[string]bool) int {
	k := i + 1
	for k < len(v.ts) && (v.ts[k].sort == quoted || !stopAt[v.ts[k].word] && !stops[v.ts[k].word]) {
		k++
	}
	return min(k, len(v.ts))
}

// crosses reports whether a value has already begun between start and end.
func (v *view) crosses(start, end int, stopAt map[string]bool) bool {
	for k := start + 1; k < end; k++ {
		if v.ts[k].sort != quoted && stopAt[v.ts[k].word] {
			return true
		}
	}
	return false
}

// coordinated reads "the dentist and the login page": each part names one thing.
func (v *view) coordinated(start, end int, kinds []kind) ([]item, bool) {
	var out []item
	from := start
	for k := start; k <= end; k++ {
		if k < end && !v.ts[k].is("and", ",", "&") {
			continue
		}
		if k > from {
			found, _ := v.p.world.resolve(names(v.ts[from:k]), kinds...)
			if len(found) != 1 {
				return nil, false
			}
			out = append(out, found[0])
		}
		from = k + 1
	}
	return out, len(out) > 1
}

func unused(v *view, i, j int) []string {
	var ts []token
	for k := i; k < j; k++ {
		if !v.used[k] {
			ts = append(ts, v.ts[k])
		}
	}
	return names(ts)
}
