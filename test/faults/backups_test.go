package faults

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/test/harness"
)

// noise is so many bytes that look random and are the same each time, of which nothing is held.
func noise(size int64) io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{7}), size) }

func sumOfNoise(t *testing.T, size int64) checksum.Sum {
	t.Helper()
	sum := checksum.NewReader(noise(size), checksum.Sum{})
	_, _ = io.Copy(io.Discard, sum) // it is of no sum that was wanted
	return sum.Sum()
}

// putNoise sends a backup of so many bytes and answers the status. declared says whether it tells its length.
func putNoise(t *testing.T, user *harness.Client, size int64, declared bool) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, user.Base+"/api/v1/backup", io.NopCloser(noise(size)))
	require.NoError(t, err)
	if declared {
		req.ContentLength = size
	}
	req.Header.Set("Authorization", "Bearer "+user.Access)
	req.Header.Set("X-Backup-Version", "1")
	req.Header.Set("X-Backup-Timestamp", "1767225600000")
	req.Header.Set("X-Backup-Checksum", sumOfNoise(t, size).String())
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

// download is an answer on its way. It is closed when the test ends.
type download struct {
	status int
	header http.Header
	body   io.Reader
}

func getBackup(t *testing.T, user *harness.Client, headers ...string) download {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, user.Base+"/api/v1/backup", http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+user.Access)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return download{res.StatusCode, res.Header, res.Body}
}

// backupBytes is the size of the large backup. `make large-backups` makes it 2 GiB.
func backupBytes(t *testing.T) int64 {
	t.Helper()
	if given := os.Getenv("BACKUP_BYTES"); given != "" {
		n, err := strconv.ParseInt(given, 10, 64)
		require.NoError(t, err)
		return n
	}
	return 192 << 20
}

func TestALargeBackupGoesUpAndDownInBoundedMemory(t *testing.T) {
	t.Parallel()
	const most = 64 << 20
	size := backupBytes(t)
	stages(t, func(t *testing.T, s stage) {
		t.Helper()
		for _, declared := range []bool{true, false} { // whatever is loaded and grows once
			require.Equal(t, http.StatusOK, putNoise(t, s.user, 20<<20, declared))
			_, err := io.Copy(io.Discard, getBackup(t, s.user).body)
			require.NoError(t, err)
		}
		before := peakMemory(t, s.server)
		for _, declared := range []bool{true, false} {
			begin := time.Now()
			require.Equal(t, http.StatusOK, putNoise(t, s.user, size, declared))
			up := time.Since(begin)
			begin = time.Now()
			got := checksum.NewReader(getBackup(t, s.user).body, checksum.Sum{})
			n, _ := io.Copy(io.Discard, got)
			assert.Equal(t, size, n)
			assert.Equal(t, sumOfNoise(t, size), got.Sum())
			grown := peakMemory(t, s.server) - before
			t.Logf("%d MiB, declared %v: up in %v, down in %v; the peak of memory grew by %.1f MiB from %.1f MiB", size>>20, declared, up.Round(time.Millisecond),
				time.Since(begin).Round(time.Millisecond), float64(grown)/(1<<20), float64(before)/(1<<20))
			assert.Less(t, grown, int64(most))
		}
	}, nil)
}

