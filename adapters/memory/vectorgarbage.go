package memory

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

var _ ports.VectorGarbage = (*VectorGarbage)(nil)

// VectorGarbage lists the points that are to be deleted.
type VectorGarbage struct{ v view }

// NewVectorGarbage gives access to the list in s.
func NewVectorGarbage(s *Store) *VectorGarbage { return &VectorGarbage{s} }

// deadPoint is a row of the list; claimedAt is zero until a sweeper took it.
type deadPoint struct {
	entry     vector.Garbage
	claimedAt time.Time
}

// Add implements ports.VectorGarbage.
func (g *VectorGarbage) Add(ctx context.Context, entries []vector.Garbage) error {
	return g.v.with(ctx, func(rows *rows) error {
		for _, e := range entries {
			rows.points[ownID{e.Place.UserID, e.PointID}] = deadPoint{entry: e}
		}
		return nil
	})
}

// Remove implements ports.VectorGarbage.
func (g *VectorGarbage) Remove(ctx context.Context, userID string, pointIDs []string) error {
	return g.v.with(ctx, func(rows *rows) error {
		for _, id := range pointIDs {
			if dead, ok := rows.points[ownID{userID, id}]; !ok || !dead.claimedAt.IsZero() {
				return lostPoint()
			}
		}
		for _, id := range pointIDs {
			delete(rows.points, ownID{userID, id})
		}
		return nil
	})
}

// Claim implements ports.VectorGarbage.
func (g *VectorGarbage) Claim(ctx context.Context, now time.Time, limit int) (claimed []vector.Garbage, err error) {
	err = g.v.with(ctx, func(rows *rows) error {
		for key, dead := range rows.points {
			if len(claimed) == limit {
				break
			}
			if dead.entry.DueAt.After(now) || !dead.claimedAt.IsZero() && now.Sub(dead.claimedAt) <= vector.SweepLease {
				continue
			}
			claimed = append(claimed, dead.entry)
			dead.claimedAt = now
			rows.points[key] = dead
		}
		return nil
	})
	return claimed, err
}

// Forget implements ports.VectorGarbage.
func (g *VectorGarbage) Forget(ctx context.Context, entries []vector.Garbage) error {
	return g.v.with(ctx, func(rows *rows) error {
		for _, e := range entries {
			key := ownID{e.Place.UserID, e.PointID}
			if !rows.points[key].claimedAt.IsZero() {
				delete(rows.points, key)
			}
		}
		return nil
	})
}
