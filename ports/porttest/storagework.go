package porttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// StorageWork checks an adapter of ports.StorageWork.
func StorageWork(t *testing.T, open func(t T) StorageStore) { Run(t, StorageWorkCases(), open) }

// StorageWorkCases are the sentences of ports.StorageWork.
func StorageWorkCases() []Case[StorageStore] {
	return slices.Concat(workAtomicity(), workIsolation())
}

// write is a unit that stores m: a row, its bytes, its change and the name of an older object.
func write(ctx context.Context, tx ports.StorageTx, m record.Meta, limit quota.Limit) error {
	seq, err := tx.Changes.Append(ctx, m.UserID, record.Change{RecordID: m.ID, Table: m.Table, At: m.UpdatedAt})
	if err != nil {
		return err
	}
	m.Seq = seq
	return errors.Join(
		tx.Records.Insert(ctx, m),
		tx.Usage.Add(ctx, m.UserID, quota.Records, m.SizeBytes, limit),
		tx.Garbage.Add(ctx, record.Garbage{Key: m.Key + "-old", DueAt: storageEpoch}),
	)
}

// assertNothing checks that a unit which would have stored m left nothing.
func (s StorageStore) assertNothing(t T, m record.Meta) {
	t.Helper()
	_, err := s.Records.Find(t.Context(), m.UserID, m.ID)
	assertCode(t, fault.NotFound, err)
	changes, err := s.since(t.Context(), m.UserID, record.FeedQuery{Limit: 10})
	require.NoError(t, err)
	assert.Empty(t, changes)
	s.assertUsage(t, m.UserID, quota.Usage{})
	assert.Empty(t, s.claim(t, storageEpoch, 10))
	assert.Equal(t, int64(1), s.append(t, m.UserID, m.ID, false).Seq, "the number that was not used is free")
}

func workAtomicity() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"what a unit did is there when it is done", func(t T, s StorageStore) {
			m := storageMeta(t, s.owner(t), "tasks", storageEpoch)
			require.NoError(t, s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
				return write(ctx, tx, m, 5000)
			}))
			m.Seq = 1
			rows, err := s.Records.List(t.Context(), m.UserID, record.Query{Limit: 10})
			require.NoError(t, err)
			assert.Equal(t, []record.Meta{m}, rows)
			changes, err := s.since(t.Context(), m.UserID, record.FeedQuery{Limit: 10})
			require.NoError(t, err)
			assert.Equal(t, []record.Change{{Seq: 1, RecordID: m.ID, Table: m.Table, At: m.UpdatedAt}}, changes)
			s.assertUsage(t, m.UserID, quota.Usage{RecordBytes: m.SizeBytes})
			assert.Equal(t, []string{m.Key + "-old"}, s.claim(t, storageEpoch, 10))
		}},
		{"a unit sees what it has written", func(t T, s StorageStore) {
			m := storageMeta(t, s.owner(t), "tasks", storageEpoch)
			var found record.Meta
			var usage quota.Usage
			require.NoError(t, s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) (err error) {
				err = write(ctx, tx, m, 5000)
				if err != nil {
					return err
				}
				if found, err = tx.Records.Find(ctx, m.UserID, m.ID); err != nil {
					return err
				}
				usage, err = tx.Usage.Find(ctx, m.UserID)
				return err
			}))
			m.Seq = 1
			assert.Equal(t, m, found)
			assert.Equal(t, quota.Usage{RecordBytes: m.SizeBytes}, usage)
		}},
		{"an error leaves nothing behind and is passed on", func(t T, s StorageStore) {
			m := storageMeta(t, s.owner(t), "tasks", storageEpoch)
			mine := errors.New("mine")
			err := s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
				return errors.Join(write(ctx, tx, m, 5000), mine)
			})
			require.ErrorIs(t, err, mine)
			s.assertNothing(t, m)
		}},
		{"a fault of a port in a unit keeps its code and details and leaves nothing behind", func(t T, s StorageStore) {
			m := storageMeta(t, s.owner(t), "tasks", storageEpoch)
			err := s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
				return write(ctx, tx, m, quota.Limit(m.SizeBytes-1))
			})
			assertCode(t, fault.QuotaExceeded, err)
			assert.Equal(t, map[string]any{"limit_bytes": m.SizeBytes - 1, "used_bytes": int64(0)}, fault.From(err).Details)
			s.assertNothing(t, m)
		}},
		{"a panic leaves nothing behind and is passed on", func(t T, s StorageStore) {
			m := storageMeta(t, s.owner(t), "tasks", storageEpoch)
			assert.PanicsWithValue(t, "mine", func() {
				_ = s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
					_ = write(ctx, tx, m, 5000)
					panic("mine")
				})
			})
			s.assertNothing(t, m)
		}},
		{"a context that has ended runs nothing", func(t T, s StorageStore) {
			ran := false
			err := s.Work.Do(cancelled(t), func(context.Context, ports.StorageTx) error {
				ran = true
				return nil
			})
			require.ErrorIs(t, err, context.Canceled)
			assert.False(t, ran)
		}},
		{"a context that ends in the middle leaves nothing behind", func(t T, s StorageStore) {
			m := storageMeta(t, s.owner(t), "tasks", storageEpoch)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := s.Work.Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
				err := write(ctx, tx, m, 5000)
				cancel()
				return err
			})
			require.ErrorIs(t, err, context.Canceled)
			s.assertNothing(t, m)
		}},
	}
}

