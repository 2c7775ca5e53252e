package orchestration

import (
	"context"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/plans"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/plan"
)

// RunStep runs one step of a plan that is a prompt.
type RunStep struct {
	Responder *Responder
}

// RunStepInput is who runs what.
type RunStepInput struct {
	UserID    string
	Template  plan.TemplateID
	Variables map[string]any
	Model     string // the user's choice, empty for the default
}

// Execute lets the template's agent work with the tools that the template has, within the bounds of a chat, and answers
// with what it says and what it prepared. All of it passes the sanitizer. Whatever stands in the variables is data; only a
// variable that is the user's own message says what to do.
//
// NotFound for a template that does not exist, TierRequired for one of an agent or a playbook that the user's tier does not
// have, ValidationFailed for variables that the template does not take, and what Orchestrate fails with.
func (u *RunStep) Execute(ctx context.Context, in RunStepInput) (chat.Reply, error) {
	p := u.Responder
	step, ok := p.Plans.Step(in.Template)
	if !ok {
		return chat.Reply{}, fault.New(fault.NotFound, "There is no template with this id.")
	}
	if err := p.Gate.RequireTier(ctx, in.UserID, step.Minimum); err != nil {
		return chat.Reply{}, err
	}
	given, err := step.Read(in.Variables)
	if err != nil {
		return chat.Reply{}, err
	}
	own := chat.Request{Context: chat.Context{Extra: in.Variables}} // for the sanitizer: all that the user sent
	request := chat.Request{Message: given.Message, Context: given.Context, Mode: chat.Direct, Model: in.Model}
	x, err := p.admit(ctx, in.UserID, request, newFilter(p.Sanitizer, own, nil))
	if err != nil {
		return chat.Reply{}, err
	}
	return x.within(ctx, func(ctx context.Context) (chat.Reply, error) { return x.step(ctx, step, given) })
}

// step lets the agent of a step work.
func (x *run) step(ctx context.Context, s plans.Step, given plans.Input) (chat.Reply, error) {
	turn := agents.NewTurn(x.request, x.Clock.Now(), x.IDs)
	if given.Message == "" {
		block, err := chat.Block(chat.StepBlock, map[string]any{"template": s.ID, "variables": given.Variables})
		if err != nil {
			return chat.Reply{}, err
		}
		// After the turn has begun: what looks like an id in the text of an e-mail is none that may be named.
		turn.Request.Message = block
	}
	result, err := x.loop(given.May).Run(ctx, s.Agent, turn, given.Before, func(text string) error {
		return x.out.Send(ctx, chat.Token{Text: text})
	})
	return chat.Reply{Agents: []string{s.Agent.Name}, Actions: result.Actions, Model: result.Model}, err
}
