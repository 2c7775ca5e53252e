package backup_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
)

const id = "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b"

func TestAVersionIsWhatCanStandInAHeader(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"1", "1.2.3 beta", "~", strings.Repeat("x", 64)} {
		got, err := backup.ParseVersion("header.v", s)
		require.NoError(t, err, s)
		assert.Equal(t, s, got)
	}
	for _, s := range []string{"", " ", " 1", "1 ", "1\r\nX: y", "1\t", "\x00", "\x7f", "é", strings.Repeat("x", 65)} {
		_, err := backup.ParseVersion("header.v", s)
		require.Equal(t, fault.ValidationFailed, fault.CodeOf(err), "%q", s)
		assert.Equal(t, "header.v", fault.From(err).Fields[0].Location)
	}
}

func TestATimestampIsMillisecondsUpToTheYear9999(t *testing.T) {
	t.Parallel()
	for s, year := range map[string]int{"0": 1970, "1767225600000": 2026, "253402300799999": 9999} {
		got, err := backup.ParseTimestamp("header.t", s)
		require.NoError(t, err, s)
		assert.Equal(t, year, got.Year())
		assert.Equal(t, time.UTC, got.Location())
	}
	for _, s := range []string{"", "-1", "+1", "01", "1.0", "1e9", " 1", "253402300800000", "99999999999999999999", "now"} {
		_, err := backup.ParseTimestamp("header.t", s)
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(err), "%q", s)
	}
}

func TestAKeyIsOneThatAStoreTakes(t *testing.T) {
	t.Parallel()
	key := backup.Key(id, id, id)
	require.NoError(t, record.CheckKey(key))
	assert.Equal(t, id+"/backups/"+id+"/"+id, key)
}

func TestTheNewestBackupHasASecondOfItsOwn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 30, 5, 700_000_000, time.UTC)
	second := now.Truncate(time.Second)
	assert.Equal(t, now, backup.Following(backup.Meta{}, now), "there is no other")
	assert.Equal(t, now, backup.Following(backup.Meta{CreatedAt: second.Add(-time.Millisecond)}, now))
	assert.Equal(t, second.Add(time.Second), backup.Following(backup.Meta{CreatedAt: second}, now))
	assert.Equal(t, second.Add(time.Second), backup.Following(backup.Meta{CreatedAt: now}, now))
	assert.Equal(t, second.Add(2*time.Minute+time.Second), backup.Following(backup.Meta{CreatedAt: now.Add(2 * time.Minute)}, now), "of a replica whose clock is ahead")
	rapid.Check(t, func(t *rapid.T) {
		newest := now.Add(time.Duration(rapid.Int64Range(-5000, 5000).Draw(t, "ms")) * time.Millisecond)
		got := backup.Meta{CreatedAt: backup.Following(backup.Meta{CreatedAt: newest}, now)}
		assert.True(t, got.LastModified().After(backup.Meta{CreatedAt: newest}.LastModified()))
		assert.False(t, got.CreatedAt.Before(now))
	})
}

func TestEachChunkIsSummedHoweverTheBytesCome(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, backup.ChunkBytes - 1, backup.ChunkBytes, backup.ChunkBytes + 1, 2*backup.ChunkBytes + 77} {
		content := bytes.Repeat([]byte("0123456789abc"), size/13+1)[:size]
		var want []checksum.Sum
		for rest := content; len(rest) > 0; {
			n := min(len(rest), backup.ChunkBytes)
			want = append(want, checksum.Of(rest[:n]))
			rest = rest[n:]
		}
		for how, src := range map[string]io.Reader{
			"at once": bytes.NewReader(content), "in halves": iotest.HalfReader(bytes.NewReader(content)), "with the end": iotest.DataErrReader(bytes.NewReader(content)),
		} {
			s := backup.NewSumming(src)
			got, err := io.ReadAll(s)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(content, got), how)
			assert.Equal(t, want, s.Sums(), "%s, %d", how, size)
			assert.Equal(t, want, s.Sums(), "asking twice changes nothing")
			assert.Equal(t, int64(size), s.Count())
		}
		m := backup.Meta{SizeBytes: int64(size), ChunkBytes: backup.ChunkBytes}
		assert.Equal(t, int64(len(want)), m.ChunkCount())
	}
	assert.Zero(t, backup.Meta{SizeBytes: 5}.ChunkCount(), "what has no chunks does not divide by zero")
}

// What ranges and conditions mean is told, header by header, by the tests of the contract. Here is what holds for all.
func TestAPartIsAlwaysWithinTheBackup(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := backup.Meta{ID: id, SizeBytes: rapid.Int64Range(0, 50).Draw(t, "size")}
		header := rapid.StringMatching(`bytes=[0-9]{0,3}-[0-9]{0,3}`).Draw(t, "range")
		p, partial, err := m.Part(backup.Wanted{Range: header})
		if err != nil {
			require.Equal(t, fault.RangeNotSatisfiable, fault.CodeOf(err))
			require.Equal(t, m.SizeBytes, fault.From(err).Details["size_bytes"])
			return
		}
		if !partial {
			require.Equal(t, m.Whole(), p)
			return
		}
		require.Positive(t, p.Length)
		require.GreaterOrEqual(t, p.Offset, int64(0))
		require.LessOrEqual(t, p.Offset+p.Length, m.SizeBytes)
	})
}

func TestARangeOfAnotherBackupIsAllOfThisOne(t *testing.T) {
	t.Parallel()
	m := backup.Meta{ID: id, SizeBytes: 10, CreatedAt: time.Date(2026, 3, 1, 9, 30, 5, 700_000_000, time.UTC)}
	for ifRange, want := range map[string]bool{"": true, m.ETag(): true, "W/" + m.ETag(): false, `"other"`: false, id: false} {
		_, partial, err := m.Part(backup.Wanted{Range: "bytes=1-2", IfRange: ifRange})
		require.NoError(t, err)
		assert.Equal(t, want, partial, ifRange)
	}
	for d, want := range map[time.Duration]bool{0: true, time.Second: false, -time.Second: false} {
		_, partial, err := m.Part(backup.Wanted{Range: "bytes=1-2", IfRange: "a date", IfRangeDate: m.LastModified().Add(d)})
		require.NoError(t, err)
		assert.Equal(t, want, partial, d)
	}
	_, partial, err := m.Part(backup.Wanted{Range: "bytes=99-", IfRange: `"other"`})
	require.NoError(t, err, "no range is too far of what was not asked for")
	assert.False(t, partial)
}
