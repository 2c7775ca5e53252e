package httpapi

import (
	"cmp"
	"encoding/json"
	"maps"
	"strings"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/domain/chat"
)

// talk is the conversation that a run brings along.
type talk struct {
	messages []contract.RunMessage
	context  chat.Context
	model    string
	results  map[string]result // of tools, by call
}

// result is a tool's message, and its place.
type result struct {
	contract.RunMessage
	at int
}

func newTalk(in contract.RunAgentInput, read func(contract.RunContext) (contract.ChatContext, bool)) *talk {
	t := &talk{messages: in.Messages, results: map[string]result{}}
	given := chatRequest(contract.ChatRequest{Context: in.State}).Context
	for _, c := range in.Context {
		if kind, ok := read(c); ok {
			given = merged(given, chatRequest(contract.ChatRequest{Context: kind}).Context)
		} else {
			given.RelevantDocuments = append(given.RelevantDocuments, c.Description+": "+c.Value)
		}
	}
	t.context = given
	if props, ok := in.ForwardedProps.(map[string]any); ok {
		t.model, _ = props["model"].(string)
	}
	for i, m := range in.Messages {
		if _, twice := t.results[m.ToolCallID]; m.Role == string(chat.ToolRole) && !twice {
			t.results[m.ToolCallID] = result{m, i}
		}
	}
	return t
}

// merged is a with what b has.
func merged(a, b chat.Context) chat.Context {
	if b.UserProfile != nil {
		a.UserProfile = b.UserProfile
	}
	if b.RecentTasks != nil {
		a.RecentTasks = b.RecentTasks
	}
	a.RelevantDocuments = append(a.RelevantDocuments, b.RelevantDocuments...)
	a.ConversationHistory = append(a.ConversationHistory, b.ConversationHistory...)
	a.Extra = maps.Clone(a.Extra)
	maps.Copy(a.Extra, b.Extra)
	return a
}

// lastUser is the place of the last message of the user before end, -1 if there is none.
func (t *talk) lastUser(end int) int { return t.last(chat.User, end) }

// lastAssistant is that of the assistant.
func (t *talk) lastAssistant(end int) int { return t.last(chat.Assistant, end) }

func (t *talk) last(role chat.Role, end int) int {
	for i := end - 1; i >= 0; i-- {
		if t.messages[i].Role == string(role) {
			return i
		}
	}
	return -1
}

// request is what the user asked at a place, with what the client had looked up for it before end.
func (t *talk) request(at, end int) chat.Request {
	c := t.context
	c.ConversationHistory = append(append([]map[string]any(nil), c.ConversationHistory...), t.history(at)...)
	r := chat.Request{Message: textOf(t.messages[at].Content, "\n"), Mode: chat.Direct, Model: t.model, Context: c}
	for _, m := range t.messages[at+1 : end] {
		for _, call := range m.ToolCalls {
			if m.Role == string(chat.Assistant) && agents.LooksUp(call.Function.Name) && len(r.Found) < maxFound {
				r.Found = append(r.Found, chat.Found{Name: call.Function.Name, Arguments: call.Function.Arguments, Result: t.found(call.ID)})
			}
		}
	}
	return r
}

// history are the messages before a place as ChatContext has them, with what was called and what came of it: a follow-up
// may name records that occur there. What only a proposal names does not count.
func (t *talk) history(end int) []map[string]any {
	var turns []map[string]any
	agent := ""
	for _, m := range t.messages[:end] {
		entry := map[string]any{"role": m.Role, "content": textOf(m.Content, "\n")}
		switch chat.Role(m.Role) {
		case chat.User:
		case chat.Assistant:
			// A message that says only what was decided has no name: the agent before it is the one to go on with.
			if agent = cmp.Or(m.Name, agent); agent != "" {
				entry["agent"] = agent
			}
			if calls := arguments(m.ToolCalls); len(calls) > 0 {
				entry["calls"] = calls
			}
		case chat.ToolRole:
			entry["content"] = jsonOrText(textOf(m.Content, ""))
		default:
			continue
		}
		turns = append(turns, entry)
	}
	return turns
}

// arguments are those of the calls that are no proposals.
func arguments(calls []contract.RunToolCall) []any {
	var all []any
	for _, call := range calls {
		if call.Function.Name != confirmDelete {
			all = append(all, jsonOrText(call.Function.Arguments))
		}
	}
	return all
}

// found is what the client found, in JSON. A client that answers nothing, or a failure, has found that.
func (t *talk) found(call string) json.RawMessage {
	m, ok := t.results[call]
	switch {
	case !ok:
		return failure("the app gave no answer")
	case m.Error != "":
		return failure("the app could not look this up: " + m.Error)
	}
	text := textOf(m.Content, "")
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	b, _ := json.Marshal(text) //nolint:errchkjson // a text always encodes
	return b
}

// maxReason is how much is told of why there is no result, in bytes.
const maxReason = 500

func failure(reason string) json.RawMessage {
	b, _ := json.Marshal(map[string]string{"error": chat.Cut(reason, maxReason)}) //nolint:errchkjson // texts always encode
	return b
}

// rounds is how often the client was asked to look something up.
func rounds(since []contract.RunMessage) int {
	n := 0
	for _, m := range since {
		for _, call := range m.ToolCalls {
			if m.Role == string(chat.Assistant) && agents.LooksUp(call.Function.Name) {
				n++
				break
			}
		}
	}
	return n
}

// acted reports whether actions were called for since the user spoke, and how many of them the client could not carry out.
func (t *talk) acted(since []contract.RunMessage) (acted bool, failed int) {
	for _, m := range since {
		for _, call := range m.ToolCalls {
			if m.Role != string(chat.Assistant) || !isAction(call.Function.Name) {
				continue
			}
			acted = true
			if t.results[call.ID].Error != "" && call.Function.Name != confirmDelete {
				failed++
			}
		}
	}
	return acted, failed
}

// isAction reports whether a call of this name stands for an action, or for the proposal of one.
func isAction(name string) bool {
	switch chat.ActionType(name) {
	case chat.CreateRecord, chat.UpdateRecord, chat.DeleteRecord, chat.IndexDocument, chat.SendNotification, chat.CallAgent, confirmDelete:
		return true
	}
	return false
}

// textOf is the text of a message: itself, or its parts that are texts.
func textOf(content any, between string) string {
	switch content := content.(type) {
	case string:
		return content
	case []any:
		var texts []string
		for _, item := range content {
			part, _ := item.(map[string]any)
			if text, ok := part["text"].(string); ok && part["type"] == "text" {
				texts = append(texts, text)
			}
		}
		return strings.Join(texts, between)
	}
	return ""
}

func jsonOrText(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	return v
}
