package storage

import (
	"context"
	"errors"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

// SweepVectors deletes the points that the garbage list names and that are due. Any number may run at the same time.
type SweepVectors struct {
	Work  ports.StorageWork
	Index ports.VectorIndex
	Clock ports.Clock
}

// SweepVectorsInput is empty.
type SweepVectorsInput struct{}

// SweepVectorsOutput counts points.
type SweepVectorsOutput struct {
	Deleted int
	Failed  int // they stay listed, and are tried again when vector.SweepLease is over
}

// Execute sweeps until nothing is due. A place whose points cannot be deleted does not stop it; a batch of which none could
// be does, for then the index is down. The counts are right in either case, and the error is the last failure.
func (u *SweepVectors) Execute(ctx context.Context, _ SweepVectorsInput) (SweepVectorsOutput, error) {
	var out SweepVectorsOutput
	var failure error
	for {
		places, err := u.claim(ctx)
		if err != nil {
			return out, err
		}
		if len(places) == 0 {
			return out, failure
		}
		var gone []vector.Garbage
		for place, entries := range places {
			if err := u.Index.Delete(ctx, place, namedBy(entries)); err != nil {
				failure = fault.Wrap(err, fault.CodeOf(err), "Some unused points could not be deleted. They will be tried again.")
				out.Failed += len(entries)
				continue
			}
			gone = append(gone, entries...)
		}
		if len(gone) == 0 {
			return out, failure
		}
		err = u.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error { return tx.VectorGarbage.Forget(ctx, gone) })
		if err != nil {
			return out, errors.Join(err, failure)
		}
		out.Deleted += len(gone)
	}
}

// claim takes a batch, by place.
func (u *SweepVectors) claim(ctx context.Context) (map[vector.Place][]vector.Garbage, error) {
	var places map[vector.Place][]vector.Garbage
	err := u.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		batch, err := tx.VectorGarbage.Claim(ctx, u.Clock.Now(), vector.MaxItems)
		places = map[vector.Place][]vector.Garbage{}
		for _, g := range batch {
			places[g.Place] = append(places[g.Place], g)
		}
		return err
	})
	return places, err
}

func namedBy(entries []vector.Garbage) []string {
	ids := make([]string, 0, len(entries))
	for _, g := range entries {
		ids = append(ids, g.PointID)
	}
	return ids
}
