package agents

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
)

// app is a client that answers reads by the tool's name, and remembers what it was asked.
type app struct {
	found map[string]string // JSON, or "!" and why there is none
	asked [][]chat.ToolCall
	err   error
}

func (a *app) Lookup(_ context.Context, calls []chat.ToolCall) ([]chat.Finding, error) {
	a.asked = append(a.asked, calls)
	var out []chat.Finding
	for _, c := range calls {
		f := chat.Finding{CallID: c.ID}
		if why, failed := strings.CutPrefix(a.found[c.Name], "!"); failed {
			f.Failed = why
		} else {
			f.Result = json.RawMessage(a.found[c.Name])
		}
		out = append([]chat.Finding{f}, out...)
	}
	return out, a.err
}

func bare(message string) chat.Request { return chat.Request{Message: message, Mode: chat.Direct} }

func noteAgent(t *testing.T) Agent {
	t.Helper()
	a, ok := registry(t).Get("note_agent")
	require.True(t, ok)
	return a
}

func TestWhatTheContextDoesNotSayIsAskedOfTheClient(t *testing.T) {
	t.Parallel()
	client := &app{found: map[string]string{
		"list_notes": `{"records":[{"id":"n-7","title":"Pricing","project_id":"p-7"}]}`,
		"get_note":   `{"id":"n-7","title":"Pricing","content":"9 EUR"}`,
	}}
	llm := model(
		calls("list_notes", ``, `{}`),
		calls("get_note", `{"note_id":"n-7"}`),
		calls("update_note", `{"note_id":"n-7","content":"9 EUR, or 12","project_id":"p-7"}`),
		memory.Turn{Text: "Done."},
	)
	got, err := Loop{LLM: llm, Lookup: client, May: Deletes}.Run(t.Context(), noteAgent(t), turnFor(bare("add 12 to the pricing note")), nil, nil)
	require.NoError(t, err)

	require.Len(t, client.asked, 2, "one question a round, however often the model asks the same")
	require.Len(t, client.asked[0], 1)
	assert.Equal(t, "list_notes", client.asked[0][0].Name)
	assert.JSONEq(t, `{}`, client.asked[0][0].Arguments)
	assert.NotEmpty(t, client.asked[0][0].ID)
	assert.JSONEq(t, `{"note_id":"n-7"}`, client.asked[1][0].Arguments)
	assert.NotEqual(t, client.asked[0][0].ID, client.asked[1][0].ID)

	assert.JSONEq(t, client.found["list_notes"], last(llm.requests[1]).Content)
	assert.JSONEq(t, client.found["get_note"], last(llm.requests[2]).Content)
	require.Len(t, got.Actions, 2)
	assert.Equal(t, action(chat.UpdateRecord, chat.Notes, map[string]any{"id": "n-7", "content": "9 EUR, or 12", "project_id": "p-7"}), got.Actions[0])
}

func TestReadsOfOneRoundAreAskedTogether(t *testing.T) {
	t.Parallel()
	client := &app{found: map[string]string{"list_tasks": `[]`, "list_tasks_due_today": `!the database is locked`}}
	round := memory.Turn{ToolCalls: []chat.ToolCall{{Name: "list_tasks", Arguments: `{}`}, {Name: "create_task", Arguments: `{"title":"x"}`}, {Name: "list_tasks_due_today"}}}
	llm := model(round, round, memory.Turn{Text: "Done."})
	got, err := Loop{LLM: llm, Lookup: client, May: Deletes}.Run(t.Context(), taskAgent(t), turnFor(bare("hi")), nil, nil)
	require.NoError(t, err)
	require.Len(t, client.asked, 1, "what was answered, or could not be, is not asked again")
	assert.Len(t, client.asked[0], 2)
	assert.Len(t, got.Actions, 2, "a write is carried out once for each time it is called")
	m := llm.requests[1].Messages
	assert.Equal(t, "[]", m[len(m)-3].Content)
	assert.JSONEq(t, `{"error":"the app could not look this up: \"the database is locked\""}`, m[len(m)-1].Content)
}

func TestOnlyAReadThatIsRightAndThatTheContextCannotAnswerIsAsked(t *testing.T) {
	t.Parallel()
	client := &app{found: map[string]string{}}
	llm := model(
		calls("list_tasks", `{"search":"dentist"}`, `{"order_by":"colour"}`, `{"project_id":"p-404"}`, `nonsense`),
		calls("delete_task", `{"task_id":"t-404"}`),
		calls("list_everything", `{}`),
		memory.Turn{Text: "Done."},
	)
	_, err := Loop{LLM: llm, Lookup: client, May: Deletes}.Run(t.Context(), taskAgent(t), turnFor(desk()), nil, nil)
	require.NoError(t, err)
	assert.Empty(t, client.asked)
}

