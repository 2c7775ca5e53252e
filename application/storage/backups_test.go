package storage_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/tier"
)

const gigabyte = quota.Gigabyte

// saving is a request for a backup of this content, whose size is declared.
func saving(userID, content string) storage.StoreBackupInput {
	return storage.StoreBackupInput{UserID: userID, Version: "1", Timestamp: "1000", Checksum: sumOf(content), SizeBytes: int64(len(content)),
		Body: strings.NewReader(content)}
}

func (d *desk) save(ctx context.Context, in storage.StoreBackupInput) (backup.Meta, error) {
	u := storage.StoreBackup{Gate: d.gate(), Work: d.work, Blobs: d.blobs, Clock: d.clock, IDs: d.ids, Lifetimes: d.times}
	out, err := u.Execute(ctx, in)
	return out.Backup, err
}

// restore gives a backup back whole, or the failure of opening or reading it.
func (d *desk) restore(ctx context.Context, in storage.ReadBackupInput) (storage.ReadBackupOutput, []byte, error) {
	u := storage.ReadBackup{Backups: d.saved, Blobs: d.blobs}
	out, err := u.Execute(ctx, in)
	if err != nil || out.Current {
		return out, nil, err
	}
	p, err := io.ReadAll(out.Body)
	return out, p, errors.Join(err, out.Body.Close())
}

func (d *desk) drop(ctx context.Context, userID, id string) error {
	u := storage.DeleteBackup{Work: d.work, Clock: d.clock, Lifetimes: d.times}
	_, err := u.Execute(ctx, storage.DeleteBackupInput{UserID: userID, ID: id})
	return err
}

// restored is what the user can read of all backups, the newest first.
func (d *desk) restored(t tb, userID string) []string {
	t.Helper()
	list, err := (&storage.ListBackups{Backups: memory.NewBackups(d.rows)}).Execute(context.Background(), storage.ListBackupsInput{UserID: userID})
	require.NoError(t, err)
	all := []string{}
	for _, m := range list.Backups {
		_, p, err := d.restore(context.Background(), storage.ReadBackupInput{UserID: userID, ID: m.ID})
		require.NoError(t, err)
		all = append(all, string(p))
	}
	return all
}

// fillBackups counts bytes of backups that are not there, until so many are left in the tier of pro.
func (d *desk) fillBackups(t tb, userID string, left int64) {
	t.Helper()
	require.NoError(t, memory.NewUsage(d.rows).Add(context.Background(), userID, quota.Backups, 5*gigabyte-left, quota.Unlimited))
}

func TestABackupIsKeptAndTheNewestIsTheOneThatWasCompletedLast(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, _, err := d.restore(t.Context(), storage.ReadBackupInput{UserID: ada})
	assertCode(t, fault.NotFound, err)
	first, err := d.save(t.Context(), saving(ada, "first"))
	require.NoError(t, err)
	unsized := saving(ada, "second")
	unsized.SizeBytes = checksum.Unknown
	second, err := d.save(t.Context(), unsized)
	require.NoError(t, err)
	assert.Equal(t, backup.Meta{
		ID: second.ID, UserID: ada, Version: "1", Timestamp: time.UnixMilli(1000).UTC(), Key: second.Key, Checksum: checksum.Of([]byte("second")), SizeBytes: 6,
		ChunkBytes: backup.ChunkBytes, Sums: []checksum.Sum{checksum.Of([]byte("second"))}, CreatedAt: start.Add(time.Second),
	}, second, "of the same moment, it has the next second")
	assert.Equal(t, start, first.CreatedAt)
	out, p, err := d.restore(t.Context(), storage.ReadBackupInput{UserID: ada})
	require.NoError(t, err)
	assert.Equal(t, "second", string(p))
	assert.Equal(t, second, out.Backup)
	_, _, err = d.restore(t.Context(), storage.ReadBackupInput{UserID: bob, ID: first.ID})
	assertCode(t, fault.NotFound, err)
	assertCode(t, fault.NotFound, d.drop(t.Context(), bob, first.ID))
	_, _, err = d.restore(t.Context(), storage.ReadBackupInput{UserID: ada, ID: "no id"})
	assertCode(t, fault.NotFound, err)
	assertCode(t, fault.NotFound, d.drop(t.Context(), ada, "no id"))
	assert.Equal(t, []string{"second", "first"}, d.restored(t, ada))
	require.NoError(t, d.drop(t.Context(), ada, second.ID))
	assert.Equal(t, []string{"first"}, d.restored(t, ada))
	d.assertSound(t, ada)
	d.assertClean(t, ada)
	assert.Equal(t, []string{"first"}, d.restored(t, ada))
}

