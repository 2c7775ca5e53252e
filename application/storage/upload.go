package storage

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// The intent of an upload is renewed so often within its lifetime, and tried so often within that time if the database
// does not answer.
const renewals, tries = 4, 4

// upload is a backup on its way in: it passes the body on, breaks it off when there is no room for more, and renews the
// intent while bytes come, for it may take many times as long as an intent lives.
type upload struct {
	use      *StoreBackup
	ctx      context.Context //nolint:containedctx // a reader has no other way to hear of it
	m        *backup.Meta
	limit    quota.Limit
	declared int64
	body     io.Reader
	count    int64
	left     int64     // bytes that may still come
	renewAt  time.Time // the intent
}

// begin names the object that will be, if there is room for what was declared.
func (u *upload) begin() error {
	return u.use.Work.Do(u.ctx, func(ctx context.Context, tx ports.StorageTx) error { return u.intend(ctx, tx) })
}

// renew moves the intent's end. It is taken back first: if it is gone a sweeper has begun to delete the object. A database
// that does not answer for a while does not end an upload of hours: there is time to try again.
func (u *upload) renew() error {
	gone := false
	err := u.use.Work.Do(u.ctx, func(ctx context.Context, tx ports.StorageTx) error {
		err := takeBack(ctx, tx, u.m.Key)
		if gone = err != nil && fault.Is(errors.Unwrap(err), fault.NotFound); err != nil {
			return err
		}
		return u.intend(ctx, tx)
	})
	if fault.Is(err, fault.Unavailable) && !gone {
		u.renewAt = u.use.Clock.Now().Add(u.use.Lifetimes.intent() / renewals / tries)
		return nil
	}
	return err
}

func (u *upload) intend(ctx context.Context, tx ports.StorageTx) error {
	left, err := room(ctx, tx, u.m.UserID, max(u.declared, u.count), u.limit)
	if err != nil {
		return err
	}
	now := u.use.Clock.Now()
	u.left, u.renewAt = left-u.count, now.Add(u.use.Lifetimes.intent()/renewals)
	return tx.Garbage.Add(ctx, record.Garbage{Key: u.m.Key, DueAt: now.Add(u.use.Lifetimes.intent())})
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	n, err := u.body.Read(p)
	u.count += int64(n)
	u.left -= int64(n)
	switch {
	case u.declared == checksum.Unknown && u.count > backup.MaxUndeclaredBytes:
		return 0, tooLarge(backup.MaxUndeclaredBytes)
	case u.left < 0:
		return 0, quota.Exceeded(quota.Backups, u.limit, int64(u.limit)-u.left-u.count)
	case u.use.Clock.Now().After(u.renewAt):
		if err := u.renew(); err != nil {
			return 0, err
		}
	}
	return n, err
}
