package vector

import (
	"math"
	"strconv"

	"github.com/adiuva/cloud/domain/fault"
)

// The bounds of embeddings.
const (
	MinDimension = 8
	MaxDimension = 4096
)

// Embedding is a direction: numbers of length 1, so that the likeness of two is the sum of their products.
type Embedding []float32

// NewEmbedding accepts 8 to 4096 finite numbers that are not all zero, and brings them to length 1: only the direction
// counts, so that no store can overflow on what a client sends. location is where the client sent it.
func NewEmbedding(location string, numbers []float64) (Embedding, error) {
	if len(numbers) < MinDimension || len(numbers) > MaxDimension {
		return nil, fault.Invalid(location, "must have "+strconv.Itoa(MinDimension)+" to "+strconv.Itoa(MaxDimension)+" numbers")
	}
	largest := 0.0
	for _, x := range numbers {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fault.Invalid(location, "must have finite numbers only")
		}
		largest = max(largest, math.Abs(x))
	}
	if largest == 0 {
		return nil, fault.Invalid(location, "must have a number that is not zero: it is a direction")
	}
	return unit(numbers, largest), nil
}

// unit is numbers, of which largest has the greatest absolute value, at length 1.
func unit(numbers []float64, largest float64) Embedding {
	var sum float64
	for _, x := range numbers {
		x /= largest
		sum += x * x
	}
	length := math.Sqrt(sum)
	e := make(Embedding, len(numbers))
	for i, x := range numbers {
		e[i] = float32(x / largest / length)
	}
	return e
}

// Likeness is the cosine of the angle between a and b, which have the same dimension: 1 for the same direction, -1 for the
// opposite one.
func Likeness(a, b Embedding) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return min(1, max(-1, sum))
}
