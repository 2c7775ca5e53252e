package agents

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/chat"
)

func action(kind chat.ActionType, table string, data map[string]any) chat.Action {
	return chat.Action{Type: kind, Table: table, Data: data}
}

func TestToolsThatWriteProduceOneActionWithTheGivenFields(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	index := func(id string) chat.Action { return action(chat.IndexDocument, chat.Notes, m{"id": id}) }
	for _, c := range []struct {
		tool, arguments string
		want            []chat.Action
	}{
		{"create_task", `{"title":"Buy milk"}`, []chat.Action{action(chat.CreateRecord, chat.Tasks,
			m{"id": firstID, "title": "Buy milk", "status": "todo", "priority": "medium", "is_ai_suggested": 0, "is_approved": 1})}},
		{"create_task", `{"title":"Call","description":"d","status":"in_progress","priority":"high","assignees":"[\"Bob\"]","due_date":1778763600000,"project_id":"p-1","is_ai_suggested":0,"is_approved":1}`,
			[]chat.Action{action(chat.CreateRecord, chat.Tasks, m{"id": firstID, "title": "Call", "description": "d", "status": "in_progress", "priority": "high",
				"assignees": `["Bob"]`, "due_date": int64(1778763600000), "project_id": "p-1", "is_ai_suggested": 0, "is_approved": 1})}},
		{"create_task", `{"title":"Idea","is_ai_suggested":true,"is_approved":true,"due_date":-1}`, []chat.Action{action(chat.CreateRecord, chat.Tasks,
			m{"id": firstID, "title": "Idea", "status": "todo", "priority": "medium", "is_ai_suggested": 1, "is_approved": 0})}},
		{"update_task", `{"task_id":"t-1","status":"done","title":"","due_date":-1,"is_approved":-1,"project_id":null}`,
			[]chat.Action{action(chat.UpdateRecord, chat.Tasks, m{"id": "t-1", "status": "done"})}},
		{"update_task", `{"task_id":"t-2","due_date":0,"project_id":"none"}`,
			[]chat.Action{action(chat.UpdateRecord, chat.Tasks, m{"id": "t-2", "due_date": nil, "project_id": nil})}},
		{"update_task", `{"task_id":"t-2","due_date":1.8e12,"is_approved":1}`,
			[]chat.Action{action(chat.UpdateRecord, chat.Tasks, m{"id": "t-2", "due_date": int64(1_800_000_000_000), "is_approved": 1})}},
		{"delete_task", `{"task_id":"t-1"}`, []chat.Action{action(chat.DeleteRecord, chat.Tasks, m{"id": "t-1"})}},
		{"add_task_comment", `{"task_id":"t-1","author":"Bob","content":"waiting"}`,
			[]chat.Action{action(chat.CreateRecord, chat.TaskComments, m{"id": firstID, "task_id": "t-1", "author": "Bob", "content": "waiting"})}},
		{"add_task_comment", `{"task_id":"t-1","content":"waiting"}`,
			[]chat.Action{action(chat.CreateRecord, chat.TaskComments, m{"id": firstID, "task_id": "t-1", "author": "Ada", "content": "waiting"})}},
		{"delete_task_comment", `{"comment_id":"m-1"}`, []chat.Action{action(chat.DeleteRecord, chat.TaskComments, m{"id": "m-1"})}},
		{"create_checkpoint", `{"project_id":"p-1","title":"Freeze","date":1800000000000}`, []chat.Action{action(chat.CreateRecord, chat.Checkpoints,
			m{"id": firstID, "project_id": "p-1", "title": "Freeze", "date": int64(1_800_000_000_000), "is_ai_suggested": 0, "is_approved": 1})}},
		{"create_checkpoint", `{"project_id":"p-1","title":"Idea","is_ai_suggested":1}`, []chat.Action{action(chat.CreateRecord, chat.Checkpoints,
			m{"id": firstID, "project_id": "p-1", "title": "Idea", "is_ai_suggested": 1, "is_approved": 0})}},
		{"update_checkpoint", `{"checkpoint_id":"c-1","title":"Public beta","date":-1}`,
			[]chat.Action{action(chat.UpdateRecord, chat.Checkpoints, m{"id": "c-1", "title": "Public beta"})}},
		{"update_checkpoint", `{"checkpoint_id":"c-1","project_id":"p-2","is_approved":1,"is_ai_suggested":0}`,
			[]chat.Action{action(chat.UpdateRecord, chat.Checkpoints, m{"id": "c-1", "project_id": "p-2", "is_approved": 1, "is_ai_suggested": 0})}},
		{"delete_checkpoint", `{"checkpoint_id":"c-2"}`, []chat.Action{action(chat.DeleteRecord, chat.Checkpoints, m{"id": "c-2"})}},
		{"create_project", `{"name":"Mars","client_id":"k-1"}`, []chat.Action{action(chat.CreateRecord, chat.Projects,
			m{"id": firstID, "name": "Mars", "status": "active", "client_id": "k-1"})}},
		{"update_project", `{"project_id":"p-2","status":"archived"}`, []chat.Action{action(chat.UpdateRecord, chat.Projects, m{"id": "p-2", "status": "archived"})}},
		{"update_project", `{"project_id":"p-1","name":"Artemis","client_id":"none"}`,
			[]chat.Action{action(chat.UpdateRecord, chat.Projects, m{"id": "p-1", "name": "Artemis", "client_id": nil})}},
		{"delete_project", `{"project_id":"p-3"}`, []chat.Action{action(chat.DeleteRecord, chat.Projects, m{"id": "p-3"})}},
		{"create_note", `{"title":"Shopping","content":"- milk","project_id":"p-1"}`, []chat.Action{action(chat.CreateRecord, chat.Notes,
			m{"id": firstID, "title": "Shopping", "content": "- milk", "project_id": "p-1"}), index(firstID)}},
		{"update_note", `{"note_id":"n-1","content":"# Kickoff\n- more"}`,
			[]chat.Action{action(chat.UpdateRecord, chat.Notes, m{"id": "n-1", "content": "# Kickoff\n- more"}), index("n-1")}},
		{"update_note", `{"note_id":"n-2","title":"Renamed","project_id":"p-2"}`,
			[]chat.Action{action(chat.UpdateRecord, chat.Notes, m{"id": "n-2", "title": "Renamed", "project_id": "p-2"}), index("n-2")}},
		{"delete_note", `{"note_id":"n-2"}`, []chat.Action{action(chat.DeleteRecord, chat.Notes, m{"id": "n-2"})}},
	} {
		t.Run(c.tool+c.arguments, func(t *testing.T) {
			t.Parallel()
			turn := turnFor(desk())
			result, err := use(t, turn, c.tool, c.arguments)
			require.NoError(t, err)
			assert.Equal(t, c.want, turn.Actions())
			assert.Equal(t, true, result["ok"])
			assert.Equal(t, c.want[0].Data["id"], result["data"].(map[string]any)["id"])
		})
	}
}

