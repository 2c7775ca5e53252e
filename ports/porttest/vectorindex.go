package porttest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

// VectorIndexStore is an empty index. Reopen gives it again after a crash, or is nil if it does not outlive its process.
type VectorIndexStore struct {
	Index  ports.VectorIndex
	Reopen func() ports.VectorIndex
}

// VectorIndex checks an adapter of ports.VectorIndex.
func VectorIndex(t *testing.T, open func(t T) VectorIndexStore) { Run(t, VectorIndexCases(), open) }

// VectorIndexCases are the sentences of ports.VectorIndex.
func VectorIndexCases() []Case[VectorIndexStore] {
	return slices.Concat(vectorIndexSearches(), vectorIndexPlaces(), vectorIndexLasts())
}

func vectorPlace(t T, userID, space string) vector.Place {
	t.Helper()
	return vector.Place{UserID: userID, Space: vectorSpace(t, space), Dimension: 16}
}

// direction is a random embedding, the same for each seed.
func direction(t T, seed uint64, dimension int) vector.Embedding {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 7))
	numbers := make([]float64, dimension)
	for i := range numbers {
		numbers[i] = random.NormFloat64()
	}
	e, err := vector.NewEmbedding("embedding", numbers)
	require.NoError(t, err)
	return e
}

// filled adds n points to a place, the i-th in the direction of the seed from+i.
func (s VectorIndexStore) filled(t T, p vector.Place, from uint64, n int) []vector.Point {
	t.Helper()
	var points []vector.Point
	for i := range n {
		points = append(points, vector.Point{ID: storageID(), Embedding: direction(t, from+uint64(i), p.Dimension)})
	}
	require.NoError(t, s.Index.Upsert(t.Context(), p, points))
	return points
}

func (s VectorIndexStore) search(t T, p vector.Place, query vector.Embedding, k int) []vector.Hit {
	t.Helper()
	hits, err := s.Index.Search(t.Context(), p, query, k)
	require.NoError(t, err)
	return hits
}

// assertHits checks a search against all points that there are.
func (s VectorIndexStore) assertHits(t T, p vector.Place, query vector.Embedding, k int, all []vector.Point) {
	t.Helper()
	want := []vector.Hit{}
	for _, point := range all {
		want = append(want, vector.Hit{PointID: point.ID, Score: vector.Likeness(query, point.Embedding)})
	}
	vector.BestFirst(want)
	want = want[:min(k, len(want))]
	got := s.search(t, p, query, k)
	require.Len(t, got, len(want))
	for i := range want {
		assert.Equal(t, want[i].PointID, got[i].PointID, "hit %d", i)
		assert.InDelta(t, want[i].Score, got[i].Score, 1e-3)
	}
}

func vectorIndexSearches() []Case[VectorIndexStore] {
	return []Case[VectorIndexStore]{
		{"search gives the points that are most alike, the best first", func(t T, s VectorIndexStore) {
			p := vectorPlace(t, storageID(), "notes")
			points := s.filled(t, p, 0, 60)
			for seed := range uint64(5) {
				query := direction(t, 100+seed, p.Dimension)
				for _, k := range []int{1, 10, 60, 61, vector.MaxHits} {
					s.assertHits(t, p, query, k, points)
				}
			}
			assert.InDelta(t, 1, s.search(t, p, points[7].Embedding, 1)[0].Score, 1e-3)
			assert.Equal(t, points[7].ID, s.search(t, p, points[7].Embedding, 1)[0].PointID)
		}},
		{"a place without points has none", func(t T, s VectorIndexStore) {
			p := vectorPlace(t, storageID(), "notes")
			assert.Empty(t, s.search(t, p, direction(t, 1, p.Dimension), 10))
		}},
		{"a point that is opposite is found last", func(t T, s VectorIndexStore) {
			p := vectorPlace(t, storageID(), "notes")
			points := s.filled(t, p, 0, 3)
			away := vector.Point{ID: storageID(), Embedding: slices.Clone(points[0].Embedding)}
			for i := range away.Embedding {
				away.Embedding[i] *= -1
			}
			require.NoError(t, s.Index.Upsert(t.Context(), p, []vector.Point{away}))
			s.assertHits(t, p, points[0].Embedding, 10, append(points, away))
		}},
		{"upsert of the same points again changes nothing", func(t T, s VectorIndexStore) {
			p := vectorPlace(t, storageID(), "notes")
			points := s.filled(t, p, 0, 5)
			require.NoError(t, s.Index.Upsert(t.Context(), p, points))
			s.assertHits(t, p, direction(t, 9, p.Dimension), 10, points)
		}},
		{"as many as a call may store are added and deleted at once", func(t T, s VectorIndexStore) {
			p := vectorPlace(t, storageID(), "notes")
			points := s.filled(t, p, 0, vector.MaxItems)
			s.assertHits(t, p, direction(t, 1, p.Dimension), vector.MaxTop, points)
			require.NoError(t, s.Index.Delete(t.Context(), p, pointIDs(points)))
			assert.Empty(t, s.search(t, p, points[0].Embedding, 10))
		}},
		{"when the context has ended nothing is found or changed", func(t T, s VectorIndexStore) {
			p := vectorPlace(t, storageID(), "notes")
			points := s.filled(t, p, 0, 2)
			_, err := s.Index.Search(cancelled(t), p, points[0].Embedding, 10)
			for _, err := range []error{
				err, s.Index.Upsert(cancelled(t), p, []vector.Point{{ID: storageID(), Embedding: direction(t, 9, p.Dimension)}}),
				s.Index.Delete(cancelled(t), p, pointIDs(points)),
			} {
				require.ErrorIs(t, err, cancelled(t).Err())
			}
			s.assertHits(t, p, points[0].Embedding, 10, points)
		}},
	}
}

