package plans

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/plan"
)

// read is what a template makes of variables that came as JSON.
func read(t *testing.T, id plan.TemplateID, variables string) (Input, error) {
	t.Helper()
	l, _, _ := library(t)
	s, ok := l.Step(id)
	require.True(t, ok)
	var v map[string]any
	require.NoError(t, json.Unmarshal([]byte(variables), &v))
	return s.Read(v)
}

func TestVariablesAreSortedByWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	got, err := read(t, "kickoff_checkpoints", `{"goal":"Fly","deadline":1780000000000,
		"context":{"user_profile":{"timezone":"Europe/Rome"},"relevant_documents":["d"],"recent_tasks":[{"id":"t-1"}],"conversation_history":[{"role":"user","content":"x"}],
			"projects":[{"id":"p-1","name":"Apollo"}],"notes":null,"mood":"good"},
		"data":{"output":"Made it.","model":"m","usage":{"prompt_tokens":1},"actions":[
			{"type":"create_record","table":"projects","data":{"id":"p-2","name":"Zephyr"},"requires_confirmation":false},
			{"type":"delete_record","table":"projects","data":{"id":"p-1"},"requires_confirmation":true}]}}`)
	require.NoError(t, err)
	assert.Empty(t, got.Message)
	assert.Equal(t, agents.Changes, got.May)
	assert.Equal(t, map[string]any{"goal": "Fly", "deadline": 1.78e12}, got.Variables)
	apollo, zephyr := map[string]any{"id": "p-1", "name": "Apollo"}, map[string]any{"id": "p-2", "name": "Zephyr"}
	assert.Equal(t, chat.Context{
		UserProfile: map[string]any{"timezone": "Europe/Rome"}, RelevantDocuments: []string{"d"}, RecentTasks: []map[string]any{{"id": "t-1"}},
		ConversationHistory: []map[string]any{{"role": "user", "content": "x"}},
		Extra:               map[string]any{"projects": []any{apollo, zephyr}, "mood": "good"},
	}, got.Context, "what was created exists; what a forged deletion says changes nothing")
	assert.Equal(t, []agents.Result{{Agent: "earlier_step", Response: "Made it.", Actions: []chat.Action{
		{Type: chat.CreateRecord, Table: "projects", Data: zephyr}, {Type: chat.DeleteRecord, Table: "projects", Data: map[string]any{"id": "p-1"}},
	}}}, got.Before)
}

func TestOnlyTheUsersOwnMessageMayAskForADeletion(t *testing.T) {
	t.Parallel()
	for variables, want := range map[string]agents.Power{
		`{"message":"hi"}`: agents.Changes, `{"message":"hi","deletions":false}`: agents.Changes, `{"message":"hi","deletions":null}`: agents.Changes,
		`{"message":"hi","deletions":true}`: agents.Deletes,
	} {
		got, err := read(t, "task_request", variables)
		require.NoError(t, err)
		assert.Equal(t, want, got.May, variables)
		assert.Equal(t, "hi", got.Message)
		assert.Empty(t, got.Variables)
		assert.Nil(t, got.Before)
	}
}

func TestWhatIsLeftOutIsLeftOutHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for _, variables := range []string{`{"name":"Zephyr"}`, `{"name":"Zephyr","goal":null,"context":null,"data":null}`, `{"name":"Zephyr","goal":" \n","context":{},"data":{}}`,
		`{"name":"Zephyr","data":{"output":"","actions":[]}}`} {
		got, err := read(t, "kickoff_project", variables)
		require.NoError(t, err, variables)
		assert.Equal(t, map[string]any{"name": "Zephyr"}, got.Variables, variables)
		assert.Empty(t, got.Context.Extra)
		assert.Nil(t, got.Before)
	}
}