func TestWhatTheClientFindsIsReadWithCare(t *testing.T) {
	t.Parallel()
	for found, says := range map[string]string{
		`not json`: "nothing that can be read", ``: "nothing that can be read",
		`"` + strings.Repeat("x", maxFinding) + `"`: "more than can be read at once",
		`!` + strings.Repeat("y", 2000):             "could not look this up",
	} {
		llm := model(calls("list_tasks", `{}`), memory.Turn{Text: "ok"})
		_, err := Loop{LLM: llm, Lookup: &app{found: map[string]string{"list_tasks": found}}}.Run(t.Context(), taskAgent(t), turnFor(bare("hi")), nil, nil)
		require.NoError(t, err)
		assert.Contains(t, last(llm.requests[1]).Content, says)
		assert.Less(t, len(last(llm.requests[1]).Content), 700)
	}
	for _, odd := range []string{`null`, `7`, `"text"`, `[1,{"id":5},{"title":"no id"},null,[{"id":"t-1"}]]`, `{"records":"?"}`, `{"id":"t-666","records":[{"id":"t-1"}]}`} {
		llm := model(calls("list_tasks", `{}`), calls("delete_task", `{"task_id":"t-666"}`), memory.Turn{Text: "ok"})
		got, err := Loop{LLM: llm, Lookup: &app{found: map[string]string{"list_tasks": odd}}}.Run(t.Context(), taskAgent(t), turnFor(bare("hi")), nil, nil)
		require.NoError(t, err)
		assert.Empty(t, got.Actions, odd)
	}
	silent := lookupFunc(func([]chat.ToolCall) ([]chat.Finding, error) { return nil, nil })
	llm := model(calls("list_tasks", `{}`), memory.Turn{Text: "ok"})
	_, err := Loop{LLM: llm, Lookup: silent, May: Deletes}.Run(t.Context(), taskAgent(t), turnFor(bare("hi")), nil, nil)
	require.NoError(t, err)
	assert.Contains(t, last(llm.requests[1]).Content, "no answer came")
}

type lookupFunc func([]chat.ToolCall) ([]chat.Finding, error)

func (f lookupFunc) Lookup(_ context.Context, calls []chat.ToolCall) ([]chat.Finding, error) {
	return f(calls)
}

func TestAClientThatCanOnlyAnswerLaterEndsTheRun(t *testing.T) {
	t.Parallel()
	later := lookupFunc(func([]chat.ToolCall) ([]chat.Finding, error) { return nil, chat.ErrLater })
	llm := model(memory.Turn{Text: "Let me look.", ToolCalls: []chat.ToolCall{{Name: "list_tasks", Arguments: `{"search":"bob"}`}, {Name: "create_task", Arguments: `{"title":"x"}`}}})
	turn := turnFor(bare("hi"))
	_, err := Loop{LLM: llm, Lookup: later, May: Deletes}.Run(t.Context(), taskAgent(t), turn, nil, nil)
	waiting, ok := errors.AsType[*WaitingError](err)
	require.True(t, ok)
	require.Len(t, waiting.Calls, 1)
	assert.JSONEq(t, `{"search":"bob"}`, waiting.Calls[0].Arguments)
	assert.Empty(t, turn.Actions(), "nothing was prepared that the next run would prepare again")

	again := bare("hi")
	again.Found = []chat.Found{
		{Name: "list_tasks", Arguments: `{ "search" : "bob" }`, Result: json.RawMessage(`[{"id":"t-9","title":"Call Bob"}]`)},
		{Name: "delete_task", Arguments: `{"task_id":"t-9"}`, Result: json.RawMessage(`[{"id":"t-10"}]`)},
	}
	llm = model(calls("list_tasks", `{"search":"bob"}`), calls("update_task", `{"task_id":"t-9","status":"done"}`, `{"task_id":"t-10","status":"done"}`), memory.Turn{Text: "Done."})
	got, err := Loop{LLM: llm, Lookup: later, May: Deletes}.Run(t.Context(), taskAgent(t), turnFor(again), nil, nil)
	require.NoError(t, err)
	require.Len(t, got.Actions, 1, "only a read can have found an id")
	assert.Equal(t, "t-9", got.Actions[0].Data["id"])
}

func TestAClientThatIsGoneEndsTheRun(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	_, err := Loop{LLM: model(calls("list_tasks", `{}`)), Lookup: &app{err: gone}, May: Deletes}.Run(t.Context(), taskAgent(t), turnFor(bare("hi")), nil, nil)
	assert.ErrorIs(t, err, gone)
}

func TestWhatWasFoundDoesNotUndoWhatThisAnswerDid(t *testing.T) {
	t.Parallel()
	r := desk()
	delete(r.Context.Extra, "notes")
	turn := turnFor(r)
	_, err := turn.update(chat.Tasks, "t-1", fields{"title": "Renamed"})
	require.NoError(t, err)
	_, err = turn.remove(chat.Tasks, "t-2")
	require.NoError(t, err)
	turn.merge(chat.Tasks, []map[string]any{{"id": "t-1", "title": "Old", "description": "more"}, {"id": "t-2", "title": "Back again"}})
	assert.Equal(t, "Renamed", turn.find(chat.Tasks, "t-1")["title"])
	assert.Equal(t, "more", turn.find(chat.Tasks, "t-1")["description"])
	assert.Nil(t, turn.find(chat.Tasks, "t-2"))
}

func TestEveryRoundIsSaidWithAnEmptyLineBetween(t *testing.T) {
	t.Parallel()
	listing := calls("list_tasks", `{}`)
	listing.Text = "Let me look."
	var said strings.Builder
	say := func(s string) error { said.WriteString(s); return nil }
	got, err := Loop{LLM: model(listing, calls("create_task", `{"title":"x"}`), memory.Turn{Text: "\nIt is there."}), May: Deletes}.Run(t.Context(), taskAgent(t), turnFor(desk()), nil, say)
	require.NoError(t, err)
	assert.Equal(t, "Let me look.\n\nIt is there.", got.Response)
	assert.Equal(t, got.Response, said.String())

	full := errors.New("nobody listens")
	_, err = Loop{LLM: model(memory.Turn{Text: "a b c"}), May: Deletes}.Run(t.Context(), taskAgent(t), turnFor(desk()), nil, func(string) error { return full })
	assert.ErrorIs(t, err, full)
}
