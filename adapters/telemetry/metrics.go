package telemetry

import (
	"database/sql"
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are what Prometheus scrapes. They live in a registry of their own, so that two systems in one process, as in
// tests, don't meet.
type Metrics struct {
	registry *prometheus.Registry

	requests  *prometheus.CounterVec   // method, route, status
	durations *prometheus.HistogramVec // method, route, status
	inFlight  prometheus.Gauge

	useCases     *prometheus.CounterVec   // use_case, code
	useCaseTimes *prometheus.HistogramVec // use_case
	jobs         *prometheus.CounterVec   // job, code
	jobTimes     *prometheus.HistogramVec // job
	withheld     *prometheus.CounterVec   // kind, prompt
	streams      *prometheus.CounterVec   // kind
	openStreams  *prometheus.GaugeVec     // kind
	streamTimes  *prometheus.HistogramVec // kind

	calls      *prometheus.CounterVec   // provider, model, code
	callTimes  *prometheus.HistogramVec // provider, model
	firstTexts *prometheus.HistogramVec // provider, model
	tokens     *prometheus.CounterVec   // provider, model, kind
	retries    *prometheus.CounterVec   // provider
	fallbacks  *prometheus.CounterVec   // from, to
	breakers   *prometheus.GaugeVec     // provider, state

	lostSpans prometheus.Counter
	models    bounded
}

// Buckets in seconds: of what a person waits for, of what a model takes, and of what stays open.
var (
	quickBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	modelBuckets = []float64{.1, .25, .5, 1, 2, 4, 8, 15, 30, 60, 120}
	longBuckets  = []float64{.1, 1, 5, 15, 60, 300, 900, 3600, 6 * 3600}
)

// NewMetrics counts from zero. version is that of the binary.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), models: bounded{most: 100}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.gaugeFunc("build_info", "Always 1; the labels say what runs.", prometheus.Labels{"version": version, "go_version": runtime.Version()},
		func() float64 { return 1 })
	m.serving()
	m.answering()
	return m
}

// serving are the metrics of requests, use cases and jobs.
func (m *Metrics) serving() {
	m.requests = m.counters("http_requests_total", "Requests that were answered, by the template of their route.", "method", "route", "status")
	m.durations = m.histograms("http_request_duration_seconds", "From the request's arrival to the last byte of its answer.", quickBuckets, "method", "route", "status")
	m.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "http_requests_in_flight", Help: "Requests that are being answered, with streams and WebSockets that are open."})
	m.useCases = m.counters("use_cases_total", "Use cases that are over, by how they ended: ok, or the code of the failure.", "use_case", "code")
	m.useCaseTimes = m.histograms("use_case_duration_seconds", "How long use cases took.", quickBuckets, "use_case")
	m.jobs = m.counters("job_runs_total", "Runs of background jobs that are over, by how they ended: ok, or the code of the failure.", "job", "code")
	m.jobTimes = m.histograms("job_duration_seconds", "How long runs of background jobs took.", longBuckets, "job")
	m.withheld = m.counters("sanitizer_hits_total", "Parts of answers that were kept from clients, by kind and by the prompt that they were of.", "kind", "prompt")
	m.streams = m.counters("streams_total", "Streams that were opened.", "kind")
	m.openStreams = m.gauges("streams_open", "Streams that are open.", "kind")
	m.streamTimes = m.histograms("stream_duration_seconds", "How long streams that are over were open.", longBuckets, "kind")
	m.lostSpans = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "trace_spans_lost_total", Help: "Spans that the collector did not take."})
	m.registry.MustRegister(m.inFlight, m.lostSpans)
}

// answering are the metrics of language models.
func (m *Metrics) answering() {
	m.calls = m.counters("llm_calls_total", "Calls of language models, each attempt, by how they ended: ok, cancelled, or the code of the failure.", "provider", "model", "code")
	m.callTimes = m.histograms("llm_call_duration_seconds", "How long calls of language models took, whatever came of them.", modelBuckets, "provider", "model")
	m.firstTexts = m.histograms("llm_time_to_first_text_seconds", "How long language models took to begin with their text.", modelBuckets, "provider", "model")
	m.tokens = m.counters("llm_tokens_total", "Tokens, those of calls that failed or were broken off included.", "provider", "model", "kind")
	m.retries = m.counters("llm_retries_total", "Further attempts at a provider within one call.", "provider")
	m.fallbacks = m.counters("llm_fallbacks_total", "Calls that went on to the next provider.", "from", "to")
	m.breakers = m.gauges("llm_breaker_state", "1 for the state that the provider's circuit breaker is in, 0 for the others.", "provider", "state")
}

const namespace = "adiuva"

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

func (m *Metrics) gaugeFunc(name, help string, labels prometheus.Labels, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value))
}

// Pool shows the connections of a database, as go_sql_*. name tells the pools of one process apart; each is shown once.
func (m *Metrics) Pool(name string, db *sql.DB) {
	m.registry.MustRegister(collectors.NewDBStatsCollector(db, name))
}

// Hashing shows the pool that passwords are hashed in: how many places it has, how many are taken, and how many callers
// wait for one. It is called once.
func (m *Metrics) Hashing(load func() (places, taken, waiting int)) {
	m.gaugeFunc("password_hash_places", "How many passwords may be hashed at once.", nil, func() float64 { n, _, _ := load(); return float64(n) })
	m.gaugeFunc("password_hash_running", "How many passwords are being hashed.", nil, func() float64 { _, n, _ := load(); return float64(n) })
	m.gaugeFunc("password_hash_waiting", "How many callers wait for a place.", nil, func() float64 { _, _, n := load(); return float64(n) })
}

// Handler answers GET /metrics, a few at a time, and nothing else. Whoever listens decides who may reach it.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	return mux
}