func TestABadCallIsAnErrorForTheModelAndNoAction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tool, arguments, says string }{
		{"create_task", ``, "title"},
		{"create_task", `{"title":""}`, "title"},
		{"create_task", `{"title":7}`, "title"},
		{"create_task", `{"title":null}`, "title"},
		{"create_task", `{"title":"x","colour":"red"}`, "colour"},
		{"create_task", `{"title":"x","priority":"urgent"}`, "priority"},
		{"create_task", `{"title":"x","status":"finished"}`, "status"},
		{"create_task", `{"title":"x","due_date":"tomorrow"}`, "due_date"},
		{"create_task", `{"title":"x","due_date":1.5}`, "due_date"},
		{"create_task", `{"title":"x","due_date":1778763600}`, "milliseconds"},
		{"create_task", `{"title":"x","due_date":1e300}`, "due_date"},
		{"create_task", `{"title":"x","assignees":"Bob"}`, "assignees"},
		{"create_task", `{"title":"x","assignees":["Bob"]}`, "assignees"},
		{"create_task", `{"title":"x","is_approved":2}`, "is_approved"},
		{"create_task", `{"title":"x","project_id":"p-9"}`, "p-9"},
		{"create_task", `{"title":"x"`, "JSON object"},
		{"create_task", `{"title":"x"}{"title":"y"}`, "nothing after it"},
		{"create_task", `[{"title":"x"}]`, "JSON object"},
		{"create_task", `null`, "JSON object"},
		{"create_task", `"title"`, "JSON object"},
		{"update_task", `{"status":"done"}`, "task_id"},
		{"update_task", `{"task_id":"t-1"}`, "nothing would change"},
		{"update_task", `{"task_id":"t-1","due_date":-1,"title":""}`, "nothing would change"},
		{"update_task", `{"task_id":"t-9","status":"done"}`, "t-9"},
		{"update_task", `{"task_id":"p-1","status":"done"}`, "projects"},
		{"update_task", `{"task_id":"none","status":"done"}`, "none"},
		{"update_task", `{"task_id":"Call the dentist","status":"done"}`, "Call the dentist"},
		{"update_task", `{"task_id":"t-1","project_id":"n-1"}`, "notes"},
		{"delete_task", `{"task_id":"n-1"}`, "notes"},
		{"delete_task", `{}`, "task_id"},
		{"list_tasks", `{"project_id":"p-9"}`, "p-9"},
		{"list_tasks", `{"order_by":"mood"}`, "order_by"},
		{"list_task_comments", `{"task_id":"t-9"}`, "t-9"},
		{"add_task_comment", `{"task_id":"t-9","content":"x"}`, "t-9"},
		{"add_task_comment", `{"task_id":"t-1"}`, "content"},
		{"delete_task_comment", `{"comment_id":"t-1"}`, "tasks"},
		{"create_checkpoint", `{"title":"x"}`, "project_id"},
		{"create_checkpoint", `{"title":"x","project_id":"p-9"}`, "p-9"},
		{"create_checkpoint", `{"title":"x","project_id":"p-1","date":99}`, "milliseconds"},
		{"update_checkpoint", `{"checkpoint_id":"c-9","title":"x"}`, "c-9"},
		{"update_checkpoint", `{"checkpoint_id":"c-1","project_id":"p-9"}`, "p-9"},
		{"delete_checkpoint", `{"checkpoint_id":"c-9"}`, "c-9"},
		{"get_project", `{"project_id":"p-9"}`, "p-9"},
		{"create_project", `{"client_id":"k-1"}`, "name"},
		{"create_project", `{"name":"x","client_id":"p-1"}`, "projects"},
		{"update_project", `{"project_id":"p-1","status":"done"}`, "status"},
		{"delete_project", `{"project_id":"Apollo"}`, "Apollo"},
		{"get_note", `{"note_id":"n-9"}`, "n-9"},
		{"create_note", `{"content":"x"}`, "title"},
		{"update_note", `{"note_id":"n-9","title":"x"}`, "n-9"},
		{"update_note", `{"note_id":"n-2","content":"gone"}`, "get_note"},
		{"delete_note", `{"note_id":"t-1"}`, "tasks"},
	} {
		t.Run(c.tool+c.arguments, func(t *testing.T) {
			t.Parallel()
			turn := turnFor(desk())
			_, err := use(t, turn, c.tool, c.arguments)
			require.ErrorContains(t, err, c.says)
			assert.Empty(t, turn.Actions())
		})
	}
}

