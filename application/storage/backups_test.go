package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
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
	"github.com/adiuva/cloud/ports"
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

func TestUploadsSideBySideCannotShareTheRoom(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const size, fit, many = 1000, 3, 12
	d.fillBackups(t, ada, fit*size+size/2)
	begun := sync.WaitGroup{}
	begun.Add(many)
	codes := make(chan fault.Code, many)
	for i := range many {
		go func() {
			content := strings.Repeat(fmt.Sprint(i%10), size)
			in := saving(ada, content)
			if i%2 == 0 {
				in.SizeBytes = checksum.Unknown
			}
			in.Body = io.MultiReader(strings.NewReader(content[:1]), readerFunc(func([]byte) (int, error) { // all have begun before one ends
				begun.Done()
				begun.Wait()
				return 0, io.EOF
			}), strings.NewReader(content[1:]))
			_, err := d.save(context.Background(), in)
			codes <- fault.CodeOf(err)
		}()
	}
	got := map[fault.Code]int{}
	for range many {
		got[<-codes]++
	}
	assert.Equal(t, map[fault.Code]int{"": fit, fault.QuotaExceeded: many - fit}, got)
	assert.Len(t, d.restored(t, ada), fit)
	d.clock.Advance(record.IntentLifetime)
	_, err := d.sweep(t.Context())
	require.NoError(t, err)
	assert.Len(t, d.objects.Keys(), fit)
}

func TestAnUploadMayTakeManyTimesAsLongAsAnIntentLives(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	content := strings.Repeat("slow", 40)
	slowly := func(each time.Duration) storage.StoreBackupInput {
		in := saving(ada, content)
		src := iotest.OneByteReader(in.Body)
		in.Body = readerFunc(func(p []byte) (int, error) {
			d.clock.Advance(each)
			_, err := d.sweep(t.Context())
			require.NoError(t, err)
			return src.Read(p)
		})
		return in
	}
	_, err := d.save(t.Context(), slowly(5*time.Minute)) // 13 hours
	require.NoError(t, err)
	assert.Equal(t, []string{content}, d.restored(t, ada))
	_, err = d.save(t.Context(), slowly(record.IntentLifetime))
	assertCode(t, fault.Unavailable, err)
	assert.Equal(t, []string{content}, d.restored(t, ada), "one that rests for too long is given up, and its object is gone or garbage")
	d.assertSound(t, ada)
	d.assertClean(t, ada)
}

func TestAnUploadEndsWhenTheRoomIsTakenMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	content := strings.Repeat("x", 1000)
	in := saving(ada, content)
	reads := 0
	in.Body = readerFunc(func(p []byte) (int, error) {
		if reads++; reads == 2 {
			d.fillBackups(t, ada, 500)
		}
		d.clock.Advance(record.IntentLifetime / 2)
		return copy(p, "x"), nil
	})
	_, err := d.save(t.Context(), in)
	assertCode(t, fault.QuotaExceeded, err)
	assert.Less(t, reads, 5, "it is told when the intent is renewed, and not at the end")
}

// largeContent has three chunks, the last of which is short.
func largeContent() []byte {
	return bytes.Repeat([]byte("0123456789abcdef"), (2*backup.ChunkBytes+1000)/16)
}

func TestRotIsFoundBeforeAByteOfItsChunkIsGiven(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	content := largeContent()
	m, err := d.save(t.Context(), saving(ada, string(content)))
	require.NoError(t, err)
	d.objects.Rot(m.Key) // in the middle: in the second chunk
	for name, c := range map[string]struct {
		ranged string
		given  int
	}{
		"all":                     {"", backup.ChunkBytes},
		"from the first chunk on": {"bytes=100-", backup.ChunkBytes - 100},
		"up to the second chunk":  {fmt.Sprintf("bytes=0-%d", backup.ChunkBytes), backup.ChunkBytes},
	} {
		out, p, err := d.restore(t.Context(), storage.ReadBackupInput{UserID: ada, Wanted: backup.Wanted{Range: c.ranged}})
		assertCode(t, fault.Internal, err)
		assert.Less(t, int64(len(p)), out.Part.Length, name)
		require.Len(t, p, c.given, name)
		assert.True(t, bytes.Equal(content[out.Part.Offset:][:c.given], p), "%s: what is given is right", name)
	}
	_, _, err = d.restore(t.Context(), storage.ReadBackupInput{UserID: ada, Wanted: backup.Wanted{Range: fmt.Sprintf("bytes=%d-", backup.ChunkBytes)}})
	assertCode(t, fault.Internal, err)
	assert.Contains(t, err.Error(), m.Key, "an operator has to find it")
	for _, sound := range []string{fmt.Sprintf("bytes=5-%d", backup.ChunkBytes-1), "bytes=-900"} {
		out, p, err := d.restore(t.Context(), storage.ReadBackupInput{UserID: ada, Wanted: backup.Wanted{Range: sound}})
		require.NoError(t, err)
		assert.True(t, bytes.Equal(content[out.Part.Offset:out.Part.Offset+out.Part.Length], p), sound)
	}
	require.NoError(t, d.objects.Delete(t.Context(), m.Key))
	_, _, err = d.restore(t.Context(), storage.ReadBackupInput{UserID: ada})
	assertCode(t, fault.Internal, err)
}

// weary gives so many bytes of a range and then breaks the connection off, as often as it is told.
type weary struct {
	ports.Blobs
	each, times int
	opened      int
}

func (b *weary) OpenRange(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	b.opened++
	body, err := b.Blobs.OpenRange(ctx, key, offset, length)
	if err != nil || b.times == 0 {
		return body, err
	}
	b.times--
	broken := fault.New(fault.Unavailable, "The object store does not answer at the moment.")
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(body, int64(b.each)), iotest.ErrReader(broken)), body}, nil
}

func TestADownloadOutlivesAStoreThatBreaksConnectionsOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	content := largeContent()
	_, err := d.save(t.Context(), saving(ada, string(content)))
	require.NoError(t, err)
	w := &weary{Blobs: d.objects, each: backup.ChunkBytes + 500, times: 2}
	d.blobs = w
	_, p, err := d.restore(t.Context(), storage.ReadBackupInput{UserID: ada})
	require.NoError(t, err)
	assert.True(t, bytes.Equal(content, p))
	assert.Equal(t, 3, w.opened)
	w.each, w.times = 10, 1000
	_, _, err = d.restore(t.Context(), storage.ReadBackupInput{UserID: ada})
	assertCode(t, fault.Unavailable, err)
	assert.Equal(t, 3+3, w.opened, "one that never gives a chunk is not asked for ever")
}
