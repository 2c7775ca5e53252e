package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/adiuva/cloud/application/accounts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// zeros is a body that costs the client nothing.
type zeros struct{ left, sent int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	for i := range p[:n] {
		p[i] = '0'
	}
	z.left -= n
	atomic.AddInt64(&z.sent, n)
	return int(n), nil
}

// peakRSS is the most memory that this process ever had, in bytes.
func peakRSS(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc here")
	}
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	require.True(t, ok)
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	require.NoError(t, err)
	return kb << 10
}

// Not parallel: it measures the memory of the process.
func TestAHundredMegabytesAreRefusedOnEveryRouteInBoundedMemory(t *testing.T) { //nolint:paralleltest // see above
	const size = 100 << 20
	s := serve(t, useCases())
	before := peakRSS(t)
	for _, row := range []struct {
		name, method, path string
		auth               bool
		length             int64
		want               []int
	}{
		{"login", "POST", "/api/v1/auth/login", false, size, []int{413}},
		{"login, chunked", "POST", "/api/v1/auth/login", false, -1, []int{413}},
		{"chat", "POST", "/api/v1/chat", true, size, []int{413}},
		{"chat, chunked", "POST", "/api/v1/chat", true, -1, []int{413}},
		{"records", "POST", "/api/v1/storage/records", true, size, []int{413}},
		{"records, chunked", "POST", "/api/v1/storage/records", true, -1, []int{413}},
		{"chat by nobody", "POST", "/api/v1/chat", false, size, []int{413}},
		{"chat by nobody, chunked", "POST", "/api/v1/chat", false, -1, []int{401}},
		{"a route without a body", "POST", "/api/v1/auth/logout", true, size, []int{413}},
		{"no route", "POST", "/api/v1/nowhere", false, size, []int{413}},
		{"no route, chunked", "POST", "/api/v1/nowhere", false, -1, []int{404}},
		{"no method", "PATCH", "/api/v1/chat", false, -1, []int{405}},
	} {
		body := &zeros{left: size}
		req, err := http.NewRequestWithContext(t.Context(), row.method, "http://"+s.addr+row.path, io.NopCloser(body))
		require.NoError(t, err)
		req.ContentLength = row.length
		req.Header.Set("Content-Type", "application/json")
		if row.auth {
			req.Header.Set("Authorization", "Bearer "+goodToken)
		}
		start := time.Now()
		resp, err := client(t).Do(req)
		require.NoError(t, err, row.name)
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		assert.Contains(t, row.want, resp.StatusCode, row.name)
		problem(t, resp, string(text))
		assert.Less(t, time.Since(start), 5*time.Second, row.name)
		assert.Less(t, atomic.LoadInt64(&body.sent), int64(size), "%s: the answer comes before the body is through", row.name)
	}
	assert.Less(t, peakRSS(t)-before, int64(256<<20), "the race detector included")
}

// exchange writes raw bytes and gives the status of the answer and the rest; 0 if the connection just ends.
func exchange(t *testing.T, addr, raw string) (status int, body string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, raw)
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func TestAClientThatSendsItsBodyWholeStillGetsTheAnswer(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	// Many clients look for an answer only after the last byte: a reset connection would hide it from them.
	head := fmt.Sprintf("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", 20<<20)
	status, body := exchange(t, s.addr, head+strings.Repeat("0", 20<<20))
	assert.Equal(t, 413, status, body)
}

func TestAClientThatAsksFirstIsAnsweredBeforeItSendsTheBody(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	for name, row := range map[string]struct {
		headers string
		want    int
	}{
		"too large": {"Content-Length: 104857600\r\n", 413},
		"encoded":   {"Content-Length: 10\r\nContent-Encoding: gzip\r\n", 415},
	} {
		status, body := exchange(t, s.addr, "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"+row.headers+"\r\n")
		assert.Equal(t, row.want, status, name)
		assert.Contains(t, body, `"instance":"`+fixed{}.NewID(), name)
	}
	status, _ := exchange(t, s.addr, "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 30\r\n\r\n"+`{"email":"a","password":"bcde"}`[:30])
	assert.Equal(t, 100, status)
}

