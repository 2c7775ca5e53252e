package dcpe_test

import (
	"bytes"
	"math"
	mathrand "math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/test/reference/dcpe"
)

var master = bytes.Repeat([]byte("k"), 32)

func key(t require.TestingT, space string, dimension int, beta float64) *dcpe.Key {
	k, err := dcpe.NewKey(master, space, dimension, beta)
	require.NoError(t, err)
	return k
}

func encrypt(t require.TestingT, k *dcpe.Key, m []float64) []float64 {
	c, err := k.Encrypt(m)
	require.NoError(t, err)
	return c
}

func random(seed uint64, n int) []float64 {
	stream := mathrand.New(mathrand.NewPCG(seed, 2))
	x, sum := make([]float64, n), 0.0
	for i := range x {
		x[i] = stream.NormFloat64()
		sum += x[i] * x[i]
	}
	for i := range x {
		x[i] /= math.Sqrt(sum)
	}
	return x
}

func distance(a, b []float64) (d float64) {
	for i := range a {
		d += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(d)
}

func TestDistancesThatDifferByMoreThanBetaKeepTheirOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "dimension")
		beta := rapid.Float64Range(0, 1).Draw(t, "beta")
		k := key(t, "s", n, beta)
		x, y, z := random(rapid.Uint64().Draw(t, "x"), n), random(rapid.Uint64().Draw(t, "y"), n), random(rapid.Uint64().Draw(t, "z"), n)
		if distance(x, y)+beta+1e-9 < distance(x, z) {
			cx, cy, cz := encrypt(t, k, x), encrypt(t, k, y), encrypt(t, k, z)
			assert.Less(t, distance(cx, cy), distance(cx, cz))
		}
	})
}

func TestWithoutNoiseTheTransformIsARotationAndAScale(t *testing.T) {
	t.Parallel()
	k := key(t, "s", 64, 0)
	x, y := random(1, 64), random(2, 64)
	cx, cy := encrypt(t, k, x), encrypt(t, k, y)
	scale := distance(cx, make([]float64, 64))
	assert.InDelta(t, distance(x, y), distance(cx, cy)/scale, 1e-9)
	assert.GreaterOrEqual(t, scale, 1.0)
	assert.Less(t, scale, 2.0)
	for i := range cx {
		cx[i] /= scale
	}
	assert.Greater(t, distance(x, cx), 0.8, "it does not point where the embedding did")
}

func TestKeysOfOtherSpacesAndMastersHaveNothingInCommon(t *testing.T) {
	t.Parallel()
	x := random(1, 128)
	one := encrypt(t, key(t, "a", 128, 0.1), x)
	again := encrypt(t, key(t, "a", 128, 0.1), x)
	assert.NotEqual(t, one, again, "the noise is another each time")
	assert.Less(t, distance(one, again), 0.11)
	other, err := dcpe.NewKey(bytes.Repeat([]byte("l"), 32), "a", 128, 0.1)
	require.NoError(t, err)
	for _, k := range []*dcpe.Key{key(t, "b", 128, 0.1), other} {
		assert.Greater(t, distance(one, encrypt(t, k, x)), 0.8)
	}
}

func TestWhatCannotBeAKeyOrAnEmbeddingIsRefused(t *testing.T) {
	t.Parallel()
	for _, beta := range []float64{-0.1, math.NaN(), math.Inf(1)} {
		_, err := dcpe.NewKey(master, "s", 8, beta)
		require.Error(t, err)
	}
	_, err := dcpe.NewKey(master[:31], "s", 8, 0.1)
	require.Error(t, err)
	for _, m := range [][]float64{nil, make([]float64, 8), make([]float64, 7), {math.NaN(), 0, 0, 0, 0, 0, 0, 0}, {math.Inf(1), 0, 0, 0, 0, 0, 0, 0}} {
		_, err := key(t, "s", 8, 0.1).Encrypt(m)
		require.Error(t, err)
	}
}
