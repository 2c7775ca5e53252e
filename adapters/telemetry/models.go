package telemetry

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// The names of the OpenTelemetry conventions for generative AI, which are in development
// (https://github.com/open-telemetry/semantic-conventions-genai). None of them holds content.
const (
	operationName = "gen_ai.operation.name"
	providerName  = "gen_ai.provider.name"
	requestModel  = "gen_ai.request.model"
	responseModel = "gen_ai.response.model"
	inputTokens   = "gen_ai.usage.input_tokens"  //nolint:gosec // counts, no credential
	outputTokens  = "gen_ai.usage.output_tokens" //nolint:gosec // counts, no credential
	errorType     = "error.type"
	invokeAgent   = "invoke_agent"
	chatOperation = "chat"
)

// cancelled is how a call ended that its caller broke off.
const cancelled = "cancelled"

// breakerStates are all that a breaker can be in.
var breakerStates = []string{"closed", "half-open", "open"}

// Models is told what goes on beneath a call of a language model.
type Models struct {
	metrics *Metrics
	tracing *Tracing
}

// NewModels reports to m and t.
func NewModels(m *Metrics, t *Tracing) *Models { return &Models{m, t} }

// Waiting is called before another attempt at a provider.
func (m *Models) Waiting(_ context.Context, provider string, _ time.Duration) {
	m.metrics.retries.WithLabelValues(provider).Inc()
}

// FellBack is called when a call goes on to the next provider.
func (m *Models) FellBack(_ context.Context, from, to string) {
	m.metrics.fallbacks.WithLabelValues(from, to).Inc()
}

// BreakerChanged is called with the state that a provider's breaker is in now: closed, half-open or open.
func (m *Models) BreakerChanged(provider, state string) {
	for _, s := range breakerStates {
		m.metrics.breakers.WithLabelValues(provider, s).Set(0)
	}
	if slices.Contains(breakerStates, state) {
		m.metrics.breakers.WithLabelValues(provider, state).Set(1)
	}
}

// Watch is llm with its calls counted, timed and traced under the name of its provider. It is one provider: what tries
// again or asks another stands around it.
func (m *Models) Watch(provider string, llm ports.LLM) *LLM {
	m.BreakerChanged(provider, breakerStates[0])
	return &LLM{provider: provider, inner: llm, metrics: m.metrics, tracing: m.tracing}
}

var _ ports.LLM = (*LLM)(nil)

// LLM is a model that is watched.
type LLM struct {
	provider string
	inner    ports.LLM
	metrics  *Metrics
	tracing  *Tracing
}

// Complete implements ports.LLM.
func (l *LLM) Complete(ctx context.Context, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
	start := time.Now()
	ctx, span := l.tracing.tracer.Start(ctx, chatOperation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String(operationName, chatOperation), attribute.String(providerName, l.provider)))
	defer span.End()
	heard := &listener{next: onText}
	reply, err := l.inner.Complete(ctx, req, heard.hear())
	code := outcome(ctx, heard, err)
	l.count(req, reply, heard.began(start), time.Since(start), code)
	l.describe(span, req, reply, code)
	return reply, err
}

// outcome is the code of a failure, cancelled where it is the caller who ended it, empty for success. A caller that ends
// it with a fault (its time is over, the server stops) has a code to tell.
func outcome(ctx context.Context, heard *listener, err error) string {
	if err == nil {
		return ""
	}
	if ctx.Err() != nil {
		if cause, known := errors.AsType[*fault.Error](context.Cause(ctx)); known {
			return string(cause.Code)
		}
		return cancelled
	}
	if heard.broke() {
		return cancelled
	}
	return string(fault.CodeOf(err))
}

func (l *LLM) count(req ports.LLMRequest, reply ports.LLMReply, first, took time.Duration, code string) {
	model := l.metrics.models.value(cmp.Or(reply.Model, req.Model))
	l.metrics.calls.WithLabelValues(l.provider, model, cmp.Or(code, succeeded)).Inc()
	l.metrics.callTimes.WithLabelValues(l.provider, model).Observe(took.Seconds())
	if first > 0 {
		l.metrics.firstTexts.WithLabelValues(l.provider, model).Observe(first.Seconds())
	}
	l.metrics.tokens.WithLabelValues(l.provider, model, "prompt").Add(float64(max(0, reply.Usage.PromptTokens)))
	l.metrics.tokens.WithLabelValues(l.provider, model, "completion").Add(float64(max(0, reply.Usage.CompletionTokens)))
}

func (l *LLM) describe(span trace.Span, req ports.LLMRequest, reply ports.LLMReply, code string) {
	if asked := cmp.Or(req.Model, reply.Model); asked != "" {
		span.SetName(chatOperation + " " + l.metrics.models.value(asked))
	}
	if req.Model != "" {
		span.SetAttributes(attribute.String(requestModel, l.metrics.models.value(req.Model)))
	}
	if reply.Model != "" {
		span.SetAttributes(attribute.String(responseModel, l.metrics.models.value(reply.Model)))
	}
	span.SetAttributes(attribute.Int(inputTokens, reply.Usage.PromptTokens), attribute.Int(outputTokens, reply.Usage.CompletionTokens),
		attribute.Bool("adiuva.usage.estimated", reply.Estimated))
	fail(span, code)
}

// listener hands text on, and knows when it began and whether whoever listens had enough.
type listener struct {
	next func(string) error

	mu     sync.Mutex
	first  time.Time // guarded by mu
	failed bool      // guarded by mu
}

// hear is what a model is given; nil where nobody listens.
func (h *listener) hear() func(string) error {
	if h.next == nil {
		return nil
	}
	return func(s string) error {
		h.begin()
		err := h.next(s)
		if err != nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.failed = true
		}
		return err
	}
}

func (h *listener) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.first.IsZero() {
		h.first = time.Now()
	}
}

// began is how long after start the text began, zero if there was none.
func (h *listener) began(start time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.first.IsZero() {
		return 0
	}
	return max(1, h.first.Sub(start))
}

func (h *listener) broke() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed
}
