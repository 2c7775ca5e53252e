package storage_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
)

func (d *desk) changes(ctx context.Context, in storage.ListChangesInput) (storage.ListChangesOutput, error) {
	u := storage.ListChanges{Changes: memory.NewChanges(d.rows)}
	return u.Execute(ctx, in)
}

// sync reads on from a cursor to the end, and answers what a device that has have would have then.
func (d *desk) sync(t tb, cursor string, limit int, have map[string]int64) (map[string]int64, string) {
	t.Helper()
	for {
		out, err := d.changes(context.Background(), storage.ListChangesInput{UserID: ada, Cursor: cursor, Limit: limit})
		require.NoError(t, err)
		for _, c := range out.Changes {
			if c.Deleted {
				delete(have, c.RecordID)
			} else {
				have[c.RecordID] = c.Record.Seq
			}
		}
		if cursor = out.NextCursor; !out.HasMore {
			return have, cursor
		}
	}
}

func (d *desk) prune(t tb) int {
	t.Helper()
	u := storage.PruneChanges{Changes: memory.NewChanges(d.rows), Clock: d.clock}
	out, err := u.Execute(context.Background(), storage.PruneChangesInput{})
	require.NoError(t, err)
	return out.Pruned
}

// versions is what the server has.
func (d *desk) versions(t tb) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for _, m := range d.look(t, ada).Rows {
		all[m.ID] = m.Seq
	}
	return all
}

func TestADeviceThatFollowsTheFeedHasWhatTheServerHas(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	device, cursor := d.sync(t, "", 2, map[string]int64{})
	assert.Empty(t, device)
	for round := range 4 {
		for range 5 {
			_, err := d.store(t.Context(), create(ada, "", strconv.Itoa(round)))
			require.NoError(t, err)
		}
		rows := d.look(t, ada).Rows
		_, err := d.update(t.Context(), replace(ada, rows[round].ID, "newer"))
		require.NoError(t, err)
		require.NoError(t, d.delete(t.Context(), storage.DeleteRecordInput{UserID: ada, ID: rows[len(rows)-1].ID}))
		device, cursor = d.sync(t, cursor, 2, device)
		assert.Equal(t, d.versions(t), device)
	}
	fresh, _ := d.sync(t, "", 3, map[string]int64{})
	assert.Equal(t, device, fresh)
	_, end := d.sync(t, cursor, 1, device)
	assert.Equal(t, cursor, end, "nothing has happened")
}

func TestTheFeedKeepsDeletionsForNinetyDays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	m, err := d.store(t.Context(), create(ada, mine, "x"))
	require.NoError(t, err)
	_, cursor := d.sync(t, "", 10, map[string]int64{})
	require.NoError(t, d.delete(t.Context(), storage.DeleteRecordInput{UserID: ada, ID: mine}))
	d.clock.Advance(record.TombstoneLifetime)
	assert.Zero(t, d.prune(t))
	device, _ := d.sync(t, cursor, 10, map[string]int64{mine: m.Seq})
	assert.Empty(t, device)
	d.clock.Advance(time.Millisecond)
	assert.Equal(t, 1, d.prune(t))
	_, err = d.changes(t.Context(), storage.ListChangesInput{UserID: ada, Cursor: cursor})
	assertCode(t, fault.CursorExpired, err)
	fresh, _ := d.sync(t, "", 10, map[string]int64{})
	assert.Empty(t, fresh, "from the start it always goes")
}

func TestPruningGoesOnUntilNothingIsTooOld(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	changes := memory.NewChanges(d.rows)
	table, err := record.ParseTable("table", "tasks")
	require.NoError(t, err)
	for range 1234 {
		_, err := changes.Append(t.Context(), ada, record.Change{RecordID: d.ids.NewID(), Table: table, Deleted: true, At: start})
		require.NoError(t, err)
	}
	d.clock.Advance(record.TombstoneLifetime + time.Second)
	assert.Equal(t, 1234, d.prune(t))
	assert.Empty(t, d.look(t, ada).Changes)
	assert.Zero(t, d.prune(t))
}

func TestTheFeedRefusesWhatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for at, in := range map[string]storage.ListChangesInput{
		"query.cursor": {UserID: ada, Cursor: "!"}, "query.table": {UserID: ada, Table: "No"},
		"query.limit": {UserID: ada, Limit: record.MaxLimit + 1},
	} {
		_, err := d.changes(t.Context(), in)
		assertCode(t, fault.ValidationFailed, err)
		assert.Equal(t, at, fault.From(err).Fields[0].Location)
	}
	_, cursor := d.sync(t, "", 10, map[string]int64{})
	_, err := d.changes(t.Context(), storage.ListChangesInput{UserID: bob, Cursor: cursor})
	require.NoError(t, err, "who has nothing has missed nothing")
	_, err = d.store(t.Context(), create(ada, "", "x"))
	require.NoError(t, err)
	_, cursor = d.sync(t, "", 10, map[string]int64{})
	_, err = d.changes(t.Context(), storage.ListChangesInput{UserID: bob, Cursor: cursor})
	assertCode(t, fault.CursorExpired, err)
}
