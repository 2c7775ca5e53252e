package accounts

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/ports"
)

// failingStorage is down.
type failingStorage struct{}

func (failingStorage) Do(context.Context, func(context.Context, ports.StorageTx) error) error {
	return fault.New(fault.Unavailable, "Down.")
}

// requireGone holds that nothing is left of a user but garbage that names each of their objects.
func requireGone(t *testing.T, h *house, userID string, keys []string) {
	t.Helper()
	_, err := memory.NewUsers(h.store).Find(t.Context(), userID)
	requireCode(t, fault.NotFound, err)
	rows, bytes := h.stored(userID)
	require.Zero(t, rows)
	require.Zero(t, bytes)
	require.Empty(t, h.spent(userID))
	require.ElementsMatch(t, keys, h.garbage())
}

func TestDeletingAnAccountRemovesEverythingOfItAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	other, otherTokens := h.register("other@example.com")
	keys := h.keep(who.UserID, 5)
	h.keep(other.UserID, 3)
	cost := chat.Spend{Day: "2026-03-01", Model: "m", Calls: 1}
	require.NoError(t, h.meter.Add(t.Context(), who.UserID, cost))
	require.NoError(t, h.meter.Add(t.Context(), other.UserID, cost))
	out, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password, Address: home})
	require.NoError(t, err)
	assert.True(t, out.Finished)
	requireGone(t, h, who.UserID, keys)
	assert.Equal(t, []chat.Spend{cost}, h.spent(other.UserID))
	_, err = h.authenticate(tokens.Access)
	requireCode(t, fault.Unauthenticated, err)
	_, err = h.refresh(tokens.Refresh)
	requireCode(t, fault.Unauthenticated, err)

	rows, bytes := h.stored(other.UserID)
	assert.Equal(t, 3, rows)
	assert.Equal(t, quota.Usage{RecordBytes: 30}, bytes)
	assert.Equal(t, other, h.who(otherTokens))
	again, _ := h.register(email)
	assert.NotEqual(t, who.UserID, again.UserID, "the e-mail is free, the account is a new one")
}

func TestDeletingAnAccountNeedsItsPassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	h.keep(who.UserID, 1)
	before := h.user(who.UserID)
	for range 8 {
		_, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: "wrong horse"})
		requireCode(t, fault.InvalidCredentials, err)
	}
	_, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
	requireCode(t, fault.RateLimited, err)
	assert.Equal(t, before, h.user(who.UserID))
	assert.Equal(t, who, h.who(tokens))
	rows, _ := h.stored(who.UserID)
	assert.Equal(t, 1, rows)
}

func TestAnAccountOnItsWayOutIsClosedWhileItsDataIsStillThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	working := h.storage
	h.storage = failingStorage{}
	out, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
	require.NoError(t, err, "the user has left; what is owed is the job's")
	require.False(t, out.Finished)
	require.Equal(t, h.clock.Now(), h.user(who.UserID).DeletedAt)
	require.Empty(t, h.sessions(who.UserID))
	_, err = h.authenticate(tokens.Access)
	requireCode(t, fault.Unauthenticated, err)
	_, err = h.login(password, "")
	requireCode(t, fault.InvalidCredentials, err)
	_, err = (&GetProfile{Users: h.users}).Execute(t.Context(), GetProfileInput{UserID: who.UserID})
	requireCode(t, fault.NotFound, err)

	other, _ := h.register("other@example.com")
	_, err = (&FinishDeletions{Users: h.users, Removal: h.removal()}).Execute(t.Context(), struct{}{})
	requireCode(t, fault.Unavailable, err)
	h.storage = working
	done, err := (&FinishDeletions{Users: h.users, Removal: h.removal()}).Execute(t.Context(), struct{}{})
	require.NoError(t, err)
	require.Equal(t, 1, done.Finished)
	requireGone(t, h, who.UserID, nil)
	h.user(other.UserID)
}

func TestNoCountOfAttemptsOutlivesTheAccount(t *testing.T) {
	t.Parallel()
	const strange = "203.0.113.9"
	for address, onAddress := range map[string]int{home: 0, strange: 2} {
		h := newHouse(t)
		who, _ := h.register(email)
		_, err := h.login(password, home)
		require.NoError(t, err)
		for _, later := range []time.Duration{0, 13 * time.Hour} { // on two days
			h.clock.Advance(later)
			for _, from := range []string{home, strange} {
				_, err = h.login("wrong horse", from)
				requireCode(t, fault.InvalidCredentials, err)
			}
		}
		counted := newAttempt(h.user(who.UserID).Email, address, h.clock.Now())
		_, err = h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password, Address: address})
		require.NoError(t, err)
		for _, key := range []string{counted.today, counted.yesterday, counted.pair, counted.mark} {
			assert.Zero(t, h.failures(key))
		}
		assert.Equal(t, onAddress, h.failures(counted.address),
			"wrong passwords of a stranger are still held against the address, the right one is not")
	}
}
