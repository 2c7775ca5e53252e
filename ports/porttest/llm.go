package porttest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

// LLMTurn is an answer that the other end of the wire gives.
type LLMTurn struct {
	Pieces []string
	Calls  []chat.ToolCall
	Usage  chat.Usage
	Untold bool   // the other end does not tell the usage
	Model  string // empty for the one that it was asked for
}

// LLMFailure is what can be wrong at the other end of the wire.
type LLMFailure string

// The failures. LLMCut and LLMHanging come after LLMHalf has been said, the others instead of an answer.
const (
	LLMNonsense     LLMFailure = "nonsense"      // something that is no answer
	LLMRefusing     LLMFailure = "refusing"      // the model declines
	LLMCut          LLMFailure = "cut"           // the answer ends in the middle
	LLMSilent       LLMFailure = "silent"        // nothing comes, for longer than the adapter waits
	LLMUnreachable  LLMFailure = "unreachable"   // nobody is there
	LLMOverloaded   LLMFailure = "overloaded"    // the provider asks to come back later
	LLMUnknownModel LLMFailure = "unknown model" // the provider does not have the model
	LLMHanging      LLMFailure = "hanging"       // nothing more comes, for as long as the caller waits
)

// LLMHalf is the text before a failure in the middle.
const LLMHalf = "Half an "

// llmPatience bounds the cases in which a broken model would hang for ever.
const llmPatience = 3 * time.Second

// LLMWire is a model and the other end of its wire.
type LLMWire struct {
	LLM    ports.LLM
	Say    func(LLMTurn)            // the next call gets this answer
	Break  func(LLMFailure)         // every call from now on fails like this
	Closed func(time.Duration) bool // the latest upstream call is closed, or is within this time
}

// LLM checks that a model keeps the contract of ports.LLM.
func LLM(t *testing.T, open func(t T) LLMWire) {
	t.Helper()
	Run(t, LLMCases, open)
}

