package agents

import "github.com/adiuva/cloud/domain/chat"

// Power is what a tool does at most, and what an agent may do: each includes those before it.
type Power int

// The powers. The zero value may only look.
const (
	Reads   Power = iota
	Changes       // creates and updates
	Deletes       // what cannot be undone
)

// Agent is a specialist.
type Agent struct {
	Name        string // as routing and tiers know it; its prompt has the same id
	Description string // for the classifier and for people
	Prompt      string
	Tools       []Tool
}

// Specs are the tools that may be used, as a model is told of them.
func (a Agent) Specs(may Power) []chat.ToolSpec {
	specs := make([]chat.ToolSpec, 0, len(a.Tools))
	for _, t := range a.Tools {
		if t.Needs <= may {
			specs = append(specs, t.Spec)
		}
	}
	return specs
}

// tool finds a tool that may be used.
func (a Agent) tool(name string, may Power) (Tool, bool) {
	for _, t := range a.Tools {
		if t.Spec.Name == name {
			return t, t.Needs <= may
		}
	}
	return Tool{}, false
}

// Result is what one agent came to.
type Result struct {
	Agent    string
	Response string
	Actions  []chat.Action
	Usage    chat.Usage
	Model    string
}
