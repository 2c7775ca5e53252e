package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/httpapi"
	fakes "github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

func TestARunIsTheEventsOfItsStepsItsTextAndItsActions(t *testing.T) {
	t.Parallel()
	create := chat.Action{Type: chat.CreateRecord, Table: "tasks", Data: map[string]any{"id": "t-9", "title": "<b>"}}
	remove := chat.Action{Type: chat.DeleteRecord, Table: "tasks", Data: map[string]any{"id": "t-1"}}
	s, observer := aguiServer(t, tells(
		chat.Reply{Text: "Hi there.", Actions: []chat.Action{create, remove}, Agents: []string{"task_agent"}, Model: "m", Usage: chat.Usage{PromptTokens: 5, CompletionTokens: 2},
			Notice: &chat.Notice{Code: "c", Message: "n"}}, nil,
		chat.StepStarted{Agent: "task_agent"}, chat.Token{Text: "Hi"}, chat.Token{}, chat.Token{Text: " there"}, chat.StepFinished{Agent: "task_agent"},
		chat.Token{Text: "."}, chat.Proposed{Action: create}, chat.Proposed{Action: remove}))
	got := s.runEvents(t, runInput(helloMessage, `"state":{"recent_tasks":[{"id":"t-1","title":"Buy milk"}]}`))
	assert.Equal(t, []string{
		"RUN_STARTED", "STEP_STARTED stepName=task_agent", "TEXT_MESSAGE_START messageId=id-2 name=task_agent", "TEXT_MESSAGE_CONTENT messageId=id-2 delta=Hi",
		"TEXT_MESSAGE_CONTENT messageId=id-2 delta= there", "STEP_FINISHED stepName=task_agent", "TEXT_MESSAGE_CONTENT messageId=id-2 delta=.", "TEXT_MESSAGE_END messageId=id-2",
		"TOOL_CALL_START toolCallId=id-3 toolCallName=create_record parentMessageId=id-2",
		`TOOL_CALL_ARGS toolCallId=id-3 delta={"table":"tasks","data":{"id":"t-9","title":"\u003cb\u003e"}}`, "TOOL_CALL_END toolCallId=id-3",
		"TOOL_CALL_START toolCallId=id-4 toolCallName=confirm_delete_record parentMessageId=id-2",
		`TOOL_CALL_ARGS toolCallId=id-4 delta={"table":"tasks","data":{"id":"t-1"}}`, "TOOL_CALL_END toolCallId=id-4", "RUN_FINISHED",
	}, brief(got))
	assert.Equal(t, map[string]any{"type": "RUN_STARTED", "threadId": "th", "runId": "ru", "protocolVersion": "1.0"}, got[0])
	last, err := json.Marshal(got[len(got)-1])
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"RUN_FINISHED","threadId":"th","runId":"ru","usage":[{"inputTokens":5,"outputTokens":2,"totalTokens":7}],
		"result":{"response":"Hi there.","agents":["task_agent"],"model":"m","usage":{"prompt_tokens":5,"completion_tokens":2},"notice":{"code":"c","message":"n"},"actions":[
			{"type":"create_record","table":"tasks","data":{"id":"t-9","title":"<b>"},"requires_confirmation":false},
			{"type":"delete_record","table":"tasks","data":{"id":"t-1"},"requires_confirmation":true}]},
		"outcome":{"type":"interrupt","interrupts":[{"id":"id-4","toolCallId":"id-4","reason":"tool_call","message":"Delete the task “Buy milk”?",
			"responseSchema":{"type":"object","properties":{"approved":{"type":"boolean"}},"required":["approved"]},
			"metadata":{"action":{"type":"delete_record","table":"tasks","data":{"id":"t-1"},"requires_confirmation":true}}}]}}`, string(last))
	assert.Eventually(t, func() bool { return observer.Open("agui") == 0 }, 5*time.Second, time.Millisecond)
	assert.Eventually(t, func() bool { return strings.Contains(s.log.String(), `"complete":true`) }, 5*time.Second, time.Millisecond)
	assert.Contains(t, s.log.String(), `"route":"`+aguiPath+`"`)
	assert.NotContains(t, s.log.String(), "milk")
	assert.Contains(t, observer.Ends(), fakes.Ended{UseCase: "runAGUI"})
}

func TestWhatTheClientHasToLookUpIsCalledForAndEndsTheRun(t *testing.T) {
	t.Parallel()
	s, _ := aguiServer(t, func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		calls := []chat.ToolCall{{ID: "c-1", Name: "list_tasks", Arguments: `{"search":"x"}`}, {ID: "c-2", Name: "list_notes", Arguments: `{}`}}
		found, err := in.Lookup.Lookup(ctx, calls[1:])
		require.NoError(t, err, "no tool that the client has is among them")
		assert.Equal(t, []chat.Finding{{CallID: "c-2", Failed: "the app has no way to look this up"}}, found)
		_, err = in.Lookup.Lookup(ctx, calls)
		require.ErrorIs(t, err, chat.ErrLater)
		_ = in.Sink.Send(ctx, chat.StepStarted{Agent: "task_agent"})
		return orchestration.Answer{Reply: chat.Reply{Agents: []string{"task_agent"}, Pending: calls}}, nil
	})
	got := s.runEvents(t, runInput(helloMessage, `"protocolVersion":"1.0"`, `"tools":[{"name":"list_tasks","description":"d","parameters":{}},{"name":"paint"},{"name":"create_task"}]`))
	assert.Equal(t, []string{
		"RUN_STARTED", "STEP_STARTED stepName=task_agent", "TOOL_CALL_START toolCallId=c-1 toolCallName=list_tasks parentMessageId=id-2",
		`TOOL_CALL_ARGS toolCallId=c-1 delta={"search":"x"}`, "TOOL_CALL_END toolCallId=c-1", "STEP_FINISHED stepName=task_agent", "RUN_FINISHED",
	}, brief(got))
	assert.Equal(t, map[string]any{"type": "success", "pendingToolCallIds": []any{"c-1"}}, got[len(got)-1]["outcome"])
}

func TestARunThatFailsEndsInAnErrorAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		stream  streaming
		code    string
		message string
		logged  string
	}{
		"cut":  {tells(chat.Reply{}, fault.Wrap(errors.New("CAUSE"), fault.UpstreamFailed, "The model stopped."), chat.StepStarted{Agent: "a"}, chat.Token{Text: "Half"}), "upstream_failed", "The model stopped.", "CAUSE"},
		"tier": {tells(chat.Reply{}, fault.New(fault.TierRequired, "Upgrade.")), "tier_required", "Upgrade.", ""},
		"panic": {func(context.Context, orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
			panic("PLAINTEXT")
		}, "internal", "Something went wrong on our side.", "panic"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, observer := aguiServer(t, row.stream)
			got := s.runEvents(t, runInput(helloMessage))
			assert.Equal(t, map[string]any{"type": "RUN_ERROR", "code": row.code, "message": row.message}, got[len(got)-1])
			for _, e := range got[:len(got)-1] {
				assert.NotContains(t, []string{"RUN_FINISHED", "RUN_ERROR"}, e["type"])
			}
			assert.Eventually(t, func() bool { return strings.Contains(s.log.String(), `"complete":false`) }, 5*time.Second, time.Millisecond)
			assert.Contains(t, s.log.String(), row.logged)
			assert.NotContains(t, s.log.String(), "PLAINTEXT")
			assert.Zero(t, observer.Open("agui"))
			next, _ := s.send(t, "GET", "/api/v1/health", "")
			assert.Equal(t, 200, next.StatusCode, "the server lives on")
		})
	}
}

func TestAClientThatLeavesStopsARunThatSaysNothing(t *testing.T) {
	t.Parallel()
	stopped := make(chan error, 1)
	s, observer := aguiServer(t, stuck(stopped), func(c *httpapi.Config) { c.Events = httpapi.EventBounds{} })
	answer := s.beginRun(t)
	left := time.Now()
	require.NoError(t, answer.Close())
	select {
	case err := <-stopped:
		require.ErrorIs(t, err, context.Canceled)
		assert.Less(t, time.Since(left), time.Second)
	case <-time.After(10 * time.Second):
		t.Fatal("the run goes on")
	}
	assert.Eventually(t, func() bool { return observer.Open("agui") == 0 && strings.Contains(s.log.String(), `"complete":false`) }, 5*time.Second, time.Millisecond)
	assert.NotContains(t, s.log.String(), `"level":"ERROR"`, "leaving is no fault")
}

func TestSilenceIsFilledWithCommentsThatClientsPassOver(t *testing.T) {
	t.Parallel()
	stopped := make(chan error, 1)
	s, _ := aguiServer(t, stuck(stopped))
	readUntil(t, s.beginRun(t), ": ping\n\n: ping\n\n")
}

func TestAReaderThatStopsReadingIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	stopped := make(chan error, 1)
	s, _ := aguiServer(t, func(ctx context.Context, in orchestration.OrchestrateStreamInput) (orchestration.Answer, error) {
		for {
			for _, text := range []string{"Well", strings.Repeat("x", 64<<10)} {
				if err := in.Sink.Send(ctx, chat.Token{Text: text}); err != nil {
					stopped <- err
					return orchestration.Answer{}, err
				}
			}
		}
	}, func(c *httpapi.Config) { c.Events.Write = 100 * time.Millisecond })
	s.beginRun(t)
	select {
	case err := <-stopped:
		require.Error(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("the run waits for ever")
	}
}

func TestAShutdownTellsTheClientsThatTheirRunsAreOver(t *testing.T) {
	t.Parallel()
	const n = 8
	stopped := make(chan error, n)
	s, _ := aguiServer(t, stuck(stopped))
	var running []io.Reader
	for range n {
		running = append(running, s.beginRun(t))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	go func() { _ = s.Shutdown(ctx) }()
	for _, answer := range running {
		rest, err := io.ReadAll(answer)
		require.NoError(t, err)
		got := eventsOf(t, string(rest))
		require.Len(t, got, 1)
		assert.Equal(t, "unavailable", got[0]["code"])
		assert.Equal(t, fault.Unavailable, fault.CodeOf(<-stopped))
	}
}
