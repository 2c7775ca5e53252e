package vector

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/adiuva/cloud/domain/fault"
)

// Place is where points can be compared: one user's space, in which all have one dimension.
type Place struct {
	UserID    string
	Space     Space
	Dimension int
}

// MaxHits is how many hits a search index is asked for at most.
const MaxHits = 10_000

// Point is what a search index knows of an item: nothing but its direction.
type Point struct {
	ID        string // UUID
	Embedding Embedding
}

// Hit is a point that a search found.
type Hit struct {
	PointID string
	Score   float64 // Likeness to what was searched for
}

// BestFirst sorts hits by score, the best first, then by id.
func BestFirst(hits []Hit) {
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.PointID, b.PointID))
	})
}

// Match is an item that a search found.
type Match struct {
	Item  Item
	Score float64
}

// SortMatches sorts matches by score, the best first, then by the id of their item.
func SortMatches(matches []Match) {
	slices.SortFunc(matches, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Item.ID, b.Item.ID))
	})
}

// Honest reports whether a score can be one: a number, from -1 to 1 but for the rounding of a store.
func Honest(score float64) bool { return !math.IsNaN(score) && math.Abs(score) < 1.001 }

// SweepLease is how long a sweeper that took an entry and died keeps it from the next.
const SweepLease = 30 * time.Second

// Garbage is a point that is to be deleted when due. As with objects (domain/record), a write names its future points here
// first and takes the names back in the unit that makes rows name the points: so none is orphaned for good.
type Garbage struct {
	Place   Place
	PointID string
	DueAt   time.Time
}

// OtherDimension is the failure of an embedding that cannot be compared with those that its space has.
func OtherDimension(location string) error {
	return fault.Invalid(location, "must have as many numbers as the other embeddings in its space; an empty space takes any number")
}
