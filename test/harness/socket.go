package harness

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// Socket is a WebSocket to /chat/stream.
type Socket struct {
	*websocket.Conn
	t testing.TB
}

// socketPatience is how long a test waits for one frame.
const socketPatience = 20 * time.Second

// Socket opens a WebSocket as this user, by the Authorization header, and offers these subprotocols.
func (c *Client) Socket(t testing.TB, protocols ...string) Socket {
	t.Helper()
	s, answer := c.TrySocket(t, "", c.Access, protocols...)
	require.Equal(t, http.StatusSwitchingProtocols, answer.Status, "%s", answer.Body)
	return s
}

// TrySocket opens a WebSocket with this query and, unless it is empty, an access token in the header. The answer is a
// problem if it was refused.
func (c *Client) TrySocket(t testing.TB, query, access string, protocols ...string) (Socket, Answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), socketPatience)
	defer cancel()
	h := http.Header{}
	if access != "" {
		h.Set("Authorization", "Bearer "+access)
	}
	url := strings.Replace(c.Base, "http", "ws", 1) + "/api/v1/chat/stream" + query
	conn, res, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: h, Subprotocols: protocols}) //nolint:bodyclose // the library has closed it, or it is the WebSocket
	require.NotNil(t, res, "no answer: %v", err)
	answer := Answer{Status: res.StatusCode, Header: res.Header}
	if err != nil {
		answer.Body, err = io.ReadAll(res.Body) // the first kilobyte, which the library keeps
		require.NoError(t, err)
		return Socket{}, answer
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return Socket{conn, t}, answer
}

// Say sends one text frame: a string as it is, anything else as JSON.
func (s Socket) Say(frame any) {
	s.t.Helper()
	text, ok := frame.(string)
	if !ok {
		raw, err := json.Marshal(frame)
		require.NoError(s.t, err)
		text = string(raw)
	}
	ctx, cancel := context.WithTimeout(context.Background(), socketPatience)
	defer cancel()
	require.NoError(s.t, s.Write(ctx, websocket.MessageText, []byte(text)))
}

// Hear is the next frame.
func (s Socket) Hear() string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), socketPatience)
	defer cancel()
	_, raw, err := s.Read(ctx)
	require.NoError(s.t, err)
	return string(raw)
}

// Closed waits until the server closes and answers with its code, or -1 if it just went away.
func (s Socket) Closed() websocket.StatusCode {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), socketPatience)
	defer cancel()
	_, _, err := s.Read(ctx)
	require.Error(s.t, err)
	require.NoError(s.t, ctx.Err(), "the server does not close")
	return websocket.CloseStatus(err)
}

// Frame is a last frame of the original protocol, or any frame of adiuva.v1.
type Frame struct {
	Done      bool
	Response  string
	Actions   []PlanAction
	Agents    []string
	Plan      *Plan
	Model     string
	Notice    *struct{ Code, Message string }
	Error     *struct{ Code, Detail string }
	Type      string
	RunID     string `json:"run_id"`
	Agent     string
	Seq       int
	Delta     string
	ID        string
	Name      string
	Arguments map[string]any
	Action    *PlanAction
}

// Answer reads to the last frame of a request of the original protocol.
func (s Socket) Answer() (pieces []string, end Frame) {
	s.t.Helper()
	for {
		text := s.Hear()
		if err := json.Unmarshal([]byte(text), &end); err == nil && end.Done {
			return pieces, end
		}
		pieces = append(pieces, text)
	}
}

// Next is the next frame of adiuva.v1.
func (s Socket) Next() Frame {
	s.t.Helper()
	var f Frame
	text := s.Hear()
	require.NoError(s.t, json.Unmarshal([]byte(text), &f), text)
	return f
}

// Run reads to the last frame of a run of adiuva.v1.
func (s Socket) Run() []Frame {
	s.t.Helper()
	for frames := []Frame{}; ; {
		frames = append(frames, s.Next())
		if frames[len(frames)-1].Done {
			return frames
		}
	}
}
