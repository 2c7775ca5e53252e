package httpapi_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/operations"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gated is an API whose profile waits: started tells that it is in work, release lets it answer.
func gated(t *testing.T) (s *server, started, release chan struct{}) {
	t.Helper()
	started, release = make(chan struct{}, 1), make(chan struct{})
	uc := useCases()
	uc.Accounts.GetProfile = does[accounts.GetProfileInput, accounts.Profile](func(ctx context.Context, _ accounts.GetProfileInput) (accounts.Profile, error) {
		started <- struct{}{}
		select {
		case <-release:
			return accounts.Profile{Email: "ada@example.com"}, ctx.Err()
		case <-ctx.Done():
			return accounts.Profile{}, ctx.Err()
		}
	})
	uc.Operations.CheckHealth = does[operations.CheckHealthInput, operations.Health](func(_ context.Context, in operations.CheckHealthInput) (operations.Health, error) {
		return operations.Health{Ready: !in.Draining, Draining: in.Draining}, nil
	})
	return serve(t, uc, func(c *httpapi.Config) { c.DrainDelay = 100 * time.Millisecond }), started, release
}

// profile asks for it in the background.
func profile(t *testing.T, s *server) <-chan int {
	t.Helper()
	status := make(chan int, 1)
	go func() {
		req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+s.addr+"/api/v1/auth/me", http.NoBody)
		req.Header.Set("Authorization", "Bearer "+goodToken)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			status <- 0
			return
		}
		_, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			resp.StatusCode = -1
		}
		status <- resp.StatusCode
	}()
	return status
}

func TestAShutdownFinishesWhatIsRunningAndTakesNothingNew(t *testing.T) {
	t.Parallel()
	s, started, release := gated(t)
	running := profile(t, s)
	<-started
	finished := make(chan error, 1)
	go func() { finished <- s.Shutdown(context.Background()) }()
	require.Eventually(t, func() bool {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/health/ready", http.NoBody)
		req.Host = "x" // HTTP/1.1 wants one
		resp, err := s.Test(req, time.Second)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusServiceUnavailable
	}, 5*time.Second, time.Millisecond, "readiness turns first")
	require.Eventually(t, func() bool {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	}, 5*time.Second, time.Millisecond, "then the listener closes")
	select {
	case err := <-finished:
		t.Fatalf("the shutdown did not wait for the request: %v", err)
	case err := <-s.served:
		t.Fatalf("Listen returned before the request was finished: %v", err)
	default:
	}
	close(release)
	assert.Equal(t, 200, <-running)
	require.NoError(t, <-finished)
	require.NoError(t, <-s.served)
}

func TestWhatDoesNotFinishInTimeIsBrokenOffWithAnAnswer(t *testing.T) {
	t.Parallel()
	s, started, _ := gated(t)
	running := profile(t, s)
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.Shutdown(ctx), context.DeadlineExceeded)
	assert.Equal(t, 503, <-running)
	require.Error(t, <-s.served)
}

func TestListenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	api, err := httpapi.New(httpapi.Config{}, useCases(), fixed{}, slog.New(slog.DiscardHandler), fixed{}, fixed{})
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- api.Listen(ctx, ln) }()
	resp, err := client(t).Get("http://" + ln.Addr().String() + "/api/v1/health")
	require.NoError(t, err)
	_ = resp.Body.Close()
	cancel()
	require.NoError(t, <-served)
}

func TestAnAPIWithoutAUseCaseOrWithAWrongSettingIsNotMade(t *testing.T) {
	t.Parallel()
	uc := useCases()
	uc.Storage.ReadBlob = nil
	_, err := httpapi.New(httpapi.Config{}, uc, fixed{}, slog.New(slog.DiscardHandler), fixed{}, fixed{})
	require.ErrorContains(t, err, "Storage.ReadBlob")
	for _, cfg := range []httpapi.Config{
		{AllowedOrigins: []string{"*"}}, {AllowedOrigins: []string{"https://*"}}, {AllowedOrigins: []string{"https://a.example/path"}},
		{AllowedOrigins: []string{"https://*.a.example"}}, {TrustedProxies: []string{"proxy"}},
	} {
		_, err := httpapi.New(cfg, useCases(), fixed{}, slog.New(slog.DiscardHandler), fixed{}, fixed{})
		require.Error(t, err, cfg)
	}
}
