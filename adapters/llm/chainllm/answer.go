package chainllm

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/chat"
)

// maxText bounds an answer's text, in bytes.
const maxText = 4 << 20

// brokenError marks a failure of the provider's stream, apart from the caller's own errors.
type brokenError struct{ cause error }

func (e *brokenError) Error() string { return e.cause.Error() }
func (e *brokenError) Unwrap() error { return e.cause }

func broken(cause error) error { return &brokenError{cause} }

// answer is what the model says, put together while it arrives.
type answer struct {
	onText     func(string) error
	modelAsked bool // the request named a model

	text    strings.Builder
	calls   calls
	usage   chat.Usage
	model   string
	refused bool
	begun   bool   // something of the answer was there
	finish  string // why the model stopped, as it said
}

func newAnswer(c *call) *answer {
	return &answer{onText: c.onText, modelAsked: c.request.Model != "", model: c.model}
}

// read reads the stream to its end. turn runs the handling of each event. A document instead of a stream, from a server
// that cannot stream, is read as one event.
func (a *answer) read(r io.Reader, turn func(func() error) error) error {
	b := bufio.NewReader(r)
	if c, err := firstByte(b); err == nil && c == '{' {
		return a.readDocument(b, turn)
	}
	stream := newEvents(b)
	for {
		e, err := stream.next()
		if err != nil {
			return a.ended(err)
		}
		if string(bytes.TrimSpace(e.data)) == "[DONE]" {
			return a.ended(io.EOF)
		}
		if err := turn(func() error { return a.event(e) }); err != nil {
			return err
		}
	}
}

// firstByte is the first one that is no space, left in the reader.
func firstByte(b *bufio.Reader) (byte, error) {
	for {
		p, err := b.Peek(1)
		if err != nil {
			return 0, err
		}
		if !bytes.ContainsAny(p, " \t\r\n") {
			return p[0], nil
		}
		if _, err := b.Discard(1); err != nil {
			return 0, err
		}
	}
}

func (a *answer) readDocument(r io.Reader, turn func(func() error) error) error {
	body, err := io.ReadAll(io.LimitReader(r, maxEvent+1))
	switch {
	case err != nil:
		return a.ended(err)
	case len(body) > maxEvent:
		return broken(errTooLong)
	}
	if err := turn(func() error { return a.event(event{data: body}) }); err != nil {
		return err
	}
	return a.ended(io.EOF)
}

// ended judges what ended the stream. Whatever happens after the model has said why it stopped, the answer is whole; an
// end in order without that is for complete to judge.
func (a *answer) ended(err error) error {
	switch {
	case errors.Is(err, errTooLong):
		return broken(err)
	case a.finish != "", errors.Is(err, io.EOF):
		return nil
	default:
		return broken(errCut)
	}
}

// patience is how long the provider may be silent from now on.
func (a *answer) patience(idle time.Duration) time.Duration {
	if a.finish != "" {
		return min(idle, afterwards)
	}
	return idle
}

// event takes one event of the stream.
func (a *answer) event(e event) error {
	if len(bytes.TrimSpace(e.data)) == 0 {
		return nil // a keep-alive
	}
	var c chunk
	if err := json.Unmarshal(e.data, &c); err != nil {
		return broken(errMalformed)
	}
	if e.name == "error" || len(c.Error) > 0 && string(c.Error) != "null" {
		return a.failed(e.data)
	}
	if c.Model != "" {
		a.model = c.Model
	}
	if c.Usage != nil {
		a.usage = chat.Usage{PromptTokens: max(c.Usage.PromptTokens, 0), CompletionTokens: max(c.Usage.CompletionTokens, 0)}
	}
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue // nobody asked for a second answer
		}
		if err := a.choice(choice); err != nil {
			return err
		}
	}
	return nil
}

// failed is a failure that the provider reports within a stream. What began is cut off; before that it is as if the
// provider had answered with an error.
func (a *answer) failed(data []byte) error {
	e := problem(http.StatusOK, data)
	if a.begun {
		return broken(fmt.Errorf("%w: %w", errCut, e))
	}
	return e.fault(a.modelAsked)
}

func (a *answer) choice(c choice) error {
	d := c.Delta
	if d == nil {
		d = c.Message
	}
	if c.FinishReason != nil && *c.FinishReason != "" {
		a.finish = strings.ToLower(*c.FinishReason)
	}
	if d == nil {
		return nil
	}
	if d.Refusal != nil && *d.Refusal != "" {
		a.refused, a.begun = true, true
	}
	if err := a.take(d); err != nil {
		return broken(err)
	}
	return a.write(string(d.Content))
}

// take takes the tool calls of a delta.
func (a *answer) take(d *delta) error {
	for _, c := range d.ToolCalls {
		a.begun = true
		if err := a.calls.add(c); err != nil {
			return err
		}
	}
	if d.FunctionCall != nil {
		a.begun = true
		return a.calls.add(callDelta{Index: new(legacyIndex), Function: *d.FunctionCall})
	}
	return nil
}

func (a *answer) write(piece string) error {
	if piece == "" {
		return nil
	}
	a.begun = true
	if a.text.Len()+len(piece) > maxText {
		return broken(errTooLong)
	}
	a.text.WriteString(piece)
	if a.onText == nil {
		return nil
	}
	return a.onText(piece)
}

// complete judges the whole answer: why the model stopped, and whether the calls can be used. Unknown reasons are not
// taken for success. Calls get ids that no call of the conversation has.
func (a *answer) complete(history []chat.Message) error {
	if a.refused {
		return nonsense(errRefused)
	}
	switch a.finish {
	case "stop", "eos", "end_turn", "stop_sequence":
	case "tool_calls", "function_call", "tool_use":
		if len(a.calls.list) == 0 {
			return nonsense(errNoCall)
		}
	case "length", "max_tokens", "model_length":
		return nonsense(errLength)
	case "content_filter", "safety", "refusal":
		return nonsense(errRefused)
	case "":
		return nonsense(errUnended)
	default:
		return nonsense(errReason)
	}
	if err := a.calls.finish(history); err != nil {
		return nonsense(err)
	}
	return nil
}

// document is the answer as langchaingo reads it without a chance to get it wrong.
func (a *answer) document() any {
	type object = map[string]any
	message := object{"role": "assistant", "content": a.text.String()}
	if len(a.calls.list) > 0 {
		list := make([]object, len(a.calls.list))
		for i, c := range a.calls.list {
			list[i] = object{"id": c.id, "type": "function", "function": object{"name": c.name, "arguments": c.arguments.String()}}
		}
		message["tool_calls"] = list
	}
	return object{
		"model":   a.model,
		"choices": []object{{"index": 0, "message": message, "finish_reason": "stop"}},
		"usage":   object{"prompt_tokens": a.usage.PromptTokens, "completion_tokens": a.usage.CompletionTokens},
	}
}
