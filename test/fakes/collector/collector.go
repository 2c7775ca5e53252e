// Package collector is an OpenTelemetry collector for tests: it takes spans by OTLP over HTTP and shows them.
//
// It imports the protocol's own types and testify. Start at New.
package collector

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	service "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Collector is a server on a local port. The test's end closes it.
type Collector struct {
	URL string // what OTEL_EXPORTER_OTLP_ENDPOINT takes

	t      testing.TB
	mu     sync.Mutex
	raw    bytes.Buffer // guarded by mu
	header http.Header  // guarded by mu
	spans  []Span       // guarded by mu
	sick   bool         // guarded by mu
}

// Span is one span as it arrived.
type Span struct {
	Name       string
	Kind       string // SERVER, CLIENT or INTERNAL
	TraceID    string
	ID         string
	ParentID   string // empty for the first of its trace
	TraceState string
	Failed     bool
	Message    string // of the failure
	Events     int
	Attributes map[string]any
	Resource   map[string]any
}

// New is a collector that has got nothing.
func New(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{t: t}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	c.URL = s.URL
	return c
}

// ServeHTTP implements http.Handler.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	assert.Equal(c.t, "/v1/traces", r.URL.Path)
	assert.Equal(c.t, "application/x-protobuf", r.Header.Get("Content-Type"))
	raw, err := body(r)
	var sent service.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(raw, &sent)
	}
	assert.NoError(c.t, err)
	if err != nil || c.keep(r.Header, raw, &sent) {
		w.WriteHeader(http.StatusBadRequest) // which nobody tries again
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func body(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	unzipped, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unzipped)
}

func (c *Collector) keep(header http.Header, raw []byte, sent *service.ExportTraceServiceRequest) (sick bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.header = header
	if c.sick {
		return true
	}
	c.raw.Write(raw)
	for _, of := range sent.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, read(s, values(of.Resource.Attributes)))
			}
		}
	}
	return false
}

func read(s *trace.Span, resource map[string]any) Span {
	return Span{
		Name: s.Name, Kind: s.Kind.String()[len("SPAN_KIND_"):], TraceID: hex.EncodeToString(s.TraceId), ID: hex.EncodeToString(s.SpanId),
		ParentID: hex.EncodeToString(s.ParentSpanId), TraceState: s.TraceState, Events: len(s.Events) + len(s.Links),
		Failed: s.Status.GetCode() == trace.Status_STATUS_CODE_ERROR, Message: s.Status.GetMessage(), Attributes: values(s.Attributes), Resource: resource,
	}
}

func values(list []*common.KeyValue) map[string]any {
	all := map[string]any{}
	for _, a := range list {
		switch v := a.Value.Value.(type) {
		case *common.AnyValue_StringValue:
			all[a.Key] = v.StringValue
		case *common.AnyValue_IntValue:
			all[a.Key] = v.IntValue
		case *common.AnyValue_BoolValue:
			all[a.Key] = v.BoolValue
		default:
			all[a.Key] = a.Value.String()
		}
	}
	return all
}

// Refuse lets every export fail from now on, for good.
func (c *Collector) Refuse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sick = true
}

// Spans are all that have arrived, in the order in which they ended.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Raw is every byte of every span that has arrived, unzipped.
func (c *Collector) Raw() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.String()
}

// Header is that of the last export.
func (c *Collector) Header() http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.header.Clone()
}
