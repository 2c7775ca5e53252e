package contract

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/memory"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/test/harness"
)

// secretary is a model that does each step of a playbook as a good one would: it finds the project's id in the context.
func secretary(_ context.Context, req ports.LLMRequest) (memory.Turn, error) {
	last := req.Messages[len(req.Messages)-1]
	if last.Role == chat.ToolRole {
		return memory.Turn{Text: "It is prepared."}, nil
	}
	var step struct{ Template string }
	if raw, ok := chat.ParseBlock(last.Content, chat.StepBlock); ok {
		_ = json.Unmarshal(raw, &step) // without a template it is no step
	}
	var seen struct {
		Projects []struct{ ID, Name string }
	}
	if raw, ok := chat.ParseBlock(req.Messages[1].Content, chat.ContextBlock); ok {
		_ = json.Unmarshal(raw, &seen) // without projects there are none
	}
	project := ""
	for _, p := range seen.Projects {
		if p.Name == "Zephyr" {
			project = p.ID
		}
	}
	calls := func(name string, arguments ...string) memory.Turn {
		var list []chat.ToolCall
		for _, a := range arguments {
			list = append(list, chat.ToolCall{Name: name, Arguments: strings.ReplaceAll(a, "$project", project)})
		}
		return memory.Turn{ToolCalls: list}
	}
	switch step.Template {
	case "email_to_tasks":
		return calls("create_task", `{"title":"Answer Dana"}`, `{"title":"Send the contract","project_id":"$project"}`), nil
	case "meeting_to_tasks":
		return calls("create_task", `{"title":"Write the charter","assignees":"[\"Ada\"]"}`), nil
	case "plan_day":
		return memory.Turn{Text: "1. Call the dentist\n2. Draft the press release"}, nil
	case "weekly_report":
		return calls("create_note", `{"title":"Weekly report","content":"# Done\n- all"}`), nil
	case "kickoff_project":
		return calls("create_project", `{"name":"Zephyr"}`), nil
	case "kickoff_checkpoints":
		return calls("create_checkpoint", `{"project_id":"$project","title":"Beta","is_ai_suggested":1}`, `{"project_id":"$project","title":"Launch","date":1790000000000,"is_ai_suggested":1}`), nil
	case "kickoff_tasks":
		return calls("create_task", `{"project_id":"$project","title":"Book the hall","is_ai_suggested":1}`), nil
	}
	return memory.Turn{Text: `{"agents":[],"asks":false,"sure":true}`}, nil
}

func playbook(t *testing.T, user *harness.Client, id string) harness.Plan {
	t.Helper()
	var p harness.Plan
	user.Expect(t, http.StatusOK, http.MethodGet, "/plans/playbook/"+id, nil).Decode(t, &p)
	return p
}

func titles(rows []map[string]any) []any {
	list := []any{}
	for _, row := range rows {
		title := row["title"]
		if title == nil {
			title = row["name"]
		}
		list = append(list, title)
	}
	return list
}

