package agents

import "github.com/adiuva/cloud/domain/chat"

// Agent is a specialist.
type Agent struct {
	Name        string // as routing and tiers know it; its prompt has the same id
	Description string // for the classifier and for people
	Prompt      string
	Tools       []Tool
}

// Specs are the tools as a model is told of them, without those that write if readOnly.
func (a Agent) Specs(readOnly bool) []chat.ToolSpec {
	specs := make([]chat.ToolSpec, 0, len(a.Tools))
	for _, t := range a.Tools {
		if !readOnly || !t.Writes {
			specs = append(specs, t.Spec)
		}
	}
	return specs
}

// tool finds a tool that may be used.
func (a Agent) tool(name string, readOnly bool) (Tool, bool) {
	for _, t := range a.Tools {
		if t.Spec.Name == name {
			return t, !readOnly || !t.Writes
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
