package porttest

import (
	"context"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// putRecord is a unit that stores m, or replaces what is stored, and answers it with its number.
func (s StorageStore) putRecord(t T, m record.Meta, replace bool) record.Meta {
	t.Helper()
	require.NoError(t, s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) (err error) {
		m.Seq, err = tx.Changes.Append(ctx, m.UserID, record.Change{RecordID: m.ID, Table: m.Table, At: m.UpdatedAt})
		if err != nil {
			return err
		}
		if replace {
			return tx.Records.Replace(ctx, m)
		}
		return tx.Records.Insert(ctx, m)
	}))
	return m
}

// removeRecord is a unit that deletes m and leaves a tombstone of this time.
func (s StorageStore) removeRecord(t T, m record.Meta, at time.Time) record.Change {
	t.Helper()
	c := record.Change{RecordID: m.ID, Table: m.Table, Deleted: true, At: at}
	require.NoError(t, s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) (err error) {
		if c.Seq, err = tx.Changes.Append(ctx, m.UserID, c); err != nil {
			return err
		}
		return tx.Records.Delete(ctx, m.UserID, m.ID)
	}))
	return c
}

func (s StorageStore) readFeed(t T, userID string, q record.FeedQuery) record.Feed {
	t.Helper()
	feed, err := s.Changes.Since(t.Context(), userID, q)
	require.NoError(t, err)
	return feed
}

func changesRead() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"an entry carries its record as it is now, a tombstone none", func(t T, s StorageStore) {
			user, other := s.owner(t), s.owner(t)
			first := s.putRecord(t, storageMeta(t, user, "tasks", storageEpoch), false)
			gone := s.putRecord(t, storageMeta(t, user, "notes", storageEpoch), false)
			theirs := first
			theirs.UserID, theirs.SizeBytes = other, 1
			s.putRecord(t, theirs, false)
			first.Checksum, first.SizeBytes, first.Key, first.UpdatedAt = checksum.Of([]byte("new")), 3, first.Key+"-new", first.UpdatedAt.Add(time.Hour)
			first = s.putRecord(t, first, true)
			tombstone := s.removeRecord(t, gone, storageEpoch.Add(time.Minute))
			assert.Equal(t, record.Feed{LastSeq: 4, Changes: []record.Change{
				{Seq: 3, RecordID: first.ID, Table: first.Table, At: first.UpdatedAt, Record: &first}, tombstone,
			}}, s.readFeed(t, user, record.FeedQuery{Limit: 10}))
		}},
		{"a table selects, and the last number is that of all tables", func(t T, s StorageStore) {
			user := s.owner(t)
			a := s.putRecord(t, storageMeta(t, user, "notes", storageEpoch), false)
			s.putRecord(t, storageMeta(t, user, "tasks", storageEpoch), false)
			b := s.putRecord(t, storageMeta(t, user, "notes", storageEpoch), false)
			s.putRecord(t, storageMeta(t, user, "tasks", storageEpoch), false)
			notes, nothing := storageTable(t, "notes"), storageTable(t, "nothing")
			for _, row := range []struct {
				q    record.FeedQuery
				want []string
			}{
				{record.FeedQuery{Table: &notes, Limit: 10}, []string{a.ID, b.ID}}, {record.FeedQuery{Table: &notes, Limit: 1}, []string{a.ID}},
				{record.FeedQuery{Table: &notes, After: 1, Limit: 10}, []string{b.ID}}, {record.FeedQuery{Table: &notes, After: 3, Limit: 10}, nil},
				{record.FeedQuery{Table: &nothing, Limit: 10}, nil},
			} {
				feed := s.readFeed(t, user, row.q)
				var ids []string
				for _, c := range feed.Changes {
					ids = append(ids, c.RecordID)
				}
				assert.Equal(t, row.want, ids)
				assert.Equal(t, int64(4), feed.LastSeq)
			}
		}},
		{"a unit reads what it has written", func(t T, s StorageStore) {
			m := storageMeta(t, s.owner(t), "tasks", storageEpoch)
			var feed record.Feed
			require.NoError(t, s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) (err error) {
				if err := write(ctx, tx, m, quota.Unlimited); err != nil {
					return err
				}
				feed, err = tx.Changes.Since(ctx, m.UserID, record.FeedQuery{Limit: 10})
				return err
			}))
			m.Seq = 1
			assert.Equal(t, record.Feed{LastSeq: 1, Changes: []record.Change{{Seq: 1, RecordID: m.ID, Table: m.Table, At: m.UpdatedAt, Record: &m}}}, feed)
		}},
		{"who reads while others write sees every number once, in order, and each record as that number left it", readsWhileWriting},
	}
}

// readsWhileWriting has several readers follow a feed to its end while several writers make it.
func readsWhileWriting(t T, s StorageStore) {
	user := s.owner(t)
	const writers, each = 4, 12
	metas := make([]record.Meta, writers*each)
	for i := range metas {
		metas[i] = storageMeta(t, user, "tasks", storageEpoch)
	}
	var writing, reading sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			for _, m := range metas[i*each : (i+1)*each] {
				assert.NoError(t, s.Work.Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
					return write(ctx, tx, m, quota.Unlimited)
				}))
			}
		})
	}
	for i := range 3 {
		reading.Go(func() {
			for seen := int64(0); seen < writers*each && t.Context().Err() == nil; {
				feed, err := s.Changes.Since(t.Context(), user, record.FeedQuery{After: seen, Limit: 5 + i})
				if err != nil {
					t.Errorf("%v", err)
					return
				}
				for _, c := range feed.Changes {
					if seen++; c.Seq != seen || c.Record == nil || c.Record.Seq != c.Seq {
						assert.Fail(t, "a change was missed or told out of order", "want %d, got %+v", seen, c)
						return
					}
				}
				assert.GreaterOrEqual(t, feed.LastSeq, seen)
			}
		})
	}
	writing.Wait()
	reading.Wait()
}

