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
	"github.com/adiuva/cloud/domain/record"
)

// Garbage checks an adapter of ports.Garbage.
func Garbage(t *testing.T, open func(t T) StorageStore) { Run(t, GarbageCases(), open) }

// discard names an object to be deleted when due.
func (s StorageStore) discard(t T, key string, due time.Time) {
	t.Helper()
	require.NoError(t, s.Garbage.Add(t.Context(), record.Garbage{Key: key, DueAt: due}))
}

// claim takes what is due at now, and names it in order.
func (s StorageStore) claim(t T, now time.Time, limit int) []string {
	t.Helper()
	entries, err := s.Garbage.Claim(t.Context(), now, limit)
	require.NoError(t, err)
	keys := []string{}
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	slices.Sort(keys)
	return keys
}

// GarbageCases are the sentences of ports.Garbage.
func GarbageCases() []Case[StorageStore] {
	return slices.Concat(garbageClaims(), garbageNames())
}

func garbageClaims() []Case[StorageStore] {
	const key = "user/tasks/record/part"
	now := storageEpoch
	return []Case[StorageStore]{
		{"an entry is claimed when it is due and not before", func(t T, s StorageStore) {
			s.discard(t, key, now)
			assert.Empty(t, s.claim(t, now.Add(-time.Millisecond), 10))
			got, err := s.Garbage.Claim(t.Context(), now, 10)
			require.NoError(t, err)
			assert.Equal(t, []record.Garbage{{Key: key, DueAt: now}}, got)
		}},
		{"claim takes up to the limit", func(t T, s StorageStore) {
			for i := range 5 {
				s.discard(t, fmt.Sprintf("user/tasks/record/%d", i), now)
			}
			first := s.claim(t, now, 3)
			assert.Len(t, first, 3)
			second := s.claim(t, now, 3)
			assert.Len(t, second, 2)
			assert.NotSubset(t, first, second)
			assert.Empty(t, s.claim(t, now, 3))
		}},
		{"a claimed entry is claimed again only when the lease has run out", func(t T, s StorageStore) {
			s.discard(t, key, now)
			require.Equal(t, []string{key}, s.claim(t, now.Add(time.Hour), 10))
			assert.Empty(t, s.claim(t, now.Add(time.Hour+record.SweepLease), 10))
			late := now.Add(time.Hour + record.SweepLease + time.Millisecond)
			assert.Equal(t, []string{key}, s.claim(t, late, 10))
			assert.Empty(t, s.claim(t, late.Add(record.SweepLease), 10), "the second claim has a lease of its own")
		}},
		{"two callers never get the same entry", func(t T, s StorageStore) {
			const entries, callers = 60, 6
			want := map[string]int{}
			for i := range entries {
				key := fmt.Sprintf("user/tasks/record/%d", i)
				want[key] = 1
				s.discard(t, key, now)
			}
			var mu sync.Mutex
			var failed error
			got := map[string]int{}
			take := func() int {
				claimed, err := s.Garbage.Claim(t.Context(), now, 7)
				mu.Lock()
				defer mu.Unlock()
				failed = errors.Join(failed, err)
				for _, e := range claimed {
					got[e.Key]++
					if got[e.Key] > 1 {
						return 0 // it goes round in circles
					}
				}
				return len(claimed)
			}
			takeAll := func() {
				for more := true; more; {
					more = take() > 0
				}
			}
			var group sync.WaitGroup
			for range callers {
				group.Go(takeAll)
			}
			group.Wait()
			takeAll() // what one passed over because another was looking at it
			require.NoError(t, failed)
			assert.Equal(t, want, got)
		}},
		{"forget drops a claimed entry for good", func(t T, s StorageStore) {
			s.discard(t, key, now)
			s.discard(t, "user/tasks/record/kept", now)
			require.Len(t, s.claim(t, now, 10), 2)
			require.NoError(t, s.Garbage.Forget(t.Context(), key))
			assert.Equal(t, []string{"user/tasks/record/kept"}, s.claim(t, now.Add(24*time.Hour), 10))
		}},
		{"forgetting what is not listed is no error", func(t T, s StorageStore) {
			require.NoError(t, s.Garbage.Forget(t.Context(), key))
		}},
		{"when the context has ended the list is neither read nor changed", func(t T, s StorageStore) {
			s.discard(t, key, now)
			_, err := s.Garbage.Claim(cancelled(t), now, 10)
			for _, err := range []error{
				err, s.Garbage.Add(cancelled(t), record.Garbage{Key: key, DueAt: now.Add(time.Hour)}),
				s.Garbage.Remove(cancelled(t), key), s.Garbage.Forget(cancelled(t), key),
			} {
				require.ErrorIs(t, err, context.Canceled)
			}
			assert.Equal(t, []string{key}, s.claim(t, now, 10))
		}},
	}
}

