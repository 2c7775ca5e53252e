package sanitizer

import (
	"strings"
	"unicode/utf8"

	"github.com/adiuva/cloud/domain/chat"
)

// Stream filters one answer. It belongs to one goroutine.
type Stream struct {
	s    *Sanitizer
	own  *Own
	tags blocks

	plain, schema walker
	ownEnd        int // where in the user's own text the plain match ends, -1 if it is not from there
	disguised     []reading
	pieces        pieces
	recent        [memory]byte // the last letters
	seen          int          // letters
	run           encodedRun

	base   int // where held begins in the text
	next   int // what is read next
	free   int // up to where the text may leave
	held   string
	leak   int // where the leak begins in the text
	hits   []chat.Withheld
	closed bool
}

// Stream begins an answer to somebody who sent own, which may be nil.
func (s *Sanitizer) Stream(own *Own) *Stream {
	return &Stream{
		s: s, own: own, leak: -1, ownEnd: -1,
		plain: walker{a: s.prompts}, schema: walker{a: s.schemas}, disguised: disguises(s.prompts),
	}
}

// Write takes the next piece of the answer and gives what may leave of what came so far: all but the end, if that may
// still turn out to be part of a leak. After a leak nothing more leaves.
func (f *Stream) Write(text string) string {
	if f.Leaked() || f.closed {
		return ""
	}
	return f.feed(f.tags.write(text), false)
}

// Close gives the rest. After a leak it is the refusal.
func (f *Stream) Close() string {
	if f.closed {
		return ""
	}
	f.closed = true
	out := ""
	if !f.Leaked() {
		out = f.feed(f.tags.close(), true)
	}
	if f.tags.cut {
		f.hits = append(f.hits, chat.Withheld{Kind: Reasoning})
	}
	switch {
	case f.Leaked() && f.base > 0:
		return out + "\n\n" + Refusal
	case f.Leaked():
		return Refusal
	}
	return out
}

// Leaked reports whether the answer was cut off.
func (f *Stream) Leaked() bool { return f.leak >= 0 }

// Withheld is what was kept back: never the text itself. It is complete after Close.
func (f *Stream) Withheld() []chat.Withheld { return f.hits }

// whole filters a text that is there from the start, and so can be cut before the first letter of a leak.
func (f *Stream) whole(text string) string {
	out := f.Write(text)
	if !f.Leaked() {
		if rest := f.Close(); !f.Leaked() {
			return out + rest
		}
	}
	f.Close()
	out = strings.TrimSpace(out[:min(f.leak, len(out))])
	if out == "" {
		return Refusal
	}
	return out + "\n\n" + Refusal
}

// feed reads text as far as its characters are whole. What may leave depends on the characters alone, not on how they came.
func (f *Stream) feed(text string, last bool) string {
	f.held += text
	for f.next < f.base+len(f.held) {
		rest := f.held[f.next-f.base:]
		if !last && !utf8.FullRuneInString(rest) {
			break
		}
		r, size := utf8.DecodeRuneInString(rest)
		if f.character(r, f.next); f.Leaked() {
			return f.release(f.free)
		}
		f.next += size
		f.free = max(f.free, f.minded())
	}
	if !last {
		return f.release(f.free)
	}
	if f.end(); f.Leaked() {
		return f.release(f.free)
	}
	return f.release(f.next)
}

// minded is up to where nobody minds that the text leaves.
func (f *Stream) minded() int {
	first := f.next
	for _, start := range []int{f.plain.holds(), f.schema.holds(), f.run.holds()} {
		if start >= 0 {
			first = min(first, start)
		}
	}
	for i := range f.disguised {
		if start := f.disguised[i].holds(); start >= 0 {
			first = min(first, start)
		}
	}
	return first
}

// release gives the text up to a place. After a leak the rest is thrown away.
func (f *Stream) release(to int) string {
	out := f.held[:to-f.base]
	f.base, f.held = to, f.held[to-f.base:]
	if f.Leaked() {
		f.held = ""
	}
	return out
}

