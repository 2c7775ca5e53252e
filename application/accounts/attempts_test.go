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

func TestStrangersCannotKeepTheOwnerOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, tokens := h.register(email)
	_, err := h.login(password, home)
	require.NoError(t, err)
	for day := range 3 { // familiar for a day, and longer while a device refreshes from there
		for range 24 {
			h.clock.Advance(time.Hour)
			tokens, err = h.refresher().Execute(t.Context(), RefreshInput{RefreshToken: tokens.Refresh, Address: home})
			require.NoError(t, err)
		}
		for n := range 50 {
			_, err := h.login("wrong horse", fmt.Sprintf("198.51.100.%d", n))
			require.Error(t, err)
		}
		_, err = h.login("wrong horse", "203.0.113.9")
		requireCode(t, fault.RateLimited, err)
		// When the owner makes typing mistakes of their own, they have room too.
		_, err = h.login("wrong horse", home)
		requireCode(t, fault.InvalidCredentials, err)
		_, err = h.login(password, home)
		require.NoError(t, err, "day %d", day)
	}
}

func TestAFamiliarAddressIsSlowedDownByItsOwnFailures(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	_, err := h.login(password, home)
	require.NoError(t, err)
	require.Equal(t, 8, guess(t, h, home))
	_, err = h.login(password, "203.0.113.9")
	require.NoError(t, err, "and does not slow others")
}

func TestAnAddressIsAStrangerAgainAfterADay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	_, err := h.login(password, home)
	require.NoError(t, err)
	h.clock.Advance(24*time.Hour - time.Second)
	require.Equal(t, 8, guess(t, h, "203.0.113.9"))
	_, err = h.login(password, "192.0.2.2")
	requireCode(t, fault.RateLimited, err)
	h.clock.Advance(time.Second)
	guess(t, h, "203.0.113.9")
	_, err = h.login(password, home)
	requireCode(t, fault.RateLimited, err)
}

func TestAFailedLoginMakesNoAddressFamiliar(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	require.Equal(t, 8, guess(t, h, home))
	require.Zero(t, guess(t, h, "203.0.113.9"), "the account as a whole is slowed down for strangers")
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
		for n := range 40 {
			requireCode(t, fault.InvalidCredentials, try(n, address))
		}
		requireCode(t, fault.RateLimited, try(100, address))
		requireCode(t, fault.InvalidCredentials, try(100, neighbour))
		requireCode(t, fault.InvalidCredentials, try(101, ""))
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
	attempts := memory.NewAttempts(h.store)
	got, err := attempts.Find(t.Context(), newAttempt(h.user(h.mustID()).Email, home, h.clock.Now()).address)
	require.NoError(t, err)
	assert.Zero(t, got)
}

func (h *house) mustID() string {
	h.t.Helper()
	tokens, err := h.login(password, "")
	require.NoError(h.t, err)
	return h.who(tokens).UserID
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
	for _, k := range []string{a.account, a.address, a.familiar} {
		assert.Regexp(t, `^[0-9a-f]{64}$`, k)
	}
	assert.NotEqual(t, a.account, a.familiar)
	assert.NotEqual(t, a.address, a.familiar)
}
