package storage_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports/porttest"
)

func (d *desk) batch(ctx context.Context, userID string, ops ...storage.Operation) ([]storage.BatchResult, error) {
	u := storage.BatchRecords{Gate: d.gate(), Work: d.work, Blobs: d.blobs, Clock: d.clock, IDs: d.ids, Lifetimes: d.times}
	out, err := u.Execute(ctx, storage.BatchRecordsInput{UserID: userID, Operations: ops})
	return out.Results, err
}

// numbered is an id that a client chose.
func numbered(n int) string { return fmt.Sprintf("018f4e6a-7c1d-7b2e-9a55-%012d", n) }

func creation(id, content string) storage.Operation {
	return storage.Operation{Op: storage.Create, ID: id, Table: "tasks", Blob: []byte(content), Checksum: sumOf(content)}
}

func revision(id, content, ifMatch string) storage.Operation {
	return storage.Operation{Op: storage.Update, ID: id, Blob: []byte(content), Checksum: sumOf(content), IfMatch: ifMatch}
}

func deletion(id, ifMatch string) storage.Operation {
	return storage.Operation{Op: storage.Delete, ID: id, IfMatch: ifMatch}
}

// codes are the outcomes of a batch.
func codes(results []storage.BatchResult) []fault.Code {
	var all []fault.Code
	for _, r := range results {
		all = append(all, fault.CodeOf(r.Err))
	}
	return all
}

// given stores records numbered from 1 with these contents.
func (d *desk) given(t tb, contents ...string) []record.Meta {
	t.Helper()
	var all []record.Meta
	for i, content := range contents {
		m, err := d.store(context.Background(), create(ada, numbered(i+1), content))
		require.NoError(t, err)
		all = append(all, m)
	}
	return all
}

func TestABatchDoesWhatItsOperationsWouldDoOneByOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	had := d.given(t, "one", "two", "three")
	d.clock.Advance(time.Second)
	results, err := d.batch(t.Context(), ada,
		creation(numbered(4), "four"), revision(numbered(1), "ONE", had[0].ETag()), deletion(numbered(2), ""), creation("", "of an id of ours"),
		revision(strings.ToUpper(numbered(3)), "", `"99", *`))
	require.NoError(t, err)
	assert.Equal(t, make([]fault.Code, 5), codes(results))
	ours := results[3].Record.ID
	assert.Equal(t, map[string]string{numbered(1): "ONE", numbered(3): "", numbered(4): "four", ours: "of an id of ours"}, d.contents(t, ada))
	p := d.assertSound(t, ada)
	rows := map[string]record.Meta{}
	for _, m := range p.Rows {
		rows[m.ID] = m
	}
	for i, r := range results {
		if r.Op == storage.Delete {
			assert.Equal(t, record.Meta{ID: numbered(2)}, r.Record)
			continue
		}
		assert.Equal(t, rows[r.Record.ID], r.Record, "result %d is the row as it was stored", i)
		assert.Equal(t, int64(4+i), r.Record.Seq, "the feed has the order of the batch")
	}
	assert.Equal(t, had[0].CreatedAt, rows[numbered(1)].CreatedAt)
	assert.Equal(t, start.Add(time.Second), rows[numbered(1)].UpdatedAt)
	assert.Len(t, p.Garbage, 3, "the objects of what was replaced or deleted, and no intent")
	d.assertClean(t, ada)
}

func TestAPartOfABatchFailsAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.given(t, "one", "two")
	wrong := creation(numbered(3), "three")
	wrong.Checksum = sumOf("other")
	big := creation(numbered(4), strings.Repeat("x", record.MaxBlobBytes+1))
	want := map[string]string{numbered(1): "one", numbered(2): "two", numbered(9): "nine"}
	results, err := d.batch(t.Context(), ada,
		wrong, big, creation(numbered(1), "taken"), revision(numbered(2), "stale", `"99"`), deletion(numbered(5), ""), revision(numbered(6), "none", ""),
		deletion(strings.ToUpper(numbered(7)), `"1"`), creation(numbered(9), "nine"))
	require.NoError(t, err)
	assert.Equal(t, []fault.Code{
		fault.ChecksumMismatch, fault.PayloadTooLarge, fault.IDExists, fault.PreconditionFailed, fault.NotFound, fault.NotFound, fault.NotFound, "",
	}, codes(results))
	for i, n := range []int{3, 4, 1, 2, 5, 6, 7, 9} {
		assert.Equal(t, numbered(n), results[i].Record.ID)
	}
	assert.Equal(t, `"2"`, fault.From(results[3].Err).Details["etag"])
	assert.Equal(t, want, d.contents(t, ada))
	p := d.assertSound(t, ada)
	assert.Empty(t, p.Garbage)
	assert.Len(t, p.Objects, 3, "for what was refused nothing was transferred")
}

