package storage

import (
	"context"
	"io"
	"time"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// renewals is how often within its lifetime the intent of an upload is renewed.
const renewals = 4

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
	renewed  time.Time // the intent
}

// begin names the object that will be, if there is room for what was declared.
func (u *upload) begin() error {
	return u.use.Work.Do(u.ctx, func(ctx context.Context, tx ports.StorageTx) error { return u.intend(ctx, tx) })
}

// renew moves the intent's end. It is taken back first: if that fails a sweeper has begun to delete the object.
func (u *upload) renew() error {
	return u.use.Work.Do(u.ctx, func(ctx context.Context, tx ports.StorageTx) error {
		if err := takeBack(ctx, tx, u.m.Key); err != nil {
			return err
		}
		return u.intend(ctx, tx)
	})
}

func (u *upload) intend(ctx context.Context, tx ports.StorageTx) error {
	left, err := room(ctx, tx, u.m.UserID, max(u.declared, u.count), u.limit)
	if err != nil {
		return err
	}
	now := u.use.Clock.Now()
	u.left, u.renewed = left-u.count, now
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
	case u.use.Clock.Now().Sub(u.renewed) > u.use.Lifetimes.intent()/renewals:
		if err := u.renew(); err != nil {
			return 0, err
		}
	}
	return n, err
}
