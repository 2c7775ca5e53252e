package ports

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/domain/record"
)

// Records are the rows about encrypted blobs.
type Records interface {
	// Insert stores a new row. IDExists if the user has a record with this id: ids are the user's
	// own, so that nobody learns of, or stands in the way of, somebody else's. NotFound if the user does not exist.
	Insert(ctx context.Context, m record.Meta) error
	// Find is the user's record. NotFound if there is none or it is somebody else's.
	Find(ctx context.Context, userID, id string) (record.Meta, error)
	// List are the user's records by creation time, then id. An After that names no record of the user is NotFound.
	List(ctx context.Context, userID string, q record.Query) ([]record.Meta, error)
	// Replace stores Key, Checksum, SizeBytes, Seq and UpdatedAt of m. NotFound if the user has no such record.
	Replace(ctx context.Context, m record.Meta) error
	// Delete removes the user's record. NotFound if there is none.
	Delete(ctx context.Context, userID, id string) error
}

// Changes are the feed that devices sync from.
type Changes interface {
	// Append gives c the user's next sequence number, stores it in place of an older entry about the same record
	// in the same table, and answers the number. c.Seq and c.Record are ignored. NotFound if the user does not exist.
	Append(ctx context.Context, userID string, c record.Change) (seq int64, err error)
	// Since are the entries that q selects, each that is no tombstone with its record as it was at that moment, and how far
	// the feed goes: all of it is read at one moment, so that no change is missed or told out of order whatever is written
	// or pruned meanwhile. For a user without a feed it is empty.
	Since(ctx context.Context, userID string, q record.FeedQuery) (record.Feed, error)
	// Prune removes up to limit tombstones from before the given time, of any users, the oldest first, and answers how
	// many. Feed.PrunedSeq of each user tells of it at the same moment.
	Prune(ctx context.Context, before time.Time, limit int) (pruned int, err error)
	// DeleteAll forgets the user's feed and their sequence.
	DeleteAll(ctx context.Context, userID string) error
}

// Usage counts the bytes that users keep.
type Usage interface {
	// Find is what the user keeps; zero for one who never kept anything.
	Find(ctx context.Context, userID string) (quota.Usage, error)
	// Add changes what the user keeps of kind k by delta bytes. QuotaExceeded (with limit_bytes and used_bytes) if delta is
	// positive and the total would pass limit: exact under any concurrency. Internal if the total would be negative.
	// NotFound if the user does not exist.
	Add(ctx context.Context, userID string, k quota.Kind, delta int64, limit quota.Limit) error
}

// Garbage lists the objects that are to be deleted.
type Garbage interface {
	// Add names an object to be deleted when due. Adding a key again replaces its time, and takes it back from a sweeper
	// that has claimed it.
	Add(ctx context.Context, g record.Garbage) error
	// Remove takes a name back. NotFound if it is not listed, or was claimed: then the object may be gone.
	Remove(ctx context.Context, key string) error
	// Claim takes up to limit entries that are due at now, and those claimed longer than record.SweepLease before now. Two
	// callers never get the same entry.
	Claim(ctx context.Context, now time.Time, limit int) ([]record.Garbage, error)
	// Forget drops a claimed entry whose object is deleted. Forgetting one that is not there is no error; one that was
	// added again since it was claimed stays.
	Forget(ctx context.Context, key string) error
}

// StorageTx is what changes together when something is stored.
type StorageTx struct {
	Records Records
	Changes Changes
	Usage   Usage
	Garbage Garbage
	Backups Backups

	VectorItems   VectorItems
	VectorGarbage VectorGarbage
}

// StorageWork runs units of work over storage.
type StorageWork interface {
	// Do runs fn in one serializable unit: as if no other unit ran at the same time. fn may run more than once and has no
	// effect but through tx. An error from fn, or a panic, leaves nothing behind and is passed on. Contention that does
	// not end before ctx does, or lasts too long, is Unavailable.
	Do(ctx context.Context, fn func(ctx context.Context, tx StorageTx) error) error
}