func TestASlowBodyThatArrivesWithinItsTimeIsServed(t *testing.T) {
	t.Parallel()
	uc := useCases()
	got := make(chan accounts.LoginInput, 1)
	uc.Accounts.Login = does[accounts.LoginInput, accounts.Tokens](func(_ context.Context, in accounts.LoginInput) (accounts.Tokens, error) {
		got <- in
		return accounts.Tokens{}, nil
	})
	s := serve(t, uc)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	body := `{"email":"ada@example.com","password":"correct horse"}`
	_, err = fmt.Fprintf(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nUser-Agent: Adiuva/1 é\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: %d\r\n\r\n", len(body))
	require.NoError(t, err)
	for i := range len(body) {
		_, err = io.WriteString(conn, body[i:i+1])
		require.NoError(t, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, accounts.LoginInput{Email: "ada@example.com", Password: "correct horse", Device: "Adiuva/1 ", Address: "127.0.0.1"}, <-got)
}

func TestABodyThatStallsIsARequestTimeout(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	status, body := exchange(t, s.addr, "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
	assert.Equal(t, 408, status, body)
	assert.Contains(t, body, `"code":"request_timeout"`)
}

func TestHostileRequestsAreRefusedWithoutAnEcho(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	const secret = "s3cr3t"
	for name, row := range map[string]struct {
		raw  string
		want []int
	}{
		"no host":                   {"GET /api/v1/health HTTP/1.1\r\n\r\n", []int{400}},
		"two hosts":                 {"GET /api/v1/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", []int{400}},
		"another version":           {"GET /api/v1/health HTTP/9.9\r\nHost: a\r\n\r\n", []int{400}},
		"HTTP/2 without TLS":        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400}},
		"NUL in a header":           {"GET /api/v1/health HTTP/1.1\r\nHost: a\r\nAuthorization: " + secret + "\x00\r\n\r\n", []int{400}},
		"no colon":                  {"GET /api/v1/health HTTP/1.1\r\nHost: a\r\nAuthorization " + secret + "\r\n\r\n", []int{400}},
		"a space before the colon":  {"GET /api/v1/health HTTP/1.1\r\nHost : a\r\n\r\n", []int{400}},
		"a length that is none":     {"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: " + secret + "\r\n\r\n", []int{400}},
		"a negative length":         {"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", []int{400}},
		"two lengths":               {"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", []int{400}},
		"an unknown coding":         {"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", []int{400, 501}},
		"coding on HTTP/1.0":        {"POST /api/v1/auth/login HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400}},
		"a chunk that is no number": {"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", []int{400}},
		"a chunk that is too long":  {"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n", []int{400}},
		"not HTTP":                  {"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", []int{400}},
		"a path that cannot be":     {"GET /%zz" + secret + " HTTP/1.1\r\nHost: a\r\n\r\n", []int{400, 404}},
		"an absolute path":          {"GET http://evil.example/api/v1/nowhere HTTP/1.1\r\nHost: a\r\n\r\n", []int{400, 404}},
		"a header that is too long": {"GET /api/v1/health HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat(secret, 5000) + "\r\n\r\n", []int{431}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, body := exchange(t, s.addr, row.raw)
			assert.Contains(t, row.want, status, body)
			assert.Contains(t, body, `"code":`)
			assert.NotContains(t, body, secret)
		})
	}
	t.Cleanup(func() { assert.NotContains(t, s.log.String(), secret) })
}

func TestASecondRequestCannotBeSmuggledInABody(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(15*time.Second)))
	_, err = io.WriteString(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"0\r\n\r\nGET /api/v1/health HTTP/1.1\r\nHost: a\r\n\r\n")
	require.NoError(t, err)
	all, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(all), "HTTP/1.1 "), string(all))
}
