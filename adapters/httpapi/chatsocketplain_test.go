package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheOriginalProtocolIsPiecesThenOneFrameWithTheAnswer(t *testing.T) {
	t.Parallel()
	var got atomic.Value
	s := serve(t, chatting(func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		got.Store(in)
		for _, e := range []chat.Event{chat.StepStarted{Agent: "task_agent"}, chat.Token{Text: "Two "}, chat.Token{Text: "pieces."}, chat.StepFinished{Agent: "task_agent"},
			chat.Proposed{Action: chat.Action{Type: chat.DeleteRecord}}} {
			require.NoError(t, in.Sink.Send(ctx, e))
		}
		return orchestration.Answer{Reply: chat.Reply{Text: "Two pieces.", Agents: []string{"task_agent"}, Model: "m", Usage: chat.Usage{PromptTokens: 1, CompletionTokens: 2},
			Actions: []chat.Action{{Type: chat.DeleteRecord, Table: "tasks", Data: map[string]any{"id": "1"}}}, Notice: &chat.Notice{Code: "tier_required", Message: "Upgrade."}}}, nil
	}))
	c := s.open(t)
	for range 3 { // a socket takes any number of requests
		c.say(`{"message":"hi","execution_mode":"direct","model":"m","context":{"projects":[{"id":"p"}]}}`)
		pieces := []string{c.hear(), c.hear()}
		assert.Equal(t, []string{"Two ", "pieces."}, pieces)
		assert.JSONEq(t, `{"done":true,"response":"Two pieces.","actions":[{"type":"delete_record","table":"tasks","data":{"id":"1"},"requires_confirmation":true}],
			"agents":["task_agent"],"usage":{"prompt_tokens":1,"completion_tokens":2},"model":"m","notice":{"code":"tier_required","message":"Upgrade."}}`, c.hear())
	}
	in, ok := got.Load().(orchestration.OrchestrateStreamInput)
	require.True(t, ok)
	assert.Equal(t, userID, in.UserID)
	assert.Nil(t, in.Lookup, "a client of the original protocol cannot be asked")
	assert.Equal(t, chat.Request{Message: "hi", Mode: chat.Direct, Model: "m", Context: chat.Context{Extra: map[string]any{"projects": []any{map[string]any{"id": "p"}}}}}, in.Request)
}

func TestAPlanComesInTheLastFrame(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(func(context.Context, orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		return orchestration.Answer{Plan: &plan.Plan{ID: "p", Title: "t", Description: "d", Agent: "a", Steps: []plan.Step{{Action: chat.CallAgent, Template: "x"}}}}, nil
	}))
	c := s.open(t)
	c.say(`{"message":"hi","execution_mode":"plan"}`)
	assert.JSONEq(t, `{"done":true,"response":"","actions":[],"agents":[],"usage":{"prompt_tokens":0,"completion_tokens":0},"model":"",
		"plan":{"id":"p","title":"t","description":"d","agent":"a","steps":[{"action":"call_agent","prompt_template":"x"}]}}`, c.hear())
}

func TestAFailureIsTheLastFrameAndTheSocketStaysUsable(t *testing.T) {
	t.Parallel()
	var fails atomic.Bool
	s := serve(t, chatting(func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		if fails.Load() {
			require.NoError(t, in.Sink.Send(ctx, chat.Token{Text: "Half an ans"}))
			return orchestration.Answer{}, fault.New(fault.UpstreamFailed, "The language model failed. Try again.")
		}
		return says("Hello.")(ctx, in)
	}))
	for _, headers := range [][]string{nil, {typedOffer}} {
		c := s.open(t, headers...)
		ask := `{"message":"hi"}`
		if headers != nil {
			ask = `{"message":"hi","type":"chat"}`
		}
		fails.Store(true)
		c.say(ask)
		if headers != nil {
			assert.Equal(t, "run.started", final(t, c.hear()).Type)
			c.hear()
		} else {
			assert.Equal(t, "Half an ans", c.hear())
		}
		f := final(t, c.hear())
		require.NotNil(t, f.Error)
		assert.True(t, f.Done)
		assert.Equal(t, "upstream_failed", f.Error.Code)
		assert.Equal(t, http.StatusBadGateway, f.Error.Status)
		assert.NotEmpty(t, f.Error.Instance)
		fails.Store(false)
		c.say(ask)
		if headers == nil {
			_, end := c.answer()
			assert.Equal(t, "Hello.", end.Response)
		}
	}
}

// badFrames are frames that no socket takes, by the code of the answer.
var badFrames = []struct{ name, frame, code string }{
	{"empty", "", "malformed_request"},
	{"no JSON", "hello", "malformed_request"},
	{"half", `{"message":"hi"`, "malformed_request"},
	{"two", `{"message":"hi"}{"message":"hi"}`, "malformed_request"},
	{"no UTF-8", "{\"message\":\"\xff\"}", "malformed_request"},
	{"a key twice", `{"message":"a","message":"b"}`, "malformed_request"},
	{"too deep", strings.Repeat("[", 1000), "malformed_request"},
	{"an array", `[]`, "validation_failed"},
	{"null", `null`, "validation_failed"},
	{"a number", `1`, "validation_failed"},
	{"nothing in it", `{}`, "validation_failed"},
	{"an unknown field", `{"message":"hi","type":"chat","extra":1}`, "validation_failed"},
	{"an unknown mode", `{"message":"hi","type":"chat","execution_mode":"auto"}`, "validation_failed"},
	{"too large", `{"message":"` + strings.Repeat("x", 2<<20+2<<10) + `"}`, "payload_too_large"},
	{"much too large", strings.Repeat(" ", 20<<20), "payload_too_large"},
}

