package integration

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/harness"
	"github.com/adiuva/cloud/test/services"
)

const (
	crowdUploads = 200 // at once
	uploadBytes  = 1000
	roomFor      = 70 // uploads, and one byte less than another
)

func TestACrowdAtTheEdgeOfTheQuotaNeverKeepsAByteTooManyOnSQLite(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	settings["DATABASE_URL"] = "sqlite://" + settings["DATA_DIR"] + "/adiuva.db"
	crowd(t, settings["DATABASE_URL"], harness.Serve(t, settings, assembly.Overrides{}))
}

func TestACrowdAtTheEdgeOfTheQuotaNeverKeepsAByteTooManyOnPostgreSQLOverTwoReplicas(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	settings["DATABASE_URL"] = services.DatabaseURL(t)
	crowd(t, settings["DATABASE_URL"], harness.Serve(t, settings, assembly.Overrides{}), harness.Serve(t, settings, assembly.Overrides{}))
}

// crowd uploads more than there is room for, all at once: single records as JSON and as bytes, and batches. Nobody wants
// to send 5 GB, so most of the room is taken beside the server.
func crowd(t *testing.T, databaseURL string, replicas ...*harness.Server) {
	t.Helper()
	user := harness.SignUp(t, replicas[0].URL)
	replicas[0].SetTier(t, user.Email, "pro")
	const taken = 5*quota.Gigabyte - roomFor*uploadBytes - (uploadBytes - 1)
	take(t, databaseURL, user, taken)
	stored := make(chan int, crowdUploads)
	var group sync.WaitGroup
	for i := range crowdUploads / 2 {
		client := *user
		client.Base = replicas[i%len(replicas)].URL
		group.Go(func() { upload(t, &client, i, stored) })
	}
	group.Wait()
	close(stored)
	sum := 0
	for n := range stored {
		sum += n
	}
	assert.Equal(t, roomFor, sum, "of those who were told that there was room, and those who fit")
	assert.EqualValues(t, taken+roomFor*uploadBytes, usedBytes(t, user))
	assert.EqualValues(t, roomFor*uploadBytes, listedBytes(t, user), "what is counted is what is there")
}

// upload sends two records and answers how many were stored. A server that is too busy is asked again: only a full quota
// may keep an upload out.
func upload(t *testing.T, c *harness.Client, i int, stored chan<- int) {
	t.Helper()
	blob := fmt.Appendf(nil, "%0*d", uploadBytes, i)
	one := harness.RecordBody("notes", blob)
	var statuses []int
	switch i % 3 {
	case 0:
		one["op"] = "create"
		a := persist(t, c, "/storage/records/batch", map[string]any{"operations": []any{one, one}})
		var out struct{ Results []struct{ Status int } }
		a.Decode(t, &out)
		for _, r := range out.Results {
			statuses = append(statuses, r.Status)
		}
	case 1:
		for range 2 {
			statuses = append(statuses, persist(t, c, "/storage/records", one).Status)
		}
	default:
		for range 2 {
			a := persist(t, c, "/storage/records?table=notes", blob, "Content-Type", "application/octet-stream", "X-Checksum", checksum.Of(blob).String())
			statuses = append(statuses, a.Status)
		}
	}
	n := 0
	for _, status := range statuses {
		if status == http.StatusCreated {
			n++
		} else {
			assert.Equal(t, http.StatusRequestEntityTooLarge, status)
		}
	}
	stored <- n
}

// persist posts until the server has time.
func persist(t *testing.T, c *harness.Client, path string, body any, headers ...string) harness.Answer {
	t.Helper()
	for {
		a, err := c.Try(t.Context(), http.MethodPost, path, body, headers...)
		if err != nil {
			t.Error(err)
			return a
		}
		if a.Status != http.StatusServiceUnavailable {
			return a
		}
	}
}

// take counts bytes for the user that nobody sent.
func take(t *testing.T, databaseURL string, user *harness.Client, bytes int64) {
	t.Helper()
	var me struct{ ID string }
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil).Decode(t, &me)
	db, closeDB, err := gormstore.Open(t.Context(), databaseURL, gormstore.Options{})
	require.NoError(t, err)
	defer closeDB()
	require.NoError(t, gormstore.NewStorageWork(db).Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
		return tx.Usage.Add(ctx, me.ID, quota.Records, bytes, quota.Unlimited)
	}))
}

func usedBytes(t *testing.T, user *harness.Client) int64 {
	t.Helper()
	var usage struct {
		Records struct {
			UsedBytes int64 `json:"used_bytes"`
		}
	}
	user.Expect(t, http.StatusOK, http.MethodGet, "/storage/usage", nil).Decode(t, &usage)
	return usage.Records.UsedBytes
}

func listedBytes(t *testing.T, user *harness.Client) (sum int64) {
	t.Helper()
	var list []struct {
		SizeBytes int64 `json:"size_bytes"`
	}
	user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records?limit=200", nil).Decode(t, &list)
	for _, m := range list {
		sum += m.SizeBytes
	}
	return sum
}
