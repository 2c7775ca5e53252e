// Package chainllm is ports.LLM over any provider that speaks OpenAI's chat completions protocol: OpenAI itself, Ollama,
// vLLM, gateways, and the offline model through a transport in this process.
//
// langchaingo builds the requests and reads the answers. What it gets wrong on the wire (tool calls joined by order,
// cut-off streams and cancelled calls reported as success, long lines, errors within a stream) never reaches it: the
// guard beneath it owns the wire, reads the provider's stream itself and hands langchaingo one whole, well-formed answer.
// No type of langchaingo crosses the port.
//
// It imports domain, ports and langchaingo. Start at New; guard.go is the wire, events.go and answer.go read the stream,
// failure.go says which failure has which code.
package chainllm

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/tmc/langchaingo/llms/openai"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// Timeouts bound how long a provider may take. Zero means the default.
type Timeouts struct {
	Dial       time.Duration // to connect, and again for the TLS handshake; 5 s
	FirstToken time.Duration // from the call to the first event of the answer; 60 s
	Idle       time.Duration // between two events; keep-alive comments are no events; 30 s
	Total      time.Duration // for the whole call, the caller's own pauses included; 5 min
}

// Config is one provider.
type Config struct {
	BaseURL   string // http or https, up to and including /v1; never taken from the environment
	APIKey    string // empty for a provider that wants none: then no Authorization header is sent
	Model     string // what a request that names none gets
	MaxTokens int    // of an answer, for a request that sets none; 0 leaves it to the provider
	// LegacyMaxTokens sends max_tokens instead of max_completion_tokens, for servers that know only the old name and
	// would write without bound.
	LegacyMaxTokens bool
	// SerialToolCalls asks the model for one tool call at a time.
	SerialToolCalls bool
	Timeouts        Timeouts
	// Transport replaces the network, for a provider within this process. It must honour the request's context until it
	// returns, and a Close of the body must end a Read that is under way.
	Transport http.RoundTripper
}

var _ ports.LLM = (*LLM)(nil)

// LLM is one provider. It is safe for concurrent use. It makes each call once: retries and fallback are a decorator's.
type LLM struct {
	config Config
	client *openai.LLM
	guard  *guard
}

// New prepares a provider without talking to it. It fails with NotConfigured when the configuration cannot work.
func New(config Config) (*LLM, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	config.Timeouts = config.Timeouts.withDefaults()
	if config.Transport == nil {
		config.Transport = network(config.Timeouts.Dial)
	}
	g := newGuard(config)
	token := config.APIKey
	if token == "" {
		token = "none" // langchaingo insists on one; the guard does not send it
	}
	// Everything is said here, because langchaingo takes what is left out from the environment.
	client, err := openai.New(openai.WithBaseURL(config.BaseURL), openai.WithToken(token), openai.WithModel(config.Model),
		openai.WithOrganization(""), openai.WithAPIType(openai.APITypeOpenAI), openai.WithHTTPClient(g))
	if err != nil {
		return nil, fault.Wrap(err, fault.NotConfigured, "The language model's client could not be prepared.")
	}
	return &LLM{config: config, client: client, guard: g}, nil
}

// Close lets go of idle connections. Calls that are under way go on.
func (l *LLM) Close() { l.guard.client.CloseIdleConnections() }

func (c Config) check() error {
	u, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return fault.New(fault.NotConfigured, "The language model's base URL must be an absolute http or https URL.")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fault.New(fault.NotConfigured, "The language model's base URL must have no credentials, query or fragment.")
	case c.Model == "":
		return fault.New(fault.NotConfigured, "The language model needs the name of a default model.")
	case c.MaxTokens < 0:
		return fault.New(fault.NotConfigured, "The language model's bound of tokens must not be negative.")
	case min(c.Timeouts.Dial, c.Timeouts.FirstToken, c.Timeouts.Idle, c.Timeouts.Total) < 0:
		return fault.New(fault.NotConfigured, "The language model's timeouts must not be negative.")
	}
	return nil
}

func (t Timeouts) withDefaults() Timeouts {
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&t.Dial, 5 * time.Second}, {&t.FirstToken, time.Minute}, {&t.Idle, 30 * time.Second}, {&t.Total, 5 * time.Minute},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	return t
}

// network is a transport of its own, so that nothing else in the process shares its connections or settings. An
// operator's HTTPS_PROXY is honoured; compression is off because it would hold events back.
func network(dial time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dial, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: dial,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
	}
}

// Complete implements ports.LLM.
func (l *LLM) Complete(ctx context.Context, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
	if ctx.Err() != nil {
		return ports.LLMReply{}, context.Cause(ctx)
	}
	messages, options, err := l.translate(req)
	if err != nil {
		return ports.LLMReply{}, err
	}
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	total := time.AfterFunc(l.config.Timeouts.Total, func() { cancel(errTotal) })
	defer total.Stop()

	c := &call{cancel: cancel, onText: onText, request: req, model: firstOf(req.Model, l.config.Model), serial: l.config.SerialToolCalls}
	answer, err := l.generate(context.WithValue(inner, callKey{}, c), messages, options)
	switch {
	case ctx.Err() != nil: // before anything else: what was read until then looks like an answer
		return ports.LLMReply{}, context.Cause(ctx)
	case c.err != nil:
		return ports.LLMReply{}, c.err
	case err != nil:
		return ports.LLMReply{}, err
	}
	return reply(answer, c.said)
}
