package porttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

// VectorGarbage checks an adapter of ports.VectorGarbage.
func VectorGarbage(t *testing.T, open func(t T) StorageStore) { Run(t, VectorGarbageCases(), open) }

// dead is a point of a user that is due at a time.
func dead(t T, userID, point string, due time.Time) vector.Garbage {
	t.Helper()
	return vector.Garbage{Place: vector.Place{UserID: userID, Space: vectorSpace(t, "notes"), Dimension: 96}, PointID: point, DueAt: due}
}

// listPoints names points of the user u, due at a time.
func (s StorageStore) listPoints(t T, due time.Time, points ...string) []vector.Garbage {
	t.Helper()
	var entries []vector.Garbage
	for _, p := range points {
		entries = append(entries, dead(t, "u", p, due))
	}
	require.NoError(t, s.VectorGarbage.Add(t.Context(), entries))
	return entries
}

// claimPoints takes what is due at now, and names it in order.
func (s StorageStore) claimPoints(t T, now time.Time, limit int) []string {
	t.Helper()
	entries, err := s.VectorGarbage.Claim(t.Context(), now, limit)
	require.NoError(t, err)
	points := []string{}
	for _, e := range entries {
		points = append(points, e.PointID)
	}
	slices.Sort(points)
	return points
}

// removing is a unit that takes points back.
func (s StorageStore) removing(userID string, points []string) func(context.Context, ports.StorageTx) error {
	return func(ctx context.Context, tx ports.StorageTx) error {
		return tx.VectorGarbage.Remove(ctx, userID, points)
	}
}

// VectorGarbageCases are the sentences of ports.VectorGarbage.
func VectorGarbageCases() []Case[StorageStore] {
	return slices.Concat(vectorGarbageClaims(), vectorGarbageNames())
}

func vectorGarbageClaims() []Case[StorageStore] {
	now := storageEpoch
	late := now.Add(24 * time.Hour)
	return []Case[StorageStore]{
		{"an entry is claimed when it is due and not before, with all that it says", func(t T, s StorageStore) {
			entries := s.listPoints(t, now, "a")
			fingerprint := dead(t, "v", "b", now)
			fingerprint.Place.Space, fingerprint.Place.Dimension = vector.Fingerprints, vector.FingerprintDimension
			require.NoError(t, s.VectorGarbage.Add(t.Context(), []vector.Garbage{fingerprint}))
			assert.Empty(t, s.claimPoints(t, now.Add(-time.Millisecond), 10))
			got, err := s.VectorGarbage.Claim(t.Context(), now, 10)
			require.NoError(t, err)
			assert.ElementsMatch(t, append(entries, fingerprint), got)
		}},
		{"claim takes up to the limit", func(t T, s StorageStore) {
			s.listPoints(t, now, "a", "b", "c", "d", "e")
			first, second := s.claimPoints(t, now, 3), s.claimPoints(t, now, 3)
			assert.Len(t, first, 3)
			assert.Len(t, second, 2)
			assert.NotSubset(t, first, second)
			assert.Empty(t, s.claimPoints(t, now, 3))
		}},
		{"a claimed entry is claimed again only when the lease has run out", func(t T, s StorageStore) {
			s.listPoints(t, now, "a")
			require.Equal(t, []string{"a"}, s.claimPoints(t, now, 10))
			assert.Empty(t, s.claimPoints(t, now.Add(vector.SweepLease), 10))
			later := now.Add(vector.SweepLease + time.Millisecond)
			assert.Equal(t, []string{"a"}, s.claimPoints(t, later, 10))
			assert.Empty(t, s.claimPoints(t, later.Add(vector.SweepLease), 10))
		}},
		{"two callers never get the same entry", func(t T, s StorageStore) {
			const entries, callers = 60, 6
			for i := range entries {
				s.listPoints(t, now, fmt.Sprint(i))
			}
			var mu sync.Mutex
			var failed error
			got := map[string]int{}
			takeAll := func() {
				for more := true; more; {
					claimed, err := s.VectorGarbage.Claim(t.Context(), now, 7)
					mu.Lock()
					failed = errors.Join(failed, err)
					for _, e := range claimed {
						got[e.PointID]++
						more = got[e.PointID] == 1
					}
					more = more && len(claimed) > 0
					mu.Unlock()
				}
			}
			var group sync.WaitGroup
			for range callers {
				group.Go(takeAll)
			}
			group.Wait()
			takeAll()
			require.NoError(t, failed)
			assert.Len(t, got, entries)
			for point, times := range got {
				assert.Equal(t, 1, times, point)
			}
		}},
		{"forget drops claimed entries for good and passes over the rest", func(t T, s StorageStore) {
			entries := s.listPoints(t, now, "a", "b")
			kept := s.listPoints(t, late, "c")
			require.Len(t, s.claimPoints(t, now, 10), 2)
			require.NoError(t, s.VectorGarbage.Forget(t.Context(), append(entries[:1], kept[0], dead(t, "v", "b", now))))
			assert.Equal(t, []string{"b", "c"}, s.claimPoints(t, late, 10))
		}},
		{"when the context has ended the list is neither read nor changed", func(t T, s StorageStore) {
			entries := s.listPoints(t, now, "a")
			_, err := s.VectorGarbage.Claim(cancelled(t), now, 10)
			for _, err := range []error{
				err, s.VectorGarbage.Add(cancelled(t), []vector.Garbage{dead(t, "u", "a", late)}),
				s.VectorGarbage.Remove(cancelled(t), "u", []string{"a"}), s.VectorGarbage.Forget(cancelled(t), entries),
			} {
				require.ErrorIs(t, err, cancelled(t).Err())
			}
			assert.Equal(t, []string{"a"}, s.claimPoints(t, now, 10))
		}},
	}
}

