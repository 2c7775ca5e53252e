package porttest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// StorageStore is one empty store seen through all ports of storage. Users stands beside them because rows need owners.
type StorageStore struct {
	Work    ports.StorageWork
	Users   ports.Users
	Records ports.Records
	Changes ports.Changes
	Usage   ports.Usage
	Garbage ports.Garbage
	Backups ports.Backups

	VectorItems   ports.VectorItems
	VectorGarbage ports.VectorGarbage
}

// storageEpoch is the time at which the cases of storage begin.
var storageEpoch = time.Date(2026, 3, 1, 9, 30, 0, 123_000_000, time.UTC)

// storageID is a random id in the form of a UUID, version 7.
func storageID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// owner is the id of a new user.
func (s StorageStore) owner(t T) string {
	t.Helper()
	id := storageID()
	email, err := account.ParseEmail(id + "@example.com")
	require.NoError(t, err)
	require.NoError(t, s.Users.Insert(t.Context(), account.User{
		ID: id, Email: email, PasswordHash: "hash", Tier: tier.Pro, Role: account.Member,
		CreatedAt: storageEpoch, UpdatedAt: storageEpoch,
	}))
	return id
}

// stored is a row of userID that was inserted.
func (s StorageStore) stored(t T, userID, table string, created time.Time) record.Meta {
	t.Helper()
	m := storageMeta(t, userID, table, created)
	require.NoError(t, s.Records.Insert(t.Context(), m))
	return m
}

func storageTable(t T, name string) record.Table {
	t.Helper()
	table, err := record.ParseTable("table", name)
	require.NoError(t, err)
	return table
}

func storageMeta(t T, userID, table string, created time.Time) record.Meta {
	t.Helper()
	id := storageID()
	tab := storageTable(t, table)
	return record.Meta{
		ID: id, UserID: userID, Table: tab, Key: record.Key(userID, tab, id, storageID()), Checksum: checksum.Of([]byte(id)),
		SizeBytes: 1234, Seq: 7, CreatedAt: created, UpdatedAt: created.Add(time.Second),
	}
}

func assertCode(t T, want fault.Code, err error) {
	t.Helper()
	assert.Equal(t, want, fault.CodeOf(err), "%v", err)
}

