package httpapi

import (
	"net/http"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

type withChat struct{ Body contract.ChatRequest }

// chat are the routes under /chat and /agents.
func (a *API) chat() {
	uc := a.useCases.Orchestration
	route(a, operation{
		id: "chat", method: http.MethodPost, path: "/chat", tag: "chat", status: http.StatusOK, class: chatBody,
		summary: "Ask the agents",
		description: "The agents answer and propose actions, which the client carries out. With execution_mode plan, the answer is the plan by which the client " +
			"lets them work, step by step. Nothing of the request is kept.",
		fails: []fault.Code{fault.TierRequired, fault.RateLimited, fault.NotConfigured, fault.UpstreamFailed, fault.UpstreamTimeout},
	}, uc.Orchestrate, func(c call, r withChat) orchestration.OrchestrateInput {
		return orchestration.OrchestrateInput{UserID: c.UserID, Request: chatRequest(r.Body)}
	}, func(out orchestration.Answer) chatAnswer { return chatAnswer{out} })
	route(a, operation{
		id: "listAgents", method: http.MethodGet, path: "/agents", tag: "chat", status: http.StatusOK, class: noBody, summary: "The agents that the user's tier can reach",
	}, uc.ListAgents, func(c call, _ nothing) orchestration.ListAgentsInput {
		return orchestration.ListAgentsInput{UserID: c.UserID}
	}, func(list []orchestration.AgentInfo) []contract.Agent {
		out := make([]contract.Agent, 0, len(list))
		for _, info := range list {
			out = append(out, contract.Agent{Name: info.Name, Description: info.Description})
		}
		return out
	})
}

func chatRequest(r contract.ChatRequest) chat.Request {
	mode := chat.Mode(r.ExecutionMode)
	if mode == "" {
		mode = chat.Direct
	}
	return chat.Request{Message: r.Message, Mode: mode, Model: r.Model, Context: chat.Context{
		UserProfile: r.Context.UserProfile, RelevantDocuments: r.Context.RelevantDocuments, RecentTasks: r.Context.RecentTasks,
		ConversationHistory: r.Context.ConversationHistory, Extra: r.Context.Extra,
	}}
}

func chatResponse(r chat.Reply) contract.ChatResponse {
	out := contract.ChatResponse{Response: r.Text, Actions: make([]contract.PlanAction, 0, len(r.Actions)), Agents: append([]string{}, r.Agents...),
		Usage: contract.ChatUsage{PromptTokens: r.Usage.PromptTokens, CompletionTokens: r.Usage.CompletionTokens}, Model: r.Model}
	for _, act := range r.Actions {
		out.Actions = append(out.Actions, contract.PlanAction{Type: string(act.Type), Table: act.Table, Data: act.Data, Agent: act.Agent,
			RequiresConfirmation: act.RequiresConfirmation()})
	}
	if r.Notice != nil {
		out.Notice = &contract.ChatNotice{Code: r.Notice.Code, Message: r.Notice.Message}
	}
	return out
}
