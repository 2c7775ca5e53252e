package chainllm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/adiuva/cloud/ports"
)

// Bounds on what a provider may send, in bytes.
const (
	maxProblem = 64 << 10 // of an error's body that is read
	maxStream  = 64 << 20 // of a whole stream, comments and framing included
)

// afterwards is how long a stream may linger once the model has said that it is done: usage comes then, and an end that
// some servers forget.
const afterwards = 2 * time.Second

// farewell is how long a finished stream is waited for to close.
const farewell = 50 * time.Millisecond

// callKey finds the call in a request's context.
type callKey struct{}

// call is what one Complete and the guard share, past langchaingo: where text goes, and what came of it.
type call struct {
	cancel  context.CancelCauseFunc
	request ports.LLMRequest

	said  *answer     // while it arrives
	whole bool        // all of it is there
	err   error       // why it is not; langchaingo would turn it into a text
	sent  atomic.Bool // the provider has the request; the network tells from a goroutine of its own
	free  bool        // the provider did not work on it

	abandoned bool // we did not wait for the end
}

func newCall(model string, req ports.LLMRequest, cancel context.CancelCauseFunc, onText func(string) error) *call {
	return &call{cancel: cancel, request: req, said: &answer{model: model, onText: onText, modelAsked: req.Model != ""}}
}

// guard is the HTTP client beneath langchaingo. It always streams from the provider, and answers langchaingo with one
// JSON document.
type guard struct {
	client   *http.Client
	dialect  dialect
	timeouts Timeouts
	apiKey   string
}

func newGuard(config Config, d dialect) *guard {
	return &guard{
		client: &http.Client{
			Transport: config.Transport,
			// A redirect could carry the conversation and the key elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		dialect:  d,
		timeouts: config.Timeouts,
		apiKey:   config.APIKey,
	}
}

// Do implements langchaingo's client.
func (g *guard) Do(req *http.Request) (*http.Response, error) {
	c, ok := req.Context().Value(callKey{}).(*call)
	if !ok {
		return nil, errors.New("a request that belongs to no call")
	}
	if err := g.exchange(req, c); err != nil {
		c.err = err
		return nil, err
	}
	c.whole = true
	body, err := json.Marshal(g.dialect.document(c.said))
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req}, nil
}

// exchange sends the request and reads the answer to its end.
func (g *guard) exchange(req *http.Request, c *call) error {
	ctx := req.Context()
	if err := g.prepare(req, c); err != nil {
		return err
	}
	silence := time.AfterFunc(g.timeouts.FirstToken, func() { c.cancel(errSilent) })
	defer silence.Stop()

	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) { c.sent.Store(i.Err == nil) }})
	resp, err := g.client.Do(req.WithContext(traced)) //nolint:gosec // the address is the operator's, and no redirect is followed
	if err != nil {
		if slow := slowness(ctx); slow != nil {
			return slow
		}
		c.free = ctx.Err() == nil
		return unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	// A transport within this process may not look at the context while its body is read.
	stop := context.AfterFunc(ctx, func() { _ = resp.Body.Close() })
	defer stop()

	if resp.StatusCode != http.StatusOK {
		c.free = true
		silence.Reset(afterwards)
		// What could be read of the body says why; the status alone will do.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
		e := problem(resp.StatusCode, body)
		e.RetryAfter = retryAfter(resp.Header)
		return e.fault(c.said.modelAsked)
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media == "text/html" {
		c.free = true
		return nonsense(errPage)
	}
	return g.read(ctx, resp.Body, c, silence)
}

// read reads the answer and judges it.
func (g *guard) read(ctx context.Context, body io.Reader, c *call, silence *time.Timer) error {
	a := c.said
	err := a.read(&bounded{body, maxStream}, func(e event) error {
		// The clock stands while the caller takes a piece: only the provider's silence counts.
		silence.Stop()
		defer func() { silence.Reset(a.patience(g.timeouts.Idle)) }()
		return g.dialect.event(a, e)
	})
	if err != nil {
		return g.failed(ctx, a, err)
	}
	// A connection whose body was read to the end serves the next call too; there is no more than an end to come.
	silence.Reset(farewell)
	_, _ = io.CopyN(io.Discard, body, maxProblem)
	return a.complete(c.request.Messages)
}

// failed says what an answer that broke off means.
func (g *guard) failed(ctx context.Context, a *answer, err error) error {
	broken, ok := errors.AsType[*brokenError](err)
	if !ok {
		return err // the caller's own, or one that has its code already
	}
	if slow := slowness(ctx); slow != nil {
		return slow
	}
	if errors.Is(err, errCut) && !a.begun {
		return unreachable(errCut) // nothing of an answer was there yet
	}
	return nonsense(broken.cause)
}

// slowness is the failure of a call that we have given up, else nil.
func slowness(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, errSilent) || errors.Is(cause, errTotal) {
		return tooSlow(cause)
	}
	return nil
}

// prepare rewrites what langchaingo cannot be told: it streams, sets no temperature (several models refuse one), sends a
// key only where there is one, and says the rest as the protocol wants it.
func (g *guard) prepare(req *http.Request, c *call) error {
	var body map[string]json.RawMessage
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		return err
	}
	delete(body, "temperature")
	body["stream"] = json.RawMessage(`true`)
	if err := g.dialect.patch(body, c); err != nil {
		return err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
	req.Header.Set("Content-Length", strconv.Itoa(len(raw)))
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("User-Agent", "adiuva")
	if g.apiKey == "" {
		req.Header.Del(g.dialect.keyHeader())
	}
	return nil
}

// bounded fails with errTooLong where io.LimitReader would pretend that the stream is over.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
