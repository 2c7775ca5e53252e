package accounts

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports/porttest"
)

func TestARefreshGivesTheNextPairOfTheSameSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, first := h.register(email)
	h.clock.Advance(20 * 24 * time.Hour)
	_, err := h.authenticate(first.Access)
	requireCode(t, fault.TokenExpired, err)
	second, err := h.refresh(first.Refresh)
	require.NoError(t, err)
	assert.Equal(t, who, h.who(second))
	assert.NotEqual(t, first.Refresh, second.Refresh)
	assert.Equal(t, h.clock.Now().Truncate(time.Second).Add(lifetime), second.ExpiresAt)
	live := h.sessions(who.UserID)
	require.Len(t, live, 1)
	assert.Equal(t, h.clock.Now(), live[0].LastUsedAt)
	h.clock.Advance(20 * 24 * time.Hour) // past the first month, within the second: the session slides
	_, err = h.refresh(second.Refresh)
	require.NoError(t, err)
}

func TestWhatIsNoRefreshTokenIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	for name, token := range map[string]string{
		"nothing": "", "junk": "x", "an access token": tokens.Access, "one of nobody": session.NewSecret(session.Seed{9}).Reveal(),
		"with something behind it": tokens.Refresh + "A", "cut": tokens.Refresh[1:],
	} {
		_, err := h.refresh(token)
		require.Equal(t, fault.Unauthenticated, fault.CodeOf(err), name)
	}
	assert.Len(t, h.sessions(who.UserID), 1)
	_, err := h.refresh(tokens.Refresh)
	require.NoError(t, err)
}

func TestARefreshTokenThatHasExpiredIsRefusedAndStealsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, tokens := h.register(email)
	h.clock.Advance(session.IdleLifetime - time.Millisecond)
	second, err := h.refresh(tokens.Refresh)
	require.NoError(t, err)
	h.clock.Advance(time.Millisecond)
	_, err = h.refresh(tokens.Refresh)
	requireCode(t, fault.Unauthenticated, err)
	_, err = h.refresh(second.Refresh)
	require.NoError(t, err)
}

func TestALostAnswerIsGivenAgainWithoutAFork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, first := h.register(email)
	second, err := h.refresh(first.Refresh)
	require.NoError(t, err)
	h.clock.Advance(session.ReplayWindow)
	again, err := h.refresh(first.Refresh)
	require.NoError(t, err)
	assert.Equal(t, second.Refresh, again.Refresh)
	assert.NotEqual(t, second.Access, again.Access, "the access token is a fresh one")
	assert.Equal(t, who, h.who(again))
	_, err = h.refresh(second.Refresh)
	require.NoError(t, err)
}

func TestATokenThatComesBackTooLateEndsTheSessionForGood(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, first := h.register(email)
	other, err := h.login(password, "")
	require.NoError(t, err)
	second, err := h.refresh(first.Refresh)
	require.NoError(t, err)
	h.clock.Advance(session.ReplayWindow + time.Millisecond)
	_, err = h.refresh(first.Refresh)
	requireCode(t, fault.RefreshTokenReused, err)
	_, err = h.authenticate(second.Access)
	requireCode(t, fault.Unauthenticated, err)
	_, err = h.refresh(second.Refresh)
	requireCode(t, fault.Unauthenticated, err)
	assert.Len(t, h.sessions(who.UserID), 1, "the other device stays")
	h.who(other)
}

func TestAGrandparentIsStolenEvenAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, first := h.register(email)
	second, err := h.refresh(first.Refresh)
	require.NoError(t, err)
	third, err := h.refresh(second.Refresh)
	require.NoError(t, err)
	_, err = h.refresh(first.Refresh)
	requireCode(t, fault.RefreshTokenReused, err)
	_, err = h.refresh(third.Refresh)
	requireCode(t, fault.Unauthenticated, err)
}

func TestManyWhoRefreshOneTokenAtOnceGetTheSameSuccessor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, first := h.register(email)
	var wg sync.WaitGroup
	got := make([]Tokens, 8)
	for n := range got {
		wg.Go(func() {
			var err error
			got[n], err = h.refresh(first.Refresh)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	for _, g := range got {
		assert.Equal(t, got[0].Refresh, g.Refresh)
	}
	_, err := h.refresh(got[0].Refresh)
	require.NoError(t, err)
}

func TestWhoIsLeavingCannotRefresh(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, tokens := h.register(email)
	user := h.user(who.UserID)
	user.DeletedAt = h.clock.Now() // marked, with the sessions still there: as strict as it can get
	require.NoError(t, h.users.Update(t.Context(), user))
	_, err := h.refresh(tokens.Refresh)
	requireCode(t, fault.Unauthenticated, err)
}

// TestAFaultAtAnyCallOfARefreshLosesNobody: the client tries again with the token that it has.
func TestAFaultAtAnyCallOfARefreshLosesNobody(t *testing.T) {
	t.Parallel()
	for _, failure := range porttest.Failures() {
		for at := 1; ; at++ {
			h := newHouse(t)
			who, first := h.register(email)
			faults := porttest.NewFaults(at, failure)
			h.work = porttest.FaultyAccountWork(h.work, faults)
			_, err := h.refresh(first.Refresh)
			if !faults.Fired() {
				require.NoError(t, err)
				break
			}
			require.Error(t, err)
			h.work = memory.NewAccountWork(h.store)
			second, err := h.refresh(first.Refresh)
			require.NoError(t, err, "%s at call %d", failure, at)
			require.Equal(t, who, h.who(second))
			_, err = h.refresh(second.Refresh)
			require.NoError(t, err)
		}
	}
}

// TestAFaultWhileATheftIsFoundDoesNotHideIt: the next time it comes back it is found.
func TestAFaultWhileATheftIsFoundDoesNotHideIt(t *testing.T) {
	t.Parallel()
	for at := 1; ; at++ {
		h := newHouse(t)
		who, first := h.register(email)
		_, err := h.refresh(first.Refresh)
		require.NoError(t, err)
		h.clock.Advance(time.Minute)
		faults := porttest.NewFaults(at, porttest.Refuse)
		h.work = porttest.FaultyAccountWork(h.work, faults)
		_, err = h.refresh(first.Refresh)
		if !faults.Fired() {
			requireCode(t, fault.RefreshTokenReused, err)
			require.Empty(t, h.sessions(who.UserID))
			break
		}
		requireCode(t, fault.Unavailable, err)
		h.work = memory.NewAccountWork(h.store)
		_, err = h.refresh(first.Refresh)
		requireCode(t, fault.RefreshTokenReused, err)
		require.Empty(t, h.sessions(who.UserID))
	}
}
