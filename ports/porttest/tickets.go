package porttest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
)

// Tickets checks ports.Tickets.
func Tickets(t *testing.T, open func(t T) AccountStore) { Run(t, TicketsCases, open) }

// Attempts checks ports.Attempts.
func Attempts(t *testing.T, open func(t T) AccountStore) { Run(t, AttemptsCases, open) }

// Expired checks ports.Expired.
func Expired(t *testing.T, open func(t T) AccountStore) { Run(t, ExpiredCases, open) }

// TicketsCases are the sentences of ports.Tickets.
var TicketsCases = []Case[AccountStore]{
	{"a ticket says whose it is, once", func(t T, s AccountStore) {
		u, other := insertUser(t, s, 1), insertUser(t, s, 2)
		o, foreign := openSession(t, s, u.ID, 1), openSession(t, s, other.ID, 2)
		expiry := accountEpoch.Add(session.TicketLifetime)
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("one"), u.ID, o.session.ID, expiry))
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("two"), other.ID, foreign.session.ID, expiry))
		userID, sessionID, err := s.Tickets.Redeem(t.Context(), hashOf("one"), accountEpoch)
		require.NoError(t, err)
		assert.Equal(t, []string{u.ID, o.session.ID}, []string{userID, sessionID})
		_, _, err = s.Tickets.Redeem(t.Context(), hashOf("one"), accountEpoch)
		requireCode(t, fault.Unauthenticated, err)
		userID, sessionID, err = s.Tickets.Redeem(t.Context(), hashOf("two"), expiry.Add(-time.Millisecond))
		require.NoError(t, err)
		assert.Equal(t, []string{other.ID, foreign.session.ID}, []string{userID, sessionID})
	}},
	{"a ticket that is unknown or has expired is refused", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		_, _, err := s.Tickets.Redeem(t.Context(), hashOf("unknown"), accountEpoch)
		requireCode(t, fault.Unauthenticated, err)
		expiry := accountEpoch.Add(session.TicketLifetime)
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("late"), u.ID, o.session.ID, expiry))
		_, _, err = s.Tickets.Redeem(t.Context(), hashOf("late"), expiry)
		requireCode(t, fault.Unauthenticated, err)
	}},
	{"a ticket ends with its session", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("one"), u.ID, o.session.ID, accountEpoch.Add(time.Minute)))
		require.NoError(t, s.Sessions.End(t.Context(), u.ID, o.session.ID))
		_, _, err := s.Tickets.Redeem(t.Context(), hashOf("one"), accountEpoch)
		requireCode(t, fault.Unauthenticated, err)
	}},
	{"of many who redeem one ticket at once one succeeds", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("one"), u.ID, o.session.ID, accountEpoch.Add(time.Minute)))
		requireOneWinner(t, together(8, func(int) error {
			_, _, err := s.Tickets.Redeem(t.Context(), hashOf("one"), accountEpoch)
			return err
		}), fault.Unauthenticated)
	}},
	{"a redemption whose context is over uses nothing up", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("one"), u.ID, o.session.ID, accountEpoch.Add(time.Minute)))
		_, _, err := s.Tickets.Redeem(ended(t), hashOf("one"), accountEpoch)
		require.ErrorIs(t, err, context.Canceled)
		_, _, err = s.Tickets.Redeem(t.Context(), hashOf("one"), accountEpoch)
		require.NoError(t, err)
	}},
}

// requireAttempts holds what is counted for a key.
func requireAttempts(t T, s AccountStore, key string, want account.Attempts) {
	t.Helper()
	got, err := s.Attempts.Find(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, want, got, key)
}

