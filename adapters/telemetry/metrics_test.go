package telemetry_test

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

func TestARequestIsCountedByTheTemplateOfItsRoute(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	r := h.requests()
	for range 2 {
		_, ended := r.Began(http.MethodGet, "")
		ended("/api/v1/storage/records/{id}", http.StatusOK)
	}
	_, ended := r.Began(http.MethodPost, "")
	h.wants(t, "adiuva_http_requests_in_flight 1")
	ended("unmatched", http.StatusNotFound)
	r.Unreadable("unmatched", http.StatusBadRequest)
	h.wants(t, "adiuva_http_requests_in_flight 0",
		`adiuva_http_requests_total{method="GET",route="/api/v1/storage/records/{id}",status="200"} 2`,
		`adiuva_http_requests_total{method="POST",route="unmatched",status="404"} 1`,
		`adiuva_http_requests_total{method="unknown",route="unmatched",status="400"} 1`,
		`adiuva_http_request_duration_seconds_bucket{method="GET",route="/api/v1/storage/records/{id}",status="200",le="1"} 2`,
		`adiuva_http_request_duration_seconds_count{method="GET",route="/api/v1/storage/records/{id}",status="200"} 2`,
	)
}

func TestUseCasesAndJobsAreCountedByHowTheyEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	o := h.observer()
	o.End(o.Start(t.Context(), "login"), "login", 300*time.Millisecond, "", nil)
	o.End(o.Start(t.Context(), "login"), "login", 20*time.Millisecond, fault.InvalidCredentials, fault.New(fault.InvalidCredentials, "No."))
	jobs := o.ForJobs()
	jobs.End(jobs.Start(t.Context(), "sweep"), "sweep", 2*time.Minute, fault.Unavailable, nil)
	h.wants(t,
		`adiuva_use_cases_total{code="ok",use_case="login"} 1`, `adiuva_use_cases_total{code="invalid_credentials",use_case="login"} 1`,
		`adiuva_use_case_duration_seconds_bucket{use_case="login",le="0.1"} 1`, `adiuva_use_case_duration_seconds_bucket{use_case="login",le="0.5"} 2`,
		`adiuva_job_runs_total{code="unavailable",job="sweep"} 1`, `adiuva_job_duration_seconds_sum{job="sweep"} 120`,
	)
	assert.NotContains(t, strings.Join(h.scrape(t), "\n"), `use_case="sweep"`)
}

func TestWhatWasWithheldIsCountedAndLoggedWithoutItsText(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	for range 3 {
		h.observer().Withheld(t.Context(), chat.Withheld{Kind: "prompt", Prompt: "task_agent"})
	}
	h.wants(t, `adiuva_sanitizer_hits_total{kind="prompt",prompt="task_agent"} 3`)
	assert.Equal(t, 3, strings.Count(h.log.String(), `"kind":"prompt","prompt":"task_agent"`))
}

func TestAStreamIsOpenUntilItIsClosedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	first, second := h.observer().Opened(t.Context(), "websocket"), h.observer().Opened(t.Context(), "websocket")
	h.wants(t, `adiuva_streams_open{kind="websocket"} 2`)
	first()
	first()
	h.wants(t, `adiuva_streams_open{kind="websocket"} 1`, `adiuva_streams_total{kind="websocket"} 2`,
		`adiuva_stream_duration_seconds_count{kind="websocket"} 1`)
	second()
	h.wants(t, `adiuva_streams_open{kind="websocket"} 0`)
}

func TestPoolsShowHowBusyTheyAre(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	h.metrics.Hashing(func() (places, taken, waiting int) { return 4, 3, 2 })
	for _, name := range []string{"sqlite_read", "sqlite_write"} {
		db := sql.OpenDB(nowhere{})
		db.SetMaxOpenConns(len(name))
		t.Cleanup(func() { _ = db.Close() })
		h.metrics.Pool(name, db)
	}
	h.wants(t, "adiuva_password_hash_places 4", "adiuva_password_hash_running 3", "adiuva_password_hash_waiting 2",
		`go_sql_max_open_connections{db_name="sqlite_read"} 11`, `go_sql_max_open_connections{db_name="sqlite_write"} 12`)
}

// nowhere is a database that is never connected to.
type nowhere struct{ driver.Connector }

func TestTheProcessAndItsBuildAreShown(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	h.wants(t, fmt.Sprintf(`adiuva_build_info{go_version=%q,version="v1.2.3"} 1`, runtime.Version()))
	all := strings.Join(h.scrape(t), "\n")
	for _, name := range []string{"go_goroutines ", "process_resident_memory_bytes ", "process_open_fds "} {
		assert.Contains(t, all, "\n"+name)
	}
}

func TestOnlyMetricsAreServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	for target, want := range map[string]int{"GET /metrics": 200, "GET /": 404, "GET /debug/pprof/": 404, "POST /metrics": 405} {
		method, path, _ := strings.Cut(target, " ")
		w := httptest.NewRecorder()
		h.metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody))
		assert.Equal(t, want, w.Code, target)
	}
}

func TestHoweverManyModelsThereAreFewAreShown(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	for i := range 150 {
		llm := h.models().Watch("openai", memory.NewLLM(memory.Turn{Text: "x", Model: fmt.Sprintf("model-%03d", i), Usage: chat.Usage{PromptTokens: 1}}))
		_, err := llm.Complete(t.Context(), ports.LLMRequest{}, nil)
		require.NoError(t, err)
	}
	calls := 0
	for _, line := range h.scrape(t) {
		if strings.HasPrefix(line, "adiuva_llm_calls_total{") {
			calls++
		}
	}
	assert.Equal(t, 101, calls)
	h.wants(t, `adiuva_llm_calls_total{code="ok",model="model-099",provider="openai"} 1`, `adiuva_llm_calls_total{code="ok",model="other",provider="openai"} 50`)
}
