package porttest

import (
	"context"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
)

// Usage checks an adapter of ports.Usage.
func Usage(t *testing.T, open func(t T) StorageStore) { Run(t, UsageCases(), open) }

func (s StorageStore) assertUsage(t T, userID string, want quota.Usage) {
	t.Helper()
	got, err := s.Usage.Find(t.Context(), userID)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

// UsageCases are the sentences of ports.Usage.
func UsageCases() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"who never kept anything keeps zero bytes", func(t T, s StorageStore) {
			s.assertUsage(t, s.owner(t), quota.Usage{})
		}},
		{"each user and each kind is counted apart", func(t T, s StorageStore) {
			user, other := s.owner(t), s.owner(t)
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, 70, 100))
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Backups, 90, 100))
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, -20, 100))
			require.NoError(t, s.Usage.Add(t.Context(), other, quota.Records, 100, 100))
			s.assertUsage(t, user, quota.Usage{RecordBytes: 50, BackupBytes: 90})
			s.assertUsage(t, other, quota.Usage{RecordBytes: 100})
		}},
		{"the last byte fits and one more is QuotaExceeded", func(t T, s StorageStore) {
			user := s.owner(t)
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, 60, 100))
			err := s.Usage.Add(t.Context(), user, quota.Records, 41, 100)
			assertCode(t, fault.QuotaExceeded, err)
			assert.Equal(t, map[string]any{"limit_bytes": int64(100), "used_bytes": int64(60)}, fault.From(err).Details)
			s.assertUsage(t, user, quota.Usage{RecordBytes: 60})
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, 40, 100))
			s.assertUsage(t, user, quota.Usage{RecordBytes: 100})
		}},
		{"the first write of a user is limited too", func(t T, s StorageStore) {
			user := s.owner(t)
			for _, limit := range []quota.Limit{0, 99} {
				err := s.Usage.Add(t.Context(), user, quota.Backups, 100, limit)
				assertCode(t, fault.QuotaExceeded, err)
				assert.Equal(t, map[string]any{"limit_bytes": int64(limit), "used_bytes": int64(0)}, fault.From(err).Details)
			}
			s.assertUsage(t, user, quota.Usage{})
		}},
		{"a delta so large that the sum overflows is QuotaExceeded", func(t T, s StorageStore) {
			user := s.owner(t)
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, 10, 100))
			assertCode(t, fault.QuotaExceeded, s.Usage.Add(t.Context(), user, quota.Records, math.MaxInt64, 100))
			s.assertUsage(t, user, quota.Usage{RecordBytes: 10})
		}},
		{"unlimited takes whatever comes", func(t T, s StorageStore) {
			user := s.owner(t)
			const large = 1 << 50
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, large, quota.Unlimited))
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, large, quota.Unlimited))
			s.assertUsage(t, user, quota.Usage{RecordBytes: 2 * large})
		}},
		{"what does not grow is never over the limit", func(t T, s StorageStore) {
			user := s.owner(t)
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, 500, 500))
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, 0, 100))
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, -1, 0))
			s.assertUsage(t, user, quota.Usage{RecordBytes: 499})
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, -499, 0))
			s.assertUsage(t, user, quota.Usage{})
		}},
		{"a total below zero is Internal", func(t T, s StorageStore) {
			user := s.owner(t)
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Records, 5, 100))
			require.NoError(t, s.Usage.Add(t.Context(), user, quota.Backups, 50, 100))
			assertCode(t, fault.Internal, s.Usage.Add(t.Context(), user, quota.Records, -6, 100))
			assertCode(t, fault.Internal, s.Usage.Add(t.Context(), s.owner(t), quota.Records, -1, 100))
			s.assertUsage(t, user, quota.Usage{RecordBytes: 5, BackupBytes: 50})
		}},
		{"add for a user who does not exist is NotFound", func(t T, s StorageStore) {
			assertCode(t, fault.NotFound, s.Usage.Add(t.Context(), storageID(), quota.Records, 1, 100))
		}},
		{"of many at once exactly as many succeed as fit", func(t T, s StorageStore) {
			user := s.owner(t)
			errs := make(chan error, 64)
			var group sync.WaitGroup
			for range cap(errs) {
				group.Go(func() { errs <- s.Usage.Add(t.Context(), user, quota.Records, 10, 105) })
			}
			group.Wait()
			close(errs)
			codes := map[fault.Code]int{}
			for err := range errs {
				codes[fault.CodeOf(err)]++
			}
			assert.Equal(t, map[fault.Code]int{"": 10, fault.QuotaExceeded: 54}, codes)
			s.assertUsage(t, user, quota.Usage{RecordBytes: 100})
		}},
		{"when the context has ended usage is neither read nor changed", func(t T, s StorageStore) {
			user := s.owner(t)
			_, err := s.Usage.Find(cancelled(t), user)
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, s.Usage.Add(cancelled(t), user, quota.Records, 1, 100), context.Canceled)
			s.assertUsage(t, user, quota.Usage{})
		}},
	}
}
