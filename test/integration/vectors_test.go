package integration

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/harness"
)

func TestASpaceHasOneDimensionHoweverManyWriteAtOnceOnSQLite(t *testing.T) {
	t.Parallel()
	oneDimension(t, harness.Embedded(t))
}

func TestASpaceHasOneDimensionHoweverManyWriteAtOnceOnPostgreSQL(t *testing.T) {
	t.Parallel()
	settings, _ := harness.Real(t)
	oneDimension(t, settings)
}

// oneDimension lets many writers race for an empty space, with embeddings of two lengths: one length gets it, what was
// acknowledged is found, also after a restart, and what is counted is what is kept.
func oneDimension(t *testing.T, settings map[string]string) {
	t.Helper()
	server := harness.Serve(t, settings, assembly.Overrides{})
	user := harness.SignUp(t, server.URL)
	server.SetTier(t, user.Email, "pro")
	embedding := func(n, dimension int) []float64 {
		numbers := make([]float64, dimension)
		numbers[n%8], numbers[(n+1)%8] = 1, float64(n)/100
		return numbers
	}
	const writers = 16
	answers := make([]harness.Answer, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			item := harness.RecordBody("", fmt.Appendf(nil, "item %02d", i))
			item["id"], item["embedding"] = fmt.Sprint("v", i), embedding(i, 8+i%2)
			answers[i] = user.Send(t, http.MethodPost, "/storage/vectors/upsert", map[string]any{"vectors": []any{item}})
		})
	}
	group.Wait()
	kept := map[int]int{}
	want := []string{}
	for i, a := range answers {
		if a.Status == http.StatusOK {
			kept[8+i%2]++
			want = append(want, fmt.Sprint("v", i))
			continue
		}
		assert.Equal(t, http.StatusUnprocessableEntity, a.Status, "%s", a.Body)
	}
	require.Len(t, kept, 1, "both lengths got in")
	dimension := 8 + kept[9]/max(1, kept[9])
	assert.Equal(t, writers/2, kept[dimension], "none of the right length was refused")
	check := func() {
		var out struct{ Results []struct{ ID string } }
		user.Expect(t, http.StatusOK, http.MethodPost, "/storage/vectors/search", map[string]any{"embedding": embedding(0, dimension), "top_k": 100}).Decode(t, &out)
		var found []string
		for _, r := range out.Results {
			found = append(found, r.ID)
		}
		assert.ElementsMatch(t, want, found)
		var usage struct {
			Records struct {
				Used int `json:"used_bytes"`
			}
		}
		user.Expect(t, http.StatusOK, http.MethodGet, "/storage/usage", nil).Decode(t, &usage)
		assert.Equal(t, len(want)*(len("item 00")+4*dimension), usage.Records.Used)
	}
	check()
	require.NoError(t, server.Stop())
	again := harness.Serve(t, settings, assembly.Overrides{})
	user.Base = again.URL
	check()
}