func workIsolation() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"of many units that read and then write none overwrites another", func(t T, s StorageStore) {
			m := storageMeta(t, s.owner(t), "tasks", storageEpoch)
			m.SizeBytes = 0
			require.NoError(t, s.Records.Insert(t.Context(), m))
			const units = 8
			s.atOnce(t, units, func(ctx context.Context, _ int, tx ports.StorageTx) error {
				row, err := tx.Records.Find(ctx, m.UserID, m.ID)
				if err != nil {
					return err
				}
				row.SizeBytes++
				return tx.Records.Replace(ctx, row)
			})
			got, err := s.Records.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, int64(units), got.SizeBytes)
		}},
		{"a decision about one row holds while another is written", func(t T, s StorageStore) {
			user := s.owner(t)
			guards := []record.Meta{s.stored(t, user, "tasks", storageEpoch), s.stored(t, user, "tasks", storageEpoch)}
			full := errors.New("the other one is gone")
			errs := s.each(t, 2, func(ctx context.Context, i int, tx ports.StorageTx) error { // each deletes its row if the other's stands
				if _, err := tx.Records.Find(ctx, user, guards[1-i].ID); fault.Is(err, fault.NotFound) {
					return full
				} else if err != nil {
					return err
				}
				return tx.Records.Delete(ctx, user, guards[i].ID)
			})
			require.ErrorIs(t, errors.Join(errs...), full)
			assert.True(t, errs[0] == nil || errs[1] == nil)
			rows, err := s.Records.List(t.Context(), user, record.Query{Limit: 10})
			require.NoError(t, err)
			assert.Len(t, rows, 1)
		}},
		{"numbers, rows and bytes of many units at once agree", func(t T, s StorageStore) {
			user := s.owner(t)
			const units = 12
			metas := make([]record.Meta, units)
			for i := range metas {
				metas[i] = storageMeta(t, user, "tasks", storageEpoch)
			}
			s.atOnce(t, units, func(ctx context.Context, i int, tx ports.StorageTx) error {
				return write(ctx, tx, metas[i], quota.Unlimited)
			})
			rows, err := s.Records.List(t.Context(), user, record.Query{Limit: 50})
			require.NoError(t, err)
			changes, err := s.since(t.Context(), user, record.FeedQuery{Limit: 50})
			require.NoError(t, err)
			require.Len(t, changes, units)
			bySeq := map[int64]string{}
			for _, m := range rows {
				bySeq[m.Seq] = m.ID
			}
			for i, c := range changes {
				assert.Equal(t, int64(i+1), c.Seq)
				assert.Equal(t, c.RecordID, bySeq[c.Seq])
			}
			s.assertUsage(t, user, quota.Usage{RecordBytes: units * metas[0].SizeBytes})
		}},
		{"of many units that want one id one gets it and the others leave nothing", func(t T, s StorageStore) {
			m := storageMeta(t, s.owner(t), "tasks", storageEpoch)
			errs := s.each(t, 6, func(ctx context.Context, i int, tx ports.StorageTx) error {
				mine := m
				mine.Key = fmt.Sprintf("%s%d", m.Key, i)
				return write(ctx, tx, mine, quota.Unlimited)
			})
			codes := map[fault.Code]int{}
			for _, err := range errs {
				codes[fault.CodeOf(err)]++
			}
			assert.Equal(t, map[fault.Code]int{"": 1, fault.IDExists: 5}, codes)
			s.assertUsage(t, m.UserID, quota.Usage{RecordBytes: m.SizeBytes})
			assert.Len(t, s.claim(t, storageEpoch, 10), 1)
			changes, err := s.since(t.Context(), m.UserID, record.FeedQuery{Limit: 10})
			require.NoError(t, err)
			assert.Len(t, changes, 1)
		}},
	}
}

// each runs n units at once and gives the outcome of each.
func (s StorageStore) each(t T, n int, unit func(ctx context.Context, i int, tx ports.StorageTx) error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			errs[i] = s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error { return unit(ctx, i, tx) })
		})
	}
	group.Wait()
	return errs
}

// atOnce runs n units at once, all of which have to succeed.
func (s StorageStore) atOnce(t T, n int, unit func(ctx context.Context, i int, tx ports.StorageTx) error) {
	t.Helper()
	for _, err := range s.each(t, n, unit) {
		require.NoError(t, err)
	}
}
