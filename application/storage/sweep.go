package storage

import (
	"context"
	"errors"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// sweepBatch is how many objects are claimed at once: few enough to be deleted well within record.SweepLease.
const sweepBatch = 100

// Sweep deletes the objects that the garbage list names and that are due. Any number may run at the same time.
type Sweep struct {
	Work  ports.StorageWork
	Blobs ports.Blobs
	Clock ports.Clock
}

// SweepInput is empty.
type SweepInput struct{}

// SweepOutput counts objects.
type SweepOutput struct {
	Deleted int
	Failed  int // they stay listed, and are tried again when record.SweepLease is over
}

// Execute sweeps until nothing is due. A single object that cannot be deleted does not stop it; a batch of which none
// could be does, for then the store is down. The counts are right in either case, and the error is the last failure.
//
// An entry is forgotten after its object is deleted: a crash in between deletes it once more, which is no error.
func (u *Sweep) Execute(ctx context.Context, _ SweepInput) (SweepOutput, error) {
	var out SweepOutput
	var failure error
	for {
		batch, err := u.claim(ctx)
		if err != nil {
			return out, err
		}
		if len(batch) == 0 {
			return out, failure
		}
		var gone []record.Garbage
		for _, g := range batch {
			if err := u.Blobs.Delete(ctx, g.Key); err != nil {
				failure = fault.Wrap(err, fault.CodeOf(err), "Some unused objects could not be deleted. They will be tried again.")
				out.Failed++
				continue
			}
			gone = append(gone, g)
		}
		if len(gone) == 0 {
			return out, failure
		}
		if err := u.forget(ctx, gone); err != nil {
			return out, errors.Join(err, failure)
		}
		out.Deleted += len(gone)
	}
}

func (u *Sweep) claim(ctx context.Context) (batch []record.Garbage, err error) {
	err = u.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) (err error) {
		batch, err = tx.Garbage.Claim(ctx, u.Clock.Now(), sweepBatch)
		return err
	})
	return batch, err
}

func (u *Sweep) forget(ctx context.Context, gone []record.Garbage) error {
	return u.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		for _, g := range gone {
			if err := tx.Garbage.Forget(ctx, g.Key); err != nil {
				return err
			}
		}
		return nil
	})
}
