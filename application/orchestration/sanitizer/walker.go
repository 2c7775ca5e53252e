package sanitizer

// memory is how many letters back a walker remembers where they stood. It is more than any match that is not yet decided.
const memory = 64

// walker follows one way of reading the letters through an automaton.
type walker struct {
	a      *automaton
	state  int32
	length int32
	starts [memory]int // where the last letters stand in the text
	count  int         // of letters read
}

func (w *walker) read(c byte, at int) {
	w.starts[w.count%memory] = at
	w.count++
	w.state, w.length = w.a.step(w.state, w.length, c)
}

// leaks reports whether the current match is one.
func (w *walker) leaks() bool { return w.length >= trip || w.length >= w.a.trip[w.state] }

// start is where the current match begins, as far back as is remembered.
func (w *walker) start() int {
	n := min(int(w.length), memory, w.count)
	if n == 0 {
		return -1
	}
	return w.starts[(w.count-n)%memory]
}

// holds is where the text must be held back from, -1 if this walker minds nothing.
func (w *walker) holds() int {
	if w.length < hold {
		return -1
	}
	return w.start()
}

// reading is a walker that sees only some of the letters, or others in their place.
type reading struct {
	walker
	stride, phase int // of the letters, every stride-th from phase on
	rotate        bool
}

func (r *reading) see(i int, c byte, at int) {
	if i%r.stride != r.phase {
		return
	}
	if r.rotate {
		c = 'a' + (c-'a'+13)%26
	}
	r.read(c, at)
}

// disguises are the ways of reading that bring a hidden prompt to light: rot13, and junk between the letters.
func disguises(a *automaton) []reading {
	list := []reading{{walker: walker{a: a}, stride: 1, rotate: true}}
	for _, stride := range []int{2, 3} {
		for phase := range stride {
			list = append(list, reading{walker: walker{a: a}, stride: stride, phase: phase})
		}
	}
	return list
}

// piece is one match that was too short to be a leak.
type piece struct {
	state   int32
	letters int // that no piece before it counted
	end     int
	start   int // where it stands in the text
}

// pieces are those of late.
type pieces struct {
	recent []piece
	sum    int
	end    int // of the last piece, in letters
}

// add counts a match that ends before the letter end, and reports whether there are too many by now. The same words again
// count once.
func (p *pieces) add(state int32, length, end, start int) bool {
	for len(p.recent) > 0 && p.recent[0].end < end-pieceRange {
		p.sum -= p.recent[0].letters
		p.recent = p.recent[1:]
	}
	for _, old := range p.recent {
		if old.state == state {
			return false
		}
	}
	fresh := min(length, end-p.end)
	p.recent = append(p.recent, piece{state, fresh, end, start})
	p.sum += fresh
	p.end = end
	return p.sum >= pieceSum
}
