package dcpe_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/harness"
)

const (
	corpusSize = 4000 // paragraphs that are stored
	queries    = 150  // further paragraphs that are searched for
	dimensions = 256
	wanted     = 10
)

// paragraphs are the paragraphs of the doc comments of Go's standard library, in the order of their files: English prose
// by many hands, on every machine that runs this test.
func paragraphs(t *testing.T, n int) []string {
	t.Helper()
	var all []string
	seen := map[string]bool{}
	src := filepath.Join(runtime.GOROOT(), "src") //nolint:staticcheck // the tests of this repository run where Go is
	err := filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil || len(all) >= n {
			return err
		}
		if d.IsDir() && slices.Contains([]string{"cmd", "vendor", "testdata", "internal"}, d.Name()) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil //nolint:nilerr // what Go's own parser cannot read has no prose
		}
		ast.Inspect(f, func(node ast.Node) bool {
			c, ok := node.(*ast.CommentGroup)
			if !ok {
				return true
			}
			for p := range strings.SplitSeq(c.Text(), "\n\n") {
				p = strings.Join(strings.Fields(p), " ")
				if len(words(p)) >= 12 && !seen[p] && !strings.Contains(p, "Copyright") {
					seen[p] = true
					all = append(all, p)
				}
			}
			return true
		})
		return nil
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(all), n, "paragraphs below %s", src)
	return all[:n]
}

var wordRule = regexp.MustCompile(`[a-z]{2,}`)

func words(p string) []string { return wordRule.FindAllString(strings.ToLower(p), -1) }

// term is a word of a paragraph, by its number, and what it weighs there.
type term struct {
	word   int
	weight float64
}

// weigh is TF-IDF: what the words of each paragraph weigh, by how rare they are in those that are stored.
func weigh(texts []string, stored int) (rows [][]term, vocabulary int) {
	numbers, documents := map[string]int{}, []float64{}
	for _, p := range texts[:stored] {
		for _, w := range slices.Compact(slices.Sorted(slices.Values(words(p)))) {
			if _, known := numbers[w]; !known {
				numbers[w] = len(documents)
				documents = append(documents, 0)
			}
			documents[numbers[w]]++
		}
	}
	for _, p := range texts {
		counts := map[int]float64{}
		for _, w := range words(p) {
			if n, known := numbers[w]; known {
				counts[n]++
			}
		}
		var row []term
		for n, count := range counts {
			row = append(row, term{n, (1 + math.Log(count)) * math.Log(float64(stored)/documents[n])})
		}
		slices.SortFunc(row, func(a, b term) int { return cmp.Compare(a.word, b.word) })
		rows = append(rows, row)
	}
	return rows, len(documents)
}

// embed is latent semantic analysis: the paragraphs in the directions in which those that are stored differ the most, found by
// iterating on a subspace. It is deterministic, and knows nothing of the transform.
func embed(texts []string, stored int) [][]float64 {
	rows, vocabulary := weigh(texts, stored)
	stream := mathrand.New(mathrand.NewPCG(1, 3))
	space := make([][]float64, vocabulary)
	for i := range space {
		for range dimensions {
			space[i] = append(space[i], stream.NormFloat64())
		}
	}
	for range 4 {
		orthonormal(space)
		next := make([][]float64, vocabulary)
		for i := range next {
			next[i] = make([]float64, dimensions)
		}
		for _, row := range rows[:stored] {
			y := project(row, space)
			for _, t := range row {
				for i := range y {
					next[t.word][i] += t.weight * y[i]
				}
			}
		}
		space = next
	}
	orthonormal(space)
	var all [][]float64
	for _, row := range rows {
		e := project(row, space)
		norm := distance(e, make([]float64, dimensions))
		for i := range e {
			e[i] /= norm
		}
		all = append(all, e)
	}
	return all
}

func project(row []term, space [][]float64) []float64 {
	y := make([]float64, dimensions)
	for _, t := range row {
		for i, x := range space[t.word] {
			y[i] += t.weight * x
		}
	}
	return y
}

// orthonormal makes the columns of a matrix so, one after another.
func orthonormal(m [][]float64) {
	columns := make([][]float64, dimensions)
	for j := range columns {
		columns[j] = make([]float64, len(m))
		for i := range m {
			columns[j][i] = m[i][j]
		}
	}
	zero := make([]float64, len(m))
	for j, c := range columns {
		for _, before := range columns[:j] {
			var along float64
			for i := range c {
				along += c[i] * before[i]
			}
			for i := range c {
				c[i] -= along * before[i]
			}
		}
		norm := distance(c, zero)
		for i := range c {
			c[i] /= norm
			m[i][j] = c[i]
		}
	}
}

// nearest are the ids of what a search in plaintext finds, by looking at everything.
func nearest(stored [][]float64, query []float64) map[string]bool {
	order := make([]int, len(stored))
	far := make([]float64, len(stored))
	for i := range stored {
		order[i], far[i] = i, distance(stored[i], query)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(far[a], far[b]) })
	found := map[string]bool{}
	for _, i := range order[:wanted] {
		found[fmt.Sprint("p", i)] = true
	}
	return found
}

// TestSearchesInTransformedEmbeddingsFindWhatPlaintextFinds goes through the API: what is stored and searched is what the
// transform made of it.
func TestSearchesInTransformedEmbeddingsFindWhatPlaintextFinds(t *testing.T) {
	t.Parallel()
	embeddings := embed(paragraphs(t, corpusSize+queries), corpusSize)
	stored, asked := embeddings[:corpusSize], embeddings[corpusSize:]
	server := harness.Serve(t, harness.Embedded(t), assembly.Overrides{})
	for beta, least := range map[float64]float64{0.1: 0.95, 0.3: 0.90} {
		t.Run(fmt.Sprint("beta ", beta), func(t *testing.T) {
			t.Parallel()
			user := harness.SignUp(t, server.URL)
			server.SetTier(t, user.Email, "pro")
			k := key(t, "notes", dimensions, beta)
			for from := 0; from < len(stored); from += 500 {
				var items []any
				for i, e := range stored[from : from+500] {
					item := harness.RecordBody("", fmt.Appendf(nil, "encrypted bytes of paragraph %d", from+i))
					item["id"], item["space"], item["embedding"] = fmt.Sprint("p", from+i), "notes", encrypt(t, k, e)
					items = append(items, item)
				}
				user.Expect(t, http.StatusOK, http.MethodPost, "/storage/vectors/upsert", map[string]any{"vectors": items})
			}
			hits := 0
			for _, query := range asked {
				want := nearest(stored, query)
				var out struct{ Results []struct{ ID string } }
				user.Expect(t, http.StatusOK, http.MethodPost, "/storage/vectors/search",
					map[string]any{"embedding": encrypt(t, k, query), "space": "notes", "top_k": wanted}).Decode(t, &out)
				require.Len(t, out.Results, wanted)
				for _, r := range out.Results {
					if want[r.ID] {
						hits++
					}
				}
			}
			recall := float64(hits) / float64(wanted*len(asked))
			t.Logf("recall@%d %.3f at beta %v: %d paragraphs of Go's doc comments, %d queries, %d dimensions", wanted, recall, beta, len(stored), len(asked), dimensions)
			assert.GreaterOrEqual(t, recall, least)
		})
	}
}
