package porttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// AccountStore is every port over one empty store of accounts.
type AccountStore struct {
	Work     ports.AccountWork
	Users    ports.Users
	Sessions ports.Sessions
	Tickets  ports.Tickets
	Attempts ports.Attempts
	Expired  ports.Expired
	Storage  ports.StorageWork // over the same rows: users cannot be deleted while stored data refers to them
}

// Users checks ports.Users.
func Users(t *testing.T, open func(t T) AccountStore) { Run(t, UsersCases, open) }

// accountEpoch is when the cases take place.
var accountEpoch = time.Date(2026, time.March, 1, 12, 0, 0, 123e6, time.UTC)

// accountID is the n-th UUIDv7 of a case.
func accountID(n int) string { return fmt.Sprintf("01950000-0000-7000-8000-%012x", n) }

// newUser is a user who differs from all others, and from the zero value in every field but DeletedAt.
func newUser(t T, n int) account.User {
	t.Helper()
	email, err := account.ParseEmail(fmt.Sprintf("User.%d@Example.com", n))
	require.NoError(t, err)
	return account.User{
		ID: accountID(n), Email: email, PasswordHash: fmt.Sprintf("hash %d", n), Tier: tier.Pro, Role: account.Reviewer,
		StripeID: fmt.Sprintf("cus_%d", n), CreatedAt: accountEpoch, UpdatedAt: accountEpoch.Add(time.Duration(n) * time.Millisecond),
	}
}

// insertUser stores the n-th user.
func insertUser(t T, s AccountStore, n int) account.User {
	t.Helper()
	u := newUser(t, n)
	require.NoError(t, s.Users.Insert(t.Context(), u))
	return u
}

// requireCode holds err to a code.
func requireCode(t T, want fault.Code, err error) {
	t.Helper()
	require.Error(t, err, "want %s", want)
	require.Equal(t, want, fault.CodeOf(err), "%v", err)
}

