package steadyllm

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// jitter is the part of a wait that is left to chance, so that callers who failed together do not return together.
const jitter = 0.25

// provider is somebody to ask, with a breaker.
type provider struct {
	name    string
	llm     ports.LLM
	models  []string
	config  Config
	hooks   Hooks
	breaker circuitbreaker.CircuitBreaker[ports.LLMReply]
}

func newProvider(p Provider, config Config, hooks Hooks) *provider {
	return &provider{
		name: p.Name, llm: p.LLM, models: slices.Clone(p.Models), config: config, hooks: hooks,
		breaker: circuitbreaker.NewBuilder[ports.LLMReply]().
			WithFailureThreshold(uint(config.BreakerFailures)).
			WithSuccessThreshold(1).
			WithDelay(config.BreakerPause).
			OnStateChanged(func(e circuitbreaker.StateChangedEvent) { hooks.BreakerChanged(p.Name, e.NewState.String()) }).
			Build(),
	}
}

// has reports whether the provider may have the model. Everybody has a default.
func (p *provider) has(model string) bool {
	return model == "" || len(p.models) == 0 || slices.Contains(p.models, model)
}

// complete asks the provider until it answers, fails for good, has said something, or has been asked often enough.
func (p *provider) complete(ctx context.Context, req ports.LLMRequest, heard *listener) (ports.LLMReply, error) {
	retry := retrypolicy.NewBuilder[ports.LLMReply]().
		HandleIf(func(_ ports.LLMReply, err error) bool {
			return ctx.Err() == nil && !heard.started && fault.Is(err, fault.Unavailable) && p.mayWait(ctx, err)
		}).
		WithMaxAttempts(p.config.Attempts).
		WithDelayFunc(func(e failsafe.ExecutionAttempt[ports.LLMReply]) time.Duration {
			return p.wait(e.Retries(), retryAfter(e.LastError()), rand.Float64()) //nolint:gosec // nobody gains by guessing a pause
		}).
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[ports.LLMReply]) { p.hooks.Waiting(ctx, p.name, e.Delay) }).
		ReturnLastFailure().
		Build()
	return failsafe.With(retry).WithContext(ctx).Get(func() (ports.LLMReply, error) { return p.once(ctx, req, heard) })
}

// wait is the pause after a failure that followed so many retries: the backoff less a part by chance, and never less than
// what the provider asked for.
func (p *provider) wait(retries int, asked time.Duration, chance float64) time.Duration {
	backoff := min(p.config.Backoff<<min(retries, 16), p.config.MaxWait)
	backoff -= time.Duration(jitter * chance * float64(backoff))
	asked += time.Duration(jitter * chance * float64(asked))
	return min(max(backoff, asked), p.config.MaxWait)
}

// mayWait reports whether another attempt is worth waiting for.
func (p *provider) mayWait(ctx context.Context, err error) bool {
	if p.breaker.IsOpen() {
		return false
	}
	wait := max(retryAfter(err), p.config.Backoff)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	return wait <= p.config.MaxWait
}

// once asks the provider if its breaker lets it.
func (p *provider) once(ctx context.Context, req ports.LLMRequest, heard *listener) (ports.LLMReply, error) {
	if !p.breaker.TryAcquirePermit() {
		return ports.LLMReply{}, fault.New(fault.Unavailable, "The language model cannot be reached at the moment. Try again shortly.").
			RetryAfter(p.breaker.RemainingDelay())
	}
	probe, judged := p.breaker.IsHalfOpen(), false
	defer func() {
		// A call that ended without telling anything of the provider gives its permit back all the same: a probe that
		// is not judged would keep the breaker half open for ever.
		if probe && !judged {
			p.breaker.RecordFailure()
		}
	}()
	start := time.Now()
	reply, err := p.llm.Complete(ctx, req, heard.hear())
	heard.pay(reply)
	a := Attempt{Provider: p.name, Model: reply.Model, Took: time.Since(start), Usage: reply.Usage, Estimated: reply.Estimated}
	switch {
	case ctx.Err() != nil && !heard.started:
	case ctx.Err() == nil && (fault.Is(err, fault.Unavailable) || fault.Is(err, fault.UpstreamTimeout)):
		judged = true
		p.breaker.RecordFailure()
	default:
		judged = true
		p.breaker.RecordSuccess()
	}
	if ctx.Err() == nil && !heard.failed {
		a.Code = fault.CodeOf(err)
	}
	p.hooks.Attempted(ctx, a)
	return reply, err
}
