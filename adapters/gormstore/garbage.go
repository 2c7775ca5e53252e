package gormstore

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Garbage = (*Garbage)(nil)

// Garbage lists the objects that are to be deleted.
type Garbage struct{ rows access }

// NewGarbage is the list of s.
func NewGarbage(s *Store) *Garbage { return &Garbage{access{store: s}} }

// garbageRow is a row of object_garbage.
type garbageRow struct {
	ObjectKey string `gorm:"primaryKey"`
	Due       int64  `gorm:"column:due_at"`
	Claimed   *int64 `gorm:"column:claimed_at"`
}

// TableName implements GORM's Tabler.
func (garbageRow) TableName() string { return "object_garbage" }

// Add implements ports.Garbage. Adding a key again also takes it back from a sweeper that claimed it.
func (g *Garbage) Add(ctx context.Context, entry record.Garbage) error {
	return g.rows.write(ctx, func(db *gorm.DB) error {
		row := garbageRow{ObjectKey: entry.Key, Due: entry.DueAt.UnixMilli()}
		return db.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "object_key"}}, DoUpdates: clause.AssignmentColumns([]string{"due_at", "claimed_at"}),
		}).Create(&row).Error
	})
}

// Remove implements ports.Garbage.
func (g *Garbage) Remove(ctx context.Context, key string) error {
	return g.rows.write(ctx, func(db *gorm.DB) error {
		done := db.Where("object_key = ?", key).Where("claimed_at IS NULL").Delete(&garbageRow{})
		if done.Error == nil && done.RowsAffected == 0 {
			return fault.New(fault.NotFound, "This write took too long and was given up.")
		}
		return done.Error
	})
}

// Claim implements ports.Garbage. What another caller is claiming is passed over and not waited for.
func (g *Garbage) Claim(ctx context.Context, now time.Time, limit int) (claimed []record.Garbage, err error) {
	err = g.rows.together(ctx, func(db *gorm.DB) error {
		claimed = nil
		var rows []garbageRow
		err := db.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Where("due_at <= ?", now.UnixMilli()).
			Where("claimed_at IS NULL OR claimed_at < ?", now.Add(-record.SweepLease).UnixMilli()).
			Order("due_at, object_key").Limit(limit).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		keys := make([]string, 0, len(rows))
		for _, r := range rows {
			keys = append(keys, r.ObjectKey)
			claimed = append(claimed, record.Garbage{Key: r.ObjectKey, DueAt: instant(r.Due)})
		}
		return db.Model(&garbageRow{}).Where("object_key IN ?", keys).Updates(map[string]any{"claimed_at": now.UnixMilli()}).Error
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// Forget implements ports.Garbage.
func (g *Garbage) Forget(ctx context.Context, key string) error {
	return g.rows.write(ctx, func(db *gorm.DB) error {
		return db.Where("object_key = ?", key).Where("claimed_at IS NOT NULL").Delete(&garbageRow{}).Error
	})
}
