package storage_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

var start = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// The people of these tests.
const (
	ada  = "01950000-0000-7000-8000-00000000ada0"
	bob  = "01950000-0000-7000-8000-00000000b0b0"
	mine = "018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b" // an id that a client chose
)

// tb is what a test and a check of a property have in common.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
}

// desk is the area on memory adapters. The use cases go through work and blobs, which a test may break; rows, objects
// and clock are what it looks at.
type desk struct {
	rows    *memory.Store
	objects *memory.Blobs
	clock   *memory.Clock
	ids     *memory.IDs
	work    ports.StorageWork
	blobs   ports.Blobs
	reads   ports.Records
	saved   ports.Backups
	times   storage.Lifetimes
}

func newDesk(t tb) *desk {
	t.Helper()
	d := &desk{rows: memory.NewStore(), objects: memory.NewBlobs(), clock: memory.NewClock(start), ids: memory.NewIDs()}
	d.work, d.blobs, d.reads = memory.NewStorageWork(d.rows), d.objects, memory.NewRecords(d.rows)
	d.saved = memory.NewBackups(d.rows)
	for _, id := range []string{ada, bob} {
		email, err := account.ParseEmail(id + "@example.com")
		require.NoError(t, err)
		require.NoError(t, memory.NewUsers(d.rows).Insert(context.Background(), account.User{ID: id, Email: email, Tier: tier.Pro, Role: account.Member}))
	}
	return d
}

// broken is the same desk whose use cases meet the faults of f.
func (d *desk) broken(f *porttest.Faults) *desk {
	b := *d
	b.work, b.blobs, b.reads = porttest.FaultyStorageWork(d.work, f), porttest.FaultyBlobs(d.blobs, f), porttest.FaultyRecords(d.reads, f)
	b.saved = porttest.FaultyBackups(d.saved, f)
	return &b
}

func (d *desk) gate() *entitlements.Gate { return &entitlements.Gate{Users: memory.NewUsers(d.rows)} }

func (d *desk) setTier(t tb, userID string, to tier.Tier) {
	t.Helper()
	users := memory.NewUsers(d.rows)
	u, err := users.Find(context.Background(), userID)
	require.NoError(t, err)
	u.Tier = to
	require.NoError(t, users.Update(context.Background(), u))
}

func (d *desk) store(ctx context.Context, in storage.StoreBlobInput) (record.Meta, error) {
	u := storage.StoreBlob{Gate: d.gate(), Work: d.work, Blobs: d.blobs, Clock: d.clock, IDs: d.ids, Lifetimes: d.times}
	out, err := u.Execute(ctx, in)
	return out.Record, err
}

func (d *desk) update(ctx context.Context, in storage.UpdateBlobInput) (record.Meta, error) {
	u := storage.UpdateBlob{Gate: d.gate(), Work: d.work, Blobs: d.blobs, Clock: d.clock, IDs: d.ids, Lifetimes: d.times}
	out, err := u.Execute(ctx, in)
	return out.Record, err
}

func (d *desk) delete(ctx context.Context, in storage.DeleteRecordInput) error {
	u := storage.DeleteRecord{Work: d.work, Clock: d.clock, Lifetimes: d.times}
	_, err := u.Execute(ctx, in)
	return err
}

// read gives a record back whole, or the failure of opening or reading it.
func (d *desk) read(ctx context.Context, userID, id string) (record.Meta, []byte, error) {
	u := storage.ReadBlob{Records: d.reads, Blobs: d.blobs}
	out, err := u.Execute(ctx, storage.ReadBlobInput{UserID: userID, ID: id})
	if err != nil {
		return record.Meta{}, nil, err
	}
	p, err := io.ReadAll(out.Body)
	return out.Record, p, errors.Join(err, out.Body.Close())
}

func (d *desk) sweep(ctx context.Context) (storage.SweepOutput, error) {
	u := storage.Sweep{Work: d.work, Blobs: d.blobs, Clock: d.clock}
	return u.Execute(ctx, storage.SweepInput{})
}

// create is a request for a new record with this content.
func create(userID, id, content string) storage.StoreBlobInput {
	return storage.StoreBlobInput{UserID: userID, Table: "tasks", ID: id, Blob: []byte(content), Checksum: sumOf(content)}
}

// replace is a request for new content.
func replace(userID, id, content string) storage.UpdateBlobInput {
	return storage.UpdateBlobInput{UserID: userID, ID: id, Blob: []byte(content), Checksum: sumOf(content)}
}

