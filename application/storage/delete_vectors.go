package storage

import (
	"context"
	"fmt"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

// DeleteVectors removes items. It works in every tier, so that who has downgraded can make room.
type DeleteVectors struct {
	Work  ports.StorageWork
	Clock ports.Clock
}

// DeleteVectorsInput names 1 to vector.MaxDeletions items.
type DeleteVectorsInput struct {
	UserID string
	IDs    []string
}

// DeleteVectorsOutput is empty: what is gone has nothing to say.
type DeleteVectorsOutput struct{}

// Execute deletes the rows and gives their bytes back to the quota in one unit: from then on no search finds them. The
// points follow. Ids that the user does not have are passed over, so that a second attempt is no error. ValidationFailed
// for what can be no id.
func (u *DeleteVectors) Execute(ctx context.Context, in DeleteVectorsInput) (DeleteVectorsOutput, error) {
	if len(in.IDs) == 0 || len(in.IDs) > vector.MaxDeletions {
		return DeleteVectorsOutput{}, fault.Invalid("body.ids", fmt.Sprintf("must have 1 to %d ids", vector.MaxDeletions))
	}
	for i, id := range in.IDs {
		if err := vector.CheckID(fmt.Sprintf("body.ids[%d]", i), id); err != nil {
			return DeleteVectorsOutput{}, err
		}
	}
	return DeleteVectorsOutput{}, u.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		items, err := tx.VectorItems.Find(ctx, in.UserID, in.IDs)
		if err != nil || len(items) == 0 {
			return err
		}
		if bytes := bytesOf(items); bytes > 0 {
			if err := tx.Usage.Add(ctx, in.UserID, quota.Records, -bytes, quota.Unlimited); err != nil {
				return err
			}
		}
		if err := tx.VectorItems.Delete(ctx, in.UserID, idsOf(items)); err != nil {
			return err
		}
		return tx.VectorGarbage.Add(ctx, unused(items, u.Clock.Now()))
	})
}
