package record_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
)

const id = "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b"

func TestATableIsLowerCaseAndBeginsWithALetter(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"t", "tasks", "task_comments", "a1", "a" + strings.Repeat("_", 62)} {
		table, err := record.ParseTable("body.table", s)
		require.NoError(t, err, s)
		assert.Equal(t, s, table.String())
	}
	for _, s := range []string{
		"", "Tasks", "1a", "_a", "a-b", "a.b", "a/b", "../a", "a b", "a\n", "\na", "a\x00", "ä", "a" + strings.Repeat("b", 63), "tasks\r\nX: y",
	} {
		_, err := record.ParseTable("query.table", s)
		require.Error(t, err, "%q", s)
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(err))
		assert.Equal(t, "query.table", fault.From(err).Fields[0].Location)
	}
}

func TestAnIDIsAUUIDInLowerCase(t *testing.T) {
	t.Parallel()
	for _, s := range []string{id, strings.ToUpper(id), "00000000-0000-0000-0000-000000000000"} {
		got, err := record.ParseID("body.id", s)
		require.NoError(t, err)
		assert.Equal(t, strings.ToLower(s), got)
	}
	for _, s := range []string{
		"", "1", id + "\n", " " + id, "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", ""), id[:35] + "g", id[:35] + "/", id + "0",
		id[:35] + "\u212a", // the Kelvin sign, which folds to k
	} {
		_, err := record.ParseID("body.id", s)
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(err), "%q", s)
	}
}

func TestAKeyHasFourSegmentsWhateverTheTable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		table, err := record.ParseTable("table", rapid.OneOf(rapid.StringMatching(`[a-z][a-z0-9_]{0,62}`), rapid.String()).Draw(t, "table"))
		if err != nil {
			return
		}
		key := record.Key(id, table, id, id)
		require.NoError(t, record.CheckKey(key))
		assert.Equal(t, []string{id, table.String(), id, id}, strings.Split(key, "/"))
	})
}

func TestWhatIsNoKeyIsRefused(t *testing.T) {
	t.Parallel()
	require.NoError(t, record.CheckKey(strings.Repeat("a", record.MaxKeyBytes)))
	for _, key := range []string{"", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "a.b", "a\\b", "a\n", "a\x00", "é", strings.Repeat("a", record.MaxKeyBytes+1)} {
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(record.CheckKey(key)), "%q", key)
	}
}

func TestIfMatchComparesVersions(t *testing.T) {
	t.Parallel()
	m := record.Meta{Seq: 42}
	assert.Equal(t, `"42"`, m.ETag())
	for _, header := range []string{"", "  ", "*", `"42"`, ` "42" `, `"1", "42"`, `"1","42","3"`, `"1", *`} {
		require.NoError(t, m.Match(header), header)
	}
	for _, header := range []string{`42`, `"4"`, `"420"`, `W/"42"`, `"1", "2"`, `"42`, `""`, ","} {
		err := m.Match(header)
		assert.Equal(t, fault.PreconditionFailed, fault.CodeOf(err), header)
		assert.Equal(t, map[string]any{"etag": `"42"`}, fault.From(err).Details)
	}
}

func TestAPageIsAPlaceInTheList(t *testing.T) {
	t.Parallel()
	table, err := record.ParseTable("table", "notes")
	require.NoError(t, err)
	for _, c := range []struct{ page, limit, skip, size int }{{0, 0, 0, 50}, {1, 50, 0, 50}, {2, 0, 50, 50}, {3, 200, 400, 200}, {10_000, 1, 9999, 1}} {
		q, err := record.NewQuery(&table, c.page, c.limit)
		require.NoError(t, err)
		assert.Equal(t, record.Query{Table: &table, Skip: c.skip, Limit: c.size}, q)
	}
	for location, c := range map[string][][2]int{"query.page": {{-1, 0}, {10_001, 0}}, "query.limit": {{0, -1}, {0, 201}}} {
		for _, pair := range c {
			_, err := record.NewQuery(nil, pair[0], pair[1])
			assert.Equal(t, location, fault.From(err).Fields[0].Location)
		}
	}
}

func TestAnIfNoneMatchIsKnownByItsTag(t *testing.T) {
	t.Parallel()
	m := record.Meta{Seq: 7}
	for header, want := range map[string]bool{
		`"7"`: true, `W/"7"`: true, `"1", "7"`: true, `*`: true, ` "7" `: true,
		``: false, `7`: false, `"8"`: false, `"77"`: false, `W/7`: false,
	} {
		assert.Equal(t, want, m.Known(header), header)
	}
}