// cancelled is a context that has ended.
func cancelled(t T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func metaIDs(rows []record.Meta) []string {
	ids := make([]string, 0, len(rows))
	for _, m := range rows {
		ids = append(ids, m.ID)
	}
	return ids
}

// Records checks an adapter of ports.Records.
func Records(t *testing.T, open func(t T) StorageStore) { Run(t, RecordsCases(), open) }

// RecordsCases are the sentences of ports.Records.
func RecordsCases() []Case[StorageStore] {
	return slices.Concat(recordsWrites(), recordsLists(), []Case[StorageStore]{
		{"when the context has ended records are neither read nor changed", func(t T, s StorageStore) {
			user := s.owner(t)
			m := s.stored(t, user, "tasks", storageEpoch)
			next, other := m, storageMeta(t, user, "tasks", storageEpoch)
			next.SizeBytes = 99
			_, findErr := s.Records.Find(cancelled(t), user, m.ID)
			_, listErr := s.Records.List(cancelled(t), user, record.Query{Limit: 10})
			for _, err := range []error{
				findErr, listErr, s.Records.Insert(cancelled(t), other), s.Records.Replace(cancelled(t), next),
				s.Records.Delete(cancelled(t), user, m.ID),
			} {
				require.ErrorIs(t, err, context.Canceled)
			}
			got, err := s.Records.List(t.Context(), user, record.Query{Limit: 10})
			require.NoError(t, err)
			assert.Equal(t, []record.Meta{m}, got)
		}},
	})
}

func recordsWrites() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"insert stores every field", func(t T, s StorageStore) {
			m := s.stored(t, s.owner(t), "tasks", storageEpoch)
			got, err := s.Records.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, m, got)
		}},
		{"insert of an id that the user has is IDExists, and changes nothing", func(t T, s StorageStore) {
			m := s.stored(t, s.owner(t), "tasks", storageEpoch)
			again := storageMeta(t, m.UserID, "notes", storageEpoch)
			again.ID = m.ID
			assertCode(t, fault.IDExists, s.Records.Insert(t.Context(), again))
			got, err := s.Records.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, m, got)
		}},
		{"two users may have the same id, and never meet", func(t T, s StorageStore) {
			m := s.stored(t, s.owner(t), "tasks", storageEpoch)
			other := storageMeta(t, s.owner(t), "notes", storageEpoch)
			other.ID = m.ID
			require.NoError(t, s.Records.Insert(t.Context(), other))
			changed := other
			changed.Key, changed.Seq = other.Key+"2", 9
			require.NoError(t, s.Records.Replace(t.Context(), changed))
			got, err := s.Records.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, m, got)
			require.NoError(t, s.Records.Delete(t.Context(), m.UserID, m.ID))
			got, err = s.Records.Find(t.Context(), other.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, changed, got)
		}},
		{"insert for a user who does not exist is NotFound", func(t T, s StorageStore) {
			m := storageMeta(t, storageID(), "tasks", storageEpoch)
			assertCode(t, fault.NotFound, s.Records.Insert(t.Context(), m))
			_, err := s.Records.Find(t.Context(), m.UserID, m.ID)
			assertCode(t, fault.NotFound, err)
		}},
		{"find of what is not there or somebody else's is NotFound", func(t T, s StorageStore) {
			m := s.stored(t, s.owner(t), "tasks", storageEpoch)
			for _, who := range []struct{ user, id string }{{m.UserID, storageID()}, {s.owner(t), m.ID}, {"", m.ID}, {m.UserID, ""}} {
				_, err := s.Records.Find(t.Context(), who.user, who.id)
				assertCode(t, fault.NotFound, err)
			}
		}},
		{"replace stores the new version and keeps table and creation time", func(t T, s StorageStore) {
			m := s.stored(t, s.owner(t), "tasks", storageEpoch)
			beside := s.stored(t, m.UserID, "tasks", storageEpoch.Add(time.Hour))
			next := storageMeta(t, m.UserID, "notes", storageEpoch.Add(5*time.Hour))
			next.ID, next.Seq, next.SizeBytes = m.ID, 8, 4321
			require.NoError(t, s.Records.Replace(t.Context(), next))
			want := next
			want.Table, want.CreatedAt = m.Table, m.CreatedAt
			got, err := s.Records.List(t.Context(), m.UserID, record.Query{Limit: 10})
			require.NoError(t, err)
			assert.Equal(t, []record.Meta{want, beside}, got)
		}},
		{"replace of what is not there or somebody else's is NotFound", func(t T, s StorageStore) {
			m := s.stored(t, s.owner(t), "tasks", storageEpoch)
			stranger := m
			stranger.UserID, stranger.SizeBytes = s.owner(t), 1
			assertCode(t, fault.NotFound, s.Records.Replace(t.Context(), stranger))
			missing := storageMeta(t, m.UserID, "tasks", storageEpoch)
			assertCode(t, fault.NotFound, s.Records.Replace(t.Context(), missing))
			for user, want := range map[string][]record.Meta{m.UserID: {m}, stranger.UserID: nil} {
				got, err := s.Records.List(t.Context(), user, record.Query{Limit: 10})
				require.NoError(t, err)
				assert.ElementsMatch(t, want, got)
			}
		}},
		{"delete removes that record only, and its id is free again", func(t T, s StorageStore) {
			m := s.stored(t, s.owner(t), "tasks", storageEpoch)
			beside := s.stored(t, m.UserID, "tasks", storageEpoch)
			require.NoError(t, s.Records.Delete(t.Context(), m.UserID, m.ID))
			got, err := s.Records.List(t.Context(), m.UserID, record.Query{Limit: 10})
			require.NoError(t, err)
			assert.Equal(t, []record.Meta{beside}, got)
			require.NoError(t, s.Records.Insert(t.Context(), m))
		}},
		{"delete of what is not there or somebody else's is NotFound", func(t T, s StorageStore) {
			m := s.stored(t, s.owner(t), "tasks", storageEpoch)
			assertCode(t, fault.NotFound, s.Records.Delete(t.Context(), m.UserID, storageID()))
			assertCode(t, fault.NotFound, s.Records.Delete(t.Context(), s.owner(t), m.ID))
			assertCode(t, fault.NotFound, s.Records.Delete(t.Context(), "", m.ID))
			_, err := s.Records.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
		}},
	}
}

