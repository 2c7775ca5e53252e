// Package telemetry is what operators see: the log, and what use cases report of themselves.
//
// Nothing here ever sees an input, an output, a token or a message. It imports domain and ports. Start at NewLogger and
// Observer.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// NewLogger writes lines of JSON, or text for reading at a terminal, from level up (debug, info, warn, error).
func NewLogger(w io.Writer, level, format string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(strings.ToUpper(level))); err != nil {
		l = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: l}
	if format == "text" {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}

// Observer logs each use case at debug level: its name, how long it took and how it ended. The cause of a failure is
// logged once, by whoever answers it.
type Observer struct {
	log *slog.Logger
}

var _ ports.Observer = (*Observer)(nil)

// NewObserver reports to log.
func NewObserver(log *slog.Logger) *Observer { return &Observer{log: log} }

// Start implements ports.Observer.
func (o *Observer) Start(ctx context.Context, _ string) context.Context { return ctx }

// End implements ports.Observer.
func (o *Observer) End(ctx context.Context, useCase string, took time.Duration, code fault.Code, _ error) {
	o.log.DebugContext(ctx, "use case", "name", useCase, "took_ms", took.Milliseconds(), "code", string(code))
}

// Withheld implements ports.Observer. It is a warning: either a model was talked into repeating its instructions, or the
// filter is wrong, and both are worth knowing.
func (o *Observer) Withheld(ctx context.Context, w chat.Withheld) {
	o.log.WarnContext(ctx, "part of an answer was withheld", "kind", w.Kind, "prompt", w.Prompt)
}

// Opened implements ports.Observer.
func (o *Observer) Opened(context.Context, string) func() { return func() {} }
