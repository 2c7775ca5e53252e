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
	Synthesis string // the prompt of the last word
}

// Run lets the agents work on the turn in order. Each sees what those before it came to; after more than one, the model
// turns the results into one answer. The actions keep their order.
func (r Router) Run(ctx context.Context, names []string, t *agents.Turn) (chat.Reply, error) {
	var results []agents.Result
	reply := chat.Reply{}
	for _, name := range names {
		result, err := r.Registry.Call(ctx, nil, name, func(ctx context.Context, _ agents.Path, a agents.Agent) (agents.Result, error) {
			return r.Loop.Run(ctx, a, t, results)
		})
		if err != nil {
			return chat.Reply{}, err
		}
		results = append(results, result)
		reply.Agents = append(reply.Agents, name)
		reply.Actions = append(reply.Actions, result.Actions...)
		reply.Usage = reply.Usage.Add(result.Usage)
		reply.Text, reply.Model = result.Response, result.Model
	}
	if len(results) < 2 {
		return reply, nil
	}
	text, usage, err := r.synthesize(ctx, t.Request.Message, results)
	if err != nil {
		return chat.Reply{}, err
	}
	reply.Text, reply.Usage = text, reply.Usage.Add(usage)
	return reply, nil
}

// synthesize turns the results into one answer. If the model fails, the results themselves are the answer; the error is
// the context's, when ctx has ended.
func (r Router) synthesize(ctx context.Context, message string, results []agents.Result) (string, chat.Usage, error) {
	block, err := chat.Block(chat.ResultsBlock, agents.Responses(results))
	if err != nil {
		return "", chat.Usage{}, err
	}
	reply, err := r.Loop.LLM.Complete(ctx, ports.LLMRequest{
		Model:     r.Loop.Model,
		MaxTokens: r.Loop.MaxTokens,
		Messages: []chat.Message{
			{Role: chat.System, Content: r.Synthesis},
			{Role: chat.User, Content: block},
			{Role: chat.User, Content: message},
		},
	}, nil)
	if ctx.Err() != nil {
		return "", chat.Usage{}, context.Cause(ctx)
	}
	if err != nil || strings.TrimSpace(reply.Text) == "" {
		return joined(results), reply.Usage, nil //nolint:nilerr // without a last word the results are the answer
	}
	return reply.Text, reply.Usage, nil
}

func joined(results []agents.Result) string {
	texts := make([]string, len(results))
	for i, r := range results {
		texts[i] = r.Response
	}
	return strings.Join(texts, "\n\n")
}
