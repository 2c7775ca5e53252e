package memory

import (
	"context"
	"slices"
	"sync"

	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

var _ ports.VectorIndex = (*VectorIndex)(nil)

// VectorIndex finds points by looking at each.
type VectorIndex struct {
	mu     sync.Mutex
	places map[vector.Place]map[string]vector.Embedding // guarded by mu
}

// NewVectorIndex is an empty index.
func NewVectorIndex() *VectorIndex {
	return &VectorIndex{places: map[vector.Place]map[string]vector.Embedding{}}
}

// Upsert implements ports.VectorIndex.
func (i *VectorIndex) Upsert(ctx context.Context, p vector.Place, points []vector.Point) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.places[p] == nil {
		i.places[p] = map[string]vector.Embedding{}
	}
	for _, point := range points {
		i.places[p][point.ID] = slices.Clone(point.Embedding)
	}
	return nil
}

// Search implements ports.VectorIndex.
func (i *VectorIndex) Search(ctx context.Context, p vector.Place, query vector.Embedding, k int) ([]vector.Hit, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var hits []vector.Hit
	for id, e := range i.places[p] {
		hits = append(hits, vector.Hit{PointID: id, Score: vector.Likeness(query, e)})
	}
	vector.BestFirst(hits)
	return hits[:min(k, len(hits))], nil
}

// Delete implements ports.VectorIndex.
func (i *VectorIndex) Delete(ctx context.Context, p vector.Place, pointIDs []string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, id := range pointIDs {
		delete(i.places[p], id)
	}
	if len(i.places[p]) == 0 {
		delete(i.places, p)
	}
	return nil
}

// Points are the ids of all points of a user, in order: what a test looks at.
func (i *VectorIndex) Points(userID string) []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	ids := []string{}
	for p, points := range i.places {
		for id := range points {
			if p.UserID == userID {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}
