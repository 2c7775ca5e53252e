package accounts

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
)

// stranger is the n-th network that nobody has used yet.
func stranger(n int) string { return fmt.Sprintf("198.51.%d.%d", 100+n/250, n%250) }

// poll knocks with a wrong password from each address every step, for as long as it is told, and says how many guesses
// were looked at.
func poll(h *house, addresses []string, step, long time.Duration) (guesses int) {
	h.t.Helper()
	for range long / step {
		for _, a := range addresses {
			if _, err := h.login("wrong horse", a); !fault.Is(err, fault.RateLimited) {
				requireCode(h.t, fault.InvalidCredentials, err)
				guesses++
			}
		}
		h.clock.Advance(step)
	}
	return guesses
}

// attack fails on the account from twenty networks, 120 times where they can, so that it is under attack.
func attack(t *testing.T, h *house) {
	t.Helper()
	for n := range 20 {
		for range 6 {
			_, err := h.login("wrong horse", stranger(n))
			require.Error(t, err)
		}
	}
	require.Equal(t, 1, guess(t, h, "203.0.113.77"), "a network that has not tried yet")
}

func TestAnAttackerWhoPollsFromOneNetworkStopsNobodyElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	for hour := range 6 {
		require.Positive(t, poll(h, []string{stranger(0)}, 10*time.Second, time.Hour))
		_, err := h.login("wrong horse", stranger(100+hour))
		requireCode(t, fault.InvalidCredentials, err) // a victim who mistypes first
		_, err = h.login(password, stranger(100+hour))
		require.NoError(t, err, "hour %d", hour)
	}
}

func TestUnderAttackFromManyNetworksAVictimHasAnAttemptEachQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	attack(t, h)
	_, err := h.login(password, stranger(100))
	require.NoError(t, err, "the first is at once")

	_, err = h.login("wrong horse", stranger(101))
	requireCode(t, fault.InvalidCredentials, err)
	_, err = h.login(password, stranger(101))
	requireCode(t, fault.RateLimited, err)
	assert.EqualValues(t, 15*60, fault.From(err).Details["retry_after"])
	var attackers []string
	for n := range 20 {
		attackers = append(attackers, stranger(n))
	}
	poll(h, attackers, 10*time.Second, 15*time.Minute)
	_, err = h.login(password, stranger(101))
	require.NoError(t, err, "the second when it was told")
}

func TestUnderAttackEachStrangeNetworkHasOneAttemptAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	attack(t, h)
	_, err := h.login(password, stranger(100))
	require.NoError(t, err, "which does not end the attack")
	assert.Equal(t, 4, poll(h, []string{stranger(200)}, 10*time.Second, time.Hour))
}

func TestAnAttackIsForgottenAfterTwoDays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	attack(t, h)
	h.clock.Advance(24 * time.Hour)
	require.Equal(t, 1, guess(t, h, stranger(100)))
	h.clock.Advance(24 * time.Hour)
	require.Equal(t, 8, guess(t, h, stranger(100)))
}

func TestAFewFailuresADayNeverAddUpToAnAttack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	for day := range 20 {
		require.Equal(t, 8, guess(t, h, stranger(day)))
		h.clock.Advance(24 * time.Hour)
	}
}

// TestGuessesFromOneNetworkStayBounded: 8 at once, 10 more while the wait doubles, then one each quarter of an hour.
func TestGuessesFromOneNetworkStayBounded(t *testing.T) {
	t.Parallel()
	day := func(h *house, address string) int { return poll(h, []string{address}, time.Second, 24*time.Hour) }
	t.Run("a stranger", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.register(email)
		guess(t, h, stranger(0)) // 8
		assert.Equal(t, 104, day(h, stranger(0)))
	})
	t.Run("a familiar one", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.register(email)
		_, err := h.login(password, home)
		require.NoError(t, err)
		guess(t, h, home) // 8
		assert.Equal(t, 104, day(h, home))
	})
}

func TestStrangersCannotKeepTheOwnerOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, tokens := h.register(email)
	_, err := h.refresher().Execute(t.Context(), RefreshInput{RefreshToken: tokens.Refresh, Address: home})
	require.NoError(t, err)
	for day := range 3 {
		attack(t, h)
		// The owner has room for typing mistakes too.
		for range 7 {
			_, err = h.login("wrong horse", home)
			requireCode(t, fault.InvalidCredentials, err)
		}
		_, err = h.login(password, home)
		require.NoError(t, err, "day %d", day)
		h.clock.Advance(24 * time.Hour)
	}
}

func TestNeighboursCannotKeepTheOwnerOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	_, err := h.login(password, home)
	require.NoError(t, err)
	neighbour := func(n int) error {
		_, err := h.loginer().Execute(t.Context(), LoginInput{Email: fmt.Sprintf("n%d@example.com", n), Password: password, Address: home})
		return err
	}
	for n := range 100 {
		requireCode(t, fault.InvalidCredentials, neighbour(n))
	}
	requireCode(t, fault.RateLimited, neighbour(1000))
	_, err = h.login("wrong horse", home)
	requireCode(t, fault.InvalidCredentials, err)
	_, err = h.login(password, home)
	require.NoError(t, err)
}

func TestAFamiliarPairCountsForItselfAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	_, err := h.login(password, home)
	require.NoError(t, err)
	require.Equal(t, 8, guess(t, h, home))
	counted := newAttempt(h.user(who.UserID).Email, home, h.clock.Now())
	assert.Equal(t, 8, h.failures(counted.pair))
	assert.Zero(t, h.failures(counted.today))
	assert.Zero(t, h.failures(counted.address))
	_, err = h.login(password, stranger(0))
	require.NoError(t, err)
}

func TestANetworkIsStrangeAgainThirtyDaysAfterItsLastUse(t *testing.T) {
	t.Parallel()
	const month = 30 * 24 * time.Hour
	for wait, guesses := range map[time.Duration]int{month - time.Second: 7, month: 1} {
		h := newHouse(t)
		_, tokens := h.register(email)
		h.clock.Advance(time.Hour)
		_, err := h.refresher().Execute(t.Context(), RefreshInput{RefreshToken: tokens.Refresh, Address: home})
		require.NoError(t, err)
		h.clock.Advance(wait - time.Hour)
		_, err = h.login("wrong horse", home) // does not make it last
		requireCode(t, fault.InvalidCredentials, err)
		h.clock.Advance(time.Hour)
		attack(t, h)
		require.Equal(t, guesses, guess(t, h, home), "%s later", wait)
	}
}

func TestARefreshDoesNotForgetTheFailuresOfItsNetwork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, tokens := h.register(email)
	guess(t, h, home)
	_, err := h.refresher().Execute(t.Context(), RefreshInput{RefreshToken: tokens.Refresh, Address: home})
	require.NoError(t, err)
	require.Zero(t, guess(t, h, home))
}

func TestAFailedLoginMakesNoNetworkFamiliar(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	_, err := h.login("wrong horse", home)
	requireCode(t, fault.InvalidCredentials, err)
	attack(t, h)
	_, err = h.login("wrong horse", home)
	requireCode(t, fault.RateLimited, err)
}

func TestWhereNoAddressIsKnownNobodyIsFamiliar(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(email)
	_, err := h.login(password, "")
	require.NoError(t, err)
	attack(t, h)
	require.Equal(t, 1, guess(t, h, ""))
}

func TestManyPeopleOfOneAddressLogInAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for n := range 40 {
		h.register(fmt.Sprintf("user%d@example.com", n))
	}
	var wg, counted sync.WaitGroup
	counted.Add(40)
	h.hasher.before = func() { // all are counted before the first is taken back
		counted.Done()
		counted.Wait()
	}
	for n := range 40 {
		wg.Go(func() {
			_, err := h.loginer().Execute(t.Context(), LoginInput{
				Email: fmt.Sprintf("user%d@example.com", n), Password: password, Address: home,
			})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
}

func TestARightPasswordIsNoGuessThoughWhatFollowsFails(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	attack(t, h) // one attempt each: a second tells
	busy := func() { h.hasher.busy.Store(true) }
	failures := map[string]func(address string) error{
		"changing the password while the hasher is busy": func(address string) error {
			_, err := h.changer().Execute(t.Context(), ChangePasswordInput{
				UserID: who.UserID, SessionID: who.SessionID, OldPassword: password, NewPassword: newPassword, Address: address,
			})
			return err
		},
		"logging in while the store is down": func(address string) error {
			u := h.loginer()
			u.Work = refusingWork{}
			_, err := u.Execute(t.Context(), LoginInput{Email: email, Password: password, Address: address})
			return err
		},
		"leaving while the store is down": func(address string) error {
			u := h.deleter()
			u.Work = refusingWork{}
			_, err := u.Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password, Address: address})
			return err
		},
	}
	n := 100
	for name, fail := range failures {
		n++
		for range 3 {
			h.hasher.before = busy
			require.Equal(t, fault.Unavailable, fault.CodeOf(fail(stranger(n))), name)
			h.hasher.before = nil
			h.hasher.busy.Store(false)
		}
	}
}
