package telemetry

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Requests is told of HTTP requests.
type Requests struct {
	metrics *Metrics
	tracing *Tracing
}

// NewRequests reports to m and t.
func NewRequests(m *Metrics, t *Tracing) *Requests { return &Requests{m, t} }

// Began is called when a request arrives, with its method, which is one of HTTP's, and the traceparent that came with it,
// if any. The context that it answers carries the request's trace and nothing else. The function is called once, when
// the last byte of the answer is out, with the template of the route, never the path.
func (r *Requests) Began(method, traceparent string) (ctx context.Context, ended func(route string, status int)) {
	start := time.Now()
	r.metrics.inFlight.Inc()
	ctx, span := r.tracing.tracer.Start(r.tracing.incoming(traceparent), method, trace.WithSpanKind(trace.SpanKindServer), //nolint:spancheck // ended ends it
		trace.WithAttributes(attribute.String("http.request.method", method)))
	return ctx, func(route string, status int) { //nolint:spancheck // see above
		code := strconv.Itoa(status)
		r.metrics.inFlight.Dec()
		r.metrics.requests.WithLabelValues(method, route, code).Inc()
		r.metrics.durations.WithLabelValues(method, route, code).Observe(time.Since(start).Seconds())
		span.SetName(method + " " + route)
		span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			fail(span, code)
		}
		span.End()
	}
}

// Unreadable is called for what was answered and is no request that could be read.
func (r *Requests) Unreadable(route string, status int) {
	r.metrics.requests.WithLabelValues("unknown", route, strconv.Itoa(status)).Inc()
}
