package record_test

import (
	"encoding/base64"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
)

// reach is the cursor of a device that has read everything up to last.
func reach(t require.TestingT, last int64) record.Cursor {
	_, next, _, err := record.Cursor{}.Next(record.Feed{LastSeq: last}, 1)
	require.NoError(t, err)
	return next
}

func TestACursorIsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := reach(t, rapid.Int64Range(0, math.MaxInt64).Draw(t, "seq"))
		got, err := record.ParseCursor("query.cursor", want.String())
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
	start, err := record.ParseCursor("query.cursor", "")
	require.NoError(t, err)
	assert.Equal(t, record.Cursor{}, start)
}

func TestWhatIsNoCursorIsRefused(t *testing.T) {
	t.Parallel()
	spell := base64.RawURLEncoding.EncodeToString
	for text, code := range map[string]fault.Code{
		"0": fault.ValidationFailed, "!": fault.ValidationFailed, spell([]byte("5")): fault.ValidationFailed,
		spell([]byte("1.5")): fault.ValidationFailed, spell([]byte("1.5.x")): fault.ValidationFailed, spell([]byte("1.-5.0")): fault.ValidationFailed,
		spell([]byte("1.5.-1")): fault.ValidationFailed, spell([]byte("1.+5.5")): fault.ValidationFailed, spell([]byte("1.05.5")): fault.ValidationFailed,
		spell([]byte("1.5.5.5")): fault.ValidationFailed, spell([]byte("1.99999999999999999999.0")): fault.ValidationFailed,
		spell([]byte("1.5.5")) + "=": fault.ValidationFailed, "\n" + spell([]byte("1.5.5")): fault.ValidationFailed,
		spell([]byte("2.whatever it will be")): fault.CursorExpired,
	} {
		_, err := record.ParseCursor("query.cursor", text)
		require.Equal(t, code, fault.CodeOf(err), text)
		if code == fault.ValidationFailed {
			assert.Equal(t, "query.cursor", fault.From(err).Fields[0].Location)
		}
	}
}

func feed(last, pruned int64, seqs ...int64) record.Feed {
	f := record.Feed{LastSeq: last, PrunedSeq: pruned}
	for _, seq := range seqs {
		f.Changes = append(f.Changes, record.Change{Seq: seq})
	}
	return f
}

func TestACursorExpiresWhenItMissedATombstoneOrTheFeedIsAnother(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		at           int64
		last, pruned int64
		expired      bool
	}{
		{"nothing was pruned", 5, 9, 0, false},
		{"what was pruned was seen", 5, 9, 5, false},
		{"what was pruned was not seen", 5, 9, 6, true},
		{"up to date", 9, 9, 9, false},
		{"beyond the feed", 10, 9, 0, true},
		{"the feed is gone", 1, 0, 0, true},
	} {
		_, _, _, err := reach(t, c.at).Next(feed(c.last, c.pruned), 10)
		assert.Equal(t, c.expired, fault.Is(err, fault.CursorExpired), c.name)
	}
	_, _, _, err := record.Cursor{}.Next(feed(9, 9), 10)
	require.NoError(t, err, "from the start it always goes")
}

func TestAFullSyncGoesOnWhileTombstonesAreAgeing(t *testing.T) {
	t.Parallel()
	page, cursor, more, err := record.Cursor{}.Next(feed(20, 3, 4, 5, 6), 2)
	require.NoError(t, err)
	assert.True(t, more)
	assert.Equal(t, feed(0, 0, 4, 5).Changes, page)
	assert.Equal(t, int64(5), cursor.Seq())
	_, second, more, err := cursor.Next(feed(25, 20, 8, 9, 10), 2)
	require.NoError(t, err, "a tombstone that was one when the sync began is nothing that the device could have")
	assert.True(t, more)
	assert.Equal(t, int64(9), second.Seq())
	_, _, _, err = second.Next(feed(25, 21, 10), 2)
	assert.Equal(t, fault.CursorExpired, fault.CodeOf(err), "this one was a record when the sync began, and the device may have it")
	_, last, more, err := second.Next(feed(25, 20, 22, 24), 2)
	require.NoError(t, err)
	assert.False(t, more)
	assert.Equal(t, int64(25), last.Seq(), "what another table has written is passed over too")
	_, _, _, err = last.Next(feed(25, 25), 2)
	require.NoError(t, err)
}
