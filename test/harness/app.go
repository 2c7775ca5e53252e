package harness

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Plan is ExecutionPlan of the contract.
type Plan struct {
	ID, Title, Description, Agent string
	Steps                         []PlanStep
}

// PlanStep is PlanStep of the contract.
type PlanStep struct {
	Action         string
	PromptTemplate string `json:"prompt_template"`
	Variables      map[string]any
	DataFromStep   *int `json:"data_from_step"`
}

// StepResult is StepResult of the contract.
type StepResult struct {
	Output  string       `json:"output"`
	Actions []PlanAction `json:"actions"`
	Model   string       `json:"model"`
}

// PlanAction is PlanAction of the contract.
type PlanAction struct {
	Type                 string         `json:"type"`
	Table                string         `json:"table,omitempty"`
	Data                 map[string]any `json:"data,omitempty"`
	RequiresConfirmation bool           `json:"requires_confirmation"`
}

// App is the desktop app as far as plans need it: what it keeps, and how it carries a plan out.
type App struct {
	User    *Client
	Tables  map[string][]map[string]any
	Indexed []string // ids
	Shown   []string // notifications
	Asked   int      // how often a person was asked before a deletion
	Says    bool     // what the person said
}

// Context is what the app sends along with a step.
func (a *App) Context() map[string]any {
	c := map[string]any{"user_profile": map[string]any{"timezone": "Europe/Rome"}}
	for table, rows := range a.Tables {
		if table == "tasks" {
			table = "recent_tasks"
		}
		c[table] = rows
	}
	return c
}

// CarryOut does what the plan says, step by step, with given for the variables that are null; the context is the app's own.
// The results of the steps that the server ran are by their indexes.
func (a *App) CarryOut(t testing.TB, p Plan, given map[string]any) map[int]StepResult {
	t.Helper()
	results := map[int]StepResult{}
	for i, s := range p.Steps {
		if s.Action == "call_agent" {
			results[i] = a.run(t, s, given, results)
			continue
		}
		require.NotNil(t, s.DataFromStep, "step %d", i)
		from, ok := results[*s.DataFromStep]
		require.True(t, ok, "step %d takes data from a step that has none", i)
		if s.Action == "send_notification" {
			a.Shown = append(a.Shown, from.Output)
		}
		for _, action := range from.Actions {
			if action.Type == s.Action {
				a.apply(t, s, action)
			}
		}
	}
	return results
}

func (a *App) run(t testing.TB, s PlanStep, given map[string]any, results map[int]StepResult) StepResult {
	t.Helper()
	variables := maps.Clone(s.Variables)
	for name, value := range variables {
		if value == nil && name == "context" {
			variables[name] = a.Context()
		} else if value == nil {
			variables[name] = given[name]
		}
	}
	if s.DataFromStep != nil {
		variables["data"] = results[*s.DataFromStep]
	}
	var result StepResult
	a.User.Expect(t, http.StatusOK, http.MethodPost, "/plans/steps/run", map[string]any{"prompt_template": s.PromptTemplate, "variables": variables}).Decode(t, &result)
	assert.NotEmpty(t, result.Output, s.PromptTemplate)
	return result
}

// apply carries out one action.
func (a *App) apply(t testing.TB, s PlanStep, action PlanAction) {
	t.Helper()
	if table, said := s.Variables["table"]; said {
		assert.Equal(t, table, action.Table, "the plan says which table this is about")
	}
	id, _ := action.Data["id"].(string)
	require.NotEmpty(t, id)
	rows := a.Tables[action.Table]
	at := slices.IndexFunc(rows, func(row map[string]any) bool { return row["id"] == id })
	assert.Equal(t, action.Type == "delete_record", action.RequiresConfirmation)
	switch action.Type {
	case "create_record":
		require.Negative(t, at, "a record is created twice")
		a.Tables[action.Table] = append(rows, action.Data)
	case "update_record":
		require.GreaterOrEqual(t, at, 0, "there is nothing to update")
		maps.Copy(rows[at], action.Data)
	case "index_document":
		require.GreaterOrEqual(t, at, 0, "there is nothing to index")
		a.Indexed = append(a.Indexed, id)
	case "delete_record":
		require.GreaterOrEqual(t, at, 0, "there is nothing to delete")
		assert.Equal(t, true, s.Variables["requires_confirmation"])
		if a.Asked++; a.Says {
			a.Tables[action.Table] = slices.Delete(rows, at, at+1)
		}
	}
}
