package sanitizer

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/adiuva/cloud/domain/chat"
)

// The readings of a matcher by their places. Behind them are those of the encodings.
const (
	backwards   = 0 // letters, words, or the letters of each word
	moved       = 1 // every letter by as much in the alphabet
	mirrored    = 2 // a for z, b for y, moved or not
	everySecond = 3 // letter
	everyThird  = 5
	secondWord  = 8 // every second word
	thirdWord   = 10
	notThird    = 13 // all words but every third
	decimal     = 16
)

// hexadecimal is the place of that encoding.
const hexadecimal = 2

// matcher reads a text in all ways at once, character by character, until it finds a leak.
type matcher struct {
	s        *Sanitizer
	own      *Own
	plain    walker
	escaped  unescaped
	leet     leet
	readings []reading
	walking  uint64 // the readings that are, or lately were, at a match, one bit each
	decoders []decoder
	number   number
	chains   chains
	ownEnd   int         // where in the user's own text the plain match ends, -1 if it is not from there
	recent   [spell]byte // the last letters
	seen     int         // letters
	words    int         // that are over
	inWord   bool

	leak int // where it begins in the text, -1 if there is none
	hit  chat.Withheld
}

// spell is how many letters are remembered.
const spell = 256

func (s *Sanitizer) matcher(own *Own) *matcher {
	m := &matcher{s: s, own: own, plain: walker{a: s.prompts}, ownEnd: -1, leak: -1}
	m.readings = append(m.readings, newReading(s.backwards, Fragment), newReading(s.moves, Fragment), newReading(s.moves, Fragment))
	for len(m.readings) < decimal {
		m.readings = append(m.readings, newReading(s.prompts, Fragment))
	}
	m.readings = append(m.readings, newReading(s.prompts, Encoded))
	for i := range s.encodings {
		e := &s.encodings[i]
		m.decoders = append(m.decoders, decoder{encoding: e, first: len(m.readings)})
		for range e.ways() {
			m.readings = append(m.readings, newReading(s.prompts, Encoded))
		}
	}
	return m
}

func newReading(a *automaton, kind string) reading { return reading{walker: walker{a: a}, kind: kind} }

// leaked reports whether a leak was found. Nothing is read after it.
func (m *matcher) leaked() bool { return m.leak >= 0 }

// ascii reads a character below 128 that stands at a place in the text.
func (m *matcher) ascii(b byte, at int) {
	k := &m.s.alphabet[b]
	skipped := (k.escape || m.escaped.within != 0) && m.escaped.skips(b, &m.plain)
	for list := k.digitOf; list != 0; list &= list - 1 {
		d := &m.decoders[bits.TrailingZeros8(list)]
		d.digit(d.values[b])
		for after := uint32(0); after < d.width; after += d.step {
			m.decoded(d.ends(after), d.last(after), at)
		}
	}
	if k.number || m.number.digits > 0 {
		m.decoded(decimal, m.number.digit(b), at)
	}
	switch {
	case k.letter != 0:
		if k.letter == 'x' {
			m.decoders[hexadecimal].undo()
		}
		m.letter(k.letter, at, skipped)
	case k.parts:
		m.pause()
	}
	if k.digitOf&(1<<hexadecimal) == 0 {
		m.decoders[hexadecimal].zero = false
	}
	if k.drawn && m.leet.sign(b, at, &m.plain) {
		m.aside(&m.leet.aside)
	}
}

// other reads any other character.
func (m *matcher) other(r rune, at int) {
	m.decoded(decimal, m.number.digit(0), at)
	if r == utf8.RuneError {
		return
	}
	letters(r, func(c byte) { m.letter(c, at, false) })
	if unicode.In(r, unicode.Z, unicode.P, unicode.S) {
		m.pause()
	}
}

// pause is between two words.
func (m *matcher) pause() {
	if m.inWord {
		m.inWord = false
		m.words++
	}
}

// decoded reads a byte that was encoded.
func (m *matcher) decoded(way int, b byte, at int) {
	if c := lower(b); c != 0 {
		m.see(way, c, at)
	}
}

