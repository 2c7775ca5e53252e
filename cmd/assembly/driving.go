package assembly

import (
	"log/slog"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/adapters/jobs"
	"github.com/adiuva/cloud/adapters/telemetry"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/operations"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

func provideAPI(cfg config.Config, uc httpapi.UseCases, o ports.Observer, requests *telemetry.Requests, answers ports.Idempotency, log *slog.Logger, clock ports.Clock, ids ports.IDs) (*httpapi.API, error) {
	return httpapi.New(httpapi.Config{
		Version: Version(), PublicURL: cfg.HTTP.PublicURL, AllowedOrigins: cfg.HTTP.Origins, TrustedProxies: cfg.HTTP.TrustedProxies,
		StrictTLS: cfg.Env == config.Prod, DrainDelay: cfg.HTTP.DrainDelay, DrainTimeout: cfg.HTTP.Drain, Watch: requests, Answers: answers,
	}, uc, o, log, clock, ids)
}

// provideJobs is everything that nobody asks for.
func provideJobs(cfg config.Config, o *telemetry.Observer, log *slog.Logger, sweep *storage.Sweep, points *storage.SweepVectors, leaving *accounts.FinishDeletions, clean *accounts.CleanUp, prune *storage.PruneChanges, forget *operations.ForgetAnswers) *jobs.Runner {
	told := o.ForJobs()
	return jobs.New(log,
		jobs.Of("sweep", cfg.Sweep.Interval, told, sweep),
		jobs.Of("sweep_vectors", cfg.Sweep.Interval, told, points),
		jobs.Of("finish_deletions", time.Minute, told, leaving),
		jobs.Of("clean_up", time.Hour, told, clean),
		jobs.Of("prune_changes", time.Hour, told, prune),
		jobs.Of("forget_answers", time.Hour, told, forget),
	)
}
