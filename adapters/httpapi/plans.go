package httpapi

import (
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/plan"
	"github.com/danielgtaylor/huma/v2"
)

type (
	withStep   struct{ Body contract.StepRequest }
	onPlaybook struct {
		ID string `path:"plan_id" doc:"As the list has it." example:"plan_my_day"`
	}
)

// plans are the routes under /plans.
func (a *API) plans() {
	uc := a.useCases.Orchestration
	route(a, operation{
		id: "listPlaybooks", method: http.MethodGet, path: "/plans/playbook", tag: "plans", status: http.StatusOK, class: noBody,
		summary: "The plans that are made already, for the user's tier",
	}, uc.ListPlaybooks, func(c call, _ nothing) orchestration.ListPlaybooksInput {
		return orchestration.ListPlaybooksInput{UserID: c.UserID}
	}, func(list []plan.Plan) []contract.ExecutionPlan {
		out := make([]contract.ExecutionPlan, 0, len(list))
		for _, p := range list {
			out = append(out, planResponse(p))
		}
		return out
	})
	route(a, operation{
		id: "getPlaybook", method: http.MethodGet, path: "/plans/playbook/{plan_id}", tag: "plans", status: http.StatusOK, class: noBody,
		summary: "One of them", description: "One of a higher tier is not found.",
	}, uc.GetPlaybook, func(c call, r onPlaybook) orchestration.GetPlaybookInput {
		return orchestration.GetPlaybookInput{UserID: c.UserID, ID: r.ID}
	}, planResponse)
	route(a, operation{
		id: "runStep", method: http.MethodPost, path: "/plans/steps/run", tag: "plans", status: http.StatusOK, class: chatBody,
		summary: "Run a call_agent step of a plan",
		description: "Give the step's prompt_template and its variables, filled in, and as the variable data the result of the step that data_from_step names. " +
			"What stands in the variables is data: only a message does what it says.",
		fails: []fault.Code{fault.NotFound, fault.TierRequired, fault.RateLimited, fault.NotConfigured, fault.UpstreamFailed, fault.UpstreamTimeout},
	}, uc.RunStep, func(c call, r withStep) orchestration.RunStepInput {
		return orchestration.RunStepInput{UserID: c.UserID, Template: plan.TemplateID(r.Body.PromptTemplate), Variables: r.Body.Variables, Model: r.Body.Model}
	}, stepResult)
}

func planResponse(p plan.Plan) contract.ExecutionPlan {
	out := contract.ExecutionPlan{ID: p.ID, Title: p.Title, Description: p.Description, Agent: p.Agent, Steps: make([]contract.PlanStep, 0, len(p.Steps))}
	for _, s := range p.Steps {
		out.Steps = append(out.Steps, contract.PlanStep{
			Action: string(s.Action), PromptTemplate: string(s.Template), Variables: s.Variables, DataFromStep: s.DataFromStep,
		})
	}
	return out
}

func stepResult(r chat.Reply) contract.StepResult {
	c := chatResponse(r)
	return contract.StepResult{Output: c.Response, Actions: c.Actions, Usage: c.Usage, Model: c.Model, Notice: c.Notice}
}

// chatAnswer is a ChatResponse, or an ExecutionPlan in plan mode.
type chatAnswer struct{ orchestration.Answer }

// MarshalJSON implements json.Marshaler.
func (a chatAnswer) MarshalJSON() ([]byte, error) {
	if a.Plan != nil {
		return json.Marshal(planResponse(*a.Plan))
	}
	return json.Marshal(chatResponse(a.Reply))
}

// Schema implements huma.SchemaProvider: what a client gets is one of the two.
func (chatAnswer) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "An ExecutionPlan if execution_mode is plan, else a ChatResponse.",
		OneOf:       []*huma.Schema{schemaOf(r, reflect.TypeFor[contract.ChatResponse]()), schemaOf(r, reflect.TypeFor[contract.ExecutionPlan]())},
	}
}
