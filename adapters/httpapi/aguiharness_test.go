package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/httpapi"
	fakes "github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/session"
)

const aguiPath = "/api/v1/chat/agui"

// counting makes the ids id-1, id-2, ...
type counting struct{ last atomic.Int64 }

func (c *counting) NewID() string       { return fmt.Sprintf("id-%d", c.last.Add(1)) }
func (*counting) NewSeed() session.Seed { return session.Seed{} }

// streaming is what the use case of a test does: it answers with a reply, having sent events.
type streaming = does[orchestration.OrchestrateStreamInput, orchestration.Answer]

// aguiServer is an API whose stream is the test's, on a socket. The confirmation of deletions is the real one.
func aguiServer(t *testing.T, stream streaming, configure ...func(*httpapi.Config)) (*server, *fakes.Observer) {
	t.Helper()
	cfg := httpapi.Config{Version: "1.2.3", Events: httpapi.EventBounds{Silence: 20 * time.Millisecond}}
	for _, f := range configure {
		f(&cfg)
	}
	uc := useCases()
	uc.Orchestration.OrchestrateStream = stream
	uc.Orchestration.ConfirmDeletions = &orchestration.ConfirmDeletions{}
	out, observer := &logs{}, fakes.NewObserver()
	api, err := httpapi.New(cfg, uc, observer, slog.New(slog.NewJSONHandler(out, nil)), fixed{}, &counting{})
	require.NoError(t, err)
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &server{API: api, addr: ln.Addr().String(), log: out, served: make(chan error, 1)}
	go func() { s.served <- api.Listen(context.Background(), ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		_ = api.Shutdown(ctx)
	})
	return s, observer
}

// tells is a use case that sends the events and ends with the reply.
func tells(reply chat.Reply, err error, events ...chat.Event) streaming {
	return func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		for _, e := range events {
			if err := in.Sink.Send(ctx, e); err != nil {
				return orchestration.Answer{}, err
			}
		}
		return orchestration.Answer{Reply: reply}, err
	}
}

// unasked fails the test when an agent is asked.
func unasked(t *testing.T) streaming {
	t.Helper()
	return func(context.Context, orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		assert.Fail(t, "an agent was asked")
		return orchestration.Answer{}, nil
	}
}

// runInput is a RunAgentInput with these messages and more fields, each as JSON.
func runInput(messages string, more ...string) string {
	return `{"threadId":"th","runId":"ru","messages":[` + messages + `]` + strings.Join(append([]string{""}, more...), ",") + `}`
}

const helloMessage = `{"id":"m1","role":"user","content":"hello"}`

// runEvents posts an input and returns the events of the answer, comments left out.
func (s *server) runEvents(t *testing.T, body string) []map[string]any {
	t.Helper()
	resp, text := s.send(t, http.MethodPost, aguiPath, body, asJSON, asUser)
	require.Equal(t, http.StatusOK, resp.StatusCode, text)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	require.Equal(t, "no", resp.Header.Get("X-Accel-Buffering"))
	return eventsOf(t, text)
}

func eventsOf(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	require.True(t, strings.HasSuffix(text, "\n\n"), text)
	for block := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		if strings.HasPrefix(block, ":") {
			continue
		}
		data, ok := strings.CutPrefix(block, "data: ")
		require.True(t, ok, block)
		var e map[string]any
		require.NoError(t, json.Unmarshal([]byte(data), &e), block)
		all = append(all, e)
	}
	return all
}

// brief are events as type and what matters of the rest.
func brief(all []map[string]any) []string {
	var out []string
	for _, e := range all {
		line, _ := e["type"].(string)
		for _, key := range []string{"stepName", "messageId", "name", "toolCallId", "toolCallName", "parentMessageId", "delta", "content", "code"} {
			if v, ok := e[key]; ok {
				line += fmt.Sprintf(" %s=%v", key, v)
			}
		}
		out = append(out, line)
	}
	return out
}

// beginRun posts an input and returns the answer once the first word of stuck is there, and nothing more will come.
func (s *server) beginRun(t *testing.T) io.ReadCloser {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addr+aguiPath, strings.NewReader(runInput(helloMessage)))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+goodToken)
	resp, err := client(t).Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	require.Equal(t, 200, resp.StatusCode)
	readUntil(t, resp.Body, `"delta":"Well"}`+"\n\n")
	return resp.Body
}

// readUntil reads until the text ends in the given one, byte by byte.
func readUntil(t *testing.T, r io.Reader, end string) {
	t.Helper()
	var text []byte
	next := make([]byte, 1)
	for !strings.HasSuffix(string(text), end) {
		_, err := io.ReadFull(r, next)
		require.NoError(t, err)
		text = append(text, next...)
	}
}

// stuck is a use case that says a word and waits until it is stopped; then it tells why.
func stuck(stopped chan<- error) streaming {
	return func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		if err := in.Sink.Send(ctx, chat.Token{Text: "Well"}); err != nil {
			return orchestration.Answer{}, err
		}
		<-ctx.Done()
		stopped <- context.Cause(ctx)
		return orchestration.Answer{}, context.Cause(ctx)
	}
}
