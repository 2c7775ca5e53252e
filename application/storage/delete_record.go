package storage

import (
	"context"

	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// DeleteRecord removes a record. It works in every tier, so that who has downgraded can make room.
type DeleteRecord struct {
	Work      ports.StorageWork
	Clock     ports.Clock
	Lifetimes Lifetimes
}

// DeleteRecordInput names a record.
type DeleteRecordInput struct {
	UserID  string
	ID      string
	IfMatch string // an If-Match header: only if the record has this etag; empty for whatever version there is
}

// DeleteRecordOutput is empty: a record that is gone has nothing to say.
type DeleteRecordOutput struct{}

// Execute deletes the row, leaves a tombstone in the change feed and gives the bytes back to the quota, in one unit. The
// object follows when no download can be under way any more. NotFound if the user has no such record, PreconditionFailed
// (with etag) if another device was first.
func (u *DeleteRecord) Execute(ctx context.Context, in DeleteRecordInput) (DeleteRecordOutput, error) {
	id, err := knownID(in.ID)
	if err != nil {
		return DeleteRecordOutput{}, err
	}
	now := u.Clock.Now()
	return DeleteRecordOutput{}, u.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		row, err := current(ctx, tx, record.Meta{UserID: in.UserID, ID: id}, in.IfMatch)
		if err != nil {
			return err
		}
		if err := tx.Usage.Add(ctx, in.UserID, quota.Records, -row.SizeBytes, quota.Unlimited); err != nil {
			return err
		}
		_, err = u.Lifetimes.remove(ctx, tx, row, now)
		return err
	})
}
