package telemetry_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/adapters/telemetry"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/fakes/collector"
)

// What a gateway in front of the server sends along: its trace, and the span that it is in.
const (
	callersTrace = "0af7651916cd43dd8448eb211c80319c"
	callersSpan  = "b7ad6b7169203331"
	sampled      = "00-" + callersTrace + "-" + callersSpan + "-01"
	unsampled    = "00-" + callersTrace + "-" + callersSpan + "-00"
)

// converse is a request that asks two models, as the parts of the product report it: the first fails.
func (h *house) converse(t *testing.T, traceparent string) {
	t.Helper()
	o, m := h.observer(), h.models()
	first := m.Watch("openai", memory.NewLLM(memory.Turn{Text: "private half", Err: fault.New(fault.UpstreamFailed, "private words")}))
	second := m.Watch("anthropic", memory.NewLLM(memory.Turn{
		Text: "private answer", Model: "small-2026", Usage: chat.Usage{PromptTokens: 12, CompletionTokens: 5},
	}))
	req := ports.LLMRequest{Messages: []chat.Message{{Role: chat.User, Content: "private question"}}}
	ctx, ended := h.requests().Began(http.MethodPost, traceparent)
	inner := o.Start(ctx, "chat")
	_, err := first.Complete(inner, req, nil)
	require.Error(t, err)
	req.Model = "small"
	_, err = second.Complete(inner, req, nil)
	require.NoError(t, err)
	h.logger.InfoContext(inner, "something happened")
	o.End(inner, "chat", time.Second, fault.UpstreamTimeout, fault.New(fault.UpstreamTimeout, "private cause"))
	ended("/api/v1/chat", http.StatusGatewayTimeout)
}

// arrived are the spans by name.
func arrived(t *testing.T, c *collector.Collector) map[string]collector.Span {
	t.Helper()
	all := map[string]collector.Span{}
	for _, s := range c.Spans() {
		assert.NotContains(t, all, s.Name)
		all[s.Name] = s
	}
	return all
}

func TestARequestItsUseCaseAndTheCallsOfModelsAreOneTrace(t *testing.T) {
	t.Parallel()
	c := collector.New(t)
	h := newHouse(t, c.URL)
	h.converse(t, sampled)
	h.stop()
	spans := arrived(t, c)
	require.Len(t, spans, 4)
	request, agents := spans["POST /api/v1/chat"], spans["invoke_agent"]
	failed, answered := spans["chat memory"], spans["chat small"]
	assert.Equal(t, callersSpan, request.ParentID)
	assert.Equal(t, []string{request.ID, agents.ID, agents.ID}, []string{agents.ParentID, failed.ParentID, answered.ParentID})
	assert.Equal(t, []string{"SERVER", "INTERNAL", "CLIENT", "CLIENT"}, []string{request.Kind, agents.Kind, failed.Kind, answered.Kind})
	for name, s := range spans {
		assert.Equal(t, callersTrace, s.TraceID, name)
		assert.Equal(t, map[string]any{"service.name": "adiuva", "service.version": "v1.2.3", "deployment.environment.name": "dev"}, s.Resource)
		assert.Equal(t, name != "chat small", s.Failed, name)
		assert.Empty(t, s.Message, name)
		assert.Zero(t, s.Events, name)
	}
	assert.Equal(t, "let me in", c.Header().Get("X-Key"))
}

func TestSpansHaveTheNamesOfTheConventionsAndNoContent(t *testing.T) {
	t.Parallel()
	c := collector.New(t)
	h := newHouse(t, c.URL)
	h.converse(t, "")
	h.stop()
	spans := arrived(t, c)
	for name, want := range map[string]map[string]any{
		"POST /api/v1/chat": {
			"http.request.method": "POST", "http.route": "/api/v1/chat", "http.response.status_code": int64(504), "error.type": "504",
		},
		"invoke_agent": {"gen_ai.operation.name": "invoke_agent", "adiuva.use_case": "chat", "error.type": "upstream_timeout"},
		"chat memory": {
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.response.model": "memory", "error.type": "upstream_failed",
			"gen_ai.usage.input_tokens":  spans["chat memory"].Attributes["gen_ai.usage.input_tokens"],
			"gen_ai.usage.output_tokens": spans["chat memory"].Attributes["gen_ai.usage.output_tokens"],
			"adiuva.usage.estimated":     spans["chat memory"].Attributes["adiuva.usage.estimated"],
		},
		"chat small": {
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "small",
			"gen_ai.response.model": "small-2026", "gen_ai.usage.input_tokens": int64(12), "gen_ai.usage.output_tokens": int64(5),
			"adiuva.usage.estimated": false,
		},
	} {
		assert.Equal(t, want, spans[name].Attributes, name)
	}
	assert.NotContains(t, c.Raw(), "private")
	assert.Empty(t, spans["POST /api/v1/chat"].ParentID, "without a caller's trace it is the first of its own")
}

