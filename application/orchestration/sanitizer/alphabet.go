package sanitizer

import "strings"

// character is what an ASCII character may be.
type character struct {
	letter  byte  // a to z, 0 if it is none
	digitOf uint8 // the encodings that it is a digit of, one bit each
	number  bool  // a decimal digit
	escape  bool  // begins an escape sequence
	parts   bool  // stands between words
	drawn   bool  // may stand for a letter that it is drawn like
}

// alphabet is what each of them is.
func alphabet(list []encoding) (table [128]character) {
	for i := range table {
		b := byte(i)
		k := character{letter: lower(b), number: b >= '0' && b <= '9', escape: strings.IndexByte(escapes, b) >= 0, drawn: drawn(b) != ""}
		k.parts = k.letter == 0 && !k.number && strings.IndexByte("'_-", b) < 0
		for j, e := range list {
			if e.values[b] != noDigit {
				k.digitOf |= 1 << j
			}
		}
		table[i] = k
	}
	return table
}
