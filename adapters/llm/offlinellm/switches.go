package offlinellm

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/chat"
)

// Option changes what a transport does.
type Option func(*transport)

// Switches makes the transport fail on request, for development: a message that is nothing but offline:slow, offline:429,
// offline:stall, offline:cut, offline:error, offline:leak, offline:bad-json or offline:interleaved is answered by an agent
// in just that way, so that every failure can be seen in an app. Choosing an agent for it works as ever. Without this
// option they are messages like any other.
func Switches() Option { return func(t *transport) { t.switches = true } }

// pause is how long offline:slow waits between two pieces of its answer.
const pause = 250 * time.Millisecond

// prefix begins a switch.
const prefix = "offline:"

// slowText is what offline:slow says.
const slowText = "I am the offline model and take my time, so that you can see an answer arrive word by word, press stop in the middle of it, " +
	"or lose the connection and come back. Nothing was changed by this message."

// flip is how a switch answers a call.
type flip func(*transport, *http.Request, request, conversation) (*http.Response, error)

var flips = map[string]flip{
	"slow": slowly, "429": overloaded, "stall": stalling, "cut": cutOff, "error": failing, "leak": leaking, "bad-json": malformed, "interleaved": interleaving,
}

// switched finds the switch that a call is for.
func (t *transport) switched(c conversation) (flip, bool) {
	name, ok := strings.CutPrefix(strings.TrimSpace(c.said), prefix)
	f, known := flips[name]
	return f, ok && known && t.switches && c.agents == nil
}

// said answers with a text in the way that was asked for.
func said(r *http.Request, in request, text string, calls []toolCall) *http.Response {
	if in.Stream {
		return respond(r, http.StatusOK, "text/event-stream", stream(text, calls, usage{1, 1, 2}, in.StreamOptions.IncludeUsage))
	}
	return respond(r, http.StatusOK, "application/json", whole(text, calls, usage{1, 1, 2}))
}

// slowly sends a text with pauses in between; a whole document comes after all of them.
func slowly(t *transport, r *http.Request, in request, _ conversation) (*http.Response, error) {
	res := said(r, in, slowText, nil)
	parts := bytes.SplitAfter(stream(slowText, nil, usage{1, 1, 2}, in.StreamOptions.IncludeUsage), []byte("\n\n"))
	if !in.Stream {
		if err := t.wait(r.Context(), time.Duration(len(parts))*pause); err != nil {
			return nil, err
		}
		return res, nil
	}
	res.Body, res.ContentLength = &paced{ctx: r.Context(), wait: t.wait, parts: parts}, -1
	return res, nil
}

// paced is a body whose parts come one after the other, with a pause before each.
type paced struct {
	ctx   context.Context //nolint:containedctx // a body is read as long as its request lives
	wait  func(context.Context, time.Duration) error
	parts [][]byte
	now   bytes.Reader
}

// Read implements io.Reader.
func (b *paced) Read(p []byte) (int, error) {
	for b.now.Len() == 0 {
		if len(b.parts) == 0 {
			return 0, io.EOF
		}
		if err := b.wait(b.ctx, pause); err != nil {
			return 0, err
		}
		b.now.Reset(b.parts[0])
		b.parts = b.parts[1:]
	}
	return b.now.Read(p)
}

// Close has nothing to let go of.
func (*paced) Close() error { return nil }

// sleep waits, or fails with the context.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func overloaded(_ *transport, r *http.Request, _ request, _ conversation) (*http.Response, error) {
	res := refuse(r, http.StatusTooManyRequests, "The offline model was asked to be overloaded.")
	res.Header.Set("Retry-After", "1")
	return res, nil
}

// stalling begins and then never says another word, until the caller gives up.
func stalling(_ *transport, r *http.Request, in request, _ conversation) (*http.Response, error) {
	if !in.Stream {
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	}
	events := stream(slowText, nil, usage{}, false)
	res := respond(r, http.StatusOK, "text/event-stream", nil)
	res.Body, res.ContentLength = stalled{io.MultiReader(bytes.NewReader(events[:len(events)/3]), never{r.Context()})}, -1
	return res, nil
}

type stalled struct{ io.Reader }

// Close has nothing to let go of.
func (stalled) Close() error { return nil }

// never is read until its context ends.
type never struct {
	ctx context.Context //nolint:containedctx // a body is read as long as its request lives
}

