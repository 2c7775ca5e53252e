package storage

import (
	"bytes"
	"context"
	"time"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// settleTimeout bounds the work that is done after a failure, whether or not the client still waits.
const settleTimeout = 10 * time.Second

// receive checks the bytes of a request: their length and the checksum that was declared for them. at is where both were.
func receive(at string, blob []byte, declared string) (checksum.Sum, error) {
	if len(blob) > record.MaxBlobBytes {
		return checksum.Sum{}, fault.New(fault.PayloadTooLarge, "A record can have at most 10 MiB. Larger things belong in a backup.").
			With("limit_bytes", int64(record.MaxBlobBytes))
	}
	sum, err := checksum.Parse(declared)
	if err != nil {
		return checksum.Sum{}, fault.Invalid(at+".checksum", "must be the SHA-256 of the raw bytes as 64 hexadecimal digits")
	}
	if !checksum.Of(blob).Equal(sum) {
		return checksum.Sum{}, checksum.Mismatch()
	}
	return sum, nil
}

// write is one write of a record's bytes, from its intent to the row that names them.
type write struct {
	work  ports.StorageWork
	blobs ports.Blobs
	clock ports.Clock
	times Lifetimes
}

// step decides about a write, or carries it out, inside a unit of work.
type step func(ctx context.Context, tx ports.StorageTx) error

// object stores the bytes under m.Key. It names the key in the garbage list first, so that a crash from here on leaves
// nothing that is not listed. allowed may refuse early what apply would refuse for certain later: it saves the transfer.
func (w write) object(ctx context.Context, m *record.Meta, blob []byte, allowed step) error {
	err := w.work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		if err := allowed(ctx, tx); err != nil {
			return err
		}
		return tx.Garbage.Add(ctx, record.Garbage{Key: m.Key, DueAt: w.clock.Now().Add(w.times.intent())})
	})
	if err != nil {
		return err
	}
	// If this fails the intent stays until it is due: an answer may have been lost and the object still arrive.
	return w.blobs.Put(ctx, m.Key, bytes.NewReader(blob), m.SizeBytes, m.Checksum)
}

// commit makes the object current: in one unit it takes the intent back and runs apply. It answers nil only for what is
// committed, and then m is the row as it was stored.
func (w write) commit(ctx context.Context, m *record.Meta, apply step) error {
	err := w.work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		err := tx.Garbage.Remove(ctx, m.Key)
		if fault.Is(err, fault.NotFound) {
			return givenUp(err)
		}
		if err != nil {
			return err
		}
		return apply(ctx, tx)
	})
	if err == nil || w.settle(ctx, m) {
		return nil
	}
	return err
}

// givenUp is the failure of a write whose object a sweeper has: it may be gone.
func givenUp(err error) error {
	return fault.Wrap(err, fault.Unavailable, "This write took too long and was given up. Try again.").RetryAfter(time.Second)
}

// settle finds out what became of a unit that failed. An error does not mean that nothing was committed, the answer may
// have been lost: so the row decides. If it names the object the write succeeded, and m becomes the row. If not the
// object is garbage at once. When even this fails, or the process dies before, the intent is still listed or the row is
// there: nothing is lost or orphaned, it only takes longer. It outlives a client that has gone.
func (w write) settle(ctx context.Context, m *record.Meta) (committed bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	var row record.Meta
	err := w.work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) (err error) {
		row, err = tx.Records.Find(ctx, m.UserID, m.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && row.Key == m.Key {
			return nil
		}
		row = record.Meta{}
		return tx.Garbage.Add(ctx, record.Garbage{Key: m.Key, DueAt: w.clock.Now()})
	})
	if err != nil || row.Key == "" {
		return false
	}
	*m = row
	return true
}

// insert is the row of a new record, and its entry in the feed.
func insert(ctx context.Context, tx ports.StorageTx, m *record.Meta) (err error) {
	m.Seq, err = tx.Changes.Append(ctx, m.UserID, record.Change{RecordID: m.ID, Table: m.Table, At: m.UpdatedAt})
	if err != nil {
		return err
	}
	return tx.Records.Insert(ctx, *m)
}

// replace puts m in the place of row, tells the user's other devices, and lets the old bytes go.
func (l Lifetimes) replace(ctx context.Context, tx ports.StorageTx, row record.Meta, m *record.Meta) (err error) {
	m.Table, m.CreatedAt = row.Table, row.CreatedAt
	m.Seq, err = tx.Changes.Append(ctx, m.UserID, record.Change{RecordID: m.ID, Table: m.Table, At: m.UpdatedAt})
	if err != nil {
		return err
	}
	if err := tx.Records.Replace(ctx, *m); err != nil {
		return err
	}
	return l.discard(ctx, tx, row.Key, m.UpdatedAt)
}

// remove deletes row, leaves a tombstone with the number seq in the feed, and lets the bytes go.
func (l Lifetimes) remove(ctx context.Context, tx ports.StorageTx, row record.Meta, now time.Time) (seq int64, err error) {
	seq, err = tx.Changes.Append(ctx, row.UserID, record.Change{RecordID: row.ID, Table: row.Table, Deleted: true, At: now})
	if err != nil {
		return 0, err
	}
	if err := tx.Records.Delete(ctx, row.UserID, row.ID); err != nil {
		return 0, err
	}
	return seq, l.discard(ctx, tx, row.Key, now)
}

// discard names an object that no row needs any more. Downloads of it may still be under way.
func (l Lifetimes) discard(ctx context.Context, tx ports.StorageTx, key string, now time.Time) error {
	return tx.Garbage.Add(ctx, record.Garbage{Key: key, DueAt: now.Add(l.grace())})
}

// fits is QuotaExceeded if delta more bytes would be over the limit, also for a write that frees bytes: after a downgrade
// writes are refused until the usage fits.
func fits(ctx context.Context, tx ports.StorageTx, userID string, delta int64, limit quota.Limit) error {
	usage, err := tx.Usage.Find(ctx, userID)
	if err != nil {
		return err
	}
	if used := usage.Bytes(quota.Records); !limit.Fits(used + delta) {
		return quota.Exceeded(quota.Records, limit, used)
	}
	return nil
}

// charge counts delta bytes of records, or refuses them.
func charge(ctx context.Context, tx ports.StorageTx, userID string, delta int64, limit quota.Limit) error {
	if err := fits(ctx, tx, userID, delta, limit); err != nil {
		return err
	}
	return tx.Usage.Add(ctx, userID, quota.Records, delta, limit)
}
