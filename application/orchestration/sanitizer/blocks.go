package sanitizer

import (
	"slices"
	"strings"
)

// inner are the elements that models put thoughts, data and tool calls in. None is meant for people. An element data is one
// of ours only if it has a name.
var inner = []string{
	"think", "thinking", "thought", "thoughts", "reasoning", "scratchpad", "reflection", "tool_call", "tool_calls", "function_call",
	"function_calls", "tool_response", "data",
}

// maxTag bounds an opening tag with its attributes, in bytes.
const maxTag = 80

// blocks cuts inner elements out of a text that comes in pieces. What looks like the beginning of one is held back until
// it is clear. An element that is never closed goes on to the end. A tag behind a backtick is one that is spoken of.
type blocks struct {
	rest string // not yet decided
	open string // the element that is being cut out
	last byte   // of what was given
	cut  bool   // something was
}

// write takes the next piece, and gives the text that is left of it in parts, as long as it is told to go on.
func (b *blocks) write(text string, give func(part string) bool) {
	b.rest += text
	for {
		if b.open != "" && !b.skip() {
			return
		}
		i := strings.IndexByte(b.rest, '<')
		if i < 0 {
			i = len(b.rest)
		}
		name, end, undecided := b.opening(i)
		if !undecided && name == "" && i < len(b.rest) {
			i++ // no tag: the sign is text
		}
		part := b.rest[:i]
		if b.rest = b.rest[i:]; part != "" {
			if b.last = part[i-1]; !give(part) {
				return
			}
		}
		switch {
		case undecided || b.rest == "":
			return
		case name != "":
			b.open, b.cut, b.rest = name, true, b.rest[end:]
		}
	}
}

// close gives what was held back and turned out to be text.
func (b *blocks) close() string {
	rest := b.rest
	b.rest = ""
	if b.open != "" {
		return ""
	}
	return rest
}

// skip drops the text up to the end of the open element, and reports whether that has come.
func (b *blocks) skip() bool {
	end := "</" + b.open + ">"
	for i := 0; ; i += len("</") {
		next := strings.Index(b.rest[i:], "</")
		if next < 0 {
			break
		}
		if i += next; len(b.rest)-i >= len(end) && strings.EqualFold(b.rest[i:i+len(end)], end) {
			b.rest, b.open = b.rest[i+len(end):], ""
			return true
		}
	}
	if keep := len(end) - 1; len(b.rest) > keep {
		b.rest = b.rest[len(b.rest)-keep:]
	}
	return false
}

// opening reads the tag that may begin at i: the name of an inner element, and the tag's length. undecided means that the
// text is too short to tell.
func (b *blocks) opening(i int) (name string, length int, undecided bool) {
	before, s := b.last, b.rest[i:]
	if i > 0 {
		before = b.rest[i-1]
	}
	if s == "" || before == '`' {
		return "", 0, false
	}
	end := 1
	for end < min(len(s), maxTag) && isName(s[end]) {
		end++
	}
	name = strings.ToLower(s[1:end])
	if end == len(s) {
		return "", 0, slices.ContainsFunc(inner, func(n string) bool { return strings.HasPrefix(n, name) })
	}
	if !slices.Contains(inner, name) {
		return "", 0, false
	}
	tag := s[:min(len(s), maxTag)]
	switch over := strings.IndexByte(tag, '>'); {
	case over < 0:
		return "", 0, len(s) < maxTag
	case tag[over-1] == '/', name == "data" && !strings.Contains(strings.ToLower(tag[end:over]), "name="):
		return "", 0, false
	default:
		return name, over + 1, false
	}
}

func isName(c byte) bool { return lower(c) != 0 || c == '_' || c == '-' || c >= '0' && c <= '9' }
