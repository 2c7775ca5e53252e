package vector_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
)

func TestAnEmbeddingIsADirectionOfLengthOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Float64(), 1, 40).Draw(t, "numbers")
		allowed := len(numbers) >= vector.MinDimension
		zero := true
		for _, x := range numbers {
			allowed = allowed && !math.IsNaN(x) && !math.IsInf(x, 0)
			zero = zero && x == 0
		}
		e, err := vector.NewEmbedding("body.embedding", numbers)
		if !allowed || zero {
			require.Equal(t, fault.ValidationFailed, fault.CodeOf(err))
			assert.Equal(t, "body.embedding", fault.From(err).Fields[0].Location)
			return
		}
		require.NoError(t, err)
		require.Len(t, e, len(numbers))
		assert.InDelta(t, 1, vector.Likeness(e, e), 1e-5)
	})
}

func TestAnEmbeddingHasItsBounds(t *testing.T) {
	t.Parallel()
	for size, ok := range map[int]bool{0: false, 7: false, 8: true, 4096: true, 4097: false} {
		numbers := make([]float64, size)
		for i := range numbers {
			numbers[i] = 1e308 // whose sum of squares no float holds
		}
		_, err := vector.NewEmbedding("at", numbers)
		assert.Equal(t, ok, err == nil, "%d", size)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := vector.NewEmbedding("at", []float64{1, 2, 3, 4, 5, 6, 7, bad})
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(err))
	}
}

func TestAFingerprintFindsIdenticalBlobsAndNothingElse(t *testing.T) {
	t.Parallel()
	a, b := vector.Fingerprint([]byte("a")), vector.Fingerprint([]byte("b"))
	require.Len(t, a, vector.FingerprintDimension)
	assert.InDelta(t, 1, vector.Likeness(a, vector.Fingerprint([]byte("a"))), 1e-6)
	assert.Less(t, vector.Likeness(a, b), 0.7)
	// SHA-256 of "abc" begins with ba (186) and 78 (120), FIPS 180-2, appendix B.1.
	abc := vector.Fingerprint([]byte("abc"))
	assert.InEpsilon(t, (186-127.5)/(120-127.5), float64(abc[0])/float64(abc[1]), 1e-4)
}

func TestASpaceIsOneThatClientsCanName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "default", "notes": "notes", "a_1": "a_1"} {
		s, err := vector.ParseSpace("at", text)
		require.NoError(t, err)
		assert.Equal(t, want, s.String())
		stored, err := vector.StoredSpace(s.String())
		require.NoError(t, err)
		assert.Equal(t, s, stored)
	}
	for _, text := range []string{"_fingerprints", "A", "1a", "a-b", "a/b", "..", "a\n", strings.Repeat("a", 64)} {
		_, err := vector.ParseSpace("at", text)
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(err), "%q", text)
	}
	stored, err := vector.StoredSpace(vector.Fingerprints.String())
	require.NoError(t, err)
	assert.Equal(t, vector.Fingerprints, stored)
	_, err = vector.StoredSpace("")
	require.Error(t, err)
}

func TestAnIDIsVisibleASCII(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a", "!", "~", "note/1?x=%", strings.Repeat("x", 128)} {
		require.NoError(t, vector.CheckID("at", id), id)
	}
	for _, id := range []string{"", " ", "a b", "a\n", "\x00", "\x7f", "é", strings.Repeat("x", 129)} {
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(vector.CheckID("at", id)), "%q", id)
	}
}

func TestTopHasADefaultAndABound(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 10, 1: 1, 100: 100} {
		got, err := vector.ParseTop("at", n)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, n := range []int{-1, 101, math.MaxInt} {
		_, err := vector.ParseTop("at", n)
		assert.Equal(t, fault.ValidationFailed, fault.CodeOf(err))
	}
}

func TestAnItemCountsItsBlobAndTheNumbersThatWereSent(t *testing.T) {
	t.Parallel()
	assert.Equal(t, int64(5), vector.Size(5, vector.Place{Space: vector.Fingerprints, Dimension: 32}))
	assert.Equal(t, int64(5+4*100), vector.Size(5, vector.Place{Space: vector.DefaultSpace, Dimension: 100}))
}

func TestTheBestComeFirstAndTiesGoById(t *testing.T) {
	t.Parallel()
	hits := []vector.Hit{{"c", 0.5}, {"b", 0.5}, {"a", 0.1}, {"d", 0.9}}
	vector.BestFirst(hits)
	assert.Equal(t, []vector.Hit{{"d", 0.9}, {"b", 0.5}, {"c", 0.5}, {"a", 0.1}}, hits)
	matches := []vector.Match{{vector.Item{ID: "y"}, 0.5}, {vector.Item{ID: "x"}, 0.5}, {vector.Item{ID: "z"}, 0.6}}
	vector.SortMatches(matches)
	assert.Equal(t, []string{"z", "x", "y"}, []string{matches[0].Item.ID, matches[1].Item.ID, matches[2].Item.ID})
	for score, want := range map[float64]bool{1: true, -1: true, 1.0001: true, 1.1: false, math.Inf(1): false} {
		assert.Equal(t, want, vector.Honest(score))
	}
	assert.False(t, vector.Honest(math.NaN()))
}
