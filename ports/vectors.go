package ports

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/vector"
)

// VectorItems are the rows about what can be found by likeness, with their blobs.
type VectorItems interface {
	// Put stores items of one user, each in place of the one with the same id, whose CreatedAt stays. Their ids differ.
	// NotFound if the user does not exist.
	Put(ctx context.Context, userID string, items []vector.Item) error
	// Find are the user's items with these ids, each once, without their blobs, in no order. Ids that the user does not have are passed
	// over.
	Find(ctx context.Context, userID string, ids []string) ([]vector.Item, error)
	// OfPoints are the user's items that name these points, each once, with their blobs, in no order. Points that no row of the user
	// names are passed over.
	OfPoints(ctx context.Context, userID string, pointIDs []string) ([]vector.Item, error)
	// Dimension is that of the items in the user's space; 0 if it is empty.
	Dimension(ctx context.Context, userID string, s vector.Space) (int, error)
	// List are up to limit of the user's items after an id (from the start if it is empty, and whether or not it exists), by
	// the bytes of their ids, without their blobs.
	List(ctx context.Context, userID, after string, limit int) ([]vector.Item, error)
	// Delete removes the user's items with these ids. Ids that the user does not have are passed over.
	Delete(ctx context.Context, userID string, ids []string) error
}

// VectorGarbage lists the points that are to be deleted from the index.
type VectorGarbage interface {
	// Add names points to be deleted when due. Adding a point again replaces its time, and takes it back from a sweeper that
	// has claimed it.
	Add(ctx context.Context, entries []vector.Garbage) error
	// Remove takes names back. NotFound if one of them is not listed for the user, or was claimed: then its point may be
	// gone, and the caller's unit must not be committed.
	Remove(ctx context.Context, userID string, pointIDs []string) error
	// Claim takes up to limit entries that are due at now, and those claimed longer than vector.SweepLease before now. Two
	// callers never get the same entry.
	Claim(ctx context.Context, now time.Time, limit int) ([]vector.Garbage, error)
	// Forget drops claimed entries whose points are deleted. Forgetting one that is not there is no error; one that was
	// added again since it was claimed stays.
	Forget(ctx context.Context, entries []vector.Garbage) error
}

// VectorIndex finds points that are alike. It knows no blobs and no ids of items, and what it answers is not believed:
// callers look for the rows that name its points. A point is written once and never changed.
//
// Points of different places never meet. An index that can hold only some dimensions answers NotConfigured for others.
type VectorIndex interface {
	// Upsert adds points of the dimension of p. Doing it again with the same points changes nothing. When it returns nil the
	// points survive a crash of the server and of the index; after an error any of them may be there.
	Upsert(ctx context.Context, p vector.Place, points []vector.Point) error
	// Search gives up to k of the points in p that are most alike to query, which has the dimension of p: the best first, by
	// vector.Likeness but for the rounding of a store, and each once. k is 1 to vector.MaxHits. A place without points has none. Fewer
	// than k mean that there are no more.
	Search(ctx context.Context, p vector.Place, query vector.Embedding, k int) ([]vector.Hit, error)
	// Delete removes points from p for good. Deleting one that is not there is no error.
	Delete(ctx context.Context, p vector.Place, pointIDs []string) error
}