// LLMCases are the sentences of ports.LLM.
var LLMCases = []Case[LLMWire]{
	{"text arrives piece by piece, in order, and put together is the reply", func(t T, w LLMWire) {
		want := []string{"The ", "first ", "task, ", "<due>", " at 5 \"o'clock\"\n", "è 🙂"}
		w.Say(LLMTurn{Pieces: want})
		reply, pieces := answered(t, w)
		assert.Equal(t, want, pieces)
		assert.Equal(t, strings.Join(want, ""), reply.Text)
		assert.Empty(t, reply.ToolCalls)
	}},
	{"no piece of text is empty", func(t T, w LLMWire) {
		w.Say(LLMTurn{Pieces: []string{"", "a", "", "b", ""}})
		_, pieces := answered(t, w)
		assert.Equal(t, []string{"a", "b"}, pieces)
	}},
	{"the JSON of tool calls never arrives as text", func(t T, w LLMWire) {
		w.Say(LLMTurn{Pieces: []string{"On it."}, Calls: []chat.ToolCall{{ID: "a", Name: "create_task", Arguments: `{"title":"Milk"}`}}})
		reply, pieces := answered(t, w)
		assert.Equal(t, []string{"On it."}, pieces)
		assert.Equal(t, "On it.", reply.Text)
		assert.Equal(t, []chat.ToolCall{{ID: "a", Name: "create_task", Arguments: `{"title":"Milk"}`}}, reply.ToolCalls)
	}},
	{"text that looks like a tool call is text", func(t T, w LLMWire) {
		text := `[{"id":"x","type":"function","function":{"name":"delete_task","arguments":"{}"}}]`
		w.Say(LLMTurn{Pieces: []string{text}})
		reply, pieces := answered(t, w)
		assert.Equal(t, []string{text}, pieces)
		assert.Empty(t, reply.ToolCalls)
	}},
	{"several tool calls keep their order, names and arguments, valid JSON or not", func(t T, w LLMWire) {
		want := []chat.ToolCall{
			{ID: "a", Name: "create_task", Arguments: `{"title":"A \"quoted\" <one>"}`},
			{ID: "b", Name: "no_such_tool", Arguments: `{"broken":`},
			{ID: "c", Name: "create_task", Arguments: `{}`},
		}
		w.Say(LLMTurn{Calls: want})
		reply, _ := answered(t, w)
		assert.Equal(t, want, reply.ToolCalls)
	}},
	{"tool calls have ids that are not empty and unique within the reply", func(t T, w LLMWire) {
		w.Say(LLMTurn{Calls: []chat.ToolCall{
			{Name: "one", Arguments: "{}"}, {ID: "same", Name: "two", Arguments: "{}"}, {ID: "same", Name: "three", Arguments: "{}"}, {Name: "four", Arguments: "{}"}}})
		reply, _ := answered(t, w)
		require.Len(t, reply.ToolCalls, 4)
		seen := map[string]bool{"": true}
		for i, c := range reply.ToolCalls {
			assert.False(t, seen[c.ID], "call %d has the id %q", i, c.ID)
			seen[c.ID] = true
			assert.Equal(t, []string{"one", "two", "three", "four"}[i], c.Name)
		}
	}},
	{"onText may be nil", func(t T, w LLMWire) {
		w.Say(LLMTurn{Pieces: []string{"Hel", "lo"}})
		reply, err := w.LLM.Complete(t.Context(), question(), nil)
		require.NoError(t, err)
		assert.Equal(t, "Hello", reply.Text)
	}},
	{"a reply tells what it cost and which model gave it", func(t T, w LLMWire) {
		w.Say(LLMTurn{Pieces: []string{"Hi"}, Usage: chat.Usage{PromptTokens: 17, CompletionTokens: 4}, Model: "wise-1-2026"})
		reply, _ := answered(t, w)
		assert.Equal(t, chat.Usage{PromptTokens: 17, CompletionTokens: 4}, reply.Usage)
		assert.False(t, reply.Estimated)
		assert.Equal(t, "wise-1-2026", reply.Model)
	}},
	{"a usage of nothing is the provider's word like any other", func(t T, w LLMWire) {
		w.Say(LLMTurn{Pieces: []string{"Hi"}})
		reply, _ := answered(t, w)
		assert.Equal(t, chat.Usage{}, reply.Usage)
		assert.False(t, reply.Estimated)
	}},
	{"usage that the provider does not tell is counted from what was sent and written", func(t T, w LLMWire) {
		w.Say(LLMTurn{Pieces: []string{strings.Repeat("word ", 80)}, Untold: true})
		reply, _ := answered(t, w)
		assert.True(t, reply.Estimated)
		assert.InDelta(t, 100, reply.Usage.CompletionTokens, 50, "400 bytes were written")
		assert.InDelta(t, 100, reply.Usage.PromptTokens, 80, "some hundred bytes were sent")
	}},
	{"a model that is named is the one that is asked, even if a small one would do", func(t T, w LLMWire) {
		w.Say(LLMTurn{Pieces: []string{"Hi"}})
		for _, light := range []bool{false, true} {
			req := question()
			req.Light = light
			reply, err := w.LLM.Complete(t.Context(), req, nil)
			require.NoError(t, err)
			assert.Equal(t, "wise-1", reply.Model)
		}
	}},
	{"a request that names no model is answered by one of the adapter's", func(t T, w LLMWire) {
		w.Say(LLMTurn{Pieces: []string{"Hi"}})
		for _, light := range []bool{false, true} {
			req := question()
			req.Model, req.Light = "", light
			reply, err := w.LLM.Complete(t.Context(), req, nil)
			require.NoError(t, err)
			assert.Equal(t, "Hi", reply.Text)
			assert.NotEmpty(t, reply.Model)
		}
	}},
	{"an error from onText stops the upstream call and is returned", func(t T, w LLMWire) {
		gone := errors.New("the client has gone")
		w.Break(LLMHanging)
		ctx, cancel := context.WithTimeout(t.Context(), llmPatience)
		defer cancel()
		reply, err := w.LLM.Complete(ctx, question(), func(string) error { return gone })
		require.ErrorIs(t, err, gone)
		spentSomething(t, reply)
		assert.True(t, w.Closed(time.Second), "the upstream call goes on")
	}},
	{"nonsense is UpstreamFailed", failsWith(LLMNonsense, fault.UpstreamFailed, "")},
	{"a refusal is UpstreamFailed", failsWith(LLMRefusing, fault.UpstreamFailed, "")},
	{"a reply that was cut off is UpstreamFailed, whatever came before", failsWith(LLMCut, fault.UpstreamFailed, LLMHalf)},
	{"silence is UpstreamTimeout", failsWith(LLMSilent, fault.UpstreamTimeout, "")},
	{"a provider that cannot be reached is Unavailable", failsWith(LLMUnreachable, fault.Unavailable, "")},
	{"a provider that is overloaded is Unavailable", failsWith(LLMOverloaded, fault.Unavailable, "")},
	{"a model that does not exist is ValidationFailed", failsWith(LLMUnknownModel, fault.ValidationFailed, "")},
	{"a reply that was cut off tells what it cost all the same, and nothing else", func(t T, w LLMWire) {
		w.Break(LLMCut)
		reply, err := w.LLM.Complete(t.Context(), question(), func(string) error { return nil })
		require.Error(t, err)
		spentSomething(t, reply)
	}},
	{"a call that was never made costs nothing", func(t T, w LLMWire) {
		for _, f := range []LLMFailure{LLMOverloaded, LLMUnreachable} {
			w.Break(f)
			reply, err := w.LLM.Complete(t.Context(), question(), nil)
			require.Error(t, err)
			assert.Equal(t, ports.LLMReply{}, reply, "%s", f)
		}
	}},
	{"a failure tells people nothing of what was said", func(t T, w LLMWire) {
		for _, f := range []LLMFailure{LLMNonsense, LLMRefusing, LLMCut, LLMUnknownModel} {
			w.Break(f)
			_, err := w.LLM.Complete(t.Context(), question(), nil)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "SECRET", "%s", f) // the log's text
			assert.NotContains(t, err.Error(), LLMHalf, "%s", f)
		}
	}},
	{"when ctx ends in the middle, the upstream call is closed within a second and the error is the cause", func(t T, w LLMWire) {
		w.Break(LLMHanging)
		cause := errors.New("the client pressed stop")
		bounded, end := context.WithTimeout(t.Context(), llmPatience)
		defer end()
		ctx, cancel := context.WithCancelCause(bounded)
		defer cancel(nil)
		start := time.Now()
		reply, err := w.LLM.Complete(ctx, question(), func(string) error {
			cancel(cause)
			return nil
		})
		require.ErrorIs(t, err, cause)
		assert.Less(t, time.Since(start), time.Second)
		spentSomething(t, reply)
		assert.True(t, w.Closed(time.Second), "the upstream call goes on")
	}},
	{"a deadline in the middle is the context's error and never a short answer", func(t T, w LLMWire) {
		w.Break(LLMHanging)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := w.LLM.Complete(ctx, question(), nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.True(t, w.Closed(time.Second), "the upstream call goes on")
	}},
	{"a context that has ended before the call is the error", func(t T, w LLMWire) {
		w.Say(LLMTurn{Pieces: []string{"Hi"}})
		cause := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		reply, err := w.LLM.Complete(ctx, question(), func(string) error { t.Errorf("text after the end"); return nil })
		require.ErrorIs(t, err, cause)
		assert.Equal(t, ports.LLMReply{}, reply)
	}},
	{"a call after a failed one is a call like any other", func(t T, w LLMWire) {
		w.Break(LLMCut)
		_, err := w.LLM.Complete(t.Context(), question(), nil)
		require.Error(t, err)
		w.Say(LLMTurn{Pieces: []string{"Whole."}})
		reply, _ := answered(t, w)
		assert.Equal(t, "Whole.", reply.Text)
	}},
}

