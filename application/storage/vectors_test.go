package storage_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

// vdesk is the vectors' part of a desk: the use cases go through work, index and reads, which a test may break.
type vdesk struct {
	*desk
	points *memory.VectorIndex
	index  ports.VectorIndex
	items  ports.VectorItems
}

func newVectors(t tb) *vdesk {
	t.Helper()
	d := newDesk(t)
	points := memory.NewVectorIndex()
	return &vdesk{d, points, points, memory.NewVectorItems(d.rows)}
}

func (d *vdesk) broken(f *porttest.Faults) *vdesk {
	return &vdesk{d.desk.broken(f), d.points, porttest.FaultyVectorIndex(d.index, f), porttest.FaultyVectorItems(d.items, f)}
}

func (d *vdesk) upsert(userID string, items ...storage.VectorInput) error {
	u := storage.UpsertVectors{Gate: d.gate(), Work: d.work, Index: d.index, Clock: d.clock, IDs: d.ids, Lifetimes: d.times}
	out, err := u.Execute(context.Background(), storage.UpsertVectorsInput{UserID: userID, Items: items})
	if err == nil && out.Upserted != len(items) {
		return errors.New("not all were upserted")
	}
	return err
}

func (d *vdesk) find(in storage.SearchVectorsInput) ([]vector.Match, error) {
	u := storage.SearchVectors{Items: d.items, Index: d.index}
	out, err := u.Execute(context.Background(), in)
	return out.Matches, err
}

func (d *vdesk) remove(userID string, ids ...string) error {
	u := storage.DeleteVectors{Work: d.work, Clock: d.clock}
	_, err := u.Execute(context.Background(), storage.DeleteVectorsInput{UserID: userID, IDs: ids})
	return err
}

func (d *vdesk) sweepPoints() (storage.SweepVectorsOutput, error) {
	u := storage.SweepVectors{Work: d.work, Index: d.index, Clock: d.clock}
	return u.Execute(context.Background(), storage.SweepVectorsInput{})
}

// item is one without an embedding.
func item(id, content string) storage.VectorInput {
	return storage.VectorInput{ID: id, Blob: []byte(content), Checksum: sumOf(content)}
}

// at is one whose embedding stands at an angle, in degrees, to that of angle 0.
func at(id, space string, angle float64) storage.VectorInput {
	v := item(id, "blob of "+id)
	v.Space, v.Embedding = space, direction(angle)
	return v
}

func direction(angle float64) []float64 {
	return []float64{math.Cos(angle * math.Pi / 180), math.Sin(angle * math.Pi / 180), 0, 0, 0, 0, 0, 0}
}

func ids(matches []vector.Match) []string {
	all := []string{}
	for _, m := range matches {
		all = append(all, m.Item.ID)
	}
	return all
}

// kept is what a user has, by id.
func (d *vdesk) kept(t tb, userID string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for id, item := range d.rowsOf(t, userID) {
		all[id] = string(item.Blob)
	}
	return all
}

func (d *vdesk) rowsOf(t tb, userID string) map[string]vector.Item {
	t.Helper()
	rows := memory.NewVectorItems(d.rows)
	list, err := rows.List(context.Background(), userID, "", 10_000)
	require.NoError(t, err)
	all := map[string]vector.Item{}
	for _, item := range list {
		whole, err := rows.OfPoints(context.Background(), userID, []string{item.Point})
		require.NoError(t, err)
		require.Len(t, whole, 1)
		all[item.ID] = whole[0]
	}
	return all
}

// assertVectorsSound checks what must hold after any history: usage is the sum of the rows, and each row's point is in the index.
func (d *vdesk) assertVectorsSound(t tb, userID string) {
	t.Helper()
	var sum int64
	points := d.points.Points(userID)
	for _, item := range d.rowsOf(t, userID) {
		sum += item.SizeBytes
		assert.Contains(t, points, item.Point, "a row without its point")
	}
	usage, err := memory.NewUsage(d.rows).Find(context.Background(), userID)
	require.NoError(t, err)
	assert.Equal(t, sum, usage.RecordBytes, "usage is not the sum of the rows")
}

// assertVectorsClean sweeps when every lifetime is over: then the points are those of the rows and nothing else.
func (d *vdesk) assertVectorsClean(t tb, userID string) {
	t.Helper()
	d.clock.Advance(record.IntentLifetime + vector.SweepLease + time.Second)
	_, err := d.sweepPoints()
	require.NoError(t, err)
	d.assertVectorsSound(t, userID)
	points := []string{}
	for _, item := range d.rowsOf(t, userID) {
		points = append(points, item.Point)
	}
	slices.Sort(points)
	assert.Equal(t, points, d.points.Points(userID))
}

