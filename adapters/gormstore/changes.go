package gormstore

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Changes = (*Changes)(nil)

// Changes are the feeds that devices sync from.
type Changes struct{ rows access }

// NewChanges are the feeds of s.
func NewChanges(s *Store) *Changes { return &Changes{access{store: s}} }

// changeRow is a row of changes.
type changeRow struct {
	UserID   string `gorm:"primaryKey"`
	Table    string `gorm:"column:table_name;primaryKey"`
	RecordID string `gorm:"primaryKey"`
	Seq      int64
	Deleted  bool
	At       int64 `gorm:"column:changed_at"`
}

// TableName implements GORM's Tabler.
func (changeRow) TableName() string { return "changes" }

// counterRow is a row of change_counters.
type counterRow struct {
	UserID  string `gorm:"primaryKey"`
	LastSeq int64
	Pruned  int64 `gorm:"column:pruned_seq"`
}

// TableName implements GORM's Tabler.
func (counterRow) TableName() string { return "change_counters" }

func (r changeRow) toDomain() (record.Change, error) {
	table, err := record.ParseTable("table", r.Table)
	return record.Change{Seq: r.Seq, RecordID: r.RecordID, Table: table, Deleted: r.Deleted, At: instant(r.At)}, unreadable(err)
}

// Append implements ports.Changes. The counter's row stays locked until the unit ends, so numbers come in the order of
// commits and a unit that fails gives its number back.
func (c *Changes) Append(ctx context.Context, userID string, change record.Change) (seq int64, err error) {
	err = c.rows.together(ctx, func(db *gorm.DB) error {
		counter := counterRow{UserID: userID, LastSeq: 1}
		err := db.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: owner}},
			DoUpdates: clause.Assignments(map[string]any{"last_seq": gorm.Expr("change_counters.last_seq + 1")}),
		}, clause.Returning{Columns: []clause.Column{{Name: "last_seq"}}}).Create(&counter).Error
		if err != nil {
			return dangling(err, noAccount())
		}
		seq = counter.LastSeq
		row := changeRow{
			UserID: userID, RecordID: change.RecordID, Table: change.Table.String(), Seq: seq, Deleted: change.Deleted,
			At: change.At.UnixMilli(),
		}
		return db.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: owner}, {Name: "table_name"}, {Name: "record_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"seq", "deleted", "changed_at"}),
		}).Create(&row).Error
	})
	if err != nil {
		return 0, err
	}
	return seq, nil
}

// DeleteAll implements ports.Changes.
func (c *Changes) DeleteAll(ctx context.Context, userID string) error {
	return c.rows.together(ctx, func(db *gorm.DB) error {
		if err := db.Where(ownedBy(userID)).Delete(&changeRow{}).Error; err != nil {
			return err
		}
		return db.Where(ownedBy(userID)).Delete(&counterRow{}).Error
	})
}
