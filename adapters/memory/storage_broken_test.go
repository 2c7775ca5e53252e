package memory_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

// The adapters below are each wrong in one way: they show that the suites of storage can fail.

type recordsOfAnybody struct{ ports.Records }

func (r recordsOfAnybody) Insert(ctx context.Context, m record.Meta) error {
	if err := r.Records.Insert(ctx, m); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

type replacesEverything struct{ ports.Records }

func (r replacesEverything) Replace(ctx context.Context, m record.Meta) error {
	if _, err := r.Find(ctx, m.UserID, m.ID); err != nil {
		return err
	}
	return errors.Join(r.Delete(ctx, m.UserID, m.ID), r.Insert(ctx, m))
}

type listsIgnoreAfter struct{ ports.Records }

func (r listsIgnoreAfter) List(ctx context.Context, userID string, q record.Query) ([]record.Meta, error) {
	q.After = ""
	return r.Records.List(ctx, userID, q)
}

type feedIncludesTheCursor struct{ ports.Changes }

func (c feedIncludesTheCursor) Since(ctx context.Context, userID string, q record.FeedQuery) (record.Feed, error) {
	q.After--
	return c.Changes.Since(ctx, userID, q)
}

// feedWithoutFloor forgets that tombstones are missing.
type feedWithoutFloor struct{ ports.Changes }

func (c feedWithoutFloor) Since(ctx context.Context, userID string, q record.FeedQuery) (record.Feed, error) {
	feed, err := c.Changes.Since(ctx, userID, q)
	feed.PrunedSeq = 0
	return feed, err
}

// prunesTheDay takes what is a moment too young.
type prunesTheDay struct{ ports.Changes }

func (c prunesTheDay) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	return c.Changes.Prune(ctx, before.Add(time.Millisecond), limit)
}

type forgetsNothing struct{ ports.Changes }

func (c forgetsNothing) DeleteAll(ctx context.Context, _ string) error { return context.Cause(ctx) }

type usageWithoutLimit struct{ ports.Usage }

func (u usageWithoutLimit) Add(ctx context.Context, userID string, k quota.Kind, delta int64, _ quota.Limit) error {
	return u.Usage.Add(ctx, userID, k, delta, quota.Unlimited)
}

// usageChecksFirst is the race that a count in memory invites: it looks, and then adds.
type usageChecksFirst struct{ ports.Usage }

func (u usageChecksFirst) Add(ctx context.Context, userID string, k quota.Kind, delta int64, limit quota.Limit) error {
	used, err := u.Find(ctx, userID)
	if err != nil {
		return err
	}
	if delta > 0 && (delta > 1<<62 || !limit.Fits(used.Bytes(k)+delta)) {
		return quota.Exceeded(k, limit, used.Bytes(k))
	}
	time.Sleep(time.Millisecond) // the window of the race
	return u.Usage.Add(ctx, userID, k, delta, quota.Unlimited)
}

type removesWhatWasClaimed struct{ ports.Garbage }

