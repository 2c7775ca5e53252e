package routing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

var built = sync.OnceValues(func() (*agents.Registry, error) {
	l, err := prompts.Load()
	if err != nil {
		return nil, err
	}
	return agents.NewRegistry(l)
})

func registry(t *testing.T) *agents.Registry {
	t.Helper()
	r, err := built()
	require.NoError(t, err)
	return r
}

func all(string) bool { return true }

func classify(t *testing.T, turn memory.Turn) Decision {
	t.Helper()
	d, err := Classifier{LLM: memory.NewLLM(turn), Registry: registry(t)}.Classify(t.Context(), chat.Request{Message: "delete it"}, all)
	require.NoError(t, err)
	d.Model = ""
	return d
}

func TestTheClassifiersAnswerBecomesADecision(t *testing.T) {
	t.Parallel()
	one := func(name string) Decision {
		return Decision{Agents: []string{name}, Asks: true, Sure: true, Deletes: true}
	}
	fallback := Decision{Agents: []string{"task_agent"}, Asks: true, Sure: true}
	changesOnly := Decision{Agents: []string{"note_agent"}, Asks: true, Sure: true}
	for answer, want := range map[string]Decision{
		`{"agents":["note_agent"],"asks":true,"sure":true}`:                                 one("note_agent"),
		"```json\n{\"agents\":[\"note_agent\"]}\n```":                                       one("note_agent"),
		`{"agents":["project_agent","task_agent","project_agent"],"asks":true,"sure":true}`: {Agents: []string{"project_agent", "task_agent"}, Asks: true, Sure: true, Deletes: true},
		`{"agents":["note_agent"],"asks":false,"sure":true}`:                                {Agents: []string{"note_agent"}, Sure: true, Deletes: true},
		`{"agents":["note_agent"],"asks":true,"sure":false}`:                                {Agents: []string{"note_agent"}, Asks: true, Deletes: true},
		`{"agents":[],"asks":false,"sure":true}`:                                            {Agents: []string{"task_agent"}, Sure: true, Deletes: true},
		`{"agents":[],"asks":true,"sure":true}`:                                             fallback,
		`{"agents":["note_agent"],"asks":true,"sure":true,"deletes":false}`:                 changesOnly,
		`note_agent`:                                                        one("note_agent"),
		` "note_agent". `:                                                   one("note_agent"),
		`project_agent, checkpoint_agent`:                                   {Agents: []string{"project_agent", "checkpoint_agent"}, Asks: true, Sure: true, Deletes: true},
		`["project_agent", "task_agent"]`:                                   {Agents: []string{"project_agent", "task_agent"}, Asks: true, Sure: true, Deletes: true},
		`I think the note_agent should handle this.`:                        fallback,
		`note_agent, because it is about notes`:                             fallback,
		`{"agents":["weather_agent"],"asks":true,"sure":true}`:              fallback,
		`{"agents":["note_agent","weather_agent"],"asks":true,"sure":true}`: fallback,
		`{"agents":"note_agent"}`:                                           fallback,
		`{"agents":["note_agent"]`:                                          fallback,
		`weather_agent`:                                                     fallback,
		``:                                                                  fallback,
		`null`:                                                              fallback,
		`42`:                                                                fallback,
		strings.Repeat("[", 10_000):                                         fallback,
		`{"agents":["` + strings.Repeat(`task_agent","`, 1000) + `note_agent"],"asks":true}`: {Agents: []string{"task_agent", "note_agent"}, Asks: true, Sure: true, Deletes: true},
	} {
		assert.Equal(t, want, classify(t, memory.Turn{Text: answer}), answer)
	}
}

func TestWhereTheModelDoesNotSayWhetherToDeleteTheUsersWordsDo(t *testing.T) {
	t.Parallel()
	asked := chat.Context{ConversationHistory: []map[string]any{{"role": "assistant", "content": "Shall I delete it?"}}}
	written := chat.Context{RelevantDocuments: []string{"delete everything"}, Extra: map[string]any{"notes": []any{map[string]any{"title": "delete all"}}}}
	for _, c := range []struct {
		r    chat.Request
		want bool
	}{
		{chat.Request{Message: "add a task to buy milk"}, false}, {chat.Request{Message: "Delete the dentist"}, true}, {chat.Request{Message: "please REMOVE it!"}, true},
		{chat.Request{Message: "get rid of it"}, true}, {chat.Request{Message: "lösche die Aufgabe"}, true}, {chat.Request{Message: "yes", Context: asked}, true},
		{chat.Request{Message: "yes"}, false}, {chat.Request{Message: "quite a ride to the binary shop, clearly"}, false}, {chat.Request{Message: "summarise", Context: written}, false},
	} {
		for _, answer := range []string{"task_agent", `{"agents":["task_agent"]}`} {
			d, err := Classifier{LLM: memory.NewLLM(memory.Turn{Text: answer}), Registry: registry(t)}.Classify(t.Context(), c.r, all)
			require.NoError(t, err)
			assert.Equal(t, c.want, d.MayDelete(), c.r.Message)
		}
	}
}

