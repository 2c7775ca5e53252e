package offlinellm

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flipped posts to a transport whose switches work, and whose pauses are counted instead of waited for.
func flipped(ctx context.Context, t *testing.T, body map[string]any) (*http.Response, *int, error) {
	t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://offline.invalid/v1/chat/completions", bytes.NewReader(raw))
	require.NoError(t, err)
	pauses := new(int)
	res, err := NewTransport(fixed, Switches(), func(x *transport) {
		x.wait = func(ctx context.Context, _ time.Duration) error { *pauses++; return ctx.Err() }
	}).RoundTrip(r)
	return res, pauses, err
}

func streaming(t *testing.T, message string, after ...map[string]any) map[string]any {
	t.Helper()
	body := agentRequest(t, task, nil, message, after...)
	body["stream"] = true
	return body
}

func TestWithoutTheOptionASwitchIsAMessageLikeAnyOther(t *testing.T) {
	t.Parallel()
	for name := range flips {
		a := complete(t, agentRequest(t, task, nil, "offline:"+name))
		assert.Empty(t, a.calls, name)
		assert.NotContains(t, a.text, "You manage")
	}
}

func TestASwitchIsAMessageThatIsNothingElse(t *testing.T) {
	t.Parallel()
	for _, message := range []string{"add a task offline:429", "offline:429 please", "offline:unknown"} {
		res, _, err := flipped(t.Context(), t, agentRequest(t, task, nil, message))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, res.StatusCode, message)
	}
}

func TestChoosingAnAgentForASwitchWorks(t *testing.T) {
	t.Parallel()
	for name := range flips {
		res, _, err := flipped(t.Context(), t, classifierRequest(t, "offline:"+name, ""))
		require.NoError(t, err)
		assert.Contains(t, string(read(t, res)), `[\"task_agent\"]`, name)
	}
}

func TestASlowAnswerPausesBetweenItsPieces(t *testing.T) {
	t.Parallel()
	res, pauses, err := flipped(t.Context(), t, streaming(t, "offline:slow"))
	require.NoError(t, err)
	text, _, finish, _, _ := streamed(t, read(t, res))
	assert.Equal(t, slowText, text)
	assert.Equal(t, "stop", finish)
	assert.Greater(t, *pauses, 10)

	ctx, cancel := context.WithCancel(t.Context())
	res, _, err = flipped(ctx, t, streaming(t, "offline:slow"))
	require.NoError(t, err)
	cancel()
	_, err = io.ReadAll(res.Body)
	require.ErrorIs(t, err, context.Canceled)

	res, pauses, err = flipped(t.Context(), t, agentRequest(t, task, nil, "offline:slow"))
	require.NoError(t, err)
	assert.Equal(t, 1, *pauses)
	assert.Contains(t, string(read(t, res)), "take my time")
}

func TestAnOverloadedModelSaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	res, _, err := flipped(t.Context(), t, streaming(t, "offline:429"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	assert.Equal(t, "1", res.Header.Get("Retry-After"))
	assert.Contains(t, string(read(t, res)), "overloaded")
}

func TestAStalledAnswerEndsWithItsRequestOnly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	res, _, err := flipped(ctx, t, streaming(t, "offline:stall"))
	require.NoError(t, err)
	first := make([]byte, 16)
	_, err = io.ReadFull(res.Body, first)
	require.NoError(t, err)
	assert.Equal(t, "data: ", string(first[:6]))
	ended := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(res.Body)
		ended <- err
	}()
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)

	_, _, err = flipped(ctx, t, agentRequest(t, task, nil, "offline:stall"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestACutAnswerHasNoEnd(t *testing.T) {
	t.Parallel()
	for _, body := range []map[string]any{streaming(t, "offline:cut"), agentRequest(t, task, nil, "offline:cut")} {
		res, _, err := flipped(t.Context(), t, body)
		require.NoError(t, err)
		b, err := io.ReadAll(res.Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		assert.NotEmpty(t, b)
		assert.NotContains(t, string(b), "[DONE]")
		assert.False(t, json.Valid(b))
	}
}

func TestAFailureIsReportedWithinTheStream(t *testing.T) {
	t.Parallel()
	res, _, err := flipped(t.Context(), t, streaming(t, "offline:error"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, res.StatusCode)
	parts := strings.Split(strings.TrimSpace(string(read(t, res))), "\n\n")
	require.Greater(t, len(parts), 2)
	assert.Contains(t, parts[0], `"choices"`)
	assert.Contains(t, parts[len(parts)-1], `data: {"error":{`)
	res, _, err = flipped(t.Context(), t, agentRequest(t, task, nil, "offline:error"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusInternalServerError, res.StatusCode)
}

func TestALeakRepeatsTheSystemPrompt(t *testing.T) {
	t.Parallel()
	res, _, err := flipped(t.Context(), t, streaming(t, "offline:leak"))
	require.NoError(t, err)
	text, _, _, _, _ := streamed(t, read(t, res))
	assert.Contains(t, text, "You manage tasks.")
}

func TestBrokenArgumentsAreRepairedInTheNextRound(t *testing.T) {
	t.Parallel()
	var after []map[string]any
	for round, valid := range []bool{false, true} {
		res, _, err := flipped(t.Context(), t, streaming(t, "offline:bad-json", after...))
		require.NoError(t, err)
		_, calls, finish, _, _ := streamed(t, read(t, res))
		require.Len(t, calls, 1)
		assert.Equal(t, "tool_calls", finish)
		assert.Equal(t, valid, json.Valid([]byte(calls[0].Function.Arguments)), "round %d", round)
		after = append(after, map[string]any{"role": "assistant", "content": nil, "tool_calls": calls},
			map[string]any{"role": "tool", "tool_call_id": calls[0].ID, "content": `{"error":"no JSON"}`})
	}
	res, _, err := flipped(t.Context(), t, streaming(t, "offline:bad-json", after...))
	require.NoError(t, err)
	text, calls, _, _, _ := streamed(t, read(t, res))
	assert.Empty(t, calls)
	assert.Contains(t, text, "repaired")
}

func TestInterleavedCallsComeTogetherByTheirIndex(t *testing.T) {
	t.Parallel()
	res, _, err := flipped(t.Context(), t, streaming(t, "offline:interleaved"))
	require.NoError(t, err)
	_, pieces, finish, _, _ := streamed(t, read(t, res))
	assert.Equal(t, "tool_calls", finish)
	arguments, turns := map[int]string{}, 0
	last := -1
	for _, p := range pieces {
		require.NotNil(t, p.Index)
		arguments[*p.Index] += p.Function.Arguments
		if *p.Index != last {
			turns++
		}
		last = *p.Index
	}
	assert.Equal(t, map[int]string{0: `{"title":"Offline trial one"}`, 1: `{"title":"Offline trial two"}`}, arguments)
	assert.Greater(t, turns, 4)

	res, _, err = flipped(t.Context(), t, agentRequest(t, task, nil, "offline:interleaved"))
	require.NoError(t, err)
	assert.Contains(t, string(read(t, res)), "Offline trial two")
}

func TestASwitchForToolsSaysWhereThereIsNone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bad-json", "interleaved"} {
		body := agentRequest(t, task, nil, "offline:"+name)
		body["tools"] = []any{}
		res, _, err := flipped(t.Context(), t, body)
		require.NoError(t, err)
		assert.Contains(t, string(read(t, res)), "no tool here")
	}
}
