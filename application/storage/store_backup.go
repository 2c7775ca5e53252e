package storage

import (
	"context"
	"io"
	"time"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// StoreBackup keeps an encrypted backup of any size while it streams in.
//
// The order is that of records (see write.go): an intent, the object, then one unit that takes the intent back, counts
// the bytes and makes the row. Only then is there a backup. What is sent is held against the room that was left when it
// began, so that it ends early; the count in the last unit decides, so that uploads side by side cannot share it.
type StoreBackup struct {
	Gate      *entitlements.Gate
	Work      ports.StorageWork
	Blobs     ports.Blobs
	Clock     ports.Clock
	IDs       ports.IDs
	Lifetimes Lifetimes
}

// StoreBackupInput is a backup as the client sends it.
type StoreBackupInput struct {
	UserID    string
	Version   string // the client's own word: see backup.ParseVersion
	Timestamp string // the client's own time: see backup.ParseTimestamp
	Checksum  string // the SHA-256 of Body in hexadecimal digits
	SizeBytes int64  // of Body; checksum.Unknown if the client does not say
	Body      io.Reader
}

// StoreBackupOutput is the backup as it was stored.
type StoreBackupOutput struct{ Backup backup.Meta }

// Execute stores the backup. ValidationFailed, PayloadTooLarge or ChecksumMismatch for what the client got wrong;
// TierRequired where the tier keeps no backups, QuotaExceeded where there is no room: both before Body is read, if its
// size is known; the failure of Body.
func (u *StoreBackup) Execute(ctx context.Context, in StoreBackupInput) (StoreBackupOutput, error) {
	m, err := u.meta(in)
	if err != nil {
		return StoreBackupOutput{}, err
	}
	limit, err := u.Gate.Storage(ctx, in.UserID, quota.Backups)
	if err != nil {
		return StoreBackupOutput{}, err
	}
	up := &upload{use: u, ctx: ctx, m: &m, limit: limit, declared: in.SizeBytes, body: in.Body}
	if err := up.begin(); err != nil {
		return StoreBackupOutput{}, err
	}
	summing := backup.NewSumming(up)
	// If this fails the intent stays until it is due: an answer may have been lost and the object still arrive.
	if err := u.Blobs.Put(ctx, m.Key, summing, in.SizeBytes, m.Checksum); err != nil {
		return StoreBackupOutput{}, err
	}
	if m.SizeBytes, m.Sums = summing.Count(), summing.Sums(); in.SizeBytes != checksum.Unknown && m.SizeBytes != in.SizeBytes {
		return StoreBackupOutput{}, fault.New(fault.Internal, "The object store took another number of bytes than were sent.")
	}
	if err := u.commit(ctx, &m); err != nil {
		return StoreBackupOutput{}, err
	}
	return StoreBackupOutput{m}, nil
}

// meta is the row of a backup that passed every check that needs neither its bytes nor the database.
func (u *StoreBackup) meta(in StoreBackupInput) (backup.Meta, error) {
	version, err := backup.ParseVersion("header.X-Backup-Version", in.Version)
	if err != nil {
		return backup.Meta{}, err
	}
	made, err := backup.ParseTimestamp("header.X-Backup-Timestamp", in.Timestamp)
	if err != nil {
		return backup.Meta{}, err
	}
	sum, err := checksum.Parse(in.Checksum)
	if err != nil {
		return backup.Meta{}, fault.Invalid("header.X-Backup-Checksum", "must be the SHA-256 of the body as 64 hexadecimal digits")
	}
	if in.SizeBytes > backup.MaxBytes {
		return backup.Meta{}, tooLarge(backup.MaxBytes)
	}
	id := u.IDs.NewID()
	return backup.Meta{
		ID: id, UserID: in.UserID, Version: version, Timestamp: made, Key: backup.Key(in.UserID, id, u.IDs.NewID()), Checksum: sum,
		ChunkBytes: backup.ChunkBytes,
	}, nil
}

func tooLarge(limit int64) error {
	return fault.New(fault.PayloadTooLarge, "This is larger than a backup can be.").With("limit_bytes", limit)
}

// commit makes the backup visible. The tier is read again: an upload can take hours.
func (u *StoreBackup) commit(ctx context.Context, m *backup.Meta) error {
	err := u.complete(ctx, m)
	if err == nil || u.settle(ctx, m) {
		return nil
	}
	return err
}

func (u *StoreBackup) complete(ctx context.Context, m *backup.Meta) error {
	limit, err := u.Gate.Storage(ctx, m.UserID, quota.Backups)
	if err != nil {
		return err
	}
	return u.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		if err := takeBack(ctx, tx, m.Key); err != nil {
			return err
		}
		if _, err := room(ctx, tx, m.UserID, m.SizeBytes, limit); err != nil {
			return err
		}
		if err := tx.Usage.Add(ctx, m.UserID, quota.Backups, m.SizeBytes, limit); err != nil {
			return err
		}
		newest, err := tx.Backups.Newest(ctx, m.UserID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		m.CreatedAt = backup.Following(newest, u.Clock.Now())
		return tx.Backups.Insert(ctx, *m)
	})
}

// settle finds out what became of a unit that failed, as write.settle does for records: if the row is there the backup was
// stored, and m becomes the row; if not the object is garbage at once.
func (u *StoreBackup) settle(ctx context.Context, m *backup.Meta) (committed bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	var row backup.Meta
	err := u.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) (err error) {
		row, err = tx.Backups.Find(ctx, m.UserID, m.ID)
		if fault.Is(err, fault.NotFound) {
			row = backup.Meta{}
			return tx.Garbage.Add(ctx, record.Garbage{Key: m.Key, DueAt: u.Clock.Now()})
		}
		return err
	})
	if err != nil || row.Key != m.Key {
		return false
	}
	*m = row
	return true
}

// takeBack removes an intent. If it is gone a sweeper has it, and the object may be gone.
func takeBack(ctx context.Context, tx ports.StorageTx, key string) error {
	err := tx.Garbage.Remove(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(err, fault.Unavailable, "This write took too long and was given up. Try again.").RetryAfter(time.Second)
	}
	return err
}

// room is how many bytes of backups the user may add, or QuotaExceeded if size more do not fit.
func room(ctx context.Context, tx ports.StorageTx, userID string, size int64, limit quota.Limit) (left int64, err error) {
	usage, err := tx.Usage.Find(ctx, userID)
	if err != nil {
		return 0, err
	}
	used := usage.Bytes(quota.Backups)
	if !limit.Fits(used + size) {
		return 0, quota.Exceeded(quota.Backups, limit, used)
	}
	if limit == quota.Unlimited {
		return backup.MaxBytes, nil
	}
	return int64(limit) - used, nil
}
