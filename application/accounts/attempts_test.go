package accounts

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
)

// guess fails until it is slowed down, and says how often it could.
func guess(t *testing.T, h *house, address string) (tries int) {
	t.Helper()
	for range 1000 {
		_, err := h.login("wrong horse", address)
		if fault.Is(err, fault.RateLimited) {
			return tries
		}
		requireCode(t, fault.InvalidCredentials, err)
		tries++
	}
	t.Fatal("never slowed down")
	return 0
}

func TestFailuresSlowAnAccountDownAndThePasswordIsNotLookedAt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	require.Equal(t, 8, guess(t, h, ""))
	verified := h.hasher.verified.Load()
	_, err := h.login(password, "")
	requireCode(t, fault.RateLimited, err)
	assert.EqualValues(t, 1, fault.From(err).Details["retry_after"])
	assert.Equal(t, verified, h.hasher.verified.Load())
	h.clock.Advance(time.Second) // as long as it was told
	_, err = h.login(password, "")
	require.NoError(t, err)
	require.Equal(t, 8, guess(t, h, ""), "a success forgets the failures")
}

func TestKnockingWhileSlowedDownDoesNotMakeItLonger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	guess(t, h, "")
	for range 100 {
		_, err := h.login("wrong horse", "")
		requireCode(t, fault.RateLimited, err)
	}
	h.clock.Advance(time.Second)
	_, err := h.login(password, "")
	require.NoError(t, err)
}

func TestTheWaitIsTheOneThatWasToldAndNeverLongerThanAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	var longest time.Duration
	for range 40 {
		_, err := h.login("wrong horse", "")
		if fault.Is(err, fault.RateLimited) {
			seconds, ok := fault.From(err).Details["retry_after"].(int64)
			require.True(t, ok)
			wait := time.Duration(seconds) * time.Second
			longest = max(longest, wait)
			h.clock.Advance(wait)
			_, err = h.login("wrong horse", "")
		}
		requireCode(t, fault.InvalidCredentials, err)
	}
	assert.Equal(t, 15*time.Minute, longest)
	h.clock.Advance(longest)
	_, err := h.login(password, "")
	require.NoError(t, err)
}

func TestAnUnknownEmailIsSlowedDownLikeAKnownOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	require.Equal(t, 8, guess(t, h, "")) // nobody registered
}

func TestAnAddressIsSlowedDownAcrossAccounts(t *testing.T) {
	t.Parallel()
	for address, neighbour := range map[string]string{
		"192.0.2.1":           "192.0.2.2",
		"2001:db8:1:1::1":     "2001:db8:1:2::1",
		"::ffff:198.51.100.1": "198.51.100.2",
	} {
		h := newHouse(t)
		h.register(email)
		try := func(n int, address string) error {
			_, err := h.loginer().Execute(t.Context(), LoginInput{
				Email: fmt.Sprintf("user%d@example.com", n), Password: password, Address: address,
			})
			return err
		}
		for n := range 100 {
			requireCode(t, fault.InvalidCredentials, try(n, address))
		}
		requireCode(t, fault.RateLimited, try(1000, address))
		requireCode(t, fault.InvalidCredentials, try(1000, neighbour))
		requireCode(t, fault.InvalidCredentials, try(1001, ""))
	}
}

func TestAddressesOfOneNetworkCountAsOne(t *testing.T) {
	t.Parallel()
	for address, same := range map[string]string{
		"2001:db8:1:1::1": "2001:db8:1:1:ffff::2", "fe80::1%eth0": "fe80::2", "::ffff:192.0.2.1": "192.0.2.1",
	} {
		assert.Equal(t, networkOf(address), networkOf(same))
	}
	assert.NotEqual(t, networkOf("192.0.2.1"), networkOf("192.0.2.2"))
	for _, none := range []string{"", "unknown", "192.0.2.1:80", "1.2.3"} {
		assert.Empty(t, networkOf(none))
	}
}

// TestASuccessGivesTheAddressItsCountBack: an office of many people behind one address is not slowed by logging in.
func TestASuccessGivesTheAddressItsCountBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	for range 100 {
		_, err := h.login(password, home)
		require.NoError(t, err)
	}
	counted := newAttempt(h.user(h.mustID()).Email, home, h.clock.Now())
	assert.Zero(t, h.failures(counted.address))
	assert.Zero(t, h.failures(counted.today))
}

func (h *house) mustID() string {
	h.t.Helper()
	tokens, err := h.login(password, "")
	require.NoError(h.t, err)
	return h.who(tokens).UserID
}

// failures is how many are counted for a key.
func (h *house) failures(key string) int {
	h.t.Helper()
	got, err := memory.NewAttempts(h.store).Find(h.t.Context(), key)
	require.NoError(h.t, err)
	return got.Failures
}

func TestAttemptsThatWereNotCheckedAreNotHeldAgainstAnybody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	h.hasher.busy.Store(true)
	for range 100 {
		_, err := h.login(password, home)
		requireCode(t, fault.Unavailable, err)
	}
	h.hasher.busy.Store(false)
	require.Equal(t, 8, guess(t, h, home))
}

func TestAnAttemptThatWasNotCheckedTakesNobodysTurn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	guess(t, h, home)
	h.clock.Advance(time.Second)
	h.hasher.busy.Store(true)
	_, err := h.login(password, home)
	requireCode(t, fault.Unavailable, err)
	h.hasher.busy.Store(false)
	_, err = h.login(password, home)
	require.NoError(t, err, "the turn is still there")
}

func TestManyGuessesAtOnceCannotShareOneCount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	before := h.hasher.verified.Load()
	done := make(chan struct{})
	for range 64 {
		go func() {
			_, _ = h.login("wrong horse", "")
			done <- struct{}{}
		}()
	}
	for range 64 {
		<-done
	}
	assert.EqualValues(t, 8, h.hasher.verified.Load()-before)
}

func TestNeitherEmailNorAddressIsKeptInAKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	a := newAttempt(h.user(who.UserID).Email, home, h.clock.Now())
	keys := []string{a.today, a.yesterday, a.pair, a.mark, a.address}
	for n, k := range keys {
		assert.Regexp(t, `^[0-9a-f]{64}$`, k)
		assert.NotContains(t, keys[:n], k)
	}
}
