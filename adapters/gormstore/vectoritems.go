package gormstore

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

var _ ports.VectorItems = (*VectorItems)(nil)

// VectorItems are the rows about what can be found by likeness.
type VectorItems struct{ rows access }

// NewVectorItems are the items of s.
func NewVectorItems(s *Store) *VectorItems { return &VectorItems{access{store: s}} }

// vectorRow is a row of vector_items.
type vectorRow struct {
	UserID    string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	Space     string
	Dimension int
	PointID   string
	Content   []byte
	Checksum  string
	SizeBytes int64
	Created   int64 `gorm:"column:created_at"`
	Updated   int64 `gorm:"column:updated_at"`
}

// TableName implements GORM's Tabler.
func (vectorRow) TableName() string { return "vector_items" }

// vectorsAtOnce is how many rows one statement writes: SQLite takes 32,766 values in one, PostgreSQL twice as many.
const vectorsAtOnce = 500

func vectorFromDomain(userID string, item vector.Item) vectorRow {
	content := item.Blob
	if content == nil {
		content = []byte{} // NULL is something else
	}
	return vectorRow{
		UserID: userID, ID: item.ID, Space: item.Place.Space.String(), Dimension: item.Place.Dimension, PointID: item.Point, Content: content,
		Checksum: item.Checksum.String(), SizeBytes: item.SizeBytes, Created: item.CreatedAt.UnixMilli(), Updated: item.UpdatedAt.UnixMilli(),
	}
}

func (r vectorRow) toDomain() (vector.Item, error) {
	sum, err := checksum.Parse(r.Checksum)
	if err != nil {
		return vector.Item{}, unreadable(err)
	}
	space, err := vector.StoredSpace(r.Space)
	if err != nil {
		return vector.Item{}, unreadable(err)
	}
	return vector.Item{
		ID: r.ID, Place: vector.Place{UserID: r.UserID, Space: space, Dimension: r.Dimension}, Point: r.PointID, Blob: r.Content, Checksum: sum,
		SizeBytes: r.SizeBytes, CreatedAt: instant(r.Created), UpdatedAt: instant(r.Updated),
	}, nil
}

// Put implements ports.VectorItems.
func (v *VectorItems) Put(ctx context.Context, userID string, items []vector.Item) error {
	rows := make([]vectorRow, 0, len(items))
	for _, item := range items {
		rows = append(rows, vectorFromDomain(userID, item))
	}
	if len(rows) == 0 {
		return nil
	}
	return v.rows.together(ctx, func(db *gorm.DB) error {
		put := db.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: owner}, {Name: "id"}},
			DoUpdates: clause.AssignmentColumns([]string{"space", "dimension", "point_id", "content", "checksum", "size_bytes", "updated_at"}),
		})
		return dangling(put.CreateInBatches(&rows, vectorsAtOnce).Error, noAccount())
	})
}

// Find implements ports.VectorItems.
func (v *VectorItems) Find(ctx context.Context, userID string, ids []string) ([]vector.Item, error) {
	return v.list(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where(ownedBy(userID)).Where("id IN ?", ids).Omit("content")
	})
}

// OfPoints implements ports.VectorItems.
func (v *VectorItems) OfPoints(ctx context.Context, userID string, pointIDs []string) ([]vector.Item, error) {
	found, err := v.list(ctx, func(db *gorm.DB) *gorm.DB { return db.Where(ownedBy(userID)).Where("point_id IN ?", pointIDs) })
	for i := range found {
		if found[i].Blob == nil { // as SQLite's driver reads an empty one
			found[i].Blob = []byte{}
		}
	}
	return found, err
}

// Dimension implements ports.VectorItems.
func (v *VectorItems) Dimension(ctx context.Context, userID string, s vector.Space) (dimension int, err error) {
	found, err := v.list(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where(ownedBy(userID)).Where("space = ?", s.String()).Omit("content").Limit(1)
	})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].Place.Dimension, nil
}

// List implements ports.VectorItems.
func (v *VectorItems) List(ctx context.Context, userID, after string, limit int) ([]vector.Item, error) {
	return v.list(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where(ownedBy(userID)).Where("id > ?", after).Omit("content").Order("id").Limit(limit)
	})
}

func (v *VectorItems) list(ctx context.Context, wanted func(*gorm.DB) *gorm.DB) (items []vector.Item, err error) {
	err = v.rows.read(ctx, func(db *gorm.DB) (err error) {
		var rows []vectorRow
		if err := wanted(db).Find(&rows).Error; err != nil {
			return err
		}
		items, err = domainRows(rows, vectorRow.toDomain)
		return err
	})
	return items, err
}

// Delete implements ports.VectorItems.
func (v *VectorItems) Delete(ctx context.Context, userID string, ids []string) error {
	return v.rows.write(ctx, func(db *gorm.DB) error {
		return db.Where(ownedBy(userID)).Where("id IN ?", ids).Delete(&vectorRow{}).Error
	})
}
