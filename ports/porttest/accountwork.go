package porttest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

// AccountWork checks ports.AccountWork.
func AccountWork(t *testing.T, open func(t T) AccountStore) { Run(t, AccountWorkCases, open) }

// everything changes one thing through each port of a unit.
func everything(ctx context.Context, tx ports.AccountTx, u account.User, o opened) error {
	return errors.Join(
		tx.Users.Insert(ctx, u),
		tx.Sessions.Insert(ctx, o.session, o.token),
		tx.Tickets.Insert(ctx, hashOf("ticket"), u.ID, o.session.ID, accountEpoch.Add(time.Minute)),
		tx.Attempts.Save(ctx, "key", account.Attempts{Failures: 1, LastAt: accountEpoch}),
	)
}

// newSession is a session that is not stored yet.
func newSession(userID string) opened {
	return opened{
		session: session.Session{
			ID: accountID(1000), UserID: userID, CreatedAt: accountEpoch, LastUsedAt: accountEpoch, ExpiresAt: accountEpoch.Add(time.Hour),
		},
		token: session.Token{
			ID: accountID(2000), SessionID: accountID(1000), UserID: userID, Hash: hashOf("token"), CreatedAt: accountEpoch,
			ExpiresAt: accountEpoch.Add(time.Hour),
		},
	}
}

// requireNothing holds that a unit over everything left nothing behind.
func requireNothing(t T, s AccountStore, u account.User, o opened) {
	t.Helper()
	_, err := s.Users.Find(t.Context(), u.ID)
	requireCode(t, fault.NotFound, err)
	requireEnded(t, s, o)
	_, _, err = s.Tickets.Redeem(t.Context(), hashOf("ticket"), accountEpoch)
	requireCode(t, fault.Unauthenticated, err)
	requireAttempts(t, s, "key", account.Attempts{})
}

// increment counts one more for key, as a unit that reads before it writes.
func increment(ctx context.Context, w ports.AccountWork, key string) error {
	return w.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
		a, err := tx.Attempts.Find(ctx, key)
		if err != nil {
			return err
		}
		return tx.Attempts.Save(ctx, key, account.Attempts{Failures: a.Failures + 1, LastAt: accountEpoch})
	})
}

// AccountWorkCases are the sentences of ports.AccountWork.
var AccountWorkCases = []Case[AccountStore]{
	{"a unit that succeeds leaves all of it", func(t T, s AccountStore) {
		u := newUser(t, 1)
		o := newSession(u.ID)
		require.NoError(t, s.Work.Do(t.Context(), func(ctx context.Context, tx ports.AccountTx) error {
			return everything(ctx, tx, u, o)
		}))
		got, err := s.Users.Find(t.Context(), u.ID)
		require.NoError(t, err)
		assert.Equal(t, u, got)
		requireAlive(t, s, o)
		_, _, err = s.Tickets.Redeem(t.Context(), hashOf("ticket"), accountEpoch)
		require.NoError(t, err)
		requireAttempts(t, s, "key", account.Attempts{Failures: 1, LastAt: accountEpoch})
	}},
	{"a unit sees its own writes", func(t T, s AccountStore) {
		u := newUser(t, 1)
		require.NoError(t, s.Work.Do(t.Context(), func(ctx context.Context, tx ports.AccountTx) error {
			if err := everything(ctx, tx, u, newSession(u.ID)); err != nil {
				return err
			}
			if _, err := tx.Users.FindByEmail(ctx, u.Email); err != nil {
				return err
			}
			_, _, err := tx.Tickets.Redeem(ctx, hashOf("ticket"), accountEpoch)
			return err
		}))
	}},
	{"an error leaves nothing behind and is passed on", func(t T, s AccountStore) {
		u := newUser(t, 1)
		o := newSession(u.ID)
		mine := errors.New("mine")
		err := s.Work.Do(t.Context(), func(ctx context.Context, tx ports.AccountTx) error {
			return errors.Join(everything(ctx, tx, u, o), mine)
		})
		require.ErrorIs(t, err, mine)
		requireNothing(t, s, u, o)
	}},
	{"a fault keeps its code on the way out", func(t T, s AccountStore) {
		err := s.Work.Do(t.Context(), func(context.Context, ports.AccountTx) error {
			return fault.New(fault.RateLimited, "Wait.").RetryAfter(time.Minute)
		})
		requireCode(t, fault.RateLimited, err)
		assert.EqualValues(t, 60, fault.From(err).Details["retry_after"])
	}},
	{"a panic leaves nothing behind and is passed on, and the store goes on", func(t T, s AccountStore) {
		u := newUser(t, 1)
		o := newSession(u.ID)
		require.PanicsWithValue(t, "mine", func() {
			_ = s.Work.Do(t.Context(), func(ctx context.Context, tx ports.AccountTx) error {
				if err := everything(ctx, tx, u, o); err != nil {
					return err
				}
				panic("mine")
			})
		})
		requireNothing(t, s, u, o)
		require.NoError(t, increment(t.Context(), s.Work, "after"))
	}},
	{"a context that ends in mid-unit leaves nothing behind", func(t T, s AccountStore) {
		u := newUser(t, 1)
		o := newSession(u.ID)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := s.Work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error {
			if err := everything(ctx, tx, u, o); err != nil {
				return err
			}
			cancel()
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		requireNothing(t, s, u, o)
	}},
	{"a context that is over before the unit never runs it", func(t T, s AccountStore) {
		ran := false
		err := s.Work.Do(ended(t), func(context.Context, ports.AccountTx) error {
			ran = true
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, ran)
	}},
	{"units that read and write one thing at once lose no update", func(t T, s AccountStore) {
		errs := together(8, func(int) error {
			for range 3 {
				if err := increment(t.Context(), s.Work, "key"); err != nil {
					return err
				}
			}
			return nil
		})
		for _, err := range errs {
			require.NoError(t, err)
		}
		requireAttempts(t, s, "key", account.Attempts{Failures: 24, LastAt: accountEpoch})
	}},
	{"units that each read what the other writes run as if one after the other", func(t T, s AccountStore) {
		// Either may take the place of the other, never both: the write skew that weaker isolation lets through.
		keys := []string{"left", "right"}
		var took atomic.Int32
		errs := together(2, func(n int) error {
			var free bool
			err := s.Work.Do(t.Context(), func(ctx context.Context, tx ports.AccountTx) error {
				other, err := tx.Attempts.Find(ctx, keys[1-n])
				if err != nil {
					return err
				}
				free = other.Failures == 0
				if !free {
					return nil
				}
				return tx.Attempts.Save(ctx, keys[n], account.Attempts{Failures: 1, LastAt: accountEpoch})
			})
			if err == nil && free {
				took.Add(1)
			}
			return err
		})
		for _, err := range errs {
			require.NoError(t, err)
		}
		require.EqualValues(t, 1, took.Load(), "how many found the other's place free")
	}},
}
