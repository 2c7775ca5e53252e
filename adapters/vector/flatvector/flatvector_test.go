package flatvector_test

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/adapters/vector/flatvector"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func open(t porttest.T, dir string, cacheBytes int64) *flatvector.Index {
	t.Helper()
	x, err := flatvector.Open(dir, cacheBytes)
	require.NoError(t, err)
	t.Cleanup(func() { _ = x.Close() })
	return x
}

func TestVectorIndex(t *testing.T) {
	t.Parallel()
	for name, cacheBytes := range map[string]int64{"with a cache": 0, "with room for nothing": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			porttest.VectorIndex(t, func(t porttest.T) porttest.VectorIndexStore {
				dir := t.TempDir()
				return porttest.VectorIndexStore{Index: open(t, dir, cacheBytes), Reopen: func() ports.VectorIndex { return open(t, dir, cacheBytes) }}
			})
		})
	}
}

var notes = vector.Place{UserID: "u", Space: vector.DefaultSpace, Dimension: 8}

// point is the n-th one; its direction follows from n.
func point(n int) vector.Point {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	numbers := make([]float64, 8)
	for i := range numbers {
		numbers[i] = random.NormFloat64()
	}
	e, err := vector.NewEmbedding("e", numbers)
	if err != nil {
		panic(err)
	}
	return vector.Point{ID: fmt.Sprintf("018f4e6a-7c1d-7b2e-9a55-%012d", n), Embedding: e}
}

// logs are the files of the index that have something in them.
func logs(t testing.TB, dir string) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	}))
	return files
}

func found(t testing.TB, x ports.VectorIndex) map[string]bool {
	t.Helper()
	hits, err := x.Search(context.Background(), notes, point(0).Embedding, vector.MaxHits)
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, h := range hits {
		ids[h.PointID] = true
	}
	return ids
}

// A log that is cut anywhere holds the points whose entries are whole, and can be written on.
func TestATornLogKeepsWhatWasAcknowledgedBefore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := open(t, dir, 0)
	const entry = 1 + 16 + 4*8 + 4
	for n := range 3 {
		require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(n)}))
	}
	file := logs(t, dir)[0]
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Len(t, whole, 3*entry)
	for cut := range len(whole) + 1 {
		require.NoError(t, os.WriteFile(file, whole[:cut], 0o600))
		y, err := flatvector.Open(dir, 0)
		require.NoError(t, err)
		want := map[string]bool{}
		for n := range cut / entry {
			want[point(n).ID] = true
		}
		assert.Equal(t, want, found(t, y), "cut at %d", cut)
		require.NoError(t, y.Upsert(t.Context(), notes, []vector.Point{point(9)}))
		want[point(9).ID] = true
		require.NoError(t, y.Close())
		again, err := flatvector.Open(dir, 0)
		require.NoError(t, err)
		assert.Equal(t, want, found(t, again), "written on after a cut at %d", cut)
		require.NoError(t, again.Close())
	}
}

func TestWhatACrashToreIsCutOffByTheNextWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := open(t, dir, 0)
	for n := range 3 {
		require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(n)}))
	}
	file := logs(t, dir)[0]
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, whole[:len(whole)-1], 0o600))
	require.NoError(t, x.Delete(t.Context(), notes, []string{point(0).ID})) // shorter than what is torn
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.EqualValues(t, len(whole)/3*2+1+16+4, info.Size())
	assert.Equal(t, map[string]bool{point(1).ID: true}, found(t, open(t, dir, 0)))
}

func TestAFlippedBitCostsOnePointAtMost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := open(t, dir, 0)
	all := map[string]bool{}
	for n := range 5 {
		require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(n)}))
		all[point(n).ID] = true
	}
	file := logs(t, dir)[0]
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	for i := range whole {
		if i%(len(whole)/5) == 0 {
			continue // the kind of an entry: what follows cannot be told apart any more
		}
		rotten := append([]byte(nil), whole...)
		rotten[i] ^= 4
		require.NoError(t, os.WriteFile(file, rotten, 0o600))
		y, err := flatvector.Open(dir, 0)
		require.NoError(t, err)
		got := found(t, y)
		require.NoError(t, y.Close())
		require.Len(t, got, 4, "bit in byte %d", i)
		for id := range got {
			assert.True(t, all[id])
		}
	}
}

func TestALogDoesNotGrowWithWhatIsGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := open(t, dir, 0)
	require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(0)}))
	for n := 1; n < 3000; n++ {
		require.NoError(t, x.Upsert(t.Context(), notes, []vector.Point{point(n)}))
		require.NoError(t, x.Delete(t.Context(), notes, []string{point(n).ID}))
	}
	info, err := os.Stat(logs(t, dir)[0])
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(30_000), "6,000 entries would take 230,000")
	assert.Equal(t, map[string]bool{point(0).ID: true}, found(t, open(t, dir, 0)))
	require.NoError(t, x.Delete(t.Context(), notes, []string{point(0).ID}))
	assert.Empty(t, logs(t, dir), "of a place without points nothing is left")
}

func TestTwoProcessesMayShareTheFolder(t *testing.T) {
	t.Parallel()
	root, runs := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		runs++
		dir := filepath.Join(root, strconv.Itoa(runs))
		indexes := []*flatvector.Index{open(t, dir, 0), open(t, dir, 0)}
		want := map[string]bool{}
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			x := indexes[rapid.IntRange(0, 1).Draw(r, "who")]
			p := point(rapid.IntRange(0, 5).Draw(r, "point"))
			if rapid.Bool().Draw(r, "adds") {
				require.NoError(r, x.Upsert(context.Background(), notes, []vector.Point{p}))
				want[p.ID] = true
			} else {
				require.NoError(r, x.Delete(context.Background(), notes, []string{p.ID}))
				delete(want, p.ID)
			}
			for _, x := range indexes {
				assert.Equal(r, want, found(t, x))
			}
		}
	})
}

// childEnv makes this test's process the one that writes until it is killed.
const childEnv = "FLATVECTOR_CHILD"

func TestWhatWasAcknowledgedSurvivesSIGKILL(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(childEnv); dir != "" {
		x := open(t, dir, 0)
		for n := 0; ; n++ {
			if x.Upsert(t.Context(), notes, []vector.Point{point(2 * n), point(2*n + 1)}) != nil || x.Delete(t.Context(), notes, []string{point(2 * n).ID}) != nil {
				return
			}
			fmt.Printf("ack %d\n", n)
		}
	}
	for range 3 {
		dir := t.TempDir()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // then it is killed
		child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestWhatWasAcknowledgedSurvivesSIGKILL$")
		child.Env = append(os.Environ(), childEnv+"="+dir)
		out, _ := child.Output() // killed
		cancel()
		acknowledged := strings.Count(string(out), "ack ")
		got := found(t, open(t, dir, 0))
		for n := range acknowledged {
			assert.True(t, got[point(2*n+1).ID], "point %d of %d was acknowledged", n, acknowledged)
			assert.False(t, got[point(2*n).ID], "point %d of %d was deleted", n, acknowledged)
		}
		require.Positive(t, acknowledged)
	}
}

func BenchmarkSearch(b *testing.B) {
	p := vector.Place{UserID: "u", Space: vector.DefaultSpace, Dimension: 256}
	x, err := flatvector.Open(b.TempDir(), 0)
	require.NoError(b, err)
	random := rand.New(rand.NewPCG(1, 1))
	var query vector.Embedding
	for n := range 200 {
		var points []vector.Point
		for i := range 500 {
			numbers := make([]float64, 256)
			for j := range numbers {
				numbers[j] = random.NormFloat64()
			}
			query, err = vector.NewEmbedding("e", numbers)
			require.NoError(b, err)
			points = append(points, vector.Point{ID: fmt.Sprintf("018f4e6a-7c1d-7b2e-9a55-%012d", n*500+i), Embedding: query})
		}
		require.NoError(b, x.Upsert(b.Context(), p, points))
	}
	for b.Loop() {
		hits, err := x.Search(b.Context(), p, query, 20)
		require.NoError(b, err)
		require.Len(b, hits, 20)
	}
}