func sumOf(content string) string { return checksum.Of([]byte(content)).String() }

func assertCode(t tb, want fault.Code, err error) {
	t.Helper()
	assert.Equal(t, want, fault.CodeOf(err), "%v", err)
}

// picture is everything that is kept, so that a test can say that nothing has changed.
type picture struct {
	Rows    []record.Meta
	Backups []backup.Meta
	Objects []string
	Garbage map[string]time.Time
	Changes []record.Change
	Bytes   quota.Usage
}

func (d *desk) look(t tb, userID string) picture {
	t.Helper()
	ctx := context.Background()
	p := picture{Garbage: map[string]time.Time{}}
	var err error
	p.Rows, err = memory.NewRecords(d.rows).List(ctx, userID, record.Query{Limit: 10_000})
	require.NoError(t, err)
	feed, err := memory.NewChanges(d.rows).Since(ctx, userID, record.FeedQuery{Limit: 10_000})
	require.NoError(t, err)
	for _, c := range feed.Changes {
		c.Record = nil // is in Rows
		p.Changes = append(p.Changes, c)
	}
	p.Backups, err = memory.NewBackups(d.rows).List(ctx, userID, backup.Query{Limit: 10_000})
	require.NoError(t, err)
	usage, err := memory.NewUsage(d.rows).Find(ctx, userID)
	require.NoError(t, err)
	p.Bytes = usage
	for _, key := range d.objects.Keys() {
		if strings.HasPrefix(key, userID) {
			p.Objects = append(p.Objects, key)
		}
	}
	onlyLooking := errors.New("only looking")
	err = memory.NewStorageWork(d.rows).Do(ctx, func(ctx context.Context, tx ports.StorageTx) error {
		all, err := tx.Garbage.Claim(ctx, d.clock.Now().Add(1000*time.Hour), 10_000)
		for _, g := range all {
			if strings.HasPrefix(g.Key, userID) {
				p.Garbage[g.Key] = g.DueAt
			}
		}
		return errors.Join(err, onlyLooking)
	})
	require.ErrorIs(t, err, onlyLooking)
	return p
}

// assertSound checks what must hold after any history, whatever failed in it: usage is the sum of the rows, each row has
// its bytes, each object has a row or is listed as garbage, and the feed tells of every row.
func (d *desk) assertSound(t tb, userID string) picture {
	t.Helper()
	p := d.look(t, userID)
	var sum quota.Usage
	keys := map[string]bool{}
	versions := map[string]int64{}
	stored := func(key string, size int64, want checksum.Sum) {
		t.Helper()
		keys[key] = true
		assert.NotContains(t, p.Garbage, key, "a current object is listed as garbage")
		body, held, err := d.objects.Open(context.Background(), key)
		if assert.NoError(t, err, "a row without its object") {
			got, err := io.ReadAll(body)
			assert.NoError(t, err)
			assert.Equal(t, size, held)
			assert.Equal(t, want, checksum.Of(got))
		}
	}
	for _, m := range p.Rows {
		sum.RecordBytes += m.SizeBytes
		versions[m.ID] = m.Seq
		stored(m.Key, m.SizeBytes, m.Checksum)
	}
	for _, m := range p.Backups {
		sum.BackupBytes += m.SizeBytes
		stored(m.Key, m.SizeBytes, m.Checksum)
	}
	assert.Equal(t, sum, p.Bytes, "usage is not the sum of the rows")
	for _, key := range p.Objects {
		_, listed := p.Garbage[key]
		assert.True(t, keys[key] || listed, "object %s is orphaned", key)
	}
	told := map[string]int64{}
	for _, c := range p.Changes {
		if !c.Deleted {
			told[c.RecordID] = c.Seq
		}
	}
	assert.Equal(t, versions, told, "the feed does not tell of the rows")
	return p
}

// assertClean sweeps when every lifetime is over, and checks that the objects are those of the rows and nothing else.
func (d *desk) assertClean(t tb, userID string) {
	t.Helper()
	d.clock.Advance(record.IntentLifetime + record.ReaderGrace + record.SweepLease)
	_, err := d.sweep(context.Background())
	require.NoError(t, err)
	p := d.assertSound(t, userID)
	assert.Empty(t, p.Garbage)
	var keys []string
	for _, m := range p.Rows {
		keys = append(keys, m.Key)
	}
	for _, m := range p.Backups {
		keys = append(keys, m.Key)
	}
	slices.Sort(keys)
	assert.Equal(t, keys, p.Objects)
}
