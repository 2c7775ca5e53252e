package storage

import (
	"context"

	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// pruneBatch is how many tombstones go at once, so that no unit keeps writers waiting for long.
const pruneBatch = 500

// PruneChanges forgets deletions that are older than record.TombstoneLifetime. A job runs it; any number may run at the
// same time.
type PruneChanges struct {
	Changes ports.Changes
	Clock   ports.Clock
}

// PruneChangesInput is empty.
type PruneChangesInput struct{}

// PruneChangesOutput counts tombstones.
type PruneChangesOutput struct{ Pruned int }

// Execute prunes until nothing is too old. The count is right when it fails, too.
func (u *PruneChanges) Execute(ctx context.Context, _ PruneChangesInput) (PruneChangesOutput, error) {
	var out PruneChangesOutput
	for before := u.Clock.Now().Add(-record.TombstoneLifetime); ; {
		n, err := u.Changes.Prune(ctx, before, pruneBatch)
		out.Pruned += n
		if err != nil || n < pruneBatch {
			return out, err
		}
	}
}
