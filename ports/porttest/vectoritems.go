package porttest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
)

// VectorItems checks an adapter of ports.VectorItems.
func VectorItems(t *testing.T, open func(t T) StorageStore) { Run(t, VectorItemsCases(), open) }

// VectorItemsCases are the sentences of ports.VectorItems.
func VectorItemsCases() []Case[StorageStore] {
	return slices.Concat(vectorItemsWrites(), vectorItemsReads())
}

func vectorSpace(t T, name string) vector.Space {
	t.Helper()
	s, err := vector.ParseSpace("space", name)
	require.NoError(t, err)
	return s
}

// vectorItem is one of a user with this id, in the space notes.
func vectorItem(t T, userID, id string) vector.Item {
	t.Helper()
	blob := []byte("\x00bytes of " + id + "\xff")
	p := vector.Place{UserID: userID, Space: vectorSpace(t, "notes"), Dimension: 96}
	return vector.Item{
		ID: id, Place: p, Point: storageID(), Blob: blob, Checksum: checksum.Of(blob), SizeBytes: vector.Size(len(blob), p),
		CreatedAt: storageEpoch, UpdatedAt: storageEpoch.Add(time.Second),
	}
}

// putVectors stores items of a user with these ids.
func (s StorageStore) putVectors(t T, userID string, ids ...string) []vector.Item {
	t.Helper()
	var items []vector.Item
	for _, id := range ids {
		items = append(items, vectorItem(t, userID, id))
	}
	require.NoError(t, s.VectorItems.Put(t.Context(), userID, items))
	return items
}

// withoutBlobs are items as a listing has them, by their ids.
func withoutBlobs(items []vector.Item) []vector.Item {
	listed := []vector.Item{}
	for _, item := range items {
		item.Blob = nil
		listed = append(listed, item)
	}
	slices.SortFunc(listed, func(a, b vector.Item) int { return strings.Compare(a.ID, b.ID) })
	return listed
}

// assertVectors checks all that a user has, with blobs.
func (s StorageStore) assertVectors(t T, userID string, want ...vector.Item) {
	t.Helper()
	got, err := s.VectorItems.List(t.Context(), userID, "", 1000)
	require.NoError(t, err)
	assert.Equal(t, withoutBlobs(want), withoutBlobs(got))
	points := []string{"nobody's"}
	for _, item := range want {
		points = append(points, item.Point)
	}
	whole, err := s.VectorItems.OfPoints(t.Context(), userID, points)
	require.NoError(t, err)
	assert.ElementsMatch(t, want, whole)
}

