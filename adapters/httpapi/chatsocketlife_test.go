package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// eventually waits for what other goroutines bring about.
func eventually(t *testing.T, ok func() bool, about string) {
	t.Helper()
	require.Eventually(t, ok, 10*time.Second, 5*time.Millisecond, about)
}

func TestAPeerThatIsSilentIsClosedAndOneThatAnswersPingsIsNot(t *testing.T) {
	t.Parallel()
	gone := make(chan error, 10)
	s := serve(t, chatting(waits(gone)), func(cfg *httpapi.Config) {
		cfg.Sockets.Ping, cfg.Sockets.Silence = 50*time.Millisecond, 500*time.Millisecond
	})
	alive := s.open(t)
	ctx, cancel := within(t)
	defer cancel()
	read := make(chan error, 1)
	go func() { // reading answers the pings
		_, _, err := alive.Read(ctx)
		read <- err
	}()
	silent := s.open(t)
	silent.say(`{"message":"hi"}`)
	require.Error(t, soon(t, gone), "the run of a peer that is gone is broken off")
	eventually(t, func() bool { return strings.Count(s.log.String(), `"status":101`) == 1 }, "the silent socket is closed")
	assert.Contains(t, s.log.String(), `"complete":false`)
	select {
	case err := <-read:
		require.Fail(t, "the living socket was closed", err)
	default:
	}
	for range 3 { // the server answers pings of its client too
		require.NoError(t, alive.Ping(ctx))
	}
}

func TestASocketThatIsClosedInOrderIsAnsweredAndLoggedOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says("Hello.")))
	c := s.open(t)
	c.say(`{"message":"a secret"}`)
	c.answer()
	require.NoError(t, c.Close(websocket.StatusNormalClosure, "bye"), "the server says goodbye too")
	eventually(t, func() bool { return strings.Contains(s.log.String(), `"status":101`) }, "the line is written")
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(s.log.String()), &line), "one line: %s", s.log.String())
	assert.Equal(t, socketPath, line["route"])
	assert.Equal(t, userID, line["user_id"])
	assert.Equal(t, true, line["complete"])
	assert.Greater(t, line["bytes"], 6.0)
	assert.NotContains(t, s.log.String(), "secret")
}

func TestAReaderThatDoesNotReadHoldsTheRunUpAndIsCutOff(t *testing.T) {
	t.Parallel()
	sent := make(chan int, 1)
	piece := strings.Repeat("x", 10<<10)
	s := serve(t, chatting(func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		for n := range 5000 { // 50 MB
			if err := in.Sink.Send(ctx, chat.Token{Text: piece}); err != nil {
				sent <- n
				return orchestration.Answer{}, err
			}
		}
		sent <- 5000
		return orchestration.Answer{}, nil
	}), func(cfg *httpapi.Config) { cfg.Sockets.Write = 500 * time.Millisecond })
	c := s.open(t)
	c.say(`{"message":"hi"}`)
	n := <-sent
	assert.Less(t, n, 1500, "most of it was never made")
	eventually(t, func() bool { return strings.Contains(s.log.String(), `"status":101`) }, "the socket is closed")
	var line struct {
		Bytes    int
		Complete bool
	}
	require.NoError(t, json.Unmarshal([]byte(s.log.String()), &line), "one line, and no failure of ours: %s", s.log.String())
	assert.False(t, line.Complete)
	assert.Less(t, n*len(piece)-line.Bytes, 300<<10, "what was made and not written had to be kept")
}

func TestASlowReaderGetsEverything(t *testing.T) {
	t.Parallel()
	piece := strings.Repeat("x", 10<<10)
	pieces := make([]string, 500)
	for i := range pieces {
		pieces[i] = piece
	}
	s := serve(t, chatting(says(pieces...)))
	c := s.open(t)
	c.say(`{"message":"hi"}`)
	for i := range pieces {
		require.Equal(t, piece, c.hear())
		if i%100 == 0 {
			time.Sleep(20 * time.Millisecond) // slower than the server, and within its patience
		}
	}
	assert.Len(t, final(t, c.hear()).Response, 500*(10<<10))
}