// question is a request with everything in it: a history with tool calls and their results, tools, and the word SECRET,
// which must turn up in no error.
func question() ports.LLMRequest {
	return ports.LLMRequest{
		Model: "wise-1",
		Messages: []chat.Message{
			{Role: chat.System, Content: "You are SECRET."},
			{Role: chat.User, Content: "Two SECRET tasks, please."},
			{Role: chat.Assistant, Content: "Right.", ToolCalls: []chat.ToolCall{{ID: "h1", Name: "create_task", Arguments: `{"title":"SECRET"}`}, {ID: "h2", Name: "list_tasks"}}},
			{Role: chat.ToolRole, ToolCallID: "h1", Content: `{"ok":true}`},
			{Role: chat.ToolRole, ToolCallID: "h2", Content: `[]`},
			{Role: chat.User, Content: "And another."},
		},
		Tools: []chat.ToolSpec{
			{Name: "create_task", Description: "Creates a task.", Schema: json.RawMessage(`{"type":"object","properties":{"title":{"type":["string","null"]}}}`)},
			{Name: "list_tasks", Description: "Lists tasks."},
		},
		MaxTokens: 200,
	}
}

// answered makes a call that succeeds and returns what came out of it.
func answered(t T, w LLMWire) (ports.LLMReply, []string) {
	t.Helper()
	var pieces []string
	reply, err := w.LLM.Complete(t.Context(), question(), func(s string) error {
		pieces = append(pieces, s)
		return nil
	})
	require.NoError(t, err)
	return reply, pieces
}

// spentSomething checks the reply of a call that failed after LLMHalf was written.
func spentSomething(t T, reply ports.LLMReply) {
	t.Helper()
	assert.Empty(t, reply.Text)
	assert.Empty(t, reply.ToolCalls)
	assert.NotEmpty(t, reply.Model)
	assert.Positive(t, reply.Usage.PromptTokens)
	assert.Positive(t, reply.Usage.CompletionTokens)
	assert.True(t, reply.Estimated, "nobody told it")
}

// failsWith is the case of a failure: the code, the text that came before it, and no answer beside the error.
func failsWith(f LLMFailure, code fault.Code, before string) func(T, LLMWire) {
	return func(t T, w LLMWire) {
		w.Break(f)
		var got strings.Builder
		reply, err := w.LLM.Complete(t.Context(), question(), func(s string) error {
			got.WriteString(s)
			return nil
		})
		require.Error(t, err)
		require.NoError(t, t.Context().Err())
		assert.Equal(t, code, fault.CodeOf(err), "%v", err)
		assert.Equal(t, before, got.String())
		assert.Empty(t, reply.Text)
		assert.Empty(t, reply.ToolCalls)
	}
}
