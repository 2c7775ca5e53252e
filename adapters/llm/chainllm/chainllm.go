// Package chainllm is ports.LLM over any provider that speaks OpenAI's chat completions protocol (OpenAI itself, Ollama,
// vLLM, gateways, and the offline model through a transport in this process) or Anthropic's messages.
//
// langchaingo builds the requests and reads the answers. What it gets wrong on the wire (tool calls joined by order, parts
// of a message dropped, cut-off streams and cancelled calls reported as success, long lines, errors within a stream) never
// reaches it: the guard beneath it owns the wire, mends the request, reads the provider's stream itself and hands
// langchaingo one whole, well-formed answer. No type of langchaingo crosses the port.
//
// It imports domain, ports and langchaingo. Start at New and NewAnthropic; guard.go is the wire, events.go and answer.go
// read the stream, openai.go and anthropic.go are what the protocols say in their own ways, usage.go counts what a call
// cost, failure.go says which failure has which code.
package chainllm

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/anthropic"
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
	BaseURL    string // http or https, up to and including /v1; never taken from the environment
	APIKey     string // empty for a provider that wants none: then no header with one is sent
	Model      string // what a request that names none gets
	LightModel string // what it gets if a small one will do; empty for Model
	MaxTokens  int    // of an answer, for a request that sets none; 0 leaves it to the provider, with Anthropic it stands for 4096
	// LegacyMaxTokens sends max_tokens instead of max_completion_tokens, for servers that know only the old name and
	// would write without bound. Anthropic's protocol has one name.
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
	config  Config
	client  llms.Model
	dialect dialect
	guard   *guard
}

// noKey stands for the key where there is none: langchaingo insists on one; the guard does not send it.
const noKey = "none"

// anthropicTokens bounds answers where nobody does: Anthropic's protocol has no request without a bound.
const anthropicTokens = 4096

// New prepares a provider that speaks OpenAI's protocol, without talking to it. It fails with NotConfigured when the
// configuration cannot work.
func New(config Config) (*LLM, error) {
	return prepare(config, chatCompletions{serial: config.SerialToolCalls}, func(c Config, g *guard) (llms.Model, error) {
		// Everything is said here, because langchaingo takes what is left out from the environment.
		return openai.New(openai.WithBaseURL(c.BaseURL), openai.WithToken(firstOf(c.APIKey, noKey)), openai.WithModel(c.Model),
			openai.WithOrganization(""), openai.WithAPIType(openai.APITypeOpenAI), openai.WithHTTPClient(g))
	})
}

// NewAnthropic prepares a provider that speaks Anthropic's protocol, without talking to it. It fails with NotConfigured
// when the configuration cannot work.
func NewAnthropic(config Config) (*LLM, error) {
	config.LegacyMaxTokens = false
	if config.MaxTokens == 0 {
		config.MaxTokens = anthropicTokens
	}
	return prepare(config, messages{serial: config.SerialToolCalls}, func(c Config, g *guard) (llms.Model, error) {
		return anthropic.New(anthropic.WithBaseURL(c.BaseURL), anthropic.WithToken(firstOf(c.APIKey, noKey)), anthropic.WithModel(c.Model),
			anthropic.WithHTTPClient(g))
	})
}

func prepare(config Config, d dialect, connect func(Config, *guard) (llms.Model, error)) (*LLM, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	config.Timeouts = config.Timeouts.withDefaults()
	if config.Transport == nil {
		config.Transport = network(config.Timeouts.Dial)
	}
	g := newGuard(config, d)
	client, err := connect(config, g)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotConfigured, "The language model's client could not be prepared.")
	}
	return &LLM{config: config, client: client, dialect: d, guard: g}, nil
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

	c := newCall(l.model(req), req, cancel, onText)
	answer, err := l.generate(context.WithValue(inner, callKey{}, c), messages, options)
	switch {
	case ctx.Err() != nil: // before anything else: what was read until then looks like an answer
		err = context.Cause(ctx)
	case c.err != nil:
		err = c.err
	}
	if err != nil {
		c.abandoned = inner.Err() != nil
		return c.spent(), err
	}
	reply, err := l.reply(answer, c)
	if err != nil {
		return c.spent(), err
	}
	return reply, nil
}

// model is the one that a request asks for, or gets.
func (l *LLM) model(req ports.LLMRequest) string {
	light := ""
	if req.Light {
		light = l.config.LightModel
	}
	return firstOf(req.Model, light, l.config.Model)
}
