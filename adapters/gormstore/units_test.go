package gormstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/session"
	"github.com/adiuva/cloud/ports"
)

// PostgreSQL gives a transaction up at the first error, so a refusal that is part of a port's contract must not be one.
func TestARefusalThatIsToBeExpectedLetsAUnitGoOn(t *testing.T) {
	t.Parallel()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.start(t)(t)
			u := insertUser(t, s, 1)
			token := session.Token{ID: id(2), SessionID: id(3), UserID: u.ID, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}
			opened := session.Session{ID: id(3), UserID: u.ID, CreatedAt: epoch, LastUsedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}
			require.NoError(t, gormstore.NewAccountWork(s).Do(t.Context(), func(ctx context.Context, tx ports.AccountTx) error {
				assert.True(t, fault.Is(tx.Users.Insert(ctx, user(t, 1)), fault.EmailTaken))
				require.NoError(t, tx.Sessions.Insert(ctx, opened, token))
				child, rival := token, token
				child.ID, child.ParentID, child.Hash = id(4), token.ID, session.Hash{1}
				rival.ID, rival.ParentID, rival.Hash = id(5), token.ID, session.Hash{2}
				require.NoError(t, tx.Sessions.Rotate(ctx, child))
				assert.True(t, fault.Is(tx.Sessions.Rotate(ctx, rival), fault.Conflict))
				return tx.Attempts.Save(ctx, "key", account.Attempts{Failures: 7, LastAt: epoch})
			}))
			kept, err := gormstore.NewAttempts(s).Find(t.Context(), "key")
			require.NoError(t, err)
			assert.Equal(t, 7, kept.Failures)

			m := record.Meta{ID: id(6), UserID: u.ID, Table: table(t), Key: "k", SizeBytes: 5, CreatedAt: epoch, UpdatedAt: epoch}
			require.NoError(t, gormstore.NewStorageWork(s).Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
				require.NoError(t, tx.Records.Insert(ctx, m))
				assert.True(t, fault.Is(tx.Records.Insert(ctx, m), fault.IDExists))
				assert.True(t, fault.Is(tx.Usage.Add(ctx, u.ID, quota.Records, 5, 4), fault.QuotaExceeded))
				assert.True(t, fault.Is(tx.Garbage.Remove(ctx, "k"), fault.NotFound))
				return tx.Usage.Add(ctx, u.ID, quota.Records, 5, 5)
			}))
			got, err := gormstore.NewRecords(s).Find(t.Context(), u.ID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, m, got)
		})
	}
}

func TestAUnitThatHidesContentionRunsAgain(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)(t) // on SQLite nobody can come between
	attempts, work := gormstore.NewAttempts(s), gormstore.NewAccountWork(s)
	require.NoError(t, attempts.Save(t.Context(), "key", account.Attempts{Failures: 1, LastAt: epoch}))
	runs := 0
	require.NoError(t, work.Do(t.Context(), func(ctx context.Context, tx ports.AccountTx) error {
		runs++
		seen, err := tx.Attempts.Find(ctx, "key")
		if err != nil {
			return err
		}
		if runs == 1 {
			require.NoError(t, attempts.Save(ctx, "key", account.Attempts{Failures: 10, LastAt: epoch}))
		}
		_ = tx.Attempts.Save(ctx, "key", account.Attempts{Failures: seen.Failures + 1, LastAt: epoch})
		return nil
	}))
	assert.Equal(t, 2, runs)
	got, err := attempts.Find(t.Context(), "key")
	require.NoError(t, err)
	assert.Equal(t, 11, got.Failures)
}

func TestContentionThatDoesNotEndIsUnavailable(t *testing.T) {
	t.Parallel()
	s := openURL(t, migratedURL(t), gormstore.Options{UnitTimeout: 400 * time.Millisecond})
	attempts, work := gormstore.NewAttempts(s), gormstore.NewAccountWork(s)
	require.NoError(t, attempts.Save(t.Context(), "key", account.Attempts{Failures: 1, LastAt: epoch}))
	runs := 0
	began := time.Now()
	err := work.Do(t.Context(), func(ctx context.Context, tx ports.AccountTx) error {
		runs++
		if _, err := tx.Attempts.Find(ctx, "key"); err != nil {
			return err
		}
		if err := attempts.Save(t.Context(), "key", account.Attempts{Failures: runs, LastAt: epoch}); err != nil {
			return err
		}
		return tx.Attempts.Save(ctx, "key", account.Attempts{LastAt: epoch})
	})
	requireUnavailable(t, err)
	assert.Greater(t, runs, 2)
	assert.Less(t, time.Since(began), 5*time.Second)
}

func TestAFailureInAUnitDoesNotHideThatNothingWasKept(t *testing.T) {
	t.Parallel()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.start(t)(t)
			err := gormstore.NewStorageWork(s).Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
				if err := tx.Garbage.Add(ctx, record.Garbage{Key: "key", DueAt: epoch}); err != nil {
					return err
				}
				_, _ = tx.Changes.Append(ctx, id(404), record.Change{RecordID: id(1), Table: table(t), At: epoch}) // no such user
				return nil
			})
			claimed, claimErr := gormstore.NewGarbage(s).Claim(t.Context(), epoch, 1)
			require.NoError(t, claimErr)
			assert.Equal(t, err == nil, len(claimed) == 1, "success means kept, failure means not: %v", err)
		})
	}
}
