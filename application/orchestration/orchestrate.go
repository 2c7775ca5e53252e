package orchestration

import (
	"context"
	"slices"
	"time"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/application/orchestration/routing"
	"github.com/adiuva/cloud/application/orchestration/sanitizer"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/tier"
	"github.com/adiuva/cloud/ports"
)

// Models are the models that answer.
type Models struct {
	Default string   // empty for the provider's own
	Router  string   // the small one that classifies
	Choices []string // what a user may choose from, besides the default
}

// Bounds keep one request from costing too much. A zero field stands for its default.
type Bounds struct {
	Wall      time.Duration // for the whole request; 60 s
	MaxTokens int           // of each answer of a model; 4096
}

// Orchestrate answers a message.
type Orchestrate struct {
	LLM       ports.LLM
	Registry  *agents.Registry
	Prompts   *prompts.Library
	Sanitizer *sanitizer.Sanitizer
	Gate      *entitlements.Gate
	Clock     ports.Clock
	IDs       ports.IDs
	Observer  ports.Observer
	Models    Models
	Bounds    Bounds
}

// OrchestrateInput is who asks what.
type OrchestrateInput struct {
	UserID  string
	Request chat.Request
}

// Execute classifies the message, lets the agents of the user's tier work on it, and answers with what they say and what
// they prepared. Everything in the answer passes the sanitizer, here and nowhere else.
//
// ValidationFailed for a request or a model that is not allowed, TierRequired for a choice of model that the tier does not
// have, NotConfigured for plans, UpstreamTimeout when it takes too long, and what the model fails with.
func (u *Orchestrate) Execute(ctx context.Context, in OrchestrateInput) (chat.Reply, error) {
	if err := in.Request.Validate(); err != nil {
		return chat.Reply{}, err
	}
	model, err := u.model(ctx, in.UserID, in.Request.Model)
	if err != nil {
		return chat.Reply{}, err
	}
	reach, err := u.Gate.Value(ctx, in.UserID, tier.Agents)
	if err != nil {
		return chat.Reply{}, err
	}
	if in.Request.Mode == chat.Plan {
		return chat.Reply{}, fault.New(fault.NotConfigured, "This server does not make plans. Ask with execution_mode direct.")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, u.wall(), fault.New(fault.UpstreamTimeout, "The answer took too long. Try again, or ask for less at once."))
	defer cancel()
	reply, err := u.answer(ctx, in.Request, model, reach)
	if err != nil {
		return chat.Reply{}, err
	}
	reply = u.Sanitizer.Reply(reply, sanitizer.OwnOf(in.Request))
	for _, w := range reply.Withheld {
		u.Observer.Withheld(ctx, w)
	}
	return reply, nil
}

func (u *Orchestrate) answer(ctx context.Context, r chat.Request, model string, reach tier.Value) (chat.Reply, error) {
	covered := func(name string) bool { return agents.Covers(reach, name) }
	classify, err := u.Prompts.Text(prompts.Classifier)
	if err != nil {
		return chat.Reply{}, err
	}
	synthesis, err := u.Prompts.Text(prompts.Synthesis)
	if err != nil {
		return chat.Reply{}, err
	}
	classifier := routing.Classifier{LLM: u.LLM, Model: u.Models.Router, Prompt: classify, Registry: u.Registry}
	decision, err := classifier.Classify(ctx, r, covered)
	if err != nil {
		return chat.Reply{}, err
	}
	names, missing := split(decision.Agents, covered)
	if missing != "" && decision.MayWrite() {
		return beyondTier(missing, u.Models.Router, decision.Usage), nil
	}
	if len(names) == 0 {
		names = []string{routing.Fallback}
	}
	router := routing.Router{
		Loop:     agents.Loop{LLM: u.LLM, Model: model, MaxTokens: u.maxTokens(), ReadOnly: !decision.MayWrite()},
		Registry: u.Registry, Synthesis: synthesis,
	}
	reply, err := router.Run(ctx, names, agents.NewTurn(r, u.Clock.Now(), u.IDs))
	if err != nil {
		return chat.Reply{}, err
	}
	reply.Usage = reply.Usage.Add(decision.Usage)
	return reply, nil
}

// split parts the agents that the tier has from the first that it does not have.
func split(names []string, covered func(string) bool) (available []string, missing string) {
	for _, name := range names {
		switch {
		case covered(name):
			available = append(available, name)
		case missing == "":
			missing = name
		}
	}
	return available, missing
}

// beyondTier is the answer to a message that needs an agent of a higher tier. Only the router has run.
func beyondTier(agent, router string, usage chat.Usage) chat.Reply {
	required, ok := tier.Lowest(func(t tier.Tier) bool { return agents.Covers(t.Value(tier.Agents), agent) })
	if !ok {
		required = tier.Team
	}
	text := "Your plan does not include the agent for this. Upgrade to " + string(required) + " to use it. Nothing was changed."
	return chat.Reply{Text: text, Agents: []string{}, Usage: usage, Model: router, Notice: &chat.Notice{Code: string(fault.TierRequired), Message: text}}
}

// model is the model that answers: the default, or one that the user chose and may choose.
func (u *Orchestrate) model(ctx context.Context, userID, choice string) (string, error) {
	if choice == "" || choice == u.Models.Default {
		return u.Models.Default, nil
	}
	if !slices.Contains(u.Models.Choices, choice) {
		return "", fault.Invalid("body.model", "must be one of the models that this server offers")
	}
	mayChoose := func(v tier.Value) bool { return v.AtLeast(2) }
	v, err := u.Gate.Value(ctx, userID, tier.Providers)
	if err != nil {
		return "", err
	}
	if !mayChoose(v) {
		required, _ := tier.Lowest(func(t tier.Tier) bool { return mayChoose(t.Value(tier.Providers)) })
		return "", entitlements.Refusal(required)
	}
	return choice, nil
}

func (u *Orchestrate) wall() time.Duration {
	if u.Bounds.Wall > 0 {
		return u.Bounds.Wall
	}
	return 60 * time.Second
}

func (u *Orchestrate) maxTokens() int {
	if u.Bounds.MaxTokens > 0 {
		return u.Bounds.MaxTokens
	}
	return 4096
}
