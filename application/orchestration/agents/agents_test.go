package agents

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/tier"
)

// now is a Wednesday; in Rome it is already Thursday.
var now = time.Date(2026, 5, 13, 22, 30, 0, 0, time.UTC)

const firstID = "01940000-0000-7000-8000-000000000001"

// desk is a client that sent everything.
func desk() chat.Request {
	due := func(d, h int) float64 {
		return float64(time.Date(2026, 5, d, h, 0, 0, 0, rome()).UnixMilli())
	}
	return chat.Request{Message: "please", Mode: chat.Direct, Context: chat.Context{
		UserProfile: map[string]any{"name": "Ada", "timezone": "Europe/Rome"},
		RecentTasks: []map[string]any{
			{"id": "t-1", "title": "Call the dentist", "status": "todo", "priority": "low", "due_date": due(14, 23)},
			{"id": "t-2", "title": "Draft the press release", "description": "for the launch", "status": "in_progress", "priority": "high", "project_id": "p-1", "due_date": due(14, 0)},
			{"id": "t-3", "title": "Fix login page", "status": "done", "priority": "medium", "project_id": "p-1", "due_date": due(13, 23)},
			{"id": "t-4", "title": "Archive mail", "status": "todo", "project_id": "p-2", "due_date": due(15, 0)},
			{"id": "t-5", "title": "Breathe", "status": "todo"},
		},
		Extra: map[string]any{
			"task_comments": []any{
				map[string]any{"id": "m-1", "task_id": "t-1", "author": "Bob", "content": "any news?"},
				map[string]any{"id": "m-2", "task_id": "t-2", "author": "Bob", "content": "nice"},
			},
			"projects": []any{
				map[string]any{"id": "p-1", "name": "Apollo", "status": "active", "client_id": "k-1"},
				map[string]any{"id": "p-2", "name": "Web", "status": "active"},
				map[string]any{"id": "p-3", "name": "Tax", "status": "archived"},
			},
			"notes": []any{
				map[string]any{"id": "n-1", "title": "Kickoff", "content": "# Kickoff", "project_id": "p-1"},
				map[string]any{"id": "n-2", "title": "Without its text"},
			},
			"checkpoints": []any{
				map[string]any{"id": "c-1", "title": "Launch", "project_id": "p-1", "date": float64(1_800_000_000_000)},
				map[string]any{"id": "c-2", "title": "Beta", "project_id": "p-1", "date": float64(1_790_000_000_000)},
				map[string]any{"id": "c-3", "title": "Sign-off", "project_id": "p-2"},
			},
		},
	}}
}

func rome() *time.Location {
	loc, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	return loc
}

func turnFor(r chat.Request) *Turn { return NewTurn(r, now, memory.NewIDs()) }

// all is the real registry, built once.
var all = sync.OnceValues(func() (*Registry, error) {
	l, err := prompts.Load()
	if err != nil {
		return nil, err
	}
	return NewRegistry(l)
})

func registry(t *testing.T) *Registry {
	t.Helper()
	r, err := all()
	require.NoError(t, err)
	return r
}

// use calls a tool of any agent and gives back what the model would read.
func use(t *testing.T, turn *Turn, name, arguments string) (map[string]any, error) {
	t.Helper()
	for _, a := range registry(t).List() {
		tool, ok := a.tool(name, Deletes)
		if !ok {
			continue
		}
		result, err := tool.Call(turn, arguments)
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(result)
		require.NoError(t, err)
		var read map[string]any
		require.NoError(t, json.Unmarshal(b, &read))
		return read, nil
	}
	require.Fail(t, "no such tool", name)
	return nil, nil
}

// ids are the ids of a listing.
func ids(listing map[string]any) []string {
	out := []string{}
	for _, r := range listing["records"].([]any) {
		out = append(out, r.(map[string]any)["id"].(string))
	}
	return out
}

