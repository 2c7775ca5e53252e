package sanitizer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// lookalikes are letters of other scripts that are drawn like Latin ones (Unicode TR 39, the common part).
var lookalikes = map[rune]byte{
	'а': 'a', 'в': 'b', 'е': 'e', 'к': 'k', 'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p', 'с': 'c', 'т': 't', 'у': 'y', 'х': 'x',
	'і': 'i', 'ј': 'j', 'ѕ': 's', 'ԁ': 'd', 'һ': 'h', 'ԛ': 'q', 'ԝ': 'w', 'ո': 'n', 'ս': 'u', 'օ': 'o',
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x',
	'ı': 'i', 'ɑ': 'a', 'ɡ': 'g', 'ł': 'l', 'ø': 'o', 'đ': 'd',
}

// letters gives the Latin letters a to z that a character stands for: none, one, or for a ligature several.
func letters(r rune, emit func(byte)) {
	if r < utf8.RuneSelf {
		if c := lower(byte(r)); c != 0 { //nolint:gosec // r is ASCII
			emit(c)
		}
		return
	}
	for _, part := range norm.NFKD.String(string(unicode.ToLower(r))) {
		part = unicode.ToLower(part)
		switch {
		case part < utf8.RuneSelf:
			if c := lower(byte(part)); c != 0 { //nolint:gosec // part is ASCII
				emit(c)
			}
		case lookalikes[part] != 0:
			emit(lookalikes[part])
		}
	}
}

// lower is c as a small letter, 0 if it is none.
func lower(c byte) byte {
	switch {
	case c >= 'a' && c <= 'z':
		return c
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	}
	return 0
}

// fold is a whole text by its letters.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		letters(r, func(c byte) { b.WriteByte(c) })
	}
	return b.String()
}
