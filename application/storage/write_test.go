package storage_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// fill makes the user keep so many bytes less than 5 GB, which is what pro has, without storing them.
func (d *desk) fill(t tb, userID string, bytesLeft int64) {
	t.Helper()
	err := d.work.Do(context.Background(), func(ctx context.Context, tx ports.StorageTx) error {
		return tx.Usage.Add(ctx, userID, quota.Records, 5*quota.Gigabyte-bytesLeft, quota.Unlimited)
	})
	require.NoError(t, err)
}

func TestStoreKeepsARecord(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, in := range []storage.StoreBlobInput{
		create(ada, "", "of an id of ours"), create(ada, mine, "of an id of the client's"), create(ada, "", ""),
	} {
		got, err := d.store(t.Context(), in)
		require.NoError(t, err)
		want := record.Meta{
			ID: got.ID, UserID: ada, Table: got.Table, Key: got.Key, Checksum: checksum.Of(in.Blob), SizeBytes: int64(len(in.Blob)),
			Seq: got.Seq, CreatedAt: start, UpdatedAt: start,
		}
		assert.Equal(t, want, got)
		assert.Equal(t, "tasks", got.Table.String())
		assert.True(t, strings.HasPrefix(got.Key, ada+"/tasks/"+got.ID+"/"))
		if in.ID != "" {
			assert.Equal(t, in.ID, got.ID)
		}
		meta, content, err := d.read(t.Context(), ada, got.ID)
		require.NoError(t, err)
		assert.Equal(t, got, meta)
		assert.Equal(t, in.Blob, content)
	}
	p := d.assertSound(t, ada)
	assert.Empty(t, p.Garbage, "no intent is left")
	assert.Len(t, p.Changes, 3)
	upper, err := d.store(t.Context(), create(bob, strings.ToUpper("018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2aff"), "x"))
	require.NoError(t, err)
	assert.Equal(t, "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2aff", upper.ID)
}

func TestStoreRefusesAndChangesNothing(t *testing.T) {
	t.Parallel()
	with := func(change func(*storage.StoreBlobInput)) storage.StoreBlobInput {
		in := create(ada, "", "content")
		change(&in)
		return in
	}
	for _, c := range []struct {
		name  string
		given func(d *desk)
		in    storage.StoreBlobInput
		want  fault.Code
		field string
	}{
		{"a table that cannot be one", nil, with(func(in *storage.StoreBlobInput) { in.Table = "../x" }), fault.ValidationFailed, "body.table"},
		{"an id that is no UUID", nil, with(func(in *storage.StoreBlobInput) { in.ID = "1" }), fault.ValidationFailed, "body.id"},
		{"a checksum that is none", nil, with(func(in *storage.StoreBlobInput) { in.Checksum = "abc" }), fault.ValidationFailed, "body.checksum"},
		{"a checksum of other bytes", nil, with(func(in *storage.StoreBlobInput) { in.Checksum = sumOf("x") }), fault.ChecksumMismatch, ""},
		{"a byte too many", nil, create(ada, "", strings.Repeat("x", record.MaxBlobBytes+1)), fault.PayloadTooLarge, ""},
		{"nobody", nil, create(mine, "", "content"), fault.NotFound, ""},
		{"the free tier", func(d *desk) { d.setTier(t, ada, tier.Free) }, create(ada, "", "content"), fault.TierRequired, ""},
		{"no room", func(d *desk) { d.fill(t, ada, 6) }, create(ada, "", "content"), fault.QuotaExceeded, ""},
		{"too much since a downgrade", func(d *desk) { d.fill(t, ada, -1) }, create(ada, "", ""), fault.QuotaExceeded, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if c.given != nil {
				c.given(d)
			}
			before := d.look(t, ada)
			_, err := d.store(t.Context(), c.in)
			assertCode(t, c.want, err)
			if c.field != "" {
				assert.Equal(t, c.field, fault.From(err).Fields[0].Location)
			}
			assert.Equal(t, before, d.look(t, ada))
		})
	}
}

