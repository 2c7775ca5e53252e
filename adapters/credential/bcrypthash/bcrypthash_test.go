package bcrypthash

import (
	"context"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func open(t porttest.T) *Hasher {
	h, err := New(bcrypt.MinCost, 2, time.Minute)
	require.NoError(t, err)
	return h
}

func TestHasherKeepsItsContract(t *testing.T) {
	porttest.Hasher(t, func(t porttest.T) ports.Hasher { return open(t) })
}

// truncating is bcrypt as it comes: it cuts passwords short without a word.
type truncating struct{ *Hasher }

func (h truncating) Verify(_ context.Context, hash, password string) (bool, bool, error) {
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil, false, nil
}

func TestTheSuiteFindsBareBcryptAtFault(t *testing.T) {
	t.Parallel()
	failed := porttest.Failing(porttest.HasherCases, func(t porttest.T) ports.Hasher { return truncating{open(t)} })
	require.Equal(t, []string{
		"a password over 72 bytes is not hashed and matches nothing",
		"a call whose context is over fails with its error",
	}, failed)
}

func TestACostThatBcryptDoesNotKnowIsRefused(t *testing.T) {
	t.Parallel()
	for _, cost := range []int{-1, 0, 3, 32} {
		_, err := New(cost, 1, time.Second)
		require.Error(t, err, cost)
	}
}

func TestAHashOfAnotherCostIsOutdatedAndStillMatches(t *testing.T) {
	t.Parallel()
	old, err := New(4, 1, time.Minute)
	require.NoError(t, err)
	hash, err := old.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	h, err := New(5, 1, time.Minute)
	require.NoError(t, err)
	for password, want := range map[string]bool{"correct horse": true, "wrong horse": false} {
		ok, outdated, err := h.Verify(t.Context(), hash, password)
		require.NoError(t, err)
		assert.Equal(t, want, ok)
		assert.True(t, outdated)
	}
}

func TestAStoredHashThatIsNoneIsAFaultOfOurs(t *testing.T) {
	t.Parallel()
	for _, hash := range []string{"x", "$2a$04$", strings.Repeat("x", 60), "$9a$04$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"} {
		_, _, err := open(t).Verify(t.Context(), hash, "correct horse")
		require.Equal(t, fault.Internal, fault.CodeOf(err), hash)
	}
}

// TestEveryRefusalIsTheSameWork counts rounds of bcrypt, since time cannot be trusted in a test.
func TestEveryRefusalIsTheSameWork(t *testing.T) {
	t.Parallel()
	const cost = 7
	h, err := New(cost, 1, time.Minute)
	require.NoError(t, err)
	rounds := 0
	h.compare = func(hash, password []byte) error {
		c, err := bcrypt.Cost(hash)
		require.NoError(t, err)
		require.LessOrEqual(t, len(password), 72)
		rounds += 1 << c
		return bcrypt.CompareHashAndPassword(hash, password)
	}
	hashOf := func(cost int) string {
		hash, err := bcrypt.GenerateFromPassword([]byte("correct horse"), cost)
		require.NoError(t, err)
		return string(hash)
	}
	for name, c := range map[string]struct{ hash, password string }{
		"an unknown user":                 {"", "correct horse"},
		"a wrong password":                {hashOf(cost), "wrong horse"},
		"the right password":              {hashOf(cost), "correct horse"},
		"a password that is too long":     {hashOf(cost), strings.Repeat("x", 100)},
		"a long one for an unknown user":  {"", strings.Repeat("x", 100)},
		"an empty one":                    {hashOf(cost), ""},
		"a wrong one against an old hash": {hashOf(cost - 3), "wrong horse"},
		"the right one and an old hash":   {hashOf(cost - 3), "correct horse"},
	} {
		rounds = 0
		_, _, err := h.Verify(t.Context(), c.hash, c.password)
		require.NoError(t, err)
		assert.Equal(t, 1<<cost, rounds, name)
	}
}

func TestDecoysAreWellFormedAtEveryCost(t *testing.T) {
	t.Parallel()
	for cost := bcrypt.MinCost; cost <= bcrypt.MaxCost; cost++ {
		got, err := bcrypt.Cost([]byte(decoy(cost)))
		require.NoError(t, err)
		require.Equal(t, cost, got)
	}
	require.ErrorIs(t, bcrypt.CompareHashAndPassword([]byte(decoy(4)), []byte("x")), bcrypt.ErrMismatchedHashAndPassword)
}

// TestAFloodNeverRunsMoreThanItsShare counts how many hashes are computed at once.
func TestAFloodNeverRunsMoreThanItsShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const parallel, callers = 3, 100
		h, err := New(4, parallel, time.Hour)
		require.NoError(t, err)
		var running atomic.Int64
		var mu sync.Mutex
		var most int64 // guarded by mu
		work := func() {
			n := running.Add(1)
			mu.Lock()
			most = max(most, n)
			mu.Unlock()
			time.Sleep(time.Second) // of the bubble: the others get their turn
			running.Add(-1)
		}
		h.compare = func(_, _ []byte) error { work(); return bcrypt.ErrMismatchedHashAndPassword }
		h.generate = func([]byte, int) ([]byte, error) { work(); return nil, nil }
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				var err error
				if i%2 == 0 {
					_, err = h.Hash(t.Context(), "correct horse")
				} else {
					_, _, err = h.Verify(t.Context(), "", "correct horse")
				}
				assert.NoError(t, err)
			})
		}
		begin := time.Now()
		wg.Wait()
		assert.EqualValues(t, parallel, most)
		assert.Equal(t, time.Duration(math.Ceil(callers/float64(parallel)))*time.Second, time.Since(begin), "the whole pool is used")
	})
}