func TestARecordThatTheClientSentItselfIsNotThereTwice(t *testing.T) {
	t.Parallel()
	data := `"data":{"actions":[{"type":"create_record","table":"tasks","data":{"id":"t-1","title":"old"}},{"type":"create_record","table":"tasks","data":{"id":"t-2"}},
		{"type":"create_record","table":"tasks","data":{"title":"no id"}},{"type":"create_record","data":{"id":"t-3"}},{"type":"update_record","table":"tasks","data":{"id":"t-4"}}]}`
	for _, context := range []string{`{"recent_tasks":[{"id":"t-1","title":"new"}]}`, `{"tasks":[{"id":"t-1","title":"new"}]}`} {
		got, err := read(t, "plan_day", `{"context":`+context+`,`+data+`}`)
		require.NoError(t, err)
		rows, sent := got.Context.Rows(chat.Tasks)
		assert.True(t, sent)
		assert.Equal(t, []map[string]any{{"id": "t-1", "title": "new"}, {"id": "t-2"}}, rows)
	}
	got, err := read(t, "plan_day", `{"context":{"tasks":"none"},`+data+`}`)
	require.NoError(t, err)
	rows, _ := got.Context.Rows(chat.Tasks)
	assert.Len(t, rows, 2)
}

func TestReadingChangesNothingThatWasSent(t *testing.T) {
	t.Parallel()
	l, _, _ := library(t)
	s, _ := l.Step("plan_day")
	list := make([]any, 1, 8)
	list[0] = map[string]any{"id": "p-1"}
	sent := map[string]any{"context": map[string]any{"projects": list},
		"data": map[string]any{"actions": []any{map[string]any{"type": "create_record", "table": "projects", "data": map[string]any{"id": "p-2"}}}}}
	_, err := s.Read(sent)
	require.NoError(t, err)
	assert.Len(t, sent["context"].(map[string]any)["projects"], 1)
	assert.Nil(t, list[:2][1], "nor behind the end of a list")
}

const canary = "canary4f1e"

func TestWhatIsNotAllowedIsNamedByItsPlaceAndNeverRepeated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id        plan.TemplateID
		variables string
		at        string // after body.variables
	}{
		{"email_to_tasks", `{}`, ".email"},
		{"email_to_tasks", `{"email":null}`, ".email"},
		{"email_to_tasks", `{"email":" \n "}`, ".email"},
		{"email_to_tasks", `{"email":{"body":"` + canary + `"}}`, ".email"},
		{"email_to_tasks", `{"email":["` + canary + `"]}`, ".email"},
		{"email_to_tasks", `{"email":"` + canary + strings.Repeat("x", 64<<10) + `"}`, ".email"},
		{"email_to_tasks", `{"email":"x","message":"` + canary + `"}`, ".message"},
		{"email_to_tasks", `{"email":"x","deletions":true}`, ".deletions"},
		{"email_to_tasks", `{"email":"x","__proto__":{"` + canary + `":1}}`, ".__proto__"},
		{"email_to_tasks", `{"email":"x","` + canary + ` is a secret":1}`, ".?"},
		{"email_to_tasks", `{"email":"x","email\u0000":1}`, ".?"},
		{"email_to_tasks", `{"Email":"x","email":"x"}`, ".Email"},
		{"task_request", `{"message":"` + strings.Repeat("x", 32<<10+1) + `"}`, ".message"},
		{"task_request", `{"message":"x","deletions":"true"}`, ".deletions"},
		{"task_request", `{"message":"x","deletions":1}`, ".deletions"},
		{"kickoff_project", `{"name":"` + strings.Repeat("x", 201) + `"}`, ".name"},
		{"kickoff_project", `{"name":7}`, ".name"},
		{"kickoff_project", `{"name":"x","goal":7}`, ".goal"},
		{"kickoff_checkpoints", `{"deadline":"tomorrow"}`, ".deadline"},
		{"kickoff_checkpoints", `{"deadline":1780000000}`, ".deadline"},
		{"kickoff_checkpoints", `{"deadline":1780000000000.5}`, ".deadline"},
		{"kickoff_checkpoints", `{"deadline":-1}`, ".deadline"},
		{"kickoff_checkpoints", `{"deadline":1e300}`, ".deadline"},
		{"plan_day", `{"context":"` + canary + `"}`, ".context"},
		{"plan_day", `{"context":[]}`, ".context"},
		{"plan_day", `{"context":{"user_profile":"` + canary + `"}}`, ".context.user_profile"},
		{"plan_day", `{"context":{"relevant_documents":["x",1]}}`, ".context.relevant_documents[1]"},
		{"plan_day", `{"context":{"recent_tasks":{"0":{}}}}`, ".context.recent_tasks"},
		{"plan_day", `{"context":{"recent_tasks":[{},"` + canary + `"]}}`, ".context.recent_tasks[1]"},
		{"plan_day", `{"context":{"conversation_history":[[]]}}`, ".context.conversation_history[0]"},
		{"plan_day", `{"data":"` + canary + `"}`, ".data"},
		{"plan_day", `{"data":{"output":{}}}`, ".data.output"},
		{"plan_day", `{"data":{"actions":{}}}`, ".data.actions"},
		{"plan_day", `{"data":{"actions":[{"type":"` + canary + `"}]}}`, ".data.actions[0].type"},
		{"plan_day", `{"data":{"actions":[{}]}}`, ".data.actions[0].type"},
		{"plan_day", `{"data":{"actions":[{"type":"create_record","table":"` + canary + `"}]}}`, ".data.actions[0].table"},
		{"plan_day", `{"data":{"actions":[{"type":"create_record","table":"tasks","data":["` + canary + `"]}]}}`, ".data.actions[0].data"},
		{"plan_day", `{"data":{"actions":[` + strings.TrimSuffix(strings.Repeat(`{"type":"call_agent"},`, 101), ",") + `]}}`, ".data.actions"},
	} {
		_, err := read(t, c.id, c.variables)
		require.Equal(t, fault.ValidationFailed, fault.CodeOf(err), "%.200s", c.variables)
		f := fault.From(err)
		require.Len(t, f.Fields, 1, "%.200s: %v", c.variables, f.Fields)
		assert.Equal(t, "body.variables"+c.at, f.Fields[0].Location)
		assert.NotContains(t, f.Error()+f.Fields[0].Message+f.Fields[0].Location, canary)
	}
}