func TestEveryPlaybookIsCarriedOutToItsEnd(t *testing.T) {
	t.Parallel()
	h := openWith(t, harness.InMemory(), memory.LLMFunc(secretary))
	user := h.join(t, "pro")
	before := h.kept(t)
	zephyr := map[string]any{"id": "p-1", "name": "Zephyr", "status": "active"}
	dentist := map[string]any{"id": "t-1", "title": "Call the dentist", "status": "todo"}
	done := map[string]bool{}
	for id, c := range map[string]struct {
		has   map[string][]map[string]any
		given map[string]any
		want  map[string][]any // titles by table
		index int
		shown []string
		check func(app *harness.App)
	}{
		"email_to_tasks": {
			has: map[string][]map[string]any{"projects": {zephyr}}, given: map[string]any{"email": "Please answer, and send the contract for Zephyr. Dana"},
			want:  map[string][]any{"projects": {"Zephyr"}, "tasks": {"Answer Dana", "Send the contract"}},
			check: func(app *harness.App) { assert.Equal(t, "p-1", app.Tables["tasks"][1]["project_id"]) },
		},
		"plan_my_day": {
			has: map[string][]map[string]any{"tasks": {dentist}}, want: map[string][]any{"tasks": {"Call the dentist"}},
			shown: []string{"1. Call the dentist\n2. Draft the press release"},
		},
		"meeting_notes_to_tasks": {
			given: map[string]any{"notes": "Ada writes the charter."}, want: map[string][]any{"tasks": {"Write the charter"}},
			check: func(app *harness.App) { assert.Equal(t, `["Ada"]`, app.Tables["tasks"][0]["assignees"]) },
		},
		"weekly_report": {
			has: map[string][]map[string]any{"tasks": {dentist}}, want: map[string][]any{"tasks": {"Call the dentist"}, "notes": {"Weekly report"}}, index: 1,
			check: func(app *harness.App) {
				assert.Equal(t, app.Tables["notes"][0]["id"], app.Indexed[0])
				assert.Equal(t, "# Done\n- all", app.Tables["notes"][0]["content"])
			},
		},
		"project_kickoff": {
			given: map[string]any{"name": "Zephyr", "goal": "Fly", "deadline": 1_790_000_000_000},
			want:  map[string][]any{"projects": {"Zephyr"}, "checkpoints": {"Beta", "Launch"}, "tasks": {"Book the hall"}},
			check: func(app *harness.App) {
				project := app.Tables["projects"][0]["id"]
				for _, row := range slices.Concat(app.Tables["checkpoints"], app.Tables["tasks"]) {
					assert.Equal(t, project, row["project_id"], "all that follows belongs to the new project")
					assert.EqualValues(t, 0, row["is_approved"], "proposals wait for approval")
				}
			},
		},
	} {
		app := &harness.App{User: user, Tables: map[string][]map[string]any{}}
		maps.Copy(app.Tables, c.has)
		app.CarryOut(t, playbook(t, user, id), c.given)
		got := map[string][]any{}
		for table, rows := range app.Tables {
			got[table] = titles(rows)
		}
		assert.Equal(t, c.want, got, id)
		assert.Len(t, app.Indexed, c.index, id)
		assert.Equal(t, c.shown, app.Shown, id)
		if c.check != nil {
			c.check(app)
		}
		done[id] = true
	}
	var list []harness.Plan
	user.Expect(t, http.StatusOK, http.MethodGet, "/plans/playbook", nil).Decode(t, &list)
	for _, p := range list {
		assert.True(t, done[p.ID], "%s was not tried", p.ID)
		assert.Equal(t, p, playbook(t, user, p.ID))
	}
	assert.Len(t, list, len(done))
	assert.Equal(t, before, h.kept(t), "nothing of it is kept")
}

// kept is what the server holds for the users besides what their questions cost.
func (h *house) kept(t *testing.T) map[string]any {
	t.Helper()
	all := h.belongings(t)
	for _, of := range all {
		delete(of.(map[string]any), "llm_usage")
	}
	return all
}

// TestAStepWorksWithoutTheContextToo is for a client that hands on the result and nothing else.
func TestAStepWorksWithoutTheContextToo(t *testing.T) {
	t.Parallel()
	h := openWith(t, harness.InMemory(), memory.LLMFunc(secretary))
	app := &harness.App{User: h.join(t, "pro"), Tables: map[string][]map[string]any{}}
	p := playbook(t, app.User, "project_kickoff")
	for _, s := range p.Steps {
		delete(s.Variables, "context")
	}
	app.CarryOut(t, p, map[string]any{"name": "Zephyr"})
	require.Len(t, app.Tables["checkpoints"], 2)
	assert.Equal(t, app.Tables["projects"][0]["id"], app.Tables["tasks"][0]["project_id"])
}

