package assembly

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/adiuva/cloud/adapters/telemetry"
	"github.com/adiuva/cloud/config"
)

// The bounds of a scrape. What was begun when the server stops gets a moment to end.
const (
	scrapeTimeout = 10 * time.Second
	scrapeGrace   = time.Second
)

// metricsServer serves GET /metrics on a listener of its own, so that nobody reaches it by way of the API.
type metricsServer struct {
	addr string // empty for none
	http *http.Server

	mu sync.Mutex
	ln net.Listener // guarded by mu; nil until it listens
}

func provideMetricsServer(cfg config.Config, m *telemetry.Metrics) *metricsServer {
	return &metricsServer{addr: cfg.Watch.MetricsAddr, http: &http.Server{
		Handler: m.Handler(), ReadHeaderTimeout: scrapeTimeout, ReadTimeout: scrapeTimeout, WriteTimeout: scrapeTimeout,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}}
}

// listen takes the address, once, and answers where the metrics are; empty if nowhere.
func (s *metricsServer) listen(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr == "" {
		return "", nil
	}
	if s.ln == nil {
		ln, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr)
		if err != nil {
			return "", fmt.Errorf("cannot listen for metrics (METRICS_ADDR): %w", err)
		}
		s.ln = ln
	}
	return "http://" + s.ln.Addr().String() + "/metrics", nil
}

// serve answers until close is called.
func (s *metricsServer) serve() error {
	s.mu.Lock()
	ln := s.ln
	s.mu.Unlock()
	if ln == nil {
		return nil
	}
	if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// close lets a scrape that has begun end, within bounds.
func (s *metricsServer) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), scrapeGrace)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}
