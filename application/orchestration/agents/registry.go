package agents

import (
	"context"
	"fmt"
	"slices"

	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/tier"
)

// maxDepth is how many agents may stand in one chain of calls.
const maxDepth = 3

// Registry are all agents. It does not change after start.
type Registry struct {
	agents []Agent
}

// NewRegistry registers the agents, each with the prompt of its name.
func NewRegistry(library *prompts.Library) (*Registry, error) {
	return register(library,
		task(),
		project(),
		note(),
		checkpoint(),
	)
}

func register(library *prompts.Library, agents ...Agent) (*Registry, error) {
	r := &Registry{}
	for _, a := range agents {
		if _, taken := r.Get(a.Name); taken {
			return nil, fmt.Errorf("the agent %q is registered twice", a.Name)
		}
		var err error
		if a.Prompt, err = library.Text(a.Name); err != nil {
			return nil, fmt.Errorf("register %s: %w", a.Name, err)
		}
		r.agents = append(r.agents, a)
	}
	return r, nil
}

// Get is the agent with this name, false if there is none.
func (r *Registry) Get(name string) (Agent, bool) {
	for _, a := range r.agents {
		if a.Name == name {
			return a, true
		}
	}
	return Agent{}, false
}

// List are all agents in the order of their registration.
func (r *Registry) List() []Agent { return slices.Clone(r.agents) }

// Covers reports whether a tier with this value of tier.Agents has the agent.
func Covers(v tier.Value, name string) bool {
	rank := slices.Index(tier.AgentOrder(), name)
	return v == tier.Unlimited || rank >= 0 && v.AtLeast(int64(rank)+1)
}

// Path are the agents that called one another, the outermost first. It is empty where no agent calls.
type Path []string

// Runner runs an agent. path ends with it, and is what its own calls start from.
type Runner func(ctx context.Context, path Path, a Agent) (Result, error)

// Call lets the last agent of from, or nobody, call another by name. NotFound if there is no such agent; Internal if it
// stands in from already, or if the chain would be longer than three.
func (r *Registry) Call(ctx context.Context, from Path, name string, run Runner) (Result, error) {
	a, ok := r.Get(name)
	switch {
	case !ok:
		return Result{}, fault.New(fault.NotFound, "There is no such agent.")
	case slices.Contains(from, name):
		return Result{}, fault.New(fault.Internal, "The agents called one another in a circle.")
	case len(from) >= maxDepth:
		return Result{}, fault.New(fault.Internal, "The agents called one another too deeply.")
	}
	return run(ctx, append(slices.Clone(from), name), a)
}

// Definitions are what models are told of the tools, one text a tool. They must not leave the server.
func (r *Registry) Definitions() []string {
	var list []string
	for _, a := range r.agents {
		for _, t := range a.Tools {
			list = append(list, t.Spec.Description+"\n"+string(t.Spec.Schema))
		}
	}
	return list
}
