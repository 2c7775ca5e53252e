package offlinellm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Model is what the offline model is called in its answers.
const Model = "offline"

// maxRequest bounds what one request may hold, in bytes: a request of the API with everything around it.
const maxRequest = 16 << 20

// NewTransport returns the offline model as a transport that answers POST {base}/chat/completions, as a stream of events
// where the request asks for one, and GET {base}/models. It may be used by any number of goroutines. clock is asked only
// where a request doesn't say what time it is. Reading an answer fails once the request's context has ended.
func NewTransport(clock func() time.Time, options ...Option) http.RoundTripper {
	t := &transport{clock: clock, wait: sleep}
	for _, o := range options {
		o(t)
	}
	return t
}

type transport struct {
	clock    func() time.Time
	switches bool
	wait     func(context.Context, time.Duration) error // what offline:slow waits with
}

// RoundTrip answers one request; what can't be answered is a status and an error in the protocol's own form.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close() //nolint:errcheck // what was read is read
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	switch {
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/models"):
		return respond(r, http.StatusOK, "application/json", []byte(`{"object":"list","data":[{"id":"`+Model+`","object":"model","created":0,"owned_by":"adiuva"}]}`)), nil
	case !strings.HasSuffix(r.URL.Path, "/chat/completions"):
		return refuse(r, http.StatusNotFound, "There is nothing at this address."), nil
	case r.Method != http.MethodPost:
		return refuse(r, http.StatusMethodNotAllowed, "Completions are asked for with POST."), nil
	case r.Body == nil:
		return refuse(r, http.StatusBadRequest, "The request is empty."), nil
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	var in request
	if len(raw) > maxRequest || json.Unmarshal(raw, &in) != nil || len(in.Messages) == 0 {
		return refuse(r, http.StatusBadRequest, "The request is no chat completion that can be read."), nil
	}
	c := understand(in)
	if flip, ok := t.switched(c); ok {
		return flip(t, r, in, c)
	}
	text, calls := reply(c, t.clock)
	usage := usage{Prompt: tokens(len(raw)), Completion: tokens(len(text))}
	for _, c := range calls {
		usage.Completion += tokens(len(c.Function.Name) + len(c.Function.Arguments))
	}
	usage.Total = usage.Prompt + usage.Completion
	if in.Stream {
		return respond(r, http.StatusOK, "text/event-stream", stream(text, calls, usage, in.StreamOptions.IncludeUsage)), nil
	}
	return respond(r, http.StatusOK, "application/json", whole(text, calls, usage)), nil
}

// reply decides which kind of call this is and answers it.
func reply(c conversation, clock func() time.Time) (string, []toolCall) {
	w := c.world(clock)
	if s, ok := stepIn(c.said); ok && c.agents == nil {
		s.c, s.w = c, w
		return s.run()
	}
	switch {
	case len(c.tools) > 0:
		return work(c, w)
	case c.agents != nil:
		return classify(c, w), nil
	case c.results != nil:
		return synthesis(c.results), nil
	default:
		return extract(c), nil
	}
}

// tokens is the usual estimate: four bytes each.
func tokens(n int) int { return (n + 3) / 4 }

// cancellable is a body that can't be read any more once the request is over.
type cancellable struct {
	io.Reader
	over func() error
}

func (b cancellable) Read(p []byte) (int, error) {
	if err := b.over(); err != nil {
		return 0, err
	}
	return b.Reader.Read(p)
}

// Close has nothing to let go of.
func (cancellable) Close() error { return nil }

func respond(r *http.Request, status int, kind string, body []byte) *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {kind}},
		Body: cancellable{bytes.NewReader(body), r.Context().Err}, ContentLength: int64(len(body)), Request: r,
	}
}

func refuse(r *http.Request, status int, message string) *http.Response {
	return respond(r, status, "application/json", encode(map[string]any{
		"error": map[string]any{"message": message, "type": "invalid_request_error", "code": nil, "param": nil},
	}))
}
