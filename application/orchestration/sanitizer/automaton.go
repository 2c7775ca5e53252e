package sanitizer

import (
	"math"
	"slices"

	"github.com/adiuva/cloud/domain/chat"
)

// automaton is a suffix automaton over texts: walking it letter by letter gives, at each letter, the length of the longest
// end of what was read that stands somewhere in the texts. Building costs time and memory that grow with the texts; a step
// costs a constant, on average. It does not change once it is built.
type automaton struct {
	sources []source
	next    [][26]int32 // 0 is no way on: nothing leads back to the root
	link    []int32
	size    []int32   // the longest text of a state
	trip    []int32   // a match of at least this length here is a leak
	from    []int32   // the source that a state was first made for
	places  [][]int32 // where in the sources the text of a state ends; none if that is in too many places to mean anything
	grams   *grams
}

// source is a text that must not leave.
type source struct {
	kind  string // of what is found
	name  string // of the prompt, empty for what is none
	text  string
	trip  int  // so many letters of it are a leak
	prose bool // words in an order of their own: tripWords in a row are a leak even if they are shorter
}

// never is the trip of a state that has none.
const never = math.MaxInt32

// The bounds of what is kept of a text.
const (
	maxPlaces = 8
	reach     = 64 // letters: every run of so many stands in the automaton, whatever it began with
)

// newAutomaton reads sources as code makes letters of them, those that are the first to be a leak before the others.
func newAutomaton(sources []source, code func(string) string) *automaton {
	sources = slices.SortedStableFunc(slices.Values(sources), func(x, y source) int { return x.trip - y.trip })
	a := &automaton{sources: sources}
	size := 0
	for _, s := range sources {
		size += len(s.text)
	}
	a.next = make([][26]int32, 0, size) // about right: there are fewer letters than bytes, and more states than letters
	a.state(0, 0)
	place := int32(0)
	for i, s := range sources {
		text := code(s.text)
		for _, part := range a.unknown(text) {
			last := int32(0)
			for _, c := range []byte(part) {
				last = a.extend(last, c-'a', int32(i))
				if s.kind == Fragment {
					a.places[last] = append(a.places[last], place)
				}
				a.trip[last] = min(a.trip[last], int32(s.trip)) //nolint:gosec // a bound of ours
				place++
			}
			place += reach // no two parts are next to one another
		}
	}
	for _, s := range sources {
		if s.prose {
			a.mark(s, code)
		}
	}
	a.settle()
	a.grams = newGrams(a)
	return a
}

// unknown are the parts of a text that have to be read so that the automaton has every run of reach letters: prompts
// share whole paragraphs.
func (a *automaton) unknown(text string) []string {
	var parts []string
	state, length, from, end := int32(0), int32(0), -1, 0
	for i, c := range []byte(text) {
		state, length = a.step(state, length, c)
		if int(length) >= min(i+1, reach) {
			continue
		}
		start := max(0, i+1-reach)
		if from < 0 || start > end {
			if from >= 0 {
				parts = append(parts, text[from:end])
			}
			from = start
		}
		end = i + 1
	}
	if from >= 0 {
		parts = append(parts, text[from:end])
	}
	return parts
}

func (a *automaton) state(size, from int32) int32 {
	a.next = append(a.next, [26]int32{})
	a.link = append(a.link, -1)
	a.size = append(a.size, size)
	a.trip = append(a.trip, never)
	a.from = append(a.from, from)
	a.places = append(a.places, nil)
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

// mark makes each short run of words a leak by itself.
func (a *automaton) mark(s source, code func(string) string) {
	for _, run := range runs(s.text, tripWords, s.trip, code) {
		state, length := int32(0), int32(0)
		for _, c := range []byte(run) {
			state, length = a.step(state, length, c)
		}
		a.trip[state] = min(a.trip[state], length)
	}
}

// settle tells each state what holds for the ends of its texts, and each end where the longer texts stand.
func (a *automaton) settle() {
	order := a.bySize()
	many := make([]bool, len(a.size))
	for _, s := range slices.Backward(order[1:]) {
		p := a.link[s]
		if many[p] = many[p] || many[s]; !many[p] {
			a.places[p] = merged(a.places[p], a.places[s])
			many[p] = len(a.places[p]) > maxPlaces
		}
		if many[p] {
			a.places[p] = nil
		}
		if a.trip[s] < never { // what is protected here is protected in a longer text too
			a.trip[p] = min(a.trip[p], a.trip[s])
		}
	}
	for _, s := range order[1:] {
		if p := a.link[s]; a.trip[p] <= a.size[p] {
			a.trip[s] = min(a.trip[s], a.trip[p])
		}
	}
}

// bySize are all states, those of short texts first.
func (a *automaton) bySize() []int32 {
	ends := make([]int, slices.Max(a.size)+2)
	for _, size := range a.size {
		ends[size+1]++
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	order := make([]int32, len(a.size))
	for s, size := range a.size {
		order[ends[size]] = int32(s)
		ends[size]++
	}
	return order
}

// merged are the places of both, in order. Neither has one of the other's, as no text ends in two states.
func merged(a, b []int32) []int32 {
	if len(a) == 0 {
		return b
	}
	list := slices.Concat(a, b)
	slices.Sort(list)
	return list
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

// hit is what was found where a match ends.
func (a *automaton) hit(kind string, state int32) chat.Withheld {
	if s := a.sources[a.from[state]]; s.kind == Fragment {
		return chat.Withheld{Kind: kind, Prompt: s.name}
	}
	return chat.Withheld{Kind: Definition}
}
