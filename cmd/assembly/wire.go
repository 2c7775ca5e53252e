//go:build wireinject

package assembly

import (
	"context"

	"github.com/google/wire"

	"github.com/adiuva/cloud/config"
)

// New assembles the product from its settings and answers with a function that lets go of everything. Nothing runs yet.
func New(ctx context.Context, cfg config.Config, o Overrides) (*System, func(), error) {
	wire.Build(
		provideLogger, provideObserver, provideClock, provideIDs,
		provideRows, wire.FieldsOf(new(rows), "Users", "Sessions", "Expired", "AccountWork", "Records", "Usage", "Meter", "StorageWork", "Probe"),
		provideObjects, wire.FieldsOf(new(objects), "Blobs", "Probe"),
		provideHasher, provideTokenIssuer, provideLLM,
		useCases,
		provideAPI, provideJobs, provideSystem,
	)
	return nil, nil, nil
}
