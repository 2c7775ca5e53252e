package anthropic

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/adiuva/cloud/test/fakes/provider"
)

// Call is a tool call. Its input is sent as it is, in fragments, even if it is no JSON: models write such things.
type Call struct {
	ID    string
	Name  string
	Input string
}

// Message is an answer without fault: server-sent events when the request wants a stream, else one JSON document.
type Message struct {
	Thoughts []string // before the text
	Pieces   []string
	Calls    []Call
	Input    int    // tokens
	Cached   int    // tokens that were read from the cache, and are not in Input
	Output   int    // tokens
	Untold   bool   // no usage is told, as by servers that only resemble the real one
	Model    string // empty for the requested one
	Stop     string // empty for end_turn or tool_use
	Pause    time.Duration
}

type object = map[string]any

// Reply is the message as an answer to a request that keeps the rules; others get what the real one says to them.
func (m Message) Reply() Reply {
	return func(x *Exchange) {
		asked, problem := read(x)
		if problem != nil {
			problem(x)
			return
		}
		m := m // the reply may be given many times, and at once
		if m.Model == "" {
			m.Model = asked.Model
		}
		if asked.Stream {
			m.stream(x)
		} else {
			m.whole(x)
		}
	}
}

func (m Message) stop() string {
	switch {
	case m.Stop != "":
		return m.Stop
	case len(m.Calls) > 0:
		return "tool_use"
	}
	return "end_turn"
}

// stream writes the events as the real one does: the message, then its parts one after the other, each in fragments, with
// a ping between them, then the reason to stop with the usage, then the end.
func (m Message) stream(x *Exchange) {
	provider.OpenStream(x)
	head := object{"id": "msg_01", "type": "message", "role": "assistant", "model": m.Model, "content": []any{}, "stop_reason": nil, "stop_sequence": nil}
	last := object{"type": "message_delta", "delta": object{"stop_reason": m.stop(), "stop_sequence": nil}}
	if !m.Untold {
		head["usage"] = object{"input_tokens": m.Input, "cache_creation_input_tokens": 0, "cache_read_input_tokens": m.Cached, "output_tokens": min(m.Output, 1)}
		last["usage"] = object{"output_tokens": m.Output}
	}
	x.Event("message_start", object{"type": "message_start", "message": head})
	parts := 0
	part := func(block object, deltas ...object) bool {
		x.Event("content_block_start", object{"type": "content_block_start", "index": parts, "content_block": block})
		x.Event("ping", object{"type": "ping"})
		for _, d := range deltas {
			if !x.Wait(m.Pause) || !x.Event("content_block_delta", object{"type": "content_block_delta", "index": parts, "delta": d}) {
				return false
			}
		}
		x.Event("content_block_stop", object{"type": "content_block_stop", "index": parts})
		parts++
		return true
	}
	if len(m.Thoughts) > 0 {
		deltas := append(each("thinking_delta", "thinking", m.Thoughts), object{"type": "signature_delta", "signature": "c2lnbmVk"})
		part(object{"type": "thinking", "thinking": "", "signature": ""}, deltas...)
		part(object{"type": "redacted_thinking", "data": "ZW5jcnlwdGVk"})
	}
	if len(m.Pieces) > 0 && !part(object{"type": "text", "text": ""}, each("text_delta", "text", m.Pieces)...) {
		return
	}
	for _, c := range m.Calls {
		half := len(c.Input) / 2
		part(object{"type": "tool_use", "id": c.ID, "name": c.Name, "input": object{}},
			each("input_json_delta", "partial_json", []string{"", c.Input[:half], c.Input[half:]})...)
	}
	x.Event("message_delta", last)
	x.Event("message_stop", object{"type": "message_stop"})
}

func each(kind, field string, pieces []string) []object {
	deltas := make([]object, len(pieces))
	for i, p := range pieces {
		deltas[i] = object{"type": kind, field: p}
	}
	return deltas
}

func (m Message) whole(x *Exchange) {
	content := []object{}
	if len(m.Pieces) > 0 {
		content = append(content, object{"type": "text", "text": strings.Join(m.Pieces, "")})
	}
	for _, c := range m.Calls {
		content = append(content, object{"type": "tool_use", "id": c.ID, "name": c.Name, "input": json.RawMessage(c.Input)})
	}
	body, err := json.Marshal(object{"id": "msg_01", "type": "message", "role": "assistant", "model": m.Model, "content": content,
		"stop_reason": m.stop(), "stop_sequence": nil, "usage": object{"input_tokens": m.Input, "output_tokens": m.Output}})
	if err != nil {
		panic(err)
	}
	x.Head(http.StatusOK, "Content-Type: application/json")
	x.Write(string(body))
}

// Writing opens a stream and writes text, without an end and without telling any usage.
func Writing(text string) Reply {
	return Events(Begin, Text(text))
}

// Events opens a stream and sends events, each given as the JSON of its data.
func Events(events ...string) Reply {
	return func(x *Exchange) {
		provider.OpenStream(x)
		for _, e := range events {
			var data struct {
				Type string `json:"type"`
			}
			if err := json.Unmarshal([]byte(e), &data); err != nil {
				panic(err)
			}
			if !x.Write("event: " + data.Type + "\ndata: " + e + "\n\n") {
				return
			}
		}
	}
}

// Parts of a stream, for Events.
const (
	Begin = `{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"test","content":[]}}`
	End   = `{"type":"message_stop"}`
)

// Block begins a part.
func Block(index, block string) string {
	return `{"type":"content_block_start","index":` + index + `,"content_block":` + block + `}`
}

// Delta goes on with a part.
func Delta(index, delta string) string {
	return `{"type":"content_block_delta","index":` + index + `,"delta":` + delta + `}`
}

// Text is more text of the first part.
func Text(text string) string {
	b, err := json.Marshal(object{"type": "text_delta", "text": text})
	if err != nil {
		panic(err)
	}
	return Delta("0", string(b))
}

// Stop says why the model stopped.
func Stop(reason string) string {
	return `{"type":"message_delta","delta":{"stop_reason":"` + reason + `","stop_sequence":null},"usage":{"output_tokens":3}}`
}
