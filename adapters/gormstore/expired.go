package gormstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Expired = (*Expired)(nil)

// Expired removes what nobody can use any more.
type Expired struct{ rows access }

// NewExpired cleans up s.
func NewExpired(s *Store) *Expired { return &Expired{access{store: s}} }

// A flood of rows is removed in pieces, so that no statement holds locks for long.
const expiredAtOnce = 1000

// DeleteExpired implements ports.Expired. All tokens go with their session, the rotated ones of a session that lives on
// when their own time is over: a device that is used for years does not pile them up.
func (e *Expired) DeleteExpired(ctx context.Context, now time.Time) error {
	for _, deleteSome := range []func(*gorm.DB) *gorm.DB{
		func(db *gorm.DB) *gorm.DB {
			some := everybodys(db).Model(&sessionRow{}).Select("id").Where("expires_at <= ?", now.UnixMilli()).Limit(expiredAtOnce)
			return everybodys(db).Where("id IN (?)", some).Delete(&sessionRow{})
		},
		func(db *gorm.DB) *gorm.DB {
			some := everybodys(db).Model(&tokenRow{}).Select("id").Where("rotated_at IS NOT NULL").Where("expires_at <= ?", now.UnixMilli()).Limit(expiredAtOnce)
			return everybodys(db).Where("id IN (?)", some).Delete(&tokenRow{})
		},
		func(db *gorm.DB) *gorm.DB {
			some := everybodys(db).Model(&ticketRow{}).Select("ticket_hash").Where("expires_at <= ?", now.UnixMilli()).Limit(expiredAtOnce)
			return everybodys(db).Where("ticket_hash IN (?)", some).Delete(&ticketRow{})
		},
		func(db *gorm.DB) *gorm.DB {
			some := db.Model(&attemptRow{}).Select("attempt_key").Where("last_at < ?", now.Add(-account.AttemptsKept).UnixMilli()).Limit(expiredAtOnce)
			return db.Where("attempt_key IN (?)", some).Delete(&attemptRow{})
		},
	} {
		if err := e.untilDone(ctx, deleteSome); err != nil {
			return err
		}
	}
	return nil
}

func (e *Expired) untilDone(ctx context.Context, deleteSome func(*gorm.DB) *gorm.DB) error {
	for more := true; more; {
		err := e.rows.write(ctx, func(db *gorm.DB) error {
			done := deleteSome(db)
			more = done.RowsAffected == expiredAtOnce
			return done.Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func everybodys(db *gorm.DB) *gorm.DB {
	return acrossTenants(db, "whose it is does not matter once it has expired")
}
