package pineconevector_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/vector/pineconevector"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/fakes/pinecone"
)

func open(t porttest.T, s *pinecone.Server, key string) *pineconevector.Index {
	t.Helper()
	x, closeIndex, err := pineconevector.Open(pineconevector.Config{APIKey: key, Index: "adiuva", Host: s.URL, Timeout: 2 * time.Second})
	require.NoError(t, err)
	t.Cleanup(closeIndex)
	return x
}

func start(t porttest.T, size int) *pinecone.Server {
	t.Helper()
	s, stop := pinecone.Run("key", "adiuva", size)
	t.Cleanup(stop)
	return s
}

// The index is long enough for every embedding: the suite's shorter ones are filled up.
func TestVectorIndex(t *testing.T) {
	t.Parallel()
	porttest.VectorIndex(t, func(t porttest.T) porttest.VectorIndexStore {
		s := start(t, vector.MaxDimension)
		return porttest.VectorIndexStore{Index: open(t, s, "key"), Reopen: func() ports.VectorIndex { return open(t, s, "key") }}
	})
}

const (
	first  = "018f4e6a-7c1d-7b2e-9a55-000000000001"
	second = "018f4e6a-7c1d-7b2e-9a55-000000000002"
)

var notes = vector.Place{UserID: "ada", Space: vector.DefaultSpace, Dimension: 8}

func point(t *testing.T, id string, x float64) vector.Point {
	t.Helper()
	e, err := vector.NewEmbedding("e", []float64{1, x, 0, 0, 0, 0, 0, 0})
	require.NoError(t, err)
	return vector.Point{ID: id, Embedding: e}
}

func TestEachUserIsANamespace(t *testing.T) {
	t.Parallel()
	s := start(t, 64)
	x := open(t, s, "key")
	theirs := notes
	theirs.UserID = "bob"
	require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(t, first, 0)}))
	require.NoError(t, x.Upsert(t.Context(), theirs, []vector.Point{point(t, second, 0)}))
	assert.Equal(t, []string{"ada", "bob"}, s.Namespaces())
	require.NoError(t, x.Delete(t.Context(), notes, []string{first, second}))
	assert.Equal(t, []string{"bob"}, s.Namespaces())
}

func TestEmbeddingsThatAreLongerThanTheIndexAreRefusedClearly(t *testing.T) {
	t.Parallel()
	x := open(t, start(t, 64), "key")
	long := notes
	long.Dimension = 65
	e := vector.Embedding(make([]float32, 65))
	assert.Equal(t, fault.NotConfigured, fault.CodeOf(x.Upsert(t.Context(), long, []vector.Point{{ID: first, Embedding: e}})))
	_, err := x.Search(t.Context(), long, e, 3)
	assert.Equal(t, fault.NotConfigured, fault.CodeOf(err))
}

func TestAnIndexThatIsNotSetUpAsItShouldBeIsNotConfigured(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T) *pineconevector.Index{
		"another metric": func(t *testing.T) *pineconevector.Index {
			t.Helper()
			s := start(t, 64)
			s.Measure("euclidean")
			return open(t, s, "key")
		},
		"too short":   func(t *testing.T) *pineconevector.Index { t.Helper(); return open(t, start(t, 31), "key") },
		"another key": func(t *testing.T) *pineconevector.Index { t.Helper(); return open(t, start(t, 64), "other") },
		"no such an index": func(t *testing.T) *pineconevector.Index {
			t.Helper()
			x, closeIndex, err := pineconevector.Open(pineconevector.Config{APIKey: "key", Index: "other", Host: start(t, 64).URL})
			require.NoError(t, err)
			t.Cleanup(closeIndex)
			return x
		},
	} {
		err := prepare(t).Upsert(t.Context(), notes, []vector.Point{point(t, first, 0)})
		assert.Equal(t, fault.NotConfigured, fault.CodeOf(err), "%s: %v", name, err)
		assert.NotContains(t, fault.From(err).Message, "SECRET")
	}
	_, _, err := pineconevector.Open(pineconevector.Config{APIKey: "key"})
	assert.Equal(t, fault.Internal, fault.CodeOf(err))
}

func TestFailuresOfPineconeHaveACodeAndKeepItsWordsToTheLog(t *testing.T) {
	t.Parallel()
	for failure, code := range map[pinecone.Failure]fault.Code{
		pinecone.Unavailable: fault.Unavailable, pinecone.Hanging: fault.Unavailable, pinecone.Overloaded: fault.Unavailable, pinecone.BadKey: fault.NotConfigured,
	} {
		s := start(t, 64)
		known, stranger := open(t, s, "key"), open(t, s, "key")
		require.NoError(t, known.Upsert(t.Context(), notes, []vector.Point{point(t, first, 0)}))
		s.Fail(failure)
		for _, x := range []*pineconevector.Index{known, stranger} { // who knows where the index is, and who has to ask
			_, searchErr := x.Search(context.Background(), notes, point(t, first, 0).Embedding, 5)
			for _, err := range []error{
				searchErr, x.Upsert(context.Background(), notes, []vector.Point{point(t, second, 0)}), x.Delete(context.Background(), notes, []string{second}),
			} {
				assert.Equal(t, code, fault.CodeOf(err), "%d: %v", failure, err)
				assert.NotContains(t, fault.From(err).Message, "SECRET")
			}
		}
		s.Fail(pinecone.None)
		for _, x := range []*pineconevector.Index{known, stranger} {
			assert.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(t, second, 0)}))
		}
	}
}

func TestHitsThatAreNoPointsOfOursAreLeftOut(t *testing.T) {
	t.Parallel()
	s := start(t, 64)
	x := open(t, s, "key")
	require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(t, first, 0)}))
	s.Fail(pinecone.Nonsense)
	hits, err := x.Search(t.Context(), notes, point(t, first, 0).Embedding, 5)
	require.NoError(t, err)
	assert.Equal(t, []vector.Hit{{PointID: first, Score: 1}}, hits)
}
