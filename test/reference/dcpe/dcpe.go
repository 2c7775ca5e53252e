// Package dcpe is how a client transforms embeddings before it sends them: a reference, in Go, for who writes one in
// another language. The server never sees what is here; it only compares what comes out.
//
// The transform is scale-and-perturb (Fuchsbauer, Ghosal, Hauke and O'Neill, "Approximate Distance-Comparison-Preserving
// Symmetric Encryption", 2021), after a secret rotation. A key and a space give, by HKDF-SHA256: a scale s, a rotation R,
// which is a permutation with signs and then a number of reflections, and a key for noise. An embedding m of length 1 becomes
//
//	c = s R m + n,   n drawn from the ball of radius s beta / 4, anew each time,
//
// so that whenever two distances differ by more than beta their order stays. The larger beta, the less the server learns
// and the worse it finds. R is ours: it changes no distance, and without it c would point where m does but for the noise,
// and anybody with the same model could read off about what m was made of.
//
// # What it leaks
//
// It is not encryption in the sense in which blobs are encrypted, and is not meant to be. Who has the server sees: how
// many items there are and when they come; about how far any two of them are apart, and so clusters, near-duplicates and
// which items a search is after; and with enough pairs of embeddings and what became of them (as many as there are
// dimensions, or fewer with guesses about the text), R and s can be solved for and everything in that space approximated.
// The server brings vectors to length 1, so that s hides nothing from it. Use one key a user, a space of its own for what
// is sensitive, and none of it where likeness itself is the secret.
//
// It imports the standard library. Start at NewKey.
package dcpe

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	mathrand "math/rand/v2"
)

// reflections is how many a rotation has at most; each mixes every number into every other.
const reflections = 64

// Key transforms embeddings of one space.
type Key struct {
	beta    float64
	scale   float64
	from    []int // where the i-th number comes from
	signs   []float64
	mirrors [][]float64 // unit vectors
}

// NewKey derives the key of a space from a master key of at least 32 bytes that never leaves the client. beta is 0 or more:
// 0.1 finds nearly as well as no noise, 0.3 hides more.
func NewKey(master []byte, space string, dimension int, beta float64) (*Key, error) {
	if len(master) < 32 {
		return nil, errors.New("dcpe: a master key has at least 32 bytes")
	}
	if dimension < 1 || beta < 0 || math.IsNaN(beta) || math.IsInf(beta, 0) {
		return nil, errors.New("dcpe: a dimension is positive and beta is a number from 0 on")
	}
	info := binary.BigEndian.AppendUint32([]byte("adiuva dcpe 1 "+space+" "), uint32(dimension))
	seed, err := hkdf.Key(sha256.New, master, nil, string(info), 32)
	if err != nil {
		return nil, err
	}
	stream := mathrand.New(mathrand.NewChaCha8([32]byte(seed)))
	k := &Key{beta: beta, scale: 1 + stream.Float64(), from: stream.Perm(dimension)}
	for range dimension {
		k.signs = append(k.signs, float64(1-2*stream.IntN(2)))
	}
	for range min(reflections, dimension) {
		k.mirrors = append(k.mirrors, unit(normals(stream, dimension)))
	}
	return k, nil
}

func normals(stream *mathrand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = stream.NormFloat64()
	}
	return x
}

func length(x []float64) float64 { return math.Sqrt(product(x, x)) }

func product(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func unit(x []float64) []float64 {
	l := length(x)
	for i := range x {
		x[i] /= l
	}
	return x
}

// Encrypt transforms an embedding, which it brings to length 1 first: an item or a query alike, each time with other noise.
func (k *Key) Encrypt(m []float64) ([]float64, error) {
	if len(m) != len(k.from) {
		return nil, errors.New("dcpe: an embedding has the dimension of its key")
	}
	l := length(m)
	if l == 0 || math.IsNaN(l) || math.IsInf(l, 0) {
		return nil, errors.New("dcpe: an embedding has a direction")
	}
	c := make([]float64, len(m))
	for i, from := range k.from {
		c[i] = k.signs[i] * m[from] / l
	}
	for _, mirror := range k.mirrors {
		twice := 2 * product(c, mirror)
		for i := range c {
			c[i] -= twice * mirror[i]
		}
	}
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // never fails
	stream := mathrand.New(mathrand.NewChaCha8(seed))
	noise := unit(normals(stream, len(m)))               // a direction,
	far := math.Pow(stream.Float64(), 1/float64(len(m))) // and how far in it, so that the whole ball is as likely everywhere
	for i := range c {
		c[i] = k.scale * (c[i] + noise[i]*far*k.beta/4)
	}
	return c, nil
}