func TestWhoWaitsTooLongIsToldWhenToComeBackAndTheNextGetsTheirPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, err := New(4, 1, 2*time.Second)
		require.NoError(t, err)
		h.compare = func(_, _ []byte) error {
			time.Sleep(3 * time.Second)
			return bcrypt.ErrMismatchedHashAndPassword
		}
		go func() { _, _, _ = h.Verify(t.Context(), "", "x") }()
		synctest.Wait()

		begin := time.Now()
		_, _, err = h.Verify(t.Context(), "", "x")
		require.Equal(t, fault.Unavailable, fault.CodeOf(err))
		require.EqualValues(t, 2, fault.From(err).Details["retry_after"])
		require.Equal(t, 2*time.Second, time.Since(begin))

		_, err = h.Hash(t.Context(), "x") // the first is done after a second more
		require.NoError(t, err)
		require.Equal(t, 3*time.Second, time.Since(begin))
	})
}

func TestWhoGoesAwayWhileWaitingTakesNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, err := New(4, 1, time.Hour)
		require.NoError(t, err)
		ran := 0
		h.compare = func(_, _ []byte) error {
			ran++
			time.Sleep(time.Minute)
			return bcrypt.ErrMismatchedHashAndPassword
		}
		go func() { _, _, _ = h.Verify(t.Context(), "", "x") }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err = h.Verify(ctx, "", "x")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(2 * time.Minute) // the first is done
		require.Equal(t, 1, ran)
	})
}

func TestAPanicLeavesItsPlace(t *testing.T) {
	t.Parallel()
	h, err := New(4, 1, time.Minute)
	require.NoError(t, err)
	h.generate = func([]byte, int) ([]byte, error) { panic("mine") }
	require.Panics(t, func() { _, _ = h.Hash(t.Context(), "x") })
	_, _, err = h.Verify(t.Context(), "", "x")
	require.NoError(t, err)
}

func TestThePoolIsHalfTheProcessorsUnlessTold(t *testing.T) {
	t.Parallel()
	h, err := New(4, 0, 0)
	require.NoError(t, err)
	require.True(t, h.slots.TryAcquire(1), "at least one")
	require.Equal(t, DefaultWait, h.wait)
}

func TestThePoolTellsHowBusyItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, err := New(4, 2, time.Minute)
		require.NoError(t, err)
		h.compare = func(_, _ []byte) error {
			time.Sleep(time.Second)
			return bcrypt.ErrMismatchedHashAndPassword
		}
		load := func() [3]int {
			places, taken, waiting := h.Load()
			return [3]int{places, taken, waiting}
		}
		assert.Equal(t, [3]int{2, 0, 0}, load())
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { _, _, _ = h.Verify(t.Context(), "", "x") })
		}
		synctest.Wait()
		assert.Equal(t, [3]int{2, 2, 3}, load())
		wg.Wait()
		assert.Equal(t, [3]int{2, 0, 0}, load())
	})
}
