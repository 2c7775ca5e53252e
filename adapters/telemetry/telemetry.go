// Package telemetry is what operators see: the log, the metrics that Prometheus scrapes, and the traces that go to an
// OpenTelemetry collector.
//
// Nothing here ever sees an input, an output, a token or a message: what is told are names from the code, codes, counts
// and durations. Labels have few values, whoever asks for what (see bounded). Observer is told by use cases and jobs,
// Requests by the HTTP adapter, Models by and around what answers for a language model.
//
// It imports domain, ports, client_golang and OpenTelemetry. Start at NewMetrics, NewTracing and Observer.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// NewLogger writes lines of JSON, or text for reading at a terminal, from level up (debug, info, warn, error). A line
// that is written within a trace carries its trace_id and span_id.
func NewLogger(w io.Writer, level, format string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(strings.ToUpper(level))); err != nil {
		l = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: l}
	if format == "text" {
		return slog.New(traced{slog.NewTextHandler(w, opts)})
	}
	return slog.New(traced{slog.NewJSONHandler(w, opts)})
}

// traced adds to a line the trace that its context is of.
type traced struct{ slog.Handler }

// Handle implements slog.Handler.
func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		r.AddAttrs(slog.String("trace_id", s.TraceID().String()), slog.String("span_id", s.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }
