package accounts

import (
	"context"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/vector"
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
	if left, err := r.vectors(ctx, tx, userID); err != nil || left {
		return true, err
	}
	usage, err := tx.Usage.Find(ctx, userID)
	if err != nil {
		return false, err
	}
	for _, kind := range []struct {
		of     quota.Kind
		remove func(ctx context.Context, tx ports.StorageTx, userID string) (rows int, bytes int64, err error)
	}{{quota.Records, r.records}, {quota.Backups, r.backups}} {
		rows, bytes, err := kind.remove(ctx, tx, userID)
		if err != nil {
			return false, err
		}
		if rows == removalBatch {
			return true, uncount(ctx, tx, userID, kind.of, min(bytes, usage.Bytes(kind.of)))
		}
		if err := uncount(ctx, tx, userID, kind.of, usage.Bytes(kind.of)); err != nil {
			return false, err
		}
	}
	return false, tx.Changes.DeleteAll(ctx, userID)
}

func (r *Removal) records(ctx context.Context, tx ports.StorageTx, userID string) (rows int, bytes int64, err error) {
	list, err := tx.Records.List(ctx, userID, record.Query{Limit: removalBatch})
	if err != nil {
		return 0, 0, err
	}
	for _, m := range list {
		bytes += m.SizeBytes
		if err := tx.Garbage.Add(ctx, record.Garbage{Key: m.Key, DueAt: r.Clock.Now()}); err != nil {
			return 0, 0, err
		}
		if err := tx.Records.Delete(ctx, userID, m.ID); err != nil {
			return 0, 0, err
		}
	}
	return len(list), bytes, nil
}

func (r *Removal) backups(ctx context.Context, tx ports.StorageTx, userID string) (rows int, bytes int64, err error) {
	list, err := tx.Backups.List(ctx, userID, backup.Query{Limit: removalBatch})
	if err != nil {
		return 0, 0, err
	}
	for _, m := range list {
		bytes += m.SizeBytes
		if err := tx.Garbage.Add(ctx, record.Garbage{Key: m.Key, DueAt: r.Clock.Now()}); err != nil {
			return 0, 0, err
		}
		if err := tx.Backups.Delete(ctx, userID, m.ID); err != nil {
			return 0, 0, err
		}
	}
	return len(list), bytes, nil
}

// vectors removes items that can be found by likeness. They count to the records, and go before these, whose last batch
// takes the rest of the count with it.
func (r *Removal) vectors(ctx context.Context, tx ports.StorageTx, userID string) (left bool, err error) {
	list, err := tx.VectorItems.List(ctx, userID, "", removalBatch)
	if err != nil || len(list) == 0 {
		return false, err
	}
	usage, err := tx.Usage.Find(ctx, userID)
	if err != nil {
		return false, err
	}
	var bytes int64
	var ids []string
	var dead []vector.Garbage
	for _, item := range list {
		bytes += item.SizeBytes
		ids = append(ids, item.ID)
		dead = append(dead, vector.Garbage{Place: item.Place, PointID: item.Point, DueAt: r.Clock.Now()})
	}
	if err := tx.VectorGarbage.Add(ctx, dead); err != nil {
		return false, err
	}
	if err := tx.VectorItems.Delete(ctx, userID, ids); err != nil {
		return false, err
	}
	return len(list) == removalBatch, uncount(ctx, tx, userID, quota.Records, min(bytes, usage.RecordBytes))
}

// uncount takes bytes off what the user keeps.
func uncount(ctx context.Context, tx ports.StorageTx, userID string, k quota.Kind, bytes int64) error {
	if bytes == 0 {
		return nil
	}
	return tx.Usage.Add(ctx, userID, k, -bytes, quota.Unlimited)
}
