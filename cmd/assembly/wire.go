//go:build wireinject

package assembly

import (
	"context"

	"github.com/google/wire"

	"github.com/adiuva/cloud/adapters/telemetry"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

// New assembles the product from its settings and answers with a function that lets go of everything. Nothing runs yet.
func New(ctx context.Context, cfg config.Config, o Overrides) (*System, func(), error) {
	wire.Build(
		provideLogger, provideMetrics, provideTracing, provideMetricsServer, telemetry.NewObserver, wire.Bind(new(ports.Observer), new(*telemetry.Observer)),
		telemetry.NewRequests, telemetry.NewModels, provideClock, provideIDs,
		provideRows, wire.FieldsOf(new(rows), "Users", "Sessions", "Expired", "AccountWork", "Records", "Changes", "Answers", "Usage", "Backups", "Vectors", "Meter", "StorageWork", "Probe"),
		provideObjects, wire.FieldsOf(new(objects), "Blobs", "Probe"),
		provideVectors, provideHasher, provideTokenIssuer, provideLLM,
		useCases,
		provideAPI, provideJobs, provideSystem,
	)
	return nil, nil, nil
}
