package faults

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

const vectorKills = 5

// vectorOf is an item whose blob and direction follow from n.
func vectorOf(n int) map[string]any {
	random := mathrand.New(mathrand.NewPCG(uint64(n), 1))
	numbers := make([]float64, 32)
	for i := range numbers {
		numbers[i] = random.NormFloat64()
	}
	item := harness.RecordBody("", fmt.Appendf(nil, "bytes of %d", n))
	item["id"], item["embedding"] = fmt.Sprint("v", n), numbers
	return item
}

func TestKillingTheServerLosesNoVectorThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	settings := maps.Clone(harness.Embedded(t))
	maps.Copy(settings, map[string]string{"SWEEP_INTENT_LIFETIME": "2s", "SWEEP_INTERVAL": "200ms"})
	server := harness.StartProcess(t, settings)
	owner := harness.SignUp(t, server.URL)
	_, err := harness.Command(t, settings, "admin", "set-tier", owner.Email, "pro")
	require.NoError(t, err)
	var kept []int             // acknowledged and not deleted
	maybe := map[string]bool{} // nobody was told
	next := 0
	for range vectorKills {
		client := *owner
		client.Base = server.URL
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx := context.WithoutCancel(t.Context()); ; next += 2 {
				pair := map[string]any{"vectors": []any{vectorOf(next), vectorOf(next + 1)}}
				if a, err := client.Try(ctx, http.MethodPost, "/storage/vectors/upsert", pair); err != nil || a.Status != http.StatusOK {
					maybe[fmt.Sprint("v", next)], maybe[fmt.Sprint("v", next+1)] = true, true
					next += 2
					return
				}
				kept = append(kept, next+1)
				a, err := client.Try(ctx, http.MethodDelete, "/storage/vectors", map[string]any{"ids": []any{fmt.Sprint("v", next)}})
				if err != nil || a.Status != http.StatusOK {
					maybe[fmt.Sprint("v", next)] = true
					next += 2
					return
				}
			}
		}()
		time.Sleep(time.Duration(100+mathrand.IntN(200)) * time.Millisecond) // a random moment is the point
		server.Kill()
		<-done
		server = harness.StartProcess(t, settings)
	}
	owner.Base = server.URL
	require.NotEmpty(t, kept)
	for _, n := range kept {
		item := vectorOf(n)
		found := results(t, owner, item["embedding"], 1)
		require.Len(t, found, 1)
		assert.Equal(t, result{ID: fmt.Sprint("v", n), Blob: item["blob"].(string)}, found[0])
	}
	want := map[string]bool{}
	for _, n := range kept {
		want[fmt.Sprint("v", n)] = true
	}
	for _, r := range results(t, owner, vectorOf(0)["embedding"], 100) {
		assert.True(t, want[r.ID] || maybe[r.ID], "%s is found and was deleted", r.ID)
	}
	t.Logf("%d acknowledged items, %d kills", len(kept), vectorKills)
	assert.NotContains(t, server.Log(), `"status":500`)
}

type result struct{ ID, Blob string }

func results(t *testing.T, user *harness.Client, embedding any, top int) []result {
	t.Helper()
	var out struct{ Results []result }
	user.Expect(t, http.StatusOK, http.MethodPost, "/storage/vectors/search", map[string]any{"embedding": embedding, "top_k": top}).Decode(t, &out)
	for _, r := range out.Results {
		_, err := base64.StdEncoding.DecodeString(r.Blob)
		require.NoError(t, err)
	}
	return out.Results
}