func garbageNames() []Case[StorageStore] {
	const key = "user/tasks/record/part"
	now := storageEpoch
	return []Case[StorageStore]{
		{"adding a key again replaces its time", func(t T, s StorageStore) {
			s.discard(t, key, now)
			s.discard(t, key, now.Add(time.Hour))
			assert.Empty(t, s.claim(t, now, 10))
			s.discard(t, key, now.Add(time.Minute))
			assert.Equal(t, []string{key}, s.claim(t, now.Add(time.Minute), 10))
		}},
		{"adding a key again takes it back from who claimed it", func(t T, s StorageStore) {
			s.discard(t, key, now)
			require.Equal(t, []string{key}, s.claim(t, now, 10))
			s.discard(t, key, now.Add(time.Second))
			require.NoError(t, s.Garbage.Forget(t.Context(), key), "the sweeper has not heard of it")
			assert.Equal(t, []string{key}, s.claim(t, now.Add(time.Second), 10))
			s.discard(t, key, now)
			require.NoError(t, s.Garbage.Remove(t.Context(), key))
			assert.Empty(t, s.claim(t, now.Add(24*time.Hour), 10))
		}},
		{"a name that was taken back is never claimed", func(t T, s StorageStore) {
			s.discard(t, key, now)
			require.NoError(t, s.Garbage.Remove(t.Context(), key))
			assert.Empty(t, s.claim(t, now.Add(24*time.Hour), 10))
		}},
		{"taking back what is not listed is NotFound", func(t T, s StorageStore) {
			s.discard(t, key, now)
			assertCode(t, fault.NotFound, s.Garbage.Remove(t.Context(), key+"2"))
			require.NoError(t, s.Garbage.Remove(t.Context(), key))
			assertCode(t, fault.NotFound, s.Garbage.Remove(t.Context(), key))
		}},
		{"taking back what was claimed is NotFound, also when the lease has run out", func(t T, s StorageStore) {
			s.discard(t, key, now)
			require.Equal(t, []string{key}, s.claim(t, now, 10))
			assertCode(t, fault.NotFound, s.Garbage.Remove(t.Context(), key))
			assert.Equal(t, []string{key}, s.claim(t, now.Add(time.Hour), 10), "it stays listed")
		}},
		{"of a writer that takes a name back and a sweeper that claims it one succeeds", func(t T, s StorageStore) {
			for i := range 20 {
				key := fmt.Sprintf("user/tasks/record/%d", i)
				s.discard(t, key, now)
				var removed error
				var claimed []record.Garbage
				var group sync.WaitGroup
				group.Go(func() { removed = s.Garbage.Remove(t.Context(), key) })
				group.Go(func() {
					var err error
					claimed, err = s.Garbage.Claim(t.Context(), now, 10)
					assert.NoError(t, err)
				})
				group.Wait()
				if len(claimed) == 1 {
					assertCode(t, fault.NotFound, removed)
					continue
				}
				require.NoError(t, removed)
				assert.Empty(t, s.claim(t, now, 10))
			}
		}},
	}
}
