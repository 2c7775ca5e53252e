package offlinellm

import (
	"encoding/json"
	"slices"
	"strings"
)

// maxExtract is how many lines of the data an extract repeats.
const maxExtract = 12

// extract answers a call that wants a text made of some data: it can't write one, and so says what it is and repeats the
// data's titles and first sentences.
func extract(c conversation) string {
	var lines []string
	for _, raw := range []json.RawMessage{c.context, c.shape} {
		var block any
		if json.Unmarshal(raw, &block) == nil {
			lines = append(lines, sentences(block)...)
		}
	}
	if c.said != "" {
		lines = append(lines, leadingLines(c.said)...)
	}
	var kept []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" && len(kept) < maxExtract && !slices.Contains(kept, "- "+l) {
			kept = append(kept, "- "+l)
		}
	}
	if len(kept) == 0 {
		return "I am the offline model, and there is nothing here that I could tell you about."
	}
	return "I am the offline model and can't write freely. The main points of what I was given:\n" + strings.Join(kept, "\n")
}

// sentences are the titles and texts in a block, in the order of its keys.
func sentences(v any) []string {
	switch x := v.(type) {
	case []any:
		var out []string
		for _, e := range x {
			out = append(out, sentences(e)...)
		}
		return out
	case map[string]any:
		for _, key := range []string{"title", "name", "response", "content", "text"} {
			if s, ok := x[key].(string); ok && s != "" {
				return leadingLines(s)
			}
		}
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		var out []string
		for _, k := range keys {
			if k != "now" && k != "timezone" && k != "user_profile" && k != "last_agent" {
				out = append(out, sentences(x[k])...)
			}
		}
		return out
	case string:
		return leadingLines(x)
	}
	return nil
}

// leadingLines are a text's first lines, each cut to its first sentence.
func leadingLines(s string) []string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimSpace(strings.TrimLeft(line, "#-* "))
		if line == "" || strings.HasPrefix(line, "<") || strings.HasPrefix(line, "{") || strings.HasPrefix(line, "[") {
			continue
		}
		if first, _, ok := strings.Cut(line, ". "); ok {
			line = first + "."
		}
		if r := []rune(line); len(r) > 200 {
			line = string(r[:200]) + "…"
		}
		if out = append(out, line); len(out) == 3 {
			break
		}
	}
	return out
}