func TestAFailingClassifierLeavesTheFallback(t *testing.T) {
	t.Parallel()
	got := classify(t, memory.Turn{Text: "note_agent", Err: fault.New(fault.Unavailable, "down")})
	assert.Equal(t, Decision{Agents: []string{Fallback}, Asks: true, Sure: true}, got)
}

func TestAnEndedContextIsNoReasonToFallBack(t *testing.T) {
	t.Parallel()
	gone := errors.New("the client went away")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	_, err := Classifier{LLM: memory.NewLLM(memory.Turn{Text: "note_agent"}), Registry: registry(t)}.Classify(ctx, chat.Request{Message: "hi"}, all)
	assert.ErrorIs(t, err, gone)
}

func TestTheClassifierSeesTitlesAndWhoSpokeLastButNoContents(t *testing.T) {
	t.Parallel()
	r := chat.Request{Message: "the second one", Context: chat.Context{
		RecentTasks: []map[string]any{{"id": "t-1", "title": strings.Repeat("é", 500), "description": "secret text"}},
		Extra: map[string]any{
			"projects": []any{map[string]any{"id": "p-1", "name": "Apollo", "status": "active"}},
			"notes":    []any{map[string]any{"id": "n-1", "title": "Diary", "content": "secret text"}},
		},
		RelevantDocuments:   []string{"secret text"},
		ConversationHistory: []map[string]any{{"role": "user", "content": "delete a note"}, {"role": "assistant", "content": "Which one?", "agent": "note_agent"}},
	}}
	for i := range 200 {
		r.Context.RecentTasks = append(r.Context.RecentTasks, map[string]any{"id": fmt.Sprint(i), "title": "more"})
	}
	var got ports.LLMRequest
	llm := memory.LLMFunc(func(_ context.Context, req ports.LLMRequest) (memory.Turn, error) {
		got = req
		return memory.Turn{Text: "note_agent", Model: "small"}, nil
	})
	notTheLast := func(name string) bool { return name != "checkpoint_agent" }
	d, err := Classifier{LLM: llm, Prompt: "PROMPT", Registry: registry(t)}.Classify(t.Context(), r, notTheLast)
	require.NoError(t, err)
	assert.Equal(t, "small", d.Model)

	assert.Empty(t, got.Model)
	assert.True(t, got.Light)
	assert.Empty(t, got.Tools)
	assert.Positive(t, got.MaxTokens)
	m := got.Messages
	require.Len(t, m, 5)
	assert.True(t, strings.HasPrefix(m[0].Content, "PROMPT\n<data name=\"agents\">\n"))
	assert.Contains(t, m[0].Content, `"name":"checkpoint_agent"`)
	assert.Equal(t, 1, strings.Count(m[0].Content, `"available":false`))
	assert.Equal(t, []chat.Message{{Role: chat.User, Content: "delete a note"}, {Role: chat.Assistant, Content: "Which one?"}, {Role: chat.User, Content: "the second one"}}, m[2:])
	shape, ok := chat.ParseBlock(m[1].Content, chat.ShapeBlock)
	require.True(t, ok)
	assert.Contains(t, string(shape), `"last_agent":"note_agent"`)
	assert.Contains(t, string(shape), `"projects":[{"id":"p-1","status":"active","title":"Apollo"}]`)
	assert.Contains(t, string(shape), `"checkpoints":[]`)
	for _, msg := range m {
		assert.NotContains(t, msg.Content, "secret text")
	}
	assert.Less(t, len(m[1].Content), 5_000)
}

func TestAnAgentThatTheClientMadeUpDidNotSpeakLast(t *testing.T) {
	t.Parallel()
	x := chat.Context{ConversationHistory: []map[string]any{{"role": "assistant", "content": "x", "agent": "root_agent"}}}
	assert.Empty(t, Classifier{Registry: registry(t)}.shape(x)["last_agent"])
}

func route(t *testing.T, names []string, turns ...memory.Turn) (chat.Reply, []ports.LLMRequest, error) {
	t.Helper()
	script := memory.NewLLM(turns...)
	var requests []ports.LLMRequest
	llm := recording{script, &requests}
	turn := agents.NewTurn(chat.Request{Message: "plan Zephyr"}, time.UnixMilli(1_800_000_000_000), memory.NewIDs())
	heard := &memory.Sink{}
	reply, err := Router{Loop: agents.Loop{LLM: llm, Model: "m", May: agents.Deletes}, Registry: registry(t), Synthesis: "SYNTHESIS", Sink: heard}.Run(t.Context(), names, turn)
	if err == nil {
		assert.Equal(t, reply.Text, heard.Text(), "what was said is the reply's text")
	}
	return reply, requests, err
}

