package sanitizer

import (
	"strings"
	"unicode/utf8"

	"github.com/adiuva/cloud/domain/chat"
)

// maxHeld bounds the text that is held back, in bytes. Only what has hardly a letter in it comes near.
const maxHeld = 2048

// Stream filters one answer. It belongs to one goroutine.
type Stream struct {
	tags   blocks
	read   *matcher
	base   int // where held begins in the text
	next   int // what is read next
	free   int // up to where the text may leave
	held   []byte
	closed bool
}

// Stream begins an answer to somebody who sent own, which may be nil.
func (s *Sanitizer) Stream(own *Own) *Stream { return &Stream{read: s.matcher(own)} }

// Write takes the next piece of the answer and gives what may leave of what came so far: all but the end, if that may
// still turn out to be part of a leak. After a leak nothing more leaves.
func (f *Stream) Write(text string) string {
	if f.Leaked() || f.closed {
		return ""
	}
	var out strings.Builder
	f.tags.write(text, func(part string) bool {
		out.WriteString(f.feed(part, false))
		return !f.Leaked()
	})
	return out.String()
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
	switch {
	case f.Leaked() && f.base > 0:
		return out + "\n\n" + Refusal
	case f.Leaked():
		return Refusal
	}
	return out
}

// Leaked reports whether the answer was cut off.
func (f *Stream) Leaked() bool { return f.read.leaked() }

// Withheld is what was kept back: never the text itself. It is complete after Close.
func (f *Stream) Withheld() []chat.Withheld {
	var hits []chat.Withheld
	if f.Leaked() {
		hits = append(hits, f.read.hit)
	}
	if f.tags.cut {
		hits = append(hits, chat.Withheld{Kind: Reasoning})
	}
	return hits
}

// whole filters a text that is there from the start, and so can be cut before the first letter of a leak.
func (f *Stream) whole(text string) string {
	out := f.Write(text)
	rest := f.Close()
	if !f.Leaked() {
		return out + rest
	}
	out = strings.TrimSpace(out[:min(f.read.leak, len(out))])
	if out == "" {
		return Refusal
	}
	return out + "\n\n" + Refusal
}

// feed reads text as far as its characters are whole. What may leave depends on the characters alone, not on how they came.
func (f *Stream) feed(text string, last bool) string {
	f.held = append(f.held, text...)
	for f.next < f.base+len(f.held) {
		at := f.next
		rest := f.held[at-f.base:]
		if rest[0] < utf8.RuneSelf {
			f.next++
			f.read.ascii(rest[0], at)
		} else {
			if !last && !utf8.FullRune(rest) {
				break
			}
			r, size := utf8.DecodeRune(rest)
			f.next += size
			f.read.other(r, at)
		}
		if f.Leaked() {
			return f.release(f.free)
		}
		f.free = max(f.free, f.read.holds(f.next), f.next-maxHeld)
	}
	if !last {
		return f.release(f.free)
	}
	if f.read.end(f.next); f.Leaked() {
		return f.release(f.free)
	}
	return f.release(f.next)
}

// release gives the text up to a place. After a leak the rest is thrown away.
func (f *Stream) release(to int) string {
	out := string(f.held[:to-f.base])
	f.base, f.held = to, f.held[to-f.base:]
	if f.Leaked() {
		f.held = nil
	}
	return out
}