func (g removesWhatWasClaimed) Remove(ctx context.Context, key string) error {
	if err := g.Garbage.Remove(ctx, key); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

type claimsWithoutLease struct{ ports.Garbage }

func (g claimsWithoutLease) Claim(ctx context.Context, now time.Time, limit int) ([]record.Garbage, error) {
	claimed, err := g.Garbage.Claim(ctx, now, limit)
	for _, entry := range claimed {
		err = errors.Join(err, g.Add(ctx, entry))
	}
	return claimed, err
}

// newestIsOldest reads the list from its end.
type newestIsOldest struct{ ports.Backups }

func (b newestIsOldest) Newest(ctx context.Context, userID string) (backup.Meta, error) {
	all, err := b.List(ctx, userID, backup.Query{Limit: 1000})
	if err != nil || len(all) == 0 {
		return b.Backups.Newest(ctx, userID)
	}
	return b.Find(ctx, userID, all[len(all)-1].ID)
}

// backupsOfAnybody stores rows without an owner.
type backupsOfAnybody struct{ ports.Backups }

func (b backupsOfAnybody) Insert(ctx context.Context, m backup.Meta) error {
	if err := b.Backups.Insert(ctx, m); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

type workWithoutRollback struct {
	ports.StorageWork
	s porttest.StorageStore
}

func (w workWithoutRollback) Do(ctx context.Context, fn func(context.Context, ports.StorageTx) error) error {
	return fn(ctx, ports.StorageTx{Records: w.s.Records, Changes: w.s.Changes, Usage: w.s.Usage, Garbage: w.s.Garbage, Backups: w.s.Backups})
}

func TestTheSuitesOfStorageCanFail(t *testing.T) {
	t.Parallel()
	broken := func(change func(s *porttest.StorageStore)) func(porttest.T) porttest.StorageStore {
		return func(t porttest.T) porttest.StorageStore {
			s := openStorage(t)
			change(&s)
			return s
		}
	}
	for _, c := range []struct {
		name  string
		cases []porttest.Case[porttest.StorageStore]
		wrong func(s *porttest.StorageStore)
		want  string // a case that must see it
	}{
		{"rows without owners", porttest.RecordsCases(), func(s *porttest.StorageStore) { s.Records = recordsOfAnybody{s.Records} },
			"insert for a user who does not exist is NotFound"},
		{"replaces too much", porttest.RecordsCases(), func(s *porttest.StorageStore) { s.Records = replacesEverything{s.Records} },
			"replace stores the new version and keeps table and creation time"},
		{"lists from the start", porttest.RecordsCases(), func(s *porttest.StorageStore) { s.Records = listsIgnoreAfter{s.Records} },
			"list after what is not a record of the user is NotFound"},
		{"repeats the cursor", porttest.ChangesCases(), func(s *porttest.StorageStore) { s.Changes = feedIncludesTheCursor{s.Changes} },
			"since gives what has a greater number, every field, in order, up to the limit"},
		{"tells of no pruning", porttest.ChangesCases(), func(s *porttest.StorageStore) { s.Changes = feedWithoutFloor{s.Changes} },
			"prune removes tombstones from before a time and tells how far, and nothing else"},
		{"prunes too much", porttest.ChangesCases(), func(s *porttest.StorageStore) { s.Changes = prunesTheDay{s.Changes} },
			"prune removes tombstones from before a time and tells how far, and nothing else"},
		{"forgets nothing", porttest.ChangesCases(), func(s *porttest.StorageStore) { s.Changes = forgetsNothing{s.Changes} },
			"delete all forgets the user's feed and their sequence, and nobody else's"},
		{"no limit", porttest.UsageCases(), func(s *porttest.StorageStore) { s.Usage = usageWithoutLimit{s.Usage} },
			"the last byte fits and one more is QuotaExceeded"},
		{"checks, then adds", porttest.UsageCases(), func(s *porttest.StorageStore) { s.Usage = usageChecksFirst{s.Usage} },
			"of many at once exactly as many succeed as fit"},
		{"removes what is claimed", porttest.GarbageCases(), func(s *porttest.StorageStore) { s.Garbage = removesWhatWasClaimed{s.Garbage} },
			"taking back what was claimed is NotFound, also when the lease has run out"},
		{"no lease", porttest.GarbageCases(), func(s *porttest.StorageStore) { s.Garbage = claimsWithoutLease{s.Garbage} },
			"two callers never get the same entry"},
		{"rows of backups without owners", porttest.BackupsCases(), func(s *porttest.StorageStore) { s.Backups = backupsOfAnybody{s.Backups} },
			"insert for a user who does not exist is NotFound"},
		{"the oldest for the newest", porttest.BackupsCases(), func(s *porttest.StorageStore) { s.Backups = newestIsOldest{s.Backups} },
			"newest and list go by creation time, then id, the newest first"},
		{"no rollback", porttest.StorageWorkCases(), func(s *porttest.StorageStore) { s.Work = workWithoutRollback{s.Work, *s} },
			"an error leaves nothing behind and is passed on"},
		{"no isolation", porttest.StorageWorkCases(), func(s *porttest.StorageStore) { s.Work = workWithoutRollback{s.Work, *s} },
			"of many units that want one id one gets it and the others leave nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			failed := porttest.Failing(c.cases, broken(c.wrong))
			assert.Contains(t, failed, c.want)
			assert.Less(t, len(failed), len(c.cases), "it is wrong in one way, not in all")
		})
	}
}

type tornBlobs struct{ ports.Blobs }

func (b tornBlobs) Put(ctx context.Context, key string, body io.Reader, size int64, sum checksum.Sum) error {
	var arrived []byte
	seen := readerFunc(func(p []byte) (int, error) {
		n, err := body.Read(p)
		arrived = append(arrived, p[:n]...)
		return n, err
	})
	err := b.Blobs.Put(ctx, key, seen, size, sum)
	if err != nil && record.CheckKey(key) == nil { // what arrived stays
		whole := readerOf(arrived)
		_ = b.Blobs.Put(context.WithoutCancel(ctx), key, whole, int64(len(arrived)), checksum.Of(arrived))
	}
	return err
}

type rottenBlobs struct{ ports.Blobs }

func (b rottenBlobs) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	body, size, err := b.Blobs.Open(ctx, key)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = body.Close() }()
	p, err := io.ReadAll(body)
	if err != nil { // whatever is damaged is delivered as good
		p = make([]byte, size)
	}
	return io.NopCloser(readerOf(p)), size, nil
}