func TestASearchFindsWhatIsAlikeAndGivesItsBlobs(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	require.NoError(t, d.upsert(ada, at("right", "", 0), at("near", "", 10), at("far", "", 80), at("opposite", "", 180), item("print", "same")))
	require.NoError(t, d.upsert(bob, at("bob's", "", 1), item("bobs-print", "same")))
	got, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(3), Top: 3})
	require.NoError(t, err)
	assert.Equal(t, []string{"right", "near", "far"}, ids(got))
	assert.Equal(t, "blob of right", string(got[0].Item.Blob))
	assert.InDelta(t, math.Cos(3*math.Pi/180), got[0].Score, 1e-6)
	all, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(0)})
	require.NoError(t, err)
	assert.Equal(t, []string{"right", "near", "far", "opposite"}, ids(all))
	assert.InDelta(t, -1, all[3].Score, 1e-6)
	same, err := d.find(storage.SearchVectorsInput{UserID: ada, Blob: []byte("same")})
	require.NoError(t, err)
	assert.Equal(t, []string{"print"}, ids(same))
	assert.InDelta(t, 1, same[0].Score, 1e-6)
	none, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(0), Space: "empty"})
	require.NoError(t, err)
	assert.Empty(t, none)
	d.assertVectorsClean(t, ada)
}

func TestTiesGoByID(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	require.NoError(t, d.upsert(ada, at("c", "", 5), at("a", "", 5), at("b", "", 5)))
	got, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(0)})
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c"}, ids(got))
}

func TestAnItemTakesThePlaceOfTheOneWithItsID(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	require.NoError(t, d.upsert(ada, at("a", "", 0), at("b", "", 90)))
	moved := at("a", "other", 45)
	require.NoError(t, d.upsert(ada, moved))
	got, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(0)})
	require.NoError(t, err)
	assert.Equal(t, []string{"b"}, ids(got))
	got, err = d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(0), Space: "other"})
	require.NoError(t, err)
	assert.Equal(t, []string{"a"}, ids(got))
	assert.Len(t, d.points.Points(ada), 3, "the old point goes with the sweep")
	d.assertVectorsClean(t, ada)
	assert.Len(t, d.points.Points(ada), 2)
}

func TestASpaceHasOneDimensionUntilItIsEmpty(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	require.NoError(t, d.upsert(ada, at("a", "s", 0)))
	longer := at("b", "s", 0)
	longer.Embedding = append(longer.Embedding, 0)
	refused := func(err error, where string) {
		t.Helper()
		assertCode(t, fault.ValidationFailed, err)
		assert.Equal(t, where, fault.From(err).Fields[0].Location)
	}
	refused(d.upsert(ada, at("x", "t", 1), longer), "body.vectors[1].embedding")
	refused(d.upsert(ada, longer, at("c", "s", 1)), "body.vectors[1].embedding")
	_, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: longer.Embedding, Space: "s"})
	refused(err, "body.embedding")
	assert.Equal(t, map[string]string{"a": "blob of a"}, d.kept(t, ada), "all or nothing")
	require.NoError(t, d.upsert(bob, longer), "spaces are a user's own")
	require.NoError(t, d.remove(ada, "a"))
	require.NoError(t, d.upsert(ada, longer))
	d.assertVectorsClean(t, ada)
}