func TestArgumentsThatAreTooLongAreRefused(t *testing.T) {
	t.Parallel()
	long, err := json.Marshal(map[string]string{"title": "x", "content": string(make([]byte, maxArguments))})
	require.NoError(t, err)
	turn := turnFor(desk())
	_, err = use(t, turn, "create_note", string(long))
	require.ErrorContains(t, err, "longer than")
	assert.Empty(t, turn.Actions())
}

func TestWhatThisAnswerMadeCanBeReferredToAndWhatItDeletedCannot(t *testing.T) {
	t.Parallel()
	turn := turnFor(desk())
	made, err := use(t, turn, "create_project", `{"name":"Zephyr"}`)
	require.NoError(t, err)
	id := made["data"].(map[string]any)["id"].(string)

	_, err = use(t, turn, "create_task", fmt.Sprintf(`{"title":"Write the charter","project_id":%q}`, id))
	require.NoError(t, err)
	listing, err := use(t, turn, "list_tasks", fmt.Sprintf(`{"project_id":%q}`, id))
	require.NoError(t, err)
	assert.Len(t, ids(listing), 1, "a new task is listed")

	_, err = use(t, turn, "update_task", `{"task_id":"t-1","status":"done"}`)
	require.NoError(t, err)
	listing, err = use(t, turn, "list_tasks", `{"status":"todo"}`)
	require.NoError(t, err)
	assert.NotContains(t, ids(listing), "t-1", "a changed task is listed as changed")

	_, err = use(t, turn, "delete_task", `{"task_id":"t-1"}`)
	require.NoError(t, err)
	for _, again := range []string{"delete_task", "list_task_comments"} {
		_, err = use(t, turn, again, `{"task_id":"t-1"}`)
		require.ErrorContains(t, err, "deleted in this answer")
	}
	listing, err = use(t, turn, "list_tasks", ``)
	require.NoError(t, err)
	assert.NotContains(t, ids(listing), "t-1")
	assert.Len(t, turn.Actions(), 4)
}

