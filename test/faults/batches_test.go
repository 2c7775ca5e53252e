package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

const (
	batchKills   = 6
	batchWriters = 3
)

func TestABatchIsDoneWholeOrNotAtAllWhenTheServerIsKilledOnSQLiteAndFiles(t *testing.T) {
	t.Parallel()
	crashBatches(t, harness.Embedded(t))
}

func TestABatchIsDoneWholeOrNotAtAllWhenTheServerIsKilledOnPostgreSQLAndS3(t *testing.T) {
	t.Parallel()
	settings, _ := harness.Real(t)
	crashBatches(t, settings)
}

// crashBatches writes batches while the server is killed again and again. An acknowledged batch is there; one that was not
// answered is there whole or not at all; and the bytes that are counted are the bytes that are kept.
func crashBatches(t *testing.T, settings map[string]string) {
	t.Helper()
	server := harness.StartProcess(t, settings)
	owner := harness.SignUp(t, server.URL)
	_, err := harness.Command(t, settings, "admin", "set-tier", owner.Email, "pro")
	require.NoError(t, err)
	writers := make([]*batcher, batchWriters)
	for i := range writers {
		writers[i] = &batcher{records: map[string]string{}}
	}
	for range batchKills {
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for _, w := range writers {
			client := *owner
			client.Base = server.URL
			group.Go(func() { w.write(ctx, &client) })
		}
		time.Sleep(time.Duration(50+rand.IntN(300)) * time.Millisecond) // a random moment is the point
		server.Kill()
		stop()
		group.Wait()
		server = harness.StartProcess(t, settings)
		owner.Base = server.URL
		for _, w := range writers {
			w.settle(t, owner)
		}
	}
	answered, open := 0, 0
	for _, w := range writers {
		answered, open = answered+w.answered, open+w.unanswered
	}
	t.Logf("%d batches answered, %d not, %d kills", answered, open, batchKills)
	require.Positive(t, answered)
	require.Positive(t, open, "no kill hit a batch")
	assertCounted(t, owner)
	assert.NotContains(t, server.Log(), `"status":500`)
}

// batcher writes records of its own and knows what they have to be.
type batcher struct {
	records              map[string]string // id to content
	made                 int
	maybe                map[string]string // what the records are if the batch that was not answered was done; nil for none
	answered, unanswered int
}

// write sends batches until the server is gone.
func (b *batcher) write(ctx context.Context, c *harness.Client) {
	for ctx.Err() == nil {
		next := maps.Clone(b.records)
		operations := b.operations(next)
		a, err := c.Try(ctx, http.MethodPost, "/storage/records/batch", map[string]any{"operations": operations})
		if err != nil {
			b.maybe = next
			b.unanswered++
			return
		}
		if a.Status != http.StatusOK || !allDone(a.Body) {
			continue // refused because it is going down; what it says is checked by settle
		}
		b.records = next
		b.answered++
	}
}

// operations are some creations, and an update and a deletion of what there is, as next will show them.
func (b *batcher) operations(next map[string]string) []any {
	had := slices.Collect(maps.Keys(b.records))
	var all []any
	for range 3 {
		id := uuid.NewString()
		all = append(all, b.operation("create", id, next))
	}
	if len(had) > 1 {
		all = append(all, b.operation("update", had[0], next), map[string]any{"op": "delete", "id": had[1]})
		delete(next, had[1])
	}
	return all
}

func (b *batcher) operation(op, id string, next map[string]string) map[string]any {
	b.made++
	next[id] = fmt.Sprintf("content %d %x", b.made, rand.Uint64())
	table := "tasks"
	if op == "update" {
		table = ""
	}
	body := harness.RecordBody(table, []byte(next[id]))
	body["op"], body["id"] = op, id
	return body
}

func allDone(body []byte) bool {
	var out struct{ Results []struct{ Status int } }
	if json.Unmarshal(body, &out) != nil {
		return false
	}
	return !slices.ContainsFunc(out.Results, func(r struct{ Status int }) bool { return r.Status >= http.StatusBadRequest })
}

// settle finds out which of the two it is that there is.
func (b *batcher) settle(t *testing.T, c *harness.Client) {
	t.Helper()
	candidates := []map[string]string{b.records}
	if b.maybe != nil {
		candidates = append(candidates, b.maybe)
	}
	there := map[string]string{}
	for _, known := range candidates {
		for id := range known {
			a := c.Send(t, http.MethodGet, "/storage/records/"+id, nil)
			if a.Status == http.StatusOK {
				there[id] = string(a.Body)
			} else {
				require.Equal(t, http.StatusNotFound, a.Status, "%s", a.Body)
			}
		}
	}
	require.True(t, slices.ContainsFunc(candidates, func(m map[string]string) bool { return maps.Equal(m, there) }),
		"the records are neither what they were nor what they were to be")
	b.records, b.maybe = there, nil
}

// assertCounted checks that the usage is the sum of what is listed, and that the feed tells of the same.
func assertCounted(t *testing.T, c *harness.Client) {
	t.Helper()
	var usage struct {
		Records struct {
			UsedBytes int64 `json:"used_bytes"`
		}
	}
	c.Expect(t, http.StatusOK, http.MethodGet, "/storage/usage", nil).Decode(t, &usage)
	var sum int64
	cursor, alive := "", 0
	for more := true; more; {
		var feed struct {
			Changes []struct {
				Deleted   bool
				SizeBytes int64 `json:"size_bytes"`
			}
			NextCursor string `json:"next_cursor"`
			HasMore    bool   `json:"has_more"`
		}
		c.Expect(t, http.StatusOK, http.MethodGet, "/storage/changes?limit=200&cursor="+cursor, nil).Decode(t, &feed)
		for _, change := range feed.Changes {
			if sum += change.SizeBytes; !change.Deleted {
				alive++
			}
		}
		cursor, more = feed.NextCursor, feed.HasMore
	}
	assert.Equal(t, sum, usage.Records.UsedBytes, "what is counted is not what is kept")
	assert.Len(t, listAll(t, c), alive)
}
