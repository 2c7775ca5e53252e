// Package steadyllm is ports.LLM over other models that may fail: it tries again, leaves a provider alone that keeps
// failing, and goes to the next one. All of that ends with the first piece of text: what a person has begun to read is
// never taken back, so that a failure from then on is the caller's. It also knows who has which model.
//
// It imports domain, ports and failsafe-go. Start at New; provider.go has the retries and the breaker of one provider.
package steadyllm

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// Provider is somebody to ask.
type Provider struct {
	Name   string // for hooks: short, stable, unique
	LLM    ports.LLM
	Models []string // that it has, by the names that requests use; empty if it may have any
}

// Config says how much patience there is. Zero means the default.
type Config struct {
	Attempts        int           // of each provider in one call, the first one included; 3
	Backoff         time.Duration // before the second attempt, doubled before each further one, less up to a quarter by chance; 250 ms
	MaxWait         time.Duration // the longest wait: a provider that asks for more is not asked again in this call; 5 s
	BreakerFailures int           // attempts in a row that fail, of all calls, before a provider is left alone; 5
	BreakerPause    time.Duration // for how long, until one call may try it; 30 s
}

// Attempt is what became of asking one provider once.
type Attempt struct {
	Provider  string
	Model     string // that was asked, as the provider names it; empty if it never came to that
	Took      time.Duration
	Code      fault.Code // empty for success or when the caller ended the call
	Usage     chat.Usage
	Estimated bool // the usage is our count, not the provider's
}

// Hooks are told what happens, for metrics and logs; each may be nil. They run within the call and must not block.
type Hooks struct {
	Attempted      func(ctx context.Context, a Attempt)
	Waiting        func(ctx context.Context, provider string, d time.Duration) // before another attempt
	FellBack       func(ctx context.Context, from, to string)
	BreakerChanged func(provider, state string) // closed, open or half-open
}

var _ ports.LLM = (*LLM)(nil)

// LLM asks its providers in order. It is safe for concurrent use; the breakers are shared by all its calls.
//
// A request that names a model goes to the providers that have it, and after them to the others, for their own default:
// LLMReply.Model tells who has answered. If no provider has it, or those that should say that it does not exist, the
// request fails with ValidationFailed.
//
// An attempt that fails with Unavailable is made again, after a pause that honours retry_after, unless the pause would
// be longer than MaxWait or than ctx allows. When a provider stays Unavailable, or fails with UpstreamTimeout,
// UpstreamFailed or ValidationFailed (it may not have the model that another has), the next one is asked. Breakers count
// Unavailable and UpstreamTimeout only: the others can be brought about by what one user asks.
//
// If none answers, the error is the first provider's that is not ValidationFailed, else ValidationFailed. What failed
// attempts cost is part of the reply's usage, whatever the call comes to: a reply has one model, the last that cost
// something, and the sum stands beside it.
type LLM struct {
	providers []*provider
	config    Config
	hooks     Hooks
}

// New wraps the providers, the one to prefer first. It fails with NotConfigured when there is none, or a name is missing
// or used twice, or a setting is negative.
func New(providers []Provider, config Config, hooks Hooks) (*LLM, error) {
	if min(config.Attempts, config.BreakerFailures) < 0 || min(config.Backoff, config.MaxWait, config.BreakerPause) < 0 {
		return nil, fault.New(fault.NotConfigured, "The language model's patience must not be negative.")
	}
	if len(providers) == 0 {
		return nil, fault.New(fault.NotConfigured, "At least one language model is needed.")
	}
	l := &LLM{config: config.withDefaults(), hooks: hooks.withDefaults()}
	names := map[string]bool{"": true}
	for _, p := range providers {
		if names[p.Name] || p.LLM == nil {
			return nil, fault.New(fault.NotConfigured, "Each language model needs a name of its own.")
		}
		names[p.Name] = true
		l.providers = append(l.providers, newProvider(p, l.config, l.hooks))
	}
	return l, nil
}

func (c Config) withDefaults() Config {
	if c.Attempts == 0 {
		c.Attempts = 3
	}
	if c.Backoff == 0 {
		c.Backoff = 250 * time.Millisecond
	}
	if c.MaxWait == 0 {
		c.MaxWait = 5 * time.Second
	}
	if c.BreakerFailures == 0 {
		c.BreakerFailures = 5
	}
	if c.BreakerPause == 0 {
		c.BreakerPause = 30 * time.Second
	}
	c.Backoff = min(c.Backoff, c.MaxWait)
	return c
}