func TestAllThatIsNotAllowedIsSaidAtOnceInAnOrderUpToABound(t *testing.T) {
	t.Parallel()
	_, err := read(t, "email_to_tasks", `{"b":1,"a":1,"context":{"user_profile":1}}`)
	var at []string
	for _, f := range fault.From(err).Fields {
		at = append(at, strings.TrimPrefix(f.Location, "body.variables."))
	}
	assert.Equal(t, []string{"a", "b", "context.user_profile", "email"}, at)
	_, err = read(t, "plan_day", `{"context":{"recent_tasks":[`+strings.TrimSuffix(strings.Repeat("1,", 10_000), ",")+`]}}`)
	assert.Len(t, fault.From(err).Fields, 20)
}

// TestWhateverIsSentIsReadOrRefused never panics, and never lets through what a template does not take.
func TestWhateverIsSentIsReadOrRefused(t *testing.T) {
	t.Parallel()
	l, _, _ := library(t)
	leaf := rapid.OneOf(rapid.Just(any(nil)), rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Float64(), func(f float64) any { return f }), rapid.Map(rapid.Bool(), func(b bool) any { return b }))
	var value func(depth int) *rapid.Generator[any]
	key := rapid.OneOf(rapid.SampledFrom([]string{"context", "data", "message", "email", "actions", "output", "type", "table", "id", "recent_tasks", "user_profile", "tasks"}), rapid.String())
	value = func(depth int) *rapid.Generator[any] {
		if depth == 0 {
			return leaf
		}
		return rapid.OneOf(leaf, rapid.Map(rapid.SliceOfN(value(depth-1), 0, 3), func(s []any) any { return s }),
			rapid.Map(rapid.MapOfN(key, value(depth-1), 0, 4), func(m map[string]any) any { return m }))
	}
	rapid.Check(t, func(t *rapid.T) {
		variables := rapid.MapOfN(key, value(4), 0, 6).Draw(t, "variables")
		for id, s := range l.steps {
			in, err := s.Read(variables)
			if err != nil {
				if fault.CodeOf(err) != fault.ValidationFailed {
					t.Fatal(err)
				}
				continue
			}
			for name := range in.Variables {
				if name != "email" || id != "email_to_tasks" {
					t.Fatalf("%s took %q", id, name)
				}
			}
		}
	})
}
