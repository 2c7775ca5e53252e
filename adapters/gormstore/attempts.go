package gormstore

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Attempts = (*Attempts)(nil)

// Attempts count failed logins.
type Attempts struct{ rows access }

// NewAttempts are the attempts of s.
func NewAttempts(s *Store) *Attempts { return &Attempts{access{store: s}} }

// attemptRow is a row of login_attempts.
type attemptRow struct {
	AttemptKey string `gorm:"primaryKey"`
	Failures   int
	Last       int64 `gorm:"column:last_at"`
}

// TableName implements GORM's Tabler.
func (attemptRow) TableName() string { return "login_attempts" }

// Find implements ports.Attempts.
func (a *Attempts) Find(ctx context.Context, key string) (counted account.Attempts, err error) {
	err = a.rows.read(ctx, func(db *gorm.DB) error {
		var row attemptRow
		err := db.Where("attempt_key = ?", key).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		counted = account.Attempts{Failures: row.Failures, LastAt: instant(row.Last)}
		return err
	})
	if err != nil {
		return account.Attempts{}, err
	}
	return counted, nil
}

// Save implements ports.Attempts.
func (a *Attempts) Save(ctx context.Context, key string, counted account.Attempts) error {
	return a.rows.write(ctx, func(db *gorm.DB) error {
		row := attemptRow{AttemptKey: key, Failures: counted.Failures, Last: counted.LastAt.UnixMilli()}
		return db.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "attempt_key"}}, DoUpdates: clause.AssignmentColumns([]string{"failures", "last_at"}),
		}).Create(&row).Error
	})
}

// Delete implements ports.Attempts.
func (a *Attempts) Delete(ctx context.Context, keys ...string) error {
	if len(keys) == 0 {
		return context.Cause(ctx)
	}
	return a.rows.write(ctx, func(db *gorm.DB) error {
		return db.Where("attempt_key IN ?", keys).Delete(&attemptRow{}).Error
	})
}
