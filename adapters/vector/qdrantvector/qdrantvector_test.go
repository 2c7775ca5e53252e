package qdrantvector_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/vector/qdrantvector"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/fakes/qdrant"
)

func open(t porttest.T, url, key string) *qdrantvector.Index {
	t.Helper()
	x, closeIndex, err := qdrantvector.Open(qdrantvector.Config{URL: url, APIKey: key, Timeout: 2 * time.Second})
	require.NoError(t, err)
	t.Cleanup(closeIndex)
	return x
}

func TestVectorIndex(t *testing.T) {
	t.Parallel()
	porttest.VectorIndex(t, func(t porttest.T) porttest.VectorIndexStore {
		s, stop := qdrant.Run("key")
		t.Cleanup(stop)
		return porttest.VectorIndexStore{Index: open(t, s.URL, "key"), Reopen: func() ports.VectorIndex { return open(t, s.URL, "key") }}
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

func TestUsersShareACollectionThatIsMadeForTenants(t *testing.T) {
	t.Parallel()
	s := qdrant.Start(t, "")
	x := open(t, s.URL, "")
	theirs := notes
	theirs.UserID = "bob"
	require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(t, first, 0)}))
	require.NoError(t, x.Upsert(t.Context(), theirs, []vector.Point{point(t, second, 0)}))
	assert.Equal(t, map[string]bool{"user_id": true, "space": false}, s.Tenants("adiuva_8"))
	assert.Equal(t, 2, s.Points("adiuva_8"))
	again := open(t, s.URL, "") // a replica, to which all is new
	require.NoError(t, again.Upsert(t.Context(), notes, []vector.Point{point(t, first, 0)}))
	s.Drop()
	require.NoError(t, again.Upsert(t.Context(), notes, []vector.Point{point(t, first, 0)}), "it makes the collection again")
	assert.Equal(t, 1, s.Points("adiuva_8"))
}

func TestFailuresOfQdrantHaveACodeAndKeepItsWordsToTheLog(t *testing.T) {
	t.Parallel()
	s := qdrant.Start(t, "")
	x := open(t, s.URL, "")
	require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(t, first, 0)}))
	calls := map[string]func() error{
		"upsert": func() error { return x.Upsert(context.Background(), notes, []vector.Point{point(t, second, 0)}) },
		"search": func() error {
			_, err := x.Search(context.Background(), notes, point(t, first, 0).Embedding, 5)
			return err
		},
		"delete": func() error { return x.Delete(context.Background(), notes, []string{second}) },
		"first upsert": func() error {
			other := notes
			other.Dimension = 9
			e, err := vector.NewEmbedding("e", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
			require.NoError(t, err)
			return x.Upsert(context.Background(), other, []vector.Point{{ID: second, Embedding: e}})
		},
	}
	for failure, code := range map[qdrant.Failure]fault.Code{
		qdrant.Unavailable: fault.Unavailable, qdrant.Hanging: fault.Unavailable, qdrant.Overloaded: fault.Unavailable,
		qdrant.LosingAnswers: fault.Unavailable, qdrant.BadKey: fault.NotConfigured,
	} {
		s.Fail(failure)
		for name, call := range calls {
			err := call()
			assert.Equal(t, code, fault.CodeOf(err), "%s, %d: %v", name, failure, err)
			assert.NotContains(t, fault.From(err).Message, "SECRET")
		}
	}
	s.Fail(qdrant.None)
	for name, call := range calls {
		assert.NoError(t, call(), name)
	}
}

func TestAQdrantThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	s, stop := qdrant.Run("")
	stop()
	x := open(t, s.URL, "")
	_, err := x.Search(t.Context(), notes, point(t, first, 0).Embedding, 5)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
}

func TestHitsThatAreNoPointsOfOursAreLeftOut(t *testing.T) {
	t.Parallel()
	s := qdrant.Start(t, "")
	x := open(t, s.URL, "")
	require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(t, first, 0)}))
	s.Fail(qdrant.Nonsense)
	hits, err := x.Search(t.Context(), notes, point(t, first, 0).Embedding, 5)
	require.NoError(t, err)
	assert.Equal(t, []vector.Hit{{PointID: first, Score: 1}}, hits)
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "localhost:6334", "ftp://localhost", "http://", ":"} {
		_, _, err := qdrantvector.Open(qdrantvector.Config{URL: url})
		assert.Equal(t, fault.Internal, fault.CodeOf(err), url)
	}
}
