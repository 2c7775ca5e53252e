package gormstore_test

import (
	"context"
	"fmt"
	"sync"
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
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// What the suites check with a few callers at once, with as many as a busy server has.
const crowd = 64

var epoch = time.Date(2026, time.March, 1, 12, 0, 0, 123e6, time.UTC)

func id(n int) string { return fmt.Sprintf("01950000-0000-7000-8000-%012x", n) }

func user(t *testing.T, n int) account.User {
	t.Helper()
	email, err := account.ParseEmail(fmt.Sprintf("person.%d@example.com", n))
	require.NoError(t, err)
	return account.User{
		ID: id(n), Email: email, PasswordHash: "hash", Tier: tier.Pro, Role: account.Member, CreatedAt: epoch, UpdatedAt: epoch,
	}
}

func insertUser(t *testing.T, s *gormstore.Store, n int) account.User {
	t.Helper()
	u := user(t, n)
	require.NoError(t, gormstore.NewUsers(s).Insert(t.Context(), u))
	return u
}

// outcomes are the codes of n calls at once, counted; success is the empty one.
func outcomes(n int, call func(i int) error) map[fault.Code]int {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = call(i) })
	}
	group.Wait()
	codes := map[fault.Code]int{}
	for _, err := range errs {
		codes[fault.CodeOf(err)]++
	}
	return codes
}

func TestACrowdAtTheLimitNeverKeepsAByteTooMany(t *testing.T) {
	t.Parallel()
	const each, fits = 7, 10
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.start(t)(t)
			usage, work := gormstore.NewUsage(s), gormstore.NewStorageWork(s)
			for n, add := range []func(ctx context.Context, userID string) error{
				func(ctx context.Context, userID string) error {
					return usage.Add(ctx, userID, quota.Records, each, each*fits+each-1)
				},
				func(ctx context.Context, userID string) error {
					return work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
						return tx.Usage.Add(ctx, userID, quota.Records, each, each*fits+each-1)
					})
				},
			} {
				u := insertUser(t, s, n)
				codes := outcomes(crowd, func(int) error { return add(t.Context(), u.ID) })
				assert.Equal(t, map[fault.Code]int{"": fits, fault.QuotaExceeded: crowd - fits}, codes)
				kept, err := usage.Find(t.Context(), u.ID)
				require.NoError(t, err)
				assert.Equal(t, quota.Usage{RecordBytes: each * fits}, kept)
			}
		})
	}
}

func TestOfACrowdThatRegistersOneEmailOneSucceeds(t *testing.T) {
	t.Parallel()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.start(t)(t)
			users, work := gormstore.NewUsers(s), gormstore.NewAccountWork(s)
			for round, insert := range []func(context.Context, account.User) error{
				users.Insert,
				func(ctx context.Context, u account.User) error {
					return work.Do(ctx, func(ctx context.Context, tx ports.AccountTx) error { return tx.Users.Insert(ctx, u) })
				},
			} {
				codes := outcomes(crowd, func(i int) error {
					u := user(t, round)
					u.ID = id(1000*round + i)
					return insert(t.Context(), u)
				})
				assert.Equal(t, map[fault.Code]int{"": 1, fault.EmailTaken: crowd - 1}, codes)
			}
		})
	}
}

func TestOfEightThatRotateOneTokenOneSucceedsInEveryRound(t *testing.T) {
	t.Parallel()
	const rounds, rivals = 30, 8
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.start(t)(t)
			sessions := gormstore.NewSessions(s)
			u := insertUser(t, s, 1)
			active := session.Token{
				ID: id(2), SessionID: id(3), UserID: u.ID, Hash: session.Hash{1}, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour),
			}
			opened := session.Session{ID: id(3), UserID: u.ID, CreatedAt: epoch, LastUsedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}
			require.NoError(t, sessions.Insert(t.Context(), opened, active))
			for round := range rounds {
				codes := outcomes(rivals, func(i int) error {
					child := active
					child.ID, child.ParentID, child.Hash = id(100+round*rivals+i), active.ID, session.Hash{2, byte(round), byte(i)}
					return sessions.Rotate(t.Context(), child)
				})
				require.Equal(t, map[fault.Code]int{"": 1, fault.Conflict: rivals - 1}, codes, "round %d", round)
				var err error
				active, err = sessions.ActiveToken(t.Context(), opened.ID)
				require.NoError(t, err)
			}
		})
	}
}

func TestACrowdOfUnitsForOneUserAllComeThrough(t *testing.T) {
	t.Parallel()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.start(t)(t)
			u := insertUser(t, s, 1)
			tasks := table(t)
			began := time.Now()
			codes := outcomes(crowd, func(i int) error {
				return gormstore.NewStorageWork(s).Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
					m := record.Meta{ID: id(i), UserID: u.ID, Table: tasks, Key: id(i), SizeBytes: 3, CreatedAt: epoch, UpdatedAt: epoch}
					var err error
					if m.Seq, err = tx.Changes.Append(ctx, u.ID, record.Change{RecordID: m.ID, Table: tasks, At: epoch}); err != nil {
						return err
					}
					if err := tx.Records.Insert(ctx, m); err != nil {
						return err
					}
					return tx.Usage.Add(ctx, u.ID, quota.Records, m.SizeBytes, quota.Unlimited)
				})
			})
			t.Logf("%d units on one row took %s", crowd, time.Since(began).Round(time.Millisecond))
			assert.Equal(t, map[fault.Code]int{"": crowd}, codes)
			feed, err := gormstore.NewChanges(s).Since(t.Context(), u.ID, record.FeedQuery{Limit: 2 * crowd})
			require.NoError(t, err)
			require.Len(t, feed.Changes, crowd)
			assert.Equal(t, int64(crowd), feed.Changes[crowd-1].Seq, "no number was given twice or left out")
			kept, err := gormstore.NewUsage(s).Find(t.Context(), u.ID)
			require.NoError(t, err)
			assert.Equal(t, quota.Usage{RecordBytes: 3 * crowd}, kept)
		})
	}
}

// increment is a unit that reads before it writes.
func increment(t *testing.T, s *gormstore.Store, key string) error {
	t.Helper()
	return gormstore.NewAccountWork(s).Do(t.Context(), func(ctx context.Context, tx ports.AccountTx) error {
		a, err := tx.Attempts.Find(ctx, key)
		if err != nil {
			return err
		}
		return tx.Attempts.Save(ctx, key, account.Attempts{Failures: a.Failures + 1, LastAt: epoch})
	})
}
