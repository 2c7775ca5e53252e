package assembly

import (
	"log/slog"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/adapters/jobs"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

func provideAPI(cfg config.Config, uc httpapi.UseCases, o ports.Observer, log *slog.Logger, clock ports.Clock, ids ports.IDs) (*httpapi.API, error) {
	return httpapi.New(httpapi.Config{
		Version: Version(), PublicURL: cfg.HTTP.PublicURL, AllowedOrigins: cfg.HTTP.Origins, TrustedProxies: cfg.HTTP.TrustedProxies,
		StrictTLS: cfg.Env == config.Prod, DrainDelay: cfg.HTTP.DrainDelay, DrainTimeout: cfg.HTTP.Drain,
	}, uc, o, log, clock, ids)
}

// provideJobs is everything that nobody asks for.
func provideJobs(cfg config.Config, o ports.Observer, log *slog.Logger, sweep *storage.Sweep, leaving *accounts.FinishDeletions, clean *accounts.CleanUp) *jobs.Runner {
	return jobs.New(log,
		jobs.Of("sweep", cfg.Sweep.Interval, o, sweep),
		jobs.Of("finish_deletions", time.Minute, o, leaving),
		jobs.Of("clean_up", time.Hour, o, clean),
	)
}
