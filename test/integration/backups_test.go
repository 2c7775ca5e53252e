package integration

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/gormstore"
	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/quota"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/harness"
)

// TestBackupsSideBySideOnTwoReplicasNeverExceedTheQuota fills a plan up to a few backups, by a count beside the servers, and
// sends more than fit at once: none was told before that there is no room.
func TestBackupsSideBySideOnTwoReplicasNeverExceedTheQuota(t *testing.T) {
	t.Parallel()
	const size, fit, many = 300_000, 4, 16
	for name, settings := range map[string]func(t *testing.T) map[string]string{
		"sqlite+files": func(t *testing.T) map[string]string {
			t.Helper()
			s := harness.Embedded(t)
			s["DATABASE_URL"] = "sqlite://" + s["DATA_DIR"] + "/adiuva.db"
			return s
		},
		"postgres+s3": func(t *testing.T) map[string]string { t.Helper(); s, _ := harness.Real(t); return s },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := settings(t)
			replicas := []*harness.Server{harness.Serve(t, settings, assembly.Overrides{}), harness.Serve(t, settings, assembly.Overrides{})}
			user := harness.SignUp(t, replicas[0].URL)
			replicas[0].SetTier(t, user.Email, "pro")
			var me struct{ ID string }
			user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil).Decode(t, &me)
			db, closeDB, err := gormstore.Open(t.Context(), settings["DATABASE_URL"], gormstore.Options{})
			require.NoError(t, err)
			t.Cleanup(closeDB)
			const before = 5*quota.Gigabyte - fit*size - size + 1 // a byte too few for one more
			require.NoError(t, gormstore.NewStorageWork(db).Do(t.Context(), func(ctx context.Context, tx ports.StorageTx) error {
				return tx.Usage.Add(ctx, me.ID, quota.Backups, before, quota.Unlimited)
			}))
			codes := sendBackups(t, user, replicas, many, size)
			assert.Equal(t, map[string]int{"": fit, "quota_exceeded": many - fit}, codes)
			var list []struct {
				Size int64 `json:"size_bytes"`
			}
			user.Expect(t, http.StatusOK, http.MethodGet, "/backup/history", nil).Decode(t, &list)
			assert.Len(t, list, fit)
			usage, err := gormstore.NewUsage(db).Find(t.Context(), me.ID)
			require.NoError(t, err)
			assert.Equal(t, quota.Usage{BackupBytes: before + fit*size}, usage)
		})
	}
}

// TestABackupThatIsDeclaredTooLargeIsRefusedBeforeItIsSent sends one byte of it, and waits.
func TestABackupThatIsDeclaredTooLargeIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	server := harness.Serve(t, harness.InMemory(), assembly.Overrides{})
	user := harness.SignUp(t, server.URL)
	for tier, want := range map[string]string{"free": "tier_required", "pro": "quota_exceeded"} {
		server.SetTier(t, user.Email, tier)
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
		_, err = fmt.Fprintf(conn, "PUT /api/v1/backup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 5000000001\r\n"+
			"X-Backup-Version: 1\r\nX-Backup-Timestamp: 1\r\nX-Backup-Checksum: %s\r\n\r\na", user.Access, checksum.Of(nil))
		require.NoError(t, err)
		answer, err := io.ReadAll(conn) // to its end: the connection is of no use any more
		require.NoError(t, err)
		assert.Contains(t, string(answer), `"code":"`+want+`"`)
	}
}

// sendBackups sends many at once, every other without saying its length, and counts what came of them.
func sendBackups(t *testing.T, user *harness.Client, replicas []*harness.Server, many, size int) map[string]int {
	t.Helper()
	var group, begun sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	begun.Add(many)
	for i := range many {
		group.Go(func() {
			client := *user
			client.Base = replicas[i%2].URL
			content := bytes.Repeat([]byte{byte(i)}, size)
			var body any = struct{ io.Reader }{io.MultiReader(bytes.NewReader(content[:1000]), &meeting{group: &begun}, bytes.NewReader(content[1000:]))}
			if i%4 < 2 {
				body = content
				begun.Done()
			}
			a, err := client.Try(t.Context(), http.MethodPut, "/backup", body, harness.BackupHeaders(content)...)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				codes[err.Error()]++
				return
			}
			codes[a.Code()]++
			assert.True(t, a.Status == http.StatusOK || strings.Contains(string(a.Body), "5000000000"), "%s", a.Body)
		})
	}
	group.Wait()
	return codes
}

// meeting is no byte, and waits at its place until all have come to theirs.
type meeting struct {
	group *sync.WaitGroup
	once  sync.Once
}

func (m *meeting) Read([]byte) (int, error) {
	m.once.Do(m.group.Done)
	m.group.Wait()
	return 0, io.EOF
}
