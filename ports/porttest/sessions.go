package porttest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
)

// Sessions checks ports.Sessions.
func Sessions(t *testing.T, open func(t T) AccountStore) { Run(t, SessionsCases, open) }

// opened is a session with its first token.
type opened struct {
	session session.Session
	token   session.Token
}

// openSession stores the n-th session, of a user who exists.
func openSession(t T, s AccountStore, userID string, n int) opened {
	t.Helper()
	at := accountEpoch.Add(time.Duration(n) * time.Second)
	o := opened{
		session: session.Session{
			ID: accountID(1000 + n), UserID: userID, Device: fmt.Sprintf("Désk %d", n),
			CreatedAt: at, LastUsedAt: at, ExpiresAt: at.Add(session.IdleLifetime),
		},
		token: session.Token{
			ID: accountID(2000 + n), SessionID: accountID(1000 + n), UserID: userID, Hash: hashOf(fmt.Sprint("token ", n)),
			Seed: session.Seed{byte(n), 0, 255}, CreatedAt: at, ExpiresAt: at.Add(session.IdleLifetime),
		},
	}
	require.NoError(t, s.Sessions.Insert(t.Context(), o.session, o.token))
	return o
}

// childOf is the token that follows parent after a minute.
func childOf(parent session.Token, n int) session.Token {
	at := parent.CreatedAt.Add(time.Minute)
	return session.Token{
		ID: accountID(3000 + n), SessionID: parent.SessionID, UserID: parent.UserID, ParentID: parent.ID,
		Hash: hashOf(fmt.Sprint("child ", n)), Seed: session.Seed{byte(n), 1}, CreatedAt: at, ExpiresAt: at.Add(session.IdleLifetime),
	}
}

// requireAlive holds that a session and its token are there.
func requireAlive(t T, s AccountStore, o opened) {
	t.Helper()
	_, err := s.Sessions.Principal(t.Context(), o.session.UserID, o.session.ID, accountEpoch)
	require.NoError(t, err)
	_, err = s.Sessions.FindToken(t.Context(), o.token.Hash)
	require.NoError(t, err)
}

// requireEnded holds that nothing is left of a session.
func requireEnded(t T, s AccountStore, o opened) {
	t.Helper()
	_, err := s.Sessions.Principal(t.Context(), o.session.UserID, o.session.ID, accountEpoch)
	requireCode(t, fault.Unauthenticated, err)
	_, err = s.Sessions.FindToken(t.Context(), o.token.Hash)
	requireCode(t, fault.NotFound, err)
	_, err = s.Sessions.ActiveToken(t.Context(), o.session.ID)
	requireCode(t, fault.NotFound, err)
	live, err := s.Sessions.List(t.Context(), o.session.UserID, accountEpoch)
	require.NoError(t, err)
	require.NotContains(t, live, o.session)
}

// together runs fn n times at once and collects what each run says.
func together(n int, fn func(i int) error) []error {
	var wg sync.WaitGroup
	errs := make([]error, n)
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// requireOneWinner holds that one call succeeded and all others lost: with the code lost, or because the store was busy.
func requireOneWinner(t T, errs []error, lost fault.Code) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.Contains(t, []fault.Code{lost, fault.Unavailable}, fault.CodeOf(err), "%v", err)
	}
	require.Equal(t, 1, won, "how many succeeded")
}

