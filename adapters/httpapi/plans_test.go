package httpapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
)

// morning is a plan with a step of each kind.
func morning() plan.Plan {
	return plan.Plan{ID: "p", Title: "Morning", Description: "Begins a day.", Agent: "task_agent", Steps: []plan.Step{
		{Action: chat.CallAgent, Template: "plan_day", Variables: map[string]any{"context": nil, "n": 1.5}},
		{Action: chat.CreateRecord, DataFromStep: new(0)},
		{Action: chat.DeleteRecord, DataFromStep: new(0), Variables: map[string]any{"requires_confirmation": true}},
	}}
}

const morningJSON = `{"id":"p","title":"Morning","description":"Begins a day.","agent":"task_agent","steps":[
	{"action":"call_agent","prompt_template":"plan_day","variables":{"context":null,"n":1.5}},
	{"action":"create_record","data_from_step":0},
	{"action":"delete_record","data_from_step":0,"variables":{"requires_confirmation":true}}]}`

func TestPlansAreHandedOnWhole(t *testing.T) {
	t.Parallel()
	var got any
	uc := useCases()
	uc.Orchestration.ListPlaybooks = spy[orchestration.ListPlaybooksInput](&got, []plan.Plan{morning()})
	uc.Orchestration.GetPlaybook = spy[orchestration.GetPlaybookInput](&got, morning())
	p := morning()
	uc.Orchestration.Orchestrate = spy[orchestration.OrchestrateInput](&got, orchestration.Answer{Plan: &p})
	uc.Orchestration.RunStep = spy[orchestration.RunStepInput](&got, chat.Reply{Text: "done", Agents: []string{"task_agent"}, Model: "offline",
		Actions: []chat.Action{{Type: chat.DeleteRecord, Table: "tasks", Data: map[string]any{"id": "1"}}},
		Usage:   chat.Usage{PromptTokens: 1, CompletionTokens: 2}, Notice: &chat.Notice{Code: "tier_required", Message: "Upgrade."}})
	s := serve(t, uc)
	for _, row := range []struct {
		method, path, body string
		headers            []string
		input              any
		status             int
		answer             string
	}{
		{"GET", "/plans/playbook", "", []string{asUser}, orchestration.ListPlaybooksInput{UserID: userID}, 200, "[" + morningJSON + "]"},
		{"GET", "/plans/playbook/plan_my_day", "", []string{asUser}, orchestration.GetPlaybookInput{UserID: userID, ID: "plan_my_day"}, 200, morningJSON},
		{"POST", "/chat", `{"message":"hi","execution_mode":"plan"}`, []string{asJSON, asUser},
			orchestration.OrchestrateInput{UserID: userID, Request: chat.Request{Message: "hi", Mode: chat.Plan}}, 200, morningJSON},
		{"POST", "/plans/steps/run", `{"prompt_template":"plan_day","variables":{"context":{"Projects":[{"id":2.5}]},"email":null},"model":"m"}`, []string{asJSON, asUser},
			orchestration.RunStepInput{UserID: userID, Template: "plan_day", Model: "m",
				Variables: map[string]any{"context": map[string]any{"Projects": []any{map[string]any{"id": 2.5}}}, "email": nil}}, 200,
			`{"output":"done","actions":[{"type":"delete_record","table":"tasks","data":{"id":"1"},"requires_confirmation":true}],
				"usage":{"prompt_tokens":1,"completion_tokens":2},"model":"offline","notice":{"code":"tier_required","message":"Upgrade."}}`},
		{"POST", "/plans/steps/run", `{"prompt_template":"plan_day"}`, []string{asJSON, asUser}, orchestration.RunStepInput{UserID: userID, Template: "plan_day"}, 200, "-"},
	} {
		got = nil
		resp, body := s.send(t, row.method, "/api/v1"+row.path, row.body, row.headers...)
		require.Equal(t, row.status, resp.StatusCode, "%s %s: %s", row.method, row.path, body)
		assert.Equal(t, row.input, got, row.path)
		if row.answer != "-" {
			assert.JSONEq(t, row.answer, body, row.path)
		}
	}
}

func TestNoPlaybooksAreAnEmptyList(t *testing.T) {
	t.Parallel()
	s := serve(t, useCases())
	resp, body := s.send(t, "GET", "/api/v1/plans/playbook", "", asUser)
	assert.Equal(t, 200, resp.StatusCode)
	assert.JSONEq(t, "[]", body)
	_, body = s.send(t, "GET", "/api/v1/plans/playbook/empty", "", asUser)
	assert.Contains(t, body, `"steps":[]`)
	_, body = s.send(t, "POST", "/api/v1/plans/steps/run", `{"prompt_template":"x"}`, asJSON, asUser)
	assert.Contains(t, body, `"actions":[]`)
}

func TestAStepsRequestIsHeldToItsShapeBeforeAnybodyLooksAtIt(t *testing.T) {
	t.Parallel()
	var got any
	uc := useCases()
	uc.Orchestration.RunStep = spy[orchestration.RunStepInput](&got, chat.Reply{})
	s := serve(t, uc)
	for body, at := range map[string]string{
		`{}`: "body.prompt_template", `{"prompt_template":""}`: "body.prompt_template", `{"prompt_template":7}`: "body.prompt_template",
		`{"prompt_template":"` + strings.Repeat("x", 101) + `"}`: "body.prompt_template",
		`{"prompt_template":"x","variables":[]}`:                 "body.variables", `{"prompt_template":"x","variables":"y"}`: "body.variables",
		`{"prompt_template":"x","context":{}}`:               "body.context",
		`{"prompt_template":"x","variables":{"a":"\u0000"}}`: "body.variables.a",
	} {
		resp, answer := s.send(t, "POST", "/api/v1/plans/steps/run", body, asJSON, asUser)
		p := problem(t, resp, answer)
		assert.Equal(t, 422, p.Status, body)
		require.NotEmpty(t, p.Errors)
		assert.Equal(t, at, p.Errors[0].Location, body)
	}
	assert.Nil(t, got)
}

func TestTheDocumentSaysThatChatAnswersOneOfTwo(t *testing.T) {
	t.Parallel()
	doc, text := served(t)
	for _, name := range []string{"ExecutionPlan", "PlanStep", "StepRequest", "StepResult"} {
		assert.Contains(t, doc.Components.Schemas, name)
	}
	assert.Contains(t, text, `"oneOf":[{"$ref":"#/components/schemas/ChatResponse"},{"$ref":"#/components/schemas/ExecutionPlan"}]`)
	for _, status := range []string{"403", "404", "422", "502", "503", "504"} {
		assert.Contains(t, doc.Paths["/api/v1/plans/steps/run"]["post"].Responses, status)
	}
	assert.Contains(t, doc.Paths["/api/v1/plans/playbook/{plan_id}"]["get"].Responses, "404")
}