func pointIDs(points []vector.Point) []string {
	var ids []string
	for _, p := range points {
		ids = append(ids, p.ID)
	}
	return ids
}

func vectorIndexPlaces() []Case[VectorIndexStore] {
	return []Case[VectorIndexStore]{
		{"points of other users, spaces and dimensions never meet", func(t T, s VectorIndexStore) {
			ada, bob := storageID(), storageID()
			places := []vector.Place{vectorPlace(t, ada, "notes"), vectorPlace(t, ada, "tasks"), vectorPlace(t, bob, "notes")}
			prints := vectorPlace(t, ada, "notes")
			prints.Space = vector.Fingerprints
			places = append(places, prints)
			for _, dimension := range []int{vector.MinDimension, vector.MaxDimension} {
				places = append(places, vector.Place{UserID: ada, Space: places[0].Space, Dimension: dimension})
			}
			kept := map[vector.Place][]vector.Point{}
			for _, p := range places {
				kept[p] = s.filled(t, p, 0, 3) // the same directions everywhere
			}
			for _, p := range places {
				s.assertHits(t, p, direction(t, 1, p.Dimension), 50, kept[p])
			}
			require.NoError(t, s.Index.Delete(t.Context(), places[0], pointIDs(kept[places[0]])))
			assert.Empty(t, s.search(t, places[0], direction(t, 1, places[0].Dimension), 50))
			for _, p := range places[1:] {
				s.assertHits(t, p, direction(t, 1, p.Dimension), 50, kept[p])
			}
		}},
		{"delete removes points for good and passes over the rest", func(t T, s VectorIndexStore) {
			p, other := vectorPlace(t, storageID(), "notes"), vectorPlace(t, storageID(), "notes")
			points, others := s.filled(t, p, 0, 4), s.filled(t, other, 0, 1)
			require.NoError(t, s.Index.Delete(t.Context(), p, []string{points[0].ID, points[3].ID, storageID(), others[0].ID}))
			require.NoError(t, s.Index.Delete(t.Context(), p, []string{points[0].ID}))
			s.assertHits(t, p, points[0].Embedding, 10, points[1:3])
			s.assertHits(t, other, others[0].Embedding, 10, others)
			require.NoError(t, s.Index.Delete(t.Context(), p, pointIDs(points)))
			assert.Empty(t, s.search(t, p, points[0].Embedding, 10))
			s.assertHits(t, p, points[0].Embedding, 10, s.filled(t, p, 50, 2))
		}},
		{"many write and search one place at once", func(t T, s VectorIndexStore) {
			p := vectorPlace(t, storageID(), "notes")
			var mu sync.Mutex
			var kept []vector.Point
			var group sync.WaitGroup
			for i := range uint64(6) {
				group.Go(func() {
					for j := range uint64(4) {
						mine := []vector.Point{
							{ID: storageID(), Embedding: direction(t, 1000*i+j, p.Dimension)}, {ID: storageID(), Embedding: direction(t, 1000*i+j+500, p.Dimension)},
						}
						err := s.Index.Upsert(t.Context(), p, mine)
						hits, searchErr := s.Index.Search(t.Context(), p, mine[0].Embedding, 1)
						deleteErr := s.Index.Delete(t.Context(), p, []string{mine[1].ID})
						mu.Lock()
						kept = append(kept, mine[0])
						if assert.NoError(t, err) && assert.NoError(t, searchErr) && assert.NoError(t, deleteErr) && assert.Len(t, hits, 1) {
							assert.Equal(t, mine[0].ID, hits[0].PointID, "what was written is found")
						}
						mu.Unlock()
					}
				})
			}
			group.Wait()
			s.assertHits(t, p, direction(t, 1, p.Dimension), 100, kept)
		}},
	}
}

func vectorIndexLasts() []Case[VectorIndexStore] {
	return []Case[VectorIndexStore]{
		{"what was done is there after a crash", func(t T, s VectorIndexStore) {
			if s.Reopen == nil {
				return
			}
			p, other := vectorPlace(t, storageID(), "notes"), vectorPlace(t, storageID(), "tasks")
			points, others := s.filled(t, p, 0, 10), s.filled(t, other, 0, 2)
			require.NoError(t, s.Index.Delete(t.Context(), p, pointIDs(points[:4])))
			require.NoError(t, s.Index.Delete(t.Context(), other, pointIDs(others)))
			again := VectorIndexStore{Index: s.Reopen()}
			again.assertHits(t, p, direction(t, 1, p.Dimension), 50, points[4:])
			assert.Empty(t, again.search(t, other, direction(t, 1, p.Dimension), 50))
			more := again.filled(t, p, 20, 1)
			last := VectorIndexStore{Index: s.Reopen()}
			last.assertHits(t, p, direction(t, 1, p.Dimension), 50, append(points[4:], more...))
		}},
		{"after many writes and deletions the rest is found", func(t T, s VectorIndexStore) {
			p := vectorPlace(t, storageID(), "notes")
			kept := s.filled(t, p, 0, 3)
			for round := range uint64(40) {
				gone := s.filled(t, p, 100+10*round, 10)
				require.NoError(t, s.Index.Delete(t.Context(), p, pointIDs(gone)), fmt.Sprint(round))
			}
			s.assertHits(t, p, direction(t, 1, p.Dimension), 50, kept)
			if s.Reopen != nil {
				again := VectorIndexStore{Index: s.Reopen()}
				again.assertHits(t, p, direction(t, 1, p.Dimension), 50, kept)
			}
		}},
	}
}
