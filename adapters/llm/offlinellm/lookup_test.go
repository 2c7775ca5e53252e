package offlinellm

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/chat"
)

// bare plays an agent's turn for an app that sent nothing along.
func bare(t *testing.T, k kind, message string, sent map[string]any, result func(toolCall) string) ([]toolCall, string) {
	t.Helper()
	data := map[string]any{"now": noon.Format(time.RFC3339), "timezone": "UTC"}
	maps.Copy(data, sent)
	messages := []any{say("system", "You manage things."), say("user", block(t, chat.ContextBlock, data)), say("user", message)}
	var all []toolCall
	for range 6 {
		a := complete(t, map[string]any{"model": "m", "messages": messages, "tools": offer(tools[k]...)})
		if len(a.calls) == 0 {
			return all, a.text
		}
		all = append(all, a.calls...)
		messages = append(messages, map[string]any{"role": "assistant", "content": nil, "tool_calls": a.calls})
		for _, c := range a.calls {
			messages = append(messages, map[string]any{"role": "tool", "tool_call_id": c.ID, "content": result(c)})
		}
	}
	t.Fatal("the agent never ends")
	return nil, ""
}

func TestWhatTheAppDidNotSendIsLookedUpFirst(t *testing.T) {
	t.Parallel()
	calls, text := bare(t, task, "mark Water the plants as done", nil, func(c toolCall) string {
		if c.Function.Name == "list_tasks" {
			return `{"count":1,"records":[{"id":"t9","title":"Water the plants","status":"todo"}]}`
		}
		return `{"ok":true}`
	})
	require.Len(t, calls, 2)
	assert.Equal(t, "list_tasks", calls[0].Function.Name)
	assert.Equal(t, "update_task", calls[1].Function.Name)
	assert.JSONEq(t, `{"task_id":"t9","status":"done"}`, calls[1].Function.Arguments)
	assert.Contains(t, text, "Water the plants")

	calls, text = bare(t, note, "add milk to the groceries note", nil, func(c toolCall) string {
		switch c.Function.Name {
		case "list_notes":
			return `{"count":1,"records":[{"id":"n9","title":"Groceries"}]}`
		case "get_note":
			return `{"id":"n9","title":"Groceries","content":"- eggs"}`
		}
		return `{"ok":true}`
	})
	require.Len(t, calls, 3)
	assert.JSONEq(t, `{"note_id":"n9","content":"- eggs\n- milk"}`, calls[2].Function.Arguments)
	assert.Contains(t, text, "Groceries")
}

func TestWhatCannotBeLookedUpIsSaidSo(t *testing.T) {
	t.Parallel()
	calls, text := bare(t, task, "mark Water the plants as done", nil, func(toolCall) string {
		return `{"error":"the app did not send its tasks with this message, so they cannot be looked up; say so"}`
	})
	require.Len(t, calls, 1)
	assert.Equal(t, "The app did not send its tasks with this message, so they cannot be looked up. Nothing was changed.", text)
}

func TestNothingIsLookedUpThatTheAppSent(t *testing.T) {
	t.Parallel()
	calls, text := bare(t, task, "mark Water the plants as done", map[string]any{"recent_tasks": []any{}}, func(toolCall) string { return "{}" })
	assert.Empty(t, calls)
	assert.Contains(t, text, "could not find")
}
