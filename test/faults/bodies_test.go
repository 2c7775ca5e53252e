package faults

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

const (
	hugeBody   = 100 << 20
	mayGrow    = 64 << 20 // of the process, over all huge bodies
	authBound  = 10 * time.Second
	boundSlack = 4 * time.Second
	noRecord   = "/storage/records/018f4e6a-7c1d-7b2e-9a55-0c9d3e1f2a4b"
)

// target is a route that reads JSON, or that reads nothing.
type target struct {
	method, path string
	public, json bool
}

var targets = []target{
	{http.MethodPost, "/auth/register", true, true}, {http.MethodPost, "/auth/login", true, true}, {http.MethodPost, "/auth/refresh", true, true},
	{http.MethodPut, "/auth/password", false, true}, {http.MethodDelete, "/auth/me", false, true}, {http.MethodPost, "/chat", false, true},
	{http.MethodPost, "/storage/records", false, true}, {http.MethodPut, noRecord, false, true},
	{http.MethodPost, "/auth/logout", false, false}, {http.MethodPost, "/nowhere", true, false},
}

// proServer is the real binary on SQLite and files, with a pro user.
func proServer(t *testing.T, more map[string]string) (server *harness.Process, user *harness.Client, settings map[string]string) {
	t.Helper()
	settings = harness.Embedded(t)
	maps.Copy(settings, more)
	server = harness.StartProcess(t, settings)
	user = harness.SignUp(t, server.URL)
	_, err := harness.Command(t, settings, "admin", "set-tier", user.Email, "pro")
	require.NoError(t, err)
	return server, user, settings
}

// peakMemory is the most that the process has ever had resident, in bytes.
func peakMemory(t *testing.T, p *harness.Process) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if os.IsNotExist(err) {
		t.Skip("this system has no /proc")
	}
	require.NoError(t, err)
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(between(string(status), "VmHWM:", "\n"), "kB")), 10, 64)
	require.NoError(t, err)
	return kilobytes << 10
}

// endless is a JSON string without an end, counted as it is taken.
type endless struct {
	left  int64
	taken atomic.Int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.left))
	for i := range p[:n] {
		p[i] = 'a'
	}
	if e.left == hugeBody {
		copy(p, `{"email":"`)
	}
	e.left -= int64(n)
	e.taken.Add(int64(n))
	return n, nil
}

func TestHugeBodiesAreRefusedAndTakeNoMemory(t *testing.T) {
	t.Parallel()
	server, user, _ := proServer(t, nil)
	before := peakMemory(t, server)
	guest := harness.NewClient(server.URL)
	for _, to := range targets {
		for _, as := range []*harness.Client{user, guest} {
			for _, declared := range []bool{true, false} {
				status, code, taken := sendHuge(t, as, to, declared)
				about := fmt.Sprintf("%s %s, logged in %v, declared %v: took %d KiB", to.method, to.path, as == user, declared, taken>>10)
				t.Log(about, status, code)
				switch {
				case declared: // by its length alone, before anything else is asked
					assert.Equal(t, http.StatusRequestEntityTooLarge, status, about)
				case !to.public && as == guest: // strangers are refused before the body is read
					assert.Equal(t, http.StatusUnauthorized, status, about)
				case to.path == "/nowhere":
					assert.Equal(t, http.StatusNotFound, status, about)
				case to.json:
					assert.Equal(t, "payload_too_large", code, about)
				default: // a route without a body need not look at it
					assert.Contains(t, []int{http.StatusOK, http.StatusRequestEntityTooLarge}, status, about)
					again := harness.NewClient(server.URL)
					again.Keep(t, again.Expect(t, http.StatusOK, http.MethodPost, "/auth/login", map[string]string{"email": user.Email, "password": harness.Password}))
					user.Access = again.Access
				}
			}
		}
	}
	grown := peakMemory(t, server) - before
	t.Logf("the process had %d MiB before and grew by %d MiB", before>>20, grown>>20)
	assert.Less(t, grown, int64(mayGrow))
	guest.Expect(t, http.StatusOK, http.MethodGet, "/health/ready", nil)
	assert.Empty(t, listAll(t, user))
	assert.NotContains(t, server.Log(), `"status":500`)
}

