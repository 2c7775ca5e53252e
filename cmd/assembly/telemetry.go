package assembly

import (
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

func provideObserver(log *slog.Logger) ports.Observer { return telemetry.NewObserver(log) }

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
