package httpapi

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/operations"
)

// alive is the use case of a process that can answer at all: it asks nobody, so that a dependency that is down does not
// get healthy processes restarted.
type alive struct{}

// Execute implements usecase.UseCase.
func (alive) Execute(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil }

// health are the routes under /health.
func (a *API) health() {
	route(a, operation{
		id: "getHealth", method: http.MethodGet, path: "/health", tag: "operations", status: http.StatusOK, class: noBody, public: true, summary: "Whether the process is alive",
	}, alive{}, func(call, nothing) struct{} { return struct{}{} }, func(struct{}) contract.Health {
		return contract.Health{Status: "ok", Version: a.cfg.Version}
	})
	op := operation{
		id: "getReadiness", method: http.MethodGet, path: "/health/ready", tag: "operations", status: http.StatusOK, class: noBody, public: true,
		summary: "Whether the server should get requests", description: "Asks each dependency. 503 with the same body if one that is needed is down, or the server is shutting down.",
	}
	route(a, op, a.useCases.Operations.CheckHealth, func(call, nothing) operations.CheckHealthInput {
		return operations.CheckHealthInput{Draining: a.draining.Load()}
	}, a.readiness)
	responses := a.operation(&op).Responses
	unready := *responses["200"]
	unready.Description = "Not now: see status and dependencies."
	responses["503"] = &unready
}

func (a *API) readiness(h operations.Health) contract.Readiness {
	r := contract.Readiness{Status: "ready", HTTPStatus: http.StatusOK, Dependencies: make([]contract.DependencyHealth, 0, len(h.Dependencies))}
	if !h.Ready {
		r.Status, r.HTTPStatus = "unavailable", http.StatusServiceUnavailable
	}
	if h.Draining {
		r.Status = "draining"
	}
	for _, d := range h.Dependencies {
		state := "up"
		if !d.Up {
			state = "down"
			a.log.Error("dependency down", slog.String("dependency", d.Name), slog.Any("cause", d.Cause))
		}
		r.Dependencies = append(r.Dependencies, contract.DependencyHealth{Name: d.Name, State: state, LatencyMS: d.Latency.Milliseconds()})
	}
	return r
}
