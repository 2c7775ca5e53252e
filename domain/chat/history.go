package chat

import (
	"slices"
	"unicode/utf8"
)

// maxHistory is how many turns of a conversation are looked at.
const maxHistory = 20

// History are the last turns of the conversation, at most n, each cut to maxBytes. What is neither the user's nor the
// assistant's, or has no text, is left out.
func (c Context) History(n, maxBytes int) []Message {
	var turns []Message
	for _, entry := range c.ConversationHistory {
		role, _ := entry["role"].(string)
		text, _ := entry["content"].(string)
		if text == "" || (Role(role) != User && Role(role) != Assistant) {
			continue
		}
		turns = append(turns, Message{Role: Role(role), Content: Cut(text, maxBytes)})
	}
	return turns[max(0, len(turns)-n):]
}

// LastAgent is the agent that the client says answered last, empty if it does not say. Like all that a client sends it
// may be anything.
func (c Context) LastAgent() string {
	for _, entry := range slices.Backward(c.ConversationHistory) {
		if role, _ := entry["role"].(string); Role(role) != Assistant {
			continue
		}
		name, _ := entry["agent"].(string)
		return name
	}
	return ""
}

// Cut shortens s to at most n bytes without breaking a character, and makes it valid UTF-8.
func Cut(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
