package integration

import (
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/fakes/collector"
	"github.com/adiuva/cloud/test/harness"
)

// whisper stands for what users say and servers must not repeat.
const whisper = "xylophone-quartz"

// scrape reads the metrics of a server.
func scrape(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, http.StatusOK, res.StatusCode)
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(text)
}

func metricsOf(t *testing.T, s *harness.Server) string {
	t.Helper()
	url, err := s.System.ListenForMetrics(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, url)
	return url
}

// use does a bit of everything with a server, and answers what must not be told of it.
func use(t *testing.T, user *harness.Client) (private []string) {
	t.Helper()
	created := user.Expect(t, http.StatusCreated, http.MethodPost, "/storage/records", harness.RecordBody("tasks", []byte(whisper)))
	var record struct{ ID string }
	created.Decode(t, &record)
	user.Expect(t, http.StatusOK, http.MethodGet, "/storage/records/"+record.ID, nil)
	user.Expect(t, http.StatusOK, http.MethodPost, "/chat", map[string]any{"message": "Add a task to buy a " + whisper})
	user.Expect(t, http.StatusNotFound, http.MethodGet, "/storage/records/01950000-0000-7000-8000-000000000001", nil)
	user.Expect(t, http.StatusNotFound, http.MethodGet, "/"+whisper+"?q="+whisper, nil)
	user.Expect(t, http.StatusUnauthorized, http.MethodPost, "/auth/login", map[string]string{"email": user.Email, "password": "wrong " + whisper})
	var me struct{ ID string }
	user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me", nil).Decode(t, &me)
	return []string{whisper, user.Email, "@example.com", user.Access, user.Refresh, harness.Password, record.ID, me.ID, "01950000"}
}

func TestWhatAServerDoesCanBeScrapedAndTellsNothingOfItsUsers(t *testing.T) {
	t.Parallel()
	s := harness.Serve(t, map[string]string{"SWEEP_INTERVAL": "20ms"}, assembly.Overrides{})
	user := harness.SignUp(t, s.URL)
	s.SetTier(t, user.Email, "pro")
	private := use(t, user)
	url := metricsOf(t, s)
	var all string
	require.Eventually(t, func() bool {
		all = scrape(t, url)
		return strings.Contains(all, `adiuva_job_runs_total{code="ok",job="sweep"}`)
	}, 10*time.Second, 20*time.Millisecond)
	for _, want := range []string{
		`adiuva_http_requests_total{method="POST",route="/api/v1/auth/register",status="201"} 1`,
		`adiuva_http_requests_total{method="GET",route="/api/v1/storage/records/{id}",status="200"} 1`,
		`adiuva_http_requests_total{method="GET",route="/api/v1/storage/records/{id}",status="404"} 1`,
		`adiuva_http_requests_total{method="GET",route="unmatched",status="404"} 1`,
		`adiuva_http_request_duration_seconds_count{method="POST",route="/api/v1/chat",status="200"} 1`,
		`adiuva_http_requests_in_flight 0`,
		`adiuva_use_cases_total{code="ok",use_case="chat"} 1`,
		`adiuva_use_cases_total{code="invalid_credentials",use_case="login"} 1`,
		`adiuva_use_case_duration_seconds_count{use_case="register"} 1`,
		`adiuva_llm_calls_total{code="ok",model="offline",provider="offline"} `,
		`adiuva_llm_call_duration_seconds_count{model="offline",provider="offline"} `,
		`adiuva_llm_tokens_total{kind="prompt",model="offline",provider="offline"} `,
		`adiuva_llm_tokens_total{kind="completion",model="offline",provider="offline"} `,
		`adiuva_llm_breaker_state{provider="offline",state="closed"} 1`,
		`adiuva_job_duration_seconds_count{job="clean_up"} 1`,
		`adiuva_password_hash_running 0`,
		`go_sql_max_open_connections{db_name="sqlite_write"} 1`,
		`adiuva_build_info{`, "\ngo_goroutines ", "\nprocess_open_fds ",
	} {
		assert.Contains(t, all, want)
	}
	for _, secret := range private {
		assert.NotContains(t, all, secret)
	}
	assert.NotRegexp(t, `route="[^"]*[0-9a-f]{8}-`, all)
}

