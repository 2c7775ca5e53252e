package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

const (
	removalBatch = record.MaxLimit // rows in one unit of work, so that none grows with the account
	removalTries = 5               // how often data may come in behind the last batch before the job has to go on
)

// Removal takes away what is stored for a user who is on their way out, and then the user. It can die between any two
// calls: whoever runs it again goes on where it stopped.
type Removal struct {
	Accounts ports.AccountWork
	Storage  ports.StorageWork
	Clock    ports.Clock
}

// finish removes all of a user who was marked before.
func (r *Removal) finish(ctx context.Context, userID string) error {
	for try := 1; ; try++ {
		if err := r.empty(ctx, userID); err != nil {
			return err
		}
		err := r.Accounts.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error { return tx.Users.Delete(ctx, userID) })
		// A write that began before the user was marked may have committed behind the last batch.
		if fault.Is(err, fault.Conflict) && try < removalTries {
			continue
		}
		return err
	}
}

// empty removes stored data batch by batch until none is left.
func (r *Removal) empty(ctx context.Context, userID string) error {
	for {
		var left bool
		err := r.Storage.Do(ctx, func(ctx context.Context, tx ports.StorageTx) (err error) {
			left, err = r.batch(ctx, tx, userID)
			return err
		})
		if err != nil || !left {
			return err
		}
	}
}

// batch names the objects of some rows as garbage and removes the rows, in one unit: an object is named by a row or is
// garbage at every moment. With the last rows go the count of bytes and the feed.
func (r *Removal) batch(ctx context.Context, tx ports.StorageTx, userID string) (left bool, err error) {
	rows, err := tx.Records.List(ctx, userID, record.Query{Limit: removalBatch})
	if err != nil {
		return false, err
	}
	now := r.Clock.Now()
	var bytes int64
	for _, m := range rows {
		bytes += m.SizeBytes
		if err := tx.Garbage.Add(ctx, record.Garbage{Key: m.Key, DueAt: now}); err != nil {
			return false, err
		}
		if err := tx.Records.Delete(ctx, userID, m.ID); err != nil {
			return false, err
		}
	}
	usage, err := tx.Usage.Find(ctx, userID)
	if err != nil {
		return false, err
	}
	if len(rows) == removalBatch {
		return true, uncount(ctx, tx, userID, quota.Records, min(bytes, usage.RecordBytes))
	}
	if err := uncount(ctx, tx, userID, quota.Records, usage.RecordBytes); err != nil {
		return false, err
	}
	if err := uncount(ctx, tx, userID, quota.Backups, usage.BackupBytes); err != nil {
		return false, err
	}
	return false, tx.Changes.DeleteAll(ctx, userID)
}

// uncount takes bytes off what the user keeps.
func uncount(ctx context.Context, tx ports.StorageTx, userID string, k quota.Kind, bytes int64) error {
	if bytes == 0 {
		return nil
	}
	return tx.Usage.Add(ctx, userID, k, -bytes, quota.Unlimited)
}
