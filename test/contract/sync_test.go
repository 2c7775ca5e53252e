package contract

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/test/harness"
)

// changes is Changes of the contract.
type changes struct {
	Changes []struct {
		Seq       int64
		ID        string
		Table     string
		Deleted   bool
		Checksum  *string
		SizeBytes *int64 `json:"size_bytes"`
		ETag      *string
		CreatedAt *int64 `json:"created_at"`
		UpdatedAt int64  `json:"updated_at"`
	}
	NextCursor string `json:"next_cursor"`
	HasMore    bool   `json:"has_more"`
}

func feed(t *testing.T, user *harness.Client, query string) changes {
	t.Helper()
	var c changes
	user.Expect(t, http.StatusOK, http.MethodGet, "/storage/changes"+query, nil).Decode(t, &c)
	require.NotEmpty(t, c.NextCursor)
	return c
}

func TestTheFeedTellsEachRecordAsItIsAndDeletionsAsTombstones(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, other := h.join(t, "pro"), h.join(t, "pro")
	empty := feed(t, user, "")
	assert.Equal(t, changes{Changes: empty.Changes, NextCursor: empty.NextCursor}, empty)
	assert.NotNil(t, empty.Changes, "an array, never null")
	kept, gone := store(t, user, "notes", "kept"), store(t, user, "tasks", "gone")
	store(t, other, "notes", "theirs")
	created := h.clock.Now().UnixMilli()
	h.clock.Advance(time.Second)
	tag := user.Expect(t, http.StatusOK, http.MethodPut, "/storage/records/"+kept, harness.RecordBody("", []byte("newer"))).Header.Get("ETag")
	user.Expect(t, http.StatusOK, http.MethodDelete, "/storage/records/"+gone, nil)
	now := h.clock.Now().UnixMilli()
	for _, query := range []string{"", "?cursor=" + empty.NextCursor} {
		all := feed(t, user, query)
		require.Len(t, all.Changes, 2, query)
		assert.False(t, all.HasMore)
		first, last := all.Changes[0], all.Changes[1]
		assert.Equal(t, []any{int64(3), kept, "notes", false, now}, []any{first.Seq, first.ID, first.Table, first.Deleted, first.UpdatedAt})
		assert.Equal(t, []any{tag, int64(5), created}, []any{*first.ETag, *first.SizeBytes, *first.CreatedAt})
		assert.Equal(t, harness.RecordBody("", []byte("newer"))["checksum"], *first.Checksum)
		assert.Equal(t, []any{int64(4), gone, "tasks", true, now}, []any{last.Seq, last.ID, last.Table, last.Deleted, last.UpdatedAt})
		assert.True(t, last.Checksum == nil && last.ETag == nil && last.SizeBytes == nil && last.CreatedAt == nil, "of bytes that are gone nothing is told")
	}
	h.SetTier(t, user.Email, "free")
	assert.Len(t, feed(t, user, "").Changes, 2, "it works in every tier")
	assert.Len(t, feed(t, user, "?table=notes").Changes, 1)
	assert.Empty(t, feed(t, user, "?table=nothing").Changes)
}

func TestTheFeedIsPartedAndGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	want := []string{}
	for range 7 {
		want = append(want, store(t, user, "notes", "x"))
	}
	got, cursor := []string{}, ""
	for pages := 1; ; pages++ {
		part := feed(t, user, "?limit=3&cursor="+cursor)
		for _, c := range part.Changes {
			got = append(got, c.ID)
		}
		if cursor = part.NextCursor; !part.HasMore {
			assert.Equal(t, 3, pages)
			break
		}
		assert.Len(t, part.Changes, 3)
	}
	assert.Equal(t, want, got)
	assert.Empty(t, feed(t, user, "?cursor="+cursor).Changes)
	again := store(t, user, "notes", "y")
	part := feed(t, user, "?cursor="+cursor)
	require.Len(t, part.Changes, 1)
	assert.Equal(t, again, part.Changes[0].ID)
}

