package httpapi_test

import (
	"context"
	"strconv"
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

const typedAsk = `{"type":"chat","message":"hi"}`

// types are the types of frames.
func types(frames []last) []string {
	out := []string{}
	for _, f := range frames {
		out = append(out, f.Type)
	}
	return out
}

func TestTypedFramesTellOfARunAsItHappens(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		act := chat.Action{Type: chat.CreateRecord, Table: "tasks", Data: map[string]any{"id": "1"}}
		for _, e := range []chat.Event{chat.StepStarted{Agent: "a"}, chat.Token{Text: "{\"done\":"}, chat.Token{Text: "\xf0\x9f"}, chat.Token{Text: "\x99\x82"}, chat.StepFinished{Agent: "a"}, chat.Proposed{Action: act}} {
			require.NoError(t, in.Sink.Send(ctx, e))
		}
		return orchestration.Answer{Reply: chat.Reply{Text: "{\"done\":🙂", Actions: []chat.Action{act}, Agents: []string{"a"}, Model: "m", Usage: chat.Usage{PromptTokens: 3, CompletionTokens: 4}}}, nil
	}))
	c := s.open(t, typedOffer)
	for range 2 {
		c.say(typedAsk)
		run := ""
		for i, want := range []string{
			`{"type":"run.started"}`, `{"type":"step.started","agent":"a"}`, `{"type":"token","seq":1,"delta":"{\"done\":"}`, `{"type":"token","seq":2,"delta":"🙂"}`,
			`{"type":"step.finished","agent":"a"}`, `{"type":"action","action":{"type":"create_record","table":"tasks","data":{"id":"1"},"requires_confirmation":false}}`,
			`{"type":"usage","prompt_tokens":3,"completion_tokens":4,"model":"m"}`,
			`{"type":"done","done":true,"response":"{\"done\":🙂","actions":[{"type":"create_record","table":"tasks","data":{"id":"1"},"requires_confirmation":false}],
				"agents":["a"],"usage":{"prompt_tokens":3,"completion_tokens":4},"model":"m"}`,
		} {
			text := c.hear()
			if i == 0 {
				run = final(t, text).RunID
				require.NotEmpty(t, run)
			}
			assert.JSONEq(t, strings.TrimSuffix(want, "}")+`,"run_id":"`+run+`"}`, text)
		}
	}
}

// waits is a use case that runs until it is broken off, and says so.
func waits(gone chan<- error) streams {
	return func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		if err := in.Sink.Send(ctx, chat.Token{Text: "Wait"}); err != nil {
			gone <- err
			return orchestration.Answer{}, err
		}
		<-ctx.Done()
		gone <- ctx.Err()
		return orchestration.Answer{}, ctx.Err()
	}
}

// soon is the next value, which must come within a second.
func soon[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(time.Second):
		require.Fail(t, "it took more than a second")
		panic("unreachable")
	}
}

func TestARunIsCancelledAndTheSocketStaysUsable(t *testing.T) {
	t.Parallel()
	gone := make(chan error, 10)
	s := serve(t, chatting(waits(gone)))
	c := s.open(t, typedOffer)
	c.say(`{"type":"cancel"}`) // harmless without a run
	for range 2 {
		c.say(typedAsk)
		run := final(t, c.hear()).RunID
		assert.Equal(t, "Wait", final(t, c.hear()).Delta)
		c.say(`{"type":"cancel"}`)
		c.say(`{"type":"cancel"}`)
		require.Error(t, soon(t, gone))
		f := final(t, c.hear())
		require.NotNil(t, f.Error)
		assert.Equal(t, []string{"error", run, "request_timeout"}, []string{f.Type, f.RunID, f.Error.Code})
		assert.True(t, f.Done)
	}
	assert.NotContains(t, s.log.String(), "request failed", "a cancelled run is no fault")
}

// halting is an API whose answer waits for release in its middle.
func halting(t *testing.T) (s *server, release chan struct{}) {
	t.Helper()
	release = make(chan struct{})
	return serve(t, chatting(func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		if err := in.Sink.Send(ctx, chat.Token{Text: "One. "}); err != nil {
			return orchestration.Answer{}, err
		}
		<-release
		return says("Two.")(ctx, in)
	})), release
}

func TestASecondRequestIsRefusedWhileOneIsUnderWay(t *testing.T) {
	t.Parallel()
	s, release := halting(t)
	c := s.open(t, typedOffer)
	c.say(typedAsk)
	c.hear()
	c.hear()
	for frame, kind := range map[string]string{typedAsk: "chat", `{"type":"chat","message":7}`: "chat", `{"type":"dance"}`: "", `{`: "", `{"type":"tool_result","id":"x"}`: "tool_result"} {
		c.say(frame)
		f := final(t, c.hear())
		require.NotNil(t, f.Error)
		assert.Equal(t, kind, f.Refused)
		assert.Empty(t, f.RunID)
		assert.False(t, f.Done, "the run under way goes on")
	}
	close(release)
	assert.Equal(t, []string{"token", "usage", "done"}, types(c.run()))
}

