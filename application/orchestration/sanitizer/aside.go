package sanitizer

import "strings"

// aside reads the text as the plain reading does, but for the characters that may mean something else than they are. It
// goes its own way from the first of them on, until both have come to the same place again.
type aside struct {
	walker
	on bool
}

// part goes aside.
func (w *aside) part(from *walker) {
	if !w.on {
		w.walker, w.on = *from, true
	}
}

// read takes the next letter, which the plain reading has read, and reports whether what was read is a leak.
func (w *aside) read(c byte, at int, plain *walker) bool {
	w.walker.read(c, at)
	if w.state == plain.state && w.length == plain.length {
		w.on = false
	}
	return w.leaks()
}

// escapes are the beginnings of sequences that stand for another character: \n \u0020 %20 &amp;
const escapes = `\%&`

// maxEntity bounds what stands between & and ;
const maxEntity = 8

// unescaped reads without the letters that belong to escape sequences.
type unescaped struct {
	aside
	within byte // what the sequence began with, or 'x' for hexadecimal digits
	left   int  // so many characters may still belong to it
}

// skips looks at a character and reports whether it belongs to an escape sequence.
func (u *unescaped) skips(b byte, plain *walker) bool {
	skipped := false
	switch u.within {
	case 0:
	case '\\':
		skipped = u.backslash(b)
	case 'x':
		if skipped = isHex(b); skipped {
			u.left--
		}
		if !skipped || u.left == 0 {
			u.within = 0
		}
	case '&':
		if skipped = isAlphanumeric(b) || b == '#'; skipped {
			u.left--
		}
		if !skipped || u.left == 0 {
			u.within = 0
		}
	}
	if u.within == 0 && !skipped && strings.IndexByte(escapes, b) >= 0 {
		u.part(plain)
		switch b {
		case '%':
			u.within, u.left = 'x', 2
		default:
			u.within, u.left = b, maxEntity
		}
	}
	return skipped
}

func (u *unescaped) backslash(b byte) bool {
	u.within = 0
	switch b {
	case 'n', 'r', 't', 'b', 'f', 'v':
		return true
	case 'u':
		u.within, u.left = 'x', 4
		return true
	case 'x':
		u.within, u.left = 'x', 2
		return true
	}
	return false
}

func isHex(b byte) bool { return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F' }

func isAlphanumeric(b byte) bool { return lower(b) != 0 || b >= '0' && b <= '9' }

// leet reads digits and signs as the letters that they are drawn like.
type leet struct{ aside }

// drawn are the letters that a sign may stand for.
func drawn(b byte) string {
	switch b {
	case '0':
		return "o"
	case '1', '!':
		return "il"
	case '|':
		return "li"
	case '2':
		return "z"
	case '3':
		return "e"
	case '4', '@':
		return "a"
	case '5', '$':
		return "s"
	case '6', '9':
		return "g"
	case '7', '+':
		return "t"
	case '8':
		return "b"
	}
	return ""
}

// sign reads a character that is no letter, and reports whether what was read is a leak.
func (l *leet) sign(b byte, at int, plain *walker) bool {
	letters := drawn(b)
	if letters == "" {
		return false
	}
	l.part(plain)
	c, most := letters[0], int32(-1)
	for i := range len(letters) {
		if _, length := l.a.step(l.state, l.length, letters[i]); length > most {
			c, most = letters[i], length
		}
	}
	l.walker.read(c, at)
	return l.leaks()
}
