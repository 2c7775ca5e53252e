package session

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanDevice makes a name fit for Session.Device out of what a client calls itself: what cannot be printed is dropped,
// white space becomes a single blank, and the rest is cut after at most MaxDeviceBytes.
func CleanDevice(s string) string {
	printable := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	clean := strings.Join(strings.Fields(printable), " ")
	if len(clean) <= MaxDeviceBytes {
		return clean
	}
	end := MaxDeviceBytes
	for !utf8.RuneStart(clean[end]) {
		end--
	}
	return strings.TrimSpace(clean[:end])
}
