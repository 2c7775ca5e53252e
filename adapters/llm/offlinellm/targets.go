package offlinellm

import "slices"

var (
	pronouns = set("it this that them these those one")
	// stops are words at which a reference may end and a new value begin.
	stops = set("to as by until till from at on for with in into is of be and so : = , - — high low medium urgent due done")
)

// target takes what a clause is about: a pronoun, full titles, or a phrase that fits something known.
func (v *view) target(stopAt map[string]bool, kinds ...kind) (items []item, tr trouble, said kind) {
	said = v.nounKind()
	if said == comment {
		said = noKind
	}
	if len(kinds) == 0 && said != noKind {
		kinds = []kind{said}
	}
	if found, tr, ok := v.pronoun(kinds); ok {
		return found, tr, said
	}
	if found := v.named(kinds, stopAt); len(found) > 0 {
		return v.single(found, kinds)
	}
	if only := v.p.world.only; len(only) > 0 {
		items, tr, k := v.described(stopAt, kinds, said)
		if tr.code != fine && (k == noKind || k == only[0].kind) {
			return only, trouble{}, k
		}
		return items, tr, k
	}
	return v.described(stopAt, kinds, said)
}

// nounKind takes the kind's name beside a reference: "the task X", "the X milestone".
func (v *view) nounKind() kind {
	for k := v.first(); k < len(v.ts); k++ {
		if v.used[k] || v.inside(k) || v.ts[k].sort == quoted {
			continue
		}
		n, ok := nounOf(v.ts[k])
		if !ok || n.kind == project && v.placed(k) {
			continue
		}
		if k+1 < len(v.ts) && v.ts[k+1].is("list") && !v.used[k+1] {
			continue
		}
		if v.partOfTitle(k) {
			continue
		}
		if v.ts[k].is("to-do", "todo") && k > 0 && v.ts[k-1].is("as", "to", "back") {
			continue
		}
		return n.kind
	}
	return noKind
}

// partOfTitle reports whether a kind's name at k stands in a title beside the word before it: "the release notes" of
// "Write release notes".
func (v *view) partOfTitle(k int) bool {
	if k == 0 || v.ts[k-1].sort != word {
		return false
	}
	for _, it := range v.p.world.items {
		for i := 1; i < len(it.words); i++ {
			if it.words[i] == v.ts[k].word && it.words[i-1] == v.ts[k-1].word {
				return true
			}
		}
	}
	return false
}

// placed reports whether the word project at k belongs to a place and not to what is meant.
func (v *view) placed(k int) bool {
	for i := max(0, k-5); i < k; i++ {
		if v.ts[i].in(where) && !v.used[i] && i > v.first() {
			if it, j := v.projectFrom(i); it != nil && j > k {
				return true
			}
		}
	}
	return false
}

// pronoun resolves "it", "them", "the second one", "this task" by what was said before.
func (v *view) pronoun(kinds []kind) ([]item, trouble, bool) {
	i := v.first()
	for i < len(v.ts) && v.ts[i].is("all", "both", "of") {
		i++
	}
	if i >= len(v.ts) {
		return nil, trouble{}, false
	}
	if nth, n := v.ordinal(i); n > 0 {
		found := v.p.listedBefore(kinds)
		v.take(v.first(), i+n)
		if nth == -1 {
			nth = len(found)
		}
		if nth < 1 || nth > len(found) {
			return nil, trouble{code: unsaid, phrase: "one"}, true
		}
		return found[nth-1 : nth], trouble{}, true
	}
	if i > v.first() && v.ts[i].sort != quoted && stops[v.ts[i].word] {
		if found := v.p.listedBefore(kinds); len(found) > 0 {
			v.take(v.first(), i)
			return found, trouble{}, true
		}
	}
	if !v.ts[i].in(pronouns) || v.ts[i].is("one") && i+1 < len(v.ts) {
		return nil, trouble{}, false
	}
	end := i + 1
	if end < len(v.ts) && v.ts[end].sort == word {
		if _, ok := nounOf(v.ts[end]); ok || v.ts[end].is("one", "two", "all", "both") {
			end++
		}
	}
	if end == i+1 && v.ts[i].is("this", "that", "these", "those") && end < len(v.ts) && v.ts[end].sort == word && !v.ts[end].in(stops) && v.statusAt(end) == 0 {
		return nil, trouble{}, false
	}
	many := v.ts[i].is("them", "these", "those") || v.ts[v.first()].is("both", "all")
	v.take(v.first(), end)
	found := v.p.spokenOf(kinds, many)
	switch {
	case len(found) == 0:
		return nil, trouble{code: unsaid, phrase: "it"}, true
	case len(found) > 1 && !many:
		return nil, trouble{code: ambiguous, candidates: found}, true
	}
	return found, trouble{}, true
}