func TestUpsertRefusesWhatIsWrongWithAnyItem(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	require.NoError(t, d.upsert(ada, item("kept", "kept")))
	change := func(f func(v *storage.VectorInput)) storage.VectorInput {
		v := at("bad", "", 0)
		f(&v)
		return v
	}
	many := make([]storage.VectorInput, vector.MaxItems+1)
	spaces := make([]storage.VectorInput, vector.MaxSpaces+1)
	for i := range many {
		many[i] = item(fmt.Sprint(i), "x")
	}
	for i := range spaces {
		spaces[i] = at(fmt.Sprint(i), "s"+fmt.Sprint(i), 0)
	}
	for name, c := range map[string]struct {
		items []storage.VectorInput
		code  fault.Code
		at    string
	}{
		"none":              {nil, fault.ValidationFailed, "body.vectors"},
		"too many":          {many, fault.ValidationFailed, "body.vectors"},
		"no id":             {[]storage.VectorInput{change(func(v *storage.VectorInput) { v.ID = "" })}, fault.ValidationFailed, "body.vectors[0].id"},
		"an id twice":       {[]storage.VectorInput{item("a", "1"), item("a", "2")}, fault.ValidationFailed, "body.vectors[1].id"},
		"no checksum":       {[]storage.VectorInput{item("a", "1"), change(func(v *storage.VectorInput) { v.Checksum = "abc" })}, fault.ValidationFailed, "body.vectors[1].checksum"},
		"another checksum":  {[]storage.VectorInput{item("a", "1"), change(func(v *storage.VectorInput) { v.Checksum = sumOf("other") })}, fault.ChecksumMismatch, ""},
		"a large blob":      {[]storage.VectorInput{item("a", strings.Repeat("x", vector.MaxBlobBytes+1))}, fault.PayloadTooLarge, ""},
		"a short embedding": {[]storage.VectorInput{change(func(v *storage.VectorInput) { v.Embedding = v.Embedding[:7] })}, fault.ValidationFailed, "body.vectors[0].embedding"},
		"no number":         {[]storage.VectorInput{change(func(v *storage.VectorInput) { v.Embedding[3] = math.NaN() })}, fault.ValidationFailed, "body.vectors[0].embedding"},
		"no direction":      {[]storage.VectorInput{change(func(v *storage.VectorInput) { v.Embedding = make([]float64, 8) })}, fault.ValidationFailed, "body.vectors[0].embedding"},
		"an empty one":      {[]storage.VectorInput{change(func(v *storage.VectorInput) { v.Embedding = []float64{} })}, fault.ValidationFailed, "body.vectors[0].embedding"},
		"a bad space":       {[]storage.VectorInput{at("a", "../x", 0)}, fault.ValidationFailed, "body.vectors[0].space"},
		"a space of ours":   {[]storage.VectorInput{at("a", "_fingerprints", 0)}, fault.ValidationFailed, "body.vectors[0].space"},
		"a space alone":     {[]storage.VectorInput{change(func(v *storage.VectorInput) { v.Space, v.Embedding = "s", nil })}, fault.ValidationFailed, "body.vectors[0].space"},
		"too many spaces":   {spaces, fault.ValidationFailed, "body.vectors[8].space"},
	} {
		err := d.upsert(ada, c.items...)
		assertCode(t, c.code, err)
		if c.at != "" {
			assert.Equal(t, c.at, fault.From(err).Fields[0].Location, name)
		}
		assert.Equal(t, map[string]string{"kept": "kept"}, d.kept(t, ada), name)
	}
	require.NoError(t, d.upsert(ada, item("largest", strings.Repeat("x", vector.MaxBlobBytes)), item("empty", "")))
	require.NoError(t, d.upsert(ada, many[:vector.MaxItems]...))
	d.assertVectorsClean(t, ada)
}

func TestTiersAndQuotaHoldForVectors(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	require.NoError(t, d.upsert(ada, item("a", "12345"), at("b", "", 0)))
	usage, err := memory.NewUsage(d.rows).Find(t.Context(), ada)
	require.NoError(t, err)
	assert.Equal(t, int64(5+len("blob of b")+4*8), usage.RecordBytes)
	d.setTier(t, ada, tier.Free)
	err = d.upsert(ada, item("c", "x"))
	assertCode(t, fault.TierRequired, err)
	got, err := d.find(storage.SearchVectorsInput{UserID: ada, Embedding: direction(0)})
	require.NoError(t, err)
	assert.Len(t, got, 1, "searches work in every tier")
	require.NoError(t, d.remove(ada, "b", "unknown", "a", "a"), "deletions too")
	require.NoError(t, d.remove(ada, "b"))
	d.assertVectorsClean(t, ada)
	assert.Empty(t, d.points.Points(ada))
	d.setTier(t, ada, tier.Pro)
	require.NoError(t, memory.NewUsage(d.rows).Add(t.Context(), ada, "records", 4_999_999_998, -1))
	assertCode(t, fault.QuotaExceeded, d.upsert(ada, item("a", "12"), item("b", "3")))
	require.NoError(t, d.upsert(ada, item("a", "12")))
	assertCode(t, fault.QuotaExceeded, d.upsert(ada, item("a", "123")))
	require.NoError(t, d.upsert(ada, item("a", "1")))
}

func TestDeletionsHaveTheirBounds(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	assertCode(t, fault.ValidationFailed, d.remove(ada))
	assertCode(t, fault.ValidationFailed, d.remove(ada, make([]string, vector.MaxDeletions+1)...))
	err := d.remove(ada, "a", "b c")
	assertCode(t, fault.ValidationFailed, err)
	assert.Equal(t, "body.ids[1]", fault.From(err).Fields[0].Location)
}

func TestASearchRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	d := newVectors(t)
	for where, in := range map[string]storage.SearchVectorsInput{
		"body.top_k":      {Embedding: direction(0), Top: 101},
		"body.query_blob": {},
		"body.embedding":  {Embedding: []float64{1}},
		"body.space":      {Blob: []byte("x"), Space: "s"},
	} {
		in.UserID = ada
		_, err := d.find(in)
		assertCode(t, fault.ValidationFailed, err)
		assert.Equal(t, where, fault.From(err).Fields[0].Location)
	}
	_, err := d.find(storage.SearchVectorsInput{UserID: ada, Blob: make([]byte, vector.MaxBlobBytes+1)})
	assertCode(t, fault.PayloadTooLarge, err)
}
