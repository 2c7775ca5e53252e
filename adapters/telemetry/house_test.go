package telemetry_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/adiuva/cloud/adapters/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is everything of this package, reporting to a log that a test can read.
type house struct {
	log     *lines
	logger  *slog.Logger
	metrics *telemetry.Metrics
	tracing *telemetry.Tracing
	stop    func() // sends the last spans
}

// lines is a log that many write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newHouse sends its traces to endpoint, or nowhere if that is empty.
func newHouse(t *testing.T, endpoint string) *house {
	t.Helper()
	h := &house{log: &lines{}, metrics: telemetry.NewMetrics("v1.2.3")}
	h.logger = telemetry.NewLogger(h.log, "debug", "json")
	tracing, stop, err := telemetry.NewTracing(t.Context(), telemetry.TracingConfig{
		Endpoint: endpoint, Headers: map[string]string{"X-Key": "let me in"}, Service: "adiuva", Version: "v1.2.3", Environment: "dev", Ratio: 1,
	}, h.metrics, h.logger)
	require.NoError(t, err)
	h.tracing, h.stop = tracing, sync.OnceFunc(stop)
	t.Cleanup(h.stop)
	return h
}

func (h *house) observer() *telemetry.Observer {
	return telemetry.NewObserver(h.logger, h.metrics, h.tracing)
}

func (h *house) requests() *telemetry.Requests { return telemetry.NewRequests(h.metrics, h.tracing) }

func (h *house) models() *telemetry.Models { return telemetry.NewModels(h.metrics, h.tracing) }

// scrape is what Prometheus would read, a line a sample.
func (h *house) scrape(t *testing.T) []string {
	t.Helper()
	w := httptest.NewRecorder()
	h.metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	require.Equal(t, http.StatusOK, w.Code)
	return strings.Split(strings.TrimSpace(w.Body.String()), "\n")
}

// wants asserts that each of these samples is there, as it is.
func (h *house) wants(t *testing.T, samples ...string) {
	t.Helper()
	got := h.scrape(t)
	for _, s := range samples {
		name := s[:strings.IndexAny(s, "{ ")]
		near := slices.DeleteFunc(slices.Clone(got), func(line string) bool { return !strings.HasPrefix(line, name) })
		assert.Contains(t, near, s)
	}
}
