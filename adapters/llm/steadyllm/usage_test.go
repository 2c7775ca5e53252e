package steadyllm_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/llm/steadyllm"
	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

func TestHooksAreToldWhatAnAttemptCost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []steadyllm.Attempt
		model := memory.LLMFunc(func(context.Context, ports.LLMRequest) (memory.Turn, error) {
			time.Sleep(time.Second)
			return memory.Turn{Text: "hi", Usage: chat.Usage{PromptTokens: 5, CompletionTokens: 2}, Model: "m-1"}, nil
		})
		llm, err := steadyllm.New([]steadyllm.Provider{{Name: "wise", LLM: model}}, steadyllm.Config{},
			steadyllm.Hooks{Attempted: func(_ context.Context, a steadyllm.Attempt) { got = append(got, a) }})
		require.NoError(t, err)
		_, err = llm.Complete(t.Context(), ports.LLMRequest{}, nil)
		require.NoError(t, err)
		assert.Equal(t, []steadyllm.Attempt{{Provider: "wise", Model: "m-1", Took: time.Second, Usage: chat.Usage{PromptTokens: 5, CompletionTokens: 2}}}, got)
	})
}

// Each attempt, failed or not, tells what it cost; the reply of the call has it all.
func TestWhatFailedAttemptsCostIsNotLost(t *testing.T) {
	t.Parallel()
	broken := memory.Turn{Text: "half", Model: "a-1", Usage: chat.Usage{PromptTokens: 5, CompletionTokens: 2}, Err: away}
	counted := memory.Turn{Text: "12345678", Model: "b-1", Err: failed} // two tokens by our count
	whole := memory.Turn{Text: "whole", Model: "b-1", Usage: chat.Usage{PromptTokens: 30, CompletionTokens: 20}}
	for name, row := range map[string]struct {
		a, b []memory.Turn
		want ports.LLMReply
		err  error
	}{
		"again, and well":         {[]memory.Turn{broken, whole}, nil, ports.LLMReply{Text: "whole", Model: "b-1", Usage: chat.Usage{PromptTokens: 35, CompletionTokens: 22}}, nil},
		"the next, and well":      {[]memory.Turn{broken, broken, broken}, []memory.Turn{whole}, ports.LLMReply{Text: "whole", Model: "b-1", Usage: chat.Usage{PromptTokens: 45, CompletionTokens: 26}}, nil},
		"both fail":               {[]memory.Turn{broken, broken, broken}, []memory.Turn{counted}, ports.LLMReply{Model: "b-1", Usage: chat.Usage{PromptTokens: 15, CompletionTokens: 8}, Estimated: true}, away},
		"the second is not there": {[]memory.Turn{broken, broken, broken}, []memory.Turn{fail(unknown)}, ports.LLMReply{Model: "a-1", Usage: chat.Usage{PromptTokens: 15, CompletionTokens: 6}}, away},
		"nobody is there":         {[]memory.Turn{fail(silent)}, []memory.Turn{fail(silent)}, ports.LLMReply{}, silent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := build(t, steadyllm.Config{}, script(row.a...), script(row.b...))
				reply, err := h.Complete(t.Context(), ports.LLMRequest{}, nil)
				assert.Equal(t, fault.CodeOf(row.err), fault.CodeOf(err), "%v", err)
				assert.Equal(t, row.want, reply)
			})
		})
	}
}

func TestACallThatEndsTellsWhatItCostUntilThen(t *testing.T) {
	t.Parallel()
	h := build(t, steadyllm.Config{}, script(memory.Turn{Text: "12345678", Model: "a-1", Hang: true}))
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the client has gone")
	reply, err := h.Complete(ctx, ports.LLMRequest{}, func(string) error { cancel(gone); return nil })
	require.ErrorIs(t, err, gone)
	assert.Equal(t, ports.LLMReply{Model: "a-1", Usage: chat.Usage{CompletionTokens: 2}, Estimated: true}, reply)
}