func changesPruned() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"prune removes tombstones from before a time and tells how far, and nothing else", func(t T, s StorageStore) {
			user, other := s.owner(t), s.owner(t)
			live := s.append(t, user, storageID(), false)
			s.append(t, user, storageID(), true)
			s.append(t, user, storageID(), true)
			young, err := s.Changes.Append(t.Context(), user, record.Change{RecordID: storageID(), Table: storageTable(t, "tasks"), Deleted: true, At: storageEpoch.Add(time.Millisecond)})
			require.NoError(t, err)
			kept := s.append(t, other, storageID(), false)
			n, err := s.Changes.Prune(t.Context(), storageEpoch, 10)
			require.NoError(t, err)
			assert.Zero(t, n, "what is of that very time is not from before it")
			assert.Zero(t, s.readFeed(t, user, record.FeedQuery{Limit: 10}).PrunedSeq)
			n, err = s.Changes.Prune(t.Context(), storageEpoch.Add(time.Millisecond), 10)
			require.NoError(t, err)
			assert.Equal(t, 2, n)
			feed := s.readFeed(t, user, record.FeedQuery{Limit: 10})
			require.Len(t, feed.Changes, 2)
			assert.Equal(t, []int64{live.Seq, young}, []int64{feed.Changes[0].Seq, feed.Changes[1].Seq})
			assert.Equal(t, []int64{4, 3}, []int64{feed.LastSeq, feed.PrunedSeq})
			assert.Equal(t, record.Feed{LastSeq: kept.Seq, Changes: []record.Change{kept}}, s.readFeed(t, other, record.FeedQuery{Limit: 10}))
			assert.Equal(t, int64(5), s.append(t, user, storageID(), false).Seq, "numbers go on")
		}},
		{"prune takes no more than its limit, the oldest first, over all users", func(t T, s StorageStore) {
			users := []string{s.owner(t), s.owner(t)}
			for i, age := range []time.Duration{3 * time.Hour, time.Hour, 2 * time.Hour, 0} {
				_, err := s.Changes.Append(t.Context(), users[i%2], record.Change{
					RecordID: storageID(), Table: storageTable(t, "tasks"), Deleted: true, At: storageEpoch.Add(-age),
				})
				require.NoError(t, err)
			}
			for _, step := range []struct {
				limit, pruned, first, second int
			}{{1, 1, 1, 0}, {2, 2, 2, 1}, {5, 1, 2, 2}, {5, 0, 2, 2}} {
				n, err := s.Changes.Prune(t.Context(), storageEpoch.Add(time.Hour), step.limit)
				require.NoError(t, err)
				assert.Equal(t, step.pruned, n)
				assert.EqualValues(t, step.first, s.readFeed(t, users[0], record.FeedQuery{Limit: 10}).PrunedSeq)
				assert.EqualValues(t, step.second, s.readFeed(t, users[1], record.FeedQuery{Limit: 10}).PrunedSeq)
			}
		}},
		{"delete all forgets how far it was pruned", func(t T, s StorageStore) {
			user := s.owner(t)
			s.append(t, user, storageID(), true)
			_, err := s.Changes.Prune(t.Context(), storageEpoch.Add(time.Hour), 10)
			require.NoError(t, err)
			require.NoError(t, s.Changes.DeleteAll(t.Context(), user))
			assert.Equal(t, record.Feed{}, s.readFeed(t, user, record.FeedQuery{Limit: 10}))
			s.append(t, user, storageID(), false)
			assert.Zero(t, s.readFeed(t, user, record.FeedQuery{Limit: 10}).PrunedSeq)
		}},
		{"who prunes while others write and read hides no tombstone from who was told that none is missing", prunesWhileReading},
		{"when the context has ended nothing is pruned", func(t T, s StorageStore) {
			user := s.owner(t)
			s.append(t, user, storageID(), true)
			_, err := s.Changes.Prune(cancelled(t), storageEpoch.Add(time.Hour), 10)
			require.ErrorIs(t, err, context.Canceled)
			assert.Len(t, s.readFeed(t, user, record.FeedQuery{Limit: 10}).Changes, 1)
		}},
	}
}

// prunesWhileReading reads the feed whole, again and again, while its tombstones go: whenever some are missing, it says
// so in the same breath.
func prunesWhileReading(t T, s StorageStore) {
	user := s.owner(t)
	tasks := storageTable(t, "tasks")
	const tombstones = 30
	for range tombstones {
		s.append(t, user, storageID(), true)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for left := tombstones; left > 0 && t.Context().Err() == nil; {
			n, err := s.Changes.Prune(t.Context(), storageEpoch.Add(time.Hour), 3)
			assert.NoError(t, err)
			left -= n
		}
	})
	group.Go(func() {
		for range 10 {
			_, err := s.Changes.Append(t.Context(), user, record.Change{RecordID: storageID(), Table: tasks, At: storageEpoch})
			assert.False(t, fault.Is(err, fault.NotFound))
		}
	})
	for t.Context().Err() == nil {
		feed, err := s.Changes.Since(t.Context(), user, record.FeedQuery{Limit: 200})
		require.NoError(t, err)
		alive, beyond := 0, int64(0)
		for _, c := range feed.Changes {
			if c.Deleted {
				alive++
			}
			if c.Deleted && c.Seq > feed.PrunedSeq {
				beyond++
			}
		}
		assert.Equal(t, tombstones-feed.PrunedSeq, beyond, "a tombstone is missing and nobody says so")
		if alive == 0 {
			break
		}
	}
	group.Wait()
}