func TestABackupThatIsRefusedLeavesNothing(t *testing.T) {
	t.Parallel()
	const room = 100
	large := strings.Repeat("x", room+1)
	change := func(content string, f func(in *storage.StoreBackupInput)) storage.StoreBackupInput {
		in := saving(ada, content)
		f(&in)
		return in
	}
	gone := fault.New(fault.MalformedRequest, "Gone.")
	for name, c := range map[string]struct {
		in   storage.StoreBackupInput
		want fault.Code
	}{
		"no version":   {change("x", func(in *storage.StoreBackupInput) { in.Version = "" }), fault.ValidationFailed},
		"no timestamp": {change("x", func(in *storage.StoreBackupInput) { in.Timestamp = "" }), fault.ValidationFailed},
		"no checksum":  {change("x", func(in *storage.StoreBackupInput) { in.Checksum = "" }), fault.ValidationFailed},
		"other bytes":  {change("x", func(in *storage.StoreBackupInput) { in.Body = strings.NewReader("y") }), fault.ChecksumMismatch},
		"fewer bytes":  {change("xx", func(in *storage.StoreBackupInput) { in.Body = strings.NewReader("x") }), fault.ValidationFailed},
		"more bytes":   {change("x", func(in *storage.StoreBackupInput) { in.Body = strings.NewReader("xx") }), fault.ValidationFailed},
		"a client that leaves": {change("xx", func(in *storage.StoreBackupInput) {
			in.Body = io.MultiReader(strings.NewReader("x"), iotest.ErrReader(gone))
		}), fault.MalformedRequest},
		"too large, as it says":    {change(large, func(in *storage.StoreBackupInput) { in.Body = iotest.ErrReader(errors.New("it was read")) }), fault.QuotaExceeded},
		"too large, by surprise":   {change(large, func(in *storage.StoreBackupInput) { in.SizeBytes = checksum.Unknown }), fault.QuotaExceeded},
		"larger than any backup":   {change("x", func(in *storage.StoreBackupInput) { in.SizeBytes = backup.MaxBytes + 1 }), fault.PayloadTooLarge},
		"without end, by surprise": {change("x", func(in *storage.StoreBackupInput) { in.SizeBytes, in.Body = checksum.Unknown, endless{} }), fault.QuotaExceeded},
	} {
		d := newDesk(t)
		d.fillBackups(t, ada, room)
		_, err := d.save(t.Context(), c.in)
		require.Equal(t, c.want, fault.CodeOf(err), "%s: %v", name, err)
		if c.want == fault.QuotaExceeded {
			assert.Equal(t, map[string]any{"limit_bytes": int64(5 * gigabyte), "used_bytes": int64(5*gigabyte - room)}, fault.From(err).Details, name)
		}
		assert.Empty(t, d.restored(t, ada), name)
		d.clock.Advance(record.IntentLifetime)
		_, err = d.sweep(t.Context())
		require.NoError(t, err)
		assert.Empty(t, d.objects.Keys(), name)
		usage, err := memory.NewUsage(d.rows).Find(t.Context(), ada)
		require.NoError(t, err)
		assert.Equal(t, int64(5*gigabyte-room), usage.BackupBytes, name)
		_, err = d.save(t.Context(), saving(ada, large[:room]))
		require.NoError(t, err, "up to the last byte it fits")
		_, err = d.save(t.Context(), saving(ada, "x"))
		assertCode(t, fault.QuotaExceeded, err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestATierWithoutBackupsKeepsNoNewOnes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	m, err := d.save(t.Context(), saving(ada, "kept"))
	require.NoError(t, err)
	d.setTier(t, ada, tier.Free)
	in := saving(ada, "new")
	in.Body = iotest.ErrReader(errors.New("it was read"))
	_, err = d.save(t.Context(), in)
	assertCode(t, fault.TierRequired, err)
	assert.Equal(t, []string{"kept"}, d.restored(t, ada))
	d.setTier(t, ada, tier.Team)
	in = saving(ada, "whose owner downgrades meanwhile")
	in.Body = io.MultiReader(in.Body, readerFunc(func([]byte) (int, error) {
		d.setTier(t, ada, tier.Free)
		return 0, io.EOF
	}))
	_, err = d.save(t.Context(), in)
	assertCode(t, fault.TierRequired, err)
	require.NoError(t, d.drop(t.Context(), ada, m.ID))
	d.assertSound(t, ada)
	d.assertClean(t, ada)
	assert.Empty(t, d.objects.Keys())
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
