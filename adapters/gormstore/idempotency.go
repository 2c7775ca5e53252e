package gormstore

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/idempotency"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Idempotency = (*Idempotency)(nil)

// Idempotency remembers what was answered to requests that may be sent again.
type Idempotency struct{ rows access }

// NewIdempotency is the memory of s.
func NewIdempotency(s *Store) *Idempotency { return &Idempotency{access{store: s}} }

// requestRow is a row of idempotency_keys.
type requestRow struct {
	UserID  string `gorm:"primaryKey"`
	Key     string `gorm:"column:key_hash;primaryKey"`
	Digest  string
	First   string `gorm:"column:first_attempt"`
	Attempt string
	Locked  int64 `gorm:"column:locked_until"`
	Answer  *string
	Expires int64 `gorm:"column:expires_at"`
}

// TableName implements GORM's Tabler.
func (requestRow) TableName() string { return "idempotency_keys" }

func requestOf(userID string, c idempotency.Claim) requestRow {
	return requestRow{
		UserID: userID, Key: c.Key.Sum().String(), Digest: c.Digest.String(), First: c.Attempt, Attempt: c.Attempt,
		Locked: c.Until.UnixMilli(), Expires: c.At.Add(idempotency.Lifetime).UnixMilli(),
	}
}

// byKey selects the row of a claim.
func byKey(db *gorm.DB, userID string, c idempotency.Claim) *gorm.DB {
	return db.Model(&requestRow{}).Where(ownedBy(userID)).Where("key_hash = ?", c.Key.Sum().String())
}

// Begin implements ports.Idempotency.
func (i *Idempotency) Begin(ctx context.Context, userID string, c idempotency.Claim) (begun idempotency.Begun, err error) {
	err = i.rows.together(ctx, func(db *gorm.DB) (err error) {
		row := requestOf(userID, c)
		done := db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: owner}, {Name: "key_hash"}}, DoNothing: true}).Create(&row)
		if done.Error != nil {
			return dangling(done.Error, noAccount())
		}
		if done.RowsAffected == 1 {
			begun = idempotency.Begun{First: c.Attempt}
			return nil
		}
		begun, err = beginAgain(db, userID, c)
		return err
	})
	return begun, err
}

// beginAgain is Begin for a key that has a row.
func beginAgain(db *gorm.DB, userID string, c idempotency.Claim) (idempotency.Begun, error) {
	var row requestRow
	if err := byKey(db, userID, c).Take(&row).Error; err != nil {
		return idempotency.Begun{}, err
	}
	again := requestOf(userID, c)
	switch now := c.At.UnixMilli(); {
	case row.Expires < now: // as if it were not there
	case row.Digest != again.Digest:
		return idempotency.Begun{}, idempotency.Reused()
	case row.Answer != nil:
		return idempotency.Begun{Answered: true, Answer: *row.Answer, First: row.First}, nil
	case row.Attempt != "" && row.Locked > now:
		return idempotency.Begun{}, idempotency.Busy(c.At, instant(row.Locked))
	default:
		again.First, again.Expires = row.First, row.Expires
	}
	return idempotency.Begun{First: again.First}, byKey(db, userID, c).Updates(map[string]any{
		"digest": again.Digest, "first_attempt": again.First, "attempt": again.Attempt, "locked_until": again.Locked, "answer": nil, "expires_at": again.Expires,
	}).Error
}

// Finish implements ports.Idempotency.
func (i *Idempotency) Finish(ctx context.Context, userID string, c idempotency.Claim, answer string) error {
	return i.rows.write(ctx, func(db *gorm.DB) error {
		done := byKey(db, userID, c).Where("attempt = ?", c.Attempt).Where("answer IS NULL").Updates(map[string]any{"answer": answer})
		if done.Error == nil && done.RowsAffected == 0 {
			return idempotency.TakenOver()
		}
		return done.Error
	})
}

// Abandon implements ports.Idempotency. The row stays: it knows the first attempt.
func (i *Idempotency) Abandon(ctx context.Context, userID string, c idempotency.Claim) error {
	return i.rows.write(ctx, func(db *gorm.DB) error {
		return byKey(db, userID, c).Where("attempt = ?", c.Attempt).Where("answer IS NULL").Updates(map[string]any{"attempt": ""}).Error
	})
}

// DeleteExpired implements ports.Idempotency.
func (i *Idempotency) DeleteExpired(ctx context.Context, now time.Time, limit int) (deleted int, err error) {
	err = i.rows.together(ctx, func(db *gorm.DB) error {
		var old []requestRow
		err := everybodys(db).Where("expires_at < ?", now.UnixMilli()).Order("expires_at").Limit(limit).Find(&old).Error
		if err != nil {
			return err
		}
		for _, r := range old {
			done := db.Where(ownedBy(r.UserID)).Where("key_hash = ?", r.Key).Where("expires_at < ?", now.UnixMilli()).Delete(&requestRow{})
			if done.Error != nil {
				return done.Error
			}
		}
		deleted = len(old)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return deleted, nil
}
