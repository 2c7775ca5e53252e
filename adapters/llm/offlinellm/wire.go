package offlinellm

import (
	"bytes"
	"encoding/json"
	"strings"
)

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

// The protocol wants an id and a time; both are fixed, so that the same question has the same answer.
const (
	answerID  = "chatcmpl-offline"
	createdAt = 0
)

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // what is encoded here is maps, strings and numbers
		return []byte("{}")
	}
	return b
}

func finishReason(calls []toolCall) string {
	if len(calls) > 0 {
		return "tool_calls"
	}
	return "stop"
}

// whole is an answer as one document.
func whole(text string, calls []toolCall, u usage) []byte {
	m := map[string]any{"role": "assistant", "content": text}
	if len(calls) > 0 {
		m["tool_calls"] = calls
		if text == "" {
			m["content"] = nil
		}
	}
	return encode(map[string]any{
		"id": answerID, "object": "chat.completion", "created": createdAt, "model": Model, "usage": u,
		"choices": []any{map[string]any{"index": 0, "message": m, "finish_reason": finishReason(calls)}},
	})
}

// stream is an answer as events: the text a few words at a time, then the tool calls, the end, and the usage on demand.
func stream(text string, calls []toolCall, u usage, withUsage bool) []byte {
	var e events
	e.delta(map[string]any{"role": "assistant", "content": ""}, nil)
	for _, piece := range pieces(text) {
		e.delta(map[string]any{"content": piece}, nil)
	}
	for i, c := range calls {
		c.Index = &i
		e.delta(map[string]any{"tool_calls": []toolCall{c}}, nil)
	}
	return e.ended(calls, u, withUsage)
}

// interleaved is an answer that calls several tools whose arguments come in turns, a few bytes of each at a time.
func interleaved(calls []toolCall, withUsage bool) []byte {
	var e events
	e.delta(map[string]any{"role": "assistant", "content": nil}, nil)
	longest := 0
	for i, c := range calls {
		longest = max(longest, len(c.Function.Arguments))
		c.Index, c.Function.Arguments = &i, ""
		e.delta(map[string]any{"tool_calls": []toolCall{c}}, nil)
	}
	for at := 0; at < longest; at += 4 {
		for i, c := range calls {
			if args := c.Function.Arguments; at < len(args) {
				piece := map[string]any{"index": i, "function": map[string]any{"arguments": args[at:min(len(args), at+4)]}}
				e.delta(map[string]any{"tool_calls": []any{piece}}, nil)
			}
		}
	}
	return e.ended(calls, usage{1, 1, 2}, withUsage)
}

// events is a stream in the making.
type events struct{ bytes.Buffer }

func (e *events) send(choices []any, usage any) {
	e.WriteString("data: ")
	e.Write(encode(map[string]any{
		"id": answerID, "object": "chat.completion.chunk", "created": createdAt, "model": Model, "choices": choices, "usage": usage,
	}))
	e.WriteString("\n\n")
}

func (e *events) delta(d map[string]any, finish any) {
	e.send([]any{map[string]any{"index": 0, "delta": d, "finish_reason": finish}}, nil)
}

func (e *events) ended(calls []toolCall, u usage, withUsage bool) []byte {
	e.delta(map[string]any{}, finishReason(calls))
	if withUsage {
		e.send([]any{}, u)
	}
	e.WriteString("data: [DONE]\n\n")
	return e.Bytes()
}

// pieces cuts a text behind its spaces, a few words each.
func pieces(text string) []string {
	var out []string
	for text != "" {
		end := len(text)
		for i, words := 0, 0; i < len(text); i++ {
			if text[i] == ' ' || text[i] == '\n' {
				words++
				if words == 3 {
					end = i + 1
					break
				}
			}
		}
		out, text = append(out, text[:end]), text[end:]
	}
	return out
}

// synthesis joins what several agents said into one answer, each thing once.
func synthesis(results []result) string {
	var out []string
	seen := map[string]bool{}
	for _, r := range results {
		s := strings.TrimSpace(r.Response)
		if s == "" || seen[s] || strings.HasPrefix(s, idleAnswer) && len(results) > 1 {
			continue
		}
		seen[s] = true
		out = append(out, s)
	}
	if len(out) == 0 {
		return "There was nothing to do."
	}
	return strings.Join(out, "\n\n")
}