func TestANoteMadeInThisAnswerCanBeWrittenAnew(t *testing.T) {
	t.Parallel()
	turn := turnFor(desk())
	_, err := use(t, turn, "create_note", `{"title":"New"}`)
	require.NoError(t, err)
	_, err = use(t, turn, "update_note", fmt.Sprintf(`{"note_id":%q,"content":"text"}`, firstID))
	assert.NoError(t, err)
}

func TestOneAnswerDeletesAndChangesOnlySoMuch(t *testing.T) {
	t.Parallel()
	r := chat.Request{Message: "clean up"}
	for i := range 2 * maxDeletes {
		r.Context.RecentTasks = append(r.Context.RecentTasks, map[string]any{"id": fmt.Sprintf("t-%d", i), "title": "x"})
	}
	turn := turnFor(r)
	refused := 0
	for i := range 2 * maxDeletes {
		if _, err := use(t, turn, "delete_task", fmt.Sprintf(`{"task_id":"t-%d"}`, i)); err != nil {
			assert.ErrorContains(t, err, "at most 5")
			refused++
		}
	}
	assert.Equal(t, maxDeletes, refused)
	for range 2 * maxActions {
		if _, err := use(t, turn, "create_task", `{"title":"x"}`); err != nil {
			assert.ErrorContains(t, err, "at most 50")
		}
	}
	assert.Len(t, turn.Actions(), maxActions)
}

func TestTheContextItselfIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	r, untouched := desk(), desk()
	turn := turnFor(r)
	_, err := use(t, turn, "update_task", `{"task_id":"t-1","status":"done"}`)
	require.NoError(t, err)
	_, err = use(t, turn, "delete_note", `{"note_id":"n-1"}`)
	require.NoError(t, err)
	assert.Equal(t, untouched, r)
}

func TestAModelCannotApproveItsOwnSuggestion(t *testing.T) {
	t.Parallel()
	turn := turnFor(desk())
	_, err := use(t, turn, "create_task", `{"title":"Idea","is_ai_suggested":1}`)
	require.NoError(t, err)
	_, err = use(t, turn, "update_task", fmt.Sprintf(`{"task_id":%q,"is_approved":1}`, firstID))
	require.ErrorContains(t, err, "waits for the user's approval")
	_, err = use(t, turn, "update_task", `{"task_id":"t-1","is_approved":1}`)
	require.NoError(t, err, "what the user was shown before can be approved")
	assert.Len(t, turn.Actions(), 2)
}
