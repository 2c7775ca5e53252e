package sanitizer

import "strings"

// inner are the elements that models put thoughts, data and tool calls in. None is meant for people.
var inner = []string{"think", "thinking", "reasoning", "scratchpad", "reflection", "tool_call", "function_calls", "tool_response", "data name="}

// maxTag bounds an opening tag with its attributes, in bytes.
const maxTag = 80

// blocks cuts inner elements out of a text that comes in pieces. What looks like the beginning of one is held back until
// it is clear. An element that is never closed goes on to the end.
type blocks struct {
	rest string // not yet decided
	open string // the element that is being cut out
	cut  bool   // something was
}

func (b *blocks) write(text string) string {
	b.rest += text
	var out strings.Builder
	for {
		if b.open != "" {
			if !b.skip() {
				return out.String()
			}
			continue
		}
		i := strings.IndexByte(b.rest, '<')
		if i < 0 {
			out.WriteString(b.rest)
			b.rest = ""
			return out.String()
		}
		out.WriteString(b.rest[:i])
		b.rest = b.rest[i:]
		name, end, undecided := opening(b.rest)
		switch {
		case undecided:
			return out.String()
		case name == "":
			out.WriteByte('<')
			b.rest = b.rest[1:]
		default:
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
	element, _, _ := strings.Cut(b.open, " ")
	end := "</" + element + ">"
	if i := strings.Index(lowered(b.rest), end); i >= 0 {
		b.rest, b.open = b.rest[i+len(end):], ""
		return true
	}
	if keep := len(end) - 1; len(b.rest) > keep {
		b.rest = b.rest[len(b.rest)-keep:]
	}
	return false
}

// opening reads the tag that s begins with: the name of an inner element and where the tag ends. undecided means that s
// is too short to tell.
func opening(s string) (name string, end int, undecided bool) {
	head := lowered(s[1:min(len(s), maxTag)])
	for _, n := range inner {
		switch {
		case len(head) <= len(n) && strings.HasPrefix(n, head):
			undecided = true
		case strings.HasPrefix(head, n) && (strings.HasSuffix(n, "=") || len(head) > len(n) && !isName(head[len(n)])):
			i := strings.IndexByte(s, '>')
			switch {
			case i >= 0 && i < maxTag:
				return n, i + 1, false
			case i < 0 && len(s) < maxTag:
				undecided = true
			}
		}
	}
	return "", 0, undecided
}

func isName(c byte) bool { return lower(c) != 0 || c == '_' || c == '-' || c >= '0' && c <= '9' }

// lowered is s with small letters A to Z, and as long as before.
func lowered(s string) string {
	b := []byte(s)
	for i, c := range b {
		if l := lower(c); l != 0 {
			b[i] = l
		}
	}
	return string(b)
}
