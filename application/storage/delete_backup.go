package storage

import (
	"context"

	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/ports"
)

// DeleteBackup removes a backup. It works in every tier, so that who has downgraded can make room.
type DeleteBackup struct {
	Work      ports.StorageWork
	Clock     ports.Clock
	Lifetimes Lifetimes
}

// DeleteBackupInput names a backup.
type DeleteBackupInput struct {
	UserID string
	ID     string
}

// DeleteBackupOutput is empty: a backup that is gone has nothing to say.
type DeleteBackupOutput struct{}

// Execute deletes the row and gives the bytes back to the quota, in one unit. The object follows when no download can be
// under way any more. NotFound if the user has no such backup.
func (u *DeleteBackup) Execute(ctx context.Context, in DeleteBackupInput) (DeleteBackupOutput, error) {
	id, err := knownBackup(in.ID)
	if err != nil {
		return DeleteBackupOutput{}, err
	}
	return DeleteBackupOutput{}, u.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		m, err := tx.Backups.Find(ctx, in.UserID, id)
		if err != nil {
			return err
		}
		if err := tx.Usage.Add(ctx, in.UserID, quota.Backups, -m.SizeBytes, quota.Unlimited); err != nil {
			return err
		}
		if err := tx.Backups.Delete(ctx, in.UserID, id); err != nil {
			return err
		}
		return u.Lifetimes.discard(ctx, tx, m.Key, u.Clock.Now())
	})
}
