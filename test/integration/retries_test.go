package integration

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/harness"
	"github.com/adiuva/cloud/test/services"
)

func TestReplicasDoARequestWithAKeyOnce(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	settings["DATABASE_URL"] = services.DatabaseURL(t)
	replicas := []*harness.Server{harness.Serve(t, settings, assembly.Overrides{}), harness.Serve(t, settings, assembly.Overrides{})}
	user := harness.SignUp(t, replicas[0].URL)
	replicas[0].SetTier(t, user.Email, "pro")
	body := harness.RecordBody("notes", make([]byte, 200_000))
	const rivals = 24
	ids := make(chan string, rivals)
	var group sync.WaitGroup
	for i := range rivals {
		client := *user
		client.Base = replicas[i%2].URL
		group.Go(func() { ids <- insist(t, &client, body) })
	}
	group.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		assert.Equal(t, first, id)
	}
	assert.EqualValues(t, 200_000, usedBytes(t, user), "it was stored once")
}

// insist asks until it has an answer, and gives the id in it.
func insist(t *testing.T, c *harness.Client, body any) string {
	t.Helper()
	for {
		a, err := c.Try(t.Context(), http.MethodPost, "/storage/records", body, "Idempotency-Key", "the-same-for-all")
		if err != nil {
			t.Error(err)
			return ""
		}
		switch a.Status {
		case http.StatusConflict, http.StatusServiceUnavailable:
		case http.StatusCreated:
			var created struct{ ID string }
			a.Decode(t, &created)
			return created.ID
		default:
			assert.Fail(t, "an attempt was answered otherwise", "%d %s", a.Status, a.Body)
			return ""
		}
	}
}
