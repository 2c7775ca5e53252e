package telemetry_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

func TestAModelThatIsWatchedKeepsTheContractOfTheOneItWraps(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	porttest.LLM(t, func(porttest.T) porttest.LLMWire {
		var next memory.Turn
		inner := memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) { return next, nil })
		return porttest.LLMWire{
			LLM: h.models().Watch("openai", inner),
			Say: func(turn porttest.LLMTurn) {
				next = memory.Turn{Pieces: turn.Pieces, ToolCalls: turn.Calls, Usage: turn.Usage, Untold: turn.Untold, Model: turn.Model}
			},
			Break:  func(f porttest.LLMFailure) { next = failing(f) },
			Closed: func(time.Duration) bool { return true },
		}
	})
}

func failing(f porttest.LLMFailure) memory.Turn {
	codes := map[porttest.LLMFailure]fault.Code{
		porttest.LLMNonsense: fault.UpstreamFailed, porttest.LLMRefusing: fault.UpstreamFailed, porttest.LLMCut: fault.UpstreamFailed,
		porttest.LLMSilent: fault.UpstreamTimeout, porttest.LLMUnreachable: fault.Unavailable, porttest.LLMOverloaded: fault.Unavailable,
		porttest.LLMUnknownModel: fault.ValidationFailed,
	}
	turn := memory.Turn{}
	if f == porttest.LLMCut || f == porttest.LLMHanging {
		turn.Pieces = []string{porttest.LLMHalf}
	}
	if code, fails := codes[f]; fails {
		turn.Err = fault.New(code, "The model failed, as the test wanted it to.").RetryAfter(time.Second)
	} else {
		turn.Hang = true
	}
	return turn
}

func TestCallsOfModelsAreCountedByHowTheyEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	usage := chat.Usage{PromptTokens: 10, CompletionTokens: 4}
	script := memory.NewLLM(
		memory.Turn{Text: "Two words.", Usage: usage, Model: "large"},
		memory.Turn{Text: "Two words.", Usage: usage, Model: "large"},
		memory.Turn{Text: "Half an", Usage: usage, Model: "large", Err: fault.New(fault.UpstreamFailed, "Cut off.")},
		memory.Turn{Text: "Half an", Usage: usage, Model: "large", Hang: true},
		memory.Turn{Text: "Half an", Usage: usage, Model: "large", Hang: true},
	)
	llm := h.models().Watch("openai", script)
	req := ports.LLMRequest{Model: "large"}
	_, err := llm.Complete(t.Context(), req, func(string) error { return nil })
	require.NoError(t, err)
	gone := errors.New("the client is gone")
	_, err = llm.Complete(t.Context(), req, func(string) error { return gone })
	require.ErrorIs(t, err, gone)
	_, err = llm.Complete(t.Context(), req, nil)
	require.True(t, fault.Is(err, fault.UpstreamFailed))
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err = llm.Complete(ctx, req, func(string) error { cancel(gone); return nil })
	require.ErrorIs(t, err, gone)
	ctx, cancel = context.WithCancelCause(t.Context())
	_, err = llm.Complete(ctx, req, func(string) error { cancel(fault.New(fault.UpstreamTimeout, "Too long.")); return nil })
	require.True(t, fault.Is(err, fault.UpstreamTimeout))
	h.wants(t,
		`adiuva_llm_calls_total{code="ok",model="large",provider="openai"} 1`,
		`adiuva_llm_calls_total{code="cancelled",model="large",provider="openai"} 2`,
		`adiuva_llm_calls_total{code="upstream_timeout",model="large",provider="openai"} 1`,
		`adiuva_llm_calls_total{code="upstream_failed",model="large",provider="openai"} 1`,
		`adiuva_llm_call_duration_seconds_count{model="large",provider="openai"} 5`,
		`adiuva_llm_time_to_first_text_seconds_count{model="large",provider="openai"} 4`,
		`adiuva_llm_tokens_total{kind="prompt",model="large",provider="openai"} 50`,
		`adiuva_llm_tokens_total{kind="completion",model="large",provider="openai"} 20`,
	)
	assert.NotContains(t, strings.Join(h.scrape(t), "\n"), "words")
}

func TestRetriesFallbacksAndBreakersAreCountedByProvider(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "")
	m := h.models()
	m.Watch("openai", memory.NewLLM())
	h.wants(t, `adiuva_llm_breaker_state{provider="openai",state="closed"} 1`, `adiuva_llm_breaker_state{provider="openai",state="open"} 0`)
	m.Waiting(t.Context(), "openai", time.Second)
	m.Waiting(t.Context(), "openai", time.Second)
	m.FellBack(t.Context(), "openai", "anthropic")
	m.BreakerChanged("openai", "open")
	h.wants(t, `adiuva_llm_retries_total{provider="openai"} 2`, `adiuva_llm_fallbacks_total{from="openai",to="anthropic"} 1`,
		`adiuva_llm_breaker_state{provider="openai",state="closed"} 0`, `adiuva_llm_breaker_state{provider="openai",state="open"} 1`)
	m.BreakerChanged("openai", "half-open")
	h.wants(t, `adiuva_llm_breaker_state{provider="openai",state="open"} 0`, `adiuva_llm_breaker_state{provider="openai",state="half-open"} 1`)
}