func TestStoreRefusesAnIDThatTheUserHasAndNoOther(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.store(t.Context(), create(ada, mine, "first"))
	require.NoError(t, err)
	_, err = d.store(t.Context(), create(ada, mine, "second"))
	assertCode(t, fault.IDExists, err)
	_, err = d.store(t.Context(), create(bob, mine, "bob's"))
	require.NoError(t, err)
	for _, user := range []string{ada, bob} {
		d.assertSound(t, user)
	}
	assert.Equal(t, map[string]string{mine: "first"}, d.contents(t, ada))
	assert.Equal(t, map[string]string{mine: "bob's"}, d.contents(t, bob))
}

func TestTheLastByteOfTheQuotaCanBeUsedAndTheNextCannot(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fill(t, ada, 10)
	_, err := d.store(t.Context(), create(ada, mine, "0123456789"))
	require.NoError(t, err)
	_, err = d.store(t.Context(), create(ada, "", "x"))
	assertCode(t, fault.QuotaExceeded, err)
	assert.Equal(t, map[string]any{"limit_bytes": int64(5 * quota.Gigabyte), "used_bytes": int64(5 * quota.Gigabyte)}, fault.From(err).Details)
	_, err = d.update(t.Context(), replace(ada, mine, "0123456789x"))
	assertCode(t, fault.QuotaExceeded, err)
	_, err = d.update(t.Context(), replace(ada, mine, "9876543210"))
	require.NoError(t, err)
}

func TestAfterADowngradeReadsAndDeletesWorkAndWritesWaitForRoom(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.store(t.Context(), create(ada, mine, "0123456789"))
	require.NoError(t, err)
	second, err := d.store(t.Context(), create(ada, "", "abcde"))
	require.NoError(t, err)
	d.fill(t, ada, 10) // with the 15 bytes above: 5 too many
	_, err = d.update(t.Context(), replace(ada, mine, "012345"))
	assertCode(t, fault.QuotaExceeded, err)
	_, err = d.update(t.Context(), replace(ada, mine, "01234"))
	require.NoError(t, err, "it fits now")
	d.setTier(t, ada, tier.Free)
	_, err = d.update(t.Context(), replace(ada, mine, ""))
	assertCode(t, fault.TierRequired, err)
	assert.Equal(t, "pro", fault.From(err).Details["required_tier"])
	assert.Equal(t, map[string]string{mine: "01234", second.ID: "abcde"}, d.contents(t, ada))
	require.NoError(t, d.delete(t.Context(), storage.DeleteRecordInput{UserID: ada, ID: second.ID}))
	assert.Equal(t, map[string]string{mine: "01234"}, d.contents(t, ada))
}

func TestUpdateReplacesTheBytesAndLeavesTheOldOnesForReaders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, err := d.store(t.Context(), create(ada, mine, "first"))
	require.NoError(t, err)
	reading := storage.ReadBlob{Records: d.reads, Blobs: d.blobs}
	open, err := reading.Execute(t.Context(), storage.ReadBlobInput{UserID: ada, ID: mine})
	require.NoError(t, err)
	d.clock.Advance(time.Minute)
	in := replace(ada, strings.ToUpper(mine), "second one")
	in.IfMatch = `"99", ` + first.ETag()
	second, err := d.update(t.Context(), in)
	require.NoError(t, err)
	want := first
	want.Key, want.Checksum, want.SizeBytes, want.Seq, want.UpdatedAt = second.Key, checksum.Of(in.Blob), 10, 2, start.Add(time.Minute)
	assert.Equal(t, want, second)
	assert.NotEqual(t, first.Key, second.Key)
	assert.True(t, strings.HasPrefix(second.Key, ada+"/tasks/"+mine+"/"))
	p := d.assertSound(t, ada)
	assert.Equal(t, map[string]time.Time{first.Key: start.Add(time.Minute + record.ReaderGrace)}, p.Garbage)
	assert.Equal(t, []record.Change{{Seq: 2, RecordID: mine, Table: first.Table, At: second.UpdatedAt}}, p.Changes)
	old, err := io.ReadAll(open.Body)
	require.NoError(t, err)
	assert.Equal(t, "first", string(old))
	assert.Equal(t, map[string]string{mine: "second one"}, d.contents(t, ada))
}

