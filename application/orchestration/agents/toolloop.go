package agents

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
)

// The bounds of one agent's work.
const (
	maxRounds       = 5
	maxCallsInRound = 25
	maxHistory      = 10
	maxTurnBytes    = 8 << 10 // of each turn of the history
)

// Loop runs agents: the model calls tools, reads their results and goes on, until it answers or the rounds are over.
type Loop struct {
	LLM       ports.LLM
	Model     string
	MaxTokens int         // of each answer of the model
	May       Power       // what tools may do; others are neither offered nor run if the model calls them all the same
	Lookup    chat.Lookup // asks the client for what it did not send; nil where it cannot be asked
}

// Say takes what is said, piece by piece. An error stops the run. A nil Say is one that nobody hears.
type Say func(text string) error

// Run lets one agent work on the turn, knowing what those before it came to. All that its model writes for people is said,
// what it writes before it calls a tool too. The actions of the result are this agent's own; on an error, which may be
// *WaitingError, what was prepared is not to be used.
func (l Loop) Run(ctx context.Context, a Agent, t *Turn, before []Result, say Say) (Result, error) {
	messages, err := conversation(a, t, before)
	if err != nil {
		return Result{}, err
	}
	t.Asks = l.Lookup != nil
	result := Result{Agent: a.Name}
	voice := &voice{say: say}
	first := len(t.actions)
	for range maxRounds {
		reply, err := l.LLM.Complete(ctx, ports.LLMRequest{
			Model: l.Model, Messages: messages, Tools: a.Specs(l.May), MaxTokens: l.MaxTokens,
		}, voice.hear)
		if err != nil {
			return Result{}, err
		}
		result.Usage, result.Model = result.Usage.Add(reply.Usage), reply.Model
		result.Actions = t.actions[first:len(t.actions):len(t.actions)]
		if len(reply.ToolCalls) == 0 {
			err = voice.end(reply.Text, result.Actions)
			result.Response = voice.text.String()
			return result, err
		}
		voice.pause()
		messages = append(messages, chat.Message{Role: chat.Assistant, Content: reply.Text, ToolCalls: reply.ToolCalls})
		if err := l.lookUp(ctx, a, t, reply.ToolCalls); err != nil {
			return Result{}, err
		}
		for i, call := range reply.ToolCalls {
			messages = append(messages, l.answer(a, t, call, i))
		}
	}
	result.Actions = t.actions[first:len(t.actions):len(t.actions)]
	err = voice.hear(unfinished(result.Actions))
	result.Response = voice.text.String()
	return result, err
}

// conversation is what the agent's model is told before its first word.
func conversation(a Agent, t *Turn, before []Result) ([]chat.Message, error) {
	data, err := chat.Block(chat.ContextBlock, contextData(t))
	if err != nil {
		return nil, err
	}
	if len(before) > 0 {
		results, err := chat.Block(chat.ResultsBlock, responsesAndActions(before))
		if err != nil {
			return nil, err
		}
		data += "\n" + results
	}
	messages := []chat.Message{{Role: chat.System, Content: a.Prompt}, {Role: chat.User, Content: data}}
	messages = append(messages, t.Request.Context.History(maxHistory, maxTurnBytes)...)
	return append(messages, chat.Message{Role: chat.User, Content: t.Request.Message}), nil
}

// contextData is what the client sent, by its own keys, and the time. The conversation's history is left out: it follows
// as messages.
func contextData(t *Turn) map[string]any {
	c := t.Request.Context
	data := map[string]any{}
	maps.Copy(data, c.Extra)
	if c.UserProfile != nil {
		data["user_profile"] = c.UserProfile
	}
	if c.RelevantDocuments != nil {
		data["relevant_documents"] = c.RelevantDocuments
	}
	if c.RecentTasks != nil {
		data["recent_tasks"] = c.RecentTasks
	}
	data["now"] = t.Now.Format(time.RFC3339)
	data["timezone"] = t.Now.Location().String()
	return data
}

// Responses is what agents said, as the last word of a pipeline is told.
func Responses(results []Result) []map[string]any {
	data := make([]map[string]any, 0, len(results))
	for _, r := range results {
		data = append(data, map[string]any{"agent": r.Agent, "response": r.Response})
	}
	return data
}

// responsesAndActions is the same with what was prepared, as later agents are told.
func responsesAndActions(results []Result) []map[string]any {
	data := Responses(results)
	for i, r := range results {
		actions := make([]map[string]any, 0, len(r.Actions))
		for _, a := range r.Actions {
			actions = append(actions, map[string]any{"type": a.Type, "table": a.Table, "data": a.Data})
		}
		data[i]["actions"] = actions
	}
	return data
}

// answer runs the i-th call of a round and tells the model what came of it. Whatever is wrong with the call is the
// model's to repair.
func (l Loop) answer(a Agent, t *Turn, call chat.ToolCall, i int) chat.Message {
	result, err := l.call(a, t, call, i)
	content, encodeErr := json.Marshal(result)
	if err == nil {
		err = encodeErr
	}
	if err != nil {
		content, _ = json.Marshal(map[string]string{"error": err.Error()}) //nolint:errchkjson // a map of strings always encodes
	}
	return chat.Message{Role: chat.ToolRole, ToolCallID: call.ID, Content: string(content)}
}

func (l Loop) call(a Agent, t *Turn, call chat.ToolCall, i int) (any, error) {
	if i >= maxCallsInRound {
		return nil, fmt.Errorf("at most %d calls are run at once: call the rest again", maxCallsInRound)
	}
	tool, ok := a.tool(call.Name, l.May)
	if !ok {
		return nil, fmt.Errorf("there is no tool of this name to use now; the tools are %s", strings.Join(names(a.Specs(l.May)), ", "))
	}
	if f, ok := t.found[callKey(call)]; ok {
		return f.result, f.err
	}
	return tool.Call(t, call.Arguments)
}

func names(specs []chat.ToolSpec) []string {
	out := make([]string, len(specs))
	for i, s := range specs {
		out[i] = s.Name
	}
	return out
}
