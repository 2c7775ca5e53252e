package memory

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Garbage = (*Garbage)(nil)

// Garbage lists the objects that are to be deleted.
type Garbage struct{ v view }

// NewGarbage gives access to the list in s.
func NewGarbage(s *Store) *Garbage { return &Garbage{s} }

// Add implements ports.Garbage.
func (g *Garbage) Add(ctx context.Context, entry record.Garbage) error {
	return g.v.with(ctx, func(rows *rows) error {
		rows.garbage[entry.Key] = garbage{dueAt: entry.DueAt}
		return nil
	})
}

// Remove implements ports.Garbage.
func (g *Garbage) Remove(ctx context.Context, key string) error {
	return g.v.with(ctx, func(rows *rows) error {
		if entry, ok := rows.garbage[key]; !ok || !entry.claimedAt.IsZero() {
			return fault.New(fault.NotFound, "This write took too long and was given up.")
		}
		delete(rows.garbage, key)
		return nil
	})
}

// Claim implements ports.Garbage.
func (g *Garbage) Claim(ctx context.Context, now time.Time, limit int) (claimed []record.Garbage, err error) {
	err = g.v.with(ctx, func(rows *rows) error {
		for key, entry := range rows.garbage {
			if len(claimed) == limit {
				break
			}
			if entry.dueAt.After(now) || !entry.claimedAt.IsZero() && now.Sub(entry.claimedAt) <= record.SweepLease {
				continue
			}
			claimed = append(claimed, record.Garbage{Key: key, DueAt: entry.dueAt})
			entry.claimedAt = now
			rows.garbage[key] = entry
		}
		return nil
	})
	return claimed, err
}

// Forget implements ports.Garbage.
func (g *Garbage) Forget(ctx context.Context, key string) error {
	return g.v.with(ctx, func(rows *rows) error {
		if !rows.garbage[key].claimedAt.IsZero() {
			delete(rows.garbage, key)
		}
		return nil
	})
}