// ended is a context that is over.
func ended(t T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// UsersCases are the sentences of ports.Users.
var UsersCases = []Case[AccountStore]{
	{"a user comes back as inserted, by id and by e-mail", func(t T, s AccountStore) {
		u, other := insertUser(t, s, 1), insertUser(t, s, 2)
		for _, want := range []account.User{u, other} {
			got, err := s.Users.Find(t.Context(), want.ID)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			got, err = s.Users.FindByEmail(t.Context(), want.Email)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
	}},
	{"a user without a customer id comes back without one", func(t T, s AccountStore) {
		for n := range 2 { // two of them: absent is not a value that must be unique
			u := newUser(t, n)
			u.StripeID = ""
			require.NoError(t, s.Users.Insert(t.Context(), u))
			got, err := s.Users.Find(t.Context(), u.ID)
			require.NoError(t, err)
			assert.Equal(t, u, got)
		}
	}},
	{"an e-mail is taken in any case of its letters", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		twin := newUser(t, 2)
		var err error
		twin.Email, err = account.ParseEmail("uSER.1@eXAMPLE.com")
		require.NoError(t, err)
		requireCode(t, fault.EmailTaken, s.Users.Insert(t.Context(), twin))
		_, err = s.Users.Find(t.Context(), twin.ID)
		requireCode(t, fault.NotFound, err)
		got, err := s.Users.FindByEmail(t.Context(), twin.Email)
		require.NoError(t, err)
		assert.Equal(t, u, got)
	}},
	{"of many who register one e-mail at once one succeeds", func(t T, s AccountStore) {
		email := newUser(t, 0).Email
		errs := together(8, func(n int) error {
			u := newUser(t, n)
			u.Email = email
			return s.Users.Insert(t.Context(), u)
		})
		requireOneWinner(t, errs, fault.EmailTaken)
	}},
	{"who is not there is not found", func(t T, s AccountStore) {
		u := newUser(t, 1)
		_, err := s.Users.Find(t.Context(), u.ID)
		requireCode(t, fault.NotFound, err)
		_, err = s.Users.FindByEmail(t.Context(), u.Email)
		requireCode(t, fault.NotFound, err)
		_, err = s.Users.Tier(t.Context(), u.ID)
		requireCode(t, fault.NotFound, err)
		requireCode(t, fault.NotFound, s.Users.Update(t.Context(), u))
		_, err = s.Users.Find(t.Context(), u.ID)
		requireCode(t, fault.NotFound, err)
	}},
	{"an update changes what may change and nothing else", func(t T, s AccountStore) {
		u, other := insertUser(t, s, 1), insertUser(t, s, 2)
		change := account.User{
			ID: u.ID, Email: newUser(t, 3).Email, PasswordHash: "new hash", Tier: tier.Team, Role: account.Operator, StripeID: "cus_new",
			CreatedAt: accountEpoch.Add(time.Hour), UpdatedAt: accountEpoch.Add(2 * time.Hour), DeletedAt: accountEpoch.Add(3 * time.Hour),
		}
		require.NoError(t, s.Users.Update(t.Context(), change))
		want := change
		want.Email, want.CreatedAt = u.Email, u.CreatedAt
		got, err := s.Users.Find(t.Context(), u.ID)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		got, err = s.Users.Find(t.Context(), other.ID)
		require.NoError(t, err)
		assert.Equal(t, other, got)
	}},
	{"an update can take values back to nothing", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		u.Tier, u.Role, u.DeletedAt = tier.Free, account.Member, accountEpoch
		require.NoError(t, s.Users.Update(t.Context(), u))
		u.StripeID, u.DeletedAt = "", time.Time{}
		require.NoError(t, s.Users.Update(t.Context(), u))
		got, err := s.Users.Find(t.Context(), u.ID)
		require.NoError(t, err)
		assert.Equal(t, u, got)
	}},
	{"the tier is the user's own, and gone when they leave", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		got, err := s.Users.Tier(t.Context(), u.ID)
		require.NoError(t, err)
		assert.Equal(t, tier.Pro, got)
		u.DeletedAt = accountEpoch
		require.NoError(t, s.Users.Update(t.Context(), u))
		_, err = s.Users.Tier(t.Context(), u.ID)
		requireCode(t, fault.NotFound, err)
		found, err := s.Users.Find(t.Context(), u.ID)
		require.NoError(t, err)
		assert.True(t, found.Deleted(), "who leaves is still found")
		_, err = s.Users.FindByEmail(t.Context(), u.Email)
		require.NoError(t, err, "who leaves is still found by e-mail")
	}},
	{"those who leave are listed, the longest ago first", func(t T, s AccountStore) {
		ids, err := s.Users.Leaving(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, ids)
		for n, ago := range []time.Duration{time.Minute, 3 * time.Minute, 2 * time.Minute, 0} {
			u := insertUser(t, s, n)
			if ago > 0 {
				u.DeletedAt = accountEpoch.Add(-ago)
				require.NoError(t, s.Users.Update(t.Context(), u))
			}
		}
		ids, err = s.Users.Leaving(t.Context(), 10)
		require.NoError(t, err)
		assert.Equal(t, []string{accountID(1), accountID(2), accountID(0)}, ids)
		ids, err = s.Users.Leaving(t.Context(), 2)
		require.NoError(t, err)
		assert.Equal(t, []string{accountID(1), accountID(2)}, ids)
	}},
	{"deleting removes the user with sessions, tokens and tickets, and nobody else's", func(t T, s AccountStore) {
		u, other := insertUser(t, s, 1), insertUser(t, s, 2)
		gone, kept := openSession(t, s, u.ID, 1), openSession(t, s, other.ID, 2)
		require.NoError(t, s.Tickets.Insert(t.Context(), hashOf("gone"), u.ID, gone.session.ID, accountEpoch.Add(time.Minute)))
		require.NoError(t, s.Users.Delete(t.Context(), u.ID))
		_, err := s.Users.Find(t.Context(), u.ID)
		requireCode(t, fault.NotFound, err)
		requireEnded(t, s, gone)
		_, _, err = s.Tickets.Redeem(t.Context(), hashOf("gone"), accountEpoch)
		requireCode(t, fault.Unauthenticated, err)
		requireAlive(t, s, kept)
		require.NoError(t, s.Users.Insert(t.Context(), u), "the e-mail is free again")
	}},
	{"deleting who is not there is no error", func(t T, s AccountStore) {
		require.NoError(t, s.Users.Delete(t.Context(), accountID(1)))
	}},
	{"a user cannot be deleted while a record refers to them", func(t T, s AccountStore) {
		refusesDeletion(t, s,
			func(ctx context.Context, tx ports.StorageTx, userID string) error {
				return tx.Records.Insert(ctx, storedRecord(t, userID))
			},
			func(ctx context.Context, tx ports.StorageTx, userID string) error {
				return tx.Records.Delete(ctx, userID, accountID(100))
			})
	}},
	{"a user cannot be deleted while a backup refers to them", func(t T, s AccountStore) {
		refusesDeletion(t, s,
			func(ctx context.Context, tx ports.StorageTx, userID string) error {
				m := backupMeta(userID, accountEpoch)
				m.ID = accountID(100)
				return tx.Backups.Insert(ctx, m)
			},
			func(ctx context.Context, tx ports.StorageTx, userID string) error {
				return tx.Backups.Delete(ctx, userID, accountID(100))
			})
	}},
	{"a user cannot be deleted while a change refers to them", func(t T, s AccountStore) {
		refusesDeletion(t, s,
			func(ctx context.Context, tx ports.StorageTx, userID string) error {
				m := storedRecord(t, userID)
				_, err := tx.Changes.Append(ctx, userID, record.Change{RecordID: m.ID, Table: m.Table, At: accountEpoch})
				return err
			},
			func(ctx context.Context, tx ports.StorageTx, userID string) error {
				return tx.Changes.DeleteAll(ctx, userID)
			})
	}},
	{"a user cannot be deleted while bytes are counted for them", func(t T, s AccountStore) {
		refusesDeletion(t, s,
			func(ctx context.Context, tx ports.StorageTx, userID string) error {
				return tx.Usage.Add(ctx, userID, quota.Records, 10, quota.Unlimited)
			},
			func(ctx context.Context, tx ports.StorageTx, userID string) error {
				return tx.Usage.Add(ctx, userID, quota.Records, -10, quota.Unlimited)
			})
	}},
	{"a call whose context is over fails with its error and changes nothing", func(t T, s AccountStore) {
		u := insertUser(t, s, 1)
		ctx := ended(t)
		_, err := s.Users.Find(ctx, u.ID)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, s.Users.Insert(ctx, newUser(t, 2)), context.Canceled)
		require.ErrorIs(t, s.Users.Delete(ctx, u.ID), context.Canceled)
		_, err = s.Users.Find(t.Context(), u.ID)
		require.NoError(t, err)
		_, err = s.Users.Find(t.Context(), accountID(2))
		requireCode(t, fault.NotFound, err)
	}},
}

