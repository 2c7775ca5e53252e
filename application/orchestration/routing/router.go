package routing

import (
	"context"
	"strings"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
)

// Router runs agents one after the other and makes one answer of what they say.
type Router struct {
	Loop      agents.Loop
	Registry  *agents.Registry
	Synthesis string    // the prompt of the last word
	Sink      chat.Sink // hears of each step, and each piece of the answer
}

// Run lets the agents work on the turn in order. Each sees what those before it came to; after more than one, the model
// turns the results into one answer, and only that is said. The actions keep their order. The reply's text is what the
// sink was told. With an error the reply names the agents that have worked, and nothing else.
func (r Router) Run(ctx context.Context, names []string, t *agents.Turn) (chat.Reply, error) {
	say := func(text string) error { return r.Sink.Send(ctx, chat.Token{Text: text}) }
	alone := say
	if len(names) > 1 {
		alone = nil
	}
	var results []agents.Result
	reply := chat.Reply{}
	for _, name := range names {
		reply.Agents = append(reply.Agents, name)
		result, err := r.step(ctx, name, t, results, alone)
		if err != nil {
			return chat.Reply{Agents: reply.Agents}, err
		}
		results = append(results, result)
		reply.Actions = append(reply.Actions, result.Actions...)
		reply.Text, reply.Model = result.Response, result.Model
	}
	if len(results) < 2 {
		return reply, nil
	}
	text, err := r.synthesize(ctx, t.Request.Message, results, say)
	if err != nil {
		return chat.Reply{Agents: reply.Agents}, err
	}
	reply.Text = text
	return reply, nil
}

// step lets one agent work.
func (r Router) step(ctx context.Context, name string, t *agents.Turn, before []agents.Result, say agents.Say) (agents.Result, error) {
	if err := r.Sink.Send(ctx, chat.StepStarted{Agent: name}); err != nil {
		return agents.Result{}, err
	}
	result, err := r.Registry.Call(ctx, nil, name, func(ctx context.Context, _ agents.Path, a agents.Agent) (agents.Result, error) {
		return r.Loop.Run(ctx, a, t, before, say)
	})
	if err != nil {
		return agents.Result{}, err
	}
	return result, r.Sink.Send(ctx, chat.StepFinished{Agent: name})
}

// synthesize turns the results into one answer. If the model fails before it has said anything, the results themselves are
// the answer; the error is the context's, when ctx has ended.
func (r Router) synthesize(ctx context.Context, message string, results []agents.Result, say agents.Say) (string, error) {
	block, err := chat.Block(chat.ResultsBlock, agents.Responses(results))
	if err != nil {
		return "", err
	}
	var said strings.Builder
	_, err = r.Loop.LLM.Complete(ctx, ports.LLMRequest{
		Model:     r.Loop.Model,
		MaxTokens: r.Loop.MaxTokens,
		Messages: []chat.Message{
			{Role: chat.System, Content: r.Synthesis},
			{Role: chat.User, Content: block},
			{Role: chat.User, Content: message},
		},
	}, func(piece string) error {
		if said.Len() == 0 && strings.TrimSpace(piece) == "" {
			return nil
		}
		said.WriteString(piece)
		return say(piece)
	})
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case said.Len() > 0:
		return said.String(), err
	}
	text := joined(results)
	return text, say(text)
}

func joined(results []agents.Result) string {
	texts := make([]string, len(results))
	for i, r := range results {
		texts[i] = r.Response
	}
	return strings.Join(texts, "\n\n")
}