type deletesNothing struct{ ports.Blobs }

func (deletesNothing) Delete(ctx context.Context, key string) error {
	return errors.Join(context.Cause(ctx), record.CheckKey(key))
}

// startsRangesAtTheFirstByte takes an offset for a length.
type startsRangesAtTheFirstByte struct{ ports.Blobs }

func (b startsRangesAtTheFirstByte) OpenRange(ctx context.Context, key string, _, length int64) (io.ReadCloser, error) {
	return b.Blobs.OpenRange(ctx, key, 0, length)
}

// trustsCuts takes every end of a body for its last byte.
type trustsCuts struct{ ports.Blobs }

func (b trustsCuts) Put(ctx context.Context, key string, body io.Reader, size int64, sum checksum.Sum) error {
	p, err := io.ReadAll(body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return b.Blobs.Put(ctx, key, readerOf(p), int64(len(p)), checksum.Of(p))
	}
	rest := readerFunc(func([]byte) (int, error) { return 0, cmp.Or(err, io.EOF) })
	return b.Blobs.Put(ctx, key, io.MultiReader(readerOf(p), rest), size, sum)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func readerOf(p []byte) io.Reader {
	return readerFunc(func(q []byte) (int, error) {
		if len(p) == 0 {
			return 0, io.EOF
		}
		n := copy(q, p)
		p = p[n:]
		return n, nil
	})
}

func TestTheSuiteOfBlobsCanFail(t *testing.T) {
	t.Parallel()
	for want, wrong := range map[string]func(b ports.Blobs) ports.Blobs{
		"a failed put leaves nothing":                                         func(b ports.Blobs) ports.Blobs { return tornBlobs{b} },
		"rotten bytes are Internal in place of their end, and never complete": func(b ports.Blobs) ports.Blobs { return rottenBlobs{b} },
		"delete removes the object for good":                                  func(b ports.Blobs) ports.Blobs { return deletesNothing{b} },
		"a range is the bytes from its offset on, and no more":                func(b ports.Blobs) ports.Blobs { return startsRangesAtTheFirstByte{b} },
		"a large body that is cut off leaves nothing, whatever was declared":  func(b ports.Blobs) ports.Blobs { return trustsCuts{b} },
	} {
		failed := porttest.Failing(porttest.BlobsCases(), func(t porttest.T) porttest.BlobStore {
			s := openBlobs(t)
			s.Blobs = wrong(s.Blobs)
			return s
		})
		assert.Contains(t, failed, want)
		assert.Less(t, len(failed), len(porttest.BlobsCases()))
	}
}