func TestTheAgentsHaveTheirTwentyThreeTools(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"task_agent":       {"list_tasks", "create_task", "update_task", "delete_task", "list_tasks_due_today", "list_task_comments", "add_task_comment", "delete_task_comment"},
		"project_agent":    {"list_projects", "list_all_projects", "get_project", "create_project", "update_project", "delete_project"},
		"note_agent":       {"list_notes", "get_note", "create_note", "update_note", "delete_note"},
		"checkpoint_agent": {"list_checkpoints", "create_checkpoint", "update_checkpoint", "delete_checkpoint"},
	}
	total := 0
	var order []string
	for _, a := range registry(t).List() {
		assert.Equal(t, want[a.Name], names(a.Specs(Deletes)), a.Name)
		assert.NotEmpty(t, a.Description)
		assert.NotEmpty(t, a.Prompt)
		total += len(a.Tools)
		order = append(order, a.Name)
	}
	assert.Equal(t, 23, total)
	assert.Equal(t, tier.AgentOrder(), order)
}

func TestEveryToolDescribesAnObjectThatRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, a := range registry(t).List() {
		for _, tool := range a.Tools {
			var schema map[string]any
			require.NoError(t, json.Unmarshal(tool.Spec.Schema, &schema), tool.Spec.Name)
			assert.Equal(t, "object", schema["type"], tool.Spec.Name)
			assert.NotEmpty(t, tool.Spec.Description, tool.Spec.Name)
			properties, _ := schema["properties"].(map[string]any)
			for name, p := range properties {
				assert.NotEmpty(t, p.(map[string]any)["description"], "%s.%s", tool.Spec.Name, name)
			}
			_, err := tool.Call(turnFor(desk()), `{"sudo":true}`)
			assert.Error(t, err, tool.Spec.Name)
		}
	}
}

func TestAnAgentShowsAndRunsOnlyToolsWithinItsPower(t *testing.T) {
	t.Parallel()
	for _, a := range registry(t).List() {
		for _, may := range []Power{Reads, Changes, Deletes} {
			shown := names(a.Specs(may))
			for _, tool := range a.Tools {
				verb, _, _ := strings.Cut(tool.Spec.Name, "_")
				needs := map[string]Power{"list": Reads, "get": Reads, "create": Changes, "update": Changes, "add": Changes, "delete": Deletes}[verb]
				_, ok := a.tool(tool.Spec.Name, may)
				assert.Equal(t, needs <= may, ok, tool.Spec.Name)
				assert.Equal(t, ok, slices.Contains(shown, tool.Spec.Name), tool.Spec.Name)
			}
		}
	}
}

func TestToolsThatListAnswerFromTheContext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tool, arguments string
		want            []string
	}{
		{"list_tasks", ``, []string{"t-1", "t-2", "t-3", "t-4", "t-5"}},
		{"list_tasks", `{"project_id":"p-1"}`, []string{"t-2", "t-3"}},
		{"list_tasks", `{"status":"todo","project_id":null,"search":""}`, []string{"t-1", "t-4", "t-5"}},
		{"list_tasks", `{"search":"LAUNCH press"}`, []string{"t-2"}},
		{"list_tasks", `{"search":"nothing like it"}`, []string{}},
		{"list_tasks", `{"order_by":"due_date"}`, []string{"t-3", "t-2", "t-1", "t-4", "t-5"}},
		{"list_tasks", `{"order_by":"priority"}`, []string{"t-2", "t-3", "t-1", "t-4", "t-5"}},
		{"list_tasks", `{"order_by":"status"}`, []string{"t-2", "t-1", "t-4", "t-5", "t-3"}},
		{"list_tasks", `{"order_by":"title"}`, []string{"t-4", "t-5", "t-1", "t-2", "t-3"}},
		{"list_tasks_due_today", `{}`, []string{"t-2", "t-1"}},
		{"list_task_comments", `{"task_id":"t-2"}`, []string{"m-2"}},
		{"list_checkpoints", ``, []string{"c-2", "c-1", "c-3"}},
		{"list_checkpoints", `{"project_id":"p-1"}`, []string{"c-2", "c-1"}},
		{"list_projects", ``, []string{"p-1", "p-2"}},
		{"list_projects", `{"include_archived":true}`, []string{"p-1", "p-2", "p-3"}},
		{"list_projects", `{"client_id":"k-1"}`, []string{"p-1"}},
		{"list_all_projects", ``, []string{"p-1", "p-2", "p-3"}},
		{"list_notes", ``, []string{"n-1", "n-2"}},
		{"list_notes", `{"project_id":"p-1"}`, []string{"n-1"}},
	} {
		t.Run(c.tool+c.arguments, func(t *testing.T) {
			t.Parallel()
			turn := turnFor(desk())
			got, err := use(t, turn, c.tool, c.arguments)
			require.NoError(t, err)
			assert.Equal(t, c.want, ids(got))
			assert.EqualValues(t, len(c.want), got["count"])
			assert.Empty(t, turn.Actions())
		})
	}
}

