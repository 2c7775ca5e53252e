package sanitizer

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// The bounds of what is taken for encoded text, in bytes.
const (
	shortestRun = 32   // 24 bytes in base64; no word and few parts of an address are as long
	longestRun  = 2048 // decided by then, so that a long one is not held back without end
)

// encodedRun is the run of base64 or hexadecimal digits that the text ends in.
type encodedRun struct {
	digits strings.Builder
	start  int
}

// read takes the next character. done is a run that has just ended, or has become too long to wait for its end.
func (e *encodedRun) read(r rune, at int) (done string, start int) {
	if !isDigit(r) {
		return e.finish()
	}
	if e.digits.Len() >= longestRun {
		done, start = e.finish()
	}
	if e.digits.Len() == 0 {
		e.start = at
	}
	e.digits.WriteRune(r)
	return done, start
}

// finish ends the run. done is empty if it is too short to hide anything.
func (e *encodedRun) finish() (done string, start int) {
	if e.digits.Len() >= shortestRun {
		done, start = e.digits.String(), e.start
	}
	e.digits.Reset()
	return done, start
}

func (e *encodedRun) holds() int {
	if e.digits.Len() < shortestRun {
		return -1
	}
	return e.start
}

func isDigit(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '+' || r == '/' || r == '-' || r == '_'
}

// decodings are what a run may mean, wherever in it the encoding begins.
func decodings(run string) []string {
	var texts []string
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(run)
	for offset := range 4 {
		part := standard[offset:]
		part = part[:len(part)/4*4]
		if b, err := base64.RawStdEncoding.DecodeString(part); err == nil {
			texts = append(texts, string(b))
		}
	}
	for offset := range 2 {
		part := run[offset:]
		part = part[:len(part)/2*2]
		if b, err := hex.DecodeString(part); err == nil {
			texts = append(texts, string(b))
		}
	}
	return texts
}
