package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

var _ ports.VectorItems = (*VectorItems)(nil)

// VectorItems are the rows about what can be found by likeness.
type VectorItems struct{ v view }

// NewVectorItems gives access to the items in s.
func NewVectorItems(s *Store) *VectorItems { return &VectorItems{s} }

// Put implements ports.VectorItems.
func (i *VectorItems) Put(ctx context.Context, userID string, items []vector.Item) error {
	return i.v.with(ctx, func(rows *rows) error {
		if _, ok := rows.users[userID]; !ok {
			return noAccount()
		}
		for _, item := range items {
			key := ownID{userID, item.ID}
			if old, ok := rows.vectors[key]; ok {
				item.CreatedAt = old.CreatedAt
			}
			item.Blob = slices.Clone(item.Blob)
			rows.vectors[key] = item
		}
		return nil
	})
}

// Find implements ports.VectorItems.
func (i *VectorItems) Find(ctx context.Context, userID string, ids []string) (found []vector.Item, err error) {
	err = i.v.with(ctx, func(rows *rows) error {
		for _, item := range rows.vectorsOf(userID) {
			if slices.Contains(ids, item.ID) {
				item.Blob = nil
				found = append(found, item)
			}
		}
		return nil
	})
	return found, err
}

// OfPoints implements ports.VectorItems.
func (i *VectorItems) OfPoints(ctx context.Context, userID string, pointIDs []string) (found []vector.Item, err error) {
	err = i.v.with(ctx, func(rows *rows) error {
		for _, item := range rows.vectorsOf(userID) {
			if slices.Contains(pointIDs, item.Point) {
				item.Blob = slices.Clone(item.Blob)
				found = append(found, item)
			}
		}
		return nil
	})
	return found, err
}

// Dimension implements ports.VectorItems.
func (i *VectorItems) Dimension(ctx context.Context, userID string, s vector.Space) (dimension int, err error) {
	err = i.v.with(ctx, func(rows *rows) error {
		for _, item := range rows.vectorsOf(userID) {
			if item.Place.Space == s {
				dimension = item.Place.Dimension
				return nil
			}
		}
		return nil
	})
	return dimension, err
}

// List implements ports.VectorItems.
func (i *VectorItems) List(ctx context.Context, userID, after string, limit int) (list []vector.Item, err error) {
	err = i.v.with(ctx, func(rows *rows) error {
		for _, item := range rows.vectorsOf(userID) {
			if item.ID > after && len(list) < limit {
				item.Blob = nil
				list = append(list, item)
			}
		}
		return nil
	})
	return list, err
}

// Delete implements ports.VectorItems.
func (i *VectorItems) Delete(ctx context.Context, userID string, ids []string) error {
	return i.v.with(ctx, func(rows *rows) error {
		for _, id := range ids {
			delete(rows.vectors, ownID{userID, id})
		}
		return nil
	})
}

// vectorsOf are the user's rows, by id.
func (r *rows) vectorsOf(userID string) []vector.Item {
	var all []vector.Item
	for own, item := range r.vectors {
		if own.user == userID {
			all = append(all, item)
		}
	}
	slices.SortFunc(all, func(a, b vector.Item) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func lostPoint() *fault.Error {
	return fault.New(fault.NotFound, "This write took too long and was given up.")
}
