package memory_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func openIndex(porttest.T) porttest.VectorIndexStore {
	return porttest.VectorIndexStore{Index: memory.NewVectorIndex()}
}

func TestVectorItemsKeepTheirContract(t *testing.T)  { porttest.VectorItems(t, openStorage) }
func TestVectorGarbageKeepsItsContract(t *testing.T) { porttest.VectorGarbage(t, openStorage) }
func TestVectorIndexKeepsItsContract(t *testing.T)   { porttest.VectorIndex(t, openIndex) }

// The adapters below are each wrong in one way.

// pointsOfAnybody knows no users.
type pointsOfAnybody struct {
	ports.VectorItems
	everybody map[string]bool
}

func (i pointsOfAnybody) Put(ctx context.Context, userID string, items []vector.Item) error {
	i.everybody[userID] = true
	return i.VectorItems.Put(ctx, userID, items)
}

func (i pointsOfAnybody) OfPoints(ctx context.Context, _ string, pointIDs []string) (all []vector.Item, err error) {
	for userID := range i.everybody {
		some, err := i.VectorItems.OfPoints(ctx, userID, pointIDs)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, err
}

// spacesStay never lets a space have another dimension.
type spacesStay struct {
	ports.VectorItems
	seen map[string]int
}

func (i spacesStay) Dimension(ctx context.Context, userID string, s vector.Space) (int, error) {
	n, err := i.VectorItems.Dimension(ctx, userID, s)
	i.seen[userID+s.String()] = max(n, i.seen[userID+s.String()])
	return i.seen[userID+s.String()], err
}

// removesSome is content with those that are listed.
type removesSome struct{ ports.VectorGarbage }

func (g removesSome) Remove(ctx context.Context, userID string, pointIDs []string) error {
	for _, id := range pointIDs {
		_ = g.VectorGarbage.Remove(ctx, userID, []string{id})
	}
	return context.Cause(ctx)
}

// oneRoom keeps all points of all places of one dimension together.
type oneRoom struct{ ports.VectorIndex }

func (i oneRoom) room(p vector.Place) vector.Place { return vector.Place{Dimension: p.Dimension} }

func (i oneRoom) Upsert(ctx context.Context, p vector.Place, points []vector.Point) error {
	return i.VectorIndex.Upsert(ctx, i.room(p), points)
}

func (i oneRoom) Search(ctx context.Context, p vector.Place, query vector.Embedding, k int) ([]vector.Hit, error) {
	return i.VectorIndex.Search(ctx, i.room(p), query, k)
}

func (i oneRoom) Delete(ctx context.Context, p vector.Place, ids []string) error {
	return i.VectorIndex.Delete(ctx, i.room(p), ids)
}

// worstFirst turns the order around.
type worstFirst struct{ ports.VectorIndex }

func (i worstFirst) Search(ctx context.Context, p vector.Place, query vector.Embedding, k int) ([]vector.Hit, error) {
	hits, err := i.VectorIndex.Search(ctx, p, query, k)
	slices.Reverse(hits)
	return hits, err
}

func TestTheSuitesOfVectorsCanFail(t *testing.T) {
	t.Parallel()
	rows := func(wrong func(s *porttest.StorageStore)) func(porttest.T) porttest.StorageStore {
		return func(t porttest.T) porttest.StorageStore {
			s := openStorage(t)
			wrong(&s)
			return s
		}
	}
	index := func(wrong func(ports.VectorIndex) ports.VectorIndex) func(porttest.T) porttest.VectorIndexStore {
		return func(porttest.T) porttest.VectorIndexStore {
			return porttest.VectorIndexStore{Index: wrong(memory.NewVectorIndex())}
		}
	}
	for want, failed := range map[string][]string{
		"two users may have the same id, and never meet": porttest.Failing(porttest.VectorItemsCases(), rows(func(s *porttest.StorageStore) {
			s.VectorItems = pointsOfAnybody{s.VectorItems, map[string]bool{}}
		})),
		"a space has the dimension of its items until it is empty": porttest.Failing(porttest.VectorItemsCases(), rows(func(s *porttest.StorageStore) {
			s.VectorItems = spacesStay{s.VectorItems, map[string]int{}}
		})),
		"taking back what is not listed, is somebody else's or was claimed is NotFound": porttest.Failing(porttest.VectorGarbageCases(), rows(func(s *porttest.StorageStore) {
			s.VectorGarbage = removesSome{s.VectorGarbage}
		})),
		"points of other users, spaces and dimensions never meet": porttest.Failing(porttest.VectorIndexCases(),
			index(func(i ports.VectorIndex) ports.VectorIndex { return oneRoom{i} })),
		"search gives the points that are most alike, the best first": porttest.Failing(porttest.VectorIndexCases(),
			index(func(i ports.VectorIndex) ports.VectorIndex { return worstFirst{i} })),
	} {
		assert.Contains(t, failed, want)
		assert.Less(t, len(failed), 10, "it is wrong in one way, not in all: %v", failed)
	}
}