func TestLinesOfATraceNameIt(t *testing.T) {
	t.Parallel()
	c := collector.New(t)
	h := newHouse(t, c.URL)
	h.converse(t, sampled)
	h.stop()
	agents := arrived(t, c)["invoke_agent"]
	for line := range strings.Lines(h.log.String()) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields))
		assert.Equal(t, callersTrace, fields["trace_id"], line)
		assert.Equal(t, agents.ID, fields["span_id"], line)
	}
	ctx, ended := h.requests().Began(http.MethodGet, sampled)
	defer ended("/", http.StatusOK)
	derived := h.logger.With("a", 1).WithGroup("g")
	derived.InfoContext(ctx, "within")
	derived.InfoContext(t.Context(), "without")
	assert.Contains(t, h.log.String(), `"msg":"within","a":1,"g":{"trace_id":"`+callersTrace)
	assert.Contains(t, h.log.String(), `"msg":"without","a":1}`)
}

func TestACallerDecidesForItsOwnTraceAndMaySendNoText(t *testing.T) {
	t.Parallel()
	for traceparent, want := range map[string]string{
		sampled: callersTrace, unsampled: "none", "": "own", "nonsense": "own", "00-" + strings.Repeat("0", 32) + "-" + callersSpan + "-01": "own",
		sampled + "-private": "own", "cc-" + callersTrace + "-" + callersSpan + "-01-private": callersTrace,
	} {
		c := collector.New(t)
		h := newHouse(t, c.URL)
		h.converse(t, traceparent)
		h.stop()
		assert.NotContains(t, c.Raw(), "private", traceparent)
		if want == "none" {
			assert.Empty(t, c.Spans(), traceparent)
			assert.Contains(t, h.log.String(), callersTrace, "its lines can be found all the same")
			continue
		}
		require.Len(t, c.Spans(), 4, traceparent)
		for _, s := range c.Spans() {
			assert.Equal(t, want == callersTrace, s.TraceID == callersTrace, traceparent)
			assert.Empty(t, s.TraceState)
		}
	}
}

func TestOfTheTracesThatBeginHereAShareIsKept(t *testing.T) {
	t.Parallel()
	c := collector.New(t)
	h := newHouse(t, "")
	tracing, stop, err := telemetry.NewTracing(t.Context(), telemetry.TracingConfig{Endpoint: c.URL + "/", Service: "x", Ratio: 0.5}, h.metrics, h.logger)
	require.NoError(t, err)
	r := telemetry.NewRequests(h.metrics, tracing)
	for range 400 {
		_, ended := r.Began(http.MethodGet, "")
		ended("/", http.StatusOK)
	}
	stop()
	assert.InDelta(t, 200, len(c.Spans()), 80) // eight standard deviations
}

func TestAUseCaseEndsItsOwnSpanAndNoOther(t *testing.T) {
	t.Parallel()
	c := collector.New(t)
	h := newHouse(t, c.URL)
	o := h.observer()
	outer := o.Start(t.Context(), "outer")
	o.End(outer, "somebody else's", time.Second, fault.Internal, nil)
	inner := o.ForJobs().Start(outer, "inner")
	o.ForJobs().End(inner, "inner", time.Second, "", nil)
	o.End(outer, "outer", time.Second, "", nil)
	h.stop()
	spans := arrived(t, c)
	require.Len(t, spans, 2)
	assert.Equal(t, spans["outer"].ID, spans["inner"].ParentID)
	assert.Equal(t, map[string]any{"adiuva.use_case": "outer"}, spans["outer"].Attributes)
	assert.Equal(t, map[string]any{"adiuva.job": "inner"}, spans["inner"].Attributes)
}

func TestACollectorThatRefusesCostsSpansAndOneLine(t *testing.T) {
	t.Parallel()
	c := collector.New(t)
	c.Refuse()
	h := newHouse(t, c.URL)
	for range 1100 { // more than one export takes
		_, ended := h.requests().Began(http.MethodGet, "")
		ended("/", http.StatusOK)
	}
	h.stop()
	h.wants(t, "adiuva_trace_spans_lost_total 1100")
	assert.Equal(t, 1, strings.Count(h.log.String(), "traces could not be exported"))
	assert.NotContains(t, h.log.String(), "let me in")
}

func TestACollectorThatHangsHoldsTheEndUpForABoundedTime(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0") // connections are made, and nobody answers
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	h := newHouse(t, "http://"+ln.Addr().String())
	h.converse(t, "")
	began := time.Now()
	h.stop()
	assert.Less(t, time.Since(began), 8*time.Second)
	h.wants(t, "adiuva_trace_spans_lost_total 4")
}

func TestWithoutACollectorThereAreNoTraces(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	h.converse(t, sampled)
	assert.NotContains(t, h.log.String(), "trace_id")
	h.wants(t, "adiuva_trace_spans_lost_total 0", `adiuva_use_cases_total{code="upstream_timeout",use_case="chat"} 1`)
}

func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	_, _, err := telemetry.NewTracing(context.Background(), telemetry.TracingConfig{Endpoint: "http://[::1", Service: "x"}, h.metrics, h.logger)
	assert.True(t, fault.Is(err, fault.NotConfigured), "%v", err)
}