func vectorGarbageNames() []Case[StorageStore] {
	now := storageEpoch
	late := now.Add(24 * time.Hour)
	return []Case[StorageStore]{
		{"adding a point again replaces its time and takes it back from who claimed it", func(t T, s StorageStore) {
			entries := s.listPoints(t, now, "a")
			s.listPoints(t, now.Add(time.Hour), "a")
			assert.Empty(t, s.claimPoints(t, now, 10))
			require.Equal(t, []string{"a"}, s.claimPoints(t, now.Add(time.Hour), 10))
			s.listPoints(t, now, "a")
			require.NoError(t, s.VectorGarbage.Forget(t.Context(), entries), "the sweeper has not heard of it")
			require.NoError(t, s.VectorGarbage.Remove(t.Context(), "u", []string{"a"}))
			assert.Empty(t, s.claimPoints(t, late, 10))
		}},
		{"names that were taken back are never claimed", func(t T, s StorageStore) {
			s.listPoints(t, now, "a", "b", "c")
			require.NoError(t, s.VectorGarbage.Remove(t.Context(), "u", []string{"a", "c"}))
			assert.Equal(t, []string{"b"}, s.claimPoints(t, late, 10))
		}},
		{"taking back what is not listed, is somebody else's or was claimed is NotFound", func(t T, s StorageStore) {
			s.listPoints(t, now, "a")
			for user, points := range map[string][]string{"u": {"a", "x"}, "v": {"a"}, "": {"a"}} {
				err := s.Work.Do(t.Context(), s.removing(user, points))
				assertCode(t, fault.NotFound, err)
			}
			require.Equal(t, []string{"a"}, s.claimPoints(t, now, 10))
			assertCode(t, fault.NotFound, s.VectorGarbage.Remove(t.Context(), "u", []string{"a"}))
			assert.Equal(t, []string{"a"}, s.claimPoints(t, late, 10), "it stays listed")
		}},
		{"two users may have the same point, and never meet", func(t T, s StorageStore) {
			s.listPoints(t, now, "a")
			require.NoError(t, s.VectorGarbage.Add(t.Context(), []vector.Garbage{dead(t, "v", "a", late)}))
			assert.Len(t, s.claimPoints(t, now, 10), 1)
			require.NoError(t, s.VectorGarbage.Remove(t.Context(), "v", []string{"a"}))
		}},
		{"as many as a call may store are named and taken back at once", func(t T, s StorageStore) {
			var points []string
			for i := range vector.MaxItems {
				points = append(points, fmt.Sprint(i))
			}
			s.listPoints(t, now, points...)
			require.NoError(t, s.VectorGarbage.Remove(t.Context(), "u", points))
			assert.Empty(t, s.claimPoints(t, late, 10))
		}},
	}
}
