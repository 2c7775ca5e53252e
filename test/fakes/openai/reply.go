package openai

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/adiuva/cloud/test/fakes/provider"
)

// Call is a tool call as a provider writes it.
type Call struct {
	ID        string
	Name      string
	Arguments string
}

// Completion is an answer without fault: server-sent events when the request wants a stream, else one JSON document.
type Completion struct {
	Pieces     []string
	Calls      []Call
	Prompt     int    // tokens
	Completion int    // tokens
	Untold     bool   // no usage is told
	Model      string // empty for the requested one
	Finish     string // empty for stop or tool_calls
	Pause      time.Duration
}

// Reply is the completion as an answer.
func (c Completion) Reply() Reply {
	return func(x *Exchange) {
		var asked struct {
			Model  string `json:"model"`
			Stream bool   `json:"stream"`
		}
		if err := json.Unmarshal(x.Body, &asked); err != nil {
			Status(http.StatusBadRequest, Problem{Message: "We could not parse the JSON body of your request.", Type: "invalid_request_error"})(x)
			return
		}
		c := c // the reply may be given many times, and at once
		if c.Model == "" {
			c.Model = asked.Model
		}
		if asked.Stream {
			c.stream(x)
		} else {
			c.whole(x)
		}
	}
}

func (c Completion) finish() string {
	switch {
	case c.Finish != "":
		return c.Finish
	case len(c.Calls) > 0:
		return "tool_calls"
	}
	return "stop"
}

func (c Completion) usage() object {
	return object{"prompt_tokens": c.Prompt, "completion_tokens": c.Completion, "total_tokens": c.Prompt + c.Completion}
}

type object = map[string]any

// stream writes the events exactly as api.openai.com does: a role, then pieces, then calls in fragments, then the reason,
// then usage, then the end.
func (c Completion) stream(x *Exchange) {
	provider.OpenStream(x)
	x.Event("", c.chunk(object{"role": "assistant", "content": ""}, nil))
	for _, p := range c.Pieces {
		if !x.Wait(c.Pause) || !x.Event("", c.chunk(object{"content": p}, nil)) {
			return
		}
	}
	for i, call := range c.Calls {
		x.Event("", c.chunk(object{"tool_calls": []object{{"index": i, "id": call.ID, "type": "function",
			"function": object{"name": call.Name, "arguments": ""}}}}, nil))
		half := len(call.Arguments) / 2
		for _, part := range []string{call.Arguments[:half], call.Arguments[half:]} {
			x.Event("", c.chunk(object{"tool_calls": []object{{"index": i, "function": object{"arguments": part}}}}, nil))
		}
	}
	x.Event("", c.chunk(object{}, c.finish()))
	if !c.Untold {
		x.Event("", object{"object": "chat.completion.chunk", "model": c.Model, "choices": []object{}, "usage": c.usage()})
	}
	x.Write("data: [DONE]\n\n")
}

func (c Completion) chunk(delta object, finish any) object {
	return object{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": c.Model,
		"choices": []object{{"index": 0, "delta": delta, "finish_reason": finish}}, "usage": nil}
}

func (c Completion) whole(x *Exchange) {
	message := object{"role": "assistant", "content": strings.Join(c.Pieces, "")}
	if len(c.Calls) > 0 {
		calls := make([]object, len(c.Calls))
		for i, call := range c.Calls {
			calls[i] = object{"id": call.ID, "type": "function", "function": object{"name": call.Name, "arguments": call.Arguments}}
		}
		message["tool_calls"] = calls
	}
	x.Head(http.StatusOK, "Content-Type: application/json")
	document := object{"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": c.Model,
		"choices": []object{{"index": 0, "message": message, "finish_reason": c.finish()}}}
	if !c.Untold {
		document["usage"] = c.usage()
	}
	body, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	x.Write(string(body))
}

// Deltas opens an event stream and sends one chunk for each delta, given as JSON; then, unless finish is empty, the
// reason and the end.
func Deltas(finish string, deltas ...string) Reply {
	return func(x *Exchange) {
		provider.OpenStream(x)
		for _, d := range deltas {
			if !x.Write(Delta(d)) {
				return
			}
		}
		if finish != "" {
			x.Write(Finish(finish) + Done)
		}
	}
}

// Delta is the event of one chunk, from the delta's JSON.
func Delta(delta string) string {
	return `data: {"model":"test","choices":[{"index":0,"delta":` + delta + `,"finish_reason":null}]}` + "\n\n"
}

// Finish is the event of the last chunk.
func Finish(reason string) string {
	return `data: {"model":"test","choices":[{"index":0,"delta":{},"finish_reason":"` + reason + `"}]}` + "\n\n"
}

// Done is the event that ends a stream.
const Done = "data: [DONE]\n\n"
