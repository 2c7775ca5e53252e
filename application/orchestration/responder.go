package orchestration

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/plans"
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
	Default string   // as people know it
	Choices []string // what a user may choose from, besides the default
}

// Bounds keep one request from costing too much. A zero field stands for its default.
type Bounds struct {
	Wall      time.Duration // for the whole request; 60 s
	MaxTokens int           // of each answer of a model; 4096
}

// Responder is what the use cases of this area share: how a request is answered within its bounds, what of it may leave,
// and what it cost.
type Responder struct {
	LLM       ports.LLM
	Registry  *agents.Registry
	Prompts   *prompts.Library
	Sanitizer *sanitizer.Sanitizer
	Plans     *plans.Library
	Planned   *plans.Cache
	Gate      *entitlements.Gate
	Meter     ports.Meter
	Clock     ports.Clock
	IDs       ports.IDs
	Observer  ports.Observer
	Models    Models
	Bounds    Bounds
}

// run is one request under way.
type run struct {
	*Responder
	userID  string
	request chat.Request
	model   string     // the user's choice, empty for the default
	reach   tier.Value // which agents the tier has
	spent   *tally
	out     *filter
	lookup  chat.Lookup // nil where the client cannot be asked
}

// begin checks what the user may ask for.
func (p *Responder) begin(ctx context.Context, userID string, r chat.Request, sink chat.Sink, lookup chat.Lookup) (*run, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	x, err := p.admit(ctx, userID, r, newFilter(p.Sanitizer, r, sink))
	if err != nil {
		return nil, err
	}
	if lookup != nil {
		x.lookup = guardedLookup{x.out, lookup}
	}
	return x, nil
}

// admit checks what the user's tier has.
func (p *Responder) admit(ctx context.Context, userID string, r chat.Request, out *filter) (*run, error) {
	model, err := p.model(ctx, userID, r.Model)
	if err != nil {
		return nil, err
	}
	reach, err := p.Gate.Value(ctx, userID, tier.Agents)
	if err != nil {
		return nil, err
	}
	return &run{Responder: p, userID: userID, request: r, model: model, reach: reach, spent: &tally{LLM: p.LLM}, out: out}, nil
}

// within bounds the work of a request in time, counts what it cost, and makes of what it came to what the client gets.
func (x *run) within(ctx context.Context, work func(ctx context.Context) (chat.Reply, error)) (chat.Reply, error) {
	defer func() { x.spent.settle(ctx, x.userID, x.Clock, x.Meter, x.Observer) }()
	inner, cancel := context.WithTimeoutCause(ctx, x.wall(), fault.New(fault.UpstreamTimeout, "The answer took too long. Try again, or ask for less at once."))
	defer cancel()
	reply, err := work(inner)
	switch waiting, isWaiting := errors.AsType[*agents.WaitingError](err); {
	case isWaiting:
		reply = chat.Reply{Agents: reply.Agents, Model: x.spent.lastModel(), Pending: waiting.Calls}
	case errors.Is(err, errLeaked):
		reply = chat.Reply{Agents: reply.Agents, Model: x.spent.lastModel()}
	case err != nil:
		return chat.Reply{}, err
	}
	reply, err = x.out.finish(inner, reply)
	for _, w := range reply.Withheld {
		x.Observer.Withheld(ctx, w)
	}
	reply.Usage = x.spent.usage()
	return reply, err
}

// answer classifies the message and lets the agents of the user's tier work on it.
func (x *run) answer(ctx context.Context) (chat.Reply, error) {
	decision, err := x.classify(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	names, missing := split(decision.Agents, x.covered)
	if missing != "" && decision.MayWrite() {
		return x.beyondTier(ctx, missing, decision.Model)
	}
	if len(names) == 0 {
		names = []string{routing.Fallback}
	}
	synthesis, err := x.Prompts.Text(prompts.Synthesis)
	if err != nil {
		return chat.Reply{}, err
	}
	router := routing.Router{Loop: x.loop(power(decision)), Registry: x.Registry, Synthesis: synthesis, Sink: x.out}
	return router.Run(ctx, names, agents.NewTurn(x.request, x.Clock.Now(), x.IDs))
}

func (x *run) classify(ctx context.Context) (routing.Decision, error) {
	c, err := x.classifier()
	if err != nil {
		return routing.Decision{}, err
	}
	return c.Classify(ctx, x.request, x.covered)
}

func (x *run) classifier() (routing.Classifier, error) {
	prompt, err := x.Prompts.Text(prompts.Classifier)
	return routing.Classifier{LLM: x.spent, Prompt: prompt, Registry: x.Registry}, err
}

func (x *run) loop(may agents.Power) agents.Loop {
	return agents.Loop{LLM: x.spent, Model: x.model, MaxTokens: x.maxTokens(), May: may, Lookup: x.lookup}
}

// power is what the agents may do by a decision.
func power(d routing.Decision) agents.Power {
	switch {
	case d.MayDelete():
		return agents.Deletes
	case d.MayWrite():
		return agents.Changes
	}
	return agents.Reads
}

func (x *run) covered(agent string) bool { return agents.Covers(x.reach, agent) }

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

// beyondTier is the answer to a message that needs an agent of a higher tier. Only the classifier has run.
func (x *run) beyondTier(ctx context.Context, agent, model string) (chat.Reply, error) {
	text := "Your plan does not include the agent for this. Upgrade to " + string(offering(agent)) + " to use it. Nothing was changed."
	reply := chat.Reply{Agents: []string{}, Model: model, Notice: &chat.Notice{Code: string(fault.TierRequired), Message: text}}
	return reply, x.out.Send(ctx, chat.Token{Text: text})
}

// offering is the smallest tier that has the agent.
func offering(agent string) tier.Tier {
	t, ok := tier.Lowest(func(t tier.Tier) bool { return agents.Covers(t.Value(tier.Agents), agent) })
	if !ok {
		return tier.Team
	}
	return t
}

// model is the model that answers: empty for the default, or one that the user chose and may choose.
func (p *Responder) model(ctx context.Context, userID, choice string) (string, error) {
	if choice == "" || choice == p.Models.Default {
		return "", nil
	}
	if !slices.Contains(p.Models.Choices, choice) {
		return "", fault.Invalid("body.model", "must be one of the models that this server offers: "+strings.Join(append([]string{p.Models.Default}, p.Models.Choices...), ", "))
	}
	mayChoose := func(v tier.Value) bool { return v.AtLeast(2) }
	v, err := p.Gate.Value(ctx, userID, tier.Providers)
	if err != nil {
		return "", err
	}
	if !mayChoose(v) {
		required, _ := tier.Lowest(func(t tier.Tier) bool { return mayChoose(t.Value(tier.Providers)) })
		return "", entitlements.Refusal(required)
	}
	return choice, nil
}

func (p *Responder) wall() time.Duration {
	if p.Bounds.Wall > 0 {
		return p.Bounds.Wall
	}
	return 60 * time.Second
}

func (p *Responder) maxTokens() int {
	if p.Bounds.MaxTokens > 0 {
		return p.Bounds.MaxTokens
	}
	return 4096
}
