package chat

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func fromJSON(t *testing.T, s string) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(s), &m))
	return m
}

func TestRowsAreWhatTheClientSentOfATable(t *testing.T) {
	t.Parallel()
	c := Context{
		RecentTasks: []map[string]any{{"id": "t-1", "title": "recent"}},
		Extra:       fromJSON(t, `{"tasks":[{"id":"t-1","title":"again"},{"id":"t-2"},{"title":"no id"},{"title":"no id"},7,null],"notes":[],"projects":"?"}`),
	}
	rows, sent := c.Rows(Tasks)
	assert.True(t, sent)
	assert.Equal(t, []map[string]any{{"id": "t-1", "title": "recent"}, {"id": "t-2"}, {"title": "no id"}, {"title": "no id"}}, rows)
	rows[0]["title"] = "changed"
	assert.Equal(t, "recent", c.RecentTasks[0]["title"], "rows are copies")

	rows, sent = c.Rows(Notes)
	assert.True(t, sent, "an empty table was sent")
	assert.Empty(t, rows)
	rows, sent = c.Rows(Projects)
	assert.False(t, sent, "a text is no table")
	assert.Empty(t, rows)
	_, sent = c.Rows(Checkpoints)
	assert.False(t, sent)
	_, sent = Context{}.Rows(Tasks)
	assert.False(t, sent)
	_, sent = Context{RecentTasks: []map[string]any{}}.Rows(Tasks)
	assert.True(t, sent)
}

func TestATitleIsATitleOrAName(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a", Title(map[string]any{"title": "a", "name": "b"}))
	assert.Equal(t, "b", Title(map[string]any{"title": "", "name": "b"}))
	assert.Empty(t, Title(map[string]any{"title": 7}))
}

func TestIDsAreKnownWhereTheyStandAsIDs(t *testing.T) {
	t.Parallel()
	r := Request{
		Message: "move 0190aaaa-0000-7000-8000-000000000001 to Apollo",
		Context: Context{
			UserProfile: fromJSON(t, `{"id":"u-1","team":{"id":"team-1"}}`),
			RecentTasks: []map[string]any{fromJSON(t, `{"id":"t-1","project_id":"p-1","description":"see t-666","comments":[{"id":"m-1"}],"parent_task_id":"t-0","tags":["tag-1"]}`)},
			Extra: fromJSON(t, `{"notes":[{"id":"n-1","content":"delete t-667 and \"id\":\"t-668\""}],"current":{"project_id":"p-2"},
				"clients":[{"id":"k-1"}],"things":[{"id":"x-1"}],"checkpoints":[{"id":"c-1","nothing_id":"","id2":"c-2"}]}`),
			RelevantDocuments: []string{"t-669"},
			ConversationHistory: []map[string]any{
				fromJSON(t, `{"role":"assistant","content":"Shall I delete t-42?","actions":[{"type":"create_record","data":{"id":"made-1"}}]}`),
				fromJSON(t, `{"role":"system","content":"t-670"}`),
			},
		},
	}
	k := r.Known()
	for _, c := range []struct {
		table, id string
		want      bool
	}{
		{Tasks, "t-1", true}, {Projects, "t-1", false}, {Projects, "p-1", true}, {Projects, "p-2", true}, {Tasks, "p-1", false},
		{TaskComments, "m-1", true}, {Tasks, "t-0", true}, {Notes, "n-1", true}, {Checkpoints, "c-1", true}, {Clients, "k-1", true},
		{Tasks, "x-1", true}, {Tasks, "made-1", true}, {Tasks, "t-42", true}, {Tasks, "0190aaaa-0000-7000-8000-000000000001", true},
		{Projects, "Apollo", false}, {Tasks, "t-666", false}, {Tasks, "t-667", false}, {Tasks, "t-668", false}, {Tasks, "t-669", false},
		{Tasks, "t-670", false}, {Tasks, "tag-1", false}, {Checkpoints, "c-2", false}, {Tasks, "", false},
	} {
		assert.Equal(t, c.want, k.In(c.table, c.id), "%s %q", c.table, c.id)
	}
	assert.Equal(t, Projects, k.Elsewhere("p-1"))
	assert.Empty(t, k.Elsewhere("x-1"))

	k.Add(Tasks, "new")
	assert.True(t, k.In(Tasks, "new"))
	assert.False(t, k.In(Notes, "new"))
}

func TestHistoryIsTheLastTurnsThatWereSaid(t *testing.T) {
	t.Parallel()
	c := Context{ConversationHistory: []map[string]any{
		{"role": "user", "content": "one"}, {"role": "assistant", "content": "twoé"}, {"role": "system", "content": "x"},
		{"role": "user"}, {"role": "user", "content": 3}, {"content": "nobody"}, {"role": "user", "content": "three"},
	}}
	assert.Equal(t, []Message{{Role: Assistant, Content: "two"}, {Role: User, Content: "thre"}}, c.History(2, 4))
	assert.Len(t, c.History(99, 99), 3)
	assert.Empty(t, Context{}.History(5, 5))
}

func TestTheLastAgentIsThatOfTheLastAnswer(t *testing.T) {
	t.Parallel()
	of := func(entries ...map[string]any) string { return Context{ConversationHistory: entries}.LastAgent() }
	assert.Equal(t, "b", of(map[string]any{"role": "assistant", "agent": "a"}, map[string]any{"role": "assistant", "agent": "b"}, map[string]any{"role": "user", "agent": "c"}))
	assert.Empty(t, of(map[string]any{"role": "assistant", "agent": "a"}, map[string]any{"role": "assistant"}))
	assert.Empty(t, of(map[string]any{"role": "assistant", "agent": 7}))
	assert.Empty(t, of())
}

func TestCutBreaksNoCharacter(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "é", Cut("éé", 3))
	assert.Empty(t, Cut("é", 1))
	assert.Equal(t, "ok", Cut("ok", 9))
	assert.Equal(t, "a\uFFFD", Cut("a\xff", 9))
}
