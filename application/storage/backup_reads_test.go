package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

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
