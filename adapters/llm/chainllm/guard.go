package chainllm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
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
	onText  func(string) error
	request ports.LLMRequest
	model   string
	serial  bool

	said *answer // the whole answer, once it is there
	err  error   // why there is none; langchaingo would turn it into a text
}

// guard is the HTTP client beneath langchaingo. It always streams from the provider, and answers langchaingo with one
// JSON document.
type guard struct {
	client   *http.Client
	timeouts Timeouts
	apiKey   string
}

func newGuard(config Config) *guard {
	return &guard{
		client: &http.Client{
			Transport: config.Transport,
			// A redirect could carry the conversation and the key elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
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
	said, err := g.exchange(req, c)
	if err != nil {
		c.err = err
		return nil, err
	}
	c.said = said
	body, err := json.Marshal(said.document())
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req}, nil
}

// exchange sends the request and reads the answer to its end.
func (g *guard) exchange(req *http.Request, c *call) (*answer, error) {
	ctx := req.Context()
	if err := g.prepare(req, c); err != nil {
		return nil, err
	}
	silence := time.AfterFunc(g.timeouts.FirstToken, func() { c.cancel(errSilent) })
	defer silence.Stop()

	resp, err := g.client.Do(req) //nolint:gosec // the address is the operator's, and no redirect is followed
	if err != nil {
		if slow := slowness(ctx); slow != nil {
			return nil, slow
		}
		return nil, unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	// A transport within this process may not look at the context while its body is read.
	stop := context.AfterFunc(ctx, func() { _ = resp.Body.Close() })
	defer stop()

	if resp.StatusCode != http.StatusOK {
		silence.Reset(afterwards)
		// What could be read of the body says why; the status alone will do.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
		e := problem(resp.StatusCode, body)
		e.RetryAfter = retryAfter(resp.Header)
		return nil, e.fault(c.request.Model != "")
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media == "text/html" {
		return nil, nonsense(errPage)
	}
	a := newAnswer(c)
	err = a.read(&bounded{resp.Body, maxStream}, func(event func() error) error {
		// The clock stands while the caller takes a piece: only the provider's silence counts.
		silence.Stop()
		defer func() { silence.Reset(a.patience(g.timeouts.Idle)) }()
		return event()
	})
	if err != nil {
		return nil, g.failed(ctx, a, err)
	}
	// A connection whose body was read to the end serves the next call too; there is no more than an end to come.
	silence.Reset(farewell)
	_, _ = io.CopyN(io.Discard, resp.Body, maxProblem)
	if err := a.complete(c.request.Messages); err != nil {
		return nil, err
	}
	return a, nil
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

// prepare rewrites what langchaingo cannot be told: it streams, counts tokens, sets no temperature (several models
// refuse one), and sends a key only where there is one.
func (g *guard) prepare(req *http.Request, c *call) error {
	var body map[string]json.RawMessage
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		return err
	}
	delete(body, "temperature")
	body["stream"] = json.RawMessage(`true`)
	body["stream_options"] = json.RawMessage(`{"include_usage":true}`)
	if c.serial && len(c.request.Tools) > 0 {
		body["parallel_tool_calls"] = json.RawMessage(`false`)
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
		req.Header.Del("Authorization")
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