// refusesDeletion holds that a user cannot go while what refer stored is there, loses nothing by the attempt, and can go
// after release.
func refusesDeletion(t T, s AccountStore, refer, release func(context.Context, ports.StorageTx, string) error) {
	t.Helper()
	u := insertUser(t, s, 1)
	opened := openSession(t, s, u.ID, 1)
	store := func(fn func(context.Context, ports.StorageTx, string) error) error {
		return s.Storage.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error { return fn(ctx, tx, u.ID) })
	}
	require.NoError(t, store(refer))
	requireCode(t, fault.Conflict, s.Users.Delete(t.Context(), u.ID))
	got, err := s.Users.Find(t.Context(), u.ID)
	require.NoError(t, err)
	assert.Equal(t, u, got)
	requireAlive(t, s, opened)
	require.NoError(t, store(release))
	require.NoError(t, s.Users.Delete(t.Context(), u.ID))
	_, err = s.Users.Find(t.Context(), u.ID)
	requireCode(t, fault.NotFound, err)
}

// storedRecord is a row of the user's.
func storedRecord(t T, userID string) record.Meta {
	t.Helper()
	table, err := record.ParseTable("table", "tasks")
	require.NoError(t, err)
	id := accountID(100)
	return record.Meta{
		ID: id, UserID: userID, Table: table, Key: record.Key(userID, table, id, "1"), SizeBytes: 10, Seq: 1,
		CreatedAt: accountEpoch, UpdatedAt: accountEpoch,
	}
}

// hashOf is the hash of a secret that a name stands for.
func hashOf(name string) session.Hash {
	var seed session.Seed
	copy(seed[:], name)
	return session.NewSecret(seed).Hash()
}
