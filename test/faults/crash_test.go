// Package faults breaks the product and what it stands on, and checks what is left. Start at crash_test.go.
package faults

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/test/harness"
)

const (
	crashWrites  = 200 // acknowledged, at least
	crashKills   = 10  // at least
	crashWriters = 4
)

func TestKillingTheServerLosesNothingAcknowledgedOnSQLiteAndFiles(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	crash(t, settings, func(t *testing.T) []string {
		t.Helper()
		return filesBelow(t, filepath.Join(settings["DATA_DIR"], "objects"))
	})
}

func TestKillingTheServerLosesNothingAcknowledgedOnPostgreSQLAndS3(t *testing.T) {
	t.Parallel()
	settings, bucket := harness.Real(t)
	crash(t, settings, func(t *testing.T) []string {
		t.Helper()
		keys, err := bucket.Keys(t.Context())
		require.NoError(t, err)
		return keys
	})
}

// crash writes records and backups from several clients while the server is killed at random moments, again and again, then checks that
// every acknowledged write is there byte for byte and, after a sweep, that nothing else is.
func crash(t *testing.T, settings map[string]string, objects func(t *testing.T) []string) {
	t.Helper()
	settings = maps.Clone(settings)
	maps.Copy(settings, map[string]string{"SWEEP_INTENT_LIFETIME": "2s", "SWEEP_READER_GRACE": "1ms", "SWEEP_INTERVAL": "200ms"})
	server := harness.StartProcess(t, settings)
	owner := harness.SignUp(t, server.URL)
	_, err := harness.Command(t, settings, "admin", "set-tier", owner.Email, "pro")
	require.NoError(t, err)

	journal := &journal{records: map[string]*recordState{}}
	kills := 0
	for journal.acknowledged() < crashWrites || kills < crashKills {
		ctx, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		for range crashWriters {
			client := *owner
			client.Base = server.URL
			writers.Go(func() { journal.write(ctx, &client) })
		}
		time.Sleep(time.Duration(20+mathrand.IntN(150)) * time.Millisecond) // a random moment is the point
		server.Kill()
		kills++
		stop()
		writers.Wait()
		server = harness.StartProcess(t, settings)
	}
	owner.Base = server.URL
	t.Logf("%d acknowledged writes, %d kills", journal.acknowledged(), kills)
	alive := journal.verify(t, owner)
	require.NotZero(t, alive["/storage/records/"])
	require.NotZero(t, alive["/backup/"])
	assert.Eventually(t, func() bool { return len(objects(t)) == len(listAll(t, owner))+len(listBackups(t, owner)) }, 90*time.Second, 300*time.Millisecond,
		"after the sweep the store holds exactly one object for each record and each backup")
	assertUsage(t, owner)
	assertCounted(t, owner)
	assert.NotContains(t, server.Log(), `"status":500`)
}

// recordState is what may be true of one record or backup: the last acknowledged bytes, and what an unanswered request may have
// made of it since.
type recordState struct {
	sum     checksum.Sum
	exists  bool
	maybe   []checksum.Sum // unanswered updates
	mayGone bool           // an unanswered delete
}

type journal struct {
	mu      sync.Mutex
	records map[string]*recordState // by path
	acks    int
}

func (j *journal) acknowledged() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.acks
}

// write creates, updates and deletes records and backups of its own until ctx ends or the server dies.
func (j *journal) write(ctx context.Context, c *harness.Client) {
	var mine, saved []string
	for ctx.Err() == nil {
		blob := make([]byte, 1+mathrand.IntN(32<<10))
		_, _ = rand.Read(blob)
		var err error
		switch n := mathrand.IntN(14); {
		case n >= 11 || n == 10 && len(saved) == 0:
			saved, err = j.backUp(ctx, c, bytes.Repeat(blob, 1+mathrand.IntN(10)), saved)
		case n == 10:
			i := mathrand.IntN(len(saved))
			err = j.remove(ctx, c, saved[i])
			saved = slices.Delete(saved, i, i+1)
		case n < 5 || len(mine) == 0:
			mine, err = j.create(ctx, c, blob, mine)
		case n < 8:
			err = j.update(ctx, c, mine[mathrand.IntN(len(mine))], blob)
		default:
			i := mathrand.IntN(len(mine))
			err = j.remove(ctx, c, mine[i])
			mine = slices.Delete(mine, i, i+1)
		}
		if err != nil {
			return // the server is gone
		}
	}
}