var ordinals = map[string]int{"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "last": -1, "1st": 1,
	"2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "former": 1, "latter": -1}

// ordinal reads "the second one", "number 2", "#2", "the first task".
func (v *view) ordinal(i int) (nth, n int) {
	j := i
	for j < len(v.ts) && v.ts[j].is("the", "number", "option", "item", "no") {
		j++
	}
	if j >= len(v.ts) || v.ts[j].sort != word {
		return 0, 0
	}
	w := v.ts[j].word
	if len(w) > 1 && w[0] == '#' {
		w, j = w[1:], j+1
		i--
	} else {
		j++
	}
	nth, ok := ordinals[w]
	if !ok {
		return 0, 0
	}
	if j < len(v.ts) {
		if _, isNoun := nounOf(v.ts[j]); isNoun || v.ts[j].is("one", "option", "item") {
			return nth, j + 1 - max(i, 0)
		}
	}
	if j == i+1 && plainDay.MatchString(w) && len(v.ts) > 1 || j < len(v.ts) && v.ts[j].sort == word && !v.ts[j].in(stops) {
		return 0, 0
	}
	return nth, j - max(i, 0)
}

// named takes the full titles that the clause names, joined by "and" or commas.
func (v *view) named(kinds []kind, stopAt map[string]bool) []item {
	var found []item
	var at []mention
	last := -1
	for _, m := range v.mentions {
		if slices.Contains(v.used[m.i:m.j], true) || len(kinds) > 0 && !slices.Contains(kinds, m.item.kind) {
			continue
		}
		if m.item.kind == project && len(kinds) == 0 && (last >= 0 || v.prepositional(m.i)) && (last != m.i) {
			continue
		}
		if last >= 0 && !v.joined(last, m.i) && m.j != last {
			continue
		}
		if last < 0 && m.i > 0 && v.valueBefore(m.i, stopAt) {
			continue
		}
		if last < 0 && !v.leadsTo(m.i) && v.fitsWider(m) {
			continue
		}
		found, at, last = append(found, m.item), append(at, m), m.j
	}
	for _, m := range at {
		v.take(m.i, m.j)
		v.takeAround(m.i, m.j)
	}
	return found
}

// leadsTo reports whether only articles and kinds' names stand between the clause's start and token i.
func (v *view) leadsTo(i int) bool {
	for k := v.first(); k < i; k++ {
		if _, isNoun := nounOf(v.ts[k]); !v.used[k] && !isNoun && !v.ts[k].in(weak) && v.ts[k].sort == word {
			return false
		}
	}
	return true
}

// fitsWider reports whether a phrase around the mention fits something else better: "the Apollo press release".
func (v *view) fitsWider(m mention) bool {
	start := v.first()
	for end := min(len(v.ts), m.j+longest); end > m.j; end-- {
		if items, fit := v.p.world.resolve(names(v.ts[start:end])); fit >= sameWords && items[0].id != m.item.id {
			return true
		}
	}
	return false
}

// valueBefore reports whether a word that leads to a value stands before i, so that what is there isn't the target.
func (v *view) valueBefore(i int, stopAt map[string]bool) bool {
	for k := v.first(); k < i; k++ {
		if !v.used[k] && !v.inside(k) && v.ts[k].in(stopAt) && k > v.first() {
			return true
		}
	}
	return false
}

// prepositional reports whether a place's preposition stands before i.
func (v *view) prepositional(i int) bool {
	for i > 0 && v.ts[i-1].is("the", "project", "my", "our") {
		i--
	}
	return i > 0 && v.ts[i-1].in(where) && !v.used[i-1] && i-1 > v.first()
}

func (v *view) joined(i, j int) bool {
	for k := i; k < j; k++ {
		if _, isNoun := nounOf(v.ts[k]); !isNoun && !v.ts[k].is(",", "and", "&", "the", "or", "also", "both", "as", "well") {
			return false
		}
	}
	return true
}

// takeAround takes the articles, joints and kinds' names beside a title.
func (v *view) takeAround(i, j int) {
	for k := i - 1; k >= 0 && !v.used[k]; k-- {
		if _, isNoun := nounOf(v.ts[k]); !isNoun && !v.ts[k].is("the", "my", "our", "called", "named", "titled", "and", ",", "both", "task:") {
			break
		}
		v.used[k] = true
	}
	for k := j; k < len(v.ts) && !v.used[k]; k++ {
		if _, isNoun := nounOf(v.ts[k]); !isNoun || v.ts[k].is("todo", "to-do") {
			break
		}
		v.used[k] = true
	}
}
