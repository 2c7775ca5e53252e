package integration

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/harness"
	"github.com/adiuva/cloud/test/services"
)

const (
	deviceWrites = 2000 // of each device
	sharedIDs    = 150  // few enough for devices to meet all the time
)

func TestDevicesConvergeOnSQLite(t *testing.T) {
	t.Parallel()
	converge(t, harness.Serve(t, harness.Embedded(t), assembly.Overrides{}))
}

func TestDevicesConvergeOnPostgreSQLOverTwoReplicas(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	settings["DATABASE_URL"] = services.DatabaseURL(t)
	converge(t, harness.Serve(t, settings, assembly.Overrides{}), harness.Serve(t, settings, assembly.Overrides{}))
}

// converge has two devices change the same records, now offline and now online, while others only read. In the end all
// have what the server has.
func converge(t *testing.T, replicas ...*harness.Server) {
	t.Helper()
	user := harness.SignUp(t, replicas[0].URL)
	replicas[0].SetTier(t, user.Email, "pro")
	ids := make([]string, sharedIDs)
	for i := range ids {
		ids[i] = uuid.NewString()
	}
	began := time.Now()
	devices := []*device{newDevice("one", user, replicas[0].URL, 1, ids), newDevice("two", user, replicas[len(replicas)-1].URL, 2, ids)}
	writing, stop := context.WithCancel(t.Context())
	var working, reading sync.WaitGroup
	readers := []*follower{{table: ""}, {table: "notes"}, {table: ""}}
	for i, r := range readers {
		reading.Go(func() {
			assert.NoError(t, r.follow(t.Context(), writing, newDevice("reader", user, replicas[i%len(replicas)].URL, 0, nil).client, 3+20*i))
		})
	}
	for _, d := range devices {
		working.Go(func() { assert.NoError(t, d.live(t.Context())) })
	}
	working.Wait()
	for range 2 { // the second round takes what the first of the other one sent
		for _, d := range devices {
			require.NoError(t, d.sync(t.Context()))
		}
	}
	stop()
	reading.Wait()
	fresh := newDevice("fresh", user, replicas[0].URL, 3, ids)
	require.NoError(t, fresh.sync(t.Context()))
	t.Logf("%d and %d writes, %d and %d of them lost to the other device, %d records left, in %s", devices[0].writes, devices[1].writes,
		devices[0].lost, devices[1].lost, len(fresh.records), time.Since(began).Round(time.Millisecond))
	for _, d := range devices {
		assert.Empty(t, d.changed)
		assert.Equal(t, fresh.records, d.records, "device %s", d.name)
		assert.Positive(t, d.lost, "the devices never met")
	}
	require.NotEmpty(t, fresh.records)
	assert.Equal(t, etags(fresh, ""), readers[0].etags)
	assert.Equal(t, etags(fresh, "notes"), readers[1].etags)
	assert.Equal(t, etags(fresh, ""), readers[2].etags)
	assert.Equal(t, etags(fresh, ""), listed(t, user), "the feed is what the list is")
}

func etags(d *device, table string) map[string]string {
	all := map[string]string{}
	for id, r := range d.records {
		if table == "" || r.table == table {
			all[id] = d.bases[id]
		}
	}
	return all
}

func listed(t *testing.T, user *harness.Client) map[string]string {
	t.Helper()
	all := map[string]string{}
	for page := 1; ; page++ {
		var list []struct{ ID, ETag string }
		user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records?limit=200&page="+strconv.Itoa(page), nil).Decode(t, &list)
		for _, m := range list {
			all[m.ID] = m.ETag
		}
		if len(list) < 200 {
			return all
		}
	}
}

// live is a day of a device: it works offline for a while, then online, where each change is sent at once.
func (d *device) live(ctx context.Context) error {
	for d.writes < deviceWrites {
		for range d.rand.IntN(200) {
			d.work()
		}
		if err := d.sync(ctx); err != nil {
			return err
		}
		for range d.rand.IntN(20) {
			d.work()
			if err := d.push(ctx); err != nil {
				return err
			}
			if d.rand.IntN(4) == 0 {
				if err := d.pull(ctx); err != nil {
					return err
				}
			}
		}
	}
	return d.sync(ctx)
}

// follower reads the feed and nothing else, and remembers the version of each record.
type follower struct {
	table string
	etags map[string]string
	last  int64 // the greatest number that it has seen
}

// follow reads until writing has ended and then to the end. An entry that comes out of order is a failure; one that is
// missed will show in what it remembers.
func (f *follower) follow(ctx, writing context.Context, c *harness.Client, limit int) error {
	f.etags = map[string]string{}
	cursor := ""
	pause := time.NewTicker(5 * time.Millisecond)
	defer pause.Stop()
	for {
		over := writing.Err() != nil
		p, err := readPage(ctx, c, cursor, f.table, limit)
		if err != nil {
			return err
		}
		for _, change := range p.Changes {
			if change.Seq <= f.last {
				return fmt.Errorf("number %d was told after %d", change.Seq, f.last)
			}
			f.last = change.Seq
			f.etags[change.ID] = change.ETag
			if change.Deleted {
				delete(f.etags, change.ID)
			}
		}
		if cursor = p.NextCursor; p.HasMore {
			continue
		}
		if over {
			return nil
		}
		select {
		case <-pause.C:
		case <-writing.Done():
		}
	}
}
