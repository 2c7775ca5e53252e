package contract

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/test/harness"
)

// llmUsage is what an export tells of language models.
func llmUsage(t *testing.T, user *harness.Client) any {
	t.Helper()
	return object(t, user.Expect(t, http.StatusOK, http.MethodGet, "/auth/me/export", nil))["llm_usage"]
}

func TestWhatQuestionsCostIsCountedForWhoAskedByDayAndModel(t *testing.T) {
	t.Parallel()
	usage := chat.Usage{PromptTokens: 100, CompletionTokens: 7}
	routed := memory.Turn{Text: `{"agents":["task_agent"],"confidence":1}`, Model: "router", Usage: usage}
	answered := memory.Turn{Text: "Hello there.", Model: "large", Usage: usage}
	model := memory.NewLLM(
		routed, answered, // a question
		routed, memory.Turn{Text: "Half an answer to", Model: "large", Usage: usage, Untold: true, Err: fault.New(fault.UpstreamFailed, "Cut off.")}, // one that failed
		routed, answered, // the next day
	)
	h := openWith(t, harness.InMemory(), model)
	user, other := h.join(t, "pro"), h.join(t, "pro")
	day := chat.DayOf(h.clock.Now())
	ask(t, user, map[string]any{"message": "Hello"})
	user.Expect(t, http.StatusBadGateway, http.MethodPost, "/chat", map[string]any{"message": "Hello"})
	h.clock.Advance(24 * time.Hour)
	user = h.login(t, user)
	ask(t, user, map[string]any{"message": "Hello"})
	require.Zero(t, model.Left())

	spent := func(day, model string, calls, prompt, written, estimated float64) map[string]any {
		return map[string]any{"day": day, "model": model, "calls": calls, "prompt_tokens": prompt, "completion_tokens": written, "estimated_calls": estimated}
	}
	list, ok := llmUsage(t, user).([]any)
	require.True(t, ok)
	require.Len(t, list, 4)
	next := chat.DayOf(h.clock.Now())
	assert.Equal(t, spent(next, "large", 1, 100, 7, 0), list[0])
	assert.Equal(t, spent(next, "router", 1, 100, 7, 0), list[1])
	broken, ok := list[2].(map[string]any)
	require.True(t, ok)
	assert.Equal(t, []any{day, "large", 2.0, 1.0}, []any{broken["day"], broken["model"], broken["calls"], broken["estimated_calls"]})
	assert.Greater(t, broken["completion_tokens"], 7.0, "what was written before it failed counts too")
	assert.Equal(t, spent(day, "router", 2, 200, 14, 0), list[3])
	assert.Equal(t, []any{}, llmUsage(t, h.login(t, other)))
}
