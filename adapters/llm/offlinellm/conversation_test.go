package offlinellm

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/chat"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) // a Wednesday

func fixed() time.Time { return noon }

// home is what the client sends along in these tests.
var home = map[string]any{
	"now": noon.Format(time.RFC3339), "timezone": "UTC",
	"recent_tasks": []any{
		map[string]any{"id": "t1", "title": "Fix the printer", "status": "todo", "priority": "low", "project_id": "p1"},
		map[string]any{"id": "t2", "title": "Email the bank", "status": "todo", "priority": "high"},
		map[string]any{"id": "t3", "title": "Email the landlord", "status": "done", "priority": "low"},
	},
	"projects":    []any{map[string]any{"id": "p1", "name": "Office", "status": "active"}, map[string]any{"id": "p2", "name": "Holiday", "status": "archived"}},
	"notes":       []any{map[string]any{"id": "n1", "title": "Door codes", "content": "front: 12"}},
	"checkpoints": []any{map[string]any{"id": "c1", "title": "Move in", "project_id": "p1", "date": 1800000000000}},
}

var tools = map[kind][]string{
	task:       {"list_tasks", "create_task", "update_task", "delete_task", "list_tasks_due_today", "list_task_comments", "add_task_comment", "delete_task_comment"},
	checkpoint: {"list_checkpoints", "create_checkpoint", "update_checkpoint", "delete_checkpoint"},
	project:    {"list_projects", "list_all_projects", "get_project", "create_project", "update_project", "delete_project"},
	note:       {"list_notes", "get_note", "create_note", "update_note", "delete_note"},
}

func block(t testing.TB, name string, v any) string {
	t.Helper()
	s, err := chat.Block(name, v)
	require.NoError(t, err)
	return s
}

func say(role, text string) map[string]any { return map[string]any{"role": role, "content": text} }

func offer(names ...string) []any {
	var out []any
	for _, n := range names {
		out = append(out, map[string]any{"type": "function", "function": map[string]any{"name": n, "description": n, "parameters": map[string]any{"type": "object"}}})
	}
	return out
}

// agentRequest is a call of an agent, as an application makes it.
func agentRequest(t testing.TB, k kind, before []result, message string, after ...map[string]any) map[string]any {
	t.Helper()
	data := block(t, chat.ContextBlock, home)
	if before != nil {
		data += "\n" + block(t, chat.ResultsBlock, before)
	}
	messages := []any{say("system", "You manage "+string(k)+"s."), say("user", data), say("user", message)}
	for _, m := range after {
		messages = append(messages, m)
	}
	return map[string]any{"model": "m", "messages": messages, "tools": offer(tools[k]...)}
}

// classifierRequest is a call of the classifier.
func classifierRequest(t testing.TB, message, last string, history ...map[string]any) map[string]any {
	t.Helper()
	var agents []any
	for _, k := range []kind{task, checkpoint, project, note} {
		agents = append(agents, map[string]any{"name": k.agent(), "description": "", "available": true})
	}
	shape := map[string]any{"last_agent": last, "tasks": home["recent_tasks"], "projects": home["projects"], "notes": home["notes"], "checkpoints": home["checkpoints"]}
	messages := []any{say("system", "Route.\n"+block(t, chat.AgentsBlock, agents)), say("user", block(t, chat.ShapeBlock, shape))}
	for _, h := range history {
		messages = append(messages, h)
	}
	return map[string]any{"model": "m", "messages": append(messages, say("user", message))}
}

func post(t testing.TB, body map[string]any) *http.Response {
	t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://offline.invalid/v1/chat/completions", bytes.NewReader(raw))
	require.NoError(t, err)
	res, err := NewTransport(fixed).RoundTrip(r)
	require.NoError(t, err)
	return res
}

func read(t testing.TB, res *http.Response) []byte {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return b
}

type answered struct {
	text   string
	calls  []toolCall
	finish string
}

func complete(t testing.TB, body map[string]any) answered {
	t.Helper()
	res := post(t, body)
	var a struct {
		Model   string `json:"model"`
		Choices []struct {
			Message      message `json:"message"`
			FinishReason string  `json:"finish_reason"`
		} `json:"choices"`
	}
	require.NoError(t, json.Unmarshal(read(t, res), &a))
	require.Equal(t, "offline", a.Model)
	require.Len(t, a.Choices, 1)
	m := a.Choices[0]
	return answered{string(m.Message.Content), m.Message.ToolCalls, m.FinishReason}
}
