package gormstore

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

var _ ports.VectorGarbage = (*VectorGarbage)(nil)

// VectorGarbage lists the points that are to be deleted.
type VectorGarbage struct{ rows access }

// NewVectorGarbage is the list of s.
func NewVectorGarbage(s *Store) *VectorGarbage { return &VectorGarbage{access{store: s}} }

// deadPointRow is a row of vector_garbage.
type deadPointRow struct {
	UserID    string `gorm:"primaryKey"`
	PointID   string `gorm:"primaryKey"`
	Space     string
	Dimension int
	Due       int64  `gorm:"column:due_at"`
	Claimed   *int64 `gorm:"column:claimed_at"`
}

// TableName implements GORM's Tabler.
func (deadPointRow) TableName() string { return "vector_garbage" }

func (r deadPointRow) toDomain() (vector.Garbage, error) {
	space, err := vector.StoredSpace(r.Space)
	return vector.Garbage{
		Place: vector.Place{UserID: r.UserID, Space: space, Dimension: r.Dimension}, PointID: r.PointID, DueAt: instant(r.Due),
	}, unreadable(err)
}

// byUser are the ids of the points, by whose they are.
func byUser(entries []vector.Garbage) map[string][]string {
	points := map[string][]string{}
	for _, e := range entries {
		points[e.Place.UserID] = append(points[e.Place.UserID], e.PointID)
	}
	return points
}

// Add implements ports.VectorGarbage.
func (g *VectorGarbage) Add(ctx context.Context, entries []vector.Garbage) error {
	rows := make([]deadPointRow, 0, len(entries))
	for _, e := range entries {
		rows = append(rows, deadPointRow{
			UserID: e.Place.UserID, PointID: e.PointID, Space: e.Place.Space.String(), Dimension: e.Place.Dimension, Due: e.DueAt.UnixMilli(),
		})
	}
	if len(rows) == 0 {
		return nil
	}
	return g.rows.together(ctx, func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: owner}, {Name: "point_id"}}, DoUpdates: clause.AssignmentColumns([]string{"due_at", "claimed_at"}),
		}).CreateInBatches(&rows, vectorsAtOnce).Error
	})
}

// Remove implements ports.VectorGarbage.
func (g *VectorGarbage) Remove(ctx context.Context, userID string, pointIDs []string) error {
	return g.rows.together(ctx, func(db *gorm.DB) error {
		done := db.Where(ownedBy(userID)).Where("point_id IN ?", pointIDs).Where("claimed_at IS NULL").Delete(&deadPointRow{})
		if done.Error == nil && done.RowsAffected != int64(len(pointIDs)) {
			return fault.New(fault.NotFound, "This write took too long and was given up.")
		}
		return done.Error
	})
}

// Claim implements ports.VectorGarbage. What another caller is claiming is passed over and not waited for.
func (g *VectorGarbage) Claim(ctx context.Context, now time.Time, limit int) (claimed []vector.Garbage, err error) {
	err = g.rows.together(ctx, func(db *gorm.DB) error {
		claimed = nil
		var rows []deadPointRow
		err := acrossTenants(db, "points of any user are swept").
			Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Where("due_at <= ?", now.UnixMilli()).
			Where("claimed_at IS NULL OR claimed_at < ?", now.Add(-vector.SweepLease).UnixMilli()).
			Order("due_at, user_id, point_id").Limit(limit).Find(&rows).Error
		if err != nil {
			return err
		}
		if claimed, err = domainRows(rows, deadPointRow.toDomain); err != nil {
			return err
		}
		for userID, points := range byUser(claimed) {
			err := db.Model(&deadPointRow{}).Where(ownedBy(userID)).Where("point_id IN ?", points).
				Updates(map[string]any{"claimed_at": now.UnixMilli()}).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// Forget implements ports.VectorGarbage.
func (g *VectorGarbage) Forget(ctx context.Context, entries []vector.Garbage) error {
	return g.rows.together(ctx, func(db *gorm.DB) error {
		for userID, points := range byUser(entries) {
			err := db.Where(ownedBy(userID)).Where("point_id IN ?", points).Where("claimed_at IS NOT NULL").Delete(&deadPointRow{}).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}
