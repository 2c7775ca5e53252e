// Package routing decides which agents work on a message, and brings what they came to together.
//
// It imports domain, ports and the siblings agents and prompts. Start at Classifier.Classify and Router.Run.
package routing

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/ports"
)

// Fallback is the agent that answers when nobody else is found.
const Fallback = "task_agent"

// The bounds of what the classifier is told.
const (
	maxTitles       = 50 // of each kind
	maxTitleBytes   = 120
	maxHistory      = 4
	maxTurnBytes    = 1 << 10
	maxAnswerTokens = 300
)

// Decision is who works on a message. Agents is never empty, and every name in it is registered.
type Decision struct {
	Agents  []string // in the order in which they work
	Asks    bool     // the message asks for something
	Sure    bool     // the classifier did not guess
	Deletes bool     // it may ask for something to be deleted
	Model   string   // that decided
}

// MayWrite reports whether the agents may prepare changes.
func (d Decision) MayWrite() bool { return d.Asks && d.Sure }

// MayDelete reports whether the agents may prepare deletions. The classifier sees what the user says and what things are
// called, but no contents: no text within a note or a document can bring one about.
func (d Decision) MayDelete() bool { return d.MayWrite() && d.Deletes }

// Classifier asks a small model which agents a message needs.
type Classifier struct {
	LLM      ports.LLM
	Prompt   string
	Registry *agents.Registry
}

// Classify decides on r. available says which agents the user's tier has; a decision may name others, if the message
// needs them. Whatever goes wrong with the model leads to the fallback, which deletes nothing; the error is the context's, when ctx has ended.
func (c Classifier) Classify(ctx context.Context, r chat.Request, available func(name string) bool) (Decision, error) {
	fallback := Decision{Agents: []string{Fallback}, Asks: true, Sure: true}
	messages, err := c.Question(r, available)
	if err != nil {
		return Decision{}, err
	}
	reply, err := c.LLM.Complete(ctx, ports.LLMRequest{Light: true, Messages: messages, MaxTokens: maxAnswerTokens}, nil)
	if ctx.Err() != nil {
		return Decision{}, context.Cause(ctx)
	}
	if err != nil {
		return fallback, nil //nolint:nilerr // a model that fails leads to the fallback
	}
	d, ok := c.parse(reply.Text, mentionsDeletion(r))
	if !ok {
		return fallback, nil
	}
	d.Model = reply.Model
	return d, nil
}

// Question is all that the model is told to decide on r. The same question may get the same answer.
func (c Classifier) Question(r chat.Request, available func(string) bool) ([]chat.Message, error) {
	type entry struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Available   bool   `json:"available"`
	}
	var list []entry
	for _, a := range c.Registry.List() {
		list = append(list, entry{a.Name, a.Description, available(a.Name)})
	}
	known, err := chat.Block(chat.AgentsBlock, list)
	if err != nil {
		return nil, err
	}
	shape, err := chat.Block(chat.ShapeBlock, c.shape(r.Context))
	if err != nil {
		return nil, err
	}
	messages := []chat.Message{{Role: chat.System, Content: c.Prompt + "\n" + known}, {Role: chat.User, Content: shape}}
	messages = append(messages, r.Context.History(maxHistory, maxTurnBytes)...)
	return append(messages, chat.Message{Role: chat.User, Content: r.Message}), nil
}

// shape is what the client sent without its contents: what things are called, and who spoke last.
func (c Classifier) shape(x chat.Context) map[string]any {
	shape := map[string]any{"last_agent": ""}
	if _, ok := c.Registry.Get(x.LastAgent()); ok {
		shape["last_agent"] = x.LastAgent()
	}
	for _, table := range []string{chat.Tasks, chat.Projects, chat.Notes, chat.Checkpoints} {
		rows, _ := x.Rows(table)
		titles := make([]map[string]string, 0, min(len(rows), maxTitles))
		for _, row := range rows[:min(len(rows), maxTitles)] {
			entry := map[string]string{"id": chat.Cut(chat.ID(row), maxTitleBytes), "title": chat.Cut(chat.Title(row), maxTitleBytes)}
			if status, ok := row["status"].(string); ok && table == chat.Projects {
				entry["status"] = chat.Cut(status, maxTitleBytes)
			}
			titles = append(titles, entry)
		}
		shape[table] = titles
	}
	return shape
}

// parse reads the model's answer: the JSON that it was asked for, or else names and nothing besides. What it does not say of
// deletions, the words of the user do.
func (c Classifier) parse(text string, mentioned bool) (Decision, bool) {
	text = unfence(text)
	answer := struct {
		Agents  []string `json:"agents"`
		Asks    *bool    `json:"asks"`
		Sure    *bool    `json:"sure"`
		Deletes *bool    `json:"deletes"`
	}{}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		answer.Agents = splitNames(text)
	}
	or := func(b *bool, otherwise bool) bool { return b == nil && otherwise || b != nil && *b }
	d := Decision{Asks: or(answer.Asks, true), Sure: or(answer.Sure, true), Deletes: or(answer.Deletes, mentioned)}
	for _, name := range answer.Agents {
		if _, ok := c.Registry.Get(name); !ok {
			return Decision{}, false
		}
		if !slices.Contains(d.Agents, name) {
			d.Agents = append(d.Agents, name)
		}
	}
	if len(d.Agents) == 0 && !d.MayWrite() { // nobody is needed, but somebody has to answer
		d.Agents = []string{Fallback}
	}
	return d, len(d.Agents) > 0
}

// unfence takes away the Markdown fence that models like to put around JSON.
func unfence(s string) string {
	s = strings.TrimSpace(s)
	if body, ok := strings.CutPrefix(s, "```"); ok {
		s = strings.TrimSuffix(strings.TrimPrefix(body, "json"), "```")
	}
	return strings.TrimSpace(s)
}

// splitNames reads a name, or several with commas between them, in quotes or without.
func splitNames(s string) []string {
	var list []string
	for name := range strings.SplitSeq(strings.Trim(s, "[]. \n"), ",") {
		list = append(list, strings.Trim(name, "\"'`. \n\t"))
	}
	return list
}