// sendHuge answers with how much of the body went out.
func sendHuge(t *testing.T, as *harness.Client, to target, declared bool) (status int, code string, taken int64) {
	t.Helper()
	body := &endless{left: hugeBody}
	req, err := http.NewRequestWithContext(t.Context(), to.method, as.Base+"/api/v1"+to.path, body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	if as.Access != "" {
		req.Header.Set("Authorization", "Bearer "+as.Access)
	}
	if declared {
		req.ContentLength = hugeBody
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	require.NoError(t, err, "%s %s: the answer was lost", to.method, to.path)
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, harness.Answer{Body: answer}.Code(), body.taken.Load()
}

func TestACompressedBodyIsRefusedUnread(t *testing.T) {
	t.Parallel()
	server, user, _ := proServer(t, nil)
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, err := io.Copy(w, &endless{left: hugeBody})
	require.NoError(t, err)
	require.NoError(t, w.Close())
	before := peakMemory(t, server)
	for _, to := range targets {
		for _, as := range []*harness.Client{user, harness.NewClient(server.URL)} {
			a := as.Send(t, to.method, to.path, bomb.Bytes()[:min(bomb.Len(), 4000)], "Content-Encoding", "gzip")
			assert.Equal(t, "unsupported_media_type", a.Code(), "%s %s: %d", to.method, to.path, a.Status)
		}
	}
	assert.Less(t, peakMemory(t, server)-before, int64(mayGrow))
	assert.Empty(t, listAll(t, user))
}

// rawRequest begins a request whose body the caller writes.
func rawRequest(t *testing.T, user *harness.Client, to target, length string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(user.Base, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "%s /api/v1%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n",
		to.method, to.path, user.Access, length)
	require.NoError(t, err)
	return conn
}

// TestABodyThatTricklesInIsCutWhenTheTimeOfItsRouteIsOver sends a byte a second to routes that wait 10 s for a body.
func TestABodyThatTricklesInIsCutWhenTheTimeOfItsRouteIsOver(t *testing.T) {
	t.Parallel()
	_, user, _ := proServer(t, nil)
	var senders sync.WaitGroup
	for _, to := range targets {
		if !strings.HasPrefix(to.path, "/auth/") || !to.json {
			continue
		}
		for _, length := range []string{"Content-Length: 1000", "Transfer-Encoding: chunked"} {
			senders.Go(func() {
				about := to.method + " " + to.path + ", " + length
				conn := rawRequest(t, user, to, length)
				start := time.Now()
				ctx, stop := context.WithCancel(t.Context())
				go trickle(ctx, conn, strings.HasPrefix(length, "Transfer"))
				defer stop()
				status, code, err := awaitAnswer(conn, authBound+boundSlack)
				took := time.Since(start)
				t.Log(about, status, took.Round(10*time.Millisecond))
				if err != nil || status != http.StatusRequestTimeout || code != "request_timeout" {
					assert.Fail(t, "no answer that says so", "%s: %d %s %v", about, status, code, err)
				}
				assert.Greater(t, took, authBound-boundSlack, about)
			})
		}
	}
	senders.Wait()
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil)
}

// TestNobodyIsWaitedForWhoseRequestIsRefusedAnyway sends one byte of a body, then nothing: who is a stranger, or announces
// too much, must not hold a connection for as long as an honest upload may take.
func TestNobodyIsWaitedForWhoseRequestIsRefusedAnyway(t *testing.T) {
	t.Parallel()
	server, user, _ := proServer(t, nil)
	guest := harness.NewClient(server.URL)
	guest.Access = "none"
	var senders sync.WaitGroup
	for _, to := range targets {
		for _, c := range []struct {
			as     *harness.Client
			length string
			status int
		}{
			{user, fmt.Sprintf("Content-Length: %d", hugeBody), http.StatusRequestEntityTooLarge},
			{guest, fmt.Sprintf("Content-Length: %d", hugeBody), http.StatusRequestEntityTooLarge},
			{guest, "Content-Length: 1000", http.StatusUnauthorized},
			{guest, "Transfer-Encoding: chunked", http.StatusUnauthorized},
		} {
			if c.status == http.StatusUnauthorized && to.public {
				continue
			}
			senders.Go(func() {
				about := fmt.Sprintf("%s %s, %s, logged in %v", to.method, to.path, c.length, c.as == user)
				conn := rawRequest(t, c.as, to, c.length)
				_, _ = io.WriteString(conn, "1\r\n") // the answer may have been faster
				status, _, err := awaitAnswer(conn, boundSlack)
				if err != nil || status != c.status {
					assert.Fail(t, "not refused at once", "%s: %d %v", about, status, err)
				}
			})
		}
	}
	senders.Wait()
}

// awaitAnswer reads the answer that comes within d.
func awaitAnswer(conn net.Conn, d time.Duration) (status int, code string, err error) {
	if err := conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		return 0, "", err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, harness.Answer{Body: body}.Code(), err
}

// trickle writes a byte a second until nobody takes it.
func trickle(ctx context.Context, conn net.Conn, chunked bool) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		piece := " "
		if chunked {
			piece = "1\r\n \r\n"
		}
		if _, err := io.WriteString(conn, piece); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
