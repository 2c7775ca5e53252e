package assembly

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/adapters/jobs"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

// System is the whole product, assembled and not yet running.
type System struct {
	API     *httpapi.API
	Jobs    *jobs.Runner
	Admin   Admin
	Choices []Choice // which adapter stands behind each part, for people
	metrics *metricsServer
}

// Admin are the use cases of the command line.
type Admin struct {
	SetTier *accounts.SetTier
	SetRole *accounts.SetRole
}

// Choice is one part of the house and the adapter that was chosen for it. It never holds a secret.
type Choice struct{ Part, Adapter string }

// Overrides replace, for tests, what no setting can: nil means the real one.
type Overrides struct {
	Clock ports.Clock
	IDs   ports.IDs
	LLM   ports.LLM
	Log   io.Writer // where log lines go; nil for nowhere
}

// ListenForMetrics takes the address of GET /metrics and answers its URL, or an empty one if the settings want none. It
// may be called before Run, to tell people; Run answers there.
func (s *System) ListenForMetrics(ctx context.Context) (string, error) { return s.metrics.listen(ctx) }

// Run serves on ln until ctx ends, then drains: readiness turns 503, new work is refused, running requests get the drain
// time of the settings, then the jobs stop. Metrics can be scraped to the end. It returns when all of it is over; nil
// means that nothing was cut off.
func (s *System) Run(ctx context.Context, ln net.Listener) error {
	if _, err := s.ListenForMetrics(ctx); err != nil {
		return errors.Join(err, ln.Close())
	}
	scraped := make(chan error, 1)
	go func() { scraped <- s.metrics.serve() }()
	s.Jobs.Start(context.WithoutCancel(ctx))
	served := s.API.Listen(ctx, ln)
	stopped := s.stopJobs(ctx)
	s.metrics.close(ctx)
	return errors.Join(served, stopped, <-scraped)
}

// stopJobs gives running jobs a moment of their own: they end at their next call of a port.
func (s *System) stopJobs(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return s.Jobs.Stop(ctx)
}

func provideSystem(cfg config.Config, api *httpapi.API, runner *jobs.Runner, admin Admin, metrics *metricsServer) *System {
	return &System{API: api, Jobs: runner, Admin: admin, Choices: choices(cfg), metrics: metrics}
}

// choices says in people's words what the settings chose.
func choices(cfg config.Config) []Choice {
	rows := map[string]string{"postgres": "PostgreSQL", "sqlite": "SQLite", "memory": "memory (nothing is kept)"}[cfg.Rows.Kind()]
	objects := "files"
	switch {
	case cfg.Objects.Bucket != "":
		objects = "S3 bucket " + cfg.Objects.Bucket
	case cfg.Rows.Kind() == "memory":
		objects = "memory (nothing is kept)"
	}
	model := "offline: rules, not a language model; set OPENAI_API_KEY, ANTHROPIC_API_KEY or OLLAMA_URL for a real one"
	if !cfg.LLM.Offline() {
		var inOrder []string
		for _, p := range cfg.LLM.Providers() {
			inOrder = append(inOrder, p.Name+" "+p.Model)
		}
		model = strings.Join(inOrder, ", then ")
	}
	chosen := []Choice{{"Rows", rows}, {"Objects", objects}, {"Vectors", vectorsIn(cfg)}, {"Model", model}}
	if cfg.Rows.Kind() == "sqlite" || objects == "files" || vectorsIn(cfg) == "files" {
		chosen = append([]Choice{{"Data", cfg.DataDir}}, chosen...)
	}
	return chosen
}