func recordsLists() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"list is by creation time, then id", func(t T, s StorageStore) {
			user := s.owner(t)
			var want []record.Meta
			for i := range 9 { // three at each of three times, inserted from the newest to the oldest
				want = append(want, s.stored(t, user, "tasks", storageEpoch.Add(time.Duration(2-i/3)*time.Millisecond)))
			}
			slices.SortFunc(want, func(a, b record.Meta) int {
				if d := a.CreatedAt.Compare(b.CreatedAt); d != 0 {
					return d
				}
				if a.ID < b.ID {
					return -1
				}
				return 1
			})
			got, err := s.Records.List(t.Context(), user, record.Query{Limit: 20})
			require.NoError(t, err)
			assert.Equal(t, want, got)
			for i := range want {
				got, err := s.Records.List(t.Context(), user, record.Query{After: want[i].ID, Limit: 2})
				require.NoError(t, err)
				assert.Equal(t, metaIDs(want[i+1:min(i+3, len(want))]), metaIDs(got))
				got, err = s.Records.List(t.Context(), user, record.Query{Skip: i, Limit: 1})
				require.NoError(t, err)
				assert.Equal(t, metaIDs(want[i:i+1]), metaIDs(got))
			}
			got, err = s.Records.List(t.Context(), user, record.Query{After: want[1].ID, Skip: 2, Limit: 2})
			require.NoError(t, err)
			assert.Equal(t, metaIDs(want[4:6]), metaIDs(got))
		}},
		{"list keeps to the user, and to the table if one is asked for", func(t T, s StorageStore) {
			user := s.owner(t)
			task := s.stored(t, user, "tasks", storageEpoch)
			note := s.stored(t, user, "notes", storageEpoch.Add(1*time.Minute))
			later := s.stored(t, user, "tasks", storageEpoch.Add(2*time.Minute))
			s.stored(t, s.owner(t), "tasks", storageEpoch)
			tasks, notes, none := storageTable(t, "tasks"), storageTable(t, "notes"), storageTable(t, "task")
			for _, row := range []struct {
				q    record.Query
				want []string
			}{
				{record.Query{Limit: 10}, []string{task.ID, note.ID, later.ID}},
				{record.Query{Table: &tasks, Limit: 10}, []string{task.ID, later.ID}},
				{record.Query{Table: &notes, Limit: 10}, []string{note.ID}},
				{record.Query{Table: &none, Limit: 10}, []string{}},
				{record.Query{Table: &tasks, After: note.ID, Limit: 10}, []string{later.ID}},
				{record.Query{Table: &tasks, Skip: 1, Limit: 10}, []string{later.ID}},
				{record.Query{Skip: 3, Limit: 10}, []string{}},
				{record.Query{After: later.ID, Limit: 10}, []string{}},
			} {
				got, err := s.Records.List(t.Context(), user, row.q)
				require.NoError(t, err)
				assert.Equal(t, row.want, metaIDs(got), "%+v", row.q)
			}
			for _, nobody := range []string{s.owner(t), storageID(), ""} {
				got, err := s.Records.List(t.Context(), nobody, record.Query{Limit: 10})
				require.NoError(t, err)
				assert.Empty(t, got)
			}
		}},
		{"list after what is not a record of the user is NotFound", func(t T, s StorageStore) {
			user := s.owner(t)
			s.stored(t, user, "tasks", storageEpoch)
			theirs := s.stored(t, s.owner(t), "tasks", storageEpoch)
			for _, after := range []string{storageID(), theirs.ID} {
				_, err := s.Records.List(t.Context(), user, record.Query{After: after, Limit: 10})
				assertCode(t, fault.NotFound, err)
			}
		}},
		{"a list belongs to the caller", func(t T, s StorageStore) {
			m := s.stored(t, s.owner(t), "tasks", storageEpoch)
			got, err := s.Records.List(t.Context(), m.UserID, record.Query{Limit: 10})
			require.NoError(t, err)
			got[0].SizeBytes = -1
			again, err := s.Records.Find(t.Context(), m.UserID, m.ID)
			require.NoError(t, err)
			assert.Equal(t, m, again)
		}},
	}
}
