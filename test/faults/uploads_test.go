package faults

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	sweepSoon := map[string]string{"SWEEP_INTERVAL": "50ms", "SWEEP_INTENT_LIFETIME": "300ms", "SWEEP_READER_GRACE": "100ms"}
	server, user, settings := proServer(t, sweepSoon)
	kept := user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records", harness.RecordBody("notes", []byte("kept")))
	id := between(string(kept.Body), `"id":"`, `"`)
	whole := []byte(`{"table":"notes","blob":"` + strings.Repeat("AAAA", 1<<18) + `","checksum":"` + strings.Repeat("0", 64) + `"}`)
	breaks := 0
	for _, to := range []target{{http.MethodPost, "/storage/records", false, true}, {http.MethodPut, "/storage/records/" + id, false, true}} {
		for _, sent := range []int{0, 1, len(whole) / 2, len(whole) - 1} {
			for _, how := range []string{"closed", "reset", "half closed"} {
				breaks++
				conn := rawRequest(t, user, to, fmt.Sprintf("Content-Length: %d", len(whole)))
				_, err := conn.Write(whole[:sent])
				require.NoError(t, err)
				breakOff(t, conn, how)
			}
		}
	}
	assert.Eventually(t, func() bool { return strings.Count(server.Log(), `"status":400`) == breaks }, 20*time.Second, 20*time.Millisecond,
		"every broken request ends, and is in the log as what it was")
	assert.NotContains(t, server.Log(), `"status":500`)
	assert.Equal(t, []string{id}, listAll(t, user))
	assert.Equal(t, "kept", string(user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+id, nil).Body))
	objects := filepath.Join(settings["DATA_DIR"], "objects")
	assert.Eventually(t, func() bool { return len(filesBelow(t, objects)) == 1 }, 20*time.Second, 50*time.Millisecond, "one object, of the record that is kept")
}

// breakOff ends a request in the middle. One that was only half closed can still be told that it was not complete.
func breakOff(t *testing.T, conn net.Conn, how string) {
	t.Helper()
	tcp, ok := conn.(*net.TCPConn)
	require.True(t, ok)
	switch how {
	case "reset":
		require.NoError(t, tcp.SetLinger(0))
		require.NoError(t, tcp.Close())
	case "half closed":
		require.NoError(t, tcp.CloseWrite())
		_ = tcp.SetReadDeadline(time.Now().Add(20 * time.Second))
		res, err := http.ReadResponse(bufio.NewReader(tcp), nil)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		assert.Equal(t, http.StatusBadRequest, res.StatusCode)
	default:
		require.NoError(t, tcp.Close())
	}
}