func (f *Stream) character(r rune, at int) {
	if done, start := f.run.read(r, at); done != "" {
		f.decode(done, start)
	}
	letters(r, func(c byte) {
		if !f.Leaked() {
			f.letter(c, at)
		}
	})
}

func (f *Stream) letter(c byte, at int) {
	state, length := f.plain.state, f.plain.length
	f.recent[f.seen%memory] = c
	f.seen++
	f.plain.read(c, at)
	f.schema.read(c, at)
	if f.plain.length <= length && f.piece(state, int(length)) {
		f.found(Pieces, state, f.pieces.recent[0].start)
		return
	}
	f.follow(c, length)
	switch {
	case f.plain.leaks() && !f.isOwn(int(f.plain.length)):
		f.found(Fragment, f.plain.state, f.plain.start())
	case f.schema.leaks() && f.own.at(f.last(int(f.schema.length))) < 0:
		f.found(Definition, -1, f.schema.start())
	}
	for i := range f.disguised {
		d := &f.disguised[i]
		d.see(f.seen-1, c, at)
		if d.length >= trip && !f.Leaked() {
			f.found(Fragment, d.state, d.start())
		}
	}
}

// piece counts a match that ended with the letter before the last, unless the user wrote it.
func (f *Stream) piece(state int32, length int) bool {
	end := f.seen - 1
	if length < hold || f.ownEnd >= 0 || f.own.at(f.lastBefore(length, end)) >= 0 {
		return false
	}
	return f.pieces.add(state, length, end, f.plain.starts[(end-min(length, memory-1))%memory])
}

// follow goes on in the user's own text as long as it says the same.
func (f *Stream) follow(c byte, before int32) {
	if f.ownEnd < 0 {
		return
	}
	own := f.own.text()
	if f.plain.length == before+1 && f.ownEnd < len(own) && own[f.ownEnd] == c {
		f.ownEnd++
		return
	}
	f.ownEnd = -1
}

// isOwn reports whether the last n letters stand in what the user sent.
func (f *Stream) isOwn(n int) bool {
	if f.ownEnd < 0 {
		f.ownEnd = f.own.at(f.last(n))
	}
	return f.ownEnd >= 0
}

func (f *Stream) last(n int) string { return f.lastBefore(n, f.seen) }

// lastBefore are the n letters before the letter end, as far back as is remembered.
func (f *Stream) lastBefore(n, end int) string {
	n = min(n, memory-1, end)
	var b strings.Builder
	for i := end - n; i < end; i++ {
		b.WriteByte(f.recent[i%memory])
	}
	return b.String()
}

// end decides what the end of the text leaves open.
func (f *Stream) end() {
	if done, start := f.run.finish(); done != "" {
		f.decode(done, start)
	}
	if w := &f.plain; !f.Leaked() && w.length >= hold && !f.isOwn(int(w.length)) && f.pieces.add(w.state, int(w.length), f.seen, w.start()) {
		f.found(Pieces, w.state, f.pieces.recent[0].start)
	}
}

// found ends the answer. state is in the prompts' automaton, or -1.
func (f *Stream) found(kind string, state int32, at int) {
	hit := chat.Withheld{Kind: kind}
	if state >= 0 {
		hit.Prompt = f.s.names[f.s.prompts.from[state]]
	}
	f.leak = max(at, 0)
	f.hits = append(f.hits, hit)
}

// decode looks into a run of letters and digits that began at start: it may be a prompt in base64 or hexadecimal.
func (f *Stream) decode(run string, start int) {
	for _, text := range decodings(run) {
		w := walker{a: f.s.prompts}
		for i := range len(text) {
			if c := lower(text[i]); c != 0 {
				if w.read(c, 0); w.leaks() {
					f.found(Encoded, w.state, start)
					return
				}
			}
		}
	}
}