func (h Hooks) withDefaults() Hooks {
	if h.Attempted == nil {
		h.Attempted = func(context.Context, Attempt) {}
	}
	if h.Waiting == nil {
		h.Waiting = func(context.Context, string, time.Duration) {}
	}
	if h.FellBack == nil {
		h.FellBack = func(context.Context, string, string) {}
	}
	if h.BreakerChanged == nil {
		h.BreakerChanged = func(string, string) {}
	}
	return h
}

// Complete implements ports.LLM.
func (l *LLM) Complete(ctx context.Context, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
	heard := &listener{next: onText}
	reply, err := l.ask(ctx, req, heard)
	reply.Usage, reply.Estimated = heard.spent.Usage, heard.spent.Estimated
	if err != nil {
		return heard.spent, err
	}
	return reply, nil
}

func (l *LLM) ask(ctx context.Context, req ports.LLMRequest, heard *listener) (ports.LLMReply, error) {
	var failure error
	providers, having := l.order(req.Model)
	if having == 0 {
		return ports.LLMReply{}, fault.Invalid("body.model", "must be a model that exists")
	}
	for i, p := range providers {
		switch {
		case ctx.Err() != nil:
			return ports.LLMReply{}, context.Cause(ctx)
		case i == having && fault.Is(failure, fault.ValidationFailed):
			return ports.LLMReply{}, failure // what does not exist is not replaced in silence
		case i >= having:
			req.Model = ""
		}
		if i > 0 {
			l.hooks.FellBack(ctx, providers[i-1].name, p.name)
		}
		reply, err := p.complete(ctx, req, heard)
		switch {
		case err == nil:
			return reply, nil
		case ctx.Err() != nil:
			return ports.LLMReply{}, context.Cause(ctx)
		case heard.started || !anotherMayDo(err):
			return ports.LLMReply{}, err
		}
		if failure == nil || fault.Is(failure, fault.ValidationFailed) {
			failure = err
		}
	}
	return ports.LLMReply{}, withRetryAfter(failure)
}

// order is whom to ask for a model: those that have it, which are so many, and then the others.
func (l *LLM) order(model string) (providers []*provider, having int) {
	var others []*provider
	for _, p := range l.providers {
		if p.has(model) {
			providers = append(providers, p)
		} else {
			others = append(others, p)
		}
	}
	return append(providers, others...), len(providers)
}

func anotherMayDo(err error) bool {
	switch fault.CodeOf(err) {
	case fault.Unavailable, fault.UpstreamTimeout, fault.UpstreamFailed, fault.ValidationFailed:
		return true
	default:
		return false
	}
}

// withRetryAfter makes sure that who is told to come back is told when.
func withRetryAfter(err error) error {
	if e := fault.From(err); e.Code == fault.Unavailable && retryAfter(err) == 0 {
		return e.RetryAfter(time.Second)
	}
	return err
}

// retryAfter is how long a failure asks to wait, zero where it does not tell.
func retryAfter(err error) time.Duration {
	seconds, _ := fault.From(err).Details["retry_after"].(int64)
	return time.Duration(seconds) * time.Second
}

// listener is what the attempts of one call share. It hands text on and remembers that there was some. Text that nobody listens to counts for nothing: it can be
// said again.
type listener struct {
	next    func(string) error
	started bool
	failed  bool           // the listener itself has: no fault of the provider
	spent   ports.LLMReply // what all attempts cost together, and the last model that cost something; nothing else
}

// pay adds what an attempt cost.
func (h *listener) pay(reply ports.LLMReply) {
	if reply.Model != "" {
		h.spent.Model = reply.Model
	}
	h.spent.Usage = h.spent.Usage.Add(reply.Usage)
	h.spent.Estimated = h.spent.Estimated || reply.Estimated
}

// hear is what a provider is given; nil where nobody listens.
func (h *listener) hear() func(string) error {
	if h.next == nil {
		return nil
	}
	return func(s string) error {
		h.started = true
		err := h.next(s)
		h.failed = err != nil
		return err
	}
}
