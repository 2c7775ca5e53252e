package porttest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
)

// Changes checks an adapter of ports.Changes.
func Changes(t *testing.T, open func(t T) StorageStore) { Run(t, ChangesCases(), open) }

// append adds a change about a record and answers it with its number.
func (s StorageStore) append(t T, userID, recordID string, deleted bool) record.Change {
	t.Helper()
	c := record.Change{Seq: 999, RecordID: recordID, Table: storageTable(t, "tasks"), Deleted: deleted, At: storageEpoch}
	seq, err := s.Changes.Append(t.Context(), userID, c)
	require.NoError(t, err)
	c.Seq = seq
	return c
}

// since are the entries that q selects, without their records.
func (s StorageStore) since(ctx context.Context, userID string, q record.FeedQuery) ([]record.Change, error) {
	feed, err := s.Changes.Since(ctx, userID, q)
	for i := range feed.Changes {
		feed.Changes[i].Record = nil
	}
	return feed.Changes, err
}

// ChangesCases are the sentences of ports.Changes.
func ChangesCases() []Case[StorageStore] {
	return slices.Concat(changesAppended(), changesRead(), changesPruned())
}

func changesAppended() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"numbers begin at 1 and have no gaps, for each user", func(t T, s StorageStore) {
			for _, user := range []string{s.owner(t), s.owner(t)} {
				for want := range int64(3) {
					assert.Equal(t, want+1, s.append(t, user, storageID(), false).Seq)
				}
			}
		}},
		{"since gives what has a greater number, every field, in order, up to the limit", func(t T, s StorageStore) {
			user := s.owner(t)
			want := []record.Change{
				s.append(t, user, storageID(), false), s.append(t, user, storageID(), true), s.append(t, user, storageID(), false),
			}
			s.append(t, s.owner(t), storageID(), false)
			for _, row := range []struct {
				seq   int64
				limit int
				want  []record.Change
			}{{0, 10, want}, {0, 2, want[:2]}, {1, 10, want[1:]}, {2, 1, want[2:]}, {3, 10, nil}, {99, 10, nil}, {-1, 1, want[:1]}} {
				got, err := s.since(t.Context(), user, record.FeedQuery{After: row.seq, Limit: row.limit})
				require.NoError(t, err)
				assert.True(t, slices.Equal(row.want, got), "since %d: want %v, got %v", row.seq, row.want, got)
			}
		}},
		{"since is empty for who has no feed", func(t T, s StorageStore) {
			s.append(t, s.owner(t), storageID(), false)
			for _, user := range []string{s.owner(t), storageID(), ""} {
				got, err := s.since(t.Context(), user, record.FeedQuery{Limit: 10})
				require.NoError(t, err)
				assert.Empty(t, got)
			}
		}},
		{"a change takes the place of the older one about the same record in the same table", func(t T, s StorageStore) {
			user, id := s.owner(t), storageID()
			s.append(t, user, id, false)
			beside := s.append(t, user, storageID(), false)
			gone := s.append(t, user, id, true)
			assert.Equal(t, int64(3), gone.Seq)
			got, err := s.since(t.Context(), user, record.FeedQuery{Limit: 10})
			require.NoError(t, err)
			assert.Equal(t, []record.Change{beside, gone}, got)
			again := record.Change{RecordID: id, Table: storageTable(t, "notes"), At: storageEpoch.Add(time.Hour)}
			again.Seq, err = s.Changes.Append(t.Context(), user, again)
			require.NoError(t, err)
			got, err = s.since(t.Context(), user, record.FeedQuery{Limit: 10})
			require.NoError(t, err)
			assert.Equal(t, []record.Change{beside, gone, again}, got, "of the table that it was in it is gone")
		}},
		{"append for a user who does not exist is NotFound", func(t T, s StorageStore) {
			user := storageID()
			_, err := s.Changes.Append(t.Context(), user, record.Change{RecordID: storageID(), Table: storageTable(t, "tasks"), At: storageEpoch})
			assertCode(t, fault.NotFound, err)
			got, err := s.since(t.Context(), user, record.FeedQuery{Limit: 10})
			require.NoError(t, err)
			assert.Empty(t, got)
		}},
		{"many at once each get a number of their own", func(t T, s StorageStore) {
			user := s.owner(t)
			table := storageTable(t, "tasks")
			const writers, each = 8, 5
			seqs := make(chan int64, writers*each)
			var group sync.WaitGroup
			for range writers {
				group.Go(func() {
					for range each {
						seq, err := s.Changes.Append(t.Context(), user, record.Change{RecordID: storageID(), Table: table, At: storageEpoch})
						assert.NoError(t, err)
						seqs <- seq
					}
				})
			}
			group.Wait()
			close(seqs)
			var got []int64
			for seq := range seqs {
				got = append(got, seq)
			}
			slices.Sort(got)
			for i, seq := range got {
				assert.Equal(t, int64(i+1), seq)
			}
		}},
		{"delete all forgets the user's feed and their sequence, and nobody else's", func(t T, s StorageStore) {
			user, other := s.owner(t), s.owner(t)
			s.append(t, user, storageID(), false)
			s.append(t, user, storageID(), true)
			kept := s.append(t, other, storageID(), false)
			require.NoError(t, s.Changes.DeleteAll(t.Context(), user))
			require.NoError(t, s.Changes.DeleteAll(t.Context(), user))
			got, err := s.since(t.Context(), user, record.FeedQuery{Limit: 10})
			require.NoError(t, err)
			assert.Empty(t, got)
			assert.Equal(t, int64(1), s.append(t, user, storageID(), false).Seq)
			got, err = s.since(t.Context(), other, record.FeedQuery{Limit: 10})
			require.NoError(t, err)
			assert.Equal(t, []record.Change{kept}, got)
		}},
		{"when the context has ended the feed is neither read nor changed", func(t T, s StorageStore) {
			user := s.owner(t)
			c := s.append(t, user, storageID(), false)
			_, appendErr := s.Changes.Append(cancelled(t), user, c)
			_, sinceErr := s.since(cancelled(t), user, record.FeedQuery{Limit: 10})
			for _, err := range []error{appendErr, sinceErr, s.Changes.DeleteAll(cancelled(t), user)} {
				require.ErrorIs(t, err, context.Canceled)
			}
			got, err := s.since(t.Context(), user, record.FeedQuery{Limit: 10})
			require.NoError(t, err)
			assert.Equal(t, []record.Change{c}, got)
			assert.Equal(t, int64(2), s.append(t, user, storageID(), false).Seq)
		}},
	}
}