func TestADamagedBackupNeverLooksComplete(t *testing.T) {
	t.Parallel()
	stages(t, func(t *testing.T, s stage) {
		t.Helper()
		const size = 20 << 20
		require.Equal(t, http.StatusOK, putNoise(t, s.user, size, true))
		s.damage(t, 1) // the last byte
		res := getBackup(t, s.user)
		require.Equal(t, http.StatusOK, res.status)
		n, err := io.Copy(io.Discard, res.body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		assert.LessOrEqual(t, n, int64(size)-size%(4<<20)-1)
		part := getBackup(t, s.user, "Range", "bytes=100-4194403")
		require.Equal(t, http.StatusPartialContent, part.status)
		_, err = io.Copy(io.Discard, part.body)
		require.NoError(t, err, "what is sound can be had")
		damaged := getBackup(t, s.user, "Range", "bytes=-10")
		assert.Equal(t, http.StatusInternalServerError, damaged.status, "known before the answer begins")
		assert.Eventually(t, func() bool { return strings.Count(s.server.Log(), "chunk 4") >= 2 }, 10*time.Second, 20*time.Millisecond, "an operator is told where")
	}, nil)
}

func TestABackupThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	sweepSoon := map[string]string{"SWEEP_INTERVAL": "100ms", "SWEEP_INTENT_LIFETIME": "2s", "SWEEP_READER_GRACE": "100ms"}
	stages(t, func(t *testing.T, s stage) {
		t.Helper()
		require.Equal(t, http.StatusOK, putNoise(t, s.user, 1000, true))
		const size = 18 << 20
		sum := sumOfNoise(t, size)
		breaks := 0
		for _, percent := range []int64{1, 50, 99} {
			for _, how := range []string{"closed", "reset", "half closed"} {
				for _, declared := range []bool{true, false} {
					breaks++
					length := "Content-Length: " + strconv.Itoa(size)
					if !declared {
						length = "Transfer-Encoding: chunked"
					}
					length += "\r\nX-Backup-Version: 1\r\nX-Backup-Timestamp: 1\r\nX-Backup-Checksum: " + sum.String()
					conn := rawUpload(t, s.user, length)
					w := io.Writer(conn)
					if !declared {
						w = chunkedWriter{conn}
					}
					buffered := bufio.NewWriterSize(w, 64<<10)
					_, err := io.Copy(buffered, noise(size*percent/100))
					require.NoError(t, err)
					require.NoError(t, buffered.Flush())
					breakOff(t, conn, how)
				}
			}
		}
		assert.Eventually(t, func() bool { return strings.Count(s.server.Log(), `"status":400`) == breaks }, 30*time.Second, 20*time.Millisecond, "each is in the log as what it was")
		wrong := s.user.Send(t, http.MethodPut, "/backup", make([]byte, size), harness.BackupHeaders([]byte("other"))...)
		assert.Equal(t, "checksum_mismatch", wrong.Code())
		assert.Eventually(t, func() bool { return len(s.objects(t)) == 1 }, 60*time.Second, 100*time.Millisecond, "one object, of the backup that is kept")
		var usage struct {
			Backups struct {
				Used int64 `json:"used_bytes"`
			}
		}
		s.user.Expect(t, http.StatusOK, http.MethodGet, "/storage/usage", nil).Decode(t, &usage)
		assert.Equal(t, int64(1000), usage.Backups.Used)
		assert.NotContains(t, s.server.Log(), `"status":500`)
		res := getBackup(t, s.user)
		got, err := io.ReadAll(res.body)
		require.NoError(t, err)
		assert.Equal(t, sumOfNoise(t, 1000), checksum.Of(got))
	}, sweepSoon)
}

// TestADownloadGoesOnAfterTheServerWasKilled takes a part, kills the server, and takes the rest of the next one.
func TestADownloadGoesOnAfterTheServerWasKilled(t *testing.T) {
	t.Parallel()
	settings := harness.Embedded(t)
	var s stage
	s.start(t, settings, nil)
	const size = 30 << 20
	require.Equal(t, http.StatusOK, putNoise(t, s.user, size, false))
	first := getBackup(t, s.user)
	var got bytes.Buffer
	_, err := io.CopyN(&got, first.body, 11<<20)
	require.NoError(t, err)
	s.server.Kill()
	_, err = io.Copy(&got, first.body)
	require.Error(t, err)
	s.user.Base = harness.StartProcess(t, settings).URL
	rest := getBackup(t, s.user, "Range", fmt.Sprintf("bytes=%d-", got.Len()), "If-Range", first.header.Get("ETag"))
	require.Equal(t, http.StatusPartialContent, rest.status)
	_, err = io.Copy(&got, rest.body)
	require.NoError(t, err)
	assert.Equal(t, first.header.Get("X-Checksum"), checksum.Of(got.Bytes()).String())
}
