package sanitizer

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// automaton is a suffix automaton over texts: walking it letter by letter gives, at each letter, the length of the longest
// end of what was read that stands somewhere in the texts. Building costs time and memory that grow with the texts; a step
// costs a constant, on average. It does not change once it is built.
type automaton struct {
	next [][26]int32 // 0 is no way on: nothing leads back to the root
	link []int32
	size []int32 // the longest text of a state
	trip []int32 // a match of at least this length here is a leak; more than any length if only the general bound counts
	from []int32 // the text that a state was first made for
}

// never is the trip of a state that has none of its own.
const never = math.MaxInt32

// newAutomaton reads folded texts. Each of marks, parts of texts, is a leak by itself.
func newAutomaton(texts, marks []string) *automaton {
	a := &automaton{}
	a.state(0, 0)
	for i, text := range texts {
		last := int32(0)
		for _, c := range []byte(text) {
			last = a.extend(last, c-'a', int32(i))
		}
	}
	a.setTrips(marks)
	return a
}

func (a *automaton) state(size, from int32) int32 {
	a.next = append(a.next, [26]int32{})
	a.link = append(a.link, -1)
	a.size = append(a.size, size)
	a.from = append(a.from, from)
	return int32(len(a.size) - 1) //nolint:gosec // two states for a letter of our own prompts, which fit by far
}

// extend adds one letter after last: Blumer et al. 1985, for several texts.
func (a *automaton) extend(last int32, c byte, from int32) int32 {
	if q := a.next[last][c]; q != 0 {
		if a.size[q] == a.size[last]+1 {
			return q
		}
		return a.clone(last, q, c)
	}
	cur := a.state(a.size[last]+1, from)
	p := last
	for ; p >= 0 && a.next[p][c] == 0; p = a.link[p] {
		a.next[p][c] = cur
	}
	switch {
	case p < 0:
		a.link[cur] = 0
	case a.size[a.next[p][c]] == a.size[p]+1:
		a.link[cur] = a.next[p][c]
	default:
		a.link[cur] = a.clone(p, a.next[p][c], c)
	}
	return cur
}

// clone parts the short texts of q, those that p leads to, from the long ones.
func (a *automaton) clone(p, q int32, c byte) int32 {
	n := a.state(a.size[p]+1, a.from[q])
	a.next[n], a.link[n] = a.next[q], a.link[q]
	a.link[q] = n
	for ; p >= 0 && a.next[p][c] == q; p = a.link[p] {
		a.next[p][c] = n
	}
	return n
}

// setTrips spreads the marks: a match that ends in a marked text is in the mark's state or in one that links to it.
func (a *automaton) setTrips(marks []string) {
	a.trip = make([]int32, len(a.size))
	for i := range a.trip {
		a.trip[i] = never
	}
	for _, mark := range marks {
		state, length := int32(0), int32(0)
		for _, c := range []byte(mark) {
			state, length = a.step(state, length, c)
		}
		a.trip[state] = min(a.trip[state], length)
	}
	order := make([]int32, len(a.size))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int { return int(a.size[x] - a.size[y]) })
	for _, s := range order[1:] {
		a.trip[s] = min(a.trip[s], a.trip[a.link[s]])
	}
}

// step reads one letter.
func (a *automaton) step(state, length int32, c byte) (int32, int32) {
	c -= 'a'
	for state > 0 && a.next[state][c] == 0 {
		state = a.link[state]
		length = a.size[state]
	}
	if to := a.next[state][c]; to != 0 {
		return to, length + 1
	}
	return 0, 0
}

// runs are all runs of n words of a text, by their letters, that are shorter than most letters. Longer ones need no mark.
// Words end wherever a letter or digit does not follow: no other way of counting finds more of them.
func runs(text string, n, most int) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var found []string
	for i := 0; i+n <= len(words); i++ {
		if run := fold(strings.Join(words[i:i+n], " ")); len(run) < most {
			found = append(found, run)
		}
	}
	return found
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}
