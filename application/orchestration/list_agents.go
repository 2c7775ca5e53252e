package orchestration

import (
	"context"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/tier"
)

// ListAgents tells a user which agents they have.
type ListAgents struct {
	Registry *agents.Registry
	Gate     *entitlements.Gate
}

// ListAgentsInput is who asks.
type ListAgentsInput struct {
	UserID string
}

// AgentInfo is what people are told of an agent.
type AgentInfo struct {
	Name        string
	Description string
}

// Execute lists the agents of the user's tier.
func (u *ListAgents) Execute(ctx context.Context, in ListAgentsInput) ([]AgentInfo, error) {
	reach, err := u.Gate.Value(ctx, in.UserID, tier.Agents)
	if err != nil {
		return nil, err
	}
	list := []AgentInfo{}
	for _, a := range u.Registry.List() {
		if agents.Covers(reach, a.Name) {
			list = append(list, AgentInfo{a.Name, a.Description})
		}
	}
	return list, nil
}