// Read implements io.Reader.
func (n never) Read([]byte) (int, error) {
	<-n.ctx.Done()
	return 0, context.Cause(n.ctx)
}

// cutOff ends in the middle, as a connection does that breaks.
func cutOff(_ *transport, r *http.Request, in request, _ conversation) (*http.Response, error) {
	res := said(r, in, slowText, nil)
	all, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	half := all[:len(all)/2]
	if at := bytes.LastIndex(half, []byte("\n\n")); in.Stream && at > 0 {
		half = half[:at+2]
	}
	res.Body, res.ContentLength = stalled{io.MultiReader(bytes.NewReader(half), broken{})}, -1
	return res, nil
}

// broken is the end of a connection that breaks.
type broken struct{}

// Read implements io.Reader.
func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// failing reports an error within the stream, behind the first words; a document is refused as a whole.
func failing(_ *transport, r *http.Request, in request, _ conversation) (*http.Response, error) {
	problem := encode(map[string]any{"error": map[string]any{"message": "The offline model was asked to fail.", "type": "server_error", "code": nil, "param": nil}})
	if !in.Stream {
		return respond(r, http.StatusInternalServerError, "application/json", problem), nil
	}
	events := stream(slowText, nil, usage{}, false)
	at := bytes.LastIndex(events[:len(events)/3], []byte("\n\n")) + 2
	body := append(append(append([]byte{}, events[:at]...), "data: "...), problem...)
	return respond(r, http.StatusOK, "text/event-stream", append(body, "\n\n"...)), nil
}

// leaking repeats what the model was told in confidence.
func leaking(_ *transport, r *http.Request, in request, _ conversation) (*http.Response, error) {
	var text strings.Builder
	text.WriteString("These are my instructions: ")
	for _, m := range in.Messages {
		if m.Role == string(chat.System) {
			text.WriteString(string(m.Content))
		}
	}
	return said(r, in, text.String(), nil), nil
}

// trials are calls with which the switches for tools try them out.
var trials = []struct{ tool, first, second string }{
	{"create_task", `{"title":"Offline trial one"}`, `{"title":"Offline trial two"}`},
	{"create_note", `{"title":"Offline trial one","content":"one"}`, `{"title":"Offline trial two","content":"two"}`},
	{"create_project", `{"name":"Offline trial one"}`, `{"name":"Offline trial two"}`},
	{"list_tasks", `{}`, `{"status":"todo"}`}, {"list_projects", `{}`, `{}`}, {"list_notes", `{}`, `{}`}, {"list_checkpoints", `{}`, `{}`},
}

// trial is a call of a tool that is offered, in the n-th round.
func (c conversation) trial(round int) (first, second toolCall, ok bool) {
	for _, t := range trials {
		if c.tools[t.tool] {
			first, second = call{tool: t.tool}.wire(round, 0), call{tool: t.tool}.wire(round, 1)
			first.Function.Arguments, second.Function.Arguments = t.first, t.second
			return first, second, true
		}
	}
	return toolCall{}, toolCall{}, false
}

// malformed calls a tool with arguments that are no JSON, then again with the same ones repaired.
func malformed(_ *transport, r *http.Request, in request, c conversation) (*http.Response, error) {
	k, _, ok := c.trial(len(c.rounds))
	switch {
	case !ok:
		return said(r, in, "There is no tool here that could be called with broken arguments.", nil), nil
	case len(c.rounds) == 0:
		k.Function.Arguments = strings.TrimSuffix(k.Function.Arguments, "}") + `,"title":`
	case len(c.rounds) > 1:
		return said(r, in, "My first call had broken arguments, and I repaired it.", nil), nil
	}
	return said(r, in, "", []toolCall{k}), nil
}

// interleaving calls two tools at once, the pieces of their arguments mixed on the wire.
func interleaving(_ *transport, r *http.Request, in request, c conversation) (*http.Response, error) {
	first, second, ok := c.trial(len(c.rounds))
	switch {
	case !ok:
		return said(r, in, "There is no tool here that could be called twice at once.", nil), nil
	case len(c.rounds) > 0:
		return said(r, in, "I called two tools at once, with their arguments interleaved.", nil), nil
	case !in.Stream:
		return said(r, in, "", []toolCall{first, second}), nil
	}
	return respond(r, http.StatusOK, "text/event-stream", interleaved([]toolCall{first, second}, in.StreamOptions.IncludeUsage)), nil
}
