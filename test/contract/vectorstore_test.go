package contract

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/adiuva/cloud/test/fakes/pinecone"
	"github.com/adiuva/cloud/test/fakes/qdrant"
	"github.com/adiuva/cloud/test/harness"
)

// overQdrant is a house whose search index is a Qdrant.
func overQdrant(t *testing.T) (*house, *qdrant.Server) {
	t.Helper()
	s := qdrant.Start(t, canary)
	settings := harness.InMemory()
	settings["QDRANT_URL"], settings["QDRANT_API_KEY"] = s.URL, canary // which must not be in the log
	return openWith(t, settings, nil), s
}

// overPinecone is a house whose search index is a Pinecone.
func overPinecone(t *testing.T) (*house, *pinecone.Server) {
	t.Helper()
	s, stop := pinecone.Run(canary, "adiuva", 64)
	t.Cleanup(stop)
	settings := harness.InMemory()
	settings["PINECONE_HOST"], settings["PINECONE_API_KEY"], settings["PINECONE_INDEX"] = s.URL, canary, "adiuva"
	return openWith(t, settings, nil), s
}

func TestNobodyFindsWhatIsSomebodyElsesWhateverQdrantForgets(t *testing.T) {
	t.Parallel()
	h, index := overQdrant(t)
	isolated(t, h, func() {}, func() { index.Fail(qdrant.Forgetful) }, func() { index.Fail(qdrant.Nonsense) })
}

func TestNobodyFindsWhatIsSomebodyElsesWhateverPineconeForgets(t *testing.T) {
	t.Parallel()
	h, index := overPinecone(t)
	isolated(t, h, func() {}, func() { index.Fail(pinecone.Forgetful) }, func() { index.Fail(pinecone.Nonsense) })
}

// isolated checks that a user finds their own items as they are now, whatever becomes of the index.
func isolated(t *testing.T, h *house, becomes ...func()) {
	t.Helper()
	user, other := h.join(t, "pro"), h.join(t, "pro")
	items := []any{}
	for i := range 200 {
		items = append(items, turned(fmt.Sprint("theirs", i), float64(i)/10))
	}
	upsert(t, other, items...)
	upsert(t, user, turned("mine", 50), turned("old", 1), changed(turned("elsewhere", 0), map[string]any{"space": "other"}))
	upsert(t, user, turned("old", 60))
	for _, worse := range becomes {
		worse()
		ids, _, scores := searched(t, user, map[string]any{"embedding": turn(0)})
		assert.Equal(t, []string{"mine", "old"}, ids)
		assert.InDelta(t, 0.5, scores[1], 1e-5)
	}
}

func TestPineconeRefusesEmbeddingsThatAreTooLongForItsIndex(t *testing.T) {
	t.Parallel()
	h, _ := overPinecone(t)
	user := h.join(t, "pro")
	long := turn(0)
	for range 57 {
		long = append(long, 0)
	}
	h.run(t, []row{{name: "upsert", as: user, method: http.MethodPost, path: "/storage/vectors/upsert", body: vectors(changed(turned("long", 0), map[string]any{"embedding": long})),
		status: 503, code: "not_configured"}})
}

func TestAnIndexThatIsDownStopsSearchesAndNothingElse(t *testing.T) {
	t.Parallel()
	h, index := overQdrant(t)
	user := h.join(t, "pro")
	upsert(t, user, turned("kept", 0))
	for failure, code := range map[qdrant.Failure]string{qdrant.Unavailable: "unavailable", qdrant.BadKey: "not_configured", qdrant.Overloaded: "unavailable"} {
		index.Fail(failure)
		h.run(t, []row{
			{name: "upsert", as: user, method: http.MethodPost, path: "/storage/vectors/upsert", body: vectors(turned("kept", 90), turned("new", 0)), status: 503, code: code},
			{name: "search", as: user, method: http.MethodPost, path: "/storage/vectors/search", body: map[string]any{"embedding": turn(0)}, status: 503, code: code},
			{name: "ready", as: user, method: http.MethodGet, path: "/health/ready", status: 200},
		})
		store(t, user, "notes", "a record")
	}
	index.Fail(qdrant.None)
	ids, _, scores := searched(t, user, map[string]any{"embedding": turn(0)})
	assert.Equal(t, []string{"kept"}, ids)
	assert.InDelta(t, 1, scores[0], 1e-5)
	index.Fail(qdrant.Unavailable)
	user.Expect(t, http.StatusOK, http.MethodDelete, "/storage/vectors", map[string]any{"ids": []any{"kept"}})
	index.Fail(qdrant.None)
	ids, _, _ = searched(t, user, map[string]any{"embedding": turn(0)})
	assert.Empty(t, ids, "the row decides, whatever the index still holds")
}