// TestARequestThatComesBeforeTheLastFrameIsReadIsNotRefused lets the last frame wait for a client that does not read yet.
func TestARequestThatComesBeforeTheLastFrameIsReadIsNotRefused(t *testing.T) {
	t.Parallel()
	full := make(chan struct{}, 2)
	s := serve(t, chatting(func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		if in.Request.Message == "second" {
			return orchestration.Answer{Reply: chat.Reply{Text: "second"}}, nil
		}
		ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		for in.Sink.Send(ctx, chat.Token{Text: strings.Repeat("x", 10<<10)}) == nil {
			continue // until nothing fits any more
		}
		full <- struct{}{}
		return orchestration.Answer{Reply: chat.Reply{Text: "first"}}, nil
	}))
	c := s.open(t)
	c.say(`{"message":"first"}`)
	<-full
	c.say(`{"message":"second"}`)
	time.Sleep(50 * time.Millisecond) // for the request to be there before anything is read
	for _, want := range []string{"first", "second"} {
		_, end := c.answer()
		require.Nil(t, end.Error)
		assert.Equal(t, want, end.Response)
	}
}

func TestSocketsAreBoundedForEachUserAndForAll(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says("Hello.")), func(cfg *httpapi.Config) { cfg.Sockets.User, cfg.Sockets.Process = 2, 3 })
	refused := func(as string, status int, code string) {
		t.Helper()
		a := s.handshake(t, socketPath, as)
		require.Error(t, a.err)
		assert.Equal(t, status, a.resp.StatusCode)
		assert.Equal(t, code, problem(t, a.resp, a.body).Code)
		assert.NotEmpty(t, a.resp.Header.Get("Retry-After"))
	}
	asOther := "Authorization: Bearer " + otherToken
	first := s.open(t)
	s.open(t)
	refused(asUser, http.StatusTooManyRequests, "rate_limited")
	require.NoError(t, s.handshake(t, socketPath, asOther).err)
	refused(asOther, http.StatusServiceUnavailable, "unavailable")
	require.NoError(t, first.Close(websocket.StatusNormalClosure, ""))
	eventually(t, func() bool { return s.handshake(t, socketPath, asUser).err == nil }, "the place of a socket that was closed is free again")
}

func TestAPanicEndsItsRunAndNothingElse(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(func(_ context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		if in.Request.Message == "hi" {
			panic("a secret")
		}
		return orchestration.Answer{}, nil
	}))
	c := s.open(t)
	c.say(`{"message":"hi"}`)
	f := final(t, c.hear())
	require.NotNil(t, f.Error)
	assert.Equal(t, "internal", f.Error.Code)
	c.say(`{"message":"again"}`)
	assert.Nil(t, final(t, c.hear()).Error)
	assert.Contains(t, s.log.String(), "panic")
	assert.NotContains(t, s.log.String(), "a secret")
}

func TestAShutdownLetsRunsEndAndThenClosesTheirSockets(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	s := serve(t, chatting(func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		close(begun)
		<-release
		return says("Hello.")(ctx, in)
	}))
	idle, busy := s.open(t), s.open(t)
	busy.say(`{"message":"hi"}`)
	<-begun
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	assert.Equal(t, websocket.StatusGoingAway, idle.closed())
	late := s.handshake(t, socketPath, asUser)
	require.Error(t, late.err)
	if late.resp != nil { // the listener may be closed already
		assert.Equal(t, http.StatusServiceUnavailable, late.resp.StatusCode)
	}
	select {
	case err := <-down:
		require.Fail(t, "it is down while a run is under way", err)
	default:
	}
	close(release)
	_, end := busy.answer()
	assert.Equal(t, "Hello.", end.Response)
	assert.Equal(t, websocket.StatusGoingAway, busy.closed())
	require.NoError(t, <-down)
}

func TestAShutdownThatTakesTooLongBreaksRunsOff(t *testing.T) {
	t.Parallel()
	gone := make(chan error, 1)
	s := serve(t, chatting(waits(gone)))
	c := s.open(t)
	c.say(`{"message":"hi"}`)
	assert.Equal(t, "Wait", c.hear())
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(ctx) }()
	f := final(t, c.hear())
	require.NotNil(t, f.Error)
	assert.Equal(t, "unavailable", f.Error.Code)
	assert.Equal(t, websocket.StatusGoingAway, c.closed())
	assert.ErrorIs(t, <-down, context.DeadlineExceeded)
}
