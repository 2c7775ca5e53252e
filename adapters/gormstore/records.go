package gormstore

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Records = (*Records)(nil)

// Records are the rows about encrypted blobs.
type Records struct{ rows access }

// NewRecords are the records of s.
func NewRecords(s *Store) *Records { return &Records{access{store: s}} }

// recordRow is a row of storage_records.
type recordRow struct {
	UserID    string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	Table     string `gorm:"column:table_name"`
	Key       string `gorm:"column:s3_key"`
	Checksum  string
	SizeBytes int64
	Seq       int64
	Created   int64 `gorm:"column:created_at"`
	Updated   int64 `gorm:"column:updated_at"`
}

// TableName implements GORM's Tabler.
func (recordRow) TableName() string { return "storage_records" }

func recordFromDomain(m record.Meta) recordRow {
	return recordRow{
		ID: m.ID, UserID: m.UserID, Table: m.Table.String(), Key: m.Key, Checksum: m.Checksum.String(), SizeBytes: m.SizeBytes,
		Seq: m.Seq, Created: m.CreatedAt.UnixMilli(), Updated: m.UpdatedAt.UnixMilli(),
	}
}

func (r recordRow) toDomain() (record.Meta, error) {
	table, tableErr := record.ParseTable("table", r.Table)
	sum, sumErr := checksum.Parse(r.Checksum)
	return record.Meta{
		ID: r.ID, UserID: r.UserID, Table: table, Key: r.Key, Checksum: sum, SizeBytes: r.SizeBytes, Seq: r.Seq,
		CreatedAt: instant(r.Created), UpdatedAt: instant(r.Updated),
	}, unreadable(errors.Join(tableErr, sumErr))
}

// Insert implements ports.Records.
func (r *Records) Insert(ctx context.Context, m record.Meta) error {
	return r.rows.write(ctx, func(db *gorm.DB) error {
		row := recordFromDomain(m)
		done := db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: owner}, {Name: "id"}}, DoNothing: true}).Create(&row)
		if done.Error == nil && done.RowsAffected == 0 {
			return fault.New(fault.IDExists, "A record with this id exists already. Choose another id.")
		}
		return dangling(done.Error, noAccount())
	})
}

// Find implements ports.Records.
func (r *Records) Find(ctx context.Context, userID, id string) (m record.Meta, err error) {
	err = r.rows.read(ctx, func(db *gorm.DB) (err error) {
		m, err = findRecord(db, userID, id)
		return err
	})
	return m, err
}

func findRecord(db *gorm.DB, userID, id string) (record.Meta, error) {
	var row recordRow
	if err := db.Where(ownedBy(userID)).Where("id = ?", id).Take(&row).Error; err != nil {
		return record.Meta{}, missing(err, noRecord())
	}
	return row.toDomain()
}

// List implements ports.Records.
func (r *Records) List(ctx context.Context, userID string, q record.Query) (list []record.Meta, err error) {
	err = r.rows.read(ctx, func(db *gorm.DB) (err error) {
		wanted := db.Where(ownedBy(userID))
		if q.Table != nil {
			wanted = wanted.Where("table_name = ?", q.Table.String())
		}
		if q.After != "" {
			last, err := findRecord(db, userID, q.After)
			if err != nil {
				return err
			}
			wanted = wanted.Where("(created_at, id) > (?, ?)", last.CreatedAt.UnixMilli(), last.ID)
		}
		var rows []recordRow
		if err := wanted.Order("created_at, id").Offset(q.Skip).Limit(q.Limit).Find(&rows).Error; err != nil {
			return err
		}
		list, err = domainRows(rows, recordRow.toDomain)
		return err
	})
	return list, err
}

// Replace implements ports.Records.
func (r *Records) Replace(ctx context.Context, m record.Meta) error {
	return r.rows.write(ctx, func(db *gorm.DB) error {
		row := recordFromDomain(m)
		return oneRecord(db.Model(&recordRow{}).Where(ownedBy(row.UserID)).Where("id = ?", row.ID).Updates(map[string]any{
			"s3_key": row.Key, "checksum": row.Checksum, "size_bytes": row.SizeBytes, "seq": row.Seq, "updated_at": row.Updated,
		}))
	})
}

// Delete implements ports.Records.
func (r *Records) Delete(ctx context.Context, userID, id string) error {
	return r.rows.write(ctx, func(db *gorm.DB) error {
		return oneRecord(db.Where(ownedBy(userID)).Where("id = ?", id).Delete(&recordRow{}))
	})
}

func oneRecord(done *gorm.DB) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return noRecord()
	}
	return done.Error
}

func noRecord() *fault.Error { return fault.New(fault.NotFound, "There is no record with this id.") }