func TestUpdateAndDeleteRefuseAndChangeNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		user, id, ifMatch string
		want              fault.Code
	}{
		{"somebody else's record", bob, mine, "", fault.NotFound},
		{"a record that is not there", ada, ada, "", fault.NotFound},
		{"an id that cannot be one", ada, "../x", "", fault.NotFound},
		{"another version", ada, mine, `"2"`, fault.PreconditionFailed},
		{"a weak tag", ada, mine, `W/"1"`, fault.PreconditionFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			_, err := d.store(t.Context(), create(ada, mine, "first"))
			require.NoError(t, err)
			before := []picture{d.look(t, ada), d.look(t, bob)}
			in := replace(c.user, c.id, "second")
			in.IfMatch = c.ifMatch
			_, err = d.update(t.Context(), in)
			assertCode(t, c.want, err)
			deleted := d.delete(t.Context(), storage.DeleteRecordInput{UserID: c.user, ID: c.id, IfMatch: c.ifMatch})
			assertCode(t, c.want, deleted)
			if c.want == fault.PreconditionFailed {
				assert.Equal(t, `"1"`, fault.From(err).Details["etag"])
				assert.Equal(t, `"1"`, fault.From(deleted).Details["etag"])
			}
			after := []picture{d.look(t, ada), d.look(t, bob)}
			assert.Equal(t, before, after)
		})
	}
}

func TestUpdateRefusesBytesThatAreNotWhatWasDeclared(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.store(t.Context(), create(ada, mine, "first"))
	require.NoError(t, err)
	before := d.look(t, ada)
	in := replace(ada, mine, "second")
	in.Checksum = sumOf("other")
	_, err = d.update(t.Context(), in)
	assertCode(t, fault.ChecksumMismatch, err)
	_, err = d.update(t.Context(), replace(ada, mine, strings.Repeat("x", record.MaxBlobBytes+1)))
	assertCode(t, fault.PayloadTooLarge, err)
	assert.Equal(t, int64(record.MaxBlobBytes), fault.From(err).Details["limit_bytes"])
	assert.Equal(t, before, d.look(t, ada))
}

func TestDeleteLeavesATombstoneAndTheBytesForReaders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.times = storage.Lifetimes{Intent: time.Minute, Grace: 30 * time.Second}
	m, err := d.store(t.Context(), create(ada, mine, "first"))
	require.NoError(t, err)
	d.clock.Advance(time.Second)
	require.NoError(t, d.delete(t.Context(), storage.DeleteRecordInput{UserID: ada, ID: mine, IfMatch: m.ETag()}))
	p := d.assertSound(t, ada)
	assert.Empty(t, p.Rows)
	assert.Zero(t, p.Bytes)
	assert.Equal(t, []record.Change{{Seq: 2, RecordID: mine, Table: m.Table, Deleted: true, At: start.Add(time.Second)}}, p.Changes)
	assert.Equal(t, map[string]time.Time{m.Key: start.Add(31 * time.Second)}, p.Garbage)
	assertCode(t, fault.NotFound, d.delete(t.Context(), storage.DeleteRecordInput{UserID: ada, ID: mine}))
	again, err := d.store(t.Context(), create(ada, mine, "again"))
	require.NoError(t, err, "the id is free")
	assert.NotEqual(t, m.ETag(), again.ETag())
	d.assertClean(t, ada)
}

func TestWritersOfOneRecordAtOnceKeepTheBooksStraight(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, err := d.store(t.Context(), create(ada, mine, "first"))
	require.NoError(t, err)
	won := make(chan struct{}, 64)
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			in := replace(ada, mine, strings.Repeat("x", i))
			if i%2 == 0 {
				in.IfMatch = first.ETag()
			}
			if _, err := d.update(t.Context(), in); err == nil && i%2 == 0 {
				won <- struct{}{}
			}
			if i%5 == 4 {
				_ = d.delete(t.Context(), storage.DeleteRecordInput{UserID: ada, ID: mine})
				_, _ = d.store(t.Context(), create(ada, mine, "again"))
			}
			_, _ = d.sweep(t.Context())
		})
	}
	group.Wait()
	close(won)
	assert.LessOrEqual(t, len(won), 1, "one version is replaced by one writer")
	d.assertSound(t, ada)
	d.assertClean(t, ada)
}
