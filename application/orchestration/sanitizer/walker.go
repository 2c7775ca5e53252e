package sanitizer

// memory is how many letters back a walker remembers where they stood. It is more than any match that is not yet decided.
const memory = 64

// walker follows one way of reading the letters through an automaton.
type walker struct {
	a      *automaton
	state  int32
	length int32
	starts [memory]int // where the last letters stand in the text
	count  uint        // of letters read
}

func (w *walker) read(c byte, at int) {
	w.starts[w.count%memory] = at
	w.count++
	w.state, w.length = w.a.step(w.state, w.length, c)
}

// leaks reports whether the current match is one.
func (w *walker) leaks() bool { return w.length >= w.a.trip[w.state] }

// start is where the current match begins, as far back as is remembered.
func (w *walker) start() int { return w.before(int(w.length)) }

// before is where the n-th letter from the end stands, as far back as is remembered.
func (w *walker) before(n int) int {
	if n = min(n, memory, int(w.count)); n == 0 {
		return -1
	}
	return w.starts[(w.count-uint(n))%memory]
}

// gram is how many letters are looked up at once before a walk is worth it.
const gram = 4

// grams are the runs of gram letters that an automaton has, one bit each.
type grams [(gramMask + 1) / 64]uint64

const gramMask = 1<<(5*gram) - 1

func newGrams(a *automaton) *grams {
	g := &grams{}
	var visit func(state int32, depth int, code uint32)
	visit = func(state int32, depth int, code uint32) {
		if depth == gram {
			g[code/64] |= 1 << (code % 64)
			return
		}
		for c, to := range a.next[state] {
			if to != 0 {
				visit(to, depth+1, code<<5|uint32(c))
			}
		}
	}
	visit(0, 0, 0)
	return g
}

func (g *grams) has(code uint32) bool { return g[code&gramMask/64]&(1<<(code%64)) != 0 }

// reading is a walker over some of the letters of a text, or over others in their place. Such letters are rarely those of
// a prompt, so it walks only where a match of at least hold letters is possible: the matches that it finds are those that
// a walker would find.
type reading struct {
	walker
	kind    string   // of what is found
	letters [16]byte // the last ones, more than hold
	code    uint32   // the last gram letters
	likely  int32    // so many of the last letters can be a match
	on      bool
}

// see reads a letter and reports whether what was read is a leak.
func (r *reading) see(c byte, at int) bool {
	r.code = (r.code<<5 | uint32(c-'a')) & gramMask
	r.letters[r.count%uint(len(r.letters))] = c
	r.starts[r.count%memory] = at
	r.count++
	switch {
	case !r.a.grams.has(r.code):
		r.likely, r.on = gram-1, false
		return false
	case r.on:
		r.state, r.length = r.a.step(r.state, r.length, c)
		return r.leaks()
	}
	if r.likely++; r.likely < hold || r.count < hold {
		return false
	}
	r.on, r.state, r.length = true, 0, 0
	for i := r.count - hold; i != r.count; i++ {
		r.state, r.length = r.a.step(r.state, r.length, r.letters[i%uint(len(r.letters))])
	}
	return r.leaks()
}