type recording struct {
	ports.LLM
	requests *[]ports.LLMRequest
}

func (r recording) Complete(ctx context.Context, req ports.LLMRequest, onText func(string) error) (ports.LLMReply, error) {
	*r.requests = append(*r.requests, req)
	return r.LLM.Complete(ctx, req, onText)
}

func create(tool, arguments string) memory.Turn {
	return memory.Turn{ToolCalls: []chat.ToolCall{{Name: tool, Arguments: arguments}}, Usage: chat.Usage{PromptTokens: 1, CompletionTokens: 1}}
}

const madeID = "01940000-0000-7000-8000-000000000001"

var pipeline = []memory.Turn{
	create("create_project", `{"name":"Zephyr"}`),
	{Text: "Project Zephyr is prepared."},
	create("create_task", `{"title":"Write the charter","project_id":"`+madeID+`"}`),
	{Text: "The task is prepared."},
}

func TestAPipelineHandsResultsOnAndEndsInOneAnswer(t *testing.T) {
	t.Parallel()
	turns := slices.Concat(pipeline, []memory.Turn{{Text: "Zephyr with its first task.", Usage: chat.Usage{PromptTokens: 7}}})
	reply, requests, err := route(t, []string{"project_agent", "task_agent"}, turns...)
	require.NoError(t, err)
	assert.Equal(t, "Zephyr with its first task.", reply.Text)
	assert.Equal(t, []string{"project_agent", "task_agent"}, reply.Agents)
	require.Len(t, reply.Actions, 2)
	assert.Equal(t, "projects", reply.Actions[0].Table)
	assert.Equal(t, reply.Actions[0].Data["id"], reply.Actions[1].Data["project_id"], "a later action refers to what an earlier one makes")

	require.Len(t, requests, 5)
	_, early := chat.ParseBlock(requests[0].Messages[1].Content, chat.ResultsBlock)
	assert.False(t, early)
	previous, ok := chat.ParseBlock(requests[2].Messages[1].Content, chat.ResultsBlock)
	require.True(t, ok)
	assert.Contains(t, string(previous), madeID)
	synthesis := requests[4]
	assert.Empty(t, synthesis.Tools)
	require.Len(t, synthesis.Messages, 3)
	assert.Equal(t, chat.Message{Role: chat.System, Content: "SYNTHESIS"}, synthesis.Messages[0])
	assert.Equal(t, chat.Message{Role: chat.User, Content: "plan Zephyr"}, synthesis.Messages[2])
	results, ok := chat.ParseBlock(synthesis.Messages[1].Content, chat.ResultsBlock)
	require.True(t, ok)
	assert.JSONEq(t, `[{"agent":"project_agent","response":"Project Zephyr is prepared."},{"agent":"task_agent","response":"The task is prepared."}]`, string(results))
}

func TestIfTheLastWordFailsTheResultsAreTheAnswer(t *testing.T) {
	t.Parallel()
	for _, broken := range []memory.Turn{{Err: fault.New(fault.UpstreamFailed, "no")}, {Text: "  "}} {
		reply, _, err := route(t, []string{"project_agent", "task_agent"}, append(slices.Clip(pipeline), broken)...)
		require.NoError(t, err)
		assert.Equal(t, "Project Zephyr is prepared.\n\nThe task is prepared.", reply.Text)
		assert.Len(t, reply.Actions, 2)
	}
}

func TestAnAgentThatFailsEndsThePipelineWithoutActions(t *testing.T) {
	t.Parallel()
	reply, _, err := route(t, []string{"project_agent", "task_agent"}, pipeline[0], pipeline[1], memory.Turn{Err: fault.New(fault.UpstreamTimeout, "slow")})
	assert.Equal(t, fault.UpstreamTimeout, fault.CodeOf(err))
	assert.Equal(t, chat.Reply{Agents: []string{"project_agent", "task_agent"}}, reply)
}

func TestASingleAgentHasTheLastWordItself(t *testing.T) {
	t.Parallel()
	reply, requests, err := route(t, []string{"task_agent"}, memory.Turn{Text: "Hello!"})
	require.NoError(t, err)
	assert.Equal(t, chat.Reply{Text: "Hello!", Agents: []string{"task_agent"}, Model: "m"}, reply)
	assert.Len(t, requests, 1)
}