func TestMetricsAreNotServedWithTheAPIAndEndWithTheServer(t *testing.T) {
	t.Parallel()
	s := harness.Serve(t, harness.InMemory(), assembly.Overrides{})
	url := metricsOf(t, s)
	assert.True(t, strings.HasPrefix(url, "http://127.0.0.1:"), "by default nobody else reaches it: %s", url)
	scrape(t, url)
	for _, path := range []string{"/metrics", "/api/v1/metrics"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, http.NoBody)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_ = res.Body.Close()
		assert.Equal(t, http.StatusNotFound, res.StatusCode)
	}
	require.NoError(t, s.Stop())
	_, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/metrics"))
	assert.Error(t, err, "the address is free again")
}

func TestMetricsCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	settings := harness.InMemory()
	settings["METRICS_ADDR"] = ""
	s := harness.Serve(t, settings, assembly.Overrides{})
	url, err := s.System.ListenForMetrics(t.Context())
	require.NoError(t, err)
	assert.Empty(t, url)
	harness.SignUp(t, s.URL)
}

// A second server with the address of the first says so and ends; commands that share its settings do not need it.
func TestAnAddressOfMetricsThatIsTakenIsSaidAndIsInTheWayOfServersOnly(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = ln.Close() }()
	settings := harness.Embedded(t)
	settings["METRICS_ADDR"] = ln.Addr().String()
	out := refused(t, settings, "serve")
	assert.Contains(t, out, "METRICS_ADDR")
	assert.Contains(t, out, "address already in use")
	command(t, settings, "migrate", "up")
	assert.NotContains(t, refused(t, settings, "admin", "set-tier", "nobody@example.com", "pro"), "METRICS_ADDR")
}

func TestARequestToTheRealServerIsOneTraceWithoutContent(t *testing.T) {
	t.Parallel()
	c := collector.New(t)
	settings := harness.Embedded(t)
	maps.Copy(settings, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=let%20me%20in", "OTEL_SERVICE_NAME": "cloud-of-tests",
	})
	server := harness.StartProcess(t, settings)
	user := harness.SignUp(t, server.URL)
	command(t, settings, "admin", "set-tier", user.Email, "pro")
	private := use(t, user)
	const trace, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	user.Expect(t, http.StatusOK, http.MethodPost, "/chat", map[string]any{"message": "Add a task to sell a " + whisper},
		"Traceparent", "00-"+trace+"-"+caller+"-01", "Tracestate", "vendor="+whisper, "Baggage", "user="+whisper)
	require.Zero(t, server.Terminate(t))

	spans := map[string][]collector.Span{}
	byID := map[string]collector.Span{}
	for _, s := range c.Spans() {
		byID[s.ID] = s
		if s.TraceID == trace {
			spans[s.Name] = append(spans[s.Name], s)
		}
	}
	require.Len(t, spans["POST /api/v1/chat"], 1)
	require.Len(t, spans["invoke_agent"], 1)
	request, agents := spans["POST /api/v1/chat"][0], spans["invoke_agent"][0]
	assert.Equal(t, caller, request.ParentID)
	assert.Equal(t, request.ID, agents.ParentID)
	assert.Equal(t, "cloud-of-tests", request.Resource["service.name"])
	assert.Equal(t, request.ID, spans["authenticate"][0].ParentID)
	assert.GreaterOrEqual(t, len(spans["chat offline"]), 2, "one routes, one answers")
	for _, call := range spans["chat offline"] {
		assert.Equal(t, agents.ID, call.ParentID)
		assert.Equal(t, "offline", call.Attributes["gen_ai.response.model"])
		assert.Equal(t, "offline", call.Attributes["gen_ai.provider.name"])
		assert.Positive(t, call.Attributes["gen_ai.usage.input_tokens"])
	}
	for _, s := range byID {
		if s.ParentID != "" && s.ParentID != caller {
			assert.Contains(t, byID, s.ParentID, "the parent of %s has arrived too", s.Name)
		}
	}
	for _, secret := range private {
		assert.NotContains(t, c.Raw(), secret)
	}
	assertLine(t, server.Log(), trace, request.ID)
	assert.Equal(t, "let me in", c.Header().Get("X-Key"))
}

// assertLine wants the request's line to name its trace.
func assertLine(t *testing.T, log, trace, span string) {
	t.Helper()
	for line := range strings.Lines(log) {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) == nil && fields["trace_id"] == trace && fields["msg"] == "request" {
			assert.Equal(t, span, fields["span_id"])
			assert.Equal(t, "/api/v1/chat", fields["route"])
			return
		}
	}
	assert.Fail(t, "no line names the trace", log)
}