func TestPlaybooksAreThoseOfTheTier(t *testing.T) {
	t.Parallel()
	h := open(t)
	all := []string{"email_to_tasks", "plan_my_day", "meeting_notes_to_tasks", "weekly_report", "project_kickoff"}
	for tier, want := range map[string][]string{"free": all[:2], "pro": all, "power": all, "team": all} {
		user := h.join(t, tier)
		var list []harness.Plan
		user.Expect(t, http.StatusOK, http.MethodGet, "/plans/playbook", nil).Decode(t, &list)
		ids := []string{}
		for _, p := range list {
			ids = append(ids, p.ID)
		}
		assert.Equal(t, want, ids, tier)
		missing := user.Expect(t, http.StatusNotFound, http.MethodGet, "/plans/playbook/no_such_plan", nil)
		for _, id := range all {
			if !slices.Contains(want, id) {
				sameButForTheRequest(t, missing, user.Expect(t, http.StatusNotFound, http.MethodGet, "/plans/playbook/"+id, nil))
			}
		}
	}
	user := h.join(t, "free")
	h.SetTier(t, user.Email, "pro")
	user.Expect(t, http.StatusOK, http.MethodGet, "/plans/playbook/weekly_report", nil)
	h.SetTier(t, user.Email, "free")
	rows := []row{{name: "after a downgrade", as: user, method: http.MethodGet, path: "/plans/playbook/weekly_report", status: 404, code: "not_found"}}
	for _, id := range []string{"..%2F..%2Fprompts", "%00", "plan_my_day.md", "plan_my_day%20", canary, strings.Repeat("a", 5000), "%ff", "__proto__"} {
		rows = append(rows, row{name: id, as: user, method: http.MethodGet, path: "/plans/playbook/" + id, status: 404, code: "not_found"})
	}
	h.run(t, rows)
}

func TestPlanModeAnswersWithAPlanThatCanBeCarriedOut(t *testing.T) {
	t.Parallel()
	h := open(t) // the offline model
	user := h.join(t, "pro")
	ask := func(message string, c map[string]any) harness.Plan {
		var p harness.Plan
		user.Expect(t, http.StatusOK, http.MethodPost, "/chat", map[string]any{"message": message, "execution_mode": "plan", "context": c}).Decode(t, &p)
		return p
	}
	app := &harness.App{User: user, Says: true, Tables: map[string][]map[string]any{"tasks": {{"id": "t-1", "title": "Buy milk", "status": "todo"}}}}
	p := ask(`Add the task "Call Ada"`, app.Context())
	assert.Equal(t, "task_agent", p.Agent)
	app.CarryOut(t, p, nil)
	assert.Equal(t, []any{"Buy milk", "Call Ada"}, titles(app.Tables["tasks"]))
	assert.Zero(t, app.Asked)

	app.CarryOut(t, ask("Delete the task Buy milk", app.Context()), nil)
	assert.Equal(t, []any{"Call Ada"}, titles(app.Tables["tasks"]))
	assert.Equal(t, 1, app.Asked, "a person said yes")

	app.CarryOut(t, ask("Create a project called Zephyr and add a task to it to book the hall", app.Context()), nil)
	require.Len(t, app.Tables["projects"], 1)
	require.Len(t, app.Tables["tasks"], 2)
	assert.Equal(t, app.Tables["projects"][0]["id"], app.Tables["tasks"][1]["project_id"], "the second step knows what the first one created")

	p = ask("Thanks!", nil)
	require.Len(t, p.Steps, 1)
	assert.Equal(t, "answer", p.Steps[0].PromptTemplate)
	before := len(app.Tables["tasks"])
	app.CarryOut(t, p, nil)
	assert.Len(t, app.Tables["tasks"], before)
}

func TestAPlanOfAHigherTierIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	user := h.join(t, "free")
	before := h.kept(t)
	a := user.Expect(t, http.StatusForbidden, http.MethodPost, "/chat", map[string]any{"message": "Add a checkpoint Beta on 2031-05-01 to the project Apollo",
		"execution_mode": "plan", "context": map[string]any{"projects": []any{map[string]any{"id": "p1", "name": "Apollo"}}}})
	assert.Equal(t, "tier_required", a.Code())
	assert.Equal(t, "pro", object(t, a)["required_tier"])
	assert.Equal(t, before, h.kept(t))
}