func (j *journal) create(ctx context.Context, c *harness.Client, blob []byte, mine []string) ([]string, error) {
	body := harness.RecordBody("tasks", blob)
	a, err := c.Try(ctx, http.MethodPost, "/storage/records", body)
	if err != nil || a.Status != http.StatusCreated {
		return mine, err
	}
	return append(mine, j.created("/storage/records/", a, blob)), nil
}

func (j *journal) created(prefix string, a harness.Answer, blob []byte) (path string) {
	path = prefix + between(string(a.Body), `"id":"`, `"`)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.acks++
	j.records[path] = &recordState{sum: checksum.Of(blob), exists: true}
	return path
}

func (j *journal) backUp(ctx context.Context, c *harness.Client, content []byte, saved []string) ([]string, error) {
	var body any = content
	if len(content)%2 == 0 {
		body = struct{ io.Reader }{bytes.NewReader(content)} // of a length that is not declared
	}
	a, err := c.Try(ctx, http.MethodPut, "/backup", body, harness.BackupHeaders(content)...)
	if err != nil || a.Status != http.StatusOK {
		return saved, err
	}
	return append(saved, j.created("/backup/", a, content)), nil
}

func (j *journal) update(ctx context.Context, c *harness.Client, path string, blob []byte) error {
	a, err := c.Try(ctx, http.MethodPut, path, harness.RecordBody("", blob))
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.records[path]
	switch {
	case err != nil:
		r.maybe = append(r.maybe, checksum.Of(blob))
	case a.Status == http.StatusOK:
		j.acks++
		r.sum, r.maybe = checksum.Of(blob), nil
	}
	return err
}

func (j *journal) remove(ctx context.Context, c *harness.Client, path string) error {
	a, err := c.Try(ctx, http.MethodDelete, path, nil)
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.records[path]
	switch {
	case err != nil:
		r.mayGone = true
	case a.Status == http.StatusOK:
		j.acks++
		r.exists = false
	}
	return err
}

// verify reads every record and backup and answers how many of each are alive.
func (j *journal) verify(t *testing.T, c *harness.Client) map[string]int {
	t.Helper()
	alive := map[string]int{}
	for path, r := range j.records {
		a := c.Send(t, http.MethodGet, path, nil)
		switch {
		case !r.exists:
			assert.Equal(t, http.StatusNotFound, a.Status, "what was deleted came back")
		case a.Status == http.StatusNotFound:
			assert.True(t, r.mayGone, "what was acknowledged is lost")
		default:
			alive[path[:strings.LastIndex(path, "/")+1]]++
			require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
			got := checksum.Of(a.Body)
			assert.Equal(t, got.String(), a.Header.Get("X-Checksum"), "bytes and checksum disagree")
			assert.True(t, got.Equal(r.sum) || slices.ContainsFunc(r.maybe, got.Equal), "the bytes are of no write that was made")
		}
	}
	return alive
}

// listAll are the ids of all records, page by page.
func listAll(t *testing.T, c *harness.Client) []string {
	t.Helper()
	var ids []string
	for page := 1; ; page++ {
		a := c.Expect(t, http.StatusOK, http.MethodGet, "/storage/records?limit=200&page="+strconv.Itoa(page), nil)
		var metas []struct {
			ID string `json:"id"`
		}
		a.Decode(t, &metas)
		for _, m := range metas {
			ids = append(ids, m.ID)
		}
		if len(metas) < 200 {
			return ids
		}
	}
}

// listBackups are all backups, by id, with their sizes.
func listBackups(t *testing.T, c *harness.Client) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for page := 1; ; page++ {
		a := c.Expect(t, http.StatusOK, http.MethodGet, "/backup/history?limit=200&page="+strconv.Itoa(page), nil)
		var metas []struct {
			ID   string `json:"id"`
			Size int64  `json:"size_bytes"`
		}
		a.Decode(t, &metas)
		for _, m := range metas {
			all[m.ID] = m.Size
		}
		if len(metas) < 200 {
			return all
		}
	}
}

// assertUsage checks that what is counted is the sum of what there is, to the byte.
func assertUsage(t *testing.T, c *harness.Client) {
	t.Helper()
	var usage struct {
		Backups struct {
			Used int64 `json:"used_bytes"`
		}
	}
	c.Expect(t, http.StatusOK, http.MethodGet, "/storage/usage", nil).Decode(t, &usage)
	var sum int64
	for _, size := range listBackups(t, c) {
		sum += size
	}
	assert.Equal(t, sum, usage.Backups.Used)
}

func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return nil // a file that the sweeper took meanwhile
	}))
	return files
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
