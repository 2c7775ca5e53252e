package storage_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

// hostile is an index that forgets whose points it holds, gives some twice, and makes scores up.
type hostile struct {
	ports.VectorIndex
	junk int // made-up hits in front of every answer
}

func (h hostile) room(p vector.Place) vector.Place { return vector.Place{Dimension: p.Dimension} }

func (h hostile) Upsert(ctx context.Context, p vector.Place, points []vector.Point) error {
	return h.VectorIndex.Upsert(ctx, h.room(p), points)
}

func (h hostile) Search(ctx context.Context, p vector.Place, query vector.Embedding, k int) ([]vector.Hit, error) {
	hits, err := h.VectorIndex.Search(ctx, h.room(p), query, k)
	var lies []vector.Hit
	for i := range h.junk {
		lies = append(lies, vector.Hit{PointID: fmt.Sprint("nobody's ", i), Score: 1})
	}
	for _, hit := range hits {
		lies = append(lies, vector.Hit{PointID: hit.PointID, Score: math.NaN()}, vector.Hit{PointID: hit.PointID, Score: 7}, hit, hit)
	}
	return lies[:min(k, len(lies))], err
}

func TestAnIndexThatLiesMakesASearchFindLessAndNeverSomethingElse(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	d.index = hostile{d.points, 300}
	var others []storage.VectorInput
	for i := range 400 {
		others = append(others, at(fmt.Sprint("his ", i), "s", float64(i)/100))
		others[i].ID = fmt.Sprint("his-", i)
	}
	require.NoError(t, d.upsert(bob, others...))
	require.NoError(t, d.upsert(ada, at("right", "s", 20), at("other", "t", 0), at("second", "s", 30)))
	require.NoError(t, d.upsert(ada, at("second", "s", 40))) // whose old point is still there
	require.NoError(t, d.upsert(ada, at("gone", "s", 10)))
	require.NoError(t, d.remove(ada, "gone"))
	got, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(0), Space: "s"})
	require.NoError(t, err)
	assert.Equal(t, []string{"right", "second"}, ids(got))
	assert.InDelta(t, math.Cos(40*math.Pi/180), got[1].Score, 1e-6)
}

func TestRottenBytesAreNotGiven(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	require.NoError(t, d.upsert(ada, at("a", "", 0)))
	row := d.rowsOf(t, ada)["a"]
	row.Blob = []byte("rotten")
	require.NoError(t, memory.NewVectorItems(d.rows).Put(t.Context(), ada, []vector.Item{row}))
	_, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(0)})
	assertCode(t, fault.Internal, err)
}

func TestAWriteThatOutlivesItsIntentIsGivenUp(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	require.NoError(t, d.upsert(ada, at("a", "", 0)))
	d.index = slowIndex{d.points, func() {
		d.clock.Advance(record.IntentLifetime + time.Second)
		_, err := (&vdesk{d.desk, d.points, d.points, d.items}).sweepPoints()
		require.NoError(t, err)
	}}
	assertCode(t, fault.Unavailable, d.upsert(ada, at("a", "", 50), at("b", "", 60)))
	d.index = d.points
	assert.Equal(t, map[string]string{"a": "blob of a"}, d.kept(t, ada))
	d.assertVectorsClean(t, ada)
}

// slowIndex lets something happen while it writes.
type slowIndex struct {
	ports.VectorIndex
	meanwhile func()
}

func (s slowIndex) Upsert(ctx context.Context, p vector.Place, points []vector.Point) error {
	s.meanwhile()
	return s.VectorIndex.Upsert(ctx, p, points)
}

func TestAFailureAtAnyCallLeavesVectorsAsBeforeOrAfter(t *testing.T) {
	t.Parallel()
	before := map[string]string{"a": "blob of a", "p": "print"}
	for _, c := range []struct {
		name  string
		calls int
		run   func(d *vdesk) error
		after map[string]string
	}{
		{"upsert", 14, func(d *vdesk) error { return d.upsert(ada, at("a", "t", 5), at("b", "", 9), item("p", "next")) },
			map[string]string{"a": "blob of a", "b": "blob of b", "p": "next"}},
		{"delete", 5, func(d *vdesk) error { return d.remove(ada, "a", "x") }, map[string]string{"p": "print"}},
		{"search", 3, func(d *vdesk) error {
			got, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(0)})
			if err == nil && fmt.Sprint(ids(got)) != "[a]" {
				return fault.New(fault.Internal, "found something else")
			}
			return err
		}, before},
	} {
		for _, failure := range porttest.Failures() {
			t.Run(c.name+", "+failure.String(), func(t *testing.T) {
				t.Parallel()
				at := 1
				for vectorsFailAt(t, at, failure, before, c.after, c.run) {
					at++
				}
				assert.Greater(t, at, c.calls)
			})
		}
	}
}