func vectorItemsWrites() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"put stores every field of each item", func(t T, s StorageStore) {
			user := s.owner(t)
			items := s.putVectors(t, user, "a", "!~/%?x=1", strings.Repeat("z", vector.MaxIDBytes))
			empty := vectorItem(t, user, "empty")
			empty.Blob, empty.Place.Space, empty.Place.Dimension = []byte{}, vector.Fingerprints, vector.FingerprintDimension
			require.NoError(t, s.VectorItems.Put(t.Context(), user, []vector.Item{empty}))
			s.assertVectors(t, user, append(items, empty)...)
		}},
		{"put of none changes nothing", func(t T, s StorageStore) {
			user := s.owner(t)
			require.NoError(t, s.VectorItems.Put(t.Context(), user, nil))
			s.assertVectors(t, user)
		}},
		{"put takes the place of what has the same id, and its creation time stays", func(t T, s StorageStore) {
			user := s.owner(t)
			items := s.putVectors(t, user, "a", "b")
			next := vectorItem(t, user, "a")
			next.Place.Space, next.Place.Dimension = vectorSpace(t, "tasks"), 8
			next.Blob, next.SizeBytes = []byte("other"), 77
			next.CreatedAt, next.UpdatedAt = storageEpoch.Add(time.Hour), storageEpoch.Add(time.Hour)
			require.NoError(t, s.VectorItems.Put(t.Context(), user, []vector.Item{next, vectorItem(t, user, "c")}))
			next.CreatedAt = storageEpoch
			got, err := s.VectorItems.OfPoints(t.Context(), user, []string{items[0].Point, items[1].Point, next.Point})
			require.NoError(t, err)
			assert.ElementsMatch(t, []vector.Item{items[1], next}, got)
			listed, err := s.VectorItems.List(t.Context(), user, "", 10)
			require.NoError(t, err)
			assert.Len(t, listed, 3)
		}},
		{"put takes as many as a call may store", func(t T, s StorageStore) {
			user := s.owner(t)
			var ids []string
			for i := range vector.MaxItems {
				ids = append(ids, fmt.Sprint(i))
			}
			s.assertVectors(t, user, s.putVectors(t, user, ids...)...)
			require.NoError(t, s.VectorItems.Delete(t.Context(), user, ids))
			s.assertVectors(t, user)
		}},
		{"put for a user who does not exist is NotFound", func(t T, s StorageStore) {
			nobody := storageID()
			assertCode(t, fault.NotFound, s.VectorItems.Put(t.Context(), nobody, []vector.Item{vectorItem(t, nobody, "a")}))
			s.assertVectors(t, nobody)
		}},
		{"blobs belong to the caller", func(t T, s StorageStore) {
			user := s.owner(t)
			item := vectorItem(t, user, "a")
			require.NoError(t, s.VectorItems.Put(t.Context(), user, []vector.Item{item}))
			item.Blob[0] = 'x'
			for range 2 {
				got, err := s.VectorItems.OfPoints(t.Context(), user, []string{item.Point})
				require.NoError(t, err)
				require.Len(t, got, 1)
				assert.Equal(t, byte(0), got[0].Blob[0])
				got[0].Blob[0] = 'y'
			}
		}},
		{"two users may have the same id, and never meet", func(t T, s StorageStore) {
			ada, bob := s.owner(t), s.owner(t)
			hers, his := s.putVectors(t, ada, "a"), s.putVectors(t, bob, "a")
			s.assertVectors(t, ada, hers...)
			s.assertVectors(t, bob, his...)
			for user, point := range map[string]string{ada: his[0].Point, bob: hers[0].Point, "": hers[0].Point} {
				got, err := s.VectorItems.OfPoints(t.Context(), user, []string{point})
				require.NoError(t, err)
				assert.Empty(t, got)
			}
			require.NoError(t, s.VectorItems.Delete(t.Context(), ada, []string{"a"}))
			s.assertVectors(t, ada)
			s.assertVectors(t, bob, his...)
		}},
		{"delete removes what the user has and passes over the rest", func(t T, s StorageStore) {
			user := s.owner(t)
			items := s.putVectors(t, user, "a", "b", "c")
			require.NoError(t, s.VectorItems.Delete(t.Context(), user, []string{"a", "x", "c"}))
			require.NoError(t, s.VectorItems.Delete(t.Context(), user, []string{"a"}))
			s.assertVectors(t, user, items[1])
		}},
		{"when the context has ended items are neither read nor changed", func(t T, s StorageStore) {
			user := s.owner(t)
			items := s.putVectors(t, user, "a")
			_, findErr := s.VectorItems.Find(cancelled(t), user, []string{"a"})
			_, pointsErr := s.VectorItems.OfPoints(cancelled(t), user, []string{items[0].Point})
			_, dimensionErr := s.VectorItems.Dimension(cancelled(t), user, items[0].Place.Space)
			_, listErr := s.VectorItems.List(cancelled(t), user, "", 10)
			for _, err := range []error{
				findErr, pointsErr, dimensionErr, listErr, s.VectorItems.Put(cancelled(t), user, []vector.Item{vectorItem(t, user, "b")}),
				s.VectorItems.Delete(cancelled(t), user, []string{"a"}),
			} {
				require.ErrorIs(t, err, cancelled(t).Err())
			}
			s.assertVectors(t, user, items...)
		}},
	}
}

func vectorItemsReads() []Case[StorageStore] {
	return []Case[StorageStore]{
		{"find gives what the user has, without blobs", func(t T, s StorageStore) {
			user, other := s.owner(t), s.owner(t)
			items := s.putVectors(t, user, "a", "b", "c")
			s.putVectors(t, other, "d")
			got, err := s.VectorItems.Find(t.Context(), user, []string{"c", "d", "a", "x", "a"})
			require.NoError(t, err)
			assert.ElementsMatch(t, withoutBlobs([]vector.Item{items[0], items[2]}), got)
		}},
		{"list goes by the bytes of ids, from any place on", func(t T, s StorageStore) {
			user := s.owner(t)
			items := withoutBlobs(s.putVectors(t, user, "b", "a", "B", "a~", "-", "aa"))
			s.putVectors(t, s.owner(t), "between")
			require.Equal(t, "-", items[0].ID)
			require.Equal(t, "B", items[1].ID)
			for after, want := range map[string][]vector.Item{"": items[:2], "-": items[1:3], "a": items[3:5], "ab": items[4:6], "b": nil} {
				got, err := s.VectorItems.List(t.Context(), user, after, 2)
				require.NoError(t, err)
				assert.Equal(t, withoutBlobs(want), withoutBlobs(got), after)
				assert.True(t, slices.IsSortedFunc(got, func(a, b vector.Item) int { return strings.Compare(a.ID, b.ID) }))
			}
		}},
		{"a space has the dimension of its items until it is empty", func(t T, s StorageStore) {
			user, other := s.owner(t), s.owner(t)
			dimension := func(user, space string) int {
				n, err := s.VectorItems.Dimension(t.Context(), user, vectorSpace(t, space))
				require.NoError(t, err)
				return n
			}
			assert.Zero(t, dimension(user, "notes"))
			s.putVectors(t, user, "a", "b")
			assert.Equal(t, 96, dimension(user, "notes"))
			assert.Zero(t, dimension(user, "tasks"))
			assert.Zero(t, dimension(other, "notes"))
			require.NoError(t, s.VectorItems.Delete(t.Context(), user, []string{"a"}))
			assert.Equal(t, 96, dimension(user, "notes"))
			require.NoError(t, s.VectorItems.Delete(t.Context(), user, []string{"b"}))
			assert.Zero(t, dimension(user, "notes"))
		}},
	}
}
