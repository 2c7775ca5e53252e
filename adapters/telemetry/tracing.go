package telemetry

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/adiuva/cloud/domain/fault"
)

// TracingConfig says where traces go.
type TracingConfig struct {
	Endpoint    string            // base URL of an OpenTelemetry collector (OTLP over HTTP); empty for no traces
	Headers     map[string]string // sent with each export; may hold a credential
	Service     string            // service.name
	Version     string            // service.version
	Environment string            // deployment.environment.name
	Ratio       float64           // of the traces that begin here, 0 to 1
}

// exportTime bounds one export with its retries, and flushTime how long the end of the process waits for the last ones.
const (
	exportTime = 4 * time.Second
	flushTime  = 5 * time.Second
)

// Tracing makes spans. Without an endpoint they are nothing.
type Tracing struct {
	tracer trace.Tracer
	on     bool
}

// NewTracing sends spans to the collector in the background, and answers with a function that sends the last ones, for up
// to 5 s, and stops. A collector that is down costs spans and nothing else: that is logged once a minute, and counted.
// NotConfigured for an address that cannot be used.
func NewTracing(ctx context.Context, c TracingConfig, m *Metrics, log *slog.Logger) (*Tracing, func(), error) {
	if c.Endpoint == "" {
		return &Tracing{tracer: noop.NewTracerProvider().Tracer("")}, func() {}, nil
	}
	collector, err := dial(ctx, c)
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.NotConfigured, "The collector of traces cannot be used.")
	}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(&exporter{SpanExporter: collector, metrics: m, log: log}, sdk.WithExportTimeout(exportTime)),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(c.Ratio))),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", c.Service), attribute.String("service.version", c.Version),
			attribute.String("deployment.environment.name", c.Environment))),
	)
	stop := func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("the last traces could not be exported", "error", err)
		}
	}
	return &Tracing{tracer: provider.Tracer("github.com/adiuva/cloud"), on: true}, stop, nil
}

// dial is a client of the collector; nothing is sent yet.
func dial(ctx context.Context, c TracingConfig) (sdk.SpanExporter, error) {
	if _, err := url.Parse(c.Endpoint); err != nil { // the client would send to localhost instead
		return nil, err
	}
	return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(c.Endpoint, "/")+"/v1/traces"),
		otlptracehttp.WithHeaders(c.Headers), otlptracehttp.WithTimeout(exportTime), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
}

// incoming is a context within the trace that a caller says it is in. What else callers may send along (tracestate,
// baggage) is free text, and left out.
func (t *Tracing) incoming(traceparent string) context.Context {
	if !t.on || traceparent == "" {
		return context.Background()
	}
	return propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": traceparent})
}

// exporter keeps the failures of a collector out of OpenTelemetry's own log, which is not ours.
type exporter struct {
	sdk.SpanExporter
	metrics *Metrics
	log     *slog.Logger

	mu   sync.Mutex
	told time.Time // guarded by mu
}

// ExportSpans implements sdk.SpanExporter.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	e.metrics.lostSpans.Add(float64(len(spans)))
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := time.Now(); now.Sub(e.told) > time.Minute {
		e.told = now
		e.log.Warn("traces could not be exported; they are counted in adiuva_trace_spans_lost_total", "error", err)
	}
	return nil
}
