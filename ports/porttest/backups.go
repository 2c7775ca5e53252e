package porttest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
)

// Backups checks an adapter of ports.Backups.
func Backups(t *testing.T, open func(t T) StorageStore) { Run(t, BackupsCases(), open) }

// BackupsCases are the sentences of ports.Backups.
func BackupsCases() []Case[StorageStore] {
	return slices.Concat(backupsRows(), backupsLists())
}

// backupMeta is a row of two chunks and a bit.
func backupMeta(userID string, created time.Time) backup.Meta {
	id := storageID()
	return backup.Meta{
		ID: id, UserID: userID, Version: "1.2 beta", Timestamp: storageEpoch.Add(-time.Hour), Key: backup.Key(userID, id, storageID()),
		Checksum: checksum.Of([]byte(id)), SizeBytes: 2100, ChunkBytes: 1000,
		Sums:      []checksum.Sum{checksum.Of([]byte("a" + id)), checksum.Of([]byte("b" + id)), checksum.Of([]byte("c" + id))},
		CreatedAt: created,
	}
}

func (s StorageStore) backedUp(t T, userID string, created time.Time) backup.Meta {
	t.Helper()
	m := backupMeta(userID, created)
	require.NoError(t, s.Backups.Insert(t.Context(), m))
	return m
}

func backupsRows() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"insert stores every field", func(t T, s StorageStore) {
			m := s.backedUp(t, s.owner(t), storageEpoch)
			got, err := s.Backups.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, m, got)
			empty := backupMeta(s.owner(t), storageEpoch)
			empty.SizeBytes, empty.Sums = 0, nil
			require.NoError(t, s.Backups.Insert(t.Context(), empty))
			got, err = s.Backups.Find(t.Context(), empty.UserID, empty.ID)
			require.NoError(t, err)
			assert.Equal(t, empty, got)
		}},
		{"sums belong to the caller", func(t T, s StorageStore) {
			m := s.backedUp(t, s.owner(t), storageEpoch)
			first := m.Sums[0]
			m.Sums[0] = checksum.Of(nil)
			got, err := s.Backups.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, first, got.Sums[0])
			got.Sums[0] = checksum.Of(nil)
			got, err = s.Backups.Newest(t.Context(), m.UserID)
			require.NoError(t, err)
			assert.Equal(t, first, got.Sums[0])
		}},
		{"insert of an id that the user has is IDExists, and changes nothing", func(t T, s StorageStore) {
			m := s.backedUp(t, s.owner(t), storageEpoch)
			again := backupMeta(m.UserID, storageEpoch)
			again.ID = m.ID
			assertCode(t, fault.IDExists, s.Backups.Insert(t.Context(), again))
			got, err := s.Backups.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, m, got)
		}},
		{"insert for a user who does not exist is NotFound", func(t T, s StorageStore) {
			assertCode(t, fault.NotFound, s.Backups.Insert(t.Context(), backupMeta(storageID(), storageEpoch)))
		}},
		{"what is not there or somebody else's is NotFound everywhere, and stays", func(t T, s StorageStore) {
			m, other := s.backedUp(t, s.owner(t), storageEpoch), s.owner(t)
			for user, id := range map[string]string{other: m.ID, m.UserID: storageID(), "": m.ID} {
				_, err := s.Backups.Find(t.Context(), user, id)
				assertCode(t, fault.NotFound, err)
				_, err = s.Backups.List(t.Context(), user, backup.Query{After: id, Limit: 10})
				assertCode(t, fault.NotFound, err)
				assertCode(t, fault.NotFound, s.Backups.Delete(t.Context(), user, id))
			}
			_, err := s.Backups.Newest(t.Context(), other)
			assertCode(t, fault.NotFound, err)
			got, err := s.Backups.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, m, got)
		}},
		{"delete removes the backup and no other", func(t T, s StorageStore) {
			user := s.owner(t)
			m, kept := s.backedUp(t, user, storageEpoch), s.backedUp(t, user, storageEpoch)
			require.NoError(t, s.Backups.Delete(t.Context(), user, m.ID))
			assertCode(t, fault.NotFound, s.Backups.Delete(t.Context(), user, m.ID))
			got, err := s.Backups.Newest(t.Context(), user)
			require.NoError(t, err)
			assert.Equal(t, kept, got)
		}},
		{"when the context has ended backups are neither read nor changed", func(t T, s StorageStore) {
			user := s.owner(t)
			m := s.backedUp(t, user, storageEpoch)
			_, findErr := s.Backups.Find(cancelled(t), user, m.ID)
			_, newestErr := s.Backups.Newest(cancelled(t), user)
			_, listErr := s.Backups.List(cancelled(t), user, backup.Query{Limit: 10})
			for _, err := range []error{
				findErr, newestErr, listErr, s.Backups.Insert(cancelled(t), backupMeta(user, storageEpoch)), s.Backups.Delete(cancelled(t), user, m.ID),
			} {
				require.ErrorIs(t, err, cancelled(t).Err())
			}
			s.assertBackups(t, user, backup.Query{Limit: 10}, m)
		}},
	}
}

func backupsLists() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"newest and list go by creation time, then id, the newest first", func(t T, s StorageStore) {
			user, other := s.owner(t), s.owner(t)
			a, b := s.backedUp(t, user, storageEpoch.Add(time.Second)), s.backedUp(t, user, storageEpoch.Add(time.Second))
			if a.ID < b.ID {
				a, b = b, a
			}
			newest := s.backedUp(t, user, storageEpoch.Add(2*time.Second))
			oldest := s.backedUp(t, user, storageEpoch)
			s.backedUp(t, other, storageEpoch.Add(time.Hour))
			got, err := s.Backups.Newest(t.Context(), user)
			require.NoError(t, err)
			assert.Equal(t, newest, got)
			s.assertBackups(t, user, backup.Query{Limit: 10}, newest, a, b, oldest)
			s.assertBackups(t, user, backup.Query{Limit: 2}, newest, a)
			s.assertBackups(t, user, backup.Query{Skip: 1, Limit: 2}, a, b)
			s.assertBackups(t, user, backup.Query{Skip: 4, Limit: 2})
			s.assertBackups(t, user, backup.Query{After: a.ID, Limit: 2}, b, oldest)
			s.assertBackups(t, user, backup.Query{After: newest.ID, Skip: 1, Limit: 1}, b)
			s.assertBackups(t, user, backup.Query{After: oldest.ID, Limit: 2})
		}},
		{"a user without backups has an empty list and no newest one", func(t T, s StorageStore) {
			user := s.owner(t)
			s.assertBackups(t, user, backup.Query{Limit: 10})
			_, err := s.Backups.Newest(t.Context(), user)
			assertCode(t, fault.NotFound, err)
		}},
	}
}

// assertBackups checks a listing, which has no sums.
func (s StorageStore) assertBackups(t T, userID string, q backup.Query, want ...backup.Meta) {
	t.Helper()
	got, err := s.Backups.List(t.Context(), userID, q)
	require.NoError(t, err)
	for i := range want {
		want[i].Sums = nil
	}
	assert.Equal(t, want, got)
}