func TestABatchWithAMistakeInItsFormIsRefusedWhole(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.given(t, "one")
	before := d.look(t, ada)
	without := func(change func(op *storage.Operation)) storage.Operation {
		op := creation(numbered(2), "two")
		change(&op)
		return op
	}
	for _, c := range []struct {
		op storage.Operation
		at []string
	}{
		{storage.Operation{Op: "upsert", ID: numbered(1)}, []string{"op"}},
		{storage.Operation{Op: storage.Create}, []string{"table", "blob", "checksum"}},
		{storage.Operation{Op: storage.Update, Table: "tasks"}, []string{"id", "table", "blob", "checksum"}},
		{storage.Operation{Op: storage.Delete, Blob: []byte{}, Checksum: sumOf("")}, []string{"id", "blob", "checksum"}},
		{without(func(op *storage.Operation) { op.IfMatch = "*" }), []string{"if_match"}},
		{without(func(op *storage.Operation) { op.Table = "No" }), []string{"table"}},
		{without(func(op *storage.Operation) { op.Checksum = "abc" }), []string{"checksum"}},
		{without(func(op *storage.Operation) { op.ID = "abc" }), []string{"id"}},
		{deletion(strings.ToUpper(numbered(1)), ""), []string{"id"}},
	} {
		_, err := d.batch(t.Context(), ada, deletion(numbered(1), ""), c.op)
		assertCode(t, fault.ValidationFailed, err)
		var at []string
		for _, f := range fault.From(err).Fields {
			at = append(at, strings.TrimPrefix(f.Location, "body.operations[1]."))
		}
		assert.Equal(t, c.at, at)
	}
	for _, n := range []int{0, record.MaxBatch + 1} {
		_, err := d.batch(t.Context(), ada, make([]storage.Operation, n)...)
		assertCode(t, fault.ValidationFailed, err)
		assert.Equal(t, "body.operations", fault.From(err).Fields[0].Location)
	}
	assert.Equal(t, before, d.look(t, ada))
}

func TestABatchOfTheMostOperations(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var ops []storage.Operation
	for i := range record.MaxBatch {
		ops = append(ops, creation(numbered(i), strconv.Itoa(i)))
	}
	results, err := d.batch(t.Context(), ada, ops...)
	require.NoError(t, err)
	assert.Equal(t, make([]fault.Code, record.MaxBatch), codes(results))
	assert.Len(t, d.contents(t, ada), record.MaxBatch)
	d.assertClean(t, ada)
}

func TestInABatchDeletionsWorkInEveryTierAndWritesDoNot(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.given(t, "one", "two")
	d.setTier(t, ada, tier.Free)
	results, err := d.batch(t.Context(), ada, creation(numbered(3), "three"), deletion(numbered(1), ""), revision(numbered(2), "", ""))
	require.NoError(t, err)
	assert.Equal(t, []fault.Code{fault.TierRequired, "", fault.TierRequired}, codes(results))
	assert.Equal(t, map[string]string{numbered(2): "two"}, d.contents(t, ada))
	_, err = d.batch(t.Context(), mine, creation("", "x"))
	assertCode(t, fault.NotFound, err)
}

func TestABatchMayUseTheRoomThatItMakesAndNotAByteMore(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.given(t, "0123456789", "01234")
	d.fill(t, ada, 15) // full
	results, err := d.batch(t.Context(), ada,
		creation(numbered(3), "x"), deletion(numbered(1), ""), creation(numbered(4), "01234"), creation(numbered(5), "0123456"), creation(numbered(6), "01234"),
		revision(numbered(2), "012345", ""))
	require.NoError(t, err)
	assert.Equal(t, []fault.Code{fault.QuotaExceeded, "", "", fault.QuotaExceeded, "", fault.QuotaExceeded}, codes(results))
	assert.Equal(t, map[string]any{"limit_bytes": int64(5 * quota.Gigabyte), "used_bytes": int64(5*quota.Gigabyte - 5)}, fault.From(results[3].Err).Details)
	var sum int64
	for _, m := range d.look(t, ada).Rows {
		sum += m.SizeBytes
	}
	assert.Equal(t, int64(15), sum)
}

