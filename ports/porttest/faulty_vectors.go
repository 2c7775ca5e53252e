package porttest

import (
	"context"
	"time"

	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

// FaultyVectorItems is v with the faults of f.
func FaultyVectorItems(v ports.VectorItems, f *Faults) ports.VectorItems {
	return faultyVectorItems{v, f}
}

type faultyVectorItems struct {
	v ports.VectorItems
	f *Faults
}

func (v faultyVectorItems) Put(ctx context.Context, userID string, items []vector.Item) error {
	return v.f.Call(func() error { return v.v.Put(ctx, userID, items) })
}

func (v faultyVectorItems) Find(ctx context.Context, userID string, ids []string) ([]vector.Item, error) {
	return call(v.f, func() ([]vector.Item, error) { return v.v.Find(ctx, userID, ids) })
}

func (v faultyVectorItems) OfPoints(ctx context.Context, userID string, pointIDs []string) ([]vector.Item, error) {
	return call(v.f, func() ([]vector.Item, error) { return v.v.OfPoints(ctx, userID, pointIDs) })
}

func (v faultyVectorItems) Dimension(ctx context.Context, userID string, s vector.Space) (int, error) {
	return call(v.f, func() (int, error) { return v.v.Dimension(ctx, userID, s) })
}

func (v faultyVectorItems) List(ctx context.Context, userID, after string, limit int) ([]vector.Item, error) {
	return call(v.f, func() ([]vector.Item, error) { return v.v.List(ctx, userID, after, limit) })
}

func (v faultyVectorItems) Delete(ctx context.Context, userID string, ids []string) error {
	return v.f.Call(func() error { return v.v.Delete(ctx, userID, ids) })
}

type faultyVectorGarbage struct {
	g ports.VectorGarbage
	f *Faults
}

func (g faultyVectorGarbage) Add(ctx context.Context, entries []vector.Garbage) error {
	return g.f.Call(func() error { return g.g.Add(ctx, entries) })
}

func (g faultyVectorGarbage) Remove(ctx context.Context, userID string, pointIDs []string) error {
	return g.f.Call(func() error { return g.g.Remove(ctx, userID, pointIDs) })
}

func (g faultyVectorGarbage) Claim(ctx context.Context, now time.Time, limit int) ([]vector.Garbage, error) {
	return call(g.f, func() ([]vector.Garbage, error) { return g.g.Claim(ctx, now, limit) })
}

func (g faultyVectorGarbage) Forget(ctx context.Context, entries []vector.Garbage) error {
	return g.f.Call(func() error { return g.g.Forget(ctx, entries) })
}

// FaultyVectorIndex is i with the faults of f.
func FaultyVectorIndex(i ports.VectorIndex, f *Faults) ports.VectorIndex {
	return faultyVectorIndex{i, f}
}

type faultyVectorIndex struct {
	i ports.VectorIndex
	f *Faults
}

func (i faultyVectorIndex) Upsert(ctx context.Context, p vector.Place, points []vector.Point) error {
	return i.f.Call(func() error { return i.i.Upsert(ctx, p, points) })
}

func (i faultyVectorIndex) Search(ctx context.Context, p vector.Place, query vector.Embedding, k int) ([]vector.Hit, error) {
	return call(i.f, func() ([]vector.Hit, error) { return i.i.Search(ctx, p, query, k) })
}

func (i faultyVectorIndex) Delete(ctx context.Context, p vector.Place, pointIDs []string) error {
	return i.f.Call(func() error { return i.i.Delete(ctx, p, pointIDs) })
}