func TestTodayIsTheUsersDayAndUTCWithoutAZone(t *testing.T) {
	t.Parallel()
	r := desk()
	r.Context.UserProfile = map[string]any{"timezone": "Mars/Olympus"}
	got, err := use(t, turnFor(r), "list_tasks_due_today", "")
	require.NoError(t, err)
	assert.Equal(t, []string{"t-3", "t-2"}, ids(got))
}

func TestAListOfNotesHasNoTextsAndGetNoteHas(t *testing.T) {
	t.Parallel()
	listing, err := use(t, turnFor(desk()), "list_notes", "")
	require.NoError(t, err)
	assert.NotContains(t, listing["records"].([]any)[0], "content")

	one, err := use(t, turnFor(desk()), "get_note", `{"note_id":"n-1"}`)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"id": "n-1", "title": "Kickoff", "content": "# Kickoff", "project_id": "p-1"}, one)

	_, err = use(t, turnFor(desk()), "get_note", `{"note_id":"n-2"}`)
	assert.ErrorContains(t, err, "did not send the text")
}

func TestWhatTheClientDidNotSendIsSaidAndNeverInvented(t *testing.T) {
	t.Parallel()
	for tool, arguments := range map[string]string{
		"list_tasks": ``, "list_tasks_due_today": ``, "list_task_comments": `{"task_id":"t-77"}`, "list_checkpoints": ``,
		"list_projects": ``, "list_all_projects": ``, "list_notes": ``, "get_project": `{"project_id":"p-77"}`, "get_note": `{"note_id":"n-77"}`,
	} {
		r := chat.Request{Message: "what about t-77, p-77 and n-77?", Mode: chat.Direct}
		_, err := use(t, turnFor(r), tool, arguments)
		require.ErrorContains(t, err, "did not send", tool)
	}

	empty := chat.Request{Message: "hi", Context: chat.Context{RecentTasks: []map[string]any{}, Extra: map[string]any{"notes": []any{}}}}
	for _, tool := range []string{"list_tasks", "list_notes"} {
		got, err := use(t, turnFor(empty), tool, "")
		require.NoError(t, err, "an empty table is not a missing one")
		assert.Empty(t, ids(got))
	}
}

func TestALongListIsCutAndSaysSo(t *testing.T) {
	t.Parallel()
	r := chat.Request{Message: "hi"}
	for range maxListed + 7 {
		r.Context.RecentTasks = append(r.Context.RecentTasks, map[string]any{"title": "again"})
	}
	got, err := use(t, turnFor(r), "list_tasks", "")
	require.NoError(t, err)
	assert.Len(t, got["records"], maxListed)
	assert.EqualValues(t, maxListed+7, got["count"])
	assert.Contains(t, got["note"], "first 100")
}
