package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/storage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// watcher writes down what it is told of requests.
type watcher struct {
	mu   sync.Mutex
	told []string // guarded by mu
}

type traceKey struct{}

func (w *watcher) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, fmt.Sprintf(format, args...))
}

func (w *watcher) heard() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.told)
}

func (w *watcher) Began(method, traceparent string) (context.Context, func(string, int)) {
	w.tell("%s %s", method, traceparent)
	return context.WithValue(context.Background(), traceKey{}, traceparent), func(route string, status int) { w.tell("%s %d", route, status) }
}

func (w *watcher) Unreadable(route string, status int) { w.tell("unreadable %s %d", route, status) }

func watched(t *testing.T, uc httpapi.UseCases) (*server, *watcher) {
	t.Helper()
	w := &watcher{}
	return serve(t, uc, func(c *httpapi.Config) { c.Watch = w }), w
}

func TestEachRequestIsWatchedFromItsArrivalToItsEndByTheTemplateOfItsRoute(t *testing.T) {
	t.Parallel()
	uc := useCases()
	uc.Accounts.Login = does[accounts.LoginInput, accounts.Tokens](func(ctx context.Context, _ accounts.LoginInput) (accounts.Tokens, error) {
		assert.Equal(t, "abc", ctx.Value(traceKey{}), "the use case runs within the trace")
		panic("at the disco")
	})
	const login = `{"email":"ada@example.com","password":"correct horse"}`
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		want               []string
	}{
		"an answer":       {"GET", "/api/v1/storage/records?page=1", "", []string{asUser}, []string{"GET ", "/api/v1/storage/records 200"}},
		"its head":        {"HEAD", "/api/v1/storage/records", "", []string{asUser}, []string{"HEAD ", "/api/v1/storage/records 200"}},
		"a refusal":       {"GET", "/api/v1/storage/records/" + recordID, "", nil, []string{"GET ", "/api/v1/storage/records/{id} 401"}},
		"a panic":         {"POST", "/api/v1/auth/login", login, []string{asJSON, "Traceparent: abc"}, []string{"POST abc", "/api/v1/auth/login 500"}},
		"no route":        {"GET", "/api/v1/some/" + recordID, "", nil, []string{"GET ", "unmatched 404"}},
		"another method":  {"PATCH", "/api/v1/auth/login", "", nil, []string{"PATCH ", "unmatched 405"}},
		"an odd method":   {"BREW", "/api/v1/auth/login", "", nil, []string{"unreadable unmatched 405"}},
		"a long header":   {"GET", "/api/v1/health", "", []string{"X-Long: " + fmt.Sprintf("%020000d", 1)}, []string{"unreadable unmatched 431"}},
		"a foreign trace": {"GET", "/api/v1/health", "", []string{"Traceparent: 00-x"}, []string{"GET 00-x", "/api/v1/health 200"}},
	} {
		s, w := watched(t, uc)
		s.send(t, c.method, c.path, c.body, c.headers...)
		require.Eventually(t, func() bool { return len(w.heard()) >= len(c.want) }, 5*time.Second, time.Millisecond, name)
		assert.Equal(t, c.want, w.heard(), name)
	}
}

func TestAStreamIsWatchedUntilItsLastByteIsOutOrItsClientIsGone(t *testing.T) {
	t.Parallel()
	more := make(chan struct{})
	uc := useCases()
	uc.Storage.ReadBlob = does[storage.ReadBlobInput, storage.ReadBlobOutput](func(context.Context, storage.ReadBlobInput) (storage.ReadBlobOutput, error) {
		return storage.ReadBlobOutput{Record: meta([]byte("hello")), Body: io.NopCloser(&gate{more: more})}, nil
	})
	s, w := watched(t, uc)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.addr)
	require.NoError(t, err)
	_, err = fmt.Fprintf(conn, "GET /api/v1/storage/records/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", recordID, goodToken)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(w.heard()) == 1 }, 5*time.Second, time.Millisecond)
	more <- struct{}{}
	assert.Equal(t, []string{"GET "}, w.heard(), "it is still going on")
	require.NoError(t, conn.Close())
	close(more)
	require.Eventually(t, func() bool { return len(w.heard()) > 1 }, 5*time.Second, time.Millisecond)
	assert.Equal(t, []string{"GET ", fmt.Sprintf("/api/v1/storage/records/{id} %d", http.StatusOK)}, w.heard())
}

// gate gives a byte of hello each time it is let.
type gate struct {
	more <-chan struct{}
	n    int
}

func (g *gate) Read(p []byte) (int, error) {
	if g.n == len("hello") {
		return 0, io.EOF
	}
	<-g.more
	p[0] = "hello"[g.n]
	g.n++
	return 1, nil
}
