package memory

import (
	"context"
	"math"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Usage = (*Usage)(nil)

// Usage counts the bytes that users keep.
type Usage struct{ v view }

// NewUsage gives access to the counters in s.
func NewUsage(s *Store) *Usage { return &Usage{s} }

// Find implements ports.Usage.
func (u *Usage) Find(ctx context.Context, userID string) (usage quota.Usage, err error) {
	err = u.v.with(ctx, func(rows *rows) error {
		usage = rows.usage[userID]
		return nil
	})
	return usage, err
}

// Add implements ports.Usage.
func (u *Usage) Add(ctx context.Context, userID string, k quota.Kind, delta int64, limit quota.Limit) error {
	return u.v.with(ctx, func(rows *rows) error {
		if _, ok := rows.users[userID]; !ok {
			return noAccount()
		}
		usage := rows.usage[userID]
		used := usage.Bytes(k)
		switch {
		case delta > 0 && (used > math.MaxInt64-delta || !limit.Fits(used+delta)):
			return quota.Exceeded(k, limit, used)
		case used+delta < 0:
			return fault.New(fault.Internal, "The count of stored bytes does not add up.")
		case k == quota.Backups:
			usage.BackupBytes += delta
		default:
			usage.RecordBytes += delta
		}
		rows.usage[userID] = usage
		if usage == (quota.Usage{}) {
			delete(rows.usage, userID) // who keeps nothing has no row that would refer to them
		}
		return nil
	})
}
