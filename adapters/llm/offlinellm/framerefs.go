package offlinellm

import (
	"slices"
	"strings"
)

var slotKinds = map[string][]kind{"TASK": {task}, "SURETASK": {task}, "CHECK": {checkpoint}, "PROJECT": {project}, "NOTE": {note}}

// referred are the things that tokens refer to clearly, and nothing beside.
func (v *view) referred(ts []token, kinds []kind) []item {
	if len(ts) == 0 || v.cutsTitle(v.index(ts)+len(ts)) {
		return nil
	}
	if len(ts) == 1 && ts[0].is("it", "that", "this") {
		if found := v.p.spokenOf(kinds, false); len(found) == 1 {
			return found
		}
		return nil
	}
	if len(ts) == 1 && !v.inside(v.index(ts)) && v.p.opening(v.ts, v.index(ts)).verb != noVerb {
		return nil
	}
	for _, t := range ts {
		if t.sort == quoted && len(ts) > 1 && v.p.world.mentions([]token{t}) == nil {
			return nil
		}
	}
	if ts[0].in(where) || ts[0].is("and", "or", "not", "no", "now") || ts[len(ts)-1].in(where) || ts[len(ts)-1].in(weak) && !v.inside(v.index(ts)+len(ts)-1) {
		return nil
	}
	var said []kind
	for k, t := range ts {
		if n, ok := nounOf(t); ok && n.kind != comment && !v.titleWord(ts, k) && !v.inside(v.index(ts)+k) {
			said = []kind{n.kind}
		}
	}
	if len(kinds) > 0 && len(said) > 0 && !slices.Contains(kinds, said[0]) {
		return nil
	}
	if len(said) > 0 {
		kinds = said
	}
	phrase := names(ts)
	if others, best := v.p.world.resolve(phrase); len(kinds) > 0 && best == exact && !slices.Contains(kinds, others[0].kind) {
		return nil // the full name of something else
	}
	found, fit := v.p.world.resolve(phrase, kinds...)
	switch {
	case fit == noFit || fit == loose:
		return nil
	case fit == holdsTitle && has(ts, "to", "by", "until", "till", "as", "is", "are", "on", "in", "for"):
		return nil
	case fit == holdsTitle && len(found) > 0 && len(content(phrase, true)) > len(found[0].stems)+1:
		return nil
	}
	return found
}

// cutsTitle reports whether what ends before j ends in the middle of a full title: "race" of "race day" is no reference.
func (v *view) cutsTitle(j int) bool {
	return slices.ContainsFunc(v.mentions, func(m mention) bool { return m.i < j && j < m.j })
}

// index is where tokens that are a part of the clause begin in it.
func (v *view) index(ts []token) int {
	i, _ := slices.BinarySearchFunc(v.ts, ts[0].start, func(t token, start int) int { return t.start - start })
	return i
}

// titleWord reports whether the word of a kind at k belongs to a title: the "note" of "Write release notes".
func (v *view) titleWord(ts []token, k int) bool {
	if k == 0 {
		return false
	}
	return slices.ContainsFunc(v.p.world.items, func(it item) bool {
		at := slices.Index(it.words, ts[k].word)
		return at > 0 && it.words[at-1] == ts[k-1].word
	})
}

// dateAt reads a date at j with the words that lead to it, and a second part of it behind.
func (v *view) dateAt(j int) (when, int) {
	c := v.p.calendar()
	k := j
	for k < len(v.ts) && k < j+3 && v.ts[k].is("due", "on", "by", "at", "until", "till", "before", "for", "to", "from", "is", "now", "latest", "than", "later", "no", "the") {
		if w, n := c.read(v.ts, k); n > 0 {
			return w, k + n
		}
		k++
	}
	if w, n := c.read(v.ts, k); n > 0 {
		end := k + n
		if ok, m := words(v.ts, end, "at the latest"); ok {
			end += m
		}
		return w, end
	}
	return when{}, j
}

// lengthAt reads "by a week", "two days later", "a day earlier" at j.
func (v *view) lengthAt(j int) (shift, int) {
	back := j > 0 && v.ts[j-1].is("forward")
	k := j
	if v.ts[k].is("by", "another") {
		k++
	}
	s, n := v.p.calendar().length(v.ts, k)
	if n == 0 {
		return shift{}, j
	}
	k += n
	if k < len(v.ts) && v.ts[k].is("later", "earlier", "sooner", "forward", "back", "early", "late") {
		back = back || v.ts[k].is("earlier", "sooner", "forward", "early")
		k++
	}
	if back {
		s = shift{-s.months, -s.days, -s.rest}
	}
	return s, k
}

// newName is the new title that stands from token j on.
func newName(v *view, j int) string {
	if j < len(v.ts) && v.ts[j].sort == quoted {
		return v.ts[j].word
	}
	end := len(v.ts)
	for _, tail := range []string{"from now on", "from today on", "instead", "now", "please", "from here on", "going forward", "please update", "please update it|that", "please change it|that", "update it"} {
		n := len(strings.Fields(tail))
		last := end
		for last > j && v.ts[last-1].sort == mark {
			last--
		}
		if last-n > j {
			if ok, m := words(v.ts[:last], last-n, tail); ok && m == n {
				end = last - n
			}
		}
	}
	return cleanTitle(v.text(j, end))
}