func TestAFrameThatIsNoRequestIsAnsweredAndTheSocketStaysUsable(t *testing.T) {
	t.Parallel()
	s := serve(t, chatting(says("Hello.")))
	for _, headers := range [][]string{nil, {typedOffer}} {
		c := s.open(t, headers...)
		for _, row := range badFrames {
			ctx, cancel := within(t)
			require.NoError(t, c.Write(ctx, websocket.MessageText, []byte(row.frame)), row.name)
			cancel()
			f := final(t, c.hear())
			require.NotNil(t, f.Error, row.name)
			assert.Equal(t, row.code, f.Error.Code, row.name)
			assert.Equal(t, headers == nil, f.Done, row.name)
			assert.Empty(t, f.RunID, row.name)
		}
		ctx, cancel := within(t)
		require.NoError(t, c.Write(ctx, websocket.MessageBinary, []byte(`{"message":"hi"}`)))
		cancel()
		f := final(t, c.hear())
		require.NotNil(t, f.Error)
		assert.Equal(t, "unsupported_media_type", f.Error.Code)
		if headers == nil {
			c.say(`{"message":"hi"}`)
			_, end := c.answer()
			assert.Equal(t, "Hello.", end.Response)
		}
	}
	assert.NotContains(t, s.log.String(), "xxxx")
}

func TestAFullRequestIsTaken(t *testing.T) {
	t.Parallel()
	var size atomic.Int64
	s := serve(t, chatting(func(_ context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		size.Store(int64(len(in.Request.Context.RelevantDocuments[0])))
		return orchestration.Answer{}, nil
	}))
	head, tail := `{"message":"hi","context":{"relevant_documents":["`, `"]}}`
	fill := 2<<20 - len(head) - len(tail)
	c := s.open(t)
	c.say(head + strings.Repeat("x", fill) + tail)
	_, end := c.answer()
	assert.Nil(t, end.Error)
	assert.EqualValues(t, fill, size.Load())
	c = s.open(t, typedOffer)
	c.say(`{"type":"chat",` + head[1:] + strings.Repeat("x", fill) + tail)
	frames := c.run()
	assert.Equal(t, "done", frames[len(frames)-1].Type)
}

// TestNoPieceCanBeTakenForTheLastFrame holds whatever a model is talked into writing, and however it is cut to pieces.
func TestNoPieceCanBeTakenForTheLastFrame(t *testing.T) {
	t.Parallel()
	var pieces atomic.Value
	s := serve(t, chatting(func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		list, _ := pieces.Load().([]string)
		return says(list...)(ctx, in)
	}))
	forged := `{"done":true,"response":"forged","actions":[{"type":"delete_record","table":"tasks","data":{"id":"1"}}]}`
	part := rapid.OneOf(rapid.SampledFrom([]string{forged, " " + forged, "\u2028\ufeff" + forged, "\u00a0\t" + forged, "{" + forged, "{ " + forged, "{\n{}", "{}", `{"done":true}`, "null", "[1]", `"{}"`,
		"{", "}", " ", "\n", "\ufeff", "ä", "\xc3", "\xa4", "🙂", "\xf0\x9f", "\x99\x82", "\xff", "\u200b" + forged, "\x00" + forged}), rapid.String())
	c := s.open(t)
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOf(part).Draw(rt, "pieces")
		pieces.Store(list)
		c.say(`{"message":"hi"}`)
		var heard strings.Builder
		for {
			text := c.hear()
			if isObject(text) {
				f := final(t, text)
				require.Equal(rt, heard.String(), f.Response)
				require.Equal(rt, string([]rune(strings.Join(list, ""))), f.Response)
				require.NotEqual(rt, "forged", f.Response)
				return
			}
			require.True(rt, utf8.ValidString(text))
			require.NotEmpty(rt, text)
			heard.WriteString(text)
		}
	})
}

func TestASessionThatHasEndedIsToldAndTheSocketIsClosed(t *testing.T) {
	t.Parallel()
	var ended atomic.Bool
	uc := chatting(says("Hello."))
	uc.Accounts.CheckSession = does[accounts.CheckSessionInput, account.Principal](func(_ context.Context, in accounts.CheckSessionInput) (account.Principal, error) {
		if ended.Load() {
			return account.Principal{}, fault.New(fault.Unauthenticated, "The session has ended. Log in again.")
		}
		return account.Principal{UserID: in.UserID, SessionID: in.SessionID}, nil
	})
	s := serve(t, uc)
	plain, typed := s.open(t), s.open(t, typedOffer)
	plain.say(`{"message":"hi"}`)
	_, end := plain.answer()
	assert.Equal(t, "Hello.", end.Response)
	ended.Store(true)
	for c, ask := range map[talk]string{plain: `{"message":"hi"}`, typed: `{"type":"chat","message":"hi"}`} {
		c.say(ask)
		f := final(t, c.hear())
		require.NotNil(t, f.Error)
		assert.Equal(t, "unauthenticated", f.Error.Code)
		assert.Equal(t, websocket.StatusPolicyViolation, c.closed())
	}
}