// vectorsFailAt is false when there is no such call.
func vectorsFailAt(t *testing.T, call int, failure porttest.Failure, before, after map[string]string, run func(d *vdesk) error) bool {
	t.Helper()
	d := newVectors(t)
	require.NoError(t, d.upsert(ada, at("a", "", 0), item("p", "print")))
	points := d.points.Points(ada)
	faults := porttest.NewFaults(call, failure)
	err := run(d.broken(faults))
	got := d.kept(t, ada)
	where := fmt.Sprintf("call %d", call)
	if err == nil {
		require.Equal(t, after, got, where)
	} else {
		assertCode(t, fault.Unavailable, err)
		lost := failure == porttest.LoseAnswer || failure == porttest.CrashAfter
		if !lost || fmt.Sprint(got) != fmt.Sprint(after) {
			require.Equal(t, before, got, where+": neither before nor after")
			assert.Subset(t, d.points.Points(ada), points)
		}
	}
	d.assertVectorsSound(t, ada)
	d.assertVectorsClean(t, ada)
	require.Equal(t, got, d.kept(t, ada), where+": the sweeper took what is in use")
	return faults.Fired()
}

// losesAnswers is work whose unit number at is committed and fails all the same.
type losesAnswers struct {
	ports.StorageWork
	at, units int
}

func (w *losesAnswers) Do(ctx context.Context, fn func(context.Context, ports.StorageTx) error) error {
	w.units++
	if err := w.StorageWork.Do(ctx, fn); err != nil || w.units != w.at {
		return err
	}
	return fault.New(fault.Unavailable, "The answer got lost.")
}

func TestACommitWhoseAnswerGotLostIsFoundOut(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	d.work = &losesAnswers{StorageWork: d.work, at: 2}
	require.NoError(t, d.upsert(ada, at("a", "", 0), item("b", "print")))
	assert.Equal(t, map[string]string{"a": "blob of a", "b": "print"}, d.kept(t, ada))
	d.assertVectorsClean(t, ada)
	d.work = &losesAnswers{StorageWork: d.work, at: 1}
	assertCode(t, fault.Unavailable, d.upsert(ada, at("c", "", 0)))
	d.assertVectorsClean(t, ada)
}

func TestASweepOfPointsThatFailsAtAnyCallIsMadeGoodByTheNext(t *testing.T) {
	t.Parallel()
	for _, failure := range porttest.Failures() {
		for call := 1; ; call++ {
			d := newVectors(t)
			require.NoError(t, d.upsert(ada, at("a", "", 0), at("b", "t", 0), item("p", "print")))
			require.NoError(t, d.upsert(ada, at("a", "", 1), at("b", "t", 1), item("p", "next")))
			faults := porttest.NewFaults(call, failure)
			out, err := d.broken(faults).sweepPoints()
			d.assertVectorsSound(t, ada)
			d.assertVectorsClean(t, ada)
			if !faults.Fired() {
				require.NoError(t, err)
				assert.Equal(t, storage.SweepVectorsOutput{Deleted: 3}, out)
				assert.Greater(t, call, 7, "two claims, three deletions, a forget and their units")
				break
			}
			require.Error(t, err, "%s at %d", failure, call)
		}
	}
}

func TestManyWritersOfTheSameIDsLeaveOneOfThem(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			assert.NoError(t, d.upsert(ada, item("a", fmt.Sprint("a", i)), item("b", fmt.Sprint("b", i))))
		})
	}
	group.Wait()
	got := d.kept(t, ada)
	assert.Equal(t, got["a"][1:], got["b"][1:], "both are of one call")
	d.assertVectorsClean(t, ada)
}
