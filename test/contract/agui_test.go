package contract

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

// aguiEvents are the events of a run, each held to the document.
func (h *house) aguiEvents(t *testing.T, user *harness.Client, body map[string]any) []map[string]any {
	t.Helper()
	a := user.Expect(t, http.StatusOK, http.MethodPost, "/chat/agui", body)
	op, ok := h.conforms.doc.find(http.MethodPost, "/chat/agui")
	require.True(t, ok)
	schema := h.conforms.schema(t, op.Responses["200"].Content["text/event-stream"].Schema)
	var all []map[string]any
	for block := range strings.SplitSeq(strings.TrimSpace(string(a.Body)), "\n\n") {
		data, isEvent := strings.CutPrefix(block, "data: ")
		if !isEvent {
			continue
		}
		var e map[string]any
		require.NoError(t, json.Unmarshal([]byte(data), &e), block)
		require.NoError(t, schema.Validate(e), "%s", data)
		all = append(all, e)
	}
	return all
}

func TestTheEventsOfARunAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "pro")
	say := func(text string, state map[string]any) map[string]any {
		return map[string]any{"threadId": "t", "runId": "r", "messages": []any{map[string]any{"id": "1", "role": "user", "content": text}}, "state": state, "tools": []any{map[string]any{"name": "list_tasks"}}}
	}
	tasks := map[string]any{"recent_tasks": []any{map[string]any{"id": "t-1", "title": "Buy milk"}}}
	seen := map[any]bool{}
	for _, body := range []map[string]any{
		say("hello", nil), say("Add a task to call Bob", tasks), say("Delete the task Buy milk", tasks), say("List my tasks", nil),
		changed(say("hello", nil), map[string]any{"forwardedProps": map[string]any{"model": "none"}}),
		changed(say("Delete the task Buy milk", tasks), map[string]any{
			"messages": []any{
				map[string]any{"role": "user", "content": "Delete the task Buy milk"},
				map[string]any{"role": "assistant", "toolCalls": []any{map[string]any{"id": "p", "function": map[string]any{
					"name": "confirm_delete_record", "arguments": `{"table":"tasks","data":{"id":"t-1"}}`}}}},
			},
			"resume": []any{map[string]any{"interruptId": "p", "status": "resolved", "payload": map[string]any{"approved": true}}},
		}),
	} {
		for _, e := range h.aguiEvents(t, user, body) {
			seen[e["type"]] = true
		}
	}
	for _, name := range []string{
		"RUN_STARTED", "RUN_FINISHED", "RUN_ERROR", "STEP_STARTED", "STEP_FINISHED", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END",
		"TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END", "TOOL_CALL_RESULT",
	} {
		assert.True(t, seen[name], name)
	}
}