// What a batch answers is true after a failure at any call of a port: a part that is done is done, one that is not left
// nothing, and a batch that fails was done whole or not at all.
func TestABatchThatFailsAtAnyCallTellsTheTruth(t *testing.T) {
	t.Parallel()
	for name, ops := range map[string][]storage.Operation{
		"writes":    {creation(numbered(4), "four"), revision(numbered(1), "ONE", ""), deletion(numbered(2), ""), creation(numbered(5), "five")},
		"deletions": {deletion(numbered(1), ""), deletion(numbered(3), ""), deletion(numbered(8), "")},
	} {
		for _, failure := range porttest.Failures() {
			t.Run(name+", "+failure.String(), func(t *testing.T) {
				t.Parallel()
				at := 1
				for batchFailsAt(t, ops, at, failure) {
					at++
				}
				assert.Greater(t, at, 4*len(ops))
			})
		}
	}
}

func batchFailsAt(t *testing.T, ops []storage.Operation, at int, failure porttest.Failure) bool {
	t.Helper()
	d := newDesk(t)
	d.given(t, "one", "two", "three")
	before := d.contents(t, ada)
	faults := porttest.NewFaults(at, failure)
	results, err := d.broken(faults).batch(t.Context(), ada, ops...)
	got := d.contents(t, ada)
	done := 0
	for i, op := range ops {
		_, existed := before[op.ID]
		possible := op.Op == storage.Create || existed
		isDone := possible && (op.Op == storage.Delete && got[op.ID] == "" || op.Op != storage.Delete && got[op.ID] == string(op.Blob))
		if isDone {
			done++
		} else {
			require.Equal(t, before[op.ID], got[op.ID], "call %d: neither before nor after", at)
		}
		if err == nil && results[i].Err == nil {
			require.True(t, isDone, "call %d: acknowledged and not done", at)
		}
		if err == nil && isDone {
			require.NoError(t, results[i].Err, "call %d: done and told that it was not", at)
		}
	}
	if err != nil {
		assertCode(t, fault.Unavailable, err)
		require.True(t, done == 0 || failure == porttest.CrashAfter, "call %d: %d of the operations were done, which could be found out", at, done)
	}
	d.assertSound(t, ada)
	d.assertClean(t, ada)
	require.Equal(t, got, d.contents(t, ada), "the sweeper took what is in use")
	return faults.Fired()
}

func TestAnObjectThatCannotBePutFailsItsPartAlone(t *testing.T) {
	t.Parallel()
	for at := range 3 {
		d := newDesk(t)
		broken := *d
		broken.blobs = porttest.FaultyBlobs(d.blobs, porttest.NewFaults(at+1, porttest.Refuse))
		results, err := broken.batch(t.Context(), ada, creation(numbered(1), "one"), creation(numbered(2), "two"), creation(numbered(3), "three"))
		require.NoError(t, err)
		failed := 0
		for _, r := range results {
			if r.Err != nil {
				assertCode(t, fault.Unavailable, r.Err)
				failed++
			}
		}
		assert.Equal(t, 1, failed)
		assert.Len(t, d.contents(t, ada), 2)
		d.assertClean(t, ada)
	}
}

func TestASweeperThatWasFasterFailsAPartAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.given(t, "one", "two")
	slow, puts := *d, 0
	slow.blobs = slowBlobs{d.objects, func() {
		if puts++; puts == 1 {
			d.clock.Advance(record.IntentLifetime)
			_, err := d.sweep(t.Context())
			require.NoError(t, err)
		}
	}, nothing}
	results, err := slow.batch(t.Context(), ada, revision(numbered(1), "late", ""), deletion(numbered(2), ""))
	require.NoError(t, err)
	assert.Equal(t, []fault.Code{fault.Unavailable, ""}, codes(results))
	assert.Equal(t, map[string]string{numbered(1): "one"}, d.contents(t, ada))
	assert.Len(t, d.assertSound(t, ada).Garbage, 2, "the object that came late, and that of what was deleted")
	d.assertClean(t, ada)
}
