package gormstore

import (
	"context"
	"errors"
	"math"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Usage = (*Usage)(nil)

// Usage counts the bytes that users keep.
type Usage struct{ rows access }

// NewUsage are the counts of s.
func NewUsage(s *Store) *Usage { return &Usage{access{store: s}} }

// usageRow is a row of storage_usage.
type usageRow struct {
	UserID      string `gorm:"primaryKey"`
	RecordBytes int64
	BackupBytes int64
}

// TableName implements GORM's Tabler.
func (usageRow) TableName() string { return "storage_usage" }

// Find implements ports.Usage.
func (u *Usage) Find(ctx context.Context, userID string) (usage quota.Usage, err error) {
	err = u.rows.read(ctx, func(db *gorm.DB) (err error) {
		usage, err = findUsage(db, userID)
		return err
	})
	return usage, err
}

func findUsage(db *gorm.DB, userID string) (quota.Usage, error) {
	var row usageRow
	err := db.Where(ownedBy(userID)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return quota.Usage{}, nil
	}
	return quota.Usage{RecordBytes: row.RecordBytes, BackupBytes: row.BackupBytes}, err
}

// Add implements ports.Usage. Whether it fits is a condition of the statement that adds, so no two can share the room
// for one.
func (u *Usage) Add(ctx context.Context, userID string, k quota.Kind, delta int64, limit quota.Limit) error {
	return u.rows.write(ctx, func(db *gorm.DB) error {
		added, err := addUsage(db, userID, k, delta, limit)
		if err != nil || added {
			return err
		}
		first := usageRow{UserID: userID} // perhaps nothing was ever kept
		err = db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: owner}}, DoNothing: true}).Create(&first).Error
		if err != nil {
			return dangling(err, noAccount())
		}
		if added, err = addUsage(db, userID, k, delta, limit); err != nil || added {
			return err
		}
		usage, err := findUsage(db, userID)
		if err != nil {
			return err
		}
		if delta > 0 {
			return quota.Exceeded(k, limit, usage.Bytes(k))
		}
		return fault.New(fault.Internal, "The count of stored bytes does not add up.")
	})
}

// addUsage reports whether the row was there and the sum within bounds. The bounds are worked out here, where they
// cannot overflow: the database only compares.
func addUsage(db *gorm.DB, userID string, k quota.Kind, delta int64, limit quota.Limit) (bool, error) {
	column := clause.Column{Name: "record_bytes"}
	if k == quota.Backups {
		column.Name = "backup_bytes"
	}
	fits := db.Model(&usageRow{}).Where(ownedBy(userID))
	switch {
	case delta > 0 && limit == quota.Unlimited:
		fits = fits.Where(clause.Lte{Column: column, Value: math.MaxInt64 - delta})
	case delta > 0:
		fits = fits.Where(clause.Lte{Column: column, Value: int64(limit) - delta})
	default:
		fits = fits.Where(clause.Gte{Column: column, Value: -max(delta, -math.MaxInt64)})
	}
	done := fits.Updates(map[string]any{column.Name: gorm.Expr("? + ?", column, delta)})
	return done.RowsAffected == 1, done.Error
}