func TestWithoutTypesARefusalWaitsForTheEndOfTheAnswerThatItCouldBeTakenFor(t *testing.T) {
	t.Parallel()
	s, release := halting(t)
	c := s.open(t)
	c.say(`{"message":"hi"}`)
	assert.Equal(t, "One. ", c.hear())
	c.say(`{"message":"again"}`)
	for range 2 * 16 {
		c.say("garbage")
	}
	ctx, cancel := within(t)
	defer cancel()
	frames := make(chan string, 100)
	go func() {
		for {
			_, b, err := c.Read(ctx)
			if err != nil {
				return
			}
			frames <- string(b)
		}
	}()
	require.NoError(t, c.Ping(ctx)) // all of it was read
	assert.Empty(t, frames)
	close(release)
	assert.Equal(t, "Two.", <-frames)
	assert.Nil(t, final(t, <-frames).Error)
	assert.Equal(t, "conflict", final(t, <-frames).Error.Code)
	for range 15 {
		assert.Equal(t, "malformed_request", final(t, <-frames).Error.Code)
	}
	require.NoError(t, c.Ping(ctx))
	assert.Empty(t, frames, "who sends more is not told of each")
}

func TestARequestMayFollowTheLastFrameAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says("Hello.")))
	c := s.open(t)
	for range 500 {
		c.say(`{"message":"hi"}`)
		_, end := c.answer()
		require.Nil(t, end.Error)
	}
}

// asking is a use case that looks up n things and says what it found.
func asking(n int) streams {
	return func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		calls := []chat.ToolCall{}
		for i := range n {
			calls = append(calls, chat.ToolCall{ID: "call-" + strconv.Itoa(i), Name: "get_note", Arguments: `{"note_id":"n"}`})
		}
		found, err := in.Lookup.Lookup(ctx, calls)
		if err != nil {
			return orchestration.Answer{}, err
		}
		pieces := []string{strconv.Itoa(len(found))}
		for _, f := range found {
			pieces = append(pieces, " "+f.CallID+"="+string(f.Result)+f.Failed)
		}
		return says(pieces...)(ctx, in)
	}
}

func TestTheClientIsAskedForWhatTheContextDoesNotSay(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(asking(3)))
	c := s.open(t, typedOffer)
	c.say(typedAsk)
	run := final(t, c.hear()).RunID
	for i := range 3 {
		f := final(t, c.hear())
		assert.Equal(t, last{Type: "tool_request", RunID: run, ID: "call-" + strconv.Itoa(i), Name: "get_note", Arguments: map[string]any{"note_id": "n"}}, f)
	}
	refused := func(frame, code string) {
		t.Helper()
		c.say(frame)
		f := final(t, c.hear())
		require.NotNil(t, f.Error)
		assert.Equal(t, code, f.Error.Code)
		assert.Empty(t, f.RunID, "the run goes on")
	}
	c.say(`{"type":"tool_result","id":"call-2","result":{"id":"n","title":"<b> & 9007199254740993","n":9007199254740993}}`)
	refused(`{"type":"tool_result","id":"nobody","result":1}`, "not_found")
	refused(`{"type":"tool_result","id":"call-2","result":1}`, "conflict")
	refused(`{"type":"tool_result","id":"call-0"}`, "validation_failed")
	refused(`{"type":"tool_result","result":1}`, "validation_failed")
	refused(`{"type":"tool_result","id":"call-0","result":1,"error":"x"}`, "validation_failed")
	refused(`{"type":"tool_result","id":"call-0","result":"`+strings.Repeat("x", 256<<10)+`"}`, "payload_too_large")
	refused(`{"type":"unknown"}`, "validation_failed")
	c.say(`{"type":"tool_result","id":"call-1","result":null,"error":"no such note"}`)
	said := ""
	for _, f := range c.run() {
		said += f.Delta
	}
	assert.Equal(t, `3 call-2={"id":"n","n":9007199254740993,"title":"<b> & 9007199254740993"} call-0=what was found is too large to be read call-1=no such note`, said)
	refused(`{"type":"tool_result","id":"call-1","result":1}`, "not_found")
}

func TestAClientThatDoesNotAnswerAToolRequestDoesNotHoldTheRun(t *testing.T) {
	t.Parallel()
	later := make(chan struct{})
	s := serve(t, chatting(func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		out, err := asking(2)(ctx, in)
		<-later
		return out, err
	}), func(cfg *httpapi.Config) { cfg.Sockets.Lookup = 200 * time.Millisecond })
	c := s.open(t, typedOffer)
	c.say(typedAsk)
	for range 3 {
		c.hear()
	}
	c.say(`{"type":"tool_result","id":"call-0","result":[]}`)
	assert.Equal(t, "1", final(t, c.hear()).Delta)
	assert.Equal(t, " call-0=[]", final(t, c.hear()).Delta)
	c.say(`{"type":"tool_result","id":"call-1","result":[]}`)
	f := final(t, c.hear())
	require.NotNil(t, f.Error)
	assert.Equal(t, "request_timeout", f.Error.Code)
	close(later)
	assert.Equal(t, []string{"usage", "done"}, types(c.run()))
}

func TestAClientThatLeavesBreaksTheRunOffAtOnce(t *testing.T) {
	t.Parallel()
	gone := make(chan error, 10)
	s := serve(t, chatting(waits(gone)))
	for name, leave := range map[string]func(talk){
		"a close frame": func(c talk) { _ = c.Close(websocket.StatusNormalClosure, "") },
		"no goodbye":    func(c talk) { _ = c.CloseNow() },
	} {
		c := s.open(t)
		c.say(`{"message":"hi"}`)
		assert.Equal(t, "Wait", c.hear(), name)
		go leave(c)
		require.Error(t, soon(t, gone))
	}
	assert.NotContains(t, s.log.String(), "request failed")
}
