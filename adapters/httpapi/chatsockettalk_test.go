package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// talk is one WebSocket of a test.
type talk struct {
	*websocket.Conn
	t testing.TB
}

// attempt is what became of opening a WebSocket.
type attempt struct {
	conn *websocket.Conn // nil if it was refused
	resp *http.Response
	body string // of the refusal
	err  error
}

// handshake opens a WebSocket, or answers how that was refused. headers are "Name: value".
func (s *server) handshake(t testing.TB, path string, headers ...string) attempt {
	t.Helper()
	h := http.Header{}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	opts := &websocket.DialOptions{HTTPHeader: h, HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	opts.Subprotocols, h["Sec-Websocket-Protocol"] = h["Sec-Websocket-Protocol"], nil
	conn, resp, err := websocket.Dial(ctx, "ws://"+s.addr+path, opts) //nolint:bodyclose // the library has closed it, or it is the WebSocket
	a := attempt{conn: conn, resp: resp, err: err}
	if conn != nil {
		conn.SetReadLimit(-1)
		t.Cleanup(func() { _ = conn.CloseNow() })
	} else if resp != nil {
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		a.body = string(body)
	}
	return a
}

// open is a WebSocket of the user.
func (s *server) open(t testing.TB, headers ...string) talk {
	t.Helper()
	a := s.handshake(t, socketPath, append(headers, asUser)...)
	require.NoError(t, a.err)
	return talk{a.conn, t}
}

func within(t testing.TB) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(context.Background(), 45*time.Second)
}

// say sends one text frame.
func (c talk) say(text string) {
	c.t.Helper()
	ctx, cancel := within(c.t)
	defer cancel()
	require.NoError(c.t, c.Write(ctx, websocket.MessageText, []byte(text)))
}

// hear is the next frame.
func (c talk) hear() string {
	c.t.Helper()
	ctx, cancel := within(c.t)
	defer cancel()
	kind, b, err := c.Read(ctx)
	require.NoError(c.t, err)
	require.Equal(c.t, websocket.MessageText, kind)
	return string(b)
}

// last is a final frame of the original protocol, or any frame of adiuva.v1.
type last struct {
	contract.StreamEnd
	Type      string            `json:"type"`
	RunID     string            `json:"run_id"`
	Agent     string            `json:"agent"`
	Seq       int               `json:"seq"`
	Delta     string            `json:"delta"`
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Arguments map[string]any    `json:"arguments"`
	Refused   string            `json:"refused"`
	Error     *contract.Problem `json:"error"`
}

// final reads JSON frames.
func final(t testing.TB, text string) last {
	t.Helper()
	var f last
	require.NoError(t, json.Unmarshal([]byte(text), &f), text)
	return f
}

// isObject reports whether a client that parses each frame takes it for the last one.
func isObject(text string) bool {
	var m map[string]any
	return json.Unmarshal([]byte(strings.TrimFunc(text, func(r rune) bool { return r == '\uFEFF' || r <= ' ' || strings.TrimSpace(string(r)) == "" })), &m) == nil && m != nil
}

// answer reads to the last frame of the original protocol.
func (c talk) answer() (pieces []string, end last) {
	c.t.Helper()
	for {
		text := c.hear()
		if isObject(text) {
			return pieces, final(c.t, text)
		}
		pieces = append(pieces, text)
	}
}

// run reads to the last frame of a run of adiuva.v1.
func (c talk) run() []last {
	c.t.Helper()
	for frames := []last{}; ; {
		f := final(c.t, c.hear())
		frames = append(frames, f)
		if f.Done {
			return frames
		}
	}
}

// closed is the code with which the server closes.
func (c talk) closed() websocket.StatusCode {
	c.t.Helper()
	ctx, cancel := within(c.t)
	defer cancel()
	_, _, err := c.Read(ctx)
	require.Error(c.t, err)
	return websocket.CloseStatus(err)
}
