package accounts

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

// lateWrite is storage where one more write commits behind the last batch, as many times as it is told.
type lateWrite struct {
	ports.StorageWork
	write func()
	times int
}

func (w *lateWrite) Do(ctx context.Context, fn func(context.Context, ports.StorageTx) error) error {
	err := w.StorageWork.Do(ctx, fn)
	if w.times > 0 {
		w.times--
		w.write()
	}
	return err
}

func TestALargeAccountIsEmptiedInBatches(t *testing.T) {
	t.Parallel()
	for _, n := range []int{removalBatch - 1, removalBatch, removalBatch + 1, 2*removalBatch + 50} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			who, _ := h.register(email)
			keys := append(h.keep(who.UserID, n), h.backUp(who.UserID, n)...)
			units := &lateWrite{StorageWork: h.storage, times: 2*(n/removalBatch) + 1}
			units.write = func() { // after each unit, what is counted is what is there
				var rows int
				for after := ""; ; {
					var page []record.Meta
					require.NoError(t, memory.NewStorageWork(h.store).Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) (err error) {
						page, err = tx.Records.List(ctx, who.UserID, record.Query{After: after, Limit: record.MaxLimit})
						return err
					}))
					rows += len(page)
					if len(page) == 0 {
						break
					}
					after = page[len(page)-1].ID
				}
				_, bytes := h.stored(who.UserID)
				assert.EqualValues(t, rows*10, bytes.RecordBytes)
				saved, err := memory.NewBackups(h.store).List(t.Context(), who.UserID, backup.Query{Limit: 10_000})
				require.NoError(t, err)
				assert.EqualValues(t, len(saved)*7, bytes.BackupBytes)
			}
			h.storage = units
			out, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
			require.NoError(t, err)
			require.True(t, out.Finished)
			require.Zero(t, units.times, "as many units as full batches, and the last one")
			requireGone(t, h, who.UserID, keys)
		})
	}
}

func TestAWriteThatCommitsBehindTheLastBatchIsRemovedToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	keys := h.keep(who.UserID, 2)
	h.storage = &lateWrite{StorageWork: h.storage, times: 2, write: func() { keys = append(keys, h.keep(who.UserID, 1)...) }}
	out, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
	require.NoError(t, err)
	require.True(t, out.Finished)
	requireGone(t, h, who.UserID, keys)
}

func TestADeletionThatNeverComesToAnEndIsLeftToTheJob(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.register(email)
	var keys []string
	late := &lateWrite{StorageWork: h.storage, times: 1000, write: func() { keys = append(keys, h.keep(who.UserID, 1)...) }}
	h.storage = late
	out, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
	require.NoError(t, err)
	require.False(t, out.Finished)
	require.Less(t, late.times, 1000)
	late.times = 0
	finish := FinishDeletions{Users: h.users, Removal: h.removal()}
	done, err := finish.Execute(t.Context(), struct{}{})
	require.NoError(t, err)
	require.Equal(t, FinishDeletionsOutput{Finished: 1}, done)
	requireGone(t, h, who.UserID, keys)
}

// TestACountOfBytesThatWentWrongDoesNotKeepAnybody: deletion is the one thing that must work whatever happened before.
func TestACountOfBytesThatWentWrongDoesNotKeepAnybody(t *testing.T) {
	t.Parallel()
	for _, drift := range []int64{-15, 15} {
		h := newHouse(t)
		who, _ := h.register(email)
		keys := h.keep(who.UserID, 2*removalBatch)
		require.NoError(t, h.storage.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
			if err := tx.Usage.Add(ctx, who.UserID, quota.Backups, 7, quota.Unlimited); err != nil {
				return err
			}
			return tx.Usage.Add(ctx, who.UserID, quota.Records, drift, quota.Unlimited)
		}))
		out, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
		require.NoError(t, err)
		require.True(t, out.Finished)
		requireGone(t, h, who.UserID, keys)
	}
}

// brokenFor is storage where one user's rows cannot be touched.
type brokenFor struct {
	ports.StorageWork
	userID string
}

func (w brokenFor) Do(ctx context.Context, fn func(context.Context, ports.StorageTx) error) error {
	return w.StorageWork.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		tx.Records = brokenRecords{tx.Records, w.userID}
		return fn(ctx, tx)
	})
}

type brokenRecords struct {
	ports.Records
	userID string
}

func (r brokenRecords) List(ctx context.Context, userID string, q record.Query) ([]record.Meta, error) {
	if userID == r.userID {
		return nil, fault.New(fault.Internal, "Broken.")
	}
	return r.Records.List(ctx, userID, q)
}

func TestOneUsersFaultDoesNotKeepTheOthersFromLeaving(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	working := h.storage
	h.storage = failingStorage{}
	var ids []string
	for n := range 3 {
		who, _ := h.register(fmt.Sprintf("user%d@example.com", n))
		_, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
		require.NoError(t, err)
		ids = append(ids, who.UserID)
	}
	h.storage = brokenFor{working, ids[0]}
	done, err := (&FinishDeletions{Users: h.users, Removal: h.removal()}).Execute(t.Context(), struct{}{})
	requireCode(t, fault.Internal, err)
	require.Equal(t, 2, done.Finished)
	left, err := h.users.Leaving(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, ids[:1], left)
}

// TestAFaultAtAnyCallOfADeletionIsMadeGoodByTheNextRun breaks every call of every port in turn, in every way. Either the
// account was never marked, and is whole; or a rerun ends in nothing but garbage that names every object.
func TestAFaultAtAnyCallOfADeletionIsMadeGoodByTheNextRun(t *testing.T) {
	t.Parallel()
	const records = removalBatch + 3
	for _, failure := range porttest.Failures() {
		t.Run(failure.String(), func(t *testing.T) {
			t.Parallel()
			// Every call up to and into the first batch, then some of the alike ones, and all of the last batch and the end.
			for at := 1; ; at++ {
				if at > 25 && at < 2*removalBatch+5 && at%67 != 0 {
					continue
				}
				h := newHouse(t)
				who, tokens := h.register(email)
				keys := append(h.keep(who.UserID, records), h.backUp(who.UserID, 3)...)
				faults := porttest.NewFaults(at, failure)
				h.work, h.storage = porttest.FaultyAccountWork(h.work, faults), porttest.FaultyStorageWork(h.storage, faults)
				out, err := h.deleter().Execute(t.Context(), DeleteAccountInput{UserID: who.UserID, Password: password})
				if !faults.Fired() {
					require.NoError(t, err)
					require.True(t, out.Finished)
					require.Greater(t, at, 2*records)
					break
				}
				h.work, h.storage = memory.NewAccountWork(h.store), memory.NewStorageWork(h.store)
				finish := FinishDeletions{Users: h.users, Removal: h.removal()}
				_, finishErr := finish.Execute(t.Context(), struct{}{})
				require.NoError(t, finishErr)
				if _, found := h.users.Find(t.Context(), who.UserID); found == nil {
					require.Error(t, err, "nobody was told that an account is gone which is not")
					requireWhole(t, h, who.UserID, records)
					require.Equal(t, who, h.who(tokens))
					continue
				}
				requireGone(t, h, who.UserID, keys)
			}
		})
	}
}

// requireWhole holds that an account was not touched.
func requireWhole(t *testing.T, h *house, userID string, records int) {
	t.Helper()
	require.False(t, h.user(userID).Deleted())
	_, bytes := h.stored(userID)
	require.EqualValues(t, records*10, bytes.RecordBytes)
	require.EqualValues(t, 3*7, bytes.BackupBytes)
	require.Empty(t, h.garbage())
}