func TestACursorThatCannotBeContinuedSaysSo(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, other := h.join(t, "pro"), h.join(t, "pro")
	store(t, other, "notes", "x")
	ahead := feed(t, other, "").NextCursor
	rows := []row{{name: "another user's", as: user, method: http.MethodGet, path: "/storage/changes?cursor=" + ahead, status: 410, code: "cursor_expired"}}
	for query, at := range map[string]string{
		"cursor=" + canary: "query.cursor", "cursor=0": "query.cursor", "cursor=" + ahead + "A": "query.cursor", "cursor=" + ahead + "%00": "query.cursor",
		"cursor=" + strings.Repeat("a", 101): "query.cursor", "cursor=" + ahead + "&cursor=" + ahead: "query.cursor",
		"limit=0": "query.limit", "limit=201": "query.limit", "limit=x": "query.limit", "table=": "query.table", "table=A": "query.table",
	} {
		rows = append(rows, row{name: query, as: other, method: http.MethodGet, path: "/storage/changes?" + query, status: 422, code: "validation_failed", at: []string{at}})
	}
	h.run(t, rows)
}

// TestAnOldCursorIsGoneAndAFullSyncTellsTheTruth lets the job prune, as time goes by.
func TestAnOldCursorIsGoneAndAFullSyncTellsTheTruth(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	h := openWith(t, settings, nil)
	user := h.join(t, "pro")
	kept, gone := store(t, user, "notes", "kept"), store(t, user, "notes", "gone")
	cursor := feed(t, user, "").NextCursor
	user.Expect(t, http.StatusOK, http.MethodDelete, "/storage/records/"+gone, nil)
	h.users = nil // their sessions end meanwhile
	require.NoError(t, h.Stop())
	h.clock.Advance(record.TombstoneLifetime + time.Second)
	later := &house{clock: h.clock, conforms: h.conforms, Server: harness.Serve(t, settings, assembly.Overrides{Clock: h.clock})}
	again := later.login(t, user)
	require.Eventually(t, func() bool {
		return again.Send(t, http.MethodGet, "/storage/changes?cursor="+cursor, nil).Code() == "cursor_expired"
	}, 10*time.Second, 10*time.Millisecond, "the job runs when the server starts")
	all := feed(t, again, "")
	require.Len(t, all.Changes, 1)
	assert.Equal(t, kept, all.Changes[0].ID)
	assert.Empty(t, feed(t, again, "?cursor="+all.NextCursor).Changes)
}

func TestUsageIsTheSumOfWhatIsKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	usage := func() map[string]any {
		return object(t, user.Expect(t, http.StatusOK, http.MethodGet, "/storage/usage", nil))
	}
	room := func(used, limit float64) map[string]any {
		return map[string]any{"used_bytes": used, "limit_bytes": limit}
	}
	assert.Equal(t, map[string]any{"records": room(0, 5e9), "backups": room(0, 5e9)}, usage())
	id := store(t, user, "notes", "0123456789")
	store(t, user, "notes", "")
	assert.Equal(t, room(10, 5e9), usage()["records"])
	user.Expect(t, http.StatusOK, http.MethodPut, "/storage/records/"+id, harness.RecordBody("", []byte("012")))
	assert.Equal(t, room(3, 5e9), usage()["records"])
	for tier, limit := range map[string]float64{"free": 0, "power": 25e9, "team": -1} {
		h.SetTier(t, user.Email, tier)
		assert.Equal(t, map[string]any{"records": room(3, limit), "backups": room(0, limit)}, usage(), tier)
	}
	user.Expect(t, http.StatusOK, http.MethodDelete, "/storage/records/"+id, nil)
	h.SetTier(t, user.Email, "team")
	assert.Equal(t, room(0, -1), usage()["records"])
}

func TestWhoFollowsOneTableHearsThatARecordHasLeftIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	create := func(table string) {
		user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records", changed(harness.RecordBody(table, []byte("x")), map[string]any{"id": chosen}))
	}
	create("notes")
	cursor := feed(t, user, "?table=notes").NextCursor
	user.Expect(t, http.StatusOK, http.MethodDelete, "/storage/records/"+chosen, nil)
	create("tasks")
	news := feed(t, user, "?table=notes&cursor="+cursor)
	require.Len(t, news.Changes, 1)
	assert.Equal(t, []any{strings.ToLower(chosen), "notes", true}, []any{news.Changes[0].ID, news.Changes[0].Table, news.Changes[0].Deleted})
	all := feed(t, user, "?cursor="+cursor).Changes
	require.Len(t, all, 2)
	assert.Equal(t, []any{true, "tasks", false}, []any{all[0].Deleted, all[1].Table, all[1].Deleted})
	assert.NotNil(t, all[1].Checksum)
}