// SessionsCases are the sentences of ports.Sessions.
var SessionsCases = []Case[AccountStore]{
	{"a session and its first token come back as inserted", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		live, err := s.Sessions.List(t.Context(), u.ID, accountEpoch)
		require.NoError(t, err)
		assert.Equal(t, []session.Session{o.session}, live)
		got, err := s.Sessions.FindToken(t.Context(), o.token.Hash)
		require.NoError(t, err)
		assert.Equal(t, o.token, got)
		got, err = s.Sessions.ActiveToken(t.Context(), o.session.ID)
		require.NoError(t, err)
		assert.Equal(t, o.token, got)
	}},
	{"a principal has the tier and role of this moment", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		got, err := s.Sessions.Principal(t.Context(), u.ID, o.session.ID, accountEpoch)
		require.NoError(t, err)
		assert.Equal(t, account.Principal{UserID: u.ID, SessionID: o.session.ID, Tier: u.Tier, Role: u.Role}, got)
		u.Tier, u.Role = "team", account.Operator
		require.NoError(t, s.Users.Update(t.Context(), u))
		got, err = s.Sessions.Principal(t.Context(), u.ID, o.session.ID, accountEpoch)
		require.NoError(t, err)
		assert.Equal(t, account.Principal{UserID: u.ID, SessionID: o.session.ID, Tier: "team", Role: account.Operator}, got)
	}},
	{"a session that is unknown, somebody else's, expired, or of a user who leaves has no principal", func(t T, s AccountStore) {
		u, other := insertUser(t, s, 1), insertUser(t, s, 2)
		o := openSession(t, s, u.ID, 1)
		refused := func(userID, sessionID string, now time.Time) {
			t.Helper()
			_, err := s.Sessions.Principal(t.Context(), userID, sessionID, now)
			requireCode(t, fault.Unauthenticated, err)
		}
		refused(u.ID, accountID(9), accountEpoch)
		refused(other.ID, o.session.ID, accountEpoch)
		refused(u.ID, o.session.ID, o.session.ExpiresAt)
		_, err := s.Sessions.Principal(t.Context(), u.ID, o.session.ID, o.session.ExpiresAt.Add(-time.Millisecond))
		require.NoError(t, err)
		u.DeletedAt = accountEpoch
		require.NoError(t, s.Users.Update(t.Context(), u))
		refused(u.ID, o.session.ID, accountEpoch)
	}},
	{"a token or session that is not there is not found", func(t T, s AccountStore) {
		_, err := s.Sessions.FindToken(t.Context(), hashOf("nobody's"))
		requireCode(t, fault.NotFound, err)
		_, err = s.Sessions.ActiveToken(t.Context(), accountID(1))
		requireCode(t, fault.NotFound, err)
	}},
	{"rotation retires the parent, stores the child and moves the session", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o, untouched := openSession(t, s, u.ID, 1), openSession(t, s, u.ID, 2)
		child := childOf(o.token, 1)
		require.NoError(t, s.Sessions.Rotate(t.Context(), child))
		parent := o.token
		parent.RotatedAt = child.CreatedAt
		got, err := s.Sessions.FindToken(t.Context(), parent.Hash)
		require.NoError(t, err)
		assert.Equal(t, parent, got)
		got, err = s.Sessions.ActiveToken(t.Context(), o.session.ID)
		require.NoError(t, err)
		assert.Equal(t, child, got)
		moved := o.session
		moved.LastUsedAt, moved.ExpiresAt = child.CreatedAt, child.ExpiresAt
		live, err := s.Sessions.List(t.Context(), u.ID, accountEpoch)
		require.NoError(t, err)
		assert.Equal(t, []session.Session{moved, untouched.session}, live)
		got, err = s.Sessions.ActiveToken(t.Context(), untouched.session.ID)
		require.NoError(t, err)
		assert.Equal(t, untouched.token, got)
	}},
	{"a parent that was rotated or is not there cannot be rotated", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		first, second := childOf(o.token, 1), childOf(o.token, 2)
		require.NoError(t, s.Sessions.Rotate(t.Context(), first))
		requireCode(t, fault.Conflict, s.Sessions.Rotate(t.Context(), second))
		orphan := childOf(o.token, 3)
		orphan.ParentID = accountID(9)
		requireCode(t, fault.Conflict, s.Sessions.Rotate(t.Context(), orphan))
		for _, refused := range []session.Token{second, orphan} {
			_, err := s.Sessions.FindToken(t.Context(), refused.Hash)
			requireCode(t, fault.NotFound, err)
		}
		got, err := s.Sessions.ActiveToken(t.Context(), o.session.ID)
		require.NoError(t, err)
		assert.Equal(t, first, got)
	}},
	{"of many who rotate one parent at once one succeeds", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		errs := together(8, func(n int) error { return s.Sessions.Rotate(t.Context(), childOf(o.token, n)) })
		requireOneWinner(t, errs, fault.Conflict)
		for n, err := range errs {
			got, findErr := s.Sessions.FindToken(t.Context(), childOf(o.token, n).Hash)
			if err != nil {
				requireCode(t, fault.NotFound, findErr)
				continue
			}
			require.NoError(t, findErr)
			assert.Equal(t, childOf(o.token, n), got)
		}
	}},
	{"a list has the user's live sessions, the most recently used first", func(t T, s AccountStore) {
		u, other := insertUser(t, s, 1), insertUser(t, s, 2)
		live, err := s.Sessions.List(t.Context(), u.ID, accountEpoch)
		require.NoError(t, err)
		require.Empty(t, live)
		first, third, second := openSession(t, s, u.ID, 1), openSession(t, s, u.ID, 3), openSession(t, s, u.ID, 2)
		openSession(t, s, other.ID, 4)
		live, err = s.Sessions.List(t.Context(), u.ID, accountEpoch)
		require.NoError(t, err)
		assert.Equal(t, []session.Session{third.session, second.session, first.session}, live)
		live, err = s.Sessions.List(t.Context(), u.ID, second.session.ExpiresAt)
		require.NoError(t, err)
		assert.Equal(t, []session.Session{third.session}, live, "the first two have expired")
	}},
	{"ending a session removes it with its tokens and tickets, and no other", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		gone, kept := openSession(t, s, u.ID, 1), openSession(t, s, u.ID, 2)
		child := childOf(gone.token, 1)
		require.NoError(t, s.Sessions.Rotate(t.Context(), child))
		expiry := accountEpoch.Add(time.Minute)
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("gone"), u.ID, gone.session.ID, expiry))
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("kept"), u.ID, kept.session.ID, expiry))
		require.NoError(t, s.Sessions.End(t.Context(), u.ID, gone.session.ID))
		requireEnded(t, s, gone)
		_, err := s.Sessions.FindToken(t.Context(), child.Hash)
		requireCode(t, fault.NotFound, err)
		_, _, err = s.Tickets.Redeem(t.Context(), hashOf("gone"), accountEpoch)
		requireCode(t, fault.Unauthenticated, err)
		requireAlive(t, s, kept)
		_, _, err = s.Tickets.Redeem(t.Context(), hashOf("kept"), accountEpoch)
		require.NoError(t, err)
	}},
	{"a session that is not there or somebody else's cannot be ended", func(t T, s AccountStore) {
		u, other := insertUser(t, s, 1), insertUser(t, s, 2)
		o := openSession(t, s, u.ID, 1)
		requireCode(t, fault.NotFound, s.Sessions.End(t.Context(), u.ID, accountID(9)))
		requireCode(t, fault.NotFound, s.Sessions.End(t.Context(), other.ID, o.session.ID))
		requireAlive(t, s, o)
		require.NoError(t, s.Sessions.End(t.Context(), u.ID, o.session.ID))
		requireCode(t, fault.NotFound, s.Sessions.End(t.Context(), u.ID, o.session.ID))
	}},
	{"ending the others keeps one, or none, of this user's", func(t T, s AccountStore) {
		u, other := insertUser(t, s, 1), insertUser(t, s, 2)
		kept, first, second := openSession(t, s, u.ID, 1), openSession(t, s, u.ID, 2), openSession(t, s, u.ID, 3)
		foreign := openSession(t, s, other.ID, 4)
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("gone"), u.ID, first.session.ID, accountEpoch.Add(time.Minute)))
		require.NoError(t, s.Sessions.EndOthers(t.Context(), u.ID, kept.session.ID))
		requireAlive(t, s, kept)
		requireEnded(t, s, first)
		requireEnded(t, s, second)
		_, _, err := s.Tickets.Redeem(t.Context(), hashOf("gone"), accountEpoch)
		requireCode(t, fault.Unauthenticated, err)
		require.NoError(t, s.Sessions.EndOthers(t.Context(), u.ID, ""))
		requireEnded(t, s, kept)
		requireAlive(t, s, foreign)
	}},
	{"a session call whose context is over fails with its error and changes nothing", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		o := openSession(t, s, u.ID, 1)
		ctx := ended(t)
		_, err := s.Sessions.Principal(ctx, u.ID, o.session.ID, accountEpoch)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, s.Sessions.Rotate(ctx, childOf(o.token, 1)), context.Canceled)
		require.ErrorIs(t, s.Sessions.End(ctx, u.ID, o.session.ID), context.Canceled)
		requireAlive(t, s, o)
		got, err := s.Sessions.ActiveToken(t.Context(), o.session.ID)
		require.NoError(t, err)
		assert.Equal(t, o.token, got)
	}},
}