// letter reads a letter a to z; skipped says that it belongs to an escape sequence.
func (m *matcher) letter(c byte, at int, skipped bool) {
	state, length := m.plain.state, m.plain.length
	i := m.seen
	before := m.recent[(i+spell-1)%spell]
	m.recent[i%spell] = c
	m.seen++
	m.inWord = true
	m.plain.read(c, at)
	if m.plain.length <= length && length >= seed {
		m.piece(state, int(length), m.plain.before(int(length)+1))
	}
	m.follow(c, length)
	if m.plain.leaks() && !m.isOwn(int(m.plain.length)) {
		m.found(Fragment, &m.plain)
	}
	if m.escaped.on && !skipped && m.escaped.read(c, at, &m.plain) {
		m.aside(&m.escaped.aside)
	}
	if m.leet.on && m.leet.read(c, at, &m.plain) {
		m.aside(&m.leet.aside)
	}
	m.see(backwards, c, at)
	if i > 0 {
		m.see(moved, distance(before, c), at)
		m.see(mirrored, distance(c, before), at)
	}
	m.see(everySecond+i%2, c, at)
	m.see(everyThird+i%3, c, at)
	m.see(secondWord+m.words%2, c, at)
	m.see(thirdWord+m.words%3, c, at)
	m.see(notThird+(m.words+1)%3, c, at)
	m.see(notThird+(m.words+2)%3, c, at)
}

// see gives a letter to a reading.
func (m *matcher) see(i int, c byte, at int) {
	r := &m.readings[i]
	leaks := r.see(c, at)
	if r.on {
		m.walking |= 1 << i
	}
	if leaks && (m.ownEnd < 0 || r.kind == Encoded) { // letters of the user's own may be read in any way
		m.found(r.kind, &r.walker)
	}
}

// aside takes what a reading beside the plain one found.
func (m *matcher) aside(w *aside) {
	if m.ownEnd < 0 {
		m.found(Fragment, &w.walker)
	}
}

// piece is a match of length letters that ended with the letter before the last one and was no leak.
func (m *matcher) piece(state int32, length, start int) {
	places, end := m.s.prompts.places[state], m.seen-1
	if len(places) == 0 || m.ownEnd >= 0 {
		return
	}
	c, place := m.chains.extends(places, length, end)
	switch {
	case c == nil:
		m.chains.begin(places, length, end, start)
	case m.own.at(m.lastBefore(length, end)) >= 0:
	default:
		c.sum += length + min(end-length-c.end, 0)
		if c.place, c.end = place, end; c.sum >= chainSum && !m.leaked() {
			m.leak, m.hit = c.start, m.s.prompts.hit(Pieces, state)
		}
	}
}

// follow goes on in the user's own text as long as it says the same.
func (m *matcher) follow(c byte, before int32) {
	if m.ownEnd < 0 {
		return
	}
	own := m.own.text()
	if m.plain.length == before+1 && m.ownEnd < len(own) && own[m.ownEnd] == c {
		m.ownEnd++
		return
	}
	m.ownEnd = -1
}

// isOwn reports whether the last n letters stand in what the user sent.
func (m *matcher) isOwn(n int) bool {
	if m.ownEnd < 0 {
		m.ownEnd = m.own.at(m.lastBefore(n, m.seen))
	}
	return m.ownEnd >= 0
}

// lastBefore are the n letters before the letter end, as far back as is remembered.
func (m *matcher) lastBefore(n, end int) string {
	n = min(n, spell-1, end)
	var b strings.Builder
	for i := end - n; i < end; i++ {
		b.WriteByte(m.recent[i%spell])
	}
	return b.String()
}

// end decides what the end of the text leaves open.
func (m *matcher) end(at int) {
	m.decoded(decimal, m.number.digit(0), at)
	if w := &m.plain; w.length >= seed && !m.leaked() {
		m.seen++ // as if a letter followed
		m.piece(w.state, int(w.length), w.start())
	}
}

// found ends the reading.
func (m *matcher) found(kind string, w *walker) {
	if m.leaked() {
		return
	}
	m.leak, m.hit = max(w.start(), 0), w.a.hit(kind, w.state)
}

// holds is where the text must be held back from, next if it may leave up to there.
func (m *matcher) holds(next int) int {
	first := next
	if m.plain.length >= hold {
		first = min(first, m.plain.start())
	}
	if m.escaped.on && m.escaped.length >= hold {
		first = min(first, m.escaped.start())
	}
	if m.leet.on && m.leet.length >= hold {
		first = min(first, m.leet.start())
	}
	for list := m.walking; list != 0; list &= list - 1 {
		i := bits.TrailingZeros64(list)
		switch r := &m.readings[i]; {
		case !r.on:
			m.walking &^= 1 << i
		case r.length >= hold:
			first = min(first, r.start())
		}
	}
	return first
}
