package offlinellm

import (
	"fmt"
	"slices"
	"strings"
)

// mention is an item named by its full title in tokens [i, j).
type mention struct {
	i, j int
	item item
}

// weak words carry nothing in a reference.
var weak = set(`the a an my our your this that these those of for to in on at with one ones item called named titled
	please thing about its his her their new existing current entire whole from by is are was and as it`)

// mentions finds full titles in tokens, the longest first, never overlapping. Where several items share a title, each
// is returned for the same place.
func (w *world) mentions(ts []token) []mention {
	var out []mention
	taken := make([]bool, len(ts))
	items := slices.Clone(w.items)
	slices.SortStableFunc(items, func(a, b item) int { return len(b.words) - len(a.words) })
	for _, it := range items {
		if it.kind == comment || len(it.words) == 0 || len(it.words) == 1 && (len(it.words[0]) < 2 || weak[it.words[0]]) {
			continue
		}
		for i := range ts {
			n := titleAt(ts, i, it.words)
			if n == 0 {
				continue
			}
			same := slices.ContainsFunc(out, func(m mention) bool { return m.i == i && m.j == i+n })
			if !same && slices.Contains(taken[i:i+n], true) {
				continue
			}
			for k := i; k < i+n; k++ {
				taken[k] = true
			}
			out = append(out, mention{i, i + n, it})
		}
	}
	slices.SortStableFunc(out, func(a, b mention) int { return a.i - b.i })
	return out
}

// mentions are those in a part of the message. They are found once for the whole of it.
func (p *parser) mentions(ts []token) []mention {
	if len(ts) == 0 {
		return nil
	}
	if p.named == nil || p.namedAmong != len(p.world.items) {
		p.named, p.namedAmong = append([]mention{}, p.world.mentions(p.said)...), len(p.world.items)
	}
	byStart := func(t token, start int) int { return t.start - start }
	var out []mention
	first, _ := slices.BinarySearchFunc(p.named, ts[0].start, func(m mention, start int) int { return p.said[m.i].start - start })
	for _, m := range p.named[first:] {
		if p.said[m.i].start > ts[len(ts)-1].start {
			break
		}
		i, ok := slices.BinarySearchFunc(ts, p.said[m.i].start, byStart)
		if !ok || i+m.j-m.i > len(ts) {
			continue
		}
		out = append(out, mention{i, i + m.j - m.i, m.item})
	}
	return out
}

// titleAt returns how many tokens from i on spell the title, marks between its words aside.
func titleAt(ts []token, i int, title []string) int {
	if ts[i].sort == quoted {
		if slices.Equal(plainWords(ts[i].word), title) {
			return 1
		}
		return 0
	}
	if ts[i].sort != word {
		return 0
	}
	j := i
	for _, want := range title {
		for j < len(ts) && j > i && ts[j].sort == mark {
			j++
		}
		if j >= len(ts) || ts[j].sort != word || ts[j].word != want && strings.TrimSuffix(ts[j].word, "'s") != want {
			return 0
		}
		j++
	}
	return j - i
}

// longest is how many words a reference has at most; what is longer is no reference but a text.
const longest = 24

// How well a phrase fits a title, best first.
const (
	noFit      = iota
	loose      // most words, or words with a slip
	holdsTitle // the title's words and others
	partOf     // some of the title's words
	sameWords  // the same stems in any order
	exact      // the same words in the same order
)

// resolve finds the items that a phrase names best: one for a clear reference, several for an ambiguous one.
func (w *world) resolve(phrase []string, kinds ...kind) (found []item, fit int) {
	if len(phrase) > longest {
		return nil, noFit
	}
	key := strings.Join(phrase, " ") + fmt.Sprint(kinds)
	if w.resolvedOf != len(w.items) || w.resolved == nil {
		w.resolved, w.resolvedOf = map[string]resolution{}, len(w.items)
	}
	known, ok := w.resolved[key]
	if !ok {
		known.found, known.fit = w.search(phrase, kinds)
		w.resolved[key] = known
	}
	return slices.Clone(known.found), known.fit
}

// resolution is what a phrase was found to name.
type resolution struct {
	found []item
	fit   int
}

func (w *world) search(phrase []string, kinds []kind) (found []item, fit int) {
	bare := content(phrase, false)
	nounless := content(phrase, true)
	rawBare, rawNounless := carrying(phrase, false), carrying(phrase, true)
	for _, it := range w.items {
		if len(kinds) > 0 && !slices.Contains(kinds, it.kind) || len(kinds) == 0 && it.kind == comment {
			continue
		}
		f := max(fits(phrase, bare, rawBare, it), fits(phrase, nounless, rawNounless, it))
		if long, ok := spelledOut(phrase, it); ok && f < partOf {
			f = max(f, min(sameWords, fits(long, content(long, false), carrying(long, false), it)))
		}
		switch {
		case f == noFit || f < fit:
		case f > fit:
			found, fit = []item{it}, f
		default:
			found = append(found, it)
		}
	}
	return found, fit
}

// content are the stems of the words that carry something; nouns of kinds are left out on demand ("the login task").
func content(words []string, nounless bool) []string {
	out := carrying(words, nounless)
	for i := range out {
		out[i] = stem(out[i])
	}
	return out
}

// carrying are the same words as they were written.
func carrying(words []string, nounless bool) []string {
	var out []string
	for _, x := range words {
		if _, isNoun := nouns[x]; weak[x] || nounless && isNoun {
			continue
		}
		out = append(out, x)
	}
	return out
}

func fits(phrase, stems, raw []string, it item) int {
	if slices.Equal(phrase, it.words) {
		return exact
	}
	title := it.stems
	if len(title) == 0 || len(stems) == 0 {
		return noFit
	}
	inTitle, inPhrase := shared(stems, title), shared(title, stems)
	switch {
	case inTitle == len(stems) && inPhrase == len(title):
		return sameWords
	case inTitle == len(stems):
		return partOf
	case inPhrase == len(title) && (len(title) > 1 || len(stems) <= 3):
		return holdsTitle
	}
	near := nearly(raw, it.plain)
	if near == len(stems) && near*2 >= len(title) || near >= 2 && near*3 >= 2*max(len(stems), len(title)) {
		return loose
	}
	return noFit
}

// shared counts the words of a that b has.
func shared(a, b []string) int {
	n := 0
	for _, x := range a {
		if slices.Contains(b, x) {
			n++
		}
	}
	return n
}

// nearly counts the words of a that b has up to a slip of the pen.
func nearly(a, b []string) int {
	n := 0
	for _, x := range a {
		short := stem(x)
		if slices.ContainsFunc(b, func(y string) bool { return x == y || short == stem(y) || len(x) >= 4 && len(y) >= 4 && misspelt(x, y) }) {
			n++
		}
	}
	return n
}

// names are the words of tokens as they take part in a reference.
func names(ts []token) []string {
	var out []string
	for _, t := range ts {
		switch t.sort {
		case word:
			out = append(out, strings.TrimSuffix(t.word, "'s"))
		case quoted:
			out = append(out, plainWords(t.word)...)
		case mark, line:
		}
	}
	return out
}
