package chainllm

import (
	"encoding/json"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/adiuva/cloud/domain/chat"
)

// messages is Anthropic's protocol.
type messages struct {
	serial bool // one tool call at a time
}

func (messages) keyHeader() string { return "X-Api-Key" }

// assistant is one message for each part: langchaingo looks at no second one. The guard puts them together again.
func (messages) assistant(m chat.Message) []llms.MessageContent {
	out := []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeAI, m.Content)}
	for _, c := range m.ToolCalls {
		out = append(out, llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{
			llms.ToolCall{ID: c.ID, Type: "function", FunctionCall: &llms.FunctionCall{Name: c.Name, Arguments: string(sealed(c.Arguments))}}}})
	}
	return out
}

// seal carries arguments past langchaingo, which would take them apart and put them together in its own way: numbers
// rounded, keys sorted, and nothing at all of what is no object.
type seal struct {
	Arguments string `json:"arguments"`
}

func sealed(arguments string) json.RawMessage {
	raw, err := json.Marshal(seal{arguments})
	if err != nil {
		return noArguments // a string has an encoding
	}
	return raw
}

func unsealed(raw []byte) (string, error) {
	var s seal
	err := json.Unmarshal(raw, &s)
	return s.Arguments, err
}

func (messages) arguments(read string) (string, error) { return unsealed([]byte(read)) }

func (messages) document(a *answer) any {
	type object = map[string]any
	content := []object{{"type": "text", "text": a.text.String()}} // langchaingo refuses an answer with nothing in it
	for _, c := range a.calls.all() {
		content = append(content, object{"type": "tool_use", "id": c.ID, "name": c.Name, "input": seal{c.Arguments}})
	}
	return object{"type": "message", "role": "assistant", "model": a.model, "content": content, "stop_reason": "end_turn"}
}

// messageEvent is one event of a stream, or a whole message: what of it is used.
type messageEvent struct {
	Type         string        `json:"type"`
	Message      *messageEvent `json:"message"` // of message_start
	Index        int           `json:"index"`
	ContentBlock contentBlock  `json:"content_block"`
	Delta        struct {
		Text        string  `json:"text"`
		PartialJSON string  `json:"partial_json"`
		Thinking    string  `json:"thinking"`
		StopReason  *string `json:"stop_reason"`
	} `json:"delta"`
	Usage messageUsage `json:"usage"`

	Model      string         `json:"model"` // this and below: of a message
	Content    []contentBlock `json:"content"`
	StopReason *string        `json:"stop_reason"`
}

type contentBlock struct {
	Type     string    `json:"type"`
	Text     string    `json:"text"`
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Input    arguments `json:"input"`
	Thinking string    `json:"thinking"`
	Data     string    `json:"data"` // thoughts that are not for reading
}

// messageUsage counts what was read from the provider's cache, or written to it, apart from the rest of the input.
type messageUsage struct {
	InputTokens   *int `json:"input_tokens"`
	CacheCreation int  `json:"cache_creation_input_tokens"`
	CacheRead     int  `json:"cache_read_input_tokens"`
	OutputTokens  *int `json:"output_tokens"`
}

// event takes what is known of Anthropic's events; new kinds of events and contents are to be passed over.
func (messages) event(a *answer, e event) error {
	var m messageEvent
	if json.Unmarshal(e.data, &m) != nil {
		return broken(errMalformed)
	}
	switch firstOf(m.Type, e.name) {
	case "error":
		return a.failed(e.data)
	case "message_start":
		if m.Message != nil {
			a.head(m.Message)
		}
	case "content_block_start":
		return a.block(m.Index, m.ContentBlock)
	case "content_block_delta":
		return a.blockDelta(m)
	case "message_delta":
		a.cost(m.Usage)
		a.stop(m.Delta.StopReason)
	case "message_stop":
		a.over = true
	case "message":
		a.head(&m)
		a.stop(m.StopReason)
		for i, b := range m.Content {
			if err := a.block(i, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// head takes what is known of a message before its first word.
func (a *answer) head(m *messageEvent) {
	if m.Model != "" {
		a.model = m.Model
	}
	a.cost(m.Usage)
}

func (a *answer) cost(u messageUsage) {
	if u.InputTokens != nil {
		*u.InputTokens += max(u.CacheCreation, 0) + max(u.CacheRead, 0)
	}
	a.told.take(u.InputTokens, u.OutputTokens)
}

func (a *answer) stop(reason *string) {
	if reason != nil && *reason != "" {
		a.finish = strings.ToLower(*reason)
	}
}

// block takes the beginning of a part of the answer, or all of it. Thoughts are paid for and not passed on.
func (a *answer) block(index int, b contentBlock) error {
	switch b.Type {
	case "text":
		return a.write(b.Text)
	case "tool_use":
		a.begun = true
		err := a.calls.add(callDelta{Index: &index, ID: b.ID, Function: function{Name: b.Name}})
		if err == nil {
			err = a.calls.announce(index, string(b.Input))
		}
		if err != nil {
			return broken(err)
		}
	case "thinking", "redacted_thinking":
		a.hidden += len(b.Thinking) + len(b.Data)
	}
	return nil
}

// blockDelta takes more of a part. What belongs to a part of another kind than ours is passed over with it.
func (a *answer) blockDelta(m messageEvent) error {
	a.hidden += len(m.Delta.Thinking)
	if m.Delta.PartialJSON != "" && a.calls.taken[m.Index] != nil {
		if err := a.calls.add(callDelta{Index: &m.Index, Function: function{Arguments: arguments(m.Delta.PartialJSON)}}); err != nil {
			return broken(err)
		}
	}
	return a.write(m.Delta.Text)
}
