package leaks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/harness"
)

// received is all that a client got in one attempt.
type received struct {
	raw      string // as it came
	text     string // the answer, put together
	contents string // the texts of all JSON, put together
}

// surface asks the agents in one of the ways that there are.
type surface func(t *testing.T, c *harness.Client, message, agent string) received

// empty is a context in which nothing has to be looked up; without it, tasks are asked for where a client can be asked.
func sent(message string) map[string]any {
	known := map[string]any{"notes": []any{}, "projects": []any{}}
	if !strings.Contains(message, asksBack) {
		known["recent_tasks"] = []any{}
	}
	return known
}

var surfaces = map[string]surface{
	"POST /chat": func(t *testing.T, c *harness.Client, message, _ string) received {
		t.Helper()
		a := c.Send(t, http.MethodPost, "/chat", map[string]any{"message": message, "context": sent(message)})
		return document(a.Body, "response")
	},
	"POST /plans/steps/run": func(t *testing.T, c *harness.Client, message, agent string) received {
		t.Helper()
		a := c.Send(t, http.MethodPost, "/plans/steps/run", map[string]any{"prompt_template": strings.Replace(agent, "_agent", "_request", 1),
			"variables": map[string]any{"message": message, "context": sent(message)}})
		return document(a.Body, "output")
	},
	"WS /chat/stream": func(t *testing.T, c *harness.Client, message, _ string) received {
		t.Helper()
		return socket(t, c, map[string]any{"message": message, "context": sent(message)})
	},
	"WS adiuva.v1": func(t *testing.T, c *harness.Client, message, _ string) received {
		t.Helper()
		return socket(t, c, map[string]any{"type": "chat", "message": message, "context": sent(message)}, "adiuva.v1")
	},
	"POST /chat/agui": func(t *testing.T, c *harness.Client, message, _ string) received {
		t.Helper()
		return run(t, c, map[string]any{
			"threadId": "t", "runId": "r", "messages": []any{map[string]any{"id": "1", "role": "user", "content": message}}, "state": sent(message),
			"tools": []any{map[string]any{"name": "list_tasks"}}, "context": []any{}, "forwardedProps": map[string]any{},
		})
	},
}

// document reads an answer of one JSON document, with the text in a field.
func document(body []byte, field string) received {
	var v map[string]any
	_ = json.Unmarshal(body, &v) // what is no JSON is judged as it is
	answer, _ := v[field].(string)
	return received{raw: string(body), text: answer, contents: contents(body)}
}

// socket asks over a WebSocket, and answers every question with nothing.
func socket(t *testing.T, c *harness.Client, request map[string]any, protocols ...string) received {
	t.Helper()
	conn, res, err := websocket.Dial(t.Context(), c.Base+"/api/v1/chat/stream", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + c.Access}}, Subprotocols: protocols,
	})
	require.NoError(t, err)
	if res.Body != nil {
		defer func() { _ = res.Body.Close() }()
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(1 << 22)
	send := func(v any) {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		require.NoError(t, conn.Write(t.Context(), websocket.MessageText, raw))
	}
	send(request)
	var got received
	for {
		_, frame, err := conn.Read(t.Context())
		require.NoError(t, err)
		got.raw += string(frame)
		var f struct {
			Type, ID, Delta string
			Done            bool
		}
		if json.Unmarshal(frame, &f) != nil || f.Type == "" && !f.Done {
			got.text += string(frame)
			continue
		}
		got.text += f.Delta
		got.contents += contents(frame) + " "
		switch {
		case f.Type == "tool_request":
			send(map[string]any{"type": "tool_result", "id": f.ID, "result": []any{}})
		case f.Type == "done", f.Type == "error", f.Done:
			return got
		}
	}
}

// run asks as a front end of AG-UI does.
func run(t *testing.T, c *harness.Client, input map[string]any) received {
	t.Helper()
	a := c.Send(t, http.MethodPost, "/chat/agui", input)
	got := received{raw: string(a.Body)}
	lines := bufio.NewScanner(bytes.NewReader(a.Body))
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		var e struct{ Type, Delta string }
		require.NoError(t, json.Unmarshal(data, &e))
		if e.Type == "TEXT_MESSAGE_CONTENT" {
			got.text += e.Delta
		}
		got.contents += contents(data) + " "
	}
	return got
}