// AttemptsCases are the sentences of ports.Attempts.
var AttemptsCases = []Case[AccountStore]{
	{"nothing is counted for a key at first", func(t T, s AccountStore) {
		requireAttempts(t, s, "a", account.Attempts{})
	}},
	{"what is saved replaces what was counted, for this key only", func(t T, s AccountStore) {
		first := account.Attempts{Failures: 1, LastAt: accountEpoch}
		require.NoError(t, s.Attempts.Save(t.Context(), "a", first))
		require.NoError(t, s.Attempts.Save(t.Context(), "b", first))
		requireAttempts(t, s, "a", first)
		second := account.Attempts{Failures: 7, LastAt: accountEpoch.Add(time.Second)}
		require.NoError(t, s.Attempts.Save(t.Context(), "a", second))
		requireAttempts(t, s, "a", second)
		requireAttempts(t, s, "b", first)
		requireAttempts(t, s, "c", account.Attempts{})
	}},
	{"forgetting drops the keys that are named", func(t T, s AccountStore) {
		counted := account.Attempts{Failures: 3, LastAt: accountEpoch}
		for _, key := range []string{"a", "b", "c"} {
			require.NoError(t, s.Attempts.Save(t.Context(), key, counted))
		}
		require.NoError(t, s.Attempts.Delete(t.Context()))
		requireAttempts(t, s, "a", counted)
		require.NoError(t, s.Attempts.Delete(t.Context(), "a", "c", "not there"))
		requireAttempts(t, s, "a", account.Attempts{})
		requireAttempts(t, s, "b", counted)
		requireAttempts(t, s, "c", account.Attempts{})
	}},
	{"a count whose context is over is not saved", func(t T, s AccountStore) {
		require.ErrorIs(t, s.Attempts.Save(ended(t), "a", account.Attempts{Failures: 1, LastAt: accountEpoch}), context.Canceled)
		requireAttempts(t, s, "a", account.Attempts{})
	}},
}

// ExpiredCases are the sentences of ports.Expired.
var ExpiredCases = []Case[AccountStore]{
	{"sessions that have expired go with their tokens, others stay", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		old, young := openSession(t, s, u.ID, 1), openSession(t, s, u.ID, 2)
		require.NoError(t, s.Sessions.Rotate(t.Context(), childOf(young.token, 1)))
		require.NoError(t, s.Expired.DeleteExpired(t.Context(), old.session.ExpiresAt.Add(-time.Millisecond)))
		requireAlive(t, s, old)
		require.NoError(t, s.Expired.DeleteExpired(t.Context(), old.session.ExpiresAt))
		requireEnded(t, s, old)
		requireAlive(t, s, young)
		_, err := s.Users.Find(t.Context(), u.ID)
		require.NoError(t, err)
	}},
	{"rotated tokens that have expired go, though their session lives on", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		child := childOf(o.token, 1)
		child.ExpiresAt = o.token.ExpiresAt.Add(time.Hour)
		require.NoError(t, s.Sessions.Rotate(t.Context(), child))
		require.NoError(t, s.Expired.DeleteExpired(t.Context(), o.token.ExpiresAt.Add(-time.Millisecond)))
		_, err := s.Sessions.FindToken(t.Context(), o.token.Hash)
		require.NoError(t, err)
		require.NoError(t, s.Expired.DeleteExpired(t.Context(), o.token.ExpiresAt))
		_, err = s.Sessions.FindToken(t.Context(), o.token.Hash)
		requireCode(t, fault.NotFound, err)
		active, err := s.Sessions.ActiveToken(t.Context(), o.session.ID)
		require.NoError(t, err)
		assert.Equal(t, child, active)
	}},
	{"tickets that have expired go, others stay", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		now := accountEpoch.Add(time.Minute)
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("old"), u.ID, o.session.ID, now))
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("young"), u.ID, o.session.ID, now.Add(time.Millisecond)))
		require.NoError(t, s.Expired.DeleteExpired(t.Context(), now))
		_, _, err := s.Tickets.Redeem(t.Context(), hashOf("old"), accountEpoch) // a time when it was still valid: so it is gone
		requireCode(t, fault.Unauthenticated, err)
		_, _, err = s.Tickets.Redeem(t.Context(), hashOf("young"), accountEpoch)
		require.NoError(t, err)
	}},
	{"attempts older than AttemptsKept before now are forgotten, others stay", func(t T, s AccountStore) {
		kept := account.Attempts{Failures: 9, LastAt: accountEpoch.Add(-account.AttemptsKept)}
		older := account.Attempts{Failures: 9, LastAt: accountEpoch.Add(-account.AttemptsKept - time.Millisecond)}
		require.NoError(t, s.Attempts.Save(t.Context(), "kept", kept))
		require.NoError(t, s.Attempts.Save(t.Context(), "older", older))
		require.NoError(t, s.Expired.DeleteExpired(t.Context(), accountEpoch))
		requireAttempts(t, s, "kept", kept)
		requireAttempts(t, s, "older", account.Attempts{})
	}},
	{"with nothing to remove there is no error, and an ended context is one", func(t T, s AccountStore) {
		require.NoError(t, s.Expired.DeleteExpired(t.Context(), accountEpoch))
		require.ErrorIs(t, s.Expired.DeleteExpired(ended(t), accountEpoch), context.Canceled)
	}},
}
