package offlinellm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/chat"
)

// streamed puts the events of a stream together.
func streamed(t *testing.T, raw []byte) (text string, calls []toolCall, finish string, u *usage, events int) {
	t.Helper()
	done := false
	for s := bufio.NewScanner(bytes.NewReader(raw)); s.Scan(); {
		data, ok := strings.CutPrefix(s.Text(), "data: ")
		if !ok {
			require.Empty(t, s.Text())
			continue
		}
		require.False(t, done, "nothing follows the end")
		if data == "[DONE]" {
			done = true
			continue
		}
		events++
		var e struct {
			Model   string `json:"model"`
			Usage   *usage `json:"usage"`
			Choices []struct {
				Delta        message `json:"delta"`
				FinishReason *string `json:"finish_reason"`
			} `json:"choices"`
		}
		require.NoError(t, json.Unmarshal([]byte(data), &e))
		require.Equal(t, Model, e.Model)
		if e.Usage != nil {
			u = e.Usage
		}
		for _, c := range e.Choices {
			text += string(c.Delta.Content)
			calls = append(calls, c.Delta.ToolCalls...)
			if c.FinishReason != nil {
				finish = *c.FinishReason
			}
		}
	}
	require.True(t, done)
	return text, calls, finish, u, events
}

func TestAStreamSaysTheSameAsADocument(t *testing.T) {
	t.Parallel()
	for _, message := range []string{"add a task to buy ink and add a task to buy paper", "hello", "delete the task Email"} {
		body := agentRequest(t, task, nil, message)
		whole := complete(t, body)
		body["stream"] = true
		body["stream_options"] = map[string]any{"include_usage": true}
		res := post(t, body)
		assert.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
		text, calls, finish, u, events := streamed(t, read(t, res))
		assert.Equal(t, whole.text, text)
		assert.Equal(t, whole.finish, finish)
		require.Len(t, calls, len(whole.calls))
		for i := range calls {
			require.NotNil(t, calls[i].Index)
			assert.Equal(t, i, *calls[i].Index)
			calls[i].Index = nil
			assert.Equal(t, whole.calls[i], calls[i])
		}
		require.NotNil(t, u)
		assert.Positive(t, u.Prompt)
		assert.Positive(t, u.Completion)
		assert.Equal(t, u.Prompt+u.Completion, u.Total)
		assert.Greater(t, events, 3)
	}
}

func TestAStreamTellsItsUsageOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	body := agentRequest(t, task, nil, "hello")
	body["stream"] = true
	_, _, _, u, _ := streamed(t, read(t, post(t, body)))
	assert.Nil(t, u)
}

func TestTheSameRequestGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	body := agentRequest(t, task, nil, "add a high priority task to call Bob tomorrow for Office and delete Fix the printer")
	first := read(t, post(t, body))
	for range 20 {
		require.Equal(t, first, read(t, post(t, body)))
	}
}

func TestAnAnswerEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(agentRequest(t, task, nil, "hello"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://offline.invalid/v1/chat/completions", bytes.NewReader(raw))
	require.NoError(t, err)
	res, err := NewTransport(fixed).RoundTrip(r)
	require.NoError(t, err)
	defer res.Body.Close()
	cancel()
	_, err = io.ReadAll(res.Body)
	require.ErrorIs(t, err, context.Canceled)
	_, err = NewTransport(fixed).RoundTrip(r)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestWhatIsNoCompletionIsRefusedInTheProtocolsForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/chat/completions", "", 400}, {"POST", "/v1/chat/completions", "{", 400}, {"POST", "/v1/chat/completions", "[]", 400},
		{"POST", "/v1/chat/completions", `{"messages":[]}`, 400}, {"POST", "/v1/chat/completions", `{"messages":[{"role":"user","content":7}]}`, 400},
		{"GET", "/v1/chat/completions", "", 405}, {"POST", "/v1/embeddings", "{}", 404}, {"DELETE", "/v1/models", "", 404},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, "http://offline.invalid"+c.path, strings.NewReader(c.body))
		require.NoError(t, err)
		res, err := NewTransport(fixed).RoundTrip(r)
		require.NoError(t, err)
		assert.Equal(t, c.status, res.StatusCode, c)
		var problem struct {
			Error struct {
				Message string `json:"message"`
			} `json:"error"`
		}
		require.NoError(t, json.Unmarshal(read(t, res), &problem))
		assert.NotEmpty(t, problem.Error.Message)
	}
}

func TestTheModelIsListed(t *testing.T) {
	t.Parallel()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://offline.invalid/v1/models", http.NoBody)
	require.NoError(t, err)
	res, err := NewTransport(fixed).RoundTrip(r)
	require.NoError(t, err)
	assert.Contains(t, string(read(t, res)), `"id":"offline"`)
}

func TestContentMayComeInParts(t *testing.T) {
	t.Parallel()
	body := agentRequest(t, task, nil, "")
	ms := body["messages"].([]any)
	ms[2] = map[string]any{"role": "user", "content": []any{map[string]any{"type": "text", "text": "add a task to buy ink"}}}
	a := complete(t, body)
	require.Len(t, a.calls, 1)
	assert.JSONEq(t, `{"title":"buy ink"}`, a.calls[0].Function.Arguments)
}

func TestASynthesisJoinsWhatTheAgentsSaid(t *testing.T) {
	t.Parallel()
	results := []result{{Agent: "project_agent", Response: "I added the project X."}, {Agent: "task_agent", Response: idleAnswer}, {Agent: "note_agent", Response: "I added the note Y."}}
	for _, last := range [][]any{{}, {say("user", "make X and Y")}} {
		ms := append([]any{say("system", "Join."), say("user", block(t, chat.ResultsBlock, results))}, last...)
		a := complete(t, map[string]any{"messages": ms})
		assert.Equal(t, "I added the project X.\n\nI added the note Y.", a.text)
	}
}

func TestATemplateGetsAnHonestExtract(t *testing.T) {
	t.Parallel()
	a := complete(t, map[string]any{"messages": []any{
		say("system", "Write a weekly report."), say("user", block(t, chat.ContextBlock, home)), say("user", "Keep it short."),
	}})
	assert.Contains(t, a.text, "offline model")
	assert.Contains(t, a.text, "Fix the printer")
	assert.NotContains(t, a.text, "t1")
	empty := complete(t, map[string]any{"messages": []any{say("system", "Write a poem.")}})
	assert.Contains(t, empty.text, "offline model")
	assert.NotContains(t, empty.text, "poem")
}
