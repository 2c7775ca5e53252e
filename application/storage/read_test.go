package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

func TestReadGivesOnlyTheOwnersRecords(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.store(t.Context(), create(ada, mine, "first"))
	require.NoError(t, err)
	d.setTier(t, ada, tier.Free)
	_, got, err := d.read(t.Context(), ada, mine)
	require.NoError(t, err, "in any tier")
	assert.Equal(t, "first", string(got))
	for _, who := range [][2]string{{bob, mine}, {ada, ada}, {ada, ""}, {ada, "' OR 1=1"}, {"", mine}} {
		_, _, err := d.read(t.Context(), who[0], who[1])
		assertCode(t, fault.NotFound, err)
	}
}

func TestWhatTheStoreHasLostOrDamagedIsInternal(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(d *desk, key string) error{
		"rotten": func(d *desk, key string) error {
			d.objects.Rot(key)
			return nil
		},
		"missing": func(d *desk, key string) error { return d.objects.Delete(context.Background(), key) },
		"another object": func(d *desk, key string) error {
			p := []byte("third")
			return d.objects.Put(context.Background(), key, bytes.NewReader(p), 5, checksum.Of(p))
		},
		"another size": func(d *desk, key string) error {
			return d.objects.Put(context.Background(), key, bytes.NewReader(nil), 0, checksum.Of(nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			m, err := d.store(t.Context(), create(ada, mine, "first"))
			require.NoError(t, err)
			require.NoError(t, harm(d, m.Key))
			_, got, err := d.read(t.Context(), ada, mine)
			assertCode(t, fault.Internal, err)
			assert.Less(t, len(got), 5)
		})
	}
}

func TestListGivesPagesInTheOrderOfCreation(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var ids []string
	for i := range 7 {
		in := create(ada, "", fmt.Sprint(i))
		if i%2 == 1 {
			in.Table = "notes"
		}
		m, err := d.store(t.Context(), in)
		require.NoError(t, err)
		ids = append(ids, m.ID)
		d.clock.Advance(time.Millisecond)
	}
	_, err := d.store(t.Context(), create(bob, "", "bob's"))
	require.NoError(t, err)
	list := storage.ListRecords{Records: d.reads}
	for _, c := range []struct {
		in   storage.ListRecordsInput
		want []string
	}{
		{storage.ListRecordsInput{UserID: ada}, ids},
		{storage.ListRecordsInput{UserID: ada, Page: 1, Limit: 3}, ids[:3]},
		{storage.ListRecordsInput{UserID: ada, Page: 3, Limit: 3}, ids[6:]},
		{storage.ListRecordsInput{UserID: ada, Page: 4, Limit: 3}, nil},
		{storage.ListRecordsInput{UserID: ada, Table: "notes", Page: 2, Limit: 2}, ids[5:6]},
		{storage.ListRecordsInput{UserID: ada, Table: "projects"}, nil},
		{storage.ListRecordsInput{UserID: mine}, nil},
	} {
		out, err := list.Execute(t.Context(), c.in)
		require.NoError(t, err)
		var got []string
		for _, m := range out.Records {
			got = append(got, m.ID)
		}
		assert.Equal(t, c.want, got, "%+v", c.in)
	}
	for location, in := range map[string]storage.ListRecordsInput{
		"query.table": {UserID: ada, Table: "Notes"}, "query.page": {UserID: ada, Page: -1}, "query.limit": {UserID: ada, Limit: 201},
	} {
		_, err := list.Execute(t.Context(), in)
		assertCode(t, fault.ValidationFailed, err)
		assert.Equal(t, location, fault.From(err).Fields[0].Location)
	}
}

// stuckBlobs cannot delete some objects.
type stuckBlobs struct {
	ports.Blobs
	stuck func(key string) bool
}

func (b stuckBlobs) Delete(ctx context.Context, key string) error {
	if b.stuck(key) {
		return fault.New(fault.Unavailable, "This one is stuck.")
	}
	return b.Blobs.Delete(ctx, key)
}

func TestSweepGoesOnPastWhatCannotBeDeletedAndComesBackToIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const records = 230 // three batches
	for range records {
		m, err := d.store(t.Context(), create(ada, "", "x"))
		require.NoError(t, err)
		require.NoError(t, d.delete(t.Context(), storage.DeleteRecordInput{UserID: ada, ID: m.ID}))
	}
	out, err := d.sweep(t.Context())
	require.NoError(t, err)
	assert.Equal(t, storage.SweepOutput{}, out, "nothing is due")
	d.clock.Advance(record.ReaderGrace)
	stuck := *d
	bad := d.objects.Keys()[17]
	stuck.blobs = stuckBlobs{d.objects, func(key string) bool { return key == bad }}
	out, err = stuck.sweep(t.Context())
	assertCode(t, fault.Unavailable, err)
	assert.Equal(t, storage.SweepOutput{Deleted: records - 1, Failed: 1}, out)
	assert.Equal(t, []string{bad}, d.objects.Keys())
	out, err = d.sweep(t.Context())
	require.NoError(t, err)
	assert.Equal(t, storage.SweepOutput{}, out, "it is leased to the first sweep")
	d.clock.Advance(record.SweepLease + time.Millisecond)
	out, err = d.sweep(t.Context())
	require.NoError(t, err)
	assert.Equal(t, storage.SweepOutput{Deleted: 1}, out)
	assert.Empty(t, d.look(t, ada).Garbage)
}

