// Package plan is work that a client carries out step by step: some steps are prompts that the server runs and never
// shows, others are changes that the client makes itself.
//
// It imports the standard library and domain/chat, domain/fault. Start at Builder.
package plan

import "github.com/adiuva/cloud/domain/chat"

// TemplateID names a prompt of a step. Clients see this and never the prompt.
type TemplateID string

// Plan is steps in the order in which they are carried out.
type Plan struct {
	ID          string
	Title       string // for people
	Description string // for people: what it does and what it needs
	Agent       string // who answers for it
	Steps       []Step
}

// Step is one thing to do.
//
// A CallAgent step has a Template: the server runs it with the Variables, those that are nil filled in by the client. Any
// other step is the client's: it carries out the actions of its type that the step it takes data from came to, as
// Variables say more closely; a SendNotification step shows that step's output.
type Step struct {
	Action       chat.ActionType
	Template     TemplateID     // of a CallAgent step only
	Variables    map[string]any // nil where there are none
	DataFromStep *int           // the index of an earlier step, from 0; its result is this step's data
}

// Clone is a copy that shares nothing that can be changed, besides what stands deeper within variables.
func (p Plan) Clone() Plan {
	steps := make([]Step, len(p.Steps))
	for i, s := range p.Steps {
		steps[i] = s.clone()
	}
	p.Steps = steps
	return p
}
