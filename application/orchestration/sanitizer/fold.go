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
	'і': 'i', 'ј': 'j', 'ѕ': 's', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w', 'ո': 'n', 'ս': 'u', 'օ': 'o',
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x',
	'ѵ': 'v', 'ү': 'y', 'ӏ': 'l', 'һ': 'h', 'ҝ': 'k', 'п': 'n', 'г': 'r', 'з': 'e', 'я': 'r', 'и': 'n', 'ʟ': 'l',
	'γ': 'y', 'ω': 'w', 'σ': 'o', 'μ': 'u', 'ζ': 'z', 'ϲ': 'c', 'ϳ': 'j', 'ց': 'g', 'հ': 'h', 'ք': 'p', 'ա': 'w',
	'ı': 'i', 'ɑ': 'a', 'ɡ': 'g', 'ł': 'l', 'ø': 'o', 'đ': 'd', 'ħ': 'h', 'ŧ': 't', 'ƅ': 'b', 'ǝ': 'e', 'ə': 'e', 'ɩ': 'i',
	'ᴀ': 'a', 'ʙ': 'b', 'ᴄ': 'c', 'ᴅ': 'd', 'ᴇ': 'e', 'ꜰ': 'f', 'ɢ': 'g', 'ʜ': 'h', 'ɪ': 'i', 'ᴊ': 'j', 'ᴋ': 'k', 'ᴍ': 'm',
	'ɴ': 'n', 'ᴏ': 'o', 'ᴘ': 'p', 'ꞯ': 'q', 'ʀ': 'r', 'ꜱ': 's', 'ᴛ': 't', 'ᴜ': 'u', 'ᴠ': 'v', 'ᴡ': 'w', 'ʏ': 'y', 'ᴢ': 'z',
}

// alphabets are rows of letters A to Z that normalization leaves as they are: each from its first to its last character.
var alphabets = []rune{
	0x1f1e6, // regional indicators, which are drawn as flags or letters
	0x1f150, // in black circles
	0x1f170, // in black squares
	0xe0041, // tags, which are not drawn at all
	0xe0061,
}

// letters gives the Latin letters a to z that a character beyond ASCII stands for: none, one, or for a ligature several.
func letters(r rune, emit func(byte)) {
	for _, first := range alphabets {
		if r >= first && r < first+26 {
			emit(byte('a' + r - first)) //nolint:gosec // a letter
			return
		}
	}
	var in, out [64]byte
	n := utf8.EncodeRune(in[:], unicode.ToLower(r))
	for _, part := range string(norm.NFKD.Append(out[:0], in[:n]...)) {
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
		if r >= utf8.RuneSelf {
			letters(r, func(c byte) { b.WriteByte(c) })
		} else if c := lower(byte(r)); c != 0 { //nolint:gosec // r is ASCII
			b.WriteByte(c)
		}
	}
	return b.String()
}