func TestSweepGivesUpWhenTheStoreIsDown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 101 {
		m, err := d.store(t.Context(), create(ada, "", "x"))
		require.NoError(t, err)
		require.NoError(t, d.delete(t.Context(), storage.DeleteRecordInput{UserID: ada, ID: m.ID}))
	}
	d.clock.Advance(record.ReaderGrace)
	down := *d
	down.blobs = stuckBlobs{d.objects, func(string) bool { return true }}
	out, err := down.sweep(t.Context())
	assertCode(t, fault.Unavailable, err)
	assert.Equal(t, storage.SweepOutput{Failed: 100}, out)
	d.assertClean(t, ada)
}

func TestDamageIsFoundBeforeTheFirstByteIsAnswered(t *testing.T) {
	t.Parallel()
	for _, size := range []int{5, 3 << 20} {
		d := newDesk(t)
		in := create(ada, mine, strings.Repeat("x", size))
		m, err := d.store(t.Context(), in)
		require.NoError(t, err)
		_, got, err := d.read(t.Context(), ada, mine)
		require.NoError(t, err)
		assert.Len(t, got, size)
		d.objects.Rot(m.Key)
		read := storage.ReadBlob{Records: d.reads, Blobs: d.blobs}
		_, err = read.Execute(t.Context(), storage.ReadBlobInput{UserID: ada, ID: mine})
		assertCode(t, fault.Internal, err)
	}
}

func TestWhoHasTheVersionGetsNoBytesAndNoneAreRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	m, err := d.store(t.Context(), create(ada, mine, "first"))
	require.NoError(t, err)
	require.NoError(t, d.objects.Delete(t.Context(), m.Key)) // reading it would fail
	read := storage.ReadBlob{Records: d.reads, Blobs: d.blobs}
	out, err := read.Execute(t.Context(), storage.ReadBlobInput{UserID: ada, ID: mine, IfNoneMatch: m.ETag()})
	require.NoError(t, err)
	assert.Equal(t, storage.ReadBlobOutput{Record: m, Current: true}, out)
	_, err = read.Execute(t.Context(), storage.ReadBlobInput{UserID: ada, ID: mine, IfNoneMatch: `"999"`})
	assertCode(t, fault.Internal, err)
	_, err = read.Execute(t.Context(), storage.ReadBlobInput{UserID: bob, ID: mine, IfNoneMatch: m.ETag()})
	assertCode(t, fault.NotFound, err)
}
