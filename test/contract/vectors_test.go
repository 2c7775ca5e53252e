package contract

import (
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

const (
	vectorsLimit = 32 << 20
	vectorLimit  = 256 << 10
)

// vectorItem is VectorItem of the contract, without an embedding.
func vectorItem(id, content string) map[string]any {
	return changed(harness.RecordBody("", []byte(content)), map[string]any{"id": id})
}

// turned is a vectorItem whose embedding of 8 numbers is turned by an angle in degrees.
func turned(id string, angle float64) map[string]any {
	return changed(vectorItem(id, "blob of "+id), map[string]any{"embedding": turn(angle)})
}

func turn(angle float64) []any {
	return []any{5 * math.Cos(angle*math.Pi/180), 5 * math.Sin(angle*math.Pi/180), 0, 0, 0, 0, 0, 0}
}

func vectors(items ...any) map[string]any { return map[string]any{"vectors": items} }

// vectorExamples is one good request for each route of vectors.
func vectorExamples() []example {
	return []example{
		{"upsertVectors", http.MethodPost, "/storage/vectors/upsert", vectors(vectorItem("v", "found")), []string{"vectors"}, vectorsLimit},
		{"searchVectors", http.MethodPost, "/storage/vectors/search", map[string]any{"query_blob": base64.StdEncoding.EncodeToString([]byte("found")), "top_k": 3},
			[]string{"query_blob"}, vectorLimit},
		{"deleteVectors", http.MethodDelete, "/storage/vectors", map[string]any{"ids": []any{"v"}}, []string{"ids"}, vectorLimit},
	}
}

func upsert(t *testing.T, user *harness.Client, items ...any) {
	t.Helper()
	a := user.Expect(t, http.StatusOK, http.MethodPost, "/storage/vectors/upsert", vectors(items...))
	assert.Equal(t, map[string]any{"upserted": float64(len(items))}, object(t, a))
}

// searched are the ids, blobs and scores that a search gives.
func searched(t *testing.T, user *harness.Client, body map[string]any) (ids, blobs []string, scores []float64) {
	t.Helper()
	var out struct {
		Results []struct {
			ID    string
			Score float64
			Blob  []byte
		}
	}
	user.Expect(t, http.StatusOK, http.MethodPost, "/storage/vectors/search", body).Decode(t, &out)
	require.NotNil(t, out.Results)
	for _, r := range out.Results {
		ids, blobs, scores = append(ids, r.ID), append(blobs, string(r.Blob)), append(scores, r.Score)
	}
	return ids, blobs, scores
}

func TestVectorsAreFoundByLikenessTheBestFirst(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, other := h.join(t, "pro"), h.join(t, "team")
	upsert(t, user, turned("right", 0), turned("near", 10), turned("far", 80), turned("opposite", 180), vectorItem("print", "same"), vectorItem("empty", ""))
	upsert(t, other, turned("theirs", 1), vectorItem("their-print", "same"))
	ids, blobs, scores := searched(t, user, map[string]any{"embedding": turn(3), "top_k": 3})
	assert.Equal(t, []string{"right", "near", "far"}, ids)
	assert.Equal(t, []string{"blob of right", "blob of near", "blob of far"}, blobs)
	assert.InDelta(t, math.Cos(3*math.Pi/180), scores[0], 1e-5)
	ids, _, scores = searched(t, user, map[string]any{"embedding": turn(0), "query_blob": "", "space": "default"})
	assert.Equal(t, []string{"right", "near", "far", "opposite"}, ids)
	assert.InDelta(t, -1, scores[3], 1e-5)
	ids, _, scores = searched(t, user, map[string]any{"query_blob": base64.StdEncoding.EncodeToString([]byte("same")), "top_k": 1})
	assert.Equal(t, []string{"print"}, ids)
	assert.InDelta(t, 1, scores[0], 1e-5)
	ids, _, _ = searched(t, user, map[string]any{"query_blob": "", "top_k": 1})
	assert.Equal(t, []string{"empty"}, ids)
	ids, _, _ = searched(t, user, map[string]any{"embedding": turn(0), "space": "nothing_here"})
	assert.Empty(t, ids)

	upsert(t, user, turned("right", 90)) // in place of the one that was there
	ids, _, _ = searched(t, user, map[string]any{"embedding": turn(3), "top_k": 2})
	assert.Equal(t, []string{"near", "far"}, ids)
	gone := map[string]any{"ids": []any{"near", "nothing", "theirs", "print"}}
	for range 2 {
		assert.Equal(t, map[string]any{"ok": true}, object(t, user.Expect(t, http.StatusOK, http.MethodDelete, "/storage/vectors", gone)))
	}
	ids, _, _ = searched(t, user, map[string]any{"embedding": turn(3)})
	assert.Equal(t, []string{"far", "right", "opposite"}, ids)
	ids, _, _ = searched(t, other, map[string]any{"embedding": turn(3)})
	assert.Equal(t, []string{"theirs"}, ids)
}

func TestVectorsAreRefusedAllOrNone(t *testing.T) {
	t.Parallel()
	h := open(t)
	user, free := h.join(t, "pro"), h.join(t, "free")
	upsert(t, user, turned("kept", 0))
	good := turned("good", 1)
	refuse := func(name string, status int, code, at string, items ...any) row {
		r := row{name: name, as: user, method: http.MethodPost, path: "/storage/vectors/upsert", body: vectors(items...), status: status, code: code}
		if at != "" {
			r.at = []string{"body.vectors" + at}
		}
		return r
	}
	with := func(name string, value any) map[string]any {
		return changed(turned("bad", 2), map[string]any{name: value})
	}
	many := make([]any, 501)
	for i := range many {
		many[i] = vectorItem(fmt.Sprint(i), "x")
	}
	rows := []row{
		refuse("no items", 422, "validation_failed", ""), refuse("too many", 422, "validation_failed", "", many...),
		refuse("another checksum", 400, "checksum_mismatch", "", good, with("checksum", strings.Repeat("0", 64))),
		refuse("an id twice", 422, "validation_failed", "[1].id", good, good),
		refuse("an id with a space", 422, "validation_failed", "[1].id", good, with("id", "a b")),
		refuse("no id", 422, "validation_failed", "[1].id", good, with("id", nil)),
		refuse("a long id", 422, "validation_failed", "[1].id", good, with("id", strings.Repeat("x", 129))),
		refuse("no base64", 422, "validation_failed", "[1].blob", good, with("blob", "!")),
		refuse("a large blob", 413, "payload_too_large", "", good, vectorItem("large", strings.Repeat("x", 64<<10+1))),
		refuse("a short embedding", 422, "validation_failed", "[1].embedding", good, with("embedding", turn(0)[:7])),
		refuse("a long embedding", 422, "validation_failed", "[1].embedding", good, with("embedding", make([]float64, 4097))),
		refuse("another dimension", 422, "validation_failed", "[1].embedding", good, with("embedding", append(turn(0), 0))),
		refuse("no direction", 422, "validation_failed", "[1].embedding", good, with("embedding", make([]float64, 8))),
		refuse("no numbers", 422, "validation_failed", "[1].embedding[0]", good, with("embedding", append([]any{"1"}, turn(0)...))),
		refuse("a space alone", 422, "validation_failed", "[1].space", good, changed(vectorItem("bad", "x"), map[string]any{"space": "notes"})),
		refuse("a bad space", 422, "validation_failed", "[1].space", good, with("space", "../x")),
		refuse("our space", 422, "validation_failed", "[1].space", good, with("space", "_fingerprints")),
		{name: "free", as: free, method: http.MethodPost, path: "/storage/vectors/upsert", body: vectors(good), status: 403, code: "tier_required", fields: map[string]any{"required_tier": "pro"}},
	}
	search := func(name, at string, body map[string]any) row {
		return row{name: name, as: user, method: http.MethodPost, path: "/storage/vectors/search", body: body, status: 422, code: "validation_failed", at: []string{"body." + at}}
	}
	rows = append(rows,
		search("top 0", "top_k", map[string]any{"query_blob": "", "top_k": 0}), search("top 101", "top_k", map[string]any{"query_blob": "", "top_k": 101}),
		search("nothing to look for", "query_blob", map[string]any{"top_k": 1}), search("another dimension", "embedding", map[string]any{"embedding": append(turn(0), 1)}),
		search("a space alone", "space", map[string]any{"query_blob": "", "space": "default"}),
		row{name: "no ids", as: user, method: http.MethodDelete, path: "/storage/vectors", body: map[string]any{"ids": []any{}}, status: 422, code: "validation_failed", at: []string{"body.ids"}},
		row{name: "a bad id", as: user, method: http.MethodDelete, path: "/storage/vectors", body: map[string]any{"ids": []any{"kept", "b c"}}, status: 422, code: "validation_failed", at: []string{"body.ids[1]"}},
		row{name: "too many ids", as: user, method: http.MethodDelete, path: "/storage/vectors", body: map[string]any{"ids": make([]string, 1001)}, status: 422, code: "validation_failed", at: []string{"body.ids"}},
	)
	h.run(t, rows)
	upsert(t, user, many[:500]...)
}

func TestWithoutStorageInTheTierVectorsCanBeFoundAndDeletedOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	upsert(t, user, turned("a", 0), turned("b", 10))
	used := func() any {
		return object(t, user.Expect(t, http.StatusOK, http.MethodGet, "/storage/usage", nil))["records"].(map[string]any)["used_bytes"]
	}
	assert.EqualValues(t, 2*(len("blob of a")+4*8), used())
	h.SetTier(t, user.Email, "free")
	h.run(t, []row{{name: "upsert", as: user, method: http.MethodPost, path: "/storage/vectors/upsert", body: vectors(turned("a", 1)), status: 403, code: "tier_required"}})
	ids, _, _ := searched(t, user, map[string]any{"embedding": turn(0)})
	assert.Equal(t, []string{"a", "b"}, ids)
	user.Expect(t, http.StatusOK, http.MethodDelete, "/storage/vectors", map[string]any{"ids": []any{"a", "b"}})
	assert.EqualValues(t, 0, used())
	h.SetTier(t, user.Email, "pro")
	upsert(t, user, changed(turned("a", 0), map[string]any{"embedding": append(turn(0), 0)})) // the space is empty: any dimension goes
}

func TestLargeEmbeddingsAreTaken(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	items := make([]any, 500)
	for i := range items {
		numbers := make([]float64, 1536)
		for j := range numbers {
			numbers[j] = math.Round(1e6*math.Sin(float64(i*1536+j))) / 1e6
		}
		items[i] = changed(vectorItem(fmt.Sprint("v", i), "x"), map[string]any{"embedding": numbers, "space": "large"})
	}
	upsert(t, user, items...)
	ids, _, scores := searched(t, user, map[string]any{"embedding": items[77].(map[string]any)["embedding"], "space": "large", "top_k": 1})
	assert.Equal(t, []string{"v77"}, ids)
	assert.InDelta(t, 1, scores[0], 1e-5)
}
