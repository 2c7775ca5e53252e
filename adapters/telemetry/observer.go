package telemetry

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// Observer counts use cases, makes a span of each, and logs each at debug level: its name, how long it took and how it
// ended. The cause of a failure is logged once, by whoever answers it.
type Observer struct {
	log     *slog.Logger
	metrics *Metrics
	tracing *Tracing
	kind    string // what the spans and the lines are of
	ends    *prometheus.CounterVec
	times   *prometheus.HistogramVec
}

var _ ports.Observer = (*Observer)(nil)

// NewObserver reports what use cases do.
func NewObserver(log *slog.Logger, m *Metrics, t *Tracing) *Observer {
	return &Observer{log: log, metrics: m, tracing: t, kind: "use case", ends: m.useCases, times: m.useCaseTimes}
}

// ForJobs reports what use cases do that nobody asked for: as jobs.
func (o *Observer) ForJobs() *Observer {
	return &Observer{log: o.log, metrics: o.metrics, tracing: o.tracing, kind: "job", ends: o.metrics.jobs, times: o.metrics.jobTimes}
}

// underway is a use case that has begun.
type underway struct {
	name string
	span trace.Span
}

type underwayKey struct{}

// Start implements ports.Observer.
func (o *Observer) Start(ctx context.Context, useCase string) context.Context {
	name, attributes := useCase, []attribute.KeyValue{attribute.String("adiuva."+strings.ReplaceAll(o.kind, " ", "_"), useCase)}
	if conversations[useCase] {
		name = invokeAgent
		attributes = append(attributes, attribute.String(operationName, invokeAgent))
	}
	ctx, span := o.tracing.tracer.Start(ctx, name, trace.WithAttributes(attributes...)) //nolint:spancheck // End ends it
	return context.WithValue(ctx, underwayKey{}, underway{useCase, span})               //nolint:spancheck // see above
}

// conversations are the use cases in which agents answer.
var conversations = map[string]bool{"chat": true, "chatStream": true, "runAGUI": true}

// End implements ports.Observer.
func (o *Observer) End(ctx context.Context, useCase string, took time.Duration, code fault.Code, _ error) {
	o.ends.WithLabelValues(useCase, cmp.Or(string(code), succeeded)).Inc()
	o.times.WithLabelValues(useCase).Observe(took.Seconds())
	o.log.DebugContext(ctx, "over", "kind", o.kind, "name", useCase, "took_ms", took.Milliseconds(), "code", string(code))
	if u, ok := ctx.Value(underwayKey{}).(underway); ok && u.name == useCase {
		fail(u.span, string(code))
		u.span.End()
	}
}

// succeeded is how what has no code ended.
const succeeded = "ok"

// fail gives a span the code of a failure, empty for none. Words are never recorded: they may hold anything.
func fail(s trace.Span, code string) {
	if code != "" {
		s.SetAttributes(attribute.String(errorType, code))
		s.SetStatus(codes.Error, "")
	}
}

// Withheld implements ports.Observer. It is a warning: either a model was talked into repeating its instructions, or the
// filter is wrong, and both are worth knowing.
func (o *Observer) Withheld(ctx context.Context, w chat.Withheld) {
	o.metrics.withheld.WithLabelValues(w.Kind, w.Prompt).Inc()
	o.log.WarnContext(ctx, "part of an answer was withheld", "kind", w.Kind, "prompt", w.Prompt)
}

// Opened implements ports.Observer.
func (o *Observer) Opened(_ context.Context, kind string) func() {
	start, open := time.Now(), o.metrics.openStreams.WithLabelValues(kind)
	o.metrics.streams.WithLabelValues(kind).Inc()
	open.Inc()
	return sync.OnceFunc(func() {
		open.Dec()
		o.metrics.streamTimes.WithLabelValues(kind).Observe(time.Since(start).Seconds())
	})
}
