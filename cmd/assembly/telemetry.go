package assembly

import (
	"context"
	"io"
	"log/slog"

	"github.com/adiuva/cloud/adapters/system"
	"github.com/adiuva/cloud/adapters/telemetry"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

func provideLogger(cfg config.Config, o Overrides) *slog.Logger {
	w := o.Log
	if w == nil {
		w = io.Discard
	}
	return telemetry.NewLogger(w, cfg.Log.Level, cfg.Log.Format)
}

func provideMetrics() *telemetry.Metrics { return telemetry.NewMetrics(Version()) }

func provideTracing(ctx context.Context, cfg config.Config, m *telemetry.Metrics, log *slog.Logger) (*telemetry.Tracing, func(), error) {
	headers := map[string]string{}
	for name, value := range cfg.Watch.Headers {
		headers[name] = value.Reveal()
	}
	return telemetry.NewTracing(ctx, telemetry.TracingConfig{
		Endpoint: cfg.Watch.Collector, Headers: headers, Service: cfg.Watch.Service, Version: Version(),
		Environment: string(cfg.Env), Ratio: cfg.Watch.Share,
	}, m, log)
}

func provideClock(o Overrides) ports.Clock {
	if o.Clock != nil {
		return o.Clock
	}
	return system.NewClock()
}

func provideIDs(o Overrides) ports.IDs {
	if o.IDs != nil {
		return o.IDs
	}
	return system.NewIDs()
}
